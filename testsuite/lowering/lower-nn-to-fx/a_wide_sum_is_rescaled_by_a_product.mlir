module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<2xf32>) -> (tensor<1xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2>}], kaon.outputs = [{name = "y", shape = array<i64: 1>}]} {
    %0 = "nn.quantize"(%x0) {quantizer = {bits = dense<12.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<0.3> : tensor<f32>, signed = true}} : (tensor<2xf32>) -> tensor<2xf32> loc("in")
    %1 = "nn.constant"() {value = {integers = dense<[[3, -2]]> : tensor<1x2xi64>, scale = dense<0.7> : tensor<f32>}} : () -> tensor<1x2xf32> loc("w")
    %2 = "nn.dense"(%0, %1) {product = "exact"} : (tensor<2xf32>, tensor<1x2xf32>) -> tensor<1xf32> loc("dense_1")
    %3 = "nn.quantize"(%2) {quantizer = {bits = dense<10.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<4.5> : tensor<f32>, signed = true}} : (tensor<1xf32>) -> tensor<1xf32> loc("quant_1")
    return %3 : tensor<1xf32>
  }
}
