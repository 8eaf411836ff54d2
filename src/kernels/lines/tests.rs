//! Laws: a sort is a stable permutation in order, whatever the length, the type and the order of memory; a scan adds up.

use super::sort::by_digits;
use super::*;
use crate::dtype::DType;
use crate::kernels::operand::{Dst, Src};

fn src<'a>(x: &'a [f32], shape: &'a [i64], strides: &'a [i64]) -> Src<'a> {
    // SAFETY: the slice is readable for its length.
    unsafe { Src::new(x.as_ptr().cast(), size_of_val(x), DType::Float32, shape, strides, 0).unwrap() }
}

fn dst<'a, T>(x: &'a mut [T], dtype: DType, shape: &'a [i64], strides: &'a [i64]) -> Dst<'a> {
    // SAFETY: the slice is writable for its length.
    unsafe { Dst::new(x.as_mut_ptr().cast(), size_of_val(x), dtype, shape, strides, 0).unwrap() }
}

/// Few different numbers, so that many are equal; nan and both zeros among them.
fn numbers(n: usize) -> Vec<f32> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1664525).wrapping_add(1013904223);
        state >> 16
    };
    (0..n).map(|_| [f32::NAN, 0.0, -0.0, 1.5, -3.0, f32::INFINITY, 7.0][next() as usize % 7]).collect()
}

#[test]
fn a_sort_is_stable_and_in_order() {
    for n in [1, 2, 17, 191, 192, 1000] {
        let x = numbers(n);
        for descending in [false, true] {
            let (shape, strides) = ([n as i64], [1]);
            let (mut values, mut places) = (vec![0f32; n], vec![0i64; n]);
            let v = dst(&mut values, DType::Float32, &shape, &strides);
            let i = dst(&mut places, DType::Int64, &shape, &strides);
            assert!(sort(Some(&v), &i, &src(&x, &shape, &strides), 0, descending).unwrap());
            let mut expected: Vec<usize> = (0..n).collect();
            let rank = |i: &usize| if x[*i].is_nan() { f32::MAX * 2.0 } else { x[*i].min(f32::MAX) + 0.0 };
            let order = |a: &usize, b: &usize| {
                let key = |i: &usize| (x[*i].is_nan(), rank(i));
                if descending { key(b).partial_cmp(&key(a)).unwrap() } else { key(a).partial_cmp(&key(b)).unwrap() }
            };
            expected.sort_by(order);
            assert_eq!(places, expected.iter().map(|&i| i as i64).collect::<Vec<_>>(), "{n} {descending}");
            assert!(values.iter().zip(&places).all(|(v, &i)| v.to_bits() == x[i as usize].to_bits()));
        }
    }
}

#[test]
fn digits_sort_as_comparisons_do() {
    let (mut keys, mut other) = (Scratch::new(1000).unwrap(), Scratch::new(1000).unwrap());
    for (key, i) in keys.iter_mut().zip(0u64..) {
        *key = (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (i % 60), i);
    }
    let mut expected = keys.to_vec();
    expected.sort();
    by_digits(&mut keys, &mut other, 64);
    assert_eq!(*keys, expected);
}

#[test]
fn a_scan_adds_up_along_either_dimension() {
    let x: Vec<f32> = (0..600 * 7).map(|i| (i % 11) as f32 - 4.0).collect();
    let (shape, strides) = ([600i64, 7], [7i64, 1]);
    for dim in 0..2 {
        let mut y = vec![0f32; x.len()];
        assert!(scan(&dst(&mut y, DType::Float32, &shape, &strides), &src(&x, &shape, &strides), dim, Scan::Sum));
        for r in 0..600 {
            for c in 0..7 {
                let sum: f32 =
                    if dim == 0 { (0..=r).map(|k| x[k * 7 + c]).sum() } else { x[r * 7..=r * 7 + c].iter().sum() };
                assert_eq!(y[r * 7 + c], sum, "{dim} {r} {c}");
            }
        }
    }
}

/// Law: logarithms of sums are those of two terms at a time, however far terms lie apart, and infinities and nan stay.
#[test]
fn logarithms_of_sums_do_not_depend_on_the_way() {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let scales = [1.0, 5.0, 300.0];
    let mut lines: Vec<Vec<f64>> = scales.iter().map(|s| (0..1700).map(|_| (next() - 0.3) * s).collect()).collect();
    lines.push(vec![f64::NEG_INFINITY; 1100]);
    lines.push([vec![f64::NEG_INFINITY; 600], lines[0].clone()].concat());
    let with = |x: f64| (0..1700).map(|i| if i == 1300 { x } else { lines[0][i] }).collect::<Vec<_>>();
    let special = [f64::INFINITY, f64::NAN, f64::NEG_INFINITY, -400.0, 400.0].map(with);
    for line in lines.iter().chain(&special) {
        let (shape, strides, n) = ([line.len() as i64], [1], line.len());
        // SAFETY: the slice is readable for its length.
        let from = unsafe { Src::new(line.as_ptr().cast(), n * 8, DType::Float64, &shape, &strides, 0).unwrap() };
        let mut y = vec![0f64; n];
        assert!(scan(&dst(&mut y, DType::Float64, &shape, &strides), &from, 0, Scan::LogSumExp));
        let mut sum = f64::NEG_INFINITY;
        for (i, (&x, &y)) in line.iter().zip(&y).enumerate() {
            let (less, more) = (sum.min(x), sum.max(x));
            sum = if sum.is_nan() || x.is_nan() {
                f64::NAN
            } else if sum == x && x.is_infinite() {
                x
            } else {
                (less - more).exp().ln_1p() + more
            };
            let near = (sum - y).abs() <= 1e-12 * sum.abs().max(1.0);
            assert!(sum == y || sum.is_nan() && y.is_nan() || near, "{i}: {y}, not {sum}");
        }
    }
}

/// Law: an element of a rank by value, then by place, is found at any length.
#[test]
fn a_median_is_the_middle_of_the_order() {
    for n in [1, 5, 1023, 1024, 5001] {
        let few: Vec<f32> = numbers(n).into_iter().map(|x| if x.is_nan() { 2.0 } else { x }).collect();
        let many: Vec<f32> = (0..n).map(|i| (i * 7919 % 10007) as f32 - 77.0).collect();
        for x in [few, many, vec![1.0; n]] {
            let (shape, strides, one) = ([n as i64], [1], [1]);
            let (mut value, mut place) = ([0f32], [0i64]);
            let v = dst(&mut value, DType::Float32, &one, &strides);
            let i = dst(&mut place, DType::Int64, &one, &strides);
            assert!(nth(&v, &i, &src(&x, &shape, &strides), 0, Rank::Median).unwrap());
            let mut order: Vec<usize> = (0..n).collect();
            order.sort_by(|&a, &b| x[a].partial_cmp(&x[b]).unwrap().then(a.cmp(&b)));
            assert_eq!(place[0] as usize, order[(n - 1) / 2], "{n}");
        }
    }
}

/// Law: products and sums of several lines at a time are those of each.
#[test]
fn lines_side_by_side_are_scanned_apart() {
    let x: Vec<f32> = (0..7 * 300).map(|i| 1.0 + (i % 13) as f32 / 4096.0).collect();
    let (shape, strides) = ([7i64, 300], [300i64, 1]);
    for what in [Scan::Sum, Scan::Product] {
        let mut y = vec![0f32; x.len()];
        assert!(scan(&dst(&mut y, DType::Float32, &shape, &strides), &src(&x, &shape, &strides), 1, what));
        for (x, y) in x.chunks(300).zip(y.chunks(300)) {
            let mut so_far = if what == Scan::Sum { 0.0 } else { 1.0f64 };
            for (&x, &y) in x.iter().zip(y) {
                so_far = if what == Scan::Sum { so_far + f64::from(x) } else { so_far * f64::from(x) };
                assert_eq!(y, so_far as f32);
            }
        }
    }
}
