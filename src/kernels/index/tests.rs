//! Laws: what is put by indices is got back by them; an index outside of its dimension writes nothing;
//! the indices of what is true are those that a loop finds.

use super::*;

fn src<'a, T>(data: &'a [T], dtype: DType, shape: &'a [i64], strides: &'a [i64], offset: i64) -> Src<'a> {
    // SAFETY: the slice outlives the operand.
    unsafe { Src::new(data.as_ptr().cast(), size_of_val(data), dtype, shape, strides, offset).unwrap() }
}

fn dst<'a, T>(data: &'a mut [T], dtype: DType, shape: &'a [i64], strides: &'a [i64]) -> Dst<'a> {
    let bytes = size_of_val(data);
    // SAFETY: the slice outlives the operand.
    unsafe { Dst::new(data.as_mut_ptr().cast(), bytes, dtype, shape, strides, 0).unwrap() }
}

#[test]
fn one_index_over_rows_and_elements() {
    let table: Vec<f32> = (0..12).map(|i| i as f32).collect();
    let index = [2i64, -1, 0, 2, 1];
    let mut out = [0f32; 15];
    let at = src(&index, DType::Int64, &[5], &[1], 0);
    let from = src(&table, DType::Float32, &[4, 3], &[3, 1], 0);
    assert_eq!(index_get(&dst(&mut out, DType::Float32, &[5, 3], &[3, 1]), &from, &[at]), Ok(true));
    assert_eq!(out, [6., 7., 8., 9., 10., 11., 0., 1., 2., 6., 7., 8., 3., 4., 5.]);
    // Backwards through the indices, over a transposed table, into every second element.
    let back = src(&index, DType::Int64, &[5], &[-1], 4);
    let turned = src(&table, DType::Float32, &[3, 4], &[1, 3], 0);
    let mut out = [0f32; 40];
    assert_eq!(index_get(&dst(&mut out, DType::Float32, &[5, 4], &[8, 2]), &turned, &[back]), Ok(true));
    for (i, &k) in index.iter().rev().enumerate() {
        for c in 0..4 {
            let k = if k < 0 { k + 3 } else { k } as usize;
            assert_eq!(out[i * 8 + c * 2], table[c * 3 + k]);
        }
    }
}

#[test]
fn two_indices_that_broadcast_over_many_tiles() {
    let (n, m) = (37i64, 23i64);
    let table: Vec<i16> = (0..(n * m) as i16).collect();
    let rows: Vec<i64> = (0..40).map(|i| (i * 7) % n - n).collect();
    let columns: Vec<i64> = (0..30).map(|i| (i * 5) % m).collect();
    let mut out = vec![0i16; 1200];
    let at = [src(&rows, DType::Int64, &[40, 30], &[1, 0], 0), src(&columns, DType::Int64, &[40, 30], &[0, 1], 0)];
    let (shape, strides) = ([n, m], [m, 1]);
    let from = src(&table, DType::Int16, &shape, &strides, 0);
    assert_eq!(index_get(&dst(&mut out, DType::Int16, &[40, 30], &[30, 1]), &from, &at), Ok(true));
    for i in 0..40 {
        for j in 0..30 {
            assert_eq!(out[i * 30 + j], table[((rows[i] + n) * m + columns[j]) as usize]);
        }
    }
}

#[test]
fn puts_and_adds_in_order() {
    let index = [1i64, 1, -2, 1];
    let at = [src(&index, DType::Int64, &[4], &[1], 0)];
    for dtype in [DType::Float32, DType::Int32] {
        // The same bits serve as small floats or as integers where they are only moved.
        let mut table = [0u32; 6];
        let values = [1u32, 2, 3, 4, 5, 6, 7, 8];
        let from = src(&values, dtype, &[4, 2], &[2, 1], 0);
        assert_eq!(index_put(&dst(&mut table, dtype, &[3, 2], &[2, 1]), &from, &at, false), Ok(true));
        assert_eq!(table, [0, 0, 7, 8, 0, 0]);
    }
    let mut sums = [0.5f64; 6];
    let ones = [1.0f64];
    let from = src(&ones, DType::Float64, &[4, 2], &[0, 0], 0);
    assert_eq!(index_put(&dst(&mut sums, DType::Float64, &[3, 2], &[2, 1]), &from, &at, true), Ok(true));
    assert_eq!(sums, [0.5, 0.5, 4.5, 4.5, 0.5, 0.5]);
    for dtype in DType::ALL {
        let (mut sums, ones) = ([0u128; 3], [0u128; 1]);
        let mut one = ones;
        crate::kernels::copy::fill(&dst(&mut one, dtype, &[], &[]), true.into());
        let from = src(&one, dtype, &[4], &[0], 0);
        assert_eq!(index_put(&dst(&mut sums, dtype, &[3], &[1]), &from, &at, true), Ok(true));
        let middle = src(&sums, dtype, &[], &[], 1);
        let expected = if dtype == DType::Bool { 1.0 } else { 4.0 };
        assert!(crate::kernels::copy::read_scalar(&middle).unwrap().is(expected), "{dtype}");
    }
}

#[test]
fn faults_write_nothing() {
    let mut index = vec![0i64; 700];
    index[650] = 3;
    let mut table = [9f32; 6];
    let zeros = [0f32; 1];
    let from = src(&zeros, DType::Float32, &[700, 2], &[0, 0], 0);
    for (bad, index_given) in [(3, 3), (-4, -4), (i64::MIN, i64::MIN), (i64::MAX, i64::MAX)] {
        index[650] = bad;
        let at = [src(&index, DType::Int64, &[700], &[1], 0)];
        let fault = Err(IndexFault { index: index_given, dim: 0, size: 3 });
        for accumulate in [false, true] {
            let to = dst(&mut table, DType::Float32, &[3, 2], &[2, 1]);
            assert_eq!(index_put(&to, &from, &at, accumulate), fault);
        }
        assert_eq!(table, [9f32; 6]);
    }
    // Nothing to get from, nothing to check; and shapes that disagree.
    let at = [src(&index, DType::Int64, &[1], &[1], 0)];
    let mut out = [0f32; 2];
    let none = src(&zeros, DType::Float32, &[0, 2], &[0, 0], 0);
    let fault = Err(IndexFault { index: 0, dim: 0, size: 0 });
    assert_eq!(index_get(&dst(&mut out, DType::Float32, &[1, 2], &[2, 1]), &none, &at), fault);
    assert_eq!(index_get(&dst(&mut out, DType::Float32, &[2, 1], &[1, 1]), &none, &at), Ok(false));
    assert_eq!(index_get(&dst(&mut out, DType::Float32, &[1, 2], &[2, 1]), &none, &[]), Ok(false));
}

#[test]
fn truth_in_every_type_and_layout() {
    for dtype in DType::ALL {
        let (rows, columns) = (7i64, 300i64);
        let mut data = vec![0u8; (rows * columns) as usize * dtype.size()];
        let truth = |i: i64, j: i64| (i * 31 + j * 17) % 5 == 0;
        for i in 0..rows {
            for j in (0..columns).filter(|&j| truth(i, j)) {
                let bytes = data.len();
                // SAFETY: the vector outlives the operand.
                let one = unsafe { Dst::new(data.as_mut_ptr(), bytes, dtype, &[], &[], i * columns + j).unwrap() };
                crate::kernels::copy::fill(&one, true.into());
            }
        }
        for turned in [false, true] {
            let (shape, strides) =
                if turned { ([columns, 1, rows], [1, 5, columns]) } else { ([rows, 1, columns], [columns, 7, 1]) };
            let mask = src(&data, dtype, &shape, &strides, 0);
            let mut expected = Vec::new();
            for i in 0..shape[0] {
                for j in 0..shape[2] {
                    if if turned { truth(j, i) } else { truth(i, j) } {
                        expected.extend([i, 0, j]);
                    }
                }
            }
            let n = count_true(&mask);
            assert_eq!(n * 3, expected.len());
            // Two rows more than there are hits, then three fewer.
            let mut found = vec![-1i64; expected.len() + 6];
            assert!(nonzero(&dst(&mut found, DType::Int64, &[n as i64 + 2, 3], &[3, 1]), &mask, 0));
            assert_eq!(found[..expected.len()], expected);
            assert_eq!(found[expected.len()..], [0; 6]);
            let mut found = vec![-1i64; expected.len()];
            assert!(nonzero(&dst(&mut found, DType::Int64, &[n as i64 - 3, 3], &[3, 1]), &mask, 0));
            assert_eq!(found[..expected.len() - 9], expected[..expected.len() - 9]);
            assert_eq!(found[expected.len() - 9..], [-1; 9]);
        }
    }
    let nan = [f32::NAN, -0.0, f32::MIN_POSITIVE / 2.0];
    assert_eq!(count_true(&src(&nan, DType::Float32, &[3], &[1], 0)), 2);
    assert_eq!(count_true(&src(&[2u8, 0, 255], DType::Bool, &[3], &[1], 0)), 2);
    assert_eq!(count_true(&src(&nan, DType::Float32, &[0], &[1], 0)), 0);
}

#[test]
fn along_one_dimension_what_is_scattered_is_gathered_again() {
    use super::along::{Along, check, gather, scatter};
    use super::fold::Fold;
    // More than a part, so that threads share it: rows of one index each, and rows of many.
    let (r, c) = (600usize, 300usize);
    let table: Vec<f64> = (0..r * c).map(|i| i as f64).collect();
    let (shape, strides) = ([r as i64, c as i64], [c as i64, 1]);
    let from = src(&table, DType::Float64, &shape, &strides, 0);
    let places: Vec<i64> = (0..r * c).map(|i| ((i * 7919 + i / 3) % r) as i64).collect();
    let narrow: Vec<i32> = places.iter().map(|&i| i as i32).collect();
    let vector: Vec<i64> = (0..r).map(|i| (i as i64 * 11) % r as i64 - r as i64).collect();
    let kinds = [
        (src(&places, DType::Int64, &shape, &strides, 0), false),
        (src(&narrow, DType::Int32, &shape, &strides, 0), false),
        (src(&vector, DType::Int64, &shape, &[1, 0], 0), true),
    ];
    for (index, wraps) in kinds {
        let at = |i: usize, j: usize| match wraps {
            true => (vector[i] + r as i64) as usize,
            false => places[i * c + j] as usize,
        };
        let along = Along { dim: 0, index, wraps };
        assert_eq!(check(&along, r as i64), Ok(()));
        assert!(check(&along, r as i64 - 1).is_err());
        let mut out = vec![0f64; r * c];
        assert_eq!(gather(&dst(&mut out, DType::Float64, &shape, &strides), &from, &along), Ok(true));
        assert!((0..r * c).all(|n| out[n] == table[at(n / c, n % c) * c + n % c]));
        let mut sums = vec![1f64; r * c];
        assert_eq!(scatter(&dst(&mut sums, DType::Float64, &shape, &strides), &from, &along, Fold::Add), Ok(true));
        let mut slow = vec![1f64; r * c];
        (0..r * c).for_each(|n| slow[at(n / c, n % c) * c + n % c] += table[n]);
        assert_eq!(sums, slow);
        let mut last = vec![0f64; r * c];
        assert_eq!(scatter(&dst(&mut last, DType::Float64, &shape, &strides), &from, &along, Fold::Copy), Ok(true));
        (0..r * c).for_each(|n| slow[at(n / c, n % c) * c + n % c] = table[n]);
        assert!((0..r * c).all(|n| last[n] == slow[n] || last[n] == 0.0));
    }
}

#[test]
fn what_a_mask_takes_out_it_puts_back() {
    let n = 1000;
    let mask: Vec<u8> = (0..n).map(|i| u8::from(i * i % 7 < 3)).collect();
    let table: Vec<i32> = (0..n as i32).collect();
    let (shape, strides) = ([n as i64], [1]);
    let hits = src(&mask, DType::Bool, &shape, &strides, 0);
    let count = count_true(&hits);
    assert_eq!(count, mask.iter().filter(|&&m| m != 0).count());
    let mut taken = vec![0i32; count];
    let from = src(&table, DType::Int32, &shape, &strides, 0);
    let room = [count as i64];
    assert_eq!(take_true(&dst(&mut taken, DType::Int32, &room, &[1]), &from, &hits), Some(count));
    let expected: Vec<i32> = table.iter().copied().filter(|&i| mask[i as usize] != 0).collect();
    assert_eq!(taken, expected);
    // Less room than hits: the first, and nothing beyond.
    let mut few = vec![-1i32; 10];
    assert_eq!(take_true(&dst(&mut few, DType::Int32, &[8], &[1]), &from, &hits), Some(8));
    assert_eq!((&few[..8], &few[8..]), (&expected[..8], &[-1, -1][..]));
    let mut back = vec![-1i32; n];
    let given = src(&taken, DType::Int32, &room, &[1], 0);
    assert!(put_true(&dst(&mut back, DType::Int32, &shape, &strides), &given, &hits));
    assert!((0..n).all(|i| back[i] == if mask[i] != 0 { i as i32 } else { -1 }));
}
