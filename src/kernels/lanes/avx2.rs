//! Float lanes in two AVX registers each.
//!
//! The types can be made anywhere in the crate, but their operations are instructions that older
//! processors lack: only code below `shell_avx2` may use them.

use super::avx2_part::{load_f32, load_f64, store_f32, store_f64};
use super::{Float, Lane, Widen};
use crate::dtype::Compute;
use crate::kernels::math;
use crate::kernels::number::{Ordered, Ring};
use std::arch::x86_64::*;
use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

/// An intrinsic, or any expression made of them.
macro_rules! avx {
    ($e:expr) => {
        // SAFETY: only `shell_avx2` runs a kernel with these lanes, and only where AVX2 and FMA exist.
        unsafe { $e }
    };
}

/// The same expression for both registers.
macro_rules! both {
    ($i:ident => $e:expr) => {
        [{ const $i: usize = 0; avx!($e) }, { const $i: usize = 1; avx!($e) }]
    };
}

/// An operator trait by one intrinsic for each register.
macro_rules! operator {
    ($name:ident: $($trait:ident $method:ident $op:ident),*) => {$(
        impl $trait for $name {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self(both!(I => $op(self.0[I], other.0[I])))
            }
        }
    )*};
}

macro_rules! float_lane {
    (
        $name:ident, $mask:ident, $reg:ident, $t:ident, $bits:ident, $compute:ident, $n:literal, $floor:ident, $ldexp:ident,
        $doc:literal;
        $set1:ident $add:ident $sub:ident $mul:ident $div:ident $fma:ident $min:ident $max:ident $sqrt:ident
        $round:ident $cmp:ident $blend:ident $and:ident $andnot:ident $or:ident $xor:ident $movemask:ident;
        $load:ident $store:ident $loadpart:ident $storepart:ident;
        $from_int:ident $to_int:ident $set1_int:ident $add_int:ident $sub_int:ident $left:ident $right:ident
    ) => {
        #[doc = $doc]
        #[derive(Clone, Copy, Debug)]
        pub struct $name(pub(super) [$reg; 2]);

        /// The answers of a comparison: all bits of an element set or none.
        #[derive(Clone, Copy, Debug)]
        pub struct $mask([$reg; 2]);

        impl $name {
            #[inline(always)]
            fn compare<const OP: i32>(self, other: Self) -> $mask {
                $mask(both!(I => $cmp::<OP>(self.0[I], other.0[I])))
            }
        }

        operator!($mask: BitAnd bitand $and, BitOr bitor $or);
        operator!($name: Add add $add, Sub sub $sub, Mul mul $mul, Div div $div);

        impl Not for $mask {
            type Output = Self;
            #[inline(always)]
            fn not(self) -> Self {
                $mask(both!(I => $xor(self.0[I], $from_int($set1_int(-1)))))
            }
        }
        impl Neg for $name {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                Self(both!(I => $xor(self.0[I], $set1(-0.0))))
            }
        }

        impl Ring for $name {
            type Mask = $mask;
            #[inline(always)]
            fn lit(x: f64) -> Self {
                Self::splat(x as $t)
            }
            #[inline(always)]
            fn select(m: $mask, a: Self, b: Self) -> Self {
                Self(both!(I => $blend(b.0[I], a.0[I], m.0[I])))
            }
            #[inline(always)]
            fn equal(self, other: Self) -> $mask {
                self.compare::<_CMP_EQ_OQ>(other)
            }
            #[inline(always)]
            fn fused(self, factor: Self, term: Self) -> Self {
                self.mul_add(factor, term)
            }
        }
        impl Ordered for $name {
            #[inline(always)]
            fn less(self, other: Self) -> $mask {
                self.compare::<_CMP_LT_OQ>(other)
            }
            #[inline(always)]
            fn at_most(self, other: Self) -> $mask {
                self.compare::<_CMP_LE_OQ>(other)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                Self(both!(I => $andnot($set1(-0.0), self.0[I])))
            }
            super::whole_quotients!($floor);
        }

        impl Lane for $name {
            type Elem = $t;
            const COUNT: usize = $n;
            const COMPUTE: Compute = Compute::$compute;
            #[inline(always)]
            fn splat(x: $t) -> Self {
                Self([avx!($set1(x)); 2])
            }
            #[inline(always)]
            unsafe fn load(p: *const $t) -> Self {
                Self(both!(I => $load(p.add(I * $n / 2))))
            }
            #[inline(always)]
            unsafe fn store(self, p: *mut $t) {
                both!(I => $store(p.add(I * $n / 2), self.0[I]));
            }
            #[inline(always)]
            unsafe fn load_part(p: *const $t, n: usize) -> Self {
                Self(avx!($loadpart(p, n)))
            }
            #[inline(always)]
            unsafe fn store_part(self, p: *mut $t, n: usize) {
                avx!($storepart(p, n, self.0))
            }
            #[inline(always)]
            fn bits(m: $mask) -> u32 {
                let [low, high] = both!(I => $movemask(m.0[I]) as u32);
                low | high << ($n / 2)
            }
        }

        impl Float for $name {
            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                Self(both!(I => $fma(self.0[I], b.0[I], c.0[I])))
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                Self(both!(I => $min(self.0[I], other.0[I])))
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                Self(both!(I => $max(self.0[I], other.0[I])))
            }
            #[inline(always)]
            fn round(self) -> Self {
                Self(both!(I => $round::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self.0[I])))
            }
            #[inline(always)]
            fn root(self) -> Self {
                Self(both!(I => $sqrt(self.0[I])))
            }
            #[inline(always)]
            fn from_bits(bits: u64) -> Self {
                Self([avx!($from_int($set1_int(bits as $bits))); 2])
            }
            #[inline(always)]
            fn bits_and(self, other: Self) -> Self {
                Self(both!(I => $and(self.0[I], other.0[I])))
            }
            #[inline(always)]
            fn bits_or(self, other: Self) -> Self {
                Self(both!(I => $or(self.0[I], other.0[I])))
            }
            #[inline(always)]
            fn bits_xor(self, other: Self) -> Self {
                Self(both!(I => $xor(self.0[I], other.0[I])))
            }
            #[inline(always)]
            fn ldexp(self, k: Self) -> Self {
                super::$ldexp(self, k)
            }
            #[inline(always)]
            fn bits_add(self, other: Self) -> Self {
                Self(both!(I => $from_int($add_int($to_int(self.0[I]), $to_int(other.0[I])))))
            }
            #[inline(always)]
            fn bits_sub(self, other: Self) -> Self {
                Self(both!(I => $from_int($sub_int($to_int(self.0[I]), $to_int(other.0[I])))))
            }
            #[inline(always)]
            fn bits_left<const N: i32>(self) -> Self {
                Self(both!(I => $from_int($left::<N>($to_int(self.0[I])))))
            }
            #[inline(always)]
            fn bits_right<const N: i32>(self) -> Self {
                Self(both!(I => $from_int($right::<N>($to_int(self.0[I])))))
            }
        }
    };
}

float_lane!(
    F32, Mask32, __m256, f32, i32, F32, 16, floor32, ldexp32, "16 float32.";
    _mm256_set1_ps _mm256_add_ps _mm256_sub_ps _mm256_mul_ps _mm256_div_ps _mm256_fmadd_ps _mm256_min_ps _mm256_max_ps
    _mm256_sqrt_ps _mm256_round_ps _mm256_cmp_ps _mm256_blendv_ps _mm256_and_ps _mm256_andnot_ps _mm256_or_ps
    _mm256_xor_ps _mm256_movemask_ps;
    _mm256_loadu_ps _mm256_storeu_ps load_f32 store_f32;
    _mm256_castsi256_ps _mm256_castps_si256 _mm256_set1_epi32 _mm256_add_epi32 _mm256_sub_epi32 _mm256_slli_epi32
    _mm256_srli_epi32
);

float_lane!(
    F64, Mask64, __m256d, f64, i64, F64, 8, floor64, ldexp64, "8 float64.";
    _mm256_set1_pd _mm256_add_pd _mm256_sub_pd _mm256_mul_pd _mm256_div_pd _mm256_fmadd_pd _mm256_min_pd _mm256_max_pd
    _mm256_sqrt_pd _mm256_round_pd _mm256_cmp_pd _mm256_blendv_pd _mm256_and_pd _mm256_andnot_pd _mm256_or_pd
    _mm256_xor_pd _mm256_movemask_pd;
    _mm256_loadu_pd _mm256_storeu_pd load_f64 store_f64;
    _mm256_castsi256_pd _mm256_castpd_si256 _mm256_set1_epi64x _mm256_add_epi64 _mm256_sub_epi64 _mm256_slli_epi64
    _mm256_srli_epi64
);

math::float32_field!(F32);
math::float64_field!(F64);

impl Widen for F32 {
    type Wide = F64;
    #[inline(always)]
    fn widen(self) -> [F64; 2] {
        both!(I => F64([
            _mm256_cvtps_pd(_mm256_castps256_ps128(self.0[I])),
            _mm256_cvtps_pd(_mm256_extractf128_ps::<1>(self.0[I])),
        ]))
    }
    #[inline(always)]
    fn narrow(x: [F64; 2]) -> Self {
        F32(both!(I => _mm256_set_m128(_mm256_cvtpd_ps(x[I].0[1]), _mm256_cvtpd_ps(x[I].0[0]))))
    }
}
