//! MLIR text in and out: the one place where raw MLIR handles live.
//!
//! A level is exchanged, verified and kept as MLIR text in generic form. `parse` hands
//! the text to MLIR, whose parser and IRDL verifier check it against our dialects, and
//! returns it as plain data; each dialect reads its own graph from that.
//! Nothing outside this file sees a melior value.

#![allow(unsafe_code)]

use melior::{
    Context,
    dialect::{DialectHandle, DialectRegistry},
    ir::{
        Attribute, AttributeLike, BlockLike, Module, OperationRef, RegionLike, Type, TypeLike,
        ValueLike,
        attribute::{
            ArrayAttribute, DenseElementsAttribute, DenseI64ArrayAttribute, DictionaryAttribute,
            StringAttribute,
        },
        operation::OperationLike,
        r#type::IntegerType as MlirIntegerType,
    },
};
use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::{Arc, Mutex};

use crate::{Diagnostic, Result, guard};

/// A function of one level as plain data, in the order of the text.
#[derive(Debug, Default)]
pub struct RawFunction {
    pub name: String,
    pub source: Option<String>,
    pub arguments: Vec<String>,
    pub results: Vec<String>,
    pub attributes: Vec<(String, RawAttribute)>,
    pub ops: Vec<RawOp>,
    /// Values returned, numbered: arguments first, then one value per op.
    pub returned: Vec<usize>,
}

#[derive(Debug)]
pub struct RawOp {
    /// `fx.add`
    pub name: String,
    pub operands: Vec<usize>,
    pub attributes: Vec<(String, RawAttribute)>,
    pub result_type: String,
    pub layer: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum RawAttribute {
    Integer(i128),
    Float(f64),
    String(String),
    Integers(Vec<i64>),
    Doubles(Vec<f64>),
    Floats { shape: Vec<usize>, values: Vec<f32> },
    IntegerTensor { shape: Vec<usize>, values: Vec<i64> },
    Array(Vec<RawAttribute>),
    Dictionary(Vec<(String, RawAttribute)>),
}

/// The elements of the largest constant that is read.
pub const MOST_ELEMENTS: usize = 1 << 24;

/// Looks a key up in an attribute dictionary.
pub fn find<'a>(attributes: &'a [(String, RawAttribute)], key: &str) -> Option<&'a RawAttribute> {
    attributes
        .iter()
        .find(|(name, _)| name == key)
        .map(|(_, value)| value)
}

/// A context that knows `func` and our dialects, and collects MLIR's messages.
fn context() -> Result<(Context, Arc<Mutex<Vec<String>>>)> {
    // Only the two dialects our text is made of: naming all of MLIR's would link them all.
    let registry = DialectRegistry::new();
    DialectHandle::func().insert_dialect(&registry);
    // SAFETY: the handle is a constant of the library; the call reads it.
    let irdl = unsafe { DialectHandle::from_raw(mlir_sys::mlirGetDialectHandle__irdl__()) };
    irdl.insert_dialect(&registry);
    let context = Context::new_with_threading(false);
    context.append_dialect_registry(&registry);
    for name in ["func", "irdl"] {
        context.get_or_load_dialect(name);
    }
    let messages = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&messages);
    context.attach_diagnostic_handler(move |diagnostic| {
        if let Ok(mut messages) = sink.lock() {
            messages.push(format!("{}: {diagnostic}", diagnostic.location()));
        }
        true
    });
    for dialect in [crate::nn::irdl(), crate::flow::irdl(), crate::fx::irdl()] {
        let module = Module::parse(&context, &dialect).ok_or_else(|| {
            Diagnostic::new("a dialect definition is malformed").note(messages_of(&messages))
        })?;
        // SAFETY: the module is alive for the call; the dialects are copied into the context.
        let loaded = unsafe { mlir_sys::mlirLoadIRDLDialects(module.to_raw()) };
        if loaded.value == 0 {
            return Err(
                Diagnostic::new("a dialect could not be loaded").note(messages_of(&messages))
            );
        }
    }
    Ok((context, messages))
}

fn messages_of(messages: &Mutex<Vec<String>>) -> String {
    messages
        .lock()
        .map(|messages| messages.join("; "))
        .unwrap_or_default()
}

/// Parses and verifies one module with one function.
///
/// Errors: whatever MLIR's parser or the IRDL verifier says, or a module that holds
/// anything but one `func.func` of one block.
pub fn parse(text: &str) -> Result<RawFunction> {
    let (functions, source) = parse_all(text)?;
    match <[RawFunction; 1]>::try_from(functions) {
        Ok([function]) => Ok(RawFunction { source, ..function }),
        Err(_) => Err(Diagnostic::new(
            "a module of one level holds exactly one func.func",
        )),
    }
}

/// Parses and verifies one module: its functions and the model file it came from.
///
/// Errors: whatever MLIR's parser or the IRDL verifier says, or a module that holds anything
/// but `func.func`s of one block.
pub fn parse_all(text: &str) -> Result<(Vec<RawFunction>, Option<String>)> {
    guard::check(text)?;
    let (context, messages) = context()?;
    let refuse = |sentence: &str| {
        let messages = messages_of(&messages);
        let finding = Diagnostic::new(sentence);
        match messages.is_empty() {
            true => finding,
            false => finding.note(messages),
        }
    };
    let module =
        Module::parse(&context, text).ok_or_else(|| refuse("MLIR cannot read this module"))?;
    if !module.as_operation().verify() {
        return Err(refuse("MLIR's verifier rejects this module"));
    }
    let mut functions = Vec::new();
    let mut next = module.body().first_operation();
    while let Some(op) = next {
        functions.push(op);
        next = op.next_in_block();
    }
    let mut raw = Vec::with_capacity(functions.len());
    for function in functions {
        let name = name_of(&function);
        if name != "func.func" {
            return Err(refuse(&format!("found {name} where a func.func belongs")));
        }
        raw.push(read_function(function)?);
    }
    let source = attributes_of(&module.as_operation())?
        .iter()
        .find_map(|(key, value)| match (key.as_str(), value) {
            ("kaon.source", RawAttribute::String(source)) => Some(source.clone()),
            _ => None,
        });
    Ok((raw, source))
}

fn name_of<'c: 'a, 'a>(op: &impl OperationLike<'c, 'a>) -> String {
    op.name().as_string_ref().as_str().unwrap_or("").to_string()
}

fn read_function(function: OperationRef<'_, '_>) -> Result<RawFunction> {
    let mut raw = RawFunction::default();
    for (name, value) in attributes_of(&function)? {
        match (name.as_str(), value) {
            ("sym_name", RawAttribute::String(symbol)) => raw.name = symbol,
            ("function_type", _) => {}
            (_, value) => raw.attributes.push((name, value)),
        }
    }
    let missing = || Diagnostic::new("the function has no body");
    let region = function.region(0).map_err(|_| missing())?;
    let block = region.first_block().ok_or_else(missing)?;
    let mut numbers: HashMap<*const c_void, usize> = HashMap::new();
    for index in 0..block.argument_count() {
        let argument = block.argument(index).map_err(|_| missing())?;
        numbers.insert(argument.to_raw().ptr, numbers.len());
        raw.arguments.push(argument.r#type().to_string());
    }
    let mut next = block.first_operation();
    while let Some(op) = next {
        let name = name_of(&op);
        let operands = op
            .operands()
            .map(|operand| {
                let number = numbers.get(&operand.to_raw().ptr).copied();
                number
                    .ok_or_else(|| Diagnostic::new(format!("{name} uses a value of another block")))
            })
            .collect::<Result<Vec<_>>>()?;
        if name == "func.return" {
            raw.results = op.operands().map(|v| v.r#type().to_string()).collect();
            raw.returned = operands;
            return Ok(raw);
        }
        let result = op
            .result(0)
            .ok()
            .filter(|_| op.result_count() == 1)
            .ok_or_else(|| Diagnostic::new(format!("{name} does not have one result")))?;
        numbers.insert(result.to_raw().ptr, numbers.len());
        raw.ops.push(RawOp {
            operands,
            attributes: attributes_of(&op)?,
            result_type: result.r#type().to_string(),
            layer: layer_of(&op),
            name,
        });
        next = op.next_in_block();
    }
    Err(Diagnostic::new("the function does not return"))
}

fn attributes_of<'c: 'a, 'a>(
    op: &impl OperationLike<'c, 'a>,
) -> Result<Vec<(String, RawAttribute)>> {
    let mut found = Vec::with_capacity(op.attribute_count());
    for (name, value) in op.attributes() {
        let name = name.as_string_ref().as_str().unwrap_or("").to_string();
        found.push((name, read_attribute(value)?));
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(found)
}

/// A string of MLIR's, which points at nothing where it is empty; `None` if it is no UTF-8.
fn text_of(raw: mlir_sys::MlirStringRef) -> Option<String> {
    String::from_utf8(bytes_of(raw)).ok()
}

fn bytes_of(raw: mlir_sys::MlirStringRef) -> Vec<u8> {
    match raw.length {
        0 => vec![],
        // SAFETY: MLIR gives as many bytes, which live as long as its context.
        length => unsafe { std::slice::from_raw_parts(raw.data.cast::<u8>(), length).to_vec() },
    }
}

fn read_attribute(attribute: Attribute<'_>) -> Result<RawAttribute> {
    let unreadable = || {
        let text: String = attribute.to_string().chars().take(80).collect();
        Diagnostic::new(format!("attribute `{text}` has no use here"))
    };
    if attribute.is_string() {
        let text = StringAttribute::try_from(attribute).map_err(|_| unreadable())?;
        // SAFETY: the attribute is a string and alive.
        let text = text_of(unsafe { mlir_sys::mlirStringAttrGetValue(text.to_raw()) });
        return Ok(RawAttribute::String(text.ok_or_else(unreadable)?));
    }
    if attribute.is_dense_i64_array() {
        let array = DenseI64ArrayAttribute::try_from(attribute).map_err(|_| unreadable())?;
        let values = (0..array.len()).map(|index| array.element(index));
        let values = values.collect::<Result<Vec<_>, _>>();
        return Ok(RawAttribute::Integers(values.map_err(|_| unreadable())?));
    }
    // SAFETY: the attribute is alive; positions are inside it.
    unsafe {
        let raw = attribute.to_raw();
        if mlir_sys::mlirAttributeIsADenseF64Array(raw) {
            let positions = 0..mlir_sys::mlirDenseArrayGetNumElements(raw);
            let values = positions.map(|at| mlir_sys::mlirDenseF64ArrayGetElement(raw, at));
            return Ok(RawAttribute::Doubles(values.collect()));
        }
    }
    if attribute.is_array() {
        let array = ArrayAttribute::try_from(attribute).map_err(|_| unreadable())?;
        let items = (0..array.len())
            .map(|index| read_attribute(array.element(index).map_err(|_| unreadable())?))
            .collect::<Result<Vec<_>>>()?;
        return Ok(RawAttribute::Array(items));
    }
    if attribute.is_dictionary() {
        let dictionary = DictionaryAttribute::try_from(attribute).map_err(|_| unreadable())?;
        let mut items = Vec::with_capacity(dictionary.len());
        for index in 0..dictionary.len() {
            let (name, value) = dictionary.element(index).map_err(|_| unreadable())?;
            let name = name.as_string_ref().as_str().unwrap_or("").to_string();
            items.push((name, read_attribute(value)?));
        }
        return Ok(RawAttribute::Dictionary(items));
    }
    if attribute.is_dense_elements() {
        return read_dense(attribute).ok_or_else(unreadable);
    }
    // Integers of any width, floats and everything else have a text that says it all.
    let text = attribute.to_string();
    let value = text.split(" : ").next().unwrap_or(&text);
    match value {
        "true" => return Ok(RawAttribute::Integer(1)),
        "false" => return Ok(RawAttribute::Integer(0)),
        _ => {}
    }
    if let Ok(integer) = value.parse::<i128>() {
        return Ok(RawAttribute::Integer(integer));
    }
    match value.parse::<f64>() {
        Ok(float) => Ok(RawAttribute::Float(float)),
        Err(_) => Ok(RawAttribute::String(text)),
    }
}

fn read_dense(attribute: Attribute<'_>) -> Option<RawAttribute> {
    let dense = DenseElementsAttribute::try_from(attribute).ok()?;
    // SAFETY: the attribute is a shaped, dense one; its type lives as long as its context.
    let (shape, element) = unsafe {
        let shaped = mlir_sys::mlirAttributeGetType(attribute.to_raw());
        let rank = mlir_sys::mlirShapedTypeGetRank(shaped);
        let shape = (0..rank as isize)
            .map(|d| usize::try_from(mlir_sys::mlirShapedTypeGetDimSize(shaped, d)).ok())
            .collect::<Option<Vec<_>>>()?;
        let element = Type::from_raw(mlir_sys::mlirShapedTypeGetElementType(shaped));
        (shape, element)
    };
    let raw = attribute.to_raw();
    // One element can stand for as many as a type claims.
    let count = shape
        .iter()
        .try_fold(1usize, |n, &size| n.checked_mul(size));
    let count = count.filter(|&count| count <= MOST_ELEMENTS && count == dense.len())?;
    let positions = 0..count as isize;
    if element.is_f32() {
        // SAFETY: positions are inside an attribute of float32 elements.
        let values =
            positions.map(|at| unsafe { mlir_sys::mlirDenseElementsAttrGetFloatValue(raw, at) });
        let values = values.collect();
        return Some(RawAttribute::Floats { shape, values });
    }
    let integer = MlirIntegerType::try_from(element).ok()?;
    if integer.width() != 64 {
        return None;
    }
    // SAFETY: positions are inside an attribute of 64-bit integer elements.
    let values =
        positions.map(|at| unsafe { mlir_sys::mlirDenseElementsAttrGetInt64Value(raw, at) });
    let values = values.collect();
    Some(RawAttribute::IntegerTensor { shape, values })
}

fn layer_of<'c: 'a, 'a>(op: &impl OperationLike<'c, 'a>) -> Option<String> {
    let location = op.location().to_raw();
    // SAFETY: the location lives in the op's context; its name is copied before use ends.
    unsafe {
        if !mlir_sys::mlirLocationIsAName(location) {
            return None;
        }
        let name = mlir_sys::mlirIdentifierStr(mlir_sys::mlirLocationNameGetName(location));
        Some(String::from_utf8_lossy(&bytes_of(name)).into_owned())
    }
}

/// A string as MLIR writes it, quotes included.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => {
                quoted.push('\\');
                quoted.push(byte as char);
            }
            0x20..=0x7e => quoted.push(byte as char),
            _ => quoted.push_str(&format!("\\{byte:02X}")),
        }
    }
    quoted.push('"');
    quoted
}

/// A symbol MLIR reads without quotes, or the quoted name.
pub fn symbol(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match name.chars().all(plain)
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
    {
        true => name.to_string(),
        false => quote(name),
    }
}

/// A float32 as MLIR reads it back exactly.
pub fn float(value: f32) -> String {
    with_point(format!("{value:?}"))
}

/// A float64 as MLIR reads it back exactly.
pub fn double(value: f64) -> String {
    match value.is_finite() {
        true => with_point(format!("{value:?}")),
        false => format!("{:#X}", value.to_bits()),
    }
}

/// MLIR wants a point in front of an exponent.
fn with_point(text: String) -> String {
    match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) if !mantissa.contains('.') => {
            format!("{mantissa}.0e{exponent}")
        }
        _ => text,
    }
}

/// `dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>`; one repeated element prints once.
pub fn dense<T: PartialEq>(
    shape: &[usize],
    values: &[T],
    element: &str,
    print: impl Fn(&T) -> String,
) -> String {
    let mut text = String::from("dense<");
    match values {
        [first, rest @ ..] if rest.iter().all(|value| value == first) => {
            text.push_str(&print(first));
        }
        _ => nested(&mut text, shape, values, &print),
    }
    text.push_str("> : tensor<");
    for size in shape {
        text.push_str(&format!("{size}x"));
    }
    text.push_str(element);
    text.push('>');
    text
}

fn nested<T>(text: &mut String, shape: &[usize], values: &[T], print: &impl Fn(&T) -> String) {
    let Some((&outer, inner)) = shape.split_first() else {
        text.push_str(&values.first().map(print).unwrap_or_default());
        return;
    };
    text.push('[');
    let step = values.len() / outer.max(1);
    for (index, part) in values.chunks(step.max(1)).enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        nested(text, inner, part, print);
    }
    text.push(']');
}
