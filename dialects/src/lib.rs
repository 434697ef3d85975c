//! The levels of kaon: `nn` and `fx`, what each op means, and how errors look.

pub mod diagnostic;
pub use diagnostic::{Diagnostic, Result};
