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

/// `a / b` rounded down; 0 for a divisor of 0.
pub fn whole_floor(a: i64, b: i64) -> i64 {
    let cut = whole_trunc(a, b);
    let rest = a.wrapping_sub(cut.wrapping_mul(b));
    if b != 0 && rest != 0 && (rest < 0) != (b < 0) { cut - 1 } else { cut }
}
