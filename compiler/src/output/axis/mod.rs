//! An AXI-Stream wrapper: back-pressure at the border of a circuit that never waits.
//!
//! The input is let in at the circuit's own pace and only where the answer has a place in a
//! queue; the queue holds as many samples as are under way at full speed, and one more.

use dialects::{Diagnostic, Result};
use lowering::interface::{Interface, PackedPort};

const TEMPLATE: &str = include_str!("wrapper.sv");

/// The file's text.
///
/// Errors: a circuit without a clock, or with several ports on a side.
pub fn axis(interface: &Interface) -> Result<String> {
    let ([input], [output]) = (&interface.inputs[..], &interface.outputs[..]) else {
        return Err(Diagnostic::new(
            "an AXI-Stream wrapper is for one input and one output, and the model has more",
        )
        .help("compile without --emit axis"));
    };
    if interface.is_combinational() {
        return Err(
            Diagnostic::new("an AXI-Stream wrapper needs a circuit with a clock")
                .help("compile with at least one stage"),
        );
    }
    let pace = &interface.pace;
    let last = pace.leaves.last().copied().unwrap_or(0);
    let samples = (interface.latency + last).div_ceil(pace.interval) + 2;
    let rest = pace.interval - pace.spacing * (pace.tokens as u32 - 1);
    let unit = if pace.tokens == 1 { "token" } else { "tokens" };
    let bytes = |port: &PackedPort| port.width().div_ceil(8) * 8;
    let range = |width: u32| format!("[{}:0]", width - 1);
    let (x, y) = (input.width(), output.width());
    let padded = match bytes(output) - y {
        0 => "queue[head]".to_string(),
        zeros => format!("{{{zeros}'d0, queue[head]}}"),
    };
    let values = [
        ("@TOP@", interface.top.clone()),
        (
            "@WHAT@",
            format!("{} {unit} in, {} out", pace.tokens, pace.leaves.len()),
        ),
        ("@IN@", range(bytes(input))),
        ("@OUT@", range(bytes(output))),
        ("@TOKENS@", pace.tokens.to_string()),
        ("@SPACING@", pace.spacing.to_string()),
        ("@REST@", rest.to_string()),
        ("@ANSWERS@", pace.leaves.len().to_string()),
        ("@SAMPLES@", samples.to_string()),
        ("@XNAME@", input.name.clone()),
        ("@YNAME@", output.name.clone()),
        ("@X@", range(x)),
        ("@Y@", range(y)),
        ("@PADDED@", padded),
    ];
    let text = TEMPLATE.to_string();
    Ok(values
        .iter()
        .fold(text, |text, (mark, value)| text.replace(mark, value)))
}
