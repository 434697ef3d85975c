//! Last step of a module: which vectors are printed, and which need a name.

use super::{Driver, Module, Net};

/// How many operations one expression nests.
const MAX_DEPTH: u32 = 8;

impl Module {
    /// Counts readers, names what cannot be written inside its reader, and notes unread bits.
    pub fn finish(&mut self) {
        self.count_readers();
        let mut sliced = vec![false; self.cells.len()];
        for index in 0..self.cells.len() {
            if let (true, Driver::Extract { of, .. }) =
                (self.readers[index] > 0, &self.cells[index].driver)
            {
                sliced[of.index()] = true;
            }
        }
        let mut depth = vec![0; self.cells.len()];
        for index in 0..self.cells.len() {
            let cell = &self.cells[index];
            let below = cell.driver.operands();
            let below = below.iter().map(|net| depth[net.index()]).max();
            depth[index] = 1 + below.unwrap_or(0);
            let needed = match cell.driver {
                Driver::Input(_)
                | Driver::Constant(_)
                | Driver::Instance { .. }
                | Driver::Extract { .. } => false,
                Driver::Register { .. } | Driver::Table { .. } => true,
                _ => self.readers[index] > 1 || sliced[index] || depth[index] > MAX_DEPTH,
            };
            if needed && cell.name.is_none() && self.readers[index] > 0 {
                let net = Net(index as u32);
                let wanted = match &cell.hint {
                    Some(hint) => hint.clone(),
                    None => self.describe(net),
                };
                self.name(net, &wanted);
            }
            if self.cells[index].name.is_some() {
                depth[index] = 0;
            }
        }
        self.has_unread_bits = self.find_unread_bits();
    }

    /// Whether a printer has to write the vector; inputs always stand in the port list.
    pub fn is_read(&self, net: Net) -> bool {
        self.readers[net.index()] > 0
    }

    /// Whether some output of an instance is read.
    pub fn is_live(&self, instance: usize) -> bool {
        self.live[instance]
    }

    fn count_readers(&mut self) {
        let mut readers = vec![0; self.cells.len()];
        for (_, net) in &self.outputs {
            readers[net.index()] += 1;
        }
        let mut live = vec![false; self.instances.len()];
        for index in (0..self.cells.len()).rev() {
            if readers[index] > 0 {
                if let Driver::Instance { instance, .. } = self.cells[index].driver
                    && !std::mem::replace(&mut live[instance], true)
                {
                    for net in &self.instances[instance].inputs {
                        readers[net.index()] += 1;
                    }
                }
                for operand in self.cells[index].driver.operands() {
                    readers[operand.index()] += 1;
                }
            }
        }
        self.readers = readers;
        self.live = live;
    }

    /// A name that says what the wiring does: `x0_s12` is `x0` sign-extended to 12 bits.
    fn describe(&self, net: Net) -> String {
        let cell = self.cell(net);
        if let Some(name) = cell.name.as_ref().or(cell.hint.as_ref()) {
            return name.clone();
        }
        match &cell.driver {
            Driver::Extract { of, low } => format!("{}_b{low}", self.describe(*of)),
            Driver::Replicate(bit) => format!("{}_x{}", self.describe(*bit), cell.width),
            Driver::Not(of) => format!("not_{}", self.describe(*of)),
            Driver::Concat(parts) => match (&parts[..], &self.cell(parts[0]).driver) {
                ([_, rest], Driver::Replicate(_)) => {
                    format!("{}_s{}", self.describe(*rest), cell.width)
                }
                ([_, rest], Driver::Constant(0)) => {
                    format!("{}_z{}", self.describe(*rest), cell.width)
                }
                // The sign itself is one bit, so one copy of it is an extract.
                ([sign, rest], Driver::Extract { of, .. }) if of == rest => {
                    debug_assert_eq!(self.width(*sign), 1);
                    format!("{}_s{}", self.describe(*rest), cell.width)
                }
                _ => format!("bits_{}", net.0),
            },
            Driver::Binary(..) | Driver::Mux { .. } => format!("t_{}", net.0),
            Driver::Compare(..) => format!("is_{}", net.0),
            _ => format!("n_{}", net.0),
        }
    }

    fn find_unread_bits(&self) -> bool {
        let mut read: Vec<Option<Vec<(u32, u32)>>> = vec![Some(Vec::new()); self.cells.len()];
        let whole = |net: &Net, read: &mut Vec<Option<Vec<(u32, u32)>>>| read[net.index()] = None;
        for (_, net) in &self.outputs {
            whole(net, &mut read);
        }
        let instances = self.instances.iter().zip(&self.live);
        let live = instances.filter(|(_, live)| **live);
        for net in live.flat_map(|(instance, _)| &instance.inputs) {
            whole(net, &mut read);
        }
        for (index, cell) in self.cells.iter().enumerate() {
            if self.readers[index] == 0 {
                continue;
            }
            match &cell.driver {
                Driver::Extract { of, low } => {
                    if let Some(parts) = &mut read[of.index()] {
                        parts.push((*low, low + cell.width));
                    }
                }
                driver => driver
                    .operands()
                    .iter()
                    .for_each(|net| whole(net, &mut read)),
            }
        }
        self.cells.iter().zip(&mut read).any(|(cell, read)| {
            let Some(parts) = read else { return false };
            let is_signal = cell.name.is_some() || matches!(cell.driver, Driver::Instance { .. });
            let is_printed = !parts.is_empty() || matches!(cell.driver, Driver::Input(_));
            if !(is_signal && is_printed) {
                return false;
            }
            parts.sort_unstable();
            let covered = parts.iter().fold(0, |reached, (from, to)| match *from {
                from if from <= reached => reached.max(*to),
                _ => reached,
            });
            covered < cell.width
        })
    }
}
