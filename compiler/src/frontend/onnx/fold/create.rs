//! Operators that make constants out of attributes, types and shapes.

use dialects::{Diagnostic, Result};

use super::{Args, elements, integers, mismatch, required};
use crate::frontend::onnx::node::{Attribute, OnnxNode};
use crate::frontend::onnx::tensor::{Dim, ElementType, Tensor, TensorData};

pub fn constant(node: &OnnxNode, _: &Args) -> Result<Vec<Tensor>> {
    let given = node
        .attributes
        .iter()
        .find(|(name, _)| name.starts_with("value"));
    let vector = |len: usize| vec![len];
    Ok(vec![match given.map(|(_, value)| value) {
        Some(Attribute::Tensor(t)) => t.clone(),
        Some(Attribute::Float(x)) => Tensor::new(vec![], TensorData::F32(vec![*x])),
        Some(Attribute::Int(x)) => Tensor::scalar_i64(*x),
        Some(Attribute::Floats(v)) => Tensor::new(vector(v.len()), TensorData::F32(v.clone())),
        Some(Attribute::Ints(v)) => Tensor::vector_i64(v.clone()),
        Some(Attribute::Str(_) | Attribute::Strs(_)) => {
            return Err(node
                .error("the Constant holds strings, which kaon does not read")
                .help("export the model without string tensors"));
        }
        None => return Err(node.missing("value")),
    }])
}

pub fn constant_of_shape(node: &OnnxNode, args: &Args) -> Result<Vec<Tensor>> {
    let zero = Tensor::new(vec![1], TensorData::F32(vec![0.0]));
    let value = node.tensor("value")?.unwrap_or(&zero);
    let shape = integers(node, args, 0, "shape")?.unwrap_or_default();
    let shape: Option<Vec<usize>> = shape.iter().map(|&d| usize::try_from(d).ok()).collect();
    match shape {
        Some(shape) if value.len() == 1 => {
            let count = elements(node, &shape)?;
            Ok(vec![value.pick(shape, &vec![0; count])])
        }
        _ => Err(node
            .error("ConstantOfShape takes sizes and one value")
            .help("the model contradicts itself: export it again")),
    }
}

/// Range: start + i·delta in the operands' type, for the indices before limit.
pub fn range(node: &OnnxNode, args: &Args) -> Result<Vec<Tensor>> {
    let operands = [
        required(node, args, 0)?,
        required(node, args, 1)?,
        required(node, args, 2)?,
    ];
    let [start, limit, delta] = operands;
    if operands.iter().any(|t| t.len() != 1) {
        return Err(mismatch(node, "three scalars", &operands));
    }
    let count = |steps: f64| -> Result<usize> {
        let steps = steps.ceil().max(0.0);
        if steps.is_finite() {
            elements(node, &[steps as usize])
        } else {
            elements(node, &[usize::MAX])
        }
    };
    macro_rules! floats {
        ($a:expr, $b:expr, $d:expr, $t:ty) => {{
            let (a, b, d) = ($a[0], $b[0], $d[0]);
            (0..count(((b - a) / d).into())?)
                .map(|i| a + i as $t * d)
                .collect()
        }};
    }
    macro_rules! integers {
        ($a:expr, $b:expr, $d:expr, $t:ty) => {{
            let (a, b, d) = ($a[0], $b[0], $d[0]);
            let steps = (b as f64 - a as f64) / d as f64;
            (0..count(steps)?)
                .map(|i| a.wrapping_add((i as $t).wrapping_mul(d)))
                .collect()
        }};
    }
    let data = match (&start.data, &limit.data, &delta.data) {
        (TensorData::F32(a), TensorData::F32(b), TensorData::F32(d)) => {
            TensorData::F32(floats!(a, b, d, f32))
        }
        (TensorData::F64(a), TensorData::F64(b), TensorData::F64(d)) => {
            TensorData::F64(floats!(a, b, d, f64))
        }
        (TensorData::I16(a), TensorData::I16(b), TensorData::I16(d)) => {
            TensorData::I16(integers!(a, b, d, i16))
        }
        (TensorData::I32(a), TensorData::I32(b), TensorData::I32(d)) => {
            TensorData::I32(integers!(a, b, d, i32))
        }
        (TensorData::I64(a), TensorData::I64(b), TensorData::I64(d)) => {
            TensorData::I64(integers!(a, b, d, i64))
        }
        _ => return Err(mismatch(node, "three numbers of one type", &operands)),
    };
    Ok(vec![Tensor::new(vec![data.len()], data)])
}

/// Shape or Size of a value whose dimensions are known; `None` for the Size of a batch.
pub fn shape_of(node: &OnnxNode, dims: &[Dim]) -> Result<Option<Tensor>> {
    if node.op_type == "Size" {
        let size = dims.iter().map(|d| match d {
            Dim::Known(n) => Some(*n),
            Dim::Batch => None,
        });
        return Ok(size.product::<Option<i64>>().map(Tensor::scalar_i64));
    }
    let rank = dims.len() as i64;
    let place = |v: i64| (if v < 0 { v.saturating_add(rank) } else { v }).clamp(0, rank) as usize;
    let start = place(node.int_or("start", 0)?);
    let end = place(node.int_or("end", rank)?).max(start);
    Ok(Some(Tensor::from_dims(
        vec![end - start],
        dims[start..end].to_vec(),
    )))
}

/// Cast: towards zero into integers, to nearest even into floats, modulo between integers.
pub fn cast(node: &OnnxNode, args: &Args) -> Result<Vec<Tensor>> {
    let tensor = required(node, args, 0)?;
    let code = node.int("to")?.ok_or_else(|| node.missing("to"))?;
    let unreadable = |name: String| -> Diagnostic {
        node.error(format!(
            "Cast makes elements of type {name}, which kaon does not read"
        ))
        .help("re-export the model with float32 or integer tensors")
    };
    let to = ElementType::from_onnx(i32::try_from(code).unwrap_or(-1)).map_err(unreadable)?;
    if to == tensor.element {
        return Ok(vec![tensor.clone()]);
    }
    let data = match numbers(tensor) {
        Some(Numbers::Floats(v)) if !to.is_float() && to != ElementType::Bool => {
            if let Some(&x) = v.iter().find(|&&x| !holds(to, x)) {
                return Err(node
                    .error(format!(
                        "Cast turns the constant {x} into {to}, which it does not fit"
                    ))
                    .help("ONNX leaves the result open: clip the constant before the cast"));
            }
            from_integers(to, v.iter().map(|&x| x as i128))
        }
        Some(Numbers::Floats(v)) => match to {
            ElementType::F32 => Some(TensorData::F32(v.iter().map(|&x| x as f32).collect())),
            ElementType::F64 => Some(TensorData::F64(v)),
            ElementType::Bool => Some(TensorData::Bool(v.iter().map(|&x| x != 0.0).collect())),
            _ => None,
        },
        Some(Numbers::Integers(v)) => from_integers(to, v.into_iter()),
        None => None,
    };
    let data = data.ok_or_else(|| unreadable(to.to_string()))?;
    Ok(vec![Tensor::new(tensor.shape.clone(), data)])
}

/// Elements of any type in a type that holds them exactly.
enum Numbers {
    Floats(Vec<f64>),
    Integers(Vec<i128>),
}

fn numbers(t: &Tensor) -> Option<Numbers> {
    fn integers<T: Copy + Into<i128>>(v: &[T]) -> Option<Numbers> {
        Some(Numbers::Integers(v.iter().map(|&x| x.into()).collect()))
    }
    match &t.data {
        TensorData::F32(v) => Some(Numbers::Floats(v.iter().map(|&x| x.into()).collect())),
        TensorData::F64(v) => Some(Numbers::Floats(v.clone())),
        TensorData::I8(v) => integers(v),
        TensorData::I16(v) => integers(v),
        TensorData::I32(v) => integers(v),
        TensorData::I64(v) => integers(v),
        TensorData::U8(v) => integers(v),
        TensorData::U16(v) => integers(v),
        TensorData::U32(v) => integers(v),
        TensorData::U64(v) => integers(v),
        TensorData::Bool(v) => integers(v),
        TensorData::Dims(_) => None,
    }
}

/// Modulo the width of an integer type, rounded to nearest even in a float type.
fn from_integers(to: ElementType, v: impl Iterator<Item = i128>) -> Option<TensorData> {
    Some(match to {
        ElementType::F32 => TensorData::F32(v.map(|x| x as f32).collect()),
        ElementType::F64 => TensorData::F64(v.map(|x| x as f64).collect()),
        ElementType::I8 => TensorData::I8(v.map(|x| x as i8).collect()),
        ElementType::I16 => TensorData::I16(v.map(|x| x as i16).collect()),
        ElementType::I32 => TensorData::I32(v.map(|x| x as i32).collect()),
        ElementType::I64 => TensorData::I64(v.map(|x| x as i64).collect()),
        ElementType::U8 => TensorData::U8(v.map(|x| x as u8).collect()),
        ElementType::U16 => TensorData::U16(v.map(|x| x as u16).collect()),
        ElementType::U32 => TensorData::U32(v.map(|x| x as u32).collect()),
        ElementType::U64 => TensorData::U64(v.map(|x| x as u64).collect()),
        ElementType::Bool => TensorData::Bool(v.map(|x| x != 0).collect()),
        ElementType::F16 | ElementType::Bf16 | ElementType::I4 | ElementType::U4 => return None,
    })
}

/// Whether the integer part of `x` fits the integer type.
fn holds(to: ElementType, x: f64) -> bool {
    let (bits, signed) = match to {
        ElementType::I8 => (7, true),
        ElementType::I16 => (15, true),
        ElementType::I32 => (31, true),
        ElementType::I64 => (63, true),
        ElementType::U8 => (8, false),
        ElementType::U16 => (16, false),
        ElementType::U32 => (32, false),
        ElementType::U64 => (64, false),
        _ => return true,
    };
    let limit = f64::powi(2.0, bits);
    let whole = x.trunc();
    whole < limit && whole >= if signed { -limit } else { 0.0 }
}
