//! What ai.onnx.ml puts around trees: columns picked, thresholds, maps of scores by class.

use dialects::Result;
use dialects::nn::Op;

use super::layer::Layer;
use super::value::Value;
use super::{Row, ml};

pub const ROWS: &[Row] = &[
    ml("ArrayFeatureExtractor", array_feature_extractor),
    ml("Binarizer", binarizer),
    ml("ZipMap", zip_map),
];

/// The elements of the last axis at constant places.
fn array_feature_extractor(layer: &mut Layer) -> Result<Vec<Value>> {
    let places = layer.constant(1).and_then(|tensor| tensor.to_i64s());
    let Some(places) = places else {
        return Err(layer
            .error("the places that ArrayFeatureExtractor picks are computed, and kaon needs them constant")
            .help("export the model with constant columns"));
    };
    let value = layer.operand(0, "X")?;
    let axis = layer.axis(value, -1)?;
    let size = layer.shape(value)[axis];
    let inside = |place: &i64| usize::try_from(*place).ok().filter(|place| *place < size);
    let indices = places.iter().map(inside).collect::<Option<Vec<_>>>();
    let Some(indices) = indices else {
        return Err(layer.contradiction(format!(
            "ArrayFeatureExtractor takes the places {places:?} of {size}"
        )));
    };
    let op = Op::Gather {
        input: value.id,
        indices,
        axis,
    };
    Ok(vec![layer.push_like(op, value)?])
}

/// 1 where an element is above the threshold, else 0.
fn binarizer(layer: &mut Layer) -> Result<Vec<Value>> {
    let value = layer.operand(0, "X")?;
    let threshold = layer.node.float_or("threshold", 0.0)?;
    let threshold = layer.push_scalar(threshold)?;
    let above = layer.binary(value, threshold, |lhs, rhs| Op::Sub { lhs, rhs })?;
    let above = layer.push_like(Op::Relu { input: above.id }, value)?;
    Ok(vec![layer.push_like(Op::Sign { input: above.id }, value)?])
}

/// The scores themselves, in the order of the classes.
fn zip_map(layer: &mut Layer) -> Result<Vec<Value>> {
    Ok(vec![layer.operand(0, "X")?])
}
