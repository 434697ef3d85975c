//! What a file that is not ONNX looks like, from its first bytes.

const PICKLE: &str = "a Python pickle";

/// Whether a file of this kind is code, which kaon does not run.
pub fn is_code(kind: &str) -> bool {
    kind == PICKLE
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
        (b"\x80\x02", PICKLE),
        (b"\x80\x03", PICKLE),
        (b"\x80\x04", PICKLE),
        (b"\x80\x05", PICKLE),
        (b"GGUF", "a GGUF file"),
        (b"\x7fELF", "an executable"),
        (
            b"version https://git-lfs",
            "a Git LFS pointer, not the model itself",
        ),
        (b"<!DOCTYPE", "a web page, not a model"),
        (b"<html", "a web page, not a model"),
        (b"<?xml", "an XML file"),
        (b"tree\n", "a LightGBM text model"),
        (b"{L", "a UBJSON file (XGBoost .ubj)"),
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
        Some(b'{' | b'[') => Some("a JSON file"),
        _ => None,
    }
}
