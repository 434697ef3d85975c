//! The levels that `--emit` names.

use std::str::FromStr;

/// A level or form that a compilation can leave in its folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Emit {
    Nn,
    Fx,
    Hw,
    Verilog,
    Firrtl,
    Object,
    Axis,
}

impl Emit {
    pub const ALL: [Emit; 7] = [
        Emit::Nn,
        Emit::Fx,
        Emit::Hw,
        Emit::Verilog,
        Emit::Firrtl,
        Emit::Object,
        Emit::Axis,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Emit::Nn => "nn",
            Emit::Fx => "fx",
            Emit::Hw => "hw",
            Emit::Verilog => "verilog",
            Emit::Firrtl => "firrtl",
            Emit::Object => "object",
            Emit::Axis => "axis",
        }
    }
}

impl FromStr for Emit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Emit::ALL.into_iter().find(|emit| emit.name() == text);
        found.ok_or_else(|| {
            let names = Emit::ALL.map(Emit::name).join(", ");
            format!("`{text}` is no level; the levels are {names}")
        })
    }
}
