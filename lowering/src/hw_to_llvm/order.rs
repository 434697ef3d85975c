//! In which order a clock cycle is worked out.
//!
//! Logic stands behind what it reads. Apart from that the last stage of a pipeline comes
//! first: what reads a register then stands before what writes it, and the register needs no
//! second place.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use dialects::{Diagnostic, Result};

use super::circuit::{Circuit, Id, Source};

/// Something to do in a clock cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// Works an op out.
    Logic(usize),
    /// Gives a register what it holds in the next cycle.
    Write(usize),
    /// Gives a memory's ports what they look at when the next cycle begins.
    Store(usize),
    /// Gives a part of the results its value.
    Result(usize),
}

impl Item {
    /// What it reads, other names seen through.
    pub fn operands(self, circuit: &Circuit) -> Vec<Id> {
        let operands = match self {
            Item::Logic(at) => circuit.logic[at].operands.clone(),
            Item::Write(at) => {
                let register = &circuit.registers[at];
                let reset = register.reset.into_iter().flat_map(|(by, to)| [by, to]);
                [register.next].into_iter().chain(reset).collect()
            }
            Item::Store(at) => circuit.memories[at].operands().to_vec(),
            Item::Result(at) => vec![circuit.results[at].value],
        };
        operands.into_iter().map(|id| circuit.resolve(id)).collect()
    }
}

/// All that the results, or with `named` the named values, depend on.
///
/// Errors: logic that depends on itself within a cycle.
pub fn order(circuit: &Circuit, named: bool) -> Result<Vec<Item>> {
    let depths = depths(circuit);
    let live = Live::of(circuit, named);
    let mut items: Vec<Item> = Vec::new();
    items.extend(
        (0..circuit.logic.len())
            .filter(|at| live.logic[*at])
            .map(Item::Logic),
    );
    items.extend(
        (0..circuit.registers.len())
            .filter(|at| live.registers[*at])
            .map(Item::Write),
    );
    let memories = (0..circuit.memories.len()).filter(|at| live.memories[*at]);
    items.extend(memories.map(Item::Store));
    items.extend((0..circuit.results.len()).map(Item::Result));
    let of_logic = |id: &Id| match circuit.values[*id].source {
        Source::Logic(at) => Some(at),
        _ => None,
    };
    let mut waits = vec![0u32; items.len()];
    let mut readers: Vec<Vec<u32>> = vec![Vec::new(); circuit.logic.len()];
    let mut ready = BinaryHeap::new();
    let depth = |item: Item| {
        let operands = item.operands(circuit).into_iter();
        operands.map(|id| depths[id]).max().unwrap_or(0)
    };
    let priority = |at: usize, items: &[Item]| (depth(items[at]), Reverse(at));
    for (at, item) in items.iter().enumerate() {
        for logic in item.operands(circuit).iter().filter_map(of_logic) {
            waits[at] += 1;
            readers[logic].push(at as u32);
        }
        if waits[at] == 0 {
            ready.push(priority(at, &items));
        }
    }
    let mut order = Vec::with_capacity(items.len());
    while let Some((_, Reverse(at))) = ready.pop() {
        order.push(items[at]);
        if let Item::Logic(logic) = items[at] {
            for reader in std::mem::take(&mut readers[logic]) {
                let reader = reader as usize;
                waits[reader] -= 1;
                if waits[reader] == 0 {
                    ready.push(priority(reader, &items));
                }
            }
        }
    }
    match order.len() == items.len() {
        true => Ok(order),
        false => Err(Diagnostic::new(format!(
            "the logic of `{}` depends on itself within a clock cycle",
            circuit.top
        ))
        .help("such a circuit has no cycle-accurate simulation")),
    }
}

/// How many registers lie between the pins and a value, along the longest way; a way back is
/// not counted.
fn depths(circuit: &Circuit) -> Vec<u32> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut depth = vec![0; circuit.values.len()];
    let mut state = vec![State::New; circuit.values.len()];
    let mut stack = Vec::new();
    for start in 0..circuit.values.len() {
        stack.push(start);
        while let Some(&id) = stack.last() {
            let (below, own) = match &circuit.values[id].source {
                Source::Alias(of) => (vec![*of], 0),
                Source::Logic(at) => (circuit.logic[*at].operands.clone(), 0),
                Source::Register(at) => (vec![circuit.registers[*at].next], 1),
                Source::Read(at) => (circuit.memories[*at].operands().to_vec(), 1),
                _ => (Vec::new(), 0),
            };
            match state[id] {
                State::New => {
                    state[id] = State::Open;
                    stack.extend(below.into_iter().filter(|id| state[*id] == State::New));
                }
                State::Open => {
                    state[id] = State::Done;
                    let deepest = below.into_iter().map(|id| depth[id]).max();
                    depth[id] = own + deepest.unwrap_or(0);
                    stack.pop();
                }
                State::Done => {
                    stack.pop();
                }
            }
        }
    }
    depth
}

/// What somebody reads.
struct Live {
    logic: Vec<bool>,
    registers: Vec<bool>,
    memories: Vec<bool>,
}

impl Live {
    fn of(circuit: &Circuit, named: bool) -> Live {
        let mut live = Live {
            logic: vec![false; circuit.logic.len()],
            registers: vec![false; circuit.registers.len()],
            memories: vec![false; circuit.memories.len()],
        };
        let results = circuit.results.iter().map(|part| part.value);
        let mut open: Vec<Id> = results.collect();
        if named {
            open.extend(circuit.signals.iter().map(|signal| signal.value));
        }
        while let Some(id) = open.pop() {
            match *circuit.source(id) {
                Source::Logic(at) if !std::mem::replace(&mut live.logic[at], true) => {
                    open.extend(Item::Logic(at).operands(circuit));
                }
                Source::Register(at) if !std::mem::replace(&mut live.registers[at], true) => {
                    open.extend(Item::Write(at).operands(circuit));
                }
                Source::Read(at) if !std::mem::replace(&mut live.memories[at], true) => {
                    open.extend(Item::Store(at).operands(circuit));
                }
                _ => {}
            }
        }
        live
    }
}
