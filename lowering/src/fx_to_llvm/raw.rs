//! The two unsafe things of this room: addresses in generated code, and calls into it.

#![allow(unsafe_code)]

use inkwell::OptimizationLevel;
use inkwell::builder::{Builder, BuilderError};
use inkwell::context::Context;
use inkwell::execution_engine::ExecutionEngine;
use inkwell::module::Module;
use inkwell::values::{IntValue, PointerValue};

use dialects::{Diagnostic, Result};

/// `pointer + bytes`.
pub fn offset<'ctx>(
    builder: &Builder<'ctx>,
    byte: inkwell::types::IntType<'ctx>,
    pointer: PointerValue<'ctx>,
    bytes: IntValue<'ctx>,
) -> Result<PointerValue<'ctx>, BuilderError> {
    // SAFETY: the element type is a byte and there is one index, so the instruction is well
    // formed whatever the operands; what the address is used for is the emitter's contract.
    unsafe { builder.build_gep(byte, pointer, &[bytes], "") }
}

type Run = unsafe extern "C" fn(*const u8, *mut u8, usize, *mut u8);

/// Compiled code, kept with the memory it lives in.
pub struct Jit {
    functions: Vec<(&'static str, Run)>,
    // Dropped in this order: the engine refers to the context.
    _engine: ExecutionEngine<'static>,
    _context: Box<Context>,
}

/// Numbers of any bits, in memory without gaps.
pub trait Plain: Copy {}
impl Plain for u8 {}
impl Plain for i64 {}

// SAFETY: after construction only `functions` is used. They are plain machine code that reads its own
// constants and writes nothing but what its arguments point to. The engine and the context
// are not touched again until the one owner drops them.
unsafe impl Send for Jit {}
// SAFETY: as above; no method touches the engine or the context.
unsafe impl Sync for Jit {}

impl Jit {
    /// Compiles the module that `build` makes, whose functions of these names have the type
    /// of `Run`.
    pub fn new(
        names: &[&'static str],
        build: impl for<'ctx> FnOnce(&'ctx Context) -> Result<Module<'ctx>>,
    ) -> Result<Jit> {
        let context = Box::new(Context::create());
        // SAFETY: the context is in a box that lives as long as the engine (the fields'
        // order drops the engine first) and is never moved out of it, so the reference
        // stays valid for as long as anything uses it.
        let borrowed: &'static Context = unsafe { &*std::ptr::from_ref(context.as_ref()) };
        let module = build(borrowed)?;
        let refused = |reason: String| Diagnostic::new(format!("LLVM cannot compile: {reason}"));
        let engine = module
            .create_jit_execution_engine(OptimizationLevel::Default)
            .map_err(|reason| refused(reason.to_string()))?;
        let mut functions = Vec::with_capacity(names.len());
        for name in names {
            let address = engine
                .get_function_address(name)
                .map_err(|reason| refused(reason.to_string()))?;
            // SAFETY: the caller's contract says that the functions of these names have this
            // type, and the engine that owns their code is kept beside the pointers.
            let run = unsafe { std::mem::transmute::<usize, Run>(address) };
            functions.push((*name, run));
        }
        Ok(Jit {
            functions,
            _engine: engine,
            _context: context,
        })
    }

    /// Runs a function on `samples` rows of `x`, with results in `y`; `false` when there is
    /// none of that name.
    ///
    /// `x`, `y` and `scratch` have to be as long as the code was compiled for: `widths`
    /// gives the bytes per sample of `x` and `y` and the bytes of `scratch`.
    pub fn run<X: Plain, Y: Plain>(
        &self,
        name: &str,
        x: &[X],
        y: &mut [Y],
        samples: usize,
        scratch: &mut Scratch,
        widths: [usize; 3],
    ) -> bool {
        let Some((_, run)) = self.functions.iter().find(|of| of.0 == name) else {
            return false;
        };
        assert!(size_of_val(x) >= samples * widths[0], "x is too short");
        assert!(size_of_val(y) >= samples * widths[1], "y is too short");
        assert!(
            scratch.0.len() * 64 >= widths[2],
            "the scratch memory is too short"
        );
        if samples > 0 {
            // SAFETY: the lengths were checked; the code reads `samples` rows of `x`, writes
            // as many of `y`, whose elements may have any bits, and uses `scratch`, which is
            // aligned to 64 bytes. It needs no alignment of `x` and `y`. Values of `x`
            // outside their types are clamped, so no table is read outside its bounds.
            unsafe {
                run(
                    x.as_ptr().cast(),
                    y.as_mut_ptr().cast(),
                    samples,
                    scratch.0.as_mut_ptr().cast(),
                );
            }
        }
        true
    }
}

#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line([u8; 64]);

/// Memory for the rows of one thread.
pub struct Scratch(Vec<Line>);

impl Scratch {
    pub fn new(bytes: usize) -> Scratch {
        Scratch(vec![Line([0; 64]); bytes.div_ceil(64)])
    }

    pub fn bytes(&self) -> &[u8] {
        let bytes = size_of_val(self.0.as_slice());
        // SAFETY: a line is 64 bytes without gaps, any of which is a valid `u8`; the slice
        // covers the lines of this vector and borrows it.
        unsafe { std::slice::from_raw_parts(self.0.as_ptr().cast(), bytes) }
    }

    pub fn bytes_mut(&mut self) -> &mut [u8] {
        let bytes = size_of_val(self.0.as_slice());
        // SAFETY: as above, borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(self.0.as_mut_ptr().cast(), bytes) }
    }

    /// Whether no bit is set.
    pub fn is_zero(&self) -> bool {
        self.0.iter().all(|line| line.0 == [0; 64])
    }
}
