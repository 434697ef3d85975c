//! Where each row lies in the memory for rows; rows share it once their last reader is done.

use std::collections::{BTreeMap, HashMap};

use super::dataflow::Storage;
use super::plan::{Plan, RowId, Unit};
use super::schedule::{Group, Kernel, LANES};

/// Where each row lies.
pub struct Places {
    offset: Vec<Option<usize>>,
    /// Bytes of all rows.
    pub size: usize,
}

impl Places {
    pub fn of(plan: &Plan, batches: &[(Kernel, Vec<Group>)]) -> Places {
        let order: Vec<&Unit> = batches
            .iter()
            .flat_map(|(_, groups)| groups.iter().flatten().copied())
            .collect();
        // A group is one step of time: what it reads is kept until all of it is written.
        let mut time = Vec::with_capacity(order.len());
        let groups = batches.iter().flat_map(|(_, groups)| groups);
        for (at, group) in groups.enumerate() {
            time.extend(group.iter().map(|_| at));
        }
        let mut last = vec![0; plan.rows.len()];
        for (unit, at) in order.iter().zip(&time) {
            unit.reads.iter().for_each(|row| last[row.0 as usize] = *at);
        }
        plan.results
            .iter()
            .for_each(|(_, row)| last[row.0 as usize] = usize::MAX);

        let mut places = Places {
            offset: vec![None; plan.rows.len()],
            size: 0,
        };
        let mut free: HashMap<Storage, Vec<usize>> = HashMap::new();
        let mut ending: BTreeMap<usize, Vec<RowId>> = BTreeMap::new();
        for (_, row) in &plan.inputs {
            places.take(plan, *row, &mut free);
            ending.entry(last[row.0 as usize]).or_default().push(*row);
        }
        for (unit, at) in order.iter().zip(&time) {
            while let Some(entry) = ending.first_entry().filter(|entry| entry.key() < at) {
                for row in entry.remove() {
                    let offset = places.of_row(row);
                    free.entry(plan.rows[row.0 as usize])
                        .or_default()
                        .push(offset);
                }
            }
            let row = unit.writes;
            places.take(plan, row, &mut free);
            ending
                .entry(last[row.0 as usize].max(*at))
                .or_default()
                .push(row);
        }
        places
    }

    fn take(&mut self, plan: &Plan, row: RowId, free: &mut HashMap<Storage, Vec<usize>>) {
        let storage = plan.rows[row.0 as usize];
        let known = free.get_mut(&storage).and_then(Vec::pop);
        let offset = known.unwrap_or_else(|| {
            self.size += storage.bytes() * LANES;
            self.size - storage.bytes() * LANES
        });
        self.offset[row.0 as usize] = Some(offset);
    }

    pub fn of_row(&self, row: RowId) -> usize {
        self.offset[row.0 as usize].expect("every row is an input or written by a unit")
    }
}
