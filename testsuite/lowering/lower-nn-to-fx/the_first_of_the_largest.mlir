module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<3xf32>) -> (tensor<f32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 3>}], kaon.outputs = [{name = "y", shape = array<i64>}]} {
    %0 = "nn.quantize"(%x0) {quantizer = {bits = dense<3.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<3xf32>) -> tensor<3xf32> loc("in")
    %1 = "nn.argmax"(%0) {axis = 0 : i64, select_last = false} : (tensor<3xf32>) -> tensor<f32> loc("argmax_1")
    return %1 : tensor<f32>
  }
}
