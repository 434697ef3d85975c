module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<3xf32>) -> (tensor<1xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 3>}], kaon.outputs = [{name = "y", shape = array<i64: 1>}]} {
    %0 = "nn.gather"(%x0) {indices = array<i64: 2, 1, 0>, axis = 0 : i64} : (tensor<3xf32>) -> tensor<3xf32> loc("all")
    %1 = "nn.tree_ensemble"(%0) {answer = "scores", aggregate = "sum", base = array<f64: 0.25>, missing = array<f64>, tree_splits = array<i64: 1>, tree_targets = array<i64: 0>, features = array<i64: 2>, tests = "le", thresholds = array<f64: -0.5>, member_counts = array<i64>, members = array<f64>, missing_to = "false", true_children = array<i64: -1>, false_children = array<i64: -2>, leaf_ids = array<i64: 1, 2>, leaf_values = array<f64: 0.5, -1.5>} : (tensor<3xf32>) -> tensor<1xf32> loc("a")
    %2 = "nn.tree_ensemble"(%x0) {answer = "scores", aggregate = "sum", base = array<f64: 0.5>, missing = array<f64>, tree_splits = array<i64: 1>, tree_targets = array<i64: 0>, features = array<i64: 2>, tests = "le", thresholds = array<f64: 1.5>, member_counts = array<i64>, members = array<f64>, missing_to = "false", true_children = array<i64: -1>, false_children = array<i64: -2>, leaf_ids = array<i64: 1, 2>, leaf_values = array<f64: 0.5, -1.5>} : (tensor<3xf32>) -> tensor<1xf32> loc("b")
    %3 = "nn.add"(%1, %2) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32> loc("sum")
    return %3 : tensor<1xf32>
  }
}
