//! What sees several tokens: windows, and all tokens side by side.

use std::sync::Arc;

use dialects::flow::{self, Tap, Window};
use dialects::fx::{PortElement, Range};
use dialects::nn::{self, Op, Outside, ValueId};
use dialects::{Diagnostic, Result};

use super::tokens::{Tokens, raster};
use super::{Kind, Lowering, Placed};

impl Lowering<'_> {
    /// Whether a kernel of so many tokens begins at a value.
    pub fn is_border(&self, value: ValueId, tokens: usize) -> Result<bool> {
        let at = value.index();
        let own = self.of(value)?.count();
        Ok(self.placed[at].is_some() || own != tokens || self.kinds[at] != Kind::Kernel)
    }

    /// The stream of a value for a kernel of so many tokens, and the tokens it has there.
    pub fn place_border(&mut self, value: ValueId, tokens: usize) -> Result<(Placed, Tokens)> {
        let own = self.of(value)?.clone();
        if own.count() == tokens {
            return Ok((self.place(value)?, own));
        }
        if tokens != 1 {
            return Err(Diagnostic::new(format!(
                "the layer joins a stream of {} tokens with one of {tokens}",
                own.count()
            ))
            .in_layer(self.layer(value))
            .help("compile without --stream"));
        }
        let whole = Tokens::whole(own.of.len());
        if let Some(placed) = &self.collected[value.index()] {
            return Ok((placed.clone(), whole));
        }
        let placed = self.place(value)?;
        let (mut taps, mut lanes) = (vec![], vec![]);
        for element in 0..own.of.len() {
            let (token, lane) = own.place(element);
            lanes.push(placed.lanes[lane].clone());
            taps.push(Tap {
                depth: own.count() - 1 - token,
                lane,
                mask: None,
                zero: 0,
            });
        }
        let window = Window {
            emit: vec![own.count() - 1],
            taps,
            masks: vec![],
        };
        let layer = self.layer(value).to_string();
        let input = placed.stream;
        let window = Arc::new(window);
        let stream = self.flow.push(flow::Op::Window { input, window }, &layer)?;
        let placed = Placed { stream, lanes };
        self.collected[value.index()] = Some(placed.clone());
        Ok((placed, whole))
    }

    /// A window that slides over the positions of a stream.
    pub fn place_window(&mut self, value: ValueId) -> Result<Placed> {
        let Op::Window { input, window } = self.graph.node(value).op.clone() else {
            unreachable!("only a window is placed as one");
        };
        let shape = self.graph.shape(input).to_vec();
        let tokens = self.of(input)?.clone();
        let refuse = |sentence: &str| {
            Err(
                Diagnostic::new(format!("the window of this layer {sentence}"))
                    .help("compile without --stream"),
            )
        };
        if tokens.count() != shape[1..].iter().product::<usize>() {
            return refuse("goes over other positions than the stream in front of it");
        }
        if window.spreads.iter().any(|&spread| spread != 1) {
            return refuse("spreads its input, as a transposed convolution does");
        }
        let placed = self.place(input)?;
        let pitches: Vec<i64> = raster(&shape).iter().map(|&pitch| pitch as i64).collect();
        let positions = grid(&window.positions);
        let offsets = grid(&window.kernel);
        // Where a tap would be in the raster, and whether it is inside.
        let target = |position: &[usize], tap: &[usize]| {
            let mut inside = true;
            let along = |axis: usize| {
                let at = window.starts[axis]
                    + window.strides[axis] * position[axis] as i64
                    + window.dilations[axis] * tap[axis] as i64;
                inside &= (0..shape[axis + 1] as i64).contains(&at);
                at * pitches[axis]
            };
            let at: i64 = (0..pitches.len()).map(along).sum();
            (at, inside)
        };
        let mut emit = Vec::with_capacity(positions.len());
        for position in &positions {
            let last = offsets.iter().map(|tap| target(position, tap).0).max();
            match usize::try_from(last.unwrap_or(0)) {
                Ok(last) => emit.push(last),
                Err(_) => return refuse("lies in front of its input with all its taps"),
            }
        }
        let sources = nn::windowed_indices(&shape, &window);
        let channels = shape[0];
        let (mut taps, mut lanes) = (vec![], vec![]);
        let mut masks: Vec<Vec<bool>> = vec![];
        for channel in 0..channels {
            for (at, tap) in offsets.iter().enumerate() {
                let mut depth = None;
                let mut lane = None;
                let mut mask = Vec::with_capacity(positions.len());
                for (p, position) in positions.iter().enumerate() {
                    let (there, inside) = target(position, tap);
                    mask.push(inside);
                    depth = Some(emit[p] as i64 - there);
                    if !inside {
                        continue;
                    }
                    let place = (p * channels + channel) * offsets.len() + at;
                    let Some(source) = sources[place] else {
                        return refuse("reads nothing where it lies inside its input");
                    };
                    let (token, own) = tokens.place(source);
                    if token as i64 != there || lane.is_some_and(|lane| lane != own) {
                        return refuse("goes over the positions of its input in another order");
                    }
                    lane = Some(own);
                }
                let (Some(lane), Some(depth)) = (lane, depth) else {
                    return refuse("has a tap that is always outside its input");
                };
                let element = &placed.lanes[lane];
                let masked = mask.iter().any(|inside| !inside);
                if masked && window.outside == Outside::Nearest {
                    return refuse(
                        "hangs over the edge of its input, which a pooling cannot do yet",
                    );
                }
                let zero = if masked { zero(element)? } else { 0 };
                let mask = masked.then(|| {
                    masks
                        .iter()
                        .position(|other| *other == mask)
                        .unwrap_or_else(|| {
                            masks.push(mask);
                            masks.len() - 1
                        })
                });
                lanes.push(widened(element, mask.map(|_| zero))?);
                taps.push(Tap {
                    depth: depth as usize,
                    lane,
                    mask,
                    zero,
                });
            }
        }
        let window = Arc::new(Window { emit, taps, masks });
        let layer = self.layer(value).to_string();
        let input = placed.stream;
        let stream = self.flow.push(flow::Op::Window { input, window }, &layer)?;
        Ok(Placed { stream, lanes })
    }
}

/// All places of some sizes, the last axis fastest.
fn grid(sizes: &[usize]) -> Vec<Vec<usize>> {
    let mut places = vec![vec![]];
    for &size in sizes {
        let outer = std::mem::take(&mut places);
        for place in outer {
            places.extend((0..size).map(|at| [&place[..], &[at]].concat()));
        }
    }
    places
}

/// The integer that stands for zero.
fn zero(element: &PortElement) -> Result<i128> {
    let at = (-&element.offset).checked_div(&element.scale);
    let at = at.filter(|at| at.is_integer()).and_then(|at| at.to_i128());
    at.ok_or_else(|| {
        Diagnostic::new("the window of this layer pads with a zero that its input cannot be")
            .help("compile without --stream")
    })
}

/// The element with a type that also holds a number.
fn widened(element: &PortElement, number: Option<i128>) -> Result<PortElement> {
    let range = element.ty.range();
    let range = number.map_or(range, |number| range.union(Range::point(number)));
    let ty = range.int_type();
    let ty = ty.ok_or_else(|| Diagnostic::new("an element is too wide"))?;
    Ok(PortElement {
        ty,
        ..element.clone()
    })
}
