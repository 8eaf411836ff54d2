//! Laws: a product is the naive one within rounding (exactly, for small whole numbers), whatever the
//! strides, the type, the shape and the alignment.

use super::*;
use crate::kernels::copy::{copy, read_scalar};

fn src<'a>(data: &'a [u8], dtype: DType, shape: &'a [i64], strides: &'a [i64], offset: i64) -> Src<'a> {
    // SAFETY: the slice outlives the operand.
    unsafe { Src::new(data.as_ptr(), data.len(), dtype, shape, strides, offset).unwrap() }
}

fn dst<'a>(data: &'a mut [u8], dtype: DType, shape: &'a [i64], strides: &'a [i64], offset: i64) -> Dst<'a> {
    // SAFETY: the slice outlives the operand.
    unsafe { Dst::new(data.as_mut_ptr(), data.len(), dtype, shape, strides, offset).unwrap() }
}

/// A matrix of small whole numbers, by row, column, transposed, spaced, or backwards.
struct Stored {
    data: Vec<u8>,
    dtype: DType,
    shape: [i64; 2],
    strides: [i64; 2],
    offset: i64,
}

impl Stored {
    fn new(values: &[i64], dtype: DType, [m, n]: [i64; 2], layout: usize) -> Self {
        let (strides, offset) = match layout {
            0 => ([n, 1], 0),
            1 => ([1, m], 0),
            2 => ([3 * n, 2], 1),
            _ => ([-n, -1], m * n - 1),
        };
        let (shape, plain) = ([m, n], [n, 1]);
        let mut data = vec![0; (3 * m * n + 2) as usize * dtype.size()];
        let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_ne_bytes()).collect();
        let from = src(&bytes, DType::Int64, &shape, &plain, 0);
        copy(&dst(&mut data, dtype, &shape, &strides, offset), &from);
        Stored { data, dtype, shape, strides, offset }
    }

    fn src(&self) -> Src<'_> {
        src(&self.data, self.dtype, &self.shape, &self.strides, self.offset)
    }

    fn get(&self, i: i64, j: i64) -> f64 {
        let at = self.offset + i * self.strides[0] + j * self.strides[1];
        read_scalar(&src(&self.data, self.dtype, &[], &[], at)).unwrap().to_f64()
    }
}

fn values(n: i64, seed: i64) -> Vec<i64> {
    (0..n).map(|i| (i * 7919 + seed) % 7).collect()
}

#[test]
fn every_type_layout_and_kind_of_shape() {
    let shapes = [
        (1, 1, 1),
        (3, 4, 5),
        (1, 9, 40),
        (40, 9, 1),
        (1, 70, 1),
        (6, 1, 7),
        (33, 35, 34),
        (2, 0, 3),
        (17, 2, 70),
        (20, 32, 32),
        (45, 31, 17),
        (12, 6, 1),
    ];
    for dtype in DType::ALL {
        for (m, k, n) in shapes {
            let (x, y) = (values(m * k, 1), values(k * n, 4));
            for layouts in [[0, 0, 0], [1, 0, 0], [0, 1, 2], [1, 1, 1], [2, 3, 0], [3, 2, 3]] {
                let a = Stored::new(&x, dtype, [m, k], layouts[0]);
                let b = Stored::new(&y, dtype, [k, n], layouts[1]);
                let mut c = Stored::new(&vec![1; (m * n) as usize], dtype, [m, n], layouts[2]);
                for accumulate in [true, false] {
                    let Stored { data, shape, strides, offset, .. } = &mut c;
                    assert!(matmul(&dst(data, dtype, shape, strides, *offset), &a.src(), &b.src(), accumulate));
                    for i in 0..m {
                        for j in 0..n {
                            let start = if accumulate { 1.0 } else { 0.0 };
                            let exact = (0..k).fold(start, |sum, t| sum + a.get(i, t) * b.get(t, j));
                            let expected = match dtype {
                                DType::Bool => f64::from(exact != 0.0),
                                DType::UInt8 => f64::from(exact as i64 as u8),
                                DType::Int8 => f64::from(exact as i64 as i8),
                                DType::BFloat16 => f64::from(half::bf16::from_f64(exact)),
                                _ => exact,
                            };
                            assert_eq!(c.get(i, j), expected, "{dtype} {m} {k} {n} {layouts:?} {accumulate}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn rounding_stays_small_and_alignment_does_not_matter() {
    let (m, k, n) = (37, 300, 29);
    let noise = |i: usize| ((i as f64 * 0.7368062997280773).fract() - 0.5) as f32;
    let bytes = |count: usize, shift: usize| {
        let mut data = vec![0u8; shift];
        (0..count).for_each(|i| data.extend(noise(i + shift % 2).to_ne_bytes()));
        data
    };
    for shift in [0, 1] {
        let (a, b) = (bytes(m * k, shift), bytes(k * n, shift));
        let mut c = vec![0u8; shift + m * n * 4];
        let shapes = [[m, n], [m, k], [k, n]].map(|s| s.map(|x| x as i64));
        let strides = [[n as i64, 1], [k as i64, 1], [n as i64, 1]];
        assert!(matmul(
            &dst(&mut c[shift..], DType::Float32, &shapes[0], &strides[0], 0),
            &src(&a[shift..], DType::Float32, &shapes[1], &strides[1], 0),
            &src(&b[shift..], DType::Float32, &shapes[2], &strides[2], 0),
            false,
        ));
        for (i, x) in c[shift..].chunks(4).enumerate() {
            let found = f32::from_ne_bytes(x.try_into().unwrap()) as f64;
            let at = |i| noise(i + shift % 2) as f64;
            let exact: f64 = (0..k).map(|t| at(i / n * k + t) * at(t * n + i % n)).sum();
            assert!((found - exact).abs() < 1e-5, "{found} {exact}");
        }
    }
}

#[test]
fn complex_products() {
    let numbers: Vec<u8> = [1.0f64, 2.0, 0.0, -1.0, 3.0, 0.0, 1.0, 1.0].iter().flat_map(|x| x.to_ne_bytes()).collect();
    let mut out = vec![0u8; 64];
    let from = src(&numbers, DType::Complex128, &[2, 2], &[2, 1], 0);
    assert!(matmul(&dst(&mut out, DType::Complex128, &[2, 2], &[2, 1], 0), &from, &from, false));
    let found: Vec<f64> = out.chunks(8).map(|x| f64::from_ne_bytes(x.try_into().unwrap())).collect();
    // [[1+2i, -i], [3, 1+i]] squared.
    assert_eq!(found, [-3.0, 1.0, 3.0, -2.0, 6.0, 9.0, 0.0, -1.0]);
}

#[test]
fn batches_and_refusals() {
    let dtype = DType::Int32;
    let numbers = |n: i32| (0..n).flat_map(|x| x.to_ne_bytes()).collect::<Vec<u8>>();
    let (x, y) = (numbers(24), numbers(12));
    let mut out = vec![0u8; 4 * 24];
    let a = src(&x, dtype, &[3, 2, 4], &[8, 4, 1], 0);
    let b = src(&y, dtype, &[3, 4, 3], &[0, 3, 1], 0);
    assert!(bmm(&dst(&mut out, dtype, &[3, 2, 3], &[6, 3, 1], 0), &a, &b, false));
    for i in 0..18i32 {
        let found = i32::from_ne_bytes(out[4 * i as usize..][..4].try_into().unwrap());
        assert_eq!(found, (0..4).map(|t| (i / 6 * 8 + i / 3 % 2 * 4 + t) * (t * 3 + i % 3)).sum::<i32>());
    }
    assert!(!bmm(&dst(&mut out, dtype, &[3, 3, 2], &[6, 2, 1], 0), &a, &b, false));
    let flat = src(&x, dtype, &[4, 6], &[6, 1], 0);
    assert!(!matmul(&dst(&mut out, dtype, &[4, 6], &[6, 1], 0), &flat, &flat, false));
    assert!(!matmul(&dst(&mut out, dtype, &[], &[], 0), &a, &b, false));
}

#[test]
fn strips_are_the_product() {
    // Beyond what is cut, by rows and by columns, whole strips and not; small whole numbers, so every sum is exact.
    for (m, k, n) in
        [(129, 127, 130), (256, 64, 129), (100, 130, 300), (17, 400, 700), (1, 1500, 1500), (1500, 1500, 1)]
    {
        let (x, y) = (values(m * k, 1), values(k * n, 4));
        for (dtype, layouts) in [(DType::Float32, [0, 0, 0]), (DType::Float64, [1, 1, 1]), (DType::Int64, [0, 1, 2])] {
            let a = Stored::new(&x, dtype, [m, k], layouts[0]);
            let b = Stored::new(&y, dtype, [k, n], layouts[1]);
            let mut c = Stored::new(&vec![0; (m * n) as usize], dtype, [m, n], layouts[2]);
            let Stored { data, shape, strides, offset, .. } = &mut c;
            assert!(matmul(&dst(data, dtype, shape, strides, *offset), &a.src(), &b.src(), false));
            for i in (0..m).step_by(13).chain([m - 1]) {
                for j in (0..n).step_by(37).chain([n - 1]) {
                    let exact: i64 = (0..k).map(|t| x[(i * k + t) as usize] * y[(t * n + j) as usize]).sum();
                    assert_eq!(c.get(i, j), exact as f64, "{m} {k} {n} {dtype:?} at {i}, {j}");
                }
            }
        }
    }
}
