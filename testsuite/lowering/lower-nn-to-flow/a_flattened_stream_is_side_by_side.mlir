// A dense layer over all positions sees them side by side, in the order of the layer.
// options: stream
module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<2x3xf32>) -> (tensor<1xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2, 3>}], kaon.outputs = [{name = "y", shape = array<i64: 1>}]} {
    %0 = "nn.quantize"(%x0) {quantizer = {bits = dense<3.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<2x3xf32>) -> tensor<2x3xf32> loc("in")
    %1 = "nn.window"(%0) {kernel = array<i64: 2>, positions = array<i64: 2>, starts = array<i64: 0>, strides = array<i64: 1>, dilations = array<i64: 1>, spreads = array<i64: 1>, outside = "zero"} : (tensor<2x3xf32>) -> tensor<2x2x2xf32> loc("conv")
    %2 = "nn.reshape"(%1) {shape = array<i64: 2, 4>} : (tensor<2x2x2xf32>) -> tensor<2x4xf32> loc("conv")
    %3 = "nn.constant"() {value = {integers = dense<[[1, -1, 2, 3], [2, 1, 0, -2]]> : tensor<2x4xi64>, scale = dense<1.0> : tensor<f32>}} : () -> tensor<2x4xf32> loc("w")
    %4 = "nn.dense"(%2, %3) {product = "exact"} : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x2xf32> loc("conv")
    %5 = "nn.transpose"(%4) {permutation = array<i64: 1, 0>} : (tensor<2x2xf32>) -> tensor<2x2xf32> loc("conv")
    %6 = "nn.quantize"(%5) {quantizer = {bits = dense<3.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<4.0> : tensor<f32>, signed = true}} : (tensor<2x2xf32>) -> tensor<2x2xf32> loc("act")
    %7 = "nn.reshape"(%6) {shape = array<i64: 4>} : (tensor<2x2xf32>) -> tensor<4xf32> loc("flat")
    %8 = "nn.constant"() {value = {integers = dense<[[1, 2, 3, -1]]> : tensor<1x4xi64>, scale = dense<1.0> : tensor<f32>}} : () -> tensor<1x4xf32> loc("v")
    %9 = "nn.dense"(%7, %8) {product = "exact"} : (tensor<4xf32>, tensor<1x4xf32>) -> tensor<1xf32> loc("out")
    return %9 : tensor<1xf32>
  }
}
