//! flow.window: tokens beside those before them.
//!
//! Token p of the result leaves when token `emit[p]` of the input comes; lane l of it is lane
//! `lane` of the token that came `depth` tokens earlier, or `zero` where `masks[mask][p]` is 0.
//!
//! `emit` rises. Beyond the last token, `emit` counts on: those windows hang over the end of
//! the sample, and every tap on what comes after it is masked.
//! A convolution's window has a tap for each of its places; a whole sample side by side is a
//! window that leaves once.
//!
//! Hardware: a shift register of the tokens, each kept once, and tables of when and where. It
//! takes a token in every clock cycle, now or later, and answers one cycle after.

use std::sync::Arc;

use super::{Op, OpDef, Stream, print_integers, wrong_row};
use crate::fx::Range;
use crate::ir::RawAttribute;
use crate::{Diagnostic, Result, ir};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    pub emit: Vec<usize>,
    /// One for each lane of the result.
    pub taps: Vec<Tap>,
    /// Each has a bit for each token of the result.
    pub masks: Vec<Vec<bool>>,
}

/// Where a lane comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tap {
    pub depth: usize,
    pub lane: usize,
    /// The row of [`Window::masks`] that says when it is there; always, where there is none.
    pub mask: Option<usize>,
    /// What it is otherwise.
    pub zero: i128,
}

impl Window {
    /// Tokens that the shift register holds.
    pub fn depth(&self) -> usize {
        self.taps.iter().map(|tap| tap.depth + 1).max().unwrap_or(1)
    }

    /// Shifts after the last token of a sample.
    pub fn flush(&self, tokens: usize) -> usize {
        let last = self.emit.last().map_or(0, |last| last + 1);
        last.saturating_sub(tokens)
    }

    /// Whether tap `at` holds a token of the sample when token `p` leaves.
    pub fn holds(&self, at: usize, p: usize) -> bool {
        self.taps[at].mask.is_none_or(|mask| self.masks[mask][p])
    }

    fn check(&self, of: &Stream) -> Result<()> {
        let refuse = |sentence: &str| Err(Diagnostic::new(format!("flow.window {sentence}")));
        if self.emit.is_empty() || self.taps.is_empty() {
            return refuse("makes no tokens");
        }
        if self.emit.windows(2).any(|pair| pair[0] >= pair[1]) {
            return refuse("gives its tokens out of order");
        }
        // What hangs over the end leaves while the next sample comes in.
        if self.flush(of.tokens) > self.emit[0] {
            return refuse("gives tokens of two samples at once");
        }
        if self.masks.iter().any(|mask| mask.len() != self.emit.len()) {
            return refuse("has a mask that is not for its tokens");
        }
        for (at, tap) in self.taps.iter().enumerate() {
            let there = tap.lane < of.lanes.len();
            if !there || tap.mask.is_some_and(|mask| mask >= self.masks.len()) {
                return refuse("has a tap on nothing");
            }
            for (p, &emit) in self.emit.iter().enumerate() {
                let inside = emit >= tap.depth && emit - tap.depth < of.tokens;
                if self.holds(at, p) && !inside {
                    return refuse("has a tap on another sample that is not masked");
                }
            }
        }
        Ok(())
    }
}

pub const OP: OpDef = OpDef {
    name: "window",
    summary: "y[p, l] = x[emit[p] - depth[l], lane[l]], or zero[l] where masked",
    operands: &["input"],
    attributes: &["emit", "depth", "lane", "mask", "zero", "masks"],
    read: |fields| {
        let (depth, lane) = (fields.indices("depth")?, fields.indices("lane")?);
        let (mask, zero) = (fields.choices("mask")?, fields.integers("zero")?);
        if [lane.len(), mask.len(), zero.len()] != [depth.len(); 3] {
            return Err(Diagnostic::new(
                "flow.window has taps of which it says too little",
            ));
        }
        let taps = (0..depth.len()).map(|at| Tap {
            depth: depth[at],
            lane: lane[at],
            mask: mask[at],
            zero: zero[at].into(),
        });
        let masks = match ir::find(fields.attributes, "masks") {
            Some(RawAttribute::Array(rows)) => rows.iter().map(|row| match row {
                RawAttribute::Integers(bits) => Some(bits.iter().map(|&bit| bit != 0).collect()),
                _ => None,
            }),
            _ => return Err(fields.malformed("masks", "an array of array<i64>")),
        };
        let masks = masks.collect::<Option<Vec<_>>>();
        Ok(Op::Window {
            input: fields.operands[0],
            window: Arc::new(Window {
                emit: fields.indices("emit")?,
                taps: taps.collect(),
                masks: masks.ok_or_else(|| fields.malformed("masks", "an array of array<i64>"))?,
            }),
        })
    },
    print: |op, _| {
        let Op::Window { window, .. } = op else {
            wrong_row(op)
        };
        let taps = window.taps.iter();
        let each = |of: fn(&Tap) -> i128| print_integers(taps.clone().map(of));
        let masks = window.masks.iter();
        let masks = masks.map(|mask| print_integers(mask.iter().map(|&bit| bit.into())));
        vec![
            print_integers(window.emit.iter().map(|&at| at as i128)),
            each(|tap| tap.depth as i128),
            each(|tap| tap.lane as i128),
            each(|tap| tap.mask.map_or(-1, |mask| mask as i128)),
            each(|tap| tap.zero),
            format!("[{}]", masks.collect::<Vec<_>>().join(", ")),
        ]
    },
    stream: |op, of, _| {
        let Op::Window { window, .. } = op else {
            wrong_row(op)
        };
        window.check(of[0])?;
        let lane = |tap: &Tap| {
            let range = of[0].lanes[tap.lane].range();
            let range = match tap.mask {
                Some(_) => range.union(Range::point(tap.zero)),
                None => range,
            };
            range.int_type()
        };
        let lanes = window.taps.iter().map(lane).collect::<Option<Vec<_>>>();
        Ok(Stream {
            tokens: window.emit.len(),
            lanes: lanes.ok_or_else(|| Diagnostic::new("a lane of flow.window is too wide"))?,
        })
    },
};
