//! nn-expand-softmax: softmax as tables with stated types, or what the user wants instead.
//!
//! Before   nn.softmax(%x)
//! After    e = exp(quantize(x - max x)); quantize(e * reciprocal(quantize(Σ e)))
//!          with `--scores logits`: %x       with `--scores argmax`: nn.argmax(%x)
//!
//! The difference to the largest score is at most 0, so that e lies in (0, 1] and the sum in
//! [1, n]: every table has a bounded domain whatever the scores are.
//!
//! Needs      nothing; after `nn-assign-precision`, which types its operand.
//! Leaves     no nn.softmax; a remark with the types chosen.
//! Never      acts on a softmax whose result another layer reads, unless it is computed.

use std::sync::Arc;

use dialects::nn::{Constant, Curve, Function, Graph, Op, Quantizer, Reduction, ValueId};
use dialects::{Diagnostic, Overflow, Result, Rounding};

use super::{Changed, Pass, Run};
use crate::context::PassContext;
use crate::options::Scores;

pub const PASS: Pass = Pass {
    name: "nn-expand-softmax",
    summary: "softmax as tables with stated types, or what the user wants instead",
    source: include_str!("nn_expand_softmax.rs"),
    run: Run::Nn(run),
};

/// Distances are kept down to -2^EXP_DEPTH; e^-8 is a third of a thousandth.
const EXP_DEPTH: i32 = 3;
/// Bits behind the point of the exponential's argument.
const ARGUMENT_FRACTION: i32 = 8;
/// Bits of the sum that the reciprocal table sees.
const SUM_WIDTH: u32 = 12;

fn run(graph: &mut Graph, cx: &PassContext) -> Result<Changed> {
    if !graph
        .nodes
        .iter()
        .any(|node| matches!(node.op, Op::Softmax { .. }))
    {
        return Ok(Changed::No);
    }
    let results = graph.results.clone();
    let users = graph.users();
    let mut expanded = graph.rebuilt(|new, at, node, op| {
        let Op::Softmax { input, axis } = op else {
            return new.push(op, &node.layer);
        };
        let at_end = results.contains(&at) && users[at.index()].is_empty();
        match cx.options.scores {
            Scores::Softmax => expand(new, input, axis, &node.layer, cx),
            _ if !at_end => Err(Diagnostic::new(
                "a softmax in the middle of a model cannot be left out",
            )
            .in_layer(node.layer.clone())
            .help("compile with --scores softmax")),
            Scores::Logits => Ok(input),
            Scores::Argmax => {
                let argmax = Op::Argmax {
                    input,
                    axis,
                    select_last: false,
                };
                new.push(argmax, &node.layer)
            }
        }
    })?;
    super::nn_drop_dead::drop_dead(&mut expanded)?;
    *graph = expanded;
    Ok(Changed::Yes)
}

fn unsigned(width: u32, fraction: i32) -> Arc<Quantizer> {
    let (rounding, overflow) = (Rounding::HalfEven, Overflow::Saturate);
    Arc::new(Quantizer::fixed(false, width, fraction, rounding, overflow))
}

fn expand(
    graph: &mut Graph,
    input: ValueId,
    axis: usize,
    layer: &str,
    cx: &PassContext,
) -> Result<ValueId> {
    let shape = graph.shape(input).to_vec();
    let count = shape[axis];
    let mut kept = shape.clone();
    kept[axis] = 1;
    let mut push = |op: Op| graph.push(op, layer);
    let fraction = cx.options.fraction_bits.min(20) as i32;
    let quantize = |input, quantizer| Op::Quantize { input, quantizer };
    let curve = |function| Curve {
        function,
        alpha: 1.0,
        gamma: 1.0,
    };
    let over = |input, kind| Op::Reduce {
        input,
        kind,
        axes: vec![axis],
    };
    let restored = |input| Op::Reshape {
        input,
        shape: kept.clone(),
    };
    let largest = push(over(input, Reduction::Max))?;
    let largest = push(restored(largest))?;
    let distance = push(Op::Sub {
        lhs: input,
        rhs: largest,
    })?;
    let argument_width = (EXP_DEPTH + ARGUMENT_FRACTION + 1) as u32;
    let argument = Quantizer::fixed(
        true,
        argument_width,
        ARGUMENT_FRACTION,
        Rounding::HalfEven,
        Overflow::Saturate,
    );
    let argument = push(quantize(distance, Arc::new(argument)))?;
    let power = push(Op::Function {
        input: argument,
        curve: curve(Function::Exp),
        output: Some(unsigned(fraction as u32 + 3, fraction + 2)),
    })?;
    let sum = push(over(power, Reduction::Sum))?;
    let sum = push(restored(sum))?;
    // The largest score alone gives e^0 = 1.
    let one = Arc::new(Constant::float(vec![1; kept.len()], vec![1.0]));
    let one = push(Op::Constant { value: one })?;
    let sum = push(Op::Max { lhs: sum, rhs: one })?;
    let sum_integer = usize::BITS - count.leading_zeros();
    let sum_width = SUM_WIDTH.max(sum_integer + 2);
    let seen = unsigned(sum_width, (sum_width - sum_integer) as i32);
    let seen = push(quantize(sum, seen))?;
    let share = push(Op::Function {
        input: seen,
        curve: curve(Function::Reciprocal),
        output: Some(unsigned(fraction as u32 + 3, fraction + 2)),
    })?;
    let product = push(Op::Mul {
        lhs: power,
        rhs: share,
    })?;
    let output = match &cx.options.output_precision {
        Some(precision) => Arc::new(precision.quantizer()),
        None => unsigned(fraction as u32 + 1, fraction),
    };
    let text = format!(
        "softmax in fixed point: argument fixed<{argument_width},{}>, sum of {sum_width} bits, \
         result with {fraction} bits behind the point",
        EXP_DEPTH + 1
    );
    cx.remark(PASS.name, Some(layer), text);
    push(quantize(product, output))
}
