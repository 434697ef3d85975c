// within: 0
module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<2xf32>) -> (tensor<2xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2>}], kaon.outputs = [{name = "y", shape = array<i64: 2>}]} {
    %0 = "nn.quantize"(%x0) {quantizer = {bits = dense<6.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<0.125> : tensor<f32>, signed = true}} : (tensor<2xf32>) -> tensor<2xf32> loc("in")
    %1 = "nn.constant"() {value = {integers = dense<[[1, -3], [2, 0]]> : tensor<2x2xi64>, scale = dense<0.3> : tensor<f32>}} : () -> tensor<2x2xf32> loc("w1")
    %2 = "nn.dense"(%0, %1) {product = "exact"} : (tensor<2xf32>, tensor<2x2xf32>) -> tensor<2xf32> loc("dense_1")
    %3 = "nn.relu"(%2) : (tensor<2xf32>) -> tensor<2xf32> loc("relu_1")
    %4 = "nn.quantize"(%3) {quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<0.7> : tensor<f32>, signed = false}} : (tensor<2xf32>) -> tensor<2xf32> loc("quant_1")
    return %4 : tensor<2xf32>
  }
}
