//! The function of one token: layers cut down to its elements.

use std::collections::HashMap;
use std::sync::Arc;

use dialects::nn::{self, FloatTensor, Graph, Op, Quantizer, ValueId};
use dialects::{Diagnostic, Result};

use super::Lowering;
use super::kernel::is_elementwise;
use super::tokens::Tokens;

/// A value that a kernel is given: which of its tokens.
pub struct Source<'a> {
    pub value: ValueId,
    pub tokens: &'a Tokens,
    pub token: usize,
}

/// One token's function under construction. Every value in it is a flat list of lanes.
pub struct Slice<'a> {
    lowering: &'a Lowering<'a>,
    token: usize,
    sources: Vec<Source<'a>>,
    kernel: Graph,
    known: HashMap<ValueId, ValueId>,
    constants: HashMap<ValueId, ValueId>,
}

impl<'a> Slice<'a> {
    pub fn new(lowering: &'a Lowering<'a>, sources: Vec<Source<'a>>, token: usize) -> Self {
        let ports = sources.iter().enumerate().map(|(at, source)| nn::Port {
            name: format!("x{at}"),
            shape: vec![source.tokens.members[source.token].len()],
        });
        let kernel = Graph::new("kernel", ports.collect());
        let known = sources.iter().zip(0..);
        Slice {
            lowering,
            token,
            kernel,
            known: known
                .map(|(source, at)| (source.value, ValueId(at)))
                .collect(),
            sources,
            constants: HashMap::new(),
        }
    }

    /// The function whose one result is these values, one after the other.
    pub fn function(mut self, results: &[ValueId]) -> Result<Graph> {
        let inputs = results.iter().map(|of| self.value(*of));
        let inputs = inputs.collect::<Result<Vec<_>>>()?;
        let result = match inputs[..] {
            [only] => only,
            _ => self.kernel.push(Op::Concat { inputs, axis: 0 }, "")?,
        };
        let mut kernel = self.kernel;
        kernel.outputs.push(nn::Port {
            name: "y".to_string(),
            shape: kernel.shape(result).to_vec(),
        });
        kernel.results.push(result);
        Ok(kernel)
    }

    fn graph(&self) -> &Graph {
        self.lowering.graph
    }

    fn lanes(&self, value: ValueId) -> Result<&[u32]> {
        let (tokens, token) = self.tokens(value)?;
        Ok(&tokens.members[token])
    }

    /// The tokens of a value as this kernel sees them, and the one that it sees.
    fn tokens(&self, value: ValueId) -> Result<(&Tokens, usize)> {
        match self.sources.iter().find(|source| source.value == value) {
            Some(source) => Ok((source.tokens, source.token)),
            None => Ok((self.lowering.of(value)?, self.token)),
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
        let varies = self.lowering.dynamic[of.index()] || self.known.contains_key(&of);
        let (input, indices) = match varies {
            false => {
                let whole = self.constant(of)?;
                (self.flat(whole, layer)?, indices.to_vec())
            }
            true => {
                let input = self.value(of)?;
                let (tokens, own) = self.tokens(of)?;
                let mut lanes = Vec::with_capacity(indices.len());
                for &element in indices {
                    let (token, lane) = tokens.place(element);
                    if token != own {
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
            Op::State {
                input,
                quantizer: Some(q),
                ..
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
