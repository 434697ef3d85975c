//! Large-neighbourhood search: ruin a part, build it anew, keep what is good enough.
//!
//! After Pisinger and Ropke, with the acceptance of simulated annealing (Kirkpatrick et
//! al.): a step that costs more is kept with a probability that falls to 0 at the end.
//! Ruin takes shared rows apart; what they leave in the rows that read them is improved by
//! row differences and shared anew by patterns, with noise. A rejected step is taken back by
//! its journal, so a step costs what it touches.

use super::difference::Differences;
use super::greedy::{self, Choice, Score};
use super::network::Network;
use super::random::Random;
use super::ruin;

/// Work per adder at effort 1; each further effort has ten times as much.
const WORK: u64 = 2_500;
/// Work that a step takes besides what is counted.
const STEP: u64 = 300;
/// The shared rows taken apart by a step are this many on average.
const RUIN: usize = 8;
/// Steps between new levels, and adders for one more.
const RELEVEL: u64 = 100;
const RELEVEL_ADDERS: u64 = 10;
/// Random growth of scores, in 256ths.
const NOISE: u64 = 512;
/// The temperature at the start, in units of cost: a part of the work for an adder, at most this.
const HOTTEST: f64 = 1000.0;
const WORK_PER_DEGREE: f64 = 40.0;

pub(super) fn improve(network: &mut Network, effort: u32) {
    let mut random = Random::new(1);
    let mut differences = Differences::default();
    let mut now = network.settle();
    let work = WORK.saturating_mul(10u64.saturating_pow(effort.saturating_sub(1)));
    let budget = work.saturating_mul(now.adders);
    let hottest = (work as f64 / WORK_PER_DEGREE).min(HOTTEST);
    let start = network.patterns.work;
    let relevel = RELEVEL.max(now.adders / RELEVEL_ADDERS);
    let mut steps = 0;
    while network.patterns.work - start + STEP * steps < budget {
        let done = (network.patterns.work - start + STEP * steps) as f64 / budget as f64;
        if steps % relevel == 0 {
            network.relevel(&mut random);
            now = network.settle();
        }
        steps += 1;
        network.begin();
        let count = 1 + random.below(2 * RUIN);
        if random.below(2) == 0 {
            ruin::around_input(network, count, &mut random);
        } else {
            let rows = ruin::anywhere(network, count, &mut random);
            differences.improve(network, &rows);
        }
        let choice = Choice {
            score: Score::Overlap,
            noise: NOISE,
            seed: random.next(),
        };
        greedy::share(network, &choice);
        ruin::tidy(network);
        let total = network.settle();
        let chance = ((random.next() >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
        let more = total.cost as f64 - now.cost as f64;
        if total <= now || more < -hottest * (1.0 - done) * chance.ln() {
            now = total;
            network.keep();
        } else {
            network.take_back(now);
        }
    }
}
