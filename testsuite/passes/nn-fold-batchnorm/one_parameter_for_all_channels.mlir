module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<3xf32>) -> (tensor<3xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 3>}], kaon.outputs = [{name = "y", shape = array<i64: 3>}]} {
    %0 = "nn.constant"() {value = dense<[2.0]> : tensor<1xf32>} : () -> tensor<1xf32> loc("gamma")
    %1 = "nn.constant"() {value = dense<[1.0]> : tensor<1xf32>} : () -> tensor<1xf32> loc("beta")
    %2 = "nn.constant"() {value = dense<[0.5]> : tensor<1xf32>} : () -> tensor<1xf32> loc("mean")
    %3 = "nn.constant"() {value = dense<[1.0]> : tensor<1xf32>} : () -> tensor<1xf32> loc("variance")
    %4 = "nn.batch_norm"(%x0, %0, %1, %2, %3) {epsilon = 0.0 : f32} : (tensor<3xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<3xf32> loc("bn_1")
    return %4 : tensor<3xf32>
  }
}
