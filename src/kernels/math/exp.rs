//! The exponential, and 2 to a power.
//!
//! x = k ln 2 + r with |r| <= ln 2 / 2, so e^x = 2^k e^r, and e^r = 1 + r + r^2 / 2 + r^3 q(r) with q
//! fitted to the least relative error of e^r. Plain Horner, whose last steps are 1 + r (1 + r ...),
//! rounds less than 1 + (r + r^2 ...) would, for one product fewer. r is found with ln 2 in two pieces
//! (Cody and Waite); the fused product makes the first difference exact. Of 2^x = 2^k 2^r, r is exact by itself.

use super::polynomial;
use crate::kernels::lanes::Float;

/// e^x for float32.
#[inline(always)]
pub fn exp32<L: Float<Elem = f32>>(x: L) -> L {
    // Beyond these the result is 0 or infinite. In this order of operands nan stays nan.
    within32(L::lit(89.0).min(L::lit(-104.0).max(x)))
}

/// e^x for float32, of x from -104 to 89 (or nan).
#[inline(always)]
pub(super) fn within32<L: Float<Elem = f32>>(x: L) -> L {
    scaled32(x, 0.0)
}

/// e^x over 2^`down` for float32, of x from -104 to 89 (or nan).
#[inline(always)]
pub(super) fn scaled32<L: Float<Elem = f32>>(x: L, down: f64) -> L {
    let (k, r, q) = reduced32(x);
    q.mul_add(r, L::lit(1.0)).ldexp(k - L::lit(down))
}

/// k, r and q, of which e^x is 2^k (1 + r q).
#[inline(always)]
pub(super) fn reduced32<L: Float<Elem = f32>>(x: L) -> (L, L, L) {
    // Adding 1.5 * 2^23 leaves no room for a fraction: it rounds to a whole number.
    let whole = L::lit(12582912.0);
    let k = x.mul_add(L::lit(std::f64::consts::LOG2_E), whole) - whole;
    let r = (-k).mul_add(L::lit(std::f32::consts::LN_2.into()), x);
    let r = (-k).mul_add(L::lit(-1.9046542e-9), r);
    (k, r, polynomial(r, [1.0, 0.5, 0.16666518, 0.04166684, 0.008368946, 0.0013900216]))
}

/// e^x for float64.
#[inline(always)]
pub fn exp64<L: Float<Elem = f64>>(x: L) -> L {
    exp_sum(x, L::lit(0.0))
}

/// e^(x + low) for float64, where `low` is below half a unit of x's last place.
#[inline(always)]
pub(super) fn exp_sum<L: Float<Elem = f64>>(x: L, low: L) -> L {
    within64(L::lit(710.0).min(L::lit(-746.0).max(x)), low)
}

/// The same of x from -746 to 710 (or nan).
#[inline(always)]
pub(super) fn within64<L: Float<Elem = f64>>(x: L, low: L) -> L {
    scaled64(x, low, 0.0)
}

/// e^(x + low) over 2^`down` for float64.
#[inline(always)]
pub(super) fn scaled64<L: Float<Elem = f64>>(x: L, low: L, down: f64) -> L {
    let (k, r, q) = reduced64(x, low);
    q.mul_add(r, L::lit(1.0)).ldexp(k - L::lit(down))
}

/// k, r and q, of which e^(x + low) is 2^k (1 + r q).
#[inline(always)]
pub(super) fn reduced64<L: Float<Elem = f64>>(x: L, low: L) -> (L, L, L) {
    let whole = L::lit(6755399441055744.0);
    let k = x.mul_add(L::lit(std::f64::consts::LOG2_E), whole) - whole;
    let r = (-k).mul_add(L::lit(std::f64::consts::LN_2), x);
    let r = r + (-k).mul_add(L::lit(2.3190468138462996e-17), low);
    let q = polynomial(
        r,
        [
            1.0,
            0.5,
            0.16666666666666244,
            0.04166666666660191,
            0.008333333333610938,
            0.0013888888927543106,
            0.00019841269242049317,
            2.4801507818410968e-05,
            2.7557830405523098e-06,
            2.762550764832855e-07,
            2.492102581326394e-08,
        ],
    );
    (k, r, q)
}

/// 2^x for float32.
#[inline(always)]
pub fn exp2_32<L: Float<Elem = f32>>(x: L) -> L {
    let x = L::lit(129.0).min(L::lit(-151.0).max(x));
    let whole = L::lit(12582912.0);
    let k = (x + whole) - whole;
    let y = polynomial(
        x - k,
        [
            1.0,
            0.6931471824645996,
            0.24022644758224487,
            0.055503591895103455,
            0.009618841111660004,
            0.0013391136890277267,
            0.000152380031067878,
        ],
    );
    y.ldexp(k)
}

/// 2^x for float64.
#[inline(always)]
pub fn exp2_64<L: Float<Elem = f64>>(x: L) -> L {
    let x = L::lit(1025.0).min(L::lit(-1076.0).max(x));
    let whole = L::lit(6755399441055744.0);
    let k = (x + whole) - whole;
    let y = polynomial(
        x - k,
        [
            1.0,
            std::f64::consts::LN_2,
            0.24022650695910133,
            0.05550410866482226,
            0.009618129107593498,
            0.0013333558146380684,
            0.00015403530457765643,
            1.5252733805465552e-05,
            1.3215435000410267e-06,
            1.017808679598926e-07,
            7.0738262339844386e-09,
            4.449951771300947e-10,
        ],
    );
    y.ldexp(k)
}
