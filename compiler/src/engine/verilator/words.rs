//! Samples as packed ports in 32-bit words, lowest first: what the harness reads and writes.

use dialects::{Diagnostic, Result};
use lowering::interface::PackedPort;

/// Words of one port.
pub fn count(port: &PackedPort) -> usize {
    port.width().div_ceil(32) as usize
}

/// The records of `samples`, one per sample.
///
/// Errors: a wrong number of values, a value outside its type.
pub fn pack(ports: &[PackedPort], samples: &[i128], samples_count: usize) -> Result<Vec<u8>> {
    let elements: usize = ports.iter().map(|port| port.elements.len()).sum();
    if samples.len() != elements * samples_count {
        return Err(Diagnostic::new(format!(
            "{samples_count} samples of {elements} inputs are {} values, {} were given",
            elements * samples_count,
            samples.len()
        )));
    }
    let record: usize = ports.iter().map(count).sum();
    let mut bytes = Vec::with_capacity(record * samples_count * 4);
    let mut values = samples.iter();
    for _ in 0..samples_count {
        for port in ports {
            let mut words = vec![0u32; count(port)];
            let mut at = 0;
            for (element, value) in port.elements.iter().zip(&mut values) {
                if !element.range().holds(*value) {
                    return Err(Diagnostic::new(format!(
                        "an input of `{}` is {value}, outside its type {element}",
                        port.name
                    )));
                }
                for bit in 0..element.width {
                    let set = (value >> bit) & 1 == 1;
                    words[at / 32] |= u32::from(set) << (at % 32);
                    at += 1;
                }
            }
            bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        }
    }
    Ok(bytes)
}

/// The values of the records.
///
/// Errors: a file of another length.
pub fn unpack(ports: &[PackedPort], bytes: &[u8], samples_count: usize) -> Result<Vec<i128>> {
    let record: usize = ports.iter().map(count).sum();
    if bytes.len() != record * samples_count * 4 {
        return Err(Diagnostic::new(format!(
            "the simulation wrote {} bytes for {samples_count} samples, {} were expected",
            bytes.len(),
            record * samples_count * 4
        )));
    }
    let words: Vec<u32> = bytes
        .chunks_exact(4)
        .map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
        .collect();
    let mut values = Vec::new();
    let mut start = 0;
    for _ in 0..samples_count {
        for port in ports {
            let mut at = start * 32;
            for element in &port.elements {
                let bits = (0..element.width as usize).fold(0i128, |bits, bit| {
                    let (word, bit_in_word) = ((at + bit) / 32, (at + bit) % 32);
                    bits | i128::from((words[word] >> bit_in_word) & 1) << bit
                });
                values.push(element.wrap(bits));
                at += element.width as usize;
            }
            start += count(port);
        }
    }
    Ok(values)
}
