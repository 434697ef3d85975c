//! Model files in, `nn` out.
pub mod onnx;
