//! Single draws from distributions other than the uniform and the normal one.
//!
//! Each is one uniform number, put through the inverse of the distribution function. Fills are the
//! caller's loop: torch draws these one element at a time in every dtype, and rounds last.

use super::Generator;
use super::real::Wide;

#[cfg_attr(not(test), allow(dead_code, reason = "for the rows of bernoulli_, exponential_ and their kin"))]
impl Generator {
    /// True with probability `p`, as `Tensor.bernoulli_(p)` and dropout draw it: two draws.
    #[inline]
    pub fn bernoulli(&mut self, p: f64) -> bool {
        f64::draw(self) < p
    }

    /// True with probability `p`, as `torch.bernoulli` draws it for probabilities in a tensor of any
    /// type but float64: one draw.
    #[inline]
    pub fn bernoulli_f32(&mut self, p: f32) -> bool {
        f32::draw(self) < p
    }

    /// `Tensor.exponential_(rate)`, which `torch.multinomial` uses too: two draws.
    #[inline]
    pub fn exponential(&mut self, rate: f64) -> f64 {
        -1.0 / rate * (-f64::draw(self)).ln_1p()
    }

    /// `Tensor.geometric_(p)`: how many trials the first success takes. Two draws.
    #[inline]
    pub fn geometric(&mut self, p: f64) -> f64 {
        (f64::draw(self).ln() / (-p).ln_1p()).ceil()
    }

    /// `Tensor.cauchy_(median, scale)`: two draws.
    #[inline]
    pub fn cauchy(&mut self, median: f64, scale: f64) -> f64 {
        scale.mul_add((std::f64::consts::PI * (f64::draw(self) - 0.5)).tan(), median)
    }

    /// `Tensor.log_normal_(mean, std)`: e to the power of [`Generator::normal`].
    #[inline]
    pub fn log_normal(&mut self, mean: f64, std: f64) -> f64 {
        self.normal(mean, std).exp()
    }
}
