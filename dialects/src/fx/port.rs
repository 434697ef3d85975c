//! Ports: where integers meet real numbers.

use super::{IntType, Range};
use crate::number::Number;
use crate::rounding::{Overflow, Rounding};

/// One scalar of a port: the real value is `integer * scale + offset`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortElement {
    pub ty: IntType,
    pub scale: Number,
    pub offset: Number,
}

/// A tensor at the border of a function, element 0 first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    pub name: String,
    /// Without the batch dimension; the product is `elements.len()`.
    pub shape: Vec<usize>,
    pub elements: Vec<PortElement>,
    /// How software turns a real number into the port's integer; the circuit sees integers.
    pub conversion: Conversion,
}

/// The quantiser that stands in front of an input port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conversion {
    pub rounding: Rounding,
    pub overflow: Overflow,
    /// Leaves out the most negative integer (signed) or the largest one (unsigned).
    pub narrow: bool,
    /// The integer is the pattern of the float32 nearest to the number, NaN included.
    pub float32: bool,
}

impl Default for Conversion {
    fn default() -> Self {
        Conversion {
            rounding: Rounding::HalfEven,
            overflow: Overflow::Saturate,
            narrow: false,
            float32: false,
        }
    }
}

impl Port {
    /// The integers that the conversion of a real number gives for an element: a narrow or
    /// symmetric one leaves an end of the type out.
    pub fn reached(&self, element: &PortElement) -> Range {
        let Range { mut lo, mut hi } = element.ty.range();
        let Conversion {
            overflow, narrow, ..
        } = self.conversion;
        match element.ty.signed {
            true if narrow || overflow == Overflow::SaturateSymmetric => lo += 1,
            false if narrow => hi -= 1,
            _ => {}
        }
        Range::new(lo, hi)
    }

    /// Bits of the packed port.
    pub fn width(&self) -> u32 {
        self.elements.iter().map(|element| element.ty.width).sum()
    }
}
