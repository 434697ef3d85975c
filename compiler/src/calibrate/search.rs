//! The fewest bits behind the point that keep the answers: for all places at once, then for
//! one after the other, those with the most operations first.

use std::collections::BTreeMap;

use dialects::Diagnostic;
use serde::Serialize;

use super::{Kind, Measured, Quality};
use crate::failure::Failure;
use crate::options::LayerPrecision;
use crate::precision::Precision;

/// More bits than any place is given.
const MOST: i32 = 14;

/// The types that were found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    pub samples: usize,
    /// Of the model with far more bits than it needs, and with the types found.
    pub before: Quality,
    pub after: Quality,
    /// The bits behind the point that would do for every place.
    pub uniform_fraction: i32,
    /// How many choices of types were evaluated.
    pub tried: usize,
    pub input: Option<Precision>,
    pub layers: BTreeMap<String, LayerPrecision>,
    pub places: Vec<Found>,
}

/// One place and its type.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    pub layer: String,
    pub kind: Kind,
    pub lo: f64,
    pub hi: f64,
    pub precision: Precision,
}

/// Errors: answers that no precision keeps within the tolerance; see [`super::Measured::new`].
pub fn calibrate(measured: &Measured, tolerance: f64) -> Result<Calibration, Failure> {
    let before = measured.best()?;
    let count = measured.places.len();
    let mut tried = 0;
    let mut found = None;
    for fraction in 0..=MOST {
        let fractions = vec![fraction; count];
        let quality = measured.quality(&fractions)?;
        tried += 1;
        if quality.keeps(&before, tolerance) {
            found = Some((fraction, fractions, quality));
            break;
        }
    }
    let Some((uniform, mut fractions, mut after)) = found else {
        return Err(Diagnostic::new(format!(
            "no type with up to {MOST} bits behind the point keeps the answers within {tolerance}"
        ))
        .help("allow more with --tolerance, or give the layers types by hand in kaon.toml")
        .into());
    };
    let mut order = (0..count).collect::<Vec<_>>();
    order.sort_by_key(|&at| std::cmp::Reverse(measured.places[at].operations));
    for at in order {
        // Down to two bits below the least that holds the range in one step.
        while fractions[at] > -MOST && measured.places[at].precision(fractions[at]).width > 1 {
            fractions[at] -= 1;
            let quality = measured.quality(&fractions)?;
            tried += 1;
            if !quality.keeps(&before, tolerance) {
                fractions[at] += 1;
                break;
            }
            after = quality;
        }
    }
    let places = measured.places.iter().zip(&fractions);
    let places = places.map(|(place, &fraction)| Found {
        layer: place.layer.clone(),
        kind: place.kind,
        lo: place.lo,
        hi: place.hi,
        precision: place.precision(fraction),
    });
    Ok(Calibration {
        samples: measured.samples(),
        before,
        after,
        uniform_fraction: uniform,
        tried,
        input: measured.input(&fractions),
        layers: measured.layers(&fractions),
        places: places.collect(),
    })
}

impl Calibration {
    /// The `kaon.toml` that says so.
    pub fn to_toml(&self) -> Result<String, Failure> {
        #[derive(Serialize)]
        struct Border {
            precision: Option<Precision>,
        }
        #[derive(Serialize)]
        struct File<'a> {
            input: Border,
            layers: &'a BTreeMap<String, LayerPrecision>,
        }
        let file = File {
            input: Border {
                precision: self.input,
            },
            layers: &self.layers,
        };
        let text = toml::to_string(&file);
        text.map_err(|error| Failure::Ours(Diagnostic::new(error.to_string())))
    }
}
