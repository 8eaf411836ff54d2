//! From uniform to normal numbers, in blocks of 16: eight radii and eight angles.
//!
//! In a block, number `i` gives a radius and number `i + 8` an angle, and they become `radius * cos` and
//! `radius * sin` (Box and Muller 1958). torch on AVX2 does float32 with the short polynomials of Moshier's
//! Cephes library, not with its own `log` and `cos`; to print torch's digits this file does the same, with
//! the same fused steps, and on every processor (torch's other paths differ in the last places).

use crate::kernels::lanes::{Float, Kernel, Lane, Simd, dispatch};
use crate::kernels::number::Ring;

/// Pairs of numbers in a block.
pub const PAIRS: usize = 8;

/// Makes blocks of uniform float64 normal.
pub fn blocks_f64(blocks: &mut [[f64; 2 * PAIRS]], mean: f64, std: f64) {
    // SAFETY: it asks for nothing.
    unsafe { dispatch(Blocks { blocks, mean, std }) };
}

/// Makes blocks of uniform float32 normal.
pub fn blocks_f32(blocks: &mut [[f32; 2 * PAIRS]], mean: f32, std: f32) {
    // SAFETY: it asks for nothing.
    unsafe { dispatch(Blocks { blocks, mean, std }) };
}

/// Blocks of numbers that are uniform before and normal after. It asks for nothing.
pub struct Blocks<'a, T> {
    /// What is changed.
    pub blocks: &'a mut [[T; 2 * PAIRS]],
    /// The mean that they get.
    pub mean: T,
    /// The standard deviation that they get.
    pub std: T,
}

impl Kernel for Blocks<'_, f64> {
    type Output = ();
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        for block in self.blocks {
            for i in 0..PAIRS {
                // The system's functions, as torch: they set the time, so lanes would gain little.
                let radius = (-2.0 * (1.0 - block[i]).ln()).sqrt();
                let (sin, cos) = (std::f64::consts::TAU * block[i + PAIRS]).sin_cos();
                block[i] = (radius * cos).mul_add(self.std, self.mean);
                block[i + PAIRS] = (radius * sin).mul_add(self.std, self.mean);
            }
        }
    }
}

impl Kernel for Blocks<'_, f32> {
    type Output = ();
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let (mean, std) = (S::F32::splat(self.mean), S::F32::splat(self.std));
        // A lane holds the radii of two blocks, so blocks go in pairs; a single one computes half of it in vain.
        for pair in self.blocks.chunks_mut(2) {
            let (mut a, mut b) = ([0.0; 2 * PAIRS], [0.0; 2 * PAIRS]);
            for (k, block) in pair.iter().enumerate() {
                a[k * PAIRS..][..PAIRS].copy_from_slice(&block[..PAIRS]);
                b[k * PAIRS..][..PAIRS].copy_from_slice(&block[PAIRS..]);
            }
            // SAFETY: both arrays hold 16 elements, a lane's count.
            let (u, turn) = unsafe { (S::F32::load(a.as_ptr()), S::F32::load(b.as_ptr())) };
            let radius = (lit::<S::F32>(-2.0) * ln(lit::<S::F32>(1.0) - u)).root();
            let (sin, cos) = sin_cos(lit::<S::F32>(std::f64::consts::TAU) * turn);
            // SAFETY: as above.
            unsafe {
                (radius * cos).mul_add(std, mean).store(a.as_mut_ptr());
                (radius * sin).mul_add(std, mean).store(b.as_mut_ptr());
            }
            for (k, block) in pair.iter_mut().enumerate() {
                block[..PAIRS].copy_from_slice(&a[k * PAIRS..][..PAIRS]);
                block[PAIRS..].copy_from_slice(&b[k * PAIRS..][..PAIRS]);
            }
        }
    }
}

#[inline(always)]
fn lit<L: Ring>(x: f64) -> L {
    L::lit(x)
}

/// The polynomial with these coefficients, the highest power's first.
#[inline(always)]
fn polynomial<L: Float>(x: L, coefficients: &[f64]) -> L {
    let mut y = L::lit(coefficients[0]);
    for &c in &coefficients[1..] {
        y = y.mul_add(x, L::lit(c));
    }
    y
}

/// The natural logarithm of a normal number above 0: Cephes' `logf`.
#[inline(always)]
fn ln<L: Float<Elem = f32>>(x: L) -> L {
    // x = m 2^e with m from the square root of 1/2 up to that of 2.
    let m = x.bits_and(L::from_bits(0x807f_ffff)).bits_or(L::from_bits(0x3f00_0000));
    // 2^23 has a last place of 1: its low bits hold the exponent as an integer.
    let e = x.bits_right::<23>().bits_or(L::from_bits(0x4b00_0000)) - L::lit(8_388_608.0 + 126.0);
    let small = m.less(L::lit(std::f64::consts::FRAC_1_SQRT_2));
    let e = L::select(small, e - L::lit(1.0), e);
    let t = m - L::lit(1.0);
    let t = L::select(small, t + m, t);

    let z = t * t;
    let y = polynomial(
        t,
        &[
            7.037_683_629_2e-2,
            -1.151_461_031e-1,
            1.167_699_874e-1,
            -1.242_014_084_6e-1,
            1.424_932_278_7e-1,
            -1.666_805_766_5e-1,
            2.000_071_476_5e-1,
            -2.499_999_399_3e-1,
            3.333_333_117_4e-1,
        ],
    ) * t;
    // The logarithm of 2 in two parts, of which the greater has few bits, so that its products are exact.
    let y = y.mul_add(z, e * L::lit(-2.121_944_4e-4));
    let y = (-z).mul_add(L::lit(0.5), y);
    e.mul_add(L::lit(0.693_359_375), t + y)
}

/// The sine and the cosine of an angle from 0 to a full turn: Cephes' `sinf` and `cosf`.
#[inline(always)]
fn sin_cos<L: Float<Elem = f32>>(x: L) -> (L, L) {
    let quadrant = floor((floor(x * L::lit(1.273_239_544_735_16)) + L::lit(1.0)) * L::lit(0.5));
    // Half of pi times two in three parts, taken off one after another.
    let j = quadrant + quadrant;
    let x = j.mul_add(L::lit(-0.785_156_25), x);
    let x = j.mul_add(L::lit(-2.418_756_484_985_351_6e-4), x);
    let x = j.mul_add(L::lit(-3.774_894_977_445_941e-8), x);

    let z = x * x;
    let cos = polynomial(z, &[2.443_315_711_809_948e-5, -1.388_731_625_493_765e-3, 4.166_664_568_298_827e-2]) * z;
    let cos = cos.mul_add(z, -(z * L::lit(0.5))) + L::lit(1.0);
    let sin = polynomial(z, &[-1.951_529_589_1e-4, 8.332_160_873_6e-3, -1.666_665_461_1e-1]) * z;
    let sin = sin.mul_add(x, x);

    let is = |q: f64| quadrant.equal(L::lit(q));
    let swapped = is(1.0) | is(3.0);
    let (s, c) = (L::select(swapped, cos, sin), L::select(swapped, sin, cos));
    (L::select(is(2.0) | is(3.0), -s, s), L::select(is(1.0) | is(2.0), -c, c))
}

/// The greatest whole number that is not above `x`.
#[inline(always)]
fn floor<L: Float>(x: L) -> L {
    let nearest = x.round();
    L::select(nearest.greater(x), nearest - L::lit(1.0), nearest)
}
