//! nn.reduce: sums and extremes over axes.

use dialects::nn::{Reduction, ValueId, reduced_indices};
use dialects::{Diagnostic, Number, Result};

use super::Lowering;
use super::element::Element;
use super::elementwise::extreme;
use super::step::sum;

impl Lowering<'_> {
    pub(super) fn reduce(
        &mut self,
        input: ValueId,
        kind: Reduction,
        axes: &[usize],
        layer: &str,
    ) -> Result<Vec<Element>> {
        let groups = reduced_indices(self.shape(input), axes);
        let elements = self.of(input).to_vec();
        let mut site = self.site(layer);
        let mut found = Vec::with_capacity(groups.len());
        for group in groups {
            let members = group
                .iter()
                .map(|&at| elements[at].clone())
                .collect::<Vec<_>>();
            found.push(match kind {
                Reduction::Sum => sum(&mut site, &members)?,
                Reduction::Mean => {
                    let share = Number::ratio(1, members.len());
                    let share = share.ok_or_else(|| Diagnostic::new("a mean over nothing"))?;
                    sum(&mut site, &members)?.affine(&share, &Number::zero())
                }
                Reduction::Max => extreme(&mut site, &members, true)?,
                Reduction::Min => extreme(&mut site, &members, false)?,
            });
        }
        Ok(found)
    }
}
