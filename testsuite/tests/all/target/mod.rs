//! Area estimates beside a synthesis by yosys, op by op, one op in a module.
//!
//! `KAON_CALIBRATE=1` (tools/calibrate-target.sh sets it), or a family's name, synthesises every case again and
//! writes tests/all/target/<family>.txt; without it the recorded figures are compared with the
//! estimates of today.

mod cases;
mod verilog;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use compiler::target::{self, Cost};

use lowering::circt::Circt;

use crate::target::cases::{Case, cases};

/// A family, how yosys is told to synthesise for it, and what its cells count in LUTs.
struct Tool {
    family: &'static str,
    synth: &'static str,
    luts: fn(&str) -> u32,
    /// How many of what `luts` counts are one LUT, or one NAND2.
    parts: u32,
    dsp: &'static str,
}

const TOOLS: &[Tool] = &[
    Tool {
        family: "ultrascale_plus",
        synth: "synth_xilinx -family xcup -noiopad -flatten -top top",
        luts: |cell| u32::from(cell.starts_with("LUT")),
        parts: 1,
        dsp: "DSP48E2",
    },
    Tool {
        family: "ecp5",
        synth: "synth_ecp5 -top top",
        luts: |cell| match cell {
            "LUT4" => 1,
            "CCU2C" => 2,
            _ => 0,
        },
        parts: 1,
        dsp: "MULT18X18D",
    },
    Tool {
        family: "ice40",
        synth: "synth_ice40 -top top",
        luts: |cell| u32::from(cell == "SB_LUT4"),
        parts: 1,
        dsp: "SB_MAC16",
    },
    Tool {
        family: "asic",
        synth: "synth -flatten -top top; abc -g AND,NAND,OR,NOR,XOR,XNOR,MUX,AOI3,OAI3,AOI4,OAI4; opt_clean",
        luts: |cell| match cell.trim_matches(['$', '_']) {
            "NOT" => 2,
            "NAND" | "NOR" => 3,
            "AND" | "OR" | "AOI3" | "OAI3" => 4,
            "AOI4" | "OAI4" => 5,
            "XOR" | "XNOR" => 6,
            "MUX" => 7,
            _ => 0,
        },
        parts: 3,
        dsp: "",
    },
];

/// LUTs and DSPs of every case, in order.
fn synthesise(circt: &Circt, tool: &Tool, cases: &[Case]) -> Vec<(u32, u32)> {
    let folder = std::env::temp_dir().join(format!(
        "kaon-calibrate-{}-{}",
        tool.family,
        std::process::id()
    ));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(
        folder.join("design.v"),
        verilog::design(circt, tool.family, cases).unwrap_or_else(|error| panic!("{error}")),
    )
    .unwrap();
    let script = format!(
        "read_verilog -sv design.v; {}; tee -o stat.txt stat",
        tool.synth
    );
    let yosys = Command::new("yosys")
        .current_dir(&folder)
        .args(["-q", "-p", &script])
        .status();
    assert!(yosys.expect("calibration needs yosys").success());
    let statistics = std::fs::read_to_string(folder.join("stat.txt")).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let mut found = BTreeMap::<usize, (u32, u32)>::new();
    let mut current = None;
    for line in statistics.lines() {
        if let Some(module) = line.strip_prefix("=== ") {
            let module = module.trim_end_matches(" ===");
            current = module
                .strip_prefix('c')
                .and_then(|index| index.parse::<usize>().ok());
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        if let (Some(index), [cell, count]) = (current, &words[..])
            && let Ok(count) = count.parse::<u32>()
        {
            let of = found.entry(index).or_default();
            of.0 += (tool.luts)(cell) * count;
            of.1 += u32::from(*cell == tool.dsp) * count;
        }
    }
    (0..cases.len())
        .map(|index| found.get(&index).copied().unwrap_or_default())
        .map(|(parts, dsp)| (parts.div_ceil(tool.parts), dsp))
        .collect()
}

fn recorded(family: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/all/target/{family}.txt"))
}

/// `name | LUTs | DSPs` for each line.
fn read_record(family: &str) -> BTreeMap<String, (u32, u32)> {
    let text = std::fs::read_to_string(recorded(family)).unwrap();
    let line = |line: &str| {
        let [name, lut, dsp] = line.split('|').map(str::trim).collect::<Vec<_>>()[..] else {
            panic!("a malformed record: {line}");
        };
        (
            name.to_string(),
            (lut.parse().unwrap(), dsp.parse().unwrap()),
        )
    };
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(line)
        .collect()
}

fn estimate(family: &str, case: &Case) -> Cost {
    let target = target::find(family).unwrap();
    let costs = target.costs(&case.graph);
    costs.into_iter().fold(Cost::default(), |sum, cost| Cost {
        lut: sum.lut + cost.lut,
        dsp: sum.dsp + cost.dsp,
        delay_ps: sum.delay_ps + cost.delay_ps,
        ..sum
    })
}

#[test]
fn estimates_stay_near_synthesis() {
    for tool in TOOLS {
        let mut cases = cases();
        // ABC's search for equal nodes does not end on a wide product of gates.
        let wide = |name: &str| name == "mul si18 si16" || name == "mul si30 si16";
        cases.retain(|case| tool.family != "asic" || !wide(&case.name));
        let path = recorded(tool.family);
        if std::env::var("KAON_CALIBRATE").is_ok_and(|value| value == "1" || value == tool.family) {
            let circt = Circt::get().unwrap_or_else(|error| panic!("{error}"));
            let mut text = format!("# op | LUTs | DSPs; yosys: {}\n", tool.synth);
            for (case, (lut, dsp)) in cases.iter().zip(synthesise(circt, tool, &cases)) {
                writeln!(text, "{} | {lut} | {dsp}", case.name).unwrap();
            }
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
        }
        let recorded = read_record(tool.family);
        let mut table =
            String::from("op                          estimate  synthesis   DSP  delay ps\n");
        let (mut estimates, mut syntheses) = (0, 0);
        for case in &cases {
            let cost = estimate(tool.family, case);
            let (lut, dsp) = recorded[&case.name];
            let dsps = match cost.dsp == dsp {
                true => format!("{dsp}"),
                false => format!("{}/{dsp}", cost.dsp),
            };
            writeln!(
                table,
                "{:26} {:>9}  {lut:>9} {dsps:>5}  {:>8}",
                case.name, cost.lut, cost.delay_ps
            )
            .unwrap();
            estimates += cost.lut;
            syntheses += lut;
        }
        writeln!(table, "{:26} {estimates:>9}  {syntheses:>9}", "all").unwrap();
        println!("{}\n{table}", tool.family);
        insta::with_settings!({ omit_expression => true }, {
            insta::assert_snapshot!(format!("estimate_{}", tool.family), table);
        });
    }
}
