module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<2xf32>) -> (tensor<2xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2>}], kaon.outputs = [{name = "y", shape = array<i64: 2>}]} {
    %0 = "nn.quantize"(%x0) {quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<2xf32>) -> tensor<2xf32> loc("in")
    %1 = "nn.constant"() {value = {integers = dense<[1, 0]> : tensor<2xi64>, scale = dense<1.0> : tensor<f32>}} : () -> tensor<2xf32> loc("memory")
    %2 = "nn.constant"() {value = {integers = dense<[2, 3]> : tensor<2xi64>, scale = dense<1.0> : tensor<f32>}} : () -> tensor<2xf32> loc("memory")
    %3 = "nn.add"(%1, %2) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %4 = "nn.state"(%3) {recurrence = "memory", part = 0 : i64, step = 0 : i64, quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<2xf32>) -> tensor<2xf32> loc("memory")
    %5 = "nn.add"(%0, %4) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("out")
    return %5 : tensor<2xf32>
  }
}
