//! An e-graph as JSON in the form of the crate `egraph-serialize` (0.1 to 0.3), which
//! extraction benchmarks read: nodes by name with op, children, class and cost, the classes
//! of the results, and the type of each class.
//!
//! A child is named by the first node of its class. Costs are LUTs as extraction weighs
//! them. Left out is what no result can reach and what cannot be built: every child named
//! is there. The crate itself is not used: with it all JSON of the workspace would keep its
//! keys in another order.

use std::collections::BTreeMap;

use egg::{Id, Language};
use serde::Serialize;

use super::extract::IMPOSSIBLE;
use super::facts::EGraph;
use super::language::Expr;

#[derive(Serialize)]
struct Serialised {
    nodes: BTreeMap<String, Node>,
    root_eclasses: Vec<String>,
    class_data: BTreeMap<String, ClassData>,
}

#[derive(Serialize)]
struct Node {
    op: String,
    children: Vec<String>,
    eclass: String,
    cost: f64,
}

#[derive(Serialize)]
struct ClassData {
    #[serde(rename = "type")]
    ty: String,
}

/// The JSON of an e-graph that is rebuilt; `own` is what a node costs by itself, in
/// thousandths of a LUT.
pub fn serialise(egraph: &EGraph, roots: &[Id], own: impl Fn(Id, &Expr) -> u64) -> String {
    let classes = buildable(egraph, &own);
    let kept = |id: Id| &classes[usize::from(egraph.find(id))];
    let name = |id: Id, at: usize| format!("{}.{at}", egraph.find(id));
    let mut all = Serialised {
        nodes: BTreeMap::new(),
        root_eclasses: vec![],
        class_data: BTreeMap::new(),
    };
    let mut todo: Vec<Id> = roots.iter().map(|root| egraph.find(*root)).collect();
    all.root_eclasses = todo.iter().map(Id::to_string).collect();
    let mut seen = vec![false; classes.len()];
    while let Some(class) = todo.pop() {
        if std::mem::replace(&mut seen[usize::from(class)], true) {
            continue;
        }
        for &(at, cost) in kept(class) {
            let expr = &egraph[class].nodes[at];
            let children = expr.children().iter().map(|child| egraph.find(*child));
            let named = children.clone().map(|child| name(child, kept(child)[0].0));
            all.nodes.insert(
                name(class, at),
                Node {
                    op: expr.to_string(),
                    children: named.collect(),
                    eclass: class.to_string(),
                    cost: cost as f64 / 1e3,
                },
            );
            todo.extend(children);
        }
        if let Some(ty) = egraph[class].data.and_then(|facts| facts.int_type()) {
            let ty = ty.to_string();
            all.class_data.insert(class.to_string(), ClassData { ty });
        }
    }
    let text = serde_json::to_string(&all);
    text.expect("keys are strings and costs are finite") + "\n"
}

/// By class, the places and costs of nodes whose children have such nodes themselves, the
/// one first that was ready first.
fn buildable(egraph: &EGraph, own: &impl Fn(Id, &Expr) -> u64) -> Vec<Vec<(usize, u64)>> {
    let mut kept: Vec<Vec<(usize, u64)>> = vec![Vec::new(); egraph.nodes().len()];
    let mut waiting: Vec<(Id, usize, u64)> = Vec::new();
    let mut classes: Vec<Id> = egraph.classes().map(|class| class.id).collect();
    classes.sort_unstable();
    for id in classes {
        for (at, expr) in egraph[id].nodes.iter().enumerate() {
            let cost = own(id, expr);
            if cost < IMPOSSIBLE {
                waiting.push((id, at, cost));
            }
        }
    }
    loop {
        let before = waiting.len();
        waiting.retain(|&(id, at, cost)| {
            let children = egraph[id].nodes[at].children().iter();
            let mut children = children.map(|child| usize::from(egraph.find(*child)));
            let ready = children.all(|child| !kept[child].is_empty());
            if ready {
                kept[usize::from(id)].push((at, cost));
            }
            !ready
        });
        if waiting.len() == before {
            return kept;
        }
    }
}
