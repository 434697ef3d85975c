//! Tools that may be missing, and running them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use dialects::Result;
use dialects::fx::Graph;
use lowering::circt::Circt;
use lowering::fx_to_hw;

/// Ends the test with a visible line when a tool is missing; fails it when `KAON_STRICT=1`.
macro_rules! need {
    ($tool:expr) => {
        match $tool {
            Ok(tool) => tool,
            Err(error) => return kaon_testsuite::missing::skip(&error.to_string()),
        }
    };
}
pub(crate) use need;

pub fn ok<T>(result: Result<T>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

pub fn verilog_of(circt: &Circt, graph: &Graph) -> String {
    ok(circt.export_verilog(&ok(fx_to_hw::lower(graph))))
}

/// The name, when the tool can be started.
pub fn tool(name: &str) -> std::result::Result<&str, String> {
    let tried = Command::new(name).arg("--version").output();
    tried.map_err(|error| format!("{name}: {error}; run `make setup`"))?;
    Ok(name)
}

/// The FIRRTL compiler that the set-up brings.
pub fn firtool() -> std::result::Result<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let path = root.join("third_party/firtool/firtool");
    match path.is_file() {
        true => Ok(path),
        false => Err("firtool was not found in third_party/; run `make setup`".to_string()),
    }
}

pub fn run(command: &mut Command) -> Output {
    command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// What a command that must succeed printed.
pub fn succeed(command: &mut Command) -> String {
    let output = run(command);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{command:?}\n{out}\n{err}");
    out
}
