//! Poolings: a reduction of the neighbourhood of every position, or of all positions.

use dialects::Result;
use dialects::nn::{Constant, Function, Op, Outside, Reduction, Window};

use super::activation::{curve, function};
use super::layer::Layer;
use super::spatial::{Image, Layout, Windows, windows};
use super::value::Value;
use super::{Row, channels_last, onnx};

pub const ROWS: &[Row] = &[
    onnx("MaxPool", |l| max_pool(l, Layout::ChannelsFirst)),
    channels_last("MaxPool", |l| max_pool(l, Layout::ChannelsLast)),
    onnx("AveragePool", |l| {
        on_floats(l, |l, x| average(l, x, Layout::ChannelsFirst))
    }),
    channels_last("AveragePool", |l| {
        on_floats(l, |l, x| average(l, x, Layout::ChannelsLast))
    }),
    onnx("LpPool", |l| on_floats(l, lp_pool)),
    onnx("GlobalAveragePool", |l| {
        on_floats(l, |l, x| {
            global(l, x, Reduction::Mean, Layout::ChannelsFirst)
        })
    }),
    channels_last("GlobalAveragePool", |l| {
        on_floats(l, |l, x| {
            global(l, x, Reduction::Mean, Layout::ChannelsLast)
        })
    }),
    onnx("GlobalMaxPool", |l| {
        let x = l.operand(0, "X")?;
        Ok(vec![global(l, x, Reduction::Max, Layout::ChannelsFirst)?])
    }),
    onnx("GlobalLpPool", |l| on_floats(l, global_lp_pool)),
];

fn on_floats(
    layer: &mut Layer,
    convert: impl Fn(&mut Layer, Value) -> Result<Value>,
) -> Result<Vec<Value>> {
    let x = layer.operand(0, "X")?;
    layer.computes_in_floats(&[x])?;
    Ok(vec![convert(layer, x)?])
}

/// Also on integers, where nothing can overflow.
fn max_pool(layer: &mut Layer, layout: Layout) -> Result<Vec<Value>> {
    let x = layer.operand(0, "X")?;
    let image = Image::of(layer, x, layout)?;
    let Windows { window, .. } = pooled(layer, &image, Outside::Nearest)?;
    Ok(vec![reduced(layer, &image, window, Reduction::Max)?])
}

fn pooled(layer: &Layer, image: &Image, outside: Outside) -> Result<Windows> {
    let kernel = layer.node.ints("kernel_shape")?;
    let kernel = kernel.ok_or_else(|| layer.node.missing("kernel_shape"))?;
    let kernel = kernel.iter().map(|&k| usize::try_from(k).unwrap_or(0));
    let ceil = layer.node.int_or("ceil_mode", 0)? != 0;
    let sizes = image.sizes(layer);
    windows(layer, &sizes, &kernel.collect::<Vec<_>>(), ceil, outside)
}

/// A reduction over the taps of every window.
fn reduced(layer: &mut Layer, image: &Image, window: Window, kind: Reduction) -> Result<Value> {
    let input = image.windows(layer, window)?;
    let rank = layer.model.graph.shape(input).len();
    let taps = layer.shape(image.value).len() - 1;
    let axes = (rank - taps..rank).collect();
    let result = layer.push(Op::Reduce { input, kind, axes })?;
    image.restore(layer, result)
}

/// The mean over the taps that count: those inside the input, or inside its padding as well.
pub fn average(layer: &mut Layer, x: Value, layout: Layout) -> Result<Value> {
    let image = Image::of(layer, x, layout)?;
    let Windows { window, pads } = pooled(layer, &image, Outside::Zero)?;
    let with_pads = layer.node.int_or("count_include_pad", 0)? != 0;
    let sizes = image.sizes(layer);
    let mut counts = vec![1usize];
    for (axis, &size) in sizes.iter().enumerate() {
        let (before, behind) = match with_pads {
            true => pads[axis],
            false => (0, 0),
        };
        let counted = |position: usize| {
            let first = window.starts[axis] + window.strides[axis] * position as i64;
            let taps = (0..window.kernel[axis] as i64).map(|t| first + t * window.dilations[axis]);
            taps.filter(|at| (-before..size as i64 + behind).contains(at))
                .count()
        };
        let along = (0..window.positions[axis]).map(counted).collect::<Vec<_>>();
        let outer = std::mem::take(&mut counts);
        counts.extend(outer.iter().flat_map(|a| along.iter().map(move |b| a * b)));
    }
    if counts.contains(&0) {
        return Err(layer.contradiction("a window of AveragePool lies outside its input"));
    }
    let taps = window.kernel.iter().product::<usize>();
    if counts.iter().all(|&count| count == taps) {
        return reduced(layer, &image, window, Reduction::Mean);
    }
    let shape = match layout {
        Layout::ChannelsFirst => window.positions.clone(),
        Layout::ChannelsLast => [&window.positions[..], &[1]].concat(),
    };
    let sum = reduced(layer, &image, window, Reduction::Sum)?;
    let counts = match counts.iter().all(|count| *count == counts[0]) {
        true => Constant::float(vec![], vec![counts[0] as f32]),
        false => Constant::float(shape, counts.iter().map(|&count| count as f32).collect()),
    };
    let counts = layer.push_constant(counts)?;
    layer.binary(sum, counts, |lhs, rhs| Op::Div { lhs, rhs })
}

/// |x| or x², whose sums the norms of order 1 and 2 are made of.
fn sizes(layer: &mut Layer, x: Value) -> Result<(Value, i64)> {
    match layer.node.int_or("p", 2)? {
        1 => Ok((layer.push_like(Op::Abs { input: x.id }, x)?, 1)),
        2 => Ok((layer.binary(x, x, |lhs, rhs| Op::Mul { lhs, rhs })?, 2)),
        p => Err(layer
            .error(format!(
                "{} with a norm of order {p} is not supported",
                layer.op()
            ))
            .help("use order 1 or 2, or an average")),
    }
}

fn rooted(layer: &mut Layer, sum: Value, order: i64) -> Result<Value> {
    match order {
        1 => Ok(sum),
        _ => function(layer, sum, curve(Function::Sqrt)),
    }
}

fn lp_pool(layer: &mut Layer, x: Value) -> Result<Value> {
    let (terms, order) = sizes(layer, x)?;
    let image = Image::of(layer, terms, Layout::ChannelsFirst)?;
    let Windows { window, .. } = pooled(layer, &image, Outside::Zero)?;
    let sum = reduced(layer, &image, window, Reduction::Sum)?;
    rooted(layer, sum, order)
}

fn global_lp_pool(layer: &mut Layer, x: Value) -> Result<Value> {
    let (terms, order) = sizes(layer, x)?;
    let sum = global(layer, terms, Reduction::Sum, Layout::ChannelsFirst)?;
    rooted(layer, sum, order)
}

/// Over all positions, each of which becomes 1.
pub fn global(layer: &mut Layer, x: Value, kind: Reduction, layout: Layout) -> Result<Value> {
    let rank = layer.rank(x) as i64;
    let (first, behind) = match layout {
        Layout::ChannelsFirst => (2, rank),
        Layout::ChannelsLast => (1, rank - 1),
    };
    let axes = (first..behind).map(|axis| layer.axis(x, axis));
    let axes = axes.collect::<Result<Vec<_>>>()?;
    if axes.is_empty() {
        return Ok(x);
    }
    let mut shape = layer.shape(x).to_vec();
    for &axis in &axes {
        shape[axis] = 1;
    }
    let input = x.id;
    let y = layer.push_like(Op::Reduce { input, kind, axes }, x)?;
    layer.reshape(y, shape)
}
