//! Sums over axes: reductions and matrix products, in index order, one rounding an operation.

use dialects::Result;

use super::indexing::{axis, broadcast, broadcast_strides, strides, walk};
use super::{Args, elements, integers, mismatch, required};
use crate::frontend::onnx::node::OnnxNode;
use crate::frontend::onnx::tensor::{Tensor, TensorData};

/// The most multiplications one folded product may take.
const MAX_PRODUCTS: usize = 1 << 32;

/// ReduceSum, ReduceMean, ReduceProd, ReduceMax, ReduceMin.
pub fn fold(node: &OnnxNode, args: &Args) -> Result<Vec<Tensor>> {
    let t = required(node, args, 0)?;
    let axes = match node.ints("axes")? {
        Some(axes) => axes.to_vec(),
        None => integers(node, args, 1, "axes")?.unwrap_or_default(),
    };
    if axes.is_empty() && node.int_or("noop_with_empty_axes", 0)? != 0 {
        return Ok(vec![t.clone()]);
    }
    let mut reduced = vec![axes.is_empty(); t.rank()];
    for a in axes {
        reduced[axis(node, a, t.rank())?] = true;
    }
    // Reduced axes last, each result's operands are one run.
    let own = strides(&t.shape);
    let split = |keep: bool| {
        (0..t.rank())
            .filter(move |&i| reduced[i] != keep)
            .collect::<Vec<_>>()
    };
    let (kept, gone) = (split.clone()(true), split(false));
    let order: Vec<usize> = kept.iter().chain(&gone).copied().collect();
    let shape: Vec<usize> = order.iter().map(|&i| t.shape[i]).collect();
    let steps: Vec<isize> = order.iter().map(|&i| own[i]).collect();
    elements(node, &t.shape)?;
    let run: usize = gone.iter().map(|&i| t.shape[i]).product();
    let results: usize = kept.iter().map(|&i| t.shape[i]).product();
    let t = t.pick(
        shape,
        &walk(
            &order.iter().map(|&i| t.shape[i]).collect::<Vec<_>>(),
            &steps,
            0,
        ),
    );
    let keep_axes = node.int_or("keepdims", 1)? != 0;
    let new: Vec<usize> = (0..t.rank())
        .filter_map(|i| match kept.iter().position(|&k| k == i) {
            Some(at) => Some(t.shape[at]),
            None => keep_axes.then_some(1),
        })
        .collect();
    let op = node.op_type.as_str();
    if run == 0 && !matches!(op, "ReduceSum" | "ReduceProd") {
        return Err(node
            .error(format!("{op} of no elements has no value"))
            .help("the model contradicts itself: export it again"));
    }
    let runs = (0..results).map(|r| r * run..(r + 1) * run);
    macro_rules! floats {
        ($v:expr, $t:ty) => {
            runs.map(|r| {
                let v = $v[r].iter().copied();
                match op {
                    "ReduceSum" => v.fold(0.0, |a, x| a + x),
                    "ReduceMean" => v.fold(0.0, |a, x| a + x) / run as $t,
                    "ReduceProd" => v.fold(1.0, |a, x| a * x),
                    "ReduceMax" => {
                        v.fold(
                            <$t>::NEG_INFINITY,
                            |a, x| if a.is_nan() || a > x { a } else { x },
                        )
                    }
                    _ => v.fold(
                        <$t>::INFINITY,
                        |a, x| if a.is_nan() || a < x { a } else { x },
                    ),
                }
            })
            .collect()
        };
    }
    macro_rules! whole {
        ($v:expr, $t:ty) => {
            runs.map(|r| {
                let v = $v[r].iter().copied();
                match op {
                    "ReduceSum" => v.fold(0, <$t>::wrapping_add),
                    "ReduceMean" => (v.fold(0i128, |a, x| a + i128::from(x)) / run as i128) as $t,
                    "ReduceProd" => v.fold(1, <$t>::wrapping_mul),
                    "ReduceMax" => v.fold(<$t>::MIN, <$t>::max),
                    _ => v.fold(<$t>::MAX, <$t>::min),
                }
            })
            .collect()
        };
    }
    let data = match &t.data {
        TensorData::F32(v) => TensorData::F32(floats!(v, f32)),
        TensorData::F64(v) => TensorData::F64(floats!(v, f64)),
        TensorData::I8(v) => TensorData::I8(whole!(v, i8)),
        TensorData::I32(v) => TensorData::I32(whole!(v, i32)),
        TensorData::I64(v) => TensorData::I64(whole!(v, i64)),
        TensorData::U8(v) => TensorData::U8(whole!(v, u8)),
        TensorData::U32(v) => TensorData::U32(whole!(v, u32)),
        TensorData::U64(v) => TensorData::U64(whole!(v, u64)),
        _ => return Err(mismatch(node, "numbers", &[&t])),
    };
    Ok(vec![Tensor::new(new, data)])
}

/// NumPy's matmul: stacks of matrices broadcast, vectors are rows on the left, columns on the right.
pub fn matmul(node: &OnnxNode, args: &Args) -> Result<Vec<Tensor>> {
    let (a, b) = (required(node, args, 0)?, required(node, args, 1)?);
    let unfit = || {
        node.error(format!(
            "MatMul cannot multiply the shapes {:?} and {:?}",
            a.shape, b.shape
        ))
        .help("the model contradicts itself: export it again")
    };
    if a.rank() == 0 || b.rank() == 0 {
        return Err(unfit());
    }
    let left = if a.rank() == 1 {
        vec![1, a.shape[0]]
    } else {
        a.shape.clone()
    };
    let right = if b.rank() == 1 {
        vec![b.shape[0], 1]
    } else {
        b.shape.clone()
    };
    let (left_stack, left) = left.split_at(left.len() - 2);
    let (right_stack, right) = right.split_at(right.len() - 2);
    let (rows, inner, columns) = (left[0], left[1], right[1]);
    if right[0] != inner {
        return Err(unfit());
    }
    let stack = broadcast(node, left_stack, right_stack)?;
    let mut shape = stack.clone();
    shape.extend((a.rank() > 1).then_some(rows));
    shape.extend((b.rank() > 1).then_some(columns));
    let count = elements(node, &shape)?;
    if count.checked_mul(inner).is_none_or(|n| n > MAX_PRODUCTS) {
        return Err(node
            .error("the product of two constant matrices is too large to fold")
            .help("multiply the matrices before the export"));
    }
    let starts = |own: &[usize], size: usize| -> Vec<usize> {
        walk(&stack, &broadcast_strides(own, &stack), 0)
            .into_iter()
            .map(|i| i * size)
            .collect()
    };
    let lefts = starts(left_stack, rows * inner);
    let rights = starts(right_stack, inner * columns);
    macro_rules! product {
        ($x:expr, $y:expr, $zero:expr, $step:expr) => {{
            let mut out = Vec::with_capacity(count);
            for (&l, &r) in lefts.iter().zip(&rights) {
                for row in 0..rows {
                    let row = &$x[l + row * inner..l + (row + 1) * inner];
                    for column in 0..columns {
                        let column = (0..inner).map(|k| $y[r + k * columns + column]);
                        out.push(row.iter().copied().zip(column).fold($zero, $step));
                    }
                }
            }
            out
        }};
    }
    use TensorData as D;
    let data = match (&a.data, &b.data) {
        (D::F32(x), D::F32(y)) => D::F32(product!(x, y, 0.0, |s, (p, q)| s + p * q)),
        (D::F64(x), D::F64(y)) => D::F64(product!(x, y, 0.0, |s, (p, q)| s + p * q)),
        (D::I32(x), D::I32(y)) => {
            D::I32(product!(x, y, 0i32, |s, (p, q)| s.wrapping_add(p.wrapping_mul(q))))
        }
        (D::I64(x), D::I64(y)) => {
            D::I64(product!(x, y, 0i64, |s, (p, q)| s.wrapping_add(p.wrapping_mul(q))))
        }
        _ => {
            return Err(mismatch(
                node,
                "matrices of one type (float32, float64, int32, int64)",
                &[a, b],
            ));
        }
    };
    Ok(vec![Tensor::new(shape, data)])
}
