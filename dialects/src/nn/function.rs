//! nn.function: a real function, rounded to a quantiser.
//!
//! | function | definition                                     |
//! | elu      | x where x > 0, else alpha (e^x - 1)            |
//! | selu     | gamma x where x > 0, else gamma alpha (e^x - 1)|
//! | sigmoid  | 1 / (1 + e^-x)                                 |
//! | softplus | log(1 + e^x)                                   |
//! | exp2     | 2^x                                            |
//! | exp, log, reciprocal, sqrt, tanh | as in mathematics      |
//!
//! The value is the quantiser's value for the *real* number f(x), however close that lies
//! to a rounding boundary. Without a quantiser (`output = "real"`) the op has no value yet;
//! `nn-assign-precision` gives it one.

use std::sync::Arc;

use super::quantize::{print_quantizer, read_quantizer};
use super::real::Curve;
use super::{Op, OpDef, Tensor, print_f32, wrong_row};
use crate::Diagnostic;
use crate::ir::quote;

pub const OP: OpDef = OpDef {
    name: "function",
    summary: "a real function, rounded to a quantiser",
    operands: &["input"],
    attributes: &["function", "alpha", "gamma", "output"],
    read: |fields| {
        Ok(Op::Function {
            input: fields.operands[0],
            curve: Curve {
                function: fields.word("function")?.parse().map_err(Diagnostic::new)?,
                alpha: fields.float("alpha")?,
                gamma: fields.float("gamma")?,
            },
            output: match fields.word("output") {
                Ok("real") => None,
                _ => Some(Arc::new(read_quantizer(fields, "output")?)),
            },
        })
    },
    print: |op| match op {
        Op::Function { curve, output, .. } => vec![
            ("function", quote(curve.function.name())),
            ("alpha", print_f32(curve.alpha)),
            ("gamma", print_f32(curve.gamma)),
            (
                "output",
                match output {
                    Some(output) => print_quantizer(output),
                    None => quote("real"),
                },
            ),
        ],
        _ => wrong_row(op),
    },
    shape: |_, of| Ok(of[0].to_vec()),
    eval: |op, of| {
        let Op::Function { curve, output, .. } = op else {
            wrong_row(op)
        };
        let output = output.as_ref().ok_or_else(|| {
            Diagnostic::new(format!(
                "nn.function {} has no output type",
                curve.function.name()
            ))
            .help("run nn-assign-precision first")
        })?;
        let elements = output.elements(&of[0].shape)?;
        let mut values = Vec::with_capacity(elements.len());
        for (x, element) in of[0].values.iter().zip(elements) {
            values.push(element.real(curve.round_to(x, &element)?));
        }
        Ok(Tensor::new(of[0].shape.clone(), values))
    },
};
