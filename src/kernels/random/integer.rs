//! Random integers and permutations.

use super::Generator;
use crate::dtype::DType;

impl Generator {
    /// An integer of `range` that start at `low`; a `range` of 0 stands for 2^64.
    ///
    /// One draw, or two where the range is 2^28 or more. torch takes a remainder, so small numbers
    /// come up a little too often (by up to one in 16 for ranges just below 2^28); so they do here.
    #[inline]
    pub fn integer(&mut self, low: i64, range: u64) -> i64 {
        let drawn = if range.wrapping_sub(1) >= (1 << 28) - 1 { self.random64() } else { self.random32().into() };
        low.wrapping_add(drawn.checked_rem(range).unwrap_or(drawn) as i64)
    }

    /// What `Tensor.random_()` without bounds puts into an element of `dtype`: from 0 to the greatest
    /// integer, or for floats to the last before which none is left out. Two draws for 64-bit types,
    /// else one. torch refuses complex types; here they are taken as their real part's.
    #[inline]
    #[cfg_attr(not(test), allow(dead_code, reason = "for the row of random_"))]
    pub fn any_integer(&mut self, dtype: DType) -> i64 {
        let last: u64 = match dtype.real() {
            DType::Bool => 1,
            DType::UInt8 => u8::MAX.into(),
            DType::Int8 => i8::MAX as u64,
            DType::Int16 => i16::MAX as u64,
            DType::Int32 => i32::MAX as u64,
            DType::Float16 => 1 << 11,
            DType::BFloat16 => 1 << 8,
            DType::Float32 => 1 << f32::MANTISSA_DIGITS,
            DType::Float64 => return (self.random64() % ((1 << f64::MANTISSA_DIGITS) + 1)) as i64,
            _ => return (self.random64() & i64::MAX as u64) as i64,
        };
        (u64::from(self.random32()) % (last + 1)) as i64
    }
}

/// `torch.randint` for int64: `n` integers of `range` that start at `low`, as [`Generator::integer`].
///
/// # Safety
/// `n` elements at `dst` must be writable; they need not be aligned.
pub unsafe fn fill_integers(generator: &mut Generator, dst: *mut i64, n: usize, low: i64, range: u64) {
    for i in 0..n {
        let x = generator.integer(low, range);
        // SAFETY: `i < n`.
        unsafe { dst.add(i).write_unaligned(x) };
    }
}

/// `torch.randperm` for int64: the numbers from 0 up to `n`, shuffled in `n - 1` swaps.
///
/// # Safety
/// `n` elements at `dst` must be writable; they need not be aligned.
pub unsafe fn fill_permutation(generator: &mut Generator, dst: *mut i64, n: usize) {
    for i in 0..n {
        // SAFETY: `i < n`.
        unsafe { dst.add(i).write_unaligned(i as i64) };
    }
    for i in 0..n.saturating_sub(1) {
        let other = i + (u64::from(generator.random32()) % (n - i) as u64) as usize;
        // SAFETY: `i` and `other` are below `n`, and both elements were written above.
        unsafe {
            let (a, b) = (dst.add(i), dst.add(other));
            let kept = a.read_unaligned();
            a.write_unaligned(b.read_unaligned());
            b.write_unaligned(kept);
        }
    }
}
