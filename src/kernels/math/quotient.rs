//! Quotients in whole steps, an element at a time.

macro_rules! floor {
    ($name:ident, $t:ident, $rest:ident) => {
        /// `a / b` rounded down, as Python's `//` has it: from the remainder, since the quotient itself may
        /// have been rounded up to a whole number. A zero has the quotient's sign.
        #[inline(always)]
        pub fn $name(a: $t, b: $t) -> $t {
            if b == 0.0 {
                return a / b;
            }
            let rest = $rest(a, b);
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
floor!(floor32, f32, rest32);
floor!(floor64, f64, rest64);

/// `a % b`: by a division in float64 where the quotient has 29 bits at most, so that its product with 24 bits of `b` is exact.
#[inline(always)]
fn rest32(a: f32, b: f32) -> f32 {
    const EXACT: f64 = (1u64 << 29) as f64;
    let (x, y) = (a as f64, b as f64);
    let whole = (x / y).trunc();
    if whole.abs() >= EXACT || whole.is_nan() || y.is_infinite() {
        return a % b;
    }
    let rest = x - whole * y;
    // The quotient may have been rounded up to a whole number: one step back.
    let rest = if rest != 0.0 && (rest < 0.0) != (x < 0.0) { rest + y.abs().copysign(x) } else { rest };
    (rest as f32).copysign(a)
}

#[inline(always)]
fn rest64(a: f64, b: f64) -> f64 {
    a % b
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The law of Python's `//`: the quotient is whole, and the rest lies between 0 and the divisor.
    #[test]
    fn a_floor_leaves_a_rest_of_the_divisors_sign() {
        for a in -9..=9 {
            for b in [-4, -3, -1, 1, 2, 5] {
                let whole = whole_floor(a, b);
                let rest = a - whole * b;
                assert!(rest == 0 || (rest < 0) == (b < 0) && rest.abs() < b.abs(), "{a} // {b} = {whole}");
                assert_eq!(floor64(a as f64, b as f64), whole as f64);
                assert_eq!(floor32(a as f32, b as f32), whole as f32);
            }
        }
    }

    /// Law: the rest of a quotient in float64 is that of the long division, bit for bit.
    #[test]
    fn a_rest_by_division_is_exact() {
        let mut state = 1u64;
        let mut next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            f32::from_bits((state >> 32) as u32)
        };
        for i in 0..200_000 {
            let (a, b) = (next(), next());
            // Every other pair is nearly a multiple.
            let a = if i % 2 == 0 { a } else { (b * (i % 1000) as f32) * (1.0 + f32::EPSILON * (i % 3) as f32) };
            let (got, want) = (rest32(a, b), a % b);
            assert!(got.to_bits() == want.to_bits() || got.is_nan() && want.is_nan(), "{a} % {b}: {got}, not {want}");
        }
    }

    #[test]
    fn quotients_at_the_edges() {
        // 1 / 0.1 is 10 when rounded, and 0.1 is a little more than a tenth.
        assert_eq!(floor64(1.0, 0.1), 9.0);
        assert_eq!(floor64(-1.0, f64::INFINITY), -1.0);
        assert!(floor64(f64::INFINITY, 2.0).is_nan());
        assert_eq!(floor64(1.0, 0.0), f64::INFINITY);
        assert!(floor64(-0.0, 3.0).is_sign_negative());
        assert_eq!((whole_trunc(7, 0), whole_floor(7, 0)), (0, 0));
        assert_eq!(whole_trunc(i64::MIN, -1), i64::MIN);
        assert_eq!(whole_floor(i64::MIN, -1), i64::MIN);
    }
}
