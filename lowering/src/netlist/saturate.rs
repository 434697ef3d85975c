//! Saturation of signed values, of LUTs by name.
//!
//! Each bit below the result's sign is a LUT of the bit, the value's sign and up to four signals that all have to let the
//! value pass: a bit above the result does when it equals the sign, and a word for five such bits is another LUT.
//! A synthesis that maps for depth makes wide functions of the same logic instead, at twice the LUTs.

use super::gates::Gates;
use super::{Module, Net};

/// Signals beside the bit and the sign in a LUT of six inputs.
const SIGNALS: u32 = 4;

/// Bits that a word stands for: the LUT's sixth input is the sign.
const WORD: u32 = 5;

/// What a result bit waits for besides its own bit and the sign.
struct Signal {
    net: Net,
    /// 1 lets pass; of a bit, being equal to the sign.
    word: bool,
}

/// The LUTs of a saturation to `width` bits where so many bits stand between the value's sign and the result's.
pub fn luts(width: u32, between: u32) -> u32 {
    let (words, _) = words(between);
    let (mut left, mut joins) = (words, 0);
    while left > SIGNALS {
        left -= left.min(6) - 1;
        joins += 1;
    }
    width - 1 + words + joins
}

/// How many words, and for how many bits together.
fn words(bits: u32) -> (u32, u32) {
    let words = bits.saturating_sub(SIGNALS).div_ceil(WORD - 1);
    (words, (words * WORD).min(bits))
}

/// The low bits of a signed value, saturated: `above` are the value's bits from the result's sign on.
/// `None` where the fabric has no LUT by name, or no bit stands between the signs.
pub fn saturate(gates: &Gates, module: &mut Module, low: Net, above: Net) -> Option<Net> {
    let body = module.width(low) - 1;
    let bits = module.width(above) - 1;
    if body == 0 || bits == 0 || !gates.named() {
        return None;
    }
    let sign = module.extract(above, bits, 1);
    let (_, told) = words(bits);
    let mut signals = Vec::new();
    for first in (0..told).step_by(WORD as usize) {
        let count = (told - first).min(WORD);
        let group = module.extract(above, first, count);
        let index = module.concat(vec![sign, group]);
        let equal = [0, (1u32 << (count + 1)) - 1];
        let net = table(gates, module, index, |at| equal.contains(&at));
        signals.push(Signal { net, word: true });
    }
    while signals.len() as u32 > SIGNALS {
        let first = signals.drain(..signals.len().min(6));
        let parts: Vec<Net> = first.map(|signal| signal.net).collect();
        let all = (1u32 << parts.len()) - 1;
        let index = module.concat(parts);
        let net = table(gates, module, index, |at| at == all);
        signals.push(Signal { net, word: true });
    }
    for at in told..bits {
        let net = module.extract(above, at, 1);
        signals.push(Signal { net, word: false });
    }
    let bit = |at: u32, place: usize| at >> place & 1;
    let passes = |at: u32| {
        signals.iter().enumerate().all(|(place, signal)| {
            let wanted = if signal.word { 1 } else { bit(at, 1) };
            bit(at, 2 + place) == wanted
        })
    };
    let mut result = vec![sign];
    for place in (0..body).rev() {
        let own = module.extract(low, place, 1);
        let parts = signals.iter().rev().map(|signal| signal.net);
        let index = module.concat(parts.chain([sign, own]).collect());
        let clamped = |at: u32| match passes(at) {
            true => bit(at, 0) == 1,
            false => bit(at, 1) == 0,
        };
        result.push(table(gates, module, index, clamped));
    }
    Some(module.concat(result))
}

fn table(gates: &Gates, module: &mut Module, index: Net, of: impl Fn(u32) -> bool) -> Net {
    let size = 1u32 << module.width(index);
    let entries: Vec<u128> = (0..size).map(|at| u128::from(of(at))).collect();
    gates.lut(module, index, &entries)
}
