// Six clocks for a sample of two tokens leave three for each of the first layer, and six for the second.
// options: stream interval=6
module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<2x4xf32>) -> (tensor<1xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2, 4>}], kaon.outputs = [{name = "y", shape = array<i64: 1>}]} {
    %0 = "nn.quantize"(%x0) {quantizer = {bits = dense<3.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<2x4xf32>) -> tensor<2x4xf32> loc("in")
    %1 = "nn.constant"() {value = {integers = dense<[[3, -1, 2, 1], [2, 5, -3, 0], [1, -1, 2, 3]]> : tensor<3x4xi64>, scale = dense<1.0> : tensor<f32>}} : () -> tensor<3x4xf32> loc("w")
    %2 = "nn.dense"(%0, %1) {product = "exact"} : (tensor<2x4xf32>, tensor<3x4xf32>) -> tensor<2x3xf32> loc("each")
    %3 = "nn.quantize"(%2) {quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<4.0> : tensor<f32>, signed = true}} : (tensor<2x3xf32>) -> tensor<2x3xf32> loc("act")
    %4 = "nn.reshape"(%3) {shape = array<i64: 6>} : (tensor<2x3xf32>) -> tensor<6xf32> loc("flat")
    %5 = "nn.constant"() {value = {integers = dense<[[1, 2, 3, -1, 2, -2]]> : tensor<1x6xi64>, scale = dense<1.0> : tensor<f32>}} : () -> tensor<1x6xf32> loc("v")
    %6 = "nn.dense"(%4, %5) {product = "exact"} : (tensor<6xf32>, tensor<1x6xf32>) -> tensor<1xf32> loc("out")
    return %6 : tensor<1xf32>
  }
}
