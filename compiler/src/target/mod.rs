//! Device families: cost and delay of each op by width, and what a device holds.
//!
//! Tables only: extraction, schedule and report read them, nothing here decides.

/// One device family with a speed grade.
#[derive(Debug, Clone)]
pub struct Target {
    pub name: &'static str,
}
