//! The kernels of one formula: a table by level and compute type, made at compile time.

use super::kernel::{MapFn, eval_avx2, eval_portable, test_avx2, test_portable};
use crate::dtype::{COMPUTES, Compute};
use crate::kernels::lanes::{C64, C128, I64, Portable, Simd};
use crate::kernels::level::{LEVELS, Level};
use crate::kernels::number::{Eval, Test};

#[cfg(target_arch = "x86_64")]
use crate::kernels::lanes::Avx2;
// The second row of a table is unused there, but has to hold something.
#[cfg(not(target_arch = "x86_64"))]
use crate::kernels::lanes::Portable as Avx2;

type P32 = <Portable as Simd>::F32;
type P64 = <Portable as Simd>::F64;
type A32 = <Avx2 as Simd>::F32;
type A64 = <Avx2 as Simd>::F64;

/// The kernels of a formula or predicate of so many operands.
pub struct MapTable {
    kernels: [[Option<MapFn>; COMPUTES]; LEVELS],
    operands: usize,
    test: bool,
}

/// Names the bounds of a formula or predicate, and says that whatever meets them is one.
macro_rules! bundle {
    ($($doc:literal $name:ident = $base:ident on $($lane:ty),*;)*) => {$(
        #[doc = $doc]
        pub trait $name<const K: usize>: $($base<$lane, K> +)* 'static {}
        impl<F: $($base<$lane, K> +)* 'static, const K: usize> $name<K> for F {}
    )*};
}

bundle! {
    "A formula over real numbers." RealMap = Eval on P32, P64, A32, A64;
    "A formula over real numbers and integers." OrderedMap = Eval on P32, P64, A32, A64, I64;
    "A formula over real and complex numbers." FieldMap = Eval on P32, P64, A32, A64, C64, C128;
    "A formula over every number." RingMap = Eval on P32, P64, A32, A64, I64, C64, C128;
    "A formula over integers." WholeMap = Eval on I64;
    "A predicate of real numbers." RealTest = Test on P32, P64, A32, A64;
    "A predicate of real numbers and integers." OrderedTest = Test on P32, P64, A32, A64, I64;
    "A predicate of real and complex numbers." FieldTest = Test on P32, P64, A32, A64, C64, C128;
    "A predicate of every number." RingTest = Test on P32, P64, A32, A64, I64, C64, C128;
}

/// A constructor: the columns in [`Compute`]'s order, each a lane type at both levels or `none`.
macro_rules! constructor {
    (@ $shell:ident $f:ident $k:ident none) => { None };
    (@ $shell:ident $f:ident $k:ident $lane:ident) => { Some($shell::<$lane, $f, $k>) };
    ($(
        $doc:literal $name:ident: $bound:ident, $test:literal, $portable:ident $avx2:ident,
        $i64:ident $c64:ident $c128:ident;
    )*) => {$(
        #[doc = $doc]
        pub const fn $name<F: $bound<K>, const K: usize>() -> Self {
            MapTable {
                kernels: [
                    [
                        Some($portable::<P32, F, K>),
                        Some($portable::<P64, F, K>),
                        constructor!(@ $portable F K $i64),
                        constructor!(@ $portable F K $c64),
                        constructor!(@ $portable F K $c128),
                    ],
                    [
                        Some($avx2::<A32, F, K>),
                        Some($avx2::<A64, F, K>),
                        constructor!(@ $avx2 F K $i64),
                        constructor!(@ $avx2 F K $c64),
                        constructor!(@ $avx2 F K $c128),
                    ],
                ],
                operands: K,
                test: $test,
            }
        }
    )*};
}

impl MapTable {
    constructor! {
        "A formula over float32 and float64."
            real: RealMap, false, eval_portable eval_avx2, none none none;
        "A formula over those and int64."
            ordered: OrderedMap, false, eval_portable eval_avx2, I64 none none;
        "A formula over float32, float64, complex64 and complex128."
            field: FieldMap, false, eval_portable eval_avx2, none C64 C128;
        "A formula over every compute type."
            ring: RingMap, false, eval_portable eval_avx2, I64 C64 C128;
        "A predicate of float32 and float64."
            real_test: RealTest, true, test_portable test_avx2, none none none;
        "A predicate of those and int64."
            ordered_test: OrderedTest, true, test_portable test_avx2, I64 none none;
        "A predicate of float32, float64, complex64 and complex128."
            field_test: FieldTest, true, test_portable test_avx2, none C64 C128;
        "A predicate of every compute type."
            ring_test: RingTest, true, test_portable test_avx2, I64 C64 C128;
    }

    /// A formula over int64 alone.
    pub const fn whole<F: WholeMap<K>, const K: usize>() -> Self {
        MapTable {
            kernels: [
                [None, None, Some(eval_portable::<I64, F, K>), None, None],
                [None, None, Some(eval_avx2::<I64, F, K>), None, None],
            ],
            operands: K,
            test: false,
        }
    }

    /// The kernel for a compute type at a level, if the formula has one.
    #[inline(always)]
    pub const fn kernel(&self, level: Level, compute: Compute) -> Option<MapFn> {
        self.kernels[level as usize][compute as usize]
    }

    /// How many operands the formula has.
    #[inline(always)]
    pub const fn operands(&self) -> usize {
        self.operands
    }

    /// Whether it is a predicate, whose kernels write one byte an element.
    #[inline(always)]
    pub const fn is_test(&self) -> bool {
        self.test
    }
}
