//! The CIRCT library: text in, text out.
//!
//! The only dlopen of the project. The library (PyPI wheel `circt`, version [`VERSION`]) has an
//! MLIR of its own; nothing but text crosses to the MLIR of the other rooms. Each call makes a
//! context of its own, so calls may run in parallel, and the same text gives the same bytes.
//!
//! # The shape of `hw` text that prints as good Verilog
//!
//! ```text
//! hw.module private @top_dense_1(in %clk : !seq.clock, in %x0 : i8, out y0 : i12)
//!     attributes {comment = "nn.dense \"dense_1\""} {             // comment line above the module
//!   %s = comb.extract %x0 from 7 : (i8) -> i1
//!   %e = comb.replicate %s : (i1) -> i4
//!   %a = comb.concat %e, %x0 : i4, i8                            // {{4{x0[7]}}, x0}
//!   %t = comb.add %a, %b : i12
//!   %sum = hw.wire %t name "neuron_0" : i12                      // wire [11:0] neuron_0 = … + …;
//!   %r = seq.compreg name "neuron_0_r" %sum, %clk : i12          // plain always_ff
//!   %v = seq.compreg name "valid_1" %in, %clk reset %rst, %false : i1
//!   %tab = hw.aggregate_constant [3 : i8, 2 : i8, 1 : i8, 0 : i8] : !hw.array<4xi8>
//!   %m = seq.hlmem @queue %clk, %rst : <66xi12>                  // reg [11:0] queue[0:65];
//!   %q = seq.read %m[%j] rden %true {latency = 1} : !seq.hlmem<66xi12>   // queue_rd0_reg <= queue[j]
//!   seq.write %m[%k] %t wren %v {latency = 1} : !seq.hlmem<66xi12>       // not while %rst
//!   %g = hw.array_get %tab[%i] : !hw.array<4xi8>, i2             // casez; element 0 is LAST
//! ```
//!
//! - A value used once is printed inside its user; a value used twice without a name becomes
//!   `_GEN`. `hw.wire … name` gives it a line and a name of its own and keeps the shape of a sum:
//!   without it `(a + b) + (c + d)` prints as the chain `a + b + c + d`. Every other room may
//!   leave the wires in: `canonicalize` and the arc pipeline drop them, only SMT refuses them.
//! - `hw.instance "dense_1"` makes `top.dense_1` findable in every later tool.
//! - `{sv.attributes = [#sv.attribute<"keep_hierarchy" = "\"yes\"">]}` on a module or a wire
//!   prints `(* keep_hierarchy = "yes" *)`.
//! - Arithmetic shifts by a constant are `comb.extract` + sign bits; `comb.shrs` prints two casts.
//! - Input bits nobody reads make Verilator warn: give them to an empty
//!   `hw.module private @unused_8(in %unused : i8) {}`. A wire kept by a `sym` would do for
//!   Verilog but not for arc.
//! - A name that is a SystemVerilog keyword (`table`, `reg`, …) gets a number appended, in silence.
//! - Delays are chains of `seq.compreg`; `seq.shiftreg` is not lowered here.
//! - For `verif.lec`: no `hw.wire`, no `hw.instance`, and `hw.array_create` (operand 0 is the
//!   highest index) in place of `hw.aggregate_constant`.

mod ffi;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use dialects::diagnostic::{Diagnostic, Result};

use ffi::{Api, Context, Finding, Module, Severity};

/// The version of the wheel this room is written for.
pub const VERSION: &str = "1.162.0";

/// The one file of the wheel that is used.
pub const LIBRARY: &str = "libCIRCTBindingsPythonCAPI.so";

const DIALECTS: &[&str] = &[
    "hw", "comb", "seq", "sv", "emit", "sim", "verif", "ltl", "om", "debug", "smt", "arc", "synth",
    "func", "cf", "scf", "llvm",
];

const REGISTRATIONS: &[&str] = &[
    "mlirRegisterTransformsPasses",
    "mlirRegisterCIRCTConversionPasses",
    "mlirRegisterCIRCTTransformsPasses",
    "registerHWPasses",
    "registerCombPasses",
    "registerSeqPasses",
    "registerSVPasses",
    "registerArcPasses",
    "registerSynthPasses",
    "registerSynthesisPipeline",
    "registerVerifPasses",
];

/// From `hw/comb/seq` to what the Verilog printer can say.
///
/// No `canonicalize`: it would drop the names given by `hw.wire` and join chains of additions
/// that the adder graph keeps apart. The text is already optimised when it gets here.
const VERILOG_PIPELINE: &str = "builtin.module(\
    hw.module(lower-seq-hlmem),\
    cse,\
    hw.module(lower-comb),\
    lower-seq-to-sv,\
    hw.module(hw-legalize-modules))";

/// How Verilog is printed, unless the text has `circt.loweringOptions` of its own.
///
/// Packed arrays and local variables are what yosys 0.23 cannot read; the rest keeps the file
/// readable and free of version and position noise.
const VERILOG_STYLE: &str = "disallowPackedArrays,disallowLocalVariables,disallowPortDeclSharing,\
    locationInfoStyle=none,omitVersionComment,emittedLineLength=100";

/// From `verif.lec` over `hw/comb` to SMT. No `canonicalize` before the conversion: it turns
/// `hw.array_create` of constants into `hw.aggregate_constant`, which has no SMT form.
const SMT_PIPELINE: &str = "builtin.module(\
    convert-hw-to-smt,\
    convert-comb-to-smt,\
    convert-verif-to-smt,\
    canonicalize)";

/// From one module of `hw/comb` to arc's model of it, where every port has a place in a flat
/// state. No `arc-dedup`: each arc then has one user and is inlined, so one function is left.
const ARC_STATE_PIPELINE: &str = "builtin.module(\
    hw-flatten-modules,convert-to-arcs,canonicalize,cse,\
    arc-lower-state,arc-inline,canonicalize,arc-split-loops,arc-lower-arcs-to-funcs,\
    arc.model(arc-allocate-state))";

/// From there to the LLVM dialect, `llvm.func @<module>_eval(!llvm.ptr)`. Translation to LLVM
/// IR is not registered in this library.
const ARC_LLVM_PIPELINE: &str = "builtin.module(\
    arc-lower-clocks-to-funcs,lower-arc-to-llvm,canonicalize,cse)";

/// Where the library is: `KAON_CIRCT_LIB`, else beside the executable, else in
/// `third_party/circt/` of the checkout around the executable, the current folder or the sources.
pub fn find_library() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("KAON_CIRCT_LIB").map(PathBuf::from) {
        return match path.is_file() {
            true => Ok(path),
            false => Err(Diagnostic::new(format!(
                "KAON_CIRCT_LIB names `{}`, which is not a file",
                path.display()
            ))
            .help("unset it, or run `make setup`")),
        };
    }
    let executable = std::env::current_exe().ok();
    let beside = executable.iter().filter_map(|exe| exe.parent());
    let current = std::env::current_dir().ok();
    let around = executable
        .iter()
        .chain(&current)
        .map(PathBuf::as_path)
        .chain([Path::new(env!("CARGO_MANIFEST_DIR"))])
        .flat_map(Path::ancestors)
        .map(|folder| folder.join("third_party/circt"));
    beside
        .map(PathBuf::from)
        .chain(around)
        .map(|folder| folder.join(LIBRARY))
        .find(|path| path.is_file())
        .ok_or_else(|| {
            Diagnostic::new("the CIRCT library was not found")
                .note(format!(
                    "looked for {LIBRARY} beside the executable and in third_party/circt/"
                ))
                .help("run `make setup`, or point KAON_CIRCT_LIB at the library")
        })
}

/// The library, loaded.
pub struct Circt {
    api: Api,
    path: PathBuf,
}

impl Circt {
    /// The library of this process, loaded at the first call.
    pub fn get() -> Result<&'static Circt> {
        static CIRCT: OnceLock<Result<Circt>> = OnceLock::new();
        CIRCT
            .get_or_init(|| Circt::load(find_library()?))
            .as_ref()
            .map_err(Clone::clone)
    }

    fn load(path: PathBuf) -> Result<Circt> {
        match Api::open(&path, REGISTRATIONS) {
            Ok(api) => Ok(Circt { api, path }),
            Err(error) => Err(Diagnostic::new(format!(
                "`{}` is not the CIRCT library kaon needs",
                path.display()
            ))
            .note(error.to_string())
            .help(format!("run `make setup`, which installs CIRCT {VERSION}"))),
        }
    }

    /// The file that was loaded.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the library calls itself, such as `firtool-1.162.0`.
    pub fn version(&self) -> Result<String> {
        let text = self.export_verilog(
            r#"module attributes {circt.loweringOptions = "locationInfoStyle=none"} {
                 hw.module @version() {}
               }"#,
        )?;
        let first = text.lines().next().unwrap_or_default();
        Ok(first.trim_start_matches("// Generated by CIRCT ").into())
    }

    /// Parses and verifies, runs a pipeline (`builtin.module(…)`, or only its passes; may be
    /// empty), verifies and prints.
    pub fn run_passes(&self, text: &str, pipeline: &str) -> Result<String> {
        let session = self.session(text)?;
        let mut module = session.parse()?;
        session.run(&mut module, pipeline)?;
        Ok(module.print())
    }

    /// The SystemVerilog of `hw/comb/seq` text: one file, modules in their order.
    pub fn export_verilog(&self, text: &str) -> Result<String> {
        let session = self.session(text)?;
        let mut module = session.parse()?;
        module.default_attribute("circt.loweringOptions", VERILOG_STYLE);
        session.run(&mut module, VERILOG_PIPELINE)?;
        session.conclude(
            module.export_verilog(),
            "CIRCT cannot print this as Verilog",
        )
    }

    /// One module of logic over `hw/comb` in the LLVM dialect, by the arc passes.
    ///
    /// A register in it would be advanced too, but arc takes an `hw.instance` of a public
    /// module for a model outside: only private ones are dissolved.
    pub fn lower_logic(&self, text: &str) -> Result<Lowered> {
        let session = self.session(text)?;
        let mut module = session.parse()?;
        session.run(&mut module, ARC_STATE_PIPELINE)?;
        let ports = module.print().lines().filter_map(port).collect();
        session.run(&mut module, ARC_LLVM_PIPELINE)?;
        Ok(Lowered {
            ports,
            llvm: module.print(),
        })
    }

    /// The SMT-LIB question of one `verif.lec` over `hw/comb` text: `unsat` means equal.
    pub fn to_smtlib(&self, text: &str) -> Result<String> {
        let session = self.session(text)?;
        let mut module = session.parse()?;
        session.run(&mut module, SMT_PIPELINE)?;
        let smt = module
            .export_smtlib()
            .filter(|smt| smt.contains("(check-sat)"));
        session.conclude(smt, "CIRCT finds no question for a solver in this text")
    }

    fn session<'a>(&'a self, text: &'a str) -> Result<Session<'a>> {
        match self.api.context(DIALECTS) {
            Ok(context) => Ok(Session { context, text }),
            Err(error) => Err(Diagnostic::new("the CIRCT library lacks a dialect")
                .note(error.to_string())
                .help(format!("run `make setup`, which installs CIRCT {VERSION}"))),
        }
    }
}

/// A module as a function over a flat state.
#[derive(Debug)]
pub struct Lowered {
    /// The ports and where each stands in the state, in bytes.
    pub ports: Vec<(String, usize)>,
    /// Text of the LLVM dialect.
    pub llvm: String,
}

/// `%in_x = arc.root_input "x", %arg0 {offset = 24 : i32} : …`, and outputs alike.
fn port(line: &str) -> Option<(String, usize)> {
    let (_, rest) = line
        .split_once(" = arc.root_input \"")
        .or_else(|| line.split_once(" = arc.root_output \""))?;
    let (name, rest) = rest.split_once('"')?;
    let (_, rest) = rest.split_once("offset = ")?;
    let (offset, _) = rest.split_once(' ')?;
    Some((name.to_string(), offset.parse().ok()?))
}

/// One text in one context.
struct Session<'a> {
    context: Context<'a>,
    text: &'a str,
}

impl Session<'_> {
    fn parse(&self) -> Result<Module<'_>> {
        self.conclude(self.context.parse(self.text), "CIRCT refuses this text")
    }

    fn run(&self, module: &mut Module<'_>, pipeline: &str) -> Result<()> {
        let pipeline = match pipeline.starts_with("builtin.module(") {
            true => pipeline.to_owned(),
            false => format!("builtin.module({pipeline})"),
        };
        let passes = self.context.pipeline(&pipeline).map_err(|message| {
            Diagnostic::new("CIRCT does not know this pipeline")
                .note(pipeline.clone())
                .note(message.trim_end())
        })?;
        let done = module.run(&passes).then_some(());
        self.conclude(done, "a CIRCT pass failed")
    }

    /// The outcome, if there is one and no error was reported on the way: some parts of CIRCT
    /// report an error and carry on.
    fn conclude<T>(&self, outcome: Option<T>, otherwise: &str) -> Result<T> {
        let findings = self.context.take_findings();
        let failed = findings.iter().any(|f| f.severity == Severity::Error);
        match outcome {
            Some(value) if !failed => Ok(value),
            _ => Err(self.diagnostic(findings, otherwise)),
        }
    }

    /// Errors first, each with its layer and the line it is about; the rest as notes.
    fn diagnostic(&self, findings: Vec<Finding>, otherwise: &str) -> Diagnostic {
        let (errors, rest): (Vec<_>, Vec<_>) = findings
            .into_iter()
            .partition(|finding| finding.severity == Severity::Error);
        let mut errors = errors.into_iter().map(|finding| self.error(finding));
        let mut first = errors.next().unwrap_or_else(|| Diagnostic::new(otherwise));
        first.others.extend(errors);
        rest.into_iter().fold(first, |error, finding| {
            error.note(shorten(&finding.message))
        })
    }

    fn error(&self, finding: Finding) -> Diagnostic {
        let mut error = Diagnostic::new(format!("CIRCT: {}", shorten(&finding.message)));
        error.layer = finding.layer;
        if let Some(number) = finding.line {
            let line = self.text.lines().nth(number.saturating_sub(1));
            error = error.note(format!(
                "line {number}: {}",
                shorten(line.unwrap_or_default())
            ));
        }
        let notes = finding.notes.iter().map(|note| shorten(note));
        notes.fold(error, Diagnostic::note)
    }
}

/// The first line, cut: the library quotes whole modules, and a table can be a megabyte.
fn shorten(text: &str) -> String {
    const LIMIT: usize = 160;
    let line = text.trim().lines().next().unwrap_or_default().trim_end();
    match line.char_indices().nth(LIMIT) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}
