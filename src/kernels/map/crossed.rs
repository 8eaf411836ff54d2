//! Operands that lie the other way round than the destination, as in `a + b.t()`: turned a panel at a time, because
//! row by row of the destination each element would come from a cache line of its own.

use super::tiled::{Call, Space};
use super::{OPERANDS, Onto, Run, writes};
use crate::dtype::DType;
use crate::kernels::convert::{pack, unpack};
use crate::kernels::operand::{Dst, Src};
use crate::kernels::transpose::transposed_any;
use std::mem::MaybeUninit;

/// Bytes of a panel.
const PANEL: usize = 2048;
/// Its rows, each as long as fits.
const ROWS: usize = 16;

/// Room for a part of each operand, for one more that is turned before it is converted, and for a row of results.
#[repr(align(64))]
struct Panels([[MaybeUninit<u8>; PANEL]; OPERANDS + 1], [MaybeUninit<u8>; PANEL / ROWS]);

/// The dimension along which some operand is a run, other than the destination's; none where that gains nothing.
pub(super) fn crossing<const D: usize>(space: &Space<D>, call: &Call, dst: &Dst, srcs: &[Src]) -> Option<usize> {
    let last = space.dims - 1;
    let in_place = writes(dst.dtype(), call.compute, call.test);
    if space.steps[0][last] != dst.dtype().size() as isize
        || space.shape[last] < ROWS
        || !in_place && (call.test || call.accumulate)
    {
        return None;
    }
    (0..last).find(|&d| {
        let turned = |(j, s): (usize, &Src)| is_turned(call, &space.steps[j + 1], s, [d, last]);
        space.shape[d] >= ROWS && srcs.iter().enumerate().any(turned)
    })
}

/// Whether an operand is a run along dimension `d`, and none along the last.
fn is_turned(call: &Call, steps: &[isize], src: &Src, [d, last]: [usize; 2]) -> bool {
    let size = src.dtype().size();
    let fits = size <= DType::from_compute(call.compute).size();
    fits && steps[d] == size as isize && steps[last] != size as isize && steps[last] != 0
}

/// Runs the call by panels of dimension `d` and the last.
#[inline(never)]
pub(super) fn crossed<const D: usize>(call: &Call, space: &Space<D>, d: usize, dst: &Dst, srcs: &[Src]) {
    let own = DType::from_compute(call.compute);
    let (size, last) = (own.size(), space.dims - 1);
    let wide = PANEL / ROWS / size;
    let line = (wide * size) as isize;
    let mut room = Panels(
        [const { [const { MaybeUninit::uninit() }; PANEL] }; OPERANDS + 1],
        [const { MaybeUninit::uninit() }; PANEL / ROWS],
    );
    let panels: [*mut u8; OPERANDS + 1] = room.0.each_mut().map(|p| p.as_mut_ptr().cast());
    let result = room.1.as_mut_ptr().cast::<u8>();
    let step = |j: usize, dim: usize| space.steps[j][dim];
    let write_in_place = writes(dst.dtype(), call.compute, call.test);
    let mut run = Run {
        n: 0,
        out: result,
        ins: [std::ptr::null(); OPERANDS],
        single: 0,
        onto: Onto::what_is_there(call.accumulate),
    };
    let (mut in_place, mut turned) = ([false; OPERANDS], [false; OPERANDS]);
    for (j, s) in srcs.iter().enumerate() {
        let single = step(j + 1, last) == 0;
        in_place[j] = s.dtype() == own && (single || step(j + 1, last) == size as isize);
        turned[j] = is_turned(call, &space.steps[j + 1], s, [d, last]);
        run.single |= (single as u8) << j;
    }
    // Fills operand j's panel with m rows of n elements from `from` on.
    let fill = |j: usize, s: &Src, single: bool, from: *const u8, [m, n]: [usize; 2]| {
        let (steps, dtype) = ([d, last].map(|dim| step(j + 1, dim)), s.dtype());
        // SAFETY: the caller's indices are within the shape, so the source has these elements; a panel has room for
        // ROWS rows of `wide`, and an operand that is turned has no larger elements.
        unsafe {
            let (from, steps) = if turned[j] {
                let to = if dtype == own { panels[j] } else { panels[OPERANDS] };
                let run = dtype.size() as isize;
                transposed_any(dtype.size(), to, from, [m, n], [line, steps[0]], [run, steps[1]]);
                if dtype == own {
                    return;
                }
                (to.cast_const(), [line, run])
            } else {
                (from, steps)
            };
            for i in 0..m as isize {
                let to = panels[j].offset(i * line);
                unpack(from.offset(i * steps[0]), dtype, steps[1], if single { 1 } else { n }, to, call.compute);
            }
        }
    };
    let matrices: usize = (0..last).filter(|&e| e != d).map(|e| space.shape[e]).product();
    for matrix in 0..matrices {
        let (mut at, mut rest) = ([0; D], matrix);
        for e in (0..last).rev().filter(|&e| e != d) {
            (rest, at[e]) = (rest / space.shape[e], rest % space.shape[e]);
        }
        // Along the rows first: what is not turned then lies in streams, which are fetched ahead. The lines of what is turned
        // are asked for all at once.
        for r in (0..space.shape[d]).step_by(ROWS) {
            for c in (0..space.shape[last]).step_by(wide) {
                (at[d], at[last]) = (r, c);
                let (m, n) = (ROWS.min(space.shape[d] - r), wide.min(space.shape[last] - c));
                run.n = n;
                // Each operand's first row, and bytes to the next.
                let mut rows = [(std::ptr::null(), 0); OPERANDS];
                for (j, s) in srcs.iter().enumerate() {
                    let from = s.ptr().wrapping_offset(space.offset(j + 1, &at));
                    rows[j] = (from, step(j + 1, d));
                    if !in_place[j] {
                        fill(j, s, run.single >> j & 1 != 0, from, [m, n]);
                        rows[j] = (panels[j], line);
                    }
                }
                let mut to = dst.ptr().wrapping_offset(space.offset(0, &at));
                for _ in 0..m {
                    for (ptr, (row, step)) in run.ins.iter_mut().zip(&mut rows) {
                        *ptr = *row;
                        *row = row.wrapping_offset(*step);
                    }
                    if write_in_place {
                        run.out = to;
                    }
                    // SAFETY: each operand is a row of a panel just filled, or lies in place as a kernel wants it;
                    // `result` has room for a row.
                    unsafe {
                        (call.kernel)(&run);
                        if !write_in_place {
                            pack(result, call.compute, n, to, dst.dtype(), step(0, last));
                        }
                    }
                    to = to.wrapping_offset(step(0, d));
                }
            }
        }
    }
}
