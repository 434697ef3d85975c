//! nn.dense: one multiplication per weight, one sum per neuron.

use dialects::nn::{Quantizer, ValueId, rows_and_columns};
use dialects::{Diagnostic, Number, Result};

use super::Lowering;
use super::element::{Element, Site, integer_ratio};
use super::requantize::requantize;

impl Lowering<'_> {
    pub(super) fn dense(
        &mut self,
        input: ValueId,
        weight: ValueId,
        product: Option<&Quantizer>,
        layer: &str,
    ) -> Result<Vec<Element>> {
        let (rows, columns) = rows_and_columns(self.shape(weight))?;
        let weights = self.of(weight).iter().map(Element::as_constant);
        let weights = weights.map(|w| w.cloned()).collect::<Option<Vec<_>>>();
        let weights = weights.ok_or_else(|| {
            Diagnostic::new("nn.dense multiplies by weights that depend on the input")
                .help("only constant weights have a hardware lowering; rewrite the product as nn.mul and nn.reduce")
        })?;
        let tokens = self.of(input).to_vec();
        let cast = match product {
            Some(product) => Some(product.elements(&[])?.remove(0)),
            None => None,
        };
        let id = self.builder.layer(layer);
        let mut found = Vec::new();
        let matrices = weights.chunks(rows * columns).cycle();
        for (token, matrix) in tokens.chunks(columns).zip(matrices) {
            let mut settled = Vec::with_capacity(columns);
            for element in token {
                settled.push(self.site(layer).settle(element)?);
            }
            for row in matrix.chunks(columns) {
                let mut site = Site {
                    builder: &mut self.builder,
                    layer: id,
                };
                found.push(match &cast {
                    None => neuron(&mut site, &settled, row)?,
                    Some(cast) => {
                        let mut products = Vec::new();
                        for (x, w) in settled.iter().zip(row).filter(|(_, w)| !w.is_zero()) {
                            let product = x.affine(w, &Number::zero());
                            let memory = &mut self.requantize;
                            products.push(requantize(&mut site, memory, &product, cast)?);
                        }
                        let sum = super::step::sum(&mut site, &products)?;
                        requantize(&mut site, &mut self.requantize, &sum, cast)?
                    }
                });
            }
        }
        Ok(found)
    }
}

/// Σ w·x on the coarsest grid that holds every product. Products with zero are made, too:
/// the e-graph prunes them, and all that feeds only them.
fn neuron(site: &mut Site, inputs: &[Element], row: &[Number]) -> Result<Element> {
    let mut offset = Number::zero();
    let mut grid = Number::zero();
    for (x, w) in inputs.iter().zip(row) {
        offset = &offset + &(&x.offset * w);
        if x.value.is_some() {
            grid = grid.gcd(&(&x.scale * w));
        }
    }
    let grid = coarse_enough(grid);
    let mut sum = None;
    for (x, w) in inputs.iter().zip(row) {
        let Some(value) = x.value else { continue };
        let factor = integer_ratio(&(&x.scale * w), &grid)?;
        let factor = site.constant(factor)?;
        let product = site.builder.mul(value, factor, site.layer)?;
        sum = Some(match sum {
            None => product,
            Some(sum) => site.builder.add(sum, product, site.layer)?,
        });
    }
    Ok(match sum {
        Some(sum) => Element::scaled(sum, grid, offset),
        None => Element::constant(offset),
    })
}

/// A grid whose odd factor is small is a power of two with slightly larger weights: its
/// requantisation is then a shift. A large odd factor is a quantiser's scale and is kept.
fn coarse_enough(grid: Number) -> Number {
    if grid.is_zero() {
        return Number::one();
    }
    let odd = grid.odd_part();
    let small = Number::from(256i64);
    match odd.is_dyadic() && odd < small {
        true => grid.checked_div(&odd).unwrap_or(grid),
        false => grid,
    }
}
