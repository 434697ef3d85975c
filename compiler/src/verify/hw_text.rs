//! Reads the `hw` text of a design: the words that `lower-fx-to-hw` writes, and no others.
//!
//! Modules inside modules are opened, so that the circuit is one list of cells; modules of the
//! library stay cells of their own.

use std::collections::HashMap;
use std::sync::Arc;

use dialects::{Diagnostic, Result};

use super::circuit::{Cell, Circuit, Op, Row, Signal, Source, mask};

/// The circuit of the public module.
///
/// Errors: a line that is not one of ours; a name that was not defined; a register on another
/// clock than the top's.
pub fn read(text: &str) -> Result<Circuit> {
    let modules = modules(text)?;
    let tops = modules.iter().filter(|module| module.public);
    let [top] = tops.collect::<Vec<_>>()[..] else {
        return Err(Diagnostic::new("the hardware text needs one public module"));
    };
    let mut build = Build {
        modules: modules.iter().map(|module| (module.name, module)).collect(),
        circuit: Circuit::default(),
    };
    let mut inputs = vec![];
    for (name, width) in &top.inputs {
        let port = build.circuit.ports.len();
        build.circuit.ports.push((name.to_string(), *width));
        inputs.push(Signal::of(Source::Port(port), *width));
    }
    let outputs = build.module(top, inputs, "")?;
    let names = top.outputs.iter().map(|(name, _)| name.to_string());
    build.circuit.outputs = names.zip(outputs).collect();
    Ok(build.circuit)
}

struct ModuleText<'a> {
    name: &'a str,
    public: bool,
    /// The Verilog name of a module that is declared only.
    library: Option<&'a str>,
    inputs: Vec<(&'a str, u32)>,
    outputs: Vec<(&'a str, u32)>,
    lines: Vec<(usize, &'a str)>,
}

fn modules(text: &str) -> Result<Vec<ModuleText<'_>>> {
    let mut modules: Vec<ModuleText> = vec![];
    let mut open = false;
    for (at, line) in text.lines().enumerate() {
        let number = at + 1;
        let bare = line.trim();
        if let Some(head) = bare.strip_prefix("hw.module") {
            let module = header(head).ok_or_else(|| strange(number, bare))?;
            open = module.library.is_none();
            modules.push(module);
        } else if bare == "}" {
            open = false;
        } else if open && let Some(module) = modules.last_mut() {
            module.lines.push((number, bare));
        } else if !bare.is_empty() {
            return Err(strange(number, bare));
        }
    }
    Ok(modules)
}

fn strange(number: usize, line: &str) -> Diagnostic {
    let line: String = line.chars().take(120).collect();
    Diagnostic::new("the hardware text has a line that kaon does not write")
        .note(format!("line {number}: {line}"))
}

/// `.extern`, `private` and the ports.
fn header(head: &str) -> Option<ModuleText<'_>> {
    let external = head.starts_with(".extern");
    let private = head.trim_start().starts_with("private");
    let (_, rest) = head.split_once('@')?;
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?;
    let name = &rest[..end];
    let ports = &rest[rest.find('(')? + 1..];
    let (ports, attributes) = ports.split_once(')')?;
    let (mut inputs, mut outputs) = (vec![], vec![]);
    for port in ports.split(", ").filter(|port| !port.is_empty()) {
        let (name, ty) = port.split_once(" : ")?;
        match name.strip_prefix("in %") {
            Some(name) => inputs.push((name, width(ty)?)),
            None => outputs.push((name.strip_prefix("out ")?, width(ty)?)),
        }
    }
    let library = attributes.split_once("verilogName = \"");
    let library = library.and_then(|(_, rest)| rest.split_once('"'));
    Some(ModuleText {
        name,
        public: !external && !private,
        library: library.map(|(name, _)| name).filter(|_| external),
        inputs,
        outputs,
        lines: vec![],
    })
}

/// `i8`; a clock is one bit.
fn width(ty: &str) -> Option<u32> {
    match ty.trim() {
        "!seq.clock" => Some(1),
        ty => ty.strip_prefix('i')?.parse().ok(),
    }
}

struct Build<'a> {
    modules: HashMap<&'a str, &'a ModuleText<'a>>,
    circuit: Circuit,
}

/// What the names of one module stand for.
#[derive(Default)]
struct Scope<'a> {
    signals: HashMap<&'a str, Signal>,
    arrays: HashMap<&'a str, Arc<[u128]>>,
    prefix: String,
}

impl<'a> Scope<'a> {
    fn get(&self, name: &str) -> Option<Signal> {
        self.signals.get(name.trim()).cloned()
    }

    fn list(&self, names: &str) -> Option<Vec<Signal>> {
        names.split(',').map(|name| self.get(name)).collect()
    }
}

impl<'a> Build<'a> {
    fn module(
        &mut self,
        module: &'a ModuleText<'a>,
        inputs: Vec<Signal>,
        prefix: &str,
    ) -> Result<Vec<Signal>> {
        let mut scope = Scope {
            prefix: prefix.to_string(),
            ..Scope::default()
        };
        for ((name, _), signal) in module.inputs.iter().zip(inputs) {
            scope.signals.insert(*name, signal);
        }
        let mut outputs = None;
        for (number, line) in &module.lines {
            let refuse = || strange(*number, line);
            if let Some(rest) = line.strip_prefix("hw.output ") {
                let (names, _) = rest.split_once(" : ").ok_or_else(refuse)?;
                let names = names.replace('%', "");
                outputs = Some(scope.list(&names).ok_or_else(refuse)?);
                continue;
            }
            let (results, rest) = line.split_once(" = ").ok_or_else(refuse)?;
            if let Some(rest) = rest.strip_prefix("hw.instance ") {
                self.instance(&mut scope, results, rest)
                    .map_err(|error| error.note(format!("line {number} of the hardware text")))?;
                continue;
            }
            let result = results.strip_prefix('%').ok_or_else(refuse)?;
            self.line(&mut scope, result, rest).ok_or_else(refuse)?;
        }
        let outputs = outputs.filter(|outputs| outputs.len() == module.outputs.len());
        outputs.ok_or_else(|| {
            Diagnostic::new(format!(
                "module `{}` of the hardware text has no end",
                module.name
            ))
        })
    }

    /// One operation with one result.
    fn line(&mut self, scope: &mut Scope<'a>, result: &'a str, text: &'a str) -> Option<()> {
        let (word, rest) = text.split_once(' ')?;
        if word == "hw.aggregate_constant" {
            let (values, ty) = rest.strip_prefix('[')?.split_once("] : !hw.array<")?;
            let (count, element) = ty.strip_suffix('>')?.split_once('x')?;
            let bits = mask(width(element)?);
            let values = values.rsplit(", ").map(|value| {
                let value: i128 = value.split_once(" : ")?.0.parse().ok()?;
                Some(value as u128 & bits)
            });
            let values = values.collect::<Option<Vec<u128>>>()?;
            (values.len() == count.parse::<usize>().ok()?).then_some(())?;
            scope.arrays.insert(result, Arc::from(values));
            return Some(());
        }
        if text == "hw.constant false" {
            scope.signals.insert(result, Signal::constant(0, 1));
            return Some(());
        }
        let (rest, ty) = rest.rsplit_once(" : ")?;
        let plain = rest.replace('%', "");
        let (op, of, bits) = match word {
            "hw.constant" => {
                let value: i128 = rest.parse().ok()?;
                let width = width(ty)?;
                scope
                    .signals
                    .insert(result, Signal::constant(value as u128 & mask(width), width));
                return Some(());
            }
            "comb.extract" => {
                let (of, low) = plain.split_once(" from ")?;
                let bits = width(ty.rsplit_once(" -> ")?.1)?;
                let (of, low) = (scope.get(of)?, low.parse::<u32>().ok()?);
                (low + bits <= of.width()).then_some(())?;
                scope.signals.insert(result, of.slice(low, bits));
                return Some(());
            }
            "comb.replicate" => {
                let bits = width(ty.rsplit_once(" -> ")?.1)?;
                scope
                    .signals
                    .insert(result, scope.get(&plain)?.repeated(bits));
                return Some(());
            }
            "comb.concat" => {
                let mut joined = Signal::default();
                for part in scope.list(&plain)?.iter().rev() {
                    joined.append(part);
                }
                scope.signals.insert(result, joined);
                return Some(());
            }
            "hw.wire" => {
                let of = scope.get(plain.split_once(" name ")?.0)?;
                scope.signals.insert(result, of);
                return Some(());
            }
            "seq.compreg" => {
                let (_, rest) = plain.strip_prefix("name \"")?.split_once("\" ")?;
                let (data, reset) = match rest.split_once(" reset ") {
                    Some((data, reset)) => (data, Some(reset.strip_suffix(", false")?)),
                    None => (rest, None),
                };
                let mut of = scope.list(data)?;
                self.is_clock(&of.pop()?).then_some(())?;
                if let Some(reset) = reset {
                    of.push(scope.get(reset)?);
                }
                (Op::Register, of, width(ty)?)
            }
            "comb.icmp" => {
                let (predicate, of) = plain.split_once(' ')?;
                let mut of = scope.list(of)?;
                let (op, swapped, negated) = match predicate {
                    "eq" => (Op::Equal, false, false),
                    "ne" => (Op::Equal, false, true),
                    "ult" => (Op::Less { signed: false }, false, false),
                    "slt" => (Op::Less { signed: true }, false, false),
                    // a <= b is not b < a.
                    "ule" => (Op::Less { signed: false }, true, true),
                    "sle" => (Op::Less { signed: true }, true, true),
                    _ => return None,
                };
                if swapped {
                    of.reverse();
                }
                if negated {
                    let inner = self.cell(scope, result, op, of, 1)?;
                    (Op::Not, vec![inner], 1)
                } else {
                    (op, of, 1)
                }
            }
            "hw.array_get" => {
                let (array, index) = plain.strip_suffix(']')?.split_once('[')?;
                let ty = rest_of_array(text)?;
                let entries = scope.arrays.get(array)?.clone();
                (Op::Table(entries), vec![scope.get(index)?], width(ty)?)
            }
            "comb.mux" => (Op::Choose, scope.list(&plain)?, width(ty)?),
            "comb.add" => (Op::Add, scope.list(&plain)?, width(ty)?),
            "comb.sub" => (Op::Subtract, scope.list(&plain)?, width(ty)?),
            "comb.mul" => (Op::Multiply, scope.list(&plain)?, width(ty)?),
            "comb.and" => (Op::And, scope.list(&plain)?, width(ty)?),
            "comb.or" => (Op::Or, scope.list(&plain)?, width(ty)?),
            "comb.xor" => (Op::Xor, scope.list(&plain)?, width(ty)?),
            _ => return None,
        };
        let signal = self.cell(scope, result, op, of, bits)?;
        scope.signals.insert(result, signal);
        Some(())
    }

    fn is_clock(&self, signal: &Signal) -> bool {
        let clock = self.circuit.ports.iter().position(|port| port.0 == "clk");
        clock.is_some_and(|clock| *signal == Signal::of(Source::Port(clock), 1))
    }

    fn cell(
        &mut self,
        scope: &Scope,
        name: &str,
        op: Op,
        of: Vec<Signal>,
        width: u32,
    ) -> Option<Signal> {
        let name = format!("{}{name}", scope.prefix);
        let cell = Cell {
            op,
            of,
            width,
            name,
        };
        cell.fits().then_some(())?;
        self.circuit.cells.push(cell);
        Some(Signal::of(
            Source::Cell(self.circuit.cells.len() - 1),
            width,
        ))
    }

    fn instance(&mut self, scope: &mut Scope<'a>, results: &'a str, text: &'a str) -> Result<()> {
        let refuse =
            || Diagnostic::new("the hardware text has an instance that kaon does not write");
        let (name, rest) = text
            .strip_prefix('"')
            .and_then(|text| text.split_once("\" @"))
            .ok_or_else(refuse)?;
        let (before, _) = rest.rsplit_once(" -> (").ok_or_else(refuse)?;
        let end = before.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let (symbol, before) = before.split_at(end.ok_or_else(refuse)?);
        let (parameters, pins) = before.rsplit_once('(').ok_or_else(refuse)?;
        let pins = pins.strip_suffix(')').ok_or_else(refuse)?;
        let module = *self.modules.get(symbol).ok_or_else(refuse)?;
        let mut inputs = vec![];
        let mut given = pins.split(", ").filter(|pin| !pin.is_empty());
        for (port, width) in &module.inputs {
            let pin = given.next().ok_or_else(refuse)?;
            let (own, rest) = pin.split_once(": %").ok_or_else(refuse)?;
            let (value, _) = rest.split_once(": ").ok_or_else(refuse)?;
            let value = scope.get(value).ok_or_else(refuse)?;
            if own != *port || value.width() != *width {
                return Err(refuse().note(format!("pin `{own}` of `{name}`")));
            }
            inputs.push(value);
        }
        let outputs = match module.library {
            None => {
                let prefix = format!("{}{name}.", scope.prefix);
                self.module(module, inputs, &prefix)?
            }
            Some(library) => {
                let width = module.outputs.first().ok_or_else(refuse)?.1;
                let op = library_op(library, parameters, inputs.len())?;
                let found = self.cell(scope, name, op, inputs, width);
                vec![found.ok_or_else(refuse)?]
            }
        };
        for (result, output) in results.split(", ").zip(outputs) {
            let result = result.strip_prefix('%').ok_or_else(refuse)?;
            scope.signals.insert(result, output);
        }
        Ok(())
    }
}

/// The element type behind `hw.array_get …[…] : !hw.array<8xi6>, i3`.
fn rest_of_array(text: &str) -> Option<&str> {
    let (_, ty) = text.split_once("!hw.array<")?;
    let (_, element) = ty.split_once('>')?.0.split_once('x')?;
    Some(element)
}

/// A module of the library with its parameters, as Verilog writes them.
fn library_op(library: &str, parameters: &str, operands: usize) -> Result<Op> {
    let value = |name: &str| -> Option<u128> {
        let marker = format!("{name}: none = #hw.param.verbatim<\"");
        // A name may end another: what stands before must end a word.
        let at = parameters.match_indices(&marker);
        let mut at = at.filter(|(at, _)| {
            !parameters[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
        });
        let rest = &parameters[at.next()?.0 + marker.len()..];
        let text = rest.split_once('"')?.0;
        match text.split_once("'h") {
            Some((_, digits)) => u128::from_str_radix(digits, 16).ok(),
            None => text.parse().ok(),
        }
    };
    match library {
        "kaon_add" | "kaon_add3" => Ok(Op::Row(Box::new(Row::read(operands, &value)?))),
        "kaon_clamp" => Ok(Op::Clamp),
        "kaon_lut" => {
            let init = value("INIT")
                .ok_or_else(|| Diagnostic::new("a `kaon_lut` of the hardware text has no INIT"))?;
            let entries = (0..64).map(|at| init >> at & 1);
            Ok(Op::Table(entries.collect()))
        }
        other => Err(Diagnostic::new(format!(
            "kaon has no library module `{other}`"
        ))),
    }
}
