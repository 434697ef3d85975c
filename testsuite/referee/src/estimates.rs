//! Networks too large for yosys: adders and estimates before synthesis, marked as what they are.

use std::fmt::Write;
use std::path::Path;

use serde::Deserialize;

use crate::design::Design;
use crate::{Result, because};

/// A line of `records/estimates.jsonl`: what a peer says of its own circuit.
#[derive(Debug, Deserialize)]
pub struct Estimate {
    pub model: String,
    pub tool: String,
    /// Its delay constraint; -1 is none.
    pub dc: i32,
    pub adders: u32,
    pub constant_adders: u32,
    /// Adders of the same matrices in signed digits without sharing.
    pub unshared: u32,
    pub estimated_lut: f64,
    pub cpu_s: f64,
}

pub fn read(path: &Path) -> Result<Vec<Estimate>> {
    let text = std::fs::read_to_string(path).map_err(because(path.display()))?;
    let line = |line| serde_json::from_str(line).map_err(because(path.display()));
    text.lines().map(line).collect()
}

/// kaon's circuits beside the peers' best, each peer figure from whichever run is best in it.
pub fn table(estimates: &[Estimate], ours: &[Design]) -> String {
    let mut text = "\n### Estimates only, no synthesis\n\n| model | adders without sharing | peer: adders | share | LUT \
                    | CPU s | kaon: adders | share | LUT | s | adders, kaon / peer | LUT, kaon / peer |\n|---|"
        .to_string()
        + &"--:|".repeat(11)
        + "\n";
    for design in ours {
        let peers: Vec<&Estimate> = estimates
            .iter()
            .filter(|peer| peer.model == design.model)
            .collect();
        let least = |figure: fn(&Estimate) -> f64| {
            let figures = peers.iter().map(|peer| figure(peer));
            figures.min_by(f64::total_cmp)
        };
        let row = (
            least(|peer| f64::from(peer.adders + peer.constant_adders)),
            least(|peer| peer.estimated_lut),
            least(|peer| peer.cpu_s),
        );
        let unshared = peers.first().map_or(0, |peer| peer.unshared);
        let share = |adders: f64| adders / f64::from(unshared);
        let adders = f64::from(design.adders);
        let (lut, seconds) = (design.estimated_lut, design.seconds);
        write!(text, "| {} | ", design.model).unwrap();
        match row {
            (Some(theirs), Some(their_lut), Some(cpu)) => writeln!(
                text,
                "{unshared} | {theirs:.0} | {:.3} | {their_lut:.0} | {cpu:.1} | {adders:.0} | {:.3} | {lut:.0} \
                 | {seconds:.1} | {:.3} | {:.3} |",
                share(theirs),
                share(adders),
                adders / theirs,
                lut / their_lut,
            ),
            _ => writeln!(text, "| | | | | {adders:.0} | | {lut:.0} | {seconds:.1} | | |"),
        }
        .unwrap();
    }
    text
}
