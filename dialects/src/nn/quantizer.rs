//! Quantisers: from a real number to an integer of a type and back.

use num_bigint::BigInt;

use super::tensor::FloatTensor;
use crate::fx::{IntType, MAX_WIDTH};
use crate::{Diagnostic, Number, Overflow, Result, Rounding};

/// `q = overflow(round(x / scale + zero_point))`, standing for `(q - zero_point) * scale`.
///
/// `scale`, `zero_point` and `bits` broadcast against the value they quantise.
/// Source: the QONNX operator `Quant` (arXiv:2206.07527, section IV), with the rounding
/// and overflow modes of `ap_fixed` besides its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantizer {
    pub scale: FloatTensor,
    pub zero_point: FloatTensor,
    pub bits: FloatTensor,
    pub signed: bool,
    /// Leaves out the most negative integer (signed) or the largest one (unsigned).
    pub narrow: bool,
    pub rounding: Rounding,
    pub overflow: Overflow,
}

/// The quantiser of one element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElementQuantizer {
    pub scale: Number,
    pub zero_point: Number,
    pub ty: IntType,
    /// The smallest and the largest integer.
    pub min: i128,
    pub max: i128,
    pub rounding: Rounding,
    pub overflow: Overflow,
}

/// Elements that are looked at one by one before a circuit of them is asked for.
const MOST_ELEMENTS: usize = 1 << 20;

impl Quantizer {
    /// A fixed-point type of `width` bits, `fraction` of them behind the binary point.
    pub fn fixed(
        signed: bool,
        width: u32,
        fraction: i32,
        rounding: Rounding,
        overflow: Overflow,
    ) -> Self {
        Quantizer {
            scale: FloatTensor::scalar(2f32.powi(-fraction)),
            zero_point: FloatTensor::scalar(0.0),
            bits: FloatTensor::scalar(width as f32),
            signed,
            narrow: false,
            rounding,
            overflow,
        }
    }

    /// Whether there is a quantiser for each element of a value of that shape, however large.
    ///
    /// Errors: as for [`Quantizer::elements`]; parameters that differ in too many elements.
    pub fn check(&self, shape: &[usize]) -> Result<()> {
        let count = |shape: &[usize]| shape.iter().copied().fold(1, usize::saturating_mul);
        if count(shape) <= MOST_ELEMENTS {
            return self.elements(shape).map(|_| ());
        }
        // Along an axis on which no parameter differs, one element says it all.
        let parameters = [&self.scale, &self.zero_point, &self.bits];
        let differs = |axis: usize| {
            parameters.into_iter().any(|of| {
                let missing = shape.len().saturating_sub(of.shape.len());
                let own = axis.checked_sub(missing).and_then(|own| of.shape.get(own));
                own.is_some_and(|size| *size != 1)
            })
        };
        let axes = shape.iter().enumerate();
        let apart = axes.map(|(axis, &size)| if differs(axis) { size } else { size.min(1) });
        let apart: Vec<usize> = apart.collect();
        if count(&apart) > MOST_ELEMENTS {
            return Err(Diagnostic::new(format!(
                "a quantiser differs in more than {MOST_ELEMENTS} elements of {shape:?}"
            )));
        }
        self.elements(&apart).map(|_| ())
    }

    /// The quantiser of each element of a value of that shape.
    ///
    /// Errors: a scale that is not positive and finite, a width that is no whole number of
    /// bits between 1 and 126, parameters that do not broadcast.
    pub fn elements(&self, shape: &[usize]) -> Result<Vec<ElementQuantizer>> {
        let scales = self.scale.broadcast(shape)?;
        let zero_points = self.zero_point.broadcast(shape)?;
        let bits = self.bits.broadcast(shape)?;
        if self.narrow && self.overflow == Overflow::Wrap {
            return Err(Diagnostic::new("a narrow range cannot wrap"));
        }
        let mut known: Option<(u32, u32, u32, ElementQuantizer)> = None;
        let mut found = Vec::with_capacity(scales.len());
        for ((scale, zero), bits) in scales.into_iter().zip(zero_points).zip(bits) {
            let key = (scale.to_bits(), zero.to_bits(), bits.to_bits());
            match &known {
                Some((a, b, c, element)) if (*a, *b, *c) == key => found.push(element.clone()),
                _ => {
                    let element = self.element(scale, zero, bits)?;
                    known = Some((key.0, key.1, key.2, element.clone()));
                    found.push(element);
                }
            }
        }
        Ok(found)
    }

    fn element(&self, scale: f32, zero_point: f32, bits: f32) -> Result<ElementQuantizer> {
        let number =
            Number::from_f32(scale).filter(|scale| !scale.is_negative() && !scale.is_zero());
        let scale = number.ok_or_else(|| {
            Diagnostic::new(format!(
                "a quantiser has scale {scale}; a scale is positive and finite"
            ))
        })?;
        let zero_point = Number::from_f32(zero_point).filter(Number::is_integer);
        let zero_point = zero_point
            .ok_or_else(|| Diagnostic::new("a quantiser has a zero point that is no integer"))?;
        if bits.fract() != 0.0 || !(1.0..=MAX_WIDTH as f32).contains(&bits) {
            return Err(Diagnostic::new(format!(
                "a quantiser has {bits} bits; kaon takes whole numbers from 1 to {MAX_WIDTH}"
            )));
        }
        let width = bits as u32;
        let ty = IntType {
            signed: self.signed,
            width,
        };
        let full = ty.range();
        let symmetric = self.narrow || self.overflow == Overflow::SaturateSymmetric;
        let (min, max) = match (self.signed, symmetric) {
            (true, true) => (full.lo + 1, full.hi),
            (false, true) if self.narrow => (full.lo, full.hi - 1),
            _ => (full.lo, full.hi),
        };
        if min > max {
            return Err(Diagnostic::new(format!(
                "a narrow quantiser of {width} bit has no values"
            )));
        }
        Ok(ElementQuantizer {
            scale,
            zero_point,
            ty,
            min,
            max,
            rounding: self.rounding,
            overflow: self.overflow,
        })
    }
}

impl ElementQuantizer {
    /// The integer of a real number.
    pub fn integer(&self, value: &Number) -> i128 {
        let scaled = value.checked_div(&self.scale).expect("a scale is positive");
        let rounded = (&scaled + &self.zero_point).round(self.rounding);
        self.fit(&rounded)
    }

    /// Whether a real number is outside the type before the overflow mode acts.
    pub fn overflows(&self, value: &Number) -> bool {
        let scaled = value.checked_div(&self.scale).expect("a scale is positive");
        let rounded = (&scaled + &self.zero_point).round(self.rounding);
        rounded < BigInt::from(self.min) || rounded > BigInt::from(self.max)
    }

    fn fit(&self, rounded: &BigInt) -> i128 {
        let (min, max) = (BigInt::from(self.min), BigInt::from(self.max));
        let inside = min <= *rounded && *rounded <= max;
        match self.overflow {
            _ if inside => i128::try_from(rounded).expect("it lies between two i128"),
            Overflow::Saturate | Overflow::SaturateSymmetric if *rounded < min => self.min,
            Overflow::Saturate | Overflow::SaturateSymmetric => self.max,
            Overflow::SaturateZero => 0,
            Overflow::Wrap => {
                let modulus = BigInt::from(1) << self.ty.width;
                let low = ((rounded % &modulus) + &modulus) % &modulus;
                let low = i128::try_from(&low).expect("it is below 2^126");
                self.ty.wrap(low)
            }
        }
    }

    /// The real number an integer stands for.
    pub fn real(&self, integer: i128) -> Number {
        &(&Number::from(integer) - &self.zero_point) * &self.scale
    }

    /// The real number that stands for a real number.
    pub fn quantize(&self, value: &Number) -> Number {
        self.real(self.integer(value))
    }
}
