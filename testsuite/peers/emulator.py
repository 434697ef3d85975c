"""Samples per second of alkaid's interpreter on one thread.

    python emulator.py MODEL.npz

The file holds a network of integers as `kind`, `dims` and the like in `meta`, and weights
w0, b0, shift0 and so on. Prints one number, the best over two settings and many runs of
many samples, since every call costs something; answers are compared with the definition
first.
"""
import json
import sys
import time

import numpy as np
from alkaid.trace import FVArrayInput, trace
from alkaid.trace.ops import quantize, relu


def expected(data, meta, x):
    y = x.astype(np.int64)
    if meta["kind"] == "cmvm":
        return y @ data["w0"].astype(np.int64)
    layers = len(meta["dims"]) - 1
    top = (1 << meta.get("act_bits", 1)) - 1
    for i in range(layers):
        y = y @ data[f"w{i}"].astype(np.int64) + data[f"b{i}"]
        if i == layers - 1:
            return y
        shift = int(data[f"shift{i}"])
        if meta["mode"] == "rnd_sat":
            y = np.clip((y + ((1 << shift) >> 1)) >> shift, 0, top)
        else:
            y = (np.maximum(y, 0) >> shift) & top


def network(data, meta, x):
    x, exponent = quantize(x, 1, meta["input_bits"] - 1, 0), 0
    if meta["kind"] == "cmvm":
        return x @ data["w0"].astype(np.float64), 0
    layers = len(meta["dims"]) - 1
    for i in range(layers):
        bias = data[f"b{i}"].astype(np.float64) * 2.0**exponent
        x = x @ data[f"w{i}"].astype(np.float64) + bias
        if i < layers - 1:
            exponent += int(data[f"shift{i}"])
            bits = meta["act_bits"] + exponent
            if meta["mode"] == "rnd_sat":
                x = quantize(x, 0, bits, -exponent, "SAT", "RND")
            else:
                x = relu(x, np.array(bits), np.array(-exponent))
    return x, exponent


def main():
    with np.load(sys.argv[1]) as file:
        data = {key: file[key] for key in file.files}
    meta = json.loads(str(data["meta"]))
    inputs = meta["dims"][0] if meta["kind"] == "mlp" else meta["n_in"]
    half = 1 << (meta["input_bits"] - 1)
    x = np.random.default_rng(0).integers(-half, half, (100000, inputs)).astype(np.float64)
    fastest = 0.0
    # Bounds on the delay; they change which adders are shared and little else.
    for delay in (2, -1):
        options = dict(method0="wmc", hard_dc=delay)
        symbols = FVArrayInput((inputs,), hwconf=(1, 1, -1), solver_options=options)
        out, exponent = network(data, meta, symbols)
        compiled = trace(symbols, out)
        got = compiled.predict(x[:1000], n_threads=1) * 2.0**-exponent
        assert np.array_equal(got, expected(data, meta, x[:1000])), "wrong answers"
        began = time.perf_counter()
        while time.perf_counter() - began < 3.0:
            start = time.perf_counter()
            compiled.predict(x, n_threads=1)
            fastest = max(fastest, len(x) / (time.perf_counter() - start))
    print(round(fastest))


main()
