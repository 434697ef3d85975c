// There is nothing to stream.
// options: stream
module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<3xf32>) -> (tensor<1xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 3>}], kaon.outputs = [{name = "y", shape = array<i64: 1>}]} {
    %0 = "nn.quantize"(%x0) {quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<3xf32>) -> tensor<3xf32> loc("in")
    %1 = "nn.constant"() {value = {integers = dense<[[3, -1, 2]]> : tensor<1x3xi64>, scale = dense<1.0> : tensor<f32>}} : () -> tensor<1x3xf32> loc("w")
    %2 = "nn.dense"(%0, %1) {product = "exact"} : (tensor<3xf32>, tensor<1x3xf32>) -> tensor<1xf32> loc("dense")
    return %2 : tensor<1xf32>
  }
}
