//! Pages that a program prints.

use super::program::{kaon, kaon_opt, root};

#[test]
fn the_page_of_passes_is_fresh() {
    let printed = kaon_opt(&["--list", "--markdown"], "").done();
    let page = std::fs::read_to_string(root().join("docs/passes.md")).unwrap_or_default();
    assert!(
        printed == page,
        "docs/passes.md is stale: cargo run --bin kaon-opt -- --list --markdown > docs/passes.md"
    );
}

#[test]
fn both_programs_list_and_explain_the_same() {
    let list = kaon(&["--list"]).done();
    assert_eq!(list, kaon_opt(&["--list"], "").done());
    for line in list.lines() {
        let name = line.split_whitespace().next().expect("a name");
        let explained = kaon(&["--explain", name]).done();
        assert!(explained.starts_with(&format!("{name}: ")), "{explained}");
        assert_eq!(explained, kaon_opt(&["--explain", name], "").done());
    }
}
