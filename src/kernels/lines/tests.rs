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
