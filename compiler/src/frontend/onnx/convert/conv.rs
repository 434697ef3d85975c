//! Convolutions: a dense layer on the neighbourhood of every position.

use dialects::Result;
use dialects::nn::{Op, Outside, Window};

use super::layer::Layer;
use super::spatial::{
    Image, Layout, Padding, Windows, check_taps, halves, padding, per_axis, windows,
};
use super::value::Value;
use super::{Row, channels_last, onnx};

pub const ROWS: &[Row] = &[
    onnx("Conv", |l| conv(l, Layout::ChannelsFirst)),
    onnx("ConvTranspose", conv_transpose),
    channels_last("Conv", |l| conv(l, Layout::ChannelsLast)),
];

fn conv(layer: &mut Layer, layout: Layout) -> Result<Vec<Value>> {
    let x = layer.operand(0, "X")?;
    let w = layer.operand(1, "W")?;
    let bias = layer.optional_operand(2, "B")?;
    layer.computes_in_floats(&[x, w])?;
    let rank = layer.shape(w).len();
    let w = match layout {
        Layout::ChannelsFirst => w,
        // [outputs, taps…, channels] there.
        Layout::ChannelsLast => {
            let taps = 1..rank.saturating_sub(1);
            let order = std::iter::once(0).chain(rank.checked_sub(1)).chain(taps);
            layer.transpose(w, order.take(rank).collect())?
        }
    };
    Ok(vec![convolution(layer, x, w, bias, layout)?])
}

/// Y[o, p…] = B[o] + Σ W[o, c, t…] · X[c, stride·p + dilation·t - pad…], in groups.
pub fn convolution(
    layer: &mut Layer,
    x: Value,
    w: Value,
    bias: Option<Value>,
    layout: Layout,
) -> Result<Value> {
    let weights = constant_weights(layer, w)?;
    let image = Image::of(layer, x, layout)?;
    let groups = layer.node.int_or("group", 1)?.max(1) as usize;
    let (outputs, channels, kernel) = (weights[0], weights[1], &weights[2..]);
    if channels * groups != image.channels(layer) || outputs % groups != 0 {
        return Err(layer.contradiction(format!(
            "{} has weights of shape {weights:?} in {groups} groups for the input {}",
            layer.op(),
            layer.shape_text(x)
        )));
    }
    if let Some(declared) = layer.node.ints("kernel_shape")?
        && !declared
            .iter()
            .copied()
            .eq(kernel.iter().map(|&k| k as i64))
    {
        return Err(layer.contradiction(format!(
            "{} declares the kernel {declared:?} and has weights of shape {weights:?}",
            layer.op()
        )));
    }
    let sizes = image.sizes(layer);
    let Windows { window, .. } = windows(layer, &sizes, kernel, false, Outside::Zero)?;
    let inputs = weights[1..].iter().product();
    let matrix = match groups {
        1 => vec![outputs, inputs],
        _ => vec![groups, outputs / groups, inputs],
    };
    let matrix = layer.reshape(w, matrix)?;
    filtered(layer, &image, window, matrix, bias)
}

/// The dense layer on windows, with its bias, where the image was.
fn filtered(
    layer: &mut Layer,
    image: &Image,
    window: Window,
    matrix: Value,
    bias: Option<Value>,
) -> Result<Value> {
    let windows = image.windows(layer, window)?;
    let positions = layer.model.graph.shape(windows);
    let positions = positions[..layer.shape(image.value).len() - 1].to_vec();
    let of_matrix = layer.shape(matrix).to_vec();
    let (outputs, grouped) = match of_matrix[..] {
        [groups, rows, columns] => (groups * rows, vec![groups, columns]),
        _ => (of_matrix[0], vec![of_matrix[1]]),
    };
    let tokens = [&positions[..], &grouped].concat();
    let tokens = layer.reshape(image.value.with(windows), tokens)?;
    let id = layer.push(Op::Dense {
        input: tokens.id,
        weight: matrix.id,
        product: None,
    })?;
    let result = [&positions[..], &[outputs]].concat();
    let mut y = layer.reshape(image.value.with(id), result)?;
    if let Some(bias) = bias {
        y = biased(layer, y, bias, outputs)?;
    }
    image.restore(layer, y.id)
}

/// The sum with one number for each channel, which is the last axis.
fn biased(layer: &mut Layer, y: Value, bias: Value, channels: usize) -> Result<Value> {
    if layer.shape(bias) != [channels] {
        return Err(layer.contradiction(format!(
            "the bias of {} has the shape {}, and {channels} channels",
            layer.op(),
            layer.shape_text(bias)
        )));
    }
    layer.binary(y, bias, |lhs, rhs| Op::Add { lhs, rhs })
}

/// The shape of weights, which must not depend on the input.
fn constant_weights(layer: &Layer, w: Value) -> Result<Vec<usize>> {
    if w.dynamic {
        return Err(layer
            .error(format!(
                "the weights of {} depend on the input, which is not supported",
                layer.op()
            ))
            .help("export the model for inference, with its parameters frozen"));
    }
    let shape = layer.shape(w).to_vec();
    match shape.len() {
        0..3 => Err(layer.contradiction(format!(
            "the weights of {} have the shape {shape:?}, and no kernel",
            layer.op()
        ))),
        _ => Ok(shape),
    }
}

/// Y[o, q…] = B[o] + Σ W[c, o, t…] · X[c, p…] over all p and t with
/// stride·p + dilation·t - pad = q.
fn conv_transpose(layer: &mut Layer) -> Result<Vec<Value>> {
    let x = layer.operand(0, "X")?;
    let w = layer.operand(1, "W")?;
    let bias = layer.optional_operand(2, "B")?;
    layer.computes_in_floats(&[x, w])?;
    let weights = constant_weights(layer, w)?;
    let image = Image::of(layer, x, Layout::ChannelsFirst)?;
    let groups = layer.node.int_or("group", 1)?.max(1) as usize;
    let (channels, outputs) = (weights[0], weights[1]);
    let sizes = image.sizes(layer);
    let rank = sizes.len();
    if channels != image.channels(layer) || channels % groups != 0 || weights.len() != rank + 2 {
        return Err(layer.contradiction(format!(
            "{} has weights of shape {weights:?} in {groups} groups for the input {}",
            layer.op(),
            layer.shape_text(x)
        )));
    }
    let window = scattered(layer, &sizes, &weights[2..])?;
    // [groups · c, o, t…] as groups of matrices [o, c · t…].
    let mut shape = vec![groups, channels / groups, outputs];
    shape.extend(&weights[2..]);
    let stacked = layer.reshape(w, shape)?;
    let mut order: Vec<usize> = (0..rank + 3).collect();
    order.swap(1, 2);
    let turned = layer.transpose(stacked, order)?;
    let columns = weights.iter().product::<usize>() / outputs / groups;
    let matrix = match groups {
        1 => vec![outputs, columns],
        _ => vec![groups, outputs, columns],
    };
    let matrix = layer.reshape(turned, matrix)?;
    Ok(vec![filtered(layer, &image, window, matrix, bias)?])
}

/// The windows of a transposed convolution: the taps that reach a position.
fn scattered(layer: &Layer, sizes: &[usize], kernel: &[usize]) -> Result<Window> {
    let rank = sizes.len();
    let strides = per_axis(layer, "strides", rank, 1)?;
    let dilations = per_axis(layer, "dilations", rank, 1)?;
    let more = match layer.node.ints("output_padding")? {
        Some(more) if more.len() == rank => more.to_vec(),
        Some(more) => {
            return Err(layer.contradiction(format!(
                "the output padding {more:?} does not fit {rank} axes"
            )));
        }
        None => vec![0; rank],
    };
    let wanted = match layer.node.ints("output_shape")? {
        Some(shape) if shape.len() >= rank => Some(&shape[shape.len() - rank..]),
        _ => None,
    };
    let padding = padding(layer, rank)?;
    let (mut positions, mut starts) = (vec![], vec![]);
    for axis in 0..rank {
        let reach = (kernel[axis] as i64 - 1) * dilations[axis] + 1;
        let full = strides[axis] * (sizes[axis] as i64 - 1) + more[axis] + reach;
        let same = match padding {
            Padding::Same { .. } => Some(strides[axis] * sizes[axis] as i64),
            Padding::Given(_) => None,
        };
        let target = wanted.map(|shape| shape[axis]).or(same);
        let upper = matches!(padding, Padding::Same { upper: true });
        let pads = match (target, &padding) {
            (Some(target), _) => halves((full - target).max(0), upper),
            (None, Padding::Given(pads)) => pads[axis],
            (None, Padding::Same { .. }) => (0, 0),
        };
        let count = target.unwrap_or(full - pads.0 - pads.1);
        if count < 1 {
            return Err(layer.contradiction(format!(
                "the output of {} has the size {count} along axis {axis}",
                layer.op()
            )));
        }
        positions.push(count as usize);
        starts.push(pads.0);
    }
    check_taps(layer, &positions, kernel)?;
    Ok(Window {
        starts,
        dilations: dilations.iter().map(|d| -d).collect(),
        spreads: strides.iter().map(|&s| s as usize).collect(),
        ..Window::new(kernel.to_vec(), positions)
    })
}
