//! Shapes: small expressions over rows and parameters, equal for many values of a graph.
//!
//! All values of one shape are computed by one generated loop that takes rows and
//! parameters from a table, so the code to compile grows with the number of shapes and
//! not with the size of the graph.

use dialects::fx::{Predicate, ValueId};

use super::dataflow::Storage;

/// An index into the nodes of a shape.
pub type At = u16;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Binary {
    Add,
    Sub,
    Mul,
    And,
    Or,
    Xor,
    /// Left shift by the right side, which is smaller than the width.
    Shl,
    /// Arithmetic right shift by the right side, which is smaller than the width.
    Shr,
    Min,
    Max,
}

/// Lanes of 32 bits seen as four bytes or two words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Parts {
    Bytes,
    Words,
}

impl Parts {
    pub fn bits(self) -> u32 {
        match self {
            Parts::Bytes => 8,
            Parts::Words => 16,
        }
    }

    pub fn count(self) -> usize {
        (Storage::W32.bits() / self.bits()) as usize
    }

    /// One lane that holds some numbers, lowest first, modulo 2^bits each.
    pub fn lane(self, numbers: impl Iterator<Item = i128>) -> i128 {
        let mask = (1i128 << self.bits()) - 1;
        let place = |(at, number): (usize, i128)| (number & mask) << (at as u32 * self.bits());
        let lane: i128 = numbers.enumerate().map(place).sum();
        i128::from(lane as u32 as i32)
    }
}

/// What is done to every part of a lane by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PartOp {
    /// Modulo 2^bits of the part.
    Sub,
    Min {
        signed: bool,
    },
    Max {
        signed: bool,
    },
}

/// One step of a shape; arithmetic is modulo 2^bits of its storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Micro {
    /// The next row of the instance.
    Leaf(Storage),
    /// The next parameter of the instance, in all lanes.
    Param(Storage),
    /// Sign extension or truncation.
    Cast(Storage, At),
    Binary(Binary, Storage, At, At),
    /// 1 or 0 in 32 bits; the operands have the given storage.
    Compare(Predicate, Storage, At, At),
    /// The second where the first, in 32 bits, is not zero, else the third.
    Select(Storage, At, At, At),
    /// Part by part; the operands have 32 bits.
    Parts(PartOp, Parts, At, At),
    /// Four lanes of 32 bits in one, lowest first, each clamped to 0..255.
    Bytes([At; 4]),
}

impl Micro {
    /// How the result is held.
    pub fn storage(self) -> Storage {
        match self {
            Micro::Leaf(storage)
            | Micro::Param(storage)
            | Micro::Cast(storage, _)
            | Micro::Binary(_, storage, ..)
            | Micro::Select(storage, ..) => storage,
            Micro::Compare(..) | Micro::Parts(..) | Micro::Bytes(_) => Storage::W32,
        }
    }

    /// The storage it computes in.
    pub fn works_in(self) -> Storage {
        match self {
            Micro::Compare(_, storage, ..) => storage,
            _ => self.storage(),
        }
    }
}

/// The steps in order; the last is the result.
pub type Shape = Vec<Micro>;

/// What a leaf of an instance reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Leaf {
    /// The row of a value.
    Value(ValueId),
    /// So many groups of four bytes into the caller's inputs of a sample.
    Raw(usize),
}

/// A shape with what its leaves read and the numbers its parameters are.
pub struct Instance {
    pub shape: Shape,
    pub leaves: Vec<Leaf>,
    pub params: Vec<(Storage, i128)>,
}
