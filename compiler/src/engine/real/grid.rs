//! The integer of a float64 on a grid of a power of two, without a branch for its rounding.

use dialects::Overflow;
use dialects::fx::Conversion;

/// A grid of a power of two with no offset: float64 arithmetic is exact on it.
pub struct Grid {
    /// 1 / scale.
    inverse: f64,
    min: i64,
    max: i64,
    saturates: bool,
    /// What rounding adds to the floor, by [`place`].
    up: [i8; 16],
}

impl Grid {
    pub fn new(inverse: f64, (min, max): (i128, i128), conversion: Conversion) -> Grid {
        let mut up = [0; 16];
        for floor in [-2i128, -1, 0, 1] {
            for quarter in 0..4 {
                let rounded = conversion.rounding.shift_right(4 * floor + quarter, 2);
                up[place(floor as i64, quarter as usize)] = (rounded - floor) as i8;
            }
        }
        Grid {
            inverse,
            min: i64::try_from(min).unwrap_or(i64::MIN),
            max: i64::try_from(max).unwrap_or(i64::MAX),
            saturates: matches!(
                conversion.overflow,
                Overflow::Saturate | Overflow::SaturateSymmetric
            ),
            up,
        }
    }

    /// The integer, and whether the number was rounded, and was out of range; `None` for
    /// numbers so large or small that float64 does not decide, and for those that wrap.
    pub fn integer(&self, value: f64) -> Option<(i64, bool, bool)> {
        let scaled = value * self.inverse;
        if scaled.abs() >= 1e15 || value != 0.0 && value.abs() < 1e-200 || value.abs() >= 1e200 {
            return None;
        }
        let whole = scaled as i64;
        // Toward zero the difference is exact.
        let rest = scaled - whole as f64;
        let below = i64::from(rest < 0.0);
        let (floor, size) = (whole - below, rest.abs());
        let past = usize::from(size >= 0.5) + usize::from(size > 0.5);
        let quarter = match below {
            0 => usize::from(size > 0.0) + past,
            _ => 3 - past,
        };
        let integer = floor + i64::from(self.up[place(floor, quarter)]);
        let inside = integer.clamp(self.min, self.max);
        let overflows = inside != integer;
        (self.saturates || !overflows).then_some((inside, quarter != 0, overflows))
    }
}

/// A floor, by its sign and whether it is odd, and what is beyond it: 0 nothing, 1 less than
/// the half, 2 the half, 3 more.
fn place(floor: i64, quarter: usize) -> usize {
    quarter | usize::from(floor & 1 == 1) << 2 | usize::from(floor < 0) << 3
}
