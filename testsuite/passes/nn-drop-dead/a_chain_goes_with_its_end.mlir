module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<2xf32>) -> (tensor<2xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2>}], kaon.outputs = [{name = "y", shape = array<i64: 2>}]} {
    %0 = "nn.constant"() {value = dense<[1.0, 2.0]> : tensor<2xf32>} : () -> tensor<2xf32> loc("w")
    %1 = "nn.mul"(%x0, %0) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("scaled")
    %2 = "nn.relu"(%1) : (tensor<2xf32>) -> tensor<2xf32> loc("relu_1")
    %3 = "nn.abs"(%2) : (tensor<2xf32>) -> tensor<2xf32> loc("abs_1")
    return %0 : tensor<2xf32>
  }
}
