//! Hardware text read back: modules, ports, registers, instances and names, line by line.
//!
//! It reads the form that [`crate::fx_to_hw`] prints, one op a line, and nothing else of MLIR.
//! What a line of logic means is not looked at: it stays text, for CIRCT, of which only the
//! operands and the width of the result are known here.

mod line;

use std::collections::HashMap;

use dialects::{Diagnostic, Result};

pub use line::{Line, Op, names, renamed, width};

/// The modules of a text.
#[derive(Debug, Default)]
pub struct Design {
    pub modules: Vec<Module>,
    /// Modules that are defined elsewhere: what Verilog calls them.
    pub externals: HashMap<String, String>,
}

#[derive(Debug)]
pub struct Module {
    pub name: String,
    /// Not private to the text: a top.
    pub public: bool,
    pub inputs: Vec<Port>,
    pub outputs: Vec<Port>,
    pub lines: Vec<Line>,
    /// What drives each output.
    pub results: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    pub name: String,
    /// None for a clock.
    pub width: Option<u32>,
}

/// Reads a text.
///
/// Errors: a line of another form.
pub fn read(text: &str) -> Result<Design> {
    let mut design = Design::default();
    let mut open: Option<Module> = None;
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        let refuse = |reason: &str| refusal(at + 1, line, reason);
        match &mut open {
            _ if line.is_empty() => {}
            None if line.starts_with("hw.module.extern ") => {
                let (symbol, name) = external(line).ok_or_else(|| refuse("no such module"))?;
                design.externals.insert(symbol, name);
            }
            None => {
                let module = header(line).ok_or_else(|| refuse("this opens no module"))?;
                open = Some(module);
            }
            Some(_) if line == "}" => design.modules.extend(open.take()),
            Some(module) => match line.strip_prefix("hw.output") {
                Some(values) => {
                    let values = values.split_once(" : ").map_or("", |(values, _)| values);
                    module.results = names(values).map(str::to_string).collect();
                    if module.results.len() != module.outputs.len() {
                        return Err(refuse("the module has other outputs"));
                    }
                }
                None => {
                    let line = Line::read(line).ok_or_else(|| refuse("this op is not known"))?;
                    module.lines.push(line);
                }
            },
        }
    }
    match open {
        None => Ok(design),
        Some(module) => {
            let name = module.name;
            Err(Diagnostic::new(format!("module `{name}` has no end")))
        }
    }
}

fn refusal(number: usize, line: &str, reason: &str) -> Diagnostic {
    const LIMIT: usize = 160;
    let line: String = line.chars().take(LIMIT).collect();
    Diagnostic::new(format!("the hardware text cannot be read: {reason}"))
        .note(format!("line {number}: {line}"))
        .help("compile the model again")
}

/// `hw.module [private] @name(ports) [attributes {…}] {`
fn header(line: &str) -> Option<Module> {
    let rest = line.strip_prefix("hw.module ")?;
    let (public, rest) = match rest.strip_prefix("private ") {
        Some(rest) => (false, rest),
        None => (true, rest),
    };
    let (name, rest) = rest.strip_prefix('@')?.split_once('(')?;
    let (ports, rest) = rest.split_once(')')?;
    rest.ends_with('{').then_some(())?;
    let mut module = Module {
        name: name.to_string(),
        public,
        inputs: Vec::new(),
        outputs: Vec::new(),
        lines: Vec::new(),
        results: Vec::new(),
    };
    for port in ports.split(", ").filter(|port| !port.is_empty()) {
        let (name, ty) = port.split_once(" : ")?;
        let width = match ty {
            "!seq.clock" => None,
            ty => Some(line::width(ty)?),
        };
        let port = |name: &str| Port {
            name: name.to_string(),
            width,
        };
        match name.strip_prefix("in %") {
            Some(name) => module.inputs.push(port(name)),
            None => module.outputs.push(port(name.strip_prefix("out ")?)),
        }
    }
    Some(module)
}

/// `hw.module.extern @symbol<…>(…) attributes {verilogName = "name"}`
fn external(line: &str) -> Option<(String, String)> {
    let (_, rest) = line.split_once('@')?;
    let symbol = rest.split(['<', '(']).next()?;
    let (_, name) = line.split_once("verilogName = \"")?;
    let (name, _) = name.split_once('"')?;
    Some((symbol.to_string(), name.to_string()))
}
