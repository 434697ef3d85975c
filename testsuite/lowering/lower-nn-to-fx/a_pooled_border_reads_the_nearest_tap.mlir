module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<1x3xf32>) -> (tensor<2x1xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 1, 3>}], kaon.outputs = [{name = "y", shape = array<i64: 2, 1>}]} {
    %0 = "nn.quantize"(%x0) {quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<1x3xf32>) -> tensor<1x3xf32> loc("in")
    %1 = "nn.window"(%0) {kernel = array<i64: 2>, positions = array<i64: 2>, starts = array<i64: -1>, strides = array<i64: 2>, dilations = array<i64: 1>, spreads = array<i64: 1>, outside = "nearest"} : (tensor<1x3xf32>) -> tensor<2x1x2xf32> loc("pool_1")
    %2 = "nn.reduce"(%1) {kind = "max", axes = array<i64: 2>} : (tensor<2x1x2xf32>) -> tensor<2x1xf32> loc("pool_1")
    return %2 : tensor<2x1xf32>
  }
}
