//! What is timed, as users of each crate would write it.
//!
//! wengert adds gradients to `.grad`, which is set to 0 first, as in a training loop; candle's `backward` returns them.
//! Every number is a small fraction of a power of two, so that sums are exact in float32 in whatever order they are made.

use crate::side::{Failure, Side};
use candle_core::backprop::GradStore;
use candle_core::{self as candle, Device::Cpu, Var};
use wengert::Tensor;

type Own<T> = wengert::Result<T>;
type Peer<T> = candle::Result<T>;
type Make = fn() -> Result<[Side; 2], Failure>;

/// Each workload's name and title, and what makes its two sides.
pub const ALL: [(&str, &str, Make); 8] = [
    ("worked-example", "x of 4 floats: y = 2 * x.x, backward", worked_example),
    ("add", "a + b of 4 floats, unrecorded", add),
    ("add-recorded", "a + b of 4 floats, recorded", add_recorded),
    ("chain", "1000 scalar nodes, forward and backward", chain),
    ("sum", "sum of 100000 floats, backward", sum),
    ("network", "two-layer net 64x64, forward and backward", network),
    ("matmul-256", "matmul 256x256", matmul::<256>),
    ("matmul-512", "matmul 512x512", matmul::<512>),
];

/// `count` eighths from -1 to 1, without a pattern that a matrix's rows would share.
fn eighths(count: usize, seed: usize) -> Vec<f32> {
    (0..count).map(|k| ((k + seed) * 2_654_435_761 % 65_537 % 17) as f32 / 8.0 - 1.0).collect()
}

fn own(values: &[f32], shape: &[i64], wanted: bool) -> Own<Tensor> {
    let t = Tensor::from_slice(values, shape)?;
    t.requires_grad_(wanted)?;
    Ok(t)
}

fn peer(values: &[f32], shape: &[usize]) -> Peer<Var> {
    Var::from_slice(values, shape, &Cpu)
}

/// A value's elements and the gradients of leaves.
fn own_numbers(y: &Tensor, leaves: &[&Tensor]) -> Own<Vec<f32>> {
    let mut numbers = y.to_vec()?;
    for leaf in leaves {
        numbers.extend(leaf.grad().map_or(Ok(Vec::new()), |g| g.to_vec::<f32>())?);
    }
    Ok(numbers)
}

fn peer_numbers(y: &candle::Tensor, grads: &GradStore, leaves: &[&Var]) -> Peer<Vec<f32>> {
    let mut numbers = y.flatten_all()?.to_vec1()?;
    for leaf in leaves {
        numbers.extend(grads.get(leaf).map_or(Ok(Vec::new()), |g| g.flatten_all()?.to_vec1::<f32>())?);
    }
    Ok(numbers)
}

fn zero_grad(leaf: &Tensor) -> Own<()> {
    if let Some(g) = leaf.grad() {
        g.zero_()?;
    }
    Ok(())
}

fn swept(y: candle::Tensor) -> Peer<(candle::Tensor, GradStore)> {
    let grads = y.backward()?;
    Ok((y, grads))
}

fn worked_example() -> Result<[Side; 2], Failure> {
    let values = [0.0, 1.0, 2.0, 3.0];
    Ok([
        Side::new(
            own(&values, &[4], true)?,
            |x| {
                zero_grad(x)?;
                let y = (2.0 * x.dot(x)?)?;
                y.backward()?;
                Ok(y)
            },
            |x, y| own_numbers(&y, &[x]),
        ),
        Side::new(peer(&values, &[4])?, |x| swept((x.dot(x)? * 2.0)?), |x, (y, grads)| peer_numbers(&y, &grads, &[x])),
    ])
}

fn add() -> Result<[Side; 2], Failure> {
    let (a, b) = ([0.0, 1.0, 2.0, 3.0], [1.0; 4]);
    let plain = |values: &[f32]| candle::Tensor::from_slice(values, 4, &Cpu);
    Ok([
        Side::new((own(&a, &[4], false)?, own(&b, &[4], false)?), |(a, b)| a + b, |_, y| y.to_vec()),
        Side::new((plain(&a)?, plain(&b)?), |(a, b)| a + b, |_, y| y.to_vec1()),
    ])
}

fn add_recorded() -> Result<[Side; 2], Failure> {
    let (a, b) = ([0.0, 1.0, 2.0, 3.0], [1.0; 4]);
    Ok([
        Side::new((own(&a, &[4], true)?, own(&b, &[4], true)?), |(a, b)| a + b, |_, y| y.to_vec()),
        Side::new((peer(&a, &[4])?, peer(&b, &[4])?), |(a, b)| a.as_tensor() + b.as_tensor(), |_, y| y.to_vec1()),
    ])
}

fn chain() -> Result<[Side; 2], Failure> {
    Ok([
        Side::new(
            (own(&[0.5], &[], true)?, own(&[0.25], &[], true)?),
            |(x, w)| {
                zero_grad(x)?;
                zero_grad(w)?;
                let mut y = x.clone();
                for _ in 0..500 {
                    y = ((y * w)? + x)?;
                }
                y.backward()?;
                Ok(y)
            },
            |(x, w), y| own_numbers(&y, &[x, w]),
        ),
        Side::new(
            (peer(&[0.5], &[])?, peer(&[0.25], &[])?),
            |(x, w)| {
                let mut y = x.as_tensor().clone();
                for _ in 0..500 {
                    y = ((y * w.as_tensor())? + x.as_tensor())?;
                }
                swept(y)
            },
            |(x, w), (y, grads)| peer_numbers(&y, &grads, &[x, w]),
        ),
    ])
}

fn sum() -> Result<[Side; 2], Failure> {
    let values = eighths(100_000, 0);
    Ok([
        Side::new(
            own(&values, &[100_000], true)?,
            |x| {
                zero_grad(x)?;
                let y = x.sum()?;
                y.backward()?;
                Ok(y)
            },
            |x, y| own_numbers(&y, &[x]),
        ),
        Side::new(peer(&values, &[100_000])?, |x| swept(x.sum_all()?), |x, (y, grads)| peer_numbers(&y, &grads, &[x])),
    ])
}

/// `((x @ first)^2 @ second).sum()`, with the gradients of both layers.
fn network() -> Result<[Side; 2], Failure> {
    let [x, first, second] = [1, 2, 3].map(|seed| eighths(64 * 64, seed));
    Ok([
        Side::new(
            (own(&x, &[64, 64], false)?, own(&first, &[64, 64], true)?, own(&second, &[64, 64], true)?),
            |(x, first, second)| {
                zero_grad(first)?;
                zero_grad(second)?;
                let hidden = x.matmul(first)?;
                let y = (&hidden * &hidden)?.matmul(second)?.sum()?;
                y.backward()?;
                Ok(y)
            },
            |(_, first, second), y| own_numbers(&y, &[first, second]),
        ),
        Side::new(
            (candle::Tensor::from_slice(&x, (64, 64), &Cpu)?, peer(&first, &[64, 64])?, peer(&second, &[64, 64])?),
            |(x, first, second)| {
                let hidden = x.matmul(first)?;
                swept((&hidden * &hidden)?.matmul(second)?.sum_all()?)
            },
            |(_, first, second), (y, grads)| peer_numbers(&y, &grads, &[first, second]),
        ),
    ])
}

fn matmul<const N: usize>() -> Result<[Side; 2], Failure> {
    let [a, b] = [4, 5].map(|seed| eighths(N * N, seed));
    let extents = [N as i64; 2];
    let plain = |values: &[f32]| candle::Tensor::from_slice(values, (N, N), &Cpu);
    Ok([
        Side::new((own(&a, &extents, false)?, own(&b, &extents, false)?), |(a, b)| a.matmul(b), |_, y| y.to_vec()),
        Side::new((plain(&a)?, plain(&b)?), |(a, b)| a.matmul(b), |_, y| y.flatten_all()?.to_vec1()),
    ])
}
