// The sum reads the convolution and what it skips, which comes first and waits.
// options: stream
module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<1x4xf32>) -> (tensor<4x1xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 1, 4>}], kaon.outputs = [{name = "y", shape = array<i64: 4, 1>}]} {
    %0 = "nn.quantize"(%x0) {quantizer = {bits = dense<3.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<1x4xf32>) -> tensor<1x4xf32> loc("in")
    %1 = "nn.window"(%0) {kernel = array<i64: 3>, positions = array<i64: 4>, starts = array<i64: -1>, strides = array<i64: 1>, dilations = array<i64: 1>, spreads = array<i64: 1>, outside = "zero"} : (tensor<1x4xf32>) -> tensor<4x1x3xf32> loc("conv")
    %2 = "nn.reshape"(%1) {shape = array<i64: 4, 3>} : (tensor<4x1x3xf32>) -> tensor<4x3xf32> loc("conv")
    %3 = "nn.constant"() {value = {integers = dense<[[3, -1, 2]]> : tensor<1x3xi64>, scale = dense<1.0> : tensor<f32>}} : () -> tensor<1x3xf32> loc("w")
    %4 = "nn.dense"(%2, %3) {product = "exact"} : (tensor<4x3xf32>, tensor<1x3xf32>) -> tensor<4x1xf32> loc("conv")
    %5 = "nn.transpose"(%0) {permutation = array<i64: 1, 0>} : (tensor<1x4xf32>) -> tensor<4x1xf32> loc("skip")
    %6 = "nn.add"(%4, %5) : (tensor<4x1xf32>, tensor<4x1xf32>) -> tensor<4x1xf32> loc("sum")
    return %6 : tensor<4x1xf32>
  }
}
