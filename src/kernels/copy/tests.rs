//! Law: a copy, a fill and a range put the same numbers everywhere that a loop over indices puts there.

use super::*;
use crate::kernels::operand::{Dst, Src};

/// A layout over a buffer: shape, strides, offset, in elements.
type Layout = (&'static [i64], &'static [i64], i64);

/// Layouts of shape [3, 20, 5] in 4000 elements: plain, transposed twice, sliced, backwards.
const LAYOUTS: [Layout; 5] = [
    (&[3, 20, 5], &[100, 5, 1], 0),
    (&[3, 20, 5], &[1, 3, 60], 2),
    (&[3, 20, 5], &[5, 15, 1], 0),
    (&[3, 20, 5], &[900, 41, 3], 7),
    (&[3, 20, 5], &[-100, -5, -1], 299),
];
const ROOM: usize = 4000;

/// Offsets of a layout's elements, in order.
fn elements((shape, strides, offset): Layout) -> Vec<usize> {
    let mut all = vec![offset];
    for (&n, &s) in shape.iter().zip(strides) {
        all = all.iter().flat_map(|&o| (0..n).map(move |i| o + i * s)).collect();
    }
    all.into_iter().map(|o| o as usize).collect()
}

fn src<'a>(bytes: &'a [u8], dtype: DType, (shape, strides, offset): Layout) -> Src<'a> {
    // SAFETY: the slice outlives the operand.
    unsafe { Src::new(bytes.as_ptr(), bytes.len(), dtype, shape, strides, offset).unwrap() }
}

fn dst<'a>(bytes: &'a mut [u8], dtype: DType, (shape, strides, offset): Layout) -> Dst<'a> {
    // SAFETY: the slice outlives the operand.
    unsafe { Dst::new(bytes.as_mut_ptr(), bytes.len(), dtype, shape, strides, offset).unwrap() }
}

/// The element at place `i` of a buffer.
fn get(bytes: &[u8], dtype: DType, i: usize) -> Scalar {
    // SAFETY: within the slice, as `Src::new` checks.
    let at = unsafe { Src::new(bytes.as_ptr(), bytes.len(), dtype, &[], &[], i as i64).unwrap() };
    read_scalar(&at).unwrap()
}

#[test]
fn copies_between_all_layouts_and_types() {
    // Small whole numbers are the same in every type but bool. One byte of offset: nothing is aligned.
    for from in DType::ALL {
        let mut source = vec![0u8; 1 + ROOM * from.size()];
        for i in 0..ROOM {
            let at = (&[] as &[i64], &[] as &[i64], i as i64);
            assert!(fill(&dst(&mut source[1..], from, at), Scalar::Int((i % 113) as i64)));
        }
        for to in DType::ALL {
            for (a, from_layout) in LAYOUTS.into_iter().enumerate() {
                for to_layout in LAYOUTS.iter().copied().skip(if from == to { 0 } else { a }) {
                    let mut target = vec![0u8; ROOM * to.size()];
                    assert!(copy(&dst(&mut target, to, to_layout), &src(&source[1..], from, from_layout)));
                    for (i, o) in elements(from_layout).into_iter().zip(elements(to_layout)) {
                        let (x, y) = (get(&source[1..], from, i).to_f64(), get(&target, to, o).to_f64());
                        let x = if to == DType::Bool { f64::from(x != 0.0) } else { x };
                        assert_eq!(x, y, "{from} {from_layout:?} {to} {to_layout:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn copies_turn_matrices_of_every_size() {
    // Around the sizes of blocks and tiles of all types, whose elements tell their places apart.
    let extents = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 130];
    for dtype in [DType::UInt8, DType::Int16, DType::Float32, DType::Int64, DType::Complex128] {
        let size = dtype.size();
        for m in extents {
            for n in extents {
                let count = m * n;
                // The last bytes show what is written beyond the matrix; the first make it unaligned.
                let source: Vec<u8> =
                    (0..1 + count * size).map(|i| (i.wrapping_mul(2_654_435_761) >> 7) as u8).collect();
                let shape = [m as i64, n as i64];
                for (to, from) in [([n as i64, 1], [1, m as i64]), ([1, m as i64], [n as i64, 1])] {
                    let mut target = vec![0xa5u8; 1 + count * size + 64];
                    // SAFETY: both vectors hold the matrix and outlive the operands.
                    let (dst, src) = unsafe {
                        (
                            Dst::new(target[1..].as_mut_ptr(), count * size, dtype, &shape, &to, 0).unwrap(),
                            Src::new(source[1..].as_ptr(), count * size, dtype, &shape, &from, 0).unwrap(),
                        )
                    };
                    assert!(copy(&dst, &src));
                    for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
                        let at = |steps: [i64; 2]| 1 + (i * steps[0] as usize + j * steps[1] as usize) * size;
                        assert_eq!(target[at(to)..][..size], source[at(from)..][..size], "{dtype} {m} {n} {i} {j}");
                    }
                    assert!(target[0] == 0xa5 && target[1 + count * size..].iter().all(|&x| x == 0xa5));
                }
            }
        }
    }
}

#[test]
fn copies_permute_dimensions() {
    let shape = [5i64, 6, 7, 8];
    let source: Vec<u8> = (0..5 * 6 * 7 * 8i32).flat_map(|x| x.to_ne_bytes()).collect();
    let plain = [336i64, 56, 8, 1];
    let orders = (0..256).map(|x| [x & 3, x >> 2 & 3, x >> 4 & 3, x >> 6]).filter(|o| (0..4).all(|d| o.contains(&d)));
    for order in orders {
        let (extents, strides) = (order.map(|d| shape[d]), order.map(|d| plain[d]));
        let dense = [extents[1] * extents[2] * extents[3], extents[2] * extents[3], extents[3], 1];
        for to in [DType::Int32, DType::Int64, DType::Float32] {
            let mut target = vec![0u8; 5 * 6 * 7 * 8 * to.size()];
            // SAFETY: both vectors hold as many elements and outlive the operands.
            let (dst, src) = unsafe {
                (
                    Dst::new(target.as_mut_ptr(), target.len(), to, &extents, &dense, 0).unwrap(),
                    Src::new(source.as_ptr(), source.len(), DType::Int32, &extents, &strides, 0).unwrap(),
                )
            };
            assert!(copy(&dst, &src));
            for i in 0..5 * 6 * 7 * 8 {
                let index = [i / dense[0], i / dense[1] % extents[1], i / dense[2] % extents[2], i % extents[3]];
                let expected: i64 = index.iter().zip(strides).map(|(i, s)| i * s).sum();
                assert_eq!(get(&target, to, i as usize).to_i64(), expected, "{to} {order:?}");
            }
        }
    }
}

#[test]
fn copies_spread_expanded_elements_and_reject_other_shapes() {
    let source: Vec<u8> = [1f32, 2.0, 3.0].iter().flat_map(|x| x.to_ne_bytes()).collect();
    let mut target = vec![0u8; 60];
    let to: Layout = (&[3, 5], &[5, 1], 0);
    assert!(copy(&dst(&mut target, DType::Float32, to), &src(&source, DType::Float32, (&[3, 5], &[1, 0], 0))));
    for i in 0..15 {
        assert_eq!(get(&target, DType::Float32, i), Scalar::Float((i / 5 + 1) as f64));
    }
    assert!(!copy(&dst(&mut target, DType::Float32, to), &src(&source, DType::Float32, (&[3], &[1], 0))));
    let (shape, strides): (&[i64], &[i64]) = (&[2; 65], &[0; 65]);
    assert!(!copy(
        &dst(&mut target, DType::Float32, (shape, strides, 0)),
        &src(&source, DType::Bool, (shape, strides, 0))
    ));
}

#[test]
fn fills_are_exact() {
    let big = (1 << 60) + 1;
    let mut bytes = vec![0u8; ROOM * 16];
    for layout in LAYOUTS {
        for (dtype, value, expected) in [
            (DType::Int64, Scalar::Int(big), Scalar::Int(big)),
            (DType::UInt8, Scalar::Int(-1), Scalar::Int(255)),
            (DType::Bool, Scalar::Float(0.5), Scalar::Bool(true)),
            (DType::Float16, Scalar::Float(0.1), Scalar::Float(0.0999755859375)),
            (DType::Float64, Scalar::Float(-0.0), Scalar::Float(-0.0)),
            (DType::Complex64, Scalar::Complex(1.0, -2.0), Scalar::Complex(1.0, -2.0)),
            (DType::Complex128, Scalar::Bool(true), Scalar::Complex(1.0, 0.0)),
        ] {
            bytes.fill(0);
            assert!(fill(&dst(&mut bytes, dtype, layout), value));
            let places = elements(layout);
            for i in 0..ROOM {
                let expected = if places.contains(&i) { expected } else { Scalar::Int(0) };
                let found = get(&bytes, dtype, i);
                assert!(found == expected || expected == Scalar::Int(0) && found.is(0.0), "{dtype} {i} {found:?}");
            }
        }
    }
}

#[test]
fn ranges() {
    let mut bytes = vec![0u8; 3000 * 8];
    let layout: Layout = (&[3000], &[1], 0);
    assert!(arange(&dst(&mut bytes, DType::Int64, layout), Scalar::Int(1 << 60), Scalar::Int(-3)));
    assert_eq!(get(&bytes, DType::Int64, 2999), Scalar::Int((1 << 60) - 3 * 2999));
    assert!(arange(&dst(&mut bytes, DType::Float64, layout), Scalar::Float(0.3), Scalar::Float(0.1)));
    assert_eq!(get(&bytes, DType::Float64, 2999), Scalar::Float(0.1f64.mul_add(2999.0, 0.3)));
    let backwards: Layout = (&[10], &[-2], 18);
    assert!(arange(&dst(&mut bytes, DType::Float32, backwards), Scalar::Int(0), Scalar::Float(0.1)));
    assert_eq!(get(&bytes, DType::Float32, 18 - 2 * 7), Scalar::Float((0.1 * 7.0) as f32 as f64));
    assert!(arange(&dst(&mut bytes, DType::UInt8, layout), Scalar::Int(250), Scalar::Int(1)));
    assert_eq!(get(&bytes, DType::UInt8, 7), Scalar::Int(1));
}
