//! Sums as rows of LUTs and carry cells: the plan by arithmetic, the library by simulation,
//! the LUTs by synthesis.

mod cells;
mod library;
mod plan;

use dialects::fx::{IntType, Range};
use kaon_testsuite::random_fx::Random;
use lowering::adder::Addend;

/// One to three addends of up to `width` bits and a constant.
fn any_sum(random: &mut Random, width: usize) -> (Vec<Addend>, i128) {
    let addend = |random: &mut Random| {
        let ty = IntType {
            signed: random.below(2) == 0,
            width: 1 + random.below(width) as u32,
        };
        Addend {
            ty,
            zeros: random.pick(&[0, 0, 1, 2]).min(ty.width - 1),
            shift: random.pick(&[0, 0, 0, 1, 2, width as u32 / 2]),
            negative: random.below(2) == 0,
        }
    };
    let addends = (0..1 + random.below(3)).map(|_| addend(random)).collect();
    let limit = 1i128 << (width + 1);
    let constant = match random.below(3) {
        0 => 0,
        _ => random.within(Range::new(-limit, limit)),
    };
    (addends, constant)
}
