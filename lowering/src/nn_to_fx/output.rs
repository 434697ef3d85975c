//! Output ports: results keep all their bits.

use dialects::Number;
use dialects::Result;
use dialects::fx::{Conversion, Graph, IntType, Port, PortElement};

use super::Lowering;
use super::element::{Element, Site};

/// Ends the function. A result on a grid of powers of two becomes integer * 2^k, its bias
/// added; another keeps its scale and offset on the port.
pub fn finish(mut lowering: Lowering) -> Result<Graph> {
    let mut results = Vec::new();
    let mut ports = Vec::new();
    for (port, value) in lowering.graph.outputs.iter().zip(&lowering.graph.results) {
        let elements = lowering.values[value.index()].clone();
        let layer = lowering.graph.node(*value).layer.clone();
        let mut site = lowering.site(&layer);
        let mut port_elements = Vec::new();
        for element in elements {
            let element =
                plain(&mut site, &element).map_err(|finding| finding.in_layer(layer.clone()))?;
            results.push(element.value.expect("a plain element has a node"));
            port_elements.push(PortElement {
                ty: IntType::BIT,
                scale: element.scale,
                offset: element.offset,
            });
        }
        ports.push(Port {
            name: port.name.clone(),
            shape: port.shape.clone(),
            elements: port_elements,
            conversion: Conversion::default(),
        });
    }
    Ok(lowering.builder.finish(results, ports))
}

/// The element as a node: settled, and without offset where the grid is dyadic.
fn plain(site: &mut Site, element: &Element) -> Result<Element> {
    let settled = site.settle(element)?;
    match settled.as_constant() {
        Some(number) if number.is_zero() => {
            let zero = site.constant(0)?;
            Ok(Element::integer(zero))
        }
        Some(number) => {
            let unit = match number.is_dyadic() {
                true => Number::pow2(number.trailing_exponent().unwrap_or(0)),
                false => number.abs(),
            };
            let value = super::element::integer_ratio(number, &unit)?;
            let value = site.constant(value)?;
            Ok(Element::scaled(value, unit, Number::zero()))
        }
        None if settled.scale.abs().log2().is_some() && settled.offset.is_dyadic() => {
            site.without_offset(&settled)
        }
        None => Ok(settled),
    }
}
