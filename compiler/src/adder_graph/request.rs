//! What the caller asks of the solver.

/// What an adder costs, in hundredths of a bit position where both operands vary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostModel {
    /// A position above those where only one operand varies: the carry passes it.
    pub passed_percent: u32,
}

impl Default for CostModel {
    fn default() -> Self {
        CostModel { passed_percent: 25 }
    }
}

impl CostModel {
    /// The cost of adding values that vary in the positions `low..top` of each.
    ///
    /// `None` when no position is common: the sum is wiring, and takes no level.
    /// Positions below the common ones are wires.
    pub fn adder(&self, lhs: (u32, u32), rhs: (u32, u32)) -> Option<u32> {
        let common = lhs.1.min(rhs.1).checked_sub(lhs.0.max(rhs.0))?;
        let passed = lhs.1.max(rhs.1) - lhs.1.min(rhs.1);
        (common > 0).then(|| 100 * common + self.passed_percent * passed)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// 0 is one pass of sharing, 1 the default search; each further one about ten times the work.
    pub effort: u32,
    /// Adder levels above the fewest that are possible; `None` for as many as help.
    pub extra_levels: Option<u32>,
    pub cost: CostModel,
}

impl Default for Request {
    fn default() -> Self {
        Request {
            effort: 1,
            extra_levels: Some(0),
            cost: CostModel::default(),
        }
    }
}
