//! wengert's crate beside candle-core, in one process and on one thread.
//!
//! `cargo run --release --manifest-path benches/native/Cargo.toml` prints a table. Every workload is written twice,
//! as a user of each crate would (see [`workloads`]); that both give the same numbers is checked before any is timed.
//! Rounds of the two alternate, so that a drift of the processor falls on both: see benches/README.md.

mod report;
mod side;
mod workloads;

use report::Line;
use side::{Failure, Side};
use std::env;
use std::process::{Command, exit};
use std::time::Duration;

/// Where candle, rayon, gemm and wengert read how many threads they may use. They read it once, at first use.
const THREADS: [&str; 3] = ["RAYON_NUM_THREADS", "CANDLE_NUM_THREADS", "OMP_NUM_THREADS"];

const USAGE: &str = "options: [--rounds N] [--round-ms T] [--workloads NAME,NAME] [--json FILE]";

/// What is asked for on the command line.
struct Options {
    rounds: usize,
    round: Duration,
    only: Vec<String>,
    json: Option<String>,
}

fn options() -> Result<Options, Failure> {
    let mut options = Options { rounds: 21, round: Duration::from_millis(20), only: Vec::new(), json: None };
    let mut words = env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} wants a value; {USAGE}"));
        match word.as_str() {
            "--rounds" => options.rounds = value()?.parse::<usize>()?.max(1),
            "--round-ms" => options.round = Duration::from_millis(value()?.parse()?),
            "--workloads" => options.only = value()?.split(',').map(String::from).collect(),
            "--json" => options.json = Some(value()?),
            _ => return Err(format!("{word} is unknown; {USAGE}").into()),
        }
    }
    Ok(options)
}

/// How many turns take about `round`.
fn calibrate(side: &mut Side, round: Duration) -> Result<u64, Failure> {
    let mut turns = 1;
    loop {
        let spent = side.time(turns)?;
        if spent * 4 >= round {
            return Ok(((turns as f64) * round.as_secs_f64() / spent.as_secs_f64()).ceil() as u64);
        }
        turns *= 2;
    }
}

/// Nanoseconds a turn of each side, one a round. Rounds begin with the one and the other by turns.
fn measure(sides: &mut [Side; 2], options: &Options) -> Result<[Vec<f64>; 2], Failure> {
    let mut turns = [0; 2];
    for (side, turns) in sides.iter_mut().zip(&mut turns) {
        *turns = calibrate(side, options.round)?;
    }
    let mut spent = [Vec::new(), Vec::new()];
    for round in 0..options.rounds {
        for k in [round % 2, 1 - round % 2] {
            spent[k].push(sides[k].time(turns[k])?.as_nanos() as f64 / turns[k] as f64);
        }
    }
    Ok(spent)
}

fn run(options: &Options) -> Result<(), Failure> {
    let mut work = Vec::new();
    for (name, title, make) in workloads::ALL {
        if options.only.is_empty() || options.only.iter().any(|only| only == name) {
            let mut sides = make()?;
            side::agree(name, &mut sides)?;
            work.push((name, title, sides));
        }
    }
    report::head();
    let mut lines = Vec::new();
    for (name, title, mut sides) in work {
        let [own, peer] = measure(&mut sides, options)?;
        let line = Line { name, title, own, peer };
        line.print();
        lines.push(line);
    }
    if let Some(file) = &options.json {
        std::fs::write(file, report::json(&lines))?;
    }
    Ok(())
}

fn main() -> Result<(), Failure> {
    // The program starts itself with the variables set: to set them in a process that runs is not safe Rust.
    if THREADS.iter().any(|name| env::var(name).as_deref() != Ok("1")) {
        let again =
            Command::new(env::current_exe()?).args(env::args_os().skip(1)).envs(THREADS.map(|n| (n, "1"))).status()?;
        exit(again.code().unwrap_or(1));
    }
    run(&options()?)
}
