//! The parts of conifer's JSON that decide its predictions.

use std::fmt;

use dialects::{Diagnostic, Result};
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};

use crate::precision::Precision;

#[derive(Deserialize)]
pub struct Model {
    pub n_classes: usize,
    pub n_features: usize,
    pub init_predict: Vec<f64>,
    pub norm: f64,
    #[serde(default)]
    pub library: String,
    pub splitting_convention: String,
    /// Iterations of trees, one for each class.
    pub trees: Vec<Vec<RawTree>>,
    #[serde(default)]
    pub config: Config,
}

#[derive(Deserialize)]
pub struct RawTree {
    /// -2 for a leaf.
    pub feature: Vec<i64>,
    #[serde(default)]
    pub weight: Vec<Row>,
    pub threshold: Vec<f64>,
    pub value: Vec<f64>,
    pub children_left: Vec<i64>,
    pub children_right: Vec<i64>,
}

/// The weights of a split's features, read without keeping them.
pub struct Row {
    /// The one feature of weight 1 where all others have weight 0.
    pub only: Option<u32>,
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RowVisitor;
        impl<'de> Visitor<'de> for RowVisitor {
            type Value = Row;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("weights of features")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Row, A::Error> {
                let (mut at, mut only, mut others) = (0u32, None, false);
                while let Some(weight) = items.next_element::<f64>()? {
                    if weight == 1.0 && only.is_none() {
                        only = Some(at);
                    } else if weight != 0.0 {
                        others = true;
                    }
                    at += 1;
                }
                Ok(Row {
                    only: only.filter(|_| !others),
                })
            }
        }
        deserializer.deserialize_seq(RowVisitor)
    }
}

/// The types of conifer's fixed-point backends; without them numbers are floats.
#[derive(Default, Deserialize)]
pub struct Config {
    #[serde(alias = "Precision")]
    precision: Option<String>,
    #[serde(alias = "InputPrecision")]
    input_precision: Option<String>,
    #[serde(alias = "ThresholdPrecision")]
    threshold_precision: Option<String>,
    #[serde(alias = "ScorePrecision")]
    score_precision: Option<String>,
}

pub struct Types {
    pub input: Option<Precision>,
    pub threshold: Option<Precision>,
    pub score: Option<Precision>,
}

impl Config {
    /// Missing types are those that conifer puts in their place.
    pub fn types(&self) -> Result<Types> {
        let common = self.precision.as_ref();
        let input = self.input_precision.as_ref().or(common);
        let threshold = self.threshold_precision.as_ref().or(input);
        let score = self.score_precision.as_ref().or(common);
        let parse = |text: Option<&String>| match text.map(String::as_str) {
            None | Some("float" | "double") => Ok(None),
            Some(text) => text.parse().map(Some).map_err(Diagnostic::new),
        };
        Ok(Types {
            input: parse(input)?,
            threshold: parse(threshold)?,
            score: parse(score)?,
        })
    }
}
