"""kaon's behaviour of a model (emulator.fx.mlir) in a peer's words: matrices, roundings and clamps.

Every value is read as an affine form over *atoms*: the inputs and the results of ops that are not linear.
Forms of several atoms become rows of one matrix for each depth of the network, which is what the peers' solvers
take; whatever kaon shared or factored is multiplied out on the way. Ops that need a table or a comparison are refused.
"""
import json
import re
from pathlib import Path

import numpy as np

OP = re.compile(r'%(\S+) = "fx\.(\w+)"\(([^)]*)\)(?: \{(.*?)\})? : \((.*?)\) -> \S+')


class Unsupported(Exception):
    """The model has an op that this converter has no words for."""


class Form:
    """A sum of integer multiples of atoms and a constant."""

    def __init__(self, terms, constant=0):
        self.terms = {atom: factor for atom, factor in terms.items() if factor}
        self.constant = constant

    def plus(self, other, sign=1):
        terms = dict(self.terms)
        for atom, factor in other.terms.items():
            terms[atom] = terms.get(atom, 0) + sign * factor
        return Form(terms, self.constant + sign * other.constant)

    def times(self, factor):
        return Form({atom: old * factor for atom, old in self.terms.items()}, self.constant * factor)

    def is_matrix_row(self):
        return len(self.terms) > 1 or any(f & (f - 1) for f in map(abs, self.terms.values()))


class Behaviour:
    """The ops of a model, the widths of its inputs, and its samples as integers."""

    def __init__(self, folder, samples):
        text = (folder / "emulator.fx.mlir").read_text()
        head = re.search(r"func\.func @\w+\((.*?)\) -> ", text)[1]
        self.inputs = [(name, sign == "si", int(width)) for name, sign, width in re.findall(r"%(\S+): (si|ui)(\d+)", head)]
        self.forms = {name: Form({name: 1}) for name, _, _ in self.inputs}
        self.atoms = []  # name, op, form, attributes
        for line in text.splitlines():
            if found := OP.search(line):
                self.add(*found.groups()[:4])
        self.outputs = [self.forms[name] for name in re.search(r"return (.*?) :", text)[1].replace("%", "").split(", ")]
        self.manifest = json.loads((folder / "kaon.json").read_text())
        self.x = self.integers(np.load(samples))

    def add(self, name, op, operands, attributes):
        values = [self.forms[operand.strip().lstrip("%")] for operand in operands.split(",") if operand.strip()]
        number = lambda key: int(re.search(rf"{key} = (-?\d+)", attributes)[1])
        if op == "constant":
            form = Form({}, number("value"))
        elif op in ("add", "sub"):
            form = values[0].plus(values[1], 1 if op == "add" else -1)
        elif op == "neg":
            form = values[0].times(-1)
        elif op == "shl":
            form = values[0].times(1 << number("amount"))
        elif op == "mul" and not (values[0].terms and values[1].terms):
            a, b = values if values[0].terms else values[::-1]
            form = a.times(b.constant)
        elif op in ("shr", "round", "clamp"):
            known = {key: number(key) for key in ("amount", "min", "max") if f"{key} = " in attributes}
            mode = re.search(r'mode = "(\w+)"', attributes)
            known["mode"] = mode[1] if mode else "down"
            if known["mode"] not in ("down", "half_up", "half_even"):
                raise Unsupported(f"rounding {known['mode']}")
            self.atoms.append((name, op, values[0], known))
            form = Form({name: 1})
        else:
            raise Unsupported(f"fx.{op}")
        self.forms[name] = form

    def integers(self, x):
        """The samples as the circuit's input codes."""
        elements = [element for port in self.manifest["pins"]["inputs"] for element in port["elements"]]
        ports = self.manifest["pins"]["inputs"]
        x = x.reshape(len(x), -1).astype(np.float64)
        roundings = {"half_even": np.round, "floor": np.floor}
        if any(port["rounding"] not in roundings or port["overflow"] != "saturate" for port in ports):
            raise Unsupported("a conversion at the ports that is not half_even or floor, and saturate")
        to_integer = roundings[ports[0]["rounding"]]
        codes = np.empty(x.shape, np.int64)
        for i, element in enumerate(elements):
            width, signed = element["width"], element["signed"]
            low, high = (-(1 << width - 1), (1 << width - 1) - 1) if signed else (0, (1 << width) - 1)
            scaled = (x[:, i] - element["offset_float"]) / element["scale_float"]
            codes[:, i] = np.clip(to_integer(scaled), low, high).astype(np.int64)
        return codes

    def evaluate(self):
        """The outputs of all samples as integers, by the definitions of the ops."""
        values = {name: self.x[:, i] for i, (name, _, _) in enumerate(self.inputs)}
        form = lambda f: sum((values[a] * k for a, k in f.terms.items()), np.full(len(self.x), f.constant))
        for name, op, argument, known in self.atoms:
            v = form(argument)
            if op == "clamp":
                values[name] = np.clip(v, known["min"], known["max"])
                continue
            amount = known["amount"]
            half = (1 << amount) >> 1
            if known["mode"] == "half_even" and amount:
                half += ((v >> amount) & 1) - 1
            values[name] = (v + (half if known["mode"] != "down" else 0)) >> amount
        return np.stack([form(output) for output in self.outputs], axis=1)

    def answers(self, outputs):
        """Outputs as the model's numbers, rounded once to float32 as `kaon predict` prints them."""
        elements = [element for port in self.manifest["pins"]["outputs"] for element in port["elements"]]
        scale = np.array([element["scale_float"] for element in elements])
        offset = np.array([element["offset_float"] for element in elements])
        return (outputs * scale + offset).astype(np.float32)

    def trace(self, x, array, quantize):
        """The outputs as a peer's array; `array` makes one of a list of its variables."""
        variables = {}
        for i, (name, signed, width) in enumerate(self.inputs):
            variables[name] = quantize(x[i], int(signed), width - int(signed), 0)
        readers = {}
        for _, _, form, _ in self.atoms:
            for atom in form.terms:
                readers[atom] = readers.get(atom, 0) + 1
        for form in self.outputs:
            for atom in form.terms:
                readers[atom] = readers.get(atom, 0) + 1

        depth = {name: 0 for name, _, _ in self.inputs}
        for name, _, form, _ in self.atoms:
            below = max((depth[atom] for atom in form.terms), default=0)
            depth[name] = below + int(form.is_matrix_row())
        deepest = max(depth.values())
        rounded = {}  # a rounding that only a clamp reads: its argument and how
        rows = {}  # id of a form: its variable

        def variable(form):
            if id(form) in rows:
                return rows[id(form)]
            if not form.terms:
                return float(form.constant)
            ((atom, factor),) = form.terms.items()
            v = variables[atom]
            v = v if factor == 1 else v * float(factor)
            return v + float(form.constant) if form.constant else v

        for level in range(deepest + 1):
            for name, op, form, known in self.atoms:
                if depth[name] != level:
                    continue
                source = next(iter(form.terms), None)
                if op == "clamp" and source in rounded and not form.is_matrix_row():
                    argument, how = rounded[source]
                    variables[name] = clamped(argument, how, known, quantize)
                elif op == "clamp":
                    variables[name] = clamped(variable(form), None, known, quantize)
                elif readers.get(name) == 1 and self.is_read_by_a_clamp(name):
                    rounded[name] = (variable(form), known)
                else:
                    variables[name] = floor(*to_floor(variable(form), known, quantize), quantize)
            forms = [form for _, _, form, _ in self.atoms] + self.outputs
            deep = lambda form: max((depth[atom] for atom in form.terms), default=0)
            new = [form for form in forms if form.is_matrix_row() and deep(form) == level]
            if not new:
                continue
            atoms = sorted({atom for form in new for atom in form.terms}, key=list(depth).index)
            matrix = np.array([[form.terms.get(atom, 0) for form in new] for atom in atoms], np.float64)
            result = array([variables[atom] for atom in atoms]) @ matrix
            for form, value in zip(new, result):
                rows[id(form)] = value + float(form.constant) if form.constant else value
        return array([variable(form) for form in self.outputs])

    def is_read_by_a_clamp(self, name):
        for _, op, form, _ in self.atoms:
            if name in form.terms:
                return op == "clamp" and form.terms == {name: 1} and form.constant == 0
        return False


def to_floor(v, known, quantize):
    """The argument of the floor that a rounding is, and whether the tool may round half up by itself."""
    amount = known["amount"]
    scaled = v * 2.0**-amount
    if known["mode"] == "half_even" and amount:
        odd = quantize(scaled, 0, 1, 0, "WRAP", "TRN")
        return scaled + (0.5 - 2.0**-amount) + odd * 2.0**-amount, "TRN"
    return scaled, "RND" if known["mode"] == "half_up" else "TRN"


def bits(low, high):
    """Sign and integer bits of a type that holds an interval."""
    signed = low < 0
    width = 0
    while not (-(2**width) <= low and high <= 2**width - 1):
        width += 1
    return int(signed), width


def floor(v, rounding, quantize):
    signed, width = bits(float(v.low), float(v.high) + 1)
    return quantize(v, signed, width, 0, "WRAP", rounding)


def clamped(v, how, known, quantize):
    """A clamp, joined with the rounding below it where there is one."""
    rounding = "TRN"
    if how is not None:
        v, rounding = to_floor(v, how, quantize)
    low, high = known["min"], known["max"]
    # A bound that the argument does not reach may be any.
    if float(v.low) >= low:
        low = 0 if low >= 0 and float(v.low) >= 0 else -(high + 1)
    if (high + 1) & high == 0 and high > 0 and low in (0, -(high + 1)):
        return quantize(v, int(low < 0), high.bit_length(), 0, "SAT", rounding)
    v = floor(v, rounding, quantize)
    return v.max_of(float(known["min"])).min_of(float(known["max"]))
