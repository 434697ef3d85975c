//! What `kaon-opt` measures: the estimate after each step, and what the e-graph did.

use std::path::{Path, PathBuf};

use clap::Args;
use compiler::context::PassContext;
use compiler::egraph::{self, Search};
use compiler::failure::{Failure, reason};
use compiler::output::replace;
use compiler::report::{Estimate, StepEstimate, align, search_table, step_table};
use compiler::runner::Outcome;
use dialects::{Diagnostic, Result};
use serde::Serialize;

use crate::answer::json;

/// Measures are printed instead of the module, which then goes to --output only.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Measuring")]
pub struct MeasureFlags {
    /// Print the target's estimate after each step instead of the module
    #[arg(long)]
    pub cost: bool,

    /// Print how the e-graph grew, what each rule found and why it stopped, likewise
    #[arg(long)]
    pub egraph_stats: bool,

    /// Print measures as JSON
    #[arg(long)]
    pub json: bool,

    /// Write the e-graph of the first search to this file, those of later ones beside it as
    /// FILE-2.json and so on, in the form of egraph-serialize
    #[arg(long, value_name = "FILE.JSON")]
    pub dump_egraph: Option<PathBuf>,

    /// List the rules of the e-graph by theme
    #[arg(long)]
    pub list_rules: bool,

    /// With --list-rules: prove each, and say how and for which widths
    #[arg(long, requires = "list_rules")]
    pub proofs: bool,
}

#[derive(Serialize)]
struct Measured<'a> {
    target: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<Estimate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<Vec<StepEstimate>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    searches: Option<&'a [Search]>,
}

impl MeasureFlags {
    /// Whether something is printed that takes the module's place.
    pub fn any(&self) -> bool {
        self.cost || self.egraph_stats
    }

    /// What was asked for, after the steps ran.
    pub fn print(
        &self,
        outcome: &Outcome,
        searches: &[Search],
        cx: &PassContext,
    ) -> Result<String, Failure> {
        let steps = outcome.steps.iter().filter_map(|record| {
            Some(StepEstimate {
                step: record.name.to_string(),
                changed: record.changed,
                estimate: record.estimate?,
            })
        });
        let steps: Vec<StepEstimate> = steps.collect();
        if self.json {
            return json(&Measured {
                target: cx.target.name,
                start: outcome.start.filter(|_| self.cost),
                steps: self.cost.then_some(steps),
                searches: self.egraph_stats.then_some(searches),
            });
        }
        let mut text = String::new();
        if self.cost {
            let start = outcome.start.iter().map(|start| ("input", false, start));
            let rows = steps
                .iter()
                .map(|row| (row.step.as_str(), row.changed, &row.estimate));
            text.push_str(&format!("estimated on {}\n", cx.target.name));
            let unit = cx.target.family.area_unit();
            text.push_str(&step_table(start.chain(rows), unit));
        }
        if self.egraph_stats {
            text.push_str(&statistics(searches));
        }
        Ok(text)
    }

    /// Writes the e-graphs that were asked for.
    ///
    /// Errors: no search took place; a file that cannot be written.
    pub fn dump(&self, egraphs: &[String]) -> Result<()> {
        let Some(file) = &self.dump_egraph else {
            return Ok(());
        };
        if egraphs.is_empty() {
            return Err(Diagnostic::new(
                "no pass that ran searches an e-graph, so there is none to write",
            )
            .help("name one that does: -p fx-rewrite"));
        }
        for (at, text) in egraphs.iter().enumerate() {
            let path = numbered(file, at + 1);
            replace(&path, text).map_err(|error| {
                Diagnostic::new(format!("the e-graph cannot be written: {}", reason(&error)))
                    .in_file(path.display().to_string())
            })?;
        }
        Ok(())
    }
}

/// `FILE.json`, `FILE-2.json`, …
fn numbered(file: &Path, number: usize) -> PathBuf {
    if number == 1 {
        return file.to_path_buf();
    }
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let ending = file
        .extension()
        .map(|ending| format!(".{}", ending.display()));
    file.with_file_name(format!("{stem}-{number}{}", ending.unwrap_or_default()))
}

/// The searches, then each one's growth and rules in full.
fn statistics(searches: &[Search]) -> String {
    if searches.is_empty() {
        return "no pass that ran searches an e-graph\n".to_string();
    }
    let mut text = search_table(searches);
    for search in searches {
        let words = |words: &[&str]| words.iter().map(|word| word.to_string()).collect();
        let mut rows: Vec<Vec<String>> = vec![words(&[
            "iteration",
            "candidates",
            "matches",
            "fired",
            "e-nodes",
            "e-classes",
        ])];
        for (at, of) in search.growth.iter().enumerate() {
            let counts = [
                at + 1,
                of.candidates,
                of.matched,
                of.fired,
                of.nodes,
                of.classes,
            ];
            rows.push(counts.map(|count| count.to_string()).to_vec());
        }
        let (pass, round) = (&search.pass, search.round);
        text.push_str(&format!(
            "\n{pass}, round {round}: {}\n{}",
            search.stop,
            align(&rows)
        ));
        let mut rows: Vec<Vec<String>> = vec![words(&["rule", "matches", "fired"])];
        for rule in &search.rules {
            rows.push(vec![
                rule.rule.clone(),
                rule.matched.to_string(),
                rule.fired.to_string(),
            ]);
        }
        if rows.len() > 1 {
            text.push_str(&format!("\n{}", align(&rows)));
        }
    }
    text
}

/// Every rule with its theme and the first thing it proves.
pub fn rules() -> String {
    let lessons = egraph::lessons();
    let width = |of: fn(&egraph::Lesson) -> &'static str| {
        lessons
            .iter()
            .map(|lesson| of(lesson).len())
            .max()
            .unwrap_or(0)
    };
    let (theme, rule) = (width(|lesson| lesson.theme), width(|lesson| lesson.rule));
    let line = |lesson: &egraph::Lesson| {
        let shown = lesson
            .proofs
            .first()
            .map_or(String::new(), |(lhs, rhs)| format!("{lhs} = {rhs}"));
        format!("{:theme$}  {:rule$}  {shown}\n", lesson.theme, lesson.rule)
    };
    lessons.iter().map(line).collect()
}
