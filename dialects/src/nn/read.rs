//! A graph from MLIR text.

use std::collections::HashMap;

use super::{Fields, Graph, Node, OPS, OpDef, Port, ValueId};
use crate::ir::{self, RawAttribute, RawFunction};
use crate::{Diagnostic, Result};

/// Reads, and verifies, the one function of a module.
pub fn read(text: &str) -> Result<Graph> {
    let graph = from_raw(&ir::parse(text)?)?;
    super::verify(&graph)?;
    Ok(graph)
}

fn from_raw(raw: &RawFunction) -> Result<Graph> {
    let rows: HashMap<&str, &OpDef> = OPS.iter().map(|def| (def.name, *def)).collect();
    let mut graph = Graph::new(
        raw.name.clone(),
        ports(raw, "kaon.inputs", "x", &raw.arguments)?,
    );
    graph.source = raw.source.clone();
    graph.outputs = ports(raw, "kaon.outputs", "y", &raw.results)?;
    for op in &raw.ops {
        let layer = op.layer.clone().unwrap_or_default();
        let named = |finding: Diagnostic| finding.in_layer(layer.clone());
        let row = op.name.strip_prefix("nn.").and_then(|name| rows.get(name));
        let Some(row) = row else {
            return Err(named(Diagnostic::new(format!(
                "{} is not an op of nn",
                op.name
            ))));
        };
        let operands = op
            .operands
            .iter()
            .map(|&at| ValueId(at as u32))
            .collect::<Vec<_>>();
        let fields = Fields {
            operands: &operands,
            attributes: &op.attributes,
        };
        let read = (row.read)(&fields).map_err(named)?;
        graph.nodes.push(Node {
            op: read,
            shape: shape_of(&op.result_type)?,
            layer,
        });
    }
    graph.results = raw.returned.iter().map(|&at| ValueId(at as u32)).collect();
    Ok(graph)
}

/// Reads `tensor<2x3xf32>`.
fn shape_of(ty: &str) -> Result<Vec<usize>> {
    let refuse = || {
        Diagnostic::new(format!(
            "nn speaks of tensors of f32 with static shape, not of {ty}"
        ))
    };
    let sizes = ty
        .strip_prefix("tensor<")
        .and_then(|rest| rest.strip_suffix("f32>"));
    let sizes = sizes
        .ok_or_else(refuse)?
        .split('x')
        .filter(|size| !size.is_empty());
    sizes
        .map(|size| size.parse().map_err(|_| refuse()))
        .collect()
}

/// The ports of a function; names come from the attribute, shapes from the types.
fn ports(raw: &RawFunction, key: &str, default: &str, types: &[String]) -> Result<Vec<Port>> {
    let names = match ir::find(&raw.attributes, key) {
        Some(RawAttribute::Array(items)) if items.len() == types.len() => items.clone(),
        None => vec![],
        Some(_) => return Err(Diagnostic::new(format!("attribute `{key}` is malformed"))),
    };
    let port = |(at, ty): (usize, &String)| {
        let name = match names.get(at) {
            Some(RawAttribute::Dictionary(fields)) => match ir::find(fields, "name") {
                Some(RawAttribute::String(name)) => name.clone(),
                _ => return Err(Diagnostic::new(format!("a port in `{key}` has no name"))),
            },
            _ => format!("{default}{at}"),
        };
        let shape = shape_of(ty)?;
        Ok(Port { name, shape })
    };
    types.iter().enumerate().map(port).collect()
}
