// The largest of all members begins with the smallest number there is.
// options: stream
module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<3x2xf32>) -> (tensor<2xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 3, 2>}], kaon.outputs = [{name = "y", shape = array<i64: 2>}]} {
    %0 = "nn.quantize"(%x0) {quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<3x2xf32>) -> tensor<3x2xf32> loc("in")
    %1 = "nn.constant"() {value = {integers = dense<[[3, -1], [2, 5]]> : tensor<2x2xi64>, scale = dense<1.0> : tensor<f32>}} : () -> tensor<2x2xf32> loc("w")
    %2 = "nn.dense"(%0, %1) {product = "exact"} : (tensor<3x2xf32>, tensor<2x2xf32>) -> tensor<3x2xf32> loc("each")
    %3 = "nn.quantize"(%2) {quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<4.0> : tensor<f32>, signed = true}} : (tensor<3x2xf32>) -> tensor<3x2xf32> loc("act")
    %4 = "nn.reduce"(%3) {kind = "max", axes = array<i64: 0>} : (tensor<3x2xf32>) -> tensor<2xf32> loc("largest")
    return %4 : tensor<2xf32>
  }
}
