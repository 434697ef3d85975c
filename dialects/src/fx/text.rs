//! A graph as MLIR text in generic form; `read` is its inverse.

use std::fmt::Write;

use super::{Conversion, Graph, Op, Port, ValueId};
use crate::ir::{quote, symbol};
use crate::number::Number;

/// The module that holds this one function.
pub fn print(graph: &Graph) -> String {
    let mut text = String::new();
    text.push_str("module attributes {kaon.level = \"fx\"");
    if let Some(source) = &graph.source {
        write!(text, ", kaon.source = {}", quote(source)).expect("writing to a string");
    }
    text.push_str("} {\n");
    print_function(&mut text, graph).expect("writing to a string");
    text.push_str("}\n");
    text
}

/// The function alone, as a line of a module.
pub fn print_function(text: &mut String, graph: &Graph) -> std::fmt::Result {
    let inputs = graph.input_count();
    let names = names(graph);
    write!(text, "  func.func @{}(", symbol(&graph.name))?;
    for (index, node) in graph.nodes.iter().take(inputs).enumerate() {
        let comma = if index > 0 { ", " } else { "" };
        write!(text, "{comma}{}: {}", names[index], node.ty)?;
    }
    let types = |values: &[ValueId]| {
        let types = values.iter().map(|v| graph.node(*v).ty.to_string());
        types.collect::<Vec<_>>().join(", ")
    };
    let returned = types(&graph.results);
    write!(text, ") -> ({returned}) attributes {{")?;
    write!(text, "kaon.inputs = {}", ports(&graph.inputs))?;
    write!(text, ", kaon.outputs = {}", ports(&graph.outputs))?;
    if let Some(latency) = graph.latency {
        write!(text, ", kaon.latency = {latency} : i64")?;
    }
    if let Some(clock) = graph.clock_ps {
        write!(text, ", kaon.clock_ps = {clock} : i64")?;
    }
    text.push_str("} {\n");
    for (index, node) in graph.nodes.iter().enumerate().skip(inputs) {
        let Some(def) = node.op.def() else { continue };
        let operands = node.op.operands();
        write!(text, "    {} = \"fx.{}\"(", names[index], def.name)?;
        for (at, operand) in operands.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            write!(text, "{comma}{}", names[operand.index()])?;
        }
        text.push(')');
        let values = (def.print)(&node.op);
        if !values.is_empty() {
            let pairs = def.attributes.iter().zip(values);
            let pairs = pairs.map(|(name, value)| format!("{name} = {value}"));
            write!(text, " {{{}}}", pairs.collect::<Vec<_>>().join(", "))?;
        }
        write!(text, " : ({}) -> {}", types(&operands), node.ty)?;
        match graph.layer_name(node.layer) {
            "" => text.push('\n'),
            layer => writeln!(text, " loc({})", quote(layer))?,
        }
    }
    let results = graph.results.iter().map(|v| names[v.index()].as_str());
    let results = results.collect::<Vec<_>>().join(", ");
    match graph.results.is_empty() {
        true => writeln!(text, "    return")?,
        false => writeln!(text, "    return {results} : {returned}")?,
    }
    text.push_str("  }\n");
    Ok(())
}

/// `%x0` for an argument, `%12` for a node; constants are named by their value.
fn names(graph: &Graph) -> Vec<String> {
    let inputs = graph.input_count();
    let name = |(index, node): (usize, &super::Node)| match &node.op {
        Op::Input { index } => format!("%x{index}"),
        _ => format!("%{}", index - inputs.min(index)),
    };
    graph.nodes.iter().enumerate().map(name).collect()
}

/// The ports as an attribute.
pub fn ports(ports: &[Port]) -> String {
    let ports = ports.iter().map(|port| {
        let shape = port.shape.iter().map(usize::to_string).collect::<Vec<_>>();
        let shape = match shape.is_empty() {
            true => "array<i64>".to_string(),
            false => format!("array<i64: {}>", shape.join(", ")),
        };
        let mut text = format!("{{name = {}, shape = {shape}", quote(&port.name));
        let scales = port
            .elements
            .iter()
            .map(|element| &element.scale)
            .collect::<Vec<_>>();
        text.push_str(&format!(", scale = {}", numbers(&scales)));
        let offsets = port
            .elements
            .iter()
            .map(|element| &element.offset)
            .collect::<Vec<_>>();
        if offsets.iter().any(|offset| !offset.is_zero()) {
            text.push_str(&format!(", offset = {}", numbers(&offsets)));
        }
        let default = Conversion::default();
        let Conversion {
            rounding,
            overflow,
            narrow,
            float32,
        } = port.conversion;
        if rounding != default.rounding {
            text.push_str(&format!(", rounding = {}", quote(rounding.name())));
        }
        if overflow != default.overflow {
            text.push_str(&format!(", overflow = {}", quote(overflow.name())));
        }
        if narrow {
            text.push_str(", narrow = true");
        }
        if float32 {
            text.push_str(", float32 = true");
        }
        text + "}"
    });
    format!("[{}]", ports.collect::<Vec<_>>().join(", "))
}

/// One number for all elements, or one each.
fn numbers(values: &[&Number]) -> String {
    match values {
        [first, rest @ ..] if rest.iter().all(|value| value == first) => quote(&first.to_string()),
        _ => {
            let each = values.iter().map(|value| quote(&value.to_string()));
            format!("[{}]", each.collect::<Vec<_>>().join(", "))
        }
    }
}
