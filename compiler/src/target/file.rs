//! A target from a file: a device or family that exists, with other numbers.
//!
//! ```toml
//! base = "vu13p"
//! name = "slow_nets"
//! [delays]
//! net = 700
//! ```
//!
//! docs/optimising.md shows a whole file. Every key but `base` may be left out; what each
//! number means stands in `family.rs`.

use std::path::Path;

use dialects::{Diagnostic, Result};
use serde::Deserialize;

use super::{Capacity, Chain, Delays, Device, Dsp, Family, Target, find};
use crate::bounded;
use crate::failure::{malformed, reason};

/// The largest delay of one part of an op: beyond it sums of delays would leave 32 bits.
const MAX_DELAY: u32 = 20_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    base: String,
    name: Option<String>,
    lut_inputs: Option<u32>,
    wide_mux_levels: Option<u32>,
    #[serde(default)]
    chain: ChainNumbers,
    #[serde(default)]
    delays: DelayNumbers,
    dsp: Option<DspChoice>,
    #[serde(default)]
    device: DeviceNumbers,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum DspChoice {
    Some(bool),
    Numbers(toml::Table),
}

/// Fields that a file may name, and how they replace those of a base.
macro_rules! numbers {
    ($numbers:ident replaces $table:ident { $($field:ident: $type:ty),* $(,)? }) => {
        #[derive(Default, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct $numbers {
            $($field: Option<$type>),*
        }

        impl $numbers {
            #[allow(clippy::needless_update)] // a table may have fields that no file names
            fn over(&self, base: &$table) -> $table {
                $table {
                    $($field: self.$field.unwrap_or(base.$field),)*
                    ..*base
                }
            }
        }
    };
}

numbers!(ChainNumbers replaces Chain {
    cell_bits: u32,
    passed_percent: u32,
    routed_percent: u32,
    inverts_in_luts: bool,
    compare_percent: u32,
    compare_constant_percent: u32,
});

numbers!(DelayNumbers replaces Delays {
    net: u32,
    nets: [u32; 8],
    lut: u32,
    wide_mux: u32,
    carry_in: u32,
    carry_8: u32,
    carry_out: u32,
    carry_near: u32,
    register: u32,
    shortest_clock: u32,
});

numbers!(DspNumbers replaces Dsp {
    wide: u32,
    narrow: u32,
    min_result: u32,
    delay: u32,
    cascade: u32,
});

numbers!(CapacityNumbers replaces Capacity {
    lut: u32,
    ff: u32,
    dsp: u32,
    bram: u32,
});

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceNumbers {
    delay_percent: Option<u32>,
    lut: Option<u32>,
    ff: Option<u32>,
    dsp: Option<u32>,
    bram: Option<u32>,
}

/// The target that a file describes, and the file's text. The target stays for as long as
/// the program runs.
///
/// Errors: an unreadable file, TOML's own findings, an unknown key or base, a number beyond
/// its bounds.
pub fn read(path: &Path) -> Result<(Target, String)> {
    let place = path.display().to_string();
    let text = bounded::read_text(path).map_err(|error| {
        let finding = format!("the target's file cannot be read: {}", reason(&error));
        Diagnostic::new(finding).in_file(place.clone())
    })?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let target = parse(&text, &stem).map_err(|finding| finding.in_file(place))?;
    Ok((target, text))
}

/// The target that a text describes; `name` where it gives none.
pub fn parse(text: &str, name: &str) -> Result<Target> {
    let file: File = toml::from_str(text).map_err(|error| wrong(text, &error))?;
    let base = find(&file.base)?;
    let family = Family {
        lut_inputs: file.lut_inputs.unwrap_or(base.family.lut_inputs),
        wide_mux_levels: file.wide_mux_levels.unwrap_or(base.family.wide_mux_levels),
        chain: file.chain.over(&base.family.chain),
        delays: file.delays.over(&base.family.delays),
        dsp: dsp(file.dsp, base.family.dsp.as_ref())?,
        ..*base.family
    };
    let device = Device {
        name: leaked(file.name.unwrap_or_else(|| name.to_string())),
        delay_percent: file
            .device
            .delay_percent
            .unwrap_or(base.device.delay_percent),
        capacity: file.device.capacity(base.device.capacity)?,
        ..*base.device
    };
    check(&family, &device)?;
    // A target is a name for a table that is there; a file has one, so it is kept for good.
    let target = Target::new(Box::leak(Box::new(family)), Box::leak(Box::new(device)));
    Ok(target)
}

fn leaked(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

fn wrong(text: &str, error: &toml::de::Error) -> Diagnostic {
    let finding = malformed("the target's file is wrong", text, error);
    finding.help("docs/optimising.md shows a whole file")
}

fn dsp(choice: Option<DspChoice>, base: Option<&Dsp>) -> Result<Option<Dsp>> {
    let copy = |base: &Dsp| DspNumbers::default().over(base);
    let refuse = |sentence: String| {
        Diagnostic::new(sentence)
            .help("write `dsp = false`, or a table [dsp] with wide, narrow, min_result, delay and cascade")
    };
    match choice {
        None => Ok(base.map(copy)),
        Some(DspChoice::Some(false)) => Ok(None),
        Some(DspChoice::Some(true)) => match base {
            Some(base) => Ok(Some(copy(base))),
            None => Err(refuse(
                "`dsp = true`, but the base has no multipliers".into(),
            )),
        },
        Some(DspChoice::Numbers(table)) => {
            let numbers: DspNumbers = table.try_into().map_err(|error: toml::de::Error| {
                let message = error.message().lines().collect::<Vec<_>>().join(" ");
                refuse(format!("the table [dsp] is wrong: {message}"))
            })?;
            let none = Dsp {
                wide: 0,
                narrow: 0,
                min_result: 0,
                delay: 0,
                cascade: 0,
            };
            Ok(Some(numbers.over(base.unwrap_or(&none))))
        }
    }
}

impl DeviceNumbers {
    fn capacity(&self, base: Option<Capacity>) -> Result<Option<Capacity>> {
        let DeviceNumbers {
            lut, ff, dsp, bram, ..
        } = *self;
        match (base, lut, ff) {
            (None, None, _) if ff.or(dsp).or(bram).is_none() => Ok(None),
            (None, Some(lut), Some(ff)) => Ok(Some(Capacity {
                lut,
                ff,
                dsp: dsp.unwrap_or(0),
                bram: bram.unwrap_or(0),
            })),
            (None, ..) => Err(Diagnostic::new(
                "the base has no size, and [device] gives only part of one",
            )
            .help("give lut and ff, or neither")),
            (Some(base), ..) => {
                let numbers = CapacityNumbers { lut, ff, dsp, bram };
                Ok(Some(numbers.over(&base)))
            }
        }
    }
}

/// Numbers that the formulas can work with.
fn check(family: &Family, device: &Device) -> Result<()> {
    let Family { chain, delays, .. } = family;
    let mut bounds = vec![
        ("lut_inputs", family.lut_inputs, 3, 6),
        ("wide_mux_levels", family.wide_mux_levels, 0, 8),
        ("chain.cell_bits", chain.cell_bits, 1, 64),
        ("chain.passed_percent", chain.passed_percent, 0, 1000),
        ("chain.routed_percent", chain.routed_percent, 0, 1000),
        ("chain.compare_percent", chain.compare_percent, 0, 1000),
        (
            "chain.compare_constant_percent",
            chain.compare_constant_percent,
            0,
            1000,
        ),
        ("delays.net", delays.net, 0, MAX_DELAY),
        ("delays.lut", delays.lut, 0, MAX_DELAY),
        ("delays.wide_mux", delays.wide_mux, 0, MAX_DELAY),
        ("delays.carry_in", delays.carry_in, 0, MAX_DELAY),
        ("delays.carry_8", delays.carry_8, 0, MAX_DELAY),
        ("delays.carry_out", delays.carry_out, 0, MAX_DELAY),
        ("delays.carry_near", delays.carry_near, 0, MAX_DELAY),
        ("delays.register", delays.register, 0, MAX_DELAY),
        ("delays.shortest_clock", delays.shortest_clock, 0, MAX_DELAY),
        ("device.delay_percent", device.delay_percent, 1, 500),
    ];
    let nets = delays.nets.iter();
    bounds.extend(nets.map(|&net| ("delays.nets", net, 0, MAX_DELAY)));
    if let Some(dsp) = &family.dsp {
        bounds.extend([
            ("dsp.wide", dsp.wide, 9, 128),
            ("dsp.narrow", dsp.narrow, 9, 128),
            ("dsp.min_result", dsp.min_result, 0, 256),
            ("dsp.delay", dsp.delay, 0, MAX_DELAY),
            ("dsp.cascade", dsp.cascade, 0, MAX_DELAY),
        ]);
    }
    let wrong = bounds
        .into_iter()
        .filter(|(_, value, low, high)| !(low..=high).contains(&value));
    Diagnostic::collect(wrong.map(|(key, value, low, high)| {
        Diagnostic::new(format!("{key} = {value} is out of bounds"))
            .help(format!("give {low} to {high}"))
    }))
}
