//! The e-graph under examination: rules proved by their examples, every equality and every
//! fact of a saturated e-graph tried on numbers. Expressions go in as text.

use std::collections::BTreeMap;

use dialects::fx::{Graph, IntType, eval_nodes};
use dialects::{Diagnostic, Result};
use egg::{Id, Language, RecExpr};

use super::facts::EGraph;
use super::language::{Attributes, Expr, InputLeaf, op_of};
use super::saturate::{Limits, saturate};
use super::{Asked, RuleSet, convert, index, rules};

/// A rule and its examples, as the rule's theme states them.
pub struct Lesson {
    pub theme: &'static str,
    pub rule: &'static str,
    pub lhs: &'static str,
    /// The right side, unless it is computed.
    pub rhs: Option<&'static str>,
    /// Whether the rule can decline, and so needs a refusal.
    pub guarded: bool,
    pub proofs: Vec<(&'static str, &'static str)>,
    pub refusals: Vec<(&'static str, &'static str)>,
}

/// Every rule, in order.
pub fn lessons() -> Vec<Lesson> {
    let themes = rules::themes().into_iter();
    let lessons = themes.flat_map(|(theme, rules)| {
        rules.into_iter().map(move |rule| Lesson {
            theme,
            rule: rule.name,
            lhs: rule.lhs(),
            rhs: rule.rhs(),
            guarded: rule.is_guarded(),
            proofs: rule.proofs,
            refusals: rule.refusals,
        })
    });
    lessons.collect()
}

/// What all rules make of an expression.
pub struct Proof {
    /// Whether the other expression is one of its equal forms.
    pub equal: bool,
    pub fired: Vec<&'static str>,
}

/// Whether all rules together make two expressions equal. With `beside`, both are known
/// from the start; without, the rules have to find the second by themselves.
pub fn equal(lhs: &str, rhs: &str, beside: bool) -> Result<Proof> {
    let (lhs, rhs) = (parse(lhs)?, parse(rhs)?);
    let mut egraph = EGraph::default();
    let root = egraph.add_expr(&lhs);
    if beside {
        egraph.add_expr(&rhs);
    }
    let index = index(RuleSet::Strength, Asked::default());
    let run = saturate(&mut egraph, &index, Limits::of(64));
    let fired = index.rules.iter().zip(&run.fired);
    let found = egraph.lookup_expr(&rhs);
    Ok(Proof {
        equal: found.is_some_and(|id| egraph.find(id) == egraph.find(root)),
        fired: fired
            .filter(|(_, count)| **count > 0)
            .map(|(rule, _)| rule.name)
            .collect(),
    })
}

/// What one rule alone makes of an expression at its root, as text; nothing where it does
/// not fire. Other expressions stand in the e-graph beside it.
///
/// Errors: no such rule, no such expression.
pub fn fire(rule: &str, text: &str, beside: &[String]) -> Result<Vec<String>> {
    let themes = rules::themes();
    let mut all = themes.iter().flat_map(|(_, rules)| rules);
    let found = all.find(|known| known.name == rule);
    let rule = found.ok_or_else(|| Diagnostic::new(format!("`{rule}` is no rule")))?;
    let mut egraph = EGraph::default();
    let root = egraph.add_expr(&parse(text)?);
    for other in beside {
        egraph.add_expr(&parse(other)?);
    }
    egraph.rebuild();
    let index = rules::Index::new([rule]);
    let root = egraph.find(root);
    let matches = index.search(&egraph, &[root]);
    let mut made = Vec::new();
    for found in matches {
        if let Some(id) = index.rules[found.rule].apply(&mut egraph, &found) {
            made.push(egraph.id_to_expr(id).to_string());
        }
    }
    Ok(made)
}

fn parse(text: &str) -> Result<RecExpr<Expr>> {
    let parsed = text.parse::<RecExpr<Expr>>();
    parsed.map_err(|error| Diagnostic::new(format!("`{text}`: {error}")))
}

/// The inputs of an expression: their types by letter.
pub fn inputs(text: &str) -> Result<BTreeMap<u32, IntType>> {
    let mut inputs = BTreeMap::new();
    for expr in parse(text)?.as_ref() {
        if let Expr::Input(InputLeaf { index, ty }) = expr
            && inputs
                .insert(*index, *ty)
                .is_some_and(|before| before != *ty)
        {
            return Err(Diagnostic::new(format!(
                "`{text}` has one input in two types"
            )));
        }
    }
    Ok(inputs)
}

/// The value of an expression, from the values of its inputs by letter.
pub fn value(text: &str, inputs: &BTreeMap<u32, i128>) -> Result<i128> {
    let parsed = parse(text)?;
    let mut values: Vec<i128> = Vec::new();
    for expr in parsed.as_ref() {
        let computed = match expr {
            Expr::Input(leaf) => inputs.get(&leaf.index).copied(),
            word if word.is_word() => Some(0),
            _ => compute(expr, &Written(&parsed), |id| {
                values.get(usize::from(id)).copied()
            }),
        };
        let undefined = || Diagnostic::new(format!("`{text}` is not defined for {inputs:?}"));
        values.push(computed.ok_or_else(undefined)?);
    }
    values
        .last()
        .copied()
        .ok_or_else(|| Diagnostic::new("an empty expression"))
}

/// The attributes of an expression as written.
struct Written<'a>(&'a RecExpr<Expr>);

impl Attributes for Written<'_> {
    fn number(&self, id: Id) -> Option<i128> {
        match &self.0[id] {
            Expr::Number(value) => Some(*value),
            _ => None,
        }
    }

    fn word(&self, id: Id) -> Option<&Expr> {
        Some(&self.0[id]).filter(|leaf| leaf.is_word())
    }
}

/// The value of a node from those of its operands; `None` where it has none.
fn compute(
    expr: &Expr,
    attributes: &impl Attributes,
    of: impl Fn(Id) -> Option<i128>,
) -> Option<i128> {
    let (op, wrapped) = op_of(expr, attributes)?;
    let operands = op.operands().into_iter().map(|v| of(Id::from(v.index())));
    let operands = operands.collect::<Option<Vec<i128>>>()?;
    let points: Vec<_> = operands
        .iter()
        .map(|v| dialects::fx::Range::point(*v))
        .collect();
    let ty = wrapped.unwrap_or(IntType::signed(dialects::fx::MAX_WIDTH));
    let def = op.def()?;
    (def.range)(&op, &points, ty)?;
    Some((def.eval)(&op, &operands, ty))
}

/// What an audit looked at.
pub struct Audit {
    pub nodes: usize,
    pub classes: usize,
    pub fired: Vec<&'static str>,
}

/// Saturates a graph under all rules, then tries every node of every class, and every
/// fact, on samples. Errors: the first that is wrong.
pub fn audit(graph: &Graph, samples: &[Vec<i128>]) -> Result<Audit> {
    let mut egraph = EGraph::default();
    let imported = convert::import(&mut egraph, graph)?;
    let index = index(RuleSet::Strength, Asked::default());
    let run = saturate(&mut egraph, &index, Limits::of(graph.nodes.len()));
    for sample in samples {
        let given = eval_nodes(graph, sample)?;
        let mut values: Vec<Option<i128>> = vec![None; egraph.nodes().len()];
        for (class, value) in imported.classes.iter().zip(&given) {
            if let Some(class) = class {
                agree(
                    &egraph,
                    &mut values,
                    egraph.find(*class),
                    *value,
                    "an imported node",
                )?;
            }
        }
        // Rules only add nodes on classes that were there: some order reaches all.
        let mut left: Vec<(Id, Expr)> = Vec::new();
        for class in egraph.classes().filter(|class| class.data.is_some()) {
            left.extend(class.nodes.iter().map(|node| (class.id, node.clone())));
        }
        loop {
            let before = left.len();
            let mut rest = Vec::new();
            for (class, expr) in left {
                if matches!(expr, Expr::Input(_)) {
                    continue;
                }
                let known = |id: Id| values[usize::from(egraph.find(id))];
                match compute(&expr, &egraph, known) {
                    Some(value) => {
                        agree(&egraph, &mut values, class, value, &expr.to_string())?;
                    }
                    None => rest.push((class, expr)),
                }
            }
            left = rest;
            if left.is_empty() || left.len() == before {
                break;
            }
        }
    }
    let fired = index.rules.iter().zip(&run.fired);
    Ok(Audit {
        nodes: egraph.total_number_of_nodes(),
        classes: egraph.number_of_classes(),
        fired: fired
            .filter(|(_, count)| **count > 0)
            .map(|(rule, _)| rule.name)
            .collect(),
    })
}

/// Notes the value of a class, or compares it with the one noted, and with the facts.
fn agree(
    egraph: &EGraph,
    values: &mut [Option<i128>],
    class: Id,
    value: i128,
    what: &str,
) -> Result<()> {
    let noted = *values[usize::from(class)].get_or_insert(value);
    let facts = egraph[class].data;
    let low = facts.map(|facts| facts.low);
    let holds = facts.is_none_or(|facts| facts.range.holds(value))
        && low.is_none_or(|low| (value - low.value) & ((1 << low.bits) - 1) == 0);
    if noted == value && holds {
        return Ok(());
    }
    let forms = egraph[class].nodes.iter().map(|node| {
        let parts = node
            .children()
            .iter()
            .map(|id| egraph.id_to_expr(*id).to_string());
        format!("{node} of {}", parts.collect::<Vec<_>>().join(", "))
    });
    let mut error = Diagnostic::new(format!(
        "{what} is {value}, its class is {noted} with {facts:?}"
    ));
    error.notes = forms.collect();
    Err(error)
}
