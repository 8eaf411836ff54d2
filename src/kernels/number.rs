//! What a formula may do to a number.
//!
//! A row of the operator table writes its formula once, generic over one of these traits; lanes
//! (`lanes/`) implement them for kernels, `ops::recorded` for sweeps that are recorded themselves,
//! and a dual number in the tests. A number must be `Copy`, and a formula must not branch on a
//! value: it says `select`.

use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

/// Addition, subtraction, product and choice: every number, complex and whole ones included.
pub trait Ring: Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Neg<Output = Self> {
    /// The answer of a comparison, one for each element.
    type Mask: Copy + BitAnd<Output = Self::Mask> + BitOr<Output = Self::Mask> + Not<Output = Self::Mask>;
    /// The constant `x` (cut towards zero for whole numbers).
    fn lit(x: f64) -> Self;
    /// `a` where `m` holds, else `b`.
    fn select(m: Self::Mask, a: Self, b: Self) -> Self;
    /// Where both are the same number (IEEE: nan equals nothing).
    fn equal(self, other: Self) -> Self::Mask;
    /// `self * factor + term`, of real numbers rounded once.
    #[inline(always)]
    fn fused(self, factor: Self, term: Self) -> Self {
        self * factor + term
    }
    /// 0 where `m` holds, else this.
    #[inline(always)]
    fn cleared(self, m: Self::Mask) -> Self {
        Self::select(m, Self::lit(0.0), self)
    }
    /// The complex conjugate; itself for a real number.
    #[inline(always)]
    fn conj(self) -> Self {
        self
    }
    /// Where it is 0.
    #[inline(always)]
    fn is_zero(self) -> Self::Mask {
        self.equal(Self::lit(0.0))
    }
    /// Where it is neither infinite nor nan.
    #[inline(always)]
    fn is_finite(self) -> Self::Mask {
        (self * Self::lit(0.0)).is_zero()
    }
    /// This, of a derivative that `name` has not: recorded it is the error that says so, and no kernel has it.
    #[inline(always)]
    fn underived(self, _name: &'static str) -> Self {
        self
    }
    /// Where it is not 0 (nan included).
    #[inline(always)]
    fn truth(self) -> Self::Mask {
        !self.is_zero()
    }
}

/// Numbers in an order: whole and real ones.
pub trait Ordered: Ring {
    /// Where `self < other`.
    fn less(self, other: Self) -> Self::Mask;
    /// Where `self <= other`.
    fn at_most(self, other: Self) -> Self::Mask;
    /// Where `self > other`.
    #[inline(always)]
    fn greater(self, other: Self) -> Self::Mask {
        other.less(self)
    }
    /// Where `self >= other`.
    #[inline(always)]
    fn at_least(self, other: Self) -> Self::Mask {
        other.at_most(self)
    }
    /// The absolute value.
    fn abs(self) -> Self;
    /// The larger of both, of equal ones this; nan where either is.
    #[inline(always)]
    fn or_larger(self, other: Self) -> Self {
        Self::select(self.less(other) | !other.equal(other), other, self)
    }
    /// The smaller of both, of equal ones this; nan where either is.
    #[inline(always)]
    fn or_smaller(self, other: Self) -> Self {
        Self::select(other.less(self) | !other.equal(other), other, self)
    }
    /// Where the sign is that of a negative number, which -0 and a nan may have, too.
    #[inline(always)]
    fn is_negative(self) -> Self::Mask {
        self.less(Self::lit(0.0))
    }
    /// 1, 0 or -1: the sign; 0 for nan.
    #[inline(always)]
    fn sgn(self) -> Self {
        let (zero, one) = (Self::lit(0.0), Self::lit(1.0));
        Self::select(self.greater(zero), one, Self::select(self.less(zero), Self::lit(-1.0), zero))
    }
    /// 0 where `gate` is at most `bound`, else this.
    #[inline(always)]
    fn gated(self, gate: Self, bound: Self) -> Self {
        Self::select(gate.at_most(bound), Self::lit(0.0), self)
    }
    /// The largest whole number that is at most this; whole numbers stay.
    fn floor(self) -> Self;
    /// The smallest whole number that is at least this; whole numbers stay.
    fn ceil(self) -> Self;
    /// This without its fraction; whole numbers stay.
    fn trunc(self) -> Self;
    /// The nearest whole number, the even one of two; whole numbers stay.
    fn nearest(self) -> Self;
    /// The quotient cut towards zero. Of whole numbers: the divisor is not 0.
    fn div_trunc(self, other: Self) -> Self;
    /// The quotient rounded down, as Python's `//`. Of whole numbers: the divisor is not 0.
    fn div_floor(self, other: Self) -> Self;
    /// What the quotient cut towards zero leaves, as C's `fmod`. Of whole numbers: the divisor is not 0.
    fn rest_trunc(self, other: Self) -> Self;
    /// What the quotient rounded down leaves, as Python's `%`. Of whole numbers: the divisor is not 0.
    fn rest_floor(self, other: Self) -> Self;
}

/// Whole numbers.
pub trait Whole: Ordered {
    /// This to the power `exponent`, modulo 2^64; a negative exponent gives what torch gives: 1 and -1
    /// have whole inverses, everything else gives 0.
    fn pow_whole(self, exponent: Self) -> Self;
    /// The bits that both have.
    fn and(self, other: Self) -> Self;
    /// The bits that either has.
    fn or(self, other: Self) -> Self;
    /// The bits that one has and the other has not.
    fn xor(self, other: Self) -> Self;
    /// The bits moved up by `by` places, zeros coming in: all of them where `by` is not from 0 to 63.
    fn shifted_left(self, by: Self) -> Self;
    /// The bits moved down by `by` places, the sign coming in: all of them where `by` is not from 0 to 63.
    fn shifted_right(self, by: Self) -> Self;
    /// The greatest common divisor.
    fn gcd(self, other: Self) -> Self;
    /// The least common multiple.
    fn lcm(self, other: Self) -> Self;
}

/// Numbers that divide, and the analytic functions: real and complex ones.
pub trait Field: Ring + Div<Output = Self> {
    /// e to this power.
    fn exp(self) -> Self;
    /// The natural logarithm (principal branch).
    fn ln(self) -> Self;
    /// The square root (principal branch).
    fn sqrt(self) -> Self;
    /// 1 over the square root.
    #[inline(always)]
    fn rsqrt(self) -> Self {
        Self::lit(1.0) / self.sqrt()
    }
    /// This to the power `exponent`, as C's `pow`.
    fn pow(self, exponent: Self) -> Self;
    /// 2 to this power.
    fn exp2(self) -> Self;
    /// The logarithm to base 2 (principal branch).
    fn log2(self) -> Self;
    /// The logarithm to base 10 (principal branch).
    fn log10(self) -> Self;
    /// e to this power, less 1: exact near 0.
    fn expm1(self) -> Self;
    /// The natural logarithm of 1 and this: exact near 0.
    fn log1p(self) -> Self;
    /// The hyperbolic tangent.
    fn tanh(self) -> Self;
    /// The logistic function, 1 / (1 + e^-x).
    fn sigmoid(self) -> Self;
    /// Where it is nearer to 0 than 1/2.
    fn is_small(self) -> Self::Mask;
    /// The logarithm of the sum of e to this power and e to that of `other`, with nothing too large on the way.
    fn log_add_exp(self, other: Self) -> Self;
    /// The sine.
    fn sin(self) -> Self;
    /// The cosine.
    fn cos(self) -> Self;
    /// The tangent.
    fn tan(self) -> Self;
    /// The inverse sine (principal branch, as the inverses below).
    fn asin(self) -> Self;
    /// The inverse cosine.
    fn acos(self) -> Self;
    /// The inverse tangent.
    fn atan(self) -> Self;
    /// The hyperbolic sine.
    fn sinh(self) -> Self;
    /// The hyperbolic cosine.
    fn cosh(self) -> Self;
    /// The inverse hyperbolic sine.
    fn asinh(self) -> Self;
    /// The inverse hyperbolic cosine.
    fn acosh(self) -> Self;
    /// The inverse hyperbolic tangent.
    fn atanh(self) -> Self;
    /// 1 over this.
    #[inline(always)]
    fn recip(self) -> Self {
        Self::lit(1.0) / self
    }
    /// 1 over the root of the square less 1. Of a complex number by the roots of its factors, which stay on the branch of the
    /// inverse hyperbolic cosine.
    #[inline(always)]
    fn rsqrt_of_square_less_one(self) -> Self {
        (self * self - Self::lit(1.0)).rsqrt()
    }
    /// This to a power that is written in the formula: what torch computes without a power is computed so. A recorded one
    /// is a power still, so that a square has a third derivative (0).
    #[inline(always)]
    fn raised(self, exponent: f64) -> Self {
        let one = Self::lit(1.0);
        if exponent == 1.0 {
            self
        } else if exponent == 2.0 {
            self * self
        } else if exponent == 3.0 {
            self * self * self
        } else if exponent == 0.5 {
            self.sqrt()
        } else if exponent == -0.5 {
            one / self.sqrt()
        } else if exponent == -1.0 {
            one / self
        } else if exponent == -2.0 {
            one / (self * self)
        } else {
            self.pow(Self::lit(exponent))
        }
    }
}

/// Real numbers.
pub trait Real: Field + Ordered {
    /// The error function.
    fn erf(self) -> Self;
    /// 1 less the error function: exact where that is near 1.
    fn erfc(self) -> Self;
    /// The angle of the point whose y is this and whose x is `other`, from -pi to pi.
    fn atan2(self, other: Self) -> Self;
    /// The inverse of the error function.
    fn erfinv(self) -> Self;
    /// The root of the sum of the squares of this and `other`.
    fn hypot(self, other: Self) -> Self;
    /// This with the sign of `other`.
    fn copysign(self, other: Self) -> Self;
    /// The next number on the way to `other`.
    fn nextafter(self, other: Self) -> Self;
    /// The power of two that brings this between 1/2 and 1; 0 for 0, infinities and nan.
    fn exponent(self) -> Self;
    /// The logarithm of the size of the gamma function.
    fn lgamma(self) -> Self;
    /// The derivative of that.
    fn digamma(self) -> Self;
    /// The derivative of that of the order `n`, from 1 on.
    fn polygamma(self, n: Self) -> Self;
    /// This times the logarithm of `other`: 0 where this is 0 and `other` is a number.
    #[inline(always)]
    fn xlogy(self, other: Self) -> Self {
        let product = Self::select(self.is_zero(), Self::lit(0.0), self * other.ln());
        Self::select(other.equal(other), product, other)
    }
}

/// A formula of `K` operands over the numbers `N`.
///
/// The table's macro implements it for each row, bounded by the row's domain; implementations are
/// `#[inline(always)]`, without which a kernel calls its formula once an element.
pub trait Eval<N, const K: usize> {
    /// The formula's value.
    fn eval(x: [N; K]) -> N;
}

/// A predicate of `K` operands over the numbers `N`: a comparison.
pub trait Test<N: Ring, const K: usize> {
    /// Where it holds.
    fn test(x: [N; K]) -> N::Mask;
}
