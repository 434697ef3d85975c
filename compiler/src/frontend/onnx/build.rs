//! From the decoded file to an `OnnxGraph`: every name resolved, every limit checked.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use dialects::{Diagnostic, Result};
use indexmap::IndexMap;

use super::decode::Beside;
use super::graph::{DeclaredDim, OnnxGraph, ValueInfo};
use super::proto::{Dimension, GraphProto, ModelProto, TensorProto, ValueInfoProto};
use super::tensor::ElementType;
use super::{build_node, decode, order};
use crate::limits::{Limits, way_out};

/// Findings listed before the rest is only counted.
const MAX_FINDINGS: usize = 8;

pub(super) const EXPORT_AGAIN: &str = "the file is damaged: export the model again";

pub fn graph(
    file: &str,
    model: ModelProto,
    graph: GraphProto,
    folder: Option<&Path>,
    limits: &Limits,
) -> Result<OnnxGraph> {
    let functions = model.functions.iter();
    let functions = functions.map(|f| (f.domain.clone(), f.name.clone()));
    let reader = Reader {
        file: Arc::from(file),
        beside: Beside {
            folder,
            left: Cell::new(limits.model_mib << 20),
            limit: limits.model_mib,
        },
        functions: functions.collect(),
        limits,
        opsets: opsets(&model),
        model,
    };
    reader.read(graph)
}

/// Declared versions by domain; of a domain declared twice the newest counts.
fn opsets(model: &ModelProto) -> BTreeMap<String, i64> {
    let mut opsets = BTreeMap::new();
    for import in &model.opset_import {
        let domain = if import.domain == "ai.onnx" {
            ""
        } else {
            &import.domain
        };
        let version = opsets.entry(domain.to_string()).or_insert(import.version);
        *version = import.version.max(*version);
    }
    opsets
}

pub(super) struct Reader<'a> {
    pub file: Arc<str>,
    pub beside: Beside<'a>,
    /// Domains and names of the functions that the model defines itself.
    pub functions: HashSet<(String, String)>,
    limits: &'a Limits,
    pub opsets: BTreeMap<String, i64>,
    /// The file without its graph.
    pub model: ModelProto,
}

impl Reader<'_> {
    fn error(&self, sentence: impl Into<String>) -> Diagnostic {
        Diagnostic::new(sentence).in_file(&*self.file)
    }

    fn read(self, graph: GraphProto) -> Result<OnnxGraph> {
        self.refuse_by_name(&graph)?;
        self.refuse_by_size(&graph)?;
        let constants = self.index_constants(&graph)?;
        let names = build_node::names(&graph.node);
        let writer = self.index_outputs(&graph, &names, &constants)?;

        let port = |v: &&ValueInfoProto| !constants.contains_key(v.name.as_str());
        let inputs: Vec<ValueInfo> = graph
            .input
            .iter()
            .filter(port)
            .map(|v| self.input(v))
            .collect::<Result<_>>()?;
        let outputs: Vec<ValueInfo> = graph
            .output
            .iter()
            .map(|v| self.output(v))
            .collect::<Result<_>>()?;
        let output_names: Vec<&str> = graph.output.iter().map(|v| v.name.as_str()).collect();

        let live = order::live(&graph.node, &writer, &output_names);
        let order = order::sort(&graph.node, &writer, &live)
            .map_err(|cycle| self.cycle(&cycle.iter().map(|&n| &*names[n]).collect::<Vec<_>>()))?;

        let defined: HashSet<&str> = (inputs.iter().map(|v| v.name.as_str()))
            .chain(writer.keys().copied())
            .chain(constants.keys().copied())
            .collect();
        let mut findings = vec![];
        let mut used: HashMap<&str, &str> = HashMap::new();
        for name in &output_names {
            used.entry(name).or_insert("");
            if !defined.contains(name) {
                findings.push(self.undefined(name, "the model's output"));
            }
        }
        for &n in &order {
            for value in graph.node[n].input.iter().filter(|v| !v.is_empty()) {
                used.entry(value).or_insert(&names[n]);
                if !defined.contains(value.as_str()) {
                    let reader = format!("an input of {}", graph.node[n].op_type);
                    findings.push(self.undefined(value, &reader).in_layer(&*names[n]));
                }
            }
        }
        let mut elements = 0;
        let mut initializers = IndexMap::new();
        for (value, proto) in constants {
            let Some(reader) = used.get(value) else {
                continue;
            };
            // What lies beside the model is as large as it claims.
            let dims = proto
                .dims
                .iter()
                .map(|&dim| u64::try_from(dim).unwrap_or(0));
            let claimed = dims.fold(1, u64::saturating_mul);
            if proto.data_location == 1 && claimed > self.limits.elements - elements {
                let what = "numbers or more in its constants";
                let count = claimed.saturating_add(elements);
                return Err(self.too_large("elements", count, self.limits.elements, what));
            }
            match decode::tensor(proto, &format!("the initialiser \"{value}\""), &self.beside) {
                Ok(tensor) => {
                    elements += tensor.data.len() as u64;
                    if elements > self.limits.elements {
                        let limit = self.limits.elements;
                        let what = "numbers or more in its constants";
                        return Err(self.too_large("elements", elements, limit, what));
                    }
                    initializers.insert(value.to_string(), tensor);
                }
                Err(d) if reader.is_empty() => findings.push(d.in_file(&*self.file)),
                Err(d) => findings.push(d.in_file(&*self.file).in_layer(*reader)),
            }
        }
        let mut nodes = vec![];
        for &n in &order {
            match self.node(&graph.node[n], &names[n]) {
                Ok(node) => nodes.push(node),
                Err(finding) => findings.push(finding),
            }
        }
        if findings.len() > MAX_FINDINGS {
            let more = findings.len() - MAX_FINDINGS;
            findings.truncate(MAX_FINDINGS);
            findings[0] = findings[0]
                .clone()
                .note(format!("{more} more findings are not listed"));
        }
        Diagnostic::collect(findings)?;

        let values = graph
            .value_info
            .iter()
            .map(|v| (v.name.clone(), value_info(v)))
            .collect();
        let datatypes = graph.quantization_annotation.iter().flat_map(|a| {
            let named = a
                .quant_parameter_tensor_names
                .iter()
                .find(|e| e.key == "finn_datatype");
            named.map(|e| (a.tensor_name.clone(), e.value.clone()))
        });
        Ok(OnnxGraph {
            name: graph.name.clone(),
            ir_version: self.model.ir_version.unwrap_or(0),
            inputs,
            outputs,
            initializers,
            dead_nodes: graph.node.len() - nodes.len(),
            nodes,
            values,
            datatypes: datatypes.collect(),
            opsets: self.opsets,
            file: self.file,
        })
    }

    /// Whole-file features that kaon does not have.
    fn refuse_by_name(&self, graph: &GraphProto) -> Result<()> {
        if !self.model.training_info.is_empty() {
            return Err(self
                .error("the model carries training information, and kaon compiles inference")
                .help("re-export it for inference: torch.onnx.export(model.eval(), …)"));
        }
        if let Some(sparse) = graph.sparse_initializer.first() {
            let name = sparse.values.as_ref().map_or("", |v| &v.name);
            return Err(self
                .error(format!(
                    "the initialiser \"{name}\" is sparse, which kaon does not read"
                ))
                .help("store it as a dense tensor: zero weights cost nothing here"));
        }
        if graph.node.is_empty() && graph.output.is_empty() {
            return Err(self
                .error("the model's graph is empty")
                .help("the file is damaged or holds no network: export the model again"));
        }
        if graph.output.is_empty() {
            return Err(self
                .error("the model declares no output")
                .help(EXPORT_AGAIN));
        }
        Ok(())
    }

    fn too_large(&self, name: &str, count: u64, limit: u64, what: &str) -> Diagnostic {
        self.error(format!("the model has {count} {what}, kaon takes {limit}"))
            .help("a network this large does not fit a circuit: prune it or split it")
            .help(way_out(name, count))
    }

    fn refuse_by_size(&self, graph: &GraphProto) -> Result<()> {
        let Limits { nodes, ports, .. } = *self.limits;
        let counts = [
            ("nodes", graph.node.len() as u64, nodes, "layers"),
            (
                "ports",
                graph.input.len() as u64,
                ports + graph.initializer.len() as u64,
                "inputs",
            ),
            ("ports", graph.output.len() as u64, ports, "outputs"),
        ];
        match counts
            .into_iter()
            .find(|(_, count, limit, _)| count > limit)
        {
            None => Ok(()),
            Some((name, count, limit, what)) => Err(self.too_large(name, count, limit, what)),
        }
    }

    fn index_constants<'g>(
        &self,
        graph: &'g GraphProto,
    ) -> Result<IndexMap<&'g str, &'g TensorProto>> {
        let mut constants = IndexMap::new();
        for tensor in &graph.initializer {
            if tensor.name.is_empty() {
                return Err(self.error("an initialiser has no name").help(EXPORT_AGAIN));
            }
            if constants.insert(tensor.name.as_str(), tensor).is_some() {
                return Err(self
                    .error(format!(
                        "the initialiser \"{}\" is defined twice",
                        tensor.name
                    ))
                    .help("export the model again, or rename one of them"));
            }
        }
        Ok(constants)
    }

    /// The node that writes each value; a value has one definition.
    fn index_outputs<'g>(
        &self,
        graph: &'g GraphProto,
        names: &[String],
        constants: &IndexMap<&str, &TensorProto>,
    ) -> Result<HashMap<&'g str, usize>> {
        let mut inputs = HashSet::new();
        for input in &graph.input {
            if !inputs.insert(input.name.as_str()) {
                return Err(self
                    .error(format!("the input \"{}\" is defined twice", input.name))
                    .help("export the model again, or rename one of them"));
            }
        }
        let mut writer: HashMap<&str, usize> = HashMap::new();
        for (n, node) in graph.node.iter().enumerate() {
            for value in node.output.iter().filter(|v| !v.is_empty()) {
                let other = if let Some(first) = writer.insert(value, n) {
                    format!("by layer \"{}\"", names[first])
                } else if constants.contains_key(value.as_str()) {
                    "as an initialiser".into()
                } else if inputs.contains(value.as_str()) {
                    "as an input".into()
                } else {
                    continue;
                };
                return Err(self
                    .error(format!(
                        "the value \"{value}\" is defined twice, here and {other}"
                    ))
                    .in_layer(&*names[n])
                    .help("export the model again, or rename one of them"));
            }
        }
        Ok(writer)
    }

    fn cycle(&self, names: &[&str]) -> Diagnostic {
        let shown = names
            .iter()
            .take(6)
            .map(|n| format!("\"{n}\""))
            .collect::<Vec<_>>()
            .join(" → ");
        let dots = if names.len() > 6 { " → …" } else { "" };
        self.error("the model's graph has a cycle")
            .in_layer(names[0])
            .note(format!(
                "{} layers feed each other: {shown}{dots} → \"{}\"",
                names.len(),
                names[0]
            ))
            .help("kaon reads graphs without cycles: export the network unrolled, without feedback")
    }

    fn undefined(&self, value: &str, role: &str) -> Diagnostic {
        self.error(format!("nothing defines the value \"{value}\", {role}"))
            .note("it is no input, no initialiser and no layer's output")
            .help("the file is incomplete: export the model again, with its weights")
    }

    fn input(&self, proto: &ValueInfoProto) -> Result<ValueInfo> {
        let info = value_info(proto);
        let readable = proto
            .r#type
            .as_ref()
            .is_none_or(|t| t.tensor_type.is_some());
        let code = proto
            .r#type
            .as_ref()
            .and_then(|t| t.tensor_type.as_ref())
            .map(|t| t.elem_type);
        match code.map(ElementType::from_onnx) {
            None if !readable => Err(self
                .error(format!("the input \"{}\" is no tensor", info.name))
                .help("export the model with tensor inputs")),
            // Old files leave the element type out.
            Some(Err(name)) if code != Some(0) => Err(self
                .error(format!(
                    "the input \"{}\" has elements of type {name}",
                    info.name
                ))
                .help("export the model with numeric inputs")),
            _ => self.bounded(info, "input"),
        }
    }

    fn output(&self, proto: &ValueInfoProto) -> Result<ValueInfo> {
        self.bounded(value_info(proto), "output")
    }

    fn bounded(&self, info: ValueInfo, role: &str) -> Result<ValueInfo> {
        let shape = info.shape.as_deref().unwrap_or(&[]);
        let entries = if shape.len() > 1 { &shape[1..] } else { shape };
        let elements = entries.iter().try_fold(1usize, |n, d| match d {
            DeclaredDim::Fixed(d) => n
                .checked_mul(*d)
                .filter(|&n| n as u64 <= self.limits.elements),
            _ => Some(n),
        });
        if elements.is_none() {
            let text: Vec<String> = shape.iter().map(|d| d.to_string()).collect();
            return Err(self
                .error(format!(
                    "the {role} \"{}\" has the shape [{}], more than the {} elements kaon reads",
                    info.name,
                    text.join(", "),
                    self.limits.elements
                ))
                .help("export the model with the shape that one event has"));
        }
        Ok(info)
    }
}

fn value_info(proto: &ValueInfoProto) -> ValueInfo {
    let tensor = proto.r#type.as_ref().and_then(|t| t.tensor_type.as_ref());
    let shape = tensor.and_then(|t| t.shape.as_ref()).map(|s| {
        let entry = |d: &Dimension| match (d.dim_value, d.dim_param.as_deref()) {
            (Some(n), _) => usize::try_from(n).map_or(DeclaredDim::Unknown, DeclaredDim::Fixed),
            (None, Some(name)) if !name.is_empty() => DeclaredDim::Named(name.to_string()),
            (None, _) => DeclaredDim::Unknown,
        };
        s.dim.iter().map(entry).collect()
    });
    ValueInfo {
        name: proto.name.clone(),
        element: tensor.and_then(|t| ElementType::from_onnx(t.elem_type).ok()),
        shape,
    }
}
