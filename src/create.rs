//! Factories: tensors from nothing, from numbers, from the random generator.

pub mod random;

use crate::buffers::confined;
use crate::dtype::{Category, DType, Scalar};
use crate::error::{Error, Result};
use crate::kernels;
use crate::kernels::random::Generator;
use crate::shape::{self, Dims};
use crate::tape::Geometry;
use crate::tensor::{Tensor, done, fitted, outside};
use std::cell::RefCell;
use std::sync::atomic::{AtomicU8, Ordering};

/// The place of the default type among [`DType::ALL`]: all threads have one, as in torch.
static DEFAULT: AtomicU8 = AtomicU8::new(DType::Float32 as u8);

confined! {
    static GENERATOR: RefCell<Option<Box<Generator>>> = const { RefCell::new(None) };
}

/// The element type that a floating point number gives a tensor.
#[inline(always)]
pub fn default_dtype() -> DType {
    DType::ALL[DEFAULT.load(Ordering::Relaxed) as usize]
}

/// Sets the element type that a floating point number gives a tensor, for all threads.
///
/// # Errors
/// Where `dtype` is no real floating point type.
pub fn set_default_dtype(dtype: DType) -> Result<()> {
    if !dtype.is_floating_point() {
        return Err(Error::type_error("only floating-point types are supported as the default type"));
    }
    DEFAULT.store(dtype as u8, Ordering::Relaxed);
    Ok(())
}

/// Zeros of the default type.
pub fn zeros(sizes: &[i64]) -> Result<Tensor> {
    Tensor::full(sizes, 0.0, default_dtype())
}

/// Ones of the default type.
pub fn ones(sizes: &[i64]) -> Result<Tensor> {
    Tensor::full(sizes, 1.0, default_dtype())
}

/// A 0-d tensor of a number, in the type that the number has alone.
pub fn scalar(value: impl Into<Scalar>) -> Result<Tensor> {
    let value = value.into();
    Tensor::full(&[], value, value.dtype(default_dtype()))
}

/// The numbers `start`, `start + step`, ... before `end`.
///
/// The type is `dtype`, or int64 where all three are whole, or the default type.
///
/// ```
/// # fn main() -> wengert::Result<()> {
/// assert_eq!(wengert::arange(0, 3, 1, None)?.to_vec::<i64>()?, [0, 1, 2]);
/// assert_eq!(wengert::arange(1.0, 0.0, -0.5, None)?.to_vec::<f32>()?, [1.0, 0.5]);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Where `step` is 0 or leads away from `end`, or the type is bool or complex.
pub fn arange(
    start: impl Into<Scalar>,
    end: impl Into<Scalar>,
    step: impl Into<Scalar>,
    dtype: Option<DType>,
) -> Result<Tensor> {
    counted(start.into(), end.into(), step.into(), dtype)
}

fn counted(start: Scalar, end: Scalar, step: Scalar, dtype: Option<DType>) -> Result<Tensor> {
    let whole = [start, end, step].iter().all(|s| s.category() <= Category::Integral);
    let dtype = dtype.unwrap_or(if whole { DType::Int64 } else { default_dtype() });
    if dtype == DType::Bool || dtype.is_complex() {
        return Err(Error::no_kernel("arange_cpu", dtype));
    }
    let t = Tensor::empty(&[steps(start, end, step, dtype)?], dtype)?;
    done(t.write(|dst| kernels::copy::arange(dst, start, step))?)?;
    Ok(t)
}

/// How many numbers [`arange`] makes.
fn steps(start: Scalar, end: Scalar, step: Scalar, dtype: DType) -> Result<i64> {
    if [start, end, step].iter().any(|s| matches!(s, Scalar::Complex(_, im) if *im != 0.0)) {
        return Err(Error::runtime("value cannot be converted to type double without overflow"));
    }
    let (a, b, s) = (start.to_f64(), end.to_f64(), step.to_f64());
    if s == 0.0 || s.is_nan() {
        return Err(Error::runtime("step must be nonzero"));
    }
    if !a.is_finite() || !b.is_finite() {
        return Err(Error::runtime(format!("unsupported range: {} -> {}", cpp_number(a), cpp_number(b))));
    }
    if (s > 0.0 && b < a) || (s < 0.0 && b > a) {
        return Err(Error::runtime("upper bound and lower bound inconsistent with step sign"));
    }
    let overflow = || Error::runtime("value cannot be converted to type int64_t without overflow");
    let beyond = |bound: Scalar| matches!(bound, Scalar::Float(x) if !DType::Int64.reaches(x));
    let count = if dtype == DType::Int64 {
        // Exact where float64 is not; the three are cut to integers first, as torch does.
        if beyond(start) || beyond(end) || beyond(step) {
            return Err(overflow());
        }
        let (a, b, s) = (start.to_i64() as i128, end.to_i64() as i128, step.to_i64() as i128);
        if s == 0 {
            return Err(Error::value("step must be nonzero"));
        }
        ((b - a + s - s.signum()) / s).max(0) as f64
    } else {
        ((b - a) / s).ceil()
    };
    if count >= i64::MAX as f64 {
        return Err(Error::runtime("invalid size, possible overflow?"));
    }
    // torch cuts what the kernel starts from and steps by to int64, for every type of whole numbers.
    if dtype.is_integral() && (beyond(start) || beyond(step)) {
        return Err(overflow());
    }
    Ok(count as i64)
}

/// A number as C++ prints it: six digits, no trailing zeros.
pub(crate) fn cpp_number(x: f64) -> String {
    if x == 0.0 || !x.is_finite() {
        return format!("{x}").replace("NaN", "nan");
    }
    let trimmed = |digits: &str| match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => digits.to_string(),
    };
    let text = format!("{x:.5e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    match exponent.parse::<i32>() {
        Ok(e @ -4..6) => trimmed(&format!("{x:.*}", (5 - e) as usize)),
        _ => {
            let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
            format!("{}e{sign}{exponent:0>2}", trimmed(digits))
        }
    }
}

/// `steps` numbers from `start` to `end`, both included, in even steps.
///
/// Each half counts from its own end, so that both ends are exact. Of whole numbers the ends lose their fractions first.
///
/// # Errors
/// Where `steps` is negative, the type is bool, or it does not hold an end.
pub fn linspace(start: impl Into<Scalar>, end: impl Into<Scalar>, steps: i64, dtype: DType) -> Result<Tensor> {
    spaced(start.into(), end.into(), steps, dtype)
}

fn spaced(start: Scalar, end: Scalar, steps: i64, dtype: DType) -> Result<Tensor> {
    if steps < 0 {
        return Err(Error::runtime("number of steps must be non-negative"));
    }
    if dtype == DType::Bool {
        return Err(Error::no_kernel("linspace_cpu", dtype));
    }
    for (number, used) in [(start, steps > 0), (end, steps > 1)] {
        if used && dtype.is_differentiable() {
            fitted(number, dtype, steps)?;
        }
    }
    let t = Tensor::empty(&[steps], dtype)?;
    // Rounded as torch's are: in half types after every operation, of other real numbers once.
    let round = |x: f64| if dtype == DType::Float32 { f64::from(x as f32) } else { rounded_half(x, dtype) };
    let after = |x: f64| rounded_half(x, dtype);
    let parts = |s: Scalar| if let Scalar::Complex(re, im) = s { [re, im] } else { [s.to_f64(), 0.0] };
    let fit = |x: f64| if dtype.is_integral() { x.trunc() } else { round(x) };
    let (a, b) = (parts(start).map(fit), parts(end).map(fit));
    let between = |i: i64, part: usize| {
        let step = round(round(b[part] - a[part]) / after((steps - 1) as f64));
        let early = steps == 1 || i < steps / 2;
        let (from, step, count) = if early { (a[part], step, i) } else { (b[part], -step, steps - 1 - i) };
        match dtype.is_half() || dtype.is_complex() {
            true => after(from + after(step * after(count as f64))),
            false => step.mul_add(count as f64, from),
        }
    };
    if matches!(dtype, DType::Float32 | DType::Float64) && steps > 1 {
        let half = steps / 2;
        let step = round(round(b[0] - a[0]) / (steps - 1) as f64);
        // The upper half counts down from its end: its first element is so many steps before that.
        for (from, n, start, first) in [(0, half, a[0], 0), (half, steps - half, b[0], half - (steps - 1))] {
            let g = t.geometry();
            let dst = g.storage.dst(dtype, std::slice::from_ref(&n), &[1], from).ok_or_else(outside)?;
            done(kernels::copy::spaced(&dst, start, step, first))?;
        }
        return Ok(t);
    }
    let mut tile = [[0.0; 2]; 128];
    for first in (0..steps).step_by(tile.len()) {
        let n = (steps - first).min(tile.len() as i64);
        for (i, x) in (first..first + n).zip(&mut tile) {
            // One step alone is never taken: it would divide by 0.
            *x = if steps == 1 { a } else { [between(i, 0), between(i, 1)] };
        }
        let real: [f64; 128] = std::array::from_fn(|i| tile[i][0]);
        let made = match dtype.is_complex() {
            true => Tensor::from_slice(&tile[..n as usize], &[n])?,
            false => Tensor::from_slice(&real[..n as usize], &[n])?,
        };
        let g = t.geometry();
        let dst = g.storage.dst(dtype, std::slice::from_ref(&n), &[1], first).ok_or_else(outside)?;
        done(made.read(|src| kernels::copy::copy(&dst, src))?)?;
    }
    Ok(t)
}

/// `x`, by way of float32, in a half type; itself in any other.
fn rounded_half(x: f64, dtype: DType) -> f64 {
    match dtype {
        DType::Float16 => half::f16::from_f32(x as f32).to_f64(),
        DType::BFloat16 => half::bf16::from_f32(x as f32).to_f64(),
        _ => x,
    }
}

/// A matrix of `n` rows and `m` columns with ones on its diagonal and zeros elsewhere.
///
/// # Errors
/// Where `n` or `m` is negative.
pub fn eye(n: i64, m: i64, dtype: DType) -> Result<Tensor> {
    for (name, extent) in [("n", n), ("m", m)] {
        if extent < 0 {
            return Err(Error::runtime(format!("{name} must be greater or equal to 0, got {extent}")));
        }
    }
    if n.checked_mul(m).is_none() {
        return Err(Error::runtime("numel: integer multiplication overflow"));
    }
    let t = Tensor::full(&[n, m], 0.0, dtype)?;
    {
        let g = t.geometry();
        let (shape, strides) = ([n.min(m)], [m.wrapping_add(1)]);
        let diagonal = g.storage.dst(dtype, &shape, &strides, 0).ok_or_else(outside)?;
        done(kernels::copy::fill(&diagonal, Scalar::Int(1)))?;
    }
    Ok(t)
}

/// Runs `f` on this thread's generator (the interpreter's one in the Python module).
pub fn with_generator<R>(f: impl FnOnce(&mut Generator) -> R) -> R {
    GENERATOR.with(|g| {
        let mut slot = g.borrow_mut();
        let generator = slot.get_or_insert_with(|| Box::new(Generator::default()));
        f(generator)
    })
}

/// Seeds the generator as torch's `manual_seed`: the same numbers follow.
pub fn manual_seed(seed: u64) {
    with_generator(|g| g.manual_seed(seed));
}

/// Numbers drawn uniformly from [0, 1), torch's for the same seed.
///
/// # Errors
/// Where `dtype` is bool or an integer.
pub fn rand(sizes: &[i64], dtype: DType) -> Result<Tensor> {
    let t = Tensor::empty(sizes, dtype)?;
    with_generator(|g| random::uniform(g, &t, 0.0, 1.0))?;
    Ok(t)
}

/// Numbers drawn from the standard normal distribution, torch's for the same seed.
///
/// # Errors
/// Where `dtype` is bool or an integer.
pub fn randn(sizes: &[i64], dtype: DType) -> Result<Tensor> {
    let t = Tensor::empty(sizes, dtype)?;
    with_generator(|g| random::normal(g, &t, 0.0, 1.0))?;
    Ok(t)
}

/// Integers drawn uniformly from `low` up to `high`, exclusive; torch's for the same seed.
///
/// # Errors
/// Where the range is empty, or `dtype` does not hold it.
pub fn randint(low: i64, high: i64, sizes: &[i64], dtype: DType) -> Result<Tensor> {
    let t = Tensor::empty(sizes, dtype)?;
    let which = random::range(dtype, low, high)?;
    with_generator(|g| random::whole(g, &t, which))?;
    Ok(t)
}

/// The numbers from 0 up to `n`, exclusive, in random order; torch's for the same seed.
///
/// # Errors
/// Where `n` is negative, or `dtype` does not hold the numbers.
pub fn randperm(n: i64, dtype: DType) -> Result<Tensor> {
    random::permutation(|draw| with_generator(|g| draw(g)), n, dtype)
}

/// Gives `t` the shape `sizes` from where it starts in its storage, which grows where it is too short: whoever
/// shares the bytes sees what is written there. The strides are those of a dense layout.
pub fn resize(t: &Tensor, sizes: &[i64], strides: Dims) -> Result<()> {
    let (dtype, offset, storage) = {
        let g = t.geometry();
        (g.dtype, g.offset, g.storage.clone())
    };
    let end = match shape::numel(sizes) {
        Some(0) => Some(0),
        n => n.and_then(|n| n.checked_add(offset)).and_then(|end| end.checked_mul(dtype.size() as i64)),
    };
    let bytes = end.and_then(|bytes| usize::try_from(bytes).ok()).ok_or_else(|| Error::storage_overflow(sizes))?;
    storage.make_writable()?;
    if !storage.resize(bytes)? {
        return Err(Error::runtime("Trying to resize storage that is not resizable"));
    }
    t.0.set_geometry(Geometry::new(dtype, Dims::new(sizes)?, strides, offset, storage));
    Ok(())
}
