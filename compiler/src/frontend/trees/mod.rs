//! What the readers of tree models share: nodes in any order become trees of `nn`.

mod grow;
mod link;

pub use grow::{RawNode, RawSplit, grow};
pub use link::{Factor, Link, LinkKind, forest};

/// The most nodes of a model, leaves included.
pub const MOST_NODES: usize = 4_000_000;
