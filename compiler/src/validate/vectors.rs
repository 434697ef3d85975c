//! Inputs to try: all when they are few, else corners, single elements, then seeded ones.

use dialects::fx::IntType;

use crate::random::Random;

const SEED: u64 = 0x6b61_6f6e;

/// Rows of one value for each type; and whether they are all there are.
pub fn rows(types: &[IntType], count: usize) -> (Vec<Vec<i128>>, bool) {
    let bits: u32 = types.iter().map(|ty| ty.width).sum();
    if bits < 32 && 1usize << bits <= count {
        return (all(types), true);
    }
    let mut random = Random::new(SEED);
    let row = |at: usize| row(types, at, count, &mut random);
    ((0..count).map(row).collect(), false)
}

/// Every row there is.
fn all(types: &[IntType]) -> Vec<Vec<i128>> {
    types.iter().fold(vec![vec![]], |rows, ty| {
        let range = ty.range();
        let grown = rows.iter().flat_map(|row: &Vec<i128>| {
            (range.lo..=range.hi).map(move |value| [row.as_slice(), &[value]].concat())
        });
        grown.collect()
    })
}

fn row(types: &[IntType], at: usize, count: usize, random: &mut Random) -> Vec<i128> {
    let of = |f: &dyn Fn(usize, IntType) -> i128| -> Vec<i128> {
        types.iter().enumerate().map(|(i, ty)| f(i, *ty)).collect()
    };
    match at {
        0 => of(&|_, _| 0),
        1 => of(&|_, ty| ty.range().lo),
        2 => of(&|_, ty| ty.range().hi),
        3 => of(&|i, ty| {
            if i.is_multiple_of(2) {
                ty.range().lo
            } else {
                ty.range().hi
            }
        }),
        // One element at an end, the others zero: what a wrong connection shows at once.
        _ if at < count / 4 => {
            let (only, high) = ((at - 4) / 2 % types.len().max(1), at.is_multiple_of(2));
            of(&|i, ty| match (i == only, high) {
                (false, _) => 0,
                (true, true) => ty.range().hi,
                (true, false) => ty.range().lo,
            })
        }
        _ => types.iter().map(|ty| random.value(*ty)).collect(),
    }
}
