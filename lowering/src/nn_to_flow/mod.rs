//! lower-nn-to-flow: layers become streams of tokens and the kernels that see one at a time.
//!
//! Every element of a value belongs to a token. What looks at one token at a time is a kernel:
//! the layers from one border to the next, cut down to a token, lowered as `lower-nn-to-fx`
//! does, and found to be the same for all tokens. Borders are what sees several tokens:
//! windows become `flow.window`, sums over tokens `flow.reduce`, recurrences `flow.scan`,
//! anything else has all tokens side by side first. A dense layer with a reuse factor becomes `flow.fold`, a map that has
//! its weights in tables, and `flow.reduce`.
//!
//! Needs    every value typed, as `lower-nn-to-fx`.
//! Leaves   kernels as `lower-nn-to-fx` leaves its function.
//! Never    makes two kernels of one function.

mod body;
mod border;
mod fold;
mod kernel;
mod memory;
mod reduce;
mod scan;
mod slice;
mod tokens;

use std::collections::HashMap;

use dialects::flow::{self, Border};
use dialects::fx::{self, PortElement};
use dialects::nn::{Graph, Op, ValueId};
use dialects::{Diagnostic, Result};

use crate::names::{Names, identifier};
use crate::nn_to_fx;
use tokens::Tokens;

/// When and on how much hardware: what a user asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placement {
    /// One position of the first layer that has positions after the other.
    pub stream: bool,
    /// The reuse factor of dense layers, 1 for none.
    pub reuse: usize,
    /// Clock cycles that a sample may take: what follows for the reuse factor of a layer that
    /// is given none is the time between two of its tokens.
    pub interval: Option<usize>,
    /// Reuse factors by layer name.
    pub layers: std::collections::BTreeMap<String, usize>,
}

impl Placement {
    /// Whether anything is asked for.
    pub fn is_parallel(&self) -> bool {
        !self.stream
            && self.reuse <= 1
            && self.interval.is_none_or(|interval| interval <= 1)
            && self.layers.values().all(|reuse| *reuse <= 1)
    }

    /// The reuse factor of a layer that gets a token in so many clock cycles at the least.
    fn of(&self, layer: &str, cycles: Option<usize>) -> usize {
        let own = self.layers.get(layer).copied();
        let all = Some(self.reuse).filter(|reuse| *reuse > 1);
        own.or(all).or(cycles).unwrap_or(1).max(1)
    }
}

/// A value that is a stream: the lanes are its elements of each token, in their order.
#[derive(Clone)]
struct Placed {
    stream: flow::ValueId,
    lanes: Vec<PortElement>,
}

/// What a value is made by.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// What sees one token at a time.
    Kernel,
    Window,
    /// One lane of the stream `input` for each result.
    Reduce {
        input: ValueId,
        lanes: Vec<usize>,
    },
    Fold {
        steps: usize,
    },
    /// One state of a recurrence after a step.
    State(scan::Place),
    /// Some lanes of one part of the states after every step.
    Sequence {
        recurrence: usize,
        part: usize,
        lanes: Vec<usize>,
    },
}

struct Lowering<'a> {
    graph: &'a Graph,
    placement: &'a Placement,
    check: Check<'a>,
    /// Which values depend on an input, or on the states of a recurrence.
    dynamic: Vec<bool>,
    tokens: Vec<Option<Tokens>>,
    kinds: Vec<Kind>,
    placed: Vec<Option<Placed>>,
    /// Values with all their tokens side by side.
    collected: Vec<Option<Placed>>,
    flow: flow::Graph,
    /// The fewest clock cycles between two tokens of each value, where an interval is given.
    paces: Vec<Option<usize>>,
    names: Names,
    memory: memory::Memory,
    recurrences: Vec<scan::Recurrence>,
    state_of: HashMap<ValueId, scan::Place>,
    /// Of a body the result, and what it has to be: the state that goes around.
    settles: Option<(ValueId, Vec<PortElement>)>,
}

/// What a kernel has to pass before it is written out as scalars.
pub type Check<'a> = &'a dyn Fn(&Graph) -> Result<()>;

/// Lowers a function with a placement.
///
/// Errors: what `lower-nn-to-fx` refuses; a placement that no layer can have; each names its
/// layer.
pub fn lower(graph: &Graph, placement: &Placement, check: Check) -> Result<flow::Graph> {
    lower_named(graph, placement, check).map_err(|finding| match &graph.source {
        Some(source) => finding.in_file(source.clone()),
        None => finding,
    })
}

fn lower_named(graph: &Graph, placement: &Placement, check: Check) -> Result<flow::Graph> {
    let ports = nn_to_fx::input_ports(graph)?;
    let inputs = tokens::inputs(graph, placement)?;
    spread(graph, placement, check, ports, inputs)?.finish()
}

/// A function before anything is placed: the tokens of every value, and what makes it.
fn spread<'a>(
    graph: &'a Graph,
    placement: &'a Placement,
    check: Check<'a>,
    ports: Vec<fx::Port>,
    inputs: Vec<Tokens>,
) -> Result<Lowering<'a>> {
    let borders = ports.into_iter().zip(&inputs).map(|(port, tokens)| Border {
        port,
        tokens: tokens.count(),
        order: tokens.order(),
    });
    let mut flow = flow::Graph::new(graph.name.clone(), borders.collect());
    flow.source = graph.source.clone();
    let mut names = Names::default();
    names.fresh(&identifier(&graph.name));
    let (recurrences, state_of) = match placement.stream {
        true => scan::find(graph),
        false => Default::default(),
    };
    let mut lowering = Lowering {
        graph,
        placement,
        check,
        dynamic: dynamic(graph),
        tokens: vec![],
        kinds: vec![],
        placed: vec![None; graph.nodes.len()],
        collected: vec![None; graph.nodes.len()],
        flow,
        paces: vec![],
        names,
        memory: memory::Memory::default(),
        recurrences,
        state_of,
        settles: None,
    };
    let live = graph.live();
    for (index, node) in graph.nodes.iter().enumerate() {
        let value = ValueId(index as u32);
        let (tokens, kind) = match &node.op {
            Op::Input { index } => {
                let border = &lowering.flow.inputs[*index as usize];
                let lanes = border.order[..border.order.len() / border.tokens].iter();
                let lanes = lanes.map(|at| border.port.elements[*at].clone());
                lowering.placed[value.index()] = Some(Placed {
                    stream: flow::ValueId(*index),
                    lanes: lanes.collect(),
                });
                (Some(inputs[*index as usize].clone()), Kind::Kernel)
            }
            _ if !live[index] || !lowering.dynamic[index] => (None, Kind::Kernel),
            op => {
                let spread = lowering.spread(value, op);
                let named = |finding: Diagnostic| finding.in_layer(node.layer.clone());
                let (tokens, kind) = spread.map_err(named)?;
                (Some(tokens), kind)
            }
        };
        lowering.paces.push(None);
        lowering.tokens.push(tokens);
        lowering.kinds.push(kind);
        lowering.paces[index] = lowering.pace(value);
    }
    Ok(lowering)
}

impl Lowering<'_> {
    fn of(&self, value: ValueId) -> Result<&Tokens> {
        self.tokens[value.index()]
            .as_ref()
            .ok_or_else(|| Diagnostic::new("an output depends on no input"))
    }

    fn layer(&self, value: ValueId) -> &str {
        &self.graph.node(value).layer
    }

    /// A kernel by a name of its own.
    fn kernel(&mut self, name: &str, mut kernel: fx::Graph) -> usize {
        kernel.source = None;
        kernel.name = self.names.fresh(&identifier(name));
        self.flow.kernel(kernel)
    }

    /// The value as a stream: what leads to it from the borders before it becomes a kernel.
    fn place(&mut self, value: ValueId) -> Result<Placed> {
        if let Some(placed) = &self.placed[value.index()] {
            return Ok(placed.clone());
        }
        let layer = self.layer(value).to_string();
        let named = |finding: Diagnostic| finding.in_layer(layer.clone());
        let placed = self.place_op(value).map_err(named)?;
        self.placed[value.index()] = Some(placed.clone());
        Ok(placed)
    }

    fn place_op(&mut self, value: ValueId) -> Result<Placed> {
        match self.kinds[value.index()].clone() {
            Kind::Window => return self.place_window(value),
            Kind::Reduce { input, lanes } => return self.place_reduce(value, input, &lanes),
            Kind::Fold { steps } => return self.place_fold(value, steps),
            Kind::State(place) => {
                let layer = self.layer(value).to_string();
                return self.place_state(place, &layer);
            }
            Kind::Sequence {
                recurrence,
                part,
                lanes,
            } => {
                let layer = self.layer(value).to_string();
                return self.place_sequence(recurrence, part, &lanes, &layer);
            }
            Kind::Kernel => {}
        }
        let layer = self.layer(value).to_string();
        let cut = self.cut(value)?;
        (self.check)(&cut.kernel)?;
        let mut kernel = nn_to_fx::lower_kernel(&cut.kernel, cut.ports)?;
        if let Some((_, elements)) = self.settles.as_ref().filter(|own| own.0 == value) {
            kernel = scan::settled(kernel, elements)?;
        }
        let lanes: Vec<PortElement> = elements(&kernel.outputs).cloned().collect();
        if is_identity(&kernel) {
            return Ok(Placed {
                stream: cut.input,
                lanes,
            });
        }
        let op = flow::Op::Map {
            input: cut.input,
            kernel: self.kernel(&layer, kernel),
            steps: 0,
        };
        let stream = self.flow.push(op, &layer)?;
        Ok(Placed { stream, lanes })
    }

    fn finish(mut self) -> Result<flow::Graph> {
        let results = self.graph.results.clone();
        for (port, value) in self.graph.outputs.iter().zip(results) {
            let placed = self.place(value)?;
            let tokens = self.of(value)?;
            let order = tokens.order();
            let mut all = vec![None; order.len()];
            for (at, lane) in order.iter().zip(placed.lanes.iter().cycle()) {
                all[*at] = Some(lane.clone());
            }
            self.flow.outputs.push(Border {
                port: fx::Port {
                    name: port.name.clone(),
                    shape: port.shape.clone(),
                    elements: all.into_iter().flatten().collect(),
                    conversion: fx::Conversion::default(),
                },
                tokens: tokens.count(),
                order,
            });
            self.flow.results.push(placed.stream);
        }
        Ok(self.flow)
    }
}

fn elements(ports: &[fx::Port]) -> impl Iterator<Item = &PortElement> {
    ports.iter().flat_map(|port| &port.elements)
}

/// Whether a kernel gives what it gets.
fn is_identity(kernel: &fx::Graph) -> bool {
    let inputs = (0..kernel.input_count() as u32).map(fx::ValueId);
    let same = inputs.eq(kernel.results.iter().copied());
    same && elements(&kernel.inputs).eq(elements(&kernel.outputs))
}

/// Which values depend on an input or on the states of a recurrence.
fn dynamic(graph: &Graph) -> Vec<bool> {
    let mut found: Vec<bool> = Vec::with_capacity(graph.nodes.len());
    for node in &graph.nodes {
        let mut operands = node.op.operands().into_iter();
        let depends = operands.any(|of| found[of.index()]);
        found.push(depends || matches!(node.op, Op::Input { .. } | Op::State { .. }));
    }
    found
}
