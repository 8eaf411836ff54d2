//! Random numbers into a fresh output: the one place where the generator meets an operand.
//!
//! An output that is being made is dense; anything else is refused rather than filled wrongly.

use super::convert::pack;
use super::operand::Dst;
use super::random::{self, Generator};
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

/// Uniform numbers from [0, 1), for complex elements in both parts. False, with nothing drawn, for
/// integers and for outputs that are not dense.
pub fn uniform(generator: &mut Generator, dst: &Dst) -> bool {
    by_type!(random::fill_uniform, generator, dst, 0.0, 1.0)
}

/// Numbers of the standard normal distribution; of complex ones each part has half the variance. False
/// as for [`uniform`].
pub fn normal(generator: &mut Generator, dst: &Dst) -> bool {
    let std = if dst.dtype().is_complex() { std::f64::consts::FRAC_1_SQRT_2 } else { 1.0 };
    by_type!(random::fill_normal, generator, dst, 0.0, std)
}

/// Integers of `range` (0 stands for 2^64) that start at `low`, converted to the output's type. False,
/// with nothing drawn, for outputs that are not dense.
pub fn integers(generator: &mut Generator, dst: &Dst, low: i64, range: u64) -> bool {
    if !dst.is_contiguous() {
        return false;
    }
    let (n, size) = (dst.numel(), dst.dtype().size());
    if dst.dtype() == DType::Int64 {
        // SAFETY: the operand was checked to hold `n` elements in one run.
        unsafe { random::fill_integers(generator, dst.ptr().cast(), n, low, range) };
        return true;
    }
    let mut tile = [0i64; 256];
    for first in (0..n).step_by(tile.len()) {
        let count = tile.len().min(n - first);
        // SAFETY: the tile holds `count` integers, and the output as many elements from `first` on.
        unsafe {
            random::fill_integers(generator, tile.as_mut_ptr(), count, low, range);
            let to = dst.ptr().add(first * size);
            pack(tile.as_ptr().cast(), Compute::I64, count, to, dst.dtype(), size as isize);
        }
    }
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
        let draw = |dtype| filled(600, dtype, |dst| integers(&mut Generator::new(3), dst, -5, 11));
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
        filled(4, DType::Int32, |dst| !permutation(&mut generator, dst) && !uniform(&mut generator, dst));
        assert_eq!(generator, Generator::new(1));
    }
}
