//! Distributions other than the uniform one, drawn one number at a time.
//!
//! torch draws these in float64 whatever the element type, and rounds last: a number of the uniform
//! distribution goes through the inverse of the distribution function, or several are rejected.

use super::Generator;
use super::real::{Wide, units, units_f32};
use std::f64::consts::PI;

/// A distribution, with its parameters.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Law {
    /// The normal one of this mean and standard deviation: four draws for two numbers.
    Normal(f64, f64),
    /// e to the power of such a number.
    LogNormal(f64, f64),
    /// 1 with this probability, else 0: two draws.
    Bernoulli(f64),
    /// The exponential one of this rate: two draws.
    Exponential(f64),
    /// How many trials of this probability the first success takes: two draws.
    Geometric(f64),
    /// Cauchy's of this median and scale: two draws.
    Cauchy(f64, f64),
}

impl Generator {
    /// The next numbers of a distribution, in order.
    pub(in crate::kernels) fn fill(&mut self, law: Law, out: &mut [f64]) {
        match law {
            Law::Normal(mean, std) => out.fill_with(|| self.normal(mean, std)),
            Law::LogNormal(mean, std) => out.fill_with(|| self.normal(mean, std).exp()),
            Law::Bernoulli(p) => self.mapped(out, |u| f64::from(u8::from(u < p))),
            Law::Exponential(rate) => {
                let scale = -1.0 / rate;
                self.mapped(out, |u| scale * (-u).ln_1p());
            }
            Law::Geometric(p) => {
                let failure = (-p).ln_1p();
                self.mapped(out, |u| (u.ln() / failure).ceil());
            }
            Law::Cauchy(median, scale) => self.mapped(out, |u| scale.mul_add((PI * (u - 0.5)).tan(), median)),
        }
    }

    /// A function of the next numbers from 0 up to 1.
    #[inline(always)]
    fn mapped(&mut self, out: &mut [f64], f: impl Fn(f64) -> f64) {
        units(self, out);
        for x in out {
            *x = f(*x);
        }
    }

    /// 1 with the probability that stands in a place, else 0: two draws each.
    pub(in crate::kernels) fn bernoulli(&mut self, p: &[f64], out: &mut [f64]) {
        units(self, out);
        for (x, p) in out.iter_mut().zip(p) {
            *x = f64::from(u8::from(*x < *p));
        }
    }

    /// The same for probabilities of any type but float64: one draw each.
    pub(in crate::kernels) fn bernoulli_f32(&mut self, p: &[f32], out: &mut [f32]) {
        units_f32(self, out);
        for (x, p) in out.iter_mut().zip(p) {
            *x = f32::from(u8::from(*x < *p));
        }
    }

    /// How many events of a Poisson process of this rate happen in a unit of time. The rate must not be negative.
    ///
    /// Below 10 it counts factors until their product falls below `e^-rate` (Knuth 1969). From 10 on it is
    /// transformed rejection, PTRS of Hörmann (1993), whose constants these are; four draws a try.
    pub(in crate::kernels) fn poisson(&mut self, rate: f64) -> f64 {
        if rate == 0.0 {
            return 0.0;
        }
        if rate < 10.0 {
            let (least, mut product, mut count) = ((-rate).exp(), f64::draw(self), 0.0);
            while product > least {
                product *= f64::draw(self);
                count += 1.0;
            }
            return count;
        }
        let b = 0.931 + 2.53 * rate.sqrt();
        let a = -0.059 + 0.02483 * b;
        let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
        let accepted = 0.9277 - 3.6224 / (b - 2.0);
        loop {
            let (u, v) = (f64::draw(self) - 0.5, f64::draw(self));
            let edge = 0.5 - u.abs();
            let k = ((2.0 * a / edge + b) * u + rate + 0.43).floor();
            // torch counts in 64 bits, and beyond them gets the least number that they hold.
            let k = if k < 9.2e18 { k } else { i64::MIN as f64 };
            if edge >= 0.07 && v <= accepted {
                return k;
            }
            if k < 0.0 || edge < 0.013 && v > edge {
                continue;
            }
            let bound = k * rate.ln() - rate - ln_factorial(k);
            if v.ln() + inverse_alpha.ln() - (a / (edge * edge) + b).ln() <= bound {
                return k;
            }
        }
    }
}

/// The logarithm of `k!`.
fn ln_factorial(k: f64) -> f64 {
    if k < 15.0 {
        return (2..=k as u64).map(|i| i as f64).product::<f64>().ln();
    }
    // Stirling's series; the next term is below the last place from here on.
    let (x, r) = (k + 1.0, 1.0 / (k + 1.0));
    let r2 = r * r;
    let series = r * (1.0 / 12.0 - r2 * (1.0 / 360.0 - r2 * (1.0 / 1260.0 - r2 * (1.0 / 1680.0 - r2 / 1188.0))));
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * PI).ln() + series
}
