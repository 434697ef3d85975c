//! The longer half of a report as text: what the layers were before, what each step bought,
//! what the e-graph did, where the time goes.

use std::fmt::Write;

use super::{Estimate, History, PathOp, Report, Resources, align};
use crate::egraph::Search;

/// Rules named for each search.
const RULES_NAMED: usize = 6;

impl Report {
    /// Everything a report knows beyond its summary; empty where there is nothing.
    pub fn explanation(&self) -> String {
        let mut text = String::new();
        if let Some(history) = &self.history {
            let target = &history.target;
            section(
                &mut text,
                &format!("layers, as lowered -> as built, on {target}"),
            );
            text.push_str(&align(&self.before_and_after_rows(history)));
            section(&mut text, &format!("steps, estimated on {target}"));
            let rows = history.steps.iter();
            let rows = rows.map(|row| (row.step.as_str(), row.changed, &row.estimate));
            text.push_str(&step_table(rows, self.area_unit));
            if !history.searches.is_empty() {
                section(&mut text, "searches of the e-graph");
                text.push_str(&search_table(&history.searches));
            }
        }
        if let (Some(first), Some(last)) = (self.critical_path.first(), self.critical_path.last()) {
            let place = match self.timing.latency_clocks {
                0 => String::new(),
                _ => format!(" in stage {}", first.stage),
            };
            section(
                &mut text,
                &format!("critical path, {:.3} ns{place}", last.arrival_ns),
            );
            text.push_str(&align(&path_rows(&self.critical_path)));
        }
        text
    }

    pub(super) fn before_and_after_rows(&self, history: &History) -> Vec<Vec<String>> {
        let head = [
            "layer",
            "mults",
            "adders",
            "adder bits",
            "tables",
            self.area_unit,
            "registers",
            "FF",
        ];
        let mut rows = vec![head.map(String::from).to_vec()];
        let mut total = Resources::default();
        let mut push = |name: &str, before: &Resources, after: &Resources| {
            let change = |of: fn(&Resources) -> u64| format!("{} -> {}", of(before), of(after));
            rows.push(vec![
                name.to_string(),
                change(|of| of.multipliers),
                change(|of| of.adders),
                change(|of| of.adder_bits),
                change(|of| of.tables),
                change(|of| of.lut),
                after.registers.to_string(),
                after.ff.to_string(),
            ]);
        };
        for layer in &self.layers {
            let before = history.layers.get(&layer.name).copied().unwrap_or_default();
            total = total.plus(&before);
            push(shown(&layer.name), &before, &layer.resources);
        }
        push("total", &total, &self.total);
        rows
    }
}

/// The estimate after each step, and what the step changed in area, of the unit that is named, and in time.
pub fn step_table<'a>(
    rows: impl Iterator<Item = (&'a str, bool, &'a Estimate)>,
    unit: &str,
) -> String {
    align(&step_rows(rows, unit))
}

pub(super) fn step_rows<'a>(
    rows: impl Iterator<Item = (&'a str, bool, &'a Estimate)>,
    unit: &str,
) -> Vec<Vec<String>> {
    let head = [
        "step",
        "ops",
        "mults",
        "adders",
        "adder bits",
        "tables",
        "DSP",
        "FF",
        unit,
        "change",
        "path ns",
        "change",
        "clocks",
    ];
    let mut table = vec![head.map(String::from).to_vec()];
    let mut before: Option<&Estimate> = None;
    for (step, changed, estimate) in rows {
        let of = &estimate.resources;
        let counts = [
            of.ops,
            of.multipliers,
            of.adders,
            of.adder_bits,
            of.tables,
            of.dsp,
            of.ff,
            of.lut,
        ];
        let mut row = vec![step.to_string()];
        row.extend(counts.map(|count| count.to_string()));
        let signed = |of: fn(&Estimate) -> u64| {
            let before = before.filter(|_| changed)?;
            Some(of(estimate) as i64 - of(before) as i64)
        };
        let lut = signed(|of| of.resources.lut);
        let path = signed(|of| of.longest_path_ps).map(|ps| ps as f64 / 1e3);
        row.push(lut.map_or(String::new(), |lut| format!("{lut:+}")));
        row.push(format!("{:.3}", estimate.longest_path_ps as f64 / 1e3));
        row.push(path.map_or(String::new(), |path| format!("{path:+.3}")));
        row.push(match estimate.latency_clocks {
            0 => "-".to_string(),
            clocks => clocks.to_string(),
        });
        table.push(row);
        before = Some(estimate);
    }
    table
}

/// One line for each search, and the rules that found most.
pub fn search_table(searches: &[Search]) -> String {
    let notes = search_notes(searches).into_iter();
    let notes = notes.map(|note| note + "\n").collect::<String>();
    align(&search_rows(searches)) + &notes
}

pub(super) fn search_rows(searches: &[Search]) -> Vec<Vec<String>> {
    let head = [
        "pass",
        "round",
        "nodes",
        "iterations",
        "e-nodes",
        "e-classes",
        "stopped",
    ];
    let mut rows = vec![head.map(String::from).to_vec()];
    for search in searches {
        rows.push(vec![
            search.pass.clone(),
            search.round.to_string(),
            format!("{} -> {}", search.given, search.found),
            search.iterations.to_string(),
            search.nodes.to_string(),
            search.classes.to_string(),
            if search.saturated {
                "saturated"
            } else {
                "at a limit"
            }
            .to_string(),
        ]);
    }
    rows
}

/// Why searches stopped early, and the rules that found most.
pub(super) fn search_notes(searches: &[Search]) -> Vec<String> {
    let stopped = searches.iter().filter(|search| !search.saturated);
    let stopped = stopped.map(|search| {
        let Search {
            pass, round, stop, ..
        } = search;
        format!("{pass}, round {round}: {stop}")
    });
    let fired = searches.iter().map(|search| {
        let mut fired: Vec<_> = search.rules.iter().filter(|rule| rule.fired > 0).collect();
        fired.sort_by_key(|rule| std::cmp::Reverse(rule.fired));
        let named = fired.iter().take(RULES_NAMED);
        let named = named.map(|rule| format!("{} {}", rule.rule, rule.fired));
        let named = named.collect::<Vec<_>>().join(", ");
        let more = match fired.len().saturating_sub(RULES_NAMED) {
            0 => String::new(),
            more => format!(", {more} more"),
        };
        let Search { pass, round, .. } = search;
        match named.is_empty() {
            true => format!("{pass}, round {round}: no rule fired"),
            false => format!("{pass}, round {round}: fired {named}{more}"),
        }
    });
    stopped.chain(fired).collect()
}

pub(super) fn path_rows(path: &[PathOp]) -> Vec<Vec<String>> {
    let head = ["layer", "op", "bits", "stage", "ns", "arrival"];
    let mut rows = vec![head.map(String::from).to_vec()];
    for op in path {
        rows.push(vec![
            shown(&op.layer).to_string(),
            op.op.to_string(),
            op.width.to_string(),
            op.stage.to_string(),
            format!("{:.3}", op.delay_ns),
            format!("{:.3}", op.arrival_ns),
        ]);
    }
    rows
}

fn section(text: &mut String, title: &str) {
    let _ = writeln!(text, "\n{title}");
}

/// A layer's name where something stands for none.
pub(super) fn shown(name: &str) -> &str {
    match name {
        "" => "(none)",
        name => name,
    }
}
