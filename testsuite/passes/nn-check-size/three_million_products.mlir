module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<1000xf32>) -> (tensor<3000xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 1000>}], kaon.outputs = [{name = "y", shape = array<i64: 3000>}]} {
    %0 = "nn.constant"() {value = dense<1.0> : tensor<3000x1000xf32>} : () -> tensor<3000x1000xf32> loc("w")
    %1 = "nn.dense"(%x0, %0) {product = "exact"} : (tensor<1000xf32>, tensor<3000x1000xf32>) -> tensor<3000xf32> loc("dense_1")
    return %1 : tensor<3000xf32>
  }
}
