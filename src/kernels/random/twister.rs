//! The Mersenne twister MT19937 of Matsumoto and Nishimura (1998), seeded by their `init_genrand` (2002).
//!
//! What is kept is what torch keeps (a countdown and an index besides the words), so that a state
//! can go from one to the other at any moment.

/// Words of state.
pub const WORDS: usize = 624;
/// The distance of the recurrence: word `i + 624` is made of words `i`, `i + 1` and `i + 397`.
const MIDDLE: usize = 397;

/// The generator's words and where it stands in them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Twister {
    pub(super) words: [u32; WORDS],
    /// Draws until the words are renewed; the renewing draw counts.
    pub(super) left: u32,
    /// The word to draw next, once renewed. Never more than `WORDS + 1 - left`.
    pub(super) next: u32,
}

impl Twister {
    /// Seeded with 32 bits.
    pub fn new(seed: u32) -> Twister {
        let mut words = [seed; WORDS];
        for i in 1..WORDS {
            let before = words[i - 1];
            words[i] = (before ^ before >> 30).wrapping_mul(1_812_433_253).wrapping_add(i as u32);
        }
        Twister { words, left: 1, next: 0 }
    }

    /// The next 32 bits.
    #[inline(always)]
    pub fn draw(&mut self) -> u32 {
        self.left -= 1;
        if self.left == 0 {
            self.renew();
        }
        let y = self.words[self.next as usize];
        self.next += 1;
        tempered(y)
    }

    /// As many draws as there are places in `out`: the same numbers, a run of words at a time.
    #[inline(always)]
    pub fn fill(&mut self, out: &mut [u32]) {
        let mut rest = out;
        while !rest.is_empty() {
            if self.left == 1 {
                self.renew();
                // The draw that renews counts.
                self.left += 1;
            }
            let n = rest.len().min(self.left as usize - 1);
            let (now, later) = rest.split_at_mut(n);
            let words = &self.words[self.next as usize..][..n];
            for (y, word) in now.iter_mut().zip(words) {
                *y = tempered(*word);
            }
            self.next += n as u32;
            self.left -= n as u32;
            rest = later;
        }
    }

    #[inline(never)]
    fn renew(&mut self) {
        let words = &mut self.words;
        // Three runs instead of indices modulo 624, which would keep the compiler from vectorising.
        for i in 0..WORDS - MIDDLE {
            words[i] = words[i + MIDDLE] ^ twist(words[i], words[i + 1]);
        }
        for i in WORDS - MIDDLE..WORDS - 1 {
            words[i] = words[i + MIDDLE - WORDS] ^ twist(words[i], words[i + 1]);
        }
        words[WORDS - 1] = words[MIDDLE - 1] ^ twist(words[WORDS - 1], words[0]);
        self.left = WORDS as u32;
        self.next = 0;
    }
}

/// A word of state as it is given out.
#[inline(always)]
fn tempered(word: u32) -> u32 {
    let mut y = word;
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c_5680;
    y ^= y << 15 & 0xefc6_0000;
    y ^ y >> 18
}

/// The recurrence's matrix, applied to the high bit of `u` and the low bits of `v`.
#[inline(always)]
fn twist(u: u32, v: u32) -> u32 {
    let mixed = u & 0x8000_0000 | v & 0x7fff_ffff;
    mixed >> 1 ^ (v & 1).wrapping_neg() & 0x9908_b0df
}
