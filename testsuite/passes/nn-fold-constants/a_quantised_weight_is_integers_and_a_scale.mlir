module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<2xf32>) -> (tensor<2xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2>}], kaon.outputs = [{name = "y", shape = array<i64: 2>}]} {
    %0 = "nn.constant"() {value = dense<[[0.26, -0.5], [0.9, 0.0]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32> loc("w")
    %1 = "nn.quantize"(%0) {quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<0.25> : tensor<f32>, signed = true}} : (tensor<2x2xf32>) -> tensor<2x2xf32> loc("weight_quant")
    %2 = "nn.dense"(%x0, %1) {product = "exact"} : (tensor<2xf32>, tensor<2x2xf32>) -> tensor<2xf32> loc("dense_1")
    return %2 : tensor<2xf32>
  }
}
