//! The CIRCT library: text in, text out.
