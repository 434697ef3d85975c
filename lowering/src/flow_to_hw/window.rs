//! A shift register of tokens, and tables that say when a window is whole.

use dialects::flow::{Stream, Window};

use super::writer::Writer;

/// The valid bit and the window. Tokens may come with any gaps between them.
pub fn window(w: &mut Writer, of: &Stream, window: &Window, spacing: u32) -> (String, String) {
    let tokens = of.tokens;
    let entering = w.counter("token", "in_valid", tokens);
    let leaves = |range: std::ops::Range<usize>| -> Vec<bool> {
        let first = range.start;
        let mut bits = vec![false; range.len()];
        for emit in window.emit.iter().filter(|emit| range.contains(emit)) {
            bits[emit - first] = true;
        }
        bits
    };
    let own = leaves(0..tokens);
    let own = chosen(w, &entering, &own);
    let mut emit = w.binary("and", "in_valid", &own, 1);
    let mut advance = "in_valid".to_string();
    let flush = window.flush(tokens);
    if flush > 0 {
        // Shifts after the last token, until the next sample begins to shift.
        let flushing = w.register();
        let last = w.at(&entering, tokens - 1);
        let ends = w.binary("and", "in_valid", &last, 1);
        let idle = w.at(&entering, 0);
        let mut free = w.binary("and", &flushing, &idle, 1);
        let pace = w.register();
        if spacing > 1 {
            let bits = u32::BITS - (spacing - 1).leading_zeros();
            let due = w.equal(&pace, u128::from(spacing) - 1, bits);
            free = w.binary("and", &free, &due, 1);
        }
        advance = w.binary("or", "in_valid", &free, 1);
        if spacing > 1 {
            let bits = u32::BITS - (spacing - 1).leading_zeros();
            let due = w.equal(&pace, u128::from(spacing) - 1, bits);
            let one = w.constant(1, bits);
            let more = w.binary("add", &pace, &one, bits);
            let next = w.mux(&due, &pace, &more, bits);
            let zero = w.constant(0, bits);
            let next = w.mux(&advance, &zero, &next, bits);
            w.drive(&pace, "pace", &next, bits, true);
        }
        let moves = w.binary("and", &advance, &flushing, 1);
        let left = w.counter("flushed", &moves, flush);
        let done = w.at(&left, flush - 1);
        let over = w.binary("and", &moves, &done, 1);
        let over = w.not(&over);
        let stays = w.binary("and", &flushing, &over, 1);
        let next = w.binary("or", &ends, &stays, 1);
        w.drive(&flushing, "flushing", &next, 1, true);
        let late = leaves(tokens..tokens + flush);
        let late = chosen(w, &left, &late);
        let late = w.binary("and", &moves, &late, 1);
        emit = w.binary("or", &emit, &late, 1);
    }
    let stages = shifted(w, of, window, &advance);
    let leaving = w.counter("window", &emit, window.emit.len());
    let masks: Vec<String> = window
        .masks
        .iter()
        .enumerate()
        .map(|(at, mask)| {
            let bit = chosen(w, &leaving, mask);
            w.held(&format!("mask_{at}"), &emit, &bit, 1)
        })
        .collect();
    let mut parts = Vec::with_capacity(window.taps.len());
    for tap in &window.taps {
        let ty = of.lanes[tap.lane];
        let bits = stages[tap.depth].lane(w, of, tap.lane);
        let part = match tap.mask {
            None => (bits, ty.width),
            Some(mask) => {
                let range = ty.range().union(dialects::fx::Range::point(tap.zero));
                let wide = range.int_type().map_or(ty.width, |wide| wide.width);
                let bits = w.widened(&bits, ty.width, wide, ty.signed);
                let zero = w.constant(tap.zero, wide);
                (w.mux(&masks[mask], &bits, &zero, wide), wide)
            }
        };
        parts.push(part);
    }
    let y = w.joined(&parts);
    (w.delayed("out_valid_r", &emit, 1, true), y)
}

/// A table of bits at a counter.
fn chosen(w: &mut Writer, counter: &Option<(String, u32)>, bits: &[bool]) -> String {
    match (
        counter,
        bits.iter().all(|bit| *bit),
        bits.iter().any(|bit| *bit),
    ) {
        (_, true, _) => w.constant(1, 1),
        (_, _, false) => w.constant(0, 1),
        (Some((name, width)), ..) => w.looked_up(bits, name, *width),
        (None, ..) => w.constant(i128::from(bits[0]), 1),
    }
}

/// What the shift register holds of one token: the lanes that some tap reads there or deeper.
struct Stage {
    register: String,
    lanes: Vec<usize>,
}

impl Stage {
    fn width(&self, of: &Stream) -> u32 {
        self.lanes.iter().map(|lane| of.lanes[*lane].width).sum()
    }

    fn lane(&self, w: &mut Writer, of: &Stream, lane: usize) -> String {
        let before = self.lanes.iter().take_while(|own| **own < lane);
        let low = before.map(|own| of.lanes[*own].width).sum();
        let all = self.width(of);
        w.extract(&self.register, low, of.lanes[lane].width, all)
    }
}

fn shifted(w: &mut Writer, of: &Stream, window: &Window, advance: &str) -> Vec<Stage> {
    let mut reach = vec![0; of.lanes.len()];
    for tap in &window.taps {
        reach[tap.lane] = reach[tap.lane].max(tap.depth + 1);
    }
    let mut stages: Vec<Stage> = Vec::new();
    for depth in 0..window.depth() {
        let lanes = (0..of.lanes.len()).filter(|lane| reach[*lane] > depth);
        let lanes: Vec<usize> = lanes.collect();
        let front = match stages.last() {
            None => Stage {
                register: "x".to_string(),
                lanes: (0..of.lanes.len()).collect(),
            },
            Some(stage) => Stage {
                register: stage.register.clone(),
                lanes: stage.lanes.clone(),
            },
        };
        let next = match front.lanes == lanes {
            true => front.register,
            false => {
                let parts: Vec<(String, u32)> = lanes
                    .iter()
                    .map(|lane| (front.lane(w, of, *lane), of.lanes[*lane].width))
                    .collect();
                w.joined(&parts)
            }
        };
        let mut stage = Stage {
            register: String::new(),
            lanes,
        };
        let width = stage.width(of);
        stage.register = w.held(&format!("token_{depth}"), advance, &next, width);
        stages.push(stage);
    }
    stages
}
