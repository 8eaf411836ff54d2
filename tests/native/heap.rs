//! Law: a steady loop of a Rust program makes no heap call, counted by the allocator itself.
//!
//! The counts are each thread's own, since the test harness allocates in others.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use wengert::{Result, Tensor, no_grad, ones};

struct Counting;

thread_local! {
    static CALLS: Cell<u64> = const { Cell::new(0) };
}

fn note() {
    // A thread that is ending has no count any more.
    let _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
}

// SAFETY: every call is the system allocator's own; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note();
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note();
        // SAFETY: the caller's promise.
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note();
        // SAFETY: the caller's promise.
        unsafe { System.realloc(ptr, layout, size) }
    }
    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        note();
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(ptr, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The heap calls of ten thousand turns, after those that fill what is kept.
fn calls(mut turn: impl FnMut() -> Result<()>) -> Result<u64> {
    for _ in 0..100 {
        turn()?;
    }
    let before = CALLS.get();
    for _ in 0..10_000 {
        turn()?;
    }
    Ok(CALLS.get() - before)
}

fn leaf(n: usize, shape: &[i64]) -> Result<Tensor> {
    let values: Vec<f32> = (0..n).map(|i| (i % 7) as f32 * 0.1).collect();
    let t = Tensor::from_slice(&values, shape)?;
    t.requires_grad_(true)?;
    Ok(t)
}

fn clear(leaf: &Tensor) -> Result<()> {
    leaf.grad().map_or(Ok(()), |g| g.zero_().map(drop))
}

#[test]
fn heap_calls_are_counted() -> Result<()> {
    let boxed = || {
        std::hint::black_box(Box::new(1));
        Ok(())
    };
    assert!(calls(boxed)? >= 20_000);
    // A shape is handed out as a vector.
    let shaped = || ones(&[2, 2]).map(|t| assert_eq!(t.shape(), [2, 2]));
    assert!(calls(shaped)? >= 20_000);
    Ok(())
}

#[test]
fn the_worked_example_makes_none() -> Result<()> {
    let x = leaf(4, &[4])?;
    let turn = || {
        clear(&x)?;
        let y = (2.0 * x.dot(&x)?)?;
        y.backward()
    };
    assert_eq!(calls(turn)?, 0);
    Ok(())
}

#[test]
fn a_sum_makes_none_with_its_gradient_held() -> Result<()> {
    let x = leaf(4, &[4])?;
    x.sum()?.backward()?;
    let _held = x.grad();
    assert_eq!(calls(|| clear(&x).and_then(|()| x.sum()?.backward()))?, 0);
    Ok(())
}

#[test]
fn five_dimensions_and_many_elements_make_none() -> Result<()> {
    for x in [leaf(32, &[2, 2, 2, 2, 2])?, leaf(100_000, &[100_000])?] {
        let (mut left, turns) = (0, if x.numel() > 1000 { 100 } else { 10_000 });
        let mut before = 0;
        while left < turns {
            clear(&x)?;
            (&x * &x)?.sum()?.backward()?;
            left += 1;
            if left == turns / 2 {
                before = CALLS.get();
            }
        }
        assert_eq!(CALLS.get() - before, 0, "{:?}", x.shape());
    }
    Ok(())
}

#[test]
fn a_network_that_trains_makes_none() -> Result<()> {
    let inputs = leaf(32, &[8, 4])?.detach()?;
    let (first, second) = (leaf(12, &[4, 3])?, leaf(6, &[3, 2])?);
    let turn = || {
        let hidden = inputs.matmul(&first)?;
        let out = (&hidden * &hidden)?.matmul(&second)?;
        (&out * &out)?.sum()?.backward()?;
        no_grad(|| {
            for w in [&first, &second] {
                let step = (w.grad().expect("a sweep has reached the leaf") * 0.001)?;
                w.sub_(&step)?;
                clear(w)?;
            }
            Ok(())
        })
    };
    assert_eq!(calls(turn)?, 0);
    Ok(())
}
