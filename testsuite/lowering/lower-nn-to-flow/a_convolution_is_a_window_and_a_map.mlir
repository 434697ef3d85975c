// The positions that the convolution answers come one after the other.
// options: stream
module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<1x5xf32>) -> (tensor<2x2xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 1, 5>}], kaon.outputs = [{name = "y", shape = array<i64: 2, 2>}]} {
    %0 = "nn.quantize"(%x0) {quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<1x5xf32>) -> tensor<1x5xf32> loc("in")
    %1 = "nn.window"(%0) {kernel = array<i64: 2>, positions = array<i64: 2>, starts = array<i64: 0>, strides = array<i64: 3>, dilations = array<i64: 1>, spreads = array<i64: 1>, outside = "zero"} : (tensor<1x5xf32>) -> tensor<2x1x2xf32> loc("conv")
    %2 = "nn.reshape"(%1) {shape = array<i64: 2, 2>} : (tensor<2x1x2xf32>) -> tensor<2x2xf32> loc("conv")
    %3 = "nn.constant"() {value = {integers = dense<[[3, -1], [2, 5]]> : tensor<2x2xi64>, scale = dense<1.0> : tensor<f32>}} : () -> tensor<2x2xf32> loc("w")
    %4 = "nn.dense"(%2, %3) {product = "exact"} : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32> loc("conv")
    %5 = "nn.relu"(%4) : (tensor<2x2xf32>) -> tensor<2x2xf32> loc("relu")
    %6 = "nn.quantize"(%5) {quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<4.0> : tensor<f32>, signed = false}} : (tensor<2x2xf32>) -> tensor<2x2xf32> loc("act")
    return %6 : tensor<2x2xf32>
  }
}
