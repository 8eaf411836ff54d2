//! Quotients in whole steps.

use crate::kernels::lanes::{Float, Widen, each};
use crate::kernels::number::{Ordered, Ring};

macro_rules! floor {
    ($name:ident, $t:ident) => {
        /// `a / b` rounded down, as Python's `//` has it: from the remainder, since the quotient itself may
        /// have been rounded up to a whole number. A zero has the quotient's sign.
        fn $name(a: $t, b: $t) -> $t {
            if b == 0.0 {
                return a / b;
            }
            let rest = a % b;
            let mut whole = (a - rest) / b;
            if rest != 0.0 && (b < 0.0) != (rest < 0.0) {
                whole -= 1.0;
            }
            if whole == 0.0 {
                return (0.0 as $t).copysign(a / b);
            }
            // The difference above is rounded, too, and may lie just below the whole number that it means.
            let down = whole.floor();
            if whole - down > 0.5 { down + 1.0 } else { down }
        }
    };
}
floor!(scalar32, f32);
floor!(scalar64, f64);

/// `a / b` rounded down: in float64, where the product of the quotient and `b` is exact as long as the quotient has few bits;
/// where it has more, or is none, element by element.
#[inline(always)]
pub fn floor32<L: Widen>(a: L, b: L) -> L {
    let (x, y) = (a.widen(), b.widen());
    let mut whole = x;
    for half in 0..2 {
        let (x, y) = (x[half], y[half]);
        let (zero, one) = (L::Wide::lit(0.0), L::Wide::lit(1.0));
        let quotient = x / y;
        let near = quotient.round();
        let down = L::Wide::select(quotient.less(near), near - one, near);
        // The quotient may have been rounded up to a whole number: then it leaves a rest of the other sign.
        let rest = x - down * y;
        let other = (rest.less(zero) & zero.less(y)) | (zero.less(rest) & y.less(zero));
        whole[half] = L::Wide::select(other, down - one, down);
    }
    let whole = L::narrow(whole);
    let far = !(whole.abs().less(L::lit(4194304.0)) & b.is_finite());
    if L::bits(far) == 0 { whole } else { L::select(far, each(a, b, scalar32), whole) }
}

/// What `a / b` cut towards zero leaves, as C's `fmod`: as [`floor32`].
#[inline(always)]
pub fn rest32<L: Widen>(a: L, b: L) -> L {
    let (sizes, divisors) = (a.abs().widen(), b.abs().widen());
    let (mut rest, mut steps) = (sizes, sizes);
    for half in 0..2 {
        let (x, y) = (sizes[half], divisors[half]);
        let quotient = x / y;
        let near = quotient.round();
        let down = L::Wide::select(quotient.less(near), near - L::Wide::lit(1.0), near);
        let left = x - down * y;
        // Below 0 where the quotient was rounded up to a whole number.
        rest[half] = L::Wide::select(left.less(L::Wide::lit(0.0)), left + y, left);
        steps[half] = down;
    }
    let signed = L::narrow(rest).bits_or(a.bits_and(L::lit(-0.0)));
    let far = !(L::narrow(steps).less(L::lit(4194304.0)) & b.is_finite());
    if L::bits(far) == 0 { signed } else { L::select(far, each(a, b, |a, b| a % b), signed) }
}

/// The same of float64, element by element.
#[inline(always)]
pub fn rest64<L: Float<Elem = f64>>(a: L, b: L) -> L {
    each(a, b, |a, b| a % b)
}

/// The quotient of float64 rounded down, element by element.
#[inline(always)]
pub fn floor64<L: Float<Elem = f64>>(a: L, b: L) -> L {
    each(a, b, scalar64)
}

/// `a / b` cut towards zero; 0 for a divisor of 0, which stands beside a tile's last elements.
pub fn whole_trunc(a: i64, b: i64) -> i64 {
    if b == 0 { 0 } else { a.wrapping_div(b) }
}

/// What `a / b` cut towards zero leaves; 0 for a divisor of 0.
pub fn whole_rest(a: i64, b: i64) -> i64 {
    if b == 0 { 0 } else { a.wrapping_rem(b) }
}

/// `a / b` rounded down; 0 for a divisor of 0.
pub fn whole_floor(a: i64, b: i64) -> i64 {
    let cut = whole_trunc(a, b);
    let rest = a.wrapping_sub(cut.wrapping_mul(b));
    if b != 0 && rest != 0 && (rest < 0) != (b < 0) { cut - 1 } else { cut }
}

/// What [`whole_floor`] leaves: of one division.
pub fn whole_rest_floor(a: i64, b: i64) -> i64 {
    let rest = whole_rest(a, b);
    if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::lanes::portable::F32;
    use crate::kernels::lanes::{I64, Lane};

    /// The law of Python's `//`: the quotient is whole, and the rest lies between 0 and the divisor.
    #[test]
    fn a_floor_leaves_a_rest_of_the_divisors_sign() {
        for a in -9..=9 {
            for b in [-4, -3, -1, 1, 2, 5] {
                let whole = whole_floor(a, b);
                let rest = a - whole * b;
                assert!(rest == 0 || (rest < 0) == (b < 0) && rest.abs() < b.abs(), "{a} // {b} = {whole}");
                assert_eq!(scalar64(a as f64, b as f64), whole as f64);
                assert_eq!(scalar32(a as f32, b as f32), whole as f32);
            }
        }
    }

    /// Law: a quotient by way of float64 is that of the long division, bit for bit.
    #[test]
    fn a_lane_divides_as_its_elements() {
        let mut state = 1u64;
        let mut next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            f32::from_bits((state >> 32) as u32)
        };
        let special =
            [0.0, -0.0, 1.0, -1.0, 0.1, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, 1e-45, 4194304.0, 4194303.0];
        let mut pairs: Vec<[f32; 2]> = special.iter().flat_map(|&a| special.map(|b| [a, b])).collect();
        for i in 0..200_000 {
            let (a, b) = (next(), next());
            // Most are nearly a multiple.
            let steps = (i % 5000) as f32 - 2500.0;
            pairs.push([if i % 4 == 0 { a } else { (b * steps) * (1.0 + f32::EPSILON * (i % 3) as f32) }, b]);
        }
        for pair in pairs.chunks(F32::COUNT) {
            let (mut a, mut b) = ([1.0f32; 16], [1.0f32; 16]);
            for (i, &[x, y]) in pair.iter().enumerate() {
                (a[i], b[i]) = (x, y);
            }
            let mut got = [0.0f32; 16];
            // SAFETY: a lane has 16 elements.
            unsafe { floor32(F32::load(a.as_ptr()), F32::load(b.as_ptr())).store(got.as_mut_ptr()) };
            let mut rest = [0.0f32; 16];
            // SAFETY: as above.
            unsafe { rest32(F32::load(a.as_ptr()), F32::load(b.as_ptr())).store(rest.as_mut_ptr()) };
            let same = |x: f32, y: f32| x.to_bits() == y.to_bits() || x.is_nan() && y.is_nan();
            for i in 0..16 {
                let want = scalar32(a[i], b[i]);
                assert!(same(got[i], want), "{} // {}: {}, not {want}", a[i], b[i], got[i]);
                assert!(same(rest[i], a[i] % b[i]), "{} % {}: {}, not {}", a[i], b[i], rest[i], a[i] % b[i]);
            }
        }
    }

    /// Law: whole numbers that are divided in float64 have the quotients and rests of the others.
    #[test]
    fn short_whole_numbers_divide_as_long_ones() {
        let edges = [1, 2, 3, 7, (1 << 30) - 1, 1 << 30, (1 << 30) + 1, i64::from(i32::MAX), 1 << 40, i64::MAX];
        let numbers: Vec<i64> = edges.iter().flat_map(|&x| [x, -x]).chain([0, i64::MIN, -(1 << 31)]).collect();
        for &a in &numbers {
            for &b in numbers.iter().filter(|&&b| b != 0) {
                let [x, y] = [a, b].map(I64::splat);
                let first = |lane: I64| {
                    let mut all = [0; I64::COUNT];
                    // SAFETY: it has a lane's elements.
                    unsafe { lane.store(all.as_mut_ptr()) };
                    all[0]
                };
                assert_eq!(first(x.div_trunc(y)), whole_trunc(a, b), "{a} {b}");
                assert_eq!(first(x.div_floor(y)), whole_floor(a, b), "{a} {b}");
                assert_eq!(first(x.rest_trunc(y)), whole_rest(a, b), "{a} {b}");
                let rest = a.wrapping_sub(whole_floor(a, b).wrapping_mul(b));
                assert_eq!(first(x.rest_floor(y)), rest, "{a} {b}");
            }
        }
    }

    #[test]
    fn quotients_at_the_edges() {
        // 1 / 0.1 is 10 when rounded, and 0.1 is a little more than a tenth.
        assert_eq!(scalar64(1.0, 0.1), 9.0);
        assert_eq!(scalar64(-1.0, f64::INFINITY), -1.0);
        assert!(scalar64(f64::INFINITY, 2.0).is_nan());
        assert_eq!(scalar64(1.0, 0.0), f64::INFINITY);
        assert!(scalar64(-0.0, 3.0).is_sign_negative());
        assert_eq!((whole_trunc(7, 0), whole_floor(7, 0)), (0, 0));
        assert_eq!(whole_trunc(i64::MIN, -1), i64::MIN);
        assert_eq!(whole_floor(i64::MIN, -1), i64::MIN);
    }
}
