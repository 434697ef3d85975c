//! Values that depend on nothing but the leaf that one tree reaches, computed leaf by leaf.
//!
//! What an operator makes of a tree's number is a tree with other numbers: each is computed once,
//! by the operator's own arithmetic in float32 or integers. Exporters of isolation forests put
//! some thirty operators behind every tree to look up what a leaf is worth.

use std::collections::HashMap;
use std::sync::Arc;

use dialects::Result;
use dialects::nn::ensemble::Tree;
use dialects::nn::{Aggregate, Answer, Ensemble, Op};

use super::Converter;
use super::value::{BatchAxis, Value};
use crate::frontend::onnx::Attribute;
use crate::frontend::onnx::fold;
use crate::frontend::onnx::node::{Domain, OnnxNode};
use crate::frontend::onnx::tensor::{Tensor, TensorData};

/// The trees that answer with one number, and what was computed from each.
#[derive(Default)]
pub struct Leafwise {
    trees: Vec<(Value, Tree)>,
    values: HashMap<String, Leaves>,
}

struct Leaves {
    tree: usize,
    /// A row for each leaf, with one element.
    rows: Tensor,
}

impl Leafwise {
    /// Notes a tree whose answer is the value of that name.
    pub fn begin(&mut self, name: &str, features: Value, tree: &Tree) {
        let floats = tree.values.iter().map(|&value| value as f32);
        let floats = floats.collect::<Vec<_>>();
        let mut pairs = floats.iter().zip(&tree.values);
        if pairs.any(|(&float, &value)| f64::from(float) != value) {
            return;
        }
        let rows = Tensor::new(vec![floats.len(), 1], TensorData::F32(floats));
        let leaves = Leaves {
            tree: self.trees.len(),
            rows,
        };
        self.trees.push((features, tree.clone()));
        self.values.insert(name.to_string(), leaves);
    }
}

impl Converter {
    /// Whether a node reads the number of one tree and constants, and was computed for its leaves.
    pub fn convert_leafwise(&mut self, node: &OnnxNode) -> Result<bool> {
        let mut args = Vec::with_capacity(node.inputs.len());
        let mut tree = None;
        for name in &node.inputs {
            let Some(name) = name else {
                args.push(None);
                continue;
            };
            match (self.constants.get(name), self.leafwise.values.get(name)) {
                (Some(constant), _) => args.push(Some(constant)),
                (None, Some(leaves)) if tree.is_none_or(|tree| tree == leaves.tree) => {
                    tree = Some(leaves.tree);
                    args.push(Some(&leaves.rows));
                }
                _ => return Ok(false),
            }
        }
        let Some(tree) = tree else {
            return Ok(false);
        };
        let outputs = match node.is(&Domain::OnnxMl, "LabelEncoder") {
            true => label_encoder(node, &args)?.map(|rows| vec![rows]),
            false => fold::evaluate(node, &args)?,
        };
        let leaves = self.leafwise.trees[tree].1.leaves();
        let per_leaf = |rows: &Tensor| rows.shape.first() == Some(&leaves) && rows.len() == leaves;
        let Some(outputs) = outputs.filter(|outputs| outputs.iter().all(per_leaf)) else {
            return Ok(false);
        };
        for (name, rows) in node.outputs.iter().zip(outputs) {
            let Some(name) = name else { continue };
            if let Some(value) = self.tree_of_rows(node, tree, &rows)? {
                self.values.insert(name.clone(), value);
            }
            let leaves = Leaves { tree, rows };
            self.leafwise.values.insert(name.clone(), leaves);
        }
        Ok(true)
    }

    /// The tree with these numbers, when they are finite.
    fn tree_of_rows(
        &mut self,
        node: &OnnxNode,
        tree: usize,
        rows: &Tensor,
    ) -> Result<Option<Value>> {
        let numbers = match &rows.data {
            TensorData::Bool(bits) => {
                Some(bits.iter().map(|&bit| f64::from(u8::from(bit))).collect())
            }
            _ => rows.to_f64s(),
        };
        let finite = |values: &Vec<f64>| values.iter().all(|value| value.is_finite());
        let Some(values) = numbers.filter(finite) else {
            return Ok(None);
        };
        let (features, tree) = &self.leafwise.trees[tree];
        let (input, target) = (features.id, Some(0));
        let tree = Tree {
            target,
            values,
            ..tree.clone()
        };
        let ensemble = Arc::new(Ensemble {
            trees: vec![tree],
            aggregate: Aggregate::Sum,
            base: vec![0.0],
            missing: None,
            answer: Answer::Scores,
        });
        let batch = features.batch;
        let mut id = self
            .graph
            .push(Op::TreeEnsemble { input, ensemble }, &node.name)?;
        if rows.rank() == 1 || batch == BatchAxis::Absent {
            let shape = rows.shape[1..].to_vec();
            id = self
                .graph
                .push(Op::Reshape { input: id, shape }, &node.name)?;
        }
        Ok(Some(Value {
            id,
            batch,
            dynamic: true,
            element: rows.element,
        }))
    }
}

/// LabelEncoder from integers to integers or floats; `None` for others.
fn label_encoder(node: &OnnxNode, args: &[Option<&Tensor>]) -> Result<Option<Tensor>> {
    let (Some(Some(rows)), Some(keys)) = (args.first(), node.ints("keys_int64s")?) else {
        return Ok(None);
    };
    let Some(labels) = rows.to_i64s() else {
        return Ok(None);
    };
    let places: HashMap<i64, usize> = keys
        .iter()
        .enumerate()
        .map(|(at, &key)| (key, at))
        .collect();
    let short = |count: usize| {
        node.error(format!(
            "LabelEncoder has {} keys and {count} values",
            keys.len()
        ))
        .help("the model contradicts itself: export it again")
    };
    let data = match (
        node.attributes.get("values_floats"),
        node.attributes.get("values_int64s"),
    ) {
        (Some(Attribute::Floats(values)), _) => {
            if values.len() != keys.len() {
                return Err(short(values.len()));
            }
            let default = node.float_or("default_float", -0.0)?;
            let value = |label| places.get(label).map_or(default, |&at| values[at]);
            TensorData::F32(labels.iter().map(value).collect())
        }
        (_, Some(Attribute::Ints(values))) => {
            if values.len() != keys.len() {
                return Err(short(values.len()));
            }
            let default = node.int_or("default_int64", -1)?;
            let value = |label| places.get(label).map_or(default, |&at| values[at]);
            TensorData::I64(labels.iter().map(value).collect())
        }
        _ => return Ok(None),
    };
    Ok(Some(Tensor::new(rows.shape.clone(), data)))
}
