module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<2xf32>) -> (tensor<2xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2>}], kaon.outputs = [{name = "y", shape = array<i64: 2>}]} {
    %0 = "nn.relu"(%x0) : (tensor<2xf32>) -> tensor<2xf32> loc("relu_1")
    return %0 : tensor<2xf32>
  }
}
