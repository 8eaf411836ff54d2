//! Products of small matrices, where to begin one costs more than it: rows of the result in registers, no packing.

use super::{Call, Matrix, Steps};
use crate::dtype::DType;
use crate::kernels::convert::unpack;
use crate::kernels::lanes::{Float, Kernel, Simd};
use crate::kernels::level::Level;
use std::mem::MaybeUninit;

/// The most terms and columns (or, of a result that lies column by column, rows).
const MOST: usize = 32;

/// One product after the other, from the `first` of a batch to its `end`.
///
/// # Safety
/// What a [`Call`] asks for, of each.
pub(super) struct Small {
    call: Call,
    steps: Steps,
    first: usize,
    end: usize,
}

impl Small {
    /// Those of `call`s from `first` to `end` of a batch; None where they are not for here.
    pub fn of(mut call: Call, mut steps: Steps, first: usize, end: usize) -> Option<Small> {
        let dtype = call.dst.dtype;
        let real = matches!(dtype, DType::Float32 | DType::Float64) && call.a.dtype == dtype && call.b.dtype == dtype;
        if !real || call.k > MOST || call.is_nothing() {
            return None;
        }
        let size = dtype.size() as isize;
        let is_column = call.n == 1 && call.m <= MOST && call.dst.steps[0] == size;
        if call.dst.steps[1] != size || is_column {
            // Column by column: the transpose of the transposes' product.
            let turned = |[rows, columns]: [isize; 2]| [columns, rows];
            (call.m, call.n) = (call.n, call.m);
            (call.a, call.b) = (call.b, call.a);
            (call.a.steps, call.b.steps) = (turned(call.a.steps), turned(call.b.steps));
            call.dst.steps = turned(call.dst.steps);
            steps.swap(1, 2);
        }
        let short = call.n <= MOST && (call.n > 1 || call.m == 1);
        (short && call.dst.steps[1] == size).then_some(Small { call, steps, first, end })
    }
}

impl Kernel for Small {
    type Output = ();
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        for i in self.first..self.end {
            let call = self.call.of_batch(self.steps, i);
            // SAFETY: the kernel's promise; all three are of this type, as `of` has seen, and so small.
            unsafe {
                match (call.dst.dtype, S::LEVEL) {
                    // As many sums as registers hold beside a row's elements.
                    (DType::Float32, Level::Avx512) => product::<S::F32, 8>(call),
                    (DType::Float32, _) => product::<S::F32, 4>(call),
                    (_, Level::Avx512) => product::<S::F64, 8>(call),
                    _ => product::<S::F64, 4>(call),
                }
            }
        }
    }
}

/// By `R` rows at a time.
///
/// # Safety
/// The call's matrices must be readable, its destination writable, and all of the lanes' type.
#[inline(always)]
unsafe fn product<L: Float, const R: usize>(mut call: Call) {
    let size = size_of::<L::Elem>();
    // Of 8 bytes at most, and rounded up to lanes of 64.
    let mut room = MaybeUninit::<[u64; MOST * MOST]>::uninit();
    if call.b.steps[1] != size as isize {
        // Rows whose elements follow each other.
        let row = call.n.next_multiple_of(L::COUNT) * size;
        let to = room.as_mut_ptr().cast::<u8>();
        for t in 0..call.k {
            let from = call.b.ptr.wrapping_offset(t as isize * call.b.steps[0]);
            // SAFETY: row t is in the second factor, and there is room for 32 rows of 32 numbers of 8 bytes: a lane's
            // elements divide 32.
            unsafe { unpack(from, call.b.dtype, call.b.steps[1], call.n, to.add(t * row), L::COMPUTE) };
        }
        call.b = Matrix { ptr: to, dtype: call.b.dtype, steps: [row as isize, size as isize] };
    }
    let mut i = 0;
    while i + R <= call.m {
        // SAFETY: rows i to i + R are in the first factor and in the result.
        unsafe { rows::<L, R>(&call, i) };
        i += R;
    }
    while i + 2 <= call.m {
        // SAFETY: as above.
        unsafe { rows::<L, 2>(&call, i) };
        i += 2;
    }
    if i < call.m {
        // SAFETY: as above.
        unsafe { rows::<L, 1>(&call, i) };
    }
}

/// `R` rows of the product from row `i` on.
///
/// # Safety
/// As [`product`]; the rows must be there, and rows of the second factor and of the result must be runs.
#[inline(always)]
unsafe fn rows<L: Float, const R: usize>(call: &Call, i: usize) {
    let Call { dst, a, b, k, n, accumulate, .. } = *call;
    for j in (0..n).step_by(L::COUNT) {
        let columns = L::COUNT.min(n - j);
        let whole = columns == L::COUNT;
        let mut sums = [L::lit(0.0); R];
        for t in 0..k {
            let from = b.ptr.wrapping_offset(t as isize * b.steps[0]).cast::<L::Elem>().wrapping_add(j);
            // SAFETY: the columns are in row t, and terms t of the rows in the first factor.
            unsafe {
                let y = if whole { L::load(from) } else { L::load_part(from, columns) };
                for (r, sum) in sums.iter_mut().enumerate() {
                    let at = a.ptr.wrapping_offset((i + r) as isize * a.steps[0] + t as isize * a.steps[1]);
                    *sum = L::splat(at.cast::<L::Elem>().read_unaligned()).mul_add(y, *sum);
                }
            }
        }
        for (r, &sum) in sums.iter().enumerate() {
            let to = dst.ptr.wrapping_offset((i + r) as isize * dst.steps[0]).cast::<L::Elem>().wrapping_add(j);
            // SAFETY: the columns are in these rows of the result.
            unsafe {
                let mut sum = sum;
                if accumulate {
                    sum = L::load_part(to, columns) + sum;
                }
                if whole { sum.store(to) } else { sum.store_part(to, columns) }
            }
        }
    }
}
