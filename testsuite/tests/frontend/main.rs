//! From model files to `nn`: what models mean, which operators are right, what is refused.

mod models;
mod support;
