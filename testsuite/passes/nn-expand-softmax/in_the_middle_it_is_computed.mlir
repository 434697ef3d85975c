// within: 2^-8
module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<2x2xf32>) -> (tensor<2xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2, 2>}], kaon.outputs = [{name = "y", shape = array<i64: 2>}]} {
    %0 = "nn.quantize"(%x0) {quantizer = {bits = dense<6.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<0.25> : tensor<f32>, signed = true}} : (tensor<2x2xf32>) -> tensor<2x2xf32> loc("in")
    %1 = "nn.softmax"(%0) {axis = 1 : i64} : (tensor<2x2xf32>) -> tensor<2x2xf32> loc("attention")
    %2 = "nn.reduce"(%1) {kind = "max", axes = array<i64: 1>} : (tensor<2x2xf32>) -> tensor<2xf32> loc("max_1")
    return %2 : tensor<2xf32>
  }
}
