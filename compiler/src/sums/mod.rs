//! Linear regions of `fx`: found as integer matrices, built again as shared sums.
//!
//! [`region`] reads every maximal tree of additions, subtractions, shifts and products by
//! constants as rows of a matrix over the values that are no sums. [`build`] writes the
//! adder graphs of `adder_graph` back as `fx.sum`. [`check`] compares the two as linear
//! algebra.

mod build;
mod check;
mod constants;
mod plan;
mod region;

pub use build::Rebuild;
pub use check::same_sums;
pub use region::{Region, Regions, Root, is_apart, regions};
