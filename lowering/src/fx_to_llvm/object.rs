//! A graph as an object file with a C header, for other people's software.

use std::fmt::Write;
use std::path::Path;

use inkwell::context::Context;

use dialects::fx::{Graph, Port, PortElement};
use dialects::{Diagnostic, Number, Result};

use super::machine::{Machine, Processor};
use super::{Container, Lowered};

/// Writes a position-independent object file and the header for it.
///
/// Its functions are `<name>_predict(x, y, samples)` and `<name>_run`, which takes the
/// memory it works in from the caller. Nothing else is needed at run time.
/// Errors: a name that is no C identifier, a path that cannot be written.
pub fn write_object(
    graph: &Graph,
    object: &Path,
    header: &Path,
    name: &str,
    processor: Processor,
) -> Result<()> {
    let letter = |first: char| first.is_ascii_alphabetic() || first == '_';
    let fits = name.starts_with(letter) && name.chars().all(|c| letter(c) || c.is_ascii_digit());
    if !fits {
        return Err(
            Diagnostic::new(format!("`{name}` cannot be part of a function's name in C"))
                .help("use letters, digits and underscores, a letter first"),
        );
    }
    let machine = Machine::new(processor);
    let lowered = Lowered::of(graph, &machine)?;
    let context = Context::create();
    let module = lowered.module(&context, name, &machine, |_| Ok(()))?;
    machine.write_object(&module, object)?;
    std::fs::write(header, text(graph, &lowered, name)).map_err(|reason| {
        Diagnostic::new(format!("the header cannot be written: {reason}"))
            .in_file(header.display().to_string())
    })
}

fn text(graph: &Graph, lowered: &Lowered, name: &str) -> String {
    let interface = lowered.interface;
    let upper = name.to_ascii_uppercase();
    let source = graph.source.as_deref().unwrap_or("a graph without a file");
    let scratch = lowered.program.scratch.next_multiple_of(64).max(64);
    let mut text = format!(
        "/* {name}: made by kaon from {}.\n\
         \x20*\n\
         \x20* A sample is a row of integers; samples follow each other. Results are exact.\n\
         \x20* Inputs outside their types are clamped to them. Safe to call from many threads.\n\
         \x20* {name}_predict takes {scratch} bytes of stack; {name}_run takes as many from the\n\
         \x20* caller, aligned to 64 bytes, and at least one sample.\n\
         \x20*/\n\
         #ifndef KAON_{upper}_H\n#define KAON_{upper}_H\n\n\
         #include <stddef.h>\n#include <stdint.h>\n\n\
         #ifdef __cplusplus\nextern \"C\" {{\n#endif\n\n",
        source.replace("*/", "* /")
    );
    ports(&mut text, "input", name, &graph.inputs, interface.input);
    ports(&mut text, "output", name, &graph.outputs, interface.output);
    let _ = write!(
        text,
        "#define {upper}_SCRATCH {scratch}\n\n\
         void {name}_predict(const {name}_input_t *x, {name}_output_t *y, size_t samples);\n\
         void {name}_run(const {name}_input_t *x, {name}_output_t *y, size_t samples, void *scratch);\n\n\
         #ifdef __cplusplus\n}}\n#endif\n\n#endif\n"
    );
    text
}

/// The type, the number of elements and the meaning of one side.
fn ports(text: &mut String, side: &str, name: &str, ports: &[Port], container: Container) {
    let (upper, side_upper) = (name.to_ascii_uppercase(), side.to_ascii_uppercase());
    let elements: Vec<&PortElement> = ports.iter().flat_map(|port| &port.elements).collect();
    let _ = writeln!(text, "typedef {} {name}_{side}_t;", c_type(container));
    let _ = writeln!(text, "#define {upper}_{side_upper}S {}", elements.len());
    let _ = writeln!(text, "/* The real value is integer * scale + offset.");
    let mut first = 0;
    for port in ports {
        let shape: Vec<String> = port.shape.iter().map(usize::to_string).collect();
        let quoted = port.name.replace("*/", "* /");
        let _ = writeln!(text, " * \"{quoted}\", shape ({}):", shape.join(", "));
        for run in port.elements.chunk_by(|a, b| a == b) {
            let PortElement { ty, scale, offset } = &run[0];
            let last = first + run.len() - 1;
            let _ = writeln!(
                text,
                " *   [{first}..{last}] {ty}, scale {scale}, offset {offset}"
            );
            first += run.len();
        }
    }
    let _ = writeln!(text, " */");
    for (what, of) in [
        (
            "SCALE",
            elements.iter().map(|e| &e.scale).collect::<Vec<&Number>>(),
        ),
        ("OFFSET", elements.iter().map(|e| &e.offset).collect()),
    ] {
        let numbers: Vec<String> = of
            .iter()
            .map(|number| format!("{:?}", number.to_f64()))
            .collect();
        let same = of.windows(2).all(|pair| pair[0] == pair[1]);
        let _ = match numbers.first() {
            Some(number) if same => writeln!(text, "#define {upper}_{side_upper}_{what} {number}"),
            _ => writeln!(
                text,
                "#define {upper}_{side_upper}_{what}S {{{}}}",
                numbers.join(", ")
            ),
        };
    }
    text.push('\n');
}

fn c_type(container: Container) -> String {
    let bits = container.bytes * 8;
    match (container.signed, bits) {
        (true, 128) => "__int128".to_string(),
        (false, 128) => "unsigned __int128".to_string(),
        (true, _) => format!("int{bits}_t"),
        (false, _) => format!("uint{bits}_t"),
    }
}
