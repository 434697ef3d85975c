//! `nn`: layers on tensors of real numbers.

/// One function of the level.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {}

/// The dialect as IRDL text.
pub fn irdl() -> String {
    String::from("irdl.dialect @nn {}\n")
}
