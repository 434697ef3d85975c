//! The top module: packed ports, one instance per layer, the valid bit's own registers.

use std::collections::HashMap;

use dialects::fx::{Op, ValueId};

use super::build::{Child, Lowering};
use super::operand::Operand;
use super::{Instance, Module, Net, ops};
use crate::interface::Interface;

pub fn build(lowering: &Lowering, interface: &Interface, children: Vec<Child>) -> Module {
    let graph = lowering.graph;
    let what = match &graph.source {
        Some(source) => format!("made by kaon from {source}"),
        None => "made by kaon".to_string(),
    };
    let comment = match interface.latency {
        0 => format!("{what}; combinational"),
        1 => format!("{what}; 1 clock cycle, a new input every cycle"),
        n => format!("{what}; {n} clock cycles, a new input every cycle"),
    };
    let mut module = Module::new(&interface.top, comment);
    module.public = true;
    for port in &interface.outputs {
        module.names.fresh(&port.name);
    }
    let mut values: HashMap<ValueId, Operand> = HashMap::new();
    let clocked = interface.latency > 0;
    let valid = clocked.then(|| module.pin("in_valid".to_string(), 1));
    let mut ids = graph.values();
    for port in &interface.inputs {
        let packed = module.input(&port.name, port.width());
        let mut low = 0;
        for (element, id) in port.elements.iter().zip(&mut ids) {
            let net = module.extract(packed, low, element.width);
            values.insert(id, Operand::whole(net, *element));
            low += element.width;
        }
    }
    for child in children {
        let inputs = child.inputs.iter().map(|id| values[id].net).collect();
        let instance = Instance {
            name: module.names.fresh(&child.label),
            inputs,
            ..child.instance
        };
        let nets = module.instance(instance);
        for (id, net) in child.outputs.into_iter().zip(nets) {
            let shape = lowering.shapes[&id];
            module.hint(net, &lowering.names[id.index()]);
            let value = Operand {
                net,
                zeros: shape.zeros,
                ty: shape.ty,
            };
            values.insert(id, value);
        }
    }
    let mut results = graph.results.iter();
    for port in &interface.outputs {
        let mut parts: Vec<Net> = Vec::with_capacity(port.elements.len());
        for (element, id) in port.elements.iter().zip(&mut results) {
            let node = graph.node(*id);
            let value = match node.op {
                Op::Constant { value } => ops::constant(&mut module, value, node.ty),
                _ => values[id],
            };
            parts.push(value.resize(&mut module, element.width));
        }
        parts.reverse();
        let packed = module.concat(parts);
        module.outputs.push((port.name.clone(), packed));
    }
    if let Some(mut valid) = valid {
        for cycle in 1..=interface.latency {
            valid = module.register(valid, true);
            module.name(valid, &format!("valid_{cycle}"));
        }
        module.outputs.push(("out_valid".to_string(), valid));
    }
    module.finish();
    module
}
