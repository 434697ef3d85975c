//! A report as one HTML page: no script, no other file, light or dark as the reader has it.

use std::fmt::Write;

use super::chart::{Bar, Row, bars};
use super::explain::{path_rows, search_notes, search_rows, shown, step_rows};
use super::{History, Report};

const STYLE: &str = include_str!("page.css");

impl Report {
    /// The page, whole.
    pub fn to_html(&self) -> String {
        let model = self
            .model
            .as_deref()
            .map_or(String::new(), |model| format!("from {model} "));
        let under = format!("{model}on {} ({})", self.target, self.family);
        let mut page = self.tiles();
        page.push_str(&self.layer_chart());
        if let Some(history) = &self.history {
            page.push_str(&step_charts(history, self.area_unit));
        }
        page.push_str(&self.path_chart());
        page.push_str("<h2>Layers</h2>\n");
        page.push_str(&html_table(&self.layer_rows()));
        if let Some(history) = &self.history {
            let target = escaped(&history.target);
            let _ = writeln!(page, "<h2>Layers as lowered and as built, on {target}</h2>");
            page.push_str(&html_table(&self.before_and_after_rows(history)));
            let _ = writeln!(page, "<h2>Steps, estimated on {target}</h2>");
            let rows = history.steps.iter();
            let rows = rows.map(|row| (row.step.as_str(), row.changed, &row.estimate));
            page.push_str(&html_table(&step_rows(rows, self.area_unit)));
            if !history.searches.is_empty() {
                page.push_str("<h2>Searches of the e-graph</h2>\n");
                page.push_str(&html_table(&search_rows(&history.searches)));
                for note in search_notes(&history.searches) {
                    let _ = writeln!(page, "<p>{}</p>", escaped(&note));
                }
            }
        }
        page.push_str("<h2>Critical path</h2>\n");
        page.push_str(&html_table(&path_rows(&self.critical_path)));
        page.push_str("<h2>Devices</h2>\n");
        page.push_str(&html_table(&self.device_rows()));
        whole(&self.top, &under, &page)
    }

    /// What one looks for first.
    fn tiles(&self) -> String {
        let timing = &self.timing;
        let mut tiles = vec![match timing.clock_ns {
            Some(_) => (
                format!("{:.1} ns", timing.latency_ns),
                format!("latency, {} clocks", timing.latency_clocks),
            ),
            None => (
                format!("{:.1} ns", timing.latency_ns),
                "latency, combinational".to_string(),
            ),
        }];
        if let (Some(clock), Some(fmax)) = (timing.clock_ns, timing.fmax_mhz) {
            let met = if timing.clock_met == Some(false) {
                ", not met"
            } else {
                ""
            };
            tiles.push((
                format!("{fmax:.0} MHz"),
                format!("longest path; clock {clock:.3} ns{met}"),
            ));
        }
        tiles.push((self.total.lut.to_string(), self.area_unit.to_string()));
        tiles.push((self.total.ff.to_string(), "flip-flops".to_string()));
        let pruned = [
            (
                "products",
                self.pruning.products,
                self.pruning.products_left,
            ),
            ("neurons", self.pruning.neurons, self.pruning.neurons_left),
        ];
        for (what, all, left) in pruned {
            if let (Some(all), Some(left)) = (all, left) {
                let gone = all.saturating_sub(left);
                tiles.push((gone.to_string(), format!("of {all} {what} pruned")));
            }
        }
        tiled(&tiles)
    }

    fn layer_chart(&self) -> String {
        let before = |name: &str| self.history.as_ref()?.layers.get(name).map(|of| of.lut);
        let rows = self.layers.iter().map(|layer| {
            let after = layer.resources.lut;
            let mut bars = vec![Bar::from_zero("after", after as f64, after.to_string())];
            if self.history.is_some() {
                let before = before(&layer.name).unwrap_or(0);
                let text = before.to_string();
                bars.insert(0, Bar::from_zero("before", before as f64, text));
            }
            Row {
                label: shown(&layer.name).to_string(),
                bars,
            }
        });
        let legend = match self.history {
            Some(_) => {
                "<p class=\"legend\"><i class=\"before\"></i>as lowered \
                        <i class=\"after\"></i>as built</p>\n"
            }
            None => "",
        };
        figure(
            &format!("{} by layer", self.area_unit),
            legend,
            &rows.collect::<Vec<_>>(),
        )
    }

    fn path_chart(&self) -> String {
        let rows = self.critical_path.iter().map(|op| Row {
            label: format!("{} {} {}", shown(&op.layer), op.op, op.width),
            bars: vec![Bar {
                class: "after",
                from: op.arrival_ns - op.delay_ns,
                to: op.arrival_ns,
                text: format!("{:.3} ns", op.arrival_ns),
            }],
        });
        let rows: Vec<Row> = rows.collect();
        match rows.is_empty() {
            true => String::new(),
            false => figure("Along the critical path", "", &rows),
        }
    }
}

fn step_charts(history: &History, unit: &str) -> String {
    let chart = |title: &str, of: &dyn Fn(&super::Estimate) -> (f64, String)| {
        let rows = history.steps.iter().filter(|row| row.changed).map(|row| {
            let (value, text) = of(&row.estimate);
            Row {
                label: row.step.clone(),
                bars: vec![Bar::from_zero("after", value, text)],
            }
        });
        figure(title, "", &rows.collect::<Vec<_>>())
    };
    let lut = chart(&format!("{unit} after each step"), &|of| {
        (of.resources.lut as f64, of.resources.lut.to_string())
    });
    let path = chart("Longest path after each step", &|of| {
        let ns = of.longest_path_ps as f64 / 1e3;
        (ns, format!("{ns:.3} ns"))
    });
    lut + &path
}

/// A page around its content.
pub(super) fn whole(title: &str, under: &str, content: &str) -> String {
    let (title, under) = (escaped(title), escaped(under));
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>{title}</h1>\n<p class=\"under\">{under}</p>\n{content}</main>\n</body>\n</html>\n"
    )
}

/// Figures and what they are.
pub(super) fn tiled(tiles: &[(String, String)]) -> String {
    let mut text = String::from("<div class=\"tiles\">\n");
    for (figure, what) in tiles {
        let _ = writeln!(
            text,
            "<div><strong>{}</strong><span>{}</span></div>",
            escaped(figure),
            escaped(what)
        );
    }
    text + "</div>\n"
}

pub(super) fn figure(title: &str, legend: &str, rows: &[Row]) -> String {
    format!(
        "<figure>\n<figcaption>{}</figcaption>\n{legend}{}</figure>\n",
        escaped(title),
        bars(title, rows)
    )
}

/// The first row is the head; the first column is text, the others are figures.
pub(super) fn html_table(rows: &[Vec<String>]) -> String {
    let mut text = String::from("<div class=\"wide\"><table>\n");
    for (number, row) in rows.iter().enumerate() {
        let tag = if number == 0 { "th" } else { "td" };
        text.push_str("<tr>");
        for cell in row {
            let _ = write!(text, "<{tag}>{}</{tag}>", escaped(cell));
        }
        text.push_str("</tr>\n");
    }
    text + "</table></div>\n"
}

/// Text that no page takes for anything else.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            other => safe.push(other),
        }
    }
    safe
}
