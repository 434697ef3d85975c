//! The runner trusts no step.

use compiler::context::PassContext;
use compiler::failure::Failure;
use compiler::module::Module;
use compiler::options::Options;
use compiler::passes::{Changed, Pass, Run};
use compiler::runner::{Outcome, Settings, Step, run};
use compiler::target::Target;
use dialects::Diagnostic;
use dialects::fx::{Graph, IntType};

const SUM: &str = r#"module attributes {kaon.level = "fx", kaon.source = "sum.onnx"} {
  func.func @sum(%x0: si8, %x1: ui4) -> (si12) {
    %0 = "fx.add"(%x0, %x1) : (si8, ui4) -> si10 loc("total")
    %1 = "fx.neg"(%0) : (si10) -> si12 loc("total")
    return %1 : si12
  }
}
"#;

const fn pass(name: &'static str, run: Run) -> Pass {
    Pass {
        name,
        summary: "",
        source: "",
        run,
    }
}

fn narrow(graph: &mut Graph) {
    graph.nodes[2].ty = IntType::signed(9);
}

static TRUE: Pass = pass(
    "true",
    Run::Fx(|graph, _| {
        narrow(graph);
        Ok(Changed::Yes)
    }),
);
static SILENT: Pass = pass(
    "silent",
    Run::Fx(|graph, _| {
        narrow(graph);
        Ok(Changed::No)
    }),
);
static BOASTFUL: Pass = pass("boastful", Run::Fx(|_, _| Ok(Changed::Yes)));
static BREAKING: Pass = pass(
    "breaking",
    Run::Fx(|graph, _| {
        graph.nodes[2].ty = IntType::signed(5);
        Ok(Changed::Yes)
    }),
);
static ASHAMED: Pass = pass(
    "ashamed",
    Run::Fx(|_, _| Err(Diagnostic::ours("a sum became another one"))),
);
static LAYERLESS: Pass = pass(
    "layerless",
    Run::Fx(|graph, _| {
        graph.layers.push("nobody's".to_string());
        Ok(Changed::No)
    }),
);

fn outcome(passes: &[&'static Pass], settings: Settings) -> Result<Outcome, Failure> {
    let module = Module::read(SUM).expect("a module");
    let steps = passes.iter().map(|pass| Step::Pass(pass));
    let (options, target) = (Options::default(), Target::default());
    let cx = PassContext::new(&options, &target);
    run(
        module,
        &steps.collect::<Vec<_>>(),
        &settings,
        &cx,
        &mut |_| (),
    )
}

fn failure(pass: &'static Pass) -> String {
    let failure = outcome(&[pass], Settings::default()).err();
    let failure = failure.expect("a contract is broken");
    assert_eq!(failure.exit_code(), 101);
    failure.to_string()
}

#[test]
fn a_change_that_is_told_is_kept() {
    let outcome = outcome(&[&TRUE, &LAYERLESS], Settings::default()).expect("no contract broken");
    let changed = outcome.steps.iter().map(|step| (step.name, step.changed));
    assert_eq!(
        changed.collect::<Vec<_>>(),
        [("true", true), ("layerless", false)]
    );
    assert!(outcome.complete);
}

#[test]
fn lies_and_damage_are_ours() {
    insta::assert_snapshot!("silent", failure(&SILENT));
    insta::assert_snapshot!("boastful", failure(&BOASTFUL));
    insta::assert_snapshot!("breaking", failure(&BREAKING));
}

#[test]
fn a_check_that_fails_leaves_a_module_to_see_it_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = Settings {
        dump_dir: Some(folder.path().to_path_buf()),
        ..Settings::default()
    };
    let failure = outcome(&[&TRUE, &ASHAMED], settings).err();
    let failure = failure.expect("the second pass fails");
    assert_eq!(failure.exit_code(), 101);
    let text = failure.to_string();
    let command = text.split("kaon-opt ").nth(1).expect("a command");
    let (file, flags) = command.split_once(' ').expect("a file and flags");
    assert!(flags.starts_with("-p ashamed"), "{text}");
    let kept = std::fs::read_to_string(file).expect("the module is there");
    let Ok(Module::Fx(kept)) = Module::read(&kept) else {
        panic!("the module is one of fx");
    };
    assert_eq!(kept.nodes[2].ty, IntType::signed(9), "as the step got it");
}

#[test]
fn damage_passes_where_nobody_looks() {
    let settings = Settings {
        verify: false,
        round_trip: false,
        ..Settings::default()
    };
    assert!(outcome(&[&BREAKING], settings).is_ok());
}

#[test]
fn an_unfinished_list_is_not_complete() {
    let limit = |limit| Settings {
        limit: Some(limit),
        ..Settings::default()
    };
    let complete = |settings| {
        outcome(&[&TRUE, &LAYERLESS], settings)
            .map(|outcome| outcome.complete)
            .expect("no contract broken")
    };
    assert!(!complete(limit(0)));
    assert!(!complete(limit(1)));
    assert!(complete(limit(2)));
    let stop = |name: &str| Settings {
        stop_after: Some(name.to_string()),
        ..Settings::default()
    };
    assert!(!complete(stop("true")));
    assert!(complete(stop("layerless")));
}
