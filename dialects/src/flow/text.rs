//! A function and its kernels as MLIR text in generic form; `read` is its inverse.

use std::fmt::Write;

use super::{Border, Functions, Graph, Stream, ValueId, print_integers};
use crate::fx::{self, Range};
use crate::ir::{quote, symbol};

/// The module: the kernels, then the bodies of scans, then the function that names them.
pub fn print(graph: &Graph) -> String {
    let mut text = String::from("module attributes {kaon.level = \"flow\"");
    if let Some(source) = &graph.source {
        write!(text, ", kaon.source = {}", quote(source)).expect("writing to a string");
    }
    text.push_str("} {\n");
    for kernel in &graph.kernels {
        fx::print_function(&mut text, kernel).expect("writing to a string");
    }
    for own in graph.bodies.iter().chain([graph]) {
        print_function(&mut text, own, graph.functions()).expect("writing to a string");
    }
    text.push_str("}\n");
    text
}

fn print_function(text: &mut String, graph: &Graph, functions: Functions) -> std::fmt::Result {
    let inputs = graph.inputs.len();
    let name = |at: usize| match at < inputs {
        true => format!("%x{at}"),
        false => format!("%{}", at - inputs),
    };
    let arguments = graph.nodes.iter().take(inputs).enumerate();
    let arguments = arguments.map(|(at, node)| format!("{}: {}", name(at), ty(&node.stream)));
    let results = graph.results.iter().map(|value| ty(graph.stream(*value)));
    let results = results.collect::<Vec<_>>().join(", ");
    write!(
        text,
        "  func.func @{}({}) -> ({results}) attributes {{",
        symbol(&graph.name),
        arguments.collect::<Vec<_>>().join(", ")
    )?;
    for (key, borders) in [("inputs", &graph.inputs), ("outputs", &graph.outputs)] {
        let comma = if key == "outputs" { ", " } else { "" };
        let ports = borders.iter().map(|border| border.port.clone());
        let ports = fx::print_ports(&ports.collect::<Vec<_>>());
        let list = |each: &dyn Fn(&Border) -> String| {
            let all = borders.iter().map(each).collect::<Vec<_>>();
            format!("[{}]", all.join(", "))
        };
        let order = list(&|border| print_integers(border.order.iter().map(|&at| at as i128)));
        let types = list(&|border| {
            let lanes = border.stream().lanes;
            let lanes = lanes.iter().map(|lane| quote(&lane.to_string()));
            format!("[{}]", lanes.collect::<Vec<_>>().join(", "))
        });
        write!(
            text,
            "{comma}kaon.{key} = {ports}, kaon.{key}.lanes = {types}, kaon.{key}.order = {order}"
        )?;
    }
    text.push_str("} {\n");
    for (at, node) in graph.nodes.iter().enumerate().skip(inputs) {
        let Some(def) = node.op.def() else { continue };
        let operands = node.op.operands();
        let list = |each: &dyn Fn(&ValueId) -> String| {
            let all = operands.iter().map(each).collect::<Vec<_>>();
            all.join(", ")
        };
        let values = (def.print)(&node.op, functions);
        let pairs = def.attributes.iter().zip(values);
        let pairs = pairs.map(|(name, value)| format!("{name} = {value}"));
        write!(
            text,
            "    {} = \"flow.{}\"({}) {{{}}} : ({}) -> {}",
            name(at),
            def.name,
            list(&|operand| name(operand.index())),
            pairs.collect::<Vec<_>>().join(", "),
            list(&|operand| ty(graph.stream(*operand))),
            ty(&node.stream)
        )?;
        match node.layer.as_str() {
            "" => text.push('\n'),
            layer => writeln!(text, " loc({})", quote(layer))?,
        }
    }
    let returned = graph.results.iter().map(|value| name(value.index()));
    let returned = returned.collect::<Vec<_>>().join(", ");
    match graph.results.is_empty() {
        true => writeln!(text, "    return")?,
        false => writeln!(text, "    return {returned} : {results}")?,
    }
    text.push_str("  }\n");
    Ok(())
}

/// `tensor<64x9xsi6>`: tokens, lanes, and the smallest type that holds every lane.
pub fn ty(stream: &Stream) -> String {
    let ranges = stream.lanes.iter().map(|lane| lane.range());
    let range = ranges.reduce(Range::union).and_then(Range::int_type);
    let element = range.map_or("si128".to_string(), |ty| ty.to_string());
    format!("tensor<{}x{}x{element}>", stream.tokens, stream.lanes.len())
}
