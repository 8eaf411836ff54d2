//! Float lanes as plain arrays, for any machine. The compiler vectorises them where it can.

use super::{Float, Lane, Widen, from_fn};
use crate::dtype::Compute;
use crate::kernels::math;
use crate::kernels::number::{Ordered, Ring};
use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

/// The answers of a comparison of `N` elements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mask<const N: usize>(pub(super) [bool; N]);

impl<const N: usize> Mask<N> {
    #[inline(always)]
    pub(super) fn bits(self) -> u32 {
        self.0.iter().rev().fold(0, |bits, &b| bits << 1 | b as u32)
    }
}

impl<const N: usize> BitAnd for Mask<N> {
    type Output = Self;
    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        Mask(from_fn(|i| self.0[i] & other.0[i]))
    }
}

impl<const N: usize> BitOr for Mask<N> {
    type Output = Self;
    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        Mask(from_fn(|i| self.0[i] | other.0[i]))
    }
}

impl<const N: usize> Not for Mask<N> {
    type Output = Self;
    #[inline(always)]
    fn not(self) -> Self {
        Mask(from_fn(|i| !self.0[i]))
    }
}

/// Loads and stores of an array lane: the same for floats and integers.
macro_rules! array_memory {
    ($t:ty, $n:expr) => {
        #[inline(always)]
        fn splat(x: $t) -> Self {
            Self([x; $n])
        }
        #[inline(always)]
        unsafe fn load(p: *const $t) -> Self {
            // SAFETY: the caller's promise.
            Self(unsafe { p.cast::<[$t; $n]>().read_unaligned() })
        }
        #[inline(always)]
        unsafe fn store(self, p: *mut $t) {
            // SAFETY: the caller's promise.
            unsafe { p.cast::<[$t; $n]>().write_unaligned(self.0) }
        }
        #[inline(always)]
        unsafe fn load_part(p: *const $t, n: usize) -> Self {
            // SAFETY: the caller's promise; only places below n are read.
            Self(from_fn(|i| if i < n { unsafe { p.add(i).read_unaligned() } } else { <$t>::default() }))
        }
        #[inline(always)]
        unsafe fn store_part(self, p: *mut $t, n: usize) {
            for (i, x) in self.0.into_iter().enumerate().take(n) {
                // SAFETY: the caller's promise.
                unsafe { p.add(i).write_unaligned(x) }
            }
        }
        #[inline(always)]
        fn bits(m: Self::Mask) -> u32 {
            m.bits()
        }
    };
}
pub(super) use array_memory;

/// A float lane of `$n` elements `$t`, whose bits are `$bits`.
macro_rules! float_lane {
    ($name:ident, $t:ident, $n:literal, $bits:ident, $compute:ident, $floor:ident, $ldexp:ident, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Copy, Debug)]
        pub struct $name(pub(super) [$t; $n]);

        impl $name {
            #[inline(always)]
            fn zip(self, other: Self, f: impl Fn($t, $t) -> $t) -> Self {
                Self(from_fn(|i| f(self.0[i], other.0[i])))
            }
            #[inline(always)]
            fn compare(self, other: Self, f: impl Fn(&$t, &$t) -> bool) -> Mask<$n> {
                Mask(from_fn(|i| f(&self.0[i], &other.0[i])))
            }
            #[inline(always)]
            fn zip_bits(self, other: Self, f: impl Fn($bits, $bits) -> $bits) -> Self {
                self.zip(other, |a, b| $t::from_bits(f(a.to_bits(), b.to_bits())))
            }
        }

        impl Add for $name {
            type Output = Self;
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                self.zip(other, |a, b| a + b)
            }
        }
        impl Sub for $name {
            type Output = Self;
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                self.zip(other, |a, b| a - b)
            }
        }
        impl Mul for $name {
            type Output = Self;
            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                self.zip(other, |a, b| a * b)
            }
        }
        impl Div for $name {
            type Output = Self;
            #[inline(always)]
            fn div(self, other: Self) -> Self {
                self.zip(other, |a, b| a / b)
            }
        }
        impl Neg for $name {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                Self(from_fn(|i| -self.0[i]))
            }
        }

        impl Ring for $name {
            type Mask = Mask<$n>;
            #[inline(always)]
            fn lit(x: f64) -> Self {
                Self([x as $t; $n])
            }
            #[inline(always)]
            fn select(m: Mask<$n>, a: Self, b: Self) -> Self {
                Self(from_fn(|i| if m.0[i] { a.0[i] } else { b.0[i] }))
            }
            #[inline(always)]
            fn equal(self, other: Self) -> Mask<$n> {
                self.compare(other, $t::eq)
            }
            #[inline(always)]
            fn fused(self, factor: Self, term: Self) -> Self {
                self.mul_add(factor, term)
            }
        }
        impl Ordered for $name {
            #[inline(always)]
            fn less(self, other: Self) -> Mask<$n> {
                self.compare(other, $t::lt)
            }
            #[inline(always)]
            fn at_most(self, other: Self) -> Mask<$n> {
                self.compare(other, $t::le)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                Self(from_fn(|i| self.0[i].abs()))
            }
            super::whole_quotients!($floor);
        }

        impl Lane for $name {
            type Elem = $t;
            const COUNT: usize = $n;
            const COMPUTE: Compute = Compute::$compute;
            array_memory!($t, $n);
        }

        impl Float for $name {
            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                Self(from_fn(|i| self.0[i].mul_add(b.0[i], c.0[i])))
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                // Not $t::min, which prefers the number to the nan on either side.
                self.zip(other, |a, b| if a < b { a } else { b })
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                self.zip(other, |a, b| if a > b { a } else { b })
            }
            #[inline(always)]
            fn round(self) -> Self {
                Self(from_fn(|i| self.0[i].round_ties_even()))
            }
            #[inline(always)]
            fn root(self) -> Self {
                Self(from_fn(|i| self.0[i].sqrt()))
            }
            #[inline(always)]
            fn from_bits(bits: u64) -> Self {
                Self([$t::from_bits(bits as $bits); $n])
            }
            #[inline(always)]
            fn bits_and(self, other: Self) -> Self {
                self.zip_bits(other, |a, b| a & b)
            }
            #[inline(always)]
            fn bits_or(self, other: Self) -> Self {
                self.zip_bits(other, |a, b| a | b)
            }
            #[inline(always)]
            fn bits_xor(self, other: Self) -> Self {
                self.zip_bits(other, |a, b| a ^ b)
            }
            #[inline(always)]
            fn ldexp(self, k: Self) -> Self {
                super::$ldexp(self, k)
            }
            #[inline(always)]
            fn bits_add(self, other: Self) -> Self {
                self.zip_bits(other, $bits::wrapping_add)
            }
            #[inline(always)]
            fn bits_sub(self, other: Self) -> Self {
                self.zip_bits(other, $bits::wrapping_sub)
            }
            #[inline(always)]
            fn bits_left<const N: i32>(self) -> Self {
                Self(from_fn(|i| $t::from_bits(self.0[i].to_bits() << N)))
            }
            #[inline(always)]
            fn bits_right<const N: i32>(self) -> Self {
                Self(from_fn(|i| $t::from_bits(self.0[i].to_bits() >> N)))
            }
        }
    };
}

float_lane!(F32, f32, 16, u32, F32, floor32, ldexp32, "16 float32.");
float_lane!(F64, f64, 8, u64, F64, floor64, ldexp64, "8 float64.");
float_lane!(Narrow32, f32, 4, u32, F32, floor32, ldexp32, "4 float32, where no result depends on a lane's length.");
float_lane!(Narrow64, f64, 2, u64, F64, floor64, ldexp64, "2 float64, as [`Narrow32`].");
math::float32_field!(F32);
math::float64_field!(F64);
math::float32_field!(Narrow32);
math::float64_field!(Narrow64);

/// A lane of `2 * $half` float32 as two of float64.
macro_rules! widen {
    ($single:ident, $double:ident, $half:literal) => {
        impl Widen for $single {
            type Wide = $double;
            #[inline(always)]
            fn widen(self) -> [$double; 2] {
                [$double(from_fn(|i| self.0[i] as f64)), $double(from_fn(|i| self.0[i + $half] as f64))]
            }
            #[inline(always)]
            fn narrow(x: [$double; 2]) -> Self {
                $single(from_fn(|i| x[i / $half].0[i % $half] as f32))
            }
        }
    };
}

widen!(F32, F64, 8);
widen!(Narrow32, Narrow64, 2);
