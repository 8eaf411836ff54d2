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
    /// `from` where `x` is 0, up to `to` where it is 1.
    fn between(x: Self, from: Self, to: Self) -> Self;
    /// Makes blocks of 16 uniform numbers normal, of this mean and standard deviation.
    fn normal(blocks: &mut [[Self; 2 * PAIRS]], mean: Self, std: Self);
}

macro_rules! wide {
    ($t:ident, $draw:ident, $normal:path) => {
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
wide!(f32, random32, normal::blocks_f32);
wide!(f64, random64, normal::blocks_f64);

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
    /// A number from `from` up to `to`, exclusive. One draw, two for float64.
    #[inline(always)]
    pub fn uniform<T: Sample>(&mut self, from: f64, to: f64) -> T {
        let [low, high] = [from, to].map(T::Wide::from_f64);
        let x = T::narrow(T::Wide::between(T::Wide::draw(self), low, high));
        // Rounding may reach the end that is excluded; torch then takes the other.
        if x == T::narrow(high) { T::narrow(low) } else { x }
    }

    /// A normal number: four draws for two numbers, by the transform of Box and Muller (1958).
    pub fn normal(&mut self, mean: f64, std: f64) -> f64 {
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
    dispatch(Uniform { generator, dst, n, from, to });
}

/// A kernel only because a fused step is one instruction in a shell and a call outside.
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
    fn run<S: Simd>(self) {
        for i in 0..self.n {
            let x = self.generator.uniform(self.from, self.to);
            // SAFETY: `i < n`, and whoever made the kernel vouches for `n` elements at `dst`.
            unsafe { self.dst.add(i).write_unaligned(x) };
        }
    }
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
        tile.as_flattened_mut().fill_with(|| T::Wide::draw(generator));
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
