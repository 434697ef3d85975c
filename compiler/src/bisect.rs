//! The guilty step of a wrong result: `kaon-opt --bisect`.
//!
//! All steps run once. Where what comes out computes something else than what went in, the
//! inputs that show it are run on the modules between, halving, until two neighbours differ.
//! A step that searches an e-graph is asked again with fewer and fewer of the rules that
//! fired, until none can be left out.

use std::fmt::Write;

use crate::context::PassContext;
use crate::egraph;
use crate::failure::Failure;
use crate::module::Module;
use crate::options::Options;
use crate::reduce::fewest;
use crate::runner::{self, Settings, Step};
use crate::validate::{self, Difference, Effort, Sample};

/// A step that changes what it must not.
pub struct Guilt {
    /// Counted from 1, as dumps are.
    pub number: usize,
    pub step: Step,
    pub difference: Difference,
    /// The fewest rules with which the step still does it; none where it uses none.
    pub rules: Vec<String>,
    /// Modules that were run to find the step.
    pub runs: usize,
}

/// What a search found.
pub struct Found {
    pub guilt: Option<Guilt>,
    /// Steps after which the numbers are other ones on purpose: nothing compares across.
    pub unchecked: Vec<&'static str>,
    pub steps: usize,
}

/// Finds the first step that changes what the module computes.
///
/// Errors: a step that refuses.
pub fn bisect(
    module: Module,
    steps: &[Step],
    effort: Effort,
    cx: &PassContext,
) -> Result<Found, Failure> {
    let steps: Vec<Step> = steps.iter().copied().filter(Step::is_work).collect();
    let mut modules = vec![module];
    for step in &steps {
        let last = modules.last().expect("there is the module given").clone();
        modules.push(after(&last, *step, cx)?);
    }
    let mut found = Found {
        guilt: None,
        unchecked: vec![],
        steps: steps.len(),
    };
    let mut start = 0;
    for (at, step) in steps.iter().enumerate() {
        let chooses = !validate::keeps_numbers(step.name()) && modules[at] != modules[at + 1];
        let last = at + 1 == steps.len();
        if chooses {
            found.unchecked.push(step.name());
        }
        if !chooses && !last {
            continue;
        }
        let end = if chooses { at } else { at + 1 };
        if let Some(guilt) = within(&modules, start, end, &steps, effort, cx) {
            found.guilt = Some(guilt);
            break;
        }
        start = at + 1;
    }
    Ok(found)
}

/// The module after a step, unchecked but for the verifier.
fn after(module: &Module, step: Step, cx: &PassContext) -> Result<Module, Failure> {
    let settings = Settings {
        check_passes: None,
        ..Settings::default()
    };
    let outcome = runner::run(module.clone(), &[step], &settings, cx, &mut |_| ())?;
    Ok(outcome.module)
}

/// The guilty step between two modules, if they differ.
fn within(
    modules: &[Module],
    start: usize,
    end: usize,
    steps: &[Step],
    effort: Effort,
    cx: &PassContext,
) -> Option<Guilt> {
    let whole = validate::compare_modules(&modules[start], &modules[end], effort).err()?;
    let mut runs = 1;
    let mut differs = |at: usize| {
        runs += 1;
        match &whole.inputs {
            Some((_, sample)) => on(&modules[start], &modules[at], &modules[end], sample),
            None => validate::compare_modules(&modules[start], &modules[at], effort).is_err(),
        }
    };
    let (mut right, mut wrong) = (start, end);
    while wrong - right > 1 {
        let middle = right + (wrong - right) / 2;
        match differs(middle) {
            true => wrong = middle,
            false => right = middle,
        }
    }
    let step = steps[right];
    let difference = validate::compare_modules(&modules[right], &modules[wrong], effort).err();
    Some(Guilt {
        number: wrong,
        step,
        difference: difference.unwrap_or(whole),
        rules: rules(&modules[right], step, effort, cx),
        runs,
    })
}

/// Whether a module differs from the first on inputs that the last one was found with.
fn on(first: &Module, module: &Module, last: &Module, sample: &Sample) -> bool {
    let reals = match (first, module) {
        (Module::Nn(graph), Module::Nn(_)) => validate::as_reals(sample, last, &graph.inputs),
        _ => sample.clone(),
    };
    validate::differ_on(first, module, &reals)
}

/// The fewest rules with which a step still changes the module's results.
fn rules(module: &Module, step: Step, effort: Effort, cx: &PassContext) -> Vec<String> {
    let asked = PassContext::new(cx.options, cx.target);
    let Ok(spoilt) = after(module, step, &asked) else {
        return vec![];
    };
    let mut fired: Vec<String> = Vec::new();
    for search in asked.take_searches() {
        let rules = search.rules.into_iter().filter(|hits| hits.fired > 0);
        fired.extend(rules.map(|hits| hits.rule));
    }
    fired.sort();
    fired.dedup();
    let sample = validate::compare_modules(module, &spoilt, effort).err();
    let sample = sample.and_then(|difference| difference.inputs);
    let all = egraph::rule_names(&cx.options.pipeline.with_rules);
    let still = |kept: &[String]| {
        let mut options: Options = cx.options.clone();
        let out = all.iter().filter(|rule| !kept.contains(rule));
        options.pipeline.without_rules.extend(out.cloned());
        let quiet = PassContext::new(&options, cx.target);
        let spoilt = after(module, step, &quiet);
        spoilt.is_ok_and(|spoilt| match &sample {
            Some((_, sample)) if validate::differ_on(module, &spoilt, sample) => true,
            _ => validate::compare_modules(module, &spoilt, effort).is_err(),
        })
    };
    match fired.is_empty() || !still(&fired) {
        true => vec![],
        false => fewest(&fired, still),
    }
}

impl Found {
    /// What was found, as text.
    pub fn report(&self) -> String {
        let mut text = String::new();
        let mut line = |sentence: String| writeln!(text, "{sentence}").expect("a string");
        for name in &self.unchecked {
            line(format!(
                "{name} chooses the numbers: nothing is compared across it"
            ));
        }
        let Some(guilt) = &self.guilt else {
            line(format!(
                "no step of {} changes what the module computes",
                self.steps
            ));
            return text;
        };
        line(format!(
            "step {} of {} is guilty: {}",
            guilt.number,
            self.steps,
            guilt.step.name()
        ));
        line(format!("  {}", guilt.difference.sentence));
        if let Some(layer) = &guilt.difference.layer {
            line(format!("  in layer \"{layer}\""));
        }
        if let Some((inputs, _)) = &guilt.difference.inputs {
            line(format!("  for {inputs}"));
        }
        match guilt.rules.as_slice() {
            [] => {}
            [rule] => line(format!("  the rule {rule} alone does it")),
            rules => line(format!("  the rules {} do it together", rules.join(", "))),
        }
        line(format!("  found by running {} modules", guilt.runs));
        text
    }
}
