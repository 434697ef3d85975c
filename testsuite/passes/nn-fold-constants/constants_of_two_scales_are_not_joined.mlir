module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<4xf32>) -> (tensor<4xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 4>}], kaon.outputs = [{name = "y", shape = array<i64: 4>}]} {
    %0 = "nn.constant"() {value = {integers = dense<[1, 2]> : tensor<2xi64>, scale = dense<0.5> : tensor<f32>}} : () -> tensor<2xf32> loc("a")
    %1 = "nn.constant"() {value = {integers = dense<[3, 4]> : tensor<2xi64>, scale = dense<0.25> : tensor<f32>}} : () -> tensor<2xf32> loc("b")
    %2 = "nn.concat2"(%0, %1) {axis = 0 : i64} : (tensor<2xf32>, tensor<2xf32>) -> tensor<4xf32> loc("c")
    %3 = "nn.mul"(%x0, %2) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> loc("scaled")
    return %3 : tensor<4xf32>
  }
}
