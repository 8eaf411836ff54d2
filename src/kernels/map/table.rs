//! The kernels of one formula: a table by level and compute type, made at compile time.

use super::kernel::{MapFn, eval_avx2, eval_avx512, eval_portable, test_avx2, test_avx512, test_portable};
use crate::dtype::{COMPUTES, Compute, DType};
use crate::kernels::lanes::{C64, C128, I64, Simd, array, complex, portable};
use crate::kernels::level::{LEVELS, Level};
use crate::kernels::number::{Eval, Test};

#[cfg(target_arch = "x86_64")]
use crate::kernels::lanes::{Avx2, Avx512};
// The later rows of a table are unused there, but have to hold something.
#[cfg(not(target_arch = "x86_64"))]
use crate::kernels::lanes::{Portable as Avx2, Portable as Avx512};

// A register of the smallest processor, not a lane of 64 bytes, which is written out in registers and calls: the portable
// kernels were four times as large so, and not faster.
type P32 = portable::Narrow32;
type P64 = portable::Narrow64;
type PI64 = array::Integers<2>;
type PC64 = complex::Narrow64;
type PC128 = complex::Narrow128;
type A32 = <Avx2 as Simd>::F32;
type A64 = <Avx2 as Simd>::F64;
type Z32 = <Avx512 as Simd>::F32;
type Z64 = <Avx512 as Simd>::F64;

/// A column more than there are compute types, for every element type that is computed as another.
const COLUMNS: usize = COMPUTES + 1;

/// The kernels of a formula or predicate of so many operands, or of a sum.
pub struct MapTable {
    kernels: [[Option<MapFn>; COLUMNS]; LEVELS],
    operands: usize,
    writes: Writes,
}

/// What a kernel writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Writes {
    /// An element of the compute type for each of the operands'.
    Element,
    /// A byte for each.
    Answer,
    /// One element of the compute type for all of them.
    Sum,
}

/// Names the bounds of a formula or predicate, and says that whatever meets them is one.
macro_rules! bundle {
    ($($doc:literal $name:ident = $base:ident on $($lane:ty),*;)*) => {$(
        #[doc = $doc]
        #[allow(dead_code, reason = "a domain is there before the first row that is of it")]
        pub trait $name<const K: usize>: $($base<$lane, K> +)* 'static {}
        impl<F: $($base<$lane, K> +)* 'static, const K: usize> $name<K> for F {}
    )*};
}

bundle! {
    "A formula over real numbers." RealMap = Eval on P32, P64, A32, A64, Z32, Z64;
    "A formula over real numbers and integers." OrderedMap = Eval on P32, P64, A32, A64, Z32, Z64, PI64, I64;
    "A formula over real and complex numbers." FieldMap = Eval on P32, P64, A32, A64, Z32, Z64, PC64, PC128, C64, C128;
    "A formula over every number." RingMap = Eval on P32, P64, A32, A64, Z32, Z64, PI64, I64, PC64, PC128, C64, C128;
    "A formula over integers." WholeMap = Eval on PI64, I64;
    "A predicate of real numbers." RealTest = Test on P32, P64, A32, A64, Z32, Z64;
    "A predicate of real numbers and integers." OrderedTest = Test on P32, P64, A32, A64, Z32, Z64, PI64, I64;
    "A predicate of real and complex numbers." FieldTest = Test on P32, P64, A32, A64, Z32, Z64, PC64, PC128, C64, C128;
    "A predicate of every number." RingTest = Test on P32, P64, A32, A64, Z32, Z64, PI64, I64, PC64, PC128, C64, C128;
}

/// A constructor (of formulas that are short or not: without division and functions they are): the columns in [`Compute`]'s
/// order, each a lane type at every level, or `none`. A lane of complex numbers is two registers of AVX2, so that its kernels
/// serve the wider ones as well.
macro_rules! constructor {
    (@ none $($kernel:tt)*) => { None };
    (@ narrow I64 $($kernel:tt)*) => { constructor!(@ PI64 $($kernel)*) };
    (@ narrow C64 $($kernel:tt)*) => { constructor!(@ PC64 $($kernel)*) };
    (@ narrow C128 $($kernel:tt)*) => { constructor!(@ PC128 $($kernel)*) };
    (@ narrow none $($kernel:tt)*) => { None };
    (@ $lane:ident $shell:ident $($generic:tt)*) => { Some($shell::<$lane $(, $generic)*>) };
    ($(
        $doc:literal $name:ident $([$short:literal])?: $bound:ident, $writes:ident, $portable:ident $avx2:ident $avx512:ident,
        $i64:ident $c64:ident $c128:ident;
    )*) => {$(
        #[doc = $doc]
        #[allow(dead_code, reason = "a domain is there before the first row that is of it")]
        pub const fn $name<F: $bound<K>, const K: usize>() -> Self {
            MapTable {
                kernels: [
                    [
                        constructor!(@ P32 $portable F K $($short)?),
                        constructor!(@ P64 $portable F K $($short)?),
                        constructor!(@ narrow $i64 $portable F K $($short)?),
                        constructor!(@ narrow $c64 $portable F K $($short)?),
                        constructor!(@ narrow $c128 $portable F K $($short)?),
                        None,
                    ],
                    [
                        constructor!(@ A32 $avx2 F K $($short)?),
                        constructor!(@ A64 $avx2 F K $($short)?),
                        constructor!(@ $i64 $avx2 F K $($short)?),
                        constructor!(@ $c64 $avx2 F K $($short)?),
                        constructor!(@ $c128 $avx2 F K $($short)?),
                        None,
                    ],
                    [
                        constructor!(@ Z32 $avx512 F K $($short)?),
                        constructor!(@ Z64 $avx512 F K $($short)?),
                        constructor!(@ $i64 $avx512 F K $($short)?),
                        constructor!(@ $c64 $avx2 F K $($short)?),
                        constructor!(@ $c128 $avx2 F K $($short)?),
                        None,
                    ],
                ],
                operands: K,
                writes: Writes::$writes,
            }
        }
    )*};
}

impl MapTable {
    constructor! {
        "A formula over float32 and float64."
            real [false]: RealMap, Element, eval_portable eval_avx2 eval_avx512, none none none;
        "A formula over those and int64."
            ordered [true]: OrderedMap, Element, eval_portable eval_avx2 eval_avx512, I64 none none;
        "A formula over float32, float64, complex64 and complex128."
            field [false]: FieldMap, Element, eval_portable eval_avx2 eval_avx512, none C64 C128;
        "A formula over every compute type."
            ring [true]: RingMap, Element, eval_portable eval_avx2 eval_avx512, I64 C64 C128;
        "A predicate of float32 and float64."
            real_test: RealTest, Answer, test_portable test_avx2 test_avx512, none none none;
        "A predicate of those and int64."
            ordered_test: OrderedTest, Answer, test_portable test_avx2 test_avx512, I64 none none;
        "A predicate of float32, float64, complex64 and complex128."
            field_test: FieldTest, Answer, test_portable test_avx2 test_avx512, none C64 C128;
        "A predicate of every compute type."
            ring_test: RingTest, Answer, test_portable test_avx2 test_avx512, I64 C64 C128;
    }

    /// No kernels: of a formula whose steps are taken one by one.
    pub const fn none() -> Self {
        MapTable { kernels: [[None; COLUMNS]; LEVELS], operands: 0, writes: Writes::Element }
    }

    /// Whether it is [`MapTable::none`].
    pub const fn is_none(&self) -> bool {
        self.operands == 0
    }

    /// A formula over int64 alone.
    pub const fn whole<F: WholeMap<K>, const K: usize>() -> Self {
        MapTable {
            kernels: [
                [None, None, Some(eval_portable::<PI64, F, K, true>), None, None, None],
                [None, None, Some(eval_avx2::<I64, F, K, true>), None, None, None],
                [None, None, Some(eval_avx512::<I64, F, K, true>), None, None, None],
            ],
            operands: K,
            writes: Writes::Element,
        }
    }

    /// A sum over runs of `operands` operands: kernels that write one element, for float32, float64 and int64.
    pub(in crate::kernels) const fn sum(operands: usize, levels: [[MapFn; 3]; LEVELS]) -> Self {
        const fn row([f32, f64, i64]: [MapFn; 3]) -> [Option<MapFn>; COLUMNS] {
            [Some(f32), Some(f64), Some(i64), None, None, None]
        }
        let [portable, avx2, avx512] = levels;
        MapTable { kernels: [row(portable), row(avx2), row(avx512)], operands, writes: Writes::Sum }
    }

    /// The kernel for a compute type at a level, if the formula has one.
    #[inline(always)]
    pub const fn kernel(&self, level: Level, compute: Compute) -> Option<MapFn> {
        self.kernels[level as usize][compute as usize]
    }

    /// The kernel for elements of `dtype` as they are; none too where they have to be converted.
    #[inline(always)]
    pub const fn kernel_of(&self, level: Level, dtype: DType) -> Option<MapFn> {
        // A nibble a type, as in `DType::size`.
        const PLACES: u64 = {
            let (mut places, mut i) = (0, 0);
            while i < DType::ALL.len() {
                let dtype = DType::ALL[i];
                let column = if dtype.is_computed_in() { dtype.compute() as u64 } else { COMPUTES as u64 };
                places |= column << (4 * dtype as u32);
                i += 1;
            }
            places
        };
        self.kernels[level as usize][(PLACES >> (4 * dtype as u32) & 15) as usize]
    }

    /// How many operands the formula has.
    #[inline(always)]
    pub const fn operands(&self) -> usize {
        self.operands
    }

    /// What its kernels write.
    #[inline(always)]
    pub const fn writes(&self) -> Writes {
        self.writes
    }

    /// Whether it is a predicate, whose kernels write one byte an element.
    #[inline(always)]
    pub const fn is_test(&self) -> bool {
        matches!(self.writes, Writes::Answer)
    }
}
