//! Model files in, `nn` out.
