//! Operators that only move elements, as index lists: for constants and for live values alike.

use dialects::Result;

use super::indexing::{axis, broadcast, broadcast_strides, strides, walk};
use super::{Args, elements, integers, required};
use crate::frontend::onnx::node::OnnxNode;
use crate::frontend::onnx::tensor::{Tensor, TensorData};

/// One output of a movement: element `i` of it is element `source[i]` of the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    pub shape: Vec<usize>,
    pub source: Vec<usize>,
}

/// What a data-moving node does to its first input, of `shape`: one movement for each output.
/// `args` are its constant inputs (the first is not looked at); `None` for other operators.
pub fn movement(
    node: &OnnxNode,
    shape: &[usize],
    args: &[Option<&Tensor>],
) -> Result<Option<Vec<Movement>>> {
    let whole = |shape: Vec<usize>| -> Result<Movement> {
        let source = (0..elements(node, &shape)?).collect();
        Ok(Movement { shape, source })
    };
    let movement = match node.op_type.as_str() {
        "Identity" => whole(shape.to_vec())?,
        "Dropout" if !trains(args) => whole(shape.to_vec())?,
        "Reshape" => {
            let target = integers(node, args, 1, "shape")?.ok_or_else(|| node.missing("shape"))?;
            whole(reshape(node, shape, &target)?)?
        }
        "Flatten" => {
            let at = match node.int_or("axis", 1)? {
                end if end == shape.len() as i64 => shape.len(),
                from => axis(node, from, shape.len())?,
            };
            whole(vec![
                shape[..at].iter().product(),
                shape[at..].iter().product(),
            ])?
        }
        "Squeeze" => whole(squeeze(node, shape, args)?)?,
        "Unsqueeze" => whole(unsqueeze(node, shape, args)?)?,
        "Transpose" => transpose(node, shape)?,
        "Slice" => slice(node, shape, args)?,
        "Gather" => gather(node, shape, args)?,
        "Expand" => {
            let target = sizes(
                node,
                &integers(node, args, 1, "shape")?.unwrap_or_default(),
                "shape",
            )?;
            let to = broadcast(node, shape, &target)?;
            elements(node, &to)?;
            let source = walk(&to, &broadcast_strides(shape, &to), 0);
            Movement { shape: to, source }
        }
        "Tile" => tile(node, shape, args)?,
        "Split" => return split(node, shape, args).map(Some),
        _ => return Ok(None),
    };
    Ok(Some(vec![movement]))
}

pub fn fold(node: &OnnxNode, args: &Args) -> Result<Vec<Tensor>> {
    let data = required(node, args, 0)?;
    let movements = movement(node, &data.shape, args)?.unwrap_or_default();
    Ok(movements
        .into_iter()
        .map(|m| data.pick(m.shape, &m.source))
        .collect())
}

fn trains(args: &Args) -> bool {
    let mode = args.get(2).copied().flatten();
    mode.is_some_and(|t| matches!(&t.data, TensorData::Bool(v) if v.contains(&true)))
}

pub fn contradiction<T>(node: &OnnxNode, sentence: String) -> Result<T> {
    Err(node
        .error(sentence)
        .help("the model contradicts itself: export it again"))
}

fn sizes(node: &OnnxNode, values: &[i64], role: &str) -> Result<Vec<usize>> {
    let size = |&v: &i64| usize::try_from(v).ok();
    match values.iter().map(size).collect() {
        Some(sizes) => Ok(sizes),
        None => contradiction(
            node,
            format!("the {role} {values:?} of {} is negative", node.op_type),
        ),
    }
}

/// The shape that Reshape makes: 0 keeps an entry, one −1 is what is left.
fn reshape(node: &OnnxNode, shape: &[usize], target: &[i64]) -> Result<Vec<usize>> {
    let keep = node.int_or("allowzero", 0)? == 0;
    let impossible = || {
        contradiction(
            node,
            format!("Reshape cannot turn the shape {shape:?} into {target:?}"),
        )
    };
    let mut new = vec![];
    let mut open = None;
    for (i, &entry) in target.iter().enumerate() {
        new.push(match entry {
            -1 if open.is_none() => {
                open = Some(i);
                1
            }
            0 if keep && i < shape.len() => shape[i],
            0 if keep => return impossible(),
            n => match usize::try_from(n) {
                Ok(n) => n,
                Err(_) => return impossible(),
            },
        });
    }
    let count = elements(node, shape)?;
    let rest = elements(node, &new)?;
    if let Some(at) = open {
        if rest == 0 || count % rest != 0 {
            return impossible();
        }
        new[at] = count / rest;
    } else if rest != count {
        return impossible();
    }
    Ok(new)
}

/// Axes from input 1 (operator set 13 on) or from the attribute; `None` when neither is given.
fn axes(node: &OnnxNode, args: &Args) -> Result<Option<Vec<i64>>> {
    match node.ints("axes")? {
        Some(axes) => Ok(Some(axes.to_vec())),
        None => integers(node, args, 1, "axes"),
    }
}

fn squeeze(node: &OnnxNode, shape: &[usize], args: &Args) -> Result<Vec<usize>> {
    let mut dropped = vec![false; shape.len()];
    match axes(node, args)? {
        None => dropped = shape.iter().map(|&d| d == 1).collect(),
        Some(axes) => {
            for from in axes {
                let at = axis(node, from, shape.len())?;
                if shape[at] != 1 {
                    return contradiction(
                        node,
                        format!("Squeeze drops axis {from} of the shape {shape:?}, which is not 1"),
                    );
                }
                dropped[at] = true;
            }
        }
    }
    Ok(shape
        .iter()
        .zip(dropped)
        .filter(|(_, dropped)| !dropped)
        .map(|(&d, _)| d)
        .collect())
}

fn unsqueeze(node: &OnnxNode, shape: &[usize], args: &Args) -> Result<Vec<usize>> {
    let axes = axes(node, args)?.ok_or_else(|| node.missing("axes"))?;
    let rank = shape.len() + axes.len();
    let mut added = vec![false; rank];
    for &from in &axes {
        if std::mem::replace(&mut added[axis(node, from, rank)?], true) {
            return contradiction(node, format!("Unsqueeze adds an axis of {axes:?} twice"));
        }
    }
    let mut old = shape.iter();
    Ok(added
        .into_iter()
        .map(|added| if added { 1 } else { *old.next().unwrap_or(&1) })
        .collect())
}

fn transpose(node: &OnnxNode, shape: &[usize]) -> Result<Movement> {
    let rank = shape.len();
    let order: Vec<usize> = match node.ints("perm")? {
        None => (0..rank).rev().collect(),
        Some(perm) => {
            let order: Vec<usize> = perm
                .iter()
                .map(|&p| axis(node, p, rank))
                .collect::<Result<_>>()?;
            if order.len() != rank || !(0..rank).all(|i| order.contains(&i)) {
                return contradiction(
                    node,
                    format!(
                        "the permutation {perm:?} of Transpose does not fit the shape {shape:?}"
                    ),
                );
            }
            order
        }
    };
    elements(node, shape)?;
    let own = strides(shape);
    let new: Vec<usize> = order.iter().map(|&i| shape[i]).collect();
    let steps: Vec<isize> = order.iter().map(|&i| own[i]).collect();
    Ok(Movement {
        source: walk(&new, &steps, 0),
        shape: new,
    })
}

fn slice(node: &OnnxNode, shape: &[usize], args: &Args) -> Result<Movement> {
    // Operator sets before 10 use attributes.
    let part = |name: &str, index: usize| match node.ints(name)? {
        Some(values) => Ok(Some(values.to_vec())),
        None => integers(node, args, index, name),
    };
    let starts = part("starts", 1)?.ok_or_else(|| node.missing("starts"))?;
    let ends = part("ends", 2)?.ok_or_else(|| node.missing("ends"))?;
    let axes = part("axes", 3)?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = part("steps", 4)?.unwrap_or_else(|| vec![1; starts.len()]);
    if ends.len() != starts.len() || axes.len() != starts.len() || steps.len() != starts.len() {
        return contradiction(
            node,
            "the starts, ends, axes and steps of Slice differ in length".into(),
        );
    }
    let mut new = shape.to_vec();
    let mut walked = strides(shape);
    let mut first = 0;
    let axes: Vec<usize> = axes
        .iter()
        .map(|&a| axis(node, a, shape.len()))
        .collect::<Result<_>>()?;
    for (i, &step) in steps.iter().enumerate() {
        let at = axes[i];
        if axes[..i].contains(&axes[i]) {
            return contradiction(node, format!("Slice cuts axis {at} twice"));
        }
        let size = shape[at] as i64;
        let from_end = |v: i64| if v < 0 { v.saturating_add(size) } else { v };
        // As in Python: a backward slice may stop before the first element.
        let (start, count) = if step > 0 {
            let start = from_end(starts[i]).clamp(0, size);
            (start, from_end(ends[i]).clamp(0, size) - start)
        } else if step < 0 {
            let start = from_end(starts[i]).clamp(-1, size - 1);
            (start, start - from_end(ends[i]).clamp(-1, size - 1))
        } else {
            return contradiction(node, "a step of Slice is 0".into());
        };
        new[at] = count.max(0).unsigned_abs().div_ceil(step.unsigned_abs()) as usize;
        first += start.max(0) as isize * walked[at];
        // A step past the end is never taken; clamped, it cannot overflow.
        walked[at] *= step.clamp(-size - 1, size + 1) as isize;
    }
    elements(node, &new)?;
    Ok(Movement {
        source: walk(&new, &walked, first),
        shape: new,
    })
}

fn gather(node: &OnnxNode, shape: &[usize], args: &Args) -> Result<Movement> {
    let at = axis(node, node.int_or("axis", 0)?, shape.len())?;
    let picks = integers(node, args, 1, "indices")?.ok_or_else(|| node.missing("indices"))?;
    let index_shape = &required(node, args, 1)?.shape;
    let size = shape[at];
    let mut places = vec![];
    for &pick in &picks {
        let place = if pick < 0 { pick + size as i64 } else { pick };
        match usize::try_from(place) {
            Ok(place) if place < size => places.push(place),
            _ => return contradiction(node, format!("Gather takes element {pick} of {size}")),
        }
    }
    let new: Vec<usize> = [&shape[..at], index_shape, &shape[at + 1..]].concat();
    let mut source = Vec::with_capacity(elements(node, &new)?);
    let behind: usize = shape[at + 1..].iter().product();
    for outer in 0..shape[..at].iter().product() {
        for &place in &places {
            let from = (outer * size + place) * behind;
            source.extend(from..from + behind);
        }
    }
    Ok(Movement { shape: new, source })
}

fn tile(node: &OnnxNode, shape: &[usize], args: &Args) -> Result<Movement> {
    let repeats = integers(node, args, 1, "repeats")?.ok_or_else(|| node.missing("repeats"))?;
    let repeats = sizes(node, &repeats, "repeats")?;
    if repeats.len() != shape.len() {
        return contradiction(
            node,
            format!("Tile repeats the shape {shape:?} by {repeats:?}"),
        );
    }
    let product = |(&d, &r): (&usize, &usize)| d.saturating_mul(r);
    let new: Vec<usize> = shape.iter().zip(&repeats).map(product).collect();
    elements(node, &new)?;
    let interleaved: Vec<usize> = repeats
        .iter()
        .zip(shape)
        .flat_map(|(&r, &d)| [r, d])
        .collect();
    let steps: Vec<isize> = strides(shape).into_iter().flat_map(|s| [0, s]).collect();
    Ok(Movement {
        source: walk(&interleaved, &steps, 0),
        shape: new,
    })
}

fn split(node: &OnnxNode, shape: &[usize], args: &Args) -> Result<Vec<Movement>> {
    let at = axis(node, node.int_or("axis", 0)?, shape.len())?;
    let size = shape[at];
    let given = match node.ints("split")? {
        Some(values) => Some(values.to_vec()),
        None => integers(node, args, 1, "split")?,
    };
    let parts: Vec<usize> = match given {
        Some(values) => sizes(node, &values, "split")?,
        None => {
            let count = node.outputs.len().max(1);
            let part = size.div_ceil(count);
            (0..count)
                .map(|i| part.min(size.saturating_sub(i * part)))
                .collect()
        }
    };
    if parts.iter().try_fold(0usize, |sum, &p| sum.checked_add(p)) != Some(size) {
        return contradiction(node, format!("Split cuts an axis of {size} into {parts:?}"));
    }
    let own = strides(shape);
    elements(node, shape)?;
    let mut from = 0;
    let mut outputs = vec![];
    for part in parts {
        let mut new = shape.to_vec();
        new[at] = part;
        outputs.push(Movement {
            source: walk(&new, &own, from as isize * own[at]),
            shape: new,
        });
        from += part;
    }
    Ok(outputs)
}
