// options: input=fixed<8,3> trees.weight=fixed<4,1>
// within: 2^-2
module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<2xf32>) -> (tensor<1xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2>}], kaon.outputs = [{name = "y", shape = array<i64: 1>}]} {
    %0 = "nn.tree_ensemble"(%x0) {answer = "scores", aggregate = "average", base = array<f64: 0.5>, missing = array<f64>, tree_splits = array<i64: 2, 1>, tree_targets = array<i64: 0, 0>, features = array<i64: 1, 0, 1>, tests = "le", thresholds = array<f64: 0.0, 0.1, -0.75>, member_counts = array<i64>, members = array<f64>, missing_to = "false", true_children = array<i64: 1, -1, -1>, false_children = array<i64: -3, -2, -2>, leaf_ids = array<i64: 3, 4, 2, 1, 2>, leaf_values = array<f64: -0.10000000149011612, 0.30000001192092896, 0.75, 0.009999999776482582, -0.375>} : (tensor<2xf32>) -> tensor<1xf32> loc("trees")
    return %0 : tensor<1xf32>
  }
}
