//! A generator's state as bytes, laid out as `torch.get_rng_state()` lays them.
//!
//! The layout is that of torch's predecessor, with words of 32 bits in 64 and places for numbers
//! that no one uses any more; those are written as 0 and not read.

use super::Generator;
use super::twister::{Twister, WORDS};
use std::fmt;

/// Bytes in a state.
pub const STATE_BYTES: usize = 5056;

const SEED: usize = 0;
const LEFT: usize = 8;
const SEEDED: usize = 12;
const NEXT: usize = 16;
const STATE: usize = 24;
const SPARE: usize = 5024;
const HAS_SPARE: usize = 5040;
const SPARE_F32: usize = 5048;
const HAS_SPARE_F32: usize = 5052;

/// Why bytes are no state. Its text is torch's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InvalidState {
    /// There are this many bytes.
    Size(usize),
    /// The twister could not have come to stand there.
    Twister,
}

impl fmt::Display for InvalidState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InvalidState::Size(n) => write!(
                f,
                "Expected a CPUGeneratorImplState of size {STATE_BYTES} but found the input RNG state size to be {n}"
            ),
            InvalidState::Twister => f.write_str("Invalid mt19937 state"),
        }
    }
}

impl std::error::Error for InvalidState {}

impl Generator {
    /// Its state, as `torch.get_rng_state()` gives it on x86-64 (little endian everywhere here).
    pub fn state(&self) -> [u8; STATE_BYTES] {
        let mut bytes = [0; STATE_BYTES];
        let mut put = |at: usize, what: &[u8]| bytes[at..at + what.len()].copy_from_slice(what);
        put(SEED, &self.seed.to_le_bytes());
        put(LEFT, &self.twister.left.to_le_bytes());
        put(SEEDED, &1_u32.to_le_bytes());
        put(NEXT, &u64::from(self.twister.next).to_le_bytes());
        for (i, word) in self.twister.words.iter().enumerate() {
            put(STATE + 8 * i, &word.to_le_bytes());
        }
        if let Some(x) = self.spare {
            put(SPARE, &x.to_le_bytes());
            put(HAS_SPARE, &[1]);
        }
        if let Some(x) = self.spare_f32 {
            put(SPARE_F32, &x.to_le_bytes());
            put(HAS_SPARE_F32, &[1]);
        }
        bytes
    }

    /// Takes on a state that [`Generator::state`] or torch gave.
    ///
    /// # Errors
    /// [`InvalidState`]; nothing changes then.
    pub fn set_state(&mut self, bytes: &[u8]) -> Result<(), InvalidState> {
        let bytes: &[u8; STATE_BYTES] = bytes.try_into().map_err(|_| InvalidState::Size(bytes.len()))?;
        let u32_at = |at: usize| u32::from_le_bytes(part(bytes, at));
        let (left, next) = (u32_at(LEFT), u64::from_le_bytes(part(bytes, NEXT)));
        // torch lets `next` be anything up to 624 and then reads past the words; here that is an error.
        let stands = (1..=WORDS as u32).contains(&left) && next <= (WORDS as u32 + 1 - left).into();
        if u32_at(SEEDED) == 0 || !stands {
            return Err(InvalidState::Twister);
        }
        let words = std::array::from_fn(|i| u32_at(STATE + 8 * i));
        self.twister = Twister { words, left, next: next as u32 };
        self.seed = u64::from_le_bytes(part(bytes, SEED));
        self.spare = (u32_at(HAS_SPARE) != 0).then(|| f64::from_le_bytes(part(bytes, SPARE)));
        self.spare_f32 = (bytes[HAS_SPARE_F32] != 0).then(|| f32::from_le_bytes(part(bytes, SPARE_F32)));
        Ok(())
    }
}

/// The `N` bytes at `at`.
fn part<const N: usize>(bytes: &[u8; STATE_BYTES], at: usize) -> [u8; N] {
    std::array::from_fn(|i| bytes[at + i])
}
