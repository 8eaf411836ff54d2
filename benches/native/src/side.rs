//! One crate's half of a workload: a turn that can be repeated, and the numbers that it gives.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Whatever either crate, or the program itself, has to complain of.
pub type Failure = Box<dyn Error>;

type Timer = Box<dyn FnMut(u64) -> Result<Duration, Failure>>;
type Reader = Box<dyn FnMut() -> Result<Vec<f32>, Failure>>;

/// One crate's half of a workload.
pub struct Side {
    timer: Timer,
    reader: Reader,
}

impl Side {
    /// `turn` is what is timed; `numbers` reads all that it gave. Both begin with `state`.
    pub fn new<S: Clone + 'static, T: 'static, E: Error + 'static>(
        state: S,
        turn: impl Fn(&S) -> Result<T, E> + Copy + 'static,
        numbers: impl Fn(&S, T) -> Result<Vec<f32>, E> + 'static,
    ) -> Side {
        let mine = state.clone();
        Side {
            // The loop is inside the box, so that a turn costs no call through a pointer.
            timer: Box::new(move |count| {
                let start = Instant::now();
                for _ in 0..count {
                    black_box(turn(black_box(&mine))?);
                }
                Ok(start.elapsed())
            }),
            reader: Box::new(move || Ok(numbers(&state, turn(&state)?)?)),
        }
    }

    /// How long so many turns take.
    pub fn time(&mut self, turns: u64) -> Result<Duration, Failure> {
        (self.timer)(turns)
    }
}

/// Fails where the two give other numbers, the first time and once more: state must not build up.
pub fn agree(name: &str, [own, peer]: &mut [Side; 2]) -> Result<(), Failure> {
    for _ in 0..2 {
        let (a, b) = ((own.reader)()?, (peer.reader)()?);
        let near = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-5 * a.abs().max(b.abs()).max(1.0);
        if a.is_empty() || a.len() != b.len() || !a.iter().zip(&b).all(near) {
            return Err(
                format!("{name}: wengert gives {:?}, candle {:?}", &a[..a.len().min(8)], &b[..b.len().min(8)]).into()
            );
        }
    }
    Ok(())
}
