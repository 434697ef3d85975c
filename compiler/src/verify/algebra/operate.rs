//! Operations that are no sums, by the first way that fits: a constant, a table over a few
//! atoms, a function of one form, or the operation itself.

use std::sync::Arc;

use dialects::fx::Range;

use super::{Algebra, Form, Kind, power};

/// A table of a form is known by so many entries at most.
const MOST_ENTRIES: i128 = 1 << 20;

impl Algebra {
    /// `f` of the operands. `op` and the operands alone decide what `f` is, and `range` holds
    /// every value of it.
    pub fn apply(
        &mut self,
        op: &'static str,
        of: &[Form],
        range: Range,
        f: &mut dyn FnMut(&[i128]) -> Option<i128>,
    ) -> Option<Form> {
        if let Some(values) = of.iter().map(Form::value).collect::<Option<Vec<_>>>() {
            return f(&values).map(Form::constant);
        }
        if let Some(range) = range.single() {
            return Some(Form::constant(range));
        }
        let operands = self.canonical_all(of)?;
        self.known(op, &operands, f)
            .or_else(|| self.opaque(op, operands, range, vec![]))
    }

    /// The entry of a table that `of`, which is within `domain`, is the number of; every entry
    /// is within `range`.
    pub fn lookup(
        &mut self,
        of: &Form,
        domain: Range,
        range: Range,
        entry: &mut dyn FnMut(i128) -> Option<i128>,
    ) -> Option<Form> {
        if let Some(value) = of.value() {
            return entry(value).map(Form::constant);
        }
        let operands = self.canonical_all(std::slice::from_ref(of))?;
        self.known("lookup", &operands, &mut |of| entry(of[0]))
            .or_else(|| self.opaque_table(&operands[0], domain, range, entry))
    }

    fn canonical_all(&mut self, of: &[Form]) -> Option<Vec<Form>> {
        of.iter().map(|form| self.canonical(form)).collect()
    }

    fn known(
        &mut self,
        op: &'static str,
        operands: &[Form],
        f: &mut dyn FnMut(&[i128]) -> Option<i128>,
    ) -> Option<Form> {
        self.deep_table(operands, f)
            .or_else(|| self.of_one(op, operands, f))
            .or_else(|| self.wide_table(operands, f))
    }

    /// A table of a form without its constant, and the value that the first entry is for.
    fn opaque_table(
        &mut self,
        index: &Form,
        domain: Range,
        range: Range,
        entry: &mut dyn FnMut(i128) -> Option<i128>,
    ) -> Option<Form> {
        let base = index.clone().offset(-index.constant)?;
        let own = self.range(index)?;
        let (lo, hi) = (domain.lo.max(own.lo), domain.hi.min(own.hi));
        if hi.checked_sub(lo)? > MOST_ENTRIES {
            return None;
        }
        let table = (lo..=hi).map(entry).collect::<Option<Vec<_>>>()?;
        let first = Form::constant(lo - index.constant);
        self.opaque("lookup", vec![base, first], range, table)
    }

    fn of_one(
        &mut self,
        op: &'static str,
        of: &[Form],
        f: &mut dyn FnMut(&[i128]) -> Option<i128>,
    ) -> Option<Form> {
        let first = of.iter().find(|form| !form.terms.is_empty())?;
        let mut bases = vec![];
        for base in [first]
            .into_iter()
            .chain(of)
            .flat_map(|form| self.bases(form))
        {
            if !bases.contains(&base) {
                bases.push(base);
            }
        }
        bases.into_iter().find_map(|base| {
            let functions = of.iter().map(|form| self.over(form, &base));
            let functions = functions.collect::<Option<Vec<_>>>()?;
            let functions = functions
                .iter()
                .map(|function| &**function)
                .collect::<Vec<_>>();
            let function = match (op, &functions[..]) {
                ("gate" | "product", [a, b]) => a.times(b),
                ("clamp", [value, ..]) => value.clamp(of[1].value()?, of[2].value()?),
                _ => None,
            };
            let function = match function {
                Some(function) => function,
                None => super::Piecewise::zip(&functions, f)?,
            };
            self.of_function(&base, &function)
        })
    }

    fn opaque(
        &mut self,
        op: &'static str,
        of: Vec<Form>,
        range: Range,
        table: Vec<i128>,
    ) -> Option<Form> {
        let of = of.into_iter().map(Arc::new).collect();
        let table = Arc::from(table);
        Some(Form::atom(self.atom(Kind::Opaque { op, of, table }, range)))
    }

    /// 1 where the form is negative, else 0.
    pub fn negative(&mut self, form: &Form) -> Option<Form> {
        let range = self.range(form)?;
        let widest = range.lo.unsigned_abs().max(range.hi.unsigned_abs());
        self.floor(form, 129 - widest.leading_zeros())?.times(-1)
    }

    /// 1 where the form, which is greater than `-2^width` and less than `2^width`, is not 0.
    pub fn nonzero(&mut self, form: &Form, width: u32) -> Option<Form> {
        let (below, above) = (
            self.floor(form, width)?,
            self.floor(&form.times(-1)?, width)?,
        );
        below.plus(&above, 1)?.times(-1)
    }

    /// `on_true` where the bit is 1, else `on_false`.
    pub fn choose(&mut self, bit: &Form, on_true: &Form, on_false: &Form) -> Option<Form> {
        match bit.value() {
            Some(0) => return Some(on_false.clone()),
            Some(_) => return Some(on_true.clone()),
            None => {}
        }
        let difference = on_true.plus(on_false, -1)?;
        on_false.plus(&self.gate(bit, &difference)?, 1)
    }

    /// `bit · form`.
    pub fn gate(&mut self, bit: &Form, form: &Form) -> Option<Form> {
        if let Some(value) = bit.value() {
            return form.times(value);
        }
        // A bit 1 - b: what is left out instead.
        if bit.constant == 1 {
            let inverse = bit.times(-1)?.offset(1)?;
            let out = self.gate(&inverse, form)?;
            return form.plus(&out, -1);
        }
        let (scaled, factor) = match form.primitive() {
            None if form.constant == 0 => return Some(Form::default()),
            None => return bit.times(form.constant),
            Some((base, factor, offset)) if offset % factor == 0 => {
                (base.offset(offset / factor)?, factor)
            }
            Some(_) => (form.clone(), 1),
        };
        let range = self.range(&scaled)?;
        let range = Range::new(range.lo.min(0), range.hi.max(0));
        let f = &mut |of: &[i128]| of[0].checked_mul(of[1]);
        self.apply("gate", &[bit.clone(), scaled], range, f)?
            .times(factor)
    }

    /// `bit · form` of a form of `width` bits, unsigned. Where nothing better is known of the
    /// product, the remainder that the form is is taken of the product instead.
    pub fn gate_of_bits(&mut self, bit: &Form, form: &Form, width: u32) -> Option<Form> {
        let plain = self.gate(bit, form)?;
        if form.split(width)?.0.terms.is_empty() || !self.is_opaque(&plain) {
            return Some(plain);
        }
        let near = self.nearest(form, width)?;
        let product = self.gate(bit, &near)?;
        match self.is_opaque(&product) {
            true => Some(plain),
            false => self.modulo(&product, width),
        }
    }

    /// `on_true` where the bit is 1, else `on_false`, both of `width` bits, unsigned.
    pub fn choose_bits(
        &mut self,
        bit: &Form,
        [on_true, on_false]: [&Form; 2],
        width: u32,
    ) -> Option<Form> {
        let plain = self.choose(bit, on_true, on_false)?;
        if !self.is_opaque(&plain) {
            return Some(plain);
        }
        let (yes, no) = (
            self.nearest(on_true, width)?,
            self.nearest(on_false, width)?,
        );
        let difference = yes.plus(&no, -1)?;
        let product = self.gate(bit, &difference)?;
        match self.is_opaque(&product) {
            true => Some(plain),
            false => self.modulo(&no.plus(&product, 1)?, width),
        }
    }

    /// Whether a part of the form is a gate of which nothing better is known.
    fn is_opaque(&self, form: &Form) -> bool {
        form.terms.iter().any(|term| {
            let kind = &self.atoms[term.0 as usize].kind;
            matches!(kind, Kind::Opaque { op: "gate", .. })
        })
    }

    /// The product of two forms.
    pub fn product(&mut self, a: &Form, b: &Form) -> Option<Form> {
        if let Some(factor) = b.value() {
            return a.times(factor);
        }
        let (Some((x, p, q)), Some((y, r, s))) = (a.primitive(), b.primitive()) else {
            return b.times(a.constant);
        };
        // (p·x + q)(r·y + s)
        let (low, high) = if x.terms <= y.terms {
            (&x, &y)
        } else {
            (&y, &x)
        };
        let (of_low, of_high) = (self.range(low)?, self.range(high)?);
        let ends = [of_low.lo, of_low.hi].into_iter();
        let ends = ends.flat_map(|end| [(end, of_high.lo), (end, of_high.hi)]);
        let range = Range::hull(ends.map(|(a, b)| a.checked_mul(b)))?;
        let f = &mut |of: &[i128]| of[0].checked_mul(of[1]);
        let square = self.apply("product", &[low.clone(), high.clone()], range, f)?;
        let sum = square.times(p.checked_mul(r)?)?;
        let sum = sum
            .plus(&x, p.checked_mul(s)?)?
            .plus(&y, q.checked_mul(r)?)?;
        sum.offset(q.checked_mul(s)?)
    }

    /// `form` with every coefficient as near to 0 as `2^width` allows: the same modulo that.
    pub fn nearest(&self, form: &Form, width: u32) -> Option<Form> {
        let (_, rest) = form.split(width)?;
        let half = power(width)? >> 1;
        let moved = if rest.constant > half {
            -power(width)?
        } else {
            0
        };
        rest.offset(moved)
    }
}
