//! Our liberty file: the delays of the cells that the timing netlist is made of, in nanoseconds.
//!
//! A net has no delay of its own in a liberty file, so a driver's delay is looked up by its load, and the load is a
//! count: an input that is reached over the fabric has capacitance 1, one that is reached by a dedicated wire has 0.
//! The numbers are frozen; `docs/benchmarks.md` says where they come from.

use std::collections::BTreeSet;
use std::fmt::Write;

/// Set-up time of a flip-flop.
pub const SET_UP: f64 = 0.025;
/// Clock to Q.
const CLOCK_TO_Q: f64 = 0.08;
const LUT: f64 = 0.10;
const LUT_O5: f64 = 0.13;
/// Wide multiplexers: a data input, the select input.
const MUX_DATA: f64 = 0.06;
const MUX_SELECT: f64 = 0.10;
/// Through the chain, and for each place passed.
const S_TO_CO: f64 = 0.13;
const DI_TO_CO: f64 = 0.11;
const CI_TO_O: f64 = 0.07;
const EACH_PLACE: f64 = 0.004;
/// A whole carry cell of four, from CI to CO[3].
const CI_TO_CO: f64 = 0.0065;
/// The exclusive or behind each place.
const S_TO_O: f64 = 0.06;
/// A shift register in a LUT, clock to output.
const SHIFT_REGISTER: f64 = 0.35;

/// Fan-out and the delay of such a net.
const NETS: [(u32, f64); 9] = [
    (0, 0.0),
    (1, 0.28),
    (2, 0.33),
    (4, 0.38),
    (8, 0.44),
    (16, 0.50),
    (32, 0.56),
    (64, 0.65),
    (128, 0.75),
];

/// The inputs that O6 and O5 of a LUT6_2 depend on; bit i stands for input Ii.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Masks {
    pub o6: u8,
    pub o5: u8,
}

impl Masks {
    /// From the truth table and the inputs that are constant: (input, value).
    pub fn new(init: u64, constant: &[(u8, bool)]) -> Masks {
        let possible = |entry: u64| {
            let agrees = |&(input, value): &(u8, bool)| (entry >> input & 1 == 1) == value;
            constant.iter().all(agrees)
        };
        let depends = |input: u8, entries: u64| {
            (0..entries).any(|entry| {
                let other = entry ^ (1 << input);
                possible(entry) && possible(other) && (init >> entry ^ init >> other) & 1 == 1
            })
        };
        let mask = |inputs: u8, entries: u64| {
            let kept = (0..inputs).filter(|&input| depends(input, entries));
            kept.fold(0, |mask, input| mask | 1 << input)
        };
        // O5 reads the lower half and never I5, whose value is therefore of no concern to it.
        let without_i5: Vec<_> = constant.iter().copied().filter(|c| c.0 < 5).collect();
        Masks {
            o6: mask(6, 64),
            o5: if without_i5.len() == constant.len() {
                mask(5, 32)
            } else {
                Masks::new(init & 0xFFFF_FFFF, &without_i5).o5
            },
        }
    }

    /// The name of the liberty cell.
    pub fn cell(self) -> String {
        format!("LUT6_2_{:02x}_{:02x}", self.o6, self.o5)
    }
}

/// The text of the liberty file, with one cell for each pair of masks.
pub fn liberty(masks: &BTreeSet<Masks>) -> String {
    let loads: Vec<String> = NETS.iter().map(|net| net.0.to_string()).collect();
    let mut text = format!(
        "library (referee) {{\n  time_unit : \"1ns\";\n  capacitive_load_unit (1, pf);\n  voltage_unit : \"1V\";\n  \
         current_unit : \"1mA\";\n  leakage_power_unit : \"1nW\";\n  pulling_resistance_unit : \"1kohm\";\n  \
         nom_process : 1;\n  nom_voltage : 1;\n  nom_temperature : 25;\n  delay_model : table_lookup;\n  \
         default_max_transition : 1000;\n  default_fanout_load : 0;\n{}  \
         lu_table_template (net) {{ variable_1 : total_output_net_capacitance; index_1 (\"{}\"); }}\n",
        thresholds(),
        loads.join(", ")
    );
    for inputs in 1..=6 {
        let name = format!("LUT{inputs}");
        let pins = (0..inputs).map(|i| (format!("I{i}"), 1));
        let arcs = (0..inputs).map(|i| (format!("I{i}"), LUT)).collect();
        cell(&mut text, &name, pins, &[("O".to_string(), arcs)]);
    }
    for mask in masks {
        let arcs = |mask: u8, delay: f64| -> Vec<(String, f64)> {
            let inputs = (0..6).filter(|i| mask >> i & 1 == 1);
            inputs.map(|i| (format!("I{i}"), delay)).collect()
        };
        let outputs = [
            ("O6".to_string(), arcs(mask.o6, LUT)),
            ("O5".to_string(), arcs(mask.o5, LUT_O5)),
        ];
        let pins = (0..6).map(|i| (format!("I{i}"), 1));
        cell(&mut text, &mask.cell(), pins, &outputs);
    }
    carry(&mut text);
    let pins = [("I0", 0), ("I1", 0), ("S", 1)].map(|(pin, load)| (pin.to_string(), load));
    let arcs = [("I0", MUX_DATA), ("I1", MUX_DATA), ("S", MUX_SELECT)];
    let arcs = arcs.map(|(pin, delay)| (pin.to_string(), delay)).to_vec();
    cell(&mut text, "MUXF", pins, &[("O".to_string(), arcs)]);
    flip_flop(
        &mut text,
        "FF",
        &[("D", 0), ("CE", 1), ("R", 1)],
        CLOCK_TO_Q,
    );
    let inputs = [
        ("D", 1),
        ("CE", 1),
        ("A0", 1),
        ("A1", 1),
        ("A2", 1),
        ("A3", 1),
        ("A4", 1),
    ];
    flip_flop(&mut text, "SRL", &inputs, SHIFT_REGISTER);
    text + "}\n"
}

/// Where on an edge a delay begins and ends: edges are steps here, but the format wants to know.
fn thresholds() -> String {
    let mut text = String::new();
    for edge in ["rise", "fall"] {
        for (name, percent) in [
            ("input_threshold_pct", 50),
            ("output_threshold_pct", 50),
            ("slew_lower_threshold_pct", 20),
            ("slew_upper_threshold_pct", 80),
        ] {
            writeln!(text, "  {name}_{edge} : {percent};").unwrap();
        }
    }
    text
}

/// Four places of a chain; a CARRY8 is two of them.
fn carry(text: &mut String) {
    let mut outputs = Vec::new();
    for j in 0..4 {
        let mut to_sum = vec![(format!("S{j}"), S_TO_O)];
        let mut to_carry = Vec::new();
        for i in 0..=j {
            let passed = EACH_PLACE * (j - i) as f64;
            to_carry.push((format!("S{i}"), S_TO_CO + passed));
            to_carry.push((format!("DI{i}"), DI_TO_CO + passed));
            if i < j {
                let passed = passed - EACH_PLACE + S_TO_O;
                to_sum.push((format!("S{i}"), S_TO_CO + passed));
                to_sum.push((format!("DI{i}"), DI_TO_CO + passed));
            }
        }
        for from in ["CI", "CYINIT"] {
            to_sum.push((from.to_string(), CI_TO_O + EACH_PLACE * j as f64));
            to_carry.push((from.to_string(), CI_TO_CO * (j + 1) as f64 / 4.0));
        }
        outputs.push((format!("O{j}"), to_sum));
        outputs.push((format!("CO{j}"), to_carry));
    }
    let places = (0..4).flat_map(|i| [(format!("S{i}"), 0), (format!("DI{i}"), 1)]);
    let first = [("CI".to_string(), 0), ("CYINIT".to_string(), 1)];
    cell(text, "CARRY4", places.chain(first), &outputs);
}

type Arcs = Vec<(String, f64)>;

fn cell(
    text: &mut String,
    name: &str,
    inputs: impl IntoIterator<Item = (String, u32)>,
    outputs: &[(String, Arcs)],
) {
    writeln!(text, "  cell ({name}) {{ area : 1;").unwrap();
    for (pin, load) in inputs {
        writeln!(
            text,
            "    pin ({pin}) {{ direction : input; capacitance : {load}; }}"
        )
        .unwrap();
    }
    for (pin, arcs) in outputs {
        writeln!(text, "    pin ({pin}) {{ direction : output;").unwrap();
        for (from, delay) in arcs {
            writeln!(
                text,
                "      timing () {{ related_pin : \"{from}\"; timing_sense : non_unate;\n{}      }}",
                tables(*delay)
            )
            .unwrap();
        }
        writeln!(text, "    }}").unwrap();
    }
    writeln!(text, "  }}").unwrap();
}

fn flip_flop(text: &mut String, name: &str, inputs: &[(&str, u32)], delay: f64) {
    writeln!(
        text,
        "  cell ({name}) {{ area : 1; ff (IQ, IQN) {{ clocked_on : \"C\"; next_state : \"D\"; }}\n    \
         pin (C) {{ direction : input; capacitance : 0; clock : true; }}"
    )
    .unwrap();
    for (pin, load) in inputs {
        writeln!(
            text,
            "    pin ({pin}) {{ direction : input; capacitance : {load};\n      timing () {{ related_pin : \"C\"; \
             timing_type : setup_rising;\n        rise_constraint (scalar) {{ values (\"{SET_UP}\"); }}\n        \
             fall_constraint (scalar) {{ values (\"{SET_UP}\"); }}\n      }}\n    }}"
        )
        .unwrap();
    }
    writeln!(
        text,
        "    pin (Q) {{ direction : output; function : \"IQ\";\n      timing () {{ related_pin : \"C\"; \
         timing_type : rising_edge;\n{}      }}\n    }}\n  }}",
        tables(delay)
    )
    .unwrap();
}

/// A cell's own delay and that of the net behind it.
fn tables(delay: f64) -> String {
    let values: Vec<String> = NETS
        .iter()
        .map(|net| format!("{:.5}", delay + net.1))
        .collect();
    let values = values.join(", ");
    ["rise", "fall"]
        .map(|edge| {
            format!(
                "        cell_{edge} (net) {{ values (\"{values}\"); }}\n        \
                 {edge}_transition (scalar) {{ values (\"0\"); }}\n"
            )
        })
        .concat()
}
