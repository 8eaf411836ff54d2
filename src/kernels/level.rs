//! The instruction set that kernels use, chosen once at run time.
//!
//! Results do not depend on it, bit for bit (nan's sign and payload excepted): the choice is only
//! about speed. The environment variable `WENGERT_LEVEL` forces one (`portable`, `avx2`,
//! `avx512`), where the processor has it. A later level (NEON) is one more variant here, one more file in `lanes/`, and one
//! more row in a kernel table.

use std::sync::atomic::{AtomicU8, Ordering};

/// An instruction set, slowest first. Its number indexes kernel tables.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Level {
    /// What the target has at least; runs everywhere.
    Portable = 0,
    /// x86-64 with AVX2, FMA and F16C.
    Avx2 = 1,
    /// x86-64 with AVX-512 F, DQ, BW and VL.
    Avx512 = 2,
}

/// How many [`Level`]s there are: the height of a kernel table.
pub const LEVELS: usize = 3;

/// This processor lacks the level that was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unsupported(pub Level);

/// Not chosen yet.
const UNSET: u8 = u8::MAX;

// Relaxed is enough: the number guards no other memory, and every thread that finds UNSET chooses alike.
static CHOSEN: AtomicU8 = AtomicU8::new(UNSET);

impl Level {
    /// Every level, slowest first.
    pub const ALL: [Level; LEVELS] = [Level::Portable, Level::Avx2, Level::Avx512];

    /// Its name: `portable`, `avx2`, `avx512`.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Portable => "portable",
            Level::Avx2 => "avx2",
            Level::Avx512 => "avx512",
        }
    }

    /// The level of a name.
    pub fn named(name: &str) -> Option<Level> {
        Level::ALL.into_iter().find(|level| level.name() == name)
    }

    /// Whether this processor can run it.
    pub fn is_supported(self) -> bool {
        match self {
            Level::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => {
                is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("f16c")
            }
            // With VBMI2 too, which no kernel uses: where it is missing, wide registers slow the whole processor down.
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => {
                Level::Avx2.is_supported()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512vbmi2")
            }
            #[cfg(not(target_arch = "x86_64"))]
            Level::Avx2 | Level::Avx512 => false,
        }
    }
}

/// The level in use: the fastest that the processor supports, unless `WENGERT_LEVEL` or [`set_level`] said otherwise.
#[inline(always)]
pub fn level() -> Level {
    match CHOSEN.load(Ordering::Relaxed) {
        0 => Level::Portable,
        1 => Level::Avx2,
        2 => Level::Avx512,
        _ => choose(),
    }
}

/// The environment variable that forces a level.
const FORCED: &str = "WENGERT_LEVEL";

#[cold]
fn choose() -> Level {
    let forced = std::env::var(FORCED).ok().and_then(|name| Level::named(&name)).filter(|level| level.is_supported());
    let best = || Level::ALL.into_iter().rfind(|level| level.is_supported()).unwrap_or(Level::Portable);
    let level = forced.unwrap_or_else(best);
    CHOSEN.store(level as u8, Ordering::Relaxed);
    level
}

/// Makes every later kernel of the process use `level`, for tests and measurements.
///
/// # Errors
/// [`Unsupported`] where the processor cannot run it; nothing changes then.
pub fn set_level(level: Level) -> Result<(), Unsupported> {
    if !level.is_supported() {
        return Err(Unsupported(level));
    }
    CHOSEN.store(level as u8, Ordering::Relaxed);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Law: a level that is set is the level in use, and the number of a level is its place in `ALL`.
    #[test]
    fn set_and_get() {
        let before = level();
        assert!(before.is_supported());
        for (i, l) in Level::ALL.into_iter().enumerate() {
            assert_eq!(l as usize, i);
            assert_eq!(set_level(l).is_ok(), l.is_supported());
        }
        set_level(before).unwrap();
    }
}
