// within: 2^-8
module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<3xf32>) -> (tensor<3xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 3>}], kaon.outputs = [{name = "y", shape = array<i64: 3>}]} {
    %0 = "nn.quantize"(%x0) {quantizer = {bits = dense<6.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<0.25> : tensor<f32>, signed = true}} : (tensor<3xf32>) -> tensor<3xf32> loc("in")
    %1 = "nn.softmax"(%0) {axis = 0 : i64} : (tensor<3xf32>) -> tensor<3xf32> loc("softmax_1")
    return %1 : tensor<3xf32>
  }
}
