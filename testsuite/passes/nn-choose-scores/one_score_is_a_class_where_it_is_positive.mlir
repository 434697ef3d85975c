// options: scores=argmax
module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<1xf32>) -> (tensor<1xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 1>}], kaon.outputs = [{name = "y", shape = array<i64: 1>}]} {
    %0 = "nn.function"(%x0) {function = "sigmoid", alpha = 1.0 : f32, gamma = 1.0 : f32, output = "real"} : (tensor<1xf32>) -> tensor<1xf32> loc("sigmoid")
    return %0 : tensor<1xf32>
  }
}
