//! Laws of lanes: every level gives the same bits, and parts of lanes touch nothing else.

use super::*;
#[cfg(target_arch = "x86_64")]
use crate::kernels::level::Level;
use crate::kernels::number::Ordered;

/// Numbers where instruction sets could differ, and a few hundred pseudo-random bit patterns.
fn samples() -> Vec<f64> {
    let special = [0.0, 1.0, 0.5, 1.5, 2.5, 3.0, 88.8, 104.5, 709.9, 745.2, 1e-310, 5e-324, 1e300, 1.8e19, 0.7];
    let special = special.into_iter().chain([f64::MIN_POSITIVE, f64::MAX, f64::INFINITY, f64::NAN, 1e-40, 3.4e38]);
    let mut all: Vec<f64> = special.flat_map(|x| [x, -x]).collect();
    let mut state = 1u64;
    for i in 0..300 {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let unit = (state >> 11) as f64 / (1u64 << 53) as f64;
        all.push(if i % 3 == 0 { f64::from_bits(state) } else { (unit - 0.5) * [4.0, 300.0][i % 2] });
    }
    all
}

/// The bits of each result, one nan standing for all.
trait Bits: Copy {
    fn of(x: f64) -> Self;
    fn bits(self) -> u64;
}
impl Bits for f32 {
    fn of(x: f64) -> f32 {
        x as f32
    }
    fn bits(self) -> u64 {
        if self.is_nan() { 0x7fc0_0000 } else { self.to_bits().into() }
    }
}
impl Bits for f64 {
    fn of(x: f64) -> f64 {
        x
    }
    fn bits(self) -> u64 {
        if self.is_nan() { f64::NAN.to_bits() } else { self.to_bits() }
    }
}

/// Every operation of one pair of lanes.
#[inline(always)]
fn operations<L: Float>(a: L, b: L) -> [L; 29] {
    let mask = |m: L::Mask| L::select(m, L::lit(1.0), L::lit(0.0));
    [
        a + b,
        a - b,
        a * b,
        a / b,
        -a,
        a.abs(),
        a.min(b),
        a.max(b),
        a.round(),
        a.root(),
        a.mul_add(b, a),
        (L::lit(1.25) + b * L::lit(0.0)).ldexp(L::lit(129.0).min(L::lit(-151.0).max(b.round()))),
        a.bits_and(b),
        a.bits_or(b),
        a.bits_xor(b),
        a.bits_add(b),
        a.bits_sub(b),
        a.bits_left::<3>(),
        a.bits_right::<5>(),
        mask(a.equal(b) | a.is_zero()),
        mask(a.less(b) & !b.is_zero()),
        mask(a.at_most(b)),
        mask(a.greater(b)),
        mask(a.at_least(b)),
        mask(a.truth()),
        a.exp(),
        a.ln(),
        a.sqrt(),
        a.pow(b),
    ]
}

/// All operations of all samples, as bits. It asks for nothing.
struct All<'a>(&'a [f64], &'a mut Vec<u64>);

/// Each sample with itself and with others: the results of one operation after those of the one before, whatever a lane's length.
#[inline(always)]
fn all_pairs<L: Float>(samples: &[f64], out: &mut Vec<u64>)
where
    L::Elem: Bits,
{
    for step in [0, 1, 16, 77] {
        let [first, second] = [0, step].map(|step| {
            let turned = (0..samples.len()).map(|i| samples[(i + step) % samples.len()]);
            turned.map(Bits::of).collect::<Vec<L::Elem>>()
        });
        let mut results: [Vec<u64>; 29] = Default::default();
        for (a, b) in first.chunks(L::COUNT).zip(second.chunks(L::COUNT)) {
            // SAFETY: as many elements as the slices have, at most a lane.
            let lanes = unsafe { [a, b].map(|x| L::load_part(x.as_ptr(), x.len())) };
            for (result, y) in results.iter_mut().zip(operations(lanes[0], lanes[1])) {
                let mut elements = [<L::Elem as Bits>::of(0.0); 16];
                // SAFETY: a lane has at most 16 elements.
                unsafe { y.store(elements.as_mut_ptr()) };
                result.extend(elements[..a.len()].iter().map(|x| x.bits()));
            }
        }
        out.extend(results.concat());
    }
}

impl Kernel for All<'_> {
    type Output = ();
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        all_pairs::<S::F32>(self.0, self.1);
        all_pairs::<S::F64>(self.0, self.1);
    }
}

/// Law: every operation and function gives the same bits at every level and in narrow lanes (nan excepted).
#[test]
fn levels_agree() {
    let samples = samples();
    let mut portable = Vec::new();
    // SAFETY: it asks for nothing.
    unsafe { shell_portable(All(&samples, &mut portable)) };
    assert!(portable.len() > 50_000);
    let mut narrow = Vec::new();
    all_pairs::<portable::Narrow32>(&samples, &mut narrow);
    all_pairs::<portable::Narrow64>(&samples, &mut narrow);
    assert!(portable == narrow);
    #[cfg(target_arch = "x86_64")]
    if Level::Avx2.is_supported() {
        let mut avx2 = Vec::new();
        // SAFETY: AVX2 is supported.
        unsafe { shell_avx2(All(&samples, &mut avx2)) };
        assert!(portable == avx2);
    }
    #[cfg(target_arch = "x86_64")]
    if Level::Avx512.is_supported() {
        let mut avx512 = Vec::new();
        // SAFETY: AVX-512 is supported.
        unsafe { shell_avx512(All(&samples, &mut avx512)) };
        assert!(portable == avx512);
    }
}

/// A kernel that takes a lane of every type through parts of memory. It asks for nothing.
struct Parts;

#[inline(always)]
fn parts<L: Lane>() {
    let size = size_of::<L::Elem>();
    for n in 0..=L::COUNT {
        // Off by a byte, to be unaligned; 0xff around the elements shows what was written.
        let bytes: Vec<u8> = (0..n * size + 1).map(|i| i as u8).collect();
        let mut out = vec![0xffu8; 66];
        // SAFETY: n elements lie from byte 1 on; a lane is 64 bytes at most.
        unsafe {
            let x = L::load_part(bytes.as_ptr().add(1).cast(), n);
            x.store_part(out.as_mut_ptr().add(1).cast(), n);
            assert_eq!(out[1..n * size + 1], bytes[1..]);
            assert!(out[0] == 0xff && out[n * size + 1..].iter().all(|&b| b == 0xff));
            x.store(out.as_mut_ptr().add(1).cast());
            assert_eq!(out[1..n * size + 1], bytes[1..]);
            let end = L::COUNT * size + 1;
            assert!(out[n * size + 1..end].iter().all(|&b| b == 0) && out[end..].iter().all(|&b| b == 0xff));
            let again = L::load(out.as_ptr().add(1).cast());
            assert_eq!(L::bits(again.equal(x)), L::bits(x.equal(x)));
            let mut answers = [7u8; 17];
            store_mask::<L>(L::lit(0.0).is_zero(), answers.as_mut_ptr(), n);
            assert!(answers[..n].iter().all(|&b| b == 1) && answers[n..].iter().all(|&b| b == 7));
        }
    }
}

impl Kernel for Parts {
    type Output = ();
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        parts::<S::F32>();
        parts::<S::F64>();
        parts::<I64>();
        parts::<C64>();
        parts::<C128>();
        parts::<portable::Narrow32>();
        parts::<portable::Narrow64>();
        parts::<array::Integers<2>>();
        parts::<complex::Narrow64>();
        parts::<complex::Narrow128>();
    }
}

/// Law: part of a lane reads and writes its elements and no others, at every level.
#[test]
fn parts_touch_nothing_else() {
    // SAFETY: it asks for nothing.
    unsafe {
        shell_portable(Parts);
        dispatch(Parts);
    }
}

/// Law: integers wrap, complex arithmetic follows the textbook formulas, masks keep their order.
#[test]
fn integers_and_complex() {
    let lane = |x: i64| I64::splat(x);
    let first = |x: I64| {
        let mut out = [0; 8];
        // SAFETY: 8 elements.
        unsafe { x.store(out.as_mut_ptr()) };
        out[0]
    };
    assert_eq!(first(lane(i64::MAX) + lane(1)), i64::MIN);
    assert_eq!(first(lane(i64::MIN).abs()), i64::MIN);
    assert_eq!(first(-lane(i64::MIN)), i64::MIN);
    assert_eq!(first(lane(i64::MAX) * lane(2)), -2);
    assert_eq!(first(I64::lit(-2.7)), -2);
    let complex = |x: C128| {
        let mut out = [[0.0; 2]; 4];
        // SAFETY: 4 elements.
        unsafe { x.store(out.as_mut_ptr()) };
        out[3]
    };
    let (a, b) = (C128::splat([1.0, 2.0]), C128::splat([3.0, -4.0]));
    assert_eq!(complex(a * b), [11.0, 2.0]);
    assert_eq!(complex(a * b / b), [1.0, 2.0]);
    assert_eq!(complex(b.conj()), [3.0, 4.0]);
    let large = C128::splat([1e200, 1e200]);
    assert_eq!(complex(large / large), [1.0, 0.0], "the square of the divisor must not overflow");
    assert!(complex(C128::splat([f64::INFINITY, 1.0]) * C128::lit(2.0))[1].is_nan());
    // SAFETY: 8 elements.
    let mixed = unsafe { I64::load([0, 1, 0, 0, 5, 0, 0, 9].as_ptr()) };
    assert_eq!(I64::bits(mixed.truth()), 0b1001_0010);
}
