//! The report of a circuit of streams: what each actor takes, and when its tokens leave.

use std::fmt;

use dialects::Result;
use dialects::flow::{Functions, Graph, Next, Node, Op, Timing, ValueId, Window, timing};
use lowering::flow_to_hw::Form;
use serde::Serialize;

use super::stream_paths::paths_ps;
use super::{Estimate, Resources, align};
use crate::target::Target;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StreamReport {
    pub top: String,
    pub target: &'static str,
    /// What `lut` counts.
    pub area_unit: &'static str,
    pub clock_ns: Option<f64>,
    /// Clocks from the first token of a sample to the first of its answer.
    pub latency_clocks: u32,
    /// The same to the last.
    pub latency_last_clocks: u32,
    pub interval_clocks: u32,
    /// Clocks from a token to the next.
    pub token_clocks: u32,
    pub tokens_in: usize,
    pub tokens_out: usize,
    pub actors: Vec<Actor>,
    pub total: Resources,
    /// The longest path, the register's own time included.
    pub longest_path_ns: f64,
    /// The clock that it allows, in megahertz.
    pub fmax_mhz: Option<f64>,
    /// Whether it fits the clock period.
    pub clock_met: Option<bool>,
}

/// One op of the level.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Actor {
    pub layer: String,
    pub op: &'static str,
    pub tokens_in: usize,
    pub tokens_out: usize,
    pub kernel: Option<String>,
    /// When the first token leaves.
    pub clock: u32,
    /// The longest path to its registers, as far as it is not another actor's.
    pub path_ns: f64,
    #[serde(flatten)]
    pub resources: Resources,
}

impl StreamReport {
    /// Errors: a graph without a schedule.
    pub fn of(graph: &Graph, target: &Target) -> Result<StreamReport> {
        let times = timing(graph)?;
        let kernels = graph
            .kernels
            .iter()
            .map(|kernel| Estimate::of(kernel, target));
        let kernels: Vec<Estimate> = kernels.collect();
        let paths = paths_ps(graph, &times, target);
        let rows = Rows {
            functions: graph.functions(),
            kernels: &kernels,
            target,
        };
        let mut actors = Vec::new();
        for (at, node) in graph.nodes.iter().enumerate() {
            if let Op::Scan {
                input,
                next: Next::Body(body),
                ..
            } = node.op
            {
                let turns = graph.stream(input).tokens;
                let from = times.cycles[input.index()].first().copied().unwrap_or(0);
                let (own, times) = (&graph.bodies[body], &times.bodies[body]);
                let paths = &paths.bodies[body];
                let inside = (0..own.nodes.len()).filter_map(|at| rows.of(own, times, paths, at));
                actors.extend(inside.map(|actor| Actor {
                    tokens_in: actor.tokens_in * turns,
                    tokens_out: actor.tokens_out * turns,
                    clock: actor.clock + from,
                    ..actor
                }));
            }
            actors.extend(rows.of(graph, &times, &paths.own, at));
        }
        let total = actors.iter().fold(Resources::default(), |sum, actor| {
            sum.plus(&actor.resources)
        });
        let leaves = times.leaves(graph);
        let path = paths.own.iter().chain(paths.bodies.iter().flatten());
        let path = path.copied().max().unwrap_or(0);
        Ok(StreamReport {
            top: graph.name.clone(),
            target: target.name,
            area_unit: target.family.area_unit(),
            clock_ns: graph.clock_ps().map(|clock| f64::from(clock) / 1e3),
            latency_clocks: leaves.first().copied().unwrap_or(0),
            latency_last_clocks: leaves.last().copied().unwrap_or(0),
            interval_clocks: times.interval,
            token_clocks: times.spacing,
            tokens_in: graph.inputs.first().map_or(1, |border| border.tokens),
            tokens_out: graph.outputs.first().map_or(1, |border| border.tokens),
            actors,
            total,
            longest_path_ns: f64::from(path) / 1e3,
            fmax_mhz: (path > 0).then(|| 1e6 / f64::from(path)),
            clock_met: graph.clock_ps().map(|clock| path <= clock),
        })
    }

    /// A row for each actor, under a head and above their sum.
    pub(super) fn rows(&self) -> Vec<Vec<String>> {
        let head = [
            "layer",
            "op",
            "tokens",
            "from clock",
            "LUT",
            "FF",
            "DSP",
            "BRAM",
        ];
        let mut rows = vec![head.map(str::to_string).to_vec()];
        for actor in &self.actors {
            let mut row = vec![
                actor.layer.clone(),
                actor.op.to_string(),
                format!("{} to {}", actor.tokens_in, actor.tokens_out),
                actor.clock.to_string(),
            ];
            row.extend(figures(&actor.resources));
            rows.push(row);
        }
        let mut total = vec![
            "total".to_string(),
            String::new(),
            String::new(),
            String::new(),
        ];
        total.extend(figures(&self.total));
        rows.push(total);
        rows
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a report has only strings for keys") + "\n"
    }
}

/// What queues are on a target.
pub(super) fn form(target: &Target) -> Form {
    Form {
        least_memory: target.least_memory(),
        ..Form::default()
    }
}

/// Bits that count so many.
fn counter(count: usize) -> u64 {
    (usize::BITS - count.saturating_sub(1).leading_zeros()).into()
}

/// What the rows of all functions share.
struct Rows<'a> {
    functions: Functions<'a>,
    kernels: &'a [Estimate],
    target: &'a Target,
}

impl Rows<'_> {
    /// The row of a node; inputs have none.
    fn of(&self, graph: &Graph, times: &Timing, paths: &[u32], at: usize) -> Option<Actor> {
        let node = &graph.nodes[at];
        let of = graph.node(*node.op.operands().first()?);
        let own = match node.op {
            Op::Join { lhs, rhs } => queue(graph, times, (lhs, rhs), self.target),
            _ => template(self.functions, of, node, self.target),
        };
        let kernel = node.op.kernel();
        let inside = kernel.map(|kernel| self.kernels[kernel].resources);
        Some(Actor {
            layer: node.layer.clone(),
            op: node.op.name(),
            tokens_in: of.stream.tokens,
            tokens_out: node.stream.tokens,
            kernel: kernel.map(|kernel| self.functions.kernels[kernel].name.clone()),
            clock: times.cycles[at].first().copied().unwrap_or(0),
            path_ns: f64::from(paths[at]) / 1e3,
            resources: own.plus(&inside.unwrap_or_default()),
        })
    }
}

/// What a queue takes: a memory with two places to count and the registers of what comes last,
/// or its places in registers, and LUTs of which each chooses among four of a bit.
fn queue(
    graph: &Graph,
    times: &Timing,
    (lhs, rhs): (ValueId, ValueId),
    target: &Target,
) -> Resources {
    let queue = times.queue(lhs, rhs);
    let (first, last) = if queue.lhs_waits {
        (lhs, rhs)
    } else {
        (rhs, lhs)
    };
    let width = |of: ValueId| u64::from(graph.stream(of).width());
    if form(target).stores(queue) {
        let cost = target.memory(queue.depth as u32, width(first) as u32);
        let places = 2 * counter(queue.depth);
        return Resources {
            lut: u64::from(cost.lut) + places,
            ff: u64::from(cost.ff) + places + width(last) + 1,
            bram: cost.bram.into(),
            ..Resources::default()
        };
    }
    let depth = queue.depth as u64;
    Resources {
        lut: width(first) * (depth - 1).div_ceil(3),
        ff: width(first) * depth + width(last),
        ..Resources::default()
    }
}

/// What the hardware around a kernel takes.
fn template(functions: Functions, of: &Node, node: &Node, target: &Target) -> Resources {
    let (lut, ff) = match &node.op {
        Op::Input { .. } | Op::Map { steps: 0, .. } | Op::Join { .. } => (0, 0),
        Op::Map { steps, .. } => (counter(*steps), counter(*steps)),
        Op::Window { window, .. } => {
            let (lut, ff) = shifts(of, window, target);
            let counters = counter(of.stream.tokens) + counter(window.emit.len());
            let flags = 2 + window.masks.len() as u64;
            let masked = window.taps.iter().filter(|tap| tap.mask.is_some());
            let masked = masked.map(|tap| u64::from(of.stream.lanes[tap.lane].width));
            let masked: u64 = masked.sum();
            (lut + masked + counters + flags, ff + counters + flags)
        }
        Op::Reduce { tokens, .. } | Op::Scan { tokens, .. } => {
            let named = node.op.function().expect("these name one");
            let lanes = functions.signature(named).1.into_iter();
            let state: u64 = lanes.map(|lane| u64::from(lane.width)).sum();
            let (first, count) = (if *tokens > 1 { state } else { 0 }, counter(*tokens));
            (first + count, state + count + 1)
        }
        Op::Fold { fold, .. } => {
            let step = u64::from(node.stream.width());
            let all = step * fold.steps as u64;
            (
                all - step + counter(fold.steps),
                all + counter(fold.steps) + 1,
            )
        }
    };
    Resources {
        lut,
        ff,
        ..Resources::default()
    }
}

/// The LUTs and registers of the tokens that a window keeps: places between two taps are a
/// shift register in LUTs where they are enough.
fn shifts(of: &Node, window: &Window, target: &Target) -> (u64, u64) {
    let (mut lut, mut ff) = (0, 0);
    for (lane, ty) in of.stream.lanes.iter().enumerate() {
        let taps = window.taps.iter().filter(|tap| tap.lane == lane);
        let mut depths: Vec<usize> = taps.map(|tap| tap.depth + 1).collect();
        depths.sort_unstable();
        depths.dedup();
        let mut before = 0;
        for depth in depths {
            let row = target.row((depth - before) as u32, ty.width);
            lut += u64::from(row.lut);
            ff += u64::from(row.ff);
            before = depth;
        }
    }
    (lut, ff)
}

impl fmt::Display for StreamReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} on {}, as streams\n", self.top, self.target)?;
        let clock = self.clock_ns.unwrap_or(0.0);
        let time = |clocks: u32| format!("{clocks} clocks, {:.3} ns", f64::from(clocks) * clock);
        write!(f, "latency    {}", time(self.latency_clocks))?;
        match self.latency_last_clocks == self.latency_clocks {
            true => writeln!(f)?,
            false => writeln!(f, "; to the last token {}", time(self.latency_last_clocks))?,
        }
        writeln!(
            f,
            "interval   {}; {} in, {} out",
            time(self.interval_clocks),
            tokens(self.tokens_in, self.token_clocks),
            tokens(self.tokens_out, 0),
        )?;
        let met = match self.clock_met {
            Some(false) => " not met",
            _ => "",
        };
        write!(
            f,
            "clock      {clock:.3} ns{met}, longest path {:.3} ns",
            self.longest_path_ns
        )?;
        match self.fmax_mhz {
            Some(fmax) => writeln!(f, " ({fmax:.0} MHz)")?,
            None => writeln!(f)?,
        }
        if self.clock_met == Some(false) {
            for actor in self.actors.iter().filter(|actor| actor.path_ns > clock) {
                let Actor {
                    layer, op, path_ns, ..
                } = actor;
                writeln!(
                    f,
                    "too slow   {path_ns:.3} ns in the {op} of layer \"{layer}\""
                )?;
            }
        }
        writeln!(f)?;
        f.write_str(&align(&self.rows()))
    }
}

fn figures(of: &Resources) -> [String; 4] {
    [of.lut, of.ff, of.dsp, of.bram].map(|count| count.to_string())
}

fn tokens(count: usize, every: u32) -> String {
    let unit = if count == 1 { "token" } else { "tokens" };
    match (count, every) {
        (1, _) | (_, 0) => format!("{count} {unit}"),
        (_, 1) => format!("{count} {unit}, one a clock"),
        _ => format!("{count} {unit}, one in {every} clocks"),
    }
}
