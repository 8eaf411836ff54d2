//! torch's deprecated signatures, which have a number before the tensors: `add(input, alpha, other)`. They are the signatures of
//! today with their arguments in another order, and stand in no list of theirs.

use super::value::{Arg, Output, Target};
use crate::error::Result;
use crate::ops::{elements::arithmetic, elements::blend, products::added};

type Call = fn(&[Arg<'_>], Target<'_>) -> Result<Output>;

/// The arguments at these places, those beyond the last left out.
fn placed<'a, const N: usize>(args: &[Arg<'a>], order: [usize; N]) -> [Arg<'a>; N] {
    order.map(|i| args.get(i).map_or(Arg::None, Arg::again))
}

/// Nothing is there.
const LEFT_OUT: usize = usize::MAX;

macro_rules! turned {
    ($($name:ident = $call:path, $order:expr;)*) => {$(
        pub(super) fn $name(args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
            let call: Call = $call;
            call(&placed(args, $order), target)
        }
    )*};
}

turned! {
    add = arithmetic::add, [0, 2, 1];
    sub = arithmetic::sub, [0, 2, 1];
    addcmul = blend::addcmul, [0, 2, 3, 1];
    addcdiv = blend::addcdiv, [0, 2, 3, 1];
}

/// `beta, input, first, second`.
pub(super) fn with_beta(kin: &added::Kin, args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    added::call(kin, &placed(args, [1, 2, 3, 0, LEFT_OUT]), target)
}

/// `beta, input, alpha, first, second`.
pub(super) fn with_both(kin: &added::Kin, args: &[Arg<'_>], target: Target<'_>) -> Result<Output> {
    added::call(kin, &placed(args, [1, 3, 4, 0, 2]), target)
}
