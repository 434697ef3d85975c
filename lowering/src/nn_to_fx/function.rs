//! nn.function: an exact table.

use std::collections::HashMap;
use std::sync::Arc;

use dialects::fx::{Op, Table};
use dialects::nn::{Curve, ElementQuantizer, Quantizer, ValueId};
use dialects::{Diagnostic, Number, Result};

use super::Lowering;
use super::element::{Element, Site};

/// The widest input a table may have, in entries.
const MOST_ENTRIES: i128 = 1 << 16;

/// Tables made earlier: the elements of a layer mostly share one.
#[derive(Default)]
pub struct Memory {
    tables: HashMap<String, Arc<Table>>,
}

impl Lowering<'_> {
    pub(super) fn function(
        &mut self,
        input: ValueId,
        curve: &Curve,
        output: Option<&Quantizer>,
        layer: &str,
    ) -> Result<Vec<Element>> {
        let name = curve.function.name();
        let output = output.ok_or_else(|| {
            Diagnostic::new(format!("nn.function {name} has no output type"))
                .help("run nn-assign-precision first")
        })?;
        let quantizers = output.elements(self.shape(input))?;
        let elements = self.of(input).to_vec();
        let layer = self.builder.layer(layer);
        let mut found = Vec::with_capacity(elements.len());
        for (element, quantizer) in elements.iter().zip(&quantizers) {
            let mut site = Site {
                builder: &mut self.builder,
                layer,
            };
            found.push(tabulate(
                &mut site,
                &mut self.function,
                curve,
                element,
                quantizer,
            )?);
        }
        Ok(found)
    }
}

fn tabulate(
    site: &mut Site,
    memory: &mut Memory,
    curve: &Curve,
    element: &Element,
    quantizer: &ElementQuantizer,
) -> Result<Element> {
    let Some(input) = element.value else {
        let integer = curve.round_to(&element.offset, quantizer)?;
        return Ok(Element::constant(quantizer.real(integer)));
    };
    let range = site.builder.range(input);
    let entries = range.hi - range.lo + 1;
    if entries > MOST_ENTRIES {
        return Err(Diagnostic::new(format!(
            "a table of {} would have {entries} entries; the limit is {MOST_ENTRIES}",
            curve.function.name()
        ))
        .help("quantise the function's input to 16 bits or fewer"));
    }
    let key = format!(
        "{range} {element:?} {curve:?} {quantizer:?}",
        element = Element {
            value: None,
            ..element.clone()
        }
    );
    let table = match memory.tables.get(&key) {
        Some(table) => Arc::clone(table),
        None => {
            let mut values = Vec::with_capacity(entries as usize);
            for n in range.lo..=range.hi {
                let integer = curve.round_to(&element.real(n), quantizer)?;
                values
                    .push(i64::try_from(integer).map_err(|_| {
                        Diagnostic::new("a table holds entries of at most 64 bits")
                    })?);
            }
            let table = Arc::new(Table {
                first: range.lo,
                values,
            });
            memory.tables.insert(key, Arc::clone(&table));
            table
        }
    };
    let value = site.push(Op::Lookup { input, table })?;
    let zero = -&(&quantizer.zero_point * &quantizer.scale);
    let zero: Number = zero;
    Ok(Element::scaled(value, quantizer.scale.clone(), zero))
}
