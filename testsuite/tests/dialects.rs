//! The dialects: text and graph are two forms of one thing, and stock MLIR reads ours.

use dialects::fx;

const SMALL: &str = r#"module attributes {kaon.level = "fx", kaon.source = "small.onnx"} {
  func.func @top(%x0: si8, %x1: ui4) -> (si12, ui3) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2>, scale = "2^-4"}], kaon.outputs = [{name = "y", shape = array<i64: 2>, scale = ["2^-4", "1/3"]}]} {
    %0 = "fx.constant"() {value = -3 : si3} : () -> si3 loc("dense_1")
    %1 = "fx.mul"(%x0, %0) : (si8, si3) -> si10 loc("dense_1")
    %2 = "fx.add"(%1, %x1) : (si10, ui4) -> si12 loc("dense_1")
    %3 = "fx.lookup"(%x1) {first = 0 : ui1, table = array<i64: 0, 1, 2, 3, 4, 5, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7>} : (ui4) -> ui3 loc("table \"t\"")
    return %2, %3 : si12, ui3
  }
}
"#;

#[test]
fn fx_text_is_read_back_as_it_was_printed() {
    let graph = fx::read(SMALL).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(fx::print(&graph), SMALL);
    assert_eq!(fx::eval(&graph, &[-128, 15]).unwrap(), vec![399, 7]);
}

#[test]
fn a_type_too_small_for_its_range_is_refused() {
    let text = SMALL.replace("si10", "si9");
    let error = fx::read(&text).unwrap_err();
    insta::assert_snapshot!(error, @r#"
    error: fx.mul has type si9, its values can be in [-381, 384]
      --> layer "dense_1"
    "#);
}
