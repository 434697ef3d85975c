//! nn-assign-precision: give every float part of a model a fixed-point type.
//!
//! Before   nn.dense(nn.relu(nn.add(nn.dense(%x, w1), b1)), w2)          all float32
//! After    nn.dense(nn.quantize(nn.relu(…)), nn.quantize(w2))           inputs quantised too
//!
//! A value needs a type where arithmetic reads it: as the input of a dense layer, of a
//! function's table, of a product of two values. Values that come out of a quantiser, and what
//! only moves, selects or adds such values, have one. A type that nobody chose has as many
//! bits before the point as the value's exact range needs, so that nothing overflows, and
//! `fraction_bits` behind it, rounded half to even.
//!
//! A quantiser stands in front of what only moves its values, as a convolution's window does.
//! The states of a recurrence have one type in all steps, wide enough for what any of them
//! reaches, so that every step is the same function.
//!
//! Trees compare their input, so an input that only trees read and that nobody gave a type
//! stays float32: nn.float_key makes integers of patterns, and thresholds become keys. Sample
//! data give such an input a type for each feature. Leaves are rounded where they need more
//! bits than weights do, and a remark says how far that can move a score.
//!
//! Needs      `nn-fold-constants`, `nn-fold-batchnorm`.
//! Leaves     every function with an output type; every input with a quantiser, or an error.
//! Never      touches a part that the model quantises itself, unless its layer is named.

mod choose;
mod inputs;
mod insert;
mod keys;
mod trees;

use dialects::Result;
use dialects::nn::Graph;

use super::{Changed, Pass, Run};
use crate::context::PassContext;

pub const PASS: Pass = Pass {
    name: "nn-assign-precision",
    summary: "give every float part of a model a fixed-point type",
    source: include_str!("nn_assign_precision.rs"),
    run: Run::Nn(run),
};

fn run(graph: &mut Graph, cx: &PassContext) -> Result<Changed> {
    let mut typed = insert::insert(graph, cx)?;
    super::nn_drop_dead::drop_dead(&mut typed)?;
    let changed = typed != *graph;
    *graph = typed;
    Ok(changed.into())
}
