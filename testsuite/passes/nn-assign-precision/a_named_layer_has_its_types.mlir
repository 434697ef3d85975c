// options: input=fixed<8,4> dense_1.weight=fixed<6,3> dense_1.bias=fixed<6,3> dense_1.accumulator=ap_fixed<12,7> dense_1.result=fixed<10,6>
// within: 2^-1
module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<2xf32>) -> (tensor<2xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2>}], kaon.outputs = [{name = "y", shape = array<i64: 2>}]} {
    %0 = "nn.constant"() {value = dense<[[0.5, -1.25], [0.1, 2.0]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32> loc("w1")
    %1 = "nn.dense"(%x0, %0) {product = "exact"} : (tensor<2xf32>, tensor<2x2xf32>) -> tensor<2xf32> loc("dense_1")
    %2 = "nn.constant"() {value = dense<[0.3, -0.7]> : tensor<2xf32>} : () -> tensor<2xf32> loc("b1")
    %3 = "nn.add"(%1, %2) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("dense_1")
    return %3 : tensor<2xf32>
  }
}
