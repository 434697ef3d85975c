module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<2xf32>, %x1: tensor<2xf32>) -> (tensor<2xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2>}, {name = "z", shape = array<i64: 2>}], kaon.outputs = [{name = "y", shape = array<i64: 2>}]} {
    %0 = "nn.constant"() {value = dense<[1.0, 1.0]> : tensor<2xf32>} : () -> tensor<2xf32> loc("gamma")
    %1 = "nn.constant"() {value = dense<[0.5, 0.0]> : tensor<2xf32>} : () -> tensor<2xf32> loc("beta")
    %2 = "nn.constant"() {value = dense<[4.0, 1.0]> : tensor<2xf32>} : () -> tensor<2xf32> loc("variance")
    %3 = "nn.batch_norm"(%x0, %0, %1, %x1, %2) {epsilon = 0.0 : f32} : (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("bn_1")
    return %3 : tensor<2xf32>
  }
}
