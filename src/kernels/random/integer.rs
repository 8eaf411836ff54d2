//! Random integers and permutations.

use super::Generator;
use crate::dtype::DType;

/// Draws that are made at a time, on the stack.
const DRAWS: usize = 256;

/// Which integers are drawn, all alike often.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Whole {
    /// As many as the second number says, from the first on; 0 stands for 2^64. One draw, or two where there are 2^28
    /// or more.
    ///
    /// torch takes a remainder, so small numbers come up a little too often (by up to one in 16 just below 2^28); so
    /// they do here.
    Range(i64, u64),
    /// What `Tensor.random_()` without bounds puts into an element of this type: from 0 to the greatest integer, or
    /// for floats to the last before which none is left out. Two draws for 64-bit types, else one.
    Any(DType),
}

impl Whole {
    /// Whether a number takes two draws, how many bits of them count, and how many numbers there are then (0: as many
    /// as the bits say) from which one on.
    fn plan(self) -> (bool, u64, u64, i64) {
        match self {
            Whole::Range(low, range) => (range.wrapping_sub(1) >= (1 << 28) - 1, u64::MAX, range, low),
            Whole::Any(dtype) => {
                let count = match dtype {
                    DType::Bool => 1 << 1,
                    DType::UInt8 => 1 << 8,
                    DType::Int8 => 1 << 7,
                    DType::Int16 => 1 << 15,
                    DType::Int32 => 1 << 31,
                    DType::Float16 => (1 << 11) + 1,
                    DType::BFloat16 => (1 << 8) + 1,
                    DType::Float32 => (1 << f32::MANTISSA_DIGITS) + 1,
                    DType::Float64 => return (true, u64::MAX, (1 << f64::MANTISSA_DIGITS) + 1, 0),
                    _ => return (true, i64::MAX as u64, 0, 0),
                };
                (false, u64::MAX, count, 0)
            }
        }
    }
}

/// Remainders by one number, by two multiplications each (Lemire, Kaser and Kurz 2019).
struct Remainder {
    divisor: u32,
    /// 2^64 divided by it, rounded up; 0 for 1.
    inverse: u64,
}

impl Remainder {
    fn by(divisor: u32) -> Remainder {
        Remainder { divisor, inverse: (u64::MAX / u64::from(divisor)).wrapping_add(1) }
    }

    #[inline(always)]
    fn of(&self, x: u32) -> u32 {
        let fraction = self.inverse.wrapping_mul(x.into());
        ((u128::from(fraction) * u128::from(self.divisor)) >> 64) as u32
    }
}

impl Generator {
    /// The next integers, in order.
    pub(in crate::kernels) fn fill_whole(&mut self, which: Whole, out: &mut [i64]) {
        let (twice, mask, count, low) = which.plan();
        let mut drawn = [0u32; DRAWS];
        if !twice {
            // No count of one draw is 0.
            let part = Remainder::by((count as u32).max(1));
            for run in out.chunks_mut(DRAWS) {
                let drawn = &mut drawn[..run.len()];
                self.twister.fill(drawn);
                for (x, bits) in run.iter_mut().zip(drawn) {
                    *x = low.wrapping_add(part.of(*bits).into());
                }
            }
            return;
        }
        for run in out.chunks_mut(DRAWS / 2) {
            let drawn = &mut drawn[..2 * run.len()];
            self.twister.fill(drawn);
            for (x, bits) in run.iter_mut().zip(drawn.chunks_exact(2)) {
                let bits = (u64::from(bits[0]) << 32 | u64::from(bits[1])) & mask;
                *x = low.wrapping_add(bits.checked_rem(count).unwrap_or(bits) as i64);
            }
        }
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
    // Where there are many, torch takes two draws, so that the remainders are even enough.
    let many = n >= u32::MAX as usize / 20;
    for i in 0..n.saturating_sub(1) {
        let other = i + match many {
            false => (generator.random32() % (n - i) as u32) as usize,
            true => (generator.random64() % (n - i) as u64) as usize,
        };
        // SAFETY: `i` and `other` are below `n`, and both elements were written above.
        unsafe {
            let (a, b) = (dst.add(i), dst.add(other));
            let kept = a.read_unaligned();
            a.write_unaligned(b.read_unaligned());
            b.write_unaligned(kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Remainder;

    /// Law: it is what division leaves, at the ends and between.
    #[test]
    fn remainders() {
        let ends = [1, 2, 3, 7, 10, 255, 1000, 65_537, (1 << 28) - 1, 1 << 31, u32::MAX - 1, u32::MAX];
        for divisor in ends {
            let part = Remainder::by(divisor);
            let multiples = (0..200).flat_map(|i| [-1, 0, 1].map(|d| divisor.wrapping_mul(i).wrapping_add_signed(d)));
            for x in ends.into_iter().chain([0]).chain(multiples) {
                assert_eq!(part.of(x), x % divisor, "{x} by {divisor}");
            }
        }
    }
}
