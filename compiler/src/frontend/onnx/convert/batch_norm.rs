//! BatchNormalization in inference: the parameters are constants, the channel is ONNX axis 1,
//! or the last one of QONNX's channels-last operator.

use dialects::Result;
use dialects::nn::Op;

use super::layer::Layer;
use super::value::Value;
use super::{Row, channels_last, onnx};

pub const ROWS: &[Row] = &[
    onnx("BatchNormalization", |l| batch_norm(l, 1)),
    channels_last("BatchNormalization", |l| batch_norm(l, -1)),
];

fn batch_norm(layer: &mut Layer, channel: i64) -> Result<Vec<Value>> {
    let x = layer.operand(0, "X")?;
    layer.computes_in_floats(&[x])?;
    let node = layer.node;
    // The channels-last operator counts the versions of its own domain.
    let trains = node.int_or("training_mode", 0)? != 0
        || channel == 1 && node.version < 7 && node.int_or("is_test", 0)? == 0
        || node.outputs.len() > 1;
    if trains {
        return Err(layer
            .error("BatchNormalization is in training mode, and a circuit only infers")
            .help("export the model for inference: torch.onnx.export(model.eval(), …)"));
    }
    if channel == 1 && node.version < 9 && node.int_or("spatial", 1)? == 0 {
        return Err(layer
            .error("BatchNormalization has statistics for each element (spatial = 0), which is not supported")
            .help("export the model with one mean and variance for each channel"));
    }
    if layer.rank(x) < 2 {
        return Err(layer.contradiction(format!(
            "BatchNormalization has the shape {} and no channel axis",
            layer.shape_text(x)
        )));
    }
    let channel = layer.axis(x, channel)?;
    let channels = layer.shape(x)[channel];
    let mut parameters = vec![];
    for (index, role) in ["scale", "B", "mean", "var"].into_iter().enumerate() {
        let value = layer.operand(index + 1, role)?;
        if value.dynamic {
            return Err(layer
                .error(format!(
                    "the {role} of BatchNormalization depends on the input"
                ))
                .help("export the model for inference, with its parameters frozen"));
        }
        let shape = layer.shape(value).to_vec();
        let count = shape.iter().product::<usize>();
        if count != channels && count != 1 {
            return Err(layer.contradiction(format!(
                "the {role} of BatchNormalization has the shape {shape:?} for {channels} channels"
            )));
        }
        parameters.push(layer.reshape(value, vec![count])?.id);
    }
    let rank = layer.shape(x).len();
    let mut to_last: Vec<usize> = (0..rank).filter(|&axis| axis != channel).collect();
    to_last.push(channel);
    let turned = layer.transpose(x, to_last.clone())?;
    let op = Op::BatchNorm {
        input: turned.id,
        gamma: parameters[0],
        beta: parameters[1],
        mean: parameters[2],
        variance: parameters[3],
        epsilon: layer.node.float_or("epsilon", 1e-5)?,
    };
    let y = layer.push_like(op, turned)?;
    let back = (0..rank).map(|axis| to_last.iter().position(|&a| a == axis).unwrap_or(0));
    Ok(vec![layer.transpose(y, back.collect())?])
}
