module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<2xf32>) -> (tensor<2xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2>}], kaon.outputs = [{name = "y", shape = array<i64: 2>}]} {
    %0 = "nn.quantize"(%x0) {quantizer = {bits = dense<3.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<2xf32>) -> tensor<2xf32> loc("in")
    %1 = "nn.constant"() {value = dense<[0.1, 3.0]> : tensor<2xf32>} : () -> tensor<2xf32> loc("a")
    %2 = "nn.mul"(%0, %1) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("scaled")
    %3 = "nn.constant"() {value = dense<[0.2, -0.5]> : tensor<2xf32>} : () -> tensor<2xf32> loc("b")
    %4 = "nn.add"(%2, %3) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("biased")
    return %4 : tensor<2xf32>
  }
}
