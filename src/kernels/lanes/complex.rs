//! The lanes of complex numbers: arrays of real and imaginary parts at every level.
//!
//! The parts are kept apart, so that a product is plain arithmetic of arrays, which the shells
//! vectorise; loads and stores shuffle. A product is the textbook one: it does not repair an
//! infinity that became nan, as C's Annex G would, because torch does not.

use super::portable::Mask;
use super::{Lane, from_fn};
use crate::dtype::Compute;
use crate::kernels::math::{complex as scalar, complex_inverse as inverse};
use crate::kernels::number::{Field, Ring};
use std::ops::{Add, Div, Mul, Neg, Sub};

macro_rules! complex_lane {
    ($name:ident, $t:ident, $n:literal, $compute:ident, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Copy, Debug)]
        pub struct $name {
            re: [$t; $n],
            im: [$t; $n],
        }

        impl $name {
            /// Element by element, from parts to parts.
            #[inline(always)]
            fn zip(self, other: Self, f: impl Fn([$t; 2], [$t; 2]) -> [$t; 2]) -> Self {
                let at = |i: usize| f([self.re[i], self.im[i]], [other.re[i], other.im[i]]);
                $name { re: from_fn(|i| at(i)[0]), im: from_fn(|i| at(i)[1]) }
            }
            /// Through a function of one float64 number. In a loop: it is called, not inlined.
            #[inline(always)]
            fn each(mut self, f: impl Fn([f64; 2]) -> [f64; 2]) -> Self {
                for i in 0..$n {
                    let y = f([self.re[i] as f64, self.im[i] as f64]);
                    (self.re[i], self.im[i]) = (y[0] as $t, y[1] as $t);
                }
                self
            }
        }

        impl Add for $name {
            type Output = Self;
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                self.zip(other, |a, b| [a[0] + b[0], a[1] + b[1]])
            }
        }
        impl Sub for $name {
            type Output = Self;
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                self.zip(other, |a, b| [a[0] - b[0], a[1] - b[1]])
            }
        }
        impl Mul for $name {
            type Output = Self;
            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                self.zip(other, |a, b| [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]])
            }
        }
        impl Div for $name {
            type Output = Self;
            #[inline(always)]
            fn div(self, other: Self) -> Self {
                self.zip(other, |a, b| {
                    // By the larger part of the divisor, whose square could overflow; each sum of a product rounded once.
                    let kept = b[0].abs() >= b[1].abs();
                    let (large, small) = if kept { (b[0], b[1]) } else { (b[1], b[0]) };
                    let ratio = small / large;
                    let scale = 1.0 / small.mul_add(ratio, large);
                    let (re, im) = if kept { ([a[1], a[0]], [-a[0], a[1]]) } else { ([a[0], a[1]], [a[1], -a[0]]) };
                    let quotient = [re[0].mul_add(ratio, re[1]) * scale, im[0].mul_add(ratio, im[1]) * scale];
                    // By 0: infinite, or nan where it is 0 by 0.
                    if large == 0.0 && small == 0.0 { [a[0] / b[0].abs(), a[1] / b[1].abs()] } else { quotient }
                })
            }
        }
        impl Neg for $name {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                $name { re: from_fn(|i| -self.re[i]), im: from_fn(|i| -self.im[i]) }
            }
        }

        impl Ring for $name {
            type Mask = Mask<$n>;
            #[inline(always)]
            fn lit(x: f64) -> Self {
                Self::splat([x as $t, 0.0])
            }
            #[inline(always)]
            fn select(m: Mask<$n>, a: Self, b: Self) -> Self {
                $name {
                    re: from_fn(|i| if m.0[i] { a.re[i] } else { b.re[i] }),
                    im: from_fn(|i| if m.0[i] { a.im[i] } else { b.im[i] }),
                }
            }
            #[inline(always)]
            fn equal(self, other: Self) -> Mask<$n> {
                Mask(from_fn(|i| self.re[i] == other.re[i] && self.im[i] == other.im[i]))
            }
            #[inline(always)]
            fn conj(self) -> Self {
                $name { re: self.re, im: from_fn(|i| -self.im[i]) }
            }
        }

        impl Field for $name {
            #[inline(always)]
            fn exp(self) -> Self {
                self.each(scalar::exp)
            }
            #[inline(always)]
            fn ln(self) -> Self {
                self.each(scalar::ln)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                self.each(scalar::sqrt)
            }
            #[inline(always)]
            fn is_small(self) -> Mask<$n> {
                Mask(from_fn(|i| self.re[i].hypot(self.im[i]) < 0.5))
            }
            #[inline(always)]
            fn log_add_exp(mut self, other: Self) -> Self {
                for i in 0..$n {
                    let [a, b] = [[self.re[i], self.im[i]], [other.re[i], other.im[i]]].map(|x| x.map(f64::from));
                    let y = scalar::log_add(a, b);
                    (self.re[i], self.im[i]) = (y[0] as $t, y[1] as $t);
                }
                self
            }
            #[inline(always)]
            fn rsqrt_of_square_less_one(self) -> Self {
                (self - Self::lit(-1.0)).rsqrt() * (self - Self::lit(1.0)).rsqrt()
            }
            #[inline(always)]
            fn exp2(self) -> Self {
                self.each(scalar::exp2)
            }
            #[inline(always)]
            fn log2(self) -> Self {
                self.each(scalar::log2)
            }
            #[inline(always)]
            fn log10(self) -> Self {
                self.each(scalar::log10)
            }
            #[inline(always)]
            fn expm1(self) -> Self {
                self.each(scalar::expm1)
            }
            #[inline(always)]
            fn log1p(self) -> Self {
                self.each(scalar::log1p)
            }
            #[inline(always)]
            fn tanh(self) -> Self {
                self.each(scalar::tanh)
            }
            #[inline(always)]
            fn sigmoid(self) -> Self {
                self.each(scalar::sigmoid)
            }
            #[inline(always)]
            fn sin(self) -> Self {
                self.each(scalar::sin)
            }
            #[inline(always)]
            fn cos(self) -> Self {
                self.each(scalar::cos)
            }
            #[inline(always)]
            fn tan(self) -> Self {
                self.each(scalar::tan)
            }
            #[inline(always)]
            fn asin(self) -> Self {
                self.each(inverse::asin)
            }
            #[inline(always)]
            fn acos(self) -> Self {
                self.each(inverse::acos)
            }
            #[inline(always)]
            fn atan(self) -> Self {
                self.each(inverse::atan)
            }
            #[inline(always)]
            fn sinh(self) -> Self {
                self.each(scalar::sinh)
            }
            #[inline(always)]
            fn cosh(self) -> Self {
                self.each(scalar::cosh)
            }
            #[inline(always)]
            fn asinh(self) -> Self {
                self.each(inverse::asinh)
            }
            #[inline(always)]
            fn acosh(self) -> Self {
                self.each(inverse::acosh)
            }
            #[inline(always)]
            fn atanh(self) -> Self {
                self.each(inverse::atanh)
            }
            #[inline(always)]
            fn pow(mut self, exponent: Self) -> Self {
                for i in 0..$n {
                    let y = [exponent.re[i] as f64, exponent.im[i] as f64];
                    let z = scalar::pow([self.re[i] as f64, self.im[i] as f64], y);
                    (self.re[i], self.im[i]) = (z[0] as $t, z[1] as $t);
                }
                self
            }
        }

        impl Lane for $name {
            type Elem = [$t; 2];
            const COUNT: usize = $n;
            const COMPUTE: Compute = Compute::$compute;
            #[inline(always)]
            fn splat(x: [$t; 2]) -> Self {
                $name { re: [x[0]; $n], im: [x[1]; $n] }
            }
            #[inline(always)]
            unsafe fn load(p: *const [$t; 2]) -> Self {
                // SAFETY: the caller's promise.
                let x = unsafe { p.cast::<[[$t; 2]; $n]>().read_unaligned() };
                $name { re: from_fn(|i| x[i][0]), im: from_fn(|i| x[i][1]) }
            }
            #[inline(always)]
            unsafe fn store(self, p: *mut [$t; 2]) {
                let x: [[$t; 2]; $n] = from_fn(|i| [self.re[i], self.im[i]]);
                // SAFETY: the caller's promise.
                unsafe { p.cast::<[[$t; 2]; $n]>().write_unaligned(x) }
            }
            #[inline(always)]
            unsafe fn load_part(p: *const [$t; 2], n: usize) -> Self {
                let mut x = Self::splat([0.0; 2]);
                for i in 0..n.min($n) {
                    // SAFETY: the caller's promise.
                    [x.re[i], x.im[i]] = unsafe { p.add(i).read_unaligned() };
                }
                x
            }
            #[inline(always)]
            unsafe fn store_part(self, p: *mut [$t; 2], n: usize) {
                for i in 0..n.min($n) {
                    // SAFETY: the caller's promise.
                    unsafe { p.add(i).write_unaligned([self.re[i], self.im[i]]) }
                }
            }
            #[inline(always)]
            fn bits(m: Mask<$n>) -> u32 {
                m.bits()
            }
        }
    };
}

complex_lane!(C64, f32, 8, C64, "8 complex64.");
complex_lane!(C128, f64, 4, C128, "4 complex128.");
complex_lane!(Narrow64, f32, 4, C64, "4 complex64, where no result depends on a lane's length.");
complex_lane!(Narrow128, f64, 2, C128, "2 complex128, as [`Narrow64`].");
