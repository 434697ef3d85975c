//! Handing out time anew.
//!
//! A row promises its readers a level, and must keep it. Now and then every promise is
//! first tightened to what the row needs, then rows are allowed, readers first, some of the
//! time that their readers have left. What is allowed where is drawn: early levels leave
//! room to those who read, late ones to those who are read.

use super::digits::weight;
use super::network::{Network, level_of};
use super::random::Random;

impl Network {
    /// New levels for all rows.
    pub fn relevel(&mut self, random: &mut Random) {
        let order = self.order();
        self.patterns.work += 8 * order.len() as u64;
        for &row in &order {
            let terms = self.nodes[row as usize].entries.iter().map(|entry| {
                let level = self.nodes[entry.node as usize].level;
                u128::from(weight(entry.coef)) << level
            });
            let kraft = terms.sum();
            let node = &mut self.nodes[row as usize];
            node.kraft = kraft;
            node.level = level_of(kraft);
        }
        let share = random.below(3);
        for &row in order.iter().rev() {
            if self.nodes[row as usize].users.is_empty() {
                continue;
            }
            while self.may_wait(row) && random.below(2) < share {
                self.wait(row);
            }
        }
        for &row in &order {
            self.touch(row);
        }
    }

    /// Whether all readers of a row can do with it one level later.
    fn may_wait(&self, row: u32) -> bool {
        let node = &self.nodes[row as usize];
        let fits = |&user: &u32| {
            let more = u128::from(weight(self.coef(user, row))) << node.level;
            self.nodes[user as usize].kraft + more <= 1u128 << self.limit(user)
        };
        node.level < self.deepest && node.users.iter().all(fits)
    }

    fn wait(&mut self, row: u32) {
        let level = self.nodes[row as usize].level;
        for at in 0..self.nodes[row as usize].users.len() {
            let user = self.nodes[row as usize].users[at];
            let more = u128::from(weight(self.coef(user, row))) << level;
            self.nodes[user as usize].kraft += more;
        }
        self.nodes[row as usize].level = level + 1;
    }

    /// The rows, each after those that it reads.
    fn order(&self) -> Vec<u32> {
        let mut missing: Vec<u32> = self
            .nodes
            .iter()
            .map(|node| node.entries.len() as u32)
            .collect();
        let mut order: Vec<u32> = (0..self.inputs as u32).collect();
        let mut at = 0;
        while let Some(&node) = order.get(at) {
            at += 1;
            for &user in &self.nodes[node as usize].users {
                missing[user as usize] -= 1;
                if missing[user as usize] == 0 {
                    order.push(user);
                }
            }
        }
        order.split_off(self.inputs)
    }
}
