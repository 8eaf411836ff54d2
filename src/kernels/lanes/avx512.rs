//! Float lanes in one AVX-512 register each.
//!
//! As `avx2.rs`: only code below `shell_avx512` may use their operations. Parts of a lane are masked moves, which
//! processors with AVX-512 do at the cost of whole ones.

use super::{Float, Lane, Widen};
use crate::dtype::Compute;
use crate::kernels::math;
use crate::kernels::number::{Ordered, Ring};
use std::arch::x86_64::*;
use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

/// An intrinsic, or any expression made of them.
macro_rules! avx {
    ($e:expr) => {
        // SAFETY: only `shell_avx512` runs a kernel with these lanes, and only where AVX-512 F, DQ, BW and VL exist.
        unsafe { $e }
    };
}

/// An operator trait by one intrinsic.
macro_rules! operator {
    ($name:ident: $($trait:ident $method:ident $op:ident),*) => {$(
        impl $trait for $name {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self(avx!($op(self.0, other.0)))
            }
        }
    )*};
}

macro_rules! float_lane {
    (
        $name:ident, $mask:ident, $kind:ident, $reg:ident, $t:ident, $bits:ident, $compute:ident, $n:literal,
        $floor:ident, $doc:literal;
        $set1:ident $add:ident $sub:ident $mul:ident $div:ident $fma:ident $min:ident $max:ident $sqrt:ident $ldexp:ident
        $round:ident $cmp:ident $blend:ident $and:ident $andnot:ident $or:ident $xor:ident;
        $load:ident $store:ident $loadpart:ident $storepart:ident;
        $from_int:ident $to_int:ident $set1_int:ident $add_int:ident $sub_int:ident $left:ident $right:ident
    ) => {
        #[doc = $doc]
        #[derive(Clone, Copy, Debug)]
        pub struct $name(pub(super) $reg);

        /// The answers of a comparison, a bit each.
        #[derive(Clone, Copy, Debug)]
        pub struct $mask($kind);

        impl $name {
            #[inline(always)]
            fn compare<const OP: i32>(self, other: Self) -> $mask {
                $mask(avx!($cmp::<OP>(self.0, other.0)))
            }
        }

        impl BitAnd for $mask {
            type Output = Self;
            #[inline(always)]
            fn bitand(self, other: Self) -> Self {
                $mask(self.0 & other.0)
            }
        }
        impl BitOr for $mask {
            type Output = Self;
            #[inline(always)]
            fn bitor(self, other: Self) -> Self {
                $mask(self.0 | other.0)
            }
        }
        impl Not for $mask {
            type Output = Self;
            #[inline(always)]
            fn not(self) -> Self {
                $mask(!self.0)
            }
        }

        operator!($name: Add add $add, Sub sub $sub, Mul mul $mul, Div div $div);

        impl Neg for $name {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                Self(avx!($xor(self.0, $set1(-0.0))))
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
                Self(avx!($blend(m.0, b.0, a.0)))
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
                Self(avx!($andnot($set1(-0.0), self.0)))
            }
            super::whole_quotients!($floor);
        }

        impl Lane for $name {
            type Elem = $t;
            const COUNT: usize = $n;
            const COMPUTE: Compute = Compute::$compute;
            #[inline(always)]
            fn splat(x: $t) -> Self {
                Self(avx!($set1(x)))
            }
            #[inline(always)]
            unsafe fn load(p: *const $t) -> Self {
                Self(avx!($load(p)))
            }
            #[inline(always)]
            unsafe fn store(self, p: *mut $t) {
                avx!($store(p, self.0))
            }
            #[inline(always)]
            unsafe fn load_part(p: *const $t, n: usize) -> Self {
                Self(avx!($loadpart(((1u32 << n) - 1) as $kind, p)))
            }
            #[inline(always)]
            unsafe fn store_part(self, p: *mut $t, n: usize) {
                avx!($storepart(p, ((1u32 << n) - 1) as $kind, self.0))
            }
            #[inline(always)]
            fn bits(m: $mask) -> u32 {
                m.0.into()
            }
        }

        impl Float for $name {
            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                Self(avx!($fma(self.0, b.0, c.0)))
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                Self(avx!($min(self.0, other.0)))
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                Self(avx!($max(self.0, other.0)))
            }
            #[inline(always)]
            fn round(self) -> Self {
                Self(avx!($round::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self.0)))
            }
            #[inline(always)]
            fn root(self) -> Self {
                Self(avx!($sqrt(self.0)))
            }
            #[inline(always)]
            fn from_bits(bits: u64) -> Self {
                Self(avx!($from_int($set1_int(bits as $bits))))
            }
            #[inline(always)]
            fn bits_and(self, other: Self) -> Self {
                Self(avx!($and(self.0, other.0)))
            }
            #[inline(always)]
            fn bits_or(self, other: Self) -> Self {
                Self(avx!($or(self.0, other.0)))
            }
            #[inline(always)]
            fn bits_xor(self, other: Self) -> Self {
                Self(avx!($xor(self.0, other.0)))
            }
            #[inline(always)]
            fn ldexp(self, k: Self) -> Self {
                Self(avx!($ldexp(self.0, k.0)))
            }
            #[inline(always)]
            fn bits_add(self, other: Self) -> Self {
                Self(avx!($from_int($add_int($to_int(self.0), $to_int(other.0)))))
            }
            #[inline(always)]
            fn bits_sub(self, other: Self) -> Self {
                Self(avx!($from_int($sub_int($to_int(self.0), $to_int(other.0)))))
            }
            // By a count in a register, which the compiler makes a constant: the constant shifts take one of another type.
            #[inline(always)]
            fn bits_left<const N: i32>(self) -> Self {
                Self(avx!($from_int($left($to_int(self.0), _mm_cvtsi32_si128(N)))))
            }
            #[inline(always)]
            fn bits_right<const N: i32>(self) -> Self {
                Self(avx!($from_int($right($to_int(self.0), _mm_cvtsi32_si128(N)))))
            }
        }
    };
}

float_lane!(
    F32, Mask32, __mmask16, __m512, f32, i32, F32, 16, floor32, "16 float32.";
    _mm512_set1_ps _mm512_add_ps _mm512_sub_ps _mm512_mul_ps _mm512_div_ps _mm512_fmadd_ps _mm512_min_ps _mm512_max_ps
    _mm512_sqrt_ps _mm512_scalef_ps _mm512_roundscale_ps _mm512_cmp_ps_mask _mm512_mask_blend_ps _mm512_and_ps _mm512_andnot_ps
    _mm512_or_ps _mm512_xor_ps;
    _mm512_loadu_ps _mm512_storeu_ps _mm512_maskz_loadu_ps _mm512_mask_storeu_ps;
    _mm512_castsi512_ps _mm512_castps_si512 _mm512_set1_epi32 _mm512_add_epi32 _mm512_sub_epi32 _mm512_sll_epi32
    _mm512_srl_epi32
);

float_lane!(
    F64, Mask64, __mmask8, __m512d, f64, i64, F64, 8, floor64, "8 float64.";
    _mm512_set1_pd _mm512_add_pd _mm512_sub_pd _mm512_mul_pd _mm512_div_pd _mm512_fmadd_pd _mm512_min_pd _mm512_max_pd
    _mm512_sqrt_pd _mm512_scalef_pd _mm512_roundscale_pd _mm512_cmp_pd_mask _mm512_mask_blend_pd _mm512_and_pd _mm512_andnot_pd
    _mm512_or_pd _mm512_xor_pd;
    _mm512_loadu_pd _mm512_storeu_pd _mm512_maskz_loadu_pd _mm512_mask_storeu_pd;
    _mm512_castsi512_pd _mm512_castpd_si512 _mm512_set1_epi64 _mm512_add_epi64 _mm512_sub_epi64 _mm512_sll_epi64
    _mm512_srl_epi64
);

math::float32_field!(F32);
math::float64_field!(F64);

impl Widen for F32 {
    type Wide = F64;
    #[inline(always)]
    fn widen(self) -> [F64; 2] {
        avx!([
            F64(_mm512_cvtps_pd(_mm512_castps512_ps256(self.0))),
            F64(_mm512_cvtps_pd(_mm512_extractf32x8_ps::<1>(self.0))),
        ])
    }
    #[inline(always)]
    fn narrow([low, high]: [F64; 2]) -> Self {
        F32(avx!(_mm512_insertf32x8::<1>(_mm512_castps256_ps512(_mm512_cvtpd_ps(low.0)), _mm512_cvtpd_ps(high.0))))
    }
}
