//! The layers from the borders to a value, for one token.

use dialects::flow;
use dialects::fx;
use dialects::nn::{Graph, Op, ValueId};
use dialects::{Diagnostic, Result};

use super::Lowering;
use super::slice::{Slice, Source};
use super::tokens::Tokens;

/// A kernel and what it reads.
pub struct Cut {
    pub kernel: Graph,
    pub ports: Vec<fx::Port>,
    pub input: flow::ValueId,
}

/// Some streams side by side.
pub struct Joined {
    pub input: flow::ValueId,
    /// A port for each of them.
    pub ports: Vec<fx::Port>,
    /// What they carry, and the tokens that it has there.
    pub seen: Vec<(ValueId, Tokens)>,
}

impl Lowering<'_> {
    /// The kernel that makes a value, the same for all its tokens.
    ///
    /// Errors: one that differs from token to token.
    pub fn cut(&mut self, value: ValueId) -> Result<Cut> {
        let tokens = self.of(value)?.count();
        let mut borders = vec![];
        self.borders(value, tokens, &mut borders)?;
        borders.sort_unstable();
        let layer = self.layer(value).to_string();
        let Joined { input, ports, seen } = self.joined(borders, tokens, &layer)?;
        let sliced = |token: usize| {
            let sources = seen.iter().map(|(of, tokens)| Source {
                value: *of,
                tokens,
                token,
            });
            self.sliced(&[value], sources.collect(), token)
        };
        let kernel = sliced(0)?;
        for token in 1..tokens {
            if sliced(token)? != kernel {
                return Err(Diagnostic::new(format!(
                    "the layer does other things with token {token} than with token 0"
                ))
                .help("compile without --stream"));
            }
        }
        Ok(Cut {
            kernel,
            ports,
            input,
        })
    }

    /// The streams of some borders side by side.
    pub fn joined(&mut self, borders: Vec<ValueId>, tokens: usize, layer: &str) -> Result<Joined> {
        let (mut ports, mut seen) = (vec![], vec![]);
        let mut input: Option<flow::ValueId> = None;
        for border in borders {
            let (placed, tokens) = self.place_border(border, tokens)?;
            ports.push(fx::Port {
                name: format!("x{}", ports.len()),
                shape: vec![placed.lanes.len()],
                elements: placed.lanes,
                conversion: fx::Conversion::default(),
            });
            seen.push((border, tokens));
            input = Some(match input {
                None => placed.stream,
                Some(lhs) => {
                    let rhs = placed.stream;
                    self.flow.push(flow::Op::Join { lhs, rhs }, layer)?
                }
            });
        }
        let input = input.ok_or_else(|| Diagnostic::new("an output depends on no input"))?;
        Ok(Joined { input, ports, seen })
    }

    /// The values at which the layers in front of a value see other tokens, or are streams.
    fn borders(&self, value: ValueId, tokens: usize, found: &mut Vec<ValueId>) -> Result<()> {
        let at = value.index();
        if !self.dynamic[at] || found.contains(&value) {
            return Ok(());
        }
        if self.is_border(value, tokens)? {
            found.push(value);
            return Ok(());
        }
        for operand in self.graph.node(value).op.operands() {
            if self.dynamic[operand.index()] {
                self.borders(operand, tokens, found)?;
            }
        }
        Ok(())
    }

    /// The function of one token, from some sources: all results one after the other.
    pub fn sliced(&self, results: &[ValueId], sources: Vec<Source>, token: usize) -> Result<Graph> {
        Slice::new(self, sources, token).function(results)
    }
}

/// Ops that see each element of their operands alone, operands broadcast.
pub fn is_elementwise(op: &Op) -> bool {
    matches!(
        op,
        Op::Add { .. }
            | Op::Sub { .. }
            | Op::Mul { .. }
            | Op::Div { .. }
            | Op::Max { .. }
            | Op::Min { .. }
            | Op::Abs { .. }
            | Op::Sign { .. }
            | Op::Relu { .. }
            | Op::Prelu { .. }
            | Op::FloatKey { .. }
    )
}
