//! Logic of single bits, gathered until it fills a LUT.

use std::sync::Arc;

use dialects::Result;
use dialects::fx::{Builder, LayerId, Op, Table, ValueId};

/// What one LUT decides.
pub const MOST_INPUTS: u32 = 6;

/// A function of a few bits, not built yet.
#[derive(Debug, Clone)]
pub struct Gate {
    inputs: Vec<ValueId>,
    /// The answer for each joint value of the inputs, the first one lowest.
    answers: Vec<bool>,
}

impl Gate {
    pub fn bit(bit: ValueId) -> Gate {
        Gate {
            inputs: vec![bit],
            answers: vec![false, true],
        }
    }

    /// A function of gates. Those of most inputs are built where all together have too many.
    pub fn join(
        builder: &mut Builder,
        layer: LayerId,
        of: &[&Gate],
        joined: impl Fn(&[bool]) -> bool,
    ) -> Result<Gate> {
        let mut of: Vec<Gate> = of.iter().copied().cloned().collect();
        let mut inputs = union(&of);
        while inputs.len() > MOST_INPUTS as usize {
            let widest = of.iter_mut().max_by_key(|gate| gate.inputs.len());
            let widest = widest.expect("a gate joins some");
            *widest = Gate::bit(widest.build(builder, layer)?);
            inputs = union(&of);
        }
        let answer = |index: usize| {
            let held = |gate: &Gate| {
                let bits = gate.inputs.iter().map(|input| {
                    let at = inputs.binary_search(input).expect("the union has all");
                    index >> at & 1
                });
                let own = bits
                    .enumerate()
                    .fold(0, |own, (place, bit)| own | bit << place);
                gate.answers[own]
            };
            joined(&of.iter().map(held).collect::<Vec<_>>())
        };
        let answers = (0..1 << inputs.len()).map(answer).collect();
        Ok(Gate { inputs, answers }.needed())
    }

    /// The same without inputs that decide nothing.
    fn needed(mut self) -> Gate {
        let mut at = 0;
        while at < self.inputs.len() {
            let place = 1usize << at;
            let pairs = (0..self.answers.len()).filter(|index| index & place == 0);
            if pairs
                .clone()
                .any(|low| self.answers[low] != self.answers[low | place])
            {
                at += 1;
                continue;
            }
            self.answers = pairs.map(|low| self.answers[low]).collect();
            self.inputs.remove(at);
        }
        self
    }

    /// The gate as a table of one bit; a bit, its complement or a constant as itself.
    pub fn build(&self, builder: &mut Builder, layer: LayerId) -> Result<ValueId> {
        match (&self.inputs[..], &self.answers[..]) {
            ([], [answer]) => return builder.constant(i128::from(*answer), layer),
            ([input], [false, true]) => return Ok(*input),
            ([input], _) => return builder.push(Op::Not { input: *input }, layer),
            _ => {}
        }
        let input = beside(builder, &self.inputs, layer)?;
        let values = self.answers.iter().map(|answer| i64::from(*answer));
        let table = Arc::new(Table {
            first: 0,
            values: values.collect(),
        });
        builder.push(Op::Lookup { input, table }, layer)
    }
}

fn union(of: &[Gate]) -> Vec<ValueId> {
    let mut inputs: Vec<ValueId> = of.iter().flat_map(|gate| gate.inputs.clone()).collect();
    inputs.sort_unstable();
    inputs.dedup();
    inputs
}

/// Bits as a number, the first one lowest: wires.
pub fn beside(builder: &mut Builder, bits: &[ValueId], layer: LayerId) -> Result<ValueId> {
    let mut sum = bits[0];
    for (place, bit) in (1..).zip(&bits[1..]) {
        let placed = builder.shl(*bit, place, layer)?;
        sum = builder.add(placed, sum, layer)?;
    }
    Ok(sum)
}
