//! The LLVM dialect of a piece as a function over lanes.
//!
//! Arc gives a function of one block over a block of state: loads of the inputs, integer
//! operations, stores of the outputs. Here each of its integers `iN` becomes a vector of one
//! `iN` for each lane, or stays as it is for a single lane, and each place in the state is the
//! slot of the port that stands there. All inputs are loaded before anything is stored, so a
//! register may be read and written in one place.

use std::collections::HashMap;

use dialects::{Diagnostic, Result};
use inkwell::attributes::AttributeLoc;
use inkwell::builder::{Builder, BuilderError};
use inkwell::context::Context;
use inkwell::module::{Linkage, Module};
use inkwell::types::{BasicType, BasicTypeEnum, IntType, VectorType};
use inkwell::values::{BasicValue, BasicValueEnum, IntMathValue, IntValue, PointerValue};
use inkwell::{AddressSpace, IntPredicate};

use super::layout::{ALIGNMENT, Slot};
use super::table;
use crate::fx_to_llvm::machine::Machine;
use crate::fx_to_llvm::raw;

/// What arc keeps before the ports: its time and its next wake-up, which nothing here reads.
const HEADER: usize = 24;

/// The places of a piece's ports in arc's state, and their slots.
pub struct Ports {
    pub inputs: HashMap<usize, Slot>,
    pub outputs: HashMap<usize, Slot>,
}

/// The function `name` of arc's text, as `void name(_, _, _, state)`.
///
/// Errors: an op that arc does not give for logic.
pub fn module<'ctx>(
    context: &'ctx Context,
    machine: &Machine,
    name: &str,
    text: &str,
    ports: &Ports,
    lanes: usize,
) -> Result<Module<'ctx>> {
    let module = context.create_module(name);
    let pointer = context.ptr_type(AddressSpace::default());
    let parameters = [
        pointer.into(),
        pointer.into(),
        context.i64_type().into(),
        pointer.into(),
    ];
    let ty = context.void_type().fn_type(&parameters, false);
    let function = module.add_function(name, ty, Some(Linkage::External));
    for (key, value) in machine.attributes() {
        let attribute = context.create_string_attribute(key, &value);
        function.add_attribute(AttributeLoc::Function, attribute);
    }
    let builder = context.create_builder();
    builder.position_at_end(context.append_basic_block(function, ""));
    let state = function
        .get_nth_param(3)
        .expect("the function was just made");
    let mut emitter = Emitter {
        context,
        builder,
        module: &module,
        state: state.into_pointer_value(),
        lanes: lanes as u32,
        ports,
        known: HashMap::new(),
        loaded: HashMap::new(),
    };
    emitter.load_inputs().map_err(refused)?;
    for line in text.lines().map(str::trim) {
        let emitted = emitter.line(line);
        let done = emitted.map_err(refused)?;
        done.ok_or_else(|| {
            let line: String = line.chars().take(160).collect();
            Diagnostic::new("CIRCT gives an op that the simulation does not know").note(line)
        })?;
    }
    emitter.builder.build_return(None).map_err(refused)?;
    module.verify().map_err(refused)?;
    Ok(module)
}

fn refused(reason: impl std::fmt::Display) -> Diagnostic {
    Diagnostic::new(format!("LLVM refuses an instruction: {reason}"))
}

/// What a name of the text stands for.
#[derive(Clone, Copy)]
enum Value<'ctx> {
    Lanes(BasicValueEnum<'ctx>),
    /// So many bytes into arc's state.
    State(usize),
    /// The entries of a table.
    Table(PointerValue<'ctx>, usize),
    Entry(PointerValue<'ctx>, usize, BasicValueEnum<'ctx>),
}

struct Emitter<'ctx, 'a> {
    context: &'ctx Context,
    builder: Builder<'ctx>,
    module: &'a Module<'ctx>,
    state: PointerValue<'ctx>,
    lanes: u32,
    ports: &'a Ports,
    known: HashMap<String, Value<'ctx>>,
    loaded: HashMap<usize, BasicValueEnum<'ctx>>,
}

type Emitted<T> = std::result::Result<T, BuilderError>;

impl<'ctx> Emitter<'ctx, '_> {
    fn int(&self, width: u32) -> IntType<'ctx> {
        let width = std::num::NonZeroU32::new(width).expect("no value is without bits");
        let ty = self.context.custom_width_int_type(width);
        ty.expect("LLVM has integers of this width")
    }

    fn ty(&self, width: u32) -> BasicTypeEnum<'ctx> {
        match self.lanes {
            1 => self.int(width).into(),
            lanes => self.int(width).vec_type(lanes).into(),
        }
    }

    fn slot(&self, slot: Slot) -> Emitted<PointerValue<'ctx>> {
        let offset = self.context.i64_type().const_int(slot.offset as u64, false);
        raw::offset(&self.builder, self.context.i8_type(), self.state, offset)
    }

    fn alignment(&self, slot: Slot) -> u32 {
        let size = slot.bytes * self.lanes as usize;
        size.min(ALIGNMENT) as u32
    }

    fn load_inputs(&mut self) -> Emitted<()> {
        let mut inputs: Vec<(usize, Slot)> =
            self.ports.inputs.iter().map(|(a, b)| (*a, *b)).collect();
        inputs.sort_unstable_by_key(|(at, _)| *at);
        for (at, slot) in inputs {
            let pointer = self.slot(slot)?;
            let value = self
                .builder
                .build_load(self.ty(8 * slot.bytes as u32), pointer, "")?;
            let load = value
                .as_instruction_value()
                .expect("a load is an instruction");
            load.set_alignment(self.alignment(slot))
                .expect("a power of two");
            let value = self.resize(value, slot.width, false)?;
            self.loaded.insert(at, value);
        }
        Ok(())
    }

    /// `None` for an op that is not known.
    fn line(&mut self, line: &str) -> Emitted<Option<()>> {
        if let Some(rest) = line.strip_prefix("llvm.mlir.global ") {
            return Ok(self.table(rest));
        }
        if let Some(rest) = line.strip_prefix("llvm.store ") {
            return self.store(rest);
        }
        match line.split_once(" = llvm.") {
            Some((result, text)) => {
                let Some(value) = self.value(text)? else {
                    return Ok(None);
                };
                let name = result.trim_start_matches('%').to_string();
                self.known.insert(name, value);
                Ok(Some(()))
            }
            None => {
                let frame = line.is_empty()
                    || ["module ", "llvm.func ", "}"]
                        .iter()
                        .any(|word| line.starts_with(word))
                    || line == "llvm.return";
                Ok(frame.then_some(()))
            }
        }
    }

    fn table(&mut self, text: &str) -> Option<()> {
        let table = table::read(text)?;
        let ty = self.int(8 * table.bytes as u32);
        let entries = table
            .entries
            .iter()
            .map(|entry| ty.const_int_arbitrary_precision(&[*entry as u64, (*entry >> 64) as u64]));
        let data = ty.const_array(&entries.collect::<Vec<_>>());
        let global = self.module.add_global(data.get_type(), None, &table.name);
        global.set_initializer(&data);
        global.set_constant(true);
        global.set_linkage(Linkage::Internal);
        let value = Value::Table(global.as_pointer_value(), table.bytes);
        self.known.insert(format!("@{}", table.name), value);
        Some(())
    }

    /// `%value, %place : type, !llvm.ptr`
    fn store(&mut self, text: &str) -> Emitted<Option<()>> {
        let names: Vec<&str> = crate::hw_text::names(text).collect();
        let [Some(Value::Lanes(value)), Some(Value::State(at))] =
            [names.first(), names.get(1)].map(|name| self.known.get(*name?).copied())
        else {
            return Ok(None);
        };
        let Some(slot) = self.ports.outputs.get(&at) else {
            return Ok((at < HEADER).then_some(()));
        };
        let value = self.resize(value, 8 * slot.bytes as u32, false)?;
        let store = self.builder.build_store(self.slot(*slot)?, value)?;
        store
            .set_alignment(self.alignment(*slot))
            .expect("a power of two");
        Ok(Some(()))
    }

    fn value(&mut self, text: &str) -> Emitted<Option<Value<'ctx>>> {
        if let Some(rest) = text.strip_prefix("mlir.constant(") {
            return Ok(constant(rest).map(|(value, width)| Value::Lanes(self.splat(value, width))));
        }
        let Some((op, rest)) = text.split_once(' ') else {
            return Ok(None);
        };
        let operands: Option<Vec<Value>> = crate::hw_text::names(rest)
            .map(|name| match name {
                "arg0" => Some(Value::State(0)),
                name => self.known.get(name).copied(),
            })
            .collect();
        let Some(operands) = operands else {
            return Ok(None);
        };
        match (op, &operands[..]) {
            ("mlir.addressof", []) => {
                let name = rest.split(' ').next().unwrap_or_default();
                Ok(self.known.get(name).copied())
            }
            ("getelementptr", [Value::State(_)]) => {
                let offset = rest.split(['[', ']']).nth(1).and_then(|at| at.parse().ok());
                Ok(offset.map(Value::State))
            }
            ("getelementptr", [Value::Table(table, bytes), Value::Lanes(index)]) => {
                Ok(Some(Value::Entry(*table, *bytes, *index)))
            }
            ("getelementptr", [Value::Table(table, bytes)]) => {
                let index = rest.split(['[', ']']).nth(1);
                let index = index.and_then(|index| index.strip_prefix("0, ")?.parse().ok());
                let entry = |index| Value::Entry(*table, *bytes, self.splat(index, 64));
                Ok(index.map(entry))
            }
            ("load", [Value::State(at)]) => Ok(self.loaded.get(at).copied().map(Value::Lanes)),
            ("load", [Value::Entry(table, bytes, index)]) => {
                let Some(width) = last_width(rest) else {
                    return Ok(None);
                };
                let entry = self.look_up(*table, *bytes, *index)?;
                Ok(Some(Value::Lanes(self.resize(entry, width, false)?)))
            }
            ("trunc" | "zext" | "sext", [Value::Lanes(value)]) => {
                let Some(width) = rest.rsplit(" to ").next().and_then(crate::hw_text::width) else {
                    return Ok(None);
                };
                Ok(Some(Value::Lanes(self.resize(
                    *value,
                    width,
                    op == "sext",
                )?)))
            }
            ("select", [Value::Lanes(by), Value::Lanes(a), Value::Lanes(b)]) => {
                let value = match *by {
                    BasicValueEnum::IntValue(by) => self.builder.build_select(by, *a, *b, "")?,
                    BasicValueEnum::VectorValue(by) => self.builder.build_select(by, *a, *b, "")?,
                    _ => return Ok(None),
                };
                Ok(Some(Value::Lanes(value)))
            }
            (_, [Value::Lanes(a), Value::Lanes(b)]) => {
                let value = match (*a, *b) {
                    (BasicValueEnum::IntValue(a), BasicValueEnum::IntValue(b)) => {
                        self.binary(op, rest, a, b)?
                    }
                    (BasicValueEnum::VectorValue(a), BasicValueEnum::VectorValue(b)) => {
                        self.binary(op, rest, a, b)?
                    }
                    _ => None,
                };
                Ok(value.map(Value::Lanes))
            }
            _ => Ok(None),
        }
    }

    fn binary<T: IntMathValue<'ctx>>(
        &self,
        op: &str,
        text: &str,
        a: T,
        b: T,
    ) -> Emitted<Option<BasicValueEnum<'ctx>>> {
        let builder = &self.builder;
        let value = match op {
            "add" => builder.build_int_add(a, b, "")?,
            "sub" => builder.build_int_sub(a, b, "")?,
            "mul" => builder.build_int_mul(a, b, "")?,
            "and" => builder.build_and(a, b, "")?,
            "or" => builder.build_or(a, b, "")?,
            "xor" => builder.build_xor(a, b, "")?,
            "shl" => builder.build_left_shift(a, b, "")?,
            "lshr" => builder.build_right_shift(a, b, false, "")?,
            "ashr" => builder.build_right_shift(a, b, true, "")?,
            "icmp" => {
                let predicate = match text.split('"').nth(1) {
                    Some("eq") => IntPredicate::EQ,
                    Some("ne") => IntPredicate::NE,
                    Some("ult") => IntPredicate::ULT,
                    Some("ule") => IntPredicate::ULE,
                    Some("ugt") => IntPredicate::UGT,
                    Some("uge") => IntPredicate::UGE,
                    Some("slt") => IntPredicate::SLT,
                    Some("sle") => IntPredicate::SLE,
                    Some("sgt") => IntPredicate::SGT,
                    Some("sge") => IntPredicate::SGE,
                    _ => return Ok(None),
                };
                let compared = builder.build_int_compare(predicate, a, b, "")?;
                return Ok(Some(compared.as_basic_value_enum()));
            }
            _ => return Ok(None),
        };
        Ok(Some(value.as_basic_value_enum()))
    }

    /// The value in all lanes.
    fn splat(&self, value: i128, width: u32) -> BasicValueEnum<'ctx> {
        let sign = (value >> 127) as u64;
        let low = [value as u64, (value >> 64) as u64];
        let words = low.into_iter().chain(std::iter::repeat(sign));
        let words: Vec<u64> = words.take(width.div_ceil(64) as usize).collect();
        let value = self.int(width).const_int_arbitrary_precision(&words);
        match self.lanes {
            1 => value.into(),
            lanes => VectorType::const_vector(&vec![value; lanes as usize]).into(),
        }
    }

    fn resize(
        &self,
        value: BasicValueEnum<'ctx>,
        width: u32,
        signed: bool,
    ) -> Emitted<BasicValueEnum<'ctx>> {
        let builder = &self.builder;
        match value {
            BasicValueEnum::VectorValue(value) => {
                let from = value
                    .get_type()
                    .get_element_type()
                    .into_int_type()
                    .get_bit_width();
                let ty = self.int(width).vec_type(self.lanes);
                Ok(match width {
                    _ if width < from => builder.build_int_truncate(value, ty, "")?,
                    _ if width == from => value,
                    _ if signed => builder.build_int_s_extend(value, ty, "")?,
                    _ => builder.build_int_z_extend(value, ty, "")?,
                }
                .into())
            }
            value => {
                let value = value.into_int_value();
                let (from, ty) = (value.get_type().get_bit_width(), self.int(width));
                Ok(match width {
                    _ if width < from => builder.build_int_truncate(value, ty, "")?,
                    _ if width == from => value,
                    _ if signed => builder.build_int_s_extend(value, ty, "")?,
                    _ => builder.build_int_z_extend(value, ty, "")?,
                }
                .into())
            }
        }
    }

    /// A container of a table for each lane; the index has no sign.
    fn look_up(
        &self,
        table: PointerValue<'ctx>,
        bytes: usize,
        index: BasicValueEnum<'ctx>,
    ) -> Emitted<BasicValueEnum<'ctx>> {
        let container = self.int(8 * bytes as u32);
        let entry = |index: IntValue<'ctx>| -> Emitted<BasicValueEnum<'ctx>> {
            let i64 = self.context.i64_type();
            let index = match index.get_type().get_bit_width() {
                0..64 => self.builder.build_int_z_extend(index, i64, "")?,
                64 => index,
                _ => self.builder.build_int_truncate(index, i64, "")?,
            };
            let size = i64.const_int(bytes as u64, false);
            let offset = self.builder.build_int_mul(index, size, "")?;
            let at = raw::offset(&self.builder, self.context.i8_type(), table, offset)?;
            self.builder
                .build_load(container.as_basic_type_enum(), at, "")
        };
        let BasicValueEnum::VectorValue(indices) = index else {
            return entry(index.into_int_value());
        };
        let mut entries = container.vec_type(self.lanes).get_poison();
        for lane in 0..self.lanes {
            let lane = self.context.i32_type().const_int(lane.into(), false);
            let index = self.builder.build_extract_element(indices, lane, "")?;
            let value = entry(index.into_int_value())?;
            entries = self
                .builder
                .build_insert_element(entries, value, lane, "")?;
        }
        Ok(entries.into())
    }
}

/// `3 : i17) : i17`, `true) : i1`
fn constant(text: &str) -> Option<(i128, u32)> {
    let (value, ty) = text.split_once(')')?;
    let width = crate::hw_text::width(ty.trim_start_matches(" : "))?;
    let value = match value.split_once(" : ").map_or(value, |(value, _)| value) {
        "true" => -1,
        "false" => 0,
        digits => digits.parse().ok()?,
    };
    Some((value, width))
}

/// The width of the type at the end.
fn last_width(text: &str) -> Option<u32> {
    crate::hw_text::width(text.rsplit("-> ").next()?)
}
