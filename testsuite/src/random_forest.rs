//! Boosted forests of any size, as the text of an XGBoost model.

use std::fmt::Write;

use crate::random_fx::Random;

/// How large a forest is. Every tree is complete.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub trees: usize,
    pub depth: u32,
    pub features: usize,
    /// Different thresholds of one feature, as a histogram's bins are: a grid on [-8, 8).
    pub bins: usize,
}

impl Size {
    pub fn splits(self) -> usize {
        self.trees * ((1 << self.depth) - 1)
    }
}

/// The model file of a binary classifier; the same for the same seed.
pub fn xgboost(size: Size, seed: u64) -> String {
    let mut random = Random::new(seed);
    let trees: Vec<String> = (0..size.trees).map(|_| tree(size, &mut random)).collect();
    let info = vec!["0"; size.trees].join(",");
    format!(
        r#"{{"learner":{{"gradient_booster":{{"name":"gbtree","model":{{"trees":[{}],"tree_info":[{info}]}}}},"learner_model_param":{{"base_score":"5E-1","num_class":"0","num_feature":"{}"}},"objective":{{"name":"binary:logistic"}}}},"version":[3,0,0]}}"#,
        trees.join(","),
        size.features
    )
}

fn tree(size: Size, random: &mut Random) -> String {
    let splits = (1 << size.depth) - 1;
    let nodes = 2 * splits + 1;
    let [
        mut left,
        mut right,
        mut features,
        mut conditions,
        mut defaults,
    ] = [const { String::new() }; 5];
    for node in 0..nodes {
        let comma = if node == 0 { "" } else { "," };
        let (child, feature, condition) = if node < splits {
            let bin = random.below(size.bins) as f64;
            let threshold = (16.0 * bin / size.bins as f64 - 8.0) as f32;
            (2 * node as i64 + 1, random.below(size.features), threshold)
        } else {
            // Sums of three, so that most leaves are small, as they are in trained trees.
            let near = (0..3).map(|_| random.below(1 << 20) as f32 / (1 << 20) as f32 - 0.5);
            (-1, 0, near.sum::<f32>() / 4.0)
        };
        let sibling = if child < 0 { child } else { child + 1 };
        write!(left, "{comma}{child}").expect("a string takes text");
        write!(right, "{comma}{sibling}").expect("a string takes text");
        write!(features, "{comma}{feature}").expect("a string takes text");
        write!(conditions, "{comma}{condition:e}").expect("a string takes text");
        write!(defaults, "{comma}0").expect("a string takes text");
    }
    format!(
        r#"{{"left_children":[{left}],"right_children":[{right}],"split_indices":[{features}],"split_conditions":[{conditions}],"default_left":[{defaults}],"tree_param":{{"size_leaf_vector":"1"}}}}"#
    )
}
