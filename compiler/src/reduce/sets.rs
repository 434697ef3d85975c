//! Delta debugging over sets.

/// A small part of `items` that `keeps` accepts, found by leaving out ever smaller runs of
/// them; `items` itself is accepted.
pub fn fewest<T: Clone>(items: &[T], mut keeps: impl FnMut(&[T]) -> bool) -> Vec<T> {
    let mut kept = items.to_vec();
    if kept.len() > 1 {
        // One of many is what most faults need.
        for item in items.iter().take(64) {
            if keeps(std::slice::from_ref(item)) {
                return vec![item.clone()];
            }
        }
    }
    let mut run = kept.len().div_ceil(2);
    while run > 0 {
        let mut at = 0;
        while at < kept.len() {
            let end = (at + run).min(kept.len());
            let rest = [&kept[..at], &kept[end..]].concat();
            match keeps(&rest) {
                true => kept = rest,
                false => at = end,
            }
        }
        run = match run {
            1 => 0,
            run => run.div_ceil(2),
        };
    }
    kept
}

/// Which of `count` values some of `from` depend on; `reads` gives what one reads directly,
/// all of it before the value.
pub fn live(
    count: usize,
    from: impl Iterator<Item = usize>,
    reads: impl Fn(usize) -> Vec<usize>,
) -> Vec<bool> {
    let mut live = vec![false; count];
    from.for_each(|at| live[at] = true);
    for at in (0..count).rev() {
        if live[at] {
            reads(at).into_iter().for_each(|below| live[below] = true);
        }
    }
    live
}
