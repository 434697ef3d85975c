//! Passes: each rewrites one level and keeps it.
//!
//! A pass is a file here and a line in [`PASSES`]. What it is for, what it needs and what
//! it never does stand in the first lines of its file; `--explain` prints them.

mod fx_balance_adders;
mod fx_check_size;
mod fx_choose_offsets;
mod fx_drop_dead;
mod fx_drop_unused_bits;
mod fx_encode_selects;
mod fx_expand_rounding;
mod fx_merge_rows;
mod fx_narrow_widths;
mod fx_reduce_strength;
mod fx_rewrite;
mod fx_schedule;
mod fx_share_comparisons;
mod fx_share_sums;
mod fx_tabulate;
mod nn_assign_precision;
mod nn_check_size;
mod nn_choose_scores;
mod nn_drop_dead;
mod nn_expand_softmax;
mod nn_fold_batchnorm;
mod nn_fold_constants;
mod nn_merge_trees;
mod nn_prune_trees;

pub use nn_check_size::{check_size, operations};

use dialects::{Result, fx, nn};

use crate::context::PassContext;

/// Whether a pass changed its module. The runner compares and refuses a lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    Yes,
    No,
}

impl From<bool> for Changed {
    fn from(changed: bool) -> Self {
        match changed {
            true => Changed::Yes,
            false => Changed::No,
        }
    }
}

/// The level a pass works on, and how it is called.
#[derive(Clone, Copy)]
pub enum Run {
    Nn(fn(&mut nn::Graph, &PassContext) -> Result<Changed>),
    Fx(fn(&mut fx::Graph, &PassContext) -> Result<Changed>),
}

/// One row of the table of passes.
pub struct Pass {
    /// `<level>-<verb>-<object>`, the name of the file with dashes.
    pub name: &'static str,
    pub summary: &'static str,
    /// The text of the pass's own file, whose first lines explain it.
    pub source: &'static str,
    pub run: Run,
}

impl Pass {
    /// The explanation at the head of the pass's file.
    pub fn explanation(&self) -> String {
        let lines = self
            .source
            .lines()
            .map_while(|line| line.strip_prefix("//!"));
        let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line));
        lines.collect::<Vec<_>>().join("\n")
    }

    pub fn level(&self) -> &'static str {
        match self.run {
            Run::Nn(_) => "nn",
            Run::Fx(_) => "fx",
        }
    }
}

/// Every pass, in the order of the documents.
pub static PASSES: &[&Pass] = &[
    &nn_fold_constants::PASS,
    &nn_fold_batchnorm::PASS,
    &nn_merge_trees::PASS,
    &nn_choose_scores::PASS,
    &nn_assign_precision::PASS,
    &nn_expand_softmax::PASS,
    &nn_prune_trees::PASS,
    &nn_drop_dead::PASS,
    &nn_check_size::PASS,
    &fx_rewrite::PASS,
    &fx_check_size::PASS,
    &fx_reduce_strength::PASS,
    &fx_drop_unused_bits::PASS,
    &fx_expand_rounding::PASS,
    &fx_share_sums::PASS,
    &fx_share_comparisons::PASS,
    &fx_encode_selects::PASS,
    &fx_tabulate::PASS,
    &fx_balance_adders::PASS,
    &fx_narrow_widths::PASS,
    &fx_drop_dead::PASS,
    &fx_schedule::PASS,
    &fx_merge_rows::PASS,
    &fx_choose_offsets::PASS,
];

/// The pass of that name.
pub fn find(name: &str) -> Option<&'static Pass> {
    PASSES.iter().copied().find(|pass| pass.name == name)
}
