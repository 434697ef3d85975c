// options: fraction=6
// within: 2^-5
module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<1x3xf32>) -> (tensor<3x1xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 1, 3>}], kaon.outputs = [{name = "y", shape = array<i64: 3, 1>}]} {
    %0 = "nn.quantize"(%x0) {quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<1x3xf32>) -> tensor<1x3xf32> loc("in")
    %1 = "nn.constant"() {value = dense<0.3> : tensor<1x3xf32>} : () -> tensor<1x3xf32> loc("bn")
    %2 = "nn.mul"(%0, %1) : (tensor<1x3xf32>, tensor<1x3xf32>) -> tensor<1x3xf32> loc("bn")
    %3 = "nn.constant"() {value = dense<0.7> : tensor<1x3xf32>} : () -> tensor<1x3xf32> loc("bn")
    %4 = "nn.add"(%2, %3) : (tensor<1x3xf32>, tensor<1x3xf32>) -> tensor<1x3xf32> loc("bn")
    %5 = "nn.window"(%4) {kernel = array<i64: 2>, positions = array<i64: 3>, starts = array<i64: 0>, strides = array<i64: 1>, dilations = array<i64: 1>, spreads = array<i64: 1>, outside = "zero"} : (tensor<1x3xf32>) -> tensor<3x1x2xf32> loc("conv")
    %6 = "nn.reshape"(%5) {shape = array<i64: 3, 2>} : (tensor<3x1x2xf32>) -> tensor<3x2xf32> loc("conv")
    %7 = "nn.constant"() {value = dense<[[0.5, -0.25]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32> loc("conv")
    %8 = "nn.dense"(%6, %7) {product = "exact"} : (tensor<3x2xf32>, tensor<1x2xf32>) -> tensor<3x1xf32> loc("conv")
    return %8 : tensor<3x1xf32>
  }
}
