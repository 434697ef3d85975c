// A column whose weight is the same in both steps needs no table, and a row of zeros no product.
// options: reuse=2
module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<4xf32>) -> (tensor<2xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 4>}], kaon.outputs = [{name = "y", shape = array<i64: 2>}]} {
    %0 = "nn.quantize"(%x0) {quantizer = {bits = dense<3.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<1.0> : tensor<f32>, signed = true}} : (tensor<4xf32>) -> tensor<4xf32> loc("in")
    %1 = "nn.constant"() {value = {integers = dense<[[3, 1, 3, 2], [0, 0, 0, 0]]> : tensor<2x4xi64>, scale = dense<1.0> : tensor<f32>}} : () -> tensor<2x4xf32> loc("w")
    %2 = "nn.dense"(%0, %1) {product = "exact"} : (tensor<4xf32>, tensor<2x4xf32>) -> tensor<2xf32> loc("dense")
    return %2 : tensor<2xf32>
  }
}
