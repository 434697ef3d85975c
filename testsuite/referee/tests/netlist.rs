//! The rules of counting and timing on netlists of a few cells; no other program is needed.

use std::collections::BTreeSet;

use kaon_referee::count::count;
use kaon_referee::liberty::{Masks, liberty};
use kaon_referee::netlist::Netlist;
use kaon_referee::timing::timing_netlist;
use serde_json::{Value, json};

/// O6 = a ^ b ^ c ^ m, O5 = majority(a, b, c): the bit of a sum of three.
const TERNARY: &str = "0110100110010110011010011001011011101000111010001110100011101000";

fn read(cells: Value) -> Result<Netlist, String> {
    let ports = json!({"clk": {"direction": "input", "bits": [2]}});
    let file = json!({"modules": {"bench": {"ports": ports, "cells": cells}}});
    Netlist::read(file.to_string().as_bytes(), "bench")
}

fn flip_flop(d: u32, q: u32) -> Value {
    json!({"type": "FDRE", "connections": {"C": [2], "CE": ["1"], "R": ["0"], "D": [d], "Q": [q]}})
}

fn lut2(inputs: [u32; 2], output: u32) -> Value {
    let pins = json!({"I0": [inputs[0]], "I1": [inputs[1]], "O": [output]});
    json!({"type": "LUT2", "parameters": {"INIT": "0110"}, "connections": pins})
}

fn row(inputs: [u32; 4], o6: u32, o5: u32) -> Value {
    let [a, b, c, m] = inputs;
    json!({"type": "LUT6_2", "parameters": {"INIT": TERNARY}, "connections": {
        "I0": [a], "I1": [b], "I2": [c], "I3": [m], "I4": ["0"], "I5": ["1"], "O6": [o6], "O5": [o5]
    }})
}

/// One place of a chain in use.
fn carry(s: Value, di: u32, o: u32) -> Value {
    let pad = |first: Value| [vec![first], vec![json!("0"); 7]].concat();
    json!({"type": "CARRY8", "connections": {
        "CI": ["0"], "CI_TOP": ["0"], "S": pad(s), "DI": pad(json!(di)), "O": [o, 90, 91, 92, 93, 94, 95, 96]
    }})
}

#[test]
fn a_row_whose_sum_is_registered_is_one_lut() {
    let registered = json!({
        "row": row([10, 11, 12, 13], 20, 21), "carry": carry(json!(20), 13, 30), "sum": flip_flop(30, 40),
        "reader of O5": flip_flop(21, 41)
    });
    let found = count(&read(registered.clone()).unwrap());
    assert_eq!(
        (found.lut_cells, found.lut_conservative, found.lut_sites),
        (1, 1, 1)
    );
    assert_eq!((found.ff, found.carry4, found.lut6_2), (2, 2, 1));

    let mut read_twice = registered;
    read_twice["another reader"] = lut2([30, 41], 50);
    let found = count(&read(read_twice).unwrap());
    assert_eq!((found.lut_cells, found.lut_conservative), (2, 3));
}

#[test]
fn a_lut6_2_with_one_output_unread_is_a_lut() {
    let cells = json!({"row": row([10, 11, 12, 13], 20, 21), "reader": flip_flop(20, 40)});
    assert_eq!(count(&read(cells).unwrap()).lut_conservative, 1);
    let cells = json!({
        "row": row([10, 11, 12, 13], 20, 21), "one": flip_flop(20, 40), "other": flip_flop(21, 41)
    });
    assert_eq!(count(&read(cells).unwrap()).lut_conservative, 2);
}

#[test]
fn a_place_without_a_lut_of_its_own_is_a_site() {
    for (s, bare) in [(json!(20), 0), (json!(10), 1), (json!("1"), 1)] {
        let cells = json!({
            "ff": flip_flop(40, 10), "lut": lut2([10, 11], 20), "carry": carry(s, 11, 30), "sum": flip_flop(30, 40)
        });
        let found = count(&read(cells).unwrap());
        assert_eq!(found.lut_sites - found.lut_conservative, bare);
    }
    let two_chains = json!({
        "lut": lut2([10, 11], 20), "carry": carry(json!(20), 11, 30), "sum": flip_flop(30, 40),
        "next": {"type": "CARRY4", "connections": {"S": [20, "0", "0", "0"], "DI": [11, "0", "0", "0"],
            "CI": ["0"], "CYINIT": ["0"], "O": [31]}},
        "its sum": flip_flop(31, 41)
    });
    let found = count(&read(two_chains).unwrap());
    assert_eq!((found.lut_sites, found.carry4), (2, 3));
}

#[test]
fn an_unknown_cell_is_refused() {
    let cells = json!({"odd": {"type": "LATCH", "connections": {}}});
    let wrong = read(cells).unwrap_err();
    assert_eq!(wrong, "cell odd is a LATCH: no rule counts it");
}

#[test]
fn an_output_depends_only_on_what_its_table_reads() {
    let table = u64::from_str_radix(TERNARY, 2).unwrap();
    let masks = Masks::new(table, &[(4, false), (5, true)]);
    assert_eq!((masks.o6, masks.o5), (0b1111, 0b0111));
    let known = Masks::new(table, &[(2, false), (4, false), (5, true)]);
    assert_eq!((known.o6, known.o5), (0b1011, 0b0011));
    let free = Masks::new(table, &[]);
    assert_eq!((free.o6, free.o5), (0b10_1111, 0b0111));
    let text = liberty(&BTreeSet::from([masks]));
    assert!(text.contains("cell (LUT6_2_0f_07)"));
}

#[test]
fn the_timing_netlist_gives_a_bare_place_a_lut_and_an_inverter_none() {
    let cells = json!({
        "a": flip_flop(40, 10), "not": {"type": "INV", "connections": {"I": [10], "O": [11]}},
        "carry": carry(json!(11), 10, 30), "sum": flip_flop(30, 40)
    });
    let (text, _) = timing_netlist(&read(cells).unwrap()).unwrap();
    let expected = "\
module bench (clk);
  input clk;
  FF c0 (.D(n40), .CE(1'b1), .Q(n10), .R(1'b0), .C(clk));
  LUT1 t1_0 (.I0(n10), .O(r1_0));
  CARRY4 c1_0 (.S0(r1_0), .DI0(n10), .O0(n30));
  FF c3 (.D(n30), .CE(1'b1), .Q(n40), .R(1'b0), .C(clk));
endmodule
";
    assert_eq!(text, expected);
}
