//! Resize and Upsample to the nearest element, DepthToSpace and SpaceToDepth: elements move.

use dialects::Result;
use dialects::nn::Op;

use super::layer::Layer;
use super::transpose::permute;
use super::value::Value;
use super::{Row, onnx};
use crate::frontend::onnx::tensor::Tensor;

pub const ROWS: &[Row] = &[
    onnx("Resize", resize),
    onnx("Upsample", upsample),
    onnx("DepthToSpace", depth_to_space),
    onnx("SpaceToDepth", space_to_depth),
];

fn numbers(layer: &Layer, index: usize, role: &str) -> Result<Option<Vec<f64>>> {
    let Some(name) = layer.node.input(index) else {
        return Ok(None);
    };
    let found = layer.constant(index).map(|tensor| tensor.with_batch(1));
    let found = found.as_ref().and_then(Tensor::to_f64s).ok_or_else(|| {
        layer
            .error(format!(
                "the {role} of {} (\"{name}\") depend on the model's input",
                layer.op()
            ))
            .help("export the model with static shapes")
    })?;
    Ok((!found.is_empty()).then_some(found))
}

fn nearest_only(layer: &Layer) -> Result<()> {
    match layer.node.string_or("mode", "nearest")? {
        "nearest" => Ok(()),
        mode => Err(layer
            .error(format!(
                "{} interpolates (mode \"{mode}\"), which is not supported",
                layer.op()
            ))
            .note("mode \"nearest\" is")
            .help("train the network with nearest-neighbour upsampling")),
    }
}

fn upsample(layer: &mut Layer) -> Result<Vec<Value>> {
    nearest_only(layer)?;
    let x = layer.operand(0, "X")?;
    let scales = match layer.node.floats("scales")? {
        Some(scales) => scales.iter().map(|&s| f64::from(s)).collect(),
        None => numbers(layer, 1, "scales")?.ok_or_else(|| layer.node.missing("scales"))?,
    };
    let place = |_: &Axis, at: f64, scale: f64| (at / scale).floor();
    Ok(vec![resized(layer, x, &scales, None, None, place)?])
}

/// One axis being resized.
struct Axis {
    size: f64,
    wanted: f64,
}

fn resize(layer: &mut Layer) -> Result<Vec<Value>> {
    nearest_only(layer)?;
    let x = layer.operand(0, "X")?;
    let old = layer.node.version < 11;
    let scales = numbers(layer, if old { 1 } else { 2 }, "scales")?;
    let sizes = numbers(layer, 3, "sizes")?;
    let stretches = layer
        .node
        .string_or("keep_aspect_ratio_policy", "stretch")?;
    if stretches != "stretch" && sizes.is_some() {
        return Err(layer
            .error(format!(
                "Resize keeps the aspect ratio (\"{stretches}\"), which is not supported"
            ))
            .help("export the model with scales"));
    }
    let coordinates = match old {
        true => "asymmetric",
        false => layer
            .node
            .string_or("coordinate_transformation_mode", "half_pixel")?,
    };
    let rounding = match old {
        true => "floor",
        false => layer.node.string_or("nearest_mode", "round_prefer_floor")?,
    };
    let transform: fn(&Axis, f64, f64) -> f64 = match coordinates {
        "half_pixel" => |_, at, scale| (at + 0.5) / scale - 0.5,
        "half_pixel_symmetric" => |axis, at, scale| {
            let adjustment = axis.wanted / (scale * axis.size);
            let centre = axis.size / 2.0;
            centre * (1.0 - adjustment) + (at + 0.5) / scale - 0.5
        },
        "pytorch_half_pixel" => |axis, at, scale| match axis.wanted > 1.0 {
            true => (at + 0.5) / scale - 0.5,
            false => 0.0,
        },
        "tf_half_pixel_for_nn" => |_, at, scale| (at + 0.5) / scale,
        "align_corners" => |axis, at, _| match axis.wanted > 1.0 {
            true => at * (axis.size - 1.0) / (axis.wanted - 1.0),
            false => 0.0,
        },
        "asymmetric" => |_, at, scale| at / scale,
        other => {
            return Err(layer
                .error(format!(
                    "Resize with the coordinates \"{other}\" is not supported"
                ))
                .help("export the model with asymmetric or half_pixel coordinates"));
        }
    };
    let round: fn(f64) -> f64 = match rounding {
        "round_prefer_floor" => |x| (x - 0.5).ceil(),
        "round_prefer_ceil" => |x| (x + 0.5).floor(),
        "floor" => f64::floor,
        "ceil" => f64::ceil,
        other => {
            return Err(
                layer.contradiction(format!("Resize rounds by the unknown mode \"{other}\""))
            );
        }
    };
    let axes = layer.node.ints("axes")?.map(<[i64]>::to_vec);
    let place = move |axis: &Axis, at: f64, scale: f64| round(transform(axis, at, scale));
    let scales = scales.unwrap_or_default();
    Ok(vec![resized(layer, x, &scales, sizes, axes, place)?])
}

/// Along each axis, the element of the place that each position of the result has.
fn resized(
    layer: &mut Layer,
    x: Value,
    scales: &[f64],
    sizes: Option<Vec<f64>>,
    axes: Option<Vec<i64>>,
    place: impl Fn(&Axis, f64, f64) -> f64,
) -> Result<Value> {
    let rank = layer.rank(x);
    let axes = axes.unwrap_or_else(|| (0..rank as i64).collect());
    let given = sizes.as_ref().map_or(scales.len(), Vec::len);
    if given != axes.len() {
        return Err(layer.contradiction(format!(
            "{} has {given} scales or sizes for {} axes",
            layer.op(),
            axes.len()
        )));
    }
    let mut y = x;
    for (at, &onnx_axis) in axes.iter().enumerate() {
        let is_one = match &sizes {
            Some(sizes) => sizes[at] == layer.onnx_shape(x, 1)[counted(onnx_axis, rank)] as f64,
            None => scales[at] == 1.0,
        };
        if is_one {
            continue;
        }
        let axis = layer.axis(x, onnx_axis)?;
        let size = layer.shape(x)[axis] as f64;
        let (wanted, scale) = match &sizes {
            Some(sizes) => (sizes[at], sizes[at] / size),
            None => ((size * scales[at]).floor(), scales[at]),
        };
        if !(1.0..1e6).contains(&wanted) {
            return Err(layer.contradiction(format!(
                "{} makes an axis of {wanted} elements from {size}",
                layer.op()
            )));
        }
        let along = Axis { size, wanted };
        let source = |position: usize| {
            let found = place(&along, position as f64, scale);
            found.clamp(0.0, size - 1.0) as usize
        };
        let indices = (0..wanted as usize).map(source).collect();
        let input = y.id;
        y = layer.push_like(
            Op::Gather {
                input,
                indices,
                axis,
            },
            y,
        )?;
    }
    Ok(y)
}

fn counted(axis: i64, rank: usize) -> usize {
    (if axis < 0 { axis + rank as i64 } else { axis }) as usize
}

/// The block size, checked against an image of rank 4.
fn block(layer: &Layer, x: Value) -> Result<usize> {
    let size = layer.node.int_or("blocksize", 0)?;
    match usize::try_from(size) {
        Ok(size) if size > 0 && layer.rank(x) == 4 => Ok(size),
        _ => Err(layer.contradiction(format!(
            "{} has blocks of {size} for the shape {}",
            layer.op(),
            layer.shape_text(x)
        ))),
    }
}

/// The value split along axes, permuted, and joined: shapes without the batch axis.
fn regrouped(
    layer: &mut Layer,
    x: Value,
    split: Vec<usize>,
    order: [usize; 6],
    joined: [usize; 3],
) -> Result<Value> {
    let events = layer.onnx_shape(x, 1)[0];
    let with_batch = |layer: &mut Layer, value: Value, rest: Vec<usize>| {
        let shape = [vec![events], rest].concat();
        super::reshape::reshape_one(layer, value, shape)
    };
    let x = with_batch(layer, x, split)?;
    let x = permute(layer, x, &order)?;
    with_batch(layer, x, joined.to_vec())
}

fn depth_to_space(layer: &mut Layer) -> Result<Vec<Value>> {
    let x = layer.operand(0, "input")?;
    let b = block(layer, x)?;
    let shape = layer.onnx_shape(x, 1);
    let [_, c, h, w] = shape[..] else {
        return Err(layer.contradiction("DepthToSpace needs an image"));
    };
    if c % (b * b) != 0 {
        return Err(layer.contradiction(format!("DepthToSpace splits {c} channels by {b}·{b}")));
    }
    let inner = c / (b * b);
    let (split, order) = match layer.node.string_or("mode", "DCR")? {
        "CRD" => (vec![inner, b, b, h, w], [0, 1, 4, 2, 5, 3]),
        _ => (vec![b, b, inner, h, w], [0, 3, 4, 1, 5, 2]),
    };
    let joined = [inner, h * b, w * b];
    Ok(vec![regrouped(layer, x, split, order, joined)?])
}

fn space_to_depth(layer: &mut Layer) -> Result<Vec<Value>> {
    let x = layer.operand(0, "input")?;
    let b = block(layer, x)?;
    let shape = layer.onnx_shape(x, 1);
    let [_, c, h, w] = shape[..] else {
        return Err(layer.contradiction("SpaceToDepth needs an image"));
    };
    if h % b != 0 || w % b != 0 {
        return Err(layer.contradiction(format!("SpaceToDepth splits {h} by {w} by {b}")));
    }
    let split = vec![c, h / b, b, w / b, b];
    let joined = [c * b * b, h / b, w / b];
    Ok(vec![regrouped(
        layer,
        x,
        split,
        [0, 3, 5, 1, 2, 4],
        joined,
    )?])
}
