//! Laws: a sum is right within rounding, and its bits depend neither on the layout nor on the
//! instruction set nor on which of the two drivers ran; the largest element is the first of its equals.

use super::feed::Rows;
use super::tree::Plain;
use super::*;
use crate::kernels::copy::{copy, read_scalar};
use crate::kernels::lanes::{Kernel, Portable, Simd, shell_portable};
use crate::kernels::level::{Level, level};

fn src<'a, T>(data: &'a [T], dtype: DType, shape: &'a [i64], strides: &'a [i64], offset: i64) -> Src<'a> {
    // SAFETY: the slice outlives the operand.
    unsafe { Src::new(data.as_ptr().cast(), size_of_val(data), dtype, shape, strides, offset).unwrap() }
}

fn dst<'a, T>(data: &'a mut [T], dtype: DType, shape: &'a [i64], strides: &'a [i64]) -> Dst<'a> {
    let bytes = size_of_val(data);
    // SAFETY: the slice outlives the operand.
    unsafe { Dst::new(data.as_mut_ptr().cast(), bytes, dtype, shape, strides, 0).unwrap() }
}

/// Numbers in (-1, 1) with all their digits, the same at every call.
fn noise(n: usize) -> Vec<f64> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as i64 as f64 / i64::MAX as f64
    };
    (0..n).map(|_| next()).collect()
}

fn noise32(n: usize) -> Vec<f32> {
    noise(n).into_iter().map(|x| x as f32).collect()
}

fn total(data: &[f32]) -> f32 {
    let mut out = [f32::NAN];
    let shape = [data.len() as i64];
    assert!(sum(&dst(&mut out, DType::Float32, &shape, &[0]), &src(data, DType::Float32, &shape, &[1], 0)));
    out[0]
}

/// The order of the sum, written down plainly: 16 places of a lane, blocks of 16 lanes, 16 blocks.
fn plain_order(data: &[f32]) -> f32 {
    let fold = |mut places: Vec<f32>| {
        while places.len() > 1 {
            let half = places.len() / 2;
            places = (0..half).map(|i| places[i] + places[i + half]).collect();
        }
        places[0]
    };
    let mut sums: Vec<f32> = data
        .chunks(4096)
        .map(|part| {
            let mut upper = vec![0f32; 16];
            for block in part.chunks(256) {
                let mut places = [0f32; 16];
                block.iter().enumerate().for_each(|(i, x)| places[i % 16] += x);
                (0..16).for_each(|i| upper[i] += places[i]);
            }
            fold(upper)
        })
        .collect();
    let mut levels = Vec::new();
    for _ in 0..3 {
        let whole = sums.len() / 16 * 16;
        levels.push(sums[whole..].iter().fold(0f32, |s, x| s + x));
        sums = sums[..whole].chunks(16).map(|c| c.iter().fold(0f32, |s, x| s + x)).collect();
    }
    levels.push(sums.iter().fold(0f32, |s, x| s + x));
    levels.into_iter().reduce(|s, x| s + x).unwrap()
}

#[test]
fn the_order_is_the_one_described() {
    let data = noise32(300_000);
    let lengths = (0..70).chain([255, 256, 257, 1000, 1023, 1024, 1025, 4096, 4097, 5000, 65536, 65537, 300_000]);
    for n in lengths {
        if n > 0 {
            assert_eq!(total(&data[..n]).to_bits(), plain_order(&data[..n]).to_bits(), "{n}");
        }
    }
    let exact: f64 = data.iter().map(|&x| x as f64).sum();
    assert!((total(&data) as f64 - exact).abs() < 1e-4);
}

#[test]
fn no_layout_changes_bits() {
    let (rows, columns) = (613usize, 130usize);
    let data = noise32(rows * columns);
    let mut turned = vec![0f32; rows * columns];
    let shape = [rows as i64, columns as i64];
    let (by_row, by_column, wide) = ([columns as i64, 1], [1, rows as i64], [3 * columns as i64, 3]);
    copy(&dst(&mut turned, DType::Float32, &shape, &by_column), &src(&data, DType::Float32, &shape, &by_row, 0));
    let mut spaced = vec![0f32; rows * columns * 3];
    copy(&dst(&mut spaced, DType::Float32, &shape, &wide), &src(&data, DType::Float32, &shape, &by_row, 0));
    let layouts = [
        src(&data, DType::Float32, &shape, &by_row, 0),
        src(&turned, DType::Float32, &shape, &by_column, 0),
        src(&spaced, DType::Float32, &shape, &wide, 0),
    ];
    // Over rows, over columns, over all: each column's sum is that of the column alone.
    let column = |j: usize| data.iter().skip(j).step_by(columns).copied().collect::<Vec<_>>();
    for from in &layouts {
        let mut out = vec![0f32; columns];
        assert!(sum(&dst(&mut out, DType::Float32, &shape, &[0, 1]), from));
        assert!((0..columns).all(|j| out[j].to_bits() == plain_order(&column(j)).to_bits()));
        let mut out = vec![0f32; rows * 2];
        assert!(sum(&dst(&mut out, DType::Float32, &shape, &[2, 0]), from));
        assert!((0..rows).all(|i| out[2 * i].to_bits() == plain_order(&data[i * columns..][..columns]).to_bits()));
        let mut out = [1f32];
        assert!(sum_accumulate(&dst(&mut out, DType::Float32, &shape, &[0, 0]), from));
        // Terms are added as they lie.
        let order = if from.strides() == by_column { &turned } else { &data };
        assert_eq!(out[0], 1.0 + plain_order(order));
    }
}

#[test]
fn no_shape_changes_bits() {
    // Few rows, narrow rows, rows that fill a strip and not, short runs: each has a loop of its own.
    let shapes =
        [(5, 1000), (8, 77), (9, 70), (1000, 8), (70_000, 3), (5000, 5), (4097, 2), (300, 64), (530, 200), (33, 16)];
    for (rows, columns) in shapes {
        let data = noise32(rows * columns);
        let (shape, strides) = ([rows as i64, columns as i64], [columns as i64, 1]);
        let from = src(&data, DType::Float32, &shape, &strides, 0);
        let wide: Vec<f64> = data.iter().map(|&x| x as f64).collect();
        let column = |j: usize| data.iter().skip(j).step_by(columns).copied().collect::<Vec<_>>();
        let squares = |x: &[f32]| plain_order(&x.iter().map(|x| x * x).collect::<Vec<_>>()).sqrt();
        let mut out = vec![0f32; columns];
        assert!(sum(&dst(&mut out, DType::Float32, &shape, &[0, 1]), &from));
        assert!((0..columns).all(|j| out[j].to_bits() == plain_order(&column(j)).to_bits()), "{rows} {columns}");
        assert!(norm2(&dst(&mut out, DType::Float32, &shape, &[0, 1]), &from));
        assert!((0..columns).all(|j| out[j].to_bits() == squares(&column(j)).to_bits()), "{rows} {columns}");
        let mut out = vec![0f32; rows];
        assert!(sum(&dst(&mut out, DType::Float32, &shape, &[1, 0]), &from));
        let row = |i: usize| &data[i * columns..][..columns];
        assert!((0..rows).all(|i| out[i].to_bits() == plain_order(row(i)).to_bits()), "{rows} {columns}");
        assert!(norm2(&dst(&mut out, DType::Float32, &shape, &[1, 0]), &from));
        assert!((0..rows).all(|i| out[i].to_bits() == squares(row(i)).to_bits()), "{rows} {columns}");
        // float64, and the same elements as integers, whose sums are exact.
        let mut out = vec![0f64; columns];
        assert!(sum(&dst(&mut out, DType::Float64, &shape, &[0, 1]), &src(&wide, DType::Float64, &shape, &strides, 0)));
        for (j, found) in out.iter().enumerate() {
            let exact: f64 = column(j).iter().map(|&x| x as f64).sum();
            assert!((found - exact).abs() < 1e-9, "{rows} {columns}");
        }
        let whole: Vec<i64> = data.iter().map(|x| (x * 1e6) as i64).collect();
        let mut out = vec![0i64; columns];
        assert!(sum(&dst(&mut out, DType::Int64, &shape, &[0, 1]), &src(&whole, DType::Int64, &shape, &strides, 0)));
        let exact = |j: usize| whole.iter().skip(j).step_by(columns).sum::<i64>();
        assert!((0..columns).all(|j| out[j] == exact(j)), "{rows} {columns}");
        let (mut top, mut at) = (vec![0f32; rows], vec![0i64; rows]);
        let kept = [rows as i64, 1];
        let (values, indices) =
            (dst(&mut top, DType::Float32, &kept, &[1, 1]), dst(&mut at, DType::Int64, &kept, &[1, 1]));
        assert!(extreme_dim(Extreme::Max, &values, &indices, &from, 1));
        for i in 0..rows {
            let best = (0..columns).rev().max_by(|&x, &y| row(i)[x].total_cmp(&row(i)[y])).unwrap();
            assert_eq!((top[i], at[i]), (row(i)[best], best as i64), "{rows} {columns}");
        }
    }
}

#[test]
fn no_instruction_set_changes_bits() {
    /// It asks for nothing.
    struct Both<'a>(&'a [f32]);
    impl Kernel for Both<'_> {
        type Output = (f32, f32);
        #[inline(always)]
        unsafe fn run<S: Simd>(self) -> (f32, f32) {
            let p = self.0.as_ptr().cast::<u8>();
            let (mut left, mut rows) = (self.0.len(), self.0.len());
            let mut out = [0f32];
            // SAFETY: the slice holds these runs and rows, and `out` one element.
            unsafe {
                let x = tree::sequence::<S::F32, Plain>(&mut || Run { ptrs: [p; 2], n: std::mem::take(&mut left) });
                let next = &mut || Rows { ptr: p, step: 4, n: std::mem::take(&mut rows) };
                tree::columns::<S::F32>(1, false, next, out.as_mut_ptr(), false);
                (x, out[0])
            }
        }
    }
    let data = noise32(10_007);
    for n in [1, 3, 16, 100, 1000, 10_007] {
        // SAFETY: it asks for nothing.
        let ((a, b), (c, d)) = unsafe { (shell_portable(Both(&data[..n])), dispatch(Both(&data[..n]))) };
        assert!([b, c, d].iter().all(|x| x.to_bits() == a.to_bits()), "{n} at {:?}", level());
    }
    assert_eq!(Portable::LEVEL, Level::Portable);
}

/// Law: a dot product is the sum of the rounded products, whichever way it takes: straight, or by a tile of products.
#[test]
fn a_dot_product_is_a_sum_of_products() {
    let far = (1 << 18) + 1024;
    let (a, b) = (noise32(far + 70), noise32(2 * far).split_off(far - 70));
    for n in [1, 100, 5_000, far - 2048, far, far + 67] {
        let products: Vec<f32> = a.iter().zip(&b).take(n).map(|(x, y)| x * y).collect();
        let mut out = [f32::NAN];
        let shape = [n as i64];
        let (x, y) = (src(&a, DType::Float32, &shape, &[1], 0), src(&b, DType::Float32, &shape, &[1], 0));
        assert!(dot(&dst(&mut out, DType::Float32, &[1], &[1]), &x, &y));
        assert_eq!(out[0].to_bits(), total(&products).to_bits(), "{n}");
    }
}

#[test]
fn every_type_sums_as_a_loop_does() {
    let (a, b, c) = (7i64, 19i64, 21i64);
    let n = (a * b * c) as usize;
    let numbers: Vec<i64> = (0..n as i64).map(|i| i * 7919 % 11 - 5).collect();
    let shape = [a, b, c];
    let plain = [b * c, c, 1];
    for dtype in DType::ALL {
        let to = match dtype {
            d if d.is_integral() => DType::Int64,
            d if d.size() == 2 => DType::Float32,
            d => d,
        };
        let mut data = vec![0u128; n];
        copy(&dst(&mut data, dtype, &shape, &plain), &src(&numbers, DType::Int64, &shape, &plain, 0));
        // Which dimensions are summed, bit by bit; the others are kept, in reverse order.
        for summed in 0..8 {
            let mut strides = [0i64; 3];
            let mut size = 1;
            for d in 0..3 {
                if summed >> d & 1 == 0 {
                    strides[d] = size;
                    size *= shape[d];
                }
            }
            let mut out = vec![0u128; n];
            let from = src(&data, dtype, &shape, &plain, 0);
            assert!(sum(&dst(&mut out, to, &shape, &strides), &from));
            assert!(sum_accumulate(&dst(&mut out, to, &shape, &strides), &from));
            let mut expected = vec![0i64; size as usize];
            for (i, &x) in numbers.iter().enumerate() {
                let at = [i as i64 / (b * c), i as i64 / c % b, i as i64 % c];
                let x = if dtype == DType::Bool {
                    (x != 0) as i64
                } else if dtype == DType::UInt8 {
                    x & 255
                } else {
                    x
                };
                expected[(0..3).map(|d| at[d] * strides[d]).sum::<i64>() as usize] += 2 * x;
            }
            for (i, &x) in expected.iter().enumerate() {
                let found = read_scalar(&src(&out, to, &[], &[], i as i64)).unwrap();
                assert!(found.is(x as f64), "{dtype} {summed} {found:?} {x}");
            }
        }
    }
}

#[test]
fn sums_of_small_matrices_are_added_to_what_is_there() {
    for (dtype, one) in
        [(DType::Float32, 1.0f32.to_bits() as u64), (DType::Float64, 1.0f64.to_bits()), (DType::Int64, 1)]
    {
        for (rows, columns) in (2..=9).flat_map(|rows| [2, 3, 8, 17].map(|columns| (rows, columns))) {
            let (shape, plain) = ([rows, columns], [columns, 1]);
            let numbers: Vec<i64> = (0..rows * columns).map(|i| i * i % 11 - 3).collect();
            let mut data = vec![one; numbers.len()];
            copy(&dst(&mut data, dtype, &shape, &plain), &src(&numbers, DType::Int64, &shape, &plain, 0));
            for (strides, kept) in [([1, 0], rows), ([0, 1], columns)] {
                let mut out = vec![0u64; kept as usize];
                let begun: Vec<i64> = (0..kept).map(|i| 100 + i).collect();
                copy(&dst(&mut out, dtype, &[kept], &[1]), &src(&begun, DType::Int64, &[kept], &[1], 0));
                let from = src(&data, dtype, &shape, &plain, 0);
                assert!(sum_accumulate(&dst(&mut out, dtype, &shape, &strides), &from));
                for i in 0..kept {
                    let of = |at: usize| (at as i64 / columns, at as i64 % columns);
                    let mine = |at: &usize| of(*at).0 * strides[0] + of(*at).1 * strides[1] == i;
                    let sum: i64 = (0..numbers.len()).filter(mine).map(|at| numbers[at]).sum();
                    let found = read_scalar(&src(&out, dtype, &[], &[], i)).unwrap();
                    assert!(found.is((100 + i + sum) as f64), "{dtype} {rows}x{columns} {strides:?} {found:?}");
                }
            }
        }
    }
}

#[test]
fn dot_is_the_sum_of_the_products() {
    for n in [0usize, 1, 5, 16, 1000, 5003] {
        let (x, y) = (noise32(2 * n), noise32(2 * n + 1));
        let shape = [n as i64];
        let products: Vec<f32> = (0..n).map(|i| x[i] * y[2 * n - 2 * i]).collect();
        let mut out = [f32::NAN];
        let (a, b) = (src(&x, DType::Float32, &shape, &[1], 0), src(&y, DType::Float32, &shape, &[-2], 2 * n as i64));
        assert!(dot(&dst(&mut out, DType::Float32, &[], &[]), &a, &b));
        let expected = if n == 0 { 0.0 } else { plain_order(&products) };
        assert_eq!(out[0].to_bits(), expected.to_bits(), "{n}");
    }
    let z = [1.0f64, 2.0, 3.0, -1.0];
    let mut out = [0f64; 2];
    let from = src(&z, DType::Complex128, &[2], &[1], 0);
    assert!(dot(&dst(&mut out, DType::Complex128, &[], &[]), &from, &from));
    assert_eq!(out, [1.0 - 4.0 + 9.0 - 1.0, 4.0 - 6.0]);
    assert!(!dot(&dst(&mut out, DType::Float64, &[2], &[1]), &from, &from));
    let big = [i64::MAX, 2];
    let mut out = [0i64];
    let from = src(&big, DType::Int64, &[2], &[1], 0);
    assert!(dot(&dst(&mut out, DType::Int64, &[], &[]), &from, &from));
    assert_eq!(out, [i64::MAX.wrapping_mul(i64::MAX) + 4]);
}

#[test]
fn norms() {
    let data = noise32(3000);
    let mut out = [0f32];
    assert!(norm2(&dst(&mut out, DType::Float32, &[3000], &[0]), &src(&data, DType::Float32, &[3000], &[1], 0)));
    let exact = data.iter().map(|&x| x as f64 * x as f64).sum::<f64>().sqrt();
    assert!((out[0] as f64 - exact).abs() < 1e-6 * exact);
    let z = [3.0f32, 4.0, 0.0, -12.0];
    for (shape, strides) in [([1, 2], [1, 0]), ([2, 1], [0, 1])] {
        let from = src(&z, DType::Complex64, &shape, &[1, 1], 0);
        assert!(norm2(&dst(&mut out, DType::Float32, &shape, &strides), &from));
        assert_eq!(out[0], 13.0);
    }
    let m = noise(40 * 300);
    let (shape, strides) = ([40, 300], [300, 1]);
    let mut out64 = vec![0f64; 300];
    let from = src(&m, DType::Float64, &shape, &strides, 0);
    assert!(norm2(&dst(&mut out64, DType::Float64, &shape, &[0, 1]), &from));
    for (j, x) in out64.iter().enumerate() {
        let exact = (0..40).map(|i| m[i * 300 + j] * m[i * 300 + j]).sum::<f64>().sqrt();
        assert!((x - exact).abs() < 1e-14 * exact);
    }
    let huge = [1e30f32; 2];
    assert!(norm2(&dst(&mut out, DType::Float32, &[2], &[0]), &src(&huge, DType::Float32, &[2], &[1], 0)));
    assert_eq!(out[0], f32::INFINITY);
}

#[test]
fn complex_and_real_sums_mix() {
    let z = [1.0f32, 2.0, 3.0, -4.0, 5.0, 6.0];
    let (shape, strides) = ([3], [1]);
    let complex = src(&z, DType::Complex64, &shape, &strides, 0);
    let mut out = [7f64; 2];
    assert!(sum(&dst(&mut out, DType::Complex128, &shape, &[0]), &complex));
    assert_eq!(out, [9.0, 4.0]);
    assert!(sum(&dst(&mut out, DType::Float64, &shape, &[0]), &complex));
    assert_eq!(out, [9.0, 4.0]);
    let real = src(&z, DType::Float32, &shape, &strides, 0);
    assert!(sum_accumulate(&dst(&mut out, DType::Complex128, &shape, &[0]), &real));
    assert_eq!(out, [15.0, 4.0]);
    assert!(sum(&dst(&mut out, DType::Complex128, &shape, &[0]), &real));
    assert_eq!(out, [6.0, 0.0]);
}

#[test]
fn small_shapes_and_refusals() {
    let mut out = [7f32; 2];
    let none: [f32; 0] = [];
    assert!(sum(&dst(&mut out, DType::Float32, &[0], &[0]), &src(&none, DType::Float32, &[0], &[1], 0)));
    assert_eq!(out, [7.0; 2]);
    assert!(sum(&dst(&mut out, DType::Float32, &[], &[]), &src(&[-0.0f32], DType::Float32, &[], &[], 0)));
    assert_eq!(out[0].to_bits(), 0, "a sum starts at +0");
    assert!(!sum(&dst(&mut out, DType::Float32, &[2], &[1]), &src(&none, DType::Float32, &[0], &[1], 0)));
    assert_eq!(total(&[f32::INFINITY, 1.0]), f32::INFINITY);
    assert!(total(&[f32::INFINITY, f32::NEG_INFINITY]).is_nan());
}

/// The first of the largest elements, nan above all, by a loop.
fn first_largest(row: &[f64]) -> usize {
    (0..row.len())
        .fold(0, |best, i| if row[i] > row[best] || row[i].is_nan() && !row[best].is_nan() { i } else { best })
}

#[test]
fn the_largest_and_where_it_is() {
    let (rows, columns) = (70usize, 1300usize);
    let mut numbers: Vec<f64> = (0..rows * columns).map(|i| (i * 7919 % 101) as f64 - 50.0).collect();
    numbers[3 * columns + 700] = f64::NAN;
    numbers[3 * columns + 900] = f64::NAN;
    numbers[5 * columns..6 * columns].fill(-0.0);
    numbers[5 * columns + 40] = 0.0;
    let shape = [rows as i64, columns as i64];
    let plain = [columns as i64, 1];
    let dtypes = DType::ALL.into_iter().filter(|d| !d.is_complex());
    for dtype in dtypes {
        let mut data = vec![0u64; numbers.len()];
        copy(&dst(&mut data, dtype, &shape, &plain), &src(&numbers, DType::Float64, &shape, &plain, 0));
        let from = src(&data, dtype, &shape, &plain, 0);
        let mut kept = vec![0f64; numbers.len()];
        copy(&dst(&mut kept, DType::Float64, &shape, &plain), &from);
        for dim in 0..2 {
            let n = if dim == 0 { columns } else { rows };
            let (reduced, strides) = if dim == 0 { ([1, n as i64], [9, 2]) } else { ([n as i64, 1], [2, 9]) };
            let (mut values, mut indices) = (vec![0u64; 2 * n], vec![-1i64; 2 * n]);
            let to = dst(&mut values, dtype, &reduced, &strides);
            let places = dst(&mut indices, DType::Int64, &reduced, &strides);
            assert!(extreme_dim(Extreme::Max, &to, &places, &from, dim));
            for i in 0..n {
                let row: Vec<f64> = if dim == 0 {
                    kept.iter().skip(i).step_by(columns).copied().collect()
                } else {
                    kept[i * columns..][..columns].to_vec()
                };
                let best = first_largest(&row);
                assert_eq!(indices[2 * i], best as i64, "{dtype} {dim} {i}");
                let found = read_scalar(&src(&values, dtype, &[], &[], 2 * i as i64)).unwrap().to_f64();
                assert_eq!(found.to_bits(), row[best].to_bits());
            }
        }
        // All of it, and without the nans, backwards.
        let mut out = [0u64];
        assert!(max(&dst(&mut out, dtype, &shape, &[0, 0]), &from));
        let found = read_scalar(&src(&out, dtype, &[], &[], 0)).unwrap().to_f64();
        assert_eq!(found.is_nan(), dtype.is_floating_point());
        let (shape, strides) = ([columns as i64, 3], [-1, plain[0]]);
        let turned = src(&data, dtype, &shape, &strides, columns as i64 - 1);
        assert!(max(&dst(&mut out, dtype, &shape, &[0, 0]), &turned));
        let found = read_scalar(&src(&out, dtype, &[], &[], 0)).unwrap().to_f64();
        assert_eq!(found, kept[..3 * columns].iter().copied().fold(f64::MIN, f64::max));
    }
    let exact = [(1i64 << 60) + 1, 1 << 60];
    let (mut value, mut index) = ([0i64], [0i64]);
    let from = src(&exact, DType::Int64, &[2], &[-1], 1);
    assert!(extreme_dim(
        Extreme::Max,
        &dst(&mut value, DType::Int64, &[1], &[1]),
        &dst(&mut index, DType::Int64, &[1], &[1]),
        &from,
        0
    ));
    assert_eq!((value, index), ([exact[0]], [1]));
}

/// Law: the short way to a sum has the bits of the other, at every level, and refuses what is no run.
#[test]
fn sums_of_runs_have_the_same_bits() {
    use crate::kernels::map::Runs;
    let (a, b) = (noise32(5000), noise32(5001));
    let run = |table: &crate::kernels::map::MapTable, n: usize, two: bool, one: bool| {
        let mut out = [f32::NAN];
        // SAFETY: the vectors outlive the calls.
        unsafe {
            let done = if two {
                let mut runs = Runs::new(table.pick::<2>(DType::Float32).unwrap(), n);
                assert!(runs.read(0, a.as_ptr().cast(), 4 * a.len(), 0, one));
                assert!(runs.read(1, b.as_ptr().cast(), 4 * b.len(), 1, false));
                assert!(runs.write(out.as_mut_ptr().cast(), 4, 0));
                runs.call(map::Onto::Nothing)
            } else {
                let mut runs = Runs::new(table.pick::<1>(DType::Float32).unwrap(), n);
                assert!(runs.read(0, a.as_ptr().cast(), 4 * a.len(), 0, one));
                assert!(runs.write(out.as_mut_ptr().cast(), 4, 0));
                runs.call(map::Onto::Nothing)
            };
            done.then_some(out[0])
        }
    };
    for n in (1..70).chain([255, 256, 257, 1000, 4096, 5000]) {
        assert_eq!(run(&SUM, n, false, false).unwrap().to_bits(), total(&a[..n]).to_bits(), "{n} elements");
        let (mut out, shape) = ([f32::NAN], [n as i64]);
        let dot_of = dst(&mut out, DType::Float32, &[], &[]);
        assert!(dot(&dot_of, &src(&a, DType::Float32, &shape, &[1], 0), &src(&b, DType::Float32, &shape, &[1], 1)));
        assert_eq!(run(&DOT, n, true, false).unwrap().to_bits(), out[0].to_bits(), "{n} products");
    }
    assert!(run(&SUM, 4, false, true).is_none() && run(&SUM, 0, false, false).is_none());
    assert!(SUM.pick::<1>(DType::Float16).is_none() && SUM.pick::<1>(DType::Complex64).is_none());
}

#[test]
fn a_long_run_that_threads_share_has_the_bits_of_one_that_they_do_not() {
    // Beyond two levels of the cascade, below and above whole limbs. A run of every second element is packed, and
    // goes up the tree in one sequence.
    for n in [LONG, LONG + 1, 2 * LONG - 1, (1 << 20) + 77, (1 << 21) + (1 << 16)] {
        let (a, b) = (noise32(2 * n), noise32(2 * n + 1));
        let halves = |x: &[f32]| x.iter().step_by(2).copied().collect::<Vec<f32>>();
        let (a_run, b_run) = (halves(&a), halves(&b[..2 * n]));
        let shape = [n as i64];
        let [mut run, mut apart] = [[f32::NAN]; 2];
        let both = |out: &mut [f32], a: &[f32], b: &[f32], strides: &[i64]| {
            let f32s = DType::Float32;
            assert!(sum(&dst(out, f32s, &shape, &[0]), &src(a, f32s, &shape, strides, 0)));
            let total = out[0].to_bits();
            assert!(dot(
                &dst(out, f32s, &[], &[]),
                &src(a, f32s, &shape, strides, 0),
                &src(b, f32s, &shape, strides, 0)
            ));
            [total, out[0].to_bits()]
        };
        assert_eq!(both(&mut run, &a_run, &b_run, &[1]), both(&mut apart, &a, &b, &[2]), "{n} elements");
    }
}

/// Law: extremes, products and counts are those of a loop, whatever the layout and the length.
#[test]
fn folds_are_those_of_a_loop() {
    for (rows, columns) in [(1usize, 1usize), (3, 5), (40, 17), (7, 300), (300, 7), (2, 5000), (70, 70)] {
        let data: Vec<f64> =
            noise(rows * columns).into_iter().map(|x| if x > 0.5 { 0.0 } else { 1.0 + x / 64.0 }).collect();
        let shape = [rows as i64, columns as i64];
        let steps = [columns as i64, 1];
        let from = src(&data, DType::Float64, &shape, &steps, 0);
        for strides in [[0, 0], [1, 0], [0, 1]] {
            let n = if strides[0] == 1 {
                rows
            } else if strides[1] == 1 {
                columns
            } else {
                1
            };
            let of = |k: usize| -> Vec<f64> {
                (0..rows * columns)
                    .filter(|i| [0, i / columns, i % columns][(strides[0] + 2 * strides[1]) as usize] == k)
                    .map(|i| data[i])
                    .collect()
            };
            let mut out = vec![f64::NAN; n];
            let mut check = |kernel: fn(&Dst, &Src) -> bool, wanted: &dyn Fn(&[f64]) -> f64, error: f64| {
                assert!(kernel(&dst(&mut out, DType::Float64, &shape, &strides), &from));
                for (k, found) in out.iter().enumerate() {
                    let wanted = wanted(&of(k));
                    assert!(
                        (found - wanted).abs() <= error * wanted.abs(),
                        "{rows} {columns} {strides:?} {k}: {found} {wanted}"
                    );
                }
            };
            check(max, &|x| x.iter().copied().fold(f64::MIN, f64::max), 0.0);
            check(min, &|x| x.iter().copied().fold(f64::MAX, f64::min), 0.0);
            check(product, &|x| x.iter().product(), 1e-12);
            check(sum_of_numbers, &|x| x.iter().sum(), 1e-12);
            let told = |kernel: fn(&Dst, &Src) -> bool, wanted: &dyn Fn(&[f64]) -> i64| {
                let mut out = vec![-1i64; n];
                assert!(kernel(&dst(&mut out, DType::Int64, &shape, &strides), &from));
                (0..n).for_each(|k| assert_eq!(out[k], wanted(&of(k)), "{rows} {columns} {strides:?} {k}"));
                // The same of bytes, which are counted where they lie.
                let bytes: Vec<u8> = data.iter().map(|&x| (x != 0.0) as u8 * 3).collect();
                let steps = [columns as i64, 1];
                let from = src(&bytes, DType::Bool, &shape, &steps, 0);
                assert!(kernel(&dst(&mut out, DType::Int64, &shape, &strides), &from));
                (0..n).for_each(|k| assert_eq!(out[k], wanted(&of(k)), "{rows} {columns} {strides:?} {k} bytes"));
            };
            told(count, &|x| x.iter().filter(|&&x| x != 0.0).count() as i64);
            told(all, &|x| x.iter().all(|&x| x != 0.0) as i64);
            told(any, &|x| x.iter().any(|&x| x != 0.0) as i64);
            let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
            let mut out: Vec<f64> = (0..n).map(|k| mean(&of(k))).collect();
            assert!(deviations(&dst(&mut out, DType::Float64, &shape, &strides), &from));
            for (k, found) in out.iter().enumerate() {
                let (x, m) = (of(k), mean(&of(k)));
                let wanted: f64 = x.iter().map(|x| (x - m) * (x - m)).sum();
                assert!((found - wanted).abs() <= 1e-10 * (1.0 + wanted), "{rows} {columns} {strides:?} {k}");
            }
        }
    }
}

/// Law: whole numbers are counted where they lie, as others are, however long their run.
#[test]
fn a_run_of_whole_numbers_is_counted() {
    for n in [5, 2 * LONG + 1] {
        let mut data = vec![3i64; n];
        data[4] = 0;
        let shape = [n as i64];
        for (kernel, wanted) in [(count as fn(&Dst, &Src) -> bool, n as i64 - 1), (all, 0), (any, 1)] {
            let mut made = [9i64];
            let done = kernel(&dst(&mut made, DType::Int64, &shape, &[0]), &src(&data, DType::Int64, &shape, &[1], 0));
            assert!(done && made == [wanted], "{n} elements: {made:?}, not {wanted}");
        }
    }
}
