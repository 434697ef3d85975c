//! The actors of one function, one behind the other: the top, or a body that a scan's state
//! goes around, which has the pins of an actor.

use dialects::flow::{self, Functions, Graph, Next, Node, Op, Timing};

use super::join::{self, Side};
use super::writer::Writer;
use super::{Form, Kernel, actors, print, window};
use crate::names::{Names, identifier};

/// What the functions of a module share.
pub struct Chains<'a> {
    pub functions: Functions<'a>,
    pub kernels: &'a [Kernel],
    /// The bodies that are written already.
    pub bodies: Vec<Kernel>,
    pub form: Form,
    /// The name of the module.
    pub top: &'a str,
    pub names: &'a mut Names,
    pub text: &'a mut String,
}

/// The bits of a token of the input, and of one of the result.
pub fn widths(graph: &Graph) -> (u32, u32) {
    let result = graph.results[0].index();
    (
        graph.nodes[0].stream.width(),
        graph.nodes[result].stream.width(),
    )
}

impl Chains<'_> {
    /// The module of a body.
    pub fn body(&mut self, body: &Graph, times: &Timing) {
        let mut own = Writer::default();
        let (valid, y) = self.chain(&mut own, body, times);
        let (input, output) = widths(body);
        let name = identifier(&format!("{} {}", self.top, body.name));
        let module = self.names.fresh(&name);
        let layer = body.nodes.last().map_or("", |node| &node.layer);
        let comment = format!("layer \"{layer}\": a turn of {} cycles", times.interval);
        let pins = (valid.as_str(), y.as_str());
        print(
            self.text,
            "private ",
            &module,
            &comment,
            (input, output),
            &own,
            pins,
        );
        self.bodies.push(Kernel {
            module,
            inputs: vec![("x".to_string(), input)],
            output,
            clocked: true,
        });
    }

    /// The valid bit and the token of the result; modules of actors are printed on the way.
    pub fn chain(&mut self, w: &mut Writer, graph: &Graph, times: &Timing) -> (String, String) {
        // The valid bit and the token of every node.
        let mut pins = vec![("in_valid".to_string(), "x".to_string())];
        for (at, node) in graph.nodes.iter().enumerate().skip(1) {
            let pin = match node.op {
                Op::Join { lhs, rhs } => {
                    let side = |of: flow::ValueId| Side {
                        pin: pins[of.index()].clone(),
                        width: graph.stream(of).width(),
                    };
                    join::join(w, side(lhs), side(rhs), times.queue(lhs, rhs), self.form)
                }
                Op::Map {
                    input,
                    kernel,
                    steps: 0,
                } => {
                    let kernel = &self.kernels[kernel];
                    let name = identifier(&format!("{} map", node.layer));
                    let instance = self.names.fresh(&name);
                    let (valid, data) = &pins[input.index()];
                    let inputs = w.split(data, &kernel.inputs);
                    w.kernel(&instance, kernel, valid, &inputs)
                }
                _ => self.actor(w, graph, times, (at, node), &pins),
            };
            pins.push(pin);
        }
        pins[graph.results[0].index()].clone()
    }

    /// An actor with a module of its own.
    fn actor(
        &mut self,
        w: &mut Writer,
        graph: &Graph,
        times: &Timing,
        (at, node): (usize, &Node),
        pins: &[(String, String)],
    ) -> (String, String) {
        let operand = node.op.operands()[0];
        let of = graph.stream(operand);
        let (valid, data) = &pins[operand.index()];
        let mut body = Writer::default();
        let state = |next: Next| self.functions.signature(next).1;
        let (out_valid, y) = match &node.op {
            Op::Input { .. } | Op::Join { .. } => unreachable!("these are no modules"),
            Op::Map { kernel, steps, .. } => {
                let number = self.functions.kernels[*kernel].nodes[0].ty;
                let steps = (*steps, number);
                actors::map(&mut body, &self.kernels[*kernel], of, steps)
            }
            Op::Window { window, .. } => {
                let pace = times.gap(operand);
                window::window(&mut body, of, window, pace)
            }
            Op::Reduce {
                kernel,
                tokens,
                initial,
                ..
            } => {
                let (state, kernel) = (state(Next::Kernel(*kernel)), &self.kernels[*kernel]);
                actors::reduce(&mut body, kernel, of, &state, *tokens, initial)
            }
            Op::Scan {
                next,
                tokens,
                initial,
                lanes,
                ..
            } => {
                let kernel = match *next {
                    Next::Kernel(kernel) => &self.kernels[kernel],
                    Next::Body(body) => &self.bodies[body],
                };
                let what = (*tokens, &initial[..], &lanes[..]);
                actors::scan(&mut body, kernel, of, &state(*next), what)
            }
            Op::Fold { fold, .. } => {
                actors::fold(&mut body, of, &node.stream, fold, times.apart[at])
            }
        };
        let label = identifier(&format!("{} {}", node.layer, node.op.name()));
        let module = self.names.fresh(&format!("{}_{label}", self.top));
        let widths = (of.width(), node.stream.width());
        let comment = format!(
            "layer \"{}\": flow.{}, {} tokens from {}",
            node.layer,
            node.op.name(),
            node.stream.tokens,
            of.tokens
        );
        let private = "private ";
        let pins = (out_valid.as_str(), y.as_str());
        print(self.text, private, &module, &comment, widths, &body, pins);
        w.actor(&module, &label, at, (valid, data), widths)
    }
}
