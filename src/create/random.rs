//! Random numbers into dense tensors, torch's for the same seed: which parameters may be, and what is drawn.

use super::cpp_number;
use crate::dtype::{Category, DType};
use crate::error::{Error, Result};
use crate::kernels::random::{Generator, Law, Whole};
use crate::kernels::{copy::copy, fresh};
use crate::tape::host;
use crate::tensor::{Tensor, done};

/// Refuses ends between which no uniform numbers of the type can be drawn.
pub fn check_uniform(dtype: DType, from: f64, to: f64) -> Result<()> {
    let real = dtype.real();
    let greatest = match real {
        DType::Float16 => 65504.0,
        DType::BFloat16 => half::bf16::MAX.to_f64(),
        DType::Float32 => f32::MAX.into(),
        DType::Float64 => f64::MAX,
        _ => return Err(Error::no_kernel("check_uniform_bounds", dtype)),
    };
    for (what, end) in [("from", from), ("to", to)] {
        if !(-greatest..=greatest).contains(&end) {
            return Err(Error::runtime(format!("{what} is out of bounds for {}", real.c_name())));
        }
    }
    let ends = || (cpp_number(to), cpp_number(from));
    if from > to {
        let (to, from) = ends();
        return Err(Error::runtime(format!(
            "uniform_ expects to return a [from, to) range, but found from={from} > to={to}"
        )));
    }
    if to - from > greatest {
        let (name, (to, from)) = (real.scalar_name(), ends());
        return Err(Error::runtime(format!(
            "uniform_ expects to-from <= std::numeric_limits<{name}>::max(), but found to={to} and from={from} which result in \
             to-from to exceed the limit"
        )));
    }
    Ok(())
}

/// Fills a dense tensor with numbers drawn uniformly from `from` up to `to`, exclusive.
///
/// # Errors
/// Where its type is bool or an integer; nothing is drawn then.
pub fn uniform(generator: &mut Generator, t: &Tensor, from: f64, to: f64) -> Result<()> {
    let drawn = t.write(|dst| fresh::uniform(generator, dst, from, to))?;
    if drawn { Ok(()) } else { Err(Error::no_kernel("check_uniform_bounds", t.dtype())) }
}

/// Fills a dense tensor with numbers of a normal distribution, as torch fills one that is contiguous.
///
/// # Errors
/// As [`uniform`].
pub fn normal(generator: &mut Generator, t: &Tensor, mean: f64, std: f64) -> Result<()> {
    let drawn = t.write(|dst| fresh::normal(generator, dst, mean, std))?;
    if drawn { Ok(()) } else { Err(Error::no_kernel("normal_kernel_cpu", t.dtype())) }
}

/// Refuses parameters with which there is no such distribution.
pub fn check_law(law: Law, dtype: DType) -> Result<()> {
    let refused = |expected: &str, x: f64| Err(Error::runtime(format!("{expected}{}", cpp_number(x))));
    // Not so of nan.
    let positive = |x: f64| x > 0.0;
    match law {
        Law::Normal(_, std) if !positive(std) && std != 0.0 => {
            refused("normal expects std >= 0.0, but found std ", std)
        }
        Law::LogNormal(_, std) if !positive(std) => refused("log_normal_ expects std > 0.0, but found std=", std),
        Law::Bernoulli(p) if !(0.0..=1.0).contains(&p) => {
            refused("bernoulli_ expects p to be in [0, 1], but got p=", p)
        }
        Law::Exponential(rate) if !positive(rate) => {
            refused("exponential_ expects lambda > 0.0, but found lambda=", rate)
        }
        Law::Geometric(p) if !(0.0 < p && p < 1.0) => refused("geometric_ expects p to be in (0, 1), but got p=", p),
        Law::Cauchy(_, scale) if !positive(scale) => refused("cauchy_ expects sigma > 0.0, but found sigma=", scale),
        Law::Cauchy(..) if !dtype.is_floating_point() => Err(Error::runtime(format!(
            "Cauchy distribution is a continuous probability distribution. dtype must be a floating point but you specified {}",
            dtype.c_name()
        ))),
        _ => Ok(()),
    }
}

/// Refuses a type that does not hold the numbers of a distribution. (Of what has no elements, torch does not ask.)
pub fn check_type(law: Law, dtype: DType) -> Result<()> {
    let floating = dtype.is_floating_point();
    match law {
        Law::Exponential(_) if !floating => Err(Error::runtime(format!(
            "Exponential distribution is a continuous probability distribution. dtype must be a floating point but you \
             specified {}",
            dtype.scalar_name()
        ))),
        Law::Normal(..) if !floating && !dtype.is_complex() => Err(Error::no_kernel("normal_kernel_cpu", dtype)),
        Law::LogNormal(..) if !floating => Err(Error::no_kernel("log_normal_cpu", dtype)),
        Law::Bernoulli(_) if dtype.is_complex() => Err(Error::no_kernel("bernoulli_scalar_cpu_", dtype)),
        Law::Geometric(_) if dtype.is_complex() || dtype == DType::Bool => {
            Err(Error::no_kernel("geometric_cpu", dtype))
        }
        _ => Ok(()),
    }
}

/// Fills a dense tensor with numbers of a distribution, drawn one by one; its type was checked.
pub fn one_by_one(generator: &mut Generator, t: &Tensor, law: Law) -> Result<()> {
    let law = match law {
        // Each part has half the variance.
        Law::Normal(mean, std) if t.dtype().is_complex() => Law::Normal(mean, std / std::f64::consts::SQRT_2),
        law => law,
    };
    done(t.write(|dst| fresh::one_by_one(generator, dst, law))?)
}

/// Fills a dense tensor with integers that were checked.
pub fn whole(generator: &mut Generator, t: &Tensor, which: Whole) -> Result<()> {
    done(t.write(|dst| fresh::integers(generator, dst, which))?)
}

/// The integers from `low` up to `high`, exclusive, as a type holds them.
///
/// Warns where the type holds some of them only rounded.
///
/// # Errors
/// Where the range is empty, or the type is complex or does not hold the range.
pub fn range(dtype: DType, low: i64, high: i64) -> Result<Whole> {
    let empty = |what: &str, low: i64, high: i64| {
        Err(Error::runtime(format!(
            "random_ expects 'from'{what} to be less than 'to'{what}, but got from={low} >= to={high}"
        )))
    };
    if low >= high {
        return empty("", low, high);
    }
    let (low, high) = exact_ends(dtype, low, high);
    if low >= high {
        return empty(" casted to dtype", low, high);
    }
    check_bounds(dtype, low, high - 1)?;
    Ok(Whole::Range(low, high.wrapping_sub(low) as u64))
}

/// The integers from `low` on that a type holds; from the least integer on, all of 64 bits. `empty` says that none
/// will be drawn.
///
/// # Errors
/// As [`range`].
pub fn range_from(dtype: DType, low: i64, empty: bool) -> Result<Whole> {
    if low == i64::MIN {
        return match dtype {
            _ if empty => Ok(Whole::Range(0, 0)),
            DType::Int64 | DType::Float64 | DType::Float32 | DType::BFloat16 => Ok(Whole::Range(0, 0)),
            _ if dtype.category() == Category::Integral => Err(Error::runtime(
                "random_full_64_bits_range_kernel_cpu handles only int64, double, float and bfloat16",
            )),
            _ => Err(Error::no_kernel("random_full_64_bits_range_kernel_cpu", dtype)),
        };
    }
    let (low, last) = match dtype {
        DType::Float16 => (exact_ends(dtype, low, 1).0, 1 << 11),
        DType::BFloat16 => (exact_ends(dtype, low, 1).0, 1 << 8),
        DType::Float32 => (exact_ends(dtype, low, 1).0, 1 << f32::MANTISSA_DIGITS),
        DType::Float64 => (exact_ends(dtype, low, 1).0, 1 << f64::MANTISSA_DIGITS),
        DType::Bool => (low, 1),
        DType::UInt8 => (low, u8::MAX.into()),
        DType::Int8 => (low, i8::MAX.into()),
        DType::Int16 => (low, i16::MAX.into()),
        DType::Int32 => (low, i32::MAX.into()),
        DType::Int64 => (low, i64::MAX),
        DType::Complex64 | DType::Complex128 => {
            return Err(Error::runtime("random_from_to_impl handles only integral, floating-point and boolean types"));
        }
    };
    if dtype.is_floating_point() && low >= last {
        return Err(Error::runtime(format!(
            "random_ expects 'from' casted to dtype to be less than or equal to 'to_inc' casted to dtype, but got from={low} > \
             to_inc={last}"
        )));
    }
    check_bounds(dtype, low, last)?;
    Ok(Whole::Range(low, (last.wrapping_sub(low) as u64).wrapping_add(1)))
}

/// What `random_()` draws without bounds.
///
/// # Errors
/// Where the type is complex, unless none will be drawn.
pub fn any_whole(dtype: DType, empty: bool) -> Result<Whole> {
    if dtype.is_complex() && !empty { Err(Error::no_kernel("random_kernel_cpu", dtype)) } else { Ok(Whole::Any(dtype)) }
}

/// The range as torch narrows it for floating point types: by a step of the type, where the first or the
/// last integer would round to outside.
fn exact_ends(dtype: DType, mut low: i64, mut high: i64) -> (i64, i64) {
    let (digits, round): (u32, fn(i64) -> f64) = match dtype {
        DType::Float16 => (11, |x| half::f16::from_f32(x as f32).to_f64()),
        DType::BFloat16 => (8, |x| half::bf16::from_f32(x as f32).to_f64()),
        DType::Float32 => (24, |x| f64::from(x as f32)),
        DType::Float64 => (53, |x| x as f64),
        _ => return (low, high),
    };
    // As a processor of torch's converts: what is beyond 64 bits is the least integer.
    let to_i64 = |x: f64| if x < 9_223_372_036_854_775_808.0 { x as i64 } else { i64::MIN };
    // The type's step at `x`.
    let step = |x: i64| 1i64 << (x.unsigned_abs() | 1).ilog2().saturating_sub(digits - 1).min(62);
    let first = to_i64(round(low.wrapping_add(1)));
    if first < low {
        low = first.saturating_add(step(low.saturating_add(1)));
    }
    let last = to_i64(round(high.wrapping_sub(1)));
    if last >= high {
        high = last.saturating_sub(step(high - 1));
    }
    (low, high)
}

/// Whether a type holds the integers from `low` to `last`, torch's way: outside of it is an error, outside
/// of what a floating point type holds exactly is a warning.
fn check_bounds(dtype: DType, low: i64, last: i64) -> Result<()> {
    let (name, greatest, exact) = match dtype {
        DType::Bool => ("bool", 1.0, None),
        DType::UInt8 => ("unsigned char", 255.0, None),
        DType::Int8 => ("signed char", 127.0, None),
        DType::Int16 => ("short int", 32767.0, None),
        DType::Int32 => ("int", 2147483647.0, None),
        DType::Int64 => return Ok(()),
        DType::Float16 => ("c10::Half", 65504.0, Some(11)),
        DType::BFloat16 => ("c10::BFloat16", f64::INFINITY, Some(8)),
        DType::Float32 => ("float", f64::INFINITY, Some(24)),
        DType::Float64 => ("double", f64::INFINITY, Some(53)),
        DType::Complex64 | DType::Complex128 => {
            return Err(Error::runtime("check_random_bounds handles only integral, floating-point and boolean types"));
        }
    };
    let least = match dtype.category() {
        Category::Floating => -greatest,
        _ if matches!(dtype, DType::Bool | DType::UInt8) => 0.0,
        _ => -greatest - 1.0,
    };
    for (what, bound) in [("from", low), ("to - 1", last)] {
        if !(least..=greatest).contains(&(bound as f64)) {
            return Err(Error::runtime(format!("{what} is out of bounds for {name}")));
        }
    }
    let Some(bits) = exact else { return Ok(()) };
    for (what, bound) in [("from", low), ("to - 1", last)] {
        if bound.unsigned_abs() > 1 << bits {
            host::warn(&format!(
                "{what} is out of bounds [-(2^{bits}), 2^{bits}]. Due to precision limitations {name} can support discrete \
                 uniform distribution only within this range. This warning will become an error in version 1.7 release, \
                 please fix the code in advance"
            ))?;
        }
    }
    Ok(())
}

/// The numbers from 0 up to `n`, exclusive, in random order.
///
/// # Errors
/// Where `n` is negative, or `dtype` is bool or complex or does not hold the numbers. Otherwise `with` is called once: it
/// runs what it is given on the generator.
pub fn permutation(
    with: impl FnOnce(&mut dyn FnMut(&mut Generator) -> Result<bool>) -> Result<bool>,
    n: i64,
    dtype: DType,
) -> Result<Tensor> {
    if dtype == DType::Bool || dtype.is_complex() {
        return Err(Error::no_kernel("randperm", dtype));
    }
    let cannot = |name: &str| Err(Error::runtime(format!("value cannot be converted to type {name} without overflow")));
    match dtype {
        DType::UInt8 if n > 256 => return cannot("uint8_t"),
        DType::Int8 if n > 128 => return cannot("int8_t"),
        DType::Int16 if n > 32768 => return cannot("int16_t"),
        DType::Int32 if n > 2147483648 => return cannot("int"),
        DType::Float16 if n > (1 << 11) + 1 => {
            return Err(Error::runtime(format!("n cannot be greater than {} for Half type.", (1 << 11) + 1)));
        }
        _ => {}
    }
    let t = Tensor::empty(&[n], DType::Int64)?;
    done(with(&mut |generator| t.write(|dst| fresh::permutation(generator, dst)))?)?;
    if dtype == DType::Int64 {
        return Ok(t);
    }
    let converted = Tensor::empty(&[n], dtype)?;
    done(t.read(|src| converted.write(|dst| copy(dst, src)))??)?;
    Ok(converted)
}
