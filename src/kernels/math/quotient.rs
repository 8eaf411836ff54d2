//! Quotients in whole steps, an element at a time.

macro_rules! floor {
    ($name:ident, $t:ident) => {
        /// `a / b` rounded down, as Python's `//` has it: from the remainder, since the quotient itself may
        /// have been rounded up to a whole number. A zero has the quotient's sign.
        pub fn $name(a: $t, b: $t) -> $t {
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
floor!(floor32, f32);
floor!(floor64, f64);

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
