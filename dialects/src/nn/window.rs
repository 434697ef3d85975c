//! nn.window: the neighbourhood of every position.
//!
//! y[p…, c, t…] = x[c, u…] with u·spread = start + stride·p + dilation·t along each axis.
//!
//! | input   | kernel | positions | result       |
//! | [c, s…] | [t…]   | [p…]      | [p…, c, t…]  |
//!
//! A tap outside the input, or between its elements spread apart, is zero; with `outside`
//! nearest it is the nearest tap of the same window that is inside. A convolution is the
//! dense layer behind a window, a pooling the reduction behind one.

use std::str::FromStr;
use std::sync::Arc;

use super::tensor::strides;
use super::{Op, OpDef, Tensor, print_indices, print_integers, wrong_row};
use crate::ir::quote;
use crate::{Diagnostic, Number, Result};

/// What a tap outside the input reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outside {
    Zero,
    Nearest,
}

impl Outside {
    pub const ALL: [Outside; 2] = [Outside::Zero, Outside::Nearest];

    pub fn name(self) -> &'static str {
        match self {
            Outside::Zero => "zero",
            Outside::Nearest => "nearest",
        }
    }
}

impl FromStr for Outside {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut all = Outside::ALL.into_iter();
        all.find(|outside| outside.name() == text)
            .ok_or_else(|| format!("`{text}` is no value outside; they are zero, nearest"))
    }
}

/// Where the taps of a window are, an entry for each axis behind the channels.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Window {
    pub kernel: Vec<usize>,
    pub positions: Vec<usize>,
    /// The coordinate of the first tap at the first position.
    pub starts: Vec<i64>,
    pub strides: Vec<i64>,
    /// The distance from tap to tap; negative in a transposed convolution.
    pub dilations: Vec<i64>,
    /// The distance from element to element of the input, 1 but for a transposed convolution.
    pub spreads: Vec<usize>,
    pub outside: Outside,
}

/// Taps of all positions along one axis.
const MOST_TAPS: usize = 1 << 24;
/// Elements that a start, a stride or a dilation may be.
const MOST_DISTANCE: u64 = 1 << 32;

impl Window {
    /// Taps side by side, elements side by side, zeros outside.
    pub fn new(kernel: Vec<usize>, positions: Vec<usize>) -> Self {
        let rank = kernel.len();
        Window {
            kernel,
            positions,
            starts: vec![0; rank],
            strides: vec![1; rank],
            dilations: vec![1; rank],
            spreads: vec![1; rank],
            outside: Outside::Zero,
        }
    }

    /// The element that a tap reads along one axis of that size.
    pub fn source(&self, axis: usize, size: usize, position: usize, tap: usize) -> Option<usize> {
        let inside = |tap: usize| {
            let at = self.starts[axis]
                + self.strides[axis] * position as i64
                + self.dilations[axis] * tap as i64;
            let spread = self.spreads[axis] as i64;
            let element = usize::try_from(at).ok()? / self.spreads[axis];
            (at % spread == 0 && element < size).then_some(element)
        };
        match self.outside {
            Outside::Zero => inside(tap),
            Outside::Nearest => {
                let mut taps = (0..self.kernel[axis]).collect::<Vec<_>>();
                taps.sort_by_key(|other| other.abs_diff(tap));
                taps.into_iter().find_map(inside)
            }
        }
    }
}

pub const OP: OpDef = OpDef {
    name: "window",
    summary: "y[p…, c, t…] = x[c, u…], u = start + stride·p + dilation·t, zero outside",
    operands: &["input"],
    attributes: &[
        "kernel",
        "positions",
        "starts",
        "strides",
        "dilations",
        "spreads",
        "outside",
    ],
    read: |fields| {
        Ok(Op::Window {
            input: fields.operands[0],
            window: Arc::new(Window {
                kernel: fields.indices("kernel")?,
                positions: fields.indices("positions")?,
                starts: fields.integers("starts")?.to_vec(),
                strides: fields.integers("strides")?.to_vec(),
                dilations: fields.integers("dilations")?.to_vec(),
                spreads: fields.indices("spreads")?,
                outside: fields
                    .word("outside")?
                    .parse()
                    .map_err(|sentence: String| Diagnostic::new(sentence))?,
            }),
        })
    },
    print: |op| match op {
        Op::Window { window, .. } => vec![
            ("kernel", print_indices(&window.kernel)),
            ("positions", print_indices(&window.positions)),
            ("starts", print_integers(window.starts.iter().copied())),
            ("strides", print_integers(window.strides.iter().copied())),
            (
                "dilations",
                print_integers(window.dilations.iter().copied()),
            ),
            ("spreads", print_indices(&window.spreads)),
            ("outside", quote(window.outside.name())),
        ],
        _ => wrong_row(op),
    },
    shape: |op, of| {
        let Op::Window { window, .. } = op else {
            wrong_row(op)
        };
        let Some((&channels, sizes)) = of[0].split_first() else {
            return Err(Diagnostic::new("nn.window needs an axis of channels"));
        };
        let lengths = [
            window.kernel.len(),
            window.positions.len(),
            window.starts.len(),
            window.strides.len(),
            window.dilations.len(),
            window.spreads.len(),
        ];
        if lengths != [sizes.len(); 6] || window.spreads.contains(&0) {
            return Err(Diagnostic::new(format!(
                "nn.window has attributes for other axes than those of the shape {:?}",
                of[0]
            )));
        }
        let too_many = |axis: usize| {
            let taps = window.positions[axis].checked_mul(window.kernel[axis]);
            taps.is_none_or(|taps| taps > MOST_TAPS)
        };
        let places = [&window.starts, &window.strides, &window.dilations];
        let far = |place: &i64| place.unsigned_abs() > MOST_DISTANCE;
        if (0..sizes.len()).any(too_many)
            || places.into_iter().flatten().any(far)
            || window.spreads.iter().any(|spread| *spread > MOST_TAPS)
        {
            return Err(Diagnostic::new(format!(
                "nn.window has more than {MOST_TAPS} taps along an axis, or taps too far apart"
            )));
        }
        let reads_nothing = |axis: usize| {
            let mut positions = 0..window.positions[axis];
            window.outside == Outside::Nearest
                && positions.any(|at| window.source(axis, sizes[axis], at, 0).is_none())
        };
        if (0..sizes.len()).any(reads_nothing) {
            return Err(Diagnostic::new(
                "a window of nn.window lies outside its input with all its taps",
            ));
        }
        let mut shape = window.positions.clone();
        shape.push(channels);
        shape.extend(&window.kernel);
        Ok(shape)
    },
    eval: |op, of| {
        let Op::Window { window, .. } = op else {
            wrong_row(op)
        };
        let shape = (OP.shape)(op, &[&of[0].shape])?;
        let from = windowed_indices(&of[0].shape, window).into_iter();
        let zero = Number::zero();
        let values = from.map(|at| at.map_or(&zero, |at| &of[0].values[at]).clone());
        Ok(Tensor::new(shape, values.collect()))
    },
};

/// For each element of a window's result, the index of the element it is; `None` for zeros.
pub fn windowed_indices(shape: &[usize], window: &Window) -> Vec<Option<usize>> {
    let all = strides(shape);
    let rank = window.kernel.len();
    // Offsets at every position so far, axis by axis, then channels, then taps.
    let along = |axis: usize, position: usize, tap: usize| {
        let source = window.source(axis, shape[axis + 1], position, tap);
        source.map(|at| at * all[axis + 1])
    };
    let tables: Vec<Vec<Option<usize>>> = (0..rank)
        .map(|axis| {
            let positions = 0..window.positions[axis];
            let taps = 0..window.kernel[axis];
            positions
                .flat_map(|p| taps.clone().map(move |t| (p, t)))
                .map(|(p, t)| along(axis, p, t))
                .collect()
        })
        .collect();
    let grid = |sizes: &[usize]| {
        let mut places = vec![vec![]];
        for &size in sizes {
            let outer = std::mem::take(&mut places);
            for place in outer {
                places.extend((0..size).map(|at| [&place[..], &[at]].concat()));
            }
        }
        places
    };
    let taps = grid(&window.kernel);
    let mut found = Vec::new();
    for position in grid(&window.positions) {
        for channel in 0..shape[0] {
            for tap in &taps {
                let mut offset = Some(channel * all[0]);
                for axis in 0..rank {
                    let entry = tables[axis][position[axis] * window.kernel[axis] + tap[axis]];
                    offset = offset.zip(entry).map(|(sum, part)| sum + part);
                }
                found.push(offset);
            }
        }
    }
    found
}
