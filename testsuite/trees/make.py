"""Small forests with the answers of the libraries that made them.

Writes a folder for each case beside this file: the model, inputs.npy, expected.npy (scores before
any link function, or what the ONNX graph gives) and, where the library tells leaves, leaves.npy.
Needs numpy, xgboost, lightgbm, onnx and onnxruntime.
"""

import json
import pathlib

import lightgbm as lgb
import numpy as np
import onnx
import onnxruntime as ort
import xgboost as xgb
from onnx import TensorProto, helper

HERE = pathlib.Path(__file__).parent
FEATURES = 5


def save(name, model_file, write, inputs, expected, leaves=None):
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    write(str(folder / model_file))
    np.save(folder / "inputs.npy", inputs)
    np.save(folder / "expected.npy", expected)
    if leaves is not None:
        np.save(folder / "leaves.npy", leaves.astype(np.int32))


def samples(random, count=60, missing=False, zeros=False):
    x = np.round(random.normal(size=(count, FEATURES)), 2).astype(np.float32)
    if zeros:
        x[random.random(x.shape) < 0.3] = 0
    if missing:
        x[random.random(x.shape) < 0.2] = np.nan
    return x


def xgboost(name, params, labels, rounds=4, missing=False, file="model.json"):
    random = np.random.default_rng(len(name))
    x = samples(random, 400, missing)
    base = np.nan_to_num(x)
    y = labels(random, base)
    data = xgb.DMatrix(x, y)
    if params.get("objective", "").startswith("rank:"):
        data.set_group([20] * 20)
    common = {"max_depth": 3, "eta": 0.5, "nthread": 1, "seed": 0}
    booster = xgb.train({**common, **params}, data, rounds)
    test = samples(random, 60, missing)
    test[0, 0] = -0.0
    matrix = xgb.DMatrix(test)
    margin = booster.predict(matrix, output_margin=True)
    leaves = booster.predict(matrix, pred_leaf=True)
    leaves = leaves.reshape(len(test), -1)
    save(name, file, booster.save_model, test, margin.reshape(len(test), -1), leaves)


def lightgbm(name, params, labels, rounds=4, missing=False, zeros=False):
    random = np.random.default_rng(len(name))
    x = samples(random, 400, missing, zeros)
    y = labels(random, np.nan_to_num(x))
    common = {"num_leaves": 6, "min_data_in_leaf": 5, "verbose": -1, "num_threads": 1, "seed": 0}
    group = [20] * 20 if params.get("objective") == "lambdarank" else None
    booster = lgb.train({**common, **params}, lgb.Dataset(x, y, group=group), rounds)
    test = samples(random, 60, True, zeros)
    raw = booster.predict(test, raw_score=True)
    leaves = booster.predict(test, pred_leaf=True)
    save(name, "model.txt", booster.save_model, test, raw.reshape(len(test), -1), leaves)


def real(random, x):
    return 3 * x[:, 0] + np.abs(x[:, 1]) * x[:, 2] + random.normal(size=len(x)) * 0.1


def positive(random, x):
    return np.exp(0.3 * real(random, x)).clip(0.01, 50)


def counts(random, x):
    return np.floor(positive(random, x))


def binary(random, x):
    return (real(random, x) > 0).astype(int)


def classes(random, x):
    return np.digitize(real(random, x), [-1.5, 1.5])


def ranks(random, x):
    return classes(random, x)


def two(random, x):
    return np.stack([real(random, x), -real(random, x) ** 2], axis=1)


def onnx_case(name, op, version, attributes, outputs=1, double=False, labels=False):
    element = TensorProto.DOUBLE if double else TensorProto.FLOAT
    node = helper.make_node(op, ["x"], [f"y{i}" for i in range(outputs)], domain="ai.onnx.ml", **attributes)
    x = helper.make_tensor_value_info("x", element, [None, FEATURES])
    kinds = [TensorProto.INT64, TensorProto.FLOAT] if outputs == 2 else [element if op == "TreeEnsemble" else TensorProto.FLOAT]
    ys = [helper.make_tensor_value_info(f"y{i}", kind, None) for i, kind in enumerate(kinds)]
    graph = helper.make_graph([node], name, [x], ys[:1] if labels else ys)
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", version)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
    random = np.random.default_rng(len(name))
    test = samples(random, 60, True).astype(np.float64 if double else np.float32)
    test[:30] = np.round(test[:30])
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    answers = session.run(None, {"x": test})
    save(name, "model.onnx", lambda path: onnx.save(model, path), test, answers[-1].reshape(len(test), -1))


MODES = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"]


def nodes(modes, tracks=False):
    """A tree of three splits and four leaves for each mode."""
    found = {key: [] for key in ["treeids", "nodeids", "featureids", "modes", "values", "truenodeids", "falsenodeids", "missing_value_tracks_true"]}
    for tree, mode in enumerate(modes):
        for node in range(7):
            inner = node < 3
            found["treeids"].append(tree)
            found["nodeids"].append(node)
            found["featureids"].append((tree + 2 * node) % FEATURES if inner else 0)
            found["modes"].append(mode if inner else "LEAF")
            found["values"].append(float([0, 1, -1][node]) if inner else 0.0)
            found["truenodeids"].append(2 * node + 1 if inner else 0)
            found["falsenodeids"].append(2 * node + 2 if inner else 0)
            found["missing_value_tracks_true"].append(int(tracks and inner and node % 2 == 0))
    return {f"nodes_{key}": value for key, value in found.items()}


def leaves(prefix, trees, targets):
    random = np.random.default_rng(trees)
    rows = [(tree, node, target) for tree in range(trees) for node in range(3, 7) for target in targets(tree)]
    weights = [float(np.float32(random.normal())) for _ in rows]
    return {
        f"{prefix}_treeids": [row[0] for row in rows],
        f"{prefix}_nodeids": [row[1] for row in rows],
        f"{prefix}_ids": [row[2] for row in rows],
        f"{prefix}_weights": weights,
    }


def onnx_cases():
    for aggregate in ["SUM", "AVERAGE", "MIN", "MAX"]:
        onnx_case(
            f"onnx_regressor_{aggregate.lower()}",
            "TreeEnsembleRegressor",
            3,
            {**nodes(MODES), **leaves("target", 6, lambda tree: [0]), "n_targets": 1, "aggregate_function": aggregate, "base_values": [0.25]},
        )
    onnx_case(
        "onnx_regressor_targets",
        "TreeEnsembleRegressor",
        3,
        {**nodes(MODES, True), **leaves("target", 6, lambda tree: [0, 1, 2][: 1 + tree % 3]), "n_targets": 3},
    )
    for targets, name in [(lambda tree: [tree % 3], "one_against_all"), (lambda tree: [0, 1, 2], "shares")]:
        onnx_case(
            f"onnx_classifier_{name}",
            "TreeEnsembleClassifier",
            3,
            {**nodes(MODES), **leaves("class", 6, targets), "classlabels_int64s": [3, 5, 7], "base_values": [0.5, 0.25, -0.5]},
            outputs=2,
        )
    mixed = leaves("class", 6, lambda tree: [0])
    onnx_case("onnx_classifier_pair_mixed", "TreeEnsembleClassifier", 3, {**nodes(MODES), **mixed, "classlabels_int64s": [0, 1]}, outputs=2)
    share = {**mixed, "class_weights": [abs(weight) / 8 for weight in mixed["class_weights"]]}
    onnx_case("onnx_classifier_pair_positive", "TreeEnsembleClassifier", 3, {**nodes(MODES), **share, "classlabels_int64s": [0, 1]}, outputs=2)
    both = leaves("class", 6, lambda tree: [0, 1])
    onnx_case("onnx_classifier_pair_both", "TreeEnsembleClassifier", 3, {**nodes(MODES), **both, "classlabels_int64s": [0, 1]}, outputs=2)
    for number, labels in enumerate([[3, -5, 7], [-(10**6), 10**6, 10**6 + 1], [2, 2**40 + 1, -(2**62) + 5]]):
        onnx_case(
            f"onnx_classifier_labels_{number}",
            "TreeEnsembleClassifier",
            3,
            {**nodes(MODES), **leaves("class", 6, lambda tree: [tree % 3]), "classlabels_int64s": labels, "base_values": [0.0, 0.5, 1.5]},
            outputs=2,
            labels=True,
        )
    for kind, double in [(TensorProto.FLOAT, False), (TensorProto.DOUBLE, True)]:
        tensor = lambda name, values: helper.make_tensor(name, kind, [len(values)], values)
        modes = [0, 1, 2, 3, 4, 5, 6, 0]
        onnx_case(
            f"onnx_flat{'_double' if double else ''}",
            "TreeEnsemble",
            5,
            {
                "n_targets": 2,
                "aggregate_function": 1,
                "post_transform": 0,
                "tree_roots": [0, 4],
                "nodes_featureids": [0, 1, 2, 3, 4, 0, 1, 2],
                "nodes_splits": tensor("s", [0.5, -0.5, 0.0, 1.0, 1.0, 0.0, 0.0, 0.25]),
                "nodes_modes": helper.make_tensor("m", TensorProto.UINT8, [8], modes),
                "nodes_truenodeids": [1, 0, 3, 2, 5, 4, 7, 6],
                "nodes_falsenodeids": [2, 1, 3, 4, 6, 5, 8, 0],
                "nodes_trueleafs": [0, 1, 0, 1, 0, 1, 0, 1],
                "nodes_falseleafs": [0, 1, 1, 1, 0, 1, 1, 1],
                "nodes_missing_value_tracks_true": [0, 1, 0, 0, 1, 0, 0, 1],
                "leaf_targetids": [0, 1, 0, 1, 0, 1, 0, 1, 0],
                "leaf_weights": tensor("w", [0.5, -1.5, 2.25, 3.125, -4.0, 5.5, 6.75, -7.0, 8.0]),
                "membership_values": tensor("v", [1.0, 2.0, float("nan")]),
            },
            double=double,
        )


def main():
    xgboost("xgboost_squared", {"objective": "reg:squarederror"}, real, missing=True)
    xgboost("xgboost_logistic", {"objective": "binary:logistic"}, binary, missing=True, file="model.ubj")
    xgboost("xgboost_logistic_base", {"objective": "binary:logistic", "base_score": 0.2}, binary)
    xgboost("xgboost_logitraw", {"objective": "binary:logitraw", "base_score": 0.2}, binary)
    xgboost("xgboost_hinge", {"objective": "binary:hinge"}, binary)
    xgboost("xgboost_softprob", {"objective": "multi:softprob", "num_class": 3}, classes)
    xgboost("xgboost_softmax_parallel", {"objective": "multi:softmax", "num_class": 3, "num_parallel_tree": 2, "subsample": 0.5}, classes, rounds=2)
    xgboost("xgboost_poisson", {"objective": "count:poisson"}, counts)
    xgboost("xgboost_gamma", {"objective": "reg:gamma"}, positive)
    xgboost("xgboost_tweedie", {"objective": "reg:tweedie"}, counts)
    xgboost("xgboost_rank", {"objective": "rank:ndcg"}, ranks)
    xgboost("xgboost_dart", {"booster": "dart", "objective": "reg:squarederror", "rate_drop": 0.5}, real, rounds=6)
    xgboost("xgboost_targets", {"objective": "reg:squarederror"}, two, missing=True)
    lightgbm("lightgbm_regression", {"objective": "regression"}, real)
    lightgbm("lightgbm_missing_nan", {"objective": "regression"}, real, missing=True)
    lightgbm("lightgbm_missing_zero", {"objective": "regression", "zero_as_missing": True}, real, missing=True, zeros=True)
    lightgbm("lightgbm_binary", {"objective": "binary", "sigmoid": 0.5}, binary)
    lightgbm("lightgbm_multiclass", {"objective": "multiclass", "num_class": 3}, classes, missing=True)
    lightgbm("lightgbm_forest", {"objective": "multiclassova", "num_class": 3, "boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}, classes)
    lightgbm("lightgbm_dart", {"objective": "regression", "boosting": "dart", "drop_rate": 0.5}, real)
    lightgbm("lightgbm_poisson", {"objective": "poisson"}, counts)
    lightgbm("lightgbm_rank", {"objective": "lambdarank"}, ranks)
    onnx_cases()


if __name__ == "__main__":
    main()
