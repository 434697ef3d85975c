//! The neutral referee: one synthesis, one count and one timing analysis for kaon's circuits and its peers'.
//!
//! It depends on no crate of the compiler: what it judges is Verilog, and it cannot tell who wrote it.
//! The rules and the delays are in `docs/benchmarks.md`; they are frozen, and a record says under which it was made.

pub mod bench;
pub mod count;
pub mod design;
pub mod estimates;
pub mod kaon;
pub mod liberty;
pub mod netlist;
pub mod record;
pub mod synthesis;
pub mod table;
pub mod timing;

use sha2::{Digest, Sha256};

/// What can go wrong, as one sentence.
pub type Result<T> = std::result::Result<T, String>;

/// The first 32 hexadecimal digits of a SHA-256.
pub fn digest(bytes: impl AsRef<[u8]>) -> String {
    let hash = Sha256::digest(bytes.as_ref());
    hash.iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Names the rules: it changes when the source of the counter, the liberty or the timing netlist does.
pub fn rules() -> String {
    let sources = [
        include_str!("netlist.rs"),
        include_str!("count.rs"),
        include_str!("liberty.rs"),
        include_str!("timing.rs"),
    ];
    digest(sources.concat())[..12].to_string()
}

/// Adds what was being done to an error of the system.
pub fn because<E: std::fmt::Display>(what: impl std::fmt::Display) -> impl FnOnce(E) -> String {
    move |error| format!("{what}: {error}")
}
