//! Tree models that nobody can mean: each is refused in one sentence, whole in a snapshot.

use std::fs;

use compiler::frontend;
use compiler::frontend::onnx::{self, Batch};
use dialects::nn;
use kaon_testsuite::random_forest::{self, Size};
use kaon_testsuite::wire;

/// The refusal of a file with this content.
fn refusal(name: &str, content: impl AsRef<[u8]>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    match frontend::load(&path) {
        Ok(graph) => panic!("accepted: {}", nn::print(&graph)),
        Err(finding) => finding
            .to_string()
            .replace(&path.display().to_string(), name),
    }
}

/// The one tree of an XGBoost model.
struct Xgboost<'a> {
    objective: &'a str,
    base_score: &'a str,
    left: &'a str,
    right: &'a str,
    features: &'a str,
    conditions: &'a str,
    more: &'a str,
    info: &'a str,
}

impl Default for Xgboost<'_> {
    fn default() -> Self {
        Xgboost {
            objective: "reg:squarederror",
            base_score: "5E-1",
            left: "[1,-1,-1]",
            right: "[2,-1,-1]",
            features: "[1,0,0]",
            conditions: "[0.5,1.5,-2.5]",
            more: "",
            info: "[0]",
        }
    }
}

impl Xgboost<'_> {
    fn text(&self) -> String {
        let Xgboost {
            objective,
            base_score,
            left,
            right,
            features,
            conditions,
            more,
            info,
        } = self;
        format!(
            r#"{{"learner":{{"gradient_booster":{{"name":"gbtree","model":{{"trees":[{{"left_children":{left},"right_children":{right},"split_indices":{features},"split_conditions":{conditions},"default_left":[1,0,0],{more}"tree_param":{{"size_leaf_vector":"1"}}}}],"tree_info":{info}}}}},"learner_model_param":{{"base_score":"{base_score}","num_class":"0","num_feature":"2"}},"objective":{{"name":"{objective}"}}}},"version":[2,0,0]}}"#
        )
    }

    fn refusal(&self) -> String {
        refusal("model.json", self.text())
    }
}

#[test]
fn a_small_booster_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("anything.bin");
    fs::write(&path, Xgboost::default().text()).unwrap();
    let graph = frontend::load(&path).unwrap_or_else(|error| panic!("{error}"));
    insta::assert_snapshot!(nn::print(&graph));
}

#[test]
fn boosters_that_contradict_themselves() {
    let whole = Xgboost::default();
    let text = whole.text();
    let case = |change: &dyn Fn(&mut Xgboost<'static>)| {
        let mut model = Xgboost::default();
        change(&mut model);
        model.refusal()
    };
    let refusals = [
        refusal("model.json", &text[..text.len() / 2]),
        refusal("model.json", "{\"learner\": [}"),
        refusal("model.json", "{\"nodeid\": 0, \"split\": \"f1\"}"),
        case(&|model| model.left = "[0,-1,-1]"),
        case(&|model| model.left = "[2,-1,-1]"),
        case(&|model| model.right = "[7,-1,-1]"),
        case(&|model| model.right = "[-5,-1,-1]"),
        case(&|model| model.right = "[2,-1]"),
        case(&|model| model.features = "[2,0,0]"),
        case(&|model| model.features = "[-1,0,0]"),
        case(&|model| model.conditions = "[NaN,1.5,-2.5]"),
        case(&|model| model.conditions = "[1e99,1.5,-2.5]"),
        case(&|model| model.conditions = "[0.5,1e99,-2.5]"),
        case(&|model| model.more = "\"split_type\":[1,0,0],"),
        case(&|model| model.info = "[3]"),
        case(&|model| model.info = "[0,0]"),
        case(&|model| model.info = "[-1]"),
        case(&|model| model.base_score = "half"),
        case(&|model| model.base_score = "[1E0,2E0]"),
        case(&|model| model.objective = "reg:mystery"),
        case(&|model| (model.objective, model.base_score) = ("count:poisson", "-1E0")),
        refusal("model.json", text.replace("\"gbtree\"", "\"gblinear\"")),
        refusal(
            "model.json",
            text.replace("\"size_leaf_vector\":\"1\"", "\"size_leaf_vector\":\"3\""),
        ),
        refusal(
            "model.json",
            text.replace("\"num_feature\":\"2\"", "\"num_feature\":\"0\""),
        ),
    ];
    insta::assert_snapshot!(refusals.join("\n"));
}

#[test]
fn more_nodes_than_a_circuit_can_hold() {
    let size = Size {
        trees: 1,
        depth: 21,
        features: 2,
        bins: 2,
    };
    insta::assert_snapshot!(refusal("model.json", random_forest::xgboost(size, 1)), @r"
    error: the model has 4194303 nodes in its trees, kaon takes 4000000
      --> model.json
       = help: train fewer or shallower trees: a circuit holds every node
    ");
}

#[test]
fn a_chain_is_no_deeper_than_a_loop() {
    let count = 100_001;
    let mut left = vec![];
    let mut right = vec![];
    for at in 0..count {
        let split = at % 2 == 0 && at + 2 < count;
        left.push(if split { at + 1 } else { -1 });
        right.push(if split { at + 2 } else { -1 });
    }
    let zeros = vec![0; count as usize];
    let list = |values: &[i64]| format!("{values:?}");
    let (left, right, zeros) = (list(&left), list(&right), list(&zeros));
    let model = Xgboost {
        left: &left,
        right: &right,
        features: &zeros,
        conditions: &zeros,
        ..Xgboost::default()
    };
    let text = model.text().replace(
        "\"default_left\":[1,0,0]",
        &format!("\"default_left\":{zeros}"),
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain.json");
    fs::write(&path, text).unwrap();
    let graph = frontend::load(&path).unwrap_or_else(|error| panic!("{error}"));
    let text = nn::print(&graph);
    assert_eq!(nn::print(&nn::read(&text).unwrap()), text);
    let zero = nn::Tensor::from_f32(vec![2], &[0.0, 0.0]).unwrap();
    nn::eval(&graph, &[zero]).unwrap();
}

const LIGHTGBM: &str = "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=1\nobjective=regression\nfeature_names=a b\n\nTree=0\nnum_leaves=3\nnum_cat=0\nsplit_feature=0 1\nthreshold=0.5 -1.5\ndecision_type=2 10\nleft_child=1 -1\nright_child=-3 -2\nleaf_value=1.25 -0.5 3\nis_linear=0\nshrinkage=1\n\n\nend of trees\n";

#[test]
fn lightgbm_texts_that_contradict_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.txt");
    fs::write(&path, LIGHTGBM).unwrap();
    frontend::load(&path).unwrap_or_else(|error| panic!("{error}"));
    let case = |from: &str, to: &str| {
        assert!(LIGHTGBM.contains(from), "{from}");
        refusal("model.txt", LIGHTGBM.replace(from, to))
    };
    let refusals = [
        refusal("model.txt", &LIGHTGBM[..LIGHTGBM.len() - 20]),
        case("left_child=1 -1", "left_child=0 -1"),
        case("left_child=1 -1", "left_child=9 -1"),
        case("left_child=1 -1", "left_child=-1 -1"),
        case("right_child=-3 -2", "right_child=-3 -9"),
        case("num_leaves=3", "num_leaves=4"),
        case("num_leaves=3", "num_leaves=0"),
        case("leaf_value=1.25 -0.5 3", "leaf_value=1.25 -0.5"),
        case("leaf_value=1.25 -0.5 3", "leaf_value=1.25 nan 3"),
        case("threshold=0.5 -1.5", "threshold=nan -1.5"),
        case("threshold=0.5 -1.5", "threshold=0.5 half"),
        case("split_feature=0 1", "split_feature=0 2"),
        case("decision_type=2 10", "decision_type=1 10"),
        case("decision_type=2 10", "decision_type=2 12"),
        case("num_cat=0", "num_cat=1"),
        case("is_linear=0", "is_linear=1"),
        case("num_tree_per_iteration=1", "num_tree_per_iteration=2"),
        case("max_feature_idx=1\n", ""),
        case("objective=regression", "objective=mystery"),
        case("objective=regression", "objective=binary sigmoid:0.7"),
        case("Tree=0", "Tree=1"),
    ];
    insta::assert_snapshot!(refusals.join("\n"));
}

const CONIFER: &str = r#"{"n_classes":2,"n_features":2,"init_predict":[0.0],"norm":1,"library":"sklearn","splitting_convention":"<=","trees":[[{"feature":[1,-2,-2],"weight":[[0,1],[0,0],[0,0]],"threshold":[0.5,0.0,0.0],"value":[0.0,1.5,-2.5],"children_left":[1,-1,-1],"children_right":[2,-1,-1]}]],"config":{"Precision":"ap_fixed<12,6>"}}"#;

#[test]
fn conifer_models_that_contradict_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("conifer.json");
    fs::write(&path, CONIFER).unwrap();
    let graph = frontend::load(&path).unwrap_or_else(|error| panic!("{error}"));
    let case = |from: &str, to: &str| {
        assert!(CONIFER.contains(from), "{from}");
        refusal("conifer.json", CONIFER.replace(from, to))
    };
    let refusals = [
        nn::print(&graph),
        refusal("conifer.json", &CONIFER[..CONIFER.len() / 2]),
        case("[0,1],", "[1,1],"),
        case("[0,1],", "[1,0],"),
        case("\"<=\"", "\"~\""),
        case("\"norm\":1", "\"norm\":0.3"),
        case("\"n_classes\":2", "\"n_classes\":3"),
        case("\"children_left\":[1", "\"children_left\":[0"),
        case("\"children_right\":[2", "\"children_right\":[5"),
        case("\"feature\":[1,", "\"feature\":[-1,"),
        case("\"feature\":[1,", "\"feature\":[2,"),
        case("\"threshold\":[0.5", "\"threshold\":[NaN"),
        case("\"threshold\":[0.5", "\"threshold\":[1e999"),
        case("\"children_left\":[1", "\"children_left\":[2"),
        case("\"value\":[0.0,", "\"value\":["),
        case("ap_fixed<12,6>", "ap_float<8>"),
    ];
    insta::assert_snapshot!(refusals.join("\n"));
}

/// A regressor of one tree: x1 <= 0.5 ? (x0 <= 2 ? leaf 3 : leaf 4) : leaf 2.
struct Regressor {
    features: [i64; 5],
    thresholds: [f32; 5],
    on_true: [i64; 5],
    on_false: [i64; 5],
    modes: [&'static str; 5],
    leaves: Vec<i64>,
    weights: Vec<f32>,
    targets: Vec<i64>,
}

impl Default for Regressor {
    fn default() -> Self {
        Regressor {
            features: [1, 0, 0, 0, 0],
            thresholds: [0.5, 2.0, 0.0, 0.0, 0.0],
            on_true: [1, 3, 0, 0, 0],
            on_false: [2, 4, 0, 0, 0],
            modes: ["BRANCH_LEQ", "BRANCH_LEQ", "LEAF", "LEAF", "LEAF"],
            leaves: vec![2, 3, 4],
            weights: vec![1.0, -2.0, 0.5],
            targets: vec![0, 0, 0],
        }
    }
}

impl Regressor {
    fn read(&self) -> Result<nn::Graph, dialects::Diagnostic> {
        let node = wire::node("TreeEnsembleRegressor", "forest", &["x"], &["y"])
            .bytes(7, "ai.onnx.ml")
            .put(5, wire::int("n_targets", 1))
            .put(5, wire::int_list("nodes_treeids", &[0; 5]))
            .put(5, wire::int_list("nodes_nodeids", &[0, 1, 2, 3, 4]))
            .put(5, wire::int_list("nodes_featureids", &self.features))
            .put(5, wire::float_list("nodes_values", &self.thresholds))
            .put(5, wire::int_list("nodes_truenodeids", &self.on_true))
            .put(5, wire::int_list("nodes_falsenodeids", &self.on_false))
            .put(5, wire::texts("nodes_modes", &self.modes))
            .put(
                5,
                wire::int_list("target_treeids", &vec![0; self.leaves.len()]),
            )
            .put(5, wire::int_list("target_nodeids", &self.leaves))
            .put(5, wire::int_list("target_ids", &self.targets))
            .put(5, wire::float_list("target_weights", &self.weights));
        let graph = wire::Message::new()
            .put(1, node)
            .put(11, wire::value("x", &[1, 2]))
            .put(12, wire::value("y", &[1, 1]));
        let model = onnx::parse("model.onnx", wire::model(graph).0, None)?;
        onnx::convert(model, Batch::Remove)
    }
}

#[test]
fn onnx_trees_that_contradict_themselves() {
    Regressor::default()
        .read()
        .unwrap_or_else(|error| panic!("{error}"));
    let case = |change: &dyn Fn(&mut Regressor)| {
        let mut model = Regressor::default();
        change(&mut model);
        match model.read() {
            Ok(graph) => panic!("accepted: {}", nn::print(&graph)),
            Err(finding) => finding.to_string(),
        }
    };
    let refusals = [
        case(&|model| model.on_true[1] = 0),
        case(&|model| model.on_false[0] = 1),
        case(&|model| model.on_true[0] = 7),
        case(&|model| model.features[0] = 2),
        case(&|model| model.features[0] = -1),
        case(&|model| model.thresholds[0] = f32::NAN),
        case(&|model| model.weights[1] = f32::INFINITY),
        case(&|model| model.modes[1] = "BRANCH_MAYBE"),
        case(&|model| model.leaves[2] = 1),
        case(&|model| model.leaves[2] = 9),
        case(&|model| model.targets[0] = 1),
        case(&|model| _ = model.weights.pop()),
    ];
    insta::assert_snapshot!(refusals.join("\n"));
}

#[test]
fn ubjson_that_no_one_wrote() {
    let key = |name: &str| {
        [
            b"L".as_slice(),
            &(name.len() as i64).to_be_bytes(),
            name.as_bytes(),
        ]
        .concat()
    };
    let deep = [b"{".to_vec(), key("learner"), vec![b'['; 1000]].concat();
    let huge = [
        b"{".to_vec(),
        key("learner"),
        b"[$d#L".to_vec(),
        i64::MAX.to_be_bytes().to_vec(),
    ]
    .concat();
    let empty = [
        b"{".to_vec(),
        key("learner"),
        b"[$Z#L".to_vec(),
        i64::MAX.to_be_bytes().to_vec(),
    ]
    .concat();
    let short = [b"{".to_vec(), key("learner")].concat();
    let refusals = [deep, huge, empty, short].map(|bytes| refusal("model.ubj", bytes));
    insta::assert_snapshot!(refusals.join("\n"));
}
