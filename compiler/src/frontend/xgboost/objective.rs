//! What an objective does to base scores when a model is loaded, and to sums when it predicts.

use dialects::{Diagnostic, Result};

use super::schema::ObjectiveParam;
use crate::frontend::trees::LinkKind;

/// How `base_score` becomes the margin that sums start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Margin {
    Same,
    /// -ln(1 / p - 1) in float32.
    Logit,
    /// ln(p) in float32.
    Log,
}

#[derive(Debug, Clone, Copy)]
pub struct Objective {
    margin: Margin,
    link: LinkKind,
}

/// Objectives by name. A name that ends in `:` stands for all that begin with it.
const OBJECTIVES: &[(&str, Margin, LinkKind)] = &[
    ("reg:squarederror", Margin::Same, LinkKind::Identity),
    ("reg:linear", Margin::Same, LinkKind::Identity),
    ("reg:squaredlogerror", Margin::Same, LinkKind::Identity),
    ("reg:pseudohubererror", Margin::Same, LinkKind::Identity),
    ("reg:absoluteerror", Margin::Same, LinkKind::Identity),
    ("reg:quantileerror", Margin::Same, LinkKind::Identity),
    ("reg:expectileerror", Margin::Same, LinkKind::Identity),
    ("rank:", Margin::Same, LinkKind::Identity),
    ("reg:logistic", Margin::Logit, LinkKind::Sigmoid),
    ("binary:logistic", Margin::Logit, LinkKind::Sigmoid),
    ("binary:logitraw", Margin::Same, LinkKind::Identity),
    ("binary:hinge", Margin::Same, LinkKind::Positive),
    ("multi:softmax", Margin::Same, LinkKind::Softmax),
    ("multi:softprob", Margin::Same, LinkKind::Softmax),
    ("count:poisson", Margin::Log, LinkKind::Exp),
    ("reg:gamma", Margin::Log, LinkKind::Exp),
    ("reg:tweedie", Margin::Log, LinkKind::Exp),
    ("survival:cox", Margin::Log, LinkKind::Exp),
    ("survival:aft", Margin::Log, LinkKind::Exp),
];

/// The smallest probability that XGBoost takes a logit of, and its distance from 1.
const LEAST: f32 = 1e-6;

impl Objective {
    pub fn of(param: &ObjectiveParam, outputs: usize) -> Result<Self> {
        let name = param.name.as_str();
        let named = |known: &str| match known.strip_suffix(':') {
            Some(_) => name.starts_with(known),
            None => name == known,
        };
        let row = OBJECTIVES.iter().find(|(known, ..)| named(known));
        let Some(&(_, margin, link)) = row else {
            let known = OBJECTIVES
                .iter()
                .map(|(known, ..)| match known.strip_suffix(':') {
                    Some(family) => format!("{family}:*"),
                    None => known.to_string(),
                });
            return Err(Diagnostic::new(format!(
                "the objective `{name}` of the model is not known"
            ))
            .help(format!(
                "kaon reads {}",
                known.collect::<Vec<_>>().join(", ")
            )));
        };
        if name == "reg:expectileerror" && outputs > 1 {
            return Err(Diagnostic::new(
                "the objective `reg:expectileerror` with several expectiles adds its outputs up",
            )
            .help("train one model for each expectile"));
        }
        Ok(Objective { margin, link })
    }

    pub fn link(&self) -> LinkKind {
        self.link
    }

    /// The margins that the sums of each output start from.
    pub fn base(&self, text: &str, outputs: usize) -> Result<Vec<f64>> {
        let scores = text
            .trim_start_matches('[')
            .trim_end_matches(']')
            .split(',');
        let scores = scores.map(|score| score.trim().parse::<f32>());
        let refuse = |what: String| {
            Err(
                Diagnostic::new(format!("`base_score` of the model is \"{text}\", {what}"))
                    .help("save the model again"),
            )
        };
        let Ok(mut scores) = scores.collect::<std::result::Result<Vec<_>, _>>() else {
            return refuse("no number or list of numbers".into());
        };
        if let [score] = scores[..] {
            scores = vec![score; outputs];
        }
        if scores.len() != outputs {
            return refuse(format!("the model has {outputs} outputs"));
        }
        let margin = |score: f32| match self.margin {
            Margin::Same => score,
            Margin::Logit => {
                let score = score.clamp(LEAST, 1.0 - LEAST);
                -(1.0 / score - 1.0).ln()
            }
            Margin::Log => score.ln(),
        };
        let margins = scores
            .iter()
            .map(|&score| margin(score))
            .collect::<Vec<_>>();
        match margins.iter().all(|margin| margin.is_finite()) {
            true => Ok(margins.into_iter().map(f64::from).collect()),
            false => refuse("which the objective cannot start from".into()),
        }
    }
}
