//! Device families: cost and delay of each op by width, and what a device holds.
//!
//! Tables only: extraction, schedule and report read them, nothing here decides.

use dialects::fx::{IntType, Op};

/// One device family with a speed grade.
#[derive(Debug, Clone)]
pub struct Target {
    pub name: &'static str,
}

/// What one op takes on a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    pub lut: u32,
    pub ff: u32,
    pub dsp: u32,
    pub bram: u32,
    /// From the last operand's arrival to the result, routing to the op included.
    pub delay_ps: u32,
}

/// An operand as far as costs depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operand {
    pub ty: IntType,
    pub constant: Option<i128>,
}

impl Target {
    /// What `op` with a result of type `ty` takes on this target.
    pub fn cost(&self, op: &Op, ty: IntType, operands: &[Operand]) -> Cost {
        let _ = (op, operands);
        Cost {
            lut: ty.width,
            ..Cost::default()
        }
    }
}
