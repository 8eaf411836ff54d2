//! Random real numbers.

use super::Generator;
use super::normal::{self, PAIRS};
use crate::kernels::lanes::{Kernel, Simd, dispatch};
use half::{bf16, f16};

/// An element type of random real numbers.
pub trait Sample: Copy + PartialEq {
    /// The type that torch draws it in: float64 for itself, float32 for every other.
    type Wide: Wide;
    /// Whether torch draws in the output's own memory, and so draws as many numbers as there are elements
    /// before it draws the last block again.
    const IN_PLACE: bool;
    /// Rounded from the type that it is drawn in.
    fn narrow(x: Self::Wide) -> Self;
}

/// A type that numbers are drawn in.
pub trait Wide: Copy + Default {
    /// Rounded from float64.
    fn from_f64(x: f64) -> Self;
    /// From 0 up to 1, exclusive: one draw of 24 bits, or two of 53.
    fn draw(generator: &mut Generator) -> Self;
    /// The next numbers of the same kind, in order.
    fn draw_many(generator: &mut Generator, out: &mut [Self]);
    /// `from` where `x` is 0, up to `to` where it is 1.
    fn between(x: Self, from: Self, to: Self) -> Self;
    /// Makes blocks of 16 uniform numbers normal, of this mean and standard deviation.
    fn normal(blocks: &mut [[Self; 2 * PAIRS]], mean: Self, std: Self);
}

/// Draws that are made at a time, on the stack.
const DRAWS: usize = 256;

/// Fewer are drawn one by one.
const FEW: usize = 24;

/// 24 random bits as a number from 0 up to 1.
#[inline(always)]
fn unit_f32(bits: u32) -> f32 {
    // By way of a signed integer, for which there is an instruction.
    (bits & 0x00ff_ffff) as i32 as f32 * (1.0 / (1 << 24) as f32)
}

/// 53 random bits as a number from 0 up to 1.
#[inline(always)]
fn unit_f64(high: u32, low: u32) -> f64 {
    // Two exact halves, because no instruction of AVX2 converts 64 bits.
    let high = (high & 0x001f_ffff) as i32 as f64 * 4_294_967_296.0;
    let low = (low ^ 0x8000_0000) as i32 as f64 + 2_147_483_648.0;
    (high + low) * (1.0 / (1_u64 << 53) as f64)
}

macro_rules! wide {
    ($t:ident, $draw:ident, $each:literal, |$bits:ident| $unit:expr, $normal:path) => {
        impl Wide for $t {
            #[inline(always)]
            fn from_f64(x: f64) -> Self {
                x as $t
            }
            #[inline(always)]
            fn draw(generator: &mut Generator) -> Self {
                const BITS: u32 = $t::MANTISSA_DIGITS;
                (generator.$draw() & ((1 << BITS) - 1)) as $t / (1_u64 << BITS) as $t
            }
            #[inline(always)]
            fn draw_many(generator: &mut Generator, out: &mut [Self]) {
                let mut drawn = [0; DRAWS];
                for run in out.chunks_mut(DRAWS / $each) {
                    let drawn = &mut drawn[..run.len() * $each];
                    generator.twister.fill(drawn);
                    for (x, $bits) in run.iter_mut().zip(drawn.chunks_exact($each)) {
                        *x = $unit;
                    }
                }
            }
            #[inline(always)]
            fn between(x: Self, from: Self, to: Self) -> Self {
                // Fused, as the compiler that builds torch fuses it.
                x.mul_add(to - from, from)
            }
            fn normal(blocks: &mut [[Self; 2 * PAIRS]], mean: Self, std: Self) {
                $normal(blocks, mean, std)
            }
        }
    };
}
wide!(f32, random32, 1, |bits| unit_f32(bits[0]), normal::blocks_f32);
wide!(f64, random64, 2, |bits| unit_f64(bits[0], bits[1]), normal::blocks_f64);

macro_rules! sample {
    ($($t:ident in $wide:ident, $in_place:literal, |$x:ident| $narrow:expr;)*) => {$(
        impl Sample for $t {
            type Wide = $wide;
            const IN_PLACE: bool = $in_place;
            #[inline(always)]
            fn narrow($x: $wide) -> $t {
                $narrow
            }
        }
    )*};
}
sample! {
    f64 in f64, true, |x| x;
    f32 in f32, true, |x| x;
    f16 in f32, false, |x| f16::from_f32(x);
    bf16 in f32, false, |x| bf16::from_f32(x);
}

impl Generator {
    /// A normal number: four draws for two numbers, by the transform of Box and Muller (1958).
    pub(super) fn normal(&mut self, mean: f64, std: f64) -> f64 {
        let x = self.spare.take().unwrap_or_else(|| {
            let (turn, u) = (f64::draw(self), f64::draw(self));
            let radius = (-2.0 * (-u).ln_1p()).sqrt();
            let angle = std::f64::consts::TAU * turn;
            self.spare = Some(radius * angle.sin());
            radius * angle.cos()
        });
        x.mul_add(std, mean)
    }
}

/// `Tensor.uniform_(from, to)`; `torch.rand` with 0 and 1.
///
/// # Safety
/// `n` elements at `dst` must be writable; they need not be aligned.
pub unsafe fn fill_uniform<T: Sample>(generator: &mut Generator, dst: *mut T, n: usize, from: f64, to: f64) {
    // SAFETY: the caller's promise.
    unsafe { dispatch(Uniform { generator, dst, n, from, to }) };
}

/// A kernel only because a fused step is one instruction in a shell and a call outside.
///
/// # Safety
/// `n` elements must be writable at `dst`.
struct Uniform<'a, T> {
    generator: &'a mut Generator,
    dst: *mut T,
    n: usize,
    from: f64,
    to: f64,
}

impl<T: Sample> Kernel for Uniform<'_, T> {
    type Output = ();
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let ends = [self.from, self.to].map(T::Wide::from_f64);
        let [from, to] = ends.map(T::narrow);
        let finished = |x: T::Wide| {
            let x = T::narrow(T::Wide::between(x, ends[0], ends[1]));
            // Rounding may reach the end that is excluded; torch then takes the other.
            if x == to { from } else { x }
        };
        if self.n < FEW {
            for i in 0..self.n {
                let x = finished(T::Wide::draw(self.generator));
                // SAFETY: the kernel's promise; `i < n`.
                unsafe { self.dst.add(i).write_unaligned(x) };
            }
            return;
        }
        let mut drawn = [T::Wide::default(); DRAWS];
        for first in (0..self.n).step_by(DRAWS) {
            let drawn = &mut drawn[..DRAWS.min(self.n - first)];
            T::Wide::draw_many(self.generator, drawn);
            for (i, x) in drawn.iter().enumerate() {
                // SAFETY: `first + i < n`; as above.
                unsafe { self.dst.add(first + i).write_unaligned(finished(*x)) };
            }
        }
    }
}

/// Numbers from 0 up to 1, in the type that they are drawn in. It asks for nothing.
struct Draw<'a, W> {
    generator: &'a mut Generator,
    out: &'a mut [W],
}

impl<W: Wide> Kernel for Draw<'_, W> {
    type Output = ();
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        W::draw_many(self.generator, self.out);
    }
}

/// Numbers from 0 up to 1, of 53 bits.
#[inline]
pub(super) fn units(generator: &mut Generator, out: &mut [f64]) {
    // SAFETY: it asks for nothing.
    unsafe { dispatch(Draw { generator, out }) };
}

/// The same, of 24 bits.
#[inline]
pub(super) fn units_f32(generator: &mut Generator, out: &mut [f32]) {
    // SAFETY: it asks for nothing.
    unsafe { dispatch(Draw { generator, out }) };
}

/// Blocks that are made at a time, on the stack.
const TILE: usize = 16;
const BLOCK: usize = 2 * PAIRS;

/// `Tensor.normal_(mean, std)` of a contiguous tensor; `torch.randn` with 0 and 1.
///
/// Fewer than 16 numbers are drawn one by one as [`Generator::normal`], and so share its spare. From 16
/// on they are made in blocks of 16; where the last is not full, the last 16 elements are drawn anew.
/// Complex numbers are pairs of real ones, with `std` divided by the square root of 2.
///
/// # Safety
/// `n` elements at `dst` must be writable; they need not be aligned.
pub unsafe fn fill_normal<T: Sample>(generator: &mut Generator, dst: *mut T, n: usize, mean: f64, std: f64) {
    if n < BLOCK {
        for i in 0..n {
            let x = T::narrow(T::Wide::from_f64(generator.normal(mean, std)));
            // SAFETY: `i < n`.
            unsafe { dst.add(i).write_unaligned(x) };
        }
        return;
    }
    let [mean, std] = [mean, std].map(T::Wide::from_f64);
    let mut tile = [[T::Wide::default(); BLOCK]; TILE];
    let mut put = |generator: &mut Generator, start: usize, blocks: usize| {
        let tile = &mut tile[..blocks];
        // SAFETY: it asks for nothing.
        unsafe { dispatch(Draw { generator, out: tile.as_flattened_mut() }) };
        T::Wide::normal(tile, mean, std);
        for (i, x) in tile.as_flattened().iter().enumerate() {
            // SAFETY: every call below stays within the `n` elements: `start + 16 * blocks <= n`.
            unsafe { dst.add(start + i).write_unaligned(T::narrow(*x)) };
        }
    };
    let blocks = n / BLOCK;
    for first in (0..blocks).step_by(TILE) {
        put(generator, first * BLOCK, TILE.min(blocks - first));
    }
    let ragged = n % BLOCK;
    if ragged > 0 {
        if T::IN_PLACE {
            for _ in 0..ragged {
                T::Wide::draw(generator);
            }
        }
        put(generator, n - BLOCK, 1);
    }
}
