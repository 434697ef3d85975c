// The grid that both scales share has fifty bits; the factors that round right have a few.
module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<2xf32>) -> (tensor<1xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2>}], kaon.outputs = [{name = "y", shape = array<i64: 1>}]} {
    %0 = "nn.slice"(%x0) {starts = array<i64: 0>, sizes = array<i64: 1>, steps = array<i64: 1>} : (tensor<2xf32>) -> tensor<1xf32> loc("a")
    %1 = "nn.quantize"(%0) {quantizer = {bits = dense<8.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<0.1> : tensor<f32>, signed = true}} : (tensor<1xf32>) -> tensor<1xf32> loc("a")
    %2 = "nn.slice"(%x0) {starts = array<i64: 1>, sizes = array<i64: 1>, steps = array<i64: 1>} : (tensor<2xf32>) -> tensor<1xf32> loc("b")
    %3 = "nn.quantize"(%2) {quantizer = {bits = dense<7.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<0.07> : tensor<f32>, signed = false}} : (tensor<1xf32>) -> tensor<1xf32> loc("b")
    %4 = "nn.add"(%1, %3) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32> loc("sum")
    %5 = "nn.quantize"(%4) {quantizer = {bits = dense<8.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<0.13> : tensor<f32>, signed = true}} : (tensor<1xf32>) -> tensor<1xf32> loc("sum")
    return %5 : tensor<1xf32>
  }
}
