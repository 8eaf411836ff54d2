//! Random numbers into a fresh output: the one place where the generator meets an operand.
//!
//! An output that is being made is dense; anything else is refused rather than filled wrongly.

use super::convert::pack;
use super::operand::{Dst, Src};
use super::random::{self, Generator, Law, Whole};
use crate::dtype::{Compute, DType};

macro_rules! by_type {
    ($fill:path, $generator:expr, $dst:expr, $a:expr, $b:expr) => {{
        let (generator, dst): (&mut Generator, &Dst) = ($generator, $dst);
        if !dst.is_contiguous() {
            return false;
        }
        let (n, at) = (dst.numel(), dst.ptr());
        // SAFETY: the operand was checked to hold `n` elements of this type in one run from its address; a
        // complex element is two real ones.
        unsafe {
            match dst.dtype() {
                DType::Float16 => $fill(generator, at.cast::<half::f16>(), n, $a, $b),
                DType::BFloat16 => $fill(generator, at.cast::<half::bf16>(), n, $a, $b),
                DType::Float32 => $fill(generator, at.cast::<f32>(), n, $a, $b),
                DType::Float64 => $fill(generator, at.cast::<f64>(), n, $a, $b),
                DType::Complex64 => $fill(generator, at.cast::<f32>(), 2 * n, $a, $b),
                DType::Complex128 => $fill(generator, at.cast::<f64>(), 2 * n, $a, $b),
                _ => return false,
            }
        }
        true
    }};
}

/// Uniform numbers from `from` up to `to`, for complex elements in both parts. False, with nothing drawn, for
/// integers and for outputs that are not dense.
pub fn uniform(generator: &mut Generator, dst: &Dst, from: f64, to: f64) -> bool {
    by_type!(random::fill_uniform, generator, dst, from, to)
}

/// Numbers of a normal distribution, in blocks where there are many; of complex ones each part has half the
/// variance. False as for [`uniform`].
pub fn normal(generator: &mut Generator, dst: &Dst, mean: f64, std: f64) -> bool {
    let std = if dst.dtype().is_complex() { std / std::f64::consts::SQRT_2 } else { std };
    by_type!(random::fill_normal, generator, dst, mean, std)
}

/// Numbers that are drawn in a type of their own, a tile at a time.
struct Tiles<'a> {
    dst: &'a Dst<'a>,
    dtype: DType,
    n: usize,
}

impl<'a> Tiles<'a> {
    /// None for outputs that are not dense. A complex element is two numbers.
    fn of(dst: &'a Dst<'a>) -> Option<Self> {
        let parts = 1 + usize::from(dst.dtype().is_complex());
        dst.is_contiguous().then(|| Tiles { dst, dtype: dst.dtype().real(), n: parts * dst.numel() })
    }

    /// Fills a tile with what `draw` puts there (it is told which number is the first), and converts it, until all is
    /// written. `T` must be what `compute` says.
    fn fill<T: Copy + Default>(self, compute: Compute, mut draw: impl FnMut(usize, &mut [T])) {
        let (mut tile, size) = ([T::default(); TILE], self.dtype.size());
        for first in (0..self.n).step_by(TILE) {
            let tile = &mut tile[..TILE.min(self.n - first)];
            draw(first, tile);
            // SAFETY: the tile holds as many numbers of the type `compute`, and the output as many elements from
            // `first` on.
            unsafe {
                let to = self.dst.ptr().add(first * size);
                pack(tile.as_ptr().cast(), compute, tile.len(), to, self.dtype, size as isize);
            }
        }
    }
}

const TILE: usize = 256;

/// Numbers of a distribution, drawn one by one and converted to the output's type. False, with nothing drawn, for
/// outputs that are not dense.
pub fn one_by_one(generator: &mut Generator, dst: &Dst, law: Law) -> bool {
    Tiles::of(dst).map(|tiles| tiles.fill(Compute::F64, |_, out: &mut [f64]| generator.fill(law, out))).is_some()
}

/// Integers, converted to the output's type. False as for [`one_by_one`].
pub fn integers(generator: &mut Generator, dst: &Dst, which: Whole) -> bool {
    Tiles::of(dst)
        .map(|tiles| tiles.fill(Compute::I64, |_, out: &mut [i64]| generator.fill_whole(which, out)))
        .is_some()
}

/// 1 with the probability that stands in the same place of `p`, else 0. False, with nothing drawn, unless both are
/// dense and as long, and `p` is float64 or float32.
pub fn bernoulli(generator: &mut Generator, dst: &Dst, p: &Src) -> bool {
    let Some(tiles) = Tiles::of(dst).filter(|tiles| p.is_contiguous() && p.numel() == tiles.n) else { return false };
    macro_rules! in_type {
        ($T:ty, $compute:ident, $draw:ident) => {{
            let mut chances = [<$T>::default(); TILE];
            tiles.fill(Compute::$compute, |first, out| {
                let chances = &mut chances[..out.len()];
                for (i, chance) in chances.iter_mut().enumerate() {
                    // SAFETY: `p` was checked to hold that many elements of this type in one run.
                    *chance = unsafe { p.ptr().cast::<$T>().add(first + i).read_unaligned() };
                }
                generator.$draw(chances, out);
            })
        }};
    }
    match p.dtype() {
        DType::Float64 => in_type!(f64, F64, bernoulli),
        DType::Float32 => in_type!(f32, F32, bernoulli_f32),
        _ => return false,
    }
    true
}

/// As many events as a Poisson process of the rate in the same place has. False as for [`bernoulli`], where `rate` is
/// not float64.
pub fn poisson(generator: &mut Generator, dst: &Dst, rate: &Src) -> bool {
    let as_long = |tiles: &Tiles<'_>| rate.is_contiguous() && rate.numel() == tiles.n;
    let Some(tiles) = Tiles::of(dst).filter(|tiles| as_long(tiles) && rate.dtype() == DType::Float64) else {
        return false;
    };
    tiles.fill(Compute::F64, |first, out: &mut [f64]| {
        for (i, x) in out.iter_mut().enumerate() {
            // SAFETY: `rate` was checked to hold that many elements in one run.
            *x = generator.poisson(unsafe { rate.ptr().cast::<f64>().add(first + i).read_unaligned() });
        }
    });
    true
}

/// The numbers from 0 up to the output's length in random order. False, with nothing drawn, for other
/// than dense int64.
pub fn permutation(generator: &mut Generator, dst: &Dst) -> bool {
    if dst.dtype() != DType::Int64 || !dst.is_contiguous() {
        return false;
    }
    // SAFETY: the operand was checked to hold that many elements in one run.
    unsafe { random::fill_permutation(generator, dst.ptr().cast(), dst.numel()) };
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs `f` on a vector of `n` elements of `dtype`, and gives its bytes.
    fn filled(n: i64, dtype: DType, f: impl FnOnce(&Dst) -> bool) -> Vec<u8> {
        let mut bytes = vec![0u8; n as usize * dtype.size()];
        let (len, base) = (bytes.len(), bytes.as_mut_ptr());
        // SAFETY: the vector has `len` bytes and is not touched meanwhile.
        let dst = unsafe { Dst::new(base, len, dtype, std::slice::from_ref(&n), &[1], 0) }.unwrap();
        assert!(f(&dst));
        bytes
    }

    /// Law: integers are the same draws in every type; only their form differs.
    #[test]
    fn integers_do_not_depend_on_the_type() {
        let draw = |dtype| filled(600, dtype, |dst| integers(&mut Generator::new(3), dst, Whole::Range(-5, 11)));
        let expected: Vec<i64> =
            draw(DType::Int64).chunks(8).map(|b| i64::from_ne_bytes(b.try_into().unwrap())).collect();
        assert!(expected.iter().all(|x| (-5..6).contains(x)));
        let narrow: Vec<i64> = draw(DType::Int8).iter().map(|&b| i64::from(b as i8)).collect();
        assert_eq!(narrow, expected);
        let floats: Vec<i64> =
            draw(DType::Float32).chunks(4).map(|b| f32::from_ne_bytes(b.try_into().unwrap()) as i64).collect();
        assert_eq!(floats, expected);
    }

    /// Law: a permutation has every number once; other types are refused and draw nothing.
    #[test]
    fn permutations_are_complete() {
        let bytes = filled(100, DType::Int64, |dst| permutation(&mut Generator::new(1), dst));
        let mut seen: Vec<i64> = bytes.chunks(8).map(|b| i64::from_ne_bytes(b.try_into().unwrap())).collect();
        assert_ne!(seen, (0..100).collect::<Vec<_>>());
        seen.sort_unstable();
        assert_eq!(seen, (0..100).collect::<Vec<_>>());

        let mut generator = Generator::new(1);
        filled(4, DType::Int32, |dst| !permutation(&mut generator, dst) && !uniform(&mut generator, dst, 0.0, 1.0));
        assert_eq!(generator, Generator::new(1));
    }
}
