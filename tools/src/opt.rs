//! `kaon-opt`: any pass, any order, any level, text to text.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Parser, ValueEnum};
use compiler::context::PassContext;
use compiler::explain;
use compiler::failure::{Failure, reason};
use compiler::module::Module;
use compiler::output::replace;
use compiler::pipeline;
use compiler::proofs;
use compiler::runner::{self, Settings, Step};
use compiler::validate::Effort;
use compiler::{bounded, catalogue};
use dialects::{Diagnostic, Result};

use crate::answer::{Answer, finish, refuse};
use crate::faults::{self, FaultFlags};
use crate::flags::{OptionFlags, StepFlags, remarks, times};
use crate::measures::{MeasureFlags, rules};
use crate::progress::Watcher;
use crate::streams::Streams;

/// Runs passes and lowerings on a module, text to text.
#[derive(Debug, Parser)]
#[command(
    name = "kaon-opt",
    version,
    term_width = 100,
    arg_required_else_help = true,
    after_help = EXAMPLES
)]
struct Cli {
    /// Module of level nn, flow or fx; - is standard input
    #[arg(value_name = "IN.MLIR", required_unless_present_any = ["list", "list_rules", "explain", "print_irdl"])]
    input: Option<PathBuf>,

    /// Passes and lowerings, in this order; none only checks and prints
    #[arg(short, long, value_name = "NAME", value_delimiter = ',')]
    passes: Vec<String>,

    /// Where the module goes [default: standard output, unless measures are printed]
    #[arg(short, long, value_name = "OUT.MLIR")]
    output: Option<PathBuf>,

    /// List the passes and lowerings
    #[arg(long)]
    list: bool,

    /// With --list: as docs/passes.md
    #[arg(long, requires = "list")]
    markdown: bool,

    /// Explain a pass or a lowering
    #[arg(long, value_name = "NAME")]
    explain: Option<String>,

    /// Print a dialect's definition
    #[arg(long, value_name = "DIALECT")]
    print_irdl: Option<Dialect>,

    #[command(flatten)]
    options: OptionFlags,

    #[command(flatten)]
    steps: StepFlags,

    #[command(flatten)]
    measures: MeasureFlags,

    #[command(flatten)]
    faults: FaultFlags,
}

const EXAMPLES: &str = "Examples:
  kaon-opt in.mlir -p fx-narrow-widths
  kaon-opt in.mlir -p lower-nn-to-fx,fx-rewrite --print-after all -o out.mlir
  kaon-opt in.mlir -p fx-rewrite,fx-reduce-strength --cost --target ecp5
  kaon-opt in.mlir -p fx-rewrite --egraph-stats --without-rule mul-one,shifts
  kaon-opt in.mlir -p fx-rewrite,fx-share-sums --check-passes
  kaon-opt model.onnx --bisect
  kaon-opt in.mlir -p fx-rewrite --explain-node %12
  kaon-opt in.mlir --reduce 'kaon-opt {} -p fx-rewrite --check-passes'
  kaon-opt --explain fx-narrow-widths
  kaon-opt --print-irdl fx > fx.irdl";

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Dialect {
    Nn,
    Flow,
    Fx,
}

/// Runs the program; the exit code.
pub fn run(arguments: Vec<OsString>, streams: &mut Streams) -> u8 {
    match Cli::try_parse_from(arguments) {
        Ok(cli) => {
            let outcome = dispatch(&cli, streams);
            finish(outcome, streams)
        }
        Err(error) => refuse(&error, streams),
    }
}

fn dispatch(cli: &Cli, streams: &mut Streams) -> Result<Answer, Failure> {
    if let Some(dialect) = cli.print_irdl {
        let text = match dialect {
            Dialect::Nn => dialects::nn::irdl(),
            Dialect::Flow => dialects::flow::irdl(),
            Dialect::Fx => dialects::fx::irdl(),
        };
        return Ok(text.into());
    }
    if let Some(name) = &cli.explain {
        return Ok(catalogue::explain(name).map_err(Failure::Usage)?.into());
    }
    if cli.measures.proofs {
        return Ok(proofs::table(&proofs::proofs()).into());
    }
    if cli.measures.list_rules {
        return Ok(rules().into());
    }
    match (cli.list, cli.markdown, &cli.input) {
        (true, true, _) => Ok(catalogue::markdown().into()),
        (true, false, _) => Ok(catalogue::list().into()),
        (false, _, Some(input)) => transform(cli, input, streams),
        (false, _, None) => Err(Failure::usage("no module was given; see kaon-opt --help")),
    }
}

fn transform(cli: &Cli, input: &Path, streams: &mut Streams) -> Result<Answer, Failure> {
    if cli.measures.json && !cli.measures.any() {
        let finding = Diagnostic::new("--json prints measures, and none was asked for");
        return Err(Failure::Usage(finding.help("add --cost or --egraph-stats")));
    }
    let steps = cli.passes.iter().map(|name| step(name));
    let steps = steps.collect::<Result<Vec<Step>, Failure>>()?;
    let (mut options, target) = cli.options.resolve()?;
    cli.faults.check()?;
    options
        .pipeline
        .with_rules
        .clone_from(&cli.faults.with_rule);
    let settings = Settings {
        round_trip: !cli.steps.no_verify,
        estimate: cli.measures.cost,
        ..cli.steps.settings()
    };
    let settings = Settings {
        check_passes: match cli.faults.with_rule.is_empty() {
            true => settings.check_passes,
            false => Some(settings.check_passes.unwrap_or(Effort::FULL)),
        },
        ..settings
    };
    if cli.faults.bisect {
        let module = match faults::model(input)? {
            Some(module) => module,
            None => module(input, streams)?,
        };
        let steps = match steps.is_empty() {
            true => options.steps().map_err(Failure::Usage)?,
            false => steps,
        };
        let cx = PassContext::new(&options, &target);
        return cli.faults.bisect(module, &steps, cli.steps.asked(), &cx);
    }
    let module = module(input, streams)?;
    if let Some(node) = &cli.faults.explain_node {
        let cx = PassContext::new(&options, &target);
        return Ok(explain::explain_node(&module, &cli.passes, node, &cx)?.into());
    }
    if let Some(command) = &cli.faults.reduce {
        return output(cli, faults::reduced(&module, command)?, String::new());
    }
    let cx =
        PassContext::new(&options, &target).keeping_egraphs(cli.measures.dump_egraph.is_some());
    let watcher = Watcher::new(streams);
    let outcome = runner::run(module, &steps, &settings, &cx, &mut |event| {
        watcher.event(&event, streams);
    });
    drop(watcher);
    let outcome = outcome?;
    let _ = write!(streams.errors, "{}", remarks(&cx.take_remarks()));
    let _ = write!(streams.errors, "{}", cli.steps.verdicts(&outcome.steps));
    if cli.steps.time {
        let _ = write!(streams.errors, "{}", times(&outcome.steps));
    }
    cli.measures.dump(&cx.take_egraphs())?;
    let searches = cx.take_searches();
    let measured = cli.measures.print(&outcome, &searches, &cx)?;
    output(cli, outcome.module.print(), measured)
}

fn module(input: &Path, streams: &mut Streams) -> Result<Module> {
    let text = read(input, streams)?;
    Module::read(&text).map_err(|finding| finding.in_file(place(input)))
}

/// The module where it was asked to go, and what is said besides.
fn output(cli: &Cli, text: String, measured: String) -> Result<Answer, Failure> {
    match &cli.output {
        None if cli.measures.any() => Ok(measured.into()),
        None => Ok(text.into()),
        Some(path) => {
            let unwritable = |error: std::io::Error| {
                Diagnostic::new(format!("the module cannot be written: {}", reason(&error)))
                    .in_file(place(path))
            };
            replace(path, text).map_err(unwritable)?;
            Ok(measured.into())
        }
    }
}

fn step(name: &str) -> Result<Step, Failure> {
    pipeline::find(name).ok_or_else(|| {
        let finding = Diagnostic::new(format!("`{name}` is no pass and no lowering"));
        Failure::Usage(finding.help("kaon-opt --list shows them"))
    })
}

fn read(path: &Path, streams: &mut Streams) -> Result<String> {
    let refuse = |error: std::io::Error| {
        Diagnostic::new(format!("the module cannot be read: {}", reason(&error)))
            .in_file(place(path))
    };
    if path == Path::new("-") {
        let mut text = String::new();
        (&mut *streams.input)
            .take(bounded::TEXT)
            .read_to_string(&mut text)
            .map_err(refuse)?;
        return Ok(text);
    }
    bounded::read_text(path).map_err(refuse)
}

fn place(path: &Path) -> String {
    match path == Path::new("-") {
        true => "standard input".to_string(),
        false => path.display().to_string(),
    }
}
