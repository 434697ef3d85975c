module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<1xf32>) -> (tensor<1xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 1>}], kaon.outputs = [{name = "y", shape = array<i64: 1>}]} {
    %0 = "nn.quantize"(%x0) {quantizer = {bits = dense<6.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<0.25> : tensor<f32>, signed = true}} : (tensor<1xf32>) -> tensor<1xf32> loc("in")
    %1 = "nn.constant"() {value = dense<[1.5]> : tensor<1xf32>} : () -> tensor<1xf32> loc("a")
    %2 = "nn.mul"(%0, %1) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32> loc("scaled")
    %3 = "nn.quantize"(%2) {quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "wrap", rounding = "floor", scale = dense<0.5> : tensor<f32>, signed = true}} : (tensor<1xf32>) -> tensor<1xf32> loc("quant_1")
    return %3 : tensor<1xf32>
  }
}
