//! What stands beside a circuit of streams in a bounded proof: its environment and what it must
//! answer, as SystemVerilog that shares nothing with the printer of the hardware.

use std::fmt::Write;

use dialects::flow::{Graph, Op, Timing};
use lowering::interface::Interface;

/// Samples that come in one proof.
const SAMPLES: usize = 2;

/// A wrong expectation of the last token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    None,
    /// A clock cycle late.
    Late,
    /// Its first bit inverted.
    Other,
}

/// The lanes of every token of the result, as expressions of the bits that came; the kernels
/// are parities.
fn answers(graph: &Graph, samples: usize) -> Vec<Vec<String>> {
    let mut values: Vec<Vec<Vec<String>>> = vec![];
    let parity = |bits: &[String]| format!("({})", bits.join(" ^ "));
    for node in &graph.nodes {
        let of = |at: usize| &values[node.op.operands()[at].index()];
        let own: Vec<Vec<String>> = match &node.op {
            Op::Input { .. } => (0..samples * node.stream.tokens)
                .map(|token| {
                    let lanes = 0..node.stream.lanes.len();
                    lanes.map(|lane| format!("x_{token}[{lane}]")).collect()
                })
                .collect(),
            Op::Map { steps, .. } => (of(0).iter().enumerate())
                .map(|(at, token)| match steps {
                    0 => vec![parity(token)],
                    steps => vec![format!("({} ^ 1'b{})", parity(token), at % steps % 2)],
                })
                .collect(),
            Op::Reduce { tokens, .. } => of(0)
                .chunks(*tokens)
                .map(|group| vec![format!("(1'b1 ^ {})", parity(&group.concat()))])
                .collect(),
            Op::Scan { tokens, .. } => of(0)
                .chunks(*tokens)
                .flat_map(|group| {
                    let ends = 1..=group.len();
                    ends.map(|end| vec![format!("(1'b1 ^ {})", parity(&group[..end].concat()))])
                })
                .collect(),
            Op::Fold { fold, .. } => (of(0).iter())
                .flat_map(|token| {
                    fold.lanes.chunks(fold.width()).map(|step| {
                        let lanes = step.iter();
                        let bit = |lane: &Option<usize>| match lane {
                            Some(lane) => token[*lane].clone(),
                            None => "1'b0".to_string(),
                        };
                        lanes.map(bit).collect()
                    })
                })
                .collect(),
            Op::Join { .. } => {
                let pairs = of(0).iter().zip(of(1));
                pairs.map(|(a, b)| [&a[..], &b[..]].concat()).collect()
            }
            Op::Window { input, window } => of(0)
                .chunks(graph.stream(*input).tokens)
                .flat_map(|sample| {
                    window.emit.iter().enumerate().map(|(p, emit)| {
                        let taps = window.taps.iter().enumerate();
                        let bit =
                            |(at, tap): (usize, &dialects::flow::Tap)| match window.holds(at, p) {
                                true => sample[emit - tap.depth][tap.lane].clone(),
                                false => format!("1'b{}", tap.zero),
                            };
                        taps.map(bit).collect()
                    })
                })
                .collect(),
        };
        values.push(own);
    }
    values.swap_remove(graph.results[0].index())
}

/// Shifts after the last token of a sample: what a window over the input needs.
fn late(graph: &Graph) -> usize {
    let windows = graph.nodes.iter().map(|node| match &node.op {
        Op::Window { input, window } => {
            let shifts = window.flush(graph.stream(*input).tokens);
            // Shifts of another window would follow other rules than those below.
            assert!(
                shifts == 0 || input.index() == 0,
                "it is not over the input"
            );
            shifts
        }
        _ => 0,
    });
    windows.max().unwrap_or(0)
}

/// The module `monitor`: an assertion about the circuit, for tokens that come as the interface
/// allows.
pub fn monitor(graph: &Graph, interface: &Interface, times: &Timing, mistake: Mistake) -> String {
    let pace = &interface.pace;
    let (tokens, spacing) = (pace.tokens, pace.spacing);
    let rest = pace.interval - spacing * (tokens as u32 - 1);
    let count = SAMPLES * tokens;
    let late = late(graph);
    let (x, y) = (interface.inputs[0].width(), interface.outputs[0].width());
    let mut text = format!(
        "\nmodule monitor(input clk, input rst, input in_valid, input [{}:0] x);
  wire out_valid;
  wire [{}:0] y;
  {} dut(.clk(clk), .rst(rst), .in_valid(in_valid), .x(x), .y(y), .out_valid(out_valid));
  reg [{count}:0] turn; // which token is next
  reg [7:0] pause;
",
        x - 1,
        y - 1,
        interface.top
    );
    let mut line = |of: String| writeln!(text, "  {of}").expect("writing to a string");
    let last: Vec<String> = (1..=SAMPLES)
        .map(|at| format!("turn[{}]", at * tokens - 1))
        .collect();
    line(format!("wire ends = {};", last.join(" || ")));
    line("always @(posedge clk) begin".to_string());
    line("  if (rst) turn <= 1; else if (in_valid) turn <= turn << 1;".to_string());
    line(format!(
        "  if (rst) pause <= 0; else if (in_valid) pause <= ends ? {} : {}; \
         else if (pause != 0) pause <= pause - 1;",
        rest - 1,
        spacing - 1
    ));
    line("end".to_string());
    line(format!(
        "always @* if (rst || pause != 0 || turn[{count}]) assume (!in_valid);"
    ));
    // The tokens of the answers, and what causes each.
    let result = graph.results[0].index();
    let (cycles, causes) = (&times.cycles[result], &times.causes[result]);
    let longest = cycles
        .iter()
        .zip(causes)
        .map(|(cycle, cause)| cycle - spacing * cause);
    let longest = longest.max().unwrap_or(0).max(spacing) + 1;
    // Every token, and every shift behind the last of a sample: when it comes, and whether it
    // came a number of clock cycles ago.
    let event = |name: &str, now: &str| {
        format!(
            "reg [{longest}:1] ago_{name}; reg has_{name}; wire now_{name} = {now};\n  \
             always @(posedge clk) begin\n    \
             ago_{name} <= rst ? 0 : {{ago_{name}, now_{name}}};\n    \
             has_{name} <= !rst && (has_{name} || now_{name});\n  end"
        )
    };
    for token in 0..count {
        line(event(
            &token.to_string(),
            &format!("in_valid && turn[{token}]"),
        ));
        line(format!("reg [{}:0] x_{token};", x - 1));
        line(format!(
            "always @(posedge clk) if (now_{token}) x_{token} <= x;"
        ));
    }
    for sample in 0..SAMPLES {
        let all = (sample + 1) * tokens;
        for shift in 0..late {
            let before = match shift {
                0 => format!("{}", all - 1),
                shift => format!("{sample}_{}", shift - 1),
            };
            let now = format!(
                "has_{before} && !has_{sample}_{shift} && \
                 (in_valid || turn[{all}] && ago_{before}[{spacing}])"
            );
            line(event(&format!("{sample}_{shift}"), &now));
        }
    }
    let mut due = vec![];
    let mut right = vec![];
    let answers = answers(graph, SAMPLES);
    for (at, answer) in answers.iter().enumerate() {
        let (sample, own) = (at / cycles.len(), at % cycles.len());
        let cause = causes[own] as usize;
        let mut delay = cycles[own] - spacing * causes[own];
        let name = match cause.checked_sub(tokens) {
            None => format!("{}", sample * tokens + cause),
            Some(shift) => format!("{sample}_{shift}"),
        };
        let mut bits = answer.clone();
        if at + 1 == cycles.len() {
            match mistake {
                Mistake::None => {}
                Mistake::Late => delay += 1,
                Mistake::Other => bits[0] = format!("!{}", bits[0]),
            }
        }
        line(format!("wire due_{at} = ago_{name}[{delay}];"));
        let bits = bits.iter().rev().cloned().collect::<Vec<_>>();
        due.push(format!("due_{at}"));
        right.push(format!("(!due_{at} || y == {{{}}})", bits.join(", ")));
    }
    line(format!("wire due = {};", due.join(" || ")));
    line("always @* if (!rst) assert (out_valid == due);".to_string());
    line(format!(
        "always @* if (!rst) assert ({});",
        right.join(" && ")
    ));
    text + "endmodule\n"
}
