//! A graph as MLIR text in generic form; `read` is its inverse.

use std::fmt::Write;

use super::{Graph, Op, Port, ValueId, print_indices};
use crate::ir::{quote, symbol};

/// The module that holds this one function.
pub fn print(graph: &Graph) -> String {
    let mut text = String::from("module attributes {kaon.level = \"nn\"");
    if let Some(source) = &graph.source {
        text.push_str(&format!(", kaon.source = {}", quote(source)));
    }
    text.push_str("} {\n");
    print_function(&mut text, graph).expect("writing to a string");
    text.push_str("}\n");
    text
}

fn print_function(text: &mut String, graph: &Graph) -> std::fmt::Result {
    let names = graph
        .nodes
        .iter()
        .enumerate()
        .map(|(at, node)| match &node.op {
            Op::Input { index } => format!("%x{index}"),
            _ => format!("%{}", at - graph.inputs.len().min(at)),
        });
    let names = names.collect::<Vec<_>>();
    let list = |items: Vec<String>| items.join(", ");
    let arguments = graph.inputs.iter().enumerate();
    let arguments = arguments.map(|(at, port)| format!("%x{at}: {}", ty(&port.shape)));
    let returned = |values: &[ValueId]| list(values.iter().map(|v| ty(graph.shape(*v))).collect());
    let results = returned(&graph.results);
    let arguments = list(arguments.collect());
    write!(
        text,
        "  func.func @{}({arguments}) -> ({results})",
        symbol(&graph.name)
    )?;
    writeln!(
        text,
        " attributes {{kaon.inputs = {}, kaon.outputs = {}}} {{",
        ports(&graph.inputs),
        ports(&graph.outputs)
    )?;
    for (index, node) in graph.nodes.iter().enumerate() {
        let Some(def) = node.op.def() else { continue };
        let operands = node.op.operands();
        let used = operands.iter().map(|v| names[v.index()].clone()).collect();
        write!(
            text,
            "    {} = \"nn.{}\"({})",
            names[index],
            def.name,
            list(used)
        )?;
        let attributes = (def.print)(&node.op).into_iter();
        let attributes = attributes.map(|(name, value)| format!("{name} = {value}"));
        let attributes = attributes.collect::<Vec<_>>();
        if !attributes.is_empty() {
            write!(text, " {{{}}}", list(attributes))?;
        }
        write!(text, " : ({}) -> {}", returned(&operands), ty(&node.shape))?;
        writeln!(text, " loc({})", quote(&node.layer))?;
    }
    let values = list(
        graph
            .results
            .iter()
            .map(|v| names[v.index()].clone())
            .collect(),
    );
    writeln!(text, "    return {values} : {results}\n  }}")
}

fn ty(shape: &[usize]) -> String {
    let sizes = shape
        .iter()
        .map(|size| format!("{size}x"))
        .collect::<String>();
    format!("tensor<{sizes}f32>")
}

fn ports(ports: &[Port]) -> String {
    let ports = ports.iter().map(|port| {
        let shape = print_indices(&port.shape);
        format!("{{name = {}, shape = {shape}}}", quote(&port.name))
    });
    format!("[{}]", ports.collect::<Vec<_>>().join(", "))
}
