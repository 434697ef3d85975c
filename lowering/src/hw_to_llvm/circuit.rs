//! The modules of a text as one circuit: logic, registers, pins, and the names of values.
//!
//! Instances and wires leave nothing but names. Registers are cut: what a register holds is a
//! source, like a pin, and what it takes next is a sink. Between the two there is only logic,
//! whose text stays as the modules have it, with its values renamed.

use std::collections::HashMap;

use dialects::{Diagnostic, Result};

use super::cells;
use crate::hw_text::{self, Design, Line, Module, Op, Port};

/// A value: an index of [`Circuit::values`].
pub type Id = usize;

#[derive(Debug)]
pub struct Circuit {
    pub top: String,
    /// The pins that carry data, the clock is none.
    pub inputs: Vec<Port>,
    pub outputs: Vec<Port>,
    pub values: Vec<Value>,
    pub logic: Vec<Logic>,
    pub registers: Vec<Register>,
    pub memories: Vec<Memory>,
    pub slices: Vec<Slice>,
    pub results: Vec<Part>,
    pub scopes: Vec<Scope>,
    pub signals: Vec<Signal>,
}

#[derive(Debug)]
pub struct Value {
    pub width: u32,
    pub source: Source,
}

/// Where a value comes from.
#[derive(Debug, Clone)]
pub enum Source {
    Constant(String),
    Logic(usize),
    /// What a register holds.
    Register(usize),
    /// What a memory was read to hold.
    Read(usize),
    /// Bits of an input pin.
    Slice(usize),
    /// A whole input pin.
    Pin(usize),
    Alias(Id),
    /// An operand that nothing defines.
    Missing,
}

/// One op: its text, with operands as `%v<id>`.
#[derive(Debug)]
pub struct Logic {
    pub result: Id,
    pub text: String,
    pub operands: Vec<Id>,
}

#[derive(Debug)]
pub struct Register {
    pub value: Id,
    pub next: Id,
    /// What clears it, and to which value.
    pub reset: Option<(Id, Id)>,
}

/// Words of which one is written and one is read at the clock's edge; what is read is what was
/// there before.
#[derive(Debug)]
pub struct Memory {
    pub width: u32,
    pub depth: usize,
    /// What was read.
    pub value: Id,
    /// The address that is read.
    pub from: Id,
    /// The address that is written, what, and whether.
    pub to: Id,
    pub data: Id,
    pub enable: Id,
    /// What keeps it from being written.
    reset: Id,
}

impl Memory {
    /// What its ports look at.
    pub fn operands(&self) -> [Id; 4] {
        [self.from, self.to, self.data, self.enable]
    }
}

/// Bits of a pin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Slice {
    pub pin: usize,
    pub low: u32,
    pub width: u32,
}

/// Bits of an output pin and what drives them.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    pub slice: Slice,
    pub value: Id,
}

/// An instance.
#[derive(Debug)]
pub struct Scope {
    pub name: String,
    pub parent: Option<usize>,
}

/// A name of a value.
#[derive(Debug)]
pub struct Signal {
    pub scope: usize,
    pub name: String,
    pub value: Id,
}

/// How deep modules may nest.
const MAX_DEPTH: usize = 32;

impl Circuit {
    /// The circuit of a text's public module.
    ///
    /// Errors: text of another form, modules that are not there, two clocks, a value without
    /// a source.
    pub fn read(text: &str) -> Result<Circuit> {
        let design = hw_text::read(text)?;
        let mut tops = design.modules.iter().filter(|module| module.public);
        let (Some(top), None) = (tops.next(), tops.next()) else {
            return Err(Diagnostic::new("the hardware text has not one top module"));
        };
        let mut reader = Reader {
            modules: design
                .modules
                .iter()
                .map(|m| (m.name.as_str(), m))
                .collect(),
            design: &design,
            circuit: Circuit {
                top: top.name.clone(),
                inputs: Vec::new(),
                outputs: top.outputs.clone(),
                values: Vec::new(),
                logic: Vec::new(),
                registers: Vec::new(),
                memories: Vec::new(),
                slices: Vec::new(),
                results: Vec::new(),
                scopes: vec![Scope {
                    name: top.name.clone(),
                    parent: None,
                }],
                signals: Vec::new(),
            },
            depth: 0,
        };
        let mut pins = Vec::new();
        for port in &top.inputs {
            pins.push(match port.width {
                None => Bound::Clock,
                Some(width) => {
                    let pin = reader.circuit.inputs.len();
                    reader.circuit.inputs.push(port.clone());
                    let value = reader.circuit.value(width, Source::Pin(pin));
                    Bound::Value(value)
                }
            });
        }
        let results = reader.module(top, 0, &pins)?;
        let mut circuit = reader.circuit;
        circuit.slice_inputs();
        circuit.slice_outputs(&results);
        circuit.check()?;
        Ok(circuit)
    }

    pub fn value(&mut self, width: u32, source: Source) -> Id {
        self.values.push(Value { width, source });
        self.values.len() - 1
    }

    /// A new op.
    pub fn op(&mut self, width: u32, text: String) -> Id {
        let at = self.logic.len();
        let result = self.value(width, Source::Logic(at));
        let operands = hw_text::names(&text).map(id_of).collect();
        self.logic.push(Logic {
            result,
            text,
            operands,
        });
        result
    }

    /// The value behind all other names of it.
    pub fn resolve(&self, mut id: Id) -> Id {
        // Aliases that go in a circle come back to one of them and are found by `check`.
        for _ in 0..self.values.len() {
            match self.values[id].source {
                Source::Alias(of) => id = of,
                _ => break,
            }
        }
        id
    }

    pub fn source(&self, id: Id) -> &Source {
        &self.values[self.resolve(id)].source
    }

    /// Bits that are taken from a pin are pins of their own: a harness writes each.
    fn slice_inputs(&mut self) {
        let mut known: HashMap<Slice, usize> = HashMap::new();
        let mut slices = Vec::new();
        let mut number = |slice: Slice| {
            *known.entry(slice).or_insert_with(|| {
                slices.push(slice);
                slices.len() - 1
            })
        };
        let mut found = Vec::new();
        for logic in &self.logic {
            let low = extracted(&logic.text);
            if let (Some(low), [of]) = (low, &logic.operands[..])
                && let Source::Pin(pin) = *self.source(*of)
            {
                let width = self.values[logic.result].width;
                found.push((logic.result, number(Slice { pin, low, width })));
            }
        }
        for (at, value) in self.values.iter().enumerate() {
            if let Source::Pin(pin) = value.source {
                let width = value.width;
                found.push((at, number(Slice { pin, low: 0, width })));
            }
        }
        for (value, slice) in found {
            self.values[value].source = Source::Slice(slice);
        }
        self.slices = slices;
    }

    /// Bits that are joined for a pin are pins of their own: a harness reads each.
    fn slice_outputs(&mut self, results: &[Bound]) {
        for (pin, result) in results.iter().enumerate() {
            let Bound::Value(value) = *result else {
                continue;
            };
            let joined = match self.source(value) {
                Source::Logic(at) if self.logic[*at].text.starts_with("comb.concat ") => {
                    self.logic[*at].operands.clone()
                }
                _ => vec![value],
            };
            let mut low = 0;
            for value in joined.into_iter().rev() {
                let width = self.values[self.resolve(value)].width;
                let slice = Slice { pin, low, width };
                self.results.push(Part { slice, value });
                low += width;
            }
        }
    }

    fn check(&self) -> Result<()> {
        let logic = self.logic.iter().flat_map(|logic| logic.operands.iter());
        let registers = self.registers.iter().flat_map(|register| {
            let reset = register.reset.into_iter().flat_map(|(by, to)| [by, to]);
            reset.chain([register.next])
        });
        let memories = self.memories.iter().flat_map(Memory::operands);
        let read = logic.copied().chain(registers).chain(memories);
        let mut read = read.chain(self.results.iter().map(|part| part.value));
        let lost = read.find(|id| matches!(self.source(*id), Source::Missing | Source::Alias(_)));
        match lost {
            None => Ok(()),
            Some(_) => Err(Diagnostic::new(format!(
                "the hardware text of `{}` reads a value that nothing drives",
                self.top
            ))
            .help("compile the model again")),
        }
    }
}

/// The lowest bit of an extraction.
fn extracted(text: &str) -> Option<u32> {
    let (_, rest) = text.strip_prefix("comb.extract ")?.split_once(" from ")?;
    rest.split_once(' ')?.0.parse().ok()
}

/// What a name in a module stands for.
#[derive(Debug, Clone, Copy)]
pub enum Bound {
    Value(Id),
    Clock,
    Memory(usize),
}

fn id_of(name: &str) -> Id {
    let id = name.strip_prefix('v').and_then(|id| id.parse().ok());
    id.expect("values of a circuit are called v and a number")
}

struct Reader<'a> {
    design: &'a Design,
    modules: HashMap<&'a str, &'a Module>,
    circuit: Circuit,
    depth: usize,
}

impl<'a> Reader<'a> {
    /// The outputs of a module for its inputs.
    fn module(&mut self, module: &'a Module, scope: usize, inputs: &[Bound]) -> Result<Vec<Bound>> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(fault(module, "modules nest too deeply"));
        }
        let mut bound: HashMap<&str, Bound> = HashMap::new();
        for (port, input) in module.inputs.iter().zip(inputs) {
            bound.insert(&port.name, *input);
            if let Bound::Value(value) = *input {
                self.name(scope, &port.name, value);
            }
        }
        for (name, width) in module.lines.iter().flat_map(|line| &line.results) {
            let value = self.circuit.value(*width, Source::Missing);
            bound.insert(name, Bound::Value(value));
        }
        for line in &module.lines {
            if let Op::Memory {
                handle,
                clock,
                reset,
                depth,
                width,
                ..
            } = &line.op
            {
                let (clock, reset) = (find(module, &bound, clock)?, find(module, &bound, reset)?);
                let (Bound::Clock, Bound::Value(reset)) = (clock, reset) else {
                    return Err(fault(module, "a memory has no clock or no reset"));
                };
                let memory = self.memory(*depth, *width, reset);
                bound.insert(handle, Bound::Memory(memory));
            }
        }
        for line in &module.lines {
            self.line(module, scope, line, &bound)?;
        }
        let mut results = Vec::with_capacity(module.results.len());
        for (port, name) in module.outputs.iter().zip(&module.results) {
            let result = find(module, &bound, name)?;
            if let Bound::Value(value) = result {
                self.name(scope, &port.name, value);
            }
            results.push(result);
        }
        self.depth -= 1;
        Ok(results)
    }

    fn line(
        &mut self,
        module: &Module,
        scope: usize,
        line: &Line,
        bound: &HashMap<&str, Bound>,
    ) -> Result<()> {
        let value = |name: &str| match find(module, bound, name)? {
            Bound::Value(value) => Ok(value),
            Bound::Clock => Err(fault(module, "a clock is read as a value")),
            Bound::Memory(_) => Err(fault(module, "a memory is read as a value")),
        };
        let memory = |name: &str| match find(module, bound, name)? {
            Bound::Memory(at) => Ok(at),
            _ => Err(fault(module, &format!("%{name} is no memory"))),
        };
        let own = |at: usize| value(&line.results[at].0);
        match &line.op {
            Op::Constant { text } => {
                self.circuit.values[own(0)?].source = Source::Constant(text.clone());
            }
            Op::Logic { text } => {
                let operands = hw_text::names(text).map(value);
                let operands: Vec<Id> = operands.collect::<Result<_>>()?;
                let mut ids = operands.iter();
                let mut next = |_: &str| match ids.next() {
                    Some(id) => format!("v{id}"),
                    None => String::new(),
                };
                let text = hw_text::renamed(text, &mut next);
                let result = own(0)?;
                self.circuit.values[result].source = Source::Logic(self.circuit.logic.len());
                self.circuit.logic.push(Logic {
                    result,
                    text,
                    operands,
                });
            }
            Op::Wire { of, name } => {
                let result = own(0)?;
                self.circuit.values[result].source = Source::Alias(value(of)?);
                self.name(scope, name, result);
            }
            Op::Register {
                name,
                next,
                clock,
                reset,
            } => {
                if !matches!(find(module, bound, clock)?, Bound::Clock) {
                    return Err(fault(module, "the clock of a register is no clock"));
                }
                let reset = match reset {
                    None => None,
                    Some((by, to)) => Some((value(by)?, value(to)?)),
                };
                let result = own(0)?;
                self.circuit.values[result].source = Source::Register(self.circuit.registers.len());
                self.circuit.registers.push(Register {
                    value: result,
                    next: value(next)?,
                    reset,
                });
                self.name(scope, name, result);
            }
            // It was made before all lines.
            Op::Memory { .. } => {}
            Op::Read {
                memory: name,
                address,
            } => {
                let (at, result) = (memory(name)?, own(0)?);
                self.circuit.values[result].source = Source::Read(at);
                let from = value(address)?;
                let memory = &mut self.circuit.memories[at];
                (memory.value, memory.from) = (result, from);
                self.name(scope, name, result);
            }
            Op::Write {
                memory: name,
                address,
                data,
                enable,
            } => {
                let at = memory(name)?;
                let (to, data, enable) = (value(address)?, value(data)?, value(enable)?);
                let reset = self.circuit.memories[at].reset;
                let never = self
                    .circuit
                    .value(1, Source::Constant("hw.constant 0 : i1".into()));
                let text = format!("comb.mux %v{reset}, %v{never}, %v{enable} : i1");
                let enable = self.circuit.op(1, text);
                let memory = &mut self.circuit.memories[at];
                (memory.to, memory.data, memory.enable) = (to, data, enable);
            }
            Op::Instance {
                name,
                module: of,
                parameters,
                inputs,
                outputs,
            } => {
                let results: Vec<Id> = (0..line.results.len()).map(own).collect::<Result<_>>()?;
                if let Some(cell) = self.design.externals.get(of) {
                    let mut pins = Vec::new();
                    for (port, name) in inputs {
                        pins.push((port.as_str(), value(name)?));
                    }
                    let [result] = results[..] else {
                        return Err(fault(module, &format!("`{of}` has one output")));
                    };
                    let made = cells::expand(&mut self.circuit, cell, parameters, &pins, result)?;
                    self.circuit.values[result].source = Source::Alias(made);
                    return Ok(());
                }
                let Some(child) = self.modules.get(of.as_str()).copied() else {
                    return Err(fault(module, &format!("there is no module `{of}`")));
                };
                let pin = |port: &Port| {
                    let found = inputs.iter().find(|(name, _)| *name == port.name);
                    let (_, name) =
                        found.ok_or_else(|| fault(module, &format!("`{of}` lacks an input")))?;
                    find(module, bound, name)
                };
                let pins: Vec<Bound> = child.inputs.iter().map(pin).collect::<Result<_>>()?;
                let inner = self.circuit.scopes.len();
                self.circuit.scopes.push(Scope {
                    name: name.clone(),
                    parent: Some(scope),
                });
                let made = self.module(child, inner, &pins)?;
                for (port, result) in outputs.iter().zip(results) {
                    let mut ports = child.outputs.iter().zip(&made);
                    let made = ports.find(|(output, _)| output.name == *port);
                    let Some((_, Bound::Value(made))) = made else {
                        return Err(fault(module, &format!("`{of}` has no output `{port}`")));
                    };
                    self.circuit.values[result].source = Source::Alias(*made);
                }
            }
        }
        Ok(())
    }

    /// A memory whose ports are given by other lines.
    fn memory(&mut self, depth: usize, width: u32, reset: Id) -> usize {
        let missing = self.circuit.value(width, Source::Missing);
        self.circuit.memories.push(Memory {
            width,
            depth,
            value: missing,
            from: missing,
            to: missing,
            data: missing,
            enable: missing,
            reset,
        });
        self.circuit.memories.len() - 1
    }

    fn name(&mut self, scope: usize, name: &str, value: Id) {
        self.circuit.signals.push(Signal {
            scope,
            name: name.to_string(),
            value,
        });
    }
}

fn find(module: &Module, bound: &HashMap<&str, Bound>, name: &str) -> Result<Bound> {
    let found = bound.get(name).copied();
    found.ok_or_else(|| fault(module, &format!("nothing is called %{name}")))
}

fn fault(module: &Module, reason: &str) -> Diagnostic {
    Diagnostic::new(format!(
        "the hardware text of module `{}` is wrong: {reason}",
        module.name
    ))
    .help("compile the model again")
}
