//! Functions of lanes: exponential, logarithm, power, hyperbolic tangent, logistic function, sine, cosine.
//!
//! Each is written once over [`Float`](super::lanes::Float), with every fused operation spelled out,
//! so that all levels give the same bits. The polynomials' coefficients are this project's own:
//! weighted least squares at Chebyshev nodes or a Remez exchange in 200-bit arithmetic, the low
//! coefficients rounded first and the others fitted anew. No table look-ups: gathers are slow, and
//! a new instruction set would have to bring its own.
//!
//! | function | largest error, ULP | how it was measured |
//! |---|---|---|
//! | exp float32 | 0.90 | every float32 |
//! | ln float32 | 0.84 | every float32 |
//! | pow float32 | 0.51 | 100 thousand pairs (it is computed in float64) |
//! | exp float64 | 0.84 | 110 thousand random numbers, against 140-bit arithmetic |
//! | ln float64 | 0.80 | 165 thousand, the same way |
//! | pow float64 | 0.94 | 275 thousand pairs, the same way |
//! | expm1 float32 | 1.44 | every float32 |
//! | log1p float32 | 0.84 | every float32 |
//! | sigmoid float32 | 1.48 | every float32 |
//! | tanh float32 | 1.33 | every float32 above 2^-15 to 2^20, and five binades beyond |
//! | sin, cos float32 | 0.84 | the same |
//! | rsqrt float32 | 1.50 | every float32 |
//! | these of float64 | 2 | 50 thousand each on all scales, against the platform's, which err too |
//! | sqrt | 0.5 | exactly rounded by the processor |
//!
//! Results below the normal range are right to half a ULP more. What must not come here: anything
//! that touches memory.

pub mod complex;
pub mod exp;
pub mod hyperbolic;
pub mod log;
pub mod power;
pub mod quotient;
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

/// `Field` for a lane of float32.
macro_rules! float32_field {
    ($lane:ty) => {
        $crate::kernels::math::float_field!($lane, exp32, ln32, pow32; expm1_32, tanh32, sigmoid32, log1p32, sin32, cos32);
    };
}

/// `Field` for a lane of float64.
macro_rules! float64_field {
    ($lane:ty) => {
        $crate::kernels::math::float_field!($lane, exp64, ln64, pow64; expm1_64, tanh64, sigmoid64, log1p64, sin64, cos64);
    };
}

macro_rules! float_field {
    ($lane:ty, $exp:ident, $ln:ident, $pow:ident; $expm1:ident, $tanh:ident, $sigmoid:ident, $log1p:ident, $sin:ident, $cos:ident) => {
        impl $crate::kernels::number::Field for $lane {
            #[inline(always)]
            fn exp(self) -> Self {
                $crate::kernels::math::exp::$exp(self)
            }
            #[inline(always)]
            fn ln(self) -> Self {
                $crate::kernels::math::log::$ln(self)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                $crate::kernels::lanes::Float::root(self)
            }
            #[inline(always)]
            fn pow(self, exponent: Self) -> Self {
                $crate::kernels::math::power::$pow(self, exponent)
            }
        }
        impl $crate::kernels::number::Real for $lane {
            #[inline(always)]
            fn expm1(self) -> Self {
                $crate::kernels::math::hyperbolic::$expm1(self)
            }
            #[inline(always)]
            fn tanh(self) -> Self {
                $crate::kernels::math::hyperbolic::$tanh(self)
            }
            #[inline(always)]
            fn sigmoid(self) -> Self {
                $crate::kernels::math::hyperbolic::$sigmoid(self)
            }
            #[inline(always)]
            fn log1p(self) -> Self {
                $crate::kernels::math::log::$log1p(self)
            }
            #[inline(always)]
            fn sin(self) -> Self {
                $crate::kernels::math::trig::$sin(self)
            }
            #[inline(always)]
            fn cos(self) -> Self {
                $crate::kernels::math::trig::$cos(self)
            }
        }
    };
}
pub(crate) use {float_field, float32_field, float64_field};
