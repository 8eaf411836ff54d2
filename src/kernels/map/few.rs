//! The short way for a few elements of several types, or of one that the kernel does not compute in: each operand is
//! converted into room on the stack, without a look at shapes.

use super::kernel::{MapFn, Onto, Run};
use super::{MapTable, OPERANDS, Writes, immediate, writes};
use crate::dtype::{Compute, DType, Scalar};
use crate::kernels::convert::{packer, unpacker};
use crate::kernels::level::level;
use crate::kernels::operand::run_start;
use std::mem::MaybeUninit;

/// So many elements at most.
pub const FEW: usize = 128;

/// Room for [`FEW`] elements of the widest type.
#[repr(align(64))]
struct Tile([MaybeUninit<[u64; 2]>; FEW]);

impl Tile {
    const fn new() -> Self {
        Tile([MaybeUninit::uninit(); FEW])
    }

    fn ptr(&mut self) -> *mut u8 {
        self.0.as_mut_ptr().cast()
    }
}

/// Room for the operands of a call and its result; what makes it does not touch it.
pub struct Tiles([Tile; OPERANDS + 1]);

impl Tiles {
    /// Room in which nothing is.
    #[inline(always)]
    pub const fn new() -> Self {
        Tiles([const { Tile::new() }; OPERANDS + 1])
    }
}

/// One call on a few elements, whose operands are converted as they are named.
pub struct Few<'a> {
    kernel: MapFn,
    compute: Compute,
    answers: bool,
    operands: usize,
    run: Run,
    /// Which operands there are by now, as bits.
    there: u8,
    tiles: &'a mut Tiles,
}

impl<'a> Few<'a> {
    /// A call for `n` elements, without operands yet; None where there are more than [`FEW`], or the table has no such
    /// kernel for `compute`.
    #[inline]
    pub fn new(table: &MapTable, compute: Compute, n: usize, tiles: &'a mut Tiles) -> Option<Self> {
        let kernel = table.kernel(level(), compute)?;
        if n > FEW || table.writes() == Writes::Sum {
            return None;
        }
        let run =
            Run { n, out: std::ptr::null_mut(), ins: [std::ptr::null(); OPERANDS], single: 0, onto: Onto::Nothing };
        let (answers, operands) = (table.is_test(), table.operands());
        Some(Few { kernel, compute, answers, operands, run, there: 0, tiles })
    }

    /// Operand `j` begins at element `offset` of the `bytes` bytes at `base`, which hold `dtype`; with `one`, its first
    /// element stands for all. False, with nothing changed, where it leaves them.
    ///
    /// # Safety
    /// `base` must be valid for reads of `bytes` bytes for `'a`.
    pub unsafe fn read(
        &mut self,
        j: usize,
        (base, bytes): (*const u8, usize),
        (dtype, offset): (DType, i64),
        one: bool,
    ) -> bool {
        assert!(j < OPERANDS, "a formula has so many operands");
        let n = if one { 1 } else { self.run.n };
        let Some(start) = run_start(bytes, dtype, offset, n) else { return false };
        let from = base.wrapping_add(start);
        self.run.ins[j] = if dtype == DType::from_compute(self.compute) {
            from
        } else {
            let tile = self.tiles.0[j].ptr();
            // SAFETY: the n elements lie within the bytes, and a tile has room for as many: n is FEW at most.
            unsafe { unpacker(dtype, self.compute)(from, dtype.size() as isize, n, tile) };
            tile
        };
        self.run.single |= u8::from(one && self.run.n != 1) << j;
        self.there |= 1 << j;
        true
    }

    /// Operand `j` is a number.
    pub fn number(&mut self, j: usize, value: Scalar) {
        assert!(j < OPERANDS, "a formula has so many operands");
        self.tiles.0[j].0[0].write(immediate(value, self.compute));
        self.run.ins[j] = self.tiles.0[j].ptr();
        self.run.single |= u8::from(self.run.n != 1) << j;
        self.there |= 1 << j;
    }

    /// Runs the kernel; its results become elements of `dtype` at the beginning of the `bytes` bytes at `base`. False,
    /// with nothing written, where an operand is missing, they do not fit there, or are answers to which that type is
    /// no home.
    ///
    /// # Safety
    /// `base` must be valid for writes of `bytes` bytes; no operand lies there.
    pub unsafe fn write(&mut self, (base, bytes): (*mut u8, usize), dtype: DType) -> bool {
        let n = self.run.n;
        let in_place = writes(dtype, self.compute, self.answers);
        let complete = self.there == ((1u16 << self.operands) - 1) as u8;
        if !complete || self.answers && !in_place || run_start(bytes, dtype, 0, n).is_none() {
            return false;
        }
        if n == 0 {
            return true;
        }
        self.run.out = if in_place { base } else { self.tiles.0[OPERANDS].ptr() };
        // SAFETY: every operand is there: n elements of the compute type in a run or one for all, in its memory or in a
        // tile, which lives as long as `self`; the result's n elements have room in either place.
        unsafe {
            (self.kernel)(&self.run);
            if !in_place {
                packer(self.compute, dtype)(self.run.out, n, base, dtype.size() as isize);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    //! Laws: the bits are those of the long way, of several types; what does not fit is refused, and nothing is written.

    use super::*;
    use crate::kernels::map::map;
    use crate::kernels::map::runs::tests::FUSED;
    use crate::kernels::operand::{Dst, Src};

    const TYPES: [(DType, Compute); 4] = [
        (DType::UInt8, Compute::I64),
        (DType::Int32, Compute::F32),
        (DType::Float64, Compute::F32),
        (DType::Int64, Compute::I64),
    ];

    #[test]
    fn few_elements_have_the_bits_of_the_long_way() {
        let data: Vec<u64> = (0..FEW as u64 + 2).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40).collect();
        let (base, bytes) = (data.as_ptr().cast::<u8>(), size_of_val(&data[..]));
        for (dtype, compute) in TYPES {
            for n in [0, 1, 3, 17, FEW] {
                let (shape, one) = ([n as i64], n % 2 == 1);
                let (mut short, mut long) = (vec![7u64; FEW], vec![7u64; FEW]);
                let mut tiles = Tiles::new();
                let mut few = Few::new(&FUSED, compute, n, &mut tiles).unwrap();
                let stride = [if one { 0 } else { 1 }];
                // SAFETY: the vectors outlive the calls.
                unsafe {
                    assert!(few.read(0, (base, bytes), (dtype, 1), false));
                    assert!(few.read(1, (base, bytes), (DType::UInt8, 2), one));
                    assert!(few.write((short.as_mut_ptr().cast(), 8 * FEW), dtype));
                    let a = Src::new(base, bytes, dtype, &shape, &[1], 1).unwrap();
                    let b = Src::new(base, bytes, DType::UInt8, &shape, &stride, 2).unwrap();
                    let dst = Dst::new(long.as_mut_ptr().cast(), 8 * FEW, dtype, &shape, &[1], 0).unwrap();
                    assert!(map(&FUSED, compute, &dst, &[a, b], false));
                }
                assert_eq!(short, long, "{dtype:?} {n}");
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_and_nothing_is_written() {
        let (data, mut out) = ([1u8; 8], [9u8; 8]);
        let mut tiles = Tiles::new();
        assert!(Few::new(&FUSED, Compute::I64, FEW + 1, &mut tiles).is_none());
        let mut few = Few::new(&FUSED, Compute::I64, 4, &mut tiles).unwrap();
        let place = (data.as_ptr(), 8);
        // SAFETY: the arrays outlive the calls.
        unsafe {
            for offset in [5, -1, i64::MAX, i64::MIN] {
                assert!(!few.read(0, place, (DType::UInt8, offset), false));
            }
            assert!(few.read(0, place, (DType::UInt8, 7), true), "one element is within");
            assert!(!few.write((out.as_mut_ptr(), 8), DType::UInt8), "an operand is missing");
            few.number(1, Scalar::Int(3));
            assert!(!few.write((out.as_mut_ptr(), 8), DType::Int32), "four elements of four bytes");
            assert_eq!(out, [9; 8]);
            assert!(few.write((out.as_mut_ptr(), 8), DType::UInt8));
        }
        assert_eq!(out, [0, 0, 0, 0, 9, 9, 9, 9]);
    }
}
