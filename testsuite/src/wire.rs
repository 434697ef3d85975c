//! Protobuf written by hand: small ONNX files whose every byte a test chooses.

/// A message under construction.
#[derive(Clone, Default)]
pub struct Message(pub Vec<u8>);

impl Message {
    pub fn new() -> Self {
        Message::default()
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 128 {
            self.0.push(value as u8 | 128);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    pub fn int(mut self, field: u64, value: i64) -> Self {
        self.varint(field << 3);
        self.varint(value as u64);
        self
    }

    pub fn bytes(mut self, field: u64, value: impl AsRef<[u8]>) -> Self {
        self.varint(field << 3 | 2);
        self.varint(value.as_ref().len() as u64);
        self.0.extend(value.as_ref());
        self
    }

    pub fn put(self, field: u64, value: Message) -> Self {
        self.bytes(field, value.0)
    }

    pub fn each(self, field: u64, values: impl IntoIterator<Item = Message>) -> Self {
        values.into_iter().fold(self, |m, v| m.put(field, v))
    }
}

/// A model of operator set 13 around a graph.
pub fn model(graph: Message) -> Message {
    let opset = Message::new().int(2, 13);
    Message::new().int(1, 8).put(8, opset).put(7, graph)
}

/// A graph with the input `x` [1, 2] and the output `y`.
pub fn graph(nodes: impl IntoIterator<Item = Message>) -> Message {
    Message::new()
        .each(1, nodes)
        .put(11, value("x", &[1, 2]))
        .put(12, value("y", &[1, 2]))
}

pub fn value(name: &str, shape: &[i64]) -> Message {
    let dims = shape.iter().map(|&d| Message::new().int(1, d));
    let tensor = Message::new()
        .int(1, 1)
        .put(2, Message::new().each(1, dims));
    Message::new()
        .bytes(1, name)
        .put(2, Message::new().put(1, tensor))
}

pub fn node(op: &str, name: &str, inputs: &[&str], outputs: &[&str]) -> Message {
    let message = inputs.iter().fold(Message::new(), |m, v| m.bytes(1, v));
    let message = outputs.iter().fold(message, |m, v| m.bytes(2, v));
    message.bytes(3, name).bytes(4, op)
}

/// A tensor with raw data; `element` is the code of `TensorProto.DataType`.
pub fn tensor(name: &str, element: i64, shape: &[i64], raw: impl AsRef<[u8]>) -> Message {
    let dims = shape.iter().fold(Message::new(), |m, &d| m.int(1, d));
    dims.int(2, element).bytes(8, name).bytes(9, raw)
}

pub fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

pub fn ints(values: &[i64]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// An attribute holding an integer list.
pub fn int_list(name: &str, values: &[i64]) -> Message {
    let message = Message::new().bytes(1, name).int(20, 7);
    values.iter().fold(message, |m, &v| m.int(8, v))
}

/// An attribute holding a text.
pub fn text(name: &str, value: &str) -> Message {
    Message::new().bytes(1, name).int(20, 3).bytes(4, value)
}

/// An attribute holding texts.
pub fn texts(name: &str, values: &[&str]) -> Message {
    let message = Message::new().bytes(1, name).int(20, 8);
    values.iter().fold(message, |m, v| m.bytes(9, v))
}

/// An attribute holding a list of floats.
pub fn float_list(name: &str, values: &[f32]) -> Message {
    let message = Message::new().bytes(1, name).int(20, 6);
    values.iter().fold(message, |mut message, value| {
        message.0.push(7 << 3 | 5);
        message.0.extend(value.to_le_bytes());
        message
    })
}

/// An attribute holding a float.
pub fn float(name: &str, value: f32) -> Message {
    let mut message = Message::new().bytes(1, name).int(20, 1);
    message.0.push(2 << 3 | 5);
    message.0.extend(value.to_le_bytes());
    message
}

pub fn int(name: &str, value: i64) -> Message {
    Message::new().bytes(1, name).int(20, 2).int(3, value)
}

/// QONNX's Quant to signed bits, values rounded to even; scale and bits are names of tensors,
/// as is `zero`.
pub fn quantise(name: &str, from: &str, scale: &str, to: &str) -> Message {
    node("Quant", name, &[from, scale, "zero", "bits"], &[to])
        .bytes(7, "qonnx.custom_op.general")
        .put(5, int("signed", 1))
        .put(5, int("narrow", 0))
        .put(5, text("rounding_mode", "ROUND"))
}
