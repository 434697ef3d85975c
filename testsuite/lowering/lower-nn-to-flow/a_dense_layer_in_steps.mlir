// Two steps of two columns each, the last one short; the bias and what follows come behind the sum.
// options: reuse=2
module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<3xf32>) -> (tensor<2xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 3>}], kaon.outputs = [{name = "y", shape = array<i64: 2>}]} {
    %0 = "nn.quantize"(%x0) {quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<3xf32>) -> tensor<3xf32> loc("in")
    %1 = "nn.constant"() {value = {integers = dense<[[3, -1, 2], [0, 5, -7]]> : tensor<2x3xi64>, scale = dense<1.0> : tensor<f32>}} : () -> tensor<2x3xf32> loc("w")
    %2 = "nn.dense"(%0, %1) {product = "exact"} : (tensor<3xf32>, tensor<2x3xf32>) -> tensor<2xf32> loc("dense")
    %3 = "nn.constant"() {value = {integers = dense<[1, -3]> : tensor<2xi64>, scale = dense<1.0> : tensor<f32>}} : () -> tensor<2xf32> loc("b")
    %4 = "nn.add"(%2, %3) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("dense")
    %5 = "nn.relu"(%4) : (tensor<2xf32>) -> tensor<2xf32> loc("relu")
    %6 = "nn.quantize"(%5) {quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<4.0> : tensor<f32>, signed = false}} : (tensor<2xf32>) -> tensor<2xf32> loc("act")
    return %6 : tensor<2xf32>
  }
}
