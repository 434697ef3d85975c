//! Identities of any width, by normal form: polynomials with powers of two of unknown
//! exponent.
//!
//! A value is a sum of products of variables, of 2ᵏ and of 2⁻ᵏ for amounts k, with dyadic
//! coefficients; `shr x k` is ⌊x·2⁻ᵏ⌋, `round m x k` is m(x·2⁻ᵏ), `wrap` of w bits is
//! x - 2ʷ·⌊x·2⁻ʷ⌋, or that around half its range, a selection is y + s·(x - y), and bits
//! obey b² = b. Besides arithmetic three facts of rounding are used, for integers n and
//! m > 0: m(n) = n, ⌊a + n⌋ = ⌊a⌋ + n, and ⌊(⌊a⌋ + n)/m⌋ = ⌊(a + n)/m⌋.
//!
//! Two expressions with one normal form are equal for all integers and all amounts.

use std::collections::{BTreeMap, BTreeSet};

use super::term::Term;

/// What a polynomial is made of besides numbers and powers of two.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Atom {
    Variable(String),
    /// A rounding by mode; `floor` is one.
    Rounded(String, Sum),
}

/// 2^(Σ exponent·amount) · Π atom^count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Product {
    powers: BTreeMap<String, i32>,
    atoms: BTreeMap<Atom, u32>,
}

/// `odd · 2^places`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Dyadic {
    odd: i128,
    places: i32,
}

impl Dyadic {
    fn new(value: i128, places: i32) -> Self {
        let zeros = value.trailing_zeros().min(127);
        match value {
            0 => Dyadic { odd: 0, places: 0 },
            _ => Dyadic {
                odd: value >> zeros,
                places: places + zeros as i32,
            },
        }
    }

    fn plus(self, other: Dyadic) -> Option<Dyadic> {
        let low = self.places.min(other.places);
        let at = |d: Dyadic| {
            let up = u32::try_from(d.places - low).ok().filter(|up| *up < 120)?;
            d.odd.checked_mul(1 << up)
        };
        Some(Dyadic::new(at(self)?.checked_add(at(other)?)?, low))
    }

    fn times(self, other: Dyadic) -> Option<Dyadic> {
        let odd = self.odd.checked_mul(other.odd)?;
        Some(Dyadic::new(odd, self.places + other.places))
    }
}

/// A sum of products; none has the coefficient 0.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Sum(BTreeMap<Product, Dyadic>);

impl Sum {
    fn number(value: i128) -> Sum {
        Sum::of(Product::default(), Dyadic::new(value, 0))
    }

    fn of(product: Product, coefficient: Dyadic) -> Sum {
        match coefficient.odd {
            0 => Sum::default(),
            _ => Sum(BTreeMap::from([(product, coefficient)])),
        }
    }

    fn atom(atom: Atom) -> Sum {
        let atoms = BTreeMap::from([(atom, 1)]);
        let product = Product {
            atoms,
            ..Product::default()
        };
        Sum::of(product, Dyadic::new(1, 0))
    }

    fn plus(mut self, other: &Sum) -> Option<Sum> {
        for (product, coefficient) in &other.0 {
            let entry = self.0.entry(product.clone());
            let sum = match entry {
                std::collections::btree_map::Entry::Vacant(_) => *coefficient,
                std::collections::btree_map::Entry::Occupied(ref old) => {
                    old.get().plus(*coefficient)?
                }
            };
            match sum.odd {
                0 => drop(self.0.remove(product)),
                _ => drop(self.0.insert(product.clone(), sum)),
            }
        }
        Some(self)
    }

    fn minus(self, other: &Sum) -> Option<Sum> {
        self.plus(&other.scaled(&Product::default(), Dyadic::new(-1, 0))?)
    }

    fn scaled(&self, by: &Product, coefficient: Dyadic) -> Option<Sum> {
        let mut sum = Sum::default();
        for (product, own) in &self.0 {
            let mut product = product.clone();
            for (amount, exponent) in &by.powers {
                let total = product.powers.entry(amount.clone()).or_insert(0);
                *total += exponent;
            }
            product.powers.retain(|_, exponent| *exponent != 0);
            for (atom, count) in &by.atoms {
                *product.atoms.entry(atom.clone()).or_insert(0) += count;
            }
            sum = sum.plus(&Sum::of(product, own.times(coefficient)?))?;
        }
        Some(sum)
    }

    fn times(&self, other: &Sum) -> Option<Sum> {
        let mut sum = Sum::default();
        for (product, coefficient) in &other.0 {
            sum = sum.plus(&self.scaled(product, *coefficient)?)?;
        }
        Some(sum)
    }
}

/// Whether a product is an integer whatever its variables are.
fn is_integer(product: &Product, coefficient: Dyadic) -> bool {
    coefficient.places >= 0 && product.powers.values().all(|exponent| *exponent >= 0)
}

/// Why no normal form decides.
pub type Unknown = String;

/// The normal forms of expressions over some bits.
pub struct Algebra {
    bits: BTreeSet<String>,
}

impl Algebra {
    /// Variables of which it is known that they are bits.
    pub fn new(bits: BTreeSet<String>) -> Self {
        Algebra { bits }
    }

    /// Whether both expressions have one normal form.
    pub fn equal(&self, lhs: &Term, rhs: &Term) -> Result<bool, Unknown> {
        Ok(self.sum(lhs)? == self.sum(rhs)?)
    }

    fn sum(&self, term: &Term) -> Result<Sum, Unknown> {
        let (op, parts) = match term {
            Term::Number(value) => return Ok(Sum::number(*value)),
            Term::Word(word) => return Ok(Sum::atom(Atom::Variable(word.clone()))),
            Term::Op(op, parts) => (*op, parts),
        };
        let of = |at: usize| self.sum(&parts[at]);
        let large = || "its numbers are too large".to_string();
        let found = match op {
            "add" => of(0)?.plus(&of(1)?),
            "sub" => of(0)?.minus(&of(1)?),
            "neg" => Sum::default().minus(&of(0)?),
            "mul" => of(0)?.times(&of(1)?),
            "shl" => scale(&of(0)?, power(&parts[1])?, 1),
            "shr" => {
                let inner = scale(&of(0)?, power(&parts[1])?, -1);
                Some(self.rounded("floor", inner.ok_or_else(large)?)?)
            }
            "round" => {
                let inner = scale(&of(1)?, power(&parts[2])?, -1);
                let Term::Word(mode) = &parts[0] else {
                    return Err("a mode is a word".to_string());
                };
                Some(self.rounded(mode, inner.ok_or_else(large)?)?)
            }
            "wrap" => self.wrapped(&parts[0], of(1)?)?,
            "select" => {
                self.bit(&parts[0])?;
                let (yes, no) = (of(1)?, of(2)?);
                let apart = yes.minus(&no).ok_or_else(large)?;
                of(0)?.times(&apart).and_then(|part| no.plus(&part))
            }
            "and" => self.bits(parts)?.times(&of(1)?),
            "or" => {
                let (a, b) = (self.bits(parts)?, of(1)?);
                let both = a.times(&b);
                both.and_then(|both| a.plus(&b)?.minus(&both))
            }
            "xor" => {
                let (a, b) = (self.bits(parts)?, of(1)?);
                let both = a.times(&b);
                both.and_then(|both| a.plus(&b)?.minus(&both)?.minus(&both))
            }
            "not" => Sum::number(1).minus(&self.bits(parts)?),
            "register" => Some(of(0)?),
            _ => return Err(format!("{op} is no polynomial")),
        };
        found.map(|sum| self.idempotent(sum)).ok_or_else(large)
    }

    /// The first of some operands, all of which have to be bits.
    fn bits(&self, parts: &[Term]) -> Result<Sum, Unknown> {
        parts.iter().try_for_each(|part| self.bit(part))?;
        self.sum(&parts[0])
    }

    fn bit(&self, term: &Term) -> Result<(), Unknown> {
        let holds = match term {
            Term::Number(value) => (0..=1).contains(value),
            Term::Word(word) => self.bits.contains(word),
            Term::Op("and" | "or" | "xor" | "not" | "compare", _) => true,
            Term::Op("select", parts) => parts.iter().all(|part| self.bit(part).is_ok()),
            Term::Op(..) => false,
        };
        match holds {
            true => Ok(()),
            false => Err(format!("{term} is not known to be a bit")),
        }
    }

    /// The same sum, with b² = b for bits.
    fn idempotent(&self, sum: Sum) -> Sum {
        let mut found = Sum::default();
        for (mut product, coefficient) in sum.0 {
            for (atom, count) in &mut product.atoms {
                if matches!(atom, Atom::Variable(name) if self.bits.contains(name)) {
                    *count = 1;
                }
            }
            let part = Sum::of(product, coefficient);
            found = found.plus(&part).expect("coefficients that met before");
        }
        found
    }

    fn rounded(&self, mode: &str, inner: Sum) -> Result<Sum, Unknown> {
        let large = || "its numbers are too large".to_string();
        let integer =
            |(product, coefficient): (&Product, &Dyadic)| is_integer(product, *coefficient);
        if inner.0.iter().all(integer) {
            return Ok(inner);
        }
        if mode != "floor" {
            return Ok(Sum::atom(Atom::Rounded(mode.to_string(), inner)));
        }
        let (whole, mut rest): (BTreeMap<_, _>, BTreeMap<_, _>) =
            inner.0.into_iter().partition(|(p, c)| is_integer(p, *c));
        let fraction = match nested(&rest) {
            Some((product, below)) => {
                let coefficient = rest.remove(&product).expect("it was found there");
                let bare = Product {
                    atoms: BTreeMap::new(),
                    ..product
                };
                let opened = below.scaled(&bare, coefficient).ok_or_else(large)?;
                self.rounded(mode, Sum(rest).plus(&opened).ok_or_else(large)?)?
            }
            None => Sum::atom(Atom::Rounded(mode.to_string(), Sum(rest))),
        };
        fraction.plus(&Sum(whole)).ok_or_else(large)
    }

    /// `x - 2ʷ·⌊(x + h)·2⁻ʷ⌋`, where h is half of 2ʷ for a signed type.
    fn wrapped(&self, ty: &Term, value: Sum) -> Result<Option<Sum>, Unknown> {
        let (signed, width) = match ty {
            Term::Op("si", parts) => (true, power(&parts[0])?),
            Term::Op("ui", parts) => (false, power(&parts[0])?),
            _ => return Err(format!("{ty} is no type of a known width")),
        };
        let size = Sum::of(width.0.clone(), width.1);
        let half = size.scaled(&Product::default(), Dyadic::new(1, -1));
        let lifted = match signed {
            true => half.and_then(|half| value.clone().plus(&half)),
            false => Some(value.clone()),
        };
        let Some(inner) = lifted.and_then(|lifted| scale(&lifted, width, -1)) else {
            return Ok(None);
        };
        let turns = self.rounded("floor", inner)?;
        Ok(turns.times(&size).and_then(|turns| value.minus(&turns)))
    }
}

/// A ⌊a⌋·(1/m) among products of which all others are integers times 1/m: it, and a.
fn nested(rest: &BTreeMap<Product, Dyadic>) -> Option<(Product, Sum)> {
    rest.iter().find_map(|(product, coefficient)| {
        let mut atoms = product.atoms.iter();
        let (Some((Atom::Rounded(mode, below), 1)), None) = (atoms.next(), atoms.next()) else {
            return None;
        };
        let divides = coefficient.odd == 1
            && coefficient.places <= 0
            && product.powers.values().all(|exponent| *exponent <= 0);
        let mut others = rest.iter().filter(|(other, _)| *other != product);
        let whole = |(other, own): (&Product, &Dyadic)| {
            let mut other = other.clone();
            for (amount, exponent) in &product.powers {
                *other.powers.entry(amount.clone()).or_insert(0) -= exponent;
            }
            let places = own.places - coefficient.places;
            is_integer(&other, Dyadic { places, ..*own })
        };
        let all_whole = others.all(whole);
        (mode == "floor" && divides && all_whole).then(|| (product.clone(), below.clone()))
    })
}

/// 2^amount as a product and a coefficient.
fn power(amount: &Term) -> Result<(Product, Dyadic), Unknown> {
    let mut powers = BTreeMap::new();
    let places = add_power(amount, 1, &mut powers)?;
    powers.retain(|_, exponent| *exponent != 0);
    let product = Product {
        powers,
        ..Product::default()
    };
    Ok((product, Dyadic { odd: 1, places }))
}

fn add_power(amount: &Term, sign: i32, powers: &mut BTreeMap<String, i32>) -> Result<i32, Unknown> {
    match amount {
        Term::Number(value) => {
            let value = i32::try_from(*value).map_err(|_| "an amount is too large")?;
            Ok(sign * value)
        }
        Term::Word(word) => {
            *powers.entry(word.clone()).or_insert(0) += sign;
            Ok(0)
        }
        Term::Op(op @ ("add" | "sub"), parts) => {
            let left = add_power(&parts[0], sign, powers)?;
            let other = if *op == "add" { sign } else { -sign };
            Ok(left + add_power(&parts[1], other, powers)?)
        }
        Term::Op(..) => Err(format!("{amount} is no sum of amounts")),
    }
}

/// A sum times 2^amount, or divided by it.
fn scale(sum: &Sum, (mut by, mut coefficient): (Product, Dyadic), sign: i32) -> Option<Sum> {
    by.powers
        .values_mut()
        .for_each(|exponent| *exponent *= sign);
    coefficient.places *= sign;
    sum.scaled(&by, coefficient)
}
