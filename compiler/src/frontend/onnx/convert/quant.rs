//! QONNX's quantisers: Quant, BipolarQuant, Trunc.
//!
//! The arithmetic is that of the Python package `qonnx` 1.0, files `intquant.py`,
//! `bipolar_quant.py` and `trunc.py`.

use std::sync::Arc;

use dialects::nn::{FloatTensor, Op, Quantizer};
use dialects::{Overflow, Result, Rounding};

use super::layer::Layer;
use super::value::Value;
use super::{Row, qonnx};

pub const ROWS: &[Row] = &[
    qonnx("Quant", quant),
    qonnx("IntQuant", quant),
    qonnx("BipolarQuant", bipolar_quant),
    qonnx("Trunc", trunc),
];

/// Wide enough for every integer before a truncation; range analysis makes it narrow.
const UNBOUNDED: f32 = 64.0;

fn rounding(layer: &Layer, default: &str) -> Result<Rounding> {
    let name = layer.node.string_or("rounding_mode", default)?;
    Ok(match name.to_ascii_uppercase().as_str() {
        "ROUND" | "HALF_EVEN" => Rounding::HalfEven,
        "HALF_UP" => Rounding::HalfAway,
        "HALF_DOWN" => Rounding::HalfToZero,
        "UP" => Rounding::AwayFromZero,
        "DOWN" | "ROUND_TO_ZERO" => Rounding::TowardZero,
        "CEIL" => Rounding::Ceil,
        "FLOOR" => Rounding::Floor,
        _ => {
            return Err(layer
                .error(format!("{} rounds by the unknown mode \"{name}\"", layer.op()))
                .note("QONNX has ROUND, HALF_EVEN, HALF_UP, HALF_DOWN, UP, DOWN, ROUND_TO_ZERO, CEIL and FLOOR")
                .help("export the model with one of these"));
        }
    })
}

fn quant(layer: &mut Layer) -> Result<Vec<Value>> {
    let x = layer.operand(0, "X")?;
    layer.computes_in_floats(&[x])?;
    let scale = layer.parameter(1, "scale", x)?;
    let zero_point = layer.parameter(2, "zero point", x)?;
    let bits = layer.parameter(3, "bit width", x)?;
    let signed = layer.node.int_or("signed", 1)? != 0;
    let narrow = layer.node.int_or("narrow", 0)? != 0;
    // qonnx reads a signed bit as ±1.
    if signed && bits.values.contains(&1.0) {
        return match (bits.uniform(), zero_point.uniform()) {
            (Some(_), Some(0.0)) => bipolar(layer, x, scale),
            _ => Err(layer
                .error("Quant has signed values of one bit with a zero point or beside wider ones")
                .help("use BipolarQuant for them, or two bits")),
        };
    }
    let quantizer = Quantizer {
        scale,
        zero_point,
        bits,
        signed,
        narrow,
        rounding: rounding(layer, "ROUND")?,
        overflow: Overflow::Saturate,
    };
    Ok(vec![quantize(layer, x, quantizer)?])
}

pub fn quantize(layer: &mut Layer, x: Value, quantizer: Quantizer) -> Result<Value> {
    let op = Op::Quantize {
        input: x.id,
        quantizer: Arc::new(quantizer),
    };
    layer.push_like(op, x)
}

fn bipolar_quant(layer: &mut Layer) -> Result<Vec<Value>> {
    let x = layer.operand(0, "X")?;
    layer.computes_in_floats(&[x])?;
    let scale = layer.parameter(1, "scale", x)?;
    bipolar(layer, x, scale)
}

fn bipolar(layer: &mut Layer, x: Value, scale: FloatTensor) -> Result<Vec<Value>> {
    let op = Op::Bipolar {
        input: x.id,
        scale: Arc::new(scale),
    };
    Ok(vec![layer.push_like(op, x)?])
}

/// Version 1: inputs scale, zero point, input bits, output bits; the scale stays.
/// Version 2: an output scale before the output bits, which bound the result.
fn trunc(layer: &mut Layer) -> Result<Vec<Value>> {
    let x = layer.operand(0, "X")?;
    layer.computes_in_floats(&[x])?;
    let scale = layer.scalar_input(1, "scale")?;
    let zero_point = layer.scalar_input(2, "zero point")?;
    let input_bits = layer.scalar_input(3, "input bit width")?;
    let rounding = rounding(layer, "FLOOR")?;
    let fixed = |scale: f32, zero_point: f32, bits: f32, rounding: Rounding| Quantizer {
        scale: FloatTensor::scalar(scale),
        zero_point: FloatTensor::scalar(zero_point),
        bits: FloatTensor::scalar(bits),
        signed: true,
        narrow: false,
        rounding,
        overflow: Overflow::Saturate,
    };
    // q * scale, q the integer before the truncation.
    let mut q = quantize(
        layer,
        x,
        fixed(scale, zero_point, UNBOUNDED, Rounding::HalfEven),
    )?;
    if zero_point != 0.0 {
        let offset = product(layer, zero_point, scale)?;
        q = layer.binary(q, offset, |lhs, rhs| Op::Add { lhs, rhs })?;
    }
    if layer.node.inputs.len() < 6 {
        let output_bits = layer.scalar_input(4, "output bit width")?;
        let dropped = 2f32.powi((input_bits - output_bits) as i32);
        let kept = fixed(scale * dropped, 0.0, UNBOUNDED, rounding);
        let mut y = quantize(layer, q, kept)?;
        if dropped != 1.0 {
            let factor = layer.push_scalar(1.0 / dropped)?;
            y = layer.binary(y, factor, |lhs, rhs| Op::Mul { lhs, rhs })?;
        }
        return Ok(vec![offset(layer, y, zero_point, scale)?]);
    }
    let output_scale = layer.scalar_input(4, "output scale")?;
    let output_bits = layer.scalar_input(5, "output bit width")?;
    let dropped = 2f32.powi((output_scale / scale).log2().round_ties_even() as i32);
    let kept = Quantizer {
        signed: layer.node.int_or("signed", 1)? != 0,
        narrow: layer.node.int_or("narrow", 0)? != 0,
        ..fixed(scale * dropped, 0.0, output_bits, rounding)
    };
    let mut y = quantize(layer, q, kept)?;
    if output_scale != scale * dropped {
        let old = layer.push_scalar(scale * dropped)?;
        y = layer.binary(y, old, |lhs, rhs| Op::Div { lhs, rhs })?;
        let new = layer.push_scalar(output_scale)?;
        y = layer.binary(y, new, |lhs, rhs| Op::Mul { lhs, rhs })?;
    }
    Ok(vec![offset(layer, y, zero_point, output_scale / dropped)?])
}

/// y - zero_point * scale.
fn offset(layer: &mut Layer, y: Value, zero_point: f32, scale: f32) -> Result<Value> {
    if zero_point == 0.0 {
        return Ok(y);
    }
    let offset = product(layer, zero_point, scale)?;
    layer.binary(y, offset, |lhs, rhs| Op::Sub { lhs, rhs })
}

/// The exact product of a whole number and a scale.
fn product(layer: &mut Layer, whole: f32, scale: f32) -> Result<Value> {
    let values = dialects::nn::Values::Scaled {
        integers: vec![whole as i64],
        scale: FloatTensor::scalar(scale),
    };
    layer.push_constant(dialects::nn::Constant {
        shape: vec![],
        values,
    })
}
