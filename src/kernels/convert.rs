//! Runs of elements from one type to another.
//!
//! Kernels know five compute types; the other seven element types pass through here, a tile at a
//! time. What must not come here: shapes. A caller walks its layout and hands over one run.

mod element;

use self::element::{Stored, Truth, Wide};
use super::lanes::{Kernel, Simd, dispatch};
#[cfg(target_arch = "x86_64")]
use super::level::Level;
use crate::dtype::{Compute, DType};
use half::{bf16, f16};
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    _mm_loadu_si128, _mm_storeu_si128, _mm256_and_si256, _mm256_cvtph_ps, _mm256_cvtps_ph, _mm256_cvttps_epi32,
    _mm256_loadu_ps, _mm256_packus_epi16, _mm256_packus_epi32, _mm256_permutevar8x32_epi32, _mm256_set1_epi32,
    _mm256_setr_epi32, _mm256_storeu_ps, _mm256_storeu_si256,
};
use std::marker::PhantomData;

/// Converts `n` elements that lie `step` bytes apart at `from` to a contiguous run at `to`.
pub type Unpack = unsafe fn(from: *const u8, step: isize, n: usize, to: *mut u8);

/// Converts a contiguous run of `n` elements at `from` to elements that lie `step` bytes apart at `to`.
pub type Pack = unsafe fn(from: *const u8, n: usize, to: *mut u8, step: isize);

/// `n` elements from `A` to `B`, each a number of bytes apart.
///
/// # Safety
/// Every address `from + i * from_step` must be readable and `to + i * to_step` writable, `i < n`.
#[inline(always)]
unsafe fn run<A: Stored, B: Stored>(from: *const u8, from_step: isize, n: usize, to: *mut u8, to_step: isize) {
    for i in 0..n as isize {
        // SAFETY: the caller's promise; both accesses allow any alignment.
        unsafe {
            let x = from.offset(i * from_step).cast::<A>().read_unaligned();
            to.offset(i * to_step).cast::<B>().write_unaligned(B::narrow(x.widen()));
        }
    }
}

/// Runs of fewer elements are not worth a shell.
const SHORT: usize = 16;
/// Elements that are cut by way of int32 before it is known whether all of them fit.
const PART: usize = 256;

/// A run of `n` elements to another, in a shell: some 8 elements at a time.
///
/// # Safety
/// `n` elements must be readable at `from` and writable at `to`.
struct Dense<A, B> {
    from: *const u8,
    n: usize,
    to: *mut u8,
    types: PhantomData<(A, B)>,
}

impl<A: Stored, B: Stored> Kernel for Dense<A, B> {
    type Output = ();
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        // SAFETY: the kernel's promise, and that the processor has the level of `S`; parts lie within the runs.
        unsafe {
            if A::Wide::CUT && matches!(B::DTYPE, DType::UInt8 | DType::Int64) {
                let mut done = 0;
                while done < self.n {
                    let n = PART.min(self.n - done);
                    cut::<A, B>(self.from.add(done * size_of::<A>()), n, self.to.add(done * size_of::<B>()));
                    done += n;
                }
                return;
            }
            let done = by_registers::<S, A, B>(&self);
            let (from, to) = (self.from.add(done * size_of::<A>()), self.to.add(done * size_of::<B>()));
            run::<A, B>(from, size_of::<A>() as isize, self.n - done, to, size_of::<B>() as isize);
        }
    }
}

/// Floats to int64 by way of int32, for which more processors have an instruction: all of them again where one does not fit.
///
/// # Safety
/// The elements must be readable and writable.
#[inline(always)]
unsafe fn cut<A: Stored, B: Stored>(from: *const u8, n: usize, to: *mut u8) {
    let mut beyond = 0;
    for i in 0..n {
        // SAFETY: the caller's promise.
        unsafe {
            let x = from.cast::<A>().add(i).read_unaligned().widen().i32();
            beyond |= i32::from(x == i32::MIN);
            to.cast::<B>().add(i).write_unaligned(B::narrow(i64::from(x)));
        }
    }
    if beyond != 0 {
        // SAFETY: as above.
        unsafe { run::<A, B>(from, size_of::<A>() as isize, n, to, size_of::<B>() as isize) }
    }
}

/// Converts between float16 and float32, and float32 to int8, as far as there are instructions for it; how many elements are done.
///
/// # Safety
/// The elements must be readable and writable, and the processor have the level of `S`.
#[inline(always)]
unsafe fn by_registers<S: Simd, A: Stored, B: Stored>(all: &Dense<A, B>) -> usize {
    let mut done = 0;
    #[cfg(target_arch = "x86_64")]
    if S::LEVEL != Level::Portable {
        // SAFETY: the caller's promise; as many elements as are read are left.
        unsafe {
            match (A::DTYPE, B::DTYPE) {
                (DType::Float32, DType::Float16) => {
                    while done + 8 <= all.n {
                        let x = _mm256_cvtps_ph::<0>(_mm256_loadu_ps(all.from.cast::<f32>().add(done)));
                        _mm_storeu_si128(all.to.add(2 * done).cast(), x);
                        done += 8;
                    }
                }
                (DType::Float16, DType::Float32) => {
                    while done + 8 <= all.n {
                        let x = _mm256_cvtph_ps(_mm_loadu_si128(all.from.add(2 * done).cast()));
                        _mm256_storeu_ps(all.to.cast::<f32>().add(done), x);
                        done += 8;
                    }
                }
                (DType::Float32, DType::Int8) => {
                    let low = _mm256_set1_epi32(0xff);
                    while done + 32 <= all.n {
                        let x = all.from.cast::<f32>().add(done);
                        // What does not fit becomes the lowest int32, whose last byte is 0.
                        let a = _mm256_and_si256(_mm256_cvttps_epi32(_mm256_loadu_ps(x)), low);
                        let b = _mm256_and_si256(_mm256_cvttps_epi32(_mm256_loadu_ps(x.add(8))), low);
                        let c = _mm256_and_si256(_mm256_cvttps_epi32(_mm256_loadu_ps(x.add(16))), low);
                        let d = _mm256_and_si256(_mm256_cvttps_epi32(_mm256_loadu_ps(x.add(24))), low);
                        let bytes = _mm256_packus_epi16(_mm256_packus_epi32(a, b), _mm256_packus_epi32(c, d));
                        // Each half of a register was packed by itself.
                        let order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
                        let bytes = _mm256_permutevar8x32_epi32(bytes, order);
                        _mm256_storeu_si256(all.to.add(done).cast(), bytes);
                        done += 32;
                    }
                }
                _ => {}
            }
        }
    }
    done
}

/// `n` elements from `A` to `B`, each a number of bytes apart: in a shell where they are many real ones in two runs.
///
/// # Safety
/// As [`run`].
#[inline(always)]
unsafe fn convert<A: Stored, B: Stored>(from: *const u8, from_step: isize, n: usize, to: *mut u8, to_step: isize) {
    let dense = from_step == size_of::<A>() as isize && to_step == size_of::<B>() as isize;
    // SAFETY: the caller's promise; elements as far apart as they are long are a run.
    unsafe {
        if dense && n >= SHORT && !A::DTYPE.is_complex() && !B::DTYPE.is_complex() {
            return dispatch(Dense::<A, B> { from, n, to, types: PhantomData });
        }
        run::<A, B>(from, from_step, n, to, to_step);
    }
}

/// An [`Unpack`].
///
/// # Safety
/// As [`run`]: `n` elements of `A` are read, `step` bytes apart, and as many of `B` written side by side.
unsafe fn unpack_run<A: Stored, B: Stored>(from: *const u8, step: isize, n: usize, to: *mut u8) {
    // SAFETY: the caller's promise.
    unsafe { convert::<A, B>(from, step, n, to, size_of::<B>() as isize) }
}

/// A [`Pack`].
///
/// # Safety
/// As [`run`]: `n` elements of `A` are read side by side, and as many of `B` written, `step` bytes apart.
unsafe fn pack_run<A: Stored, B: Stored>(from: *const u8, n: usize, to: *mut u8, step: isize) {
    // SAFETY: the caller's promise.
    unsafe { convert::<A, B>(from, size_of::<A>() as isize, n, to, step) }
}

/// Picks `$run::<$w, stored type>` or `$run::<stored type, $w>` for an element type.
macro_rules! by_dtype {
    ($dtype:expr, $pick:ident, $w:ty) => {
        match $dtype {
            DType::Bool => $pick!(Truth, $w),
            DType::UInt8 => $pick!(u8, $w),
            DType::Int8 => $pick!(i8, $w),
            DType::Int16 => $pick!(i16, $w),
            DType::Int32 => $pick!(i32, $w),
            DType::Int64 => $pick!(i64, $w),
            DType::Float16 => $pick!(f16, $w),
            DType::BFloat16 => $pick!(bf16, $w),
            DType::Float32 => $pick!(f32, $w),
            DType::Float64 => $pick!(f64, $w),
            DType::Complex64 => $pick!([f32; 2], $w),
            DType::Complex128 => $pick!([f64; 2], $w),
        }
    };
}

macro_rules! by_both {
    ($dtype:expr, $compute:expr, $pick:ident) => {
        match $compute {
            Compute::F32 => by_dtype!($dtype, $pick, f32),
            Compute::F64 => by_dtype!($dtype, $pick, f64),
            Compute::I64 => by_dtype!($dtype, $pick, i64),
            Compute::C64 => by_dtype!($dtype, $pick, [f32; 2]),
            Compute::C128 => by_dtype!($dtype, $pick, [f64; 2]),
        }
    };
}

/// The conversion of elements of `dtype` to the compute type.
///
/// Its safety: every element read must be readable, and `n` elements of the compute type writable at
/// `to`. Neither side need be aligned.
pub fn unpacker(dtype: DType, compute: Compute) -> Unpack {
    macro_rules! pick {
        ($s:ty, $w:ty) => {
            unpack_run::<$s, $w> as Unpack
        };
    }
    by_both!(dtype, compute, pick)
}

/// The conversion of the compute type to elements of `dtype`.
///
/// Integers wrap modulo their width, bool is "not 0", float16 and bfloat16 round to nearest even, a
/// complex number becomes real by its real part. Its safety: as [`unpacker`]'s, the other way round.
pub fn packer(compute: Compute, dtype: DType) -> Pack {
    macro_rules! pick {
        ($s:ty, $w:ty) => {
            pack_run::<$w, $s> as Pack
        };
    }
    by_both!(dtype, compute, pick)
}

/// Converts `n` elements of `dtype`, `step_bytes` apart, to a contiguous run of the compute type.
///
/// # Safety
/// Every address `from + i * step_bytes` must be readable for one element, and `n` elements of the
/// compute type writable at `to`. Neither side need be aligned.
#[inline]
pub unsafe fn unpack(from: *const u8, dtype: DType, step_bytes: isize, n: usize, to: *mut u8, compute: Compute) {
    // SAFETY: the caller's promise.
    unsafe { unpacker(dtype, compute)(from, step_bytes, n, to) }
}

/// Converts a contiguous run of `n` elements of the compute type to elements of `dtype`, `step_bytes` apart.
///
/// # Safety
/// As [`unpack`], the other way round.
#[inline]
pub unsafe fn pack(from: *const u8, compute: Compute, n: usize, to: *mut u8, dtype: DType, step_bytes: isize) {
    // SAFETY: the caller's promise.
    unsafe { packer(compute, dtype)(from, n, to, step_bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::level::{Level, level, set_level};

    /// `x` of type `A` taken through `compute` to `dtype`, as type `B`.
    fn through<A: Copy, B: Copy + Default>(x: A, from: DType, compute: Compute, to: DType) -> B {
        assert_eq!((size_of::<A>(), size_of::<B>()), (from.size(), to.size()));
        let (mut wide, mut y) = ([0u8; 16], B::default());
        // SAFETY: one element of each type, whose sizes were just checked.
        unsafe {
            unpack((&raw const x).cast(), from, 0, 1, wide.as_mut_ptr(), compute);
            pack(wide.as_ptr(), compute, 1, (&raw mut y).cast(), to, 0);
        }
        y
    }

    /// Law: floats cut to integers give torch's numbers on x86, out of range too.
    #[test]
    fn floats_become_integers_as_in_torch() {
        let inputs = [1.5, -1.5, f64::INFINITY, f64::NAN, 3e9, -3e9, 1e19, 300.7, 70000.5, -70000.5, 4294967297.0];
        let to = |x| {
            (
                through::<_, u8>(x, DType::Float64, Compute::F64, DType::UInt8),
                through::<_, i8>(x, DType::Float64, Compute::F64, DType::Int8),
                through::<_, i16>(x, DType::Float64, Compute::F64, DType::Int16),
                through::<_, i32>(x, DType::Float64, Compute::F64, DType::Int32),
                through::<_, i64>(x, DType::Float64, Compute::F64, DType::Int64),
            )
        };
        let expected = [
            (1, 1, 1, 1, 1),
            (255, -1, -1, -1, -1),
            (0, 0, 0, i32::MIN, i64::MIN),
            (0, 0, 0, i32::MIN, i64::MIN),
            (0, 0, 0, i32::MIN, 3000000000),
            (0, 0, 0, i32::MIN, -3000000000),
            (0, 0, 0, i32::MIN, i64::MIN),
            (44, 44, 300, 300, 300),
            (112, 112, 4464, 70000, 70000),
            (144, -112, -4464, -70000, -70000),
            (1, 0, 0, i32::MIN, 4294967297),
        ];
        assert_eq!(inputs.map(to), expected);
    }

    /// Law: every float16 and bfloat16 comes back with its own bits (nan stays nan).
    #[test]
    fn half_types_come_back() {
        for bits in 0..=u16::MAX {
            let x: u16 = through(bits, DType::Float16, Compute::F32, DType::Float16);
            assert!(x == bits || f16::from_bits(bits).is_nan() && f16::from_bits(x).is_nan());
            let wide: f32 = through(bits, DType::Float16, Compute::F32, DType::Float32);
            assert!(wide.to_bits() == f16::from_bits(bits).to_f32().to_bits() || wide.is_nan());
            let x: u16 = through(bits, DType::BFloat16, Compute::F32, DType::BFloat16);
            assert!(x == bits || bf16::from_bits(bits).is_nan() && bf16::from_bits(x).is_nan());
        }
    }

    /// Law: halves round to nearest, ties to even, by way of float32.
    #[test]
    fn half_types_round_to_even() {
        let half = |x: f64| through::<_, u16>(x, DType::Float64, Compute::F64, DType::Float16);
        assert_eq!(half(1.0 + 1.0 / 2048.0), 0x3c00);
        assert_eq!(half(1.0 + 3.0 / 2048.0), 0x3c02);
        assert_eq!(half(65519.0), 0x7bff);
        assert_eq!(half(65520.0), 0x7c00);
        assert_eq!(half(1.0 + 1.0 / 2048.0 + 2f64.powi(-40)), 0x3c00, "rounded twice, as torch does");
        for x in (0..u32::MAX - 9973).step_by(9973).map(f32::from_bits) {
            let own: u16 = through(x, DType::Float32, Compute::F32, DType::BFloat16);
            assert!(own == bf16::from_f32(x).to_bits() || x.is_nan());
            let own: u16 = through(x, DType::Float32, Compute::F32, DType::Float16);
            assert!(own == f16::from_f32(x).to_bits() || x.is_nan());
        }
    }

    /// Law: a run has the bits of its elements taken one by one, whatever its length and the instruction set.
    #[test]
    fn runs_have_the_bits_of_their_elements() {
        let before = level();
        let mut state = 1u64;
        let numbers: Vec<f64> = (0..700)
            .map(|i| {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                match i % 8 {
                    0 if i > 300 => f64::from_bits(state),
                    1 => [0.0, -0.0, f64::INFINITY, f64::NAN, 2147483647.5, -2147483648.0, 9.3e18, 65519.9][i / 8 % 8],
                    _ => (state >> 40) as f64 / 64.0 - 100_000.0,
                }
            })
            .collect();
        const COMPUTE: [Compute; 5] = [Compute::F32, Compute::F64, Compute::I64, Compute::C64, Compute::C128];
        for level in Level::ALL.into_iter().filter(|&level| set_level(level).is_ok()) {
            for (dtype, compute) in DType::ALL.into_iter().flat_map(|d| COMPUTE.map(|c| (d, c))) {
                let (size, wide) = (dtype.size(), DType::from_compute(compute).size());
                for n in [numbers.len(), 255, 16, 9] {
                    let (mut from, mut to) = (vec![0u8; n * size], vec![0u8; n * wide]);
                    let (mut one, mut back) = (to.clone(), [from.clone(), from.clone()]);
                    // SAFETY: each vector has n elements.
                    unsafe {
                        pack(numbers.as_ptr().cast(), Compute::F64, n, from.as_mut_ptr(), dtype, size as isize);
                        unpack(from.as_ptr(), dtype, size as isize, n, to.as_mut_ptr(), compute);
                        pack(to.as_ptr(), compute, n, back[0].as_mut_ptr(), dtype, size as isize);
                        for i in 0..n {
                            unpack(from.as_ptr().add(i * size), dtype, 0, 1, one.as_mut_ptr().add(i * wide), compute);
                            pack(one.as_ptr().add(i * wide), compute, 1, back[1].as_mut_ptr().add(i * size), dtype, 0);
                        }
                    }
                    assert!(to == one && back[0] == back[1], "{level:?} {dtype:?} {compute:?} {n}");
                }
            }
        }
        set_level(before).unwrap();
    }

    /// Law: integers wrap, bool is "not 0" whatever its byte, complex takes and gives a real part.
    #[test]
    fn the_other_conversions() {
        assert_eq!(through::<_, i8>(-129i64, DType::Int64, Compute::I64, DType::Int8), 127);
        assert_eq!(through::<_, i32>(3_000_000_000i64, DType::Int64, Compute::I64, DType::Int32), -1294967296);
        assert_eq!(through::<_, i64>(2u8, DType::Bool, Compute::I64, DType::Int64), 1);
        assert_eq!(through::<_, f32>(200u8, DType::Bool, Compute::F32, DType::Float32), 1.0);
        assert_eq!(through::<_, u8>(f32::NAN, DType::Float32, Compute::F32, DType::Bool), 1);
        assert_eq!(through::<_, u8>(0.25f32, DType::Float32, Compute::F32, DType::Bool), 1);
        assert_eq!(through::<_, u8>([0.0f64, 1.0], DType::Complex128, Compute::C128, DType::Bool), 1);
        assert_eq!(through::<_, f64>([0.5f64, 1.0], DType::Complex128, Compute::C128, DType::Float64), 0.5);
        assert_eq!(through::<_, [f32; 2]>(7i16, DType::Int16, Compute::C64, DType::Complex64), [7.0, 0.0]);
        assert_eq!(
            through::<_, [f32; 2]>([0.5f64, 1.0], DType::Complex128, Compute::C128, DType::Complex64),
            [0.5, 1.0]
        );
    }

    /// Law: steps, negative and unaligned ones too, change nothing but the place.
    #[test]
    fn steps() {
        let mut bytes = [0u8; 64];
        let source = [1.0f64, 2.0, 3.0];
        let mut back = [0f64; 3];
        // SAFETY: addresses 1 + 5 * (2, 1, 0) with 4 bytes each lie within the 64 bytes.
        unsafe {
            pack(source.as_ptr().cast(), Compute::F64, 3, bytes.as_mut_ptr().add(11), DType::Float32, -5);
            unpack(bytes.as_ptr().add(1), DType::Float32, 5, 3, back.as_mut_ptr().cast(), Compute::F64);
        }
        assert_eq!(back, [3.0, 2.0, 1.0]);
    }
}
