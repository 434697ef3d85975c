module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<1xf32>) -> (tensor<1xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 1>}], kaon.outputs = [{name = "y", shape = array<i64: 1>}]} {
    %0 = "nn.constant"() {value = dense<[0.1]> : tensor<1xf32>} : () -> tensor<1xf32> loc("a")
    %1 = "nn.constant"() {value = dense<[0.3]> : tensor<1xf32>} : () -> tensor<1xf32> loc("b")
    %2 = "nn.mul"(%0, %1) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32> loc("scale")
    %3 = "nn.mul"(%x0, %2) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32> loc("scaled")
    return %3 : tensor<1xf32>
  }
}
