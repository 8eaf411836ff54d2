//! Folds that are no sums of terms as they are: products, largest and smallest elements, squares of deviations.
//!
//! The driver is that of sums ([`Target`]). A run is folded in [`CHAINS`] lanes, whose order its length alone decides, so
//! that a product's bits depend neither on the instruction set nor on how many threads there are. Sequences side by side
//! are folded row after row.

use super::feed::{ROW, Rows, Run};
use super::{Target, Terms, truth};
use crate::dtype::{Compute, DType};
use crate::kernels::lanes::{C64, C128, I64, Kernel, Lane, Simd, dispatch, load};
use crate::kernels::number::Ordered;
use crate::kernels::operand::{Dst, Src};
use crate::kernels::workers::{LONG, PART, Shared, in_parts};
use std::mem::MaybeUninit;

/// Lanes that a run is folded in, to hide the latency of a step.
const CHAINS: usize = 4;
/// Lanes of the widest row.
const WIDTH: usize = ROW / 64;

/// What becomes of the elements.
#[derive(Clone, Copy, PartialEq)]
pub enum Fold {
    /// The largest; nan where there is one.
    Max,
    /// The smallest; nan where there is one.
    Min,
    /// Their product.
    Product,
    /// The sum of those that are not nan.
    Numbers,
    /// The sum of their squared distances from what the destination holds.
    Deviations,
    /// How many are not 0.
    Count,
    /// Whether all are not 0.
    All,
    /// Whether any is not 0.
    Any,
}

impl Fold {
    /// Whether it looks at nothing but which elements are 0.
    pub fn counts(self) -> bool {
        matches!(self, Fold::Count | Fold::All | Fold::Any)
    }
}

/// `dst = max(src)` over the dimensions in which `dst` has stride 0; of the same type. Nan is larger than any number.
///
/// Returns false, with nothing written, where the shapes disagree, `src` is complex, or there are more than 64
/// dimensions. An empty `src` writes nothing either.
pub fn max(dst: &Dst, src: &Src) -> bool {
    !src.dtype().is_complex() && folded(Fold::Max, dst, src)
}

/// `dst = min(src)`, as [`max`]. Nan is smaller than any number.
pub fn min(dst: &Dst, src: &Src) -> bool {
    !src.dtype().is_complex() && folded(Fold::Min, dst, src)
}

/// `dst = product(src)`, as [`max`]: in the compute type of `dst`'s type, integers modulo 2^64, rounded once.
pub fn product(dst: &Dst, src: &Src) -> bool {
    folded(Fold::Product, dst, src)
}

/// The sum of the elements that are not nan, as [`max`]: of real floating point numbers.
pub fn sum_of_numbers(dst: &Dst, src: &Src) -> bool {
    dst.dtype().is_floating_point() && !src.dtype().is_complex() && folded(Fold::Numbers, dst, src)
}

/// The sums of the squares of what the elements differ from the float64 numbers in `dst`, written over these, as [`max`].
pub fn deviations(dst: &Dst, src: &Src) -> bool {
    dst.dtype() == DType::Float64 && !src.dtype().is_complex() && {
        let to = Target::of(dst, Compute::F64, Terms::Fold(Fold::Deviations), true);
        to.checked(dst.shape(), src, src)
    }
}

fn folded(fold: Fold, dst: &Dst, src: &Src) -> bool {
    Target::of(dst, dst.dtype().compute(), Terms::Fold(fold), false).checked(dst.shape(), src, src)
}

/// Numbers that folds begin with.
trait Limits: Copy {
    const LOWEST: Self;
    const HIGHEST: Self;
    const ZERO: Self;
    const ONE: Self;
    fn times(self, other: Self) -> Self;
    fn plus(self, other: Self) -> Self;
    /// Whether it is larger, or nan.
    fn above(self, other: Self) -> bool;
    /// Whether it is smaller, or nan.
    fn below(self, other: Self) -> bool;
}

macro_rules! limits {
    ($($t:ident)*) => { $(
        impl Limits for $t {
            const LOWEST: Self = $t::NEG_INFINITY;
            const HIGHEST: Self = $t::INFINITY;
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            #[inline(always)]
            fn times(self, other: Self) -> Self {
                self * other
            }
            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                self + other
            }
            #[inline(always)]
            fn above(self, other: Self) -> bool {
                self > other || self.is_nan()
            }
            #[inline(always)]
            fn below(self, other: Self) -> bool {
                self < other || self.is_nan()
            }
        }
        // Complex numbers have products alone.
        impl Limits for [$t; 2] {
            const LOWEST: Self = [0.0; 2];
            const HIGHEST: Self = [0.0; 2];
            const ZERO: Self = [0.0; 2];
            const ONE: Self = [1.0, 0.0];
            #[inline(always)]
            fn times(self, other: Self) -> Self {
                let ([a, b], [c, d]) = (self, other);
                [a * c - b * d, a * d + b * c]
            }
            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                [self[0] + other[0], self[1] + other[1]]
            }
            #[inline(always)]
            fn above(self, _: Self) -> bool {
                false
            }
            #[inline(always)]
            fn below(self, _: Self) -> bool {
                false
            }
        }
    )* };
}
limits! { f32 f64 }

impl Limits for i64 {
    const LOWEST: Self = i64::MIN;
    const HIGHEST: Self = i64::MAX;
    const ZERO: Self = 0;
    const ONE: Self = 1;
    #[inline(always)]
    fn times(self, other: Self) -> Self {
        self.wrapping_mul(other)
    }
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
    #[inline(always)]
    fn above(self, other: Self) -> bool {
        self > other
    }
    #[inline(always)]
    fn below(self, other: Self) -> bool {
        self < other
    }
}

/// One fold over the lanes `L`.
trait Step<L: Lane> {
    /// What it begins with.
    const START: L::Elem;
    /// Takes one more lane of elements; `seed` is what the destination held.
    fn take(so_far: L, x: L, seed: L) -> L;
    /// Joins two results.
    fn join(a: L::Elem, b: L::Elem) -> L::Elem;
    /// The same of lanes.
    fn join_lanes(a: L, b: L) -> L;
    /// An element that changes nothing.
    #[inline(always)]
    fn neutral(_seed: L::Elem) -> L::Elem {
        Self::START
    }
}

struct Largest;
struct Smallest;
struct Times;
struct Numbers;
struct Squares;

macro_rules! steps {
    ($($S:ident, $bound:ident, $start:ident, |$a:ident, $b:ident| $join:expr, |$p:ident, $q:ident| $lanes:expr;)*) => { $(
        impl<L: Lane<Elem: Limits> + $bound> Step<L> for $S {
            const START: L::Elem = L::Elem::$start;
            #[inline(always)]
            fn take(so_far: L, x: L, _: L) -> L {
                <Self as Step<L>>::join_lanes(so_far, x)
            }
            #[inline(always)]
            fn join($a: L::Elem, $b: L::Elem) -> L::Elem {
                $join
            }
            #[inline(always)]
            fn join_lanes($p: L, $q: L) -> L {
                $lanes
            }
        }
    )* };
}

/// Every lane.
trait Any {}
impl<L: Lane> Any for L {}

steps! {
    Largest, Ordered, LOWEST, |a, b| if b.above(a) { b } else { a }, |p, q| p.or_larger(q);
    Smallest, Ordered, HIGHEST, |a, b| if b.below(a) { b } else { a }, |p, q| p.or_smaller(q);
    Times, Any, ONE, |a, b| a.times(b), |p, q| p * q;
}

impl<L: Lane<Elem: Limits>> Step<L> for Numbers {
    const START: L::Elem = L::Elem::ZERO;
    #[inline(always)]
    fn take(so_far: L, x: L, _: L) -> L {
        so_far + L::select(x.equal(x), x, L::lit(0.0))
    }
    #[inline(always)]
    fn join(a: L::Elem, b: L::Elem) -> L::Elem {
        a.plus(b)
    }
    #[inline(always)]
    fn join_lanes(a: L, b: L) -> L {
        a + b
    }
}

impl<L: Lane<Elem: Limits>> Step<L> for Squares {
    const START: L::Elem = L::Elem::ZERO;
    #[inline(always)]
    fn take(so_far: L, x: L, seed: L) -> L {
        let d = x - seed;
        so_far + d * d
    }
    #[inline(always)]
    fn join(a: L::Elem, b: L::Elem) -> L::Elem {
        a.plus(b)
    }
    #[inline(always)]
    fn join_lanes(a: L, b: L) -> L {
        a + b
    }
    #[inline(always)]
    fn neutral(seed: L::Elem) -> L::Elem {
        seed
    }
}

/// Folds the `n` elements at `p`.
///
/// # Safety
/// They must be readable.
#[inline(always)]
unsafe fn line<L: Lane, F: Step<L>>(p: *const L::Elem, n: usize, seed: L::Elem) -> L::Elem {
    if L::COMPUTE == Compute::I64 {
        // The order changes nothing, and of a plain loop the compiler makes a better one.
        let mut so_far = F::START;
        for i in 0..n {
            // SAFETY: the caller's promise.
            so_far = F::join(so_far, unsafe { p.add(i).read_unaligned() });
        }
        return so_far;
    }
    let wide = L::splat(seed);
    let mut so_far = [L::splat(F::START); CHAINS];
    let mut i = 0;
    // SAFETY: lanes and elements are placed within n, and a lane has at most 16.
    unsafe {
        while i + CHAINS * L::COUNT <= n {
            for (c, so_far) in so_far.iter_mut().enumerate() {
                *so_far = F::take(*so_far, L::load(p.add(i + c * L::COUNT)), wide);
            }
            i += CHAINS * L::COUNT;
        }
        let mut c = 0;
        while i + L::COUNT <= n {
            so_far[c] = F::take(so_far[c], L::load(p.add(i)), wide);
            (i, c) = (i + L::COUNT, c + 1);
        }
        if i < n {
            let mut rest = [F::neutral(seed); 16];
            for (k, slot) in rest.iter_mut().enumerate().take(n - i) {
                *slot = p.add(i + k).read_unaligned();
            }
            so_far[CHAINS - 1] = F::take(so_far[CHAINS - 1], L::load(rest.as_ptr()), wide);
        }
        let [a, b, c, d] = so_far;
        let mut places = [F::START; 16];
        F::join_lanes(F::join_lanes(a, b), F::join_lanes(c, d)).store(places.as_mut_ptr());
        let mut half = L::COUNT / 2;
        while half > 0 {
            for i in 0..half {
                places[i] = F::join(places[i], places[i + half]);
            }
            half /= 2;
        }
        places[0]
    }
}

/// Folds with the lanes that a fold and its type ask for; what counts goes by `$count`.
macro_rules! by_fold {
    ($kernel:ident, $S:ident, $by:ident, |$compute:ident| $count:expr) => {
        match ($kernel.fold, $kernel.compute) {
            (Fold::Max, Compute::F32) => $kernel.$by::<$S::F32, Largest>(),
            (Fold::Max, Compute::F64) => $kernel.$by::<$S::F64, Largest>(),
            (Fold::Max, _) => $kernel.$by::<I64, Largest>(),
            (Fold::Min, Compute::F32) => $kernel.$by::<$S::F32, Smallest>(),
            (Fold::Min, Compute::F64) => $kernel.$by::<$S::F64, Smallest>(),
            (Fold::Min, _) => $kernel.$by::<I64, Smallest>(),
            (Fold::Product, Compute::F32) => $kernel.$by::<$S::F32, Times>(),
            (Fold::Product, Compute::F64) => $kernel.$by::<$S::F64, Times>(),
            (Fold::Product, Compute::I64) => $kernel.$by::<I64, Times>(),
            (Fold::Product, Compute::C64) => $kernel.$by::<C64, Times>(),
            (Fold::Product, Compute::C128) => $kernel.$by::<C128, Times>(),
            (Fold::Numbers, Compute::F32) => $kernel.$by::<$S::F32, Numbers>(),
            (Fold::Numbers, _) => $kernel.$by::<$S::F64, Numbers>(),
            (Fold::Deviations, _) => $kernel.$by::<$S::F64, Squares>(),
            (_, $compute) => $count,
        }
    };
}

/// Folds `n` runs of `count` elements, `step` bytes apart, to the elements at `out`, or into these with `onto`.
///
/// # Safety
/// The runs must be readable, `n` results writable at `out`, and as many readable at `seeds`, aligned, unless that is null.
/// Results are of the compute type; what counts makes 8 bytes of each run, which are aligned.
struct Lines {
    fold: Fold,
    compute: Compute,
    ptr: *const u8,
    step: isize,
    count: usize,
    n: usize,
    seeds: *const u8,
    out: *mut u8,
    onto: bool,
}

impl Kernel for Lines {
    type Output = ();
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Lines { ptr, step, count, n, out, onto, .. } = self;
        // SAFETY: the kernel's promise.
        unsafe { by_fold!(self, S, lines, |compute| truth::lines(compute, ptr, (step, count), n, out, onto)) }
    }
}

impl Lines {
    /// # Safety
    /// As the kernel's; the compute type must be that of the lanes.
    #[inline(always)]
    unsafe fn lines<L: Lane, F: Step<L>>(self) {
        let mut p = self.ptr;
        for i in 0..self.n {
            // SAFETY: the caller's promise.
            unsafe {
                let out = self.out.cast::<L::Elem>().add(i);
                let seed = if self.seeds.is_null() { F::START } else { self.seeds.cast::<L::Elem>().add(i).read() };
                let found = line::<L, F>(p.cast(), self.count, seed);
                out.write_unaligned(if self.onto { F::join(out.read_unaligned(), found) } else { found });
            }
            p = p.wrapping_offset(self.step);
        }
    }
}

/// Folds `n` rows of `width` elements, `step` bytes apart, to the elements at `out`, or into these with `onto`.
///
/// # Safety
/// As [`Lines`], of the rows, and of `width` results.
struct Columns {
    fold: Fold,
    compute: Compute,
    width: usize,
    rows: Rows,
    seeds: *const u8,
    out: *mut u8,
    onto: bool,
}

impl Kernel for Columns {
    type Output = ();
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Columns { width, rows, out, onto, .. } = self;
        // SAFETY: the kernel's promise.
        unsafe { by_fold!(self, S, columns, |compute| truth::columns(compute, width, rows, out, onto)) }
    }
}

impl Columns {
    /// # Safety
    /// As the kernel's; the compute type must be that of the lanes.
    #[inline(always)]
    unsafe fn columns<L: Lane, F: Step<L>>(self) {
        let mut at = 0;
        // SAFETY: the caller's promise; lanes are placed within `width`.
        unsafe {
            if self.width >= WIDTH * L::COUNT {
                self.strip::<L, F, WIDTH>(0, L::COUNT);
                at = WIDTH * L::COUNT;
            }
            while at < self.width {
                let n = L::COUNT.min(self.width - at);
                self.strip::<L, F, 1>(at, n);
                at += n;
            }
        }
    }

    /// `W` lanes of every row from element `at` on, the last of `n` elements.
    ///
    /// # Safety
    /// As [`Columns::columns`]; all of these must be within `width`.
    #[inline(always)]
    unsafe fn strip<L: Lane, F: Step<L>, const W: usize>(&self, at: usize, n: usize) {
        let mut so_far = [L::splat(F::START); W];
        let mut seeds = [L::splat(F::START); W];
        // SAFETY: the caller's promise.
        unsafe {
            if !self.seeds.is_null() {
                for (w, seed) in seeds.iter_mut().enumerate() {
                    *seed = load::<L>(self.seeds.cast::<L::Elem>().add(at + w * L::COUNT), n);
                }
            }
            for row in 0..self.rows.n as isize {
                let p = self.rows.ptr.wrapping_offset(row * self.rows.step).cast::<L::Elem>().add(at);
                for w in 0..W {
                    so_far[w] = F::take(so_far[w], load::<L>(p.add(w * L::COUNT), n), seeds[w]);
                }
            }
            for (w, so_far) in so_far.into_iter().enumerate() {
                let to = self.out.cast::<L::Elem>().add(at + w * L::COUNT);
                let found = if self.onto { F::join_lanes(load::<L>(to, n), so_far) } else { so_far };
                found.store_part(to, n);
            }
        }
    }
}

/// What a row holds before it is written over.
struct Seeds {
    bytes: MaybeUninit<[u64; ROW / 8]>,
    used: bool,
}

impl Seeds {
    /// Of the `n` float64 numbers at `out`, which a fold of deviations reads.
    ///
    /// # Safety
    /// They must be there, at most [`ROW`] bytes.
    unsafe fn of(fold: Fold, out: *const u8, n: usize) -> Seeds {
        let mut seeds = Seeds { bytes: MaybeUninit::uninit(), used: fold == Fold::Deviations };
        if seeds.used {
            // SAFETY: the caller's promise.
            unsafe { seeds.bytes.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(out, n * 8) };
        }
        seeds
    }

    fn ptr(&self) -> *const u8 {
        if self.used { self.bytes.as_ptr().cast() } else { std::ptr::null() }
    }
}

/// One sequence of `total` elements, which comes in runs, to the element at `out`.
///
/// # Safety
/// Every run must be readable until `next` is asked again, and `out` a row of `through`, or as many elements writable there,
/// aligned.
pub unsafe fn sequence(fold: Fold, compute: Compute, total: usize, next: &mut dyn FnMut() -> Run, out: *mut u8) {
    // SAFETY: the caller's promise.
    let seeds = unsafe { Seeds::of(fold, out, 1) };
    let mut onto = false;
    loop {
        let Run { ptrs: [ptr, _], n: count } = next();
        if count == 0 {
            break;
        }
        // SAFETY: the caller's promise; there is a seed.
        unsafe { dispatch(Lines { fold, compute, ptr, step: 0, count, n: 1, seeds: seeds.ptr(), out, onto }) };
        onto = true;
    }
    // SAFETY: the caller's promise.
    unsafe { truth::decide(fold, total, out, 1) };
}

/// `n` runs of `count` elements, `step` bytes apart, to the elements at `out`.
///
/// # Safety
/// As [`sequence`].
pub unsafe fn lines(
    (fold, compute): (Fold, Compute),
    (ptr, step): (*const u8, isize),
    count: usize,
    n: usize,
    out: *mut u8,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let seeds = Seeds::of(fold, out, n);
        dispatch(Lines { fold, compute, ptr, step, count, n, seeds: seeds.ptr(), out, onto: false });
        truth::decide(fold, count, out, n);
    }
}

/// `width` sequences of `total` elements side by side, which come in rows, to the elements at `out`.
///
/// # Safety
/// As [`sequence`].
pub unsafe fn columns(
    (fold, compute): (Fold, Compute),
    total: usize,
    width: usize,
    next: &mut dyn FnMut() -> Rows,
    out: *mut u8,
) {
    // SAFETY: the caller's promise.
    let seeds = unsafe { Seeds::of(fold, out, width) };
    let mut onto = false;
    loop {
        let rows = next();
        if rows.n == 0 {
            break;
        }
        // SAFETY: the caller's promise; there are as many seeds.
        unsafe { dispatch(Columns { fold, compute, width, rows, seeds: seeds.ptr(), out, onto }) };
        onto = true;
    }
    // SAFETY: the caller's promise.
    unsafe { truth::decide(fold, total, out, width) };
}

/// A run of the compute type to one element of it: a long one in parts, by its length alone.
///
/// # Safety
/// `n` elements must be readable at `ptr`, and one writable at `out`. The fold must be none that counts or has seeds.
pub unsafe fn run(fold: Fold, compute: Compute, ptr: *const u8, n: usize, out: *mut u8) {
    /// Parts at a time: what becomes of them waits on the stack.
    const AT_A_TIME: usize = 128;
    let seeds = std::ptr::null();
    let whole = |ptr: *const u8, count: usize, out: *mut u8, onto: bool| {
        // SAFETY: the caller's promise, of its own run or of numbers that were made of it; nothing here counts or has seeds.
        unsafe { dispatch(Lines { fold, compute, ptr, step: 0, count, n: 1, seeds, out, onto }) };
    };
    if n < LONG {
        return whole(ptr, n, out, false);
    }
    let size = DType::from_compute(compute).size();
    let parts = n.div_ceil(PART);
    for first in (0..parts).step_by(AT_A_TIME) {
        let count = AT_A_TIME.min(parts - first);
        let mut made = [0u128; AT_A_TIME];
        let to = made.as_mut_ptr().cast::<u8>();
        let all = (ptr, to);
        // SAFETY: it holds addresses.
        let all = unsafe { Shared::new(&all) };
        in_parts(count, &|i| {
            let (&(ptr, to), start) = (all.get(), (first + i) * PART);
            let part = PART.min(n - start);
            let (ptr, out, seeds) = (ptr.wrapping_add(start * size), to.wrapping_add(i * size), std::ptr::null());
            // SAFETY: the part lies within the run, and there is room for a number of every part.
            unsafe { dispatch(Lines { fold, compute, ptr, step: 0, count: part, n: 1, seeds, out, onto: false }) };
        });
        whole(to, count, out, first > 0);
    }
}
