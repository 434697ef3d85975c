// options: input=fixed<8,4> fraction=6
// within: 2^-6
module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<1xf32>) -> (tensor<1xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 1>}], kaon.outputs = [{name = "y", shape = array<i64: 1>}]} {
    %0 = "nn.constant"() {value = dense<[3.0]> : tensor<1xf32>} : () -> tensor<1xf32> loc("a")
    %1 = "nn.mul"(%x0, %0) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32> loc("scaled")
    %2 = "nn.function"(%1) {function = "tanh", alpha = 1.0 : f32, gamma = 1.0 : f32, output = "real"} : (tensor<1xf32>) -> tensor<1xf32> loc("tanh_1")
    return %2 : tensor<1xf32>
  }
}
