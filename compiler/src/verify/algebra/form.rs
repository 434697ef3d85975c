//! Linear forms over atoms: `constant + Σ coefficient · atom`, exact integers.

use super::AtomId;

/// No coefficient is 0; atoms in order. Two forms are equal exactly when they are the same sum.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Form {
    pub constant: i128,
    pub terms: Vec<(AtomId, i128)>,
}

impl Form {
    pub fn constant(constant: i128) -> Self {
        let terms = vec![];
        Form { constant, terms }
    }

    pub fn atom(atom: AtomId) -> Self {
        Form {
            constant: 0,
            terms: vec![(atom, 1)],
        }
    }

    /// The value of a form without atoms.
    pub fn value(&self) -> Option<i128> {
        self.terms.is_empty().then_some(self.constant)
    }

    pub fn coefficient(&self, atom: AtomId) -> i128 {
        let at = self.terms.binary_search_by_key(&atom, |term| term.0);
        at.map_or(0, |at| self.terms[at].1)
    }

    /// `self + factor · other`; `None` beyond 128 bits, as everywhere in this room.
    pub fn plus(&self, other: &Form, factor: i128) -> Option<Form> {
        if factor == 0 {
            return Some(self.clone());
        }
        let added = other.constant.checked_mul(factor)?;
        let constant = self.constant.checked_add(added)?;
        let mut terms = Vec::with_capacity(self.terms.len() + other.terms.len());
        let (mut a, mut b) = (self.terms.iter().peekable(), other.terms.iter().peekable());
        loop {
            let next = match (a.peek(), b.peek()) {
                (None, None) => break,
                (Some(left), Some(right)) => left.0.min(right.0),
                (Some(one), None) | (None, Some(one)) => one.0,
            };
            let left = a.next_if(|term| term.0 == next).map_or(0, |term| term.1);
            let right = b.next_if(|term| term.0 == next).map_or(0, |term| term.1);
            let sum = left.checked_add(right.checked_mul(factor)?)?;
            if sum != 0 {
                terms.push((next, sum));
            }
        }
        Some(Form { constant, terms })
    }

    pub fn offset(mut self, by: i128) -> Option<Form> {
        self.constant = self.constant.checked_add(by)?;
        Some(self)
    }

    pub fn times(&self, factor: i128) -> Option<Form> {
        Form::default().plus(self, factor)
    }

    /// Without the terms of an atom.
    pub fn without(&self, atom: AtomId) -> Form {
        let terms = self.terms.iter().copied();
        Form {
            constant: self.constant,
            terms: terms.filter(|term| term.0 != atom).collect(),
        }
    }

    /// `quotient · 2^amount + rest`: coefficients of the rest lie in (-2^(amount-1), 2^(amount-1)],
    /// its constant in [0, 2^amount).
    pub fn split(&self, amount: u32) -> Option<(Form, Form)> {
        let whole = power(amount)?;
        let half = whole >> 1;
        let (mut quotient, mut rest) = (Form::default(), Form::default());
        quotient.constant = self.constant.div_euclid(whole);
        rest.constant = self.constant.rem_euclid(whole);
        for &(atom, coefficient) in &self.terms {
            let low = coefficient.rem_euclid(whole);
            let low = if low > half { low - whole } else { low };
            let high = coefficient.checked_sub(low)? / whole;
            if low != 0 {
                rest.terms.push((atom, low));
            }
            if high != 0 {
                quotient.terms.push((atom, high));
            }
        }
        Some((quotient, rest))
    }

    /// `factor · base + offset`, where the base has no constant, coefficients without a common
    /// divisor and a positive first one. `None` for a constant.
    pub fn primitive(&self) -> Option<(Form, i128, i128)> {
        let (_, first) = self.terms.first()?;
        let divisor = self
            .terms
            .iter()
            .fold(0, |divisor, term| gcd(divisor, term.1));
        let factor = if *first < 0 { -divisor } else { divisor };
        let terms = self.terms.iter();
        let base = Form {
            constant: 0,
            terms: terms.map(|(atom, value)| (*atom, value / factor)).collect(),
        };
        Some((base, factor, self.constant))
    }
}

/// The greatest common divisor, not negative.
pub fn gcd(a: i128, b: i128) -> i128 {
    num_integer::gcd(a, b)
}

/// `2^amount` with room to add.
pub fn power(amount: u32) -> Option<i128> {
    (amount < 126).then(|| 1 << amount)
}
