module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<2xf32>) -> (tensor<1xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2>}], kaon.outputs = [{name = "y", shape = array<i64: 1>}]} {
    %0 = "nn.quantize"(%x0) {quantizer = {bits = dense<4.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<0.5> : tensor<f32>, signed = true}} : (tensor<2xf32>) -> tensor<2xf32> loc("in")
    %1 = "nn.tree_ensemble"(%0) {answer = "scores", aggregate = "sum", base = array<f64: 0.25>, member_counts = array<i64>, members = array<f64>, missing = array<f64>, tree_splits = array<i64: 1, 1>, tree_targets = array<i64: 0, 0>, features = array<i64: 0, 1>, tests = "le gt", thresholds = array<f64: 3.5, -4.25>, missing_to = "false", true_children = array<i64: -1, -1>, false_children = array<i64: -2, -2>, leaf_ids = array<i64: 1, 2, 1, 2>, leaf_values = array<f64: 0.5, -1.25, 0.75, 2.0>} : (tensor<2xf32>) -> tensor<1xf32> loc("trees")
    return %1 : tensor<1xf32>
  }
}
