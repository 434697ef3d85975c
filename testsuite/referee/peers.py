#!/usr/bin/env python3
"""Has da4ml and alkaid compile networks; writes a folder of Verilog and a design.json for each variant.

    python peers.py PEERS OUT MODEL...                      reference networks, from PEERS/npz
    python peers.py PEERS OUT MODEL=PROJECT,SAMPLES...      what kaon compiled to the folder PROJECT, with sample inputs

OUT/MODEL/VARIANT/ is what appears; a variant that is there already is left alone.
The interpreter needs da4ml 0.6.0 and alkaid 0.8.2 (setup-peers.sh). Every variant's emulator is held to the
network's definition on all test vectors before a file is written; one difference stops the program.
A trained model is held to `kaon predict` too. What is in design.json: see `Design` in design.rs.
"""
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from fx_model import Behaviour, Unsupported

HERE = Path(__file__).parent
VERSIONS = {"da4ml": "0.6.0", "alkaid": "0.8.2"}


class Reference:
    """A network of PEERS/npz: integers throughout, defined by a few lines of numpy."""

    def __init__(self, path):
        with np.load(path) as archive:
            self.arrays = {key: archive[key] for key in archive.files}
        self.meta = json.loads(str(self.arrays["meta"]))
        self.layers = 1 if self.meta["kind"] == "cmvm" else len(self.meta["dims"]) - 1
        if self.meta["kind"] == "cmvm":
            with np.load(path.parent / self.meta["x_test"]) as archive:
                self.x = archive["x_test"].astype(np.int64)
        else:
            self.x = self.arrays["x_test"].astype(np.int64)

    def weights(self, i):
        w = self.arrays[f"w{i}"]
        return w, self.arrays.get(f"b{i}", np.zeros(w.shape[1], np.int64)), int(self.arrays.get(f"shift{i}", 0))

    def expected(self):
        y = self.x
        for i in range(self.layers):
            w, b, shift = self.weights(i)
            y = y @ w.astype(np.int64) + b
            if i + 1 < self.layers:
                y = np.clip((y + ((1 << shift) >> 1)) >> shift, 0, (1 << self.meta["act_bits"]) - 1)
        assert "y_test" not in self.arrays or np.array_equal(y, self.arrays["y_test"]), "the archive contradicts itself"
        return y

    def trace(self, x, array, quantize):
        """The network in a peer's words: integers, the binary point moving to the right at each rounding."""
        y, e = quantize(x, 1, self.meta["input_bits"] - 1, 0), 0
        for i in range(self.layers):
            w, b, shift = self.weights(i)
            y = y @ w.astype(np.float64)
            if np.any(b):
                y = y + b.astype(np.float64) * 2.0**e
            if i + 1 < self.layers:
                e += shift
                y = quantize(y, 0, self.meta["act_bits"] + e, -e, "SAT", "RND")
        self.exponent = e
        return y

    def variants(self):
        """(tool, options) of every variant that is compared, the ones most likely to be best first."""
        none, mapped, plain = ({"ternary": kind} for kind in ("none", "mapped", "behavioural"))
        if self.layers == 1:
            yield "da4ml", {"dc": 2} | none
            yield "alkaid", {"dc": 2} | mapped
            yield "alkaid", {"dc": 2} | none
            for tool, ternary in (("da4ml", none), ("alkaid", none), ("alkaid", mapped)):
                yield tool, {"dc": -1} | ternary
            yield "da4ml", {"dc": 2, "cutoff": 3} | none
            for ternary in (none, mapped):
                yield "alkaid", {"dc": 2, "stages": 3} | ternary
            yield "alkaid", {"dc": 2} | plain
            return
        yield "da4ml", {"dc": 2, "cutoff": 5} | none
        for ternary in (none, mapped, plain):
            yield "alkaid", {"dc": 5, "cutoff": 5} | ternary
        for stages in (5, 6, 12):
            for ternary in (none, mapped):
                yield "alkaid", {"dc": 5, "stages": stages} | ternary
        for cutoff in (3, 2, 8):
            yield "da4ml", {"dc": 2, "cutoff": cutoff} | none
        yield "da4ml", {"dc": 0, "cutoff": 5} | none
        yield "da4ml", {"dc": -1, "cutoff": 5} | none
        yield "alkaid", {"dc": -1, "cutoff": 5} | none


class Trained(Behaviour):
    """A model as kaon understood it, for the peers to compile."""

    exponent = 0

    def __init__(self, project, samples):
        super().__init__(project, samples)
        self.project, self.samples = project, samples
        report = json.loads((project / "report.json").read_text())
        self.stages = max(report["timing"]["latency_clocks"], 1)

    def expected(self):
        y = self.evaluate()
        with tempfile.TemporaryDirectory() as scratch:
            answers = Path(scratch) / "y.npy"
            kaon = HERE / "../../target/release/kaon"
            command = [kaon, "predict", self.project, "--input", self.samples, "--output", answers]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            predicted = np.load(answers).reshape(len(y), -1)
        if not np.array_equal(self.answers(y), predicted):
            raise SystemExit(f"{self.project}: the converter and kaon's emulator differ")
        return y

    def variants(self):
        yield "da4ml", {"dc": 2, "about": self.stages, "ternary": "none"}
        yield "alkaid", {"dc": 5, "stages": self.stages, "ternary": "mapped"}
        yield "alkaid", {"dc": 5, "stages": self.stages, "ternary": "none"}


def compile_network(tool, network, options, folder):
    """Writes the peer's project to `folder`; returns its traced graph and what it says of its pipeline."""
    solver = dict(method0="wmc", hard_dc=options["dc"])
    inputs = network.x.shape[1]
    if tool == "da4ml":
        from da4ml.codegen import RTLModel
        from da4ml.trace import FixedVariableArray, FixedVariableArrayInput, comb_trace
        from da4ml.trace.ops import quantize

        hardware = (1, -1, -1)
        array = lambda values: FixedVariableArray(np.array(values, dtype=object), solver, hwconf=hardware)
        x = FixedVariableArrayInput((inputs,), hwconf=hardware, solver_options=solver)
        graph = comb_trace(x, network.trace(x, array, quantize))
        cutoff = options.get("cutoff")
        build = lambda cutoff: RTLModel(graph, "model", folder, flavor="verilog", latency_cutoff=cutoff)
        if "about" in options:  # da4ml is not asked for a number of stages: the cutoff that comes nearest
            low, high = 1.0, max(graph.latency) + 1.0
            for _ in range(6):
                cutoff = (low + high) / 2
                stages = len(build(cutoff)._pipe[0])
                if stages == options["about"]:
                    break
                low, high = (cutoff, high) if stages > options["about"] else (low, cutoff)
        model = build(cutoff) if cutoff else RTLModel(graph, "model", folder, flavor="verilog")
        model.write()
        return graph, dict(stages=len(model._pipe[0]) if model._pipe else 0)
    from alkaid.codegen import RTLModel
    from alkaid.trace import FVArrayInput, trace
    from alkaid.trace.fixed_variable_array import FVArray
    from alkaid.trace.ops import quantize

    hardware = (1, 1, -1)
    array = lambda values: FVArray(np.array(values, dtype=object), solver, hwconf=hardware)
    x = FVArrayInput((inputs,), hwconf=hardware, solver_options=solver)
    graph = trace(x, network.trace(x, array, quantize))
    stages, cutoff = options.get("stages"), options.get("cutoff")
    pipeline = dict(n_stages=stages) if stages else dict(latency_cutoff=cutoff) if cutoff else {}
    ternary = options["ternary"] != "none"
    model = RTLModel(graph, folder, "model", flavor="verilog", ternary_fuse=ternary, **pipeline)
    model.write()
    ops = [op.opcode for logic in model.fsm.logic.values() for op in logic.ops]
    return graph, dict(stages=len(model.fsm.logic) if pipeline else 0, ternary_adders=ops.count(11))


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
    text = next(path for path in files if path.name == "model.v").read_text()
    width = lambda port: int(re.search(r"\[(\d+):0\]\s+" + port, text)[1]) + 1
    return width("model_inp"), width("model_out"), re.search(r"input\s+(wire\s+)?clk", text) is not None


def variant_name(tool, options):
    words = [tool, f"dc{options['dc']}"]
    if stages := options.get("stages", options.get("about")):
        words.append(f"stages{stages}")
    elif options.get("cutoff"):
        words.append(f"cutoff{options['cutoff']}")
    if options["ternary"] != "none":
        words.append(f"ternary-{options['ternary']}")
    return "-".join(words)


def write(tool, options, name, network, expected, out):
    target = out / name / variant_name(tool, options)
    if (target / "design.json").is_file():
        return
    x = network.x
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        began = time.process_time()
        graph, said = compile_network(tool, network, options, scratch / "project")
        seconds = time.process_time() - began
        wrong = int(np.sum(graph.predict(x.astype(np.float64)) * 2.0**-network.exponent != expected))
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
        name, _, place = name.partition("=")
        try:
            network = Trained(*map(Path, place.split(","))) if place else Reference(peers / f"{name}.npz")
            expected = network.expected()
            for tool, options in network.variants():
                write(tool, options, name, network, expected, out)
        except Unsupported as why:
            print(f"{name}: the peers have no words for {why}", flush=True)


if __name__ == "__main__":
    main()
