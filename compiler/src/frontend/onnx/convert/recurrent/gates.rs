//! The functions in the gates of a recurrent layer.

use dialects::Result;
use dialects::nn::{Curve, Function, Op};

use super::super::activation::{self, curve};
use super::super::layer::Layer;
use super::super::value::Value;

/// One function with its parameters.
#[derive(Debug, Clone, Copy)]
pub enum Gate {
    Curve(Curve),
    Relu,
    LeakyRelu(f32),
    /// max(0, min(1, alpha · x + beta)).
    HardSigmoid(f32, f32),
    /// alpha · x + beta.
    Affine(f32, f32),
}

impl Gate {
    pub fn apply(self, layer: &mut Layer, x: Value) -> Result<Value> {
        match self {
            Gate::Curve(curve) => activation::function(layer, x, curve),
            Gate::Relu => layer.push_like(Op::Relu { input: x.id }, x),
            Gate::LeakyRelu(alpha) => {
                let slope = layer.push_scalar(alpha)?.id;
                let input = x.id;
                layer.push_like(Op::Prelu { input, slope }, x)
            }
            Gate::HardSigmoid(alpha, beta) => {
                activation::line_between_0_and_1(layer, x, alpha, beta)
            }
            Gate::Affine(alpha, beta) => {
                let (alpha, beta) = (layer.push_scalar(alpha)?, layer.push_scalar(beta)?);
                let line = layer.binary(x, alpha, |lhs, rhs| Op::Mul { lhs, rhs })?;
                layer.binary(line, beta, |lhs, rhs| Op::Add { lhs, rhs })
            }
        }
    }
}

/// The gates of all directions: those that the node names, or the defaults.
///
/// `activation_alpha` and `activation_beta` hold parameters in the order of the functions,
/// none for those without.
pub fn of(layer: &Layer, defaults: &[Function], directions: usize) -> Result<Vec<Gate>> {
    let node = layer.node;
    let Some(names) = node.strings("activations")? else {
        let all = defaults.iter().cycle().take(defaults.len() * directions);
        return Ok(all.map(|&function| Gate::Curve(curve(function))).collect());
    };
    if names.len() != defaults.len() * directions {
        return Err(layer.contradiction(format!(
            "{} names {} functions for {} gates",
            layer.op(),
            names.len(),
            defaults.len() * directions
        )));
    }
    let mut alphas = node.floats("activation_alpha")?.unwrap_or(&[]).iter();
    let mut betas = node.floats("activation_beta")?.unwrap_or(&[]).iter();
    let mut next = |default: f32| alphas.next().copied().unwrap_or(default);
    let mut next_beta = |default: f32| betas.next().copied().unwrap_or(default);
    let gate = |name: &String| {
        Ok(match name.to_ascii_lowercase().as_str() {
            "sigmoid" => Gate::Curve(curve(Function::Sigmoid)),
            "tanh" => Gate::Curve(curve(Function::Tanh)),
            "softplus" => Gate::Curve(curve(Function::Softplus)),
            "elu" => Gate::Curve(Curve {
                function: Function::Elu,
                alpha: next(1.0),
                gamma: 1.0,
            }),
            "relu" => Gate::Relu,
            "leakyrelu" => Gate::LeakyRelu(next(0.01)),
            "hardsigmoid" => Gate::HardSigmoid(next(0.2), next_beta(0.5)),
            "affine" => Gate::Affine(next(1.0), next_beta(0.0)),
            _ => {
                return Err(layer
                    .error(format!(
                        "the gate function {name} of {} is not supported",
                        layer.op()
                    ))
                    .note("supported: Sigmoid, Tanh, Softplus, Elu, Relu, LeakyRelu, HardSigmoid, Affine")
                    .help("train the network with one of these"));
            }
        })
    };
    names.iter().map(gate).collect()
}
