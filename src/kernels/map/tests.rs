//! Laws of the pointwise driver: no layout, type or level changes bits, and nothing else is written.

use super::*;
use crate::kernels::convert::{pack, unpack};
use crate::kernels::level::Level;
use crate::kernels::number::{Eval, Field, Ordered, Ring, Test};

struct Product;
impl<N: Ring> Eval<N, 2> for Product {
    #[inline(always)]
    fn eval([a, b]: [N; 2]) -> N {
        a * b - b
    }
}
struct Exponential;
impl<N: Field> Eval<N, 1> for Exponential {
    #[inline(always)]
    fn eval([a]: [N; 1]) -> N {
        (a * N::lit(0.125)).exp()
    }
}
struct Less;
impl<N: Ordered> Test<N, 2> for Less {
    #[inline(always)]
    fn test([a, b]: [N; 2]) -> N::Mask {
        a.less(b)
    }
}
struct Choice;
impl<N: Ring> Eval<N, 3> for Choice {
    #[inline(always)]
    fn eval([c, a, b]: [N; 3]) -> N {
        N::select(c.truth(), a, b)
    }
}

static PRODUCT: MapTable = MapTable::ring::<Product, 2>();
static EXPONENTIAL: MapTable = MapTable::field::<Exponential, 1>();
static LESS: MapTable = MapTable::ordered_test::<Less, 2>();
static CHOICE: MapTable = MapTable::ring::<Choice, 3>();

const OWN: [Compute; 5] = [Compute::F32, Compute::F64, Compute::I64, Compute::C64, Compute::C128];

/// A storage with a layout on it.
#[derive(Clone)]
struct Operand {
    bytes: Vec<u8>,
    dtype: DType,
    shape: Vec<i64>,
    strides: Vec<i64>,
    offset: i64,
}

impl Operand {
    /// Numbers from `seed` on, in a storage just large enough.
    fn new(dtype: DType, shape: &[i64], strides: &[i64], seed: usize) -> Operand {
        let low: i64 = shape.iter().zip(strides).map(|(&n, &s)| ((n - 1) * s).min(0)).sum();
        let high: i64 = shape.iter().zip(strides).map(|(&n, &s)| ((n - 1) * s).max(0)).sum();
        let n = if shape.contains(&0) { 0 } else { (high - low + 1) as usize };
        let values: Vec<f64> = (0..n).map(|i| ((i * 7 + seed * 13) % 31) as f64 - 11.0).collect();
        let mut bytes = vec![0; n * dtype.size()];
        // SAFETY: n elements on both sides.
        unsafe {
            pack(values.as_ptr().cast(), Compute::F64, n, bytes.as_mut_ptr(), dtype, dtype.size() as isize);
        }
        Operand { bytes, dtype, shape: shape.to_vec(), strides: strides.to_vec(), offset: -low }
    }
    fn src(&self) -> Src<'_> {
        let Operand { bytes, dtype, shape, strides, offset } = self;
        // SAFETY: the storage outlives the operand.
        unsafe { Src::new(bytes.as_ptr(), bytes.len(), *dtype, shape, strides, *offset).unwrap() }
    }
    fn dst(&mut self) -> Dst<'_> {
        let Operand { bytes, dtype, shape, strides, offset } = self;
        // SAFETY: as above.
        unsafe { Dst::new(bytes.as_mut_ptr(), bytes.len(), *dtype, shape, strides, *offset).unwrap() }
    }
    /// The elements in order, as contiguous bytes of `to`'s own type.
    fn elements(&self, to: Compute) -> Vec<u8> {
        let (size, own) = (self.dtype.size() as i64, DType::from_compute(to).size());
        let n: i64 = self.shape.iter().product();
        let mut out = vec![0; n as usize * own];
        for linear in 0..n {
            let (mut rest, mut at) = (linear, self.offset);
            for (&n, &s) in self.shape.iter().zip(&self.strides).rev() {
                at += rest % n * s;
                rest /= n;
            }
            // SAFETY: one element, within the layout.
            unsafe {
                let from = self.bytes.as_ptr().offset((at * size) as isize);
                unpack(from, self.dtype, 0, 1, out.as_mut_ptr().add(linear as usize * own), to);
            }
        }
        out
    }
    /// The same elements, contiguous and of a compute type.
    fn plain(&self, to: Compute) -> Operand {
        let strides = contiguous(&self.shape);
        Operand {
            bytes: self.elements(to),
            dtype: DType::from_compute(to),
            shape: self.shape.clone(),
            strides,
            offset: 0,
        }
    }
}

fn contiguous(shape: &[i64]) -> Vec<i64> {
    (0..shape.len()).map(|d| shape[d + 1..].iter().product()).collect()
}

/// Layouts of a shape: dense in any order of dimensions, with gaps, backwards, expanded.
fn layouts(shape: &[i64]) -> Vec<Vec<i64>> {
    let dense = contiguous(shape);
    let reversed: Vec<i64> = shape.iter().rev().copied().collect();
    let transposed = contiguous(&reversed).into_iter().rev().collect();
    let mut all = vec![dense.clone(), transposed, dense.iter().map(|s| s * 3).collect()];
    all.push(dense.iter().map(|s| -s).collect());
    // Gaps between rows only.
    let mut padded = shape.to_vec();
    padded.last_mut().into_iter().for_each(|n| *n += 3);
    all.push(contiguous(&padded));
    all
}

fn expanded(shape: &[i64]) -> Vec<Vec<i64>> {
    let dense = contiguous(shape);
    let without = |d: usize| (0..shape.len()).map(|i| if i == d { 0 } else { dense[i] }).collect();
    (0..shape.len()).map(without).chain([vec![0; shape.len()]]).collect()
}

fn shapes() -> Vec<Vec<i64>> {
    let shapes: [&[i64]; 8] = [&[], &[1], &[5], &[300], &[100, 3], &[3, 100], &[4, 1, 65, 2], &[7, 6, 5]];
    shapes.map(<[i64]>::to_vec).to_vec()
}

/// `table` on contiguous operands of the compute type.
fn reference(table: &MapTable, compute: Compute, srcs: &[&Operand]) -> Operand {
    let plain: Vec<Operand> = srcs.iter().map(|s| s.plain(compute)).collect();
    let own = if table.is_test() { DType::Bool } else { DType::from_compute(compute) };
    let mut out = Operand::new(own, &plain[0].shape, &plain[0].strides, 0);
    let operands: Vec<Src> = plain.iter().map(Operand::src).collect();
    assert!(map(table, compute, &out.dst(), &operands, false));
    out
}

/// Law: strided, transposed, reversed, expanded and mixed layouts equal contiguous ones bit for bit.
#[test]
fn layouts_do_not_matter() {
    for (compute, shape) in OWN.into_iter().flat_map(|c| shapes().into_iter().map(move |s| (c, s))) {
        let own = DType::from_compute(compute);
        let inputs: Vec<Vec<i64>> = layouts(&shape).into_iter().chain(expanded(&shape)).collect();
        for (i, a) in inputs.iter().enumerate() {
            let a = Operand::new(own, &shape, a, 1);
            let b = Operand::new(own, &shape, &inputs[(i * 3 + 1) % inputs.len()], 2);
            let expected = reference(&PRODUCT, compute, &[&a, &b]).bytes;
            for out in layouts(&shape) {
                let mut out = Operand::new(own, &shape, &out, 3);
                assert!(map(&PRODUCT, compute, &out.dst(), &[a.src(), b.src()], false));
                assert!(out.elements(compute) == expected, "{compute:?} {shape:?} {:?} {:?}", a.strides, out.strides);
            }
        }
    }
}

/// Law: every length, at every level and any alignment, gives the bits of the one-by-one results.
#[test]
fn lengths_and_levels() {
    for compute in OWN.into_iter().filter(|&c| c != Compute::I64) {
        let own = DType::from_compute(compute);
        for n in 0..70i64 {
            let a = Operand::new(own, &[n], &[1], 5);
            let mut single = Vec::new();
            for i in 0..n as usize {
                let size = own.size();
                let bytes = a.bytes[i * size..][..size].to_vec();
                let one = Operand { bytes, dtype: own, shape: vec![], strides: vec![], offset: 0 };
                single.extend(reference(&EXPONENTIAL, compute, &[&one]).bytes);
            }
            for level in Level::ALL.into_iter().filter(|l| l.is_supported()) {
                let kernel = EXPONENTIAL.kernel(level, compute).unwrap();
                // Off by one byte, with a border to see what else was written.
                let from = [vec![0], a.bytes.clone()].concat();
                let mut out = vec![0xee; single.len() + 2];
                let mut ins = [std::ptr::null(); OPERANDS];
                ins[0] = from[1..].as_ptr();
                let out_ptr = out[1..].as_mut_ptr();
                let run = Run { n: n as usize, out: out_ptr, ins, single: 0, onto: Onto::Nothing };
                // SAFETY: n elements on both sides; the level is supported.
                unsafe { kernel(&run) };
                assert!(out[1..=single.len()] == single[..], "{compute:?} {level:?} {n}");
                assert!(out[0] == 0xee && out[single.len() + 1] == 0xee);
            }
        }
    }
}

/// Law: an operand of any type is its value in the compute type, and the result is cast back.
#[test]
fn types_are_converted() {
    for dtype in DType::ALL {
        for compute in OWN {
            for (shape, strides) in [(vec![150], vec![1]), (vec![150], vec![-2]), (vec![30, 5], vec![1, 30])] {
                let a = Operand::new(dtype, &shape, &strides, 1);
                let b = Operand::new(DType::from_compute(compute), &shape, &vec![0; shape.len()], 2);
                let expected = reference(&PRODUCT, compute, &[&a, &b]);
                let mut out = Operand::new(dtype, &shape, &strides, 3);
                assert!(map(&PRODUCT, compute, &out.dst(), &[a.src(), b.src()], false));
                let mut cast = Operand::new(dtype, &shape, &contiguous(&shape), 3);
                // SAFETY: both sides are contiguous, with the same number of elements.
                unsafe {
                    let n = cast.bytes.len() / dtype.size();
                    pack(expected.bytes.as_ptr(), compute, n, cast.bytes.as_mut_ptr(), dtype, dtype.size() as isize);
                }
                assert!(out.elements(compute) == cast.elements(compute), "{dtype:?} {compute:?} {strides:?}");
            }
        }
    }
}

/// Law: operands of any type that lie the other way round than the destination change no bit, whatever lies beside
/// them, and accumulate.
#[test]
fn crossed_operands() {
    let shapes: [&[i64]; 4] = [&[40, 70], &[16, 16], &[3, 33, 50], &[20, 2, 35]];
    for (shape, dtype, compute) in
        shapes.iter().flat_map(|s| DType::ALL.into_iter().flat_map(move |d| OWN.map(|c| (s.to_vec(), d, c))))
    {
        let [dense, turned, ..] = &layouts(&shape)[..] else { unreachable!() };
        let gaps = dense.iter().map(|s| s * 2).collect();
        for b in [turned.clone(), dense.clone(), gaps, vec![0; shape.len()], expanded(&shape)[0].clone()] {
            let a = Operand::new(dtype, &shape, turned, 1);
            let b = Operand::new(DType::from_compute(compute), &shape, &b, 2);
            let expected = reference(&PRODUCT, compute, &[&a, &b]);
            let n = expected.bytes.len() / DType::from_compute(compute).size();
            let mut out = Operand::new(dtype, &shape, dense, 3);
            let mut cast = out.clone();
            // SAFETY: both sides are contiguous, with the same number of elements.
            unsafe {
                pack(expected.bytes.as_ptr(), compute, n, cast.bytes.as_mut_ptr(), dtype, dtype.size() as isize);
            }
            assert!(map(&PRODUCT, compute, &out.dst(), &[a.src(), b.src()], false));
            assert!(out.bytes == cast.bytes, "{dtype:?} {compute:?} {shape:?} {:?}", b.strides);
            let mut sums = Operand::new(DType::from_compute(compute), &shape, dense, 3);
            let mut plain = sums.clone();
            assert!(map(&PRODUCT, compute, &sums.dst(), &[a.src(), b.src()], true));
            let (x, y) = (a.plain(compute), b.plain(compute));
            assert!(map(&PRODUCT, compute, &plain.dst(), &[x.src(), y.src()], true));
            assert!(sums.bytes == plain.bytes, "{dtype:?} {compute:?} {shape:?}");
            if !matches!(compute, Compute::C64 | Compute::C128) {
                let mut test = Operand::new(DType::Bool, &shape, dense, 3);
                assert!(map(&LESS, compute, &test.dst(), &[a.src(), b.src()], false));
                assert!(test.bytes == reference(&LESS, compute, &[&a, &b]).bytes, "{dtype:?} {compute:?} {shape:?}");
            }
        }
    }
}

/// Law: accumulating adds to what is there, in place or through a tile.
#[test]
fn accumulation() {
    for (dtype, compute) in
        [(DType::Float32, Compute::F32), (DType::BFloat16, Compute::F32), (DType::Int16, Compute::I64)]
    {
        for strides in [vec![20, 1], vec![1, 9]] {
            let (a, b) = (Operand::new(dtype, &[9, 20], &[20, 1], 1), Operand::new(dtype, &[9, 20], &[0, 1], 2));
            let mut out = Operand::new(dtype, &[9, 20], &strides, 3);
            let before = out.elements(Compute::F64);
            assert!(map(&PRODUCT, compute, &out.dst(), &[a.src(), b.src()], true));
            let (x, y, z) = (a.elements(Compute::F64), b.elements(Compute::F64), out.elements(Compute::F64));
            let at = |v: &[u8], i: usize| f64::from_ne_bytes(v[i * 8..][..8].try_into().unwrap());
            for i in 0..180 {
                let exact = at(&before, i) + at(&x, i) * at(&y, i) - at(&y, i);
                let bound = if dtype == DType::BFloat16 { exact.abs() / 256.0 } else { 0.0 };
                assert!((at(&z, i) - exact).abs() <= bound, "{dtype:?} {strides:?}: {} not {exact}", at(&z, i));
            }
        }
    }
}

/// Law: an operand may be the destination itself, whatever its layout and length.
#[test]
fn in_place() {
    for (dtype, compute) in
        [(DType::Float64, Compute::F64), (DType::Float16, Compute::F32), (DType::Bool, Compute::I64)]
    {
        for (shape, strides) in
            [(vec![37], vec![1]), (vec![700], vec![2]), (vec![90, 5], vec![1, 90]), (vec![2, 99], vec![120, 1])]
        {
            let mut x = Operand::new(dtype, &shape, &strides, 1);
            let y = Operand::new(dtype, &shape, &vec![0; shape.len()], 2);
            let mut expected = x.clone();
            assert!(map(&PRODUCT, compute, &expected.dst(), &[x.src(), y.src()], false));
            let out = x.dst();
            assert!(map(&PRODUCT, compute, &out, &[out.as_src(), y.src()], false));
            assert!(x.bytes == expected.bytes, "{dtype:?} {shape:?}");
        }
    }
}

/// Law: a predicate's answers are 0 and 1 in the destination's type, whatever that is.
#[test]
fn predicates() {
    for compute in [Compute::F32, Compute::F64, Compute::I64] {
        for shape in shapes() {
            let own = DType::from_compute(compute);
            let (a, b) = (
                Operand::new(own, &shape, &contiguous(&shape), 1),
                Operand::new(own, &shape, &vec![0; shape.len()], 4),
            );
            let expected = reference(&LESS, compute, &[&a, &b]);
            let (x, y) = (a.elements(Compute::F64), b.elements(Compute::F64));
            let at = |v: &[u8], i: usize| f64::from_ne_bytes(v[i * 8..][..8].try_into().unwrap());
            for (i, &answer) in expected.bytes.iter().enumerate() {
                assert_eq!(answer, (at(&x, i) < at(&y, i)) as u8);
            }
            for dtype in DType::ALL {
                for out in layouts(&shape) {
                    let mut out = Operand::new(dtype, &shape, &out, 3);
                    assert!(map(&LESS, compute, &out.dst(), &[a.src(), b.src()], false));
                    assert!(out.elements(Compute::I64) == expected.elements(Compute::I64), "{dtype:?} {shape:?}");
                }
            }
        }
    }
}

/// Law: any byte but 0 is true.
#[test]
fn odd_bools_are_true() {
    let mut c = Operand::new(DType::Bool, &[4], &[1], 0);
    c.bytes = vec![0, 1, 2, 255];
    let (a, b) = (Operand::new(DType::Int32, &[4], &[0], 1), Operand::new(DType::Int32, &[4], &[0], 2));
    let mut out = Operand::new(DType::Bool, &[4], &[1], 0);
    assert!(map(&CHOICE, Compute::I64, &out.dst(), &[c.src(), a.src(), b.src()], false));
    let mut sum = Operand::new(DType::Int64, &[4], &[1], 0);
    assert!(map(&PRODUCT, Compute::I64, &sum.dst(), &[c.src(), c.src()], false));
    assert_eq!(out.bytes, [1, 1, 1, 1]);
    assert_eq!(sum.elements(Compute::I64), [0u8; 32], "1 * 1 - 1");
}

/// Law: what cannot be computed is refused, and nothing is written.
#[test]
fn refusals() {
    let a = Operand::new(DType::Float32, &[3], &[1], 1);
    let b = Operand::new(DType::Float32, &[4], &[1], 1);
    let mut out = Operand::new(DType::Float32, &[3], &[1], 7);
    let before = out.bytes.clone();
    let dst = out.dst();
    assert!(!map(&EXPONENTIAL, Compute::I64, &dst, &[a.src()], false), "no such column");
    assert!(!map(&PRODUCT, Compute::F32, &dst, &[a.src(), b.src()], false), "another shape");
    assert!(!map(&PRODUCT, Compute::F32, &dst, &[a.src()], false), "too few operands");
    assert!(!map(&LESS, Compute::F32, &dst, &[a.src(), a.src()], true), "a predicate does not accumulate");
    assert_eq!(out.bytes, before);
    let empty = Operand::new(DType::Float32, &[2, 0, 3], &[0, 3, 1], 1);
    let mut nothing = empty.clone();
    assert!(map(&EXPONENTIAL, Compute::F32, &nothing.dst(), &[empty.src()], false), "no elements: nothing to do");
    let many = Operand::new(DType::Float32, &[1; 70], &[1; 70], 1);
    let mut target = many.clone();
    assert!(map(&EXPONENTIAL, Compute::F32, &target.dst(), &[many.src()], false), "one element is contiguous");
}

/// Law: more than eight dimensions take the larger plan and give the same.
#[test]
fn many_dimensions() {
    let shape = vec![2; 10];
    let strides: Vec<i64> = (0..10).map(|d| 1 << ((d * 3) % 10)).collect();
    let a = Operand::new(DType::Float32, &shape, &strides, 1);
    let expected = reference(&EXPONENTIAL, Compute::F32, &[&a]);
    let mut out = Operand::new(DType::Float32, &shape, &strides, 2);
    assert!(map(&EXPONENTIAL, Compute::F32, &out.dst(), &[a.src()], false));
    assert!(out.elements(Compute::F32) == expected.bytes);
}
