//! One scalar between the levels: an integer of `fx` and the real number it stands for.

use dialects::fx::{Builder, LayerId, Op, ValueId};
use dialects::{Diagnostic, Number, Result};

/// The real number `min(max(value * scale + offset, lower), upper)`.
///
/// Affine constants and one-sided bounds stay here as exact numbers until something needs
/// integers: a bias and a ReLU in front of a quantiser then cost no bits.
#[derive(Debug, Clone)]
pub struct Element {
    /// `None` for a constant, which is `offset`.
    pub value: Option<ValueId>,
    /// Not zero; negative after a multiplication by a negative number.
    pub scale: Number,
    pub offset: Number,
    pub lower: Option<Number>,
    pub upper: Option<Number>,
}

impl Element {
    pub fn constant(number: Number) -> Self {
        Element {
            value: None,
            scale: Number::one(),
            offset: number,
            lower: None,
            upper: None,
        }
    }

    pub fn integer(value: ValueId) -> Self {
        Element::scaled(value, Number::one(), Number::zero())
    }

    pub fn scaled(value: ValueId, scale: Number, offset: Number) -> Self {
        Element {
            value: Some(value),
            scale,
            offset,
            lower: None,
            upper: None,
        }
    }

    /// The number, when the element is one.
    pub fn as_constant(&self) -> Option<&Number> {
        self.value.is_none().then_some(&self.offset)
    }

    /// self * factor + shift.
    pub fn affine(&self, factor: &Number, shift: &Number) -> Element {
        let line = |x: &Number| &(x * factor) + shift;
        if factor.is_zero() {
            return Element::constant(shift.clone());
        }
        let (mut lower, mut upper) = (self.lower.as_ref().map(line), self.upper.as_ref().map(line));
        if factor.is_negative() {
            std::mem::swap(&mut lower, &mut upper);
        }
        Element {
            value: self.value,
            scale: match self.value {
                Some(_) => &self.scale * factor,
                None => Number::one(),
            },
            offset: line(&self.offset),
            lower,
            upper,
        }
    }

    /// max(self, bound), without hardware yet.
    pub fn at_least(mut self, bound: &Number) -> Element {
        if self.value.is_none() {
            self.offset = self.offset.max(bound.clone());
            return self;
        }
        let raise = |old: Number| old.max(bound.clone());
        self.lower = Some(self.lower.take().map_or(bound.clone(), raise));
        self.upper = self.upper.take().map(raise);
        self
    }

    /// min(self, bound), without hardware yet.
    pub fn at_most(self, bound: &Number) -> Element {
        let minus = Number::from(-1i64);
        let zero = Number::zero();
        self.affine(&minus, &zero)
            .at_least(&-bound)
            .affine(&minus, &zero)
    }

    /// The bounded real number of one integer.
    pub fn real(&self, integer: i128) -> Number {
        let mut real = &(&self.scale * &Number::from(integer)) + &self.offset;
        if let Some(lower) = &self.lower {
            real = real.max(lower.clone());
        }
        match &self.upper {
            Some(upper) => real.min(upper.clone()),
            None => real,
        }
    }
}

/// Where nodes of one layer go.
pub struct Site<'a> {
    pub builder: &'a mut Builder,
    pub layer: LayerId,
}

impl Site<'_> {
    pub fn constant(&mut self, value: i128) -> Result<ValueId> {
        self.builder.constant(value, self.layer)
    }

    pub fn push(&mut self, op: Op) -> Result<ValueId> {
        self.builder.push(op, self.layer)
    }

    pub fn add_constant(&mut self, value: ValueId, constant: i128) -> Result<ValueId> {
        if constant == 0 {
            return Ok(value);
        }
        let rhs = self.constant(constant)?;
        self.builder.add(value, rhs, self.layer)
    }

    /// value * factor; a power of two is a shift.
    pub fn scale_by(&mut self, value: ValueId, factor: i128) -> Result<ValueId> {
        match factor {
            1 => Ok(value),
            -1 => self.builder.neg(value, self.layer),
            factor if factor > 0 && factor.count_ones() == 1 => {
                self.builder.shl(value, factor.trailing_zeros(), self.layer)
            }
            factor => {
                let rhs = self.constant(factor)?;
                self.builder.mul(value, rhs, self.layer)
            }
        }
    }

    /// The element without pending bounds: they become a clamp, on a grid that holds them.
    pub fn settle(&mut self, element: &Element) -> Result<Element> {
        let (Some(value), true) = (
            element.value,
            element.lower.is_some() || element.upper.is_some(),
        ) else {
            return Ok(element.clone());
        };
        let range = self.builder.range(value);
        let distances = [&element.lower, &element.upper]
            .map(|bound| bound.as_ref().map(|bound| bound - &element.offset));
        // A bound that no value reaches needs no place on the grid.
        let ends = [range.lo, range.hi].map(|end| &element.scale * &Number::from(end));
        let (low, high) = (
            ends.iter().min().expect("two"),
            ends.iter().max().expect("two"),
        );
        let lower = distances[0].clone().filter(|bound| bound > low);
        let upper = distances[1].clone().filter(|bound| bound < high);
        let mut grid = element.scale.abs();
        for bound in [&lower, &upper].into_iter().flatten() {
            grid = grid.gcd(bound);
        }
        let steps = |number: &Number| integer_ratio(number, &grid);
        let mut fine = self.scale_by(value, steps(&element.scale)?)?;
        if lower.is_some() || upper.is_some() {
            let reach = self.builder.range(fine);
            let min = lower.as_ref().map(&steps).transpose()?;
            let max = upper.as_ref().map(&steps).transpose()?;
            // A side without a bound cuts nothing off.
            let (min, max) = match (min, max) {
                (Some(min), Some(max)) => (min, max),
                (Some(min), None) => (min, reach.hi.max(min)),
                (None, Some(max)) => (reach.lo.min(max), max),
                (None, None) => (reach.lo, reach.hi),
            };
            fine = self.builder.clamp(fine, min, max, self.layer)?;
        }
        Ok(Element::scaled(fine, grid, element.offset.clone()))
    }

    /// The element as integer * scale with no offset and no bounds; the scale is positive.
    pub fn without_offset(&mut self, element: &Element) -> Result<Element> {
        let settled = self.settle(element)?;
        let Some(value) = settled.value else {
            return Ok(settled);
        };
        let grid = settled.scale.gcd(&settled.offset);
        let scaled = self.scale_by(value, integer_ratio(&settled.scale, &grid)?)?;
        let moved = self.add_constant(scaled, integer_ratio(&settled.offset, &grid)?)?;
        Ok(Element::scaled(moved, grid, Number::zero()))
    }

    /// The elements as integers of one grid: (grid, integers). Constants become constant
    /// nodes.
    pub fn common_grid(&mut self, elements: &[Element]) -> Result<(Number, Vec<ValueId>)> {
        let mut plain = Vec::with_capacity(elements.len());
        let mut grid = Number::zero();
        for element in elements {
            let element = self.without_offset(element)?;
            grid = match element.as_constant() {
                Some(constant) => grid.gcd(constant),
                None => grid.gcd(&element.scale),
            };
            plain.push(element);
        }
        if grid.is_zero() {
            grid = Number::one();
        }
        let mut values = Vec::with_capacity(plain.len());
        for element in plain {
            values.push(match element.value {
                None => self.constant(integer_ratio(&element.offset, &grid)?)?,
                Some(value) => self.scale_by(value, integer_ratio(&element.scale, &grid)?)?,
            });
        }
        Ok((grid, values))
    }
}

/// number / grid, which must be an integer of at most 126 bits.
pub fn integer_ratio(number: &Number, grid: &Number) -> Result<i128> {
    let ratio = number.checked_div(grid).and_then(|ratio| ratio.to_i128());
    ratio
        .filter(|ratio| ratio.unsigned_abs() < 1 << 126)
        .ok_or_else(|| {
            Diagnostic::new(format!(
                "the exact value {number} needs more than 126 bits on the grid {grid}"
            ))
            .help("quantise the values in front of this layer: scales so far apart have no common grid")
        })
}
