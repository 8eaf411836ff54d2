//! Eight threads, one array of weights: `cargo run --example threads`.
//!
//! `Data` crosses threads without a copy; each thread builds and sweeps a tape of its own over it, and
//! the gradients come back as `Data` and are summed.

use std::thread;
use wengert::{Data, Result, Tensor, no_grad};

const THREADS: usize = 8;
const FEATURES: usize = 3;
const ROWS: usize = 16;

/// The gradient of a squared error over one thread's rows, whose targets are a known linear function.
fn gradient(weights: &Data, thread: usize) -> Result<Data> {
    let w = Tensor::from_data(weights)?;
    w.requires_grad_(true)?;
    let inputs: Vec<f64> = (0..ROWS * FEATURES).map(|i| ((thread * 31 + i * 7) % 13) as f64 / 13.0 - 0.5).collect();
    let x = Tensor::from_slice(&inputs, &[ROWS as i64, FEATURES as i64])?;
    let target = x.matmul(&Tensor::from_slice(&[1.0, -2.0, 0.5], &[FEATURES as i64])?)?;
    let error = (x.matmul(&w)? - target)?;
    (&error * &error)?.sum()?.backward()?;
    w.grad().expect("the loss depends on the weights").into_data()
}

fn main() -> Result<()> {
    let mut weights = Tensor::from_slice(&[0.0f64; FEATURES], &[FEATURES as i64])?.into_data()?;
    for step in 0..200 {
        let shared = &weights;
        let gradients: Vec<Data> = thread::scope(|scope| {
            let workers: Vec<_> = (0..THREADS).map(|t| scope.spawn(move || gradient(shared, t))).collect();
            workers.into_iter().map(|w| w.join().expect("a worker does not panic")).collect::<Result<_>>()
        })?;
        let w = Tensor::from_data(&weights)?;
        no_grad(|| -> Result<()> {
            for g in &gradients {
                w.sub_(&(Tensor::from_data(g)? * 0.02)?)?;
            }
            Ok(())
        })?;
        if step % 50 == 0 {
            println!("step {step:3}: {w}");
        }
        weights = w.into_data()?;
    }
    println!("found    {}", Tensor::from_data(&weights)?);
    Ok(())
}
