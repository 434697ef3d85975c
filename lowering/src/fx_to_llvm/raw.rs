//! The two unsafe things of this room: addresses in generated code, and calls into it.

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
    run: Run,
    // Dropped in this order: the engine refers to the context.
    _engine: ExecutionEngine<'static>,
    _context: Box<Context>,
}

// SAFETY: after construction only `run` is used. It is plain machine code that reads its own
// constants and writes nothing but what its arguments point to. The engine and the context
// are not touched again until the one owner drops them.
unsafe impl Send for Jit {}
// SAFETY: as above; no method touches the engine or the context.
unsafe impl Sync for Jit {}

impl Jit {
    /// Compiles the module that `build` makes, whose function `name` has the type of `Run`.
    pub fn new(
        name: &str,
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
        let address = engine
            .get_function_address(name)
            .map_err(|reason| refused(reason.to_string()))?;
        // SAFETY: the caller's contract says that the function of this name has this type,
        // and the engine that owns its code is kept beside the pointer.
        let run = unsafe { std::mem::transmute::<usize, Run>(address) };
        Ok(Jit {
            run,
            _engine: engine,
            _context: context,
        })
    }

    /// Runs the code on `samples` rows of `x`, with results in `y`.
    ///
    /// `x`, `y` and `scratch` have to be as long as the code was compiled for: `widths`
    /// gives the bytes per sample of `x` and `y` and the bytes of `scratch`.
    pub fn run(
        &self,
        x: &[u8],
        y: &mut [u8],
        samples: usize,
        scratch: &mut Scratch,
        widths: [usize; 3],
    ) {
        assert!(x.len() >= samples * widths[0], "x is too short");
        assert!(y.len() >= samples * widths[1], "y is too short");
        assert!(
            scratch.0.len() * 64 >= widths[2],
            "the scratch memory is too short"
        );
        if samples > 0 {
            // SAFETY: the lengths were checked; the code reads `samples` rows of `x`, writes
            // as many of `y`, and uses `scratch`, which is aligned to 64 bytes. It needs no
            // alignment of `x` and `y`. Values of `x` outside their types are clamped, so
            // no table is read outside its bounds.
            unsafe {
                (self.run)(
                    x.as_ptr(),
                    y.as_mut_ptr(),
                    samples,
                    scratch.0.as_mut_ptr().cast(),
                );
            }
        }
    }
}

#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line(#[allow(dead_code, reason = "memory for generated code")] [u8; 64]);

/// Memory for the rows of one thread.
pub struct Scratch(Vec<Line>);

impl Scratch {
    pub fn new(bytes: usize) -> Scratch {
        Scratch(vec![Line([0; 64]); bytes.div_ceil(64)])
    }
}
