//! A dense layer in steps: a part of its columns at a time, the weights from tables.

use std::sync::Arc;

use dialects::flow::{self, Fold};
use dialects::fx::{self, Builder, PortElement, Range, Table};
use dialects::nn::{Op, ValueId, rows_and_columns};
use dialects::{Diagnostic, Number, Result};

use super::reduce::{port, sums};
use super::{Kind, Lowering, Placed};
use crate::nn_to_fx::integer_ratio;

impl Lowering<'_> {
    /// The steps of a dense layer, where its placement asks for more than one and it can be
    /// folded: a matrix of constants on one row of exact products.
    pub fn folded(&self, value: ValueId) -> Option<Kind> {
        let Op::Dense {
            input,
            weight,
            product: None,
        } = &self.graph.node(value).op
        else {
            return None;
        };
        let [_, columns] = *self.graph.shape(*weight) else {
            return None;
        };
        let rows = self.graph.shape(*input).iter().product::<usize>() / columns;
        let tokens = self.tokens[input.index()].as_ref()?.count();
        // Side by side all tokens are one, which has the time of a sample.
        let cycles = match rows == tokens {
            true => self.paces[input.index()],
            false => self.placement.interval,
        };
        let steps = self.placement.of(self.layer(value), cycles);
        let steps = steps.min(columns);
        let whole = rows == 1 || rows == tokens;
        (steps > 1 && whole).then_some(Kind::Fold { steps })
    }

    pub fn place_fold(&mut self, value: ValueId, steps: usize) -> Result<Placed> {
        let Op::Dense { input, weight, .. } = self.graph.node(value).op.clone() else {
            unreachable!("only a dense layer is folded");
        };
        let layer = self.layer(value).to_string();
        let (rows, columns) = rows_and_columns(self.graph.shape(weight))?;
        let weights = self.numbers(weight)?;
        let (placed, lanes) = self.columns(input, self.of(value)?.count(), columns)?;
        let width = columns.div_ceil(steps);
        let steps = columns.div_ceil(width);
        let of = |step: usize, at: usize| Some(step * width + at).filter(|c| *c < columns);
        let fold = Fold {
            steps,
            lanes: (0..steps)
                .flat_map(|step| (0..width).map(move |at| (step, at)))
                .map(|(step, at)| of(step, at).map(|column| lanes[column]))
                .collect(),
        };
        let input = placed.stream;
        let fold = Arc::new(fold);
        let folded = self.flow.push(flow::Op::Fold { input, fold }, &layer)?;
        let types = self.flow.stream(folded).lanes.clone();
        let plain = |ty: &fx::IntType| PortElement {
            ty: *ty,
            scale: Number::one(),
            offset: Number::zero(),
        };
        let slice: Vec<PortElement> = types.iter().map(plain).collect();
        let number = Range::new(0, steps as i128 - 1).int_type();
        let number = plain(&number.ok_or_else(|| Diagnostic::new("too many steps"))?);
        let entries = 1 << number.ty.width;
        let ports = vec![port("step", &[number]), port("x", &slice)];
        let mut builder = Builder::new("kernel", ports);
        let id = builder.layer(&layer);
        let (mut results, mut elements) = (vec![], vec![]);
        for row in 0..rows {
            let row = &weights[row * columns..][..columns];
            let (mut grid, mut offset) = (Number::zero(), Number::zero());
            for (column, weight) in row.iter().enumerate() {
                let x = &placed.lanes[lanes[column]];
                grid = grid.gcd(&(&x.scale * weight));
                offset = &offset + &(&x.offset * weight);
            }
            if grid.is_zero() {
                grid = Number::one();
            }
            let mut sum = builder.constant(0, id)?;
            for at in 0..width {
                let mut values = vec![0i64; entries];
                for (step, entry) in values.iter_mut().enumerate().take(steps) {
                    let Some(column) = of(step, at) else { continue };
                    let weight = &placed.lanes[lanes[column]].scale * &row[column];
                    let weight = integer_ratio(&weight, &grid)?;
                    *entry = i64::try_from(weight)
                        .map_err(|_| Diagnostic::new("a weight needs more than 64 bits"))?;
                }
                let weight = match values.iter().all(|value| *value == values[0]) {
                    true => builder.constant(values[0].into(), id)?,
                    false => {
                        let table = Arc::new(Table { first: 0, values });
                        let input = builder.input(0);
                        builder.push(fx::Op::Lookup { input, table }, id)?
                    }
                };
                let product = builder.mul(builder.input(1 + at), weight, id)?;
                sum = builder.add(sum, product, id)?;
            }
            results.push(sum);
            elements.push(PortElement {
                ty: fx::IntType::BIT,
                scale: grid,
                offset,
            });
        }
        let outputs = fx::Port {
            elements,
            ..port("y", &[])
        };
        let outputs = fx::Port {
            shape: vec![rows],
            ..outputs
        };
        let kernel = builder.finish(results, vec![outputs]);
        let partial = kernel.outputs[0].elements.clone();
        let kernel = self.kernel(&format!("{layer} products"), kernel);
        let op = flow::Op::Map {
            input: folded,
            kernel,
            steps,
        };
        let products = self.flow.push(op, &layer)?;
        let all: Vec<usize> = (0..rows).collect();
        let (kernel, mut lanes) = sums(&partial, &all, steps, &layer)?;
        for (lane, partial) in lanes.iter_mut().zip(&partial) {
            // The offset is the row's, whatever the steps.
            lane.offset = partial.offset.clone();
        }
        let op = flow::Op::Reduce {
            input: products,
            kernel: self.kernel(&format!("{layer} sums"), kernel),
            tokens: steps,
            initial: vec![0; rows],
        };
        let stream = self.flow.push(op, &layer)?;
        Ok(Placed { stream, lanes })
    }

    /// A stream, and the lane of each column of a row: the same in every token.
    fn columns(
        &mut self,
        input: ValueId,
        tokens: usize,
        columns: usize,
    ) -> Result<(Placed, Vec<usize>)> {
        if let Some((base, lanes)) = self.selected(input, tokens)? {
            return Ok((self.place(base)?, lanes));
        }
        let (placed, tokens) = self.place_border(input, tokens)?;
        let first = tokens.members[0][0] as usize;
        let lane = |column: usize| tokens.place(first / columns * columns + column).1;
        Ok((placed, (0..columns).map(lane).collect()))
    }

    /// The one token that a vector is a selection of, and its lanes: a fold selects lanes itself.
    fn selected(&self, input: ValueId, tokens: usize) -> Result<Option<(ValueId, Vec<usize>)>> {
        let size: usize = self.graph.shape(input).iter().product();
        let origins = (0..size).map(|element| self.origin(input, element));
        let Some(origins) = origins.collect::<Option<Vec<_>>>() else {
            return Ok(None);
        };
        let base = origins[0].0;
        let single = tokens == 1 && origins.iter().all(|(of, _)| *of == base);
        if !single || !self.is_border(base, 1)? || self.of(base)?.count() != 1 {
            return Ok(None);
        }
        let own = self.of(base)?;
        let lanes = origins.iter().map(|(_, element)| own.place(*element).1);
        Ok(Some((base, lanes.collect())))
    }

    /// The exact numbers of a constant, worked out from what leads to it.
    pub fn numbers(&self, value: ValueId) -> Result<Vec<Number>> {
        let node = self.graph.node(value);
        if let Op::Constant { value } = &node.op {
            return Ok(value.tensor()?.values);
        }
        let shapes = node.op.operands();
        let operands = shapes.iter().map(|&of| {
            let shape = self.graph.shape(of).to_vec();
            Ok(dialects::nn::Tensor::new(shape, self.numbers(of)?))
        });
        let operands = operands.collect::<Result<Vec<_>>>()?;
        let references: Vec<_> = operands.iter().collect();
        let def = node.op.def();
        let def = def.ok_or_else(|| Diagnostic::new("weights depend on the input"))?;
        Ok((def.eval)(&node.op, &references)?.values)
    }
}
