//! Random numbers: torch's CPU generator, draw for draw.
//!
//! A seed gives the numbers that it gives in torch: uniform numbers, integers and permutations bit
//! for bit, normal ones as far as the processor's path in torch does (`normal.rs`). So the
//! order and the width of draws is interface, and each function here says how many it makes. What
//! must not come here: shapes and strides. Fills write one contiguous run; who needs another order
//! draws one number at a time.

pub mod choice;
mod integer;
mod normal;
mod real;
mod state;
#[cfg(test)]
mod tests;
mod twister;
mod variate;

pub use integer::{Whole, fill_permutation};
pub use real::{fill_normal, fill_uniform};
pub use state::STATE_BYTES;
pub use variate::Law;

use std::hash::{BuildHasher, RandomState};
use twister::Twister;

/// A source of random numbers: `torch.Generator` on the CPU. The same seed gives the numbers that it gives there.
#[derive(Clone, PartialEq, Debug)]
pub struct Generator {
    twister: Twister,
    seed: u64,
    /// The second number of the last pair of normal ones, if not yet given out.
    spare: Option<f64>,
    /// The same in float32. torch no longer uses it but still stores it, so a state keeps it.
    spare_f32: Option<f32>,
}

impl Generator {
    /// The seed of a process that sets none.
    pub const DEFAULT_SEED: u64 = 67_280_421_310_721;

    /// A generator as `torch.Generator().manual_seed(seed)` leaves it.
    pub fn new(seed: u64) -> Generator {
        // torch keeps all 64 bits of the seed but seeds the twister with the lower half.
        Generator { twister: Twister::new(seed as u32), seed, spare: None, spare_f32: None }
    }

    /// Starts again from `seed`; a spare normal number is forgotten.
    pub fn manual_seed(&mut self, seed: u64) {
        *self = Generator::new(seed);
    }

    /// The seed that Python's integer `seed` stands for: negative ones count from 2^64 down.
    /// `None` where torch refuses it.
    pub fn seed_of(seed: i128) -> Option<u64> {
        let range = i128::from(i64::MIN)..=i128::from(u64::MAX);
        range.contains(&seed).then_some(seed as u64)
    }

    /// Starts again from a seed that no one can foresee, and returns it: 53 bits, as torch's.
    pub fn reseed(&mut self) -> u64 {
        // The standard library's only source of entropy is the keys of its hash maps.
        let seed = RandomState::new().hash_one(std::time::SystemTime::now()) & ((1 << 53) - 1);
        self.manual_seed(seed);
        seed
    }

    /// The seed that it last started from.
    pub fn initial_seed(&self) -> u64 {
        self.seed
    }

    /// 32 random bits.
    #[inline(always)]
    pub fn random32(&mut self) -> u32 {
        self.twister.draw()
    }

    /// 64 random bits: two draws, the first in the upper half.
    #[inline(always)]
    pub fn random64(&mut self) -> u64 {
        let high = u64::from(self.twister.draw());
        high << 32 | u64::from(self.twister.draw())
    }
}

impl Default for Generator {
    fn default() -> Self {
        Generator::new(Generator::DEFAULT_SEED)
    }
}
