//! The CIRCT room: the library loads, its messages arrive whole, its Verilog lints.

use std::path::Path;
use std::process::Command;

use kaon_testsuite::missing::skip;
use lowering::circt::{Circt, VERSION};

/// The library; without it the test is skipped by name, or fails when `KAON_STRICT=1`.
macro_rules! circt {
    () => {
        match Circt::get() {
            Ok(circt) => circt,
            Err(error) => return skip(&error.to_string()),
        }
    };
}

/// Adds, subtracts and multiplies by constants, with sign extension; no registers.
const ARITHMETIC: &str = r#"
hw.module @arithmetic(in %x0 : i8, in %x1 : i8, out y0 : i12, out y1 : i12) {
  %s0 = comb.extract %x0 from 7 : (i8) -> i1
  %e0 = comb.replicate %s0 : (i1) -> i4
  %a0 = comb.concat %e0, %x0 : i4, i8
  %s1 = comb.extract %x1 from 7 : (i8) -> i1
  %e1 = comb.replicate %s1 : (i1) -> i2
  %z = hw.constant 0 : i2
  %a1 = comb.concat %e1, %x1, %z : i2, i8, i2
  %t0 = comb.add %a0, %a1 : i12
  %sum = hw.wire %t0 name "sum" : i12
  %c3 = hw.constant 3 : i12
  %t1 = comb.mul %a0, %c3 : i12
  %triple = hw.wire %t1 name "triple" : i12
  %t2 = comb.sub %sum, %triple : i12
  %difference = hw.wire %t2 name "difference" : i12
  hw.output %sum, %difference : i12, i12
}
"#;

/// Data registers without reset, the valid bit with.
const REGISTERS: &str = r#"
hw.module @registers(in %clk : !seq.clock, in %rst : i1, in %in_valid : i1, in %x : i8,
                     out y : i8, out out_valid : i1) {
  %false = hw.constant false
  %r1 = seq.compreg name "x_1" %x, %clk : i8
  %r2 = seq.compreg name "x_2" %r1, %clk : i8
  %v1 = seq.compreg name "valid_1" %in_valid, %clk reset %rst, %false : i1
  %v2 = seq.compreg name "valid_2" %v1, %clk reset %rst, %false : i1
  hw.output %r2, %v2 : i8, i1
}
"#;

/// A lookup table, last element first, and a truth table of single bits.
const LOOKUP: &str = r#"
hw.module @lookup(in %x : i2, out y : i8, out parity : i1) {
  %t = hw.aggregate_constant [-1 : i8, 2 : i8, 1 : i8, 0 : i8] : !hw.array<4xi8>
  %g = hw.array_get %t[%x] : !hw.array<4xi8>, i2
  %y = hw.wire %g name "table_0" : i8
  %x1 = comb.extract %x from 1 : (i2) -> i1
  %x0 = comb.extract %x from 0 : (i2) -> i1
  %p = comb.truth_table %x1, %x0 -> [false, true, true, false]
  hw.output %y, %p : i8, i1
}
"#;

/// One module per layer under a top; an input bit nobody reads.
const LAYERS: &str = r#"
hw.module @top(in %clk : !seq.clock, in %x : i24, out y : i8) {
  %x0 = comb.extract %x from 0 : (i24) -> i8
  %x1 = comb.extract %x from 8 : (i24) -> i8
  %dead = comb.extract %x from 16 : (i24) -> i8
  hw.instance "unused_x" @unused_8(unused: %dead: i8) -> ()
  %dense_1_y = hw.instance "dense_1" @top_dense_1(clk: %clk: !seq.clock, x0: %x0: i8, x1: %x1: i8) -> (y: i8)
  %relu_2_y = hw.instance "relu_2" @top_relu_2(x: %dense_1_y: i8) -> (y: i8)
  hw.output %relu_2_y : i8
}
hw.module private @top_dense_1(in %clk : !seq.clock, in %x0 : i8, in %x1 : i8, out y : i8)
    attributes {comment = "nn.dense \"dense_1\""} {
  %a = hw.instance "neuron_0" @add_8(a: %x0: i8, b: %x1: i8) -> (y: i8)
  %r = seq.compreg name "neuron_0_r" %a, %clk : i8
  hw.output %r : i8
}
hw.module private @unused_8(in %unused : i8) {}
hw.module private @add_8(in %a : i8, in %b : i8, out y : i8)
    attributes {sv.attributes = [#sv.attribute<"keep_hierarchy" = "\"yes\"">]} {
  %s = comb.add %a, %b : i8
  hw.output %s : i8
}
hw.module private @top_relu_2(in %x : i8, out y : i8) attributes {comment = "nn.relu \"relu_2\""} {
  %zero = hw.constant 0 : i8
  %negative = comb.extract %x from 7 : (i8) -> i1
  %y = comb.mux %negative, %zero, %x : i8
  hw.output %y : i8
}
"#;

const CASES: [(&str, &str); 4] = [
    ("arithmetic", ARITHMETIC),
    ("registers", REGISTERS),
    ("lookup", LOOKUP),
    ("top", LAYERS),
];

#[test]
fn the_library_is_the_version_we_name() {
    let circt = circt!();
    assert_eq!(circt.version().unwrap(), format!("firtool-{VERSION}"));
}

#[test]
fn verilog_of_small_modules() {
    let circt = circt!();
    for (name, text) in CASES {
        let verilog = circt.export_verilog(text).unwrap_or_else(|e| panic!("{e}"));
        insta::assert_snapshot!(name, verilog);
        assert_eq!(Ok(verilog), circt.export_verilog(text), "the same bytes");
    }
}

#[test]
fn verilator_has_no_warning() {
    let circt = circt!();
    if Command::new("verilator").arg("--version").output().is_err() {
        return skip("verilator is not installed");
    }
    for (name, text) in CASES {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("circt_{name}.sv"));
        std::fs::write(&file, circt.export_verilog(text).unwrap()).unwrap();
        // One file with several modules: only one of them can have the file's name.
        let lint = Command::new("verilator")
            .args(["--lint-only", "-Wall", "-Wno-DECLFILENAME"])
            .arg(&file)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&lint.stderr);
        assert!(lint.status.success() && said.is_empty(), "{name}: {said}");
    }
}

#[test]
fn errors_carry_the_message_of_circt() {
    let circt = circt!();
    let mistyped = r#"hw.module @m(in %a : i4, out y : i5) {
  %s = "comb.add"(%a, %a) : (i4, i4) -> i5 loc("dense_1")
  hw.output %s : i5
}"#;
    let unknown_style = r#"module attributes {circt.loweringOptions = "plainest"} {
  hw.module @m(in %a : i4, out y : i4) { hw.output %a : i4 }
}"#;
    let errors = [
        circt.run_passes("hw.module @m(in %a : i4) {", ""),
        circt.run_passes(mistyped, ""),
        circt.run_passes("", "make-it-faster"),
        circt.run_passes(ARITHMETIC, "convert-hw-to-smt,canonicalize"),
        circt.export_verilog(unknown_style),
        circt.to_smtlib("hw.module @m(in %a : i4, out y : i4) { hw.output %a : i4 }"),
    ]
    .map(|result| match result {
        Ok(text) => format!("no error, but:\n{text}"),
        Err(error) => error.to_string(),
    });
    insta::assert_snapshot!("errors", errors.join("\n\n"));
}

#[test]
fn smt_question_of_two_forms_of_one_value() {
    let circt = circt!();
    let question = r#"
verif.lec first {
^bb0(%x: i4):
  %c3 = hw.constant 3 : i4
  %y = comb.mul %x, %c3 : i4
  verif.yield %y : i4
} second {
^bb0(%x: i4):
  %t = comb.add %x, %x : i4
  %y = comb.add %t, %x : i4
  verif.yield %y : i4
}"#;
    let smt = circt.to_smtlib(question).unwrap_or_else(|e| panic!("{e}"));
    insta::assert_snapshot!("smt", smt);
}

#[test]
fn arc_passes_reach_llvm() {
    let circt = circt!();
    let lowered = circt.lower_logic(ARITHMETIC);
    let lowered = lowered.unwrap_or_else(|e| panic!("{e}"));
    let ports = lowered.ports.iter().map(|port| format!("{port:?}\n"));
    let text = format!("{}{}", ports.collect::<String>(), lowered.llvm);
    insta::assert_snapshot!("arc_arithmetic", text);
}
