//! The referee with yosys, OpenSTA and Icarus Verilog; without them these tests are skipped by name.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use kaon_referee::design::Design;
use kaon_referee::synthesis::{Finding, Synthesis};
use kaon_testsuite::missing::skip;

fn is_there(program: &str, flag: &str) -> bool {
    let there = Command::new(program).arg(flag).output().is_ok();
    if !there {
        skip(&format!("no {program} on the path"));
    }
    there
}

fn finding(source: &str, inputs: &[(&str, usize)], outputs: &[(&str, usize)]) -> Finding {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("t.v"), source).unwrap();
    let ports = |ports: &[(&str, usize)]| {
        ports
            .iter()
            .map(|port| (port.0.to_string(), port.1))
            .collect()
    };
    let design = Design {
        model: "t".into(),
        tool: "test".into(),
        version: String::new(),
        options: Default::default(),
        top: "t".into(),
        clock: None,
        registers_inputs: false,
        registers_outputs: false,
        tied: vec![],
        inputs: ports(inputs),
        outputs: ports(outputs),
        stages: 1,
        adders: 0,
        ternary_adders: 0,
        estimated_lut: 0.0,
        seconds: 0.0,
        vectors: 0,
    };
    let synthesis = Synthesis::new(folder.path(), &design, &folder.path().join("cache")).unwrap();
    let first = synthesis.finding().unwrap();
    assert!(synthesis.is_known());
    assert_eq!(synthesis.finding().unwrap().count, first.count);
    first
}

#[test]
fn an_adder_between_registers() {
    if !(is_there("yosys", "-V") && is_there("sta", "-version")) {
        return;
    }
    let found = finding(
        "module t(input [15:0] a, b, output [15:0] y); assign y = a + b; endmodule",
        &[("a", 16), ("b", 16)],
        &[("y", 16)],
    );
    let count = &found.count;
    assert_eq!(
        (count.lut_cells, count.lut_conservative, count.lut_sites),
        (16, 16, 16)
    );
    assert_eq!((count.ff, count.carry4), (48, 4));
    // Clock to Q and a net of two readers, LUT, S to CO[3], two cells, CI to O[3], set-up.
    let by_hand = 0.08 + 0.33 + 0.10 + 0.142 + 2.0 * 0.0065 + 0.082 + 0.025;
    assert!((found.timing.worst_ns - by_hand).abs() < 0.001, "{found:?}");
    assert_eq!(found.timing.period_ns(), 1.290);
}

#[test]
fn three_operands_on_one_chain() {
    if !(is_there("yosys", "-V") && is_there("sta", "-version")) {
        return;
    }
    let module = include_str!("../ternary_adder.v");
    let found = finding(
        &format!(
            "{module}\nmodule t(input [7:0] a, b, c, output [9:0] y);\n  ternary_adder \
             #(8, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0, 10, 0) sum(a, b, c, y);\nendmodule"
        ),
        &[("a", 8), ("b", 8), ("c", 8)],
        &[("y", 10)],
    );
    let count = &found.count;
    assert_eq!(
        (count.lut_cells, count.lut_conservative, count.lut6_2),
        (10, 10, 10)
    );
    // One bit's O5 goes to the next bit's LUT, not through all of them.
    assert!(found.timing.worst_ns < 1.3, "{found:?}");
}

/// A seeded sequence of numbers; the tests need no better one.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 33) % limit
    }
}

/// A testbench of `count` ternary adders with random parameters beside the sums they stand for.
fn testbench(random: &mut Random, count: usize) -> String {
    let (mut wires, mut stimuli, mut checks) = (String::new(), String::new(), String::new());
    for t in 0..count {
        let (mut parameters, mut sum) = (String::new(), String::new());
        let mut negated = 0;
        for j in 0..3 {
            let (width, signed) = (1 + random.below(9), random.below(2));
            let negate = if negated < 2 { random.below(2) } else { 0 };
            negated += negate;
            let pad = [0, 0, 1, 2, 3, 5][random.below(6) as usize];
            write!(parameters, "{width}, {signed}, {negate}, {pad}, ").unwrap();
            let top = if signed == 1 {
                format!("i{t}_{j}[{}]", width - 1)
            } else {
                "1'b0".to_string()
            };
            writeln!(wires, "  reg [{}:0] i{t}_{j};", width - 1).unwrap();
            writeln!(
                wires,
                "  wire signed [40:0] e{t}_{j} = $signed({{{{30{{{top}}}}}, i{t}_{j}}});"
            )
            .unwrap();
            writeln!(stimuli, "      i{t}_{j} = $random;").unwrap();
            write!(
                sum,
                " {} (e{t}_{j} <<< {pad})",
                if negate == 1 { '-' } else { '+' }
            )
            .unwrap();
        }
        let (drop, width) = (random.below(4), 1 + random.below(16));
        writeln!(wires, "  wire signed [40:0] w{t} = 0{sum};").unwrap();
        writeln!(wires, "  wire [{0}:0] o{t}, x{t};", width - 1).unwrap();
        writeln!(wires, "  assign x{t} = w{t} >>> {drop};").unwrap();
        let ports = format!("i{t}_0, i{t}_1, i{t}_2, o{t}");
        writeln!(
            wires,
            "  ternary_adder #({parameters}{width}, {drop}) u{t}({ports});"
        )
        .unwrap();
        writeln!(
            checks,
            "      if (o{t} !== x{t}) $display(\"%m u{t} %h %h\", o{t}, x{t});"
        )
        .unwrap();
    }
    format!(
        "module tb;\n{wires}  integer k;\n  initial begin\n    for (k = 0; k < 200; k = k + 1) begin\n{stimuli}      #1;\n\
         {checks}    end\n    $display(\"done\");\n  end\nendmodule\n"
    )
}

/// What the two cells do.
const PRIMITIVES: &str = "
module LUT6_2 #(parameter [63:0] INIT = 0) (input I0, I1, I2, I3, I4, I5, output O6, O5);
  wire [4:0] low = {I4, I3, I2, I1, I0};
  assign O6 = INIT[{I5, low}];
  assign O5 = INIT[low];
endmodule

module CARRY8 #(parameter CARRY_TYPE = \"SINGLE_CY8\") (
    input CI, CI_TOP, input [7:0] DI, S, output [7:0] O, CO
);
  assign O = S ^ {CO[6:0], CI};
  genvar i;
  generate
    for (i = 0; i < 8; i = i + 1) begin : place
      if (i == 0) assign CO[0] = S[0] ? CI : DI[0];
      else assign CO[i] = S[i] ? CO[i-1] : DI[i];
    end
  endgenerate
endmodule
";

#[test]
fn the_mapped_ternary_adder_is_the_sum() {
    if !is_there("iverilog", "-V") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (bench, program) = (folder.path().join("tb.v"), folder.path().join("tb"));
    let text = testbench(&mut Random(7), 120) + PRIMITIVES;
    fs::write(&bench, text).unwrap();
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("ternary_adder.v");
    let built = Command::new("iverilog")
        .args(["-g2012", "-s", "tb", "-o"])
        .args([&program, &bench, &module])
        .output()
        .unwrap();
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    let said = Command::new("vvp").arg(&program).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&said.stdout).trim(), "done");
}
