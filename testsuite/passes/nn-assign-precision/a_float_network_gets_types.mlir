// options: input=fixed<8,4>
// within: 2^-5
module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<2xf32>) -> (tensor<1xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2>}], kaon.outputs = [{name = "y", shape = array<i64: 1>}]} {
    %0 = "nn.constant"() {value = dense<[[0.5, -1.25], [0.1, 2.0]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32> loc("w1")
    %1 = "nn.dense"(%x0, %0) {product = "exact"} : (tensor<2xf32>, tensor<2x2xf32>) -> tensor<2xf32> loc("dense_1")
    %2 = "nn.constant"() {value = dense<[0.3, -0.7]> : tensor<2xf32>} : () -> tensor<2xf32> loc("b1")
    %3 = "nn.add"(%1, %2) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("dense_1")
    %4 = "nn.relu"(%3) : (tensor<2xf32>) -> tensor<2xf32> loc("relu_1")
    %5 = "nn.constant"() {value = dense<[[0.75, -0.33]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32> loc("w2")
    %6 = "nn.dense"(%4, %5) {product = "exact"} : (tensor<2xf32>, tensor<1x2xf32>) -> tensor<1xf32> loc("dense_2")
    return %6 : tensor<1xf32>
  }
}
