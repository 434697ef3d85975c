//! Maximum flow by Dinic's method, on integers.

use std::collections::VecDeque;

/// A flow network; edges are stored in pairs, each beside its reverse.
pub(super) struct Network {
    first: Vec<u32>,
    next: Vec<u32>,
    to: Vec<u32>,
    capacity: Vec<u64>,
}

const NONE: u32 = u32::MAX;

impl Network {
    pub(super) fn new(nodes: usize) -> Self {
        Network {
            first: vec![NONE; nodes],
            next: Vec::new(),
            to: Vec::new(),
            capacity: Vec::new(),
        }
    }

    pub(super) fn add_edge(&mut self, from: usize, to: usize, capacity: u64) {
        for (from, to, capacity) in [(from, to, capacity), (to, from, 0)] {
            self.next.push(self.first[from]);
            self.first[from] = self.to.len() as u32;
            self.to.push(to as u32);
            self.capacity.push(capacity);
        }
    }

    /// Sends as much as possible; returns which nodes the source still reaches, that is the
    /// smallest source side of a minimum cut.
    pub(super) fn saturate(&mut self, source: usize, sink: usize) -> Vec<bool> {
        loop {
            let level = self.levels(source);
            if level[sink] == NONE {
                return level.into_iter().map(|level| level != NONE).collect();
            }
            self.block(source, sink, &level);
        }
    }

    /// Edges of the residual network from the source to each node.
    fn levels(&self, source: usize) -> Vec<u32> {
        let mut level = vec![NONE; self.first.len()];
        level[source] = 0;
        let mut queue = VecDeque::from([source as u32]);
        while let Some(node) = queue.pop_front() {
            let mut edge = self.first[node as usize];
            while edge != NONE {
                let to = self.to[edge as usize] as usize;
                if self.capacity[edge as usize] > 0 && level[to] == NONE {
                    level[to] = level[node as usize] + 1;
                    queue.push_back(to as u32);
                }
                edge = self.next[edge as usize];
            }
        }
        level
    }

    /// A blocking flow along the levels: a walk that advances, retreats and augments.
    fn block(&mut self, source: usize, sink: usize, level: &[u32]) {
        let mut current = self.first.clone();
        let mut path: Vec<u32> = Vec::new();
        loop {
            let node = path
                .last()
                .map_or(source, |&edge| self.to[edge as usize] as usize);
            if node == sink {
                self.augment(&mut path);
                continue;
            }
            let edge = current[node];
            if edge == NONE {
                // A dead end: the edge that led here is used up.
                match path.pop() {
                    None => return,
                    Some(edge) => {
                        let from = self.to[(edge ^ 1) as usize] as usize;
                        current[from] = self.next[edge as usize];
                    }
                }
                continue;
            }
            let to = self.to[edge as usize] as usize;
            let onward = level[to] != NONE && level[to] == level[node] + 1;
            match self.capacity[edge as usize] > 0 && onward {
                true => path.push(edge),
                false => current[node] = self.next[edge as usize],
            }
        }
    }

    /// Sends the path's bottleneck, and takes the path back to before it.
    fn augment(&mut self, path: &mut Vec<u32>) {
        let sent = path.iter().map(|&edge| self.capacity[edge as usize]).min();
        let sent = sent.unwrap_or(0);
        let mut bottleneck = path.len();
        for (at, &edge) in path.iter().enumerate() {
            self.capacity[edge as usize] -= sent;
            self.capacity[(edge ^ 1) as usize] += sent;
            if self.capacity[edge as usize] == 0 && bottleneck == path.len() {
                bottleneck = at;
            }
        }
        path.truncate(bottleneck);
    }
}
