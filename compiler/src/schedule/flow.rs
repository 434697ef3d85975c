//! Maximum flow for closures, by Dinic's method on integers, kept from one closure to the next.
//!
//! An edge leads from `low` to `high` without limit while it is open, and with nothing while
//! it is shut. What a node gains comes out of a source, what it loses goes into a sink; both
//! are counters at the node. A closure that is raised shuts edges that carry nothing and
//! opens others, so that the flow found so far stays one: the next search goes on from it.

/// A network over numbered nodes and edges.
pub(super) struct Network {
    /// Ends of each edge.
    low: Vec<u32>,
    high: Vec<u32>,
    open: Vec<bool>,
    carried: Vec<u64>,
    /// Edges by their `low` end, then by their `high` end.
    above: Lists,
    under: Lists,
    /// What each node can still take from the source, and give to the sink.
    pub gain_left: Vec<u64>,
    pub loss_left: Vec<u64>,
}

/// Numbers of edges by node, in one piece.
struct Lists {
    first: Vec<u32>,
    edges: Vec<u32>,
}

const NONE: u32 = u32::MAX;

impl Lists {
    fn new(nodes: usize, ends: &[u32]) -> Self {
        let mut first = vec![0u32; nodes + 1];
        for &end in ends {
            first[end as usize + 1] += 1;
        }
        for node in 0..nodes {
            first[node + 1] += first[node];
        }
        let mut next = first.clone();
        let mut edges = vec![0; ends.len()];
        for (edge, &end) in ends.iter().enumerate() {
            let place = &mut next[end as usize];
            edges[*place as usize] = edge as u32;
            *place += 1;
        }
        Lists { first, edges }
    }

    fn of(&self, node: u32) -> &[u32] {
        let node = node as usize;
        &self.edges[self.first[node] as usize..self.first[node + 1] as usize]
    }
}

impl Network {
    /// No edge is open, and nothing is gained or lost.
    pub(super) fn new(nodes: usize, edges: impl Iterator<Item = (u32, u32)>) -> Self {
        let (low, high): (Vec<u32>, Vec<u32>) = edges.unzip();
        Network {
            open: vec![false; low.len()],
            carried: vec![0; low.len()],
            above: Lists::new(nodes, &low),
            under: Lists::new(nodes, &high),
            gain_left: vec![0; nodes],
            loss_left: vec![0; nodes],
            low,
            high,
        }
    }

    /// The edges that lead from a node, and to it.
    pub(super) fn edges_of(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        let (above, under) = (self.above.of(node as u32), self.under.of(node as u32));
        above.iter().chain(under).map(|&edge| edge as usize)
    }

    /// Those that lead to a node, with where they come from.
    pub(super) fn into(&self, node: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let under = self.under.of(node as u32).iter();
        under.map(|&edge| (edge as usize, self.low[edge as usize] as usize))
    }

    pub(super) fn set_open(&mut self, edge: usize, open: bool) {
        debug_assert!(open || self.carried[edge] == 0);
        self.open[edge] = open;
    }

    pub(super) fn is_open(&self, edge: usize) -> bool {
        self.open[edge]
    }

    /// Sends as much as possible; returns the nodes that the source still reaches, that is
    /// the smallest source side of a minimum cut, in ascending order.
    pub(super) fn saturate(&mut self) -> Vec<usize> {
        loop {
            let steps = self.steps_to_sink();
            let sources = 0..self.gain_left.len();
            let mut sources =
                sources.filter(|&node| self.gain_left[node] > 0 && steps[node] != NONE);
            let Some(first) = sources.next() else {
                return self.reached();
            };
            let sources: Vec<u32> = std::iter::once(first)
                .chain(sources)
                .map(|n| n as u32)
                .collect();
            self.block(&sources, &steps);
        }
    }

    /// How many edges lie between each node and the nearest that can lose something.
    fn steps_to_sink(&self) -> Vec<u32> {
        let mut steps = vec![NONE; self.loss_left.len()];
        let mut queue: Vec<u32> = Vec::new();
        for (node, &left) in self.loss_left.iter().enumerate() {
            if left > 0 {
                steps[node] = 0;
                queue.push(node as u32);
            }
        }
        let mut at = 0;
        while at < queue.len() {
            let node = queue[at];
            at += 1;
            let next = steps[node as usize] + 1;
            let mut visit = |from: u32| {
                if steps[from as usize] == NONE {
                    steps[from as usize] = next;
                    queue.push(from);
                }
            };
            for &edge in self.under.of(node) {
                if self.open[edge as usize] {
                    visit(self.low[edge as usize]);
                }
            }
            for &edge in self.above.of(node) {
                if self.carried[edge as usize] > 0 {
                    visit(self.high[edge as usize]);
                }
            }
        }
        steps
    }

    /// Sends along shortest paths until each is used up: a walk that advances, retreats and
    /// augments.
    fn block(&mut self, sources: &[u32], steps: &[u32]) {
        let mut current = vec![0u32; steps.len()];
        // Edges of the walk; the other way round where they are walked against.
        let mut path: Vec<(u32, bool)> = Vec::new();
        for &source in sources {
            let mut node = source;
            while self.gain_left[source as usize] > 0 {
                if self.loss_left[node as usize] > 0 && steps[node as usize] == 0 {
                    node = self.augment(source, node, &mut path);
                    continue;
                }
                match self.advance(node, steps, &mut current) {
                    Some((edge, against)) => {
                        path.push((edge, against));
                        node = self.end(edge, against);
                    }
                    None => match path.pop() {
                        None => break,
                        Some((edge, against)) => {
                            node = self.end(edge, !against);
                            current[node as usize] += 1;
                        }
                    },
                }
            }
            path.clear();
        }
    }

    fn end(&self, edge: u32, against: bool) -> u32 {
        match against {
            true => self.low[edge as usize],
            false => self.high[edge as usize],
        }
    }

    /// The next edge from a node that leads nearer to the sink.
    fn advance(&self, node: u32, steps: &[u32], current: &mut [u32]) -> Option<(u32, bool)> {
        let (above, under) = (self.above.of(node), self.under.of(node));
        let nearer = |other: u32| {
            let other = steps[other as usize];
            other != NONE && other + 1 == steps[node as usize]
        };
        let at = &mut current[node as usize];
        while (*at as usize) < above.len() + under.len() {
            let index = *at as usize;
            let found = match above.get(index) {
                Some(&edge) => (edge, false, self.open[edge as usize]),
                None => {
                    let edge = under[index - above.len()];
                    (edge, true, self.carried[edge as usize] > 0)
                }
            };
            if found.2 && nearer(self.end(found.0, found.1)) {
                return Some((found.0, found.1));
            }
            *at += 1;
        }
        None
    }

    /// Sends what the path allows, and takes the path back to before the first edge that is
    /// used up; returns where that is.
    fn augment(&mut self, source: u32, sink: u32, path: &mut Vec<(u32, bool)>) -> u32 {
        let against = path.iter().filter(|(_, against)| *against);
        let least = against.map(|(edge, _)| self.carried[*edge as usize]).min();
        let ends = self.gain_left[source as usize].min(self.loss_left[sink as usize]);
        let sent = least.unwrap_or(u64::MAX).min(ends);
        self.gain_left[source as usize] -= sent;
        self.loss_left[sink as usize] -= sent;
        let mut kept = path.len();
        for (at, &(edge, against)) in path.iter().enumerate() {
            let carried = &mut self.carried[edge as usize];
            match against {
                false => *carried += sent,
                true => *carried -= sent,
            }
            if against && *carried == 0 {
                kept = kept.min(at);
            }
        }
        path.truncate(kept);
        match path.last() {
            Some(&(edge, against)) => self.end(edge, against),
            None => source,
        }
    }

    /// What the source can still send something to.
    fn reached(&self) -> Vec<usize> {
        let mut seen = vec![false; self.gain_left.len()];
        let sources = 0..self.gain_left.len() as u32;
        let mut open: Vec<u32> = sources
            .filter(|&node| self.gain_left[node as usize] > 0)
            .collect();
        for &node in &open {
            seen[node as usize] = true;
        }
        while let Some(node) = open.pop() {
            let mut visit = |to: u32| {
                if !std::mem::replace(&mut seen[to as usize], true) {
                    open.push(to);
                }
            };
            for &edge in self.above.of(node) {
                if self.open[edge as usize] {
                    visit(self.high[edge as usize]);
                }
            }
            for &edge in self.under.of(node) {
                if self.carried[edge as usize] > 0 {
                    visit(self.low[edge as usize]);
                }
            }
        }
        (0..seen.len()).filter(|&node| seen[node]).collect()
    }
}
