//! Files that are no ONNX model, or only part of one.

use std::path::Path;

use compiler::frontend::onnx;

use crate::onnx_reader::models;

fn refused(bytes: &[u8]) -> String {
    match onnx::parse("model.onnx", bytes.to_vec(), None) {
        Ok(_) => panic!("accepted"),
        Err(diagnostic) => diagnostic.to_string(),
    }
}

#[test]
fn an_empty_file() {
    insta::assert_snapshot!(refused(b""), @r#"
    error: the model file is empty
      --> model.onnx
       = help: export the model again
    "#);
}

#[test]
fn another_programs_file() {
    insta::assert_snapshot!(refused(b"\x89HDF\r\n\x1a\n\0\0\0\0"), @r#"
    error: the model file is no ONNX model: it looks like an HDF5 file (Keras .h5)
      --> model.onnx
       = help: kaon reads ONNX and QONNX: export the model with torch.onnx, tf2onnx, Brevitas or qonnx
    "#);
    insta::assert_snapshot!(refused(b"{\"learner\": {}}").lines().next().unwrap(), @"error: the model file is no ONNX model: it looks like a JSON file");
    insta::assert_snapshot!(refused(b"PK\x03\x04\x14\0\0\0").lines().next().unwrap(), @"error: the model file is no ONNX model: it looks like a zip archive (PyTorch .pt, Keras .keras or NumPy .npz)");
    insta::assert_snapshot!(refused(b"\x80\x04\x95\0\0").lines().next().unwrap(), @"error: the model file is no ONNX model: it looks like a Python pickle");
    insta::assert_snapshot!(refused(b"\x20\0\0\0TFL3\0\0").lines().next().unwrap(), @"error: the model file is no ONNX model: it looks like a TensorFlow Lite model");
    insta::assert_snapshot!(refused(b"version https://git-lfs.github.com/spec/v1\n").lines().next().unwrap(), @"error: the model file is no ONNX model: it looks like a Git LFS pointer, not the model itself");
}

#[test]
fn garbage() {
    insta::assert_snapshot!(refused(&[0xff; 64]), @r#"
    error: the model file is no ONNX model, or is damaged or cut short
      --> model.onnx
       = note: protobuf: failed to decode Protobuf message: invalid varint
       = help: export or copy the model again; `onnx.checker.check_model` tells whether a file is whole
    "#);
}

#[test]
fn protobuf_without_a_graph() {
    insta::assert_snapshot!(refused(&[8, 8]), @r#"
    error: the model file is no ONNX model: it holds no graph
      --> model.onnx
       = help: kaon reads ONNX and QONNX: export the model with torch.onnx, tf2onnx, Brevitas or qonnx
    "#);
}

#[test]
fn a_path_that_cannot_be_read() {
    let refused = |path: &Path| onnx::load(path).unwrap_err().to_string();
    insta::assert_snapshot!(refused(Path::new("no/such.onnx")), @r#"
    error: the model file cannot be read: no such file or directory
      --> no/such.onnx
       = help: check the path and its permissions
    "#);
    insta::assert_snapshot!(refused(Path::new("/")), @r#"
    error: the model path is a folder or device, not a file
      --> /
       = help: give the path of the .onnx file
    "#);
}

/// Refused by its size and first bytes, without reading it.
#[test]
fn a_huge_file() {
    let path = std::env::temp_dir().join(format!("kaon-huge-{}.onnx", std::process::id()));
    std::fs::File::create(&path)
        .unwrap()
        .set_len(1 << 40)
        .unwrap();
    let refused = onnx::load(&path).unwrap_err();
    std::fs::remove_file(&path).unwrap();
    insta::assert_snapshot!(refused.sentence, @"the model file has 1048576 MiB, and kaon reads at most 1024 MiB");
}

#[test]
fn seeded_garbage_never_panics() {
    let mut state = 1u64;
    for length in 0..2000 {
        let bytes: Vec<u8> = (0..length % 200)
            .map(|_| {
                state = state
                    .wrapping_mul(6364136223846793005)
                    .wrapping_add(1442695040888963407);
                (state >> 33) as u8
            })
            .collect();
        let _ = onnx::parse("garbage.onnx", bytes, None);
    }
}

#[test]
fn a_model_cut_short_never_panics() {
    let Some(path) = models::find("gamma_trigger_w6a6/model.onnx") else {
        return;
    };
    let whole = std::fs::read(path).unwrap();
    for length in (0..whole.len()).step_by(97) {
        let refused = onnx::parse("model.onnx", whole[..length].to_vec(), None).is_err();
        assert!(
            refused,
            "the first {length} of {} bytes are accepted",
            whole.len()
        );
    }
}

#[test]
fn a_damaged_model_never_panics() {
    let Some(path) = models::find("mnist_tfc_1w1a/model.onnx") else {
        return;
    };
    let whole = std::fs::read(path).unwrap();
    for place in (0..whole.len()).step_by(997) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x5a;
        if let Ok(mut graph) = onnx::parse("model.onnx", bytes, None) {
            let _ = onnx::fold::fold_constants(&mut graph, |_| None);
        }
    }
}
