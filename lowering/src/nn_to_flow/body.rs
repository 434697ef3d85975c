//! A step of a recurrence that takes several clock cycles: a body, in which products with the
//! states are folded.
//!
//! It is lowered as a network of one token that has the states and what the step reads side by
//! side. Where nothing in it is folded, the step is a kernel.

use std::collections::HashMap;

use dialects::flow::{self, Next};
use dialects::fx::{self, PortElement};
use dialects::nn::{self, Graph, Op, ValueId};
use dialects::{Diagnostic, Result};

use super::tokens::Tokens;
use super::{Kind, Lowering, Placement, spread};
use crate::names::identifier;

/// Clock cycles that a turn takes beside its steps: registers of the fold, of products, of sums,
/// of the gates and of the state.
const AROUND: usize = 14;

impl Lowering<'_> {
    /// The body of a step that has so many clock cycles; `None` where nothing in it is folded.
    pub fn body(
        &mut self,
        step: &Graph,
        ports: &[fx::Port],
        state: &[PortElement],
        cycles: Option<usize>,
        layer: &str,
    ) -> Result<Option<usize>> {
        let whole = side_by_side(step, layer)?;
        // Products that wait for others share the time that there is.
        let turns = chained(step);
        let own = cycles.map(|cycles| cycles.saturating_sub(AROUND) / turns.max(1));
        let placement = Placement {
            stream: false,
            interval: own,
            ..self.placement.clone()
        };
        let elements: Vec<PortElement> = super::elements(ports).cloned().collect();
        let port = fx::Port {
            name: "x".to_string(),
            shape: vec![elements.len()],
            elements,
            conversion: fx::Conversion::default(),
        };
        let tokens = vec![Tokens::whole(port.elements.len())];
        let mut own = spread(&whole, &placement, self.check, vec![port], tokens)?;
        let folded = |kind: &Kind| matches!(kind, Kind::Fold { .. });
        if !own.kinds.iter().any(folded) {
            return Ok(None);
        }
        own.settles = Some((whole.results[0], state.to_vec()));
        let body = own.finish()?;
        let given = super::elements(std::slice::from_ref(&body.outputs[0].port));
        if !given.eq(state) {
            return Err(Diagnostic::new("a state of the recurrence leaves its grid"));
        }
        Ok(Some(self.adopted(body, layer)))
    }

    /// A function of its own becomes a body of this one, which has its kernels.
    fn adopted(&mut self, mut body: flow::Graph, layer: &str) -> usize {
        let kernels = std::mem::take(&mut body.kernels).into_iter();
        let kernels = kernels.map(|kernel| self.kernel(&kernel.name.clone(), kernel));
        let kernels: Vec<usize> = kernels.collect();
        for node in &mut body.nodes {
            match &mut node.op {
                flow::Op::Map { kernel, .. }
                | flow::Op::Reduce { kernel, .. }
                | flow::Op::Scan {
                    next: Next::Kernel(kernel),
                    ..
                } => *kernel = kernels[*kernel],
                _ => {}
            }
        }
        body.name = self.names.fresh(&identifier(&format!("{layer} turn")));
        self.flow.bodies.push(body);
        self.flow.bodies.len() - 1
    }
}

/// The function with all its inputs in one.
fn side_by_side(step: &Graph, layer: &str) -> Result<Graph> {
    let sizes = step.inputs.iter().map(|port| port.shape.iter().product());
    let sizes: Vec<usize> = sizes.collect();
    let port = nn::Port {
        name: "x".to_string(),
        shape: vec![sizes.iter().sum()],
    };
    let mut whole = Graph::new("turn", vec![port]);
    let mut made = HashMap::new();
    let mut first = 0;
    for (at, size) in sizes.iter().enumerate() {
        let slice = Op::Slice {
            input: ValueId(0),
            starts: vec![first as i64],
            sizes: vec![*size],
            steps: vec![1],
        };
        made.insert(ValueId(at as u32), whole.push(slice, layer)?);
        first += size;
    }
    for (at, node) in step.nodes.iter().enumerate().skip(sizes.len()) {
        let op = node.op.clone().map_operands(|operand| made[&operand]);
        let own = match node.layer.as_str() {
            "" => layer,
            own => own,
        };
        made.insert(ValueId(at as u32), whole.push(op, own)?);
    }
    whole.outputs = step.outputs.clone();
    whole.results = step.results.iter().map(|result| made[result]).collect();
    Ok(whole)
}

/// The most dense layers of which each needs the one before.
fn chained(step: &Graph) -> usize {
    let mut behind: Vec<usize> = Vec::with_capacity(step.nodes.len());
    for node in &step.nodes {
        let operands = node.op.operands().into_iter();
        let before = operands.map(|of| behind[of.index()]).max().unwrap_or(0);
        behind.push(before + usize::from(matches!(node.op, Op::Dense { .. })));
    }
    behind.into_iter().max().unwrap_or(0)
}
