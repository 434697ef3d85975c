//! Arrays in `.npy` files: samples, labels, results.

use std::path::Path;

use dialects::{Diagnostic, Number, Result};
use ndarray::{ArrayD, IxDyn};
use ndarray_npy::{ReadNpyError, ReadNpyExt, ReadableElement, WriteNpyError, WriteNpyExt};

use crate::bounded;
use crate::failure::reason;
use crate::output::replace_with;

/// An array of numbers, last axis fastest.
#[derive(Debug, Clone, PartialEq)]
pub struct TensorFile {
    pub shape: Vec<usize>,
    pub values: Values,
}

/// The elements, in the widest type of their kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// float32 and float64; every float32 is a float64.
    Float(Vec<f64>),
    /// Booleans and all integers but large uint64.
    Integer(Vec<i64>),
    /// uint64 beyond int64.
    Unsigned(Vec<u64>),
}

impl Values {
    pub fn len(&self) -> usize {
        match self {
            Values::Float(values) => values.len(),
            Values::Integer(values) => values.len(),
            Values::Unsigned(values) => values.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The nearest float64: exact for floats and for integers up to 2^53.
    pub fn approximate(&self, at: usize) -> f64 {
        match self {
            Values::Float(values) => values[at],
            Values::Integer(values) => values[at] as f64,
            Values::Unsigned(values) => values[at] as f64,
        }
    }

    /// The exact number; `None` for NaN and infinities.
    pub fn exact(&self, at: usize) -> Option<Number> {
        match self {
            Values::Float(values) => Number::from_f64(values[at]),
            Values::Integer(values) => Some(Number::from(values[at])),
            Values::Unsigned(values) => Some(Number::from(i128::from(values[at]))),
        }
    }
}

impl TensorFile {
    /// Reads float32, float64, bool and integers of 8 to 64 bits.
    ///
    /// Errors: a file that is none, or cut off, or of another element type.
    pub fn read(path: &Path) -> Result<TensorFile> {
        let place = path.display().to_string();
        let bytes = bounded::read(path, bounded::ARRAY).map_err(|error| {
            Diagnostic::new(format!("the array cannot be read: {}", reason(&error))).in_file(&place)
        })?;
        TensorFile::parse(&bytes).map_err(|error| error.in_file(place))
    }

    /// The array in some bytes; see [`TensorFile::read`].
    pub fn parse(bytes: &[u8]) -> Result<TensorFile> {
        check_magic(bytes)?;
        check_size(bytes)?;
        if let Some(found) = read_as::<f32, f64>(bytes, f64::from)? {
            return Ok(found.with(Values::Float));
        }
        if let Some(found) = read_as::<f64, f64>(bytes, |value| value)? {
            return Ok(found.with(Values::Float));
        }
        if let Some(found) = read_as::<u64, u64>(bytes, |value| value)? {
            let signed: std::result::Result<Vec<i64>, _> =
                found.1.iter().map(|&value| i64::try_from(value)).collect();
            return Ok(match signed {
                Ok(values) => Elements(found.0, values).with(Values::Integer),
                Err(_) => found.with(Values::Unsigned),
            });
        }
        let integers: [Read; 8] = [
            |bytes| read_as::<i64, i64>(bytes, |value| value),
            |bytes| read_as::<i32, i64>(bytes, i64::from),
            |bytes| read_as::<i16, i64>(bytes, i64::from),
            |bytes| read_as::<i8, i64>(bytes, i64::from),
            |bytes| read_as::<u32, i64>(bytes, i64::from),
            |bytes| read_as::<u16, i64>(bytes, i64::from),
            |bytes| read_as::<u8, i64>(bytes, i64::from),
            |bytes| read_as::<bool, i64>(bytes, i64::from),
        ];
        for read in integers {
            if let Some(found) = read(bytes)? {
                return Ok(found.with(Values::Integer));
            }
        }
        Err(Diagnostic::new(format!(
            "the array's elements are {}; kaon reads float32, float64, bool and integers",
            element_name(bytes)
        ))
        .help("convert with x.astype('float32')"))
    }

    pub fn write_f32(path: &Path, shape: &[usize], values: Vec<f32>) -> Result<()> {
        write(path, shape, values)
    }

    pub fn write_i64(path: &Path, shape: &[usize], values: Vec<i64>) -> Result<()> {
        write(path, shape, values)
    }
}

type Read = fn(&[u8]) -> Result<Option<Elements<i64>>>;

/// A shape and its elements.
struct Elements<T>(Vec<usize>, Vec<T>);

impl<T> Elements<T> {
    fn with(self, values: impl FnOnce(Vec<T>) -> Values) -> TensorFile {
        TensorFile {
            shape: self.0,
            values: values(self.1),
        }
    }
}

/// The array, when its elements have type `T`.
fn read_as<T: ReadableElement + Copy, U>(
    bytes: &[u8],
    widen: fn(T) -> U,
) -> Result<Option<Elements<U>>> {
    match ArrayD::<T>::read_npy(bytes) {
        Ok(array) => {
            let values = array.iter().map(|&value| widen(value)).collect();
            Ok(Some(Elements(array.shape().to_vec(), values)))
        }
        Err(ReadNpyError::WrongDescriptor(_)) => Ok(None),
        Err(ReadNpyError::Io(error)) => Err(incomplete(&reason(&error))),
        Err(error) => Err(incomplete(&error.to_string())),
    }
}

fn incomplete(reason: &str) -> Diagnostic {
    Diagnostic::new(format!("the file is no complete .npy array: {reason}"))
}

/// Refuses what does not begin as an array does.
fn check_magic(bytes: &[u8]) -> Result<()> {
    let sentence = match bytes {
        [] => "the file is empty, not a .npy array",
        [b'P', b'K', ..] => "the file is a .npz archive of arrays, not one .npy array",
        _ if bytes.starts_with(b"\x93NUMPY") => return Ok(()),
        _ => "the file is not a .npy array",
    };
    Err(Diagnostic::new(sentence).help("np.save writes one array"))
}

/// The header's first 4096 bytes as text.
fn header(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(&bytes[..bytes.len().min(4096)])
}

/// What numpy calls the elements, where it is a type that is not read.
fn element_name(bytes: &[u8]) -> String {
    let header = header(bytes);
    let descr = header.split_once("'descr'").map_or("", |(_, rest)| rest);
    let descr = descr.trim_start_matches([':', ' ']);
    let Some(code) = descr.strip_prefix('\'').and_then(|d| d.split('\'').next()) else {
        return "records".to_string();
    };
    let mut letters = code.trim_start_matches(['<', '>', '|', '=']).chars();
    let kind = letters.next().unwrap_or(' ');
    let bits = letters.as_str().parse::<u32>().map(|bytes| bytes * 8);
    match (kind, bits) {
        ('f', Ok(bits)) => format!("float{bits}"),
        ('c', Ok(bits)) => format!("complex{bits}"),
        ('O', _) => "Python objects".to_string(),
        ('U' | 'S', _) => "text".to_string(),
        _ => format!("of type '{code}'"),
    }
}

/// Refuses a header that promises more elements than the file has bytes, before any memory
/// is set aside for them.
fn check_size(bytes: &[u8]) -> Result<()> {
    let header = header(bytes);
    let shape = header
        .split_once("'shape'")
        .and_then(|(_, rest)| rest.split_once('('))
        .and_then(|(_, rest)| rest.split_once(')'))
        .map_or("", |(shape, _)| shape);
    let mut count = Some(1usize);
    for dim in shape
        .split(',')
        .map(str::trim)
        .filter(|dim| !dim.is_empty())
    {
        let dim = dim.trim_end_matches('L').parse::<usize>().ok();
        count = count
            .zip(dim)
            .and_then(|(count, dim)| count.checked_mul(dim));
    }
    match count {
        Some(count) if count <= bytes.len() || shape.is_empty() => Ok(()),
        _ => Err(Diagnostic::new(format!(
            "the array's header says its shape is ({shape}), but the file has {} bytes",
            bytes.len()
        ))),
    }
}

fn write<T: ndarray_npy::WritableElement>(
    path: &Path,
    shape: &[usize],
    values: Vec<T>,
) -> Result<()> {
    let place = path.display().to_string();
    let failed = |reason: String| {
        Diagnostic::new(format!("the array cannot be written: {reason}")).in_file(&place)
    };
    let array =
        ArrayD::from_shape_vec(IxDyn(shape), values).map_err(|error| failed(error.to_string()))?;
    let written = replace_with(path, |file| array.write_npy(file));
    written.map_err(|error| match error {
        WriteNpyError::Io(error) => failed(reason(&error)),
        error => failed(error.to_string()),
    })
}
