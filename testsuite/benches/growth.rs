//! How the time from a model to Verilog grows with its size.
//!
//! `cargo bench -p kaon-testsuite --bench growth -- [EFFORT [MOST_OPERATIONS]]`
//!
//! Two families of networks of uniform random 8-bit weights on 8-bit values: one matrix of n × n, and a chain of 64 × 64
//! matrices with a requantisation behind each. `operations` are those of the lowered module, before any pass on `fx`;
//! `exponent` is that of the time over the operations, from the line before. `s` is processor time of all threads,
//! which other work on the machine disturbs least; `elapsed` is the wall's.

use std::fs;
use std::path::Path;
use std::time::Instant;

use kaon_testsuite::clock::processor_seconds;
use kaon_testsuite::random_fx::Random;
use kaon_testsuite::wire::{self, Message};
use tools::Streams;

const BITS: u32 = 8;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|text| text != "--bench");
    let effort = arguments.next().unwrap_or_else(|| "1".to_string());
    let most = arguments.next().map_or(1_000_000, |text| {
        text.parse().expect("a number of operations")
    });
    let folder = tempfile::tempdir().expect("a folder");
    println!("effort {effort}");
    family(folder.path(), &effort, most, "one matrix n x n", |step| {
        vec![16 << step; 2]
    });
    family(folder.path(), &effort, most, "64 x 64, n times", |step| {
        vec![64; (1 << step) + 1]
    });
}

/// Networks of one family, each twice as large as the last in its one dimension, until `most` operations.
fn family(folder: &Path, effort: &str, most: u64, name: &str, widths: impl Fn(u32) -> Vec<usize>) {
    println!(
        "\n{name:20} {:>11} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "operations", "adders", "LUT", "s", "elapsed", "exponent"
    );
    let mut last: Option<(u64, f64)> = None;
    for step in 0.. {
        let widths = widths(step);
        let model = folder.join("growth.onnx");
        fs::write(&model, network(&widths).0).expect("a model");
        let (before, began) = (processor_seconds(), Instant::now());
        let Some((operations, adders, lut)) = compiled(folder, effort, &model) else {
            return;
        };
        let seconds = processor_seconds() - before;
        let exponent = last.map_or(String::new(), |(smaller, least)| {
            let exponent = (seconds / least).ln() / (operations as f64 / smaller as f64).ln();
            format!("{exponent:9.2}")
        });
        let label = match widths.len() {
            2 if name.starts_with("one") => format!("n = {}", widths[0]),
            count => format!("n = {}", count - 1),
        };
        println!(
            "{label:20} {operations:11} {adders:9} {lut:9} {seconds:9.2} {:9.2} {exponent}",
            began.elapsed().as_secs_f64()
        );
        last = Some((operations, seconds));
        if operations >= most {
            return;
        }
    }
}

/// Operations of the lowered module, adders and LUTs of the circuit; `None` with a line where kaon refuses the model.
fn compiled(folder: &Path, effort: &str, model: &Path) -> Option<(u64, u64, u64)> {
    let project = folder.join("project");
    let _ = fs::remove_dir_all(&project);
    let words = [
        "kaon".as_ref(),
        "compile".as_ref(),
        model.as_os_str(),
        "-o".as_ref(),
        project.as_os_str(),
        "--effort".as_ref(),
        effort.as_ref(),
        "--clock-mhz".as_ref(),
        "200".as_ref(),
        "--limits".as_ref(),
        "operations=100000000".as_ref(),
        "--limits".as_ref(),
        "scalars=100000000".as_ref(),
    ];
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let mut streams = Streams {
        input: &mut std::io::empty(),
        output: &mut output,
        errors: &mut errors,
        watched: false,
    };
    let words = words.into_iter().map(std::ffi::OsStr::to_owned);
    if tools::kaon::run(words.collect(), &mut streams) != 0 {
        println!("{}", String::from_utf8_lossy(&errors));
        return None;
    }
    let text = fs::read_to_string(project.join("report.json")).expect("a report");
    let report: serde_json::Value = serde_json::from_str(&text).expect("a report is JSON");
    let total = &report["total"];
    let number = |value: &serde_json::Value| value.as_u64().expect("a count");
    let lowered = &report["history"]["steps"][0]["ops"];
    Some((
        number(lowered),
        number(&total["adders"]),
        number(&total["lut"]),
    ))
}

/// A chain of matrices, and of quantisations to `BITS` signed bits before, between and after them.
fn network(widths: &[usize]) -> Message {
    let mut random = Random::new(1);
    let half = 1i64 << (BITS - 1);
    let mut constants = vec![
        wire::tensor("zero", 1, &[], wire::floats(&[0.0])),
        wire::tensor("bits", 1, &[], wire::floats(&[BITS as f32])),
        wire::tensor("one", 1, &[], wire::floats(&[1.0])),
        // The sum of n products of 8 bits each has about 13 + log2(n)/2 bits, of which the upper eight go on.
        wire::tensor("coarse", 1, &[], wire::floats(&[1024.0])),
    ];
    let mut nodes = vec![wire::quantise("quantise0", "x", "one", "q0")];
    for (layer, shape) in widths.windows(2).enumerate() {
        let weight = || (random.below(2 * half as usize) as i64 - half) as f32;
        let weights: Vec<f32> = std::iter::repeat_with(weight)
            .take(shape[0] * shape[1])
            .collect();
        let dims = [shape[0] as i64, shape[1] as i64];
        let (from, matrix) = (format!("q{layer}"), format!("w{layer}"));
        constants.push(wire::tensor(&matrix, 1, &dims, wire::floats(&weights)));
        let (sums, to) = (format!("s{layer}"), format!("q{}", layer + 1));
        let name = format!("dense{layer}");
        nodes.push(wire::node("MatMul", &name, &[&from, &matrix], &[&sums]));
        let quantise = format!("quantise{}", layer + 1);
        nodes.push(wire::quantise(&quantise, &sums, "coarse", &to));
    }
    let output = format!("q{}", widths.len() - 1);
    let shape = |width: usize| [1, width as i64];
    let graph = Message::new()
        .each(1, nodes)
        .bytes(2, "growth")
        .each(5, constants)
        .put(11, wire::value("x", &shape(widths[0])))
        .put(
            12,
            wire::value(&output, &shape(*widths.last().expect("an output"))),
        );
    wire::model(graph)
}
