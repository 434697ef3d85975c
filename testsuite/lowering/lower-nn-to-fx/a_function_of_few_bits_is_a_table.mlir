module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<1xf32>) -> (tensor<1xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 1>}], kaon.outputs = [{name = "y", shape = array<i64: 1>}]} {
    %0 = "nn.quantize"(%x0) {quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<0.5> : tensor<f32>, signed = true}} : (tensor<1xf32>) -> tensor<1xf32> loc("in")
    %1 = "nn.function"(%0) {function = "tanh", alpha = 1.0 : f32, gamma = 1.0 : f32, output = {bits = dense<5.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<0.0625> : tensor<f32>, signed = true}} : (tensor<1xf32>) -> tensor<1xf32> loc("tanh_1")
    return %1 : tensor<1xf32>
  }
}
