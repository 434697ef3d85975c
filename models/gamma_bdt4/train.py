#!/usr/bin/env python3
"""Trains the ensemble of this folder: 100 trees of depth 4 on four columns of the telescope data beside it.

    python models/gamma_bdt4/train.py

Needs numpy, xgboost 3.2 and scikit-learn; the same versions write the same files.
The size is that of the benchmark of arXiv:2104.03408; the data are those of gamma_trigger_w6a6, whose columns lie on
an 8-bit grid with 4 fractional bits.
"""
from pathlib import Path

import numpy as np
import xgboost
from sklearn.metrics import roc_auc_score

HERE = Path(__file__).parent
COLUMNS = [0, 1, 3, 8]
TRAINED = 700


def main():
    source = HERE.parent / "gamma_trigger_w6a6"
    x = np.load(source / "inputs.npy").reshape(-1, 10)[:, COLUMNS].astype(np.float32)
    y = np.load(source / "labels.npy").reshape(-1)
    model = xgboost.XGBClassifier(
        n_estimators=100, max_depth=4, learning_rate=0.1, min_child_weight=1, tree_method="exact", random_state=0
    )
    model.fit(x[:TRAINED], y[:TRAINED])
    booster = model.get_booster()
    booster.save_model(HERE / "model.json")
    matrix = xgboost.DMatrix(x)
    margin = booster.predict(matrix, output_margin=True)
    auc = roc_auc_score(y[TRAINED:], margin[TRAINED:])
    np.save(HERE / "inputs.npy", x)
    np.save(HERE / "labels.npy", y)
    np.save(HERE / "expected.npy", margin.reshape(-1, 1))
    (HERE / "model.toml").write_text(
        f"""name = "gamma_bdt4"
family = "bdt-xgboost"
source = "trained for this project, seed 0 (train.py)"
licence = "own work; data as stated"
architecture = "100 trees, depth 4, binary logistic, 4 features"
quantisation = "inputs on an 8-bit grid with 4 fractional bits (range -8..7.9375)"
task = "gamma/hadron separation in a Cherenkov telescope"
data = "columns {COLUMNS} of the 1000 samples of gamma_trigger_w6a6, the first {TRAINED} for training"
data_kind = "real (telescope simulation)"
metric = "AUC {auc:.4f} on {len(y) - TRAINED} samples"
files = ["model.json"]
input_shape = [{len(x)}, {len(COLUMNS)}]
output_shape = [{len(x)}, 1]
"""
    )
    print(f"AUC {auc:.4f}")


if __name__ == "__main__":
    main()
