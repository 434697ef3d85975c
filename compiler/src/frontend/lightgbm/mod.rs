//! LightGBM text models to `nn`.
//!
//! A tree goes left where a feature is at most the threshold; thresholds and leaves are float64
//! and added up. LightGBM adds in float64, one rounding per tree; here the sum is exact.

mod objective;
mod text;

use dialects::nn::ensemble::{Missing, Test, Tree, ZERO_BOUND};
use dialects::nn::{Aggregate, Answer, Ensemble, Graph};
use dialects::{Diagnostic, Result};

use super::trees::{Factor, MOST_NODES, RawNode, RawSplit, forest, grow};
use text::{Block, Text};

/// The bits of `decision_type`.
const CATEGORICAL: i64 = 1;
const DEFAULT_LEFT: i64 = 2;
const MISSING_SHIFT: u32 = 2;

/// What counts as missing, by the two bits above those.
const MISSING_NONE: i64 = 0;
const MISSING_ZERO: i64 = 1;
const MISSING_NAN: i64 = 2;

/// The `nn` graph of a model.
pub fn parse(file: &str, bytes: &[u8]) -> Result<Graph> {
    convert(bytes).map_err(|finding| {
        let finding = finding.in_file(file);
        match finding.helps.is_empty() {
            true => finding.help("save the model again with Booster.save_model(\"model.txt\")"),
            false => finding,
        }
    })
}

fn convert(bytes: &[u8]) -> Result<Graph> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Diagnostic::new("the LightGBM model is no UTF-8 text"))?;
    let Text { head, trees } = text::split(text)?;
    let features = head.number("max_feature_idx")?;
    let features = usize::try_from(features + 1)
        .map_err(|_| Diagnostic::new(format!("`max_feature_idx` is {features}")))?;
    let targets = head.number("num_tree_per_iteration")?;
    let targets = usize::try_from(targets).ok().filter(|&targets| targets > 0);
    let targets = targets.filter(|targets| trees.len() % targets == 0);
    let Some(targets) = targets.filter(|_| !trees.is_empty()) else {
        return Err(Diagnostic::new(format!(
            "the model has {} trees, {} for each iteration",
            trees.len(),
            head.get("num_tree_per_iteration").unwrap_or("?")
        )));
    };
    let link = objective::link(head.get("objective"), targets)?;
    let mut nodes = 0;
    let mut grown = Vec::with_capacity(trees.len());
    for (index, block) in trees.iter().enumerate() {
        let named = |finding: Diagnostic| Diagnostic {
            sentence: format!("tree {index}: {}", finding.sentence),
            ..finding
        };
        let tree = tree_of(block, (index % targets) as u32).map_err(named)?;
        nodes += 2 * tree.splits.len() + 1;
        if nodes > MOST_NODES {
            return Err(Diagnostic::new(format!(
                "the model has more than {MOST_NODES} nodes in its trees, which is what kaon takes"
            ))
            .help("train fewer or shallower trees: a circuit holds every node"));
        }
        grown.push(tree);
    }
    let iterations = trees.len() / targets;
    let average = head.get("average_output").is_some();
    let ensemble = Ensemble {
        trees: grown,
        aggregate: match average && targets == 1 {
            true => Aggregate::Average,
            false => Aggregate::Sum,
        },
        base: vec![0.0; targets],
        missing: None,
        answer: Answer::Scores,
    };
    let factor = match average && targets > 1 {
        true => Factor::Over(iterations),
        false => Factor::One,
    };
    forest("lightgbm", features, ensemble, factor, link)
}

fn tree_of(block: &Block, target: u32) -> Result<Tree> {
    let leaves = block.number("num_leaves")?;
    let leaves = usize::try_from(leaves)
        .ok()
        .filter(|&leaves| leaves > 0)
        .ok_or_else(|| Diagnostic::new(format!("`num_leaves` is {leaves}")))?;
    if block.get("num_cat").is_some_and(|count| count != "0") {
        return Err(Diagnostic::new("it splits on categories").help(
            "encode categories as numbers and train without categorical_feature, or export with onnxmltools",
        ));
    }
    if block.get("is_linear").is_some_and(|flag| flag != "0") {
        return Err(
            Diagnostic::new("its leaves are linear models").help("train with linear_tree=false")
        );
    }
    let splits = leaves - 1;
    let values = block.numbers::<f64>("leaf_value", leaves)?;
    let features = block.numbers::<u32>("split_feature", splits)?;
    let thresholds = block.numbers::<f64>("threshold", splits)?;
    let types = block.numbers::<i64>("decision_type", splits)?;
    let left = block.numbers::<i64>("left_child", splits)?;
    let right = block.numbers::<i64>("right_child", splits)?;
    // Splits count from 0, leaves behind them.
    let place = |child: i64| match child {
        0.. => usize::try_from(child).unwrap_or(usize::MAX),
        _ => splits.saturating_add(usize::try_from(-(child + 1)).unwrap_or(usize::MAX)),
    };
    let node = |at: usize| -> Result<RawNode, String> {
        if at >= splits {
            let leaf = at - splits;
            let (id, values) = (leaf as i64, vec![values[leaf]]);
            return Ok(RawNode::Leaf { id, values });
        }
        let threshold = thresholds[at];
        Ok(RawNode::Split(RawSplit {
            feature: features[at],
            test: Test::Le,
            threshold,
            members: vec![],
            missing: missing(types[at], threshold)?,
            on_true: place(left[at]),
            on_false: place(right[at]),
        }))
    };
    let tree = grow(splits + leaves, 0, Some(target), node).map_err(Diagnostic::new)?;
    match tree.ids.len() == leaves {
        true => Ok(tree),
        false => Err(Diagnostic::new(format!(
            "it has {leaves} leaves, and {} of them are reached",
            tree.ids.len()
        ))),
    }
}

/// Where missing values go at a split `feature <= threshold`.
fn missing(decision: i64, threshold: f64) -> Result<Missing, String> {
    if decision & CATEGORICAL != 0 {
        return Err("it splits on categories".into());
    }
    let left = decision & DEFAULT_LEFT != 0;
    match (decision >> MISSING_SHIFT) & 3 {
        // NaN is read as 0.
        MISSING_NONE => Ok(Missing::to(0.0 <= threshold)),
        MISSING_NAN => Ok(Missing::to(left)),
        MISSING_ZERO => {
            // Where zeros go there anyway, they are numbers like others.
            let natural = match left {
                true => threshold >= ZERO_BOUND,
                false => threshold < -ZERO_BOUND,
            };
            Ok(Missing {
                to_true: left,
                zero: !natural,
            })
        }
        other => Err(format!("missing values of kind {other} are not known")),
    }
}
