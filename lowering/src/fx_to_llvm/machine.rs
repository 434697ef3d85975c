//! The machine code is made for: the one that runs the compiler, or any of its architecture.

use std::path::Path;
use std::sync::Once;

use inkwell::OptimizationLevel;
use inkwell::module::Module;
use inkwell::targets::{
    CodeModel, FileType, InitializationConfig, RelocMode, Target, TargetMachine,
    TargetMachineOptions,
};

use dialects::{Diagnostic, Result};

/// Whose instructions may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Processor {
    /// Every processor of this architecture.
    #[default]
    Any,
    /// This machine's.
    Host,
    /// The processors of this architecture that have these.
    With(Extension),
}

/// Instructions that not every processor of an architecture has, each with those before it
/// of the same architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extension {
    /// x86: 256 bits; bytes are multiplied two at a time.
    Avx2,
    /// x86: 256 bits, with the sum of four products of bytes.
    AvxVnni,
    /// x86: 512 bits.
    Avx512,
    /// x86: 512 bits, with the sum of four products of bytes.
    Avx512Vnni,
    /// 64-bit ARM: the sum of four products of bytes.
    DotProd,
}

impl Extension {
    pub const ALL: [Extension; 5] = [
        Extension::Avx2,
        Extension::AvxVnni,
        Extension::Avx512,
        Extension::Avx512Vnni,
        Extension::DotProd,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Extension::Avx2 => "avx2",
            Extension::AvxVnni => "avxvnni",
            Extension::Avx512 => "avx512",
            Extension::Avx512Vnni => "avx512vnni",
            Extension::DotProd => "dotprod",
        }
    }

    /// What LLVM calls the instructions.
    fn features(self) -> &'static str {
        match self {
            Extension::Avx2 => "+avx2,+bmi2,+fma",
            Extension::AvxVnni => "+avx2,+bmi2,+fma,+avxvnni",
            Extension::Avx512 => {
                "+avx2,+bmi2,+fma,+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl"
            }
            Extension::Avx512Vnni => {
                "+avx2,+bmi2,+fma,+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl,+avx512vnni"
            }
            Extension::DotProd => "+neon,+dotprod",
        }
    }

    /// Whether this machine has the instructions.
    pub fn here(self) -> bool {
        start();
        let host = TargetMachine::get_host_cpu_features().to_string();
        let here = |wanted: &str| host.split(',').any(|has| has == wanted);
        self.features().split(',').all(here)
    }
}

pub struct Machine {
    cpu: String,
    features: String,
    vector_bits: u32,
}

/// Instructions that multiply and add several narrow values per 32-bit lane.
#[derive(Debug, Clone, Copy)]
pub struct Instructions {
    pub fours: Option<Fours>,
    /// `(2 words, 2 words)`: two products, all signed.
    pub pairs: Option<&'static str>,
    /// How lanes become bytes; without them by shifts.
    pub narrow: Option<Narrow>,
}

/// Four products of bytes, by the intrinsics that compute them.
#[derive(Debug, Clone, Copy)]
pub enum Fours {
    /// `(sum, 4 unsigned bytes, 4 signed bytes)`: sum plus four products.
    Unsigned(&'static str),
    /// `(sum, 4 signed bytes, 4 signed bytes)`: sum plus four products.
    Signed(&'static str),
    /// `(unsigned bytes, signed bytes)`: the sums of two products, clamped to 16 bits; and
    /// the pairs instruction adds those up.
    ByWords(&'static str),
}

/// Two vectors in one of half the width, clamped, within each 128 bits.
#[derive(Debug, Clone, Copy)]
pub struct Narrow {
    /// Signed 32 bits to signed 16.
    pub words: &'static str,
    /// Signed 16 bits to unsigned 8.
    pub bytes: &'static str,
}

fn start() {
    static START: Once = Once::new();
    START.call_once(|| {
        Target::initialize_native(&InitializationConfig::default())
            .expect("LLVM is built for the machine it runs on");
    });
}

impl Machine {
    pub fn new(processor: Processor) -> Machine {
        start();
        let (cpu, features) = match processor {
            Processor::Any => (String::new(), String::new()),
            Processor::Host => (
                TargetMachine::get_host_cpu_name().to_string(),
                TargetMachine::get_host_cpu_features().to_string(),
            ),
            Processor::With(extension) => (String::new(), extension.features().to_string()),
        };
        let has = |feature: &str| {
            features
                .split(',')
                .any(|of| of.strip_prefix('+') == Some(feature))
        };
        let vector_bits = match () {
            _ if ["avx512f", "avx512bw", "avx512dq", "avx512vl"]
                .into_iter()
                .all(has) =>
            {
                512
            }
            _ if has("avx2") => 256,
            _ => 128,
        };
        Machine {
            cpu,
            features,
            vector_bits,
        }
    }

    /// 32-bit lanes of a vector register.
    pub fn lanes(&self) -> u32 {
        self.vector_bits / 32
    }

    pub fn vector_registers(&self) -> usize {
        match self.vector_bits == 512 || cfg!(target_arch = "aarch64") {
            true => 32,
            false => 16,
        }
    }

    /// What the machine has for narrow values.
    pub fn instructions(&self) -> Instructions {
        let has = |feature: &str| {
            let mut features = self.features.split(',');
            features.any(|of| of.strip_prefix('+') == Some(feature))
        };
        if !cfg!(target_arch = "x86_64") {
            let dot = Fours::Signed("llvm.aarch64.neon.sdot.v4i32.v16i8");
            return Instructions {
                fours: has("dotprod").then_some(dot),
                pairs: None,
                narrow: None,
            };
        }
        let by_bits = |of: [&'static str; 3]| match self.vector_bits {
            512 => of[0],
            256 => of[1],
            _ => of[2],
        };
        let fours = match self.vector_bits {
            512 if has("avx512vnni") => Some(Fours::Unsigned("llvm.x86.avx512.vpdpbusd.512")),
            512 => Some(Fours::ByWords("llvm.x86.avx512.pmaddubs.w.512")),
            256 if has("avxvnni") => Some(Fours::Unsigned("llvm.x86.avx512.vpdpbusd.256")),
            256 => Some(Fours::ByWords("llvm.x86.avx2.pmadd.ub.sw")),
            _ => None,
        };
        Instructions {
            fours,
            pairs: Some(by_bits([
                "llvm.x86.avx512.pmaddw.d.512",
                "llvm.x86.avx2.pmadd.wd",
                "llvm.x86.sse2.pmadd.wd",
            ])),
            narrow: Some(Narrow {
                words: by_bits([
                    "llvm.x86.avx512.packssdw.512",
                    "llvm.x86.avx2.packssdw",
                    "llvm.x86.sse2.packssdw.128",
                ]),
                bytes: by_bits([
                    "llvm.x86.avx512.packuswb.512",
                    "llvm.x86.avx2.packuswb",
                    "llvm.x86.sse2.packuswb.128",
                ]),
            }),
        }
    }

    /// Attributes of every function.
    pub fn attributes(&self) -> Vec<(&'static str, String)> {
        let mut attributes = vec![("prefer-vector-width", self.vector_bits.to_string())];
        attributes.push(("min-legal-vector-width", self.vector_bits.to_string()));
        if !self.cpu.is_empty() {
            attributes.push(("target-cpu", self.cpu.clone()));
        }
        if !self.features.is_empty() {
            attributes.push(("target-features", self.features.clone()));
        }
        attributes
    }

    /// The module as a position-independent object file.
    pub fn write_object(&self, module: &Module, path: &Path) -> Result<()> {
        let refused = |reason: String| {
            Diagnostic::new(format!("LLVM cannot write the object file: {reason}"))
                .in_file(path.display().to_string())
        };
        let triple = TargetMachine::get_default_triple();
        let target = Target::from_triple(&triple).map_err(|reason| refused(reason.to_string()))?;
        let options = TargetMachineOptions::new()
            .set_cpu(&self.cpu)
            .set_features(&self.features)
            .set_level(OptimizationLevel::Default)
            .set_reloc_mode(RelocMode::PIC)
            .set_code_model(CodeModel::Default);
        let machine = target
            .create_target_machine_from_options(&triple, options)
            .ok_or_else(|| refused("no code generator for this machine".to_string()))?;
        module.set_triple(&triple);
        module.set_data_layout(&machine.get_target_data().get_data_layout());
        machine
            .write_to_file(module, FileType::Object, path)
            .map_err(|reason| refused(reason.to_string()))
    }
}
