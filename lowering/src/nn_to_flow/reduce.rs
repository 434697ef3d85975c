//! Sums, means and extremes over tokens: a kernel that goes around.

use dialects::flow;
use dialects::fx::{self, Builder, Conversion, IntType, PortElement, Predicate, Range};
use dialects::nn::{Op, Reduction, ValueId};
use dialects::{Diagnostic, Number, Result};

use super::{Kind, Lowering, Placed};

impl Lowering<'_> {
    /// Whether each group is one lane of all tokens of a stream: the stream, and the lane of
    /// each group.
    pub fn over_tokens(&self, input: ValueId, groups: &[Vec<usize>]) -> Option<Kind> {
        let mut base = None;
        let mut lanes = Vec::with_capacity(groups.len());
        for group in groups {
            let mut lane = None;
            let mut seen = vec![];
            for &element in group {
                let (value, at) = self.origin(input, element)?;
                let tokens = self.tokens[value.index()].as_ref()?;
                let (token, own) = tokens.place(at);
                let other = |known: Option<usize>| known.is_some_and(|known| known != own);
                if base.is_some_and(|known| known != value) || other(lane) {
                    return None;
                }
                (base, lane) = (Some(value), Some(own));
                seen.push(token);
            }
            seen.sort_unstable();
            let count = self.tokens[base?.index()].as_ref()?.count();
            if count == 1 || !seen.into_iter().eq(0..count) {
                return None;
            }
            lanes.push(lane?);
        }
        Some(Kind::Reduce {
            input: base?,
            lanes,
        })
    }

    /// The value and element that an element is, behind all that only moves.
    pub fn origin(&self, mut value: ValueId, mut element: usize) -> Option<(ValueId, usize)> {
        loop {
            let node = self.graph.node(value);
            if matches!(node.op, Op::Input { .. }) || !self.dynamic[value.index()] {
                return Some((value, element));
            }
            let Some(sources) = self.memory.sources(self.graph, value) else {
                return Some((value, element));
            };
            (value, element) = sources[element]?;
        }
    }

    pub fn place_reduce(
        &mut self,
        value: ValueId,
        input: ValueId,
        lanes: &[usize],
    ) -> Result<Placed> {
        let Op::Reduce { kind, .. } = self.graph.node(value).op else {
            unreachable!("only a reduction is placed as one");
        };
        let layer = self.layer(value).to_string();
        let placed = self.place(input)?;
        let tokens = self.of(input)?.count();
        let (kernel, initial, elements) = match kind {
            Reduction::Sum | Reduction::Mean => {
                let (kernel, elements) = sums(&placed.lanes, lanes, tokens, &layer)?;
                let count = Number::from(tokens as i64);
                let mean = |element: PortElement| match kind {
                    Reduction::Mean => PortElement {
                        scale: element.scale.checked_div(&count).expect("there are tokens"),
                        offset: element
                            .offset
                            .checked_div(&count)
                            .expect("there are tokens"),
                        ..element
                    },
                    _ => element,
                };
                let elements: Vec<PortElement> = elements.into_iter().map(mean).collect();
                (kernel, vec![0; lanes.len()], elements)
            }
            Reduction::Max | Reduction::Min => {
                let largest = matches!(kind, Reduction::Max);
                let own = lanes.iter().map(|&lane| placed.lanes[lane].clone());
                let own: Vec<PortElement> = own.collect();
                let initial = own.iter().map(|element| {
                    let range = element.ty.range();
                    if largest { range.lo } else { range.hi }
                });
                let initial = initial.collect();
                let kernel = extremes(&placed.lanes, lanes, largest, &layer)?;
                (kernel, initial, own)
            }
        };
        let op = flow::Op::Reduce {
            input: placed.stream,
            kernel: self.kernel(&layer, kernel),
            tokens,
            initial,
        };
        let stream = self.flow.push(op, &layer)?;
        Ok(Placed {
            stream,
            lanes: elements,
        })
    }
}

/// s + x for some lanes of a token; the elements of the sums.
pub fn sums(
    of: &[PortElement],
    lanes: &[usize],
    tokens: usize,
    layer: &str,
) -> Result<(fx::Graph, Vec<PortElement>)> {
    let count = tokens as i128;
    let mut elements = Vec::with_capacity(lanes.len());
    for &lane in lanes {
        let Range { lo, hi } = of[lane].ty.range();
        let range = Range::new(lo.min(0) * count, hi.max(0) * count);
        let ty = range.int_type();
        let ty = ty.ok_or_else(|| Diagnostic::new("a sum over tokens is too wide"))?;
        elements.push(PortElement {
            ty,
            scale: of[lane].scale.clone(),
            offset: &of[lane].offset * &Number::from(tokens as i64),
        });
    }
    let kernel = around(of, &elements, layer, |builder, layer, at| {
        let x = builder.input(elements.len() + lanes[at]);
        let sum = builder.add(builder.input(at), x, layer)?;
        // The range of the sum of all tokens is known, that of one step is not.
        builder.wrap(sum, elements[at].ty, layer)
    })?;
    Ok((kernel, elements))
}

/// The larger, or the smaller, of s and x for some lanes of a token.
fn extremes(of: &[PortElement], lanes: &[usize], largest: bool, layer: &str) -> Result<fx::Graph> {
    let states: Vec<PortElement> = lanes.iter().map(|&lane| of[lane].clone()).collect();
    around(of, &states, layer, |builder, layer, at| {
        let (s, x) = (builder.input(at), builder.input(states.len() + lanes[at]));
        let (lhs, rhs) = if largest { (s, x) } else { (x, s) };
        let predicate = Predicate::Less;
        let condition = builder.push(
            fx::Op::Compare {
                predicate,
                lhs,
                rhs,
            },
            layer,
        )?;
        let select = fx::Op::Select {
            condition,
            on_true: x,
            on_false: s,
        };
        builder.push_typed(select, states[at].ty, layer)
    })
}

/// A kernel of a state and a token to the next state.
fn around(
    token: &[PortElement],
    states: &[PortElement],
    layer: &str,
    next: impl Fn(&mut Builder, fx::LayerId, usize) -> Result<fx::ValueId>,
) -> Result<fx::Graph> {
    let inputs = vec![port("s", states), port("x", token)];
    let mut builder = Builder::new("kernel", inputs);
    let layer = builder.layer(layer);
    let results = (0..states.len()).map(|at| next(&mut builder, layer, at));
    let results = results.collect::<Result<Vec<_>>>()?;
    Ok(builder.finish(results, vec![port("y", states)]))
}

/// A port of plain integers of these types: what they stand for does not matter inside.
pub fn port(name: &str, elements: &[PortElement]) -> fx::Port {
    let plain = |ty: IntType| PortElement {
        ty,
        scale: Number::one(),
        offset: Number::zero(),
    };
    fx::Port {
        name: name.to_string(),
        shape: vec![elements.len()],
        elements: elements.iter().map(|element| plain(element.ty)).collect(),
        conversion: Conversion::default(),
    }
}
