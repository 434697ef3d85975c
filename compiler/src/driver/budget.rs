//! The fastest placement that fits a budget.
//!
//! Placements are tried in the order of the time that a sample takes: wholly parallel; as a
//! stream; in steps, twice as many each time. The first that fits is the answer, and every one
//! that was tried is in the table.

use std::fmt;
use std::str::FromStr;

use dialects::Diagnostic;
use lowering::nn_to_flow::Placement;
use serde::Serialize;

use super::{Compilation, Request, report_of, stream_report};
use crate::failure::Failure;
use crate::report::{Resources, align};
use crate::target::Target;

/// Doublings of the steps that are tried.
const DOUBLINGS: u32 = 12;

/// The most of each resource that a circuit may take.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Budget {
    pub lut: Option<Share>,
    pub ff: Option<Share>,
    pub dsp: Option<Share>,
    pub bram: Option<Share>,
}

/// So many, or so much of what the target's device holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Share {
    Count(u64),
    Percent(f64),
}

impl FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Budget, String> {
        let mut budget = Budget::default();
        for part in text.split(',') {
            let wrong = || format!("`{part}` is not NAME=COUNT or NAME=PERCENT%");
            let (name, value) = part.split_once('=').ok_or_else(wrong)?;
            let share = match value.trim().strip_suffix('%') {
                Some(percent) => {
                    let percent: f64 = percent.parse().map_err(|_| wrong())?;
                    if !(0.0..=100.0).contains(&percent) {
                        return Err(format!("`{part}` is not between 0 % and 100 %"));
                    }
                    Share::Percent(percent)
                }
                None => Share::Count(value.trim().parse().map_err(|_| wrong())?),
            };
            let place = match name.trim() {
                "lut" => &mut budget.lut,
                "ff" => &mut budget.ff,
                "dsp" => &mut budget.dsp,
                "bram" => &mut budget.bram,
                other => {
                    return Err(format!(
                        "there is no resource `{other}`: lut, ff, dsp and bram are"
                    ));
                }
            };
            *place = Some(share);
        }
        Ok(budget)
    }
}

impl Budget {
    /// The most of each resource on a target, in the order LUT, FF, DSP, BRAM.
    ///
    /// Errors: a share of a device that is not known.
    fn limits(&self, target: &Target) -> Result<[Option<u64>; 4], Diagnostic> {
        let capacity = target.device.capacity;
        let of = |share: Option<Share>, held: Option<u32>| match (share, held) {
            (None, _) => Ok(None),
            (Some(Share::Count(count)), _) => Ok(Some(count)),
            (Some(Share::Percent(percent)), Some(held)) => {
                Ok(Some((f64::from(held) * percent / 100.0) as u64))
            }
            (Some(Share::Percent(_)), None) => Err(Diagnostic::new(format!(
                "the target {} has no number of resources to take a share of",
                target.name
            ))
            .help("name a device with --target, or give the budget as counts")),
        };
        Ok([
            of(self.lut, capacity.map(|held| held.lut))?,
            of(self.ff, capacity.map(|held| held.ff))?,
            of(self.dsp, capacity.map(|held| held.dsp))?,
            of(self.bram, capacity.map(|held| held.bram))?,
        ])
    }
}

/// A placement that was tried.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Considered {
    /// The flags that ask for it.
    pub placement: String,
    pub latency_clocks: u32,
    pub interval_clocks: u32,
    pub lut: u64,
    pub ff: u64,
    pub dsp: u64,
    pub bram: u64,
    pub fits: bool,
}

impl Considered {
    fn of(
        placement: String,
        compilation: &Compilation,
        limits: &[Option<u64>; 4],
    ) -> Result<Considered, Failure> {
        let (latency, interval, total): (u32, u32, Resources) =
            match (stream_report(compilation)?, report_of(compilation)?) {
                (Some(report), _) => (report.latency_clocks, report.interval_clocks, report.total),
                (None, Some(report)) => (
                    report.timing.latency_clocks,
                    report.timing.interval_clocks,
                    report.total,
                ),
                (None, None) => {
                    return Err(Failure::usage(
                        "a budget needs a whole compilation: --stop-after and --limit end it early",
                    ));
                }
            };
        let used = [total.lut, total.ff, total.dsp, total.bram];
        let within = |(used, most): (&u64, &Option<u64>)| most.is_none_or(|most| *used <= most);
        Ok(Considered {
            placement,
            latency_clocks: latency,
            interval_clocks: interval,
            lut: total.lut,
            ff: total.ff,
            dsp: total.dsp,
            bram: total.bram,
            fits: used.iter().zip(limits).all(within),
        })
    }
}

/// The table of what was tried.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub struct Tradeoff(pub Vec<Considered>);

impl fmt::Display for Tradeoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = [
            "placement",
            "latency",
            "interval",
            "LUT",
            "FF",
            "DSP",
            "BRAM",
            "",
        ];
        let mut rows = vec![head.map(str::to_string).to_vec()];
        for of in &self.0 {
            rows.push(vec![
                of.placement.clone(),
                of.latency_clocks.to_string(),
                of.interval_clocks.to_string(),
                of.lut.to_string(),
                of.ff.to_string(),
                of.dsp.to_string(),
                of.bram.to_string(),
                if of.fits { "fits" } else { "too large" }.to_string(),
            ]);
        }
        f.write_str(&align(&rows))
    }
}

/// The placements in the order of the time that a sample takes.
struct Ladder {
    base: Placement,
    /// The clock cycles between two samples of the stream, once that is known.
    stream: Option<usize>,
    next: u32,
}

impl Ladder {
    /// The flags of the next placement, and the placement.
    fn next(&mut self) -> Option<(String, Placement)> {
        let at = self.next;
        self.next += 1;
        let mut placement = self.base.clone();
        let flags = match (at, self.stream) {
            (0, _) if !placement.stream => "parallel".to_string(),
            (0, _) => return self.next(),
            (1, _) => {
                placement.stream = true;
                "--stream".to_string()
            }
            (at, _) if at > DOUBLINGS => return None,
            (at, Some(tokens)) => {
                let interval = tokens << (at - 1);
                placement.stream = true;
                placement.interval = Some(interval);
                format!("--stream --interval {interval}")
            }
            (at, None) => {
                placement.reuse = 1 << (at - 1);
                format!("--reuse {}", placement.reuse)
            }
        };
        Some((flags, placement))
    }
}

/// The first placement that fits, and all that were tried on the way to it. A reuse factor or
/// an interval for the whole model is what is looked for; those of single layers stay.
///
/// Errors: as for `compile`, where no placement compiles; none that fits, with the table.
pub fn within(
    request: &Request,
    budget: &Budget,
    compile: &mut dyn FnMut(&Request, &str) -> Result<Compilation, Failure>,
) -> Result<(Compilation, Tradeoff), Failure> {
    let limits = budget.limits(&request.target)?;
    let mut ladder = Ladder {
        base: Placement {
            reuse: 1,
            interval: None,
            ..request.options.placement.clone()
        },
        stream: None,
        next: 0,
    };
    let (mut considered, mut refused) = (Tradeoff::default(), None);
    while let Some((flags, placement)) = ladder.next() {
        let is_stream = placement.stream && placement.interval.is_none();
        let mut own = request.clone();
        own.options.placement = placement;
        let compilation = match compile(&own, &flags) {
            Ok(compilation) => compilation,
            Err(failure @ Failure::Input(_)) => {
                // What is no stream is folded, and what is too large in parallel is streamed.
                refused.get_or_insert(failure);
                continue;
            }
            Err(failure) => return Err(failure),
        };
        let found = Considered::of(flags, &compilation, &limits)?;
        if is_stream {
            ladder.stream = Some(found.interval_clocks as usize);
        }
        let fits = found.fits;
        let same = considered.0.last().is_some_and(|last| {
            (last.interval_clocks, last.lut, last.dsp)
                == (found.interval_clocks, found.lut, found.dsp)
        });
        if same {
            break;
        }
        considered.0.push(found);
        if fits {
            return Ok((compilation, considered));
        }
    }
    match (considered.0.is_empty(), refused) {
        (true, Some(failure)) => Err(failure),
        _ => {
            let table = considered.to_string();
            let table = table.trim_end().replace('\n', "\n     ");
            Err(Failure::Input(
                Diagnostic::new("no placement fits the budget")
                    .note(format!("these were tried:\n     {table}"))
                    .help("allow more, give the layers fewer bits, or prune the model"),
            ))
        }
    }
}
