//! The default order, each step with its reason.
//!
//! Invariant: nothing here transforms; a step is a pass or a lowering of its own file.

mod choice;

pub use choice::{Choice, Insertion};

use dialects::nn;

use crate::module::Module;
use crate::passes;
use crate::runner::{Lowering, Step};

/// From layers to scalars.
pub static LOWER_NN_TO_FX: Lowering = Lowering {
    name: "lower-nn-to-fx",
    summary: "every layer as exact integer arithmetic on scalars",
    source: include_str!("../../lowering/src/nn_to_fx/mod.rs"),
    run: |graph, _| lowering::nn_to_fx::lower(graph).map(Module::Fx),
};

/// From layers to streams of tokens and kernels.
pub static LOWER_NN_TO_FLOW: Lowering = Lowering {
    name: "lower-nn-to-flow",
    summary: "layers as streams of tokens, and kernels on one token at a time",
    source: include_str!("../../lowering/src/nn_to_flow/mod.rs"),
    run: |graph, options| {
        let check = |kernel: &nn::Graph| passes::check_size(kernel, options.limits.scalars);
        lowering::nn_to_flow::lower(graph, &options.placement, &check).map(Module::Flow)
    },
};

/// Every lowering that changes the level of a module.
pub static LOWERINGS: &[&Lowering] = &[&LOWER_NN_TO_FX, &LOWER_NN_TO_FLOW];

/// The last module of level `nn`.
pub const LAYERS: &str = "layers";
/// What lowering gave, before anything is pruned: the yardstick of the report.
pub const LOWERED: &str = "lowered";
/// `fx` with everything dead pruned and every multiplication still one op: what the
/// emulator is made of.
pub const BEHAVIOUR: &str = "behaviour";

enum Line {
    Pass(&'static str),
    Lowering(&'static Lowering),
    Keep(&'static str),
}
use Line::{Keep, Pass};

#[rustfmt::skip]
static ORDER: &[Line] = &[
    Pass("nn-fold-constants"),      // first: every later pass asks "is it a constant?"
    Pass("nn-fold-batchnorm"),      // before types are chosen: folding changes the weights they fit
    Pass("nn-drop-dead"),           // the constants that folding left behind need no type
    Pass("nn-merge-trees"),         // before types: one ensemble has one type for its leaves
    Pass("nn-choose-scores"),       // before types: a function that is dropped needs none
    Pass("nn-assign-precision"),    // lowering refuses a value without a type
    Pass("nn-prune-trees"),         // after types: they say which numbers a feature can be
    Pass("nn-expand-softmax"),      // after types: its tables have the type of the scores
    Pass("nn-drop-dead"),           // a softmax that was dropped leaves its constants behind
    Keep(LAYERS),
    Pass("nn-check-size"),          // lowering is the first step that takes memory by the product
    Line::Lowering(&LOWER_NN_TO_FX),
    Keep(LOWERED),
    Pass("fx-rewrite"),             // zero products die here, and whatever fed only them, while each is one op
    Keep(BEHAVIOUR),
    Pass("fx-check-size"),          // the emulator is not bound by what hardware can hold
    Pass("fx-expand-rounding"),     // a rounding constant belongs to the sum before it
    Pass("fx-share-sums"),          // products by constants become shared adders once no rule needs to see them
    Pass("fx-reduce-strength"),     // products that are no part of a sum: of variables, or too wide
    Pass("fx-share-comparisons"),   // before tables look for few bits that decide: digits are few bits
    Pass("fx-encode-selects"),      // after sums, which add the trees' constants as they are; tables may still merge
    Pass("fx-tabulate"),            // once sums are shared: what tables have to beat is known
    Pass("fx-drop-unused-bits"),    // sums of shifted terms are where low bits go unread
    Pass("fx-narrow-widths"),       // everything above only tightens ranges
    Pass("fx-drop-dead"),           // a stage is for what is read
    Pass("fx-schedule"),            // registers stand on the final widths
    Pass("fx-merge-rows"),          // only now is it known which sums go into registers
    Pass("fx-choose-offsets"),      // last: what an offset costs depends on every sum that reads it
];

/// The steps of `kaon compile`.
pub fn steps() -> Vec<Step> {
    let step = |line: &Line| match line {
        Pass(name) => Step::Pass(passes::find(name).expect("the order names passes of the table")),
        Line::Lowering(lowering) => Step::Lowering(lowering),
        Keep(name) => Step::Keep(name),
    };
    ORDER.iter().map(step).collect()
}

/// The same steps by way of `flow`, where those on `fx` run on every kernel. How large the
/// whole is does not matter there: kernels are checked as they are made.
pub fn through_flow(mut steps: Vec<Step>) -> Vec<Step> {
    steps.retain(|step| step.name() != "nn-check-size");
    let through = |step: Step| match step {
        Step::Lowering(lowering) if lowering.name == LOWER_NN_TO_FX.name => {
            Step::Lowering(&LOWER_NN_TO_FLOW)
        }
        step => step,
    };
    steps.into_iter().map(through).collect()
}

/// The steps up to and with the first named `last`, `Keep`s included.
pub fn until(mut steps: Vec<Step>, last: &str) -> Vec<Step> {
    if let Some(at) = steps.iter().position(|step| step.name() == last) {
        steps.truncate(at + 1);
    }
    steps
}

/// The step after which a module is kept under that name by default.
fn kept_after(kept: &str) -> &'static str {
    let steps = steps();
    let at = steps.iter().position(|step| step.name() == kept);
    at.and_then(|at| steps.get(at.checked_sub(1)?))
        .map_or("", Step::name)
}

/// The pass or lowering of that name.
pub fn find(name: &str) -> Option<Step> {
    let lowering = LOWERINGS.iter().find(|lowering| lowering.name == name);
    let lowering = lowering.map(|lowering| Step::Lowering(lowering));
    lowering.or_else(|| passes::find(name).map(Step::Pass))
}
