//! fx-encode-selects: a tree of selections between constants becomes a number and a table.
//!
//! Before   %4 = fx.select(%c1, 17, 5)   %5 = fx.select(%c2, 9, 30)
//!          %6 = fx.select(%c0, %4, %5)                            LUTs for each bit of %6
//! After    %4 = fx.lookup(%c0 beside %c1 beside %c2) {table = …}    one LUT: c0 ? c1 : c2
//!          %6 = fx.lookup(%c0 beside %4) {table = [30, 9, 5, 17]} LUTs of two inputs
//!
//! The constants of a tree are numbered from left to right. The highest bit of the number says
//! on which side of the middle the chosen constant stands, and so on downwards; given the
//! higher bits, each bit is mostly one condition, so that the bits together are about half as
//! many LUTs as there are conditions, however wide the constants are. Middles are moved to
//! where fewest conditions decide, as far as a number of so many bits allows; a number of one
//! bit more is tried as well. Where six conditions or fewer make a tree, they are the number.
//! Trees of the same conditions have the same number, once.
//!
//! Needs      nothing; best after `fx-share-sums`, which sees the constants' sums as they are.
//! Leaves     tables of one bit, each of them a LUT, and those of the constants; a tree that would take more LUTs as it was.
//! Never      changes a value, a port or a type, or looks across a register.

mod code;
mod gate;
mod tree;

use std::collections::HashMap;

use dialects::Result;
use dialects::fx::{Builder, Graph, ValueId};

use super::{Changed, Pass, Run, fx_drop_dead};
use crate::context::PassContext;
use code::Code;
use tree::Trees;

pub const PASS: Pass = Pass {
    name: "fx-encode-selects",
    summary: "a tree of selections between constants becomes a number and a table",
    source: include_str!("fx_encode_selects.rs"),
    run: Run::Fx(run),
};

fn run(graph: &mut Graph, _: &PassContext) -> Result<Changed> {
    let trees = Trees::of(graph);
    let mut codes: HashMap<Vec<u32>, Code> = HashMap::new();
    let mut builder = Builder::like(graph);
    let mut moved: Vec<ValueId> = Vec::with_capacity(graph.nodes.len());
    let mut changed = false;
    for (index, node) in graph.nodes.iter().enumerate() {
        let root = ValueId(index as u32);
        let encoded = match trees.at(root) {
            Some(tree) => {
                let code = codes.entry(tree.shape()).or_insert_with(|| Code::of(&tree));
                let plain = tree.luts(node.ty.width);
                match code.luts() + node.ty.width * code.blocks() < plain {
                    true => Some(code.build(&tree, &mut builder, &moved, node.layer)?),
                    false => None,
                }
            }
            None => None,
        };
        changed |= encoded.is_some();
        moved.push(match encoded {
            Some(value) => value,
            None => builder.copy_as(node, |value| moved[value.index()])?,
        });
    }
    if !changed {
        return Ok(Changed::No);
    }
    let results = graph.results.iter().map(|value| moved[value.index()]);
    *graph = builder.finish_like(results.collect());
    fx_drop_dead::drop_dead(graph);
    Ok(Changed::Yes)
}
