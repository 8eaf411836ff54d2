//! Elements as unsigned integers in their order.
//!
//! nan is above every number, and all nans are one; so are both zeros. Whatever has at most 32 bits becomes a 32-bit key,
//! which is packed together with an element's place into one number: to sort those is to sort stably.

use super::scratch::Plain;
use crate::dtype::{Compute, DType};
use crate::kernels::convert::unpack;
use crate::kernels::lanes::{Kernel, Simd, dispatch};
use std::mem::MaybeUninit;

/// A key with a place: what is sorted and selected from.
pub trait Packed: Plain + Ord + Send {
    /// Of a key and a place.
    fn new(key: u64, place: usize) -> Self;
    /// The key.
    fn key(self) -> u64;
    /// The place.
    fn place(self) -> usize;
    /// How many bits a key has at most.
    const BITS: u32;
}

/// A 32-bit key above a 32-bit place.
impl Packed for u64 {
    #[inline(always)]
    fn new(key: u64, place: usize) -> Self {
        key << 32 | place as u64
    }
    #[inline(always)]
    fn key(self) -> u64 {
        self >> 32
    }
    #[inline(always)]
    fn place(self) -> usize {
        self as u32 as usize
    }
    const BITS: u32 = 32;
}

/// A 64-bit key, then a place.
impl Packed for (u64, u64) {
    #[inline(always)]
    fn new(key: u64, place: usize) -> Self {
        (key, place as u64)
    }
    #[inline(always)]
    fn key(self) -> u64 {
        self.0
    }
    #[inline(always)]
    fn place(self) -> usize {
        self.1 as usize
    }
    const BITS: u32 = 64;
}

/// Whether keys of `dtype` have at most 32 bits, and places along a line of `n` elements too.
pub fn is_short(dtype: DType, n: usize) -> bool {
    n <= u32::MAX as usize && !matches!(dtype, DType::Int64 | DType::Float64)
}

/// How many of the lowest bits of a key of `dtype` can differ.
pub fn bits(dtype: DType) -> u32 {
    match dtype {
        DType::Bool => 1,
        DType::UInt8 | DType::Int8 => 8,
        DType::Int16 => 16,
        DType::Int64 | DType::Float64 => 64,
        _ => 32,
    }
}

/// The key of a float32; that of nan is above all others.
#[inline(always)]
pub fn of_f32(x: f32) -> u32 {
    // A sum with 0 makes of -0 a 0.
    let bits = (x + 0.0).to_bits();
    if x.is_nan() {
        u32::MAX
    } else if bits >> 31 != 0 {
        !bits
    } else {
        bits | 1 << 31
    }
}

/// The key of a float64; that of nan is above all others.
#[inline(always)]
pub fn of_f64(x: f64) -> u64 {
    let bits = (x + 0.0).to_bits();
    if x.is_nan() {
        u64::MAX
    } else if bits >> 63 != 0 {
        !bits
    } else {
        bits | 1 << 63
    }
}

/// The key of nan among elements of `dtype`; none has it where they are whole.
pub fn of_nan(dtype: DType) -> Option<u64> {
    match dtype {
        DType::Float64 => Some(u64::MAX),
        _ if dtype.is_floating_point() => Some(u64::from(u32::MAX)),
        _ => None,
    }
}

/// The whole number whose key is 0: narrow ones start there, so that few of their bits differ.
fn lowest(dtype: DType) -> i64 {
    match dtype {
        DType::Int8 => i64::from(i8::MIN),
        DType::Int16 => i64::from(i16::MIN),
        DType::Int32 => i64::from(i32::MIN),
        DType::Int64 => i64::MIN,
        _ => 0,
    }
}

/// Elements whose keys are made at a time.
const TILE: usize = 256;

/// Calls `f(place, key)` for the `n` elements of `dtype` that lie `step` bytes apart at `from`.
///
/// # Safety
/// They must be readable.
#[inline(always)]
pub unsafe fn each(from: *const u8, dtype: DType, step: isize, n: usize, mut f: impl FnMut(usize, u64)) {
    let compute = dtype.compute();
    let mut tile = [const { MaybeUninit::<u64>::uninit() }; TILE];
    let tile = tile.as_mut_ptr();
    let low = lowest(dtype);
    for start in (0..n).step_by(TILE) {
        let m = TILE.min(n - start);
        // SAFETY: the caller's promise; a tile has room for TILE elements of 8 bytes.
        unsafe {
            unpack(from.wrapping_offset(step.wrapping_mul(start as isize)), dtype, step, m, tile.cast(), compute);
            for i in 0..m {
                let key = match compute {
                    Compute::F32 => u64::from(of_f32(tile.cast::<f32>().add(i).read())),
                    Compute::F64 => of_f64(tile.cast::<f64>().add(i).read()),
                    _ => tile.cast::<i64>().add(i).read().wrapping_sub(low) as u64,
                };
                f(start + i, key);
            }
        }
    }
}

/// Writes the keys of as many elements, exclusive or `turn`, to `keys`, each with its place. Else as [`each`].
///
/// # Safety
/// As [`each`].
pub unsafe fn packed<P: Packed>(from: *const u8, dtype: DType, step: isize, turn: u64, keys: &mut [P]) {
    let (compute, low) = (dtype.compute(), lowest(dtype));
    let mut tile = [const { MaybeUninit::<u64>::uninit() }; TILE];
    let tile = tile.as_mut_ptr();
    for start in (0..keys.len()).step_by(TILE) {
        let m = TILE.min(keys.len() - start);
        // SAFETY: the caller's promise; a tile has room for TILE elements of 8 bytes.
        unsafe {
            unpack(from.wrapping_offset(step.wrapping_mul(start as isize)), dtype, step, m, tile.cast(), compute);
            dispatch(Keys { compute, low, turn, tile: tile.cast(), first: start, to: &mut keys[start..start + m] });
        }
    }
}

/// The keys of a tile.
///
/// # Safety
/// It must hold as many elements of the compute type as there are keys, aligned.
struct Keys<'a, P> {
    compute: Compute,
    low: i64,
    turn: u64,
    tile: *const u8,
    first: usize,
    to: &'a mut [P],
}

impl<P: Packed> Kernel for Keys<'_, P> {
    type Output = ();
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let n = self.to.len();
        // SAFETY: the kernel's promise.
        unsafe {
            match self.compute {
                Compute::F32 => {
                    for i in 0..n {
                        let key = u64::from(of_f32(self.tile.cast::<f32>().add(i).read()));
                        self.to[i] = P::new(key ^ self.turn, self.first + i);
                    }
                }
                Compute::F64 => {
                    for i in 0..n {
                        let key = of_f64(self.tile.cast::<f64>().add(i).read());
                        self.to[i] = P::new(key ^ self.turn, self.first + i);
                    }
                }
                _ => {
                    for i in 0..n {
                        let key = self.tile.cast::<i64>().add(i).read().wrapping_sub(self.low) as u64;
                        self.to[i] = P::new(key ^ self.turn, self.first + i);
                    }
                }
            }
        }
    }
}
