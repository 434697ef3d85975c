//! lower-nn-to-fx: tensors of exact numbers become integers.
//!
//! Every scalar becomes an [`Element`]: an integer of `fx` with the exact scale and offset
//! that make it the real number of the `nn` value. Constants of the model stay in scales and
//! offsets as long as they can; integers are only rounded by quantisers.

mod argmax;
mod dense;
mod element;
mod elementwise;
mod float_key;
mod function;
mod input;
mod joint;
mod output;
mod reduce;
mod requantize;
mod staircase;
mod step;
mod tree_ensemble;

use dialects::fx::{self, Builder};
use dialects::nn::{self, Op, ValueId};
use dialects::{Diagnostic, Number, Result};

pub use element::integer_ratio;
use element::{Element, Site};

/// What the ops of one lowering share.
struct Lowering<'a> {
    graph: &'a nn::Graph,
    builder: Builder,
    /// The elements of every value lowered so far.
    values: Vec<Vec<Element>>,
    requantize: requantize::Memory,
    function: function::Memory,
}

/// Lowers a function whose inputs are quantised and whose functions have types.
///
/// Errors: an op without a lowering, an input read as a real number, a table or a value too
/// large; each names its layer.
pub fn lower(graph: &nn::Graph) -> Result<fx::Graph> {
    lower_named(graph).map_err(|finding| match &graph.source {
        Some(source) => finding.in_file(source.clone()),
        None => finding,
    })
}

/// The ports of a function, as the quantisers that first read them say.
///
/// Errors: an input that is read as a real number, or by two different quantisers.
pub fn input_ports(graph: &nn::Graph) -> Result<Vec<fx::Port>> {
    Ok(input::trace(graph)?.ports)
}

/// Lowers a function whose ports are given.
///
/// Errors: as for [`lower`].
pub fn lower_kernel(graph: &nn::Graph, ports: Vec<fx::Port>) -> Result<fx::Graph> {
    lower_with(graph, input::Inputs { ports })
}

fn lower_named(graph: &nn::Graph) -> Result<fx::Graph> {
    lower_with(graph, input::trace(graph)?)
}

fn lower_with(graph: &nn::Graph, input: input::Inputs) -> Result<fx::Graph> {
    let mut builder = Builder::new(graph.name.clone(), input.ports.clone());
    builder.set_source(graph.source.clone());
    let mut lowering = Lowering {
        graph,
        builder,
        values: Vec::with_capacity(graph.nodes.len()),
        requantize: requantize::Memory::default(),
        function: function::Memory::default(),
    };
    let live = graph.live();
    for (index, node) in graph.nodes.iter().enumerate() {
        let elements = match &node.op {
            _ if !live[index] => vec![],
            Op::Input { index } => input.elements(*index as usize),
            op => lowering
                .lower_op(ValueId(index as u32), op, &node.layer)
                .map_err(|finding| finding.in_layer(node.layer.clone()))?,
        };
        lowering.values.push(elements);
    }
    output::finish(lowering)
}

impl Lowering<'_> {
    fn of(&self, value: ValueId) -> &[Element] {
        &self.values[value.index()]
    }

    fn shape(&self, value: ValueId) -> &[usize] {
        self.graph.shape(value)
    }

    fn site(&mut self, layer: &str) -> Site<'_> {
        let layer = self.builder.layer(layer);
        Site {
            builder: &mut self.builder,
            layer,
        }
    }

    fn lower_op(&mut self, at: ValueId, op: &Op, layer: &str) -> Result<Vec<Element>> {
        match op {
            Op::Input { .. } => unreachable!("inputs are lowered before their users"),
            Op::Constant { value } => {
                let numbers = value.tensor()?.values;
                Ok(numbers.into_iter().map(Element::constant).collect())
            }
            Op::Quantize { input, quantizer } => {
                let quantizers = quantizer.elements(self.shape(*input))?;
                self.quantize(*input, &quantizers, layer)
            }
            Op::State {
                input, quantizer, ..
            } => match quantizer {
                Some(quantizer) => {
                    let quantizers = quantizer.elements(self.shape(*input))?;
                    self.quantize(*input, &quantizers, layer)
                }
                None => Ok(self.of(*input).to_vec()),
            },
            Op::Bipolar { input, scale } => self.bipolar(*input, scale, layer),
            Op::Threshold {
                input,
                thresholds,
                scale,
                bias,
            } => self.threshold(*input, thresholds, *scale, *bias, layer),
            Op::Sign { input } => self.sign(*input, layer),
            Op::Dense {
                input,
                weight,
                product,
            } => self.dense(*input, *weight, product.as_deref(), layer),
            Op::Add { lhs, rhs } => self.add(at, *lhs, *rhs, false, layer),
            Op::Sub { lhs, rhs } => self.add(at, *lhs, *rhs, true, layer),
            Op::Mul { lhs, rhs } => self.mul(at, *lhs, *rhs, layer),
            Op::Div { lhs, rhs } => self.div(at, *lhs, *rhs),
            Op::Max { lhs, rhs } => self.extreme(at, *lhs, *rhs, true, layer),
            Op::Min { lhs, rhs } => self.extreme(at, *lhs, *rhs, false, layer),
            Op::Abs { input } => self.abs(*input, layer),
            Op::Relu { input } => self.relu(*input),
            Op::Prelu { input, slope } => self.prelu(at, *input, *slope, layer),
            Op::Function {
                input,
                curve,
                output,
            } => self.function(*input, curve, output.as_deref(), layer),
            Op::Argmax {
                input,
                axis,
                select_last,
            } => self.argmax(*input, *axis, *select_last, layer),
            Op::Reduce { input, kind, axes } => self.reduce(*input, *kind, axes, layer),
            Op::Reshape { .. }
            | Op::Transpose { .. }
            | Op::Concat { .. }
            | Op::Slice { .. }
            | Op::Gather { .. }
            | Op::Window { .. } => {
                let sources = nn::sources(self.graph, op).expect("these ops only move");
                let pick = |source: Option<(ValueId, usize)>| match source {
                    Some((value, index)) => self.of(value)[index].clone(),
                    None => Element::constant(Number::zero()),
                };
                Ok(sources.into_iter().map(pick).collect())
            }
            Op::FloatKey { input } => self.float_key(*input, layer),
            Op::TreeEnsemble { input, ensemble } => self.tree_ensemble(*input, ensemble, layer),
            Op::BatchNorm { .. } => Err(Diagnostic::new("nn.batch_norm has no hardware lowering")
                .help("run nn-fold-batchnorm first: it becomes a multiplication and an addition")),
            Op::Softmax { .. } => Err(Diagnostic::new("nn.softmax has no hardware lowering").help(
                "run nn-expand-softmax first, or compare the scores directly with --scores logits",
            )),
        }
    }
}
