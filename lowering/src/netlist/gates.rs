//! LUTs by name: the last step of a clamp, `(value | over) & ~under` bit by bit, and tables of
//! one bit. `saturate` builds on the tables.
//!
//! A LUT with two outputs has room for two bits of the value and three signals: the sign, and
//! two bits above the result or the one that says that some bit there is set.

use super::{Binary, Comparison, Instance, Module, Net};
use crate::primitives::Primitives;

/// How clamps and tables of one bit are made.
pub struct Gates<'a> {
    pub primitives: Primitives,
    /// The value that is made.
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

    /// Whether the fabric has LUTs by name.
    pub fn named(&self) -> bool {
        matches!(self.primitives, Primitives::Amd { .. })
    }

    /// A table as the LUTs that it is, one a bit: a synthesis that maps for depth would make wide functions of its own
    /// from several. `None` where the fabric has no LUT by name, or the table
    /// has not two to six inputs.
    pub fn table(
        &self,
        module: &mut Module,
        index: Net,
        entries: &[u128],
        width: u32,
    ) -> Option<Net> {
        if !self.named() || !(2..=6).contains(&module.width(index)) {
            return None;
        }
        let mut known: Vec<(Vec<u128>, Net)> = Vec::new();
        for bit in (0..width).rev() {
            let column: Vec<u128> = entries.iter().map(|entry| entry >> bit & 1).collect();
            let net = match known.iter().find(|(other, _)| *other == column) {
                Some((_, net)) => *net,
                None => self.bit(module, index, &column),
            };
            known.push((column, net));
        }
        Some(module.concat(known.into_iter().map(|(_, net)| net).collect()))
    }

    /// A column of a table: a constant, an input bit as it is, or a LUT.
    fn bit(&self, module: &mut Module, index: Net, column: &[u128]) -> Net {
        let places = (0..module.width(index)).filter(|place| decides(column, *place));
        let places: Vec<u32> = places.collect();
        match places[..] {
            [] => module.constant(column[0] as i128, 1),
            [place] => {
                let bit = module.extract(index, place, 1);
                match column[0] {
                    0 => bit,
                    _ => module.not(bit),
                }
            }
            _ => self.lut(module, index, column),
        }
    }

    /// A table of one bit with two to six inputs.
    pub fn lut(&self, module: &mut Module, index: Net, entries: &[u128]) -> Net {
        let inputs = module.width(index);
        let init = (0..64).filter(|at| entries[at % entries.len()] & 1 == 1);
        let init = init.fold(0u64, |init, at| init | 1 << at);
        let index = match inputs {
            6 => index,
            _ => {
                let unused = module.constant(0, 6 - inputs);
                module.concat(vec![unused, index])
            }
        };
        let instance = Instance {
            name: module.names.fresh(&format!("{}_lut", self.name)),
            module: "kaon_lut".to_string(),
            inputs: vec![index],
            input_ports: vec![("index".to_string(), 6)],
            output_ports: vec![("result".to_string(), 1)],
            clocked: false,
            parameters: vec![("INIT", format!("64'h{init:x}"))],
        };
        module.instance(instance)[0]
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

/// Whether a table of one bit depends on an index bit.
fn decides(entries: &[u128], place: u32) -> bool {
    let place = 1usize << place;
    let mut low = (0..entries.len()).filter(|at| at & place == 0);
    low.any(|at| (entries[at] ^ entries[at | place]) & 1 == 1)
}
