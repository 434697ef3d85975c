//! From a model file to a compiled module.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use dialects::{Diagnostic, Result, flow, fx, nn};

use crate::bounded;
use crate::context::{PassContext, Remark};
use crate::egraph::Search;
use crate::failure::{Failure, reason};
use crate::frontend;
use crate::module::Module;
use crate::options::Options;
use crate::output::{ModelFile, sha256};
use crate::pipeline;
use crate::runner::{self, Event, Settings, Step, StepRecord};
use crate::target::Target;

/// What to compile, and how.
#[derive(Debug, Clone)]
pub struct Request {
    pub model: PathBuf,
    pub options: Options,
    pub target: Target,
    pub settings: Settings,
}

/// A model after the steps that ran.
pub struct Compilation {
    pub model: ModelFile,
    pub options: Options,
    pub target: Target,
    pub module: Module,
    pub steps: Vec<StepRecord>,
    pub remarks: Vec<Remark>,
    /// What the e-graph did, search by search.
    pub searches: Vec<Search>,
    /// Whether the module is what the last step of the pipeline makes.
    pub complete: bool,
    /// Whether a flag stopped the steps before the point that was asked for.
    pub stopped: bool,
    kept: BTreeMap<&'static str, Module>,
}

impl Compilation {
    /// The last module of level `nn`.
    pub fn layers(&self) -> Option<&nn::Graph> {
        match self.kept.get(pipeline::LAYERS)? {
            Module::Nn(graph) => Some(graph),
            _ => None,
        }
    }

    /// `fx` as lowering gave it.
    pub fn lowered(&self) -> Option<&fx::Graph> {
        self.kept_fx(pipeline::LOWERED)
    }

    /// `fx`, pruned, what the emulator is made of.
    pub fn behaviour(&self) -> Option<&fx::Graph> {
        self.kept_fx(pipeline::BEHAVIOUR)
    }

    /// The scheduled design, when every step ran.
    pub fn design(&self) -> Option<&fx::Graph> {
        match &self.module {
            Module::Fx(graph) if self.complete => Some(graph),
            _ => None,
        }
    }

    /// What the emulator is made of: a function of scalars, or of streams.
    pub fn emulated(&self) -> Option<&Module> {
        self.kept.get(pipeline::BEHAVIOUR)
    }

    /// The scheduled design of streams, when every step ran.
    pub fn streams(&self) -> Option<&flow::Graph> {
        match &self.module {
            Module::Flow(graph) if self.complete => Some(graph),
            _ => None,
        }
    }

    fn kept_fx(&self, name: &str) -> Option<&fx::Graph> {
        match self.kept.get(name)? {
            Module::Fx(graph) => Some(graph),
            _ => None,
        }
    }
}

/// Compiles until the pipeline's end, or until the step or kept module named `until`.
///
/// Errors: see [`frontend::load_within`], [`runner::run`]; a layer in the options that the model
/// does not have.
pub fn compile(
    request: &Request,
    until: Option<&str>,
    watch: &mut dyn FnMut(Event),
) -> Result<Compilation, Failure> {
    let mut graph = frontend::load_within(&request.model, &request.options.limits)?;
    // What is written names the file only; what is said names the path as the user gave it.
    let (file, typed) = (
        file_name(&request.model),
        request.model.display().to_string(),
    );
    graph.source = Some(file.clone());
    if let Some(top) = request
        .options
        .top
        .clone()
        .or_else(|| folder_name(&request.model))
    {
        graph.name = top;
    }
    check_layers(&graph, &request.options).map_err(|finding| in_typed(finding, &file, &typed))?;
    let model = ModelFile {
        file: file.clone(),
        sha256: sha256(&read(
            &request.model,
            request.options.limits.model_mib << 20,
        )?),
    };
    let steps = request.options.steps().map_err(Failure::Usage)?;
    let steps: Vec<Step> = match until {
        Some(last) => pipeline::until(steps, last),
        None => steps,
    };
    let cx = PassContext::new(&request.options, &request.target);
    let outcome = runner::run(Module::Nn(graph), &steps, &request.settings, &cx, watch)
        .map_err(|failure| failure.map(|finding| in_typed(finding, &file, &typed)))?;
    Ok(Compilation {
        model,
        options: request.options.clone(),
        target: request.target,
        module: outcome.module,
        steps: outcome.steps,
        remarks: cx.take_remarks(),
        searches: cx.take_searches(),
        complete: outcome.complete && until.is_none(),
        stopped: !outcome.complete,
        kept: outcome.kept,
    })
}

/// The folder of a file called `model`, which says nothing itself.
fn folder_name(model: &Path) -> Option<String> {
    let stem = model.file_stem()?.to_string_lossy();
    let folder = model.parent()?.file_name()?.to_string_lossy();
    stem.eq_ignore_ascii_case("model")
        .then(|| folder.into_owned())
}

fn check_layers(graph: &nn::Graph, options: &Options) -> Result<()> {
    let layers = graph.nodes.iter().map(|node| node.layer.as_str());
    let layers = layers.collect::<BTreeSet<_>>();
    let unknown = options.layers.keys();
    let unknown = unknown.filter(|name| !layers.contains(name.as_str()));
    Diagnostic::collect(unknown.map(|name| {
        let names = layers.iter().copied().collect::<Vec<_>>().join(", ");
        let finding = Diagnostic::new(format!("the model has no layer \"{name}\" to give types"));
        let finding = finding.help(format!("its layers are {names}"));
        match &graph.source {
            Some(source) => finding.in_file(source.clone()),
            None => finding,
        }
    }))
}

/// The finding, about the model's path where it was about its name.
fn in_typed(mut finding: Diagnostic, file: &str, typed: &str) -> Diagnostic {
    if finding.file.as_deref() == Some(file) {
        finding.file = Some(typed.to_string());
    }
    let others = finding.others.into_iter();
    finding.others = others.map(|other| in_typed(other, file, typed)).collect();
    finding
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

fn read(path: &Path, most: u64) -> Result<Vec<u8>> {
    bounded::read(path, most).map_err(|error| {
        Diagnostic::new(format!("the model cannot be read: {}", reason(&error)))
            .in_file(path.display().to_string())
    })
}
