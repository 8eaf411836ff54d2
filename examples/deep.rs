//! A graph as deep as you like on a stack of 64 KiB: `cargo run --release --example deep [NODES]`.
//!
//! Ten million nodes (fewer where nothing is optimised) in one chain, swept and dropped twice: once by the sweep,
//! which lets nodes go as it passes them, and once whole, as it hangs on its last tensor. Nothing recurses over a
//! graph, so a stack that holds a few dozen frames of Rust is enough.

use std::time::Instant;
use wengert::{Options, Result, Tensor, live_records, ones};

const NODES: usize = if cfg!(debug_assertions) { 100_000 } else { 10_000_000 };
const STACK: usize = 64 << 10;

fn chain(x: &Tensor, nodes: usize) -> Result<Tensor> {
    let mut y = x.clone();
    for _ in 0..nodes {
        y = (&y + 1.0)?;
    }
    Ok(y)
}

fn told<T>(what: &str, run: impl FnOnce() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    let result = run()?;
    println!("{what:<28} {:>8.3} s", start.elapsed().as_secs_f64());
    Ok(result)
}

fn run(nodes: usize) -> Result<()> {
    let x = ones(&[])?;
    x.requires_grad_(true)?;
    println!("{nodes} nodes on a stack of {} KiB", STACK >> 10);

    let y = told("recorded", || chain(&x, nodes))?;
    told("swept", || y.backward())?;
    drop(y);
    assert_eq!(x.grad().expect("a sweep has reached x").to_vec::<f64>()?, [1.0]);

    let y = told("recorded again", || chain(&x, nodes))?;
    let keep = Options { retain_graph: Some(true), ..Options::default() };
    told("swept and kept", || wengert::backward(std::slice::from_ref(&y), &[], keep, None))?;
    assert_eq!(x.grad().expect("a sweep has reached x").to_vec::<f64>()?, [2.0]);
    told("dropped whole", || {
        drop(y);
        Ok(())
    })?;

    drop(x);
    assert!(live_records().iter().all(|&(_, alive)| alive == 0), "left alive: {:?}", live_records());
    println!("nothing is left alive");
    Ok(())
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let nodes = std::env::args().nth(1).map_or(Ok(NODES), |count| count.parse())?;
    // A thread of its own: the main one has megabytes, with which nothing would be shown.
    let small = std::thread::Builder::new().stack_size(STACK).spawn(move || run(nodes))?;
    small.join().map_err(|_| "the thread panicked")??;
    Ok(())
}
