//! Ports: where integers meet real numbers.

use super::IntType;
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
    /// Bits of the packed port.
    pub fn width(&self) -> u32 {
        self.elements.iter().map(|element| element.ty.width).sum()
    }
}
