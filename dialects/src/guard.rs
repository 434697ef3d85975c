//! What MLIR text may look like before MLIR's parser gets it.
//!
//! That parser recurses on brackets, on affine expressions and on aliases of aliases, and
//! answers deep ones by overflowing its stack; an array of `index` makes it read a null pointer.
//! The text of our levels has few of the first and none of the others, so the guard is a look at
//! the words.

use crate::{Diagnostic, Result};

/// Levels have no deeper brackets than about ten, plus the rank of a tensor.
const DEEPEST: usize = 64;

/// Names in quotes may be longer.
const LONGEST: usize = 400;

/// Words of MLIR that no level uses: types and attributes whose text recurses, or whose data
/// lies elsewhere.
const REFUSED: &[&str] = &[
    "affine_map",
    "affine_set",
    "complex",
    "dense_resource",
    "distinct",
    "memref",
    "opaque",
    "sparse",
    "strided",
    "tuple",
    "vector",
];

/// What an array may be of.
const ELEMENTS: &[&str] = &["i1", "i8", "i16", "i32", "i64", "f32", "f64"];

/// Looks at every word and bracket outside strings and comments.
///
/// Errors: a zero byte, brackets that nest too deeply, a word that no level has, an array of
/// anything but numbers, an alias of anything but a place, an alias of an alias.
pub fn check(text: &str) -> Result<()> {
    let bytes = text.as_bytes();
    if let Some(at) = bytes.iter().position(|&byte| byte == 0) {
        let line = text[..at].matches('\n').count() + 1;
        return Err(
            Diagnostic::new(format!("line {line} of the module holds a zero byte"))
                .note("MLIR reads a text up to its first one"),
        );
    }
    let mut scan = Scan {
        text,
        at: 0,
        depth: 0,
        alias_line: false,
    };
    while scan.at < bytes.len() {
        let next = bytes.get(scan.at + 1);
        match (bytes[scan.at], next) {
            (b'"', _) => scan.string(),
            (b'/', Some(b'/')) => _ = scan.skip(|byte| byte != b'\n'),
            (b'-', Some(b'>')) => scan.at += 2,
            (b'(' | b'[' | b'{' | b'<', _) => scan.open()?,
            (b')' | b']' | b'}' | b'>', _) => {
                scan.depth = scan.depth.saturating_sub(1);
                scan.at += 1;
            }
            (b'\n', _) => {
                scan.alias_line = false;
                scan.at += 1;
            }
            (b'#', _) => scan.alias()?,
            (b'!', _) => return Err(scan.refuse("a type of another dialect")),
            (byte, _) if byte.is_ascii_alphanumeric() || byte == b'_' => scan.word()?,
            _ => scan.at += 1,
        }
    }
    Ok(())
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    /// Whether this line defines an alias.
    alias_line: bool,
}

impl<'a> Scan<'a> {
    fn skip(&mut self, goes_on: impl Fn(u8) -> bool) -> &'a str {
        let rest = &self.text.as_bytes()[self.at..];
        let length = rest.iter().take_while(|&&byte| goes_on(byte)).count();
        let start = self.at;
        self.at += length;
        // Every skipped run ends before an ASCII byte or at the end of the text.
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn string(&mut self) {
        let bytes = self.text.as_bytes();
        self.at += 1;
        while let Some(&byte) = bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'"' | b'\n' => return,
                b'\\' => self.at += 1,
                _ => {}
            }
        }
    }

    fn open(&mut self) -> Result<()> {
        self.depth += 1;
        self.at += 1;
        match self.depth > DEEPEST {
            true => Err(self.refuse(&format!("more than {DEEPEST} brackets within each other"))),
            false => Ok(()),
        }
    }

    fn word(&mut self) -> Result<()> {
        let word = self.skip(|byte| byte.is_ascii_alphanumeric() || b"_.$".contains(&byte));
        match word.len() {
            // MLIR reads a number of n digits in n squared steps.
            LONGEST.. => {
                Err(self.refuse(&format!("a word or number of {} characters", word.len())))
            }
            _ if REFUSED.contains(&word) => Err(self.refuse(&format!("`{word}`"))),
            _ if word == "array" && !self.elements_are_known() => {
                Err(self.refuse("an array of something else than numbers"))
            }
            _ => Ok(()),
        }
    }

    /// Whether `<` and a type of numbers stand right behind the word `array`, as they are printed.
    fn elements_are_known(&self) -> bool {
        let behind = self.text[self.at..].strip_prefix('<');
        behind.is_some_and(|behind| {
            let end = behind.find(|c: char| !c.is_ascii_alphanumeric());
            ELEMENTS.contains(&&behind[..end.unwrap_or(behind.len())])
        })
    }

    /// `#loc3`, as other tools of MLIR's print places; its definition stands on a line of its
    /// own and names no other alias.
    fn alias(&mut self) -> Result<()> {
        let before = self.text[..self.at].rsplit('\n').next().unwrap_or_default();
        let defines = before.trim().is_empty();
        self.at += 1;
        let name = self.skip(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let number = name.strip_prefix("loc");
        let is_place = number.is_some_and(|n| n.bytes().all(|byte| byte.is_ascii_digit()));
        if !is_place || self.alias_line {
            return Err(self.refuse("an alias"));
        }
        self.alias_line |= defines;
        Ok(())
    }

    fn refuse(&self, what: &str) -> Diagnostic {
        let line = self.text.as_bytes()[..self.at.min(self.text.len())]
            .iter()
            .filter(|&&byte| byte == b'\n');
        let line = line.count() + 1;
        Diagnostic::new(format!("line {line} of the module holds {what}"))
            .note("no level of kaon has that")
    }
}
