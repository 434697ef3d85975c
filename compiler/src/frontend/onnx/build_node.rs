//! From a `NodeProto` to an `OnnxNode`: name, domain, version and typed attributes.

use std::collections::{BTreeMap, HashMap, HashSet};

use dialects::Result;

use super::build::{EXPORT_AGAIN, Reader};
use super::decode;
use super::node::{Attribute, Domain, OnnxNode};
use super::proto::{AttributeProto, NodeProto, TensorProto};
use super::tensor::Tensor;

/// Operator sets whose meaning kaon knows.
const OLDEST_OPSET: i64 = 6;
const NEWEST_OPSET: i64 = 27;

impl Reader<'_> {
    pub fn node(&self, proto: &NodeProto, name: &str) -> Result<OnnxNode> {
        let domain = Domain::of(&proto.domain, &proto.op_type);
        let optional = |values: &[String]| {
            let mut values: Vec<Option<String>> = values
                .iter()
                .map(|v| (!v.is_empty()).then(|| v.clone()))
                .collect();
            while values.last() == Some(&None) {
                values.pop();
            }
            values
        };
        let mut node = OnnxNode {
            file: self.file.clone(),
            name: name.to_string(),
            op_type: proto.op_type.clone(),
            version: 1,
            inputs: optional(&proto.input),
            outputs: optional(&proto.output),
            attributes: BTreeMap::new(),
            domain,
        };
        if node.op_type.is_empty() {
            return Err(node
                .error("a layer has no operator type")
                .help(EXPORT_AGAIN));
        }
        let called = (proto.domain.clone(), proto.op_type.clone());
        if self.functions.contains(&called) {
            return Err(node
                .error(format!(
                    "{} is a function that the model defines itself",
                    node.op_type
                ))
                .help("inline it first: onnx.inliner.inline_local_functions(model)"));
        }
        node.version = self.version(&node, &proto.domain)?;
        for attribute in &proto.attribute {
            let value = self.attribute(&node, attribute)?;
            if node
                .attributes
                .insert(attribute.name.clone(), value)
                .is_some()
            {
                let sentence = format!(
                    "attribute \"{}\" of {} is given twice",
                    attribute.name, node.op_type
                );
                return Err(node.error(sentence).help(EXPORT_AGAIN));
            }
        }
        Ok(node)
    }

    /// The operator-set version that gives the node its meaning.
    fn version(&self, node: &OnnxNode, domain: &str) -> Result<i64> {
        let default = if self.model.ir_version.unwrap_or(0) < 3 {
            Some(1)
        } else {
            None
        };
        match node.domain {
            Domain::Onnx => match self.opsets.get("").copied().or(default) {
                None => Err(node
                    .error("the model does not say which ONNX operator set it uses")
                    .help("re-export it with opset_version=13 or newer")),
                Some(version) if version < OLDEST_OPSET => Err(node
                    .error(format!("the model uses ONNX operator set {version}, and kaon reads {OLDEST_OPSET} to {NEWEST_OPSET}"))
                    .help("convert it: onnx.version_converter.convert_version(model, 13)")),
                Some(version) if version > NEWEST_OPSET => Err(node
                    .error(format!("the model uses ONNX operator set {version}, and kaon reads {OLDEST_OPSET} to {NEWEST_OPSET}"))
                    .help("re-export it with opset_version=21")),
                Some(version) => Ok(version),
            },
            Domain::Qonnx => {
                let family = || self.opsets.iter().find(|(d, _)| !d.is_empty() && Domain::of(d, "") == Domain::Qonnx);
                let own = if domain.is_empty() { None } else { self.opsets.get(domain) };
                Ok(own.or_else(|| family().map(|(_, v)| v)).copied().unwrap_or(1))
            }
            _ => Ok(self.opsets.get(domain).copied().unwrap_or(1)),
        }
    }

    fn attribute(&self, node: &OnnxNode, a: &AttributeProto) -> Result<Attribute> {
        let op = &node.op_type;
        let name = &a.name;
        if a.g.is_some() || !a.graphs.is_empty() {
            return Err(node
                .error(format!("{op} carries a subgraph (\"{name}\"), and kaon compiles straight graphs"))
                .help("export the model without If, Loop and Scan: fix the shapes and trace it with one path"));
        }
        if !a.ref_attr_name.is_empty() {
            return Err(node
                .error(format!(
                    "attribute \"{name}\" of {op} refers to an argument of a function"
                ))
                .help("inline the model's functions: onnx.inliner.inline_local_functions(model)"));
        }
        if a.sparse_tensor.is_some() || !a.tensors.is_empty() {
            return Err(node
                .error(format!("attribute \"{name}\" of {op} is of a kind that kaon does not read (sparse or several tensors)"))
                .help("re-export the model with dense initialisers"));
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let missing = || {
            node.error(format!("attribute \"{name}\" of {op} has no value"))
                .help(EXPORT_AGAIN)
        };
        // Types are those of `AttributeProto.AttributeType`; 0 in files older than the field.
        Ok(match a.r#type {
            1 => Attribute::Float(a.f.unwrap_or(0.0)),
            2 => Attribute::Int(a.i.unwrap_or(0)),
            3 => Attribute::Str(text(a.s.as_deref().unwrap_or(&[]))),
            4 => Attribute::Tensor(self.tensor(node, name, a.t.as_ref().ok_or_else(missing)?)?),
            6 => Attribute::Floats(a.floats.clone()),
            7 => Attribute::Ints(a.ints.clone()),
            8 => Attribute::Strs(a.strings.iter().map(|s| text(s)).collect()),
            0 => {
                if let Some(t) = &a.t {
                    Attribute::Tensor(self.tensor(node, name, t)?)
                } else if let Some(value) = a.f {
                    Attribute::Float(value)
                } else if let Some(value) = a.i {
                    Attribute::Int(value)
                } else if let Some(value) = &a.s {
                    Attribute::Str(text(value))
                } else if !a.floats.is_empty() {
                    Attribute::Floats(a.floats.clone())
                } else if !a.strings.is_empty() {
                    Attribute::Strs(a.strings.iter().map(|s| text(s)).collect())
                } else {
                    Attribute::Ints(a.ints.clone())
                }
            }
            _ => return Err(missing()),
        })
    }

    fn tensor(&self, node: &OnnxNode, name: &str, proto: &TensorProto) -> Result<Tensor> {
        let what = format!("attribute \"{name}\" of {}", node.op_type);
        decode::tensor(proto, &what, &self.beside)
            .map_err(|d| d.in_file(&*self.file).in_layer(&*node.name))
    }
}

/// The nodes' own names where they have one, operator and position where not; made unique in file
/// order, without taking a name that a later node has of its own.
pub fn names(nodes: &[NodeProto]) -> Vec<String> {
    let mut taken: HashSet<String> = nodes.iter().map(|n| n.name.clone()).collect();
    let mut seen: HashSet<&str> = HashSet::new();
    let mut copies: HashMap<String, usize> = HashMap::new();
    let mut names = Vec::with_capacity(nodes.len());
    for (n, node) in nodes.iter().enumerate() {
        if !node.name.is_empty() && seen.insert(&node.name) {
            names.push(node.name.clone());
            continue;
        }
        let base = match node.name.as_str() {
            "" => format!("{}_{n}", node.op_type),
            name => name.to_string(),
        };
        let mut name = base.clone();
        while !taken.insert(name.clone()) {
            let copy = copies.entry(base.clone()).or_insert(1);
            *copy += 1;
            name = format!("{base}_{copy}");
        }
        names.push(name);
    }
    names
}
