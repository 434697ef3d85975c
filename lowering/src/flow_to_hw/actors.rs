//! Map with steps, reduce, scan and fold.

use dialects::flow::{Fold, Stream};
use dialects::fx::IntType;

use super::Kernel;
use super::writer::Writer;

/// A kernel that also sees the number of its token: the valid bit and the result.
pub fn map(
    w: &mut Writer,
    kernel: &Kernel,
    of: &Stream,
    (steps, number): (usize, IntType),
) -> (String, String) {
    let counter = w.counter("step", "in_valid", steps);
    let width = number.width;
    let step = match counter {
        Some((step, own)) => w.widened(&step, own, width, false),
        None => w.constant(0, width),
    };
    let inputs = match kernel.inputs.len() {
        1 => vec![w.joined(&[(step, width), ("x".to_string(), of.width())])],
        _ => vec![step, "x".to_string()],
    };
    w.kernel("kernel", kernel, "in_valid", &inputs)
}

/// A kernel that goes around: the state after the last of so many tokens.
pub fn reduce(
    w: &mut Writer,
    kernel: &Kernel,
    of: &Stream,
    state: &[IntType],
    tokens: usize,
    initial: &[i128],
) -> (String, String) {
    let (entering, valid, y) = around(w, kernel, of, state, tokens, initial);
    match kernel.clocked {
        false => {
            let last = w.at(&entering, tokens - 1);
            let leaves = w.binary("and", "in_valid", &last, 1);
            (w.delayed("out_valid_r", &leaves, 1, true), y)
        }
        true => {
            let leaving = w.counter("result", &valid, tokens);
            let last = w.at(&leaving, tokens - 1);
            (w.binary("and", &valid, &last, 1), y)
        }
    }
}

/// A kernel that goes around: some lanes of the state after every token.
pub fn scan(
    w: &mut Writer,
    kernel: &Kernel,
    of: &Stream,
    state: &[IntType],
    (tokens, initial, lanes): (usize, &[i128], &[usize]),
) -> (String, String) {
    let (_, valid, y) = around(w, kernel, of, state, tokens, initial);
    let width = state.iter().map(|lane| lane.width).sum();
    let low = lows(state);
    let parts: Vec<(String, u32)> = lanes
        .iter()
        .map(|&lane| {
            let own = state[lane].width;
            (w.extract(&y, low[lane], own, width), own)
        })
        .collect();
    let shown = w.joined(&parts);
    match kernel.clocked {
        false => (w.delayed("out_valid_r", "in_valid", 1, true), shown),
        true => (valid, shown),
    }
}

/// The lowest bit of each lane.
fn lows(lanes: &[IntType]) -> Vec<u32> {
    let ends = lanes.iter().scan(0, |at, lane| {
        let own = *at;
        *at += lane.width;
        Some(own)
    });
    ends.collect()
}

/// A state and the kernel that makes the next of it: the counter of tokens, the kernel's valid
/// bit, and the state where it may be seen.
fn around(
    w: &mut Writer,
    kernel: &Kernel,
    of: &Stream,
    state: &[IntType],
    tokens: usize,
    initial: &[i128],
) -> (Option<(String, u32)>, String, String) {
    let width = state.iter().map(|lane| lane.width).sum();
    let entering = w.counter("token", "in_valid", tokens);
    let first = w.at(&entering, 0);
    let parts = state.iter().zip(initial);
    let parts: Vec<(String, u32)> = parts
        .map(|(lane, value)| (w.constant(*value, lane.width), lane.width))
        .collect();
    let begin = w.joined(&parts);
    let held = w.register();
    let before = w.mux(&first, &begin, &held, width);
    let token = w.joined(&[(before, width), ("x".to_string(), of.width())]);
    let inputs = w.split(&token, &kernel.inputs);
    let (valid, next) = w.kernel("kernel", kernel, "in_valid", &inputs);
    let value = w.mux(&valid, &next, &held, width);
    w.drive(&held, "state", &value, width, false);
    let seen = if kernel.clocked { next } else { held };
    (entering, valid, seen)
}

/// Registers that are loaded with a token and then move up by a step, every so many cycles.
pub fn fold(w: &mut Writer, of: &Stream, to: &Stream, fold: &Fold, apart: u32) -> (String, String) {
    let width = to.width();
    let low = lows(&of.lanes);
    let steps: Vec<String> = fold
        .lanes
        .chunks(fold.width())
        .map(|step| {
            let lanes = step.iter().zip(&to.lanes);
            let parts: Vec<(String, u32)> = lanes
                .map(|(lane, ty)| match lane {
                    Some(lane) => {
                        let own = of.lanes[*lane];
                        let bits = w.extract("x", low[*lane], own.width, of.width());
                        (w.widened(&bits, own.width, ty.width, own.signed), ty.width)
                    }
                    None => (w.constant(0, ty.width), ty.width),
                })
                .collect();
            w.joined(&parts)
        })
        .collect();
    // How many steps are left behind the one that shows, and when the next is due.
    let bits = usize::BITS - (fold.steps - 1).max(1).leading_zeros();
    let left = w.register();
    let done = w.equal(&left, 0, bits);
    let mut moves = w.not(&done);
    if apart > 1 {
        let due = due(w, apart);
        moves = w.binary("and", &moves, &due, 1);
    }
    // The last step first: each takes over what the one behind it holds.
    let mut behind: Option<String> = None;
    for (at, step) in steps.iter().enumerate().rev() {
        let register = w.register();
        let moved = match &behind {
            Some(behind) if apart > 1 => w.mux(&moves, behind, &register, width),
            Some(behind) => behind.clone(),
            None => register.clone(),
        };
        let next = w.mux("in_valid", step, &moved, width);
        w.drive(&register, &format!("step_{at}"), &next, width, false);
        behind = Some(register);
    }
    let y = behind.expect("there is a step");
    let (load, one) = (
        w.constant(fold.steps as i128 - 1, bits),
        w.constant(1, bits),
    );
    let less = w.binary("sub", &left, &one, bits);
    let down = w.mux(&moves, &less, &left, bits);
    let next = w.mux("in_valid", &load, &down, bits);
    w.drive(&left, "left", &next, bits, true);
    let shows = w.binary("or", "in_valid", &moves, 1);
    (w.delayed("out_valid_r", &shows, 1, true), y)
}

/// Whether so many cycles have gone by since a token came, or since this was last so.
fn due(w: &mut Writer, apart: u32) -> String {
    let bits = u32::BITS - (apart - 1).leading_zeros();
    let pace = w.register();
    let due = w.equal(&pace, u128::from(apart) - 1, bits);
    let (zero, one) = (w.constant(0, bits), w.constant(1, bits));
    let more = w.binary("add", &pace, &one, bits);
    let anew = w.binary("or", "in_valid", &due, 1);
    let next = w.mux(&anew, &zero, &more, bits);
    w.drive(&pace, "pace", &next, bits, true);
    due
}
