module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<2xf32>) -> (tensor<2xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2>}], kaon.outputs = [{name = "y", shape = array<i64: 2>}]} {
    %0 = "nn.relu"(%x0) : (tensor<2xf32>) -> tensor<2xf32> loc("dead")
    %1 = "nn.abs"(%x0) : (tensor<2xf32>) -> tensor<2xf32> loc("live")
    return %1 : tensor<2xf32>
  }
}
