//! The shared models against their references: the table of tiers and results.

use kaon_testsuite::missing;
use kaon_testsuite::reference::{CASES, run};

#[test]
fn every_model_holds_what_its_tier_promises() {
    if missing::models().is_none() {
        return;
    }
    let mut table = String::new();
    let mut broken = Vec::new();
    for case in CASES.iter().filter(|case| !case.large) {
        let config = match case.config {
            Some(config) if config.lines().count() > 1 => " with kaon.toml".to_string(),
            Some(config) => format!(" with {config}"),
            None => String::new(),
        };
        let line = match run(case) {
            Ok(outcome) => {
                if !outcome.holds(case.tier) {
                    broken.push(case.name);
                }
                let largest = match outcome.largest_difference {
                    0.0 => "0".to_string(),
                    difference => format!("below 1e{}", difference.log10().ceil()),
                };
                format!(
                    "{} of {} equal, differences {largest}, {} decisions differ, {} traced",
                    outcome.equal,
                    outcome.values,
                    outcome.decisions,
                    outcome.traced.len()
                )
            }
            Err(error) => {
                broken.push(case.name);
                error.to_string()
            }
        };
        let label = case.label();
        table.push_str(&format!("{:?} {label}{config}: {line}\n", case.tier));
    }
    assert!(broken.is_empty(), "{broken:?}\n{table}");
    insta::assert_snapshot!(table);
}
