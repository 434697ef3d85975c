//! nn.float_key of an input: the port carries patterns of float32, and the key is made of one.
//!
//! key = 2^31 - 1 where the magnitude m, the lower 31 bits, is that of a NaN; else -1 - m where
//! the sign is set, else m.

use dialects::fx::{IntType, Op as FxOp, Predicate};
use dialects::nn::{NAN_KEY, Op, ValueId};
use dialects::{Diagnostic, Result};

use super::Lowering;
use super::element::Element;

/// The magnitude of an infinity.
const INFINITY: i128 = 0x7f80_0000;

impl Lowering<'_> {
    pub(super) fn float_key(&mut self, input: ValueId, layer: &str) -> Result<Vec<Element>> {
        if !matches!(self.graph.node(input).op, Op::Input { .. }) {
            return Err(
                Diagnostic::new("nn.float_key has no hardware lowering here")
                    .note("it makes a key of a float32 at an input, not of a computed number"),
            );
        }
        let elements = self.of(input).to_vec();
        let mut site = self.site(layer);
        let mut keys = Vec::with_capacity(elements.len());
        for element in elements {
            let pattern = element.value.expect("an input is no constant");
            let layer = site.layer;
            let magnitude = site.builder.wrap(pattern, IntType::unsigned(31), layer)?;
            let compare = |predicate, lhs, rhs| FxOp::Compare {
                predicate,
                lhs,
                rhs,
            };
            let select = |condition, on_true, on_false| FxOp::Select {
                condition,
                on_true,
                on_false,
            };
            let largest = site.constant(i128::from(i32::MAX))?;
            let negative = site.push(compare(Predicate::Less, largest, pattern))?;
            let infinity = site.constant(INFINITY)?;
            let nan = site.push(compare(Predicate::Less, infinity, magnitude))?;
            let minus_one = site.constant(-1)?;
            let below = site.push(FxOp::Sub {
                lhs: minus_one,
                rhs: magnitude,
            })?;
            let signed = site.push(select(negative, below, magnitude))?;
            let key = site.constant(i128::from(NAN_KEY))?;
            keys.push(Element::integer(site.push(select(nan, key, signed))?));
        }
        Ok(keys)
    }
}
