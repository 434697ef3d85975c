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
}

pub struct Machine {
    cpu: String,
    features: String,
    vector_bits: u32,
}

/// Intrinsics that multiply and add several narrow values per 32-bit lane.
#[derive(Debug, Clone, Copy)]
pub struct Packed {
    /// `(sum, 4 unsigned bytes, 4 signed bytes)`: sum plus four products.
    pub fours: Option<&'static str>,
    /// `(2 words, 2 words)`: two products, all signed.
    pub pairs: Option<&'static str>,
}

impl Machine {
    pub fn new(processor: Processor) -> Machine {
        static START: Once = Once::new();
        START.call_once(|| {
            Target::initialize_native(&InitializationConfig::default())
                .expect("LLVM is built for the machine it runs on");
        });
        let (cpu, features) = match processor {
            Processor::Any => (String::new(), String::new()),
            Processor::Host => (
                TargetMachine::get_host_cpu_name().to_string(),
                TargetMachine::get_host_cpu_features().to_string(),
            ),
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

    /// Which packed products the machine has, by the intrinsics that compute them.
    pub fn packed(&self) -> Packed {
        let x86 = cfg!(target_arch = "x86_64");
        let has = |feature: &str| {
            let mut features = self.features.split(',');
            features.any(|of| of.strip_prefix('+') == Some(feature))
        };
        Packed {
            fours: match self.vector_bits {
                512 if has("avx512vnni") => Some("llvm.x86.avx512.vpdpbusd.512"),
                256 if has("avxvnni") => Some("llvm.x86.avx512.vpdpbusd.256"),
                _ => None,
            },
            pairs: match self.vector_bits {
                _ if !x86 => None,
                512 => Some("llvm.x86.avx512.pmaddw.d.512"),
                256 => Some("llvm.x86.avx2.pmadd.wd"),
                _ => Some("llvm.x86.sse2.pmadd.wd"),
            },
        }
    }

    /// Attributes of every function.
    pub fn attributes(&self) -> Vec<(&'static str, String)> {
        let mut attributes = vec![("prefer-vector-width", self.vector_bits.to_string())];
        attributes.push(("min-legal-vector-width", self.vector_bits.to_string()));
        if !self.cpu.is_empty() {
            attributes.push(("target-cpu", self.cpu.clone()));
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
