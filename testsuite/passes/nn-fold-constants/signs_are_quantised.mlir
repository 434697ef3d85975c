module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<3xf32>) -> (tensor<1xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 3>}], kaon.outputs = [{name = "y", shape = array<i64: 1>}]} {
    %0 = "nn.constant"() {value = dense<[[0.3, -0.2, -0.0]]> : tensor<1x3xf32>} : () -> tensor<1x3xf32> loc("w")
    %1 = "nn.bipolar"(%0) {scale = dense<0.5> : tensor<f32>} : (tensor<1x3xf32>) -> tensor<1x3xf32> loc("sign")
    %2 = "nn.dense"(%x0, %1) {product = "exact"} : (tensor<3xf32>, tensor<1x3xf32>) -> tensor<1xf32> loc("dense_1")
    return %2 : tensor<1xf32>
  }
}
