//! QONNX's MultiThreshold: how many thresholds of its channel a value reaches.
//!
//! The arithmetic and the place of the channel are those of the Python package `qonnx` 1.0,
//! file `multithreshold.py`.

use std::sync::Arc;

use dialects::Result;
use dialects::nn::Op;

use super::layer::Layer;
use super::value::Value;
use super::{Row, qonnx};

pub const ROWS: &[Row] = &[qonnx("MultiThreshold", multi_threshold)];

/// The channel's ONNX axis by the layout, or by the rank where none is given.
fn channel_axis(layer: &Layer, rank: usize) -> Result<usize> {
    let layout = match (layer.node.string_or("data_layout", "")?, rank) {
        ("", 3) => "NWC",
        ("", _) => "NC",
        (layout, _) => layout,
    };
    Ok(layout.find('C').unwrap_or(1))
}

fn multi_threshold(layer: &mut Layer) -> Result<Vec<Value>> {
    let x = layer.operand(0, "input")?;
    let thresholds = layer.floats(1, "thresholds")?;
    if let Some(bad) = thresholds.values.iter().find(|v| !v.is_finite()) {
        return Err(layer
            .error(format!("the thresholds of MultiThreshold hold {bad}"))
            .help("leave out a threshold that is never reached"));
    }
    let &[channels, steps] = &thresholds.shape[..] else {
        return Err(layer.contradiction(format!(
            "the thresholds of MultiThreshold have the shape {:?}, and one row for each channel",
            thresholds.shape
        )));
    };
    let rank = layer.shape(x).len();
    let mut order: Vec<usize> = (0..rank).collect();
    if channels != 1 {
        let onnx_axis = channel_axis(layer, layer.rank(x))?;
        let channel = layer.axis(x, onnx_axis as i64)?;
        if layer.shape(x)[channel] != channels {
            return Err(layer.contradiction(format!(
                "MultiThreshold has {channels} rows of {steps} thresholds for {} channels",
                layer.shape(x)[channel]
            )));
        }
        order.swap(channel, rank - 1);
    }
    let turned = layer.transpose(x, order.clone())?;
    let op = Op::Threshold {
        input: turned.id,
        thresholds: Arc::new(thresholds),
        scale: layer.node.float_or("out_scale", 1.0)?,
        bias: layer.node.float_or("out_bias", 0.0)?,
    };
    let y = layer.push_like(op, turned)?;
    // Exchanging two axes is its own inverse.
    Ok(vec![layer.transpose(y, order)?])
}
