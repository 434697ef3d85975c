//! The values of all named signals, cycle by cycle, in a file that waveform viewers read.
//!
//! The circuit is compiled once more so that every named value keeps a place, in one copy.
//! What a clock cycle shows is what stands between two rising edges: registers as the edge
//! left them, inputs, and the logic behind both.

mod sink;

use std::collections::HashMap;
use std::path::Path;

use dialects::{Diagnostic, Result};
use lowering::hw_to_llvm::{Options, Place, Signal, State};
use lowering::interface::Interface;

use super::Simulator;
use crate::failure::reason;
use crate::output;
use sink::{Sink, Var};

pub use sink::Format;

/// Clock cycles under reset before the first sample, and after the last answer.
const RESET: usize = 2;
const AFTER: usize = 2;

/// Runs all samples, one a clock or token by token at the circuit's pace, and writes the file.
///
/// Errors: see [`Simulator::build`]; a file that cannot be written or whose name says no
/// format.
pub fn trace(
    hw: &str,
    interface: &Interface,
    samples: &[i128],
    period_ps: u32,
    file: &Path,
) -> Result<()> {
    let format = Format::of(file)?;
    let options = Options {
        lanes: 1,
        named: true,
    };
    let simulator = Simulator::with(hw, interface, options)?;
    let written = output::replace_by_name(file, |aside| {
        let mut tracer = Tracer::new(&simulator, format, aside)?;
        tracer.run(samples, u64::from(period_ps))?;
        tracer.sink.finish()
    });
    written.map_err(|error| {
        Diagnostic::new(format!("the trace cannot be written: {}", reason(&error)))
            .in_file(file.display().to_string())
    })
}

struct Tracer<'a> {
    simulator: &'a Simulator,
    state: State,
    sink: Sink,
    clock: Option<Var>,
    /// Values to look at, and what was written of them last.
    watched: Vec<(Place, u32, Var, String)>,
}

impl<'a> Tracer<'a> {
    fn new(simulator: &'a Simulator, format: Format, file: &Path) -> std::io::Result<Self> {
        let mut tracer = Tracer {
            state: simulator.start(0),
            simulator,
            sink: Sink::create(format, file)?,
            clock: None,
            watched: Vec::new(),
        };
        let mut known = HashMap::new();
        tracer.scope(0, &mut known)?;
        tracer.sink.begin()?;
        Ok(tracer)
    }

    /// Declares an instance, its signals and the instances in it.
    fn scope(&mut self, at: usize, known: &mut HashMap<usize, Var>) -> std::io::Result<()> {
        let program = &self.simulator.program;
        self.sink.open(&program.scopes[at].name)?;
        if at == 0 && !self.simulator.interface.is_combinational() {
            self.clock = Some(self.sink.declare("clk", 1, None)?);
        }
        let mut names = std::collections::HashSet::new();
        for signal in program.signals.iter().filter(|signal| signal.scope == at) {
            if names.insert(&signal.name) {
                self.declare(signal, known)?;
            }
        }
        for inner in 0..program.scopes.len() {
            if program.scopes[inner].parent == Some(at) {
                self.scope(inner, known)?;
            }
        }
        self.sink.close()
    }

    /// Names of one value are one variable.
    fn declare(&mut self, signal: &Signal, known: &mut HashMap<usize, Var>) -> std::io::Result<()> {
        let slot = match signal.at {
            Place::Slot(slot) => Some(slot.offset),
            Place::Constant(_) => None,
        };
        let same = slot.and_then(|slot| known.get(&slot).copied());
        let var = self.sink.declare(&signal.name, signal.width, same)?;
        if same.is_none() {
            self.watched
                .push((signal.at, signal.width, var, String::new()));
            known.extend(slot.map(|slot| (slot, var)));
        }
        Ok(())
    }

    fn run(&mut self, samples: &[i128], period: u64) -> std::io::Result<()> {
        let simulator = self.simulator;
        let width = simulator.interface.input_count();
        let rows: Vec<&[i128]> = samples.chunks(width.max(1)).collect();
        let clocked = !simulator.interface.is_combinational();
        let pace = &simulator.interface.pace;
        let last = pace.leaves.last().copied().unwrap_or(0) as usize;
        let (before, after) = match clocked {
            true => (RESET, simulator.interface.latency as usize + last + AFTER),
            false => (0, 0),
        };
        let comes = |row: usize| {
            let (sample, token) = (row / pace.tokens, row % pace.tokens);
            before + sample * pace.interval as usize + token * pace.spacing as usize
        };
        let end = rows
            .len()
            .checked_sub(1)
            .map_or(before, |row| comes(row) + 1);
        let cycles = end + after;
        let mut next = 0;
        for cycle in 0..cycles {
            let enters = next < rows.len() && comes(next) == cycle;
            if enters || cycle == 0 {
                if let Some(row) = rows.get(next) {
                    simulator.pins.drive(&mut self.state, 0, row, false);
                }
                next += usize::from(enters);
            }
            simulator.control(&mut self.state, 0, cycle < before, enters);
            simulator.program.settle(&mut self.state);
            self.sink.time(cycle as u64 * period)?;
            self.tick('1')?;
            for (place, width, var, last) in &mut self.watched {
                let bits = bits(&self.state, *place, *width);
                if bits != *last {
                    self.sink.change(*var, &bits)?;
                    *last = bits;
                }
            }
            self.sink.time(cycle as u64 * period + period / 2)?;
            self.tick('0')?;
            simulator.program.edge(&mut self.state);
        }
        self.sink.time(cycles as u64 * period)
    }

    fn tick(&mut self, level: char) -> std::io::Result<()> {
        match self.clock {
            Some(clock) => self.sink.change(clock, &level.to_string()),
            None => Ok(()),
        }
    }
}

/// The bits of a value, the highest first.
fn bits(state: &State, place: Place, width: u32) -> String {
    let bit = |at: u32| match place {
        Place::Slot(slot) => state.bit(slot, 0, at),
        Place::Constant(value) => at < 128 && value >> at & 1 == 1,
    };
    (0..width)
        .rev()
        .map(|at| if bit(at) { '1' } else { '0' })
        .collect()
}
