//! Runs of bytes, a block at a time: moved, and filled with a pattern.
//!
//! The C library's own move takes the processor's string instruction, which on some is twenty times slower where the low twelve
//! bits of both addresses lie close together: an element further on, as in a slice or a roll.

use super::lanes::{Kernel, Lane, Simd, dispatch};

/// Runs of fewer bytes are left to the C library, which has them in registers at once.
const SHORT: usize = 1024;
/// So are runs of more, which it writes past the caches.
const HUGE: usize = 16 << 20;
/// Bytes that are read before as many are written.
const BLOCK: usize = 256;
/// Bytes of a lane.
const LANE: usize = 64;

/// Copies `bytes` bytes from `from` to `to`.
///
/// # Safety
/// They must be readable and writable, and be the same bytes or not overlap.
#[inline]
pub unsafe fn move_run(from: *const u8, to: *mut u8, bytes: usize) {
    // SAFETY: the caller's promise; SHORT is no less than a block.
    unsafe {
        if (SHORT..HUGE).contains(&bytes) {
            dispatch(Move { from, to, bytes });
        } else {
            std::ptr::copy(from, to, bytes);
        }
    }
}

/// [`move_run`] by blocks.
///
/// # Safety
/// As there, of at least [`BLOCK`] bytes.
struct Move {
    from: *const u8,
    to: *mut u8,
    bytes: usize,
}

impl Kernel for Move {
    type Output = ();
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let end = self.bytes - BLOCK;
        let mut i = 0;
        // The last block overlaps the one before it: of bytes that are the same, the same is written twice.
        loop {
            let at = i.min(end);
            // SAFETY: the kernel's promise; a block lies within the run, which has one.
            unsafe {
                let (from, to) = (self.from.add(at).cast::<f32>(), self.to.add(at).cast::<f32>());
                let a = S::F32::load(from);
                let b = S::F32::load(from.add(LANE / 4));
                let c = S::F32::load(from.add(2 * LANE / 4));
                let d = S::F32::load(from.add(3 * LANE / 4));
                a.store(to);
                b.store(to.add(LANE / 4));
                c.store(to.add(2 * LANE / 4));
                d.store(to.add(3 * LANE / 4));
            }
            if i >= end {
                return;
            }
            i += BLOCK;
        }
    }
}

/// Fills `bytes` bytes at `to`, a whole number of times the length of `x`, with `x`.
///
/// # Safety
/// They must be writable.
#[inline]
pub unsafe fn fill_run<const N: usize>(to: *mut u8, x: [u8; N], bytes: usize) {
    const { assert!(LANE.is_multiple_of(N)) };
    let mut pattern = [0u8; LANE];
    for (i, byte) in pattern.iter_mut().enumerate() {
        *byte = x[i % N];
    }
    // SAFETY: the caller's promise.
    unsafe {
        if bytes >= LANE {
            dispatch(Fill { pattern, to, bytes });
        } else {
            std::ptr::copy_nonoverlapping(pattern.as_ptr(), to, bytes);
        }
    }
}

/// [`fill_run`] by lanes.
///
/// # Safety
/// `bytes` bytes must be writable at `to`, at least [`LANE`].
struct Fill {
    pattern: [u8; LANE],
    to: *mut u8,
    bytes: usize,
}

impl Kernel for Fill {
    type Output = ();
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        // SAFETY: the kernel's promise; lanes are placed within the run. The last one begins a whole number of elements in.
        unsafe {
            let x = S::F32::load(self.pattern.as_ptr().cast());
            let end = self.bytes - LANE;
            let mut i = 0;
            while i < end {
                x.store(self.to.add(i).cast());
                i += LANE;
            }
            x.store(self.to.add(end).cast());
        }
    }
}

/// Copies `n` elements of a run in the reverse order to a run at `to`; `last` is the run's last element, which comes first.
///
/// # Safety
/// As many must be readable up to `last` and writable at `to`, and not overlap.
pub unsafe fn reverse_run<T: Copy, const N: usize>(last: *const u8, to: *mut u8, n: usize) {
    const { assert!(N * size_of::<T>() == LANE) };
    // SAFETY: the caller's promise.
    unsafe { dispatch(Reverse::<T, N> { last: last.cast(), to: to.cast(), n }) };
}

/// [`reverse_run`] by blocks.
///
/// # Safety
/// As there.
struct Reverse<T, const N: usize> {
    last: *const T,
    to: *mut T,
    n: usize,
}

impl<T: Copy, const N: usize> Kernel for Reverse<T, N> {
    type Output = ();
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let mut i = 0;
        // SAFETY: the kernel's promise; blocks and elements are placed within n.
        unsafe {
            while i + N <= self.n {
                let block = self.last.wrapping_sub(i + N - 1).cast::<[T; N]>().read_unaligned();
                let mut turned = block;
                for k in 0..N {
                    turned[k] = block[N - 1 - k];
                }
                self.to.wrapping_add(i).cast::<[T; N]>().write_unaligned(turned);
                i += N;
            }
            while i < self.n {
                self.to.wrapping_add(i).write_unaligned(self.last.wrapping_sub(i).read_unaligned());
                i += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Law: every length is moved and filled whole, and nothing beside it is written.
    #[test]
    fn runs_are_whole() {
        for n in [0usize, 4, 60, 64, 68, 252, 1020, 1024, 1028, 1280, 5000] {
            let from: Vec<u8> = (0..n).map(|i| (i * 31 % 251) as u8).collect();
            let mut to = vec![0xee; n + 2];
            // SAFETY: `to` has room for n bytes after the first.
            unsafe { move_run(from.as_ptr(), to.as_mut_ptr().add(1), n) };
            assert!(to[1..=n] == from[..] && to[0] == 0xee && to[n + 1] == 0xee);
            let x = [1, 2, 3, 4];
            // SAFETY: as above.
            unsafe { fill_run(to.as_mut_ptr().add(1), x, n) };
            assert!(to[1..=n].iter().zip(x.iter().cycle()).all(|(a, b)| a == b));
            assert!(to[0] == 0xee && to[n + 1] == 0xee);
            // SAFETY: as above.
            unsafe { reverse_run::<u8, 64>(from.as_ptr().wrapping_add(n).wrapping_sub(1), to.as_mut_ptr().add(1), n) };
            assert!(to[1..=n].iter().eq(from.iter().rev()) && to[0] == 0xee && to[n + 1] == 0xee);
        }
    }
}
