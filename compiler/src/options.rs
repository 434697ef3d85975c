//! What a user asked for: the choices of a compilation, however they were given.

/// Choices that passes and lowerings read. `Default` is what a bare `kaon compile` does.
#[derive(Debug, Clone)]
pub struct Options {
    /// The clock period the schedule has to meet, in picoseconds.
    pub clock_ps: u32,
    /// Exactly this many pipeline stages instead of as many as the clock needs;
    /// 0 asks for a combinational circuit.
    pub stages: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            clock_ps: 5000,
            stages: None,
        }
    }
}
