//! A plan, place by place as the cells work, beside the sum.

use kaon_testsuite::random_fx::Random;
use lowering::adder::{Addend, Rates, Row, Source, plan};

use super::any_sum;

/// What a row gives: S and DI of each place into a carry chain.
fn run(row: &Row, values: &[i128], before: Option<i128>) -> u128 {
    let bit = |mask: u128, at: u32| mask >> at & 1;
    let bits = |at: u32| {
        let mut sum = bit(row.constant, at);
        for of in row.addends.iter().filter(|of| bit(of.mask, at) == 1) {
            let value = match of.source {
                Source::Addend(number) => values[number],
                Source::Before => before.expect("a row before"),
            };
            let own = (value >> (at - of.shift) & 1) as u128;
            sum += own ^ bit(of.inverted, at);
        }
        sum
    };
    let one = |at: u32| {
        let addends = row.addends.iter().filter(|of| bit(of.mask, at) == 1);
        addends.count() as u128 + bit(row.constant, at)
    };
    let (mut sum, mut carry) = (0, u128::from(row.carry_in));
    for at in 0..row.width {
        if at < row.low {
            assert!(one(at) <= 1, "bits meet below the chain: {row:?}");
            sum |= bits(at) << at;
            continue;
        }
        let from_below = match at == row.low {
            true => u128::from(row.save_in),
            false => bit(row.save, at - 1) & (bits(at - 1) >> 1),
        };
        let below = match at == row.low {
            true => u128::from(row.save_in),
            false => bit(row.save, at - 1),
        };
        let last = at + 1 == row.width;
        let saves = one(at) + below >= 3 && !last;
        assert!(one(at) <= 3 && saves == (bit(row.save, at) == 1), "{row:?}");
        let (s, di) = match saves {
            true => (bits(at) & 1 ^ from_below, from_below),
            false => ((bits(at) + from_below) & 1, (bits(at) + from_below) >> 1),
        };
        if bit(row.shared, at) == 1 {
            assert_eq!(s, bits(at - 1) & 1, "{row:?}");
        }
        sum |= (s ^ carry) << at;
        carry = if s == 1 { carry } else { di };
    }
    sum
}

/// A LUT has five inputs, and one output beside the sum's.
fn check_luts(row: &Row) {
    let bit = |mask: u128, at: u32| mask >> at & 1 == 1;
    let varying = |at: u32| row.addends.iter().filter(|of| bit(of.mask, at)).count();
    for at in row.low..row.width.saturating_sub(1) {
        let local = bit(row.save & row.local, at);
        let routed_above = bit(row.save & !row.local, at + 1);
        assert!(!local || !routed_above, "one output for two: {row:?}");
        assert!(!local || varying(at) + varying(at + 1) <= 5, "{row:?}");
    }
}

fn any_value(random: &mut Random, of: &Addend) -> i128 {
    let value = random.within(of.ty.range());
    value >> of.zeros << of.zeros
}

#[test]
fn rows_give_the_sum() {
    let mut random = Random::new(11);
    for round in 0..40_000 {
        let (addends, constant) = any_sum(&mut random, if round % 4 == 0 { 40 } else { 5 });
        let width = 1 + random.below(if round % 4 == 0 { 60 } else { 9 }) as u32;
        let routed = random.pick(&[0, 100]);
        let plan = plan(&addends, constant, width, Rates { passed: 50, routed });
        check_luts(&plan.row);
        for _ in 0..12 {
            let values: Vec<i128> = addends
                .iter()
                .map(|of| any_value(&mut random, of))
                .collect();
            let mut wanted = constant;
            for (of, value) in addends.iter().zip(&values) {
                let value = value << of.shift;
                wanted += if of.negative { -value } else { value };
            }
            let before = plan.before.as_ref().map(|(row, of)| {
                let sum = run(row, &values, None);
                of.ty.wrap(sum as i128)
            });
            let got = run(&plan.row, &values, before);
            let wanted = wanted as u128 & ((1 << width) - 1);
            assert_eq!(
                got, wanted,
                "{addends:?} + {constant}, {values:?}: {plan:?}"
            );
        }
    }
}
