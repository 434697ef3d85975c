//! The testbench that goes with a design: SystemVerilog that checks itself, and its vectors.
//!
//! It runs under Verilator (`--binary --timing`) and Icarus Verilog, from its own folder. It
//! sends samples, or their tokens, with pauses in between, compares every answer and the cycle it
//! comes in, prints `PASS` or `FAIL`, and ends with `$finish` or `$fatal`.

use dialects::{Diagnostic, Result};
use lowering::interface::{Interface, PackedPort};

const TEMPLATE: &str = include_str!("template.sv");
const CLOCKED: &str = include_str!("clocked.sv");
const STREAMS: &str = include_str!("streams.sv");
const COMBINATIONAL: &str = include_str!("combinational.sv");

/// Clock cycles after the last answer.
const AFTER: u64 = 16;

/// The clock period of a testbench when the design was made for none.
const DEFAULT_CLOCK_PS: u32 = 5000;

/// When the tokens of samples come and those of answers leave, in clock cycles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    pub comes: Vec<u64>,
    pub leaves: Vec<u64>,
}

/// The files of `tb/`: names and contents.
///
/// `tokens` is there for a circuit of streams; `inputs` and `outputs` are then what tokens carry.
/// `library` are the files that the design reads besides its own, as seen from `tb/`.
/// `inputs` and `outputs` are the elements of all ports, sample after sample.
///
/// Errors: values that do not fit the ports.
pub fn testbench(
    interface: &Interface,
    clock_ps: Option<u32>,
    library: &[String],
    inputs: &[i128],
    outputs: &[i128],
    samples: usize,
    tokens: Option<&Tokens>,
) -> Result<Vec<(String, String)>> {
    let mut files = vec![(
        format!("{}_tb.sv", interface.top),
        verilog(interface, clock_ps, library, samples, tokens),
    )];
    let (sent, answers) = match tokens {
        Some(tokens) => (tokens.comes.len(), tokens.leaves.len()),
        None => (samples, samples),
    };
    files.extend(vectors(&interface.inputs, inputs, sent)?);
    files.extend(vectors(&interface.outputs, outputs, answers)?);
    if let Some(Tokens { comes, leaves }) = tokens {
        for (name, cycles) in [("comes.hex", comes), ("leaves.hex", leaves)] {
            let lines = cycles.iter().map(|cycle| format!("{cycle:08x}\n"));
            files.push((name.to_string(), lines.collect()));
        }
    }
    Ok(files)
}

fn verilog(
    interface: &Interface,
    clock_ps: Option<u32>,
    library: &[String],
    samples: usize,
    tokens: Option<&Tokens>,
) -> String {
    let half = clock_ps.unwrap_or(DEFAULT_CLOCK_PS).div_ceil(2);
    let (inputs, outputs) = (&interface.inputs, &interface.outputs);
    let all = || inputs.iter().chain(outputs);
    let lines = |lines: Vec<String>| lines.join("\n");
    let index = match interface.is_combinational() {
        true => "answers",
        false => "sent",
    };
    let (rows, answers) = match tokens {
        Some(_) => ("TOKENS", "ANSWERS"),
        None => ("COUNT", "COUNT"),
    };
    let declarations = inputs.iter().map(|port| declaration("reg ", port, rows));
    let wires = outputs.iter();
    let declarations = declarations.chain(wires.map(|port| declaration("wire", port, answers)));
    let sizes = tokens.map_or(String::new(), |tokens| {
        let end = tokens.comes.iter().chain(&tokens.leaves).max();
        format!(
            "  localparam TOKENS = {};\n  localparam ANSWERS = {};\n  localparam CYCLES = {};\n",
            tokens.comes.len(),
            tokens.leaves.len(),
            end.map_or(0, |end| end + AFTER)
        )
    });
    let pins = all().map(|port| format!("    .{0}({0})", port.name));
    let reads = all().map(|port| format!("    $readmemh(\"{0}.hex\", {0}_vectors);", port.name));
    let drives = inputs
        .iter()
        .map(|port| format!("        {0} = {0}_vectors[{index}];", port.name));
    let garbage = inputs
        .iter()
        .map(|port| format!("        {0} = ~{0};", port.name));
    let row = if tokens.is_some() { "token" } else { "sample" };
    let what = match interface.latency {
        0 => "combinational".to_string(),
        1 => "latency 1 clock cycle".to_string(),
        cycles => format!("latency {cycles} clock cycles"),
    };
    let body = match (tokens, interface.is_combinational()) {
        (Some(_), _) => STREAMS,
        (None, true) => COMBINATIONAL,
        (None, false) => CLOCKED,
    };
    let text = TEMPLATE.replace("@BODY@", body.trim_end());
    let values = [
        (
            "@LIBRARY@",
            library.iter().map(|file| format!(" {file}")).collect(),
        ),
        ("@TOP@", interface.top.clone()),
        ("@WHAT@", what),
        ("@COUNT@", samples.to_string()),
        ("@SIZES@", sizes),
        ("@ROW@", row.to_string()),
        ("@ANSWERS@", answers.to_string()),
        ("@LATENCY@", interface.latency.to_string()),
        ("@HALF@", half.to_string()),
        ("@DECLARATIONS@", lines(declarations.collect())),
        ("@PINS@", pins.collect::<Vec<_>>().join(",\n")),
        ("@READS@", lines(reads.collect())),
        ("@DRIVES@", lines(drives.collect())),
        ("@GARBAGE@", lines(garbage.collect())),
        (
            "@CHECKS@",
            lines(outputs.iter().map(|port| check(port, row)).collect()),
        ),
    ];
    values
        .iter()
        .fold(text, |text, (mark, value)| text.replace(mark, value))
}

fn declaration(kind: &str, port: &PackedPort, rows: &str) -> String {
    let (name, high) = (&port.name, port.width() - 1);
    format!("  {kind} [{high}:0] {name};\n  reg  [{high}:0] {name}_vectors [0:{rows}-1];")
}

fn check(port: &PackedPort, what: &str) -> String {
    let name = &port.name;
    format!(
        "      if ({name} !== {name}_vectors[answers]) begin\n\
         \x20       differs = 1'b1;\n\
         \x20       if (mismatches < SHOWN)\n\
         \x20         $display(\"{what} %0d: {name} is %h, expected %h\", answers, {name}, \
                            {name}_vectors[answers]);\n\
         \x20     end"
    )
}

/// One file per port, one line per sample.
fn vectors(ports: &[PackedPort], values: &[i128], samples: usize) -> Result<Vec<(String, String)>> {
    let elements: usize = ports.iter().map(|port| port.elements.len()).sum();
    if values.len() != elements * samples {
        return Err(Diagnostic::new(format!(
            "a testbench of {samples} samples needs {} values at its ports, {} were given",
            elements * samples,
            values.len()
        )));
    }
    let mut texts = vec![String::new(); ports.len()];
    let mut rest = values;
    for _ in 0..samples {
        for (port, text) in ports.iter().zip(&mut texts) {
            let (own, others) = rest.split_at(port.elements.len());
            rest = others;
            text.push_str(&hexadecimal(port, &port.pack(own)?));
            text.push('\n');
        }
    }
    let named = ports.iter().zip(texts);
    Ok(named
        .map(|(port, text)| (format!("{}.hex", port.name), text))
        .collect())
}

/// As many digits as the port needs.
fn hexadecimal(port: &PackedPort, words: &[u32]) -> String {
    let digits = port.width().div_ceil(4) as usize;
    let text: String = words
        .iter()
        .rev()
        .map(|word| format!("{word:08x}"))
        .collect();
    text[text.len() - digits..].to_string()
}
