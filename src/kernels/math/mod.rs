//! Functions of lanes: exponentials, logarithms, power, the hyperbolic and trigonometric functions and their inverses, the
//! logistic and the error function.
//!
//! Each is written once over [`Float`](super::lanes::Float), with every fused operation spelled out,
//! so that all levels give the same bits. The polynomials' coefficients are this project's own:
//! weighted least squares at Chebyshev nodes or a Remez exchange in 200-bit arithmetic, the low
//! coefficients rounded first and the others fitted anew. No table look-ups: gathers are slow, and
//! a new instruction set would have to bring its own.
//!
//! No result is off by more than 1.5 units in its last place, and most by less than 1.2: docs/accuracy.md has the largest
//! error of each function, of all float32 and of many float64, and tools/ulp.py measures them anew. tests/laws/test_accuracy.py
//! holds the built library to it. A new function has a row in both. What must not come here: anything
//! that touches memory.

pub mod arc;
pub mod area;
pub mod complex;
pub mod complex_inverse;
pub mod erf;
pub mod exp;
pub mod gamma;
pub mod hyperbolic;
pub mod log;
pub mod power;
pub mod quotient;
pub mod special;
#[cfg(test)]
mod tests;
pub mod trig;

use super::lanes::Float;

/// The polynomial with these coefficients, lowest power first, by Horner's scheme.
///
/// Estrin's scheme has a shorter chain but more operations; a loop over lanes overlaps the chains.
#[inline(always)]
pub(crate) fn polynomial<L: Float, const N: usize>(x: L, coefficients: [f64; N]) -> L {
    let mut y = L::lit(coefficients[N - 1]);
    for i in (0..N - 1).rev() {
        y = y.mul_add(x, L::lit(coefficients[i]));
    }
    y
}

/// `Field` and `Real` for a lane of float32.
macro_rules! float32_field {
    ($lane:ty) => {
        $crate::kernels::math::float_field! {
            $lane, power::pow32;
            exp = exp::exp32, ln = log::ln32, exp2 = exp::exp2_32, log2 = log::log2_32, log10 = log::log10_32,
            expm1 = hyperbolic::expm1_32, log1p = log::log1p32, tanh = hyperbolic::tanh32,
            sigmoid = hyperbolic::sigmoid32, sin = trig::sin32, cos = trig::cos32, tan = trig::tan32, asin = arc::asin32, acos = arc::acos32,
            atan = arc::atan32, sinh = hyperbolic::sinh32, cosh = hyperbolic::cosh32, asinh = area::asinh32,
            acosh = area::acosh32, atanh = area::atanh32;
            erf = erf::erf32, erfc = erf::erfc32, erfinv = special::erfinv32, lgamma = gamma::lgamma32;
            atan2 = arc::atan2_32, hypot = special::hypot32, copysign = special::copysign,
            polygamma = gamma::polygamma32;
            next = special::next32, special::exponent32;
        }
    };
}

/// `Field` and `Real` for a lane of float64.
macro_rules! float64_field {
    ($lane:ty) => {
        $crate::kernels::math::float_field! {
            $lane, power::pow64;
            exp = exp::exp64, ln = log::ln64, exp2 = exp::exp2_64, log2 = log::log2_64, log10 = log::log10_64,
            expm1 = hyperbolic::expm1_64, log1p = log::log1p64, tanh = hyperbolic::tanh64,
            sigmoid = hyperbolic::sigmoid64, sin = trig::sin64, cos = trig::cos64, tan = trig::tan64, asin = arc::asin64, acos = arc::acos64,
            atan = arc::atan64, sinh = hyperbolic::sinh64, cosh = hyperbolic::cosh64, asinh = area::asinh64,
            acosh = area::acosh64, atanh = area::atanh64;
            erf = erf::erf64, erfc = erf::erfc64, erfinv = special::erfinv64, lgamma = gamma::lgamma64;
            atan2 = arc::atan2_64, hypot = special::hypot64, copysign = special::copysign,
            polygamma = gamma::polygamma64;
            next = special::next64, special::exponent64;
        }
    };
}

/// The functions of numbers and of real ones by name, each with the vector function that computes it.
macro_rules! float_field {
    (
        $lane:ty, $power:ident::$pow:ident;
        $($name:ident = $module:ident::$function:ident),*;
        $($real:ident = $real_module:ident::$real_function:ident),*;
        $($pair:ident = $pair_module:ident::$pair_function:ident),*;
        next = $next_module:ident::$next:ident, $exponent_module:ident::$exponent:ident;
    ) => {
        impl $crate::kernels::number::Field for $lane {
            #[inline(always)]
            fn sqrt(self) -> Self {
                $crate::kernels::lanes::Float::root(self)
            }
            #[inline(always)]
            fn is_small(self) -> Self::Mask {
                use $crate::kernels::number::{Ordered, Ring};
                self.abs().less(Self::lit(0.5))
            }
            #[inline(always)]
            fn log_add_exp(self, other: Self) -> Self {
                use $crate::kernels::number::{Ordered, Ring};
                let large = Self::select(other.less(self), self, other);
                let y = large + (-(self - other).abs()).exp().log1p();
                // Of equal infinities the difference is nan.
                Self::select(self.equal(other) & !self.is_finite(), self, y)
            }
            #[inline(always)]
            fn pow(self, exponent: Self) -> Self {
                $crate::kernels::math::$power::$pow(self, exponent)
            }
            $(
                #[inline(always)]
                fn $name(self) -> Self {
                    $crate::kernels::math::$module::$function(self)
                }
            )*
        }
        impl $crate::kernels::number::Real for $lane {
            $(
                #[inline(always)]
                fn $real(self) -> Self {
                    $crate::kernels::math::$real_module::$real_function(self)
                }
            )*
            $(
                #[inline(always)]
                fn $pair(self, other: Self) -> Self {
                    $crate::kernels::math::$pair_module::$pair_function(self, other)
                }
            )*
            #[inline(always)]
            fn nextafter(self, other: Self) -> Self {
                $crate::kernels::lanes::each(self, other, $crate::kernels::math::$next_module::$next)
            }
            #[inline(always)]
            fn exponent(self) -> Self {
                $crate::kernels::lanes::each(self, self, |x, _| $crate::kernels::math::$exponent_module::$exponent(x))
            }
            #[inline(always)]
            fn digamma(self) -> Self {
                $crate::kernels::lanes::each(self, self, |x, _| $crate::kernels::math::gamma::digamma(x.into()) as _)
            }
        }
    };
}
pub(crate) use {float_field, float32_field, float64_field};
