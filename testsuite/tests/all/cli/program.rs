//! A program run inside the test's process.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use tools::Streams;

/// What a program left.
pub struct Ended {
    pub code: u8,
    pub output: String,
    pub errors: String,
}

impl Ended {
    /// Everything, for a snapshot; the temporary folder gets a name that stays.
    pub fn whole(&self, folder: &Path) -> String {
        let text = format!(
            "exit code {}\n-- output --\n{}-- errors --\n{}",
            self.code, self.output, self.errors
        );
        let text = text.replace(&folder.display().to_string(), "TMP");
        text.replace(&root().display().to_string(), "ROOT")
    }

    /// The output of a program that is expected to succeed.
    pub fn done(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.output, self.errors);
        self.output
    }
}

pub fn kaon(arguments: &[&str]) -> Ended {
    run(tools::kaon::run, "kaon", arguments, "")
}

pub fn kaon_opt(arguments: &[&str], input: &str) -> Ended {
    run(tools::opt::run, "kaon-opt", arguments, input)
}

fn run(
    program: fn(Vec<OsString>, &mut Streams) -> u8,
    name: &str,
    arguments: &[&str],
    input: &str,
) -> Ended {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let arguments = std::iter::once(&name).chain(arguments).map(OsString::from);
    let mut streams = Streams {
        input: &mut input.as_bytes(),
        output: &mut output,
        errors: &mut errors,
        watched: false,
    };
    let code = program(arguments.collect(), &mut streams);
    let text = |bytes| String::from_utf8(bytes).expect("programs print UTF-8");
    Ended {
        code,
        output: text(output),
        errors: text(errors),
    }
}

/// The checkout.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("the workspace").to_path_buf()
}

/// A file of the demo model.
pub fn demo(file: &str) -> String {
    let path = root().join("models/gamma_trigger_w6a6").join(file);
    path.display().to_string()
}

/// A temporary folder, and the path of something in it.
pub struct Scratch(tempfile::TempDir);

impl Scratch {
    pub fn new() -> Self {
        Scratch(tempfile::tempdir().expect("a temporary folder"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn at(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// Writes a file; its path.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.at(name);
        std::fs::write(&path, bytes).expect("a temporary file");
        path
    }

    /// What is in the folder, hidden files included.
    pub fn entries(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path()).expect("a temporary folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<_> = names.map(|name| name.display().to_string()).collect();
        names.sort();
        names
    }
}

/// True when a tool may be used; otherwise the test is skipped by name, or fails when
/// `KAON_STRICT=1`.
pub fn have(tool: dialects::Result<()>) -> bool {
    let Err(reason) = tool else { return true };
    kaon_testsuite::missing::skip(&reason.to_string());
    false
}

pub fn have_circt() -> bool {
    have(lowering::circt::Circt::get().map(|_| ()))
}
