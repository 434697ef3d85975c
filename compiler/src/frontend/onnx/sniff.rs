//! What a file that is not ONNX looks like, from its first bytes.

const JSON: &str = "a JSON file";
const LIGHTGBM: &str = "a LightGBM text model";
const XGBOOST: &str = "a UBJSON file (XGBoost .ubj)";

/// Whether a file of this kind often holds a tree ensemble.
pub fn may_be_trees(kind: &str) -> bool {
    [JSON, LIGHTGBM, XGBOOST].contains(&kind)
}

/// A phrase that completes "looks like …", when the bytes are recognised.
pub fn looks_like(head: &[u8]) -> Option<&'static str> {
    const MAGIC: &[(&[u8], &str)] = &[
        (b"\x89HDF", "an HDF5 file (Keras .h5)"),
        (
            b"PK\x03\x04",
            "a zip archive (PyTorch .pt, Keras .keras or NumPy .npz)",
        ),
        (b"\x1f\x8b", "a gzip archive"),
        (b"\x93NUMPY", "a NumPy array (.npy)"),
        (b"\x80\x02", "a Python pickle"),
        (b"\x80\x03", "a Python pickle"),
        (b"\x80\x04", "a Python pickle"),
        (b"\x80\x05", "a Python pickle"),
        (b"GGUF", "a GGUF file"),
        (b"\x7fELF", "an executable"),
        (
            b"version https://git-lfs",
            "a Git LFS pointer, not the model itself",
        ),
        (b"<!DOCTYPE", "a web page, not a model"),
        (b"<html", "a web page, not a model"),
        (b"<?xml", "an XML file"),
        (b"tree\n", LIGHTGBM),
        (b"{L", XGBOOST),
        (b"ir_version:", "an ONNX model in protobuf text form"),
        (b"module ", "MLIR text"),
    ];
    if let Some((_, name)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some(name);
    }
    if head.get(4..8) == Some(b"TFL3") {
        return Some("a TensorFlow Lite model");
    }
    if head.get(8) == Some(&b'{') && head.get(4..8) == Some(&[0; 4]) {
        return Some("a safetensors file");
    }
    match head.trim_ascii_start().first() {
        Some(b'{' | b'[') => Some(JSON),
        _ => None,
    }
}
