//! The layers from the borders to a value, for one token.

use std::collections::HashMap;

use dialects::flow;
use dialects::fx;
use dialects::nn::{self, FloatTensor, Graph, Op, Quantizer, ValueId};
use dialects::{Diagnostic, Result};
use std::sync::Arc;

use super::Lowering;
use super::tokens::Tokens;

/// A kernel and what it reads.
pub struct Cut {
    pub kernel: Graph,
    pub ports: Vec<fx::Port>,
    pub input: flow::ValueId,
}

impl Lowering<'_> {
    /// The kernel that makes a value, the same for all its tokens.
    ///
    /// Errors: one that differs from token to token.
    pub fn cut(&mut self, value: ValueId) -> Result<Cut> {
        let tokens = self.of(value)?.count();
        let mut borders = vec![];
        self.borders(value, tokens, &mut borders)?;
        borders.sort_unstable();
        let layer = self.layer(value).to_string();
        let (mut ports, mut seen) = (vec![], vec![]);
        let mut input: Option<flow::ValueId> = None;
        for border in borders {
            let (placed, tokens) = self.place_border(border, tokens)?;
            ports.push(fx::Port {
                name: format!("x{}", ports.len()),
                shape: vec![placed.lanes.len()],
                elements: placed.lanes,
                conversion: fx::Conversion::default(),
            });
            seen.push((border, tokens));
            input = Some(match input {
                None => placed.stream,
                Some(lhs) => {
                    let rhs = placed.stream;
                    self.flow.push(flow::Op::Join { lhs, rhs }, &layer)?
                }
            });
        }
        let input = input.ok_or_else(|| Diagnostic::new("an output depends on no input"))?;
        let kernel = self.sliced(value, &seen, 0)?;
        for token in 1..tokens {
            if self.sliced(value, &seen, token)? != kernel {
                return Err(Diagnostic::new(format!(
                    "the layer does other things with token {token} than with token 0"
                ))
                .help("compile without --stream"));
            }
        }
        Ok(Cut {
            kernel,
            ports,
            input,
        })
    }

    /// The values at which the layers in front of a value see other tokens, or are streams.
    fn borders(&self, value: ValueId, tokens: usize, found: &mut Vec<ValueId>) -> Result<()> {
        let at = value.index();
        if !self.dynamic[at] || found.contains(&value) {
            return Ok(());
        }
        if self.is_border(value, tokens)? {
            found.push(value);
            return Ok(());
        }
        for operand in self.graph.node(value).op.operands() {
            if self.dynamic[operand.index()] {
                self.borders(operand, tokens, found)?;
            }
        }
        Ok(())
    }

    /// The function of one token, from some borders and the tokens that they have.
    fn sliced(&self, value: ValueId, borders: &[(ValueId, Tokens)], token: usize) -> Result<Graph> {
        let ports = borders
            .iter()
            .enumerate()
            .map(|(at, (_, tokens))| nn::Port {
                name: format!("x{at}"),
                shape: vec![tokens.members[token].len()],
            });
        let known = borders.iter().zip(0..);
        let mut slice = Slice {
            lowering: self,
            token,
            borders,
            kernel: Graph::new("kernel", ports.collect()),
            known: known.map(|((of, _), at)| (*of, ValueId(at))).collect(),
            constants: HashMap::new(),
        };
        let result = slice.value(value)?;
        let mut kernel = slice.kernel;
        kernel.outputs.push(nn::Port {
            name: "y".to_string(),
            shape: kernel.shape(result).to_vec(),
        });
        kernel.results.push(result);
        Ok(kernel)
    }
}

/// One token's function under construction. Every value in it is a flat list of lanes.
struct Slice<'a> {
    lowering: &'a Lowering<'a>,
    token: usize,
    borders: &'a [(ValueId, Tokens)],
    kernel: Graph,
    known: HashMap<ValueId, ValueId>,
    constants: HashMap<ValueId, ValueId>,
}

impl Slice<'_> {
    fn graph(&self) -> &Graph {
        self.lowering.graph
    }

    fn lanes(&self, value: ValueId) -> Result<&[u32]> {
        Ok(&self.tokens(value)?.members[self.token])
    }

    /// The tokens of a value as this kernel sees them.
    fn tokens(&self, value: ValueId) -> Result<&Tokens> {
        match self.borders.iter().find(|(of, _)| *of == value) {
            Some((_, tokens)) => Ok(tokens),
            None => self.lowering.of(value),
        }
    }

    fn value(&mut self, value: ValueId) -> Result<ValueId> {
        if let Some(known) = self.known.get(&value) {
            return Ok(*known);
        }
        let layer = self.graph().node(value).layer.clone();
        let made = self
            .op(value, &layer)
            .map_err(|finding| finding.in_layer(layer))?;
        self.known.insert(value, made);
        Ok(made)
    }

    /// A constant as the model has it, with all that leads to it.
    fn constant(&mut self, value: ValueId) -> Result<ValueId> {
        if let Some(known) = self.constants.get(&value) {
            return Ok(*known);
        }
        let node = self.graph().node(value).clone();
        let mut made = HashMap::new();
        for operand in node.op.operands() {
            made.insert(operand, self.constant(operand)?);
        }
        let op = node.op.map_operands(|operand| made[&operand]);
        let made = self.kernel.push(op, &node.layer)?;
        self.constants.insert(value, made);
        Ok(made)
    }

    fn flat(&mut self, value: ValueId, layer: &str) -> Result<ValueId> {
        let size: usize = self.kernel.shape(value).iter().product();
        self.shaped(value, vec![size], layer)
    }

    fn shaped(&mut self, input: ValueId, shape: Vec<usize>, layer: &str) -> Result<ValueId> {
        match self.kernel.shape(input) == shape {
            true => Ok(input),
            false => self.kernel.push(Op::Reshape { input, shape }, layer),
        }
    }

    /// Some elements of a value of the model, which are this token's or constants.
    fn elements(&mut self, of: ValueId, indices: &[usize], layer: &str) -> Result<ValueId> {
        let (input, indices) = match self.lowering.dynamic[of.index()] {
            false => {
                let whole = self.constant(of)?;
                (self.flat(whole, layer)?, indices.to_vec())
            }
            true => {
                let input = self.value(of)?;
                let tokens = self.tokens(of)?;
                let mut lanes = Vec::with_capacity(indices.len());
                for &element in indices {
                    let (token, lane) = tokens.place(element);
                    if token != self.token {
                        return Err(Diagnostic::new("a layer reads another token than its own"));
                    }
                    lanes.push(lane);
                }
                (input, lanes)
            }
        };
        let size = self.kernel.shape(input)[0];
        if indices.iter().copied().eq(0..size) {
            return Ok(input);
        }
        let axis = 0;
        let op = Op::Gather {
            input,
            indices,
            axis,
        };
        self.kernel.push(op, layer)
    }

    fn op(&mut self, value: ValueId, layer: &str) -> Result<ValueId> {
        let node = self.graph().node(value).clone();
        let lanes: Vec<usize> = self.lanes(value)?.iter().map(|&at| at as usize).collect();
        let shape = node.shape.clone();
        let pick = |parameter: &FloatTensor| -> Result<FloatTensor> {
            match parameter.uniform() {
                Some(value) => Ok(FloatTensor::scalar(value)),
                None => {
                    let all = self.lowering.memory.broadcast(&parameter.shape, &shape)?;
                    let values = lanes.iter().map(|&at| parameter.values[all[at]]);
                    Ok(FloatTensor {
                        shape: vec![lanes.len()],
                        values: values.collect(),
                    })
                }
            }
        };
        let quantizer = |of: &Quantizer| -> Result<Arc<Quantizer>> {
            Ok(Arc::new(Quantizer {
                scale: pick(&of.scale)?,
                zero_point: pick(&of.zero_point)?,
                bits: pick(&of.bits)?,
                ..of.clone()
            }))
        };
        let op = match node.op {
            Op::Quantize {
                input,
                quantizer: q,
            } => Op::Quantize {
                input: self.elements(input, &lanes, layer)?,
                quantizer: quantizer(&q)?,
            },
            Op::Bipolar { input, scale } => Op::Bipolar {
                input: self.elements(input, &lanes, layer)?,
                scale: Arc::new(pick(&scale)?),
            },
            Op::Threshold {
                input,
                thresholds,
                scale,
                bias,
            } => {
                let [channels, steps] = thresholds.shape[..] else {
                    return Err(Diagnostic::new(
                        "thresholds need the shape [channels, steps]",
                    ));
                };
                let rows = lanes.iter().map(|at| at % channels);
                let rows = rows.flat_map(|row| &thresholds.values[row * steps..][..steps]);
                Op::Threshold {
                    thresholds: Arc::new(FloatTensor {
                        values: rows.copied().collect(),
                        shape: vec![lanes.len(), steps],
                    }),
                    input: self.elements(input, &lanes, layer)?,
                    scale,
                    bias,
                }
            }
            Op::Function {
                input,
                curve,
                output,
            } => Op::Function {
                input: self.elements(input, &lanes, layer)?,
                curve,
                output: output.as_deref().map(quantizer).transpose()?,
            },
            Op::Dense {
                input,
                weight,
                product,
            } => return self.dense(&lanes, input, weight, product, layer),
            Op::Reduce { input, kind, axes } => {
                let groups = self.lowering.memory.groups(self.graph(), input, &axes);
                let input = self.groups(input, &groups, &lanes, layer)?;
                let axes = vec![1];
                Op::Reduce { input, kind, axes }
            }
            Op::Argmax {
                input,
                axis,
                select_last,
            } => {
                let groups = self.lowering.memory.groups(self.graph(), input, &[axis]);
                let input = self.groups(input, &groups, &lanes, layer)?;
                Op::Argmax {
                    input,
                    axis: 1,
                    select_last,
                }
            }
            op if op.operands().len() <= 2 && is_elementwise(&op) => {
                let mut made = HashMap::new();
                for operand in op.operands() {
                    let of = self.graph().shape(operand);
                    let from = self.lowering.memory.broadcast(of, &shape)?;
                    let own: Vec<usize> = lanes.iter().map(|&at| from[at]).collect();
                    made.insert(operand, self.elements(operand, &own, layer)?);
                }
                op.map_operands(|operand| made[&operand])
            }
            op => return self.moves(value, &op, &lanes, layer),
        };
        self.kernel.push(op, layer)
    }

    /// The groups of elements that some results reduce, a row each.
    fn groups(
        &mut self,
        input: ValueId,
        groups: &[Vec<usize>],
        lanes: &[usize],
        layer: &str,
    ) -> Result<ValueId> {
        let own: Vec<usize> = lanes.iter().flat_map(|&at| groups[at].clone()).collect();
        let width = own.len() / lanes.len().max(1);
        let flat = self.elements(input, &own, layer)?;
        self.shaped(flat, vec![lanes.len(), width], layer)
    }

    fn dense(
        &mut self,
        lanes: &[usize],
        input: ValueId,
        weight: ValueId,
        product: Option<Arc<Quantizer>>,
        layer: &str,
    ) -> Result<ValueId> {
        let of_weight = self.graph().shape(weight).to_vec();
        let (outputs, columns) = nn::rows_and_columns(&of_weight)?;
        let mut rows: Vec<usize> = lanes.iter().map(|at| at / outputs).collect();
        rows.dedup();
        let elements = rows
            .iter()
            .flat_map(|row| row * columns..(row + 1) * columns);
        let elements: Vec<usize> = elements.collect();
        let x = self.elements(input, &elements, layer)?;
        let input = self.shaped(x, vec![rows.len(), columns], layer)?;
        let mut matrix = self.constant(weight)?;
        if let [stack, ..] = of_weight[..]
            && of_weight.len() == 3
        {
            let indices: Vec<usize> = rows.iter().map(|row| row % stack).collect();
            let axis = 0;
            let op = Op::Gather {
                input: matrix,
                indices,
                axis,
            };
            matrix = self.kernel.push(op, layer)?;
        }
        let op = Op::Dense {
            input,
            weight: matrix,
            product,
        };
        let made = self.kernel.push(op, layer)?;
        let flat = self.flat(made, layer)?;
        // Rows are whole: a token has all results of each of its rows.
        match self.kernel.shape(flat)[0] == lanes.len() {
            true => Ok(flat),
            false => Err(Diagnostic::new(
                "a token holds a part of a dense layer's row",
            )),
        }
    }

    fn moves(&mut self, value: ValueId, op: &Op, lanes: &[usize], layer: &str) -> Result<ValueId> {
        let Some(sources) = self.lowering.memory.sources(self.graph(), value) else {
            return Err(Diagnostic::new(format!(
                "nn.{} cannot be done one token at a time",
                op.name()
            ))
            .help("compile without --stream and --reuse"));
        };
        // One part for each value that is read, and one for zeros, side by side.
        let mut parts: Vec<(Option<ValueId>, Vec<usize>)> = vec![];
        let mut places = Vec::with_capacity(lanes.len());
        for &lane in lanes {
            let (value, element) = sources[lane].map_or((None, 0), |(v, at)| (Some(v), at));
            let at = parts.iter().position(|(of, _)| *of == value);
            let at = at.unwrap_or_else(|| {
                parts.push((value, vec![]));
                parts.len() - 1
            });
            places.push((at, parts[at].1.len()));
            parts[at].1.push(element);
        }
        let mut joined: Option<ValueId> = None;
        let mut starts = vec![];
        let mut before = 0;
        for (value, elements) in &parts {
            starts.push(before);
            before += elements.len();
            let part = match value {
                Some(value) => self.elements(*value, elements, layer)?,
                None => {
                    let zeros =
                        nn::Constant::float(vec![elements.len()], vec![0.0; elements.len()]);
                    let value = Arc::new(zeros);
                    self.kernel.push(Op::Constant { value }, layer)?
                }
            };
            joined = Some(match joined {
                None => part,
                Some(front) => {
                    let inputs = vec![front, part];
                    self.kernel.push(Op::Concat { inputs, axis: 0 }, layer)?
                }
            });
        }
        let input = joined.ok_or_else(|| Diagnostic::new("a token holds nothing"))?;
        let indices = places.into_iter().map(|(part, at)| starts[part] + at);
        let indices: Vec<usize> = indices.collect();
        if indices.iter().copied().eq(0..before) {
            return Ok(input);
        }
        let axis = 0;
        self.kernel.push(
            Op::Gather {
                input,
                indices,
                axis,
            },
            layer,
        )
    }
}

/// Ops that see each element of their operands alone, operands broadcast.
pub fn is_elementwise(op: &Op) -> bool {
    matches!(
        op,
        Op::Add { .. }
            | Op::Sub { .. }
            | Op::Mul { .. }
            | Op::Div { .. }
            | Op::Max { .. }
            | Op::Min { .. }
            | Op::Abs { .. }
            | Op::Sign { .. }
            | Op::Relu { .. }
            | Op::Prelu { .. }
            | Op::FloatKey { .. }
    )
}
