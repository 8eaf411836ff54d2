//! Copies of matrices that lie by columns on one side and by rows on the other.
//!
//! A tile is a cache line wide both ways: each line is read once and written once, whole, by way of the
//! stack, since the lines of a tile evict each other where they lie a power of two apart. Within it, blocks of
//! 16 bytes both ways are turned in registers that every x86-64 has: memory decides, so wider ones gain nothing.

use super::lanes::from_fn;
use std::mem::MaybeUninit;

/// Bytes of a tile's row.
const LINE: usize = 64;
/// Bytes of a block's row.
const BLOCK: usize = 16;

/// A tile that has been turned, as it will lie in the destination.
#[repr(align(64))]
struct Tile(MaybeUninit<[[u8; LINE]; LINE]>);

/// Bits of an element's size.
pub(super) trait Turn: Copy {
    /// Turns a block: rows `from_step` bytes apart become columns of rows `to_step` bytes apart.
    ///
    /// # Safety
    /// Rows of [`BLOCK`] bytes must be readable and writable, as many as elements fit them.
    unsafe fn turn(to: *mut u8, to_step: isize, from: *const u8, from_step: isize) {
        let (n, size) = (BLOCK / size_of::<Self>(), size_of::<Self>());
        for i in 0..n {
            // SAFETY: the caller's promise.
            unsafe {
                strided::<Self>(
                    to.wrapping_add(i * size),
                    to_step,
                    from.offset(i as isize * from_step),
                    size as isize,
                    n,
                )
            };
        }
    }
}

/// Turns blocks by stages: each puts the halves of all rows side by side, element by element. After as many
/// stages as the number of rows has bits, rows are columns. Stages and pairs of rows are spelled out, because a
/// loop would keep the rows in memory.
macro_rules! turn {
    ($($t:ty: $low:ident $high:ident, [$($i:literal)*] of $n:literal;)*) => {$(
        impl Turn for $t {
            #[cfg(target_arch = "x86_64")]
            #[inline(always)]
            unsafe fn turn(to: *mut u8, to_step: isize, from: *const u8, from_step: isize) {
                use std::arch::x86_64::*;
                // SAFETY: the caller's promise; SSE2 is part of x86-64.
                unsafe {
                    let stage = |rows: [__m128i; $n]| {
                        [$($low(rows[$i], rows[$i + $n / 2]), $high(rows[$i], rows[$i + $n / 2])),*]
                    };
                    let mut rows = stage(from_fn(|i| _mm_loadu_si128(from.offset(i as isize * from_step).cast())));
                    for bits in [2, 4, 8] {
                        if bits < $n {
                            rows = stage(rows);
                        }
                    }
                    for (i, row) in rows.into_iter().enumerate() {
                        _mm_storeu_si128(to.offset(i as isize * to_step).cast(), row);
                    }
                }
            }
        }
    )*};
}

turn! {
    u8: _mm_unpacklo_epi8 _mm_unpackhi_epi8, [0 1 2 3 4 5 6 7] of 16;
    u16: _mm_unpacklo_epi16 _mm_unpackhi_epi16, [0 1 2 3] of 8;
    u32: _mm_unpacklo_epi32 _mm_unpackhi_epi32, [0 1] of 4;
    u64: _mm_unpacklo_epi64 _mm_unpackhi_epi64, [0] of 2;
}
impl Turn for u128 {}

/// Copies `n` elements, each a number of bytes apart.
///
/// # Safety
/// They must be readable and writable.
#[inline(always)]
pub(super) unsafe fn strided<T: Copy>(to: *mut u8, to_step: isize, from: *const u8, from_step: isize, n: usize) {
    for i in 0..n as isize {
        // SAFETY: the caller's promise.
        unsafe {
            let x = from.offset(i * from_step).cast::<T>().read_unaligned();
            to.offset(i * to_step).cast::<T>().write_unaligned(x);
        }
    }
}

/// As [`transposed`], of elements of `size` bytes.
///
/// # Safety
/// As [`transposed`].
pub(super) unsafe fn transposed_any(
    size: usize,
    to: *mut u8,
    from: *const u8,
    extents: [usize; 2],
    row: [isize; 2],
    column: [isize; 2],
) {
    // SAFETY: the caller's promise.
    unsafe {
        match size {
            1 => transposed::<u8>(to, from, extents, row, column),
            2 => transposed::<u16>(to, from, extents, row, column),
            4 => transposed::<u32>(to, from, extents, row, column),
            8 => transposed::<u64>(to, from, extents, row, column),
            _ => transposed::<u128>(to, from, extents, row, column),
        }
    }
}

/// Copies a matrix of `rows` and `columns`, which are `row` and `column` bytes apart in the destination and in
/// the source, a tile at a time.
///
/// # Safety
/// Its elements must be readable and writable.
pub(super) unsafe fn transposed<T: Turn>(
    to: *mut u8,
    from: *const u8,
    [rows, columns]: [usize; 2],
    row: [isize; 2],
    column: [isize; 2],
) {
    let (size, side) = (size_of::<T>(), const { LINE / size_of::<T>() });
    let dense = row[1] == size as isize && column[0] == size as isize;
    if !dense {
        // SAFETY: the caller's promise.
        return unsafe { loose::<T>(to, from, [rows, columns], row, column) };
    }
    let mut tile = Tile(MaybeUninit::uninit());
    let tile = tile.0.as_mut_ptr().cast::<u8>();
    for c in (0..columns).step_by(side) {
        for r in (0..rows).step_by(side) {
            let (m, n) = (side.min(rows - r), side.min(columns - c));
            // SAFETY: rows r to r + m and columns c to c + n are in the matrix; the tile has room for them.
            unsafe {
                let to = to.offset(r as isize * row[0] + c as isize * column[0]);
                let from = from.offset(r as isize * row[1] + c as isize * column[1]);
                match m == side && n == side {
                    true => whole::<T>(to, row[0], from, column[1], tile),
                    false => edge::<T>(to, row[0], from, column[1], [m, n]),
                }
            }
        }
    }
}

/// A whole tile, whose columns are runs in the source and whose rows are runs in the destination.
///
/// # Safety
/// As [`transposed`].
#[inline(always)]
unsafe fn whole<T: Turn>(to: *mut u8, to_step: isize, from: *const u8, from_step: isize, tile: *mut u8) {
    let (side, block) = (LINE / size_of::<T>(), BLOCK / size_of::<T>());
    // SAFETY: the caller's promise; the tile has `side` rows of LINE bytes.
    unsafe {
        for c in 0..LINE / BLOCK {
            let from = from.offset((c * block) as isize * from_step);
            for r in 0..LINE / BLOCK {
                T::turn(tile.add(r * block * LINE + c * BLOCK), LINE as isize, from.add(r * BLOCK), from_step);
            }
        }
        for r in 0..side {
            let line = tile.add(r * LINE).cast::<[u8; LINE]>().read();
            to.offset(r as isize * to_step).cast::<[u8; LINE]>().write(line);
        }
    }
}

/// `m` rows of `n` columns that fill no tile: what blocks they hold, then element by element.
///
/// # Safety
/// As [`transposed`].
unsafe fn edge<T: Turn>(to: *mut u8, to_step: isize, from: *const u8, from_step: isize, [m, n]: [usize; 2]) {
    let (size, block) = (size_of::<T>(), BLOCK / size_of::<T>());
    let turned = [m, n].map(|x| x / block * block);
    // SAFETY: the caller's promise.
    unsafe {
        let at = |r: usize, c: usize| {
            (to.offset(r as isize * to_step).add(c * size), from.offset(c as isize * from_step).add(r * size))
        };
        for c in (0..turned[1]).step_by(block) {
            for r in (0..turned[0]).step_by(block) {
                let (to, from) = at(r, c);
                T::turn(to, to_step, from, from_step);
            }
        }
        for c in 0..n {
            // What no block took: the last rows, and all of the last columns.
            let r = if c < turned[1] { turned[0] } else { 0 };
            let (to, from) = at(r, c);
            strided::<T>(to, to_step, from, size as isize, m - r);
        }
    }
}

/// As [`transposed`], of elements with other steps.
///
/// # Safety
/// As [`transposed`].
unsafe fn loose<T: Turn>(
    to: *mut u8,
    from: *const u8,
    [rows, columns]: [usize; 2],
    row: [isize; 2],
    column: [isize; 2],
) {
    let (size, side) = (size_of::<T>() as isize, LINE / size_of::<T>());
    let mut tile = Tile(MaybeUninit::uninit());
    let tile = tile.0.as_mut_ptr().cast::<u8>();
    for c in (0..columns).step_by(side) {
        for r in (0..rows).step_by(side) {
            let (m, n) = (side.min(rows - r), side.min(columns - c));
            let [to_start, from_start] = [0, 1].map(|j| r as isize * row[j] + c as isize * column[j]);
            // SAFETY: rows r to r + m and columns c to c + n are in the matrix; the tile has room for them.
            unsafe {
                let (to, from) = (to.offset(to_start), from.offset(from_start));
                for i in 0..n {
                    strided::<T>(
                        tile.offset(i as isize * size),
                        LINE as isize,
                        from.offset(i as isize * column[1]),
                        row[1],
                        m,
                    );
                }
                for i in 0..m {
                    strided::<T>(to.offset(i as isize * row[0]), column[0], tile.add(i * LINE), size, n);
                }
            }
        }
    }
}
