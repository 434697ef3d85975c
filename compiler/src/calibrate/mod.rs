//! Types for a float model from what its layers compute on data.
//!
//! A value's bits before the point come from the range it has on the data, its bits behind
//! the point from a search: as few as keep the answers. Every candidate is the very model
//! that would be compiled, evaluated exactly, layer by layer.

mod places;
mod plot;
mod quality;
mod scan;
mod search;

pub use places::{Kind, Place};
pub use quality::Quality;
pub use scan::{Row, Scan, scan};
pub use search::{Calibration, calibrate};

use std::collections::BTreeMap;
use std::path::PathBuf;

use dialects::nn::Op;
use dialects::{Diagnostic, Result};

use crate::driver::{Prediction, Request, compile};
use crate::engine::layers::Layers;
use crate::failure::Failure;
use crate::frontend;
use crate::options::{LayerPrecision, Options, Sampled, Scores};
use crate::pipeline;
use crate::precision::{InputPrecision, Precision};
use crate::tensor_file::TensorFile;

/// Bits behind the point of the model that the others are measured against.
const REFERENCE_FRACTION: u32 = 16;

/// Samples, and what they are.
pub struct Data {
    pub arrays: Vec<TensorFile>,
    /// What they say of each input element.
    pub ranges: Vec<Sampled>,
    pub labels: Option<(TensorFile, PathBuf)>,
}

/// A float model, the places that need types, and its answers with far more bits than it needs.
pub struct Measured {
    request: Request,
    data: Data,
    pub places: Vec<Place>,
    reference: Prediction,
}

impl Measured {
    /// Evaluates the model on the data.
    ///
    /// Errors: a model that has types of its own, data that do not fit; see [`compile`].
    pub fn new(mut request: Request, data: Data) -> Result<Measured, Failure> {
        let raw = frontend::load(&request.model)?;
        let place = request.model.display().to_string();
        let quantiser = raw.nodes.iter().find(|node| {
            matches!(
                node.op,
                Op::Quantize { .. } | Op::Bipolar { .. } | Op::Threshold { .. }
            )
        });
        let forest = raw
            .nodes
            .iter()
            .find(|node| matches!(node.op, Op::TreeEnsemble { .. }));
        if let Some(node) = forest {
            return Err(Diagnostic::new("decision trees are not calibrated")
                .in_file(place)
                .in_layer(node.layer.clone())
                .help("compile with --input-data x.npy: each feature gets its type from the data")
                .into());
        }
        if let Some(node) = quantiser {
            return Err(Diagnostic::new("the model has types of its own")
                .in_file(place)
                .in_layer(node.layer.clone())
                .help("compile it as it is: calibration chooses types for float models")
                .into());
        }
        let ends = raw.results.iter().map(|v| &raw.node(*v).op);
        if ends.clone().all(|op| matches!(op, Op::Softmax { .. })) {
            // The scores have its order, and need no tables.
            request.options.scores = Scores::Logits;
        }
        let mut options = request.options.clone();
        options.fraction_bits = REFERENCE_FRACTION;
        options.input_ranges = Some(data.ranges.clone());
        let graph = layers(&request, options)?;
        let evaluator = Layers::new(graph.clone())?;
        let (answers, reach) = evaluator.observe(&data.arrays)?;
        let places = places::of(&graph, &reach, &data.ranges)?;
        Ok(Measured {
            request,
            reference: Prediction::from(answers),
            places,
            data,
        })
    }

    pub fn samples(&self) -> usize {
        self.reference.samples
    }

    /// How good the reference is.
    pub fn best(&self) -> Result<Quality> {
        Quality::of(&self.reference, &self.reference, &self.data)
    }

    /// The options with a type for every place, of so many bits behind the point.
    fn options(&self, fractions: &[i32]) -> Options {
        let mut options = self.request.options.clone();
        options.layers = self.layers(fractions);
        options.input_precision = self.input(fractions).map(InputPrecision::Fixed);
        options
    }

    /// The types of layers.
    fn layers(&self, fractions: &[i32]) -> BTreeMap<String, LayerPrecision> {
        let mut found = self.request.options.layers.clone();
        for (place, &fraction) in self.places.iter().zip(fractions) {
            let precision = Some(place.precision(fraction));
            if place.kind == Kind::Input {
                continue;
            }
            let layer = found.entry(place.layer.clone()).or_default();
            match place.kind {
                Kind::Input => {}
                Kind::Result => layer.result = precision,
                Kind::Weight => layer.weight = precision,
                Kind::Bias => layer.bias = precision,
            }
        }
        found
    }

    fn input(&self, fractions: &[i32]) -> Option<Precision> {
        let mut all = self.places.iter().zip(fractions);
        let input = all.find(|(place, _)| place.kind == Kind::Input);
        input.map(|(place, &fraction)| place.precision(fraction))
    }

    /// How good the model is with these bits.
    fn quality(&self, fractions: &[i32]) -> Result<Quality, Failure> {
        let graph = layers(&self.request, self.options(fractions))?;
        let answers = Layers::new(graph)?.predict(&self.data.arrays)?;
        let found = Prediction::from(answers);
        Ok(Quality::of(&found, &self.reference, &self.data)?)
    }
}

/// The layers of a model under some options, all of them typed.
fn layers(request: &Request, options: Options) -> Result<dialects::nn::Graph, Failure> {
    let request = Request {
        options,
        ..request.clone()
    };
    let compilation = compile(&request, Some(pipeline::LAYERS), &mut |_| {})?;
    let graph = compilation.layers();
    Ok(graph.expect("the steps end with the layers").clone())
}
