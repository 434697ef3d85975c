//! The library of AMD cells as logic: what `kaon_amd.sv` builds from LUTs and carry chains.
//!
//! A row of the library is a sum, `a + b + c + CONSTANT + CARRY_IN + SAVE_IN` with bits left
//! out and inverted as its masks say, and is written as one. That its cells add just this is
//! not taken on trust: for the parameters of every instance, the contents of each LUT are
//! worked out as `kaon_place` does, and place by place, for every pattern of its bits and
//! both carries, what the LUT and the carry cell give is compared with what the place adds.
//! A carry cell is that of `amd_cells.sv`: it passes the carry where S is 1, else takes DI.

mod place;

use dialects::{Diagnostic, Result};

use super::circuit::{Circuit, Id, Source};
use place::{Row, bits};

/// The output of an instance of the library, `result` wide.
///
/// Errors: a module that is not the library's; parameters under which its cells do not add.
pub fn expand(
    circuit: &mut Circuit,
    cell: &str,
    parameters: &[(String, String)],
    pins: &[(&str, Id)],
    result: Id,
) -> Result<Id> {
    let width = circuit.values[result].width;
    let refuse = |reason: &str| {
        Diagnostic::new(format!("`{cell}` cannot be simulated: {reason}"))
            .help("compile the model again, or with --primitives none")
    };
    let pin = |name: &str| pins.iter().find(|(port, _)| *port == name).map(|pin| pin.1);
    match cell {
        "kaon_add" | "kaon_add3" => {
            let row = Row::read(parameters).ok_or_else(|| refuse("unknown parameters"))?;
            row.check()
                .map_err(|place| refuse(&format!("its cells do not add at place {place}")))?;
            if row.width != width {
                return Err(refuse("its width is another"));
            }
            let pins = ["a", "b", "c"].map(pin);
            sum(circuit, &row, pins).ok_or_else(|| refuse("an input is missing"))
        }
        "kaon_clamp" => {
            if !place::clamp_holds() {
                return Err(refuse("its LUTs do not clamp"));
            }
            let pins = ["value", "over", "under"].map(pin);
            let [Some(value), Some(over), Some(under)] = pins else {
                return Err(refuse("an input is missing"));
            };
            Ok(clamp(circuit, value, over, under, width))
        }
        "kaon_lut" => {
            let init = parameters.iter().find(|(name, _)| name == "INIT");
            let init = init.and_then(|(_, text)| place::value(text));
            let init = init.ok_or_else(|| refuse("unknown parameters"))?;
            let index = pin("index").ok_or_else(|| refuse("an input is missing"))?;
            Ok(lut(circuit, init, index))
        }
        _ => Err(refuse("it is none of kaon's modules")),
    }
}

fn constant(circuit: &mut Circuit, value: u128, width: u32) -> Id {
    let unused = 128 - width.min(128);
    let value = ((value << unused) as i128) >> unused;
    circuit.value(
        width,
        Source::Constant(format!("hw.constant {value} : i{width}")),
    )
}

/// `None` where a bit is used of an input that is not there.
fn sum(circuit: &mut Circuit, row: &Row, pins: [Option<Id>; 3]) -> Option<Id> {
    let width = row.width;
    let mut terms = Vec::new();
    for (operand, pin) in pins.into_iter().enumerate() {
        let mask = |of: fn(&place::Place, usize) -> bool| {
            let places = (0..width).map(|at| row.effective(at));
            let set = places.map(|place| place.is_some_and(|place| of(place, operand)));
            set.enumerate()
                .fold(0, |mask, (at, set)| mask | u128::from(set) << at)
        };
        let used = mask(|place, operand| place.used[operand]);
        if used == 0 {
            continue;
        }
        let inverted = used & mask(|place, operand| place.inverted[operand]);
        let mut value = spread(circuit, row, pin?);
        if used != bits(width) {
            let mask = constant(circuit, used, width);
            value = circuit.op(width, format!("comb.and %v{value}, %v{mask} : i{width}"));
        }
        if inverted != 0 {
            let mask = constant(circuit, inverted, width);
            value = circuit.op(width, format!("comb.xor %v{value}, %v{mask} : i{width}"));
        }
        terms.push(value);
    }
    let added = row.constant();
    if added != 0 || terms.is_empty() {
        terms.push(constant(circuit, added, width));
    }
    if let [single] = terms[..] {
        return Some(single);
    }
    let terms: Vec<String> = terms.iter().map(|term| format!("%v{term}")).collect();
    let text = format!("comb.add {} : i{width}", terms.join(", "));
    Some(circuit.op(width, text))
}

/// The operand with each shared place's bit taken from the place below.
fn spread(circuit: &mut Circuit, row: &Row, value: Id) -> Id {
    let width = row.width;
    let from = |at: u32| row.base(at);
    if (0..width).all(|at| from(at) == at) {
        return value;
    }
    let mut parts = Vec::new();
    let mut types = Vec::new();
    let mut end = width;
    while end > 0 {
        // Bits that follow each other are one part, a shared one is a part of its own.
        let mut low = end - 1;
        if from(low) == low {
            while low > 0 && from(low - 1) == low - 1 {
                low -= 1;
            }
        }
        let (bit, count) = (from(low), end - low);
        let text = format!("comb.extract %v{value} from {bit} : (i{width}) -> i{count}");
        parts.push(format!("%v{}", circuit.op(count, text)));
        types.push(format!("i{count}"));
        end = low;
    }
    let text = format!("comb.concat {} : {}", parts.join(", "), types.join(", "));
    circuit.op(width, text)
}

/// The bit of `init` at an index of six bits.
fn lut(circuit: &mut Circuit, init: u128, index: Id) -> Id {
    let zeros = constant(circuit, 0, 58);
    let text = format!("comb.concat %v{zeros}, %v{index} : i58, i6");
    let index = circuit.op(64, text);
    let init = constant(circuit, init, 64);
    let shifted = circuit.op(64, format!("comb.shru %v{init}, %v{index} : i64"));
    circuit.op(1, format!("comb.extract %v{shifted} from 0 : (i64) -> i1"))
}

/// `value` where it fits, 0 under, all ones over.
fn clamp(circuit: &mut Circuit, value: Id, over: Id, under: Id, width: u32) -> Id {
    let zero = constant(circuit, 0, 2);
    let zeros = constant(circuit, 0, width);
    let ones = constant(circuit, bits(width), width);
    let over = circuit.op(1, format!("comb.icmp ne %v{over}, %v{zero} : i2"));
    let text = format!("comb.mux %v{over}, %v{ones}, %v{value} : i{width}");
    let raised = circuit.op(width, text);
    let text = format!("comb.mux %v{under}, %v{zeros}, %v{raised} : i{width}");
    circuit.op(width, text)
}
