//! Which token every element of a value belongs to.

use dialects::nn::tensor::{broadcast_indices, strides};
use dialects::nn::{self, Graph, Op, ValueId, reduced_indices};
use dialects::{Diagnostic, Result};

use super::kernel::is_elementwise;
use super::{Kind, Lowering, Placement};

/// The tokens of a value, each the elements that belong to it, in rising order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// The token of each element.
    pub of: Vec<u32>,
    pub members: Vec<Vec<u32>>,
}

impl Tokens {
    /// `None` for tokens of unequal size.
    pub fn new(of: Vec<u32>, count: usize) -> Option<Tokens> {
        let mut members = vec![vec![]; count];
        for (element, token) in of.iter().enumerate() {
            members.get_mut(*token as usize)?.push(element as u32);
        }
        let even = members.iter().all(|own| own.len() == members[0].len());
        (even && !of.is_empty()).then_some(Tokens { of, members })
    }

    /// All elements in one token.
    pub fn whole(elements: usize) -> Tokens {
        Tokens {
            of: vec![0; elements],
            members: vec![(0..elements as u32).collect()],
        }
    }

    pub fn count(&self) -> usize {
        self.members.len()
    }

    /// Elements, token after token.
    pub fn order(&self) -> Vec<usize> {
        let all = self.members.iter().flatten();
        all.map(|&element| element as usize).collect()
    }

    /// The token of an element, and its place among the token's.
    pub fn place(&self, element: usize) -> (usize, usize) {
        let token = self.of[element] as usize;
        let lane = self.members[token].binary_search(&(element as u32));
        (token, lane.expect("an element is a member of its token"))
    }
}

/// The tokens of each input: positions of the first layer that has them, where the placement
/// streams.
///
/// Errors: no such layer.
pub fn inputs(graph: &Graph, placement: &Placement) -> Result<Vec<Tokens>> {
    let sizes = graph.inputs.iter().map(|port| port.shape.iter().product());
    let whole: Vec<Tokens> = sizes.map(Tokens::whole).collect();
    if !placement.stream {
        return Ok(whole);
    }
    let refuse = |sentence: &str| {
        Err(Diagnostic::new(sentence)
            .note("a stream has the positions that a convolution goes over, or the rows that a dense layer is applied to")
            .help("compile without --stream; --reuse folds dense layers"))
    };
    if graph.inputs.len() != 1 {
        return refuse("a model with several inputs cannot be streamed");
    }
    // The input element that each element of a value is, or is made of alone.
    let mut origins: Vec<Option<Vec<Option<usize>>>> = Vec::new();
    let dynamic = super::dynamic(graph);
    for node in &graph.nodes {
        let operand = |value: ValueId| origins[value.index()].as_ref();
        let origin = match &node.op {
            Op::Input { .. } => Some((0..whole[0].of.len()).map(Some).collect()),
            Op::Window { input, window } if operand(*input).is_some() => {
                let shape = graph.shape(*input);
                let positions: usize = shape[1..].iter().product();
                let token = |at: usize| (at % positions) as u32;
                if positions > 1 && window.kernel.iter().zip(&shape[1..]).any(|(k, s)| k < s) {
                    return match assigned(operand(*input), token, positions, &whole[0]) {
                        Some(tokens) => Ok(vec![tokens]),
                        None => refuse("the positions of this layer are not those of the input")
                            .map_err(|finding| finding.in_layer(node.layer.clone())),
                    };
                }
                None
            }
            Op::Dense { input, .. } if operand(*input).is_some() => {
                let columns = graph.shape(*input).last().copied().unwrap_or(1);
                let rows = whole[0].of.len() / columns;
                let token = |at: usize| (at / columns) as u32;
                match assigned(operand(*input), token, rows, &whole[0]).filter(|_| rows > 1) {
                    Some(tokens) => return Ok(vec![tokens]),
                    None => {
                        return refuse("the first dense layer has one row only")
                            .map_err(|finding| finding.in_layer(node.layer.clone()));
                    }
                }
            }
            op => match (nn::sources(graph, op), pointwise(op)) {
                (Some(sources), _) => sources
                    .into_iter()
                    .map(|source| match source {
                        Some((value, at)) => operand(value).map(|of| of[at]),
                        None => Some(None),
                    })
                    .collect(),
                (None, Some(input)) => operand(input).cloned(),
                // An op with a constant that broadcasts.
                (None, None) if is_elementwise(op) => {
                    let mut own = op.operands().into_iter().filter(|of| dynamic[of.index()]);
                    let single = own.next().filter(|_| own.next().is_none());
                    let single = single.filter(|of| graph.shape(*of) == node.shape);
                    single.and_then(operand).cloned()
                }
                (None, None) => None,
            },
        };
        origins.push(origin);
    }
    refuse("the model has no layer to stream over")
}

/// Tokens of the input from those of a value that its elements are.
fn assigned(
    origin: Option<&Vec<Option<usize>>>,
    token: impl Fn(usize) -> u32,
    count: usize,
    whole: &Tokens,
) -> Option<Tokens> {
    let mut of = vec![None; whole.of.len()];
    for (at, element) in origin?.iter().enumerate() {
        let Some(element) = element else { continue };
        let own = &mut of[*element];
        if own.is_some_and(|other| other != token(at)) {
            return None;
        }
        *own = Some(token(at));
    }
    Tokens::new(of.into_iter().collect::<Option<Vec<_>>>()?, count)
}

/// The operand of an op that treats every element alone and has no other.
fn pointwise(op: &Op) -> Option<ValueId> {
    match op {
        Op::Quantize { input, .. }
        | Op::Bipolar { input, .. }
        | Op::Threshold { input, .. }
        | Op::Abs { input }
        | Op::Sign { input }
        | Op::Relu { input }
        | Op::Prelu { input, .. }
        | Op::Function { input, .. }
        | Op::FloatKey { input } => Some(*input),
        _ => None,
    }
}

impl Lowering<'_> {
    /// The tokens of a value that depends on an input, and what makes it.
    pub fn spread(&mut self, value: ValueId, op: &Op) -> Result<(Tokens, Kind)> {
        let size: usize = self.graph.shape(value).iter().product();
        if let Some(input) = pointwise(op) {
            return Ok((self.of(input)?.clone(), Kind::Kernel));
        }
        if let Op::State { .. } = op {
            return Ok((Tokens::whole(size), self.state_kind(value)?));
        }
        let mut kind = Kind::Kernel;
        let kept = match op {
            Op::Add { lhs, rhs }
            | Op::Sub { lhs, rhs }
            | Op::Mul { lhs, rhs }
            | Op::Div { lhs, rhs }
            | Op::Max { lhs, rhs }
            | Op::Min { lhs, rhs } => self.both(value, *lhs, *rhs)?,
            Op::Dense { input, weight, .. } => {
                if self.dynamic[weight.index()] {
                    return Err(Diagnostic::new(
                        "nn.dense multiplies by weights that depend on the input",
                    ));
                }
                let columns = self.graph.shape(*input).last().copied().unwrap_or(1);
                let rows = size / (self.of(*input)?.of.len() / columns);
                kind = self.folded(value).unwrap_or(kind);
                self.grouped(*input, |at| at / columns, |at| at / rows, size)
            }
            Op::Reduce { input, axes, .. } => {
                let groups = reduced_indices(self.graph.shape(*input), axes);
                match self.over_tokens(*input, &groups) {
                    Some(reduce) => {
                        kind = reduce;
                        None
                    }
                    None => self.by_groups(*input, &groups),
                }
            }
            Op::Argmax { input, axis, .. } => {
                let groups = reduced_indices(self.graph.shape(*input), &[*axis]);
                self.by_groups(*input, &groups)
            }
            Op::Window { input, window } => {
                let positions: usize = window.positions.iter().product();
                let each = size / positions.max(1);
                let of = (0..size).map(|at| (at / each) as u32).collect();
                let by_position = Tokens::new(of, positions);
                match self.moved(op, size) {
                    // One tap on one position: nothing but another order.
                    Some(tokens) if Some(&tokens) == by_position.as_ref() => Some(tokens),
                    _ if self.of(*input)?.count() == 1 => None,
                    _ => {
                        kind = Kind::Window;
                        by_position
                    }
                }
            }
            op => match self.moved(op, size).filter(|of| of.count() > 1) {
                Some(tokens) => Some(tokens),
                None => self.sequence(value, size).map(|(tokens, sequence)| {
                    kind = sequence;
                    tokens
                }),
            },
        };
        Ok((kept.unwrap_or_else(|| Tokens::whole(size)), kind))
    }

    /// The fewest clock cycles between two tokens of a value, when a sample of the input takes
    /// the interval that is given.
    pub fn pace(&self, value: ValueId) -> Option<usize> {
        let interval = self.placement.interval?;
        let tokens = self.tokens[value.index()].as_ref()?;
        if tokens.count() == 1 {
            return Some(interval);
        }
        let node = self.graph.node(value);
        match &node.op {
            Op::Input { .. } => Some(interval / tokens.count()),
            Op::Window { input, window } if self.kinds[value.index()] == Kind::Window => {
                // Positions of the last axis follow each other closest.
                let stride = window.strides.last().copied().unwrap_or(1);
                let stride = usize::try_from(stride).unwrap_or(1).max(1);
                self.paces[input.index()].map(|pace| pace * stride)
            }
            op => {
                let operands = op.operands().into_iter();
                operands.filter_map(|of| self.paces[of.index()]).min()
            }
        }
    }

    /// The tokens of what only moves: each element keeps its own, where every token is made of
    /// the same elements of its operands' tokens.
    fn moved(&self, op: &Op, size: usize) -> Option<Tokens> {
        let sources = nn::sources(self.graph, op)?;
        debug_assert_eq!(sources.len(), size);
        let mut of = Vec::with_capacity(size);
        let mut count = None;
        for source in &sources {
            let (value, at) = (*source)?;
            let tokens = self.tokens[value.index()].as_ref()?;
            if count.is_some_and(|count| count != tokens.count()) {
                return None;
            }
            count = Some(tokens.count());
            of.push(tokens.of[at]);
        }
        let moved = Tokens::new(of, count?)?;
        let part = |element: &u32| {
            let (value, at) = sources[*element as usize]?;
            let tokens = self.tokens[value.index()].as_ref()?;
            Some((value, tokens.place(at).1))
        };
        let first = &moved.members[0];
        let even = moved.members.iter().all(|own| {
            let pairs = own.iter().zip(first);
            pairs.into_iter().all(|(a, b)| part(a) == part(b))
        });
        even.then_some(moved)
    }

    /// The tokens of an op on two operands that broadcast; `None` where they differ.
    fn both(&self, value: ValueId, lhs: ValueId, rhs: ValueId) -> Result<Option<Tokens>> {
        let shape = self.graph.shape(value);
        let mut found: Option<Tokens> = None;
        for operand in [lhs, rhs] {
            let Some(tokens) = &self.tokens[operand.index()] else {
                continue;
            };
            let from = broadcast_indices(self.graph.shape(operand), shape)?;
            let of = from.into_iter().map(|at| tokens.of[at]).collect();
            let own = Tokens::new(of, tokens.count());
            match (own, &found) {
                (None, _) => return Ok(None),
                (own, None) => found = own,
                (own, Some(_)) if own == found => {}
                _ => return Ok(None),
            }
        }
        Ok(found)
    }

    /// The tokens of what sees groups of elements: `None` where a group has several.
    fn grouped(
        &self,
        input: ValueId,
        group_in: impl Fn(usize) -> usize,
        group_out: impl Fn(usize) -> usize,
        size: usize,
    ) -> Option<Tokens> {
        let tokens = self.tokens[input.index()].as_ref()?;
        let mut of_group: Vec<Option<u32>> = vec![];
        for (at, token) in tokens.of.iter().enumerate() {
            let group = group_in(at);
            of_group.resize(of_group.len().max(group + 1), None);
            if of_group[group].is_some_and(|other| other != *token) {
                return None;
            }
            of_group[group] = Some(*token);
        }
        let of = (0..size).map(|at| of_group.get(group_out(at)).copied().flatten());
        Tokens::new(of.collect::<Option<Vec<_>>>()?, tokens.count())
    }

    fn by_groups(&self, input: ValueId, groups: &[Vec<usize>]) -> Option<Tokens> {
        let size: usize = self.graph.shape(input).iter().product();
        let mut of = vec![0; size];
        for (group, elements) in groups.iter().enumerate() {
            for element in elements {
                of[*element] = group;
            }
        }
        self.grouped(input, |at| of[at], |at| at, groups.len())
    }
}

/// The raster of positions of a shape behind its channels.
pub fn raster(shape: &[usize]) -> Vec<usize> {
    strides(&shape[1..])
}
