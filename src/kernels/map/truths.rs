//! Formulas of truth values alone: a formula of so few values is its table of truth, whatever it says.
//!
//! The table is what the kernel answers for each combination. Elements then need no conversion to numbers: they are
//! combined as bytes, as many at once as a register holds.

use super::{MapTable, map};
use crate::dtype::{Compute, DType};
use crate::kernels::lanes::{Kernel, Simd, dispatch};
use crate::kernels::operand::{Dst, Src};

/// From how many elements on the table is worth being asked for.
pub(super) const FEWEST: usize = 64;

/// Bytes that are read before as many are written, since a result may lie where an operand does.
const BLOCK: usize = 64;

/// Runs `n` truth values (or one for all: the bits of `single`) at `ins` through the formula. False, with nothing done,
/// where it has more than two operands.
///
/// # Safety
/// `ins` must be readable and `out` writable so far; `out` may be one of `ins`.
pub(super) unsafe fn truths(
    table: &MapTable,
    compute: Compute,
    n: usize,
    out: *mut u8,
    ins: &[*const u8],
    single: u8,
) -> bool {
    let Some(answers) = answers(table, compute, ins.len()) else { return false };
    // Sums modulo 2 of products: with the answers to 00, 10, 01 and 11 these are the coefficients of 1, a, b and ab.
    let [none, a, b, both] = answers;
    let mut form = Form { constant: none, a: none ^ a, b: none ^ b, product: none ^ a ^ b ^ both };
    let of = |j: usize| ins.get(j).copied().unwrap_or(ins[0]);
    // An operand alone stands for both, and neither is read beyond its element then.
    let ones = [0, ins.len() - 1].map(|j| single >> j & 1 != 0);
    // SAFETY: the caller's promise.
    let value = |j: usize| unsafe { (of(j).read() != 0) as u8 };
    // An operand of one element is a part of the coefficients.
    if ones[1] {
        form = Form {
            constant: form.constant ^ (form.b & value(1)),
            a: form.a ^ (form.product & value(1)),
            b: 0,
            product: 0,
        };
    }
    if ones[0] {
        form = Form {
            constant: form.constant ^ (form.a & value(0)),
            a: 0,
            b: form.b ^ (form.product & value(0)),
            product: 0,
        };
    }
    let (first, second) = if ones[0] { (of(1), of(1)) } else { (of(0), if ones[1] { of(0) } else { of(1) }) };
    if ones[0] && ones[1] {
        // SAFETY: the caller's promise.
        unsafe { out.write_bytes(form.constant, n) };
        return true;
    }
    // SAFETY: the caller's promise; an operand that is read is one of `n` values, since one alone is in the coefficients.
    unsafe { dispatch(Bytes { form, n, out, ins: [first, second] }) };
    true
}

/// What the formula answers for (0, 0), (1, 0), (0, 1) and (1, 1); of one operand twice the same.
fn answers(table: &MapTable, compute: Compute, operands: usize) -> Option<[u8; 4]> {
    let values = [[0u8, 1, 0, 1], [0, 0, 1, 1]];
    let mut given = [0u8; 4];
    let (shape, strides) = ([4i64], [1i64]);
    // SAFETY: four bytes, which outlive the calls.
    let src = |j: usize| unsafe { Src::new(values[j].as_ptr(), 4, DType::Bool, &shape, &strides, 0) };
    // SAFETY: as above, and written by nobody else.
    let dst = unsafe { Dst::new(given.as_mut_ptr(), 4, DType::Bool, &shape, &strides, 0)? };
    match operands {
        1 => map(table, compute, &dst, &[src(0)?], false),
        2 => map(table, compute, &dst, &[src(0)?, src(1)?], false),
        _ => false,
    }
    .then_some(given)
}

/// `constant + a x + b y + product x y`, modulo 2; each is 0 or 1.
#[derive(Clone, Copy)]
struct Form {
    constant: u8,
    a: u8,
    b: u8,
    product: u8,
}

/// `n` bytes by a form.
///
/// # Safety
/// They must be readable at both `ins` and writable at `out`, which may be one of `ins` and else overlaps neither.
struct Bytes {
    form: Form,
    n: usize,
    out: *mut u8,
    ins: [*const u8; 2],
}

impl Kernel for Bytes {
    type Output = ();
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Form { constant, a, b, product } = self.form;
        let [x, y] = self.ins;
        let mut i = 0;
        // SAFETY: the kernel's promise; blocks and elements are placed within n.
        unsafe {
            while i + BLOCK <= self.n {
                let x = x.add(i).cast::<[u8; BLOCK]>().read();
                let y = y.add(i).cast::<[u8; BLOCK]>().read();
                let mut answers = [0u8; BLOCK];
                for k in 0..BLOCK {
                    // What is no 0 is true: bytes may have been looked at as truth values.
                    let (x, y) = ((x[k] != 0) as u8, (y[k] != 0) as u8);
                    answers[k] = constant ^ (a & x) ^ (b & y) ^ (product & x & y);
                }
                self.out.add(i).cast::<[u8; BLOCK]>().write(answers);
                i += BLOCK;
            }
            while i < self.n {
                let (x, y) = ((x.add(i).read() != 0) as u8, (y.add(i).read() != 0) as u8);
                self.out.add(i).write(constant ^ (a & x) ^ (b & y) ^ (product & x & y));
                i += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::number::{Eval, Ordered, Ring, Test};

    struct Less;
    impl<N: Ordered> Test<N, 2> for Less {
        #[inline(always)]
        fn test([a, b]: [N; 2]) -> N::Mask {
            a.less(b)
        }
    }
    struct Sum;
    impl<N: Ring> Eval<N, 2> for Sum {
        #[inline(always)]
        fn eval([a, b]: [N; 2]) -> N {
            a + b
        }
    }
    struct Opposite;
    impl<N: Ring> Test<N, 1> for Opposite {
        #[inline(always)]
        fn test([a]: [N; 1]) -> N::Mask {
            a.is_zero()
        }
    }

    /// Law: as bytes, operands of truth values give what they give as numbers, be they runs or one value for all, and
    /// whatever byte stands for what is true.
    #[test]
    fn bytes_answer_as_numbers() {
        type Case = (MapTable, usize, fn(bool, bool) -> bool);
        static TABLES: [Case; 3] = [
            (MapTable::ordered_test::<Less, 2>(), 2, |a, b| !a & b),
            (MapTable::ring::<Sum, 2>(), 2, |a, b| a | b),
            (MapTable::ring_test::<Opposite, 1>(), 1, |a, _| !a),
        ];
        for n in [FEWEST, 200] {
            let values = [3usize, 5].map(|q| (0..n).map(|i| [0u8, 1, 0, 7][i * q / 2 % 4]).collect::<Vec<u8>>());
            for (table, operands, wanted) in &TABLES {
                for single in 0..1u8 << operands {
                    let mut out = vec![9u8; n];
                    let ins = [values[0].as_ptr(), values[1].as_ptr()];
                    // SAFETY: n bytes each.
                    let done = unsafe { truths(table, Compute::I64, n, out.as_mut_ptr(), &ins[..*operands], single) };
                    assert!(done);
                    for (i, &got) in out.iter().enumerate() {
                        let at = |j: usize| values[j][if single >> j & 1 != 0 { 0 } else { i }] != 0;
                        assert_eq!(got, wanted(at(0), at(1)) as u8);
                    }
                }
            }
        }
    }
}
