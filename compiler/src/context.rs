//! What a pass may know besides its module, and where it leaves remarks and what its
//! searches did.

use std::cell::RefCell;
use std::fmt;

use crate::egraph::{Asked, Rewritten, Search};
use crate::options::Options;
use crate::target::Target;

/// Something a user may want to know that is no error: a limit that was reached, a layer
/// that can overflow, how much was pruned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The pass or lowering that speaks.
    pub from: String,
    pub layer: Option<String>,
    pub text: String,
}

/// `layer "dense_1": 12 bits are too few [nn-assign-precision]`
impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(layer) = &self.layer {
            write!(f, "layer \"{layer}\": ")?;
        }
        write!(f, "{} [{}]", self.text, self.from)
    }
}

/// The surroundings of a pass.
pub struct PassContext<'a> {
    pub options: &'a Options,
    pub target: &'a Target,
    remarks: RefCell<Vec<Remark>>,
    searches: RefCell<Vec<Search>>,
    keep_egraphs: bool,
    egraphs: RefCell<Vec<String>>,
}

impl<'a> PassContext<'a> {
    pub fn new(options: &'a Options, target: &'a Target) -> Self {
        PassContext {
            options,
            target,
            remarks: RefCell::default(),
            searches: RefCell::default(),
            keep_egraphs: false,
            egraphs: RefCell::default(),
        }
    }

    /// The e-graph of every search is kept as JSON.
    #[must_use]
    pub fn keeping_egraphs(self, keep: bool) -> Self {
        PassContext {
            keep_egraphs: keep,
            ..self
        }
    }

    /// What a search has to heed besides its graph.
    pub fn asked_of_searches(&self) -> Asked<'_> {
        Asked {
            without: &self.options.pipeline.without_rules,
            with: &self.options.pipeline.with_rules,
            serialise: self.keep_egraphs,
        }
    }

    /// Notes what a search of a pass did, in which of its rounds.
    pub fn searched(&self, pass: &str, round: usize, rewritten: &mut Rewritten) {
        self.searches.borrow_mut().push(Search {
            pass: pass.to_string(),
            round,
            ..rewritten.search.clone()
        });
        self.egraphs
            .borrow_mut()
            .extend(rewritten.serialised.take());
    }

    /// The searches so far, which are then forgotten here.
    pub fn take_searches(&self) -> Vec<Search> {
        self.searches.take()
    }

    /// The e-graphs kept so far, one for each search, which are then forgotten here.
    pub fn take_egraphs(&self) -> Vec<String> {
        self.egraphs.take()
    }

    pub fn remark(&self, from: &str, layer: Option<&str>, text: impl Into<String>) {
        self.remarks.borrow_mut().push(Remark {
            from: from.to_string(),
            layer: layer.map(str::to_string),
            text: text.into(),
        });
    }

    /// The remarks so far, which are then forgotten here.
    pub fn take_remarks(&self) -> Vec<Remark> {
        self.remarks.take()
    }
}
