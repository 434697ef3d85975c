//! Samples as records of packed ports, in 32-bit words: what the harness reads and writes.

use dialects::{Diagnostic, Result};
use lowering::interface::PackedPort;

/// One record per sample.
///
/// Errors: a wrong number of values, a value outside its type.
pub fn pack(ports: &[PackedPort], values: &[i128], samples: usize) -> Result<Vec<u8>> {
    let elements: usize = ports.iter().map(|port| port.elements.len()).sum();
    if values.len() != elements * samples {
        return Err(Diagnostic::new(format!(
            "{samples} samples of {elements} inputs are {} values, {} were given",
            elements * samples,
            values.len()
        )));
    }
    let record: usize = ports.iter().map(PackedPort::words).sum();
    let mut bytes = Vec::with_capacity(record * samples * 4);
    let mut rest = values;
    for _ in 0..samples {
        for port in ports {
            let (own, others) = rest.split_at(port.elements.len());
            rest = others;
            let words = port.pack(own)?;
            bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        }
    }
    Ok(bytes)
}

/// The values of the records.
///
/// Errors: a file of another length.
pub fn unpack(ports: &[PackedPort], bytes: &[u8], samples: usize) -> Result<Vec<i128>> {
    let record: usize = ports.iter().map(PackedPort::words).sum();
    if bytes.len() != record * samples * 4 {
        return Err(Diagnostic::new(format!(
            "the simulation wrote {} bytes for {samples} samples, {} were expected",
            bytes.len(),
            record * samples * 4
        )));
    }
    let words = bytes.chunks_exact(4);
    let words = words.map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
    let words: Vec<u32> = words.collect();
    let mut rest = &words[..];
    let mut values = Vec::new();
    for _ in 0..samples {
        for port in ports {
            let (own, others) = rest.split_at(port.words());
            rest = others;
            values.extend(port.unpack(own));
        }
    }
    Ok(values)
}
