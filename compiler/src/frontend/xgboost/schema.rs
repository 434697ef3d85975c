//! The parts of an XGBoost model file that decide its predictions.
//!
//! Numbers that XGBoost keeps as float32 are read as float32: one rounding of the decimal.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

#[derive(Deserialize)]
pub struct Model {
    pub learner: Learner,
}

#[derive(Deserialize)]
pub struct Learner {
    pub gradient_booster: Booster,
    pub learner_model_param: ModelParam,
    pub objective: ObjectiveParam,
}

#[derive(Deserialize)]
pub struct Booster {
    pub name: String,
    pub model: Option<Trees>,
    /// The trees of `dart` before XGBoost 3.3.
    pub gbtree: Option<Box<Booster>>,
    pub weight_drop: Option<Vec<f32>>,
}

#[derive(Deserialize)]
pub struct Trees {
    pub trees: Vec<RawTree>,
    /// The output that each tree adds to.
    pub tree_info: Vec<i64>,
    pub weight_drop: Option<Vec<f32>>,
}

#[derive(Deserialize)]
pub struct RawTree {
    pub left_children: Vec<i32>,
    pub right_children: Vec<i32>,
    pub split_indices: Vec<u32>,
    /// The threshold of a split, the value of a leaf.
    pub split_conditions: Vec<f32>,
    pub default_left: Vec<Flag>,
    /// 0 for numbers, 1 for categories; missing before XGBoost 1.5.
    #[serde(default)]
    pub split_type: Vec<u8>,
    pub tree_param: TreeParam,
}

#[derive(Deserialize)]
pub struct TreeParam {
    pub size_leaf_vector: Option<String>,
}

#[derive(Deserialize)]
pub struct ModelParam {
    pub base_score: String,
    pub num_class: String,
    pub num_feature: String,
    #[serde(default = "one")]
    pub num_target: String,
}

fn one() -> String {
    "1".to_string()
}

#[derive(Deserialize)]
pub struct ObjectiveParam {
    pub name: String,
}

/// `true`, or 1: versions differ.
pub struct Flag(pub bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FlagVisitor;
        impl Visitor<'_> for FlagVisitor {
            type Value = Flag;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("true, false, 0 or 1")
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Flag, E> {
                Ok(Flag(value))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Flag, E> {
                Ok(Flag(value != 0))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Flag, E> {
                Ok(Flag(value != 0))
            }
        }
        deserializer.deserialize_any(FlagVisitor)
    }
}
