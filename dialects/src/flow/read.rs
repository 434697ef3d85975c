//! A function and its kernels from MLIR text.

use super::{Border, Fields, Graph, OPS, ValueId, text};
use crate::fx::{self, IntType};
use crate::ir::{self, RawAttribute, RawFunction};
use crate::{Diagnostic, Result};

/// Reads, and verifies, a module: the last function is the one that names the others.
pub fn read(text: &str) -> Result<Graph> {
    let (functions, source) = ir::parse_all(text)?;
    let Some((main, kernels)) = functions.split_last() else {
        return Err(Diagnostic::new("the module holds no function"));
    };
    let is_body = |raw: &&RawFunction| ir::find(&raw.attributes, "kaon.inputs.lanes").is_some();
    let (bodies, kernels): (Vec<_>, Vec<_>) = kernels.iter().partition(is_body);
    let kernels = kernels.into_iter().map(fx::from_raw);
    let mut kernels: Vec<fx::Graph> = kernels.collect::<Result<_>>()?;
    let mut own = Vec::with_capacity(bodies.len());
    for body in bodies {
        let mut body = from_raw(body, kernels, vec![], None)?;
        kernels = std::mem::take(&mut body.kernels);
        own.push(body);
    }
    let graph = from_raw(main, kernels, own, source)?;
    super::verify(&graph)?;
    Ok(graph)
}

fn from_raw(
    raw: &RawFunction,
    kernels: Vec<fx::Graph>,
    bodies: Vec<Graph>,
    source: Option<String>,
) -> Result<Graph> {
    let mut graph = Graph::new(raw.name.clone(), borders(raw, "kaon.inputs")?);
    graph.source = source;
    graph.kernels = kernels;
    graph.bodies = bodies;
    if graph.inputs.len() != raw.arguments.len() {
        return Err(Diagnostic::new("arguments and input ports are not as many"));
    }
    for op in &raw.ops {
        let layer = op.layer.as_deref().unwrap_or("");
        let named = |finding: Diagnostic| finding.in_layer(layer);
        let row = op.name.strip_prefix("flow.");
        let row = row.and_then(|name| OPS.iter().find(|def| def.name == name));
        let row =
            row.ok_or_else(|| named(Diagnostic::new(format!("{} is not an op of flow", op.name))))?;
        let operands = op.operands.iter().map(|&at| ValueId(at as u32));
        let fields = Fields {
            operands: &operands.collect::<Vec<_>>(),
            attributes: &op.attributes,
            functions: graph.functions(),
        };
        let read = (row.read)(&fields).map_err(named)?;
        let value = graph.push(read, layer)?;
        if text::ty(graph.stream(value)) != op.result_type {
            return Err(named(Diagnostic::new(format!(
                "{} makes a {}, not a {}",
                op.name,
                text::ty(graph.stream(value)),
                op.result_type
            ))));
        }
    }
    graph.results = raw.returned.iter().map(|&at| ValueId(at as u32)).collect();
    graph.outputs = borders(raw, "kaon.outputs")?;
    Ok(graph)
}

/// The ports of a function and the order of their tokens.
fn borders(raw: &RawFunction, key: &str) -> Result<Vec<Border>> {
    let bad = || {
        Diagnostic::new(format!(
            "attribute `{key}`, its lanes or its order is malformed"
        ))
    };
    let list = |key: &str| match ir::find(&raw.attributes, key) {
        Some(RawAttribute::Array(items)) => Some(items.clone()),
        _ => None,
    };
    let lanes = list(&format!("{key}.lanes")).ok_or_else(bad)?;
    let orders = list(&format!("{key}.order")).ok_or_else(bad)?;
    if lanes.len() != orders.len() {
        return Err(bad());
    }
    let mut found = Vec::new();
    let mut types = Vec::new();
    for (lanes, order) in lanes.iter().zip(&orders) {
        let (RawAttribute::Array(lanes), RawAttribute::Integers(order)) = (lanes, order) else {
            return Err(bad());
        };
        let lane = |lane: &RawAttribute| match lane {
            RawAttribute::String(text) => IntType::parse(text),
            _ => Err(bad()),
        };
        let lanes = lanes.iter().map(lane).collect::<Result<Vec<_>>>()?;
        let order = order.iter().map(|&at| usize::try_from(at).ok());
        let order = order.collect::<Option<Vec<_>>>().ok_or_else(bad)?;
        if lanes.is_empty() || order.is_empty() || order.len() % lanes.len() != 0 {
            return Err(bad());
        }
        let mut own = vec![None; order.len()];
        for (at, lane) in order.iter().zip(lanes.iter().cycle()) {
            *own.get_mut(*at).ok_or_else(bad)? = Some(*lane);
        }
        types.extend(
            own.into_iter()
                .collect::<Option<Vec<_>>>()
                .ok_or_else(bad)?,
        );
        found.push((order.len() / lanes.len(), order));
    }
    let ports = fx::read_ports(raw, key, "", &types)?;
    if ports.len() != found.len() {
        return Err(bad());
    }
    let borders = ports.into_iter().zip(found);
    let borders = borders.map(|(port, (tokens, order))| Border {
        port,
        tokens,
        order,
    });
    Ok(borders.collect())
}
