//! An integer as bits: low zeros are not stored, the sign is known here and nowhere below.

use dialects::fx::IntType;

use super::{Module, Net};

/// The bits of a value of type `ty`: `net`, then `zeros` zeros below it.
#[derive(Debug, Clone, Copy)]
pub struct Operand {
    pub net: Net,
    pub zeros: u32,
    pub ty: IntType,
}

impl Operand {
    /// All bits of a value.
    pub fn whole(net: Net, ty: IntType) -> Self {
        Operand { net, zeros: 0, ty }
    }

    /// Bits `low` to `low + width` of the value, extended without end by its sign.
    pub fn slice(self, module: &mut Module, low: u32, width: u32) -> Net {
        let stored = module.width(self.net);
        let zeros = self.zeros.saturating_sub(low).min(width);
        let from = (low + zeros).saturating_sub(self.zeros).min(stored);
        let kept = (width - zeros).min(stored - from);
        let beyond = width - zeros - kept;
        let mut parts = Vec::with_capacity(3);
        if beyond > 0 {
            parts.push(match self.ty.signed {
                true => {
                    let sign = module.extract(self.net, stored - 1, 1);
                    module.replicate(sign, beyond)
                }
                false => module.constant(0, beyond),
            });
        }
        if kept > 0 {
            parts.push(module.extract(self.net, from, kept));
        }
        if zeros > 0 {
            parts.push(module.constant(0, zeros));
        }
        module.concat(parts)
    }

    /// The value in exactly `width` bits: extended by its sign, or cut.
    pub fn resize(self, module: &mut Module, width: u32) -> Net {
        self.slice(module, 0, width)
    }

    /// 1 when the value is negative.
    pub fn sign(self, module: &mut Module) -> Net {
        match self.ty.signed {
            true => module.extract(self.net, module.width(self.net) - 1, 1),
            false => module.constant(0, 1),
        }
    }
}
