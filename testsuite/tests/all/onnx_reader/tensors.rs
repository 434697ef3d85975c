//! Constants: every element type, and data that does not fit its shape.

use compiler::frontend::onnx::{Tensor, TensorData, parse};

use crate::onnx_reader::{read, refusal};
use kaon_testsuite::wire::{Message, floats, graph, model, node, tensor};

/// A model that adds `w` to its input.
fn around(w: Message) -> Message {
    model(graph([node("Add", "sum", &["x", "w"], &["y"])]).put(5, w))
}

fn decoded(w: Message) -> Tensor {
    read(around(w)).unwrap().initializers["w"].clone()
}

#[test]
fn element_types() {
    let data = |code, len, raw: &[u8]| decoded(tensor("w", code, &[len], raw)).data;
    assert_eq!(
        data(1, 1, &1.5f32.to_le_bytes()),
        TensorData::F32(vec![1.5])
    );
    assert_eq!(data(2, 2, &[1, 255]), TensorData::U8(vec![1, 255]));
    assert_eq!(data(3, 2, &[1, 255]), TensorData::I8(vec![1, -1]));
    assert_eq!(data(4, 1, &[0, 128]), TensorData::U16(vec![32768]));
    assert_eq!(data(5, 1, &[0, 128]), TensorData::I16(vec![-32768]));
    assert_eq!(data(6, 1, &[255; 4]), TensorData::I32(vec![-1]));
    assert_eq!(data(7, 1, &[255; 8]), TensorData::I64(vec![-1]));
    assert_eq!(data(9, 2, &[0, 1]), TensorData::Bool(vec![false, true]));
    assert_eq!(
        data(11, 1, &0.1f64.to_le_bytes()),
        TensorData::F64(vec![0.1])
    );
    assert_eq!(data(12, 1, &[255; 4]), TensorData::U32(vec![u32::MAX]));
    assert_eq!(data(13, 1, &[255; 8]), TensorData::U64(vec![u64::MAX]));
    // Two 4-bit numbers a byte, the lower half first; the last half byte is padding.
    assert_eq!(data(21, 3, &[0xf1, 0x07]), TensorData::U8(vec![1, 15, 7]));
    assert_eq!(data(22, 3, &[0xf1, 0x08]), TensorData::I8(vec![1, -1, -8]));
}

/// float16 and bfloat16 are widened without rounding: normal, subnormal, negative zero, infinity.
#[test]
fn half_precision() {
    let halves: Vec<u8> = [0x3c00u16, 0xc500, 0x0001, 0x03ff, 0x8000, 0x7bff, 0xfc00]
        .iter()
        .flat_map(|b| b.to_le_bytes())
        .collect();
    let w = decoded(tensor("w", 10, &[7], halves));
    let expected = [
        1.0,
        -5.0,
        2f32.powi(-24),
        1023.0 * 2f32.powi(-24),
        -0.0,
        65504.0,
        f32::NEG_INFINITY,
    ];
    let bits = |v: &[f32]| v.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(w.floats().unwrap()), bits(&expected));
    assert_eq!(w.first_non_finite(), Some(6));
    let brain = decoded(tensor("w", 16, &[2], [0x80, 0x3f, 0x49, 0x40]));
    assert_eq!(brain.floats().unwrap(), [1.0, 3.140625]);
}

/// The typed fields, packed or one by one, in place of raw bytes.
#[test]
fn typed_fields() {
    let t = |code: i64| Message::new().int(1, 2).int(2, code).bytes(8, "w");
    let packed = t(1).bytes(4, floats(&[1.0, -2.0]));
    assert_eq!(decoded(packed).data, TensorData::F32(vec![1.0, -2.0]));
    assert_eq!(
        decoded(t(3).int(5, -1).int(5, 7)).data,
        TensorData::I8(vec![-1, 7])
    );
    assert_eq!(
        decoded(t(7).int(7, -1).int(7, 7)).data,
        TensorData::I64(vec![-1, 7])
    );
    assert_eq!(
        decoded(t(10).int(5, 0x3c00).int(5, 0)).data,
        TensorData::F32(vec![1.0, 0.0])
    );
    assert_eq!(
        decoded(t(22).int(5, 0x7f)).data,
        TensorData::I8(vec![-1, 7])
    );
}

#[test]
fn data_that_does_not_fit() {
    let refused = |shape: &[i64], raw: Vec<u8>| refusal(around(tensor("w", 1, shape, raw)));
    insta::assert_snapshot!(refused(&[2, 2], floats(&[1.0; 3])), @r#"
    error: the initialiser "w" declares float32 elements of shape [2, 2], 16 bytes, but holds 12 bytes
      --> model.onnx, layer "sum"
       = help: the file is damaged: export the model again
    "#);
    insta::assert_snapshot!(refused(&[2], vec![]), @r#"
    error: the initialiser "w" declares shape [2], 2 elements, but holds 0 of type float32
      --> model.onnx, layer "sum"
       = help: the file is damaged or its weights were stripped: export the model again, with weights
    "#);
    insta::assert_snapshot!(refused(&[1_000_000_000_000], floats(&[1.0])), @r#"
    error: the initialiser "w" declares float32 elements of shape [1000000000000], 4000000000000 bytes, but holds 4 bytes
      --> model.onnx, layer "sum"
       = help: the file is damaged: export the model again
    "#);
    insta::assert_snapshot!(refused(&[-1], floats(&[1.0])).lines().next().unwrap(), @r#"error: the initialiser "w" declares the impossible shape [-1]"#);
    insta::assert_snapshot!(refused(&[i64::MAX, i64::MAX], vec![]).lines().next().unwrap(), @r#"error: the initialiser "w" declares the impossible shape [9223372036854775807, 9223372036854775807]"#);
    insta::assert_snapshot!(refused(&[0, i64::MAX, 2], vec![]).lines().next().unwrap(), @r#"error: the initialiser "w" declares the impossible shape [0, 9223372036854775807, 2]"#);
}

#[test]
fn types_that_are_not_read() {
    insta::assert_snapshot!(refusal(around(tensor("w", 8, &[1], "text"))), @r#"
    error: the initialiser "w" has the element type string, which kaon does not read
      --> model.onnx, layer "sum"
       = help: re-export the model with float32 or integer tensors
    "#);
    insta::assert_snapshot!(refusal(around(tensor("w", 17, &[1], "f"))).lines().next().unwrap(), @r#"error: the initialiser "w" has the element type float8, which kaon does not read"#);
}

#[test]
fn external_data() {
    let folder = std::env::temp_dir().join(format!("kaon-onnx-reader-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("inner")).unwrap();
    std::fs::write(folder.join("secret.bin"), floats(&[7.0; 8])).unwrap();
    let folder_of_model = folder.join("inner");
    std::fs::write(folder_of_model.join("w.bin"), floats(&[0.0, 1.0, 2.0])).unwrap();
    let link = folder_of_model.join("link.bin");
    let _ = std::os::unix::fs::symlink(folder.join("secret.bin"), link);
    let external = |entries: &[(&str, &str)]| {
        let entry = |(k, v): &(&str, &str)| Message::new().bytes(1, k).bytes(2, v);
        let w = tensor("w", 1, &[2], "")
            .int(14, 1)
            .each(13, entries.iter().map(entry));
        parse("model.onnx", around(w).0, Some(&folder_of_model))
    };
    let read = external(&[("location", "w.bin"), ("offset", "4"), ("length", "8")]).unwrap();
    assert_eq!(read.initializers["w"].data, TensorData::F32(vec![1.0, 2.0]));
    let refused = |entries: &[(&str, &str)]| external(entries).unwrap_err().to_string();
    let first = |text: String| text.lines().next().unwrap().to_string();
    insta::assert_snapshot!(refused(&[("location", "../secret.bin")]), @r#"
    error: the external data of the initialiser "w" lies outside the model's folder, in "../secret.bin"
      --> model.onnx, layer "sum"
       = help: save the model in one file: onnx.save_model(model, path, save_as_external_data=False)
    "#);
    insta::assert_snapshot!(first(refused(&[("location", "/etc/passwd")])), @r#"error: the external data of the initialiser "w" lies outside the model's folder, in "/etc/passwd""#);
    insta::assert_snapshot!(first(refused(&[("location", "link.bin")])), @r#"error: the external data of the initialiser "w" lies outside the model's folder, through the link "link.bin""#);
    insta::assert_snapshot!(first(refused(&[("location", "gone.bin")])), @r#"error: the external data of the initialiser "w" cannot be read from "gone.bin": no such file or directory"#);
    insta::assert_snapshot!(first(refused(&[("location", "w.bin"), ("offset", "8")])), @r#"error: the external data of the initialiser "w" should be bytes 8 to 16 of "w.bin", which has 12"#);
    insta::assert_snapshot!(first(refused(&[("location", "w.bin"), ("length", "4")])), @r#"error: the external data of the initialiser "w" is 4 bytes long where its shape [2] needs 8"#);
    insta::assert_snapshot!(first(refused(&[("location", "w.bin"), ("offset", "x")])), @r#"error: the external data of the initialiser "w" has the offset "x", which is no number"#);
    insta::assert_snapshot!(first(refused(&[])), @r#"error: the external data of the initialiser "w" names no file"#);
    std::fs::remove_dir_all(folder).unwrap();
}

/// Exporters before IR version 4 list every initialiser among the inputs.
#[test]
fn initialisers_among_the_inputs() {
    let w = tensor("w", 1, &[2], floats(&[1.0, 2.0]));
    let g = graph([node("Add", "sum", &["x", "w"], &["y"])])
        .put(5, w)
        .put(11, kaon_testsuite::wire::value("w", &[2]));
    let graph = read(model(g)).unwrap();
    assert_eq!(graph.inputs.len(), 1);
    assert_eq!(graph.initializers.len(), 1);
}
