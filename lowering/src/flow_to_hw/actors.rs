//! Map with steps, reduce and fold.

use dialects::flow::{Fold, Stream};

use super::Kernel;
use super::writer::Writer;

/// A kernel that also sees the number of its token: the valid bit and the result.
pub fn map(w: &mut Writer, kernel: &Kernel, steps: usize) -> (String, String) {
    let counter = w.counter("step", "in_valid", steps);
    let width = kernel.inputs[0].1;
    let step = match counter {
        Some((step, own)) => w.widened(&step, own, width, false),
        None => w.constant(0, width),
    };
    w.kernel("kernel", kernel, "in_valid", &[step, "x".to_string()])
}

/// A kernel that goes around.
pub fn reduce(
    w: &mut Writer,
    kernel: &Kernel,
    state: &Stream,
    tokens: usize,
    initial: &[i128],
) -> (String, String) {
    let width = state.width();
    let entering = w.counter("token", "in_valid", tokens);
    let first = w.at(&entering, 0);
    let parts = state.lanes.iter().zip(initial);
    let parts: Vec<(String, u32)> = parts
        .map(|(lane, value)| (w.constant(*value, lane.width), lane.width))
        .collect();
    let begin = w.joined(&parts);
    let held = w.register();
    let before = w.mux(&first, &begin, &held, width);
    let (valid, next) = w.kernel("kernel", kernel, "in_valid", &[before, "x".to_string()]);
    let value = w.mux(&valid, &next, &held, width);
    w.drive(&held, "state", &value, width, false);
    match kernel.clocked {
        false => {
            let last = w.at(&entering, tokens - 1);
            let leaves = w.binary("and", "in_valid", &last, 1);
            (w.delayed("out_valid_r", &leaves, 1, true), held)
        }
        true => {
            let leaving = w.counter("result", &valid, tokens);
            let last = w.at(&leaving, tokens - 1);
            (w.binary("and", &valid, &last, 1), next)
        }
    }
}

/// Registers that are loaded with a token and then move up by a step.
pub fn fold(w: &mut Writer, of: &Stream, to: &Stream, fold: &Fold) -> (String, String) {
    let width = to.width();
    let low: Vec<u32> = of
        .lanes
        .iter()
        .scan(0, |at, lane| {
            let own = *at;
            *at += lane.width;
            Some(own)
        })
        .collect();
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
    // The last step first: each takes over what the one behind it holds.
    let mut behind: Option<String> = None;
    for (at, step) in steps.iter().enumerate().rev() {
        let register = w.register();
        let next = match &behind {
            Some(behind) => w.mux("in_valid", step, behind, width),
            None => w.mux("in_valid", step, &register, width),
        };
        w.drive(&register, &format!("step_{at}"), &next, width, false);
        behind = Some(register);
    }
    let y = behind.expect("there is a step");
    // How many steps are left behind the one that shows.
    let bits = usize::BITS - (fold.steps - 1).max(1).leading_zeros();
    let left = w.register();
    let (load, one) = (
        w.constant(fold.steps as i128 - 1, bits),
        w.constant(1, bits),
    );
    let less = w.binary("sub", &left, &one, bits);
    let done = w.equal(&left, 0, bits);
    let down = w.mux(&done, &left, &less, bits);
    let next = w.mux("in_valid", &load, &down, bits);
    w.drive(&left, "left", &next, bits, true);
    let more = w.not(&done);
    let shows = w.binary("or", "in_valid", &more, 1);
    (w.delayed("out_valid_r", &shows, 1, true), y)
}
