//! Recurrences: one step is a kernel, or a body, that the states go around.
//!
//! A recurrence stands in `nn` with all its steps written out, its states marked by `nn.state`.
//! Where each step reads its own token of a stream and the states of the step before, and
//! nothing else that varies, it is a `flow.scan`. One that reads the last token first has all
//! tokens side by side first, which then come one after the other the other way round.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use dialects::flow::{self, Fold, Next, Tap, Window};
use dialects::fx::{self, Builder, PortElement};
use dialects::nn::{Graph, Op, ValueId};
use dialects::{Diagnostic, Result};

use super::slice::Source;
use super::tokens::Tokens;
use super::{Kind, Lowering, Placed};
use crate::nn_to_fx::{integer_ratio, lower_kernel};

/// A recurrence of the function.
pub struct Recurrence {
    /// The states after each step, those before the first one in front: a value for each part.
    /// After the last step only those that something reads.
    states: Vec<Vec<Option<ValueId>>>,
    /// What its steps read, once the first of them was looked at; `None` where it is no scan.
    reads: Option<Option<Reads>>,
    placed: Option<Placed>,
}

/// The streams that a step reads a token of.
#[derive(Clone, PartialEq, Eq)]
struct Reads {
    borders: Vec<ValueId>,
    reversed: bool,
}

/// Which state of which recurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub recurrence: usize,
    pub part: usize,
    pub step: usize,
}

/// A step of a recurrence.
struct Step {
    borders: Vec<ValueId>,
    /// What is made on the way.
    body: HashSet<ValueId>,
}

/// The recurrences of a function that have every step, and the place of each state.
pub fn find(graph: &Graph) -> (Vec<Recurrence>, HashMap<ValueId, Place>) {
    let mut names: HashMap<&str, HashMap<(usize, usize), ValueId>> = HashMap::new();
    let mut order = vec![];
    for (at, node) in graph.nodes.iter().enumerate() {
        let Op::State { state, .. } = &node.op else {
            continue;
        };
        let own = names.entry(&state.recurrence).or_insert_with(|| {
            order.push(&state.recurrence);
            HashMap::new()
        });
        own.insert((state.step, state.part), ValueId(at as u32));
    }
    let (mut found, mut of) = (vec![], HashMap::new());
    for name in order {
        let own = &names[name.as_str()];
        let steps = own.keys().map(|key| key.0 + 1).max().unwrap_or(0);
        let parts = own.keys().map(|key| key.1 + 1).max().unwrap_or(0);
        let state = |step, part| own.get(&(step, part)).copied();
        let states = (0..steps).map(|step| (0..parts).map(|part| state(step, part)).collect());
        let states: Vec<Vec<Option<ValueId>>> = states.collect();
        let whole = states.iter().take(steps - 1).flatten().all(Option::is_some);
        if steps < 3 || !whole {
            continue;
        }
        for (step, states) in states.iter().enumerate().skip(1) {
            for (part, state) in states.iter().enumerate() {
                if let Some(state) = state {
                    let recurrence = found.len();
                    let place = Place {
                        recurrence,
                        part,
                        step,
                    };
                    of.insert(*state, place);
                }
            }
        }
        found.push(Recurrence {
            states,
            reads: None,
            placed: None,
        });
    }
    (found, of)
}

impl Lowering<'_> {
    /// What makes a state: a scan, where its recurrence is one.
    ///
    /// Errors: a step that reads something else than those before it.
    pub fn state_kind(&mut self, value: ValueId) -> Result<Kind> {
        let Some(&place) = self.state_of.get(&value) else {
            return Ok(Kind::Kernel);
        };
        let (number, step) = (place.recurrence, place.step);
        let reads = match &self.recurrences[number].reads {
            Some(None) => return Ok(Kind::Kernel),
            Some(Some(reads)) => Some(reads.clone()),
            None => None,
        };
        let now = self.reads(number, step, reads.as_ref());
        match reads {
            None => self.recurrences[number].reads = Some(now.clone()),
            Some(first) if now.as_ref() != Some(&first) => {
                return Err(Diagnostic::new(format!(
                    "step {step} of the recurrence reads something else than step 1"
                ))
                .help("compile without --stream"));
            }
            Some(_) => {}
        }
        Ok(match now {
            Some(_) => Kind::State(place),
            None => Kind::Kernel,
        })
    }

    /// The streams that a step reads, if it reads one token of each and the states before; the
    /// token in the middle is that of both directions.
    fn reads(&self, number: usize, step: usize, first: Option<&Reads>) -> Option<Reads> {
        let recurrence = &self.recurrences[number];
        let mut begins = recurrence.states[0].iter().flatten();
        let varies = |state: &ValueId| {
            let operands = self.graph.node(*state).op.operands();
            operands.iter().any(|of| self.dynamic[of.index()])
        };
        if begins.any(varies) {
            return None;
        }
        let count = recurrence.states.len() - 1;
        let Step { borders, body } = self.step(number, step);
        let (mut tokens, mut found) = (None, vec![]);
        for border in borders {
            let of = self.tokens[border.index()].as_ref()?;
            if of.count() != count {
                return None;
            }
            // Every element that is read belongs to one token.
            for user in &body {
                for element in self.reads_of(*user, border)? {
                    let token = of.of[element] as usize;
                    if tokens.is_some_and(|known| known != token) {
                        return None;
                    }
                    tokens = Some(token);
                }
            }
            found.push(border);
        }
        let token = tokens?;
        let (forward, backward) = (token + 1 == step, token == count - step);
        let reversed = match first {
            Some(first) if first.reversed => backward,
            _ => !forward,
        };
        if !forward && !backward {
            return None;
        }
        Some(Reads {
            borders: found,
            reversed,
        })
    }

    /// The elements of a border that an op reads; `None` where only the op knows.
    fn reads_of(&self, user: ValueId, border: ValueId) -> Option<Vec<usize>> {
        let op = &self.graph.node(user).op;
        if !op.operands().contains(&border) {
            return Some(vec![]);
        }
        let sources = self.memory.sources(self.graph, user)?;
        let own = sources.iter().flatten().filter(|(of, _)| *of == border);
        Some(own.map(|(_, element)| *element).collect())
    }

    fn step(&self, number: usize, step: usize) -> Step {
        let states = &self.recurrences[number].states;
        let count = states.len() - 1;
        let mut found = Step {
            borders: vec![],
            body: states[step].iter().flatten().copied().collect(),
        };
        let mut left: Vec<ValueId> = states[step].iter().flatten().copied().collect();
        while let Some(value) = left.pop() {
            for operand in self.graph.node(value).op.operands() {
                let at = operand.index();
                if states[step - 1].contains(&Some(operand)) || !self.dynamic[at] {
                    continue;
                }
                let tokens = self.tokens[at].as_ref();
                let is_stream = tokens.is_some_and(|tokens| tokens.count() == count);
                match is_stream || matches!(self.graph.node(operand).op, Op::Input { .. }) {
                    true if found.borders.contains(&operand) => {}
                    true => found.borders.push(operand),
                    false if found.body.insert(operand) => left.push(operand),
                    false => {}
                }
            }
        }
        found.borders.sort_unstable();
        found
    }

    /// The tokens of a value that is one state of each step, and the lanes of the state that
    /// each token has.
    pub fn sequence(&self, value: ValueId, size: usize) -> Option<(Tokens, Kind)> {
        let mut recurrence = None;
        let (mut of, mut lanes) = (Vec::with_capacity(size), Vec::with_capacity(size));
        for element in 0..size {
            let (state, at) = self.origin(value, element)?;
            let Kind::State(place) = *self.kinds.get(state.index())? else {
                return None;
            };
            let own = (place.recurrence, place.part);
            if recurrence.is_some_and(|known| known != own) {
                return None;
            }
            recurrence = Some(own);
            of.push(place.step as u32 - 1);
            lanes.push(at);
        }
        let (recurrence, part) = recurrence?;
        let count = self.recurrences[recurrence].states.len() - 1;
        let tokens = Tokens::new(of, count)?;
        let own = |token: &Vec<u32>| -> Vec<usize> {
            token.iter().map(|&at| lanes[at as usize]).collect()
        };
        let lanes = own(&tokens.members[0]);
        let even = tokens.members.iter().all(|token| own(token) == lanes);
        let kind = Kind::Sequence {
            recurrence,
            part,
            lanes,
        };
        even.then_some((tokens, kind))
    }

    /// The states of one part after every step: some lanes of them.
    pub fn place_sequence(
        &mut self,
        number: usize,
        part: usize,
        lanes: &[usize],
        layer: &str,
    ) -> Result<Placed> {
        let placed = self.place_scan(number)?;
        let first: usize = self.sizes(number)[..part].iter().sum();
        let lanes: Vec<usize> = lanes.iter().map(|lane| first + lane).collect();
        if lanes.iter().copied().eq(0..placed.lanes.len()) {
            return Ok(placed);
        }
        let tokens = self.flow.stream(placed.stream).tokens;
        let emit = (0..tokens).collect();
        self.picked(&placed, emit, &lanes, layer)
    }

    /// One state of one part.
    pub fn place_state(&mut self, place: Place, layer: &str) -> Result<Placed> {
        let placed = self.place_scan(place.recurrence)?;
        let sizes = self.sizes(place.recurrence);
        let first: usize = sizes[..place.part].iter().sum();
        let lanes: Vec<usize> = (first..first + sizes[place.part]).collect();
        self.picked(&placed, vec![place.step - 1], &lanes, layer)
    }

    /// Some lanes of some tokens.
    fn picked(
        &mut self,
        placed: &Placed,
        emit: Vec<usize>,
        lanes: &[usize],
        layer: &str,
    ) -> Result<Placed> {
        let taps = lanes.iter().map(|&lane| Tap {
            depth: 0,
            lane,
            mask: None,
            zero: 0,
        });
        let window = Arc::new(Window {
            emit,
            taps: taps.collect(),
            masks: vec![],
        });
        let input = placed.stream;
        let stream = self.flow.push(flow::Op::Window { input, window }, layer)?;
        let lanes = lanes.iter().map(|&lane| placed.lanes[lane].clone());
        Ok(Placed {
            stream,
            lanes: lanes.collect(),
        })
    }

    /// The stream of all states of a recurrence, all parts side by side.
    fn place_scan(&mut self, number: usize) -> Result<Placed> {
        if let Some(placed) = &self.recurrences[number].placed {
            return Ok(placed.clone());
        }
        let states = self.recurrences[number].states.clone();
        let count = states.len() - 1;
        let Some(Some(reads)) = self.recurrences[number].reads.clone() else {
            unreachable!("only a scan is placed as one");
        };
        let begins: Vec<ValueId> = states[0].iter().flatten().copied().collect();
        let layer = self.layer(begins[0]).to_string();
        let paces = reads.borders.iter().map(|of| self.paces[of.index()]);
        let pace = paces.min().flatten();
        let borders = self.joined(reads.borders, count, &layer)?;
        let (mut input, streams, seen) = (borders.input, borders.ports, borders.seen);
        if reads.reversed {
            input = self.reversed(input, count, &layer)?;
        }
        let mut ports = Vec::with_capacity(begins.len() + streams.len());
        let mut initial = vec![];
        for (part, state) in begins.iter().enumerate() {
            let elements = self.state_elements(*state)?;
            for (number, element) in self.numbers(*state)?.iter().zip(&elements) {
                initial.push(integer_ratio(&(number - &element.offset), &element.scale)?);
            }
            ports.push(fx::Port {
                name: format!("s{part}"),
                shape: vec![elements.len()],
                elements,
                conversion: fx::Conversion::default(),
            });
        }
        let around: Vec<PortElement> = super::elements(&ports).cloned().collect();
        ports.extend(streams);
        let sizes = self.sizes(number).into_iter();
        let wholes: Vec<Tokens> = sizes.map(Tokens::whole).collect();
        // The next states of the parts that another step has, from the states before.
        let sliced = |step: usize, like: usize| {
            let before = states[step - 1].iter().flatten().zip(&wholes);
            let before = before.map(|(state, tokens)| Source {
                value: *state,
                tokens,
                token: 0,
            });
            let token = if reads.reversed {
                count - step
            } else {
                step - 1
            };
            let streams = seen.iter().map(|(of, tokens)| Source {
                value: *of,
                tokens,
                token,
            });
            let next = states[step].iter().zip(&states[like]);
            let next = next.filter_map(|(state, like)| like.and(*state));
            let next: Vec<ValueId> = next.collect();
            self.sliced(&next, before.chain(streams).collect(), 0)
        };
        let kernel = sliced(1, 1)?;
        let last = sliced(1, count)?;
        for step in 2..=count {
            let expected = if step == count { &last } else { &kernel };
            if sliced(step, step)? != *expected {
                return Err(Diagnostic::new(format!(
                    "step {step} of the recurrence does other things than step 1"
                ))
                .help("compile without --stream"));
            }
        }
        let next = match self.body(&kernel, &ports, &around, pace, &layer)? {
            Some(body) => Next::Body(body),
            None => {
                (self.check)(&kernel)?;
                let kernel = settled(lower_kernel(&kernel, ports)?, &around)?;
                Next::Kernel(self.kernel(&format!("{layer} step"), kernel))
            }
        };
        let lanes = around.len();
        let op = flow::Op::Scan {
            input,
            next,
            tokens: count,
            initial,
            lanes: (0..lanes).collect(),
        };
        let placed = Placed {
            stream: self.flow.push(op, &layer)?,
            lanes: around,
        };
        self.recurrences[number].placed = Some(placed.clone());
        Ok(placed)
    }

    /// What the integers of a state stand for.
    fn state_elements(&self, state: ValueId) -> Result<Vec<PortElement>> {
        let node = self.graph.node(state);
        let Op::State {
            quantizer: Some(quantizer),
            ..
        } = &node.op
        else {
            return Err(Diagnostic::new("a state of the recurrence has no type")
                .help("run nn-assign-precision first"));
        };
        let elements = quantizer.elements(&node.shape)?.into_iter();
        let element = elements.map(|element| PortElement {
            ty: element.ty,
            offset: -&(&element.zero_point * &element.scale),
            scale: element.scale,
        });
        Ok(element.collect())
    }

    /// The tokens of a stream, the last one first.
    fn reversed(
        &mut self,
        input: flow::ValueId,
        tokens: usize,
        layer: &str,
    ) -> Result<flow::ValueId> {
        let width = self.flow.stream(input).lanes.len();
        let taps = (0..tokens).flat_map(|depth| (0..width).map(move |lane| (depth, lane)));
        let taps = taps.map(|(depth, lane)| Tap {
            depth,
            lane,
            mask: None,
            zero: 0,
        });
        // Depth counts from the last token: they stand the other way round already.
        let window = Arc::new(Window {
            emit: vec![tokens - 1],
            taps: taps.collect(),
            masks: vec![],
        });
        let input = self.flow.push(flow::Op::Window { input, window }, layer)?;
        let fold = Arc::new(Fold {
            steps: tokens,
            lanes: (0..tokens * width).map(Some).collect(),
        });
        self.flow.push(flow::Op::Fold { input, fold }, layer)
    }

    /// The lanes of each part of a state.
    fn sizes(&self, number: usize) -> Vec<usize> {
        let states = self.recurrences[number].states[0].iter().flatten();
        let size = |state: &ValueId| self.graph.shape(*state).iter().product();
        states.map(size).collect()
    }
}

/// The kernel with results of exactly these elements.
///
/// Errors: a result on another grid.
pub fn settled(kernel: fx::Graph, elements: &[PortElement]) -> Result<fx::Graph> {
    let mut builder = Builder::like(&kernel);
    let mut map = Vec::with_capacity(kernel.nodes.len());
    for node in &kernel.nodes {
        let value = match node.op {
            fx::Op::Input { index } => builder.input(index as usize),
            _ => builder.copy(node, |of| map[of.index()])?,
        };
        map.push(value);
    }
    let own = super::elements(&kernel.outputs);
    let mut results = Vec::with_capacity(elements.len());
    for ((value, own), element) in kernel.results.iter().zip(own).zip(elements) {
        let layer = kernel.node(*value).layer;
        let mut result = map[value.index()];
        if own.offset != element.offset {
            return Err(Diagnostic::new("a state of the recurrence leaves its grid"));
        }
        if own.scale != element.scale && builder.constant_value(result) != Some(0) {
            let factor = integer_ratio(&own.scale, &element.scale)?;
            let factor = builder.constant(factor, layer)?;
            result = builder.mul(result, factor, layer)?;
        }
        if builder.node(result).ty != element.ty {
            result = builder.wrap(result, element.ty, layer)?;
        }
        results.push(result);
    }
    let port = fx::Port {
        elements: elements.to_vec(),
        ..kernel.outputs[0].clone()
    };
    Ok(builder.finish(results, vec![port]))
}
