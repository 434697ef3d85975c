//! What a pass may know besides its module, and where it leaves remarks.

use std::cell::RefCell;
use std::fmt;

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
}

impl<'a> PassContext<'a> {
    pub fn new(options: &'a Options, target: &'a Target) -> Self {
        PassContext {
            options,
            target,
            remarks: RefCell::default(),
        }
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
