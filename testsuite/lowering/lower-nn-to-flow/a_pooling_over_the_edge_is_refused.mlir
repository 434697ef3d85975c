// The nearest tap is another one at each edge.
// options: stream
module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<1x5xf32>) -> (tensor<3x1xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 1, 5>}], kaon.outputs = [{name = "y", shape = array<i64: 3, 1>}]} {
    %0 = "nn.quantize"(%x0) {quantizer = {bits = dense<3.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<1x5xf32>) -> tensor<1x5xf32> loc("in")
    %1 = "nn.window"(%0) {kernel = array<i64: 2>, positions = array<i64: 3>, starts = array<i64: -1>, strides = array<i64: 2>, dilations = array<i64: 1>, spreads = array<i64: 1>, outside = "nearest"} : (tensor<1x5xf32>) -> tensor<3x1x2xf32> loc("pool")
    %2 = "nn.reduce"(%1) {kind = "max", axes = array<i64: 2>} : (tensor<3x1x2xf32>) -> tensor<3x1xf32> loc("pool")
    return %2 : tensor<3x1xf32>
  }
}
