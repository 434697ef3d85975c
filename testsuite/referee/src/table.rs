//! The tables that `make bench` prints, as Markdown.

use std::fmt::Write;

use crate::record::Record;

/// Every row of one model, the peers' first, by stages.
pub fn rows(model: &str, records: &[&Record]) -> String {
    if records.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "\n### {model}\n\n| tool and options | adders | LUT cells | conservative | sites | LUT6_2 | FF | MUXF | CARRY4 \
         | stages | worst ns | latency ns | LUT × ns | estimate |\n|---|{}\n",
        "--:|".repeat(13)
    );
    let mut sorted = records.to_vec();
    sorted.sort_by_key(|record| {
        (
            record.is_kaon(),
            record.stages,
            record.tool.clone(),
            record.variant.clone(),
        )
    });
    for record in sorted {
        let count = &record.count;
        writeln!(
            text,
            "| {} {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.3} | {:.2} | {:.0} k | {:+.1} % |",
            record.tool,
            record.variant,
            record.adders,
            count.lut_cells,
            count.lut_conservative,
            count.lut_sites,
            count.lut6_2,
            count.ff,
            count.muxf,
            count.carry4,
            record.stages,
            record.worst_ns,
            record.latency_ns,
            record.area_delay() / 1000.0,
            percent(record),
        )
        .unwrap();
    }
    text
}

/// How far the estimate is above the count, in percent.
fn percent(record: &Record) -> f64 {
    100.0 * (record.estimated_lut / f64::from(record.count.lut_cells) - 1.0)
}

type Figure = fn(&Record) -> f64;

/// The figures that are compared; smaller is better in each.
const FIGURES: [(&str, Figure); 6] = [
    ("cells", |r| f64::from(r.count.lut_cells)),
    ("conservative", |r| f64::from(r.count.lut_conservative)),
    ("sites", |r| f64::from(r.count.lut_sites)),
    ("FF", |r| f64::from(r.count.ff)),
    ("latency", |r| r.latency_ns),
    ("LUT × ns", Record::area_delay),
];

/// kaon's figure divided by a peer's, for each pair, and their geometric means.
///
/// A pair is kaon's circuit and the peers' circuits it is compared with. With `one_peer` all ratios of a row are
/// against the peer of the least LUT × ns; without, each is against the peer that is best in that very figure.
pub fn ratios(title: &str, pairs: &[(&Record, Vec<&Record>)], one_peer: bool) -> String {
    let names: Vec<&str> = FIGURES.iter().map(|figure| figure.0).collect();
    let mut text = format!(
        "\n### {title}\n\n| model | kaon | peer | stages | {} |\n|---|---|---|--:|{}\n",
        names.join(" | "),
        "--:|".repeat(FIGURES.len())
    );
    let mut logarithms = vec![0.0; FIGURES.len()];
    let mut compared = 0;
    for (ours, peers) in pairs {
        let least = |figure: Figure| {
            let key = |a: &&&Record, b: &&&Record| figure(a).total_cmp(&figure(b));
            peers.iter().min_by(key).copied()
        };
        let Some(best) = least(Record::area_delay) else {
            continue;
        };
        compared += 1;
        let (peer, stages) = if one_peer {
            (
                format!("{} {}", best.tool, best.variant),
                best.stages.to_string(),
            )
        } else {
            let stages: Vec<u32> = peers.iter().map(|peer| peer.stages).collect();
            let (low, high) = (stages.iter().min(), stages.iter().max());
            let (low, high) = (low.unwrap_or(&0), high.unwrap_or(&0));
            let span = if low == high {
                low.to_string()
            } else {
                format!("{low} to {high}")
            };
            (format!("best of {}", peers.len()), span)
        };
        write!(
            text,
            "| {} | {} | {peer} | {}:{stages} |",
            ours.model, ours.variant, ours.stages
        )
        .unwrap();
        for (sum, (_, figure)) in logarithms.iter_mut().zip(FIGURES) {
            let theirs = if one_peer {
                best
            } else {
                least(figure).unwrap_or(best)
            };
            let ratio = figure(ours) / figure(theirs);
            *sum += ratio.ln();
            write!(text, " {ratio:.3} |").unwrap();
        }
        text.push('\n');
    }
    if compared > 0 {
        text += "| **geometric mean** | | | |";
        for sum in logarithms {
            write!(text, " **{:.3}** |", (sum / f64::from(compared)).exp()).unwrap();
        }
        text.push('\n');
    }
    text
}
