//! A graph into the e-graph, and a choice out of it as a graph.

use std::collections::HashMap;
use std::sync::Arc;

use dialects::fx::{self, Builder, Graph, IntType, LayerId, Op, Term, ValueId};
use dialects::{Diagnostic, Result};
use egg::Id;

use super::extract::Choice;
use super::facts::EGraph;
use super::language::{Expr, InputLeaf, TableLeaf, op_of};

/// A graph in the e-graph: the class of every live node.
pub struct Imported {
    pub classes: Vec<Option<Id>>,
    pub roots: Vec<Id>,
}

/// Adds every live node; attributes become leaves.
///
/// A class starts with what range analysis knows of its value: intervals alone would forget
/// that 4x - x is 3x, and a table sized for the one would be too short for the other.
pub fn import(egraph: &mut EGraph, graph: &Graph) -> Result<Imported> {
    let live = graph.live();
    let known = fx::ranges(graph)?;
    let mut classes: Vec<Option<Id>> = vec![None; graph.nodes.len()];
    for (index, node) in graph.nodes.iter().enumerate() {
        if !live[index] {
            continue;
        }
        let of =
            |value: &ValueId| classes[value.index()].expect("operands stand before their users");
        let expr = expr_of(egraph, &node.op, node.ty, of);
        let class = egraph.add(expr);
        let facts = egraph[class].data;
        let narrower = facts.map(|facts| facts.within(known[index]));
        if narrower != facts {
            egraph.set_analysis_data(class, narrower);
        }
        classes[index] = Some(egraph.find(class));
    }
    let roots = graph.results.iter();
    let roots = roots.filter_map(|v| classes[v.index()]).collect();
    Ok(Imported { classes, roots })
}

/// The node of an op on given classes.
fn expr_of(egraph: &mut EGraph, op: &Op, ty: IntType, of: impl Fn(&ValueId) -> Id) -> Expr {
    if let Op::Sum { terms, constant } = op {
        return sum(egraph, terms, *constant, of);
    }
    let mut leaf = |expr: Expr| egraph.add(expr);
    let mut number = |value: i128| leaf(Expr::Number(value));
    match op {
        Op::Input { index } => Expr::Input(InputLeaf { index: *index, ty }),
        Op::Constant { value } => Expr::Number(*value),
        Op::Add { lhs, rhs } => Expr::Add([of(lhs), of(rhs)]),
        Op::Sub { lhs, rhs } => Expr::Sub([of(lhs), of(rhs)]),
        Op::Sum { .. } => unreachable!("a sum is taken apart above"),
        Op::Neg { input } => Expr::Neg([of(input)]),
        Op::Mul { lhs, rhs } => Expr::Mul([of(lhs), of(rhs)]),
        Op::Shl { input, amount } => Expr::Shl([of(input), number((*amount).into())]),
        Op::Shr { input, amount } => Expr::Shr([of(input), number((*amount).into())]),
        Op::Round {
            input,
            amount,
            mode,
        } => {
            let amount = number((*amount).into());
            Expr::Round([leaf(Expr::Mode(*mode)), of(input), amount])
        }
        Op::Clamp { input, min, max } => {
            let (min, max) = (number(*min), number(*max));
            Expr::Clamp([of(input), min, max])
        }
        Op::Wrap { input } => Expr::Wrap([leaf(Expr::Type(ty)), of(input)]),
        Op::Compare {
            predicate,
            lhs,
            rhs,
        } => Expr::Compare([leaf(Expr::Predicate(*predicate)), of(lhs), of(rhs)]),
        Op::Select {
            condition,
            on_true,
            on_false,
        } => Expr::Select([of(condition), of(on_true), of(on_false)]),
        Op::And { lhs, rhs } => Expr::And([of(lhs), of(rhs)]),
        Op::Or { lhs, rhs } => Expr::Or([of(lhs), of(rhs)]),
        Op::Xor { lhs, rhs } => Expr::Xor([of(lhs), of(rhs)]),
        Op::Not { input } => Expr::Not([of(input)]),
        Op::Lookup { input, table } => {
            Expr::Lookup([leaf(Expr::Table(TableLeaf::new(table.clone()))), of(input)])
        }
        Op::Register { input } => Expr::Register([of(input)]),
    }
}

/// A sum as the shifts, additions and subtractions that rules know.
fn sum(egraph: &mut EGraph, terms: &[Term], constant: i128, of: impl Fn(&ValueId) -> Id) -> Expr {
    let mut sum = Expr::Number(constant);
    for term in terms {
        let mut value = of(&term.value);
        if term.shift > 0 {
            let amount = egraph.add(Expr::Number(term.shift.into()));
            value = egraph.add(Expr::Shl([value, amount]));
        }
        let before = egraph.add(sum);
        sum = match term.negative {
            true => Expr::Sub([before, value]),
            false => Expr::Add([before, value]),
        };
    }
    sum
}

/// The chosen nodes as a graph: in the order of the old graph, new ones before their first
/// user. A node keeps its layer; a new one is given that of its first user.
pub fn export(
    egraph: &EGraph,
    choice: &Choice,
    graph: &Graph,
    imported: &Imported,
) -> Result<Graph> {
    let mut homes: HashMap<Id, LayerId> = HashMap::new();
    for (class, node) in imported.classes.iter().zip(&graph.nodes) {
        if let Some(class) = class {
            homes.entry(egraph.find(*class)).or_insert(node.layer);
        }
    }
    let mut export = Export {
        egraph,
        choice,
        homes,
        builder: Builder::like(graph),
        done: HashMap::new(),
    };
    let needed = export.needed(&imported.roots);
    for (class, node) in imported.classes.iter().zip(&graph.nodes) {
        let class = class.map(|class| egraph.find(class));
        if let Some(class) = class.filter(|class| needed[usize::from(*class)]) {
            export.emit(class, node.layer)?;
        }
    }
    let roots = imported.roots.iter();
    let roots = roots.map(|root| export.done[&egraph.find(*root)]).collect();
    Ok(export.builder.finish_like(roots))
}

struct Export<'a> {
    egraph: &'a EGraph,
    choice: &'a Choice,
    homes: HashMap<Id, LayerId>,
    builder: Builder,
    done: HashMap<Id, ValueId>,
}

impl Export<'_> {
    fn op(&self, class: Id) -> Result<(Op, Option<IntType>)> {
        let expr = self.choice.node(class);
        op_of(expr, self.egraph)
            .ok_or_else(|| Diagnostic::new(format!("the e-graph chose `{expr}`, which is no op")))
    }

    fn class(&self, value: ValueId) -> Id {
        self.egraph.find(Id::from(value.index()))
    }

    /// The classes some root depends on, by number.
    fn needed(&self, roots: &[Id]) -> Vec<bool> {
        let mut needed = vec![false; self.egraph.nodes().len()];
        let mut todo: Vec<Id> = roots.iter().map(|root| self.egraph.find(*root)).collect();
        while let Some(class) = todo.pop() {
            if !std::mem::replace(&mut needed[usize::from(class)], true)
                && let Ok((op, _)) = self.op(class)
            {
                todo.extend(op.operands().iter().map(|v| self.class(*v)));
            }
        }
        needed
    }

    /// Emits a class behind everything it reads.
    fn emit(&mut self, class: Id, layer: LayerId) -> Result<()> {
        let mut todo = vec![(class, layer)];
        while let Some(&(class, layer)) = todo.last() {
            if self.done.contains_key(&class) {
                todo.pop();
                continue;
            }
            let layer = self.homes.get(&class).copied().unwrap_or(layer);
            let (op, wrap) = self.op(class)?;
            let operands = op.operands();
            let before = todo.len();
            for operand in operands.iter().rev() {
                let operand = self.class(*operand);
                if !self.done.contains_key(&operand) {
                    todo.push((operand, layer));
                }
            }
            if todo.len() > before {
                continue;
            }
            let op = op.map_operands(|v| self.done[&self.egraph.find(Id::from(v.index()))]);
            let value = self.push(class, op, wrap, layer)?;
            self.done.insert(class, value);
            todo.pop();
        }
        Ok(())
    }

    fn push(
        &mut self,
        class: Id,
        op: Op,
        wrap: Option<IntType>,
        layer: LayerId,
    ) -> Result<ValueId> {
        let value = match (op, wrap) {
            (Op::Input { index }, _) => return Ok(self.builder.input(index as usize)),
            (Op::Wrap { input }, Some(ty)) => {
                let below = self.builder.node(input);
                match below.op {
                    Op::Wrap { .. } if below.ty == ty => input,
                    _ => self.builder.wrap(input, ty, layer)?,
                }
            }
            (Op::Lookup { input, table }, _) => {
                // Entries beyond the table's own are never read.
                let covering = table.covering(self.builder.range(input));
                let table = covering.map_or(table, Arc::new);
                self.builder.push(Op::Lookup { input, table }, layer)?
            }
            (op, _) => self.builder.push(op, layer)?,
        };
        // What the e-graph knows of a value can be narrower than what its ops show.
        let shown = self.builder.range(value).int_type().map(|ty| ty.width);
        let narrow = self.egraph[class].data.and_then(|facts| facts.int_type());
        match narrow {
            Some(ty) if shown.is_some_and(|shown| ty.width < shown) => {
                self.builder.wrap(value, ty, layer)
            }
            _ => Ok(value),
        }
    }
}
