//! The report of a circuit of streams as one HTML page.

use super::chart::{Bar, Row};
use super::explain::shown;
use super::html::{figure, html_table, tiled, whole};
use super::{Actor, StreamReport};

impl StreamReport {
    /// The page, whole.
    pub fn to_html(&self) -> String {
        let mut page = tiled(&self.tiles());
        let chart = |title: &str, of: &dyn Fn(&Actor) -> (f64, String)| {
            let rows = self.actors.iter().map(|actor| {
                let (value, text) = of(actor);
                Row {
                    label: format!("{} {}", actor.op, shown(&actor.layer)),
                    bars: vec![Bar::from_zero("after", value, text)],
                }
            });
            figure(title, "", &rows.collect::<Vec<_>>())
        };
        let count = |value: u64| (value as f64, value.to_string());
        page.push_str(&chart(&format!("{} by actor", self.area_unit), &|actor| {
            count(actor.resources.lut)
        }));
        page.push_str(&chart("Flip-flops by actor", &|actor| {
            count(actor.resources.ff)
        }));
        page.push_str(&chart("First token leaves in clock", &|actor| {
            count(actor.clock.into())
        }));
        page.push_str(&chart("Longest path to the registers of", &|actor| {
            (actor.path_ns, format!("{:.3} ns", actor.path_ns))
        }));
        page.push_str("<h2>Actors</h2>\n");
        page.push_str(&html_table(&self.rows()));
        whole(&self.top, &format!("on {}, as streams", self.target), &page)
    }

    /// What one looks for first.
    fn tiles(&self) -> Vec<(String, String)> {
        let clock = self.clock_ns.unwrap_or(0.0);
        let time = |clocks: u32| format!("{:.1} ns", f64::from(clocks) * clock);
        let mut tiles = vec![
            (
                time(self.latency_clocks),
                format!("latency, {} clocks", self.latency_clocks),
            ),
            (
                time(self.interval_clocks),
                format!("interval, {} clocks", self.interval_clocks),
            ),
        ];
        if let Some(fmax) = self.fmax_mhz {
            let met = match self.clock_met {
                Some(false) => ", not met",
                _ => "",
            };
            tiles.push((
                format!("{fmax:.0} MHz"),
                format!("longest path; clock {clock:.3} ns{met}"),
            ));
        }
        for (figure, what) in [
            (self.total.lut, self.area_unit),
            (self.total.ff, "flip-flops"),
            (self.total.dsp, "DSP blocks"),
            (self.total.bram, "block RAMs"),
        ] {
            tiles.push((figure.to_string(), what.to_string()));
        }
        tiles
    }
}
