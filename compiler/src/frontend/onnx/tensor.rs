//! Constant tensors of a model file: a shape and typed elements, row-major.

use std::fmt;

/// The element types a model may declare.
///
/// float16 and bfloat16 are held as `f32`, the 4-bit integers as 8-bit ones: both exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ElementType {
    F32,
    F64,
    F16,
    Bf16,
    I4,
    I8,
    I16,
    I32,
    I64,
    U4,
    U8,
    U16,
    U32,
    U64,
    Bool,
}

impl ElementType {
    /// From `TensorProto.DataType`; the error is the name of the type that kaon does not read.
    pub fn from_onnx(code: i32) -> Result<Self, String> {
        Ok(match code {
            1 => Self::F32,
            2 => Self::U8,
            3 => Self::I8,
            4 => Self::U16,
            5 => Self::I16,
            6 => Self::I32,
            7 => Self::I64,
            9 => Self::Bool,
            10 => Self::F16,
            11 => Self::F64,
            12 => Self::U32,
            13 => Self::U64,
            16 => Self::Bf16,
            21 => Self::U4,
            22 => Self::I4,
            0 => return Err("undefined".into()),
            8 => return Err("string".into()),
            14 | 15 => return Err("complex".into()),
            17..=20 | 24 => return Err("float8".into()),
            23 => return Err("float4".into()),
            25 | 26 => return Err("2-bit integer".into()),
            27 | 28 => return Err("float6".into()),
            other => return Err(format!("unknown (code {other})")),
        })
    }

    /// Signedness and width of an integer type; a boolean is an unsigned bit.
    pub fn integer(self) -> Option<(bool, u32)> {
        Some(match self {
            Self::I4 => (true, 4),
            Self::I8 => (true, 8),
            Self::I16 => (true, 16),
            Self::I32 => (true, 32),
            Self::I64 => (true, 64),
            Self::U4 => (false, 4),
            Self::U8 => (false, 8),
            Self::U16 => (false, 16),
            Self::U32 => (false, 32),
            Self::U64 => (false, 64),
            Self::Bool => (false, 1),
            Self::F32 | Self::F64 | Self::F16 | Self::Bf16 => return None,
        })
    }

    pub fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64 | Self::F16 | Self::Bf16)
    }
}

impl fmt::Display for ElementType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "float32",
            Self::F64 => "float64",
            Self::F16 => "float16",
            Self::Bf16 => "bfloat16",
            Self::I4 => "int4",
            Self::I8 => "int8",
            Self::I16 => "int16",
            Self::I32 => "int32",
            Self::I64 => "int64",
            Self::U4 => "uint4",
            Self::U8 => "uint8",
            Self::U16 => "uint16",
            Self::U32 => "uint32",
            Self::U64 => "uint64",
            Self::Bool => "bool",
        })
    }
}

/// One entry of a shape: a number, or the batch that the circuit does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dim {
    Known(i64),
    Batch,
}

#[derive(Debug, Clone, PartialEq)]
pub enum TensorData {
    F32(Vec<f32>),
    F64(Vec<f64>),
    I8(Vec<i8>),
    I16(Vec<i16>),
    I32(Vec<i32>),
    I64(Vec<i64>),
    U8(Vec<u8>),
    U16(Vec<u16>),
    U32(Vec<u32>),
    U64(Vec<u64>),
    Bool(Vec<bool>),
    /// int64 shape entries of which at least one is the batch.
    Dims(Vec<Dim>),
}

/// One body for every variant of `TensorData`.
macro_rules! each {
    ($data:expr, $v:ident => $body:expr) => {
        match $data {
            TensorData::F32($v) => $body,
            TensorData::F64($v) => $body,
            TensorData::I8($v) => $body,
            TensorData::I16($v) => $body,
            TensorData::I32($v) => $body,
            TensorData::I64($v) => $body,
            TensorData::U8($v) => $body,
            TensorData::U16($v) => $body,
            TensorData::U32($v) => $body,
            TensorData::U64($v) => $body,
            TensorData::Bool($v) => $body,
            TensorData::Dims($v) => $body,
        }
    };
}

/// As `each!`, giving back `TensorData` of the same variant.
macro_rules! map_each {
    ($data:expr, $v:ident => $body:expr) => {{
        use TensorData as D;
        match $data {
            D::F32($v) => D::F32($body),
            D::F64($v) => D::F64($body),
            D::I8($v) => D::I8($body),
            D::I16($v) => D::I16($body),
            D::I32($v) => D::I32($body),
            D::I64($v) => D::I64($body),
            D::U8($v) => D::U8($body),
            D::U16($v) => D::U16($body),
            D::U32($v) => D::U32($body),
            D::U64($v) => D::U64($body),
            D::Bool($v) => D::Bool($body),
            D::Dims($v) => D::Dims($body),
        }
    }};
}
impl TensorData {
    pub fn len(&self) -> usize {
        each!(self, v => v.len())
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn element(&self) -> ElementType {
        match self {
            Self::F32(_) => ElementType::F32,
            Self::F64(_) => ElementType::F64,
            Self::I8(_) => ElementType::I8,
            Self::I16(_) => ElementType::I16,
            Self::I32(_) => ElementType::I32,
            Self::I64(_) | Self::Dims(_) => ElementType::I64,
            Self::U8(_) => ElementType::U8,
            Self::U16(_) => ElementType::U16,
            Self::U32(_) => ElementType::U32,
            Self::U64(_) => ElementType::U64,
            Self::Bool(_) => ElementType::Bool,
        }
    }
}

/// A constant. `element` is the type the file declares, which `data` may hold widened.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    pub shape: Vec<usize>,
    pub data: TensorData,
    pub element: ElementType,
}

impl Tensor {
    /// `shape` and `data` must agree: callers have checked it.
    pub fn new(shape: Vec<usize>, data: TensorData) -> Self {
        debug_assert_eq!(shape.iter().product::<usize>(), data.len());
        let element = data.element();
        Tensor {
            shape,
            data,
            element,
        }
    }

    pub fn scalar_i64(value: i64) -> Self {
        Tensor::new(vec![], TensorData::I64(vec![value]))
    }

    pub fn vector_i64(values: Vec<i64>) -> Self {
        Tensor::new(vec![values.len()], TensorData::I64(values))
    }

    /// A shape as a tensor: plain int64 when no entry is the batch.
    pub fn from_dims(shape: Vec<usize>, dims: Vec<Dim>) -> Self {
        let known = dims.iter().map(|d| match d {
            Dim::Known(n) => Some(*n),
            Dim::Batch => None,
        });
        let data = match known.collect::<Option<Vec<i64>>>() {
            Some(numbers) => TensorData::I64(numbers),
            None => TensorData::Dims(dims),
        };
        Tensor::new(shape, data)
    }

    pub fn len(&self) -> usize {
        self.data.len()
    }

    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    pub fn rank(&self) -> usize {
        self.shape.len()
    }

    /// The elements `source` of this tensor, in that order, as a tensor of `shape`.
    pub fn pick(&self, shape: Vec<usize>, source: &[usize]) -> Tensor {
        let data = map_each!(&self.data, v => source.iter().map(|&i| v[i]).collect());
        let picked = match data {
            TensorData::Dims(dims) => Tensor::from_dims(shape, dims),
            data => Tensor::new(shape, data),
        };
        Tensor {
            element: self.element,
            ..picked
        }
    }

    pub fn floats(&self) -> Option<&[f32]> {
        match &self.data {
            TensorData::F32(v) => Some(v),
            _ => None,
        }
    }

    /// The elements as int64: integers that fit and booleans; `None` for anything else.
    pub fn to_i64s(&self) -> Option<Vec<i64>> {
        Some(match &self.data {
            TensorData::I8(v) => v.iter().map(|&x| x.into()).collect(),
            TensorData::I16(v) => v.iter().map(|&x| x.into()).collect(),
            TensorData::I32(v) => v.iter().map(|&x| x.into()).collect(),
            TensorData::I64(v) => v.clone(),
            TensorData::U8(v) => v.iter().map(|&x| x.into()).collect(),
            TensorData::U16(v) => v.iter().map(|&x| x.into()).collect(),
            TensorData::U32(v) => v.iter().map(|&x| x.into()).collect(),
            TensorData::U64(v) => v
                .iter()
                .map(|&x| x.try_into().ok())
                .collect::<Option<_>>()?,
            TensorData::Bool(v) => v.iter().map(|&x| x.into()).collect(),
            TensorData::F32(_) | TensorData::F64(_) | TensorData::Dims(_) => return None,
        })
    }

    /// The elements as float64, exactly; `None` where that would round, and for shapes with a batch.
    pub fn to_f64s(&self) -> Option<Vec<f64>> {
        match &self.data {
            TensorData::F32(v) => Some(v.iter().map(|&x| x.into()).collect()),
            TensorData::F64(v) => Some(v.clone()),
            _ => self
                .to_i64s()?
                .into_iter()
                .map(|x| (x.unsigned_abs() <= 1 << 53).then_some(x as f64))
                .collect(),
        }
    }

    /// The elements as shape entries: integers, of which some may be the batch.
    pub fn to_dims(&self) -> Option<Vec<Dim>> {
        match &self.data {
            TensorData::Dims(dims) => Some(dims.clone()),
            _ => Some(self.to_i64s()?.into_iter().map(Dim::Known).collect()),
        }
    }

    /// This shape tensor with the batch as a number.
    pub fn with_batch(&self, batch: i64) -> Tensor {
        let TensorData::Dims(dims) = &self.data else {
            return self.clone();
        };
        let numbers = dims.iter().map(|d| match d {
            Dim::Known(n) => *n,
            Dim::Batch => batch,
        });
        Tensor::new(self.shape.clone(), TensorData::I64(numbers.collect()))
    }

    /// The position of the first NaN or infinity.
    pub fn first_non_finite(&self) -> Option<usize> {
        match &self.data {
            TensorData::F32(v) => v.iter().position(|x| !x.is_finite()),
            TensorData::F64(v) => v.iter().position(|x| !x.is_finite()),
            _ => None,
        }
    }
}
