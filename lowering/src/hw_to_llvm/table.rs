//! Tables of numbers in the LLVM dialect.

/// A constant array.
pub struct Table {
    pub name: String,
    /// Bytes of an entry.
    pub bytes: usize,
    pub entries: Vec<u128>,
}

/// `internal constant @name(dense<…> : tensor<4xi8>) … : !llvm.array<4 x i8>`; `None` where
/// it is another.
///
/// The numbers are one for all entries, a list, or, where they are many, the bytes of all
/// entries in hexadecimal, each in as many bytes as its width needs, the lowest first.
pub fn read(text: &str) -> Option<Table> {
    let (_, rest) = text.split_once('@')?;
    let (name, rest) = rest.split_once("(dense<")?;
    let (data, ty) = rest.split_once("> : tensor<")?;
    let (ty, _) = ty.split_once('>')?;
    let (count, ty) = ty.split_once('x')?;
    let (count, width): (usize, u32) = (count.parse().ok()?, crate::hw_text::width(ty)?);
    let stored = width.div_ceil(8) as usize;
    if stored > 16 {
        return None;
    }
    let entries: Option<Vec<u128>> = match data.strip_prefix("\"0x") {
        Some(digits) => {
            let digits = digits.strip_suffix('"')?.as_bytes();
            let byte = |at: &[u8]| {
                let at = std::str::from_utf8(at).ok()?;
                u8::from_str_radix(at, 16).ok()
            };
            let bytes: Option<Vec<u8>> = digits.chunks(2).map(byte).collect();
            let bytes = bytes?;
            let entry = |bytes: &[u8]| {
                let bytes = bytes.iter().rev();
                bytes.fold(0u128, |value, byte| value << 8 | u128::from(*byte))
            };
            Some(bytes.chunks(stored).map(entry).collect())
        }
        None => {
            let list = data.trim_start_matches('[').trim_end_matches(']');
            list.split(", ").map(number).collect()
        }
    };
    let mut entries = entries?;
    if let (&[all], true) = (&entries[..], count > 1) {
        entries = vec![all; count];
    }
    (entries.len() == count).then(|| Table {
        name: name.to_string(),
        bytes: stored.next_power_of_two(),
        entries,
    })
}

fn number(text: &str) -> Option<u128> {
    match text {
        "true" => Some(1),
        "false" => Some(0),
        digits => digits.parse::<i128>().ok().map(|value| value as u128),
    }
}
