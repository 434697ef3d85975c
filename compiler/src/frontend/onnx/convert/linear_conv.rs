//! Convolutions and poolings of quantised integers.

use dialects::Result;
use dialects::nn::{FloatTensor, Reduction};

use super::conv::convolution;
use super::layer::Layer;
use super::linear_quant::{centred, finite, mul, one_number, to_integers};
use super::pool::{average, global};
use super::spatial::Layout;
use super::value::Value;
use super::{Row, microsoft, onnx};
use crate::frontend::onnx::tensor::ElementType;

pub const ROWS: &[Row] = &[
    onnx("QLinearConv", qlinear_conv),
    microsoft("QLinearConv", qlinear_conv),
    onnx("ConvInteger", conv_integer),
    microsoft("QLinearAveragePool", |l| pooled(l, average)),
    microsoft("QLinearGlobalAveragePool", |l| {
        pooled(l, |l, x, layout| global(l, x, Reduction::Mean, layout))
    }),
];

fn layout(layer: &Layer) -> Result<Layout> {
    Ok(match layer.node.int_or("channels_last", 0)? {
        0 => Layout::ChannelsFirst,
        _ => Layout::ChannelsLast,
    })
}

/// One number, or one for each output channel, which is the axis `behind` axes before the last.
fn of_channels(mut floats: FloatTensor, behind: usize) -> FloatTensor {
    match floats.values.len() {
        1 => FloatTensor::scalar(floats.values[0]),
        count => {
            floats.shape = [vec![count], vec![1; behind]].concat();
            floats
        }
    }
}

/// round(X' * W' * x_scale * w_scale / y_scale) + y_zero_point, X' and W' without zero points.
fn qlinear_conv(layer: &mut Layer) -> Result<Vec<Value>> {
    let layout = layout(layer)?;
    let x_zero = one_number(layer, 2, "zero point of X")?;
    let x = centred(layer, 0, &x_zero)?;
    let behind = layer.rank(x).saturating_sub(1);
    let w_zero = of_channels(finite(layer, 5, "zero point of W")?, behind);
    let w = centred(layer, 3, &w_zero)?;
    let bias = layer.optional_operand(8, "B")?;
    let y = convolution(layer, x, w, bias, layout)?;
    let y = mul(layer, y, &one_number(layer, 1, "scale of X")?)?;
    let behind = match layout {
        Layout::ChannelsFirst => layer.rank(y) - 2,
        Layout::ChannelsLast => 0,
    };
    let w_scale = of_channels(finite(layer, 4, "scale of W")?, behind);
    let y = mul(layer, y, &w_scale)?;
    let element = layer.constant(7).map_or(x.element, |t| t.element);
    let scale = one_number(layer, 6, "scale of the output")?;
    let zero_point = one_number(layer, 7, "zero point of the output")?;
    Ok(vec![to_integers(layer, y, &scale, &zero_point, element)?])
}

/// The sums themselves, as 32-bit integers.
fn conv_integer(layer: &mut Layer) -> Result<Vec<Value>> {
    let x_zero = one_number(layer, 2, "zero point of X")?;
    let x = centred(layer, 0, &x_zero)?;
    let behind = layer.rank(x).saturating_sub(1);
    let w_zero = match layer.node.input(3) {
        Some(_) => of_channels(finite(layer, 3, "zero point of W")?, behind),
        None => FloatTensor::scalar(0.0),
    };
    let w = centred(layer, 1, &w_zero)?;
    let y = convolution(layer, x, w, None, Layout::ChannelsFirst)?;
    let reach = layer.shape(w).iter().skip(1).product::<usize>();
    if reach > 1 << 15 {
        return Err(layer
            .error(format!(
                "ConvInteger adds {reach} products, which may overflow its 32-bit result"
            ))
            .help("quantise the model with QLinearConv"));
    }
    Ok(vec![Value {
        element: ElementType::I32,
        ..y
    }])
}

/// A pooling between dequantising its operand and quantising its result.
fn pooled(
    layer: &mut Layer,
    pool: impl Fn(&mut Layer, Value, Layout) -> Result<Value>,
) -> Result<Vec<Value>> {
    let layout = layout(layer)?;
    let zero_point = one_number(layer, 2, "zero point")?;
    let integers = centred(layer, 0, &zero_point)?;
    let scale = one_number(layer, 1, "scale")?;
    let x = mul(layer, integers, &scale)?;
    let y = pool(layer, x, layout)?;
    let element = layer.constant(4).map_or(x.element, |t| t.element);
    let scale = one_number(layer, 3, "scale of the output")?;
    let zero_point = one_number(layer, 4, "zero point of the output")?;
    Ok(vec![to_integers(layer, y, &scale, &zero_point, element)?])
}
