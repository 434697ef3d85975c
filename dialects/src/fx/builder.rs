//! Builds a graph node by node: types follow from ranges, equal nodes are shared.

use std::collections::HashMap;

use super::ranges::{Found, Ranges};
use super::{Graph, IntType, LayerId, Node, Op, Port, Range, Term, ValueId};
use crate::{Diagnostic, Result};

/// A graph under construction.
///
/// A node pushed twice with the same op and type is one node; it keeps the layer that
/// asked first.
pub struct Builder {
    graph: Graph,
    ranges: Ranges,
    known: HashMap<(Op, IntType), ValueId>,
    /// The first layer of each name.
    layers: HashMap<String, LayerId>,
}

impl Builder {
    /// A function whose inputs are the elements of `inputs`.
    pub fn new(name: impl Into<String>, inputs: Vec<Port>) -> Self {
        let mut builder = Builder {
            graph: Graph {
                name: name.into(),
                ..Graph::default()
            },
            ranges: Ranges::default(),
            known: HashMap::new(),
            layers: HashMap::new(),
        };
        let layer = builder.layer("inputs");
        for element in inputs.iter().flat_map(|port| &port.elements) {
            let index = builder.graph.nodes.len() as u32;
            let node = Node {
                op: Op::Input { index },
                ty: element.ty,
                layer,
            };
            builder.ranges.push(Found::input(element.ty));
            builder.graph.nodes.push(node);
        }
        builder.graph.inputs = inputs;
        builder
    }

    /// An empty graph with the name, ports, layers and schedule facts of another.
    pub fn like(graph: &Graph) -> Self {
        let mut builder = Builder::new(graph.name.clone(), graph.inputs.clone());
        for (index, node) in graph.nodes.iter().take(graph.input_count()).enumerate() {
            builder.graph.nodes[index].layer = node.layer;
        }
        builder.graph.layers = graph.layers.clone();
        builder.layers.clear();
        for (at, name) in graph.layers.iter().enumerate() {
            let layer = LayerId(at as u32);
            builder.layers.entry(name.clone()).or_insert(layer);
        }
        builder.graph.source = graph.source.clone();
        builder.graph.outputs = graph.outputs.clone();
        builder.graph.latency = graph.latency;
        builder.graph.clock_ps = graph.clock_ps;
        builder
    }

    /// The layer of that name, added when it is new.
    pub fn layer(&mut self, name: &str) -> LayerId {
        if let Some(layer) = self.layers.get(name) {
            return *layer;
        }
        let layer = LayerId(self.graph.layers.len() as u32);
        self.graph.layers.push(name.to_string());
        self.layers.insert(name.to_string(), layer);
        layer
    }

    pub fn set_source(&mut self, source: Option<String>) {
        self.graph.source = source;
    }

    pub fn input(&self, index: usize) -> ValueId {
        debug_assert!(index < self.graph.input_count());
        ValueId(index as u32)
    }

    pub fn range(&self, value: ValueId) -> Range {
        self.ranges.of(value)
    }

    /// The nodes so far.
    pub fn nodes(&self) -> &[Node] {
        &self.graph.nodes
    }

    pub fn node(&self, value: ValueId) -> &Node {
        self.graph.node(value)
    }

    /// The value of a constant node.
    pub fn constant_value(&self, value: ValueId) -> Option<i128> {
        match self.node(value).op {
            Op::Constant { value } => Some(value),
            _ => None,
        }
    }

    /// Adds an op whose type is the smallest that its range needs.
    ///
    /// Errors: a range beyond 126 bits, a table without an entry for some input.
    pub fn push(&mut self, op: Op, layer: LayerId) -> Result<ValueId> {
        // The type of a wrap is its meaning; `wrap` takes it.
        debug_assert!(!matches!(op, Op::Wrap { .. } | Op::Input { .. }));
        let found = self.range_of(&op, IntType::signed(super::MAX_WIDTH), layer)?;
        let range = found.range;
        let ty = range.int_type().ok_or_else(|| {
            Diagnostic::new(format!(
                "fx.{} needs more than {} bits for values in {range}",
                op.name(),
                super::MAX_WIDTH
            ))
            .in_layer(self.graph.layer_name(layer))
        })?;
        Ok(self.insert(op, ty, found, layer))
    }

    /// Adds a wrap to a type.
    pub fn wrap(&mut self, input: ValueId, ty: IntType, layer: LayerId) -> Result<ValueId> {
        self.push_typed(Op::Wrap { input }, ty, layer)
    }

    /// Adds an op with a type of the caller's choice.
    ///
    /// Errors: a type that cannot hold the values.
    pub fn push_typed(&mut self, op: Op, ty: IntType, layer: LayerId) -> Result<ValueId> {
        let found = self.range_of(&op, ty, layer)?;
        let range = found.range;
        if !ty.contains(range) {
            return Err(Diagnostic::new(format!(
                "fx.{} is given type {ty}, its values can be in {range}",
                op.name()
            ))
            .in_layer(self.graph.layer_name(layer)));
        }
        Ok(self.insert(op, ty, found, layer))
    }

    /// Adds a node again from another graph, on operands of this one, with the smallest
    /// type; wraps keep theirs. A table whose operand has a wider range here, for the same
    /// values, is filled up with its nearest entries.
    pub fn copy(&mut self, node: &Node, map: impl FnMut(ValueId) -> ValueId) -> Result<ValueId> {
        match node.op {
            Op::Input { index } => Ok(self.input(index as usize)),
            Op::Wrap { .. } => {
                let op = node.op.clone().map_operands(map);
                self.push_typed(op, node.ty, node.layer)
            }
            _ => {
                let mut op = node.op.clone().map_operands(map);
                if let Op::Lookup { input, table } = &mut op
                    && let range = self.range(*input)
                    && !table.domain().contains(range)
                    && let Some(covering) = table.covering(range)
                {
                    *table = covering.into();
                }
                self.push(op, node.layer)
            }
        }
    }

    /// Adds a node again whose operands may show less of their ranges than they did: the
    /// result is wrapped to the node's type where it would leave it.
    ///
    /// The caller answers for the values, which must be those of the node.
    pub fn copy_as(&mut self, node: &Node, map: impl FnMut(ValueId) -> ValueId) -> Result<ValueId> {
        let value = self.copy(node, map)?;
        match node.ty.contains(self.range(value)) {
            true => Ok(value),
            false => self.wrap(value, node.ty, node.layer),
        }
    }

    fn range_of(&self, op: &Op, ty: IntType, layer: LayerId) -> Result<Found> {
        let node = Node {
            op: op.clone(),
            ty,
            layer,
        };
        self.ranges.of_node(&self.graph, &node)
    }

    fn insert(&mut self, op: Op, ty: IntType, found: Found, layer: LayerId) -> ValueId {
        let next = ValueId(self.graph.nodes.len() as u32);
        let value = *self.known.entry((op.clone(), ty)).or_insert(next);
        if value == next {
            self.graph.nodes.push(Node { op, ty, layer });
            self.ranges.push(found);
        }
        value
    }

    /// Ends the function with new output ports; element types become those of the results.
    pub fn finish(mut self, results: Vec<ValueId>, mut outputs: Vec<Port>) -> Graph {
        let elements = outputs.iter_mut().flat_map(|port| &mut port.elements);
        for (element, value) in elements.zip(&results) {
            element.ty = self.graph.node(*value).ty;
        }
        self.graph.outputs = outputs;
        self.graph.results = results;
        self.graph
    }

    /// Ends the function with the output ports of the graph given to `like`, types
    /// included: a result of another type is given the port's type, or wrapped to it.
    ///
    /// The caller answers for results whose values all lie in the port's type.
    pub fn finish_like(mut self, mut results: Vec<ValueId>) -> Graph {
        let outputs = std::mem::take(&mut self.graph.outputs);
        self.graph.results.clone_from(&results);
        let uses = self.graph.use_counts();
        let elements = outputs.iter().flat_map(|port| &port.elements);
        for (element, result) in elements.zip(&mut results) {
            let node = &mut self.graph.nodes[result.index()];
            let own = uses[result.index()] == 1
                && node.ty != IntType::BIT
                && !matches!(node.op, Op::Input { .. } | Op::Wrap { .. });
            if node.ty == element.ty {
                continue;
            }
            if own && element.ty.contains(self.ranges.of(*result)) {
                node.ty = element.ty;
                continue;
            }
            let (input, layer) = (*result, node.layer);
            let wrap = Op::Wrap { input };
            *result = self
                .push_typed(wrap, element.ty, layer)
                .expect("a wrap holds every value");
        }
        self.finish(results, outputs)
    }

    pub fn constant(&mut self, value: i128, layer: LayerId) -> Result<ValueId> {
        self.push(Op::Constant { value }, layer)
    }

    pub fn add(&mut self, lhs: ValueId, rhs: ValueId, layer: LayerId) -> Result<ValueId> {
        self.push(Op::Add { lhs, rhs }, layer)
    }

    pub fn sub(&mut self, lhs: ValueId, rhs: ValueId, layer: LayerId) -> Result<ValueId> {
        self.push(Op::Sub { lhs, rhs }, layer)
    }

    /// `constant` and one to three terms.
    pub fn sum(
        &mut self,
        terms: impl IntoIterator<Item = Term>,
        constant: i128,
        layer: LayerId,
    ) -> Result<ValueId> {
        let terms = terms.into_iter().collect();
        self.push(Op::Sum { terms, constant }, layer)
    }

    pub fn neg(&mut self, input: ValueId, layer: LayerId) -> Result<ValueId> {
        self.push(Op::Neg { input }, layer)
    }

    pub fn mul(&mut self, lhs: ValueId, rhs: ValueId, layer: LayerId) -> Result<ValueId> {
        self.push(Op::Mul { lhs, rhs }, layer)
    }

    pub fn shl(&mut self, input: ValueId, amount: u32, layer: LayerId) -> Result<ValueId> {
        match amount {
            0 => Ok(input),
            _ => self.push(Op::Shl { input, amount }, layer),
        }
    }

    pub fn shr(&mut self, input: ValueId, amount: u32, layer: LayerId) -> Result<ValueId> {
        match amount {
            0 => Ok(input),
            _ => self.push(Op::Shr { input, amount }, layer),
        }
    }

    pub fn clamp(
        &mut self,
        input: ValueId,
        min: i128,
        max: i128,
        layer: LayerId,
    ) -> Result<ValueId> {
        self.push(Op::Clamp { input, min, max }, layer)
    }
}
