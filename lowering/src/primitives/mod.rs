//! What adders and clamps are made of in the hardware text.
//!
//! Plain `+` leaves the adders to a synthesis, which may join several into one tree of
//! compressors and lose what the sums were arranged for. Two forms keep each adder apart: a
//! small module of its own, or, on AMD's fabrics, its LUTs and carry cells by name. The cells
//! stand in a library of ours, [`Primitives::library`]; for simulators without the vendor's
//! library there are models of them, [`CELL_MODELS`].

/// The carry chain of a fabric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CarryCell {
    /// Four bits: AMD 7 series.
    Carry4,
    /// Eight bits: AMD UltraScale and UltraScale+.
    Carry8,
}

impl CarryCell {
    pub fn bits(self) -> u32 {
        match self {
            CarryCell::Carry4 => 4,
            CarryCell::Carry8 => 8,
        }
    }
}

/// The form of every adder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Primitives {
    /// `+` and `-`.
    #[default]
    None,
    /// A module for each kind of adder, which a synthesis is told to keep.
    Modules,
    /// LUTs and carry cells of AMD's; the rates choose between forms, and are those of the
    /// target.
    Amd {
        cell: CarryCell,
        passed: u32,
        routed: u32,
    },
}

/// The modules of AMD's cells that the library is built from, for simulation.
pub const CELL_MODELS: &str = include_str!("amd_cells.sv");

/// The names of modules that [`Primitives::library`] and [`CELL_MODELS`] define.
pub const LIBRARY_MODULES: [&str; 11] = [
    "kaon_add",
    "kaon_add3",
    "kaon_clamp",
    "kaon_lut",
    "kaon_place",
    "kaon_chain",
    "LUT2",
    "LUT6",
    "LUT6_2",
    "CARRY4",
    "CARRY8",
];

impl Primitives {
    /// The SystemVerilog that the hardware text needs beside it, for synthesis as well.
    pub fn library(self) -> Option<&'static str> {
        match self {
            Primitives::Amd { .. } => Some(include_str!("kaon_amd.sv")),
            Primitives::None | Primitives::Modules => None,
        }
    }

    /// What a simulator needs besides the library.
    pub fn cell_models(self) -> Option<&'static str> {
        self.library().map(|_| CELL_MODELS)
    }
}
