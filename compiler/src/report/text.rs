//! A report as aligned text.

use std::fmt;

use super::explain::shown;
use super::{Pruning, Report, Timing, align};

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.top)?;
        if let Some(model) = &self.model {
            write!(f, " from {model}")?;
        }
        writeln!(f, " on {} ({})", self.target, self.family)?;
        writeln!(f)?;
        self.timing.write(f)?;
        self.pruning.write(f)?;
        writeln!(f)?;
        f.write_str(&align(&self.layer_rows()))?;
        writeln!(f)?;
        f.write_str(&align(&self.device_rows()))
    }
}

impl Timing {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.longest_path_ns;
        let Some(clock) = self.clock_ns else {
            writeln!(f, "latency    combinational, {path:.3} ns")?;
            return writeln!(
                f,
                "interval   a new input whenever the outputs have settled"
            );
        };
        let (clocks, latency) = (self.latency_clocks, self.latency_ns);
        let unit = if clocks == 1 { "clock" } else { "clocks" };
        writeln!(f, "latency    {clocks} {unit}, {latency:.3} ns")?;
        writeln!(f, "interval   {} clock", self.interval_clocks)?;
        let met = match self.clock_met {
            Some(false) => " not met",
            _ => "",
        };
        write!(
            f,
            "clock      {clock:.3} ns ({} MHz){met}",
            megahertz(clock)
        )?;
        let fmax = self.fmax_mhz.unwrap_or_default();
        writeln!(f, ", longest path {path:.3} ns ({fmax:.0} MHz)")
    }
}

/// The roundest frequency whose period is this many whole picoseconds, rounded down: what a
/// user asked for.
fn megahertz(period: f64) -> String {
    let (above, highest) = (1e3 / (period + 1e-3), 1e3 / period);
    let rounded = |decimals: i32| {
        let unit = 10f64.powi(decimals);
        // The quotient of an exact frequency may be a hair too small.
        ((highest * unit + 1e-9).floor() / unit, decimals)
    };
    let found = (-3..=6).map(rounded).find(|(value, _)| *value > above);
    let (value, decimals) = found.unwrap_or((highest, 6));
    format!("{value:.*}", decimals.max(0) as usize)
}

impl Pruning {
    /// A line for each thing that is known on both sides.
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = [
            ("products", self.products, self.products_left),
            ("neurons", self.neurons, self.neurons_left),
        ];
        for (name, all, left) in lines {
            if let (Some(all), Some(left)) = (all, left) {
                let gone = all.saturating_sub(left);
                writeln!(f, "{name:10} {left} of {all} left, {gone} pruned")?;
            }
        }
        Ok(())
    }
}

impl Report {
    pub(super) fn layer_rows(&self) -> Vec<Vec<String>> {
        let pruned = self
            .layers
            .iter()
            .any(|layer| layer.pruning != Pruning::default());
        let mut rows = vec![vec![
            "layer",
            "ops",
            "adders",
            "mults",
            "tables",
            self.area_unit,
            "FF",
            "DSP",
            "BRAM",
            "stages",
        ]];
        if pruned {
            rows[0].extend(["products", "neurons"]);
        }
        let mut rows: Vec<Vec<String>> = rows
            .into_iter()
            .map(|row| row.into_iter().map(String::from).collect())
            .collect();
        let mut push = |name: &str, of: &super::Resources, stages: String, pruning: &Pruning| {
            let counts = [
                of.ops,
                of.adders,
                of.multipliers,
                of.tables,
                of.lut,
                of.ff,
                of.dsp,
                of.bram,
            ];
            let mut row = vec![name.to_string()];
            row.extend(counts.map(|count| count.to_string()));
            row.push(stages);
            if pruned {
                row.push(left_of(pruning.products_left, pruning.products));
                row.push(left_of(pruning.neurons_left, pruning.neurons));
            }
            rows.push(row);
        };
        for layer in &self.layers {
            let stages = match layer.stages {
                None => "-".to_string(),
                Some((first, last)) if first == last => first.to_string(),
                Some((first, last)) => format!("{first}-{last}"),
            };
            push(shown(&layer.name), &layer.resources, stages, &layer.pruning);
        }
        let stages = self.timing.latency_clocks.to_string();
        push("total", &self.total, stages, &self.pruning);
        rows
    }

    pub(super) fn device_rows(&self) -> Vec<Vec<String>> {
        let head = ["device", "LUT", "%", "FF", "%", "DSP", "%", "BRAM", "%", ""];
        let mut rows = vec![head.map(String::from).to_vec()];
        let percent = |percent: Option<f64>| match percent {
            None => "-".to_string(),
            Some(percent) => format!("{percent:.2}"),
        };
        for of in &self.devices {
            rows.push(vec![
                of.device.to_string(),
                of.lut.to_string(),
                percent(of.lut_percent),
                of.ff.to_string(),
                percent(of.ff_percent),
                of.dsp.to_string(),
                percent(of.dsp_percent),
                of.bram.to_string(),
                percent(of.bram_percent),
                if of.fits { "" } else { "too large" }.to_string(),
            ]);
        }
        rows
    }
}

/// `12/30`, or a dash when neither is known.
fn left_of(left: Option<u64>, all: Option<u64>) -> String {
    let text = |count: Option<u64>| count.map_or("?".to_string(), |count| count.to_string());
    match (left, all) {
        (None, None) => "-".to_string(),
        (left, all) => format!("{}/{}", text(left), text(all)),
    }
}
