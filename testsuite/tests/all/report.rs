//! The report: whole, as text and as JSON.

use compiler::context::PassContext;
use compiler::egraph::{Hits, Search, Stop};
use compiler::options::Options;
use compiler::passes::{self, Run};
use compiler::report::{self, Estimate, Facts, History, Pruning, Report, Resources, StepEstimate};
use compiler::target::{self, Target};
use dialects::fx;

/// Two layers, a table, and a layer of which nothing is left.
const MODEL: &str = r#"module attributes {kaon.level = "fx", kaon.source = "small.onnx"} {
  func.func @small(%x0: si8, %x1: si8, %x2: ui6) -> (si24, ui8) attributes {kaon.inputs = [{name = "x", shape = array<i64: 3>, scale = "2^-4"}], kaon.outputs = [{name = "y", shape = array<i64: 2>, scale = "1"}]} {
    %0 = "fx.shl"(%x0) {amount = 3 : i64} : (si8) -> si11 loc("dense_1")
    %1 = "fx.add"(%0, %x1) : (si11, si8) -> si12 loc("dense_1")
    %2 = "fx.sub"(%1, %x2) : (si12, ui6) -> si13 loc("dense_1")
    %3 = "fx.clamp"(%2) {min = 0 : ui1, max = 255 : ui8} : (si13) -> ui8 loc("relu_1")
    %4 = "fx.mul"(%3, %3) : (ui8, ui8) -> ui16 loc("dense_2")
    %5 = "fx.sub"(%4, %x0) : (ui16, si8) -> si24 loc("dense_2")
    return %5, %3 : si24, ui8
  }
}
"#;

fn facts() -> Facts {
    let pruning = |products, products_left, neurons, neurons_left| Pruning {
        products: Some(products),
        products_left: Some(products_left),
        neurons: Some(neurons),
        neurons_left: Some(neurons_left),
    };
    let layers = [
        ("dense_1".to_string(), pruning(12, 3, 4, 1)),
        ("dense_2".to_string(), pruning(4, 2, 2, 1)),
        ("dense_3".to_string(), pruning(6, 0, 3, 0)),
    ];
    Facts {
        model: Some("small.onnx".to_string()),
        layers: layers.into_iter().collect(),
        history: Some(history()),
    }
}

/// As a compilation records it.
fn history() -> History {
    let before = fx::read(MODEL).unwrap_or_else(|error| panic!("{error}"));
    let target = Target::default();
    let estimate = Estimate::of(&before, &target);
    let step = |step: &str, changed, lut| StepEstimate {
        step: step.to_string(),
        changed,
        estimate: Estimate {
            resources: Resources {
                lut,
                ..estimate.resources
            },
            ..estimate
        },
    };
    let search = Search {
        pass: "fx-rewrite".to_string(),
        round: 1,
        given: 30,
        found: 12,
        nodes: 90,
        classes: 40,
        iterations: 24,
        saturated: false,
        stop: Stop::Iterations(24).to_string(),
        rules: [
            "add-zero",
            "mul-one",
            "add-neg",
            "shr-shl",
            "mul-even",
            "neg-sum",
            "clamp-tighten",
        ]
        .iter()
        .enumerate()
        .map(|(at, rule)| Hits {
            rule: rule.to_string(),
            matched: 10 * at,
            fired: at,
        })
        .collect(),
        growth: vec![],
    };
    History {
        target: "vu13p".to_string(),
        layers: report::by_layer(&before, &target),
        searches: vec![search],
        steps: vec![
            step("lower-nn-to-fx", true, 250),
            step("fx-rewrite", true, 180),
            step("fx-narrow-widths", false, 180),
        ],
    }
}

fn made(target: &Target, options: &Options, facts: &Facts) -> Report {
    let mut graph = fx::read(MODEL).unwrap_or_else(|error| panic!("{error}"));
    let cx = PassContext::new(options, target);
    let Run::Fx(run) = passes::find("fx-schedule").unwrap().run else {
        panic!("fx-schedule works on fx");
    };
    run(&mut graph, &cx).unwrap();
    report::report(&graph, target, facts)
}

#[test]
fn a_pipeline_with_facts() {
    let options = Options {
        clock_ps: 4167,
        ..Options::default()
    };
    let report = made(&Target::default(), &options, &facts());
    insta::assert_snapshot!(report);
    insta::assert_snapshot!(report.explanation());
    insta::assert_snapshot!(report.to_json());
    insta::assert_snapshot!(report.to_html());
}

#[test]
fn a_combinational_circuit_on_a_small_device() {
    let options = Options {
        stages: Some(0),
        ..Options::default()
    };
    let target = target::find("up5k").unwrap();
    let report = made(&target, &options, &Facts::default());
    insta::assert_snapshot!(report);
    insta::assert_snapshot!(report.explanation());
}

/// Every element is closed by what opened it last, and names are only names.
#[test]
fn the_page_is_well_formed() {
    let mut report = made(&Target::default(), &Options::default(), &facts());
    report.top = "<b>&\"".to_string();
    report.layers[0].name = "<script>".to_string();
    report.critical_path[0].layer = "</svg>".to_string();
    let page = report.to_html();
    let mut open = Vec::new();
    for tag in page.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').expect("a tag ends");
        let name = tag.split([' ', '/']).next().unwrap_or_default();
        match tag.strip_prefix('/') {
            Some(closed) => assert_eq!(open.pop(), Some(closed), "{open:?}"),
            None if tag.ends_with('/') || ["!DOCTYPE", "meta"].contains(&name) => {}
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script"));
    assert!(!page.contains("http"), "the page needs another file");
}
