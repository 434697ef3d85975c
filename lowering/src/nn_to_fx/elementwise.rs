//! Arithmetic element by element: add, sub, mul, div, max, min, abs, relu, prelu.

use dialects::fx::{Op, Predicate};
use dialects::nn::ValueId;
use dialects::nn::tensor::broadcast_indices;
use dialects::{Diagnostic, Number, Result};

use super::Lowering;
use super::element::{Element, Site};
use super::step::sum;

impl Lowering<'_> {
    /// The operands' elements in pairs, broadcast to the shape of the result `at`.
    fn pairs(&self, at: ValueId, lhs: ValueId, rhs: ValueId) -> Result<Vec<(Element, Element)>> {
        let left = broadcast_indices(self.shape(lhs), self.shape(at))?;
        let right = broadcast_indices(self.shape(rhs), self.shape(at))?;
        let (a, b) = (self.of(lhs), self.of(rhs));
        let pairs = left.into_iter().zip(right);
        Ok(pairs.map(|(l, r)| (a[l].clone(), b[r].clone())).collect())
    }

    pub(super) fn add(
        &mut self,
        at: ValueId,
        lhs: ValueId,
        rhs: ValueId,
        negate: bool,
        layer: &str,
    ) -> Result<Vec<Element>> {
        let sign = Number::from(if negate { -1i64 } else { 1 });
        let pairs = self.pairs(at, lhs, rhs)?;
        let mut site = self.site(layer);
        let add = |(a, b): (Element, Element)| {
            let b = b.affine(&sign, &Number::zero());
            match (a.as_constant(), b.as_constant()) {
                (_, Some(constant)) => Ok(a.affine(&Number::one(), constant)),
                (Some(constant), _) => Ok(b.affine(&Number::one(), constant)),
                _ => sum(&mut site, &[a, b]),
            }
        };
        pairs.into_iter().map(add).collect()
    }

    pub(super) fn mul(
        &mut self,
        at: ValueId,
        lhs: ValueId,
        rhs: ValueId,
        layer: &str,
    ) -> Result<Vec<Element>> {
        let pairs = self.pairs(at, lhs, rhs)?;
        let mut site = self.site(layer);
        let zero = Number::zero();
        let mul = |(a, b): (Element, Element)| {
            match (a.as_constant(), b.as_constant()) {
                (_, Some(constant)) => return Ok(a.affine(constant, &zero)),
                (Some(constant), _) => return Ok(b.affine(constant, &zero)),
                _ => {}
            }
            let (a, b) = (site.without_offset(&a)?, site.without_offset(&b)?);
            let (Some(lhs), Some(rhs)) = (a.value, b.value) else {
                return Err(Diagnostic::new("a factor became a constant"));
            };
            let product = site.push(Op::Mul { lhs, rhs })?;
            Ok(Element::scaled(product, &a.scale * &b.scale, zero.clone()))
        };
        pairs.into_iter().map(mul).collect()
    }

    pub(super) fn div(&mut self, at: ValueId, lhs: ValueId, rhs: ValueId) -> Result<Vec<Element>> {
        let divide = |(a, b): (Element, Element)| {
            let divisor = b.as_constant().ok_or_else(|| {
                Diagnostic::new("nn.div divides by a value that depends on the input")
                    .help("multiply by nn.function reciprocal with a stated output type instead")
            })?;
            let factor = divisor.reciprocal();
            let factor = factor.ok_or_else(|| Diagnostic::new("division by zero"))?;
            Ok(a.affine(&factor, &Number::zero()))
        };
        self.pairs(at, lhs, rhs)?.into_iter().map(divide).collect()
    }

    pub(super) fn extreme(
        &mut self,
        at: ValueId,
        lhs: ValueId,
        rhs: ValueId,
        largest: bool,
        layer: &str,
    ) -> Result<Vec<Element>> {
        let pairs = self.pairs(at, lhs, rhs)?;
        let mut site = self.site(layer);
        let pick = |(a, b): (Element, Element)| {
            let bounded = |element: Element, bound: &Number| match largest {
                true => element.at_least(bound),
                false => element.at_most(bound),
            };
            match (a.as_constant(), b.as_constant()) {
                (_, Some(constant)) => Ok(bounded(a, constant)),
                (Some(constant), _) => Ok(bounded(b, constant)),
                _ => extreme(&mut site, &[a, b], largest),
            }
        };
        pairs.into_iter().map(pick).collect()
    }

    pub(super) fn relu(&mut self, input: ValueId) -> Result<Vec<Element>> {
        let zero = Number::zero();
        let elements = self.of(input).iter().cloned();
        Ok(elements.map(|element| element.at_least(&zero)).collect())
    }

    pub(super) fn abs(&mut self, input: ValueId, layer: &str) -> Result<Vec<Element>> {
        let elements = self.of(input).to_vec();
        let mut site = self.site(layer);
        let minus = Number::from(-1i64);
        let abs = |element: Element| branch(&mut site, &element, &minus);
        elements.into_iter().map(abs).collect()
    }

    pub(super) fn prelu(
        &mut self,
        at: ValueId,
        input: ValueId,
        slope: ValueId,
        layer: &str,
    ) -> Result<Vec<Element>> {
        let pairs = self.pairs(at, input, slope)?;
        let mut site = self.site(layer);
        let prelu = |(element, slope): (Element, Element)| {
            let slope = slope
                .as_constant()
                .ok_or_else(|| Diagnostic::new("nn.prelu has a slope that depends on the input"))?;
            branch(&mut site, &element, slope)
        };
        pairs.into_iter().map(prelu).collect()
    }
}

/// The element where it is not negative, else slope * element.
fn branch(site: &mut Site, element: &Element, slope: &Number) -> Result<Element> {
    let zero = Number::zero();
    let plain = site.without_offset(element)?;
    let Some(value) = plain.value else {
        let negative = plain.offset.is_negative();
        return Ok(match negative {
            true => plain.affine(slope, &zero),
            false => plain,
        });
    };
    if site.builder.range(value).lo >= 0 {
        return Ok(plain);
    }
    let bent = plain.affine(slope, &zero);
    let (grid, values) = site.common_grid(&[plain, bent])?;
    let bound = site.constant(0)?;
    let condition = site.push(Op::Compare {
        predicate: Predicate::Less,
        lhs: value,
        rhs: bound,
    })?;
    let chosen = site.push(Op::Select {
        condition,
        on_true: values[1],
        on_false: values[0],
    })?;
    Ok(Element::scaled(chosen, grid, zero))
}

/// The largest (or smallest) of elements, by a balanced tree of comparisons.
pub(super) fn extreme(site: &mut Site, elements: &[Element], largest: bool) -> Result<Element> {
    let (grid, mut values) = site.common_grid(elements)?;
    while values.len() > 1 {
        let mut next = Vec::with_capacity(values.len().div_ceil(2));
        for pair in values.chunks(2) {
            let &[a, b] = pair else {
                next.push(pair[0]);
                continue;
            };
            let (lhs, rhs) = if largest { (a, b) } else { (b, a) };
            let condition = site.push(Op::Compare {
                predicate: Predicate::Less,
                lhs,
                rhs,
            })?;
            next.push(site.push(Op::Select {
                condition,
                on_true: b,
                on_false: a,
            })?);
        }
        values = next;
    }
    let value = values.first().copied();
    let value = value.ok_or_else(|| Diagnostic::new("a reduction over nothing"))?;
    Ok(Element::scaled(value, grid, Number::zero()))
}
