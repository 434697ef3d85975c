//! Where splits cut the numbers of a feature, in order.

use dialects::Number;

/// The numbers `offset + n·scale` for integers n; the scale is positive.
#[derive(Debug, Clone)]
pub struct Grid {
    pub offset: Number,
    pub scale: Number,
}

/// A place between numbers: below it are all smaller than `at`, and `at` itself where it counts.
/// On a grid, `at` is the integer of the last number below.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cut {
    at: Number,
    with: bool,
}

/// A feature: what is below the first cut or not below the last one does not occur.
#[derive(Debug, Clone)]
pub struct Feature {
    grid: Option<Grid>,
    pub first: Option<Cut>,
    pub last: Option<Cut>,
}

impl Feature {
    /// A feature on a grid, if it is on one, between two numbers, if it is.
    pub fn new(grid: Option<Grid>, ends: Option<(Number, Number)>) -> Self {
        let mut feature = Feature {
            grid,
            first: None,
            last: None,
        };
        if let Some((lo, hi)) = ends {
            feature.first = Some(feature.cut(&lo, false));
            feature.last = Some(feature.cut(&hi, true));
        }
        feature
    }

    /// The cut before a number, or behind it.
    pub fn cut(&self, number: &Number, with: bool) -> Cut {
        let Some(grid) = &self.grid else {
            return Cut {
                at: number.clone(),
                with,
            };
        };
        let steps = (number - &grid.offset).checked_div(&grid.scale);
        let steps = steps.expect("a scale is not zero");
        let floor = Number::from(steps.floor());
        let at = match with || floor != steps {
            true => floor,
            false => &floor - &Number::one(),
        };
        Cut { at, with: true }
    }
}
