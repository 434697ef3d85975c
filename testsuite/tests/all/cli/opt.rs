//! `kaon-opt` on small modules.

use super::program::{Scratch, kaon_opt};

const SUM: &str = r#"module attributes {kaon.level = "fx"} {
  func.func @sum(%x0: si8, %x1: ui4) -> (si12) {
    %0 = "fx.add"(%x0, %x1) : (si8, ui4) -> si10 loc("total")
    %1 = "fx.neg"(%0) : (si10) -> si12 loc("total")
    return %1 : si12
  }
}
"#;

#[test]
fn no_pass_prints_the_normal_form_which_is_its_own() {
    let once = kaon_opt(&["-"], SUM).done();
    insta::assert_snapshot!("normal_form", once);
    assert_eq!(kaon_opt(&["-"], &once).done(), once);
}

#[test]
fn passes_run_in_the_order_given_and_show_their_work() {
    let flags = ["-", "-p", "fx-narrow-widths,fx-schedule", "--stages", "1"];
    let flags = [&flags[..], &["--print-after", "all"]].concat();
    let ended = kaon_opt(&flags, SUM);
    insta::assert_snapshot!("print_after_all", ended.whole("none".as_ref()));
}

#[test]
fn the_order_of_levels_is_kept() {
    let ended = kaon_opt(&["-", "-p", "nn-drop-dead"], SUM);
    insta::assert_snapshot!("wrong_level", ended.whole("none".as_ref()));
}

#[test]
fn limit_stop_and_skip_cut_the_list() {
    let scratch = Scratch::new();
    let dumps = |flags: &[&str]| {
        let folder = scratch.at("dumps");
        let _ = std::fs::remove_dir_all(&folder);
        let passes = ["-", "-p", "fx-drop-dead,fx-narrow-widths,fx-schedule"];
        let arguments = [&passes[..], &["--dump-dir", &folder], flags].concat();
        kaon_opt(&arguments, SUM).done();
        let names = std::fs::read_dir(folder).expect("dumps").map(|entry| {
            let name = entry.expect("an entry").file_name();
            name.display().to_string()
        });
        let mut names = names.collect::<Vec<_>>();
        names.sort();
        names
    };
    let all = [
        "000-input.mlir",
        "001-fx-drop-dead.unchanged.mlir",
        "002-fx-narrow-widths.changed.mlir",
        "003-fx-schedule.changed.mlir",
    ];
    assert_eq!(dumps(&[]), all);
    assert_eq!(dumps(&["--limit", "2"]), all[..3]);
    assert_eq!(dumps(&["--stop-after", "fx-drop-dead"]), all[..2]);
    assert_eq!(
        dumps(&["--skip", "fx-drop-dead"]),
        [
            "000-input.mlir",
            "001-fx-narrow-widths.changed.mlir",
            "002-fx-schedule.changed.mlir"
        ]
    );
}

#[test]
fn dialects_are_printed_for_other_tools() {
    for dialect in ["nn", "flow", "fx"] {
        let text = kaon_opt(&["--print-irdl", dialect], "").done();
        assert!(text.contains(&format!("irdl.dialect @{dialect}")), "{text}");
    }
}
