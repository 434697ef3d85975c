module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<2xf32>) -> (tensor<1xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2>}], kaon.outputs = [{name = "y", shape = array<i64: 1>}]} {
    %0 = "nn.float_key"(%x0) : (tensor<2xf32>) -> tensor<2xf32> loc("x")
    %1 = "nn.tree_ensemble"(%0) {answer = "scores", aggregate = "sum", base = array<f64: 0.5>, missing = array<f64: 2147483647.0>, tree_splits = array<i64: 2>, tree_targets = array<i64: 0>, features = array<i64: 1, 0>, tests = "lt le", thresholds = array<f64: -1.0, 1036831949.0>, member_counts = array<i64>, members = array<f64>, missing_to = "true false", true_children = array<i64: 1, -1>, false_children = array<i64: -3, -2>, leaf_ids = array<i64: 3, 4, 2>, leaf_values = array<f64: -0.5, 1.25, 0.75>} : (tensor<2xf32>) -> tensor<1xf32> loc("trees")
    return %1 : tensor<1xf32>
  }
}
