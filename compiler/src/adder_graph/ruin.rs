//! Taking shared rows apart: a row is put in place of itself in every row that reads it.
//!
//! Kraft sums do not grow: a row's own sum is at most 2^level, and weights are
//! subadditive. So what follows starts within every depth bound.

use super::digits::{WIDEST, weight};
use super::network::Network;
use super::random::Random;

/// Inline a shared row, if coefficients stay narrow.
pub(super) fn inline(network: &mut Network, node: u32) {
    let terms: Vec<(u32, i64)> = {
        let entries = &network.nodes[node as usize].entries;
        entries
            .iter()
            .map(|entry| (entry.node, entry.coef))
            .collect()
    };
    while let Some(&row) = network.nodes[node as usize].users.last() {
        let times = network.coef(row, node);
        let fits = |&(of, coef): &(u32, i64)| {
            let more = times
                .checked_mul(coef)
                .filter(|more| more.abs() < WIDEST / 2);
            more.is_some() && network.coef(row, of).abs() < WIDEST / 2
        };
        if !terms.iter().all(fits) {
            return;
        }
        network.set(row, node, 0);
        for &(of, coef) in &terms {
            network.add(row, of, times * coef);
        }
    }
    network.drop_node(node);
}

/// Inline about `count` shared rows anywhere; returns the rows that read them.
pub(super) fn anywhere(network: &mut Network, count: usize, random: &mut Random) -> Vec<u32> {
    let mut changed = Vec::new();
    for _ in 0..count {
        let rows = network.nodes.len() - network.inputs;
        let node = (network.inputs + random.below(rows)) as u32;
        if network.is_shared(node) {
            changed.extend_from_slice(&network.nodes[node as usize].users);
            inline(network, node);
        }
    }
    changed.sort_unstable();
    changed.dedup();
    changed
}

/// Inline up to `most` of the shared rows that read one input.
pub(super) fn around_input(network: &mut Network, most: usize, random: &mut Random) {
    let input = random.below(network.inputs);
    let users = network.nodes[input].users.clone();
    let shared = users.into_iter().filter(|&user| network.is_shared(user));
    let mut shared: Vec<u32> = shared.collect();
    while shared.len() > most {
        shared.swap_remove(random.below(shared.len()));
    }
    for node in shared {
        inline(network, node);
    }
}

/// Drop what nobody reads, and inline what is read only once.
pub(super) fn tidy(network: &mut Network) {
    let mut at = 0;
    while at < network.touched.len() {
        let node = network.touched[at];
        at += 1;
        if !network.is_shared(node) {
            continue;
        }
        match network.nodes[node as usize].users[..] {
            [] => network.drop_node(node),
            [row] if weight(network.coef(row, node)) == 1 => inline(network, node),
            _ => {}
        }
    }
}
