//! `kaon-opt` as a measuring tool: estimates, the e-graph's growth, rules left out, dumps.

use std::collections::BTreeSet;

use serde_json::Value;

use super::program::{Ended, Scratch, kaon_opt};

/// 12a + 12b + 0·c, rounded: a few rules fire.
const PRODUCTS: &str = r#"module attributes {kaon.level = "fx"} {
  func.func @products(%x0: si8, %x1: si8, %x2: si8) -> (si20) {
    %0 = "fx.constant"() {value = 12 : si5} : () -> ui4 loc("dense")
    %1 = "fx.constant"() {value = 0 : si2} : () -> ui1 loc("dense")
    %2 = "fx.mul"(%x0, %0) : (si8, ui4) -> si12 loc("dense")
    %3 = "fx.mul"(%x1, %0) : (si8, ui4) -> si12 loc("dense")
    %4 = "fx.mul"(%x2, %1) : (si8, ui1) -> si9 loc("dense")
    %5 = "fx.add"(%2, %3) : (si12, si12) -> si13 loc("dense")
    %6 = "fx.add"(%5, %4) : (si13, si9) -> si20 loc("dense")
    return %6 : si20
  }
}
"#;

fn whole(ended: &Ended) -> String {
    ended.whole("no/folder".as_ref())
}

fn json(ended: Ended) -> Value {
    serde_json::from_str(&ended.done()).expect("JSON")
}

#[test]
fn the_estimate_after_each_step() {
    let flags = ["-", "-p", "fx-rewrite,fx-reduce-strength,fx-schedule"];
    let flags = [&flags[..], &["--cost", "--target", "generic"]].concat();
    let ended = kaon_opt(&flags, PRODUCTS);
    insta::assert_snapshot!("cost", whole(&ended));
    let measured = json(kaon_opt(&[&flags[..], &["--json"]].concat(), PRODUCTS));
    assert_eq!(measured["target"], "generic");
    assert_eq!(measured["start"]["multipliers"], 3);
    let steps = measured["steps"].as_array().expect("steps");
    assert_eq!(steps.len(), 3);
    assert_eq!(steps[2]["step"], "fx-schedule");
    assert!(measured.get("searches").is_none());
}

#[test]
fn how_the_e_graph_grew() {
    let flags = ["-", "-p", "fx-rewrite", "--egraph-stats"];
    insta::assert_snapshot!("egraph_stats", whole(&kaon_opt(&flags, PRODUCTS)));
    let measured = json(kaon_opt(&[&flags[..], &["--json"]].concat(), PRODUCTS));
    for search in measured["searches"].as_array().expect("searches") {
        let growth = search["growth"].as_array().expect("growth");
        assert_eq!(search["iterations"], growth.len());
        assert_eq!(
            growth.last().expect("an iteration")["nodes"],
            search["nodes"]
        );
        let sum = |of: &Value, key: &str| -> u64 {
            let rows = of.as_array().expect("rows").iter();
            rows.map(|row| row[key].as_u64().expect("a count")).sum()
        };
        for key in ["matched", "fired"] {
            assert_eq!(sum(&search["growth"], key), sum(&search["rules"], key));
        }
    }
    let none = kaon_opt(&["-", "-p", "fx-drop-dead", "--egraph-stats"], PRODUCTS);
    assert_eq!(none.done(), "no pass that ran searches an e-graph\n");
}

#[test]
fn the_module_goes_to_its_file_beside_measures() {
    let scratch = Scratch::new();
    let out = scratch.at("out.mlir");
    let plain = kaon_opt(&["-", "-p", "fx-rewrite"], PRODUCTS).done();
    let flags = ["-", "-p", "fx-rewrite", "--cost", "-o", &out];
    let said = kaon_opt(&flags, PRODUCTS).done();
    assert!(said.starts_with("estimated on vu13p\n"), "{said}");
    assert_eq!(std::fs::read_to_string(&out).expect("a module"), plain);
}

#[test]
fn a_rule_left_out_does_not_fire() {
    let fired = |flags: &[&str]| -> BTreeSet<String> {
        let all = ["-", "-p", "fx-rewrite", "--egraph-stats", "--json"];
        let measured = json(kaon_opt(&[&all[..], flags].concat(), PRODUCTS));
        let searches = measured["searches"].as_array().expect("searches");
        let rules = searches
            .iter()
            .flat_map(|s| s["rules"].as_array().expect("rules"));
        rules
            .map(|rule| rule["rule"].as_str().expect("a name").to_string())
            .collect()
    };
    assert!(fired(&[]).contains("mul-even"));
    let without = fired(&["--without-rule", "mul-even"]);
    assert!(!without.contains("mul-even") && without.contains("mul-share"));
    assert!(fired(&["--without-rule", "multiplication,addition"]).is_empty());
    let refused = kaon_opt(&["-", "--without-rule", "mul-evn"], PRODUCTS);
    insta::assert_snapshot!("without_rule", whole(&refused));
}

#[test]
fn rules_are_listed_by_theme() {
    let list = kaon_opt(&["--list-rules"], "").done();
    assert_eq!(list.lines().count(), compiler::egraph::lessons().len());
    let line = list
        .lines()
        .find(|line| line.contains("mul-one"))
        .expect("a rule");
    assert_eq!(
        line.split_whitespace().collect::<Vec<_>>().join(" "),
        "multiplication mul-one (mul a 1) = a"
    );
}

/// The form that `egraph-serialize` reads: every name leads somewhere, no result is lost.
#[test]
fn e_graphs_are_dumped_for_extraction_benchmarks() {
    let scratch = Scratch::new();
    let file = scratch.at("e.json");
    let flags = ["-", "-p", "fx-rewrite", "--dump-egraph", &file];
    assert!(kaon_opt(&flags, PRODUCTS).done().starts_with("module"));
    assert_eq!(scratch.entries(), ["e-2.json", "e.json"]);
    let text = std::fs::read_to_string(&file).expect("an e-graph");
    let dumped: Value = serde_json::from_str(&text).expect("JSON");
    let nodes = dumped["nodes"].as_object().expect("nodes");
    let text_of = |value: &Value| value.as_str().expect("a string").to_string();
    let classes: BTreeSet<String> = nodes
        .values()
        .map(|node| text_of(&node["eclass"]))
        .collect();
    let roots = dumped["root_eclasses"].as_array().expect("roots");
    assert_eq!(roots.len(), 1);
    assert!(roots.iter().all(|root| classes.contains(&text_of(root))));
    for node in nodes.values() {
        let children = node["children"].as_array().expect("children");
        assert!(
            children
                .iter()
                .all(|child| nodes.contains_key(&text_of(child)))
        );
        assert!(node["cost"].as_f64().expect("a cost") >= 0.0);
    }
    let ops: BTreeSet<String> = nodes.values().map(|node| text_of(&node["op"])).collect();
    assert!(
        ops.contains("add") && ops.contains("shl") && ops.contains("a:si8"),
        "{ops:?}"
    );
    let data = dumped["class_data"].as_object().expect("types");
    assert_eq!(data[&text_of(&roots[0])]["type"], "si13");

    let flags = ["-", "-p", "fx-drop-dead", "--dump-egraph", &file];
    insta::assert_snapshot!("dump_nothing", whole(&kaon_opt(&flags, PRODUCTS)));
    let flags = ["-", "-p", "fx-drop-dead", "--json"];
    insta::assert_snapshot!("json_of_nothing", whole(&kaon_opt(&flags, PRODUCTS)));
}
