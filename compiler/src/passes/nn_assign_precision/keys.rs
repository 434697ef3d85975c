//! Trees on keys of float32: every test on numbers as the test on keys that decides the same.

use dialects::nn::ensemble::{Child, Missing, Split, Test};
use dialects::nn::{Ensemble, NAN_KEY, Op, ValueId, float_key};
use dialects::{Diagnostic, Result};

use super::insert::Typing;

impl Typing<'_> {
    /// Whether a value moves keys that this run made of float32.
    pub(super) fn moves_keys(&self, value: ValueId) -> bool {
        self.moves(&self.graph.node(value).op)
    }

    /// Whether an op moves keys and nothing else.
    fn moves(&self, op: &Op) -> bool {
        let moves = matches!(
            op,
            Op::Reshape { .. }
                | Op::Transpose { .. }
                | Op::Concat { .. }
                | Op::Slice { .. }
                | Op::Gather { .. }
        );
        moves && op.operands().iter().all(|v| self.keys[v.index()])
    }

    /// Errors: an op that would compute with keys.
    pub(super) fn check_keys(&self, op: &Op) -> Result<()> {
        let reads = op.operands().iter().any(|v| self.keys[v.index()]);
        match op {
            Op::TreeEnsemble { .. } => Ok(()),
            _ if self.moves(op) || !reads => Ok(()),
            _ => Err(Diagnostic::new(format!(
                "nn.{} computes with an input that is a float32 pattern",
                op.name()
            ))
            .help("give --input-precision 'fixed<W,I>': only trees compare float32")),
        }
    }
}

/// The trees on keys of their features.
///
/// Errors: a split for which zero is missing.
pub fn on_keys(ensemble: &Ensemble) -> Result<Ensemble> {
    let mut keyed = ensemble.clone();
    keyed.missing = Some(f64::from(NAN_KEY));
    for tree in &mut keyed.trees {
        for split in &mut tree.splits {
            *split = split_on_keys(split)?;
        }
    }
    Ok(keyed)
}

fn split_on_keys(split: &Split) -> Result<Split> {
    if split.missing.zero {
        return Err(Diagnostic::new(
            "a split sends zero where missing values go, which patterns of float32 cannot tell",
        )
        .help("give --input-precision 'fixed<W,I>' or --input-data x.npy"));
    }
    let t = split.threshold;
    let (test, threshold, members, swapped) = match split.test {
        Test::Lt => (Test::Lt, below(t), vec![], false),
        Test::Ge => (Test::Ge, below(t), vec![], false),
        Test::Le => (Test::Le, up_to(t), vec![], false),
        Test::Gt => (Test::Gt, up_to(t), vec![], false),
        Test::Eq => (Test::In, 0.0, places(t), false),
        Test::Ne => (Test::In, 0.0, places(t), true),
        Test::In => {
            let members = split.members.iter().flat_map(|&member| places(member));
            (Test::In, 0.0, members.collect(), false)
        }
    };
    let (mut on_true, mut on_false): (Child, Child) = (split.on_true, split.on_false);
    if swapped {
        std::mem::swap(&mut on_true, &mut on_false);
    }
    Ok(Split {
        feature: split.feature,
        test,
        threshold,
        members,
        missing: Missing::to(split.missing.to_true != swapped),
        on_true,
        on_false,
    })
}

/// k so that x < t where the key of x is less than k: the key of the smallest float32 that is
/// not less than t, of -0 where that is zero.
fn below(t: f64) -> f64 {
    let mut least = t as f32;
    if f64::from(least) < t {
        least = least.next_up();
    }
    match least == 0.0 {
        true => f64::from(float_key(-0.0)),
        false => f64::from(float_key(least)),
    }
}

/// k so that x <= t where the key of x is at most k.
fn up_to(t: f64) -> f64 {
    let mut most = t as f32;
    if f64::from(most) > t {
        most = most.next_down();
    }
    match most == 0.0 {
        true => f64::from(float_key(0.0)),
        false => f64::from(float_key(most)),
    }
}

/// The keys of the float32 that equal a number: none, one, or those of both zeros.
fn places(t: f64) -> Vec<f64> {
    let float = t as f32;
    match (f64::from(float) == t, t == 0.0) {
        (false, _) => vec![],
        (true, true) => [-0.0, 0.0].map(|zero| f64::from(float_key(zero))).to_vec(),
        (true, false) => vec![f64::from(float_key(float))],
    }
}
