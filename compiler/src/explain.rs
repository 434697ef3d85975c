//! `kaon-opt --explain-node`: how the e-graph came to what it makes of a node, each step
//! checked by itself.

use std::fmt::Write;

use dialects::fx::{Graph, Op, ValueId};
use dialects::{Diagnostic, Result};

use crate::context::PassContext;
use crate::egraph::{self, RuleSet};
use crate::failure::Failure;
use crate::module::Module;
use crate::proofs::{Checker, How, Term};
use crate::reduce;

/// Longer expressions end at the borders of the node's layer.
const LENGTH: usize = 2000;

/// The chain of rules from the expression of a node to the one it becomes.
///
/// `node` is `%N`, `N` or a layer, whose last node it is then.
///
/// Errors: a pass that searches no e-graph, no such node, an expression that is too long; a
/// step that is wrong, which is ours.
pub fn explain_node(
    module: &Module,
    passes: &[String],
    node: &str,
    cx: &PassContext,
) -> Result<String, Failure> {
    let usage = |finding: Diagnostic| Failure::Usage(finding);
    let set = match passes.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["fx-rewrite"] => RuleSet::Fold,
        ["fx-reduce-strength"] => RuleSet::Strength,
        _ => {
            return Err(usage(
                Diagnostic::new("--explain-node explains one pass that searches an e-graph")
                    .help("name it: -p fx-rewrite, or -p fx-reduce-strength"),
            ));
        }
    };
    let Module::Fx(graph) = module else {
        return Err(usage(
            Diagnostic::new("the module is at nn, and the e-graph works on fx")
                .help("lower it first: kaon-opt IN.MLIR -p lower-nn-to-fx -o lowered.mlir"),
        ));
    };
    let value = find(graph, node).map_err(usage)?;
    let whole = lengths(graph, &|_| false)[value.index()] <= LENGTH;
    let layer = graph.node(value).layer;
    let outside = |at: usize| {
        let other = &graph.nodes[at];
        let constant = matches!(other.op, Op::Constant { .. });
        !whole && at != value.index() && other.layer != layer && !constant
    };
    let cone = reduce::cone(graph, value, outside)?;
    let explained = egraph::explain(&cone, cx.target, set, cx.asked_of_searches())?;
    let mut text = legend(graph, value, &cone, &outside);
    writeln!(text, "{}", explained.first).expect("a string");
    let checker = Checker::new(&written(&cx.options.pipeline.with_rules));
    let (mut before, mut open): (Term, usize) = (explained.first.parse()?, 0);
    for step in &explained.steps {
        let after: Term = step.after.parse()?;
        let way = if step.backward { "from" } else { "by" };
        let how = checker.check(&step.rule, step.backward, &before, &after);
        let how = how.map_err(|reason| {
            Failure::Ours(
                Diagnostic::new(format!("a step of the explanation is wrong: {reason}"))
                    .note(format!("before: {before}"))
                    .note(format!("after: {after}")),
            )
        })?;
        open += usize::from(how == How::Open);
        let line = format!(
            "  {way} {}; checked: {}\n{}",
            step.rule,
            how.name(),
            step.after
        );
        writeln!(text, "{line}").expect("a string");
        before = after;
    }
    let steps = explained.steps.len();
    let summary = match (steps, steps - open) {
        (0, _) => "no rule changes it".to_string(),
        (steps, checked) => format!("{checked} of {steps} steps checked"),
    };
    writeln!(text, "{summary}").expect("a string");
    Ok(text)
}

/// Rules given as text, as the checker takes them; they are known to be rules.
fn written(rules: &[String]) -> Vec<(String, Term, Term)> {
    let rule = |text: &String| {
        let (name, sides) = text.split_once(':')?;
        let (lhs, rhs) = sides.split_once("=>")?;
        Some((
            name.trim().to_string(),
            lhs.parse().ok()?,
            rhs.parse().ok()?,
        ))
    };
    rules.iter().filter_map(rule).collect()
}

fn find(graph: &Graph, node: &str) -> Result<ValueId> {
    let inputs = graph.input_count();
    if let Ok(number) = node.trim_start_matches('%').parse::<usize>() {
        let last = graph.nodes.len().saturating_sub(inputs + 1);
        return match number <= last && graph.nodes.len() > inputs {
            true => Ok(ValueId((inputs + number) as u32)),
            false => Err(Diagnostic::new(format!("there is no node %{number}"))
                .help(format!("the last one is %{last}"))),
        };
    }
    let in_layer = |value: &ValueId| graph.layer_name(graph.node(*value).layer) == node;
    graph.values().filter(in_layer).last().ok_or_else(|| {
        Diagnostic::new(format!("`{node}` is neither a node nor a layer"))
            .help("name a node as the module's text does, %12, or a layer of it")
    })
}

/// Ops and operands of every value, written out without sharing.
fn lengths(graph: &Graph, is_input: &impl Fn(usize) -> bool) -> Vec<usize> {
    let mut lengths: Vec<usize> = Vec::with_capacity(graph.nodes.len());
    for (at, node) in graph.nodes.iter().enumerate() {
        let below = match is_input(at) {
            true => 0,
            false => {
                let operands = node.op.operands();
                let below = operands.iter().map(|v| lengths[v.index()]);
                below.fold(0, usize::saturating_add)
            }
        };
        lengths.push(below.saturating_add(1));
    }
    lengths
}

/// What the letters stand for.
fn legend(graph: &Graph, value: ValueId, cone: &Graph, outside: &impl Fn(usize) -> bool) -> String {
    let inputs = graph.input_count();
    let mut needed = vec![false; graph.nodes.len()];
    needed[value.index()] = true;
    for at in (0..graph.nodes.len())
        .rev()
        .filter(|at| *at <= value.index())
    {
        if needed[at] && !outside(at) {
            for operand in graph.nodes[at].op.operands() {
                needed[operand.index()] = true;
            }
        }
    }
    let read = (0..graph.nodes.len()).filter(|at| needed[*at] && (outside(*at) || *at < inputs));
    let mut text = String::new();
    for (number, at) in read.enumerate().take(cone.input_count()) {
        let letter = match u8::try_from(number) {
            Ok(letter @ 0..26) => char::from(b'a' + letter).to_string(),
            _ => format!("x{number}"),
        };
        let name = match at.checked_sub(inputs) {
            Some(inner) => format!("%{inner}"),
            None => format!("%x{at}"),
        };
        writeln!(text, "{letter} is {name}, {}", graph.nodes[at].ty).expect("a string");
    }
    text
}
