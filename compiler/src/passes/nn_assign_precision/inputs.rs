//! Which type each input gets: the model's own, the user's, or what sample data or trees need.

use dialects::nn::{FloatTensor, Graph, Op, Port, Quantizer, ValueId};
use dialects::{Diagnostic, Number, Overflow, Result, Rounding};

use super::choose::for_ranges;
use super::insert::Typing;
use crate::analysis::nn_ranges::Interval;
use crate::options::Sampled;
use crate::precision::InputPrecision;

impl Typing<'_> {
    /// What stands for each input: the input where the model quantises it itself.
    pub(super) fn inputs(&mut self, old: &Graph) -> Result<Vec<ValueId>> {
        let options = self.cx.options;
        let wanted: usize = old.inputs.iter().map(numbers_of).sum();
        if let Some(ranges) = &options.input_ranges
            && ranges.len() != wanted
        {
            let sentence = format!(
                "the sample data have width {}, the model's inputs have width {wanted}",
                ranges.len()
            );
            return Err(Diagnostic::new(sentence)
                .help("give --input-data once for each input, samples first"));
        }
        let mut found = Vec::new();
        let mut before = 0;
        for (index, port) in old.inputs.iter().enumerate() {
            let value = ValueId(index as u32);
            let count = numbers_of(port);
            let sampled = options.input_ranges.as_ref();
            let sampled = sampled.map(|sampled| &sampled[before..before + count]);
            before += count;
            let trees = only_trees_read(old, value);
            found.push(match (options.input_precision, sampled) {
                (None, _) if is_quantised(old, value) => value,
                (Some(InputPrecision::Float32), _) => self.key(value, &port.name)?,
                (Some(InputPrecision::Fixed(precision)), _) => {
                    let quantizer = precision.quantizer();
                    match reads_through(old, value, &quantizer) {
                        true => value,
                        false => self.quantize(value, quantizer, &port.name)?,
                    }
                }
                (None, Some(sampled)) if trees => {
                    let quantizer = for_features(sampled, options.fraction_bits as i32);
                    self.quantize(value, quantizer, &port.name)?
                }
                (None, Some(sampled)) => {
                    let ranges = sampled.iter().map(interval).collect::<Vec<_>>();
                    let quantizer = for_ranges(&ranges, options.fraction_bits as i32);
                    self.quantize(value, quantizer, &port.name)?
                }
                (None, None) if trees => {
                    let text = "compared as float32; --input-precision 'fixed<W,I>' or \
                                --input-data x.npy give it a type of fewer bits";
                    self.cx.remark(super::PASS.name, Some(&port.name), text);
                    self.key(value, &port.name)?
                }
                (None, None) => value,
            });
        }
        Ok(found)
    }

    fn key(&mut self, input: ValueId, layer: &str) -> Result<ValueId> {
        let key = self.push(Op::FloatKey { input }, layer)?;
        self.keys[key.index()] = true;
        Ok(key)
    }
}

fn interval(sampled: &Sampled) -> Interval {
    let exact = |x: f64| Number::from_f64(x).unwrap_or_else(Number::zero);
    Interval {
        lo: exact(sampled.lo),
        hi: exact(sampled.hi),
    }
}

/// A type for each feature: as many bits before the point as its samples need, `fraction`
/// behind it, more where all samples are smaller than 1, fewer where fewer hold every sample.
fn for_features(sampled: &[Sampled], fraction: i32) -> Quantizer {
    let signed = sampled.iter().any(|sampled| sampled.lo < 0.0);
    let mut scales = Vec::with_capacity(sampled.len());
    let mut widths = Vec::with_capacity(sampled.len());
    for sampled in sampled {
        let range = interval(sampled);
        let largest = range.lo.abs().max(range.hi.abs());
        let below_one = (-largest.to_f64().log2().floor() as i32 - 1).clamp(0, 100);
        let fraction = (fraction + below_one).min(sampled.fraction.max(0));
        // The type of the hull with zero: all features share whether there is a sign.
        let zero = Interval::point(Number::zero());
        let quantizer = for_ranges(&[range, zero], fraction);
        let sign = signed && !quantizer.signed;
        scales.extend(quantizer.scale.values);
        widths.push(quantizer.bits.values[0] + f32::from(u8::from(sign)));
    }
    let each = |values: Vec<f32>| FloatTensor {
        shape: vec![values.len()],
        values,
    };
    Quantizer {
        scale: each(scales),
        bits: each(widths),
        ..Quantizer::fixed(signed, 1, 0, Rounding::HalfEven, Overflow::Saturate)
    }
}

fn numbers_of(port: &Port) -> usize {
    port.shape.iter().product()
}

/// Whether an input's only reader is this quantiser.
fn reads_through(graph: &Graph, input: ValueId, wanted: &Quantizer) -> bool {
    match graph.users()[input.index()][..] {
        [user] => {
            matches!(&graph.node(user).op, Op::Quantize { quantizer, .. } if **quantizer == *wanted)
        }
        _ => false,
    }
}

/// Whether every reader of an input is a quantiser, possibly behind moves.
fn is_quantised(graph: &Graph, input: ValueId) -> bool {
    readers(graph, input).is_some_and(|readers| {
        let quantises = |op: &&Op| {
            matches!(
                op,
                Op::Quantize { .. } | Op::Bipolar { .. } | Op::FloatKey { .. }
            )
        };
        readers.iter().all(quantises)
    })
}

/// Whether an input has readers and all are trees, possibly behind moves.
fn only_trees_read(graph: &Graph, input: ValueId) -> bool {
    readers(graph, input).is_some_and(|readers| {
        let compares = |op: &&Op| matches!(op, Op::TreeEnsemble { .. });
        !readers.is_empty() && readers.iter().all(compares)
    })
}

/// The ops that read an input, or what only moves it; `None` where it is a result.
fn readers(graph: &Graph, input: ValueId) -> Option<Vec<&Op>> {
    let users = graph.users();
    let mut found = Vec::new();
    let mut seen = vec![false; graph.nodes.len()];
    let mut left = vec![input];
    while let Some(value) = left.pop() {
        if std::mem::replace(&mut seen[value.index()], true) {
            continue;
        }
        if graph.results.contains(&value) {
            return None;
        }
        for &user in &users[value.index()] {
            match &graph.node(user).op {
                Op::Reshape { .. }
                | Op::Transpose { .. }
                | Op::Concat { .. }
                | Op::Slice { .. }
                | Op::Gather { .. }
                | Op::Window { .. } => left.push(user),
                op => found.push(op),
            }
        }
    }
    Some(found)
}
