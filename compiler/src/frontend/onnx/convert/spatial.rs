//! What convolutions and poolings share: images, and where their windows stand.

use dialects::nn::{Op, Outside, ValueId, Window};
use dialects::{Diagnostic, Result};

use super::layer::Layer;
use super::transpose::permute;
use super::value::{BatchAxis, Value};

/// Which ONNX axis holds the channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    ChannelsFirst,
    ChannelsLast,
}

/// A value as `nn.window` reads it: channels, then axes with positions. Where ONNX axis 0 is
/// no batch that was removed, it is the first of these, and no window extends along it.
pub struct Image {
    pub value: Value,
    layout: Layout,
    /// The batch of the ONNX value.
    batch: BatchAxis,
}

impl Image {
    pub fn of(layer: &mut Layer, x: Value, layout: Layout) -> Result<Image> {
        if matches!(x.batch, BatchAxis::At(axis) if axis != 0) {
            return Err(layer.mixes_batch("its axis 0 is not the batch"));
        }
        let rank = layer.rank(x);
        if rank < 3 {
            return Err(layer.contradiction(format!(
                "{} has the shape {}, which has no positions",
                layer.op(),
                layer.shape_text(x)
            )));
        }
        let own = layer.shape(x).len();
        let outer = rank - 1 - (rank - own);
        let channel = match layout {
            Layout::ChannelsFirst => own - (rank - 1),
            Layout::ChannelsLast => outer,
        };
        let mut order = vec![channel];
        order.extend((0..own).filter(|&axis| axis != channel));
        let moved = layer.transpose(x, order)?;
        Ok(Image {
            value: Value {
                batch: BatchAxis::Absent,
                ..moved
            },
            layout,
            batch: x.batch,
        })
    }

    pub fn channels(&self, layer: &Layer) -> usize {
        layer.shape(self.value)[0]
    }

    /// The sizes of the axes along which windows extend.
    pub fn sizes(&self, layer: &Layer) -> Vec<usize> {
        layer.shape(self.value)[1 + self.flat_axes()..].to_vec()
    }

    /// Axes with positions along which no window extends.
    fn flat_axes(&self) -> usize {
        usize::from(!matches!(self.batch, BatchAxis::At(_)))
    }

    /// The neighbourhoods: positions, channels, taps.
    pub fn windows(&self, layer: &mut Layer, mut window: Window) -> Result<ValueId> {
        if self.flat_axes() == 1 {
            let size = layer.shape(self.value)[1];
            window.kernel.insert(0, 1);
            window.positions.insert(0, size);
            window.starts.insert(0, 0);
            window.strides.insert(0, 1);
            window.dilations.insert(0, 1);
            window.spreads.insert(0, 1);
        }
        layer.push(Op::Window {
            input: self.value.id,
            window: window.into(),
        })
    }

    /// An `nn` value of positions and channels as the ONNX value it stands for.
    pub fn restore(&self, layer: &mut Layer, result: ValueId) -> Result<Value> {
        let result = self.value.with(result);
        let last = layer.shape(result).len() - 1;
        let restored = match self.layout {
            Layout::ChannelsLast => result,
            Layout::ChannelsFirst => {
                let mut order: Vec<usize> = (0..last).collect();
                order.insert(self.flat_axes(), last);
                permute(layer, result, &order)?
            }
        };
        Ok(Value {
            batch: self.batch,
            ..restored
        })
    }
}

/// An attribute with an entry for each axis of the kernel.
pub fn per_axis(layer: &Layer, name: &str, rank: usize, default: i64) -> Result<Vec<i64>> {
    let Some(entries) = layer.node.ints(name)? else {
        return Ok(vec![default; rank]);
    };
    match entries.len() == rank && entries.iter().all(|&entry| entry > 0) {
        true => Ok(entries.to_vec()),
        false => Err(layer.contradiction(format!(
            "the {name} {entries:?} of {} do not fit {rank} axes",
            layer.op()
        ))),
    }
}

/// Zeros before and behind each axis, as the node gives them.
pub fn pads(layer: &Layer, rank: usize) -> Result<Vec<(i64, i64)>> {
    let Some(entries) = layer.node.ints("pads")? else {
        return Ok(vec![(0, 0); rank]);
    };
    if entries.len() != 2 * rank {
        return Err(layer.contradiction(format!(
            "the pads {entries:?} of {} do not fit {rank} axes",
            layer.op()
        )));
    }
    let (before, behind) = entries.split_at(rank);
    Ok(before.iter().copied().zip(behind.iter().copied()).collect())
}

/// The two parts of the padding that `SAME_UPPER` or `SAME_LOWER` needs.
pub fn halves(total: i64, upper: bool) -> (i64, i64) {
    let small = total / 2;
    match upper {
        true => (small, total - small),
        false => (total - small, small),
    }
}

/// How a node pads.
pub enum Padding {
    Given(Vec<(i64, i64)>),
    Same { upper: bool },
}

pub fn padding(layer: &Layer, rank: usize) -> Result<Padding> {
    match layer.node.string_or("auto_pad", "NOTSET")? {
        "NOTSET" | "" => Ok(Padding::Given(pads(layer, rank)?)),
        "VALID" => Ok(Padding::Given(vec![(0, 0); rank])),
        "SAME_UPPER" => Ok(Padding::Same { upper: true }),
        "SAME_LOWER" => Ok(Padding::Same { upper: false }),
        other => Err(layer.contradiction(format!(
            "{} pads by the unknown rule \"{other}\"",
            layer.op()
        ))),
    }
}

/// The windows of a node, and what it adds before and behind each axis.
pub struct Windows {
    pub window: Window,
    pub pads: Vec<(i64, i64)>,
}

/// The windows of a node whose kernel has these sizes; an axis is rounded up with `ceil`.
pub fn windows(
    layer: &Layer,
    sizes: &[usize],
    kernel: &[usize],
    ceil: bool,
    outside: Outside,
) -> Result<Windows> {
    let rank = sizes.len();
    if kernel.len() != rank || kernel.contains(&0) {
        return Err(layer.contradiction(format!(
            "{} has the kernel {kernel:?} for the positions {sizes:?}",
            layer.op()
        )));
    }
    let strides = per_axis(layer, "strides", rank, 1)?;
    let dilations = per_axis(layer, "dilations", rank, 1)?;
    let padding = padding(layer, rank)?;
    let given: &[(i64, i64)] = match &padding {
        Padding::Given(given) => given,
        Padding::Same { .. } => &[],
    };
    let pads = given.iter().flat_map(|pads| [pads.0, pads.1]);
    let lengths = sizes.iter().chain(kernel).map(|&size| size as u64);
    let places = strides.iter().chain(&dilations).copied().chain(pads);
    let mut lengths = lengths.chain(places.map(i64::unsigned_abs));
    if lengths.any(|length| length > MOST_DISTANCE) {
        return Err(layer.error(format!(
            "{} has a size, stride, dilation or padding beyond {MOST_DISTANCE}",
            layer.op()
        )));
    }
    let (mut positions, mut around) = (vec![], vec![]);
    for axis in 0..rank {
        let (size, stride) = (sizes[axis] as i64, strides[axis]);
        let reach = (kernel[axis] as i64 - 1) * dilations[axis] + 1;
        let (pads, count) = match &padding {
            Padding::Same { upper } => {
                let count = (size + stride - 1) / stride;
                let total = ((count - 1) * stride + reach - size).max(0);
                (halves(total, *upper), count)
            }
            Padding::Given(given) => {
                let pads = given[axis];
                let room = size + pads.0 + pads.1 - reach;
                let mut count = room.div_euclid(stride) + 1;
                // A window counts only if it starts before the padding behind the input.
                if ceil && room % stride != 0 && count * stride < size + pads.0 {
                    count += 1;
                }
                (pads, count)
            }
        };
        if count < 1 {
            return Err(too_large(layer, sizes, kernel));
        }
        positions.push(count as usize);
        around.push(pads);
    }
    check_taps(layer, &positions, kernel)?;
    let window = Window {
        starts: around.iter().map(|pads| -pads.0).collect(),
        strides,
        dilations,
        outside,
        ..Window::new(kernel.to_vec(), positions)
    };
    Ok(Windows {
        window,
        pads: around,
    })
}

/// A size, stride, dilation or padding along an axis.
const MOST_DISTANCE: u64 = 1 << 28;
/// Taps of all positions together.
const MOST_TAPS: usize = 1 << 24;

/// Errors: more positions and taps than any circuit has.
pub fn check_taps(layer: &Layer, positions: &[usize], kernel: &[usize]) -> Result<()> {
    let sizes = positions.iter().chain(kernel).copied();
    match sizes.fold(1, usize::saturating_mul) > MOST_TAPS {
        true => Err(layer.error(format!(
            "{} has {positions:?} positions of {kernel:?} taps, together more than {MOST_TAPS}",
            layer.op()
        ))),
        false => Ok(()),
    }
}

fn too_large(layer: &Layer, sizes: &[usize], kernel: &[usize]) -> Diagnostic {
    layer.contradiction(format!(
        "the kernel {kernel:?} of {} is larger than its input {sizes:?} with its padding",
        layer.op()
    ))
}
