//! nn.concat: the inputs one after the other along an axis; `concat2`, `concat3`, `concat4` by
//! their number, of any shapes; `concat` of more, all of one shape.

use super::tensor::elements;
use super::{Fields, Op, OpDef, Tensor, wrong_row};
use crate::{Diagnostic, Result};

/// The most inputs of a concatenation that may differ in shape: IRDL gives all operands of
/// one list one type.
pub const MAX_UNEQUAL: usize = 4;

/// The op of so many inputs.
pub const fn row(inputs: usize) -> &'static OpDef {
    match inputs {
        2 => &TWO,
        3 => &THREE,
        4 => &FOUR,
        _ => &MANY,
    }
}

static TWO: OpDef = def("concat2", &["a", "b"]);
static THREE: OpDef = def("concat3", &["a", "b", "c"]);
static FOUR: OpDef = def("concat4", &["a", "b", "c", "d"]);
static MANY: OpDef = def("concat", &["...inputs"]);

const fn def(name: &'static str, operands: &'static [&'static str]) -> OpDef {
    OpDef {
        name,
        summary: "the inputs one after the other along an axis",
        operands,
        attributes: &["axis"],
        read,
        print,
        shape,
        eval,
    }
}

fn read(fields: &Fields) -> Result<Op> {
    Ok(Op::Concat {
        inputs: fields.operands.to_vec(),
        axis: fields.index("axis")?,
    })
}

fn print(op: &Op) -> Vec<(&'static str, String)> {
    match op {
        Op::Concat { axis, .. } => vec![("axis", format!("{axis} : i64"))],
        _ => wrong_row(op),
    }
}

fn shape(op: &Op, of: &[&[usize]]) -> Result<Vec<usize>> {
    let Op::Concat { axis, .. } = op else {
        wrong_row(op)
    };
    let mismatch = || Diagnostic::new(format!("shapes {of:?} do not concatenate on axis {axis}"));
    let first = of
        .first()
        .filter(|shape| *axis < shape.len())
        .ok_or_else(mismatch)?;
    let mut shape = first.to_vec();
    for other in &of[1..] {
        let fits = other.len() == shape.len()
            && (0..shape.len()).all(|at| at == *axis || other[at] == shape[at]);
        if !fits || of.len() > MAX_UNEQUAL && other != first {
            return Err(mismatch());
        }
        shape[*axis] += other[*axis];
    }
    Ok(shape)
}

fn eval(op: &Op, of: &[&Tensor]) -> Result<Tensor> {
    let Op::Concat { axis, .. } = op else {
        wrong_row(op)
    };
    let shapes = of
        .iter()
        .map(|tensor| tensor.shape.as_slice())
        .collect::<Vec<_>>();
    let result = shape(op, &shapes)?;
    let from = concatenated_indices(&shapes, *axis);
    let values = from
        .into_iter()
        .map(|(input, at)| of[input].values[at].clone());
    Ok(Tensor::new(result, values.collect()))
}

/// For each element of a concatenation, the input it is from and its index there.
pub fn concatenated_indices(shapes: &[&[usize]], axis: usize) -> Vec<(usize, usize)> {
    let outer = shapes.first().map_or(0, |shape| elements(&shape[..axis]));
    let mut found = Vec::new();
    for block in 0..outer {
        for (input, shape) in shapes.iter().enumerate() {
            let size = elements(&shape[axis..]);
            found.extend((0..size).map(|at| (input, block * size + at)));
        }
    }
    found
}
