// options: input=fixed<8,4> fraction=6
// within: 2^-5
module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<2xf32>) -> (tensor<1xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2>}], kaon.outputs = [{name = "y", shape = array<i64: 1>}]} {
    %0 = "nn.constant"() {value = dense<[[0.5, -1.25]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32> loc("w1")
    %1 = "nn.dense"(%x0, %0) {product = "exact"} : (tensor<2xf32>, tensor<1x2xf32>) -> tensor<1xf32> loc("dense_1")
    %2 = "nn.function"(%1) {function = "tanh", alpha = 1.0 : f32, gamma = 1.0 : f32, output = "real"} : (tensor<1xf32>) -> tensor<1xf32> loc("tanh_1")
    return %2 : tensor<1xf32>
  }
}
