// within: 2^-7
module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<2xf32>) -> (tensor<2xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2>}], kaon.outputs = [{name = "y", shape = array<i64: 2>}]} {
    %0 = "nn.constant"() {value = dense<[[0.5, -1.25], [0.1, 2.0]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32> loc("w1")
    %1 = "nn.dense"(%x0, %0) {product = "exact"} : (tensor<2xf32>, tensor<2x2xf32>) -> tensor<2xf32> loc("dense_1")
    return %1 : tensor<2xf32>
  }
}
