#!/usr/bin/env python3
"""Has da4ml and alkaid compile the reference networks; writes a folder of Verilog and a design.json for each variant.

    python peers.py PEERS OUT [MODEL...]      PEERS: the folder with npz/; OUT/MODEL/VARIANT/ is what appears

The interpreter needs da4ml 0.6.0 and alkaid 0.8.2 (setup-peers.sh). Every variant's emulator is held to the
network's definition on its 1000 test vectors before a file is written; one difference stops the program.
A variant that is there already is left alone. What is in design.json: see `Design` in design.rs.
"""
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
VERSIONS = {"da4ml": "0.6.0", "alkaid": "0.8.2"}


def load(path):
    with np.load(path) as archive:
        network = {key: archive[key] for key in archive.files}
    network["meta"] = json.loads(str(network["meta"]))
    return network


def test_vectors(network, folder):
    """Inputs and outputs as integers; what the archive says of the outputs is computed once more."""
    meta = network["meta"]
    if meta["kind"] == "cmvm":
        with np.load(folder / meta["x_test"]) as archive:
            x = archive["x_test"].astype(np.int64)
        return x, x @ network["w0"].astype(np.int64)
    x = network["x_test"].astype(np.int64)
    y, last = x, len(meta["dims"]) - 2
    for i in range(last + 1):
        y = y @ network[f"w{i}"].astype(np.int64) + network[f"b{i}"]
        if i < last:
            shift = int(network[f"shift{i}"])
            y = np.clip((y + ((1 << shift) >> 1)) >> shift, 0, (1 << meta["act_bits"]) - 1)
    assert np.array_equal(y, network["y_test"]), "the archive contradicts itself"
    return x, y


def trace_network(network, x, quantize):
    """The network in a peer's numpy-like words; also e, where value = integer * 2**e at the output."""
    meta = network["meta"]
    x = quantize(x, 1, meta["input_bits"] - 1, 0)
    if meta["kind"] == "cmvm":
        return x @ network["w0"].astype(np.float64), 0
    e, last = 0, len(meta["dims"]) - 2
    for i in range(last + 1):
        x = x @ network[f"w{i}"].astype(np.float64) + network[f"b{i}"].astype(np.float64) * 2.0**e
        if i < last:
            e += int(network[f"shift{i}"])
            x = quantize(x, 0, meta["act_bits"] + e, -e, "SAT", "RND")
    return x, e


def compile_network(tool, network, inputs, options, folder):
    """Writes the peer's project to `folder`; returns its traced graph, e and what it says of its pipeline."""
    stages, cutoff = options.get("stages", 0), options.get("cutoff", 0)
    solver = dict(method0="wmc", hard_dc=options["dc"])
    if tool == "da4ml":
        from da4ml.codegen import RTLModel
        from da4ml.trace import FixedVariableArrayInput, comb_trace
        from da4ml.trace.ops import quantize

        x = FixedVariableArrayInput((inputs,), hwconf=(1, -1, -1), solver_options=solver)
        y, e = trace_network(network, x, quantize)
        graph = comb_trace(x, y)
        pipeline = dict(latency_cutoff=cutoff) if cutoff else {}
        model = RTLModel(graph, "model", folder, flavor="verilog", **pipeline)
        model.write()
        return graph, e, dict(stages=len(model._pipe[0]) if model._pipe else 0)
    from alkaid.codegen import RTLModel
    from alkaid.trace import FVArrayInput, trace
    from alkaid.trace.ops import quantize

    x = FVArrayInput((inputs,), hwconf=(1, 1, -1), solver_options=solver)
    y, e = trace_network(network, x, quantize)
    graph = trace(x, y)
    pipeline = dict(n_stages=stages) if stages else dict(latency_cutoff=cutoff) if cutoff else {}
    ternary = options["ternary"] != "none"
    model = RTLModel(graph, folder, "model", flavor="verilog", ternary_fuse=ternary, **pipeline)
    model.write()
    ops = [op.opcode for logic in model.fsm.logic.values() for op in logic.ops]
    clocked = bool(pipeline)
    return graph, e, dict(stages=len(model.fsm.logic) if clocked else 0, ternary_adders=ops.count(11))


def verilog(folder, mapped):
    """The files of a project that its top module uses."""
    source = folder / "src"
    files = [path for path in sorted(source.glob("*.v")) if not path.name.endswith("_wrapper.v")]
    text = "".join(path.read_text() for path in files)
    for path in sorted((source / "static").glob("*.v")):
        if path.stem in text:
            files.append(HERE / path.name if mapped and path.stem == "ternary_adder" else path)
    return files


def ports(files):
    """Widths of model_inp and model_out of the module `model`, and whether it has a clock."""
    import re

    text = next(path for path in files if path.name == "model.v").read_text()
    width = lambda port: int(re.search(r"\[(\d+):0\]\s+" + port, text)[1]) + 1
    return width("model_inp"), width("model_out"), re.search(r"input\s+(wire\s+)?clk", text) is not None


def variant_name(tool, options):
    words = [tool, f"dc{options['dc']}"]
    if options.get("stages"):
        words.append(f"stages{options['stages']}")
    elif options.get("cutoff"):
        words.append(f"cutoff{options['cutoff']}")
    if options["ternary"] != "none":
        words.append(f"ternary-{options['ternary']}")
    return "-".join(words)


def variants(network):
    """(tool, options) of every variant that is compared, the ones most likely to be best first."""
    none, mapped, plain = ({"ternary": kind} for kind in ("none", "mapped", "behavioural"))
    if network["meta"]["kind"] == "cmvm":
        for cutoff in (0, 3):
            at = {"cutoff": cutoff} if cutoff else {}
            yield "da4ml", {"dc": 2, **at} | none
            yield "alkaid", {"dc": 2, **({"stages": 3} if cutoff else {})} | none
            yield "alkaid", {"dc": 2, **({"stages": 3} if cutoff else {})} | mapped
        yield "da4ml", {"dc": -1} | none
        yield "alkaid", {"dc": -1} | none
        yield "alkaid", {"dc": -1} | mapped
        yield "alkaid", {"dc": 2} | plain
        return
    yield "da4ml", {"dc": 2, "cutoff": 5} | none
    yield "alkaid", {"dc": 5, "cutoff": 5} | none
    yield "alkaid", {"dc": 5, "cutoff": 5} | mapped
    for stages in (5, 6, 12):
        yield "alkaid", {"dc": 5, "stages": stages} | none
        yield "alkaid", {"dc": 5, "stages": stages} | mapped
    for cutoff in (3, 2, 8):
        yield "da4ml", {"dc": 2, "cutoff": cutoff} | none
    yield "alkaid", {"dc": 5, "cutoff": 5} | plain
    yield "da4ml", {"dc": 0, "cutoff": 5} | none
    yield "da4ml", {"dc": -1, "cutoff": 5} | none
    yield "alkaid", {"dc": -1, "cutoff": 5} | none


def write(tool, options, name, network, vectors, out):
    target = out / name / variant_name(tool, options)
    if (target / "design.json").is_file():
        return
    x, expected = vectors
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        began = time.process_time()
        graph, e, said = compile_network(tool, network, x.shape[1], options, scratch / "project")
        seconds = time.process_time() - began
        wrong = int(np.sum(graph.predict(x.astype(np.float64)) * 2.0**-e != expected))
        if wrong:
            raise SystemExit(f"{name}: {tool} {options} differs in {wrong} values of its own emulator")
        files = verilog(scratch / "project", options["ternary"] == "mapped")
        inputs, outputs, clocked = ports(files)
        opcodes = [op.opcode for op in graph.ops]
        design = dict(
            model=name,
            tool=tool,
            version=VERSIONS[tool],
            options=options,
            top="model",
            clock="clk" if clocked else None,
            registers_inputs=clocked,
            registers_outputs=clocked,
            tied=[],
            inputs=[["model_inp", inputs]],
            outputs=[["model_out", outputs]],
            stages=max(said["stages"], 1),
            adders=opcodes.count(0) + opcodes.count(1) + opcodes.count(4),
            ternary_adders=said.get("ternary_adders", 0),
            estimated_lut=float(graph.cost),
            seconds=round(seconds, 3),
            vectors=len(x),
        )
        partial = target.with_name(target.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for path in files:
            shutil.copy(path, partial / path.name)
        (partial / "design.json").write_text(json.dumps(design, indent=1) + "\n")
        shutil.rmtree(target, ignore_errors=True)
        partial.rename(target)
        print(f"{name} {target.name}: {design['adders']} adders, {design['stages']} stages", flush=True)


def main():
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    peers, out, names = Path(sys.argv[1]) / "npz", Path(sys.argv[2]), sys.argv[3:]
    if not peers.is_dir():
        raise SystemExit(f"no reference networks in {peers} (set KAON_PEERS)")
    for name in names:
        network = load(peers / f"{name}.npz")
        vectors = test_vectors(network, peers)
        for tool, options in variants(network):
            write(tool, options, name, network, vectors, out)


if __name__ == "__main__":
    main()
