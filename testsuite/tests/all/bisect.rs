//! The guilty step of a wrong result, and the guilty rule of a step, are found by themselves.

use super::cli::program::{Scratch, demo, kaon_opt};

use compiler::bisect::bisect;
use compiler::context::PassContext;
use compiler::module::Module;
use compiler::options::Options;
use compiler::passes::{Changed, Pass, Run, find};
use compiler::runner::Step;
use compiler::target::Target;
use compiler::validate::Effort;
use dialects::fx::Op;
use kaon_testsuite::mlp;

/// Makes the last constant above 2 one too small.
static MISCOUNT: Pass = Pass {
    name: "fx-miscount",
    summary: "",
    source: "",
    run: Run::Fx(|graph, _| {
        let large = |op: &Op| matches!(op, Op::Constant { value: 3.. });
        let constant = graph.nodes.iter_mut().rev().find(|node| large(&node.op));
        if let Some(node) = constant
            && let Op::Constant { value } = &mut node.op
        {
            *value -= 1;
        }
        Ok(Changed::Yes)
    }),
};

#[test]
fn the_guilty_step_is_found_among_right_ones() {
    let (options, target) = (Options::default(), Target::default());
    let cx = PassContext::new(&options, &target);
    let right = |name: &str| Step::Pass(find(name).expect("a pass"));
    let steps = [
        right("fx-rewrite"),
        right("fx-narrow-widths"),
        Step::Pass(&MISCOUNT),
        right("fx-share-sums"),
        right("fx-drop-unused-bits"),
        right("fx-schedule"),
    ];
    let module = Module::Fx(mlp::dense(4, &[6, 8, 3], 5));
    let found = bisect(module, &steps, Effort::FULL, &cx).expect("steps that run");
    let guilt = found.guilt.as_ref().expect("a guilty step");
    assert_eq!((guilt.number, guilt.step.name()), (3, "fx-miscount"));
    assert!(guilt.rules.is_empty() && guilt.runs <= 4);
}

const NEURON: &str = r#"module attributes {kaon.level = "fx"} {
  func.func @neuron(%x0: si6, %x1: si6, %x2: ui1) -> (si9) {
    %0 = "fx.constant"() {value = 3 : ui2} : () -> ui2 loc("dense")
    %1 = "fx.constant"() {value = 0 : ui1} : () -> ui1 loc("dense")
    %2 = "fx.mul"(%x0, %0) : (si6, ui2) -> si8 loc("dense")
    %3 = "fx.mul"(%x1, %1) : (si6, ui1) -> ui1 loc("dense")
    %4 = "fx.add"(%2, %3) : (si8, ui1) -> si8 loc("dense")
    %5 = "fx.sub"(%4, %x1) : (si8, si6) -> si9 loc("dense")
    %6 = "fx.clamp"(%5) {min = -256 : si9, max = 255 : ui8} : (si9) -> si9 loc("relu")
    return %6 : si9
  }
}
"#;

/// A rule that is wrong on purpose, given as text: no table of kaon's holds it.
const WRONG: &str = "sub-lose: (sub ?x ?y) => ?x";

#[test]
fn the_guilty_rule_is_found_among_right_ones() {
    let flags = ["-", "-p", "fx-narrow-widths,fx-rewrite,fx-schedule"];
    let wrong = ["--with-rule", WRONG, "--bisect"];
    let ended = kaon_opt(&[&flags[..], &wrong].concat(), NEURON);
    insta::assert_snapshot!("guilty_rule", ended.whole("none".as_ref()));
    let ended = kaon_opt(&[&flags[..], &["--bisect"]].concat(), NEURON);
    insta::assert_snapshot!("no_guilty_rule", ended.whole("none".as_ref()));
}

#[test]
fn a_wrong_rule_is_caught_and_replayed() {
    let scratch = Scratch::new();
    let flags = ["-p", "fx-rewrite", "--with-rule", WRONG, "--dump-dir"];
    let dumps = scratch.at("dumps");
    let ended = kaon_opt(&[&["-"], &flags[..], &[&dumps]].concat(), NEURON);
    assert_eq!(ended.code, 101);
    insta::assert_snapshot!("wrong_rule_said", ended.whole(scratch.path()));
    let file = scratch.at("dumps/fx-rewrite.reproducer.mlir");
    let text = std::fs::read_to_string(&file).expect("a reproducer");
    let text = text.replace(&scratch.path().display().to_string(), "TMP");
    insta::assert_snapshot!("wrong_rule_left", text);
    let again = scratch.at("again");
    let ended = kaon_opt(&[&[file.as_str()], &flags[..], &[&again]].concat(), "");
    assert_eq!(ended.code, 101);
}

#[test]
fn a_model_is_bisected_along_its_own_pipeline() {
    let ended = kaon_opt(
        &[&demo("model.onnx"), "--bisect", "--check-inputs", "4"],
        "",
    );
    let said = ended.done();
    let nothing = "changes what the module computes\n";
    assert!(
        said.starts_with("no step of ") && said.ends_with(nothing),
        "{said}"
    );
}

#[test]
fn a_command_makes_a_module_small() {
    let scratch = Scratch::new();
    let file = scratch.file("in.mlir", NEURON);
    // As a stand-in for a tool that fails on some op: grep finds it.
    let ended = kaon_opt(&[&file, "--reduce", "! grep -q fx.clamp {}"], "");
    insta::assert_snapshot!("reduced_by_command", ended.whole(scratch.path()));
    let ended = kaon_opt(&[&file, "--reduce", "grep -q fx.clamp"], "");
    insta::assert_snapshot!("no_fault_to_reduce", ended.whole(scratch.path()));
}

#[test]
fn written_rules_are_checked() {
    for (name, rule) in [
        ("no_arrow", "add-swap: (add ?x ?y)"),
        ("unbound", "add-lose: (add ?x ?y) => ?z"),
        ("no_op", "turn: ?x => (neg ?x)"),
    ] {
        let ended = kaon_opt(&["-", "-p", "fx-rewrite", "--with-rule", rule], NEURON);
        insta::assert_snapshot!(format!("written_rule_{name}"), ended.whole("none".as_ref()));
    }
}

#[test]
fn what_becomes_of_a_node_is_explained() {
    for (name, node, passes) in [
        ("sum", "%5", "fx-rewrite"),
        ("clamp", "relu", "fx-rewrite"),
        ("product", "2", "fx-reduce-strength"),
        ("no_such_node", "%77", "fx-rewrite"),
        ("no_such_layer", "conv", "fx-rewrite"),
        ("no_search", "%5", "fx-schedule"),
    ] {
        let ended = kaon_opt(&["-", "-p", passes, "--explain-node", node], NEURON);
        insta::assert_snapshot!(format!("explained_{name}"), ended.whole("none".as_ref()));
    }
}
