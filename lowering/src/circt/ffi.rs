//! The C API of the CIRCT library, and every raw handle of this room.
//!
//! The library carries an MLIR of its own beside the one melior links. It is therefore opened
//! `RTLD_LOCAL | RTLD_DEEPBIND`, each function is looked up in its handle, and no value of one
//! MLIR ever meets the other: strings go in, strings come out.
//!
//! Invariants of the `unsafe` below:
//! - The library is never unloaded: `Api` lives in a `static`, so its function pointers stay valid.
//! - `Module` and `Passes` borrow their `Context`, so they are destroyed before it.
//! - A callback only appends to a `Vec` owned by the caller of the C function that runs it.

#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::path::Path;

use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};

/// glibc: symbols of the library itself win over those already in the process.
const RTLD_DEEPBIND: c_int = 8;

/// Every handle of MLIR's C API is a struct of one pointer; null stands for failure.
#[repr(C)]
#[derive(Clone, Copy)]
struct Handle(*mut c_void);

impl Handle {
    fn is_null(self) -> bool {
        self.0.is_null()
    }
}

/// `MlirStringRef`: not terminated by a zero.
#[repr(C)]
#[derive(Clone, Copy)]
struct StringRef {
    data: *const u8,
    length: usize,
}

impl StringRef {
    fn of(text: &str) -> StringRef {
        StringRef {
            data: text.as_ptr(),
            length: text.len(),
        }
    }
}

/// `MlirLogicalResult`: zero is failure.
#[repr(C)]
#[derive(Clone, Copy)]
struct LogicalResult(i8);

impl LogicalResult {
    fn ok(self) -> bool {
        self.0 != 0
    }
}

type StringCallback = extern "C" fn(StringRef, *mut c_void);
type DiagnosticHandler = extern "C" fn(Handle, *mut c_void) -> LogicalResult;
type DeleteUserData = Option<extern "C" fn(*mut c_void)>;

/// The functions used, as they are declared in `mlir-c/` and `circt-c/`.
macro_rules! api {
    ($($name:ident: fn($($argument:ty),*) $(-> $result:ty)?;)*) => {
        #[allow(non_snake_case)]
        pub struct Api {
            $($name: unsafe extern "C" fn($($argument),*) $(-> $result)?,)*
            library: Library,
        }

        impl Api {
            unsafe fn look_up(library: Library) -> Result<Api, libloading::Error> {
                unsafe {
                    Ok(Api {
                        $($name: *library.get(concat!(stringify!($name), "\0").as_bytes())?,)*
                        library,
                    })
                }
            }
        }
    };
}

api! {
    mlirContextCreateWithThreading: fn(bool) -> Handle;
    mlirContextDestroy: fn(Handle);
    mlirDialectHandleRegisterDialect: fn(Handle, Handle);
    mlirDialectHandleLoadDialect: fn(Handle, Handle) -> Handle;
    mlirContextAttachDiagnosticHandler: fn(Handle, DiagnosticHandler, *mut c_void, DeleteUserData) -> u64;
    mlirDiagnosticPrint: fn(Handle, StringCallback, *mut c_void);
    mlirDiagnosticGetLocation: fn(Handle) -> Handle;
    mlirDiagnosticGetSeverity: fn(Handle) -> c_int;
    mlirDiagnosticGetNumNotes: fn(Handle) -> isize;
    mlirDiagnosticGetNote: fn(Handle, isize) -> Handle;
    mlirLocationIsAName: fn(Handle) -> bool;
    mlirLocationNameGetName: fn(Handle) -> Handle;
    mlirLocationNameGetChildLoc: fn(Handle) -> Handle;
    mlirLocationIsAFileLineColRange: fn(Handle) -> bool;
    mlirLocationFileLineColRangeGetFilename: fn(Handle) -> Handle;
    mlirLocationFileLineColRangeGetStartLine: fn(Handle) -> c_int;
    mlirIdentifierStr: fn(Handle) -> StringRef;
    mlirModuleCreateParse: fn(Handle, StringRef) -> Handle;
    mlirModuleDestroy: fn(Handle);
    mlirModuleGetOperation: fn(Handle) -> Handle;
    mlirOperationPrint: fn(Handle, StringCallback, *mut c_void);
    mlirOperationGetAttributeByName: fn(Handle, StringRef) -> Handle;
    mlirOperationSetAttributeByName: fn(Handle, StringRef, Handle);
    mlirStringAttrGet: fn(Handle, StringRef) -> Handle;
    mlirPassManagerCreate: fn(Handle) -> Handle;
    mlirPassManagerDestroy: fn(Handle);
    mlirPassManagerGetAsOpPassManager: fn(Handle) -> Handle;
    mlirPassManagerRunOnOp: fn(Handle, Handle) -> LogicalResult;
    mlirParsePassPipeline: fn(Handle, StringRef, StringCallback, *mut c_void) -> LogicalResult;
    mlirExportVerilog: fn(Handle, StringCallback, *mut c_void) -> LogicalResult;
    mlirTranslateModuleToSMTLIB: fn(Handle, StringCallback, *mut c_void, bool, bool, bool) -> LogicalResult;
}

impl Api {
    /// Opens the library, looks every function up and runs the pass registrations named.
    pub fn open(path: &Path, registrations: &[&str]) -> Result<Api, libloading::Error> {
        // SAFETY: the library's initialisers only fill its own registries; the signatures above
        // are those of its C headers. A registration takes and returns nothing and runs once,
        // because `Api` is created once per process.
        unsafe {
            let library = Library::open(Some(path), RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND)?;
            let api = Api::look_up(library)?;
            for name in registrations {
                let register: unsafe extern "C" fn() = *api.library.get(name.as_bytes())?;
                register();
            }
            Ok(api)
        }
    }

    /// A context of its own with the dialects named, single-threaded: callers go parallel by
    /// making several.
    pub fn context(&self, dialects: &[&str]) -> Result<Context<'_>, libloading::Error> {
        // SAFETY: the handler's user data outlives the context, see `Drop`.
        unsafe {
            let context = Context {
                api: self,
                raw: (self.mlirContextCreateWithThreading)(false),
                findings: Box::into_raw(Box::new(Findings {
                    api: self,
                    list: Vec::new(),
                })),
            };
            (self.mlirContextAttachDiagnosticHandler)(
                context.raw,
                collect_finding,
                context.findings.cast(),
                None,
            );
            for name in dialects {
                let symbol = format!("mlirGetDialectHandle__{name}__");
                let handle: unsafe extern "C" fn() -> Handle =
                    *self.library.get(symbol.as_bytes())?;
                let handle = handle();
                (self.mlirDialectHandleRegisterDialect)(handle, context.raw);
                (self.mlirDialectHandleLoadDialect)(handle, context.raw);
            }
            Ok(context)
        }
    }

    /// The innermost `file:line` and the first name of a location.
    unsafe fn place(&self, mut location: Handle) -> (Option<String>, Option<usize>) {
        unsafe {
            let mut name = None;
            while (self.mlirLocationIsAName)(location) {
                let text = (self.mlirIdentifierStr)((self.mlirLocationNameGetName)(location));
                name.get_or_insert_with(|| copy(text));
                location = (self.mlirLocationNameGetChildLoc)(location);
            }
            if !(self.mlirLocationIsAFileLineColRange)(location) {
                return (name, None);
            }
            // "-" is the text just parsed; any other file is a location carried in the text.
            let file = copy((self.mlirIdentifierStr)((self
                .mlirLocationFileLineColRangeGetFilename)(
                location
            )));
            let line = (self.mlirLocationFileLineColRangeGetStartLine)(location);
            match file.as_str() {
                "-" => (name, usize::try_from(line).ok()),
                _ => (name.or(Some(format!("{file}:{line}"))), None),
            }
        }
    }
}

/// `MlirDiagnosticSeverity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    Error,
    Warning,
    Note,
    Remark,
}

/// One message of the library, copied out of its handler.
#[derive(Debug, Clone)]
pub struct Finding {
    pub severity: Severity,
    pub message: String,
    /// The name in the operation's location, which our text uses for the layer.
    pub layer: Option<String>,
    /// The line of the parsed text, counted from 1.
    pub line: Option<usize>,
    pub notes: Vec<String>,
}

/// What the handler of one context has heard.
struct Findings {
    api: *const Api,
    list: Vec<Finding>,
}

extern "C" fn collect_finding(diagnostic: Handle, findings: *mut c_void) -> LogicalResult {
    // SAFETY: the user data is the context's `Findings`; the context is single-threaded, and
    // `Context::take_findings` never runs inside a call into the library.
    unsafe {
        let findings = findings.cast::<Findings>();
        let api = &*(*findings).api;
        let (layer, line) = api.place((api.mlirDiagnosticGetLocation)(diagnostic));
        let notes = (0..(api.mlirDiagnosticGetNumNotes)(diagnostic))
            .map(|index| {
                let note = (api.mlirDiagnosticGetNote)(diagnostic, index);
                printed(|callback, data| (api.mlirDiagnosticPrint)(note, callback, data))
            })
            .collect();
        let list = &mut (*findings).list;
        list.push(Finding {
            severity: match (api.mlirDiagnosticGetSeverity)(diagnostic) {
                0 => Severity::Error,
                1 => Severity::Warning,
                2 => Severity::Note,
                _ => Severity::Remark,
            },
            message: printed(|callback, data| {
                (api.mlirDiagnosticPrint)(diagnostic, callback, data)
            }),
            layer,
            line,
            notes,
        });
    }
    LogicalResult(1)
}

/// An MLIR context of the library, with a handler that keeps every diagnostic.
pub struct Context<'a> {
    api: &'a Api,
    raw: Handle,
    /// Owned; shared with the handler.
    findings: *mut Findings,
}

impl Context<'_> {
    /// Everything said since the last call.
    pub fn take_findings(&self) -> Vec<Finding> {
        // SAFETY: no call into the library is running, so nothing else holds the list.
        unsafe { std::mem::take(&mut (*self.findings).list) }
    }

    /// Parses and verifies a module.
    pub fn parse(&self, text: &str) -> Option<Module<'_>> {
        // SAFETY: the text outlives the call, which copies what it keeps.
        let raw = unsafe { (self.api.mlirModuleCreateParse)(self.raw, StringRef::of(text)) };
        (!raw.is_null()).then_some(Module { context: self, raw })
    }

    /// A pass pipeline from its text, anchored on `builtin.module(…)`; the error is MLIR's.
    pub fn pipeline(&self, text: &str) -> Result<Passes<'_>, String> {
        // SAFETY: the op pass manager is a view of `passes`, which outlives the call.
        unsafe {
            let passes = Passes {
                context: self,
                raw: (self.api.mlirPassManagerCreate)(self.raw),
            };
            let nested = (self.api.mlirPassManagerGetAsOpPassManager)(passes.raw);
            let mut parsed = LogicalResult(0);
            let message = printed(|callback, data| {
                let text = StringRef::of(text);
                parsed = (self.api.mlirParsePassPipeline)(nested, text, callback, data);
            });
            if parsed.ok() {
                Ok(passes)
            } else {
                Err(message)
            }
        }
    }
}

impl Drop for Context<'_> {
    fn drop(&mut self) {
        // SAFETY: modules and pass managers borrow the context and are gone; the handler goes
        // with the context, and its user data after it.
        unsafe {
            (self.api.mlirContextDestroy)(self.raw);
            drop(Box::from_raw(self.findings));
        }
    }
}

/// A parsed module.
pub struct Module<'a> {
    context: &'a Context<'a>,
    raw: Handle,
}

impl Module<'_> {
    fn operation(&self) -> Handle {
        // SAFETY: the module is alive.
        unsafe { (self.context.api.mlirModuleGetOperation)(self.raw) }
    }

    pub fn print(&self) -> String {
        // SAFETY: the operation is alive; the callback's data is `printed`'s.
        printed(|callback, data| unsafe {
            (self.context.api.mlirOperationPrint)(self.operation(), callback, data)
        })
    }

    /// Gives the module a string attribute, unless it already has one of that name.
    pub fn default_attribute(&mut self, name: &str, value: &str) {
        let api = self.context.api;
        // SAFETY: the attribute belongs to this module's context; strings are copied.
        unsafe {
            let (operation, name) = (self.operation(), StringRef::of(name));
            if (api.mlirOperationGetAttributeByName)(operation, name).is_null() {
                let value = (api.mlirStringAttrGet)(self.context.raw, StringRef::of(value));
                (api.mlirOperationSetAttributeByName)(operation, name, value);
            }
        }
    }

    /// Whether the passes succeeded; why not is among the context's findings.
    pub fn run(&mut self, passes: &Passes<'_>) -> bool {
        let api = self.context.api;
        // SAFETY: both belong to the same library; a mismatch of contexts cannot be built,
        // because `Circt` makes one context per call.
        unsafe { (api.mlirPassManagerRunOnOp)(passes.raw, self.operation()).ok() }
    }

    pub fn export_verilog(&mut self) -> Option<String> {
        let mut done = LogicalResult(0);
        // SAFETY: as in `print`.
        let text = printed(|callback, data| unsafe {
            done = (self.context.api.mlirExportVerilog)(self.raw, callback, data);
        });
        done.ok().then_some(text)
    }

    pub fn export_smtlib(&mut self) -> Option<String> {
        let mut done = LogicalResult(0);
        // SAFETY: as in `print`. The flags: no inlining of single uses, no indentation.
        let text = printed(|callback, data| unsafe {
            let api = self.context.api;
            // No inlined values, no indented bodies, `(reset)` at the end.
            done = (api.mlirTranslateModuleToSMTLIB)(self.raw, callback, data, false, false, true);
        });
        done.ok().then_some(text)
    }
}

impl Drop for Module<'_> {
    fn drop(&mut self) {
        // SAFETY: owned, and destroyed once.
        unsafe { (self.context.api.mlirModuleDestroy)(self.raw) }
    }
}

/// A pass manager.
pub struct Passes<'a> {
    context: &'a Context<'a>,
    raw: Handle,
}

impl Drop for Passes<'_> {
    fn drop(&mut self) {
        // SAFETY: owned, and destroyed once.
        unsafe { (self.context.api.mlirPassManagerDestroy)(self.raw) }
    }
}

/// The text a C function hands to its callback in pieces.
fn printed(call: impl FnOnce(StringCallback, *mut c_void)) -> String {
    extern "C" fn append(piece: StringRef, bytes: *mut c_void) {
        if piece.length > 0 {
            // SAFETY: `bytes` is the vector below; the piece lives during the call.
            unsafe {
                let bytes = &mut *bytes.cast::<Vec<u8>>();
                bytes.extend_from_slice(std::slice::from_raw_parts(piece.data, piece.length));
            }
        }
    }
    let mut bytes: Vec<u8> = Vec::new();
    call(append, (&raw mut bytes).cast());
    String::from_utf8_lossy(&bytes).into_owned()
}

/// # Safety
/// The text is alive.
unsafe fn copy(text: StringRef) -> String {
    if text.length == 0 {
        return String::new();
    }
    let bytes = unsafe { std::slice::from_raw_parts(text.data, text.length) };
    String::from_utf8_lossy(bytes).into_owned()
}
