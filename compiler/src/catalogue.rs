//! The passes and lowerings as text: a list, one explained, all as a page.

use std::fmt::Write;

use dialects::{Diagnostic, Result};

use crate::passes::PASSES;
use crate::pipeline::{self, LOWERINGS};
use crate::runner::Step;

/// Every step that a flag can name, in the order of the tables, lowerings between levels.
fn all() -> Vec<Step> {
    let of_level = |level: &'static str| {
        let passes = PASSES.iter().filter(move |pass| pass.level() == level);
        passes.map(|pass| Step::Pass(pass))
    };
    let lowerings = LOWERINGS.iter().map(|lowering| Step::Lowering(lowering));
    of_level("nn")
        .chain(lowerings)
        .chain(of_level("fx"))
        .collect()
}

fn summary(step: &Step) -> &'static str {
    match step {
        Step::Pass(pass) => pass.summary,
        Step::Lowering(lowering) => lowering.summary,
        Step::Keep(_) => "",
    }
}

fn explanation(step: &Step) -> String {
    match step {
        Step::Pass(pass) => pass.explanation(),
        Step::Lowering(lowering) => lowering.explanation(),
        Step::Keep(_) => String::new(),
    }
}

/// One line for each.
pub fn list() -> String {
    let steps = all();
    let width = steps
        .iter()
        .map(|step| step.name().len())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for step in &steps {
        writeln!(text, "{:width$}  {}", step.name(), summary(step)).expect("writing to a string");
    }
    text
}

/// The first lines of a pass's or a lowering's file.
///
/// Errors: no such name.
pub fn explain(name: &str) -> Result<String> {
    match pipeline::find(name) {
        Some(step) => Ok(explanation(&step).trim_end().to_string() + "\n"),
        None => {
            let names = all().iter().map(Step::name).collect::<Vec<_>>().join(", ");
            Err(
                Diagnostic::new(format!("`{name}` is no pass and no lowering"))
                    .help(format!("there are {names}")),
            )
        }
    }
}

/// `docs/passes.md`.
pub fn markdown() -> String {
    let mut text = String::from(
        "# Passes and lowerings\n\n\
         Printed by `kaon-opt --list --markdown`; a test fails when this page is stale.\n\n\
         ## The default order\n\n",
    );
    for (number, step) in pipeline::steps()
        .iter()
        .filter(|step| step.is_work())
        .enumerate()
    {
        writeln!(text, "{}. `{}`: {}", number + 1, step.name(), summary(step))
            .expect("writing to a string");
    }
    text.push_str("\nThe reasons for the order stand in `compiler/src/pipeline.rs`.\n");
    for step in all() {
        let explanation = explanation(&step);
        let body = explanation.split_once('\n').map_or("", |(_, body)| body);
        write!(
            text,
            "\n## {}\n\n{}.\n",
            step.name(),
            capitalised(summary(&step))
        )
        .expect("writing to a string");
        if !body.trim().is_empty() {
            write!(text, "\n```text\n{}\n```\n", body.trim_matches('\n'))
                .expect("writing to a string");
        }
    }
    text
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}
