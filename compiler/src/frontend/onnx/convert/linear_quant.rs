//! ONNX's own quantisation: QuantizeLinear, DequantizeLinear, and onnxruntime's layers on integers.
//!
//! A quantised value *is* its integer q here, standing for (q - zero_point) * scale.

use dialects::nn::{Constant, FloatTensor, Op, Quantizer, Values};
use dialects::{Overflow, Result, Rounding};

use super::layer::Layer;
use super::matmul::{product, swap_last};
use super::quant::quantize;
use super::value::Value;
use super::{Row, microsoft, onnx};
use crate::frontend::onnx::tensor::{ElementType, Tensor};

pub const ROWS: &[Row] = &[
    onnx("QuantizeLinear", quantize_linear),
    onnx("DequantizeLinear", dequantize_linear),
    onnx("QLinearMatMul", qlinear_matmul),
    microsoft("QuantizeLinear", quantize_linear),
    microsoft("DequantizeLinear", dequantize_linear),
    microsoft("QGemm", qgemm),
    microsoft("QLinearAdd", |l| {
        on_pair(l, |lhs, rhs| Op::Add { lhs, rhs })
    }),
    microsoft("QLinearMul", |l| {
        on_pair(l, |lhs, rhs| Op::Mul { lhs, rhs })
    }),
];

fn add(layer: &mut Layer, x: Value, offset: &FloatTensor) -> Result<Value> {
    if offset.uniform() == Some(0.0) {
        return Ok(x);
    }
    let offset = layer.push_floats(offset)?;
    layer.binary(x, offset, |lhs, rhs| Op::Add { lhs, rhs })
}

fn sub(layer: &mut Layer, x: Value, offset: &FloatTensor) -> Result<Value> {
    if offset.uniform() == Some(0.0) {
        return Ok(x);
    }
    let offset = layer.push_floats(offset)?;
    layer.binary(x, offset, |lhs, rhs| Op::Sub { lhs, rhs })
}

pub fn mul(layer: &mut Layer, x: Value, factor: &FloatTensor) -> Result<Value> {
    if factor.uniform() == Some(1.0) {
        return Ok(x);
    }
    let factor = layer.push_floats(factor)?;
    layer.binary(x, factor, |lhs, rhs| Op::Mul { lhs, rhs })
}

fn div(layer: &mut Layer, x: Value, factor: &FloatTensor) -> Result<Value> {
    if factor.uniform() == Some(1.0) {
        return Ok(x);
    }
    let factor = layer.push_floats(factor)?;
    layer.binary(x, factor, |lhs, rhs| Op::Div { lhs, rhs })
}

/// Scale or zero point of QuantizeLinear and DequantizeLinear: one, or one for each index of
/// `axis`, in a shape that broadcasts against the `nn` shape.
fn along_axis(layer: &Layer, index: usize, role: &str, x: Value) -> Result<FloatTensor> {
    if role == "zero point" && layer.node.input(index).is_none() {
        return Ok(FloatTensor::scalar(0.0));
    }
    let mut floats = finite(layer, index, role)?;
    if floats.values.len() == 1 {
        return Ok(FloatTensor::scalar(floats.values[0]));
    }
    if floats.shape.len() != 1 || layer.node.int_or("block_size", 0)? != 0 {
        return Err(layer
            .error(format!(
                "the {role} of {} is given in blocks (shape {:?}), which is not supported",
                layer.op(),
                floats.shape
            ))
            .help("quantise the model with one scale for each tensor or channel"));
    }
    let axis = layer.axis(x, layer.node.int_or("axis", 1)?)?;
    let (count, size) = (floats.values.len(), layer.shape(x)[axis]);
    if count != size {
        return Err(layer.contradiction(format!(
            "the {role} of {} has {count} entries for an axis of {size}",
            layer.op()
        )));
    }
    let behind = layer.shape(x).len() - axis - 1;
    floats.shape.extend(std::iter::repeat_n(1, behind));
    Ok(floats)
}

pub fn finite(layer: &Layer, index: usize, role: &str) -> Result<FloatTensor> {
    let floats = layer.floats(index, role)?;
    match floats.values.iter().find(|v| !v.is_finite()) {
        Some(bad) => Err(layer
            .error(format!("the {role} of {} holds {bad}", layer.op()))
            .help("quantise the model again: a circuit has no NaN and no infinity")),
        None => Ok(floats),
    }
}

fn is_integer(layer: &Layer, x: Value) -> Result<()> {
    match x.element.integer() {
        Some(_) => Ok(()),
        None => Err(layer.contradiction(format!(
            "{} reads quantised integers, and is given {}",
            layer.op(),
            x.element
        ))),
    }
}

fn dequantize_linear(layer: &mut Layer) -> Result<Vec<Value>> {
    let x = layer.operand(0, "x")?;
    is_integer(layer, x)?;
    let scale = along_axis(layer, 1, "scale", x)?;
    let zero_point = along_axis(layer, 2, "zero point", x)?;
    if let Some(integers) = layer.constant(0).and_then(Tensor::to_i64s) {
        let shape = layer.shape(x).to_vec();
        let zeros = zero_point.broadcast(&shape)?;
        let pairs = integers.into_iter().zip(zeros);
        let integers = pairs.map(|(q, zero)| q - zero as i64).collect();
        let values = Values::Scaled { integers, scale };
        return Ok(vec![layer.push_constant(Constant { shape, values })?]);
    }
    let centred = sub(layer, x, &zero_point)?;
    let y = mul(layer, centred, &scale)?;
    Ok(vec![Value {
        element: ElementType::F32,
        ..y
    }])
}

fn quantize_linear(layer: &mut Layer) -> Result<Vec<Value>> {
    let x = layer.operand(0, "x")?;
    layer.computes_in_floats(&[x])?;
    let scale = along_axis(layer, 1, "scale", x)?;
    let zero_point = along_axis(layer, 2, "zero point", x)?;
    let declared = match layer.node.int_or("output_dtype", 0)? {
        0 => Ok(ElementType::U8),
        code => ElementType::from_onnx(i32::try_from(code).unwrap_or(-1)),
    };
    let element = match (layer.constant(2).map(|t| t.element), declared) {
        (Some(element), _) | (None, Ok(element)) => element,
        (None, Err(name)) => return Err(unquantised(layer, &name)),
    };
    Ok(vec![to_integers(layer, x, &scale, &zero_point, element)?])
}

fn unquantised(layer: &Layer, name: &str) -> dialects::Diagnostic {
    layer
        .error(format!(
            "{} makes values of type {name}, which is not supported",
            layer.op()
        ))
        .help("quantise the model to integers")
}

/// saturate(round(x / scale) + zero_point), rounding halves to even.
///
/// ONNX rounds before it adds the zero point. With an odd one, the halves go elsewhere than
/// in round(x / scale + zero_point), so the zero point becomes bounds instead.
pub fn to_integers(
    layer: &mut Layer,
    x: Value,
    scale: &FloatTensor,
    zero_point: &FloatTensor,
    element: ElementType,
) -> Result<Value> {
    let Some((signed, bits)) = element.integer().filter(|(_, bits)| *bits > 1) else {
        return Err(unquantised(layer, &element.to_string()));
    };
    let bits = bits as f32;
    let quantizer = Quantizer {
        scale: scale.clone(),
        zero_point: zero_point.clone(),
        bits: FloatTensor::scalar(bits),
        signed,
        narrow: false,
        rounding: Rounding::HalfEven,
        overflow: Overflow::Saturate,
    };
    let even = zero_point.values.iter().all(|zero| zero % 2.0 == 0.0);
    let y = if even {
        quantize(layer, x, quantizer)?
    } else {
        let wide = Quantizer {
            zero_point: FloatTensor::scalar(0.0),
            bits: FloatTensor::scalar(bits + 1.0),
            signed: true,
            ..quantizer
        };
        let y = quantize(layer, x, wide)?;
        let (min, max) = match signed {
            true => (
                -(1i64 << (bits as u32 - 1)),
                (1i64 << (bits as u32 - 1)) - 1,
            ),
            false => (0, (1i64 << bits as u32) - 1),
        };
        let low = bound(layer, min, zero_point, scale)?;
        let y = layer.binary(y, low, |lhs, rhs| Op::Max { lhs, rhs })?;
        let high = bound(layer, max, zero_point, scale)?;
        layer.binary(y, high, |lhs, rhs| Op::Min { lhs, rhs })?
    };
    let steps = div(layer, y, scale)?;
    let integers = add(layer, steps, zero_point)?;
    Ok(Value {
        element,
        ..integers
    })
}

/// (limit - zero_point) * scale.
fn bound(
    layer: &mut Layer,
    limit: i64,
    zero_point: &FloatTensor,
    scale: &FloatTensor,
) -> Result<Value> {
    let shape = match zero_point.shape.len() >= scale.shape.len() {
        true => zero_point.shape.clone(),
        false => scale.shape.clone(),
    };
    let zeros = zero_point.broadcast(&shape)?;
    let integers = zeros.into_iter().map(|zero| limit - zero as i64).collect();
    let scale = scale.clone();
    let values = Values::Scaled { integers, scale };
    layer.push_constant(Constant { shape, values })
}

/// A quantised input minus its zero point, which broadcasts as NumPy's arrays do.
pub fn centred(layer: &mut Layer, index: usize, zero_point: &FloatTensor) -> Result<Value> {
    let x = layer.operand(index, "quantised operand")?;
    is_integer(layer, x)?;
    sub(layer, x, zero_point)
}

pub fn one_number(layer: &Layer, index: usize, role: &str) -> Result<FloatTensor> {
    if layer.node.input(index).is_none() {
        return Ok(FloatTensor::scalar(0.0));
    }
    layer.scalar_input(index, role).map(FloatTensor::scalar)
}

/// round(A' · B' * a_scale * b_scale / y_scale) + y_zero_point, A' and B' without zero points.
fn qlinear_matmul(layer: &mut Layer) -> Result<Vec<Value>> {
    let a_zero = one_number(layer, 2, "zero point of A")?;
    let b_zero = finite(layer, 5, "zero point of B")?;
    let a = centred(layer, 0, &a_zero)?;
    let b = centred(layer, 3, &b_zero)?;
    let y = product(layer, a, b)?;
    let y = mul(layer, y, &one_number(layer, 1, "scale of A")?)?;
    let y = mul(layer, y, &layer.parameter(4, "scale of B", y)?)?;
    let element = layer.constant(7).map_or(a.element, |t| t.element);
    let scale = one_number(layer, 6, "scale of the output")?;
    let zero_point = one_number(layer, 7, "zero point of the output")?;
    Ok(vec![to_integers(layer, y, &scale, &zero_point, element)?])
}

/// QLinearMatMul with alpha, transposed operands and a bias at the scale of the products.
fn qgemm(layer: &mut Layer) -> Result<Vec<Value>> {
    let a_zero = one_number(layer, 2, "zero point of A")?;
    let mut b_zero = finite(layer, 5, "zero point of B")?;
    let turned = layer.node.int_or("transB", 0)? != 0;
    if turned && b_zero.values.len() > 1 {
        b_zero.shape = vec![b_zero.values.len(), 1];
    }
    let mut a = centred(layer, 0, &a_zero)?;
    let mut b = centred(layer, 3, &b_zero)?;
    if layer.rank(a) != 2 || layer.rank(b) != 2 {
        return Err(layer.contradiction(format!(
            "QGemm multiplies {} by {}, which are no matrices",
            layer.shape_text(a),
            layer.shape_text(b)
        )));
    }
    if layer.node.int_or("transA", 0)? != 0 {
        a = swap_last(layer, a)?;
    }
    if turned {
        b = swap_last(layer, b)?;
    }
    let mut y = product(layer, a, b)?;
    if let Some(c) = layer.optional_operand(6, "C")? {
        y = layer.binary(y, c, |lhs, rhs| Op::Add { lhs, rhs })?;
    }
    let alpha = FloatTensor::scalar(layer.node.float_or("alpha", 1.0)?);
    y = mul(layer, y, &alpha)?;
    y = mul(layer, y, &one_number(layer, 1, "scale of A")?)?;
    y = mul(layer, y, &layer.parameter(4, "scale of B", y)?)?;
    if layer.node.input(7).is_none() {
        return Ok(vec![Value {
            element: ElementType::F32,
            ..y
        }]);
    }
    let element = layer.constant(8).map_or(a.element, |t| t.element);
    let scale = one_number(layer, 7, "scale of the output")?;
    let zero_point = one_number(layer, 8, "zero point of the output")?;
    Ok(vec![to_integers(layer, y, &scale, &zero_point, element)?])
}

/// An elementwise operator between dequantising its operands and quantising its result.
fn on_pair(
    layer: &mut Layer,
    op: fn(dialects::nn::ValueId, dialects::nn::ValueId) -> Op,
) -> Result<Vec<Value>> {
    let side = |layer: &mut Layer, first: usize| {
        let zero_point = one_number(layer, first + 2, "zero point")?;
        let integers = centred(layer, first, &zero_point)?;
        let scale = one_number(layer, first + 1, "scale")?;
        mul(layer, integers, &scale)
    };
    let a = side(layer, 0)?;
    let b = side(layer, 3)?;
    let y = layer.binary(a, b, op)?;
    let element = layer.constant(7).map_or(a.element, |t| t.element);
    let scale = one_number(layer, 6, "scale of the output")?;
    let zero_point = one_number(layer, 7, "zero point of the output")?;
    Ok(vec![to_integers(layer, y, &scale, &zero_point, element)?])
}
