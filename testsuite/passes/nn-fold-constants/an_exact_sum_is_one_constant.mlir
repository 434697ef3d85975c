module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<2xf32>) -> (tensor<2xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2>}], kaon.outputs = [{name = "y", shape = array<i64: 2>}]} {
    %0 = "nn.constant"() {value = dense<[0.5, 1.25]> : tensor<2xf32>} : () -> tensor<2xf32> loc("a")
    %1 = "nn.constant"() {value = dense<[2.0]> : tensor<1xf32>} : () -> tensor<1xf32> loc("b")
    %2 = "nn.add"(%0, %1) : (tensor<2xf32>, tensor<1xf32>) -> tensor<2xf32> loc("bias")
    %3 = "nn.add"(%x0, %2) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("biased")
    return %3 : tensor<2xf32>
  }
}
