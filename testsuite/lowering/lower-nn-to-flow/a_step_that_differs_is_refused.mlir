// Every step has to be the same function.
// options: stream
module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<3x1xf32>) -> (tensor<2xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 3, 1>}], kaon.outputs = [{name = "y", shape = array<i64: 2>}]} {
    %0 = "nn.quantize"(%x0) {quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<3x1xf32>) -> tensor<3x1xf32> loc("in")
    %1 = "nn.constant"() {value = {integers = dense<[[3], [-2]]> : tensor<2x1xi64>, scale = dense<1.0> : tensor<f32>}} : () -> tensor<2x1xf32> loc("memory")
    %2 = "nn.dense"(%0, %1) {product = "exact"} : (tensor<3x1xf32>, tensor<2x1xf32>) -> tensor<3x2xf32> loc("memory")
    %3 = "nn.constant"() {value = {integers = dense<[[1, -1], [2, 1]]> : tensor<2x2xi64>, scale = dense<1.0> : tensor<f32>}} : () -> tensor<2x2xf32> loc("memory")
    %4 = "nn.constant"() {value = {integers = dense<[[1, -1], [2, 3]]> : tensor<2x2xi64>, scale = dense<1.0> : tensor<f32>}} : () -> tensor<2x2xf32> loc("memory")
    %5 = "nn.constant"() {value = {integers = dense<[0, 0]> : tensor<2xi64>, scale = dense<1.0> : tensor<f32>}} : () -> tensor<2xf32> loc("memory")
    %6 = "nn.state"(%5) {recurrence = "memory", part = 0 : i64, step = 0 : i64, quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %7 = "nn.slice"(%2) {starts = array<i64: 0, 0>, sizes = array<i64: 1, 2>, steps = array<i64: 1, 1>} : (tensor<3x2xf32>) -> tensor<1x2xf32> loc("memory")
    %8 = "nn.reshape"(%7) {shape = array<i64: 2>} : (tensor<1x2xf32>) -> tensor<2xf32> loc("memory")
    %9 = "nn.dense"(%6, %3) {product = "exact"} : (tensor<2xf32>, tensor<2x2xf32>) -> tensor<2xf32> loc("memory")
    %10 = "nn.add"(%8, %9) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %11 = "nn.state"(%10) {recurrence = "memory", part = 0 : i64, step = 1 : i64, quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %12 = "nn.slice"(%2) {starts = array<i64: 1, 0>, sizes = array<i64: 1, 2>, steps = array<i64: 1, 1>} : (tensor<3x2xf32>) -> tensor<1x2xf32> loc("memory")
    %13 = "nn.reshape"(%12) {shape = array<i64: 2>} : (tensor<1x2xf32>) -> tensor<2xf32> loc("memory")
    %14 = "nn.dense"(%11, %4) {product = "exact"} : (tensor<2xf32>, tensor<2x2xf32>) -> tensor<2xf32> loc("memory")
    %15 = "nn.add"(%13, %14) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %16 = "nn.state"(%15) {recurrence = "memory", part = 0 : i64, step = 2 : i64, quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %17 = "nn.slice"(%2) {starts = array<i64: 2, 0>, sizes = array<i64: 1, 2>, steps = array<i64: 1, 1>} : (tensor<3x2xf32>) -> tensor<1x2xf32> loc("memory")
    %18 = "nn.reshape"(%17) {shape = array<i64: 2>} : (tensor<1x2xf32>) -> tensor<2xf32> loc("memory")
    %19 = "nn.dense"(%16, %3) {product = "exact"} : (tensor<2xf32>, tensor<2x2xf32>) -> tensor<2xf32> loc("memory")
    %20 = "nn.add"(%18, %19) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %21 = "nn.state"(%20) {recurrence = "memory", part = 0 : i64, step = 3 : i64, quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<2xf32>) -> tensor<2xf32> loc("memory")
    return %21 : tensor<2xf32>
  }
}
