//! The lanes of integers: plain arrays at every level, which the shells vectorise.

use super::portable::{Mask, array_memory};
use super::{Lane, from_fn};
use crate::dtype::Compute;
use crate::kernels::math::quotient::{whole_floor, whole_rest, whole_rest_floor, whole_trunc};
use crate::kernels::number::{Ordered, Ring, Whole};
use std::ops::{Add, Mul, Neg, Sub};

/// `N` int64, with arithmetic modulo 2^64.
#[derive(Clone, Copy, Debug)]
pub struct Integers<const N: usize>([i64; N]);

impl<const N: usize> Integers<N> {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(i64, i64) -> i64) -> Self {
        Self(from_fn(|i| f(self.0[i], other.0[i])))
    }
    #[inline(always)]
    fn compare(self, other: Self, f: impl Fn(&i64, &i64) -> bool) -> Mask<N> {
        Mask(from_fn(|i| f(&self.0[i], &other.0[i])))
    }
}

impl<const N: usize> Add for Integers<N> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, i64::wrapping_add)
    }
}
impl<const N: usize> Sub for Integers<N> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, i64::wrapping_sub)
    }
}
impl<const N: usize> Mul for Integers<N> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, i64::wrapping_mul)
    }
}
impl<const N: usize> Neg for Integers<N> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self(from_fn(|i| self.0[i].wrapping_neg()))
    }
}

impl<const N: usize> Ring for Integers<N> {
    type Mask = Mask<N>;
    #[inline(always)]
    fn lit(x: f64) -> Self {
        Self([x as i64; N])
    }
    #[inline(always)]
    fn select(m: Mask<N>, a: Self, b: Self) -> Self {
        Self(from_fn(|i| if m.0[i] { a.0[i] } else { b.0[i] }))
    }
    #[inline(always)]
    fn equal(self, other: Self) -> Mask<N> {
        self.compare(other, i64::eq)
    }
}
impl<const N: usize> Ordered for Integers<N> {
    #[inline(always)]
    fn less(self, other: Self) -> Mask<N> {
        self.compare(other, i64::lt)
    }
    #[inline(always)]
    fn at_most(self, other: Self) -> Mask<N> {
        self.compare(other, i64::le)
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Self(from_fn(|i| self.0[i].wrapping_abs()))
    }
    #[inline(always)]
    fn or_larger(self, other: Self) -> Self {
        self.zip(other, i64::max)
    }
    #[inline(always)]
    fn or_smaller(self, other: Self) -> Self {
        self.zip(other, i64::min)
    }
    #[inline(always)]
    fn floor(self) -> Self {
        self
    }
    #[inline(always)]
    fn ceil(self) -> Self {
        self
    }
    #[inline(always)]
    fn trunc(self) -> Self {
        self
    }
    #[inline(always)]
    fn nearest(self) -> Self {
        self
    }
    #[inline(always)]
    fn div_trunc(self, other: Self) -> Self {
        if are_short(&self.0, &other.0) {
            return Self(from_fn(|i| short_trunc(self.0[i], other.0[i])));
        }
        self.zip(other, whole_trunc)
    }
    #[inline(always)]
    fn div_floor(self, other: Self) -> Self {
        if are_short(&self.0, &other.0) {
            return Self(from_fn(|i| short_floor(self.0[i], other.0[i])));
        }
        self.zip(other, whole_floor)
    }
    #[inline(always)]
    fn rest_trunc(self, other: Self) -> Self {
        if are_short(&self.0, &other.0) {
            return Self(from_fn(|i| short_rest(self.0[i], other.0[i], short_trunc(self.0[i], other.0[i]))));
        }
        self.zip(other, whole_rest)
    }
    #[inline(always)]
    fn rest_floor(self, other: Self) -> Self {
        if are_short(&self.0, &other.0) {
            return Self(from_fn(|i| short_rest(self.0[i], other.0[i], short_floor(self.0[i], other.0[i]))));
        }
        self.zip(other, whole_rest_floor)
    }
}

/// Whether all numbers lie from -2^30 up to 2^30, and no divisor is 0. Such are divided in float64, in which a
/// processor divides several at once: the quotient is whole only where it is exact, so that cutting it is right.
#[inline(always)]
fn are_short<const N: usize>(a: &[i64; N], b: &[i64; N]) -> bool {
    const MOST: i64 = 1 << 30;
    let mut far = 0;
    for i in 0..N {
        far |= (a[i].wrapping_add(MOST) | b[i].wrapping_add(MOST)) as u64 >> 31;
        far |= u64::from(b[i] == 0);
    }
    far == 0
}

/// The quotient of short numbers, cut towards zero.
#[inline(always)]
fn short_trunc(a: i64, b: i64) -> i64 {
    let quotient = f64::from(a as i32) / f64::from(b as i32);
    // SAFETY: no quotient is larger than its dividend, which fits.
    i64::from(unsafe { quotient.to_int_unchecked::<i32>() })
}

/// The quotient of short numbers, rounded down.
#[inline(always)]
fn short_floor(a: i64, b: i64) -> i64 {
    let quotient = f64::from(a as i32) / f64::from(b as i32);
    // SAFETY: as in `short_trunc`.
    let cut = unsafe { quotient.to_int_unchecked::<i32>() };
    i64::from(cut - i32::from(f64::from(cut) > quotient))
}

/// What a quotient of short numbers leaves: fewer than the divisor, so that 32 bits hold it.
#[inline(always)]
fn short_rest(a: i64, b: i64, quotient: i64) -> i64 {
    i64::from((a as i32).wrapping_sub((quotient as i32).wrapping_mul(b as i32)))
}

impl<const N: usize> Whole for Integers<N> {
    #[inline(always)]
    fn pow_whole(self, exponent: Self) -> Self {
        self.zip(exponent, power)
    }
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self.zip(other, |a, b| a & b)
    }
    #[inline(always)]
    fn or(self, other: Self) -> Self {
        self.zip(other, |a, b| a | b)
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        self.zip(other, |a, b| a ^ b)
    }
    #[inline(always)]
    fn shifted_left(self, by: Self) -> Self {
        self.zip(by, |a, b| if (b as u64) < 64 { a << b } else { 0 })
    }
    #[inline(always)]
    fn shifted_right(self, by: Self) -> Self {
        self.zip(by, |a, b| a >> (b as u64).min(63))
    }
    #[inline(always)]
    fn gcd(self, other: Self) -> Self {
        self.zip(other, divisor)
    }
    #[inline(always)]
    fn lcm(self, other: Self) -> Self {
        self.zip(other, multiple)
    }
}

/// The greatest common divisor, by Euclid's algorithm; that of 0 and 0 is 0.
#[inline(never)]
fn divisor(a: i64, b: i64) -> i64 {
    // The lowest number has no size: it stays negative, as in torch.
    if a == i64::MIN || b == i64::MIN {
        let (mut a, mut b) = (a.wrapping_abs(), b.wrapping_abs());
        while a != 0 {
            (a, b) = (b.wrapping_rem(a), a);
        }
        return b;
    }
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while a != 0 {
        (a, b) = (b % a, a);
    }
    b as i64
}

/// The least common multiple.
#[inline(never)]
fn multiple(a: i64, b: i64) -> i64 {
    match divisor(a, b) {
        0 => 0,
        1 => a.wrapping_mul(b).wrapping_abs(),
        gcd => a.wrapping_div(gcd).wrapping_mul(b).wrapping_abs(),
    }
}

/// `base` to the power `exponent` modulo 2^64, by repeated squaring.
fn power(mut base: i64, mut exponent: i64) -> i64 {
    if exponent < 0 {
        return match base {
            1 => 1,
            -1 => 1 - 2 * (exponent & 1),
            _ => 0,
        };
    }
    let mut product = 1i64;
    while exponent > 0 {
        if exponent & 1 != 0 {
            product = product.wrapping_mul(base);
        }
        base = base.wrapping_mul(base);
        exponent >>= 1;
    }
    product
}

impl<const N: usize> Lane for Integers<N> {
    type Elem = i64;
    const COUNT: usize = N;
    const COMPUTE: Compute = Compute::I64;
    array_memory!(i64, N);
}
