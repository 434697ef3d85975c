//! Files of waveforms: VCD, which every tool reads, and FST, which is small.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use dialects::{Diagnostic, Result};
use fst_writer::{
    FstBodyWriter, FstFileType, FstHeaderWriter, FstInfo, FstScopeType, FstSignalId, FstSignalType,
    FstVarDirection, FstVarType, open_fst,
};
use vcd::{IdCode, TimescaleUnit, Value, VarType, Writer};

/// What a file is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Vcd,
    Fst,
}

impl Format {
    /// Errors: a name that ends in neither `.vcd` nor `.fst`.
    pub fn of(file: &Path) -> Result<Format> {
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("vcd") => Ok(Format::Vcd),
            Some("fst") => Ok(Format::Fst),
            _ => Err(Diagnostic::new(
                "the name of a trace says its format, which this one does not",
            )
            .in_file(file.display().to_string())
            .help("let it end in .vcd or .fst")),
        }
    }
}

/// A declared variable.
#[derive(Debug, Clone, Copy)]
pub enum Var {
    Vcd(IdCode),
    Fst(FstSignalId),
}

/// A file being written. Times are picoseconds.
pub enum Sink {
    Vcd(Writer<BufWriter<File>>),
    FstHeader(FstHeaderWriter<BufWriter<File>>),
    Fst(FstBodyWriter<BufWriter<File>>),
    /// Between two states of an FST file.
    Nothing,
}

/// 10⁻¹² s.
const PICOSECONDS: i8 = -12;

impl Sink {
    pub fn create(format: Format, file: &Path) -> io::Result<Sink> {
        let version = format!("kaon {}", env!("CARGO_PKG_VERSION"));
        match format {
            Format::Vcd => {
                let mut writer = Writer::new(BufWriter::new(File::create(file)?));
                writer.version(&version)?;
                writer.timescale(1, TimescaleUnit::PS)?;
                Ok(Sink::Vcd(writer))
            }
            Format::Fst => {
                let info = FstInfo {
                    start_time: 0,
                    timescale_exponent: PICOSECONDS,
                    version,
                    date: String::new(),
                    file_type: FstFileType::Verilog,
                };
                Ok(Sink::FstHeader(open_fst(file, &info).map_err(other)?))
            }
        }
    }

    pub fn open(&mut self, name: &str) -> io::Result<()> {
        match self {
            Sink::Vcd(writer) => writer.add_module(name),
            Sink::FstHeader(writer) => writer.scope(name, "", FstScopeType::Module).map_err(other),
            _ => Ok(()),
        }
    }

    pub fn close(&mut self) -> io::Result<()> {
        match self {
            Sink::Vcd(writer) => writer.upscope(),
            Sink::FstHeader(writer) => writer.up_scope().map_err(other),
            _ => Ok(()),
        }
    }

    /// A variable, or another name of one.
    pub fn declare(&mut self, name: &str, width: u32, same: Option<Var>) -> io::Result<Var> {
        match (self, same) {
            (Sink::Vcd(writer), Some(Var::Vcd(id))) => {
                writer.var_def(VarType::Wire, width, id, name, None)?;
                Ok(Var::Vcd(id))
            }
            (Sink::Vcd(writer), _) => Ok(Var::Vcd(writer.add_wire(width, name)?)),
            (Sink::FstHeader(writer), same) => {
                let alias = match same {
                    Some(Var::Fst(id)) => Some(id),
                    _ => None,
                };
                let ty = FstSignalType::bit_vec(width);
                let (kind, direction) = (FstVarType::Wire, FstVarDirection::Implicit);
                let id = writer
                    .var(name, ty, kind, direction, alias)
                    .map_err(other)?;
                Ok(Var::Fst(id))
            }
            _ => Err(io::Error::other("variables are declared before values")),
        }
    }

    /// Ends the declarations.
    pub fn begin(&mut self) -> io::Result<()> {
        match std::mem::replace(self, Sink::Nothing) {
            Sink::Vcd(mut writer) => {
                writer.enddefinitions()?;
                *self = Sink::Vcd(writer);
            }
            Sink::FstHeader(writer) => *self = Sink::Fst(writer.finish().map_err(other)?),
            sink => *self = sink,
        }
        Ok(())
    }

    pub fn time(&mut self, picoseconds: u64) -> io::Result<()> {
        match self {
            Sink::Vcd(writer) => writer.timestamp(picoseconds),
            Sink::Fst(writer) => writer.time_change(picoseconds).map_err(other),
            _ => Ok(()),
        }
    }

    /// A value as zeros and ones, the highest bit first.
    pub fn change(&mut self, var: Var, bits: &str) -> io::Result<()> {
        match (self, var) {
            (Sink::Vcd(writer), Var::Vcd(id)) => {
                let mut values = bits.chars().map(|bit| Value::from(bit == '1'));
                match bits.len() {
                    1 => writer.change_scalar(id, values.next().unwrap_or(Value::X)),
                    _ => writer.change_vector(id, values),
                }
            }
            (Sink::Fst(writer), Var::Fst(id)) => {
                writer.signal_change(id, bits.as_bytes()).map_err(other)
            }
            _ => Ok(()),
        }
    }

    pub fn finish(self) -> io::Result<()> {
        match self {
            Sink::Vcd(mut writer) => writer.flush(),
            Sink::Fst(writer) => writer.finish().map_err(other)?.flush(),
            _ => Ok(()),
        }
    }
}

fn other(error: impl std::fmt::Display) -> io::Error {
    io::Error::other(error.to_string())
}
