//! Quantisers and other step functions: quantize, bipolar, threshold, sign.

use dialects::fx::{Op, Predicate, ValueId as FxValue};
use dialects::nn::{ElementQuantizer, FloatTensor, ValueId};
use dialects::{Diagnostic, Number, Result};

use super::Lowering;
use super::element::{Element, Site};
use super::requantize::requantize;

impl Lowering<'_> {
    pub(super) fn quantize(
        &mut self,
        input: ValueId,
        quantizers: &[ElementQuantizer],
        layer: &str,
    ) -> Result<Vec<Element>> {
        let elements = self.of(input).to_vec();
        let layer = self.builder.layer(layer);
        let mut found = Vec::with_capacity(elements.len());
        for (element, quantizer) in elements.iter().zip(quantizers) {
            let mut site = Site {
                builder: &mut self.builder,
                layer,
            };
            found.push(match is_port_of(&site, element, quantizer) {
                true => element.clone(),
                false => requantize(&mut site, &mut self.requantize, element, quantizer)?,
            });
        }
        Ok(found)
    }

    pub(super) fn bipolar(
        &mut self,
        input: ValueId,
        scale: &FloatTensor,
        layer: &str,
    ) -> Result<Vec<Element>> {
        let scales = scale.broadcast(self.shape(input))?;
        let ports = super::input::bits(scale, self.shape(input));
        let elements = self.of(input).to_vec();
        let mut site = self.site(layer);
        let mut found = Vec::with_capacity(elements.len());
        for (at, (element, scale)) in elements.iter().zip(scales).enumerate() {
            let port = ports.as_ref().map(|ports| &ports[at]);
            if port.is_some_and(|port| is_port_of(&site, element, port)) {
                found.push(element.clone());
                continue;
            }
            let scale = finite(scale)?;
            let bit = reaches(&mut site, element, &Number::zero())?;
            // scale * (2 bit - 1)
            found.push(bit.affine(&scale.shifted(1), &-&scale));
        }
        Ok(found)
    }

    pub(super) fn sign(&mut self, input: ValueId, layer: &str) -> Result<Vec<Element>> {
        let elements = self.of(input).to_vec();
        let mut site = self.site(layer);
        let (one, zero) = (Number::one(), Number::zero());
        let mut found = Vec::with_capacity(elements.len());
        for element in elements {
            // [x >= 0] - [-x >= 0]
            let up = reaches(&mut site, &element, &zero)?;
            let mirrored = element.affine(&-&one, &zero);
            let down = reaches(&mut site, &mirrored, &zero)?;
            found.push(sum(&mut site, &[up, down.affine(&-&one, &zero)])?);
        }
        Ok(found)
    }

    pub(super) fn threshold(
        &mut self,
        input: ValueId,
        thresholds: &FloatTensor,
        scale: f32,
        bias: f32,
        layer: &str,
    ) -> Result<Vec<Element>> {
        let [channels, steps] = thresholds.shape[..] else {
            return Err(Diagnostic::new(
                "thresholds need the shape [channels, steps]",
            ));
        };
        let (scale, bias) = (finite(scale)?, finite(bias)?);
        let elements = self.of(input).to_vec();
        let mut site = self.site(layer);
        let mut found = Vec::with_capacity(elements.len());
        for (at, element) in elements.iter().enumerate() {
            let row = &thresholds.values[at % channels * steps..][..steps];
            let mut reached = Vec::with_capacity(steps);
            for &threshold in row {
                reached.push(reaches(&mut site, element, &finite(threshold)?)?);
            }
            found.push(sum(&mut site, &reached)?.affine(&scale, &bias));
        }
        Ok(found)
    }
}

fn finite(value: f32) -> Result<Number> {
    Number::from_f32(value).ok_or_else(|| Diagnostic::new(format!("a parameter is {value}")))
}

/// Whether an element is an input port that this very quantiser made.
fn is_port_of(site: &Site, element: &Element, quantizer: &ElementQuantizer) -> bool {
    let Some(value) = element.value else {
        return false;
    };
    let node = site.builder.node(value);
    let zero = -&(&quantizer.zero_point * &quantizer.scale);
    matches!(node.op, Op::Input { .. })
        && node.ty == quantizer.ty
        && element.scale == quantizer.scale
        && element.offset == zero
        && element.lower.is_none()
        && element.upper.is_none()
}

/// The bit [element >= bound].
fn reaches(site: &mut Site, element: &Element, bound: &Number) -> Result<Element> {
    let constant = |holds: bool| Element::constant(Number::from(i64::from(holds)));
    let Some(value) = element.value else {
        return Ok(constant(element.offset >= *bound));
    };
    // A pending bound decides, or does not matter.
    if element.lower.as_ref().is_some_and(|lower| lower >= bound) {
        return Ok(constant(true));
    }
    if element.upper.as_ref().is_some_and(|upper| upper < bound) {
        return Ok(constant(false));
    }
    let edge = (bound - &element.offset).checked_div(&element.scale);
    let edge = edge.ok_or_else(|| Diagnostic::new("a scale is zero"))?;
    let range = site.builder.range(value);
    let falls = element.scale.is_negative();
    let edge = if falls { edge.floor() } else { edge.ceil() };
    // Outside the range the comparison is decided; a constant next to it says so.
    let edge = match i128::try_from(&edge) {
        Ok(edge) => edge.clamp(range.lo - 1, range.hi + 1),
        Err(_) if edge.sign() == num_bigint::Sign::Minus => range.lo - 1,
        Err(_) => range.hi + 1,
    };
    let edge = site.constant(edge)?;
    let (lhs, rhs): (FxValue, FxValue) = if falls { (value, edge) } else { (edge, value) };
    let bit = site.push(Op::Compare {
        predicate: Predicate::LessEqual,
        lhs,
        rhs,
    })?;
    Ok(Element::integer(bit))
}

/// The exact sum of elements.
pub(super) fn sum(site: &mut Site, elements: &[Element]) -> Result<Element> {
    let mut offset = Number::zero();
    let mut terms = Vec::new();
    for element in elements {
        let settled = site.settle(element)?;
        offset = &offset + &settled.offset;
        if let Some(value) = settled.value {
            terms.push((value, settled.scale));
        }
    }
    let grid = terms
        .iter()
        .fold(Number::zero(), |grid, (_, scale)| grid.gcd(scale));
    let mut total = None;
    for (value, scale) in terms {
        let term = site.scale_by(value, super::element::integer_ratio(&scale, &grid)?)?;
        total = Some(match total {
            None => term,
            Some(total) => site.builder.add(total, term, site.layer)?,
        });
    }
    Ok(match total {
        Some(total) => Element::scaled(total, grid, offset),
        None => Element::constant(offset),
    })
}
