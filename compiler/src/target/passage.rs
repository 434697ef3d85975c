//! When the low bits and the high bits of a value are there, and how an op passes that on.

/// Picoseconds from the stage's begin to the low bits of a value, and to all its bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Arrival {
    pub low: u32,
    pub high: u32,
}

/// How much later a result is there than one operand; `None` where it does not wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Passage {
    pub low_low: Option<u32>,
    pub low_high: Option<u32>,
    pub high_low: Option<u32>,
    pub high_high: Option<u32>,
}

impl Arrival {
    #[must_use]
    pub fn later(self, other: Arrival) -> Arrival {
        Arrival {
            low: self.low.max(other.low),
            high: self.high.max(other.high),
        }
    }

    /// The longest way when each of two bits has so far to go.
    pub fn with(self, rest: Arrival) -> u32 {
        (self.low.saturating_add(rest.low)).max(self.high.saturating_add(rest.high))
    }
}

/// A way and what comes before or after it.
fn along(way: Option<u32>, other: u32) -> u32 {
    way.map_or(0, |way| way.saturating_add(other))
}

impl Passage {
    /// Every bit waits for every bit.
    pub fn flat(delay: u32) -> Self {
        Passage {
            high_low: Some(delay),
            high_high: Some(delay),
            ..Passage::default()
        }
    }

    pub(super) fn wire() -> Self {
        Passage {
            low_low: Some(0),
            high_high: Some(0),
            ..Passage::default()
        }
    }

    /// When the result is there, if the operand is there at `from`.
    pub fn after(&self, from: Arrival) -> Arrival {
        Arrival {
            low: along(self.low_low, from.low).max(along(self.high_low, from.high)),
            high: along(self.low_high, from.low).max(along(self.high_high, from.high)),
        }
    }

    /// How far the operand's bits have to go, if the result's have `rest`.
    pub fn before(&self, rest: Arrival) -> Arrival {
        Arrival {
            low: along(self.low_low, rest.low).max(along(self.low_high, rest.high)),
            high: along(self.high_low, rest.low).max(along(self.high_high, rest.high)),
        }
    }

    /// The slower of both in each way.
    #[must_use]
    pub fn later(self, other: Passage) -> Passage {
        Passage {
            low_low: self.low_low.max(other.low_low),
            low_high: self.low_high.max(other.low_high),
            high_low: self.high_low.max(other.high_low),
            high_high: self.high_high.max(other.high_high),
        }
    }

    pub(super) fn map(self, change: impl Fn(bool, u32) -> u32) -> Passage {
        Passage {
            low_low: self.low_low.map(|way| change(false, way)),
            low_high: self.low_high.map(|way| change(false, way)),
            high_low: self.high_low.map(|way| change(true, way)),
            high_high: self.high_high.map(|way| change(true, way)),
        }
    }
}
