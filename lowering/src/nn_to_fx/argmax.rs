//! nn.argmax: a balanced tree of comparisons that carries positions along.

use dialects::fx::{Op, Predicate};
use dialects::nn::{ValueId, reduced_indices};
use dialects::{Diagnostic, Result};

use super::Lowering;
use super::element::Element;

impl Lowering<'_> {
    pub(super) fn argmax(
        &mut self,
        input: ValueId,
        axis: usize,
        select_last: bool,
        layer: &str,
    ) -> Result<Vec<Element>> {
        let groups = reduced_indices(self.shape(input), &[axis]);
        let elements = self.of(input).to_vec();
        let mut site = self.site(layer);
        let mut found = Vec::with_capacity(groups.len());
        for group in groups {
            let members = group
                .iter()
                .map(|&at| elements[at].clone())
                .collect::<Vec<_>>();
            let (_, values) = site.common_grid(&members)?;
            let mut rivals = Vec::with_capacity(values.len());
            for (position, value) in values.into_iter().enumerate() {
                rivals.push((value, site.constant(position as i128)?));
            }
            while rivals.len() > 1 {
                let mut next = Vec::with_capacity(rivals.len().div_ceil(2));
                for pair in rivals.chunks(2) {
                    let &[(a, at_a), (b, at_b)] = pair else {
                        next.push(pair[0]);
                        continue;
                    };
                    // The later one wins when it is larger, or equal if the last counts.
                    let predicate = match select_last {
                        true => Predicate::LessEqual,
                        false => Predicate::Less,
                    };
                    let condition = site.push(Op::Compare {
                        predicate,
                        lhs: a,
                        rhs: b,
                    })?;
                    let choose = |site: &mut super::Site, on_true, on_false| {
                        site.push(Op::Select {
                            condition,
                            on_true,
                            on_false,
                        })
                    };
                    next.push((choose(&mut site, b, a)?, choose(&mut site, at_b, at_a)?));
                }
                rivals = next;
            }
            let winner = rivals
                .first()
                .ok_or_else(|| Diagnostic::new("an argmax over nothing"))?;
            found.push(Element::integer(winner.1));
        }
        Ok(found)
    }
}
