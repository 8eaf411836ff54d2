//! The order in which numbers are added up, which is the same for every instruction set and every loop here.
//!
//! A sequence of terms (the reduced elements, as they lie in memory) is cut into blocks of 16 lanes.
//! A block adds its lanes one after the other; 16 blocks are added place by place, then the places of
//! that lane in pairs; and those sums go up a cascade, 16 to a sum. So a sum of n terms has an error
//! that grows like log n, as pairwise summation has, without its bookkeeping for each element.
//!
//! Every accumulator starts at +0, so none is ever -0, and to add the zeros of a missing term
//! changes no bit: short sequences skip most of the tree. [`sequence`] takes the terms from runs,
//! [`columns`], [`few`] and [`narrow`] many sequences side by side from rows; all build the same tree. Products are rounded
//! before they are added: a fused one would gain no speed (loads decide) and the portable level
//! would call a function for each.

use super::feed::{ROW, Rows, Run, TILE};
use crate::dtype::Compute;
use crate::kernels::lanes::{Lane, load, store};
use std::mem::MaybeUninit;

/// Lanes in a block.
const DEPTH: usize = 16;
/// Bytes of a block.
const BLOCK: usize = DEPTH * 64;
/// Sums that one sum of the next level takes.
const FAN: usize = 16;
/// Levels of the cascade; the last one takes any number.
const LEVELS: usize = 4;
/// Lanes of a row that [`columns`] takes at a time.
const WIDTH: usize = ROW / 64;
// A packed run is a whole number of blocks.
const _: () = assert!(TILE.is_multiple_of(BLOCK));

/// An element that adds as its lane does.
pub trait Addend: Copy {
    /// +0.
    const ZERO: Self;
    /// The sum, wrapping for integers.
    fn plus(self, other: Self) -> Self;
}

impl Addend for f32 {
    const ZERO: Self = 0.0;
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self + other
    }
}
impl Addend for f64 {
    const ZERO: Self = 0.0;
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self + other
    }
}
impl Addend for i64 {
    const ZERO: Self = 0;
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
}
impl<T: Addend> Addend for [T; 2] {
    const ZERO: Self = [T::ZERO; 2];
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        [self[0].plus(other[0]), self[1].plus(other[1])]
    }
}

/// What is added up.
pub trait Form {
    /// Whether there is a second operand: a run of it beside a run, one element of it beside a row.
    const BINARY: bool;
}

/// The elements.
pub struct Plain;
/// Their products with a second operand.
pub struct Product;

impl Form for Plain {
    const BINARY: bool = false;
}
impl Form for Product {
    const BINARY: bool = true;
}

/// Sums on their way up.
#[derive(Clone, Copy)]
struct Cascade<T> {
    sums: [T; LEVELS],
    count: usize,
    zero: T,
}

impl<T: Copy> Cascade<T> {
    #[inline(always)]
    fn new(zero: T) -> Self {
        Cascade { sums: [zero; LEVELS], count: 0, zero }
    }
    #[inline(always)]
    fn push(&mut self, x: T, add: impl Fn(T, T) -> T) {
        self.raise(0, x, add);
    }
    /// Adds to the sum of `level`, which holds sums of so many levels below; all pushes are of one level.
    #[inline(always)]
    fn raise(&mut self, level: usize, x: T, add: impl Fn(T, T) -> T) {
        self.sums[level] = add(self.sums[level], x);
        self.count += 1;
        let mut full = self.count;
        for level in level + 1..LEVELS {
            if !full.is_multiple_of(FAN) {
                return;
            }
            full /= FAN;
            self.sums[level] = add(self.sums[level], self.sums[level - 1]);
            self.sums[level - 1] = self.zero;
        }
    }
    /// The last sum and all before it. Whether a level is full makes no difference: zero is added instead.
    #[inline(always)]
    fn finish(&self, x: T, add: impl Fn(T, T) -> T) -> T {
        if self.count == 0 { x } else { self.sums.iter().fold(x, |sum, &level| add(sum, level)) }
    }
}

/// Elements of a limb: as many as one sum of the cascade's second level takes. [`sequence`] of a whole limb is that sum.
pub const fn limb<L: Lane>() -> usize {
    FAN * FAN * DEPTH * L::COUNT
}

/// The upper tree of a sequence whose limbs were summed apart: the same additions as if they had not been.
pub struct Limbs<T> {
    cascade: Cascade<T>,
    /// The last limb's sum, which stays outside the cascade, as the last terms of a sequence do.
    last: Option<T>,
}

impl<T: Addend> Limbs<T> {
    /// No limb yet.
    pub fn new() -> Self {
        Limbs { cascade: Cascade::new(T::ZERO), last: None }
    }

    /// The next limb's sum; that of the last may have any number of terms.
    pub fn push(&mut self, sum: T) {
        if let Some(whole) = self.last.replace(sum) {
            self.cascade.raise(1, whole, T::plus);
        }
    }

    /// The sum of all.
    pub fn finish(&self) -> T {
        self.cascade.finish(self.last.unwrap_or(T::ZERO), T::plus)
    }
}

/// The lane's elements added up: the two halves, then the quarters, and so on.
#[inline(always)]
fn fold<L: Lane<Elem: Addend>>(x: L) -> L::Elem {
    const { assert!(L::COUNT <= 16 && L::COUNT.is_power_of_two()) };
    let mut places = [L::Elem::ZERO; 16];
    // SAFETY: a lane has at most 16 elements.
    unsafe { x.store(places.as_mut_ptr()) };
    let mut half = L::COUNT / 2;
    while half > 0 {
        for i in 0..half {
            places[i] = places[i].plus(places[i + half]);
        }
        half /= 2;
    }
    places[0]
}

/// The lane of terms at element `i` of a run: `n` of them, with zeros after them.
///
/// # Safety
/// The run must hold `n` elements there, at most a lane.
#[inline(always)]
unsafe fn term<L: Lane, F: Form>(a: *const u8, b: *const u8, i: usize, n: usize) -> L {
    let (a, b) = (a.cast::<L::Elem>().wrapping_add(i), b.cast::<L::Elem>().wrapping_add(i));
    // SAFETY: the caller's promise.
    unsafe { if F::BINARY { load::<L>(a, n) * load(b, n) } else { load(a, n) } }
}

/// The sum of a block, or of the `n` elements of a run's last one.
///
/// # Safety
/// The run must hold them.
#[inline(always)]
unsafe fn block<L: Lane, F: Form>(a: *const u8, b: *const u8, n: usize) -> L {
    let mut sum = L::lit(0.0);
    // SAFETY: the caller's promise; a whole block's loop is unrolled.
    unsafe {
        if n == DEPTH * L::COUNT {
            for k in 0..DEPTH {
                sum = sum + term::<L, F>(a, b, k * L::COUNT, L::COUNT);
            }
            return sum;
        }
        let (lanes, rest) = (n / L::COUNT, n % L::COUNT);
        for k in 0..lanes {
            sum = sum + term::<L, F>(a, b, k * L::COUNT, L::COUNT);
        }
        if rest > 0 { sum + term::<L, F>(a, b, lanes * L::COUNT, rest) } else { sum }
    }
}

/// The sum of a run of one lane at most: [`sequence`] without all that has no part in it.
///
/// # Safety
/// The run must be readable.
#[inline(always)]
pub unsafe fn short<L: Lane<Elem: Addend>, F: Form>([a, b]: [*const u8; 2], n: usize) -> L::Elem {
    // SAFETY: the caller's promise.
    fold(L::lit(0.0) + unsafe { term::<L, F>(a, b, 0, n) })
}

/// The sum of whole numbers, which are the same in any order. (Of the loop over blocks the compiler makes one that gathers
/// its elements, ten times slower than this.)
///
/// # Safety
/// Every run must be readable.
#[inline(always)]
unsafe fn whole<T: Addend>(next: &mut (impl FnMut() -> Run + ?Sized)) -> T {
    let mut sum = T::ZERO;
    loop {
        let Run { ptrs: [a, _], n } = next();
        if n == 0 {
            return sum;
        }
        for i in 0..n {
            // SAFETY: the caller's promise.
            sum = sum.plus(unsafe { a.cast::<T>().add(i).read_unaligned() });
        }
    }
}

/// The sum of a sequence that comes in runs.
///
/// # Safety
/// Every run must be readable.
#[inline(always)]
pub unsafe fn sequence<L: Lane<Elem: Addend>, F: Form>(next: &mut (impl FnMut() -> Run + ?Sized)) -> L::Elem {
    if matches!(L::COMPUTE, Compute::I64) && !F::BINARY {
        // SAFETY: the caller's promise.
        return unsafe { whole(next) };
    }
    let whole = DEPTH * L::COUNT;
    let zero = L::lit(0.0);
    let mut cascade = Cascade::new(L::Elem::ZERO);
    let (mut sum, mut count) = (zero, 0);
    loop {
        let Run { ptrs: [mut a, mut b], mut n } = next();
        if n == 0 {
            return cascade.finish(fold(sum), L::Elem::plus);
        }
        // One block after the other, in the order of memory, which the processor fetches ahead of. Blocks have no part in
        // each other, so it adds to several at a time all the same. (Four places side by side took half as long again
        // where the elements lie beyond the caches.)
        while n > 0 {
            if count == FAN {
                cascade.push(fold(sum), L::Elem::plus);
                (sum, count) = (zero, 0);
            }
            let some = n.min(whole);
            // SAFETY: the caller's promise; `n` elements are left at `a` and `b`.
            sum = sum + unsafe { block::<L, F>(a, b, some) };
            (count, n) = (count + 1, n - some);
            [a, b] = [a, b].map(|at| at.wrapping_add(BLOCK));
        }
    }
}

/// The first `$live` of `$count` places added up as [`fold`] does; those must have been written.
macro_rules! fold_places {
    ($count:expr, $live:expr, $i:ident => $place:expr) => {{
        macro_rules! place {
            ($at:expr) => {{
                let $i = $at;
                &mut $place
            }};
        }
        let (mut half, mut live) = ($count / 2, $live);
        while half > 0 {
            for i in 0..half.min(live.saturating_sub(half)) {
                let sum = place!(i).assume_init() + place!(i + half).assume_init();
                place!(i).write(sum);
            }
            live = live.min(half);
            half /= 2;
        }
        if $live == 0 { L::lit(0.0) } else { place!(0).assume_init() }
    }};
}

/// Accumulators of [`columns`]: one for each place of a lane and each lane of a row. Those of places
/// that no row has reached stay uninitialised, because clearing them costs more than a short sum.
struct Places<L> {
    sums: [[MaybeUninit<L>; WIDTH]; 16],
    /// Places in use.
    live: usize,
}

impl<L: Lane> Places<L> {
    #[inline(always)]
    fn new() -> Self {
        Places { sums: [const { [const { MaybeUninit::uninit() }; WIDTH] }; 16], live: 0 }
    }

    /// Adds a lane to a place; places come into use in order, all `lanes` of them at a time.
    #[inline(always)]
    fn add(&mut self, place: usize, w: usize, x: L) {
        let fresh = place >= self.live;
        let slot = &mut self.sums[place][w];
        // SAFETY: a place below `live` has been written.
        slot.write(if fresh { L::lit(0.0) } else { unsafe { slot.assume_init() } } + x);
    }

    /// Adds so many rows of the full width that each place takes one; `FRESH` where none is in use yet.
    ///
    /// # Safety
    /// The rows must be readable.
    #[inline(always)]
    unsafe fn add_rows<const FRESH: bool, const SQUARES: bool>(&mut self, p: *const u8, step: isize) {
        for place in 0..L::COUNT {
            let row = p.wrapping_offset(place as isize * step);
            for w in 0..WIDTH {
                let slot = &mut self.sums[place][w];
                // SAFETY: the caller's promise; where not fresh, all places have been written.
                unsafe {
                    let x = L::load(row.cast::<L::Elem>().wrapping_add(w * L::COUNT));
                    let before = if FRESH { L::lit(0.0) } else { slot.assume_init() };
                    slot.write(before + if SQUARES { x * x } else { x });
                }
            }
        }
        self.live = L::COUNT;
    }

    /// The places added up for lane `w`, as [`fold`] does.
    #[inline(always)]
    fn fold(&mut self, w: usize) -> L {
        // SAFETY: places below `live` have been written.
        unsafe { fold_places!(L::COUNT, self.live, i => self.sums[i][w]) }
    }
}

/// The sums of `width` sequences side by side (or of their squares), which come in rows; at most [`ROW`]
/// bytes of them. With `accumulate` they are added to what is at `out`.
///
/// # Safety
/// Every row must be readable, and `width` elements writable at `out` (readable, to accumulate).
#[inline(always)]
pub unsafe fn columns<L: Lane<Elem: Addend>>(
    width: usize,
    squares: bool,
    next: &mut dyn FnMut() -> Rows,
    out: *mut L::Elem,
    accumulate: bool,
) {
    let (full, rest) = ((width / L::COUNT).min(WIDTH), width % L::COUNT);
    let lanes = if rest > 0 && full < WIDTH { full + 1 } else { full };
    let (mut leaf, mut upper) = (Places::<L>::new(), Places::<L>::new());
    let mut cascades = [Cascade::<L>::new(L::lit(0.0)); WIDTH];
    let (mut row, mut blocks) = (0, 0);
    loop {
        let Rows { ptr: mut p, step, mut n } = next();
        if n == 0 {
            break;
        }
        while n > 0 {
            if row == DEPTH * L::COUNT {
                raise(&mut leaf, &mut upper, &mut cascades[..lanes], &mut blocks);
                row = 0;
            }
            let place = row % L::COUNT;
            if place == 0 && n >= L::COUNT && full == WIDTH {
                // SAFETY: so many rows are left, of the full width; after whole rounds every place is in use.
                unsafe {
                    match (row == 0, squares) {
                        (true, false) => leaf.add_rows::<true, false>(p, step),
                        (true, true) => leaf.add_rows::<true, true>(p, step),
                        (false, false) => leaf.add_rows::<false, false>(p, step),
                        (false, true) => leaf.add_rows::<false, true>(p, step),
                    }
                }
                (row, n) = (row + L::COUNT, n - L::COUNT);
                p = p.wrapping_offset(L::COUNT as isize * step);
                continue;
            }
            for w in 0..lanes {
                let from = p.cast::<L::Elem>().wrapping_add(w * L::COUNT);
                // SAFETY: the row has `width` elements.
                let x = unsafe { if w < full { L::load(from) } else { L::load_part(from, rest) } };
                leaf.add(place, w, if squares { x * x } else { x });
            }
            leaf.live = leaf.live.max(place + 1);
            (row, n) = (row + 1, n - 1);
            p = p.wrapping_offset(step);
        }
    }
    let top = if blocks > 0 {
        raise(&mut leaf, &mut upper, &mut cascades[..lanes], &mut blocks);
        &mut upper
    } else {
        &mut leaf
    };
    for (w, cascade) in cascades.iter().enumerate().take(lanes) {
        let sum = cascade.finish(top.fold(w), |x, y| x + y);
        let n = if w < full { L::COUNT } else { rest };
        // SAFETY: `n` of the `width` elements are left from here.
        unsafe {
            let to = out.add(w * L::COUNT);
            let sum = if accumulate { L::load_part(to, n) + sum } else { sum };
            sum.store_part(to, n);
        }
    }
}

/// Rows that fit the places of every lane that [`columns`] is for.
pub const FEW: usize = 8;

/// As [`columns`], of `n <= FEW` rows `step` bytes apart, no more than a lane has places: `width` may be anything.
///
/// # Safety
/// As [`columns`].
#[inline(always)]
pub unsafe fn few<L: Lane>(width: usize, p: *const u8, step: isize, n: usize, out: *mut L::Elem) {
    let zero = L::lit(0.0);
    for at in (0..width).step_by(L::COUNT) {
        let m = L::COUNT.min(width - at);
        // SAFETY: each row has `width` elements, of which `m` are left here, and `out` as many; a place below `n` is written
        // before it is read.
        unsafe {
            macro_rules! row {
                ($i:expr) => {
                    load::<L>(p.wrapping_offset($i as isize * step).cast::<L::Elem>().wrapping_add(at), m)
                };
            }
            // Two rows are what most gradients of copies side by side have; in registers.
            let sum = if n == 2 {
                (zero + row!(0)) + (zero + row!(1))
            } else {
                let mut places = [const { MaybeUninit::<L>::uninit() }; FEW];
                for (i, place) in places.iter_mut().enumerate().take(n) {
                    place.write(zero + row!(i));
                }
                fold_places!(FEW, n, i => places[i])
            };
            store(sum, out.add(at), m);
        }
    }
}

/// The places of each of `width` columns added up, as [`Places::fold`] does.
#[inline(always)]
fn fold_columns<L: Lane<Elem: Addend>>(upper: &[L; NARROW], sums: &mut [L::Elem; NARROW], width: usize) {
    let mut places = [L::Elem::ZERO; 16 * NARROW];
    for (w, x) in upper.iter().enumerate().take(width) {
        // SAFETY: a lane has at most 16 elements.
        unsafe { x.store(places.as_mut_ptr().add(w * L::COUNT)) };
    }
    let mut half = L::COUNT / 2;
    while half > 0 {
        for i in 0..half * width {
            places[i] = places[i].plus(places[i + half * width]);
        }
        half /= 2;
    }
    sums[..width].copy_from_slice(&places[..width]);
}

/// Lanes of the widest rows that [`narrow`] takes.
pub const NARROW: usize = 8;

/// As [`columns`], of `n` rows of `width <= NARROW` elements that follow each other: then a lane of rows, one for
/// each place, fills `width` lanes, and all lie as they are added.
///
/// # Safety
/// As [`columns`].
#[inline(always)]
pub unsafe fn narrow<L: Lane<Elem: Addend>>(width: usize, squares: bool, p: *const u8, n: usize, out: *mut L::Elem) {
    let total = n * width;
    let block = DEPTH * L::COUNT * width;
    let mut cascades = [const { MaybeUninit::<Cascade<L::Elem>>::uninit() }; NARROW];
    cascades.iter_mut().take(width).for_each(|c| _ = c.write(Cascade::new(L::Elem::ZERO)));
    let mut upper = [L::lit(0.0); NARROW];
    let mut blocks = 0;
    let mut sums = [L::Elem::ZERO; NARROW];
    for start in (0..total).step_by(block) {
        if blocks == FAN {
            fold_columns(&upper, &mut sums, width);
            for (cascade, &sum) in cascades.iter_mut().zip(&sums).take(width) {
                // SAFETY: the first `width` were written.
                unsafe { cascade.assume_init_mut() }.push(sum, L::Elem::plus);
            }
            (upper, blocks) = ([L::lit(0.0); NARROW], 0);
        }
        let len = block.min(total - start);
        // Each lane in a register while its column of the block is added.
        for (w, upper) in upper.iter_mut().enumerate().take(width) {
            let mut sum = L::lit(0.0);
            for at in (w * L::COUNT..len).step_by(width * L::COUNT) {
                let from = p.cast::<L::Elem>().wrapping_add(start + at);
                let m = L::COUNT.min(len - at);
                // SAFETY: `m` elements are left here.
                let x = unsafe { load::<L>(from, m) };
                sum = sum + if squares { x * x } else { x };
            }
            *upper = *upper + sum;
        }
        blocks += 1;
    }
    fold_columns(&upper, &mut sums, width);
    for (w, &sum) in sums.iter().enumerate().take(width) {
        // SAFETY: as above, and `width` elements are writable.
        unsafe { out.add(w).write(cascades[w].assume_init_ref().finish(sum, L::Elem::plus)) };
    }
}

/// Adds the sums of a block to those of the blocks before it, and empties it. Where these are as many
/// as go together, their sum goes up the cascades first.
#[inline(always)]
fn raise<L: Lane>(leaf: &mut Places<L>, upper: &mut Places<L>, cascades: &mut [Cascade<L>], blocks: &mut usize) {
    if *blocks == FAN {
        for (w, cascade) in cascades.iter_mut().enumerate() {
            cascade.push(upper.fold(w), |x, y| x + y);
        }
        (upper.live, *blocks) = (0, 0);
    }
    for place in 0..leaf.live {
        for w in 0..cascades.len() {
            // SAFETY: the place is in use.
            upper.add(place, w, unsafe { leaf.sums[place][w].assume_init() });
        }
        upper.live = upper.live.max(place + 1);
    }
    (leaf.live, *blocks) = (0, *blocks + 1);
}
