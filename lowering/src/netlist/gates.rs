//! The last step of a clamp: `(value | over) & ~under`, bit by bit.
//!
//! A LUT with two outputs has room for two bits of the value and three signals: the sign, and
//! two bits above the result or the one that says that some bit there is set.

use super::{Binary, Comparison, Instance, Module, Net};
use crate::primitives::Primitives;

/// How clamps are made.
pub struct Gates<'a> {
    pub primitives: Primitives,
    /// The value that is clamped.
    pub name: &'a str,
}

impl Gates<'_> {
    /// All ones where a bit of `over` is set; then zero where `under` is.
    pub fn emit(
        &self,
        module: &mut Module,
        value: Net,
        over: Option<Net>,
        under: Option<Net>,
    ) -> Net {
        let width = module.width(value);
        // One bit to a LUT has room for more signals, and needs no level before it.
        let signals = over.map_or(0, |over| module.width(over));
        let level_saved = signals > 2 && signals + 1 + u32::from(under.is_some()) <= 6;
        match self.primitives {
            Primitives::Amd { .. } if width > 1 && !level_saved => {
                self.cells(module, value, over, under)
            }
            _ => plain(module, value, over, under),
        }
    }

    fn cells(&self, module: &mut Module, value: Net, over: Option<Net>, under: Option<Net>) -> Net {
        let over = match over {
            None => module.constant(0, 2),
            Some(bits) if module.width(bits) == 2 => bits,
            Some(bits) => {
                let (any, zero) = (any(module, bits), module.constant(0, 1));
                module.concat(vec![zero, any])
            }
        };
        let under = under.unwrap_or_else(|| module.constant(0, 1));
        let width = module.width(value);
        let port = |name: &str, width: u32| (name.to_string(), width);
        let instance = Instance {
            name: module.names.fresh(&format!("{}_gates", self.name)),
            module: "kaon_clamp".to_string(),
            inputs: vec![value, over, under],
            input_ports: vec![port("value", width), port("over", 2), port("under", 1)],
            output_ports: vec![port("result", width)],
            clocked: false,
            parameters: vec![("WIDTH", width.to_string())],
        };
        module.instance(instance)[0]
    }
}

/// The same as gates that a synthesis may join with what is before them.
pub fn plain(module: &mut Module, value: Net, over: Option<Net>, under: Option<Net>) -> Net {
    let width = module.width(value);
    let value = match over {
        Some(over) => {
            let over = any(module, over);
            let over = module.replicate(over, width);
            module.binary(Binary::Or, over, value)
        }
        None => value,
    };
    match under {
        Some(under) => {
            let keep = module.not(under);
            let keep = module.replicate(keep, width);
            module.binary(Binary::And, keep, value)
        }
        None => value,
    }
}

/// 1 when some bit is set.
fn any(module: &mut Module, net: Net) -> Net {
    let zero = module.constant(0, module.width(net));
    module.compare(Comparison::NotEqual, net, zero)
}
