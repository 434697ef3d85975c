//! What `kaon-opt` does about faults: finds the guilty step, makes a module smaller.

use std::path::Path;

use clap::Args;
use compiler::bisect;
use compiler::context::PassContext;
use compiler::failure::Failure;
use compiler::frontend;
use compiler::module::Module;
use compiler::runner::Step;
use compiler::validate::Effort;
use compiler::{egraph, reduce};
use dialects::Result;

use crate::answer::Answer;

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Finding faults")]
pub struct FaultFlags {
    /// Find the step, and the rules of its e-graph, that change what the module computes; IN
    /// may be a model, and without --passes the steps are those of kaon compile
    #[arg(long)]
    pub bisect: bool,

    /// Print the smallest module found on which COMMAND, run by sh, fails as it does on
    /// IN.MLIR; {} in it stands for the file, or else it is added
    #[arg(long, value_name = "COMMAND", conflicts_with_all = ["bisect", "passes"])]
    pub reduce: Option<String>,

    /// Print how fx-rewrite or fx-reduce-strength, whichever --passes names, comes to what it
    /// makes of a node of IN.MLIR: %N, or the last node of a layer. Each step is checked
    #[arg(long, value_name = "NODE|LAYER", conflicts_with_all = ["bisect", "reduce"])]
    pub explain_node: Option<String>,

    /// Try a rule that kaon does not have, 'NAME: LHS => RHS'; steps are always checked then
    #[arg(long, value_name = "RULE")]
    pub with_rule: Vec<String>,
}

impl FaultFlags {
    /// Errors: a written rule that is none.
    pub fn check(&self) -> Result<(), Failure> {
        egraph::check_rules(&[], &self.with_rule).map_err(Failure::Usage)
    }

    /// How hard the search for a guilty step tries.
    pub fn bisect(
        &self,
        module: Module,
        steps: &[Step],
        effort: Option<Effort>,
        cx: &PassContext,
    ) -> Result<Answer, Failure> {
        let effort = effort.unwrap_or(Effort::FULL);
        Ok(bisect::bisect(module, steps, effort, cx)?.report().into())
    }
}

/// A model, as a frontend reads it; `None` for what looks like text of MLIR.
pub fn model(path: &Path) -> Result<Option<Module>> {
    let is_text = path == Path::new("-") || path.extension().is_some_and(|e| e == "mlir");
    match is_text {
        true => Ok(None),
        false => frontend::load(path).map(|graph| Some(Module::Nn(graph))),
    }
}

/// The smallest module on which a command fails as it does on this one.
pub fn reduced(module: &Module, command: &str) -> Result<String> {
    Ok(reduce::by_command(module, command)?.print())
}
