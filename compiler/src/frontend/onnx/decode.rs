//! From a `TensorProto` to a `Tensor`: sizes are checked before anything is allocated.

use std::cell::Cell;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Component, Path};

use dialects::{Diagnostic, Result};

use super::proto::TensorProto;
use super::reason;
use super::tensor::{ElementType, Tensor, TensorData};
use crate::limits::way_out;

/// Where external data may lie, and how much of it is still read.
pub struct Beside<'a> {
    pub folder: Option<&'a Path>,
    /// Bytes.
    pub left: Cell<u64>,
    /// MiB of the whole model, for the message.
    pub limit: u64,
}

/// Decodes `proto`. `what` names it in sentences.
pub fn tensor(proto: &TensorProto, what: &str, beside: &Beside) -> Result<Tensor> {
    let element = ElementType::from_onnx(proto.data_type).map_err(|name| {
        Diagnostic::new(format!(
            "{what} has the element type {name}, which kaon does not read"
        ))
        .help("re-export the model with float32 or integer tensors")
    })?;
    if proto.segment.is_some() {
        return Err(Diagnostic::new(format!("{what} is split into segments"))
            .help("re-save the model with a current version of the onnx package"));
    }
    let shape = shape(&proto.dims, what)?;
    let count = shape.iter().product::<usize>();
    let external;
    let raw: &[u8] = if proto.data_location == 1 {
        external = external_data(proto, what, byte_size(element, count), beside)?;
        &external
    } else {
        &proto.raw_data
    };
    let data = if raw.is_empty() {
        typed(proto, element)
    } else if raw.len() == byte_size(element, count) {
        from_bytes(raw, element, count)
    } else {
        return Err(Diagnostic::new(format!(
            "{what} declares {element} elements of shape {:?}, {} bytes, but holds {} bytes",
            proto.dims,
            byte_size(element, count),
            raw.len()
        ))
        .help("the file is damaged: export the model again"));
    };
    if data.len() != count {
        return Err(Diagnostic::new(format!(
            "{what} declares shape {:?}, {count} elements, but holds {} of type {element}",
            proto.dims,
            data.len()
        ))
        .help("the file is damaged or its weights were stripped: export the model again, with weights"));
    }
    Ok(Tensor {
        shape,
        data,
        element,
    })
}

fn shape(dims: &[i64], what: &str) -> Result<Vec<usize>> {
    let absurd = || {
        Diagnostic::new(format!("{what} declares the impossible shape {dims:?}"))
            .help("the file is damaged: export the model again")
    };
    let shape: Vec<usize> = dims
        .iter()
        .map(|&d| usize::try_from(d).map_err(|_| absurd()))
        .collect::<Result<_>>()?;
    // Zeros count as one here: a shape like [0, 10^12] must not overflow later arithmetic.
    shape
        .iter()
        .try_fold(1usize, |n, &d| n.checked_mul(d.max(1)))
        .filter(|&n| n <= 1 << 40)
        .ok_or_else(absurd)?;
    Ok(shape)
}

fn byte_size(element: ElementType, count: usize) -> usize {
    match element {
        ElementType::I4 | ElementType::U4 => count.div_ceil(2),
        ElementType::I8 | ElementType::U8 | ElementType::Bool => count,
        ElementType::I16 | ElementType::U16 | ElementType::F16 | ElementType::Bf16 => count * 2,
        ElementType::I32 | ElementType::U32 | ElementType::F32 => count * 4,
        ElementType::I64 | ElementType::U64 | ElementType::F64 => count * 8,
    }
}

fn from_bytes(raw: &[u8], element: ElementType, count: usize) -> TensorData {
    macro_rules! little_endian {
        ($t:ty) => {
            raw.as_chunks().0.iter().map(|&b| <$t>::from_le_bytes(b))
        };
    }
    match element {
        ElementType::F32 => TensorData::F32(little_endian!(f32).collect()),
        ElementType::F64 => TensorData::F64(little_endian!(f64).collect()),
        ElementType::F16 => TensorData::F32(little_endian!(u16).map(widen_f16).collect()),
        ElementType::Bf16 => TensorData::F32(little_endian!(u16).map(widen_bf16).collect()),
        ElementType::I8 => TensorData::I8(little_endian!(i8).collect()),
        ElementType::I16 => TensorData::I16(little_endian!(i16).collect()),
        ElementType::I32 => TensorData::I32(little_endian!(i32).collect()),
        ElementType::I64 => TensorData::I64(little_endian!(i64).collect()),
        ElementType::U8 => TensorData::U8(raw.to_vec()),
        ElementType::U16 => TensorData::U16(little_endian!(u16).collect()),
        ElementType::U32 => TensorData::U32(little_endian!(u32).collect()),
        ElementType::U64 => TensorData::U64(little_endian!(u64).collect()),
        ElementType::Bool => TensorData::Bool(raw.iter().map(|&b| b != 0).collect()),
        ElementType::I4 => TensorData::I8(
            nibbles(raw)
                .take(count)
                .map(|n| ((n << 4) as i8) >> 4)
                .collect(),
        ),
        ElementType::U4 => TensorData::U8(nibbles(raw).take(count).collect()),
    }
}

/// The field of the message that the element type selects; narrow types are truncated int32s.
fn typed(proto: &TensorProto, element: ElementType) -> TensorData {
    let narrow = &proto.int32_data;
    let count = proto.dims.iter().product::<i64>() as usize;
    let bytes: Vec<u8>;
    match element {
        ElementType::F32 => TensorData::F32(proto.float_data.clone()),
        ElementType::F64 => TensorData::F64(proto.double_data.clone()),
        ElementType::F16 => TensorData::F32(narrow.iter().map(|&x| widen_f16(x as u16)).collect()),
        ElementType::Bf16 => {
            TensorData::F32(narrow.iter().map(|&x| widen_bf16(x as u16)).collect())
        }
        ElementType::I8 => TensorData::I8(narrow.iter().map(|&x| x as i8).collect()),
        ElementType::I16 => TensorData::I16(narrow.iter().map(|&x| x as i16).collect()),
        ElementType::I32 => TensorData::I32(narrow.clone()),
        ElementType::I64 => TensorData::I64(proto.int64_data.clone()),
        ElementType::U8 => TensorData::U8(narrow.iter().map(|&x| x as u8).collect()),
        ElementType::U16 => TensorData::U16(narrow.iter().map(|&x| x as u16).collect()),
        ElementType::U32 => TensorData::U32(proto.uint64_data.iter().map(|&x| x as u32).collect()),
        ElementType::U64 => TensorData::U64(proto.uint64_data.clone()),
        ElementType::Bool => TensorData::Bool(narrow.iter().map(|&x| x != 0).collect()),
        ElementType::I4 | ElementType::U4 => {
            bytes = narrow.iter().map(|&x| x as u8).collect();
            from_bytes(&bytes, element, count)
        }
    }
}

/// Two 4-bit numbers a byte, the lower half first.
fn nibbles(raw: &[u8]) -> impl Iterator<Item = u8> {
    raw.iter().flat_map(|&b| [b & 15, b >> 4])
}

fn widen_bf16(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

fn widen_f16(bits: u16) -> f32 {
    let sign = u32::from(bits >> 15) << 31;
    let exponent = u32::from(bits >> 10) & 31;
    let fraction = u32::from(bits) & 1023;
    let magnitude = match exponent {
        0 => return f32::from_bits(sign | (fraction as f32 * f32::powi(2.0, -24)).to_bits()),
        31 => 255 << 23 | fraction << 13,
        _ => (exponent + 127 - 15) << 23 | fraction << 13,
    };
    f32::from_bits(sign | magnitude)
}

/// The bytes of a tensor kept beside the model: inside the model's own folder, or refused.
fn external_data(proto: &TensorProto, what: &str, size: usize, beside: &Beside) -> Result<Vec<u8>> {
    let refuse = |why: String| {
        Diagnostic::new(format!("the external data of {what} {why}")).help(
            "save the model in one file: onnx.save_model(model, path, save_as_external_data=False)",
        )
    };
    let entry = |key: &str| {
        proto
            .external_data
            .iter()
            .find(|e| e.key == key)
            .map(|e| e.value.as_str())
    };
    let number = |key: &str| match entry(key) {
        None => Ok(None),
        Some(text) => match text.parse::<u64>() {
            Ok(n) => Ok(Some(n)),
            Err(_) => Err(refuse(format!(
                "has the {key} \"{text}\", which is no number"
            ))),
        },
    };
    let location = entry("location").ok_or_else(|| refuse("names no file".into()))?;
    let inside = Path::new(location)
        .components()
        .all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
    if !inside || location.is_empty() {
        return Err(refuse(format!(
            "lies outside the model's folder, in \"{location}\""
        )));
    }
    let folder = beside
        .folder
        .ok_or_else(|| refuse(format!("is in \"{location}\", and the model has no folder")))?;
    let unreadable = |e: std::io::Error| {
        refuse(format!(
            "cannot be read from \"{location}\": {}",
            reason(&e)
        ))
    };
    let path = folder.join(location).canonicalize().map_err(unreadable)?;
    if !path.starts_with(folder.canonicalize().map_err(unreadable)?) {
        return Err(refuse(format!(
            "lies outside the model's folder, through the link \"{location}\""
        )));
    }
    let offset = number("offset")?.unwrap_or(0);
    let length = number("length")?.unwrap_or(size as u64);
    if length != size as u64 {
        return Err(refuse(format!(
            "is {length} bytes long where its shape {:?} needs {size}",
            proto.dims
        )));
    }
    let mut file = std::fs::File::open(&path).map_err(unreadable)?;
    let available = file.metadata().map_err(unreadable)?.len();
    if offset.checked_add(length).is_none_or(|end| end > available) {
        return Err(refuse(format!(
            "should be bytes {offset} to {} of \"{location}\", which has {available}",
            offset.saturating_add(length)
        )));
    }
    let Some(left) = beside.left.get().checked_sub(length) else {
        let whole = refuse(format!(
            "makes the model larger than the {} MiB that kaon reads",
            beside.limit
        ));
        return Err(whole.help(way_out("model_mib", beside.limit.saturating_mul(4))));
    };
    beside.left.set(left);
    file.seek(SeekFrom::Start(offset)).map_err(unreadable)?;
    let mut bytes = vec![0; size];
    file.read_exact(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}
