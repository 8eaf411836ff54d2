//! Products of a few numbers, where to begin one costs more than it: 2 by 2, 3 by 3, 4 by 4.

use super::{Call, Steps};
use crate::dtype::DType;
use crate::kernels::lanes::{Kernel, Simd};

/// The most products of numbers.
const MOST: usize = 64;

/// One product after the other, from the first of a batch to its end.
pub(super) struct Tiny {
    call: Call,
    steps: Steps,
    first: usize,
    end: usize,
}

impl Tiny {
    /// Those of `call`s from `first` to `end` of a batch; None where they are not for here.
    pub fn of(call: Call, steps: Steps, first: usize, end: usize) -> Option<Tiny> {
        let real = matches!(call.dst.dtype, DType::Float32 | DType::Float64);
        let fits = real && call.work() <= MOST && call.a.dtype == call.dst.dtype && call.b.dtype == call.dst.dtype;
        fits.then_some(Tiny { call, steps, first, end })
    }
}

/// A number that is read and written as it lies, aligned or not.
trait Number: Copy {
    const ZERO: Self;
    fn plus(self, x: Self, y: Self) -> Self;
    fn sum(self, x: Self) -> Self;
}

macro_rules! number {
    ($t:ty) => {
        impl Number for $t {
            const ZERO: Self = 0.0;
            #[inline(always)]
            fn plus(self, x: Self, y: Self) -> Self {
                x.mul_add(y, self)
            }
            #[inline(always)]
            fn sum(self, x: Self) -> Self {
                self + x
            }
        }
    };
}
number!(f32);
number!(f64);

impl Kernel for Tiny {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        for i in self.first..self.end {
            let call = self.call.of_batch(self.steps, i);
            // SAFETY: the operands were checked to hold the matrices, which are of this type.
            unsafe {
                match call.dst.dtype {
                    DType::Float32 => product::<f32>(call),
                    _ => product::<f64>(call),
                }
            }
        }
    }
}

/// # Safety
/// The call's matrices must be readable, its destination writable, and all of type `T`.
#[inline(always)]
unsafe fn product<T: Number>(Call { dst, a, b, m, k, n, accumulate }: Call) {
    let at = |steps: [isize; 2], i: usize, j: usize| i as isize * steps[0] + j as isize * steps[1];
    for i in 0..m {
        for j in 0..n {
            let to = dst.ptr.wrapping_offset(at(dst.steps, i, j)).cast::<T>();
            let mut sum = T::ZERO;
            // SAFETY: row i and column j are in the matrices, and so are terms 0 to k.
            unsafe {
                for t in 0..k {
                    let x = a.ptr.wrapping_offset(at(a.steps, i, t)).cast::<T>().read_unaligned();
                    sum = sum.plus(x, b.ptr.wrapping_offset(at(b.steps, t, j)).cast::<T>().read_unaligned());
                }
                to.write_unaligned(if accumulate { to.read_unaligned().sum(sum) } else { sum });
            }
        }
    }
}
