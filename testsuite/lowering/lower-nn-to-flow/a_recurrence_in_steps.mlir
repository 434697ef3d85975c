// The products with the state come one column after the other, in a body that the state goes around.
// options: stream reuse=2
module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<3x1xf32>) -> (tensor<1xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 3, 1>}], kaon.outputs = [{name = "y", shape = array<i64: 1>}]} {
    %0 = "nn.quantize"(%x0) {quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<3x1xf32>) -> tensor<3x1xf32> loc("in")
    %1 = "nn.constant"() {value = {integers = dense<[[3], [-2]]> : tensor<2x1xi64>, scale = dense<1.0> : tensor<f32>}} : () -> tensor<2x1xf32> loc("memory")
    %2 = "nn.dense"(%0, %1) {product = "exact"} : (tensor<3x1xf32>, tensor<2x1xf32>) -> tensor<3x2xf32> loc("memory")
    %3 = "nn.constant"() {value = {integers = dense<[[1, -1], [2, 1]]> : tensor<2x2xi64>, scale = dense<1.0> : tensor<f32>}} : () -> tensor<2x2xf32> loc("memory")
    %4 = "nn.constant"() {value = {integers = dense<[0, 1]> : tensor<2xi64>, scale = dense<1.0> : tensor<f32>}} : () -> tensor<2xf32> loc("memory")
    %5 = "nn.state"(%4) {recurrence = "memory", part = 0 : i64, step = 0 : i64, quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %6 = "nn.slice"(%2) {starts = array<i64: 0, 0>, sizes = array<i64: 1, 2>, steps = array<i64: 1, 1>} : (tensor<3x2xf32>) -> tensor<1x2xf32> loc("memory")
    %7 = "nn.reshape"(%6) {shape = array<i64: 2>} : (tensor<1x2xf32>) -> tensor<2xf32> loc("memory")
    %8 = "nn.dense"(%5, %3) {product = "exact"} : (tensor<2xf32>, tensor<2x2xf32>) -> tensor<2xf32> loc("memory")
    %9 = "nn.add"(%7, %8) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %10 = "nn.state"(%9) {recurrence = "memory", part = 0 : i64, step = 1 : i64, quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %11 = "nn.slice"(%2) {starts = array<i64: 1, 0>, sizes = array<i64: 1, 2>, steps = array<i64: 1, 1>} : (tensor<3x2xf32>) -> tensor<1x2xf32> loc("memory")
    %12 = "nn.reshape"(%11) {shape = array<i64: 2>} : (tensor<1x2xf32>) -> tensor<2xf32> loc("memory")
    %13 = "nn.dense"(%10, %3) {product = "exact"} : (tensor<2xf32>, tensor<2x2xf32>) -> tensor<2xf32> loc("memory")
    %14 = "nn.add"(%12, %13) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %15 = "nn.state"(%14) {recurrence = "memory", part = 0 : i64, step = 2 : i64, quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %16 = "nn.slice"(%2) {starts = array<i64: 2, 0>, sizes = array<i64: 1, 2>, steps = array<i64: 1, 1>} : (tensor<3x2xf32>) -> tensor<1x2xf32> loc("memory")
    %17 = "nn.reshape"(%16) {shape = array<i64: 2>} : (tensor<1x2xf32>) -> tensor<2xf32> loc("memory")
    %18 = "nn.dense"(%15, %3) {product = "exact"} : (tensor<2xf32>, tensor<2x2xf32>) -> tensor<2xf32> loc("memory")
    %19 = "nn.add"(%17, %18) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %20 = "nn.state"(%19) {recurrence = "memory", part = 0 : i64, step = 3 : i64, quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %21 = "nn.constant"() {value = {integers = dense<[[1, -2]]> : tensor<1x2xi64>, scale = dense<1.0> : tensor<f32>}} : () -> tensor<1x2xf32> loc("out")
    %22 = "nn.dense"(%20, %21) {product = "exact"} : (tensor<2xf32>, tensor<1x2xf32>) -> tensor<1xf32> loc("out")
    return %22 : tensor<1xf32>
  }
}
