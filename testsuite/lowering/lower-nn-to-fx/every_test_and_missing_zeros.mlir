module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<2xf32>) -> (tensor<1xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2>}], kaon.outputs = [{name = "y", shape = array<i64: 1>}]} {
    %0 = "nn.quantize"(%x0) {quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<0.5> : tensor<f32>, signed = true}} : (tensor<2xf32>) -> tensor<2xf32> loc("in")
    %1 = "nn.tree_ensemble"(%0) {answer = "scores", aggregate = "sum", base = array<f64: 0.0>, missing = array<f64>, tree_splits = array<i64: 6>, tree_targets = array<i64: 0>, features = array<i64: 0, 0, 1, 1, 0, 1>, tests = "gt ge eq ne in lt", thresholds = array<f64: 1.2, 1.0, 1.5, -2.0, 0.0, 0.3>, member_counts = array<i64: 3>, members = array<f64: -1.0, 0.25, 2.0>, missing_to = "zero_true false zero_true false zero_false zero_false", true_children = array<i64: 1, -1, 3, -3, -5, -6>, false_children = array<i64: 2, -2, 4, -4, 5, -7>, leaf_ids = array<i64: 1, 2, 3, 4, 5, 6, 7>, leaf_values = array<f64: 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0>} : (tensor<2xf32>) -> tensor<1xf32> loc("trees")
    return %1 : tensor<1xf32>
  }
}
