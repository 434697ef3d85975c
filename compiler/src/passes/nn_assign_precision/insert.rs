//! Walks the layers in order and puts quantisers where a type is missing.

use std::collections::HashMap;
use std::sync::Arc;

use dialects::nn::{Graph, Node, Op, Quantizer, State, ValueId};
use dialects::{Number, Result};

use super::choose::{for_argument, for_ranges, has_type};
use crate::analysis::nn_ranges::{Interval, range_of};
use crate::context::PassContext;
use crate::options::LayerPrecision;
use crate::passes::nn_fold_constants::quantized;
use crate::precision::Precision;

/// The typed graph under construction.
pub(super) struct Typing<'a> {
    pub(super) graph: Graph,
    /// Per value of `graph`: whether it has a type.
    pub(super) typed: Vec<bool>,
    /// Per value of `graph`: its type once something asked for one.
    quantised: Vec<Option<ValueId>>,
    /// The ranges of the first values of `graph`, as far as someone asked.
    ranges: Vec<Option<Vec<Interval>>>,
    /// Per value of `graph`: whether it is sums of leaves, shifted and scaled by constants.
    leaf_sums: Vec<bool>,
    /// Per value of `graph`: whether it is keys that this run made of float32, possibly moved.
    pub(super) keys: Vec<bool>,
    /// Values behind quantisers.
    behind: HashMap<ValueId, Vec<(Quantizer, ValueId)>>,
    /// What states reach, where that is known.
    states: Option<&'a Reached>,
    /// What states reached so far.
    reached: Reached,
    spills: Vec<Spills>,
    pub(super) cx: &'a PassContext<'a>,
}

/// How many values of a layer leave the type that a user chose, of how many.
struct Spills {
    layer: String,
    precision: String,
    spilling: usize,
    all: usize,
}

/// The ranges of the states of each part of each recurrence, over all steps.
type Reached = HashMap<(String, usize), Vec<Interval>>;

pub fn insert(old: &Graph, cx: &PassContext) -> Result<Graph> {
    let open = |node: &Node| {
        matches!(
            node.op,
            Op::State {
                quantizer: None,
                ..
            }
        )
    };
    if !old.nodes.iter().any(open) {
        return typed(old, cx, None).map(|(graph, _)| graph);
    }
    // Once with a type for each step, to see how far the states get; then with one for all.
    let silent = PassContext::new(cx.options, cx.target);
    let (_, reached) = typed(old, &silent, None)?;
    typed(old, cx, Some(&reached)).map(|(graph, _)| graph)
}

fn typed(old: &Graph, cx: &PassContext, states: Option<&Reached>) -> Result<(Graph, Reached)> {
    let mut graph = Graph::new(old.name.clone(), old.inputs.clone());
    graph.source = old.source.clone();
    graph.outputs = old.outputs.clone();
    let mut typing = Typing {
        graph,
        typed: vec![false; old.inputs.len()],
        quantised: vec![None; old.inputs.len()],
        ranges: Vec::new(),
        leaf_sums: vec![false; old.inputs.len()],
        keys: vec![false; old.inputs.len()],
        behind: HashMap::new(),
        states,
        reached: Reached::new(),
        spills: vec![],
        cx,
    };
    let mut map = typing.inputs(old)?;
    let (fused, last) = (fusable(old), last_of_layers(old));
    for (index, node) in old.nodes.iter().enumerate().skip(old.inputs.len()) {
        let at = ValueId(index as u32);
        let settings = cx
            .options
            .layers
            .get(&node.layer)
            .copied()
            .unwrap_or_default();
        let op = node.op.clone().map_operands(|operand| map[operand.index()]);
        let value = match fused[index] {
            // The function in front has taken this quantiser over.
            Fused::Into(function) => map[function.index()],
            Fused::With(ref quantizer) => typing.node(old, node, op, settings, Some(quantizer))?,
            Fused::No => typing.node(old, node, op, settings, None)?,
        };
        let value = match settings.result {
            Some(result) if last[index] => typing.quantize_as_chosen(value, result, &node.layer)?,
            _ => value,
        };
        map.push(value);
        debug_assert_eq!(map.len(), at.index() + 1);
    }
    let mut results = old
        .results
        .iter()
        .map(|v| map[v.index()])
        .collect::<Vec<_>>();
    if let Some(precision) = cx.options.output_precision {
        for value in &mut results {
            let layer = typing.graph.node(*value).layer.clone();
            *value = typing.quantize_as_chosen(*value, precision, &layer)?;
        }
    }
    // A recurrent layer has a value for each step, and one remark.
    for own in typing.spills.iter().filter(|own| own.spilling > 0) {
        let text = format!(
            "{} of {} values can overflow {}",
            own.spilling, own.all, own.precision
        );
        cx.remark(super::PASS.name, Some(&own.layer), text);
    }
    let mut graph = typing.graph;
    graph.results = results;
    Ok((graph, typing.reached))
}

/// A function and the quantiser that alone reads it become one.
enum Fused {
    No,
    With(Arc<Quantizer>),
    Into(ValueId),
}

fn fusable(graph: &Graph) -> Vec<Fused> {
    let users = graph.users();
    let mut found: Vec<Fused> = graph.nodes.iter().map(|_| Fused::No).collect();
    for (index, node) in graph.nodes.iter().enumerate() {
        if !matches!(node.op, Op::Function { output: None, .. }) {
            continue;
        }
        let at = ValueId(index as u32);
        if let [user] = users[index][..]
            && let Op::Quantize { quantizer, .. } = &graph.node(user).op
            && !graph.results.contains(&at)
        {
            found[index] = Fused::With(Arc::clone(quantizer));
            found[user.index()] = Fused::Into(at);
        }
    }
    found
}

/// Whether a node is the last of its layer's name: there a layer's result type acts.
fn last_of_layers(graph: &Graph) -> Vec<bool> {
    let mut seen = std::collections::HashSet::new();
    let mut last = vec![false; graph.nodes.len()];
    for (index, node) in graph.nodes.iter().enumerate().rev() {
        last[index] = seen.insert(node.layer.as_str());
    }
    last
}

impl Typing<'_> {
    pub(super) fn push(&mut self, op: Op, layer: &str) -> Result<ValueId> {
        let value = self.graph.push(op, layer)?;
        self.typed.push(has_type(&self.graph, value, &self.typed));
        self.leaf_sums.push(self.is_leaf_sum(value));
        self.keys.push(self.moves_keys(value));
        self.quantised.push(None);
        Ok(value)
    }

    /// Adds a node of the old graph, its operands typed where it needs that.
    fn node(
        &mut self,
        old: &Graph,
        node: &Node,
        op: Op,
        settings: LayerPrecision,
        fused: Option<&Arc<Quantizer>>,
    ) -> Result<ValueId> {
        let layer = node.layer.as_str();
        let op = match op {
            Op::Dense {
                input,
                weight,
                product,
            } => {
                let input = self.typed_value(input)?;
                let weight = self.typed_constant(weight, settings.weight, layer)?;
                let cast = settings.product.or(settings.accumulator);
                let cast = cast.map(|precision| Arc::new(precision.quantizer()));
                let dense = Op::Dense {
                    input,
                    weight,
                    product: cast.or(product),
                };
                // Products cast to one type, their sum to another.
                match (settings.product, settings.accumulator) {
                    (Some(_), Some(accumulator)) => {
                        let input = self.push(dense, layer)?;
                        let quantizer = Arc::new(accumulator.quantizer());
                        Op::Quantize { input, quantizer }
                    }
                    _ => dense,
                }
            }
            Op::Mul { lhs, rhs }
                if is_dynamic(&self.graph, lhs) && is_dynamic(&self.graph, rhs) =>
            {
                let (lhs, rhs) = (self.typed_value(lhs)?, self.typed_value(rhs)?);
                Op::Mul { lhs, rhs }
            }
            Op::Add { lhs, rhs } => {
                // A constant beside a sum is its bias. A quantised model's float biases are
                // exact unless their layer says otherwise.
                let chosen = settings.bias;
                let has_type = |typing: &Self, sum: ValueId| {
                    chosen.is_some() || (typing.is_float_model(old) && !typing.typed[sum.index()])
                };
                let (left, right) = (is_dynamic(&self.graph, lhs), is_dynamic(&self.graph, rhs));
                match (left, right) {
                    (true, false) if has_type(self, lhs) => {
                        let rhs = self.typed_constant(rhs, chosen, layer)?;
                        Op::Add { lhs, rhs }
                    }
                    (false, true) if has_type(self, rhs) => {
                        let lhs = self.typed_constant(lhs, chosen, layer)?;
                        Op::Add { lhs, rhs }
                    }
                    _ => Op::Add { lhs, rhs },
                }
            }
            Op::Function {
                input,
                curve,
                output: None,
            } => {
                let fraction = self.cx.options.fraction_bits as i32;
                let argument = self.argument(input, curve.function, fraction)?;
                let output = match (fused, settings.result.or(self.cx.options.default_precision)) {
                    (Some(quantizer), _) => Arc::clone(quantizer),
                    (None, Some(precision)) => Arc::new(precision.quantizer()),
                    (None, None) => Arc::new(self.image(argument, &curve, fraction)?),
                };
                Op::Function {
                    input: argument,
                    curve,
                    output: Some(output),
                }
            }
            Op::State {
                input,
                state,
                quantizer: None,
            } => {
                let quantizer = self.state(input, &state, settings)?;
                Op::State {
                    input,
                    state,
                    quantizer: quantizer.map(Arc::new),
                }
            }
            Op::TreeEnsemble { input, ensemble } => {
                let input = self.typed_value(input)?;
                let ensemble = self.typed_trees(input, &ensemble, settings.weight, layer)?;
                Op::TreeEnsemble { input, ensemble }
            }
            Op::Softmax { input, axis } if self.is_float_model(old) => Op::Softmax {
                input: self.typed_value(input)?,
                axis,
            },
            op => op,
        };
        self.check_keys(&op)?;
        self.push(op, layer)
    }

    fn is_leaf_sum(&self, value: ValueId) -> bool {
        let constant = |v: &ValueId| self.graph.constant(*v).is_some();
        let op = &self.graph.node(value).op;
        match op {
            Op::TreeEnsemble { .. } => true,
            Op::Add { .. }
            | Op::Sub { .. }
            | Op::Mul { .. }
            | Op::Div { .. }
            | Op::Concat { .. }
            | Op::Reshape { .. } => {
                let operands = op.operands();
                let of = |v: &ValueId| self.leaf_sums[v.index()];
                operands.iter().any(of) && operands.iter().all(|v| of(v) || constant(v))
            }
            _ => false,
        }
    }

    /// A float model gets types for its biases; a quantised model's float biases are exact.
    fn is_float_model(&self, old: &Graph) -> bool {
        let quantises = |node: &Node| {
            matches!(
                node.op,
                Op::Quantize { .. } | Op::Bipolar { .. } | Op::Threshold { .. }
            )
        };
        !old.nodes.iter().any(quantises)
    }

    pub(super) fn ranges(&mut self, value: ValueId) -> Result<Option<Vec<Interval>>> {
        for index in self.ranges.len()..=value.index() {
            let node = &self.graph.nodes[index];
            self.ranges.push(range_of(&self.graph, node, &self.ranges)?);
        }
        Ok(self.ranges[value.index()].clone())
    }

    /// The value behind a quantiser, unless it stands there already. What only moves comes
    /// after it, so that windows hold, and streams carry, quantised values.
    pub(super) fn quantize(
        &mut self,
        input: ValueId,
        quantizer: Quantizer,
        layer: &str,
    ) -> Result<ValueId> {
        let mut known = self.behind.get(&input).into_iter().flatten();
        if let Some((_, known)) = known.find(|(of, _)| *of == quantizer) {
            return Ok(*known);
        }
        let node = self.graph.node(input);
        let typed = match &node.op {
            Op::Quantize {
                quantizer: same, ..
            } if **same == quantizer => input,
            op if is_moved_behind(op, &quantizer)? => {
                let (op, own) = (op.clone(), node.layer.clone());
                let inner = self.quantize(op.operands()[0], quantizer.clone(), layer)?;
                self.push(op.map_operands(|_| inner), &own)?
            }
            _ => {
                let quantizer = Arc::new(quantizer.clone());
                self.push(Op::Quantize { input, quantizer }, layer)?
            }
        };
        self.behind
            .entry(input)
            .or_default()
            .push((quantizer, typed));
        Ok(typed)
    }

    /// The value behind the quantiser of a type that a user chose; values of its range that
    /// leave the type are counted.
    fn quantize_as_chosen(
        &mut self,
        input: ValueId,
        precision: Precision,
        layer: &str,
    ) -> Result<ValueId> {
        let quantizer = precision.quantizer();
        let typed = self.quantize(input, quantizer.clone(), layer)?;
        if typed != input
            && let Some(ranges) = self.ranges(input)?
        {
            let elements = quantizer.elements(self.graph.shape(input))?;
            let spills = ranges.iter().zip(&elements);
            let spills = spills
                .filter(|(r, e)| e.overflows(&r.lo) || e.overflows(&r.hi))
                .count();
            let precision = precision.to_string();
            let known = self.spills.iter_mut();
            let mut known = known.filter(|own| own.layer == layer && own.precision == precision);
            match known.next() {
                Some(own) => {
                    own.spilling += spills;
                    own.all += elements.len();
                }
                None => self.spills.push(Spills {
                    layer: layer.to_string(),
                    precision,
                    spilling: spills,
                    all: elements.len(),
                }),
            }
        }
        Ok(typed)
    }

    /// The value with a type: itself, or behind a quantiser.
    fn typed_value(&mut self, value: ValueId) -> Result<ValueId> {
        if self.typed[value.index()] {
            return Ok(value);
        }
        if let Some(known) = self.quantised[value.index()] {
            return Ok(known);
        }
        let layer = self.graph.node(value).layer.clone();
        let settings = self.cx.options.layers.get(&layer);
        let chosen = settings
            .and_then(|layer| layer.result)
            .or(self.cx.options.default_precision);
        let typed = match chosen {
            Some(precision) => self.quantize_as_chosen(value, precision, &layer)?,
            None => match self.ranges(value)? {
                Some(ranges) => {
                    let fraction = self.cx.options.fraction_bits as i32;
                    self.quantize(value, for_ranges(&ranges, fraction), &layer)?
                }
                // An input without a type: the lowering refuses it and says what to do.
                None => return Ok(value),
            },
        };
        self.quantised[value.index()] = Some(typed);
        Ok(typed)
    }

    /// The type of a state: the one that a user chose, or one that holds what the states of
    /// its part reach in any step.
    fn state(
        &mut self,
        input: ValueId,
        state: &State,
        settings: LayerPrecision,
    ) -> Result<Option<Quantizer>> {
        if let Some(precision) = settings.result.or(self.cx.options.default_precision) {
            return Ok(Some(precision.quantizer()));
        }
        let Some(ranges) = self.ranges(input)? else {
            return Ok(None);
        };
        let key = (state.recurrence.clone(), state.part);
        let fraction = self.cx.options.fraction_bits as i32;
        let reached = self.reached.entry(key.clone()).or_default();
        reached.extend(ranges);
        let all = self.states.and_then(|states| states.get(&key));
        Ok(Some(for_ranges(all.unwrap_or(reached), fraction)))
    }

    /// A constant on a grid: itself, or quantised.
    fn typed_constant(
        &mut self,
        value: ValueId,
        chosen: Option<Precision>,
        layer: &str,
    ) -> Result<ValueId> {
        let Some(constant) = self.graph.constant(value) else {
            return Ok(value);
        };
        if chosen.is_none() && self.typed[value.index()] {
            return Ok(value);
        }
        let tensor = constant.tensor()?;
        let quantizer = match chosen.or(self.cx.options.default_precision) {
            Some(precision) => precision.quantizer(),
            None => {
                let points = tensor.values.iter().cloned().map(Interval::point);
                let fraction = self.cx.options.fraction_bits as i32;
                for_ranges(&points.collect::<Vec<_>>(), fraction)
            }
        };
        match quantized(&tensor, &quantizer)? {
            Some(same) if same == **constant => Ok(value),
            Some(constant) => {
                let value = Arc::new(constant);
                self.push(Op::Constant { value }, layer)
            }
            None => self.quantize(value, quantizer, layer),
        }
    }

    /// A function's argument, narrow enough for a table.
    fn argument(
        &mut self,
        value: ValueId,
        function: dialects::nn::Function,
        fraction: i32,
    ) -> Result<ValueId> {
        // Sums of leaves have a type, and more bits than a table has.
        if self.typed[value.index()] && !self.leaf_sums[value.index()] {
            return Ok(value);
        }
        let Some(ranges) = self.ranges(value)? else {
            return Ok(value);
        };
        let layer = self.graph.node(value).layer.clone();
        self.quantize(value, for_argument(function, &ranges, fraction), &layer)
    }

    /// The type of a function's values over its argument's range.
    fn image(
        &mut self,
        argument: ValueId,
        curve: &dialects::nn::Curve,
        fraction: i32,
    ) -> Result<Quantizer> {
        let Some(ranges) = self.ranges(argument)? else {
            return Ok(for_ranges(&[], fraction));
        };
        let (alpha, gamma) = (f64::from(curve.alpha), f64::from(curve.gamma));
        let end = |x: &Number| {
            let y = curve.function.approximate(x.to_f64(), alpha, gamma);
            Number::from_f64(y.clamp(-1e30, 1e30)).unwrap_or_else(Number::zero)
        };
        let images = ranges.iter().map(|range| {
            let (a, b) = (end(&range.lo), end(&range.hi));
            Interval {
                lo: a.clone().min(b.clone()),
                hi: a.max(b),
            }
        });
        Ok(for_ranges(&images.collect::<Vec<_>>(), fraction))
    }
}

/// Whether an op moves all elements of its operand, and a quantiser of one type for all of them
/// can stand in front of it: zeros around them stay zeros.
fn is_moved_behind(op: &Op, quantizer: &Quantizer) -> Result<bool> {
    let moves = matches!(
        op,
        Op::Reshape { .. } | Op::Transpose { .. } | Op::Window { .. }
    );
    let parameters = [&quantizer.scale, &quantizer.zero_point, &quantizer.bits];
    let uniform = parameters.iter().all(|of| of.shape.is_empty());
    if !moves || !uniform {
        return Ok(false);
    }
    let element = quantizer.elements(&[])?.remove(0);
    Ok(element.quantize(&Number::zero()).is_zero())
}

fn is_dynamic(graph: &Graph, value: ValueId) -> bool {
    graph.constant(value).is_none()
}
