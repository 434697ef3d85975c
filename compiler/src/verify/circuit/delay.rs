//! Registers counted: every value is so many clocks behind the inputs on all its paths.
//!
//! Where that holds, a register is the identity on values of one sample, and the circuit is the
//! function of one sample that its cells without registers compute.

use dialects::{Diagnostic, Result};

use super::{Chunk, Circuit, Op, Signal, Source};

/// The clocks from the inputs to each cell; `None` for what no input reaches.
///
/// Errors: a cell whose operands are of different clocks; an output of the data that is not
pub fn delays(
    circuit: &Circuit,
    order: &[usize],
    latency: u32,
    data: &[String],
) -> Result<Vec<Option<u32>>> {
    let mut delays: Vec<Option<u32>> = vec![None; circuit.cells.len()];
    let of = |signals: &[Signal], delays: &[Option<u32>]| {
        let mut found: Option<u32> = None;
        for chunk in signals.iter().flat_map(|signal| &signal.0) {
            let own = match chunk.source {
                Source::Constant(_) => None,
                Source::Cell(cell) => delays[cell],
                Source::Port(_) => Some(0),
            };
            match (found, own) {
                (Some(a), Some(b)) if a != b => return Err((a.min(b), a.max(b))),
                _ => found = found.or(own),
            }
        }
        Ok(found)
    };
    for &cell in order {
        let Circuit { cells, .. } = circuit;
        let operands = match cells[cell].op {
            Op::Register => &cells[cell].of[..1],
            _ => &cells[cell].of[..],
        };
        let delay = of(operands, &delays).map_err(|(a, b)| {
            let name = &cells[cell].name;
            Diagnostic::new(format!(
                "`{name}` reads values of different clocks: {a} and {b} registers behind the inputs"
            ))
        })?;
        delays[cell] = match cells[cell].op {
            Op::Register => delay.map(|delay| delay + 1),
            _ => delay,
        };
    }
    for (name, signal) in circuit
        .outputs
        .iter()
        .filter(|(name, _)| data.contains(name))
    {
        let found = of(std::slice::from_ref(signal), &delays);
        match found {
            Ok(found) if found.is_none_or(|found| found == latency) => {}
            Ok(found) => {
                let found = found.unwrap_or(0);
                return Err(Diagnostic::new(format!(
                    "output `{name}` comes after {found} clocks, the manifest says {latency}"
                )));
            }
            Err((a, b)) => {
                return Err(Diagnostic::new(format!(
                    "bits of output `{name}` come after {a} and after {b} clocks"
                )));
            }
        }
    }
    Ok(delays)
}

/// Checks that `out_valid` is `in_valid` so many clocks later, with every register cleared by
/// `rst`, and nothing else. Registers of a clock may be written as a choice before a register.
pub fn check_valid(circuit: &Circuit, latency: u32) -> Result<()> {
    let refuse = |what: &str| Err(Diagnostic::new(format!("`out_valid` {what}")));
    let port = |name: &str, chunk: &Chunk| match chunk.source {
        Source::Port(port) => circuit.ports[port].0 == name,
        _ => false,
    };
    let single = |signal: &Signal| match signal.0[..] {
        [chunk] if chunk.width == 1 => Some(chunk),
        _ => None,
    };
    let Some(mut at) = circuit.output("out_valid").and_then(single) else {
        return refuse("is not one bit");
    };
    for _ in 0..latency {
        let Source::Cell(cell) = at.source else {
            return refuse("comes too early");
        };
        let cell = &circuit.cells[cell];
        let next = match (&cell.op, cell.of.as_slice()) {
            (Op::Register, [next, reset])
                if single(reset).is_some_and(|reset| port("rst", &reset)) =>
            {
                single(next)
            }
            (Op::Register, [next]) => single(next).and_then(|next| cleared(circuit, next, &port)),
            _ => None,
        };
        let Some(next) = next else {
            return refuse("is no chain of registers that `rst` clears");
        };
        at = next;
    }
    match port("in_valid", &at) {
        true => Ok(()),
        false => refuse("does not begin at `in_valid`"),
    }
}

/// The value that is 0 where `rst` is 1.
fn cleared(circuit: &Circuit, at: Chunk, port: &dyn Fn(&str, &Chunk) -> bool) -> Option<Chunk> {
    let Source::Cell(cell) = at.source else {
        return None;
    };
    let cell = &circuit.cells[cell];
    let [reset, zero, value] = cell.of.as_slice() else {
        return None;
    };
    let is_reset = matches!(reset.0[..], [reset] if port("rst", &reset));
    let is_zero = matches!(
        zero.0[..],
        [Chunk {
            source: Source::Constant(0),
            ..
        }]
    );
    match (&cell.op, &value.0[..]) {
        (Op::Choose, [value]) if is_reset && is_zero => Some(*value),
        _ => None,
    }
}
