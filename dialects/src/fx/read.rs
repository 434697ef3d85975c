//! A graph from MLIR text.

use super::{
    Conversion, Fields, Graph, IntType, LayerId, Node, OPS, Op, OpDef, Port, PortElement, ValueId,
};
use crate::ir::{self, RawAttribute, RawFunction};
use crate::number::Number;
use crate::{Diagnostic, Result};
use std::collections::HashMap;

/// Reads, and verifies, the one function of a module.
pub fn read(text: &str) -> Result<Graph> {
    let graph = from_raw(&ir::parse(text)?)?;
    super::verify(&graph)?;
    Ok(graph)
}

/// The graph of a function, not verified.
pub fn from_raw(raw: &RawFunction) -> Result<Graph> {
    let rows: HashMap<&str, &OpDef> = OPS.iter().map(|def| (def.name, *def)).collect();
    let mut layers: HashMap<&str, LayerId> = HashMap::new();
    let mut graph = Graph {
        name: raw.name.clone(),
        source: raw.source.clone(),
        ..Graph::default()
    };
    let mut layer_of = |graph: &mut Graph, name| {
        *layers.entry(name).or_insert_with(|| {
            graph.layers.push(String::from(name));
            LayerId(graph.layers.len() as u32 - 1)
        })
    };
    for (index, ty) in raw.arguments.iter().enumerate() {
        let layer = layer_of(&mut graph, "inputs");
        let (op, ty) = (
            Op::Input {
                index: index as u32,
            },
            IntType::parse(ty)?,
        );
        graph.nodes.push(Node { op, ty, layer });
    }
    for op in &raw.ops {
        let named = |finding: Diagnostic| match &op.layer {
            Some(layer) => finding.in_layer(layer.clone()),
            None => finding,
        };
        let row = op.name.strip_prefix("fx.").and_then(|name| rows.get(name));
        let Some(row) = row else {
            return Err(named(Diagnostic::new(format!(
                "{} is not an op of fx",
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
        let ty = IntType::parse(&op.result_type).map_err(named)?;
        let layer = layer_of(&mut graph, op.layer.as_deref().unwrap_or(""));
        graph.nodes.push(Node {
            op: read,
            ty,
            layer,
        });
    }
    graph.results = raw.returned.iter().map(|&at| ValueId(at as u32)).collect();
    let types = |range: std::ops::Range<usize>, values: &[ValueId]| -> Vec<IntType> {
        values[range].iter().map(|v| graph.node(*v).ty).collect()
    };
    let arguments: Vec<ValueId> = (0..raw.arguments.len() as u32).map(ValueId).collect();
    let inputs = types(0..arguments.len(), &arguments);
    let outputs = types(0..graph.results.len(), &graph.results);
    graph.inputs = ports(raw, "kaon.inputs", "x", &inputs)?;
    graph.outputs = ports(raw, "kaon.outputs", "y", &outputs)?;
    let fact = |name| match ir::find(&raw.attributes, name) {
        Some(RawAttribute::Integer(value)) => u32::try_from(*value).ok(),
        _ => None,
    };
    graph.latency = fact("kaon.latency");
    graph.clock_ps = fact("kaon.clock_ps");
    Ok(graph)
}

/// The ports of a function; without the attribute, one port of plain integers.
pub fn ports(raw: &RawFunction, key: &str, default: &str, types: &[IntType]) -> Result<Vec<Port>> {
    let Some(attribute) = ir::find(&raw.attributes, key) else {
        let elements = types.iter().map(|&ty| PortElement {
            ty,
            scale: Number::one(),
            offset: Number::zero(),
        });
        return Ok(vec![Port {
            name: default.to_string(),
            shape: vec![types.len()],
            elements: elements.collect(),
            conversion: Conversion::default(),
        }]);
    };
    let bad = || Diagnostic::new(format!("attribute `{key}` is malformed"));
    let RawAttribute::Array(items) = attribute else {
        return Err(bad());
    };
    let mut types = types.iter().copied();
    let mut ports = Vec::new();
    for item in items {
        let RawAttribute::Dictionary(fields) = item else {
            return Err(bad());
        };
        let (Some(RawAttribute::String(name)), Some(RawAttribute::Integers(shape))) =
            (ir::find(fields, "name"), ir::find(fields, "shape"))
        else {
            return Err(bad());
        };
        let shape = shape
            .iter()
            .map(|&size| usize::try_from(size).map_err(|_| bad()));
        let shape = shape.collect::<Result<Vec<_>>>()?;
        let count = shape.iter().try_fold(1usize, |a, &b| a.checked_mul(b));
        let count = count
            .filter(|&count| count <= types.len())
            .ok_or_else(bad)?;
        let scales = numbers(ir::find(fields, "scale"), count, Number::one()).ok_or_else(bad)?;
        let offsets = numbers(ir::find(fields, "offset"), count, Number::zero()).ok_or_else(bad)?;
        let elements = types
            .by_ref()
            .zip(scales.into_iter().zip(offsets))
            .take(count);
        let elements = elements.map(|(ty, (scale, offset))| PortElement { ty, scale, offset });
        let elements = elements.collect();
        let name = name.clone();
        let conversion = conversion(fields).ok_or_else(bad)?;
        ports.push(Port {
            name,
            shape,
            elements,
            conversion,
        });
    }
    match types.next() {
        None => Ok(ports),
        Some(_) => Err(bad()),
    }
}

fn conversion(fields: &[(String, RawAttribute)]) -> Option<Conversion> {
    let word = |key| match ir::find(fields, key) {
        Some(RawAttribute::String(text)) => Some(Some(text.as_str())),
        Some(_) => None,
        None => Some(None),
    };
    let default = Conversion::default();
    let flag = |key| matches!(ir::find(fields, key), Some(RawAttribute::Integer(1)));
    Some(Conversion {
        rounding: word("rounding")?.map_or(Some(default.rounding), |text| text.parse().ok())?,
        overflow: word("overflow")?.map_or(Some(default.overflow), |text| text.parse().ok())?,
        narrow: flag("narrow"),
        float32: flag("float32"),
    })
}

fn numbers(attribute: Option<&RawAttribute>, count: usize, default: Number) -> Option<Vec<Number>> {
    match attribute {
        None => Some(vec![default; count]),
        Some(RawAttribute::String(text)) => Some(vec![text.parse().ok()?; count]),
        Some(RawAttribute::Array(items)) if items.len() == count => items
            .iter()
            .map(|item| match item {
                RawAttribute::String(text) => text.parse().ok(),
                _ => None,
            })
            .collect(),
        Some(_) => None,
    }
}
