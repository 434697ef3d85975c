//! A circuit in pieces of bounded size, each a module of logic for CIRCT.
//!
//! CIRCT's passes and code generators grow faster than linearly with the size of a function;
//! over pieces of bounded size all of them are linear. What one piece works out and another
//! reads goes through a slot.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;

use super::circuit::{Circuit, Id, Source};
use super::layout::{Layout, Slot};
use super::order::Item;
use crate::hw_text;

/// A piece: its text, and where the ports of its module stand.
#[derive(Debug)]
pub struct Chunk {
    pub name: String,
    pub text: String,
    pub inputs: HashMap<String, Slot>,
    pub outputs: HashMap<String, Slot>,
}

/// The pieces and all slots.
#[derive(Debug)]
pub struct Plan {
    pub chunks: Vec<Chunk>,
    pub layout: Layout,
    /// By value: pins, registers and whatever crosses a border.
    pub slots: HashMap<Id, Slot>,
    pub results: Vec<Slot>,
    /// From, to and bytes: registers that something reads after they are written.
    pub copies: Vec<(usize, usize, usize)>,
    pub memories: Vec<Memory>,
}

/// The places of a memory: its ports, and its words.
#[derive(Debug)]
pub struct Memory {
    pub value: Slot,
    pub from: Slot,
    pub to: Slot,
    pub data: Slot,
    pub enable: Slot,
    pub words: Vec<Slot>,
}

/// Cuts an order into pieces of `size` items.
///
/// With `named`, every named value keeps a slot of its own for the whole cycle.
pub fn plan(circuit: &Circuit, order: &[Item], size: usize, lanes: usize, named: bool) -> Plan {
    let pieces: Vec<&[Item]> = order.chunks(size.max(1)).collect();
    let uses = Uses::of(circuit, &pieces);
    let kept: BTreeSet<Id> = match named {
        true => circuit
            .signals
            .iter()
            .map(|of| circuit.resolve(of.value))
            .collect(),
        false => BTreeSet::new(),
    };
    let mut layout = Layout::new(lanes);
    let mut slots: HashMap<Id, Slot> = HashMap::new();
    // Bits of a pin with several names are one.
    let mut of_slice: HashMap<usize, Slot> = HashMap::new();
    for (id, value) in circuit.values.iter().enumerate() {
        if let Source::Slice(slice) = value.source
            && (uses.last.contains_key(&id) || kept.contains(&id))
        {
            let slot = of_slice.entry(slice);
            slots.insert(id, *slot.or_insert_with(|| layout.slot(value.width)));
        }
    }
    for item in order {
        if let Item::Write(register) = *item {
            let value = circuit.registers[register].value;
            slots.insert(value, layout.slot(circuit.values[value].width));
        }
    }
    let mut memories = Vec::new();
    let mut stores: HashMap<usize, [Slot; 4]> = HashMap::new();
    for item in order {
        if let Item::Store(at) = *item {
            let memory = &circuit.memories[at];
            let ports = memory.operands();
            let ports = ports.map(|id| layout.slot(circuit.values[circuit.resolve(id)].width));
            let value = layout.slot(memory.width);
            slots.insert(memory.value, value);
            stores.insert(at, ports);
            let [from, to, data, enable] = ports;
            memories.push(Memory {
                value,
                from,
                to,
                data,
                enable,
                words: (0..memory.depth)
                    .map(|_| layout.slot(memory.width))
                    .collect(),
            });
        }
    }
    let mut copies = Vec::new();
    let mut writes: HashMap<usize, Slot> = HashMap::new();
    for (at, piece) in pieces.iter().enumerate() {
        for item in *piece {
            if let Item::Write(register) = *item {
                let value = circuit.registers[register].value;
                let own = slots[&value];
                let late = uses.last.get(&value).is_some_and(|last| *last > at);
                let slot = match late || named {
                    true => layout.slot(own.width),
                    false => own,
                };
                if slot != own {
                    copies.push((slot.offset, own.offset, layout.size(own.bytes)));
                }
                writes.insert(register, slot);
            }
        }
    }
    let results: Vec<Slot> = circuit
        .results
        .iter()
        .map(|part| layout.slot(part.slice.width))
        .collect();
    // Slots of crossing values: given out piece by piece, given back behind the last reader.
    let mut ends: BTreeMap<usize, Vec<Slot>> = BTreeMap::new();
    for (at, piece) in pieces.iter().enumerate() {
        for item in *piece {
            let Item::Logic(logic) = *item else { continue };
            let id = circuit.logic[logic].result;
            let last = uses.last.get(&id).copied().unwrap_or(at);
            if last > at || kept.contains(&id) {
                let slot = layout.slot(circuit.values[id].width);
                slots.insert(id, slot);
                if !kept.contains(&id) {
                    ends.entry(last).or_default().push(slot);
                }
            }
        }
        // Not before all of the piece's own are placed: a function reads before it writes,
        // yet only what it reads itself.
        for slot in ends.remove(&at).unwrap_or_default() {
            layout.release(slot);
        }
    }
    let chunks = pieces.iter().enumerate().map(|(at, piece)| {
        let mut writer = Writer::new(circuit, format!("chunk_{at}"));
        for item in *piece {
            writer.item(*item, &slots, &writes, &stores, &results);
        }
        writer.finish(&slots)
    });
    Plan {
        chunks: chunks.collect(),
        slots,
        results,
        copies,
        memories,
        layout,
    }
}

/// Which piece is the last to read a value.
struct Uses {
    last: HashMap<Id, usize>,
}

impl Uses {
    fn of(circuit: &Circuit, pieces: &[&[Item]]) -> Uses {
        let mut last = HashMap::new();
        for (at, piece) in pieces.iter().enumerate() {
            for id in piece.iter().flat_map(|item| item.operands(circuit)) {
                last.insert(id, at);
            }
        }
        Uses { last }
    }
}

/// The module of a piece.
struct Writer<'a> {
    circuit: &'a Circuit,
    name: String,
    body: String,
    /// Constants that stand in the piece, and values it works out.
    defined: BTreeSet<Id>,
    read: BTreeSet<Id>,
    /// Port, value, width and place.
    outputs: Vec<(String, String, u32, Slot)>,
}

impl<'a> Writer<'a> {
    fn new(circuit: &'a Circuit, name: String) -> Self {
        Writer {
            circuit,
            name,
            body: String::new(),
            defined: BTreeSet::new(),
            read: BTreeSet::new(),
            outputs: Vec::new(),
        }
    }

    fn line(&mut self, text: std::fmt::Arguments) {
        writeln!(self.body, "  {text}").expect("writing to a string");
    }

    fn item(
        &mut self,
        item: Item,
        slots: &HashMap<Id, Slot>,
        writes: &HashMap<usize, Slot>,
        stores: &HashMap<usize, [Slot; 4]>,
        results: &[Slot],
    ) {
        let circuit = self.circuit;
        for id in item.operands(circuit) {
            self.operand(id);
        }
        match item {
            Item::Logic(at) => {
                let logic = &circuit.logic[at];
                let mut operands = logic.operands.iter();
                let text = hw_text::renamed(&logic.text, |_| match operands.next() {
                    Some(id) => format!("v{}", circuit.resolve(*id)),
                    None => String::new(),
                });
                self.line(format_args!("%v{} = {text}", logic.result));
                self.defined.insert(logic.result);
                if let Some(slot) = slots.get(&logic.result) {
                    let port = format!("w{}", logic.result);
                    self.output(port, format!("%v{}", logic.result), *slot);
                }
            }
            Item::Write(at) => {
                let register = &circuit.registers[at];
                let next = circuit.resolve(register.next);
                let mut value = format!("%v{next}");
                if let Some((by, to)) = register.reset {
                    let (by, to) = (circuit.resolve(by), circuit.resolve(to));
                    let width = circuit.values[register.value].width;
                    self.line(format_args!(
                        "%r{at} = comb.mux %v{by}, %v{to}, {value} : i{width}"
                    ));
                    value = format!("%r{at}");
                }
                self.output(format!("d{at}"), value, writes[&at]);
            }
            Item::Store(at) => {
                let ports = item.operands(circuit).into_iter().zip(stores[&at]);
                for (port, (value, slot)) in ports.enumerate() {
                    self.output(format!("m{at}_{port}"), format!("%v{value}"), slot);
                }
            }
            Item::Result(at) => {
                let value = circuit.resolve(circuit.results[at].value);
                self.output(format!("y{at}"), format!("%v{value}"), results[at]);
            }
        }
    }

    fn output(&mut self, port: String, value: String, slot: Slot) {
        self.outputs.push((port, value, slot.width, slot));
    }

    fn operand(&mut self, id: Id) {
        if self.defined.contains(&id) || self.read.contains(&id) {
            return;
        }
        match &self.circuit.values[id].source {
            Source::Constant(text) => {
                self.line(format_args!("%v{id} = {text}"));
                self.defined.insert(id);
            }
            _ => {
                self.read.insert(id);
            }
        }
    }

    fn finish(self, slots: &HashMap<Id, Slot>) -> Chunk {
        let width = |id: Id| self.circuit.values[id].width;
        let mut ports = Vec::new();
        let mut inputs = HashMap::new();
        for id in &self.read {
            ports.push(format!("in %v{id} : i{}", width(*id)));
            inputs.insert(format!("v{id}"), slots[id]);
        }
        let (mut values, mut types) = (Vec::new(), Vec::new());
        let mut outputs = HashMap::new();
        for (port, value, width, slot) in self.outputs {
            ports.push(format!("out {port} : i{width}"));
            values.push(value);
            types.push(format!("i{width}"));
            outputs.insert(port, slot);
        }
        let (name, body) = (self.name, self.body);
        let (ports, values) = (ports.join(", "), values.join(", "));
        let text = format!(
            "hw.module @{name}({ports}) {{\n{body}  hw.output {values} : {}\n}}\n",
            types.join(", ")
        );
        Chunk {
            name,
            text,
            inputs,
            outputs,
        }
    }
}
