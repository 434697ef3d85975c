//! The levels of kaon: `nn`, `flow` and `fx`, what each op means, and how errors look.

pub mod diagnostic;
pub mod flow;
pub mod fx;
mod guard;
pub mod ir;
mod irdl;
pub mod nn;
pub mod number;
pub mod rounding;

pub use diagnostic::{Diagnostic, Result};
pub use number::Number;
pub use rounding::{Overflow, Rounding};
