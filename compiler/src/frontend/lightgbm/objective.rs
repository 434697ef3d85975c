//! What an objective does to sums when the model predicts.

use dialects::{Diagnostic, Result};

use crate::frontend::trees::{Factor, Link, LinkKind};

const OBJECTIVES: &[(&str, LinkKind)] = &[
    ("regression", LinkKind::Identity),
    ("regression_l1", LinkKind::Identity),
    ("huber", LinkKind::Identity),
    ("fair", LinkKind::Identity),
    ("quantile", LinkKind::Identity),
    ("mape", LinkKind::Identity),
    ("lambdarank", LinkKind::Identity),
    ("rank_xendcg", LinkKind::Identity),
    ("poisson", LinkKind::Exp),
    ("gamma", LinkKind::Exp),
    ("tweedie", LinkKind::Exp),
    ("binary", LinkKind::Sigmoid),
    ("multiclassova", LinkKind::Sigmoid),
    ("cross_entropy", LinkKind::Sigmoid),
    ("cross_entropy_lambda", LinkKind::Softplus),
    ("multiclass", LinkKind::Softmax),
];

/// The link of an objective such as `binary sigmoid:1`; none is a user's own, whose sums are
/// the answer.
pub fn link(objective: Option<&str>, targets: usize) -> Result<Link> {
    let mut words = objective.unwrap_or("regression").split_whitespace();
    let name = words.next().unwrap_or("");
    let Some((_, kind)) = OBJECTIVES.iter().find(|(known, _)| *known == name) else {
        let known = OBJECTIVES.iter().map(|(known, _)| *known);
        return Err(
            Diagnostic::new(format!("the objective `{name}` of the model is not known")).help(
                format!("kaon reads {}", known.collect::<Vec<_>>().join(", ")),
            ),
        );
    };
    let mut link = Link::from(*kind);
    for word in words {
        match word.split_once(':') {
            None if word == "sqrt" && name == "regression" => link = LinkKind::SignedSquare.into(),
            Some(("num_class", count)) if count.parse() == Ok(targets) => {}
            Some(("sigmoid", slope)) => {
                let held = |slope: &f64| {
                    *slope > 0.0 && slope.is_finite() && f64::from(*slope as f32) == *slope
                };
                let Some(slope) = slope.parse().ok().filter(held) else {
                    return Err(Diagnostic::new(format!(
                        "the sigmoid of the model has the slope {slope}, which float32 does not hold"
                    ))
                    .help("train with sigmoid=1"));
                };
                if slope != 1.0 {
                    link.factor = Factor::By(slope as f32);
                }
            }
            // Parameters of training that no prediction depends on.
            Some(_) | None => {}
        }
    }
    Ok(link)
}
