#!/usr/bin/env python3
"""Has conifer's VHDL back end compile forests; GHDL makes Verilog of it. A folder and a design.json for each model.

    python conifer_forests.py OUT MODEL=FILE,SAMPLES,WIDTH,INTEGER[,ROUNDS]...

FILE is a conifer, XGBoost or LightGBM model or an ONNX TreeEnsembleClassifier; thresholds, features and scores are
`ap_fixed<WIDTH,INTEGER>`, of which conifer's back end has one for all. OUT/MODEL/conifer-WIDTH-INTEGER/ is what
appears; one that is there already is left alone. With ROUNDS the model is its first so many rounds of trees, and
OUT/MODEL/model.json has them in conifer's words, for kaon.
The interpreter needs conifer 1.11, and xgboost, lightgbm or onnx for such models (setup-conifer.sh); the path needs
ghdl and iverilog. Trees are padded to their own greatest depth, a random forest's average is in its leaves: both are
smaller than what conifer's converters do. A summand without a driver gets its initial value. The Verilog is simulated: on all samples it must give the integers that the
trees are defined by, at one lag, which is the number of stages that is written down.
"""
import json
import math
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

VERSION = "1.11"
SAMPLES = 200


class Fixed:
    """`ap_fixed<WIDTH,INTEGER>`: down to the grid, around where it overflows. Replaces a C++ program of conifer's."""

    def __init__(self, text):
        width, integer = text.split("<")[1].rstrip(">").split(",")[:2]
        self.width, self.integer_bits = int(width), int(integer)
        self.fractional_bits = self.width - self.integer_bits

    def to_int(self, x):
        n = math.floor(float(x) * 2**self.fractional_bits) & ((1 << self.width) - 1)
        return n - (1 << self.width) if n >> (self.width - 1) else n


def tree(splits, leaves):
    """conifer's arrays of a tree: splits are (feature, threshold, true child, false child), a child ~k is leaf k."""
    at = lambda child: child if child >= 0 else len(splits) + ~child
    ends = len(leaves)
    return {
        "feature": [s[0] for s in splits] + [-2] * ends,
        "threshold": [s[1] for s in splits] + [0.0] * ends,
        "children_left": [at(s[2]) for s in splits] + [-1] * ends,
        "children_right": [at(s[3]) for s in splits] + [-1] * ends,
        "value": [0.0] * len(splits) + [float(v) for v in leaves],
    }


def forest(trees, features, base, convention, library):
    """An ensemble in conifer's words; `trees` has a list for each round, with a tree for each class."""
    classes = len(trees[0])
    for t in (t for round in trees for t in round):
        t["weight"] = [[int(at == feature) for at in range(features)] for feature in t["feature"]]
    return {
        "trees": trees,
        "n_trees": len(trees),
        "n_classes": 2 if classes == 1 else classes,
        "n_features": features,
        "init_predict": base,
        "norm": 1,
        "library": library,
        "splitting_convention": convention,
    }


def read_conifer(path):
    model = json.loads(path.read_text())
    keys = ("feature", "threshold", "children_left", "children_right", "value")
    trees = [[{key: t[key] for key in keys} for t in round] for round in model["trees"]]
    convention = model["splitting_convention"]
    return forest(trees, model["n_features"], model["init_predict"], convention, model["library"])


def read_xgboost(path):
    learner = json.loads(path.read_text())["learner"]
    model = learner["gradient_booster"]["model"]
    classes = max(int(learner["learner_model_param"]["num_class"]), 1)
    found = []
    for source in model["trees"]:
        left, right = source["left_children"], source["right_children"]
        inner = [i for i, child in enumerate(left) if child >= 0]
        leaves = [i for i, child in enumerate(left) if child < 0]
        place = {i: at for at, i in enumerate(inner)} | {i: ~at for at, i in enumerate(leaves)}
        split = lambda i: (source["split_indices"][i], source["split_conditions"][i], place[left[i]], place[right[i]])
        found.append(tree([split(i) for i in inner], [source["split_conditions"][i] for i in leaves]))
    rounds = [found[at : at + classes] for at in range(0, len(found), classes)]
    base = json.loads(learner["learner_model_param"]["base_score"])
    base = base if isinstance(base, list) else [base] * classes
    if learner["objective"]["name"] == "binary:logistic":
        base = [math.log(p / (1 - p)) for p in base]
    return forest(rounds, int(learner["learner_model_param"]["num_feature"]), base, "<", "xgboost")


def read_lightgbm(path):
    import lightgbm

    model = lightgbm.Booster(model_file=str(path)).dump_model()
    found = []
    for source in model["tree_info"]:
        splits, leaves = [], []

        def walk(node):
            if "split_feature" not in node:
                leaves.append(node["leaf_value"])
                return ~(len(leaves) - 1)
            at = len(splits)
            splits.append(None)
            children = walk(node["left_child"]), walk(node["right_child"])
            splits[at] = (node["split_feature"], node["threshold"], *children)
            return at

        walk(source["tree_structure"])
        found.append(tree(splits, leaves))
    classes = model["num_tree_per_iteration"]
    rounds = [found[at : at + classes] for at in range(0, len(found), classes)]
    return forest(rounds, model["max_feature_idx"] + 1, [0.0] * classes, "<=", "lightgbm")


def read_onnx(path):
    import onnx

    graph = onnx.load(path).graph
    node = next(node for node in graph.node if node.op_type == "TreeEnsembleClassifier")
    a = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
    classes = len(a.get("classlabels_int64s") or a["classlabels_strings"])
    modes = [mode.decode() for mode in a["nodes_modes"]]
    assert set(modes) <= {"BRANCH_LEQ", "LEAF"}, "conifer's back end knows <= only"
    values = {}
    for t, n, c, w in zip(a["class_treeids"], a["class_nodeids"], a["class_ids"], a["class_weights"]):
        values[t, n, c] = values.get((t, n, c), 0.0) + w
    rounds = []
    for number in sorted(set(a["nodes_treeids"])):
        rows = [i for i, t in enumerate(a["nodes_treeids"]) if t == number]
        inner = [i for i in rows if modes[i] != "LEAF"]
        leaves = [i for i in rows if modes[i] == "LEAF"]
        names = [a["nodes_nodeids"][i] for i in inner], [a["nodes_nodeids"][i] for i in leaves]
        place = {n: at for at, n in enumerate(names[0])} | {n: ~at for at, n in enumerate(names[1])}
        child = lambda i, which: place[a[f"nodes_{which}nodeids"][i]]
        splits = [
            (a["nodes_featureids"][i], a["nodes_values"][i], child(i, "true"), child(i, "false")) for i in inner
        ]
        rounds.append([tree(splits, [values.get((number, n, c), 0.0) for n in names[1]]) for c in range(classes)])
    base = list(a.get("base_values") or [0.0] * classes)
    return forest(rounds, graph.input[0].type.tensor_type.shape.dim[1].dim_value, base, "<=", "onnx")


def read(path):
    if path.suffix == ".onnx":
        return read_onnx(path)
    if path.suffix == ".txt":
        return read_lightgbm(path)
    return read_xgboost(path) if "learner" in json.loads(path.read_text()) else read_conifer(path)


def drive_padding(path):
    """The summand that makes a number of summands even has an initial value and no driver: it gets that value."""
    text, line = path.read_text(), "dInt(0 to d'length - 1) <= d;"
    assert line in text, "another conifer than this script was written for"
    path.write_text(text.replace(line, line + "\n    dInt(d'length to intLen - 1) <= (others => (others => '0'));"))


def depth(t, at=0):
    children = t["children_left"][at], t["children_right"][at]
    return 0 if children[0] < 0 else 1 + max(depth(t, child) for child in children)


def evaluate(model, fixed, x):
    """The integers that the trees are defined by."""
    wrap = lambda n: fixed.to_int(n / 2**fixed.fractional_bits)
    scores = np.zeros((len(x), len(model["trees"][0])), dtype=object)
    lower = (lambda a, b: a < b) if model["splitting_convention"] == "<" else (lambda a, b: a <= b)
    for row, features in enumerate(x):
        for c in range(scores.shape[1]):
            total = fixed.to_int(model["init_predict"][c])
            for round in model["trees"]:
                t, at = round[c], 0
                while t["children_left"][at] >= 0:
                    left = lower(features[t["feature"][at]], fixed.to_int(t["threshold"][at]))
                    at = t["children_left"][at] if left else t["children_right"][at]
                total += fixed.to_int(t["value"][at])
            scores[row, c] = wrap(total)
    return scores


def simulate(verilog, fixed, x, classes, folder):
    """The outputs of every clock, one sample a clock."""
    width = fixed.width
    words = ["".join(f"{int(v) & ((1 << width) - 1):0{width}b}" for v in row) for row in x]
    (folder / "x.bin").write_text("\n".join(words) + "\n")
    bits, clocks = width * x.shape[1], len(x) + 40
    (folder / "tb.v").write_text(
        f"""module tb;
  reg clk = 0; reg [{bits - 1}:0] X; wire [{width * classes - 1}:0] y; integer k;
  reg [{bits - 1}:0] samples [0:{len(x) - 1}];
  BDTTop dut(.clk(clk), .X(X), .X_vld(1'b1), .y(y));
  initial begin
    $readmemb("x.bin", samples);
    for (k = 0; k < {clocks}; k = k + 1) begin
      X = samples[k < {len(x)} ? k : {len(x) - 1}];
      #1 $display("%b", y); #1 clk = 1; #1 clk = 0;
    end
  end
endmodule
"""
    )
    subprocess.run(["iverilog", "-g2012", "-o", "tb.out", "tb.v", verilog], check=True, cwd=folder)
    lines = subprocess.run(["vvp", "-n", "tb.out"], check=True, cwd=folder, capture_output=True, text=True).stdout
    found = []
    for line in lines.split():
        numbers = [line[at : at + width] for at in range(0, len(line), width)]
        found.append([int(n, 2) - (int(n[0]) << width) if set(n) <= {"0", "1"} else None for n in numbers])
    return np.array(found, dtype=object)


def lag(clocks, expected):
    """How many clocks the answers come after the questions."""
    for candidate in range(len(clocks) - len(expected) + 1):
        if np.array_equal(clocks[candidate : candidate + len(expected)], expected):
            return candidate
    raise SystemExit("conifer's circuit differs from its trees at every lag")


def write(name, path, samples, width, integer, rounds, out):
    from conifer.backends.vhdl import writer

    target = out / name / f"conifer-{width}-{integer}"
    if (target / "design.json").is_file():
        return
    model = read(path)
    if rounds is not None:
        model["trees"] = model["trees"][:rounds]
        model["n_trees"] = rounds
        target.parent.mkdir(parents=True, exist_ok=True)
        (target.parent / "model.json").write_text(json.dumps(model))
    model["max_depth"] = max(depth(t) for round in model["trees"] for t in round)
    writer.FixedPointConverter = Fixed
    fixed = Fixed(f"ap_fixed<{width},{integer}>")
    x = np.load(samples)[:SAMPLES]
    x = np.array([[fixed.to_int(v) for v in row] for row in x], dtype=object)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        began = time.time()
        config = writer.auto_config() | {"OutputDir": str(scratch), "Precision": f"ap_fixed<{width},{integer}>"}
        writer.make_model(model, config).write()
        sources = scratch / "firmware"
        drive_padding(sources / "AddReduce.vhd")
        order = ["Constants", "Types", *(p.stem for p in sorted(sources.glob("Arrays*.vhd")))]
        order += ["Split", "Tree", "AddReduce", "BDT", "BDTTop"]
        for stem in order:
            subprocess.run(["ghdl", "-a", "--std=08", f"{stem}.vhd"], check=True, cwd=sources)
        with open(scratch / "forest.v", "w") as file:
            command = ["ghdl", "--synth", "--std=08", "--out=verilog", "BDTTop"]
            subprocess.run(command, check=True, cwd=sources, stdout=file, stderr=subprocess.DEVNULL)
        seconds = time.time() - began
        classes = len(model["trees"][0])
        clocks = simulate(scratch / "forest.v", fixed, x, classes, scratch)
        design = dict(
            model=name,
            tool="conifer",
            version=VERSION,
            options=dict(precision=f"ap_fixed<{width},{integer}>"),
            top="BDTTop",
            clock="clk",
            registers_inputs=False,
            registers_outputs=True,
            tied=[["X_vld", 1]],
            inputs=[["X", width * x.shape[1]]],
            outputs=[["y", width * classes]],
            stages=lag(clocks, evaluate(model, fixed, x)),
            adders=len(model["trees"]) * classes,
            seconds=round(seconds, 3),
            vectors=len(x),
        )
        partial = target.with_name(target.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        shutil.copy(scratch / "forest.v", partial / "forest.v")
        (partial / "design.json").write_text(json.dumps(design, indent=1) + "\n")
        shutil.rmtree(target, ignore_errors=True)
        partial.rename(target)
        print(f"{name} {target.name}: {design['stages']} stages, {seconds:.0f} s", flush=True)


def main():
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    for argument in sys.argv[2:]:
        name, _, rest = argument.partition("=")
        path, samples, width, integer, *rounds = rest.split(",")
        rounds = int(rounds[0]) if rounds else None
        write(name, Path(path), Path(samples), int(width), int(integer), rounds, Path(sys.argv[1]))


if __name__ == "__main__":
    main()
