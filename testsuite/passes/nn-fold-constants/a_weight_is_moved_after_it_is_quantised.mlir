module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<2xf32>) -> (tensor<3xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2>}], kaon.outputs = [{name = "y", shape = array<i64: 3>}]} {
    %0 = "nn.constant"() {value = dense<[[0.26, -0.5, 1.0], [0.9, 0.0, 7.0]]> : tensor<2x3xf32>} : () -> tensor<2x3xf32> loc("w")
    %1 = "nn.quantize"(%0) {quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<0.25> : tensor<f32>, signed = true}} : (tensor<2x3xf32>) -> tensor<2x3xf32> loc("weight_quant")
    %2 = "nn.transpose"(%1) {permutation = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32> loc("t")
    %3 = "nn.dense"(%x0, %2) {product = "exact"} : (tensor<2xf32>, tensor<3x2xf32>) -> tensor<3xf32> loc("dense_1")
    return %3 : tensor<3xf32>
  }
}
