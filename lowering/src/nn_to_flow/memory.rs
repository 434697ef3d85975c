//! Which element reads which, worked out once for all tokens.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use dialects::Result;
use dialects::nn::tensor::broadcast_indices;
use dialects::nn::{self, Graph, Op, ValueId, reduced_indices};

type Sources = Rc<Vec<Option<(ValueId, usize)>>>;
type Indices = Rc<Vec<usize>>;
type Groups = Rc<Vec<Vec<usize>>>;
/// From which shape to which.
type Shapes = (Vec<usize>, Vec<usize>);

#[derive(Default)]
pub struct Memory {
    sources: RefCell<HashMap<ValueId, Option<Sources>>>,
    broadcasts: RefCell<HashMap<Shapes, Indices>>,
    groups: RefCell<HashMap<(ValueId, Vec<usize>), Groups>>,
}

impl Memory {
    /// As [`nn::sources`] of a value's op.
    pub fn sources(&self, graph: &Graph, value: ValueId) -> Option<Sources> {
        let mut known = self.sources.borrow_mut();
        let op: &Op = &graph.node(value).op;
        let found = known
            .entry(value)
            .or_insert_with(|| nn::sources(graph, op).map(Rc::new));
        found.clone()
    }

    /// As [`broadcast_indices`].
    pub fn broadcast(&self, from: &[usize], to: &[usize]) -> Result<Indices> {
        let key = (from.to_vec(), to.to_vec());
        if let Some(found) = self.broadcasts.borrow().get(&key) {
            return Ok(Rc::clone(found));
        }
        let found = Rc::new(broadcast_indices(from, to)?);
        self.broadcasts.borrow_mut().insert(key, Rc::clone(&found));
        Ok(found)
    }

    /// As [`reduced_indices`] of a value along some axes.
    pub fn groups(&self, graph: &Graph, value: ValueId, axes: &[usize]) -> Groups {
        let mut known = self.groups.borrow_mut();
        let found = known
            .entry((value, axes.to_vec()))
            .or_insert_with(|| Rc::new(reduced_indices(graph.shape(value), axes)));
        Rc::clone(found)
    }
}
