"""Samples per second of a library's own `predict` on one thread.

    python forests.py xgboost|lightgbm MODEL INPUTS.npy
    python forests.py sklearn OUT

Prints one number, the best of many calls with many samples in the form that the library is fastest with.
`sklearn` trains a random forest of 25 trees of depth 6 on scikit-learn's digits first, and leaves it as
OUT/model.onnx with OUT/inputs.npy.
"""
import sys
import time
from pathlib import Path

import numpy as np

SAMPLES = 20000
SECONDS = 4


def best(run, samples):
    began, least = time.time(), float("inf")
    while time.time() - began < SECONDS:
        start = time.perf_counter()
        run()
        least = min(least, time.perf_counter() - start)
    return samples / least


def many(x):
    return np.ascontiguousarray(np.tile(x, (SAMPLES // len(x) + 1, 1))[:SAMPLES])


def xgboost(model, inputs):
    import xgboost as xgb

    booster = xgb.Booster(model_file=model)
    booster.set_param({"nthread": 1})
    x = many(np.load(inputs))
    # A matrix that was predicted before is answered from memory: it is made anew for each call.
    return max(
        best(lambda: booster.inplace_predict(x, predict_type="margin"), len(x)),
        best(lambda: booster.predict(xgb.DMatrix(x, nthread=1), output_margin=True), len(x)),
    )


def lightgbm(model, inputs):
    import lightgbm as lgb

    booster = lgb.Booster(model_file=model)
    x = many(np.load(inputs))
    return max(
        best(lambda: booster.predict(data, raw_score=True, num_threads=1), len(x))
        for data in [x.astype(np.float32), x.astype(np.float64)]
    )


def sklearn(out):
    from skl2onnx import to_onnx
    from sklearn.datasets import load_digits
    from sklearn.ensemble import RandomForestClassifier

    x, y = load_digits(return_X_y=True)
    x = x.astype(np.float32)
    forest = RandomForestClassifier(25, max_depth=6, random_state=0, n_jobs=1).fit(x, y)
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    onnx = to_onnx(forest, x[:1], options={"zipmap": False})
    (out / "model.onnx").write_bytes(onnx.SerializeToString())
    np.save(out / "inputs.npy", x)
    x = many(x)
    return best(lambda: forest.predict_proba(x), len(x))


def main():
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    library = {"xgboost": xgboost, "lightgbm": lightgbm, "sklearn": sklearn}[sys.argv[1]]
    print(library(*sys.argv[2:]))


if __name__ == "__main__":
    main()
