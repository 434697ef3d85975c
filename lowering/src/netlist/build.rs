//! From `fx` to modules: one per layer, and the top that joins them.

use std::collections::{BTreeSet, HashMap, HashSet};

use dialects::fx::{self, Graph, IntType, Node, Op, Range, ValueId};
use dialects::{Diagnostic, Result};

use super::adders::Adders;
use super::layers::{self, Part};
use super::operand::Operand;
use super::{Instance, Module, Net, Netlist, ops, schedule, top};
use crate::adder::{Readers, readers};
use crate::interface::Interface;
use crate::names::{Names, identifier};
use crate::primitives::{LIBRARY_MODULES, Primitives};

/// The netlist of a scheduled or combinational graph.
///
/// Errors: a graph that breaks a rule of `fx`, paths with different numbers of registers,
/// `fx.round`, a table too large.
pub fn build(graph: &Graph, primitives: Primitives) -> Result<Netlist> {
    let in_file = |finding: Diagnostic| match &graph.source {
        Some(file) => finding.in_file(file.clone()),
        None => finding,
    };
    build_modules(graph, primitives).map_err(in_file)
}

fn build_modules(graph: &Graph, primitives: Primitives) -> Result<Netlist> {
    fx::verify(graph)?;
    schedule::check(graph)?;
    let interface = Interface::of(graph);
    if interface.outputs.is_empty() {
        return Err(Diagnostic::new("a design without outputs is no hardware"));
    }
    let parts = layers::parts(graph);
    let mut lowering = Lowering {
        graph,
        ranges: fx::ranges(graph)?,
        names: value_names(graph, &interface),
        exported: exported(graph, &parts),
        readers: readers(graph),
        adders: Adders::new(primitives, &interface.top),
        shapes: HashMap::new(),
    };
    for value in graph.values().take(graph.input_count()) {
        let ty = graph.node(value).ty;
        let shape = Shape {
            width: ty.width,
            zeros: 0,
            ty,
        };
        lowering.shapes.insert(value, shape);
    }
    let mut modules = Vec::new();
    let mut module_names = Names::default();
    module_names.fresh(&interface.top);
    for name in LIBRARY_MODULES {
        module_names.fresh(name);
    }
    let mut children = Vec::new();
    for part in &parts {
        let layer = graph.layer_name(part.layer);
        let label = match part.parts {
            1 => layer.to_string(),
            _ => format!("{layer} part {}", part.part + 1),
        };
        let name = module_names.fresh(&identifier(&format!("{} {label}", graph.name)));
        let label = identifier(&label);
        let (module, child) = lowering.part(part, name, label)?;
        if !child.outputs.is_empty() {
            modules.push(module);
            children.push(child);
        }
    }
    modules.push(top::build(&lowering, &interface, children));
    let mut all = lowering.adders.into_modules();
    all.append(&mut modules);
    Ok(Netlist { modules: all })
}

/// The bits of a value as they cross between modules.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub width: u32,
    pub zeros: u32,
    pub ty: IntType,
}

/// A module that the top instantiates: which value each port is.
pub struct Child {
    pub label: String,
    pub instance: Instance,
    pub inputs: Vec<ValueId>,
    pub outputs: Vec<ValueId>,
}

/// What all modules need to know about the graph.
pub struct Lowering<'a> {
    pub graph: &'a Graph,
    ranges: Vec<Range>,
    /// The name of every value: `x3`, `add_12`, `add_12_r1`.
    pub names: Vec<String>,
    /// Values that another module, or an output port, reads.
    exported: Vec<bool>,
    pub shapes: HashMap<ValueId, Shape>,
    /// What is needed of every value.
    readers: Vec<Readers>,
    adders: Adders,
}

impl Lowering<'_> {
    fn part(&mut self, part: &Part, name: String, label: String) -> Result<(Module, Child)> {
        let layer = self.graph.layer_name(part.layer);
        let comment = match part.parts {
            1 => format!("layer \"{layer}\""),
            parts => format!("layer \"{layer}\", part {} of {parts}", part.part + 1),
        };
        let mut module = Module::new(&name, comment);
        let mut scope: HashMap<ValueId, Operand> = HashMap::new();
        let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
        // Ports come first, so that they get the names of their values; in the order of the values.
        let own: HashSet<usize> = part.nodes.iter().copied().collect();
        let nodes = part.nodes.iter().map(|index| &self.graph.nodes[*index]);
        let operands: BTreeSet<ValueId> = nodes.flat_map(|node| node.op.operands()).collect();
        for id in operands {
            let node = self.graph.node(id);
            if let Op::Constant { value } = node.op {
                scope.insert(id, ops::constant(&mut module, value, node.ty));
            } else if !own.contains(&id.index()) {
                scope.insert(id, self.port(&mut module, id));
                inputs.push(id);
            }
        }
        for index in &part.nodes {
            let node = &self.graph.nodes[*index];
            let ids = node.op.operands();
            let of: Vec<Operand> = ids.iter().map(|operand| scope[operand]).collect();
            let layer = self.graph.layer_name(node.layer);
            let ranges = ids.iter().map(|id| self.ranges[id.index()]);
            let site = ops::Site {
                node,
                of: &of,
                ranges: ranges.collect(),
                readers: self.readers[*index],
                name: &self.names[*index],
            };
            let value = ops::emit(&mut module, &site, &mut self.adders)
                .map_err(|finding| finding.in_layer(layer))?;
            match is_wiring(node) {
                true => module.hint(value.net, &self.names[*index]),
                false => module.name(value.net, &self.names[*index]),
            }
            scope.insert(ValueId(*index as u32), value);
        }
        for index in &part.nodes {
            let id = ValueId(*index as u32);
            let value = scope[&id];
            if !self.exported[*index] {
                continue;
            }
            let shape = Shape {
                width: module.width(value.net),
                zeros: value.zeros,
                ty: value.ty,
            };
            self.shapes.insert(id, shape);
            outputs.push(id);
            module.output(&format!("{}_o", self.names[*index]), value.net);
        }
        module.finish();
        let child = Child {
            instance: Instance {
                name: label.clone(),
                module: name,
                inputs: Vec::new(),
                input_ports: module.inputs.clone(),
                output_ports: output_ports(&module),
                clocked: module.clocked,
                parameters: Vec::new(),
            },
            label,
            inputs,
            outputs,
        };
        Ok((module, child))
    }

    fn port(&self, module: &mut Module, value: ValueId) -> Operand {
        let shape = self.shapes[&value];
        let net = module.input(&self.names[value.index()], shape.width);
        Operand {
            net,
            zeros: shape.zeros,
            ty: shape.ty,
        }
    }
}

fn output_ports(module: &Module) -> Vec<(String, u32)> {
    let port = |(name, net): &(String, Net)| (name.clone(), module.width(*net));
    module.outputs.iter().map(port).collect()
}

/// Ops that are wires or single gates: named only where a reader needs the name.
fn is_wiring(node: &Node) -> bool {
    matches!(
        node.op,
        Op::Shl { .. }
            | Op::Shr { .. }
            | Op::Wrap { .. }
            | Op::Compare { .. }
            | Op::And { .. }
            | Op::Or { .. }
            | Op::Xor { .. }
            | Op::Not { .. }
    )
}

fn exported(graph: &Graph, parts: &[Part]) -> Vec<bool> {
    let mut home = vec![usize::MAX; graph.nodes.len()];
    for (at, part) in parts.iter().enumerate() {
        for index in &part.nodes {
            home[*index] = at;
        }
    }
    let mut exported = vec![false; graph.nodes.len()];
    for (at, part) in parts.iter().enumerate() {
        for index in &part.nodes {
            for operand in graph.nodes[*index].op.operands() {
                exported[operand.index()] |= home[operand.index()] != at;
            }
        }
    }
    for result in &graph.results {
        exported[result.index()] = true;
    }
    exported
}

/// Names as in the text of the level: `add_12` here is `%12` there. A register is named after
/// the value it delays and by how many cycles: `add_12_r1`.
fn value_names(graph: &Graph, interface: &Interface) -> Vec<String> {
    let inputs = graph.input_count();
    let single = interface.inputs.len() == 1;
    let elements = interface.inputs.iter().flat_map(|port| {
        let separator = if single { "" } else { "_" };
        (0..port.elements.len()).map(move |at| format!("{}{separator}{at}", port.name))
    });
    let mut names: Vec<String> = elements.collect();
    let mut delayed: HashMap<usize, (usize, u32)> = HashMap::new();
    for (index, node) in graph.nodes.iter().enumerate().skip(inputs) {
        names.push(match node.op {
            Op::Register { input } => {
                let of = input.index();
                let (source, cycles) = delayed.get(&of).copied().unwrap_or((of, 0));
                delayed.insert(index, (source, cycles + 1));
                format!("{}_r{}", names[source], cycles + 1)
            }
            _ => format!("{}_{}", node.op.name(), index - inputs),
        });
    }
    names
}
