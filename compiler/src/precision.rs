//! Fixed-point types as a user writes them.
//!
//! | text                                  | means                                              |
//! | `fixed<16,6>`                         | 16 bits with sign, 6 of them before the point      |
//! | `ufixed<8,0,floor,saturate>`          | 8 bits without sign, all behind the point          |
//! | `ap_fixed<16,6>`                      | the same bits, rounded down and wrapped as HLS does|
//! | `ap_fixed<8,6,AP_RND_CONV,AP_SAT>`    | HLS's names for `half_even` and `saturate`         |
//!
//! `fixed` and `ufixed` round half to even and saturate unless they say otherwise.

use std::fmt;
use std::str::FromStr;

use dialects::fx::MAX_WIDTH;
use dialects::{Overflow, Rounding, nn};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A fixed-point type and how a real number gets into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Precision {
    pub signed: bool,
    pub width: u32,
    /// Bits before the binary point, the sign included; may be negative or beyond the width.
    pub integer: i32,
    pub rounding: Rounding,
    pub overflow: Overflow,
}

impl Precision {
    /// Bits behind the binary point; negative when the lowest bit is worth more than 1.
    pub fn fraction(&self) -> i32 {
        self.width as i32 - self.integer
    }

    /// The quantiser of this type.
    pub fn quantizer(&self) -> nn::Quantizer {
        let (signed, width) = (self.signed, self.width);
        let fraction = self.fraction();
        nn::Quantizer::fixed(signed, width, fraction, self.rounding, self.overflow)
    }
}

/// What an input port carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InputPrecision {
    Fixed(Precision),
    /// Patterns of float32, which trees compare and nothing else can read.
    Float32,
}

impl InputPrecision {
    /// The fixed-point type, if it is one.
    pub fn fixed(self) -> Option<Precision> {
        match self {
            InputPrecision::Fixed(precision) => Some(precision),
            InputPrecision::Float32 => None,
        }
    }
}

impl FromStr for InputPrecision {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "float32" => Ok(InputPrecision::Float32),
            text => text.parse().map(InputPrecision::Fixed),
        }
    }
}

impl fmt::Display for InputPrecision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InputPrecision::Fixed(precision) => precision.fmt(f),
            InputPrecision::Float32 => f.write_str("float32"),
        }
    }
}

impl Serialize for InputPrecision {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for InputPrecision {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The modes' names: ours first, then those of HLS.
const ROUNDINGS: &[(&str, Rounding)] = &[
    ("AP_TRN", Rounding::Floor),
    ("AP_TRN_ZERO", Rounding::TowardZero),
    ("AP_RND", Rounding::HalfUp),
    ("AP_RND_CONV", Rounding::HalfEven),
    ("AP_RND_INF", Rounding::HalfAway),
    ("AP_RND_ZERO", Rounding::HalfToZero),
    ("AP_RND_MIN_INF", Rounding::HalfDown),
];
const OVERFLOWS: &[(&str, Overflow)] = &[
    ("AP_SAT", Overflow::Saturate),
    ("AP_WRAP", Overflow::Wrap),
    ("AP_SAT_ZERO", Overflow::SaturateZero),
    ("AP_SAT_SYM", Overflow::SaturateSymmetric),
];

/// A mode by our name, or by HLS's with or without `AP_`.
fn mode<T: Copy + FromStr<Err = String>>(text: &str, hls: &[(&str, T)]) -> Result<T, String> {
    let same = |name: &str| name == text || name.strip_prefix("AP_") == Some(text);
    match hls.iter().find(|(name, _)| same(name)) {
        Some((_, mode)) => Ok(*mode),
        None => text.parse().map_err(|finding: String| {
            let names = hls.iter().map(|(name, _)| *name).collect::<Vec<_>>();
            format!("{finding}, or {}", names.join(", "))
        }),
    }
}

impl FromStr for Precision {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let malformed = || {
            format!(
                "`{text}` is no type such as fixed<16,6>, ufixed<8,0,floor,saturate> or \
                 ap_fixed<8,6,AP_RND_CONV,AP_SAT>"
            )
        };
        let (kind, rest) = text.split_once('<').ok_or_else(malformed)?;
        let inside = rest.strip_suffix('>').ok_or_else(malformed)?;
        let (signed, hls) = match kind.trim() {
            "fixed" => (true, false),
            "ufixed" => (false, false),
            "ap_fixed" => (true, true),
            "ap_ufixed" => (false, true),
            _ => return Err(malformed()),
        };
        let parts = inside.split(',').map(str::trim).collect::<Vec<_>>();
        let (width, integer, modes) = match parts[..] {
            [width, integer, ref modes @ ..] if modes.len() <= 2 => (width, integer, modes),
            _ => return Err(malformed()),
        };
        let width = width.parse::<u32>().map_err(|_| malformed())?;
        let integer = integer.parse::<i32>().map_err(|_| malformed())?;
        if !(1..=MAX_WIDTH).contains(&width) {
            return Err(format!(
                "`{text}` has {width} bits; kaon takes 1 to {MAX_WIDTH}"
            ));
        }
        if integer.unsigned_abs() > MAX_WIDTH {
            return Err(format!(
                "`{text}` has its binary point {integer} bits away; kaon takes up to {MAX_WIDTH}"
            ));
        }
        let rounding = match (modes.first(), hls) {
            (Some(name), _) => mode(name, ROUNDINGS)?,
            (None, true) => Rounding::Floor,
            (None, false) => Rounding::HalfEven,
        };
        let overflow = match (modes.get(1), hls) {
            (Some(name), _) => mode(name, OVERFLOWS)?,
            (None, true) => Overflow::Wrap,
            (None, false) => Overflow::Saturate,
        };
        if overflow == Overflow::SaturateSymmetric && signed && width == 1 {
            return Err(format!("`{text}` has no value but 0"));
        }
        Ok(Precision {
            signed,
            width,
            integer,
            rounding,
            overflow,
        })
    }
}

/// The text that `parse` reads back; modes are left out when they are the default.
impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.signed { "fixed" } else { "ufixed" };
        write!(f, "{kind}<{},{}", self.width, self.integer)?;
        match (self.rounding, self.overflow) {
            (Rounding::HalfEven, Overflow::Saturate) => {}
            (rounding, Overflow::Saturate) => write!(f, ",{rounding}")?,
            (rounding, overflow) => write!(f, ",{rounding},{overflow}")?,
        }
        write!(f, ">")
    }
}

impl Serialize for Precision {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Precision {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
