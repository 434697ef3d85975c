//! Horizontal bars as inline SVG. Colours are classes of the page, so that they follow its
//! light or dark scheme.

use std::fmt::Write;

use super::html::escaped;

/// One row: bars one below the other, on a scale that all rows share.
pub struct Row {
    pub label: String,
    pub bars: Vec<Bar>,
}

/// From one value to another.
pub struct Bar {
    /// A class of the page.
    pub class: &'static str,
    pub from: f64,
    pub to: f64,
    /// The value as it is told.
    pub text: String,
}

impl Bar {
    pub fn from_zero(class: &'static str, to: f64, text: String) -> Self {
        Bar {
            class,
            from: 0.0,
            to,
            text,
        }
    }
}

const WIDTH: f64 = 640.0;
/// Where bars begin and the longest ends; labels stand before, values behind.
const FROM: f64 = 168.0;
const TO: f64 = 548.0;
const BAR: f64 = 12.0;
const GAP: f64 = 10.0;
/// Characters of a label that fit.
const LABEL: usize = 23;

/// The chart; `title` is what a screen reader says.
pub fn bars(title: &str, rows: &[Row]) -> String {
    let values = rows.iter().flat_map(|row| &row.bars).map(|bar| bar.to);
    let largest = values.fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let tall = |row: &Row| row.bars.len() as f64 * (BAR + 2.0) + GAP;
    let height: f64 = rows.iter().map(tall).sum();
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\">\n",
        escaped(title)
    );
    let mut top = GAP / 2.0;
    for row in rows {
        let middle = top + (tall(row) - GAP) / 2.0;
        let _ = writeln!(
            svg,
            "<g><title>{}</title><text class=\"label\" x=\"{}\" y=\"{middle}\">{}</text>",
            escaped(&told(row)),
            FROM - 8.0,
            escaped(&shortened(&row.label)),
        );
        for Bar {
            class,
            from,
            to,
            text,
        } in &row.bars
        {
            let at = |value: f64| FROM + (TO - FROM) * value / largest;
            let length = (at(*to) - at(*from)).max(1.0);
            let _ = writeln!(
                svg,
                "<rect class=\"{class}\" x=\"{:.1}\" y=\"{top}\" width=\"{:.1}\" \
                 height=\"{BAR}\" rx=\"2\"/><text class=\"value\" x=\"{:.1}\" y=\"{}\">{}</text>",
                at(*from),
                length,
                at(*from) + length + 6.0,
                top + BAR / 2.0,
                escaped(text),
            );
            top += BAR + 2.0;
        }
        top += GAP;
        svg.push_str("</g>\n");
    }
    let _ = writeln!(
        svg,
        "<line class=\"axis\" x1=\"{FROM}\" x2=\"{FROM}\" y1=\"0\" y2=\"{height}\"/></svg>"
    );
    svg
}

fn told(row: &Row) -> String {
    let values = row.bars.iter().map(|bar| bar.text.as_str());
    format!("{}: {}", row.label, values.collect::<Vec<_>>().join(", "))
}

fn shortened(label: &str) -> String {
    match label.chars().count() > LABEL {
        true => label.chars().take(LABEL - 1).chain(['…']).collect(),
        false => label.to_string(),
    }
}
