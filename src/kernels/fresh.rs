//! Random numbers into a fresh output: the one place where the generator meets an operand.

use super::operand::Dst;
use super::random::{self, Generator};
use crate::dtype::DType;

macro_rules! by_type {
    ($fill:path, $generator:expr, $dst:expr, $a:expr, $b:expr) => {{
        let dst = $dst;
        // An output that is being made is dense; anything else is refused rather than filled wrongly.
        if !dst.is_contiguous() {
            return false;
        }
        let n = dst.numel();
        // SAFETY: the operand was checked to hold `n` elements of this type in one run from its address.
        unsafe {
            match dst.dtype() {
                DType::Float32 => $fill($generator, dst.ptr().cast::<f32>(), n, $a, $b),
                DType::Float64 => $fill($generator, dst.ptr().cast::<f64>(), n, $a, $b),
                DType::Float16 => $fill($generator, dst.ptr().cast::<half::f16>(), n, $a, $b),
                DType::BFloat16 => $fill($generator, dst.ptr().cast::<half::bf16>(), n, $a, $b),
                _ => return false,
            }
        }
        true
    }};
}

/// Uniform numbers from [0, 1). False, with nothing drawn, for other than real types and dense outputs.
pub fn uniform(generator: &mut Generator, dst: &Dst) -> bool {
    by_type!(random::fill_uniform, generator, dst, 0.0, 1.0)
}

/// Numbers of the standard normal distribution. False as for [`uniform`].
pub fn normal(generator: &mut Generator, dst: &Dst) -> bool {
    by_type!(random::fill_normal, generator, dst, 0.0, 1.0)
}
