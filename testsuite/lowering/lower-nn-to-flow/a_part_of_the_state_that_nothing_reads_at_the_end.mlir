// A recurrence of two parts, as an LSTM: the last cell is not there.
// options: stream
module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<3x1xf32>) -> (tensor<2xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 3, 1>}], kaon.outputs = [{name = "y", shape = array<i64: 2>}]} {
    %0 = "nn.quantize"(%x0) {quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<3x1xf32>) -> tensor<3x1xf32> loc("in")
    %1 = "nn.constant"() {value = {integers = dense<[[3], [-2]]> : tensor<2x1xi64>, scale = dense<1.0> : tensor<f32>}} : () -> tensor<2x1xf32> loc("memory")
    %2 = "nn.dense"(%0, %1) {product = "exact"} : (tensor<3x1xf32>, tensor<2x1xf32>) -> tensor<3x2xf32> loc("memory")
    %3 = "nn.constant"() {value = {integers = dense<[[1, -1], [2, 1]]> : tensor<2x2xi64>, scale = dense<1.0> : tensor<f32>}} : () -> tensor<2x2xf32> loc("memory")
    %4 = "nn.constant"() {value = {integers = dense<[0, 0]> : tensor<2xi64>, scale = dense<1.0> : tensor<f32>}} : () -> tensor<2xf32> loc("memory")
    %5 = "nn.state"(%4) {recurrence = "memory", part = 0 : i64, step = 0 : i64, quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %6 = "nn.state"(%4) {recurrence = "memory", part = 1 : i64, step = 0 : i64, quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %7 = "nn.slice"(%2) {starts = array<i64: 0, 0>, sizes = array<i64: 1, 2>, steps = array<i64: 1, 1>} : (tensor<3x2xf32>) -> tensor<1x2xf32> loc("memory")
    %8 = "nn.reshape"(%7) {shape = array<i64: 2>} : (tensor<1x2xf32>) -> tensor<2xf32> loc("memory")
    %9 = "nn.dense"(%5, %3) {product = "exact"} : (tensor<2xf32>, tensor<2x2xf32>) -> tensor<2xf32> loc("memory")
    %10 = "nn.add"(%8, %9) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %11 = "nn.sub"(%10, %6) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %12 = "nn.relu"(%11) : (tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %13 = "nn.state"(%12) {recurrence = "memory", part = 0 : i64, step = 1 : i64, quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %14 = "nn.state"(%11) {recurrence = "memory", part = 1 : i64, step = 1 : i64, quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %15 = "nn.slice"(%2) {starts = array<i64: 1, 0>, sizes = array<i64: 1, 2>, steps = array<i64: 1, 1>} : (tensor<3x2xf32>) -> tensor<1x2xf32> loc("memory")
    %16 = "nn.reshape"(%15) {shape = array<i64: 2>} : (tensor<1x2xf32>) -> tensor<2xf32> loc("memory")
    %17 = "nn.dense"(%13, %3) {product = "exact"} : (tensor<2xf32>, tensor<2x2xf32>) -> tensor<2xf32> loc("memory")
    %18 = "nn.add"(%16, %17) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %19 = "nn.sub"(%18, %14) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %20 = "nn.relu"(%19) : (tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %21 = "nn.state"(%20) {recurrence = "memory", part = 0 : i64, step = 2 : i64, quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %22 = "nn.state"(%19) {recurrence = "memory", part = 1 : i64, step = 2 : i64, quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %23 = "nn.slice"(%2) {starts = array<i64: 2, 0>, sizes = array<i64: 1, 2>, steps = array<i64: 1, 1>} : (tensor<3x2xf32>) -> tensor<1x2xf32> loc("memory")
    %24 = "nn.reshape"(%23) {shape = array<i64: 2>} : (tensor<1x2xf32>) -> tensor<2xf32> loc("memory")
    %25 = "nn.dense"(%21, %3) {product = "exact"} : (tensor<2xf32>, tensor<2x2xf32>) -> tensor<2xf32> loc("memory")
    %26 = "nn.add"(%24, %25) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %27 = "nn.sub"(%26, %22) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %28 = "nn.relu"(%27) : (tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %29 = "nn.state"(%28) {recurrence = "memory", part = 0 : i64, step = 3 : i64, quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<2xf32>) -> tensor<2xf32> loc("memory")
    return %29 : tensor<2xf32>
  }
}
