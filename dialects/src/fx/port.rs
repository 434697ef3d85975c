//! Ports: where integers meet real numbers.

use super::IntType;
use crate::number::Number;

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
}

impl Port {
    /// Bits of the packed port.
    pub fn width(&self) -> u32 {
        self.elements.iter().map(|element| element.ty.width).sum()
    }
}
