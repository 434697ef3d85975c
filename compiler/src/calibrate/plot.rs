//! Curves over one axis, one panel below the other, as an SVG of its own.

use std::fmt::Write;

/// A curve.
pub struct Series {
    pub name: &'static str,
    pub points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 640.0;
const PANEL: f64 = 220.0;
/// Where the curves are within a panel.
const LEFT: f64 = 80.0;
const RIGHT: f64 = 620.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 190.0;

/// A panel for each curve that has points.
pub fn plot(axis: &str, all: &[Series]) -> String {
    let drawn = all.iter().filter(|series| !series.points.is_empty());
    let drawn = drawn.collect::<Vec<_>>();
    let height = PANEL * drawn.len() as f64 + 24.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"white\"/>\n"
    );
    for (at, series) in drawn.iter().enumerate() {
        panel(&mut svg, series, PANEL * at as f64);
    }
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{axis}</text>\n</svg>",
        (LEFT + RIGHT) / 2.0,
        height - 8.0
    );
    svg
}

fn panel(svg: &mut String, series: &Series, down: f64) {
    let ends = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), value| {
            (lo.min(value), hi.max(value))
        })
    };
    let (x_lo, x_hi) = ends(&mut series.points.iter().map(|point| point.0));
    let (y_lo, y_hi) = ends(&mut series.points.iter().map(|point| point.1));
    let part = |value: f64, lo: f64, hi: f64| match hi > lo {
        true => (value - lo) / (hi - lo),
        false => 0.5,
    };
    let x = |value: f64| LEFT + (RIGHT - LEFT) * part(value, x_lo, x_hi);
    let y = |value: f64| down + BOTTOM - (BOTTOM - TOP) * part(value, y_lo, y_hi);
    let _ = writeln!(
        svg,
        "<text x=\"{LEFT}\" y=\"{}\" font-weight=\"bold\">{}</text>\n\
         <path d=\"M{LEFT} {}V{}H{RIGHT}\" fill=\"none\" stroke=\"#888\"/>",
        down + TOP - 14.0,
        series.name,
        down + TOP,
        down + BOTTOM
    );
    for value in [y_lo, y_hi] {
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 6.0,
            y(value) + 4.0,
            short(value)
        );
    }
    let places = series.points.iter();
    let line = places.map(|point| format!("{:.1},{:.1}", x(point.0), y(point.1)));
    let _ = writeln!(
        svg,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"#1764ab\" stroke-width=\"2\"/>",
        line.collect::<Vec<_>>().join(" ")
    );
    for point in &series.points {
        let _ = writeln!(
            svg,
            "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3.5\" fill=\"#1764ab\"><title>{}: {}</title></circle>\n\
             <text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\" fill=\"#555\">{}</text>",
            x(point.0),
            y(point.1),
            point.0,
            short(point.1),
            x(point.0),
            down + BOTTOM + 16.0,
            point.0
        );
    }
}

/// A number in few characters.
fn short(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        _ => format!("{value:.4}"),
    }
}
