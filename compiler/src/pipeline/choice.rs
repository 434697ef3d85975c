//! The order of the steps as a user changes it: other passes on `fx`, one more, one less.
//!
//! ```toml
//! [pipeline]
//! fx = ["fx-rewrite", "fx-narrow-widths", "fx-schedule"]    # instead of the default ones
//! insert = ["fx-narrow-widths after fx-rewrite"]
//! skip = ["fx-balance-adders"]
//! without_rules = ["mul-one", "shifts"]                     # of the e-graph
//! ```
//!
//! Every pass keeps the function, so every choice gives a circuit with the same answers.

use std::str::FromStr;

use dialects::{Diagnostic, Result};
use serde::{Deserialize, Serialize};

use super::{BEHAVIOUR, LOWERED, find, kept_after, steps};
use crate::passes::PASSES;
use crate::runner::Step;

/// What differs from the default order: first `fx`, then `insert`, then `skip`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Choice {
    /// The passes after the lowering, instead of the default ones.
    pub fx: Option<Vec<String>>,
    pub insert: Vec<Insertion>,
    /// Passes that do not run.
    pub skip: Vec<String>,
    /// Rules of the e-graph, or whole themes of them, that do not run.
    pub without_rules: Vec<String>,
    /// Rules that kaon does not have, `NAME: LHS => RHS`, which run too. Nothing proves
    /// them, so no file can ask for one.
    #[serde(skip)]
    pub with_rules: Vec<String>,
}

/// One more pass: `PASS after NAME` or `PASS before NAME`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Insertion {
    pass: String,
    before: bool,
    place: String,
}

impl FromStr for Insertion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let before = match text.split_whitespace().collect::<Vec<_>>()[..] {
            [pass, word @ ("after" | "before"), place] => Some((pass, word == "before", place)),
            _ => None,
        };
        let (pass, before, place) = before.ok_or_else(|| {
            format!("`{text}` is no insertion; write `PASS after NAME` or `PASS before NAME`")
        })?;
        Ok(Insertion {
            pass: pass.to_string(),
            before,
            place: place.to_string(),
        })
    }
}

impl TryFrom<String> for Insertion {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Insertion> for String {
    fn from(insertion: Insertion) -> Self {
        let Insertion {
            pass,
            before,
            place,
        } = insertion;
        let word = if before { "before" } else { "after" };
        format!("{pass} {word} {place}")
    }
}

impl Choice {
    /// Adds a choice made elsewhere: its list of passes wins, the rest counts too.
    pub fn extend(&mut self, other: Choice) {
        self.fx = other.fx.or(self.fx.take());
        self.insert.extend(other.insert);
        self.skip.extend(other.skip);
        self.without_rules.extend(other.without_rules);
        self.with_rules.extend(other.with_rules);
    }

    /// The steps of `kaon compile` under this choice.
    ///
    /// Errors: a name of nothing, a pass on the wrong level, a lowering left out.
    pub fn steps(&self) -> Result<Vec<Step>> {
        let mut chosen = steps();
        if let Some(passes) = &self.fx {
            replace(&mut chosen, passes)?;
        }
        for insertion in &self.insert {
            insert(&mut chosen, insertion)?;
        }
        for name in &self.skip {
            let at = position(&chosen, name, false)?;
            if let Step::Lowering(_) = chosen[at] {
                let finding = format!("`{name}` changes the level and cannot be skipped");
                return Err(Diagnostic::new(finding)
                    .help("kaon compile stops before it with --stop-after and a step's name"));
            }
            chosen.retain(|step| step.name() != name);
        }
        crate::egraph::check_rules(&self.without_rules, &self.with_rules)?;
        Ok(chosen)
    }
}

/// Other passes after the lowering. What is kept for the emulator is kept behind the pass
/// that it stands behind by default, or at once where that pass is not among them.
fn replace(chosen: &mut Vec<Step>, passes: &[String]) -> Result<()> {
    let lowered = position(chosen, LOWERED, false)?;
    chosen.truncate(lowered + 1);
    let keep = Step::Keep(BEHAVIOUR);
    let behind = passes.iter().position(|name| name == kept_after(BEHAVIOUR));
    if behind.is_none() {
        chosen.push(keep);
    }
    for (at, name) in passes.iter().enumerate() {
        chosen.push(pass_on(name, "fx")?);
        if behind == Some(at) {
            chosen.push(keep);
        }
    }
    Ok(())
}

fn insert(chosen: &mut Vec<Step>, insertion: &Insertion) -> Result<()> {
    let Insertion {
        pass,
        before,
        place,
    } = insertion;
    let at = position(chosen, place, !before)?;
    let level = match (&chosen[at], before) {
        (Step::Pass(pass), _) => pass.level(),
        (_, true) => "nn",
        (_, false) => "fx",
    };
    let step = pass_on(pass, level)?;
    let mut at = at + usize::from(!before);
    // The last layers are kept behind every pass on them, the emulator before any but its own.
    while level == "fx" && !before && chosen.get(at).is_some_and(|step| !step.is_work()) {
        at += 1;
    }
    chosen.insert(at, step);
    Ok(())
}

/// Where a step stands, the last of its name or the first.
fn position(steps: &[Step], name: &str, last: bool) -> Result<usize> {
    let found = |step: &Step| step.name() == name;
    let at = match last {
        true => steps.iter().rposition(found),
        false => steps.iter().position(found),
    };
    at.ok_or_else(|| {
        let work = steps.iter().filter(|step| step.is_work());
        let mut names = work.map(Step::name).collect::<Vec<_>>();
        names.dedup();
        Diagnostic::new(format!("the pipeline has no step `{name}`"))
            .help(format!("its steps are {}", names.join(", ")))
    })
}

/// The pass of that name, if it works on `level`.
fn pass_on(name: &str, level: &str) -> Result<Step> {
    let wrong = match find(name) {
        Some(Step::Pass(pass)) if pass.level() == level => return Ok(Step::Pass(pass)),
        Some(Step::Pass(pass)) => format!("`{name}` works on {}, not on {level}", pass.level()),
        Some(_) => format!("`{name}` is a lowering, which has its place already"),
        None => format!("`{name}` is no pass"),
    };
    let passes = PASSES.iter().filter(|pass| pass.level() == level);
    let names = passes.map(|pass| pass.name).collect::<Vec<_>>().join(", ");
    Err(Diagnostic::new(wrong).help(format!("the passes on {level} are {names}")))
}
