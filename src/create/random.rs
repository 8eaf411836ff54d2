//! Random numbers into new tensors, torch's for the same seed.

use super::unsupported;
use crate::dtype::{Category, DType};
use crate::error::{Error, Result};
use crate::kernels::random::Generator;
use crate::kernels::{copy::copy, fresh};
use crate::tape::host;
use crate::tensor::{Tensor, done};

/// Fills a dense tensor with numbers drawn uniformly from [0, 1).
///
/// # Errors
/// Where its type is bool or an integer; nothing is drawn then.
pub fn uniform(generator: &mut Generator, t: &Tensor) -> Result<()> {
    let drawn = t.write(|dst| fresh::uniform(generator, dst))?;
    if drawn { Ok(()) } else { Err(unsupported("check_uniform_bounds", t.dtype())) }
}

/// Fills a dense tensor with numbers of the standard normal distribution.
///
/// # Errors
/// As [`uniform`].
pub fn normal(generator: &mut Generator, t: &Tensor) -> Result<()> {
    let drawn = t.write(|dst| fresh::normal(generator, dst))?;
    if drawn { Ok(()) } else { Err(unsupported("normal_kernel_cpu", t.dtype())) }
}

/// Fills a dense tensor with integers from `low` up to `high`, exclusive.
///
/// Warns where the type holds some of them only rounded.
///
/// # Errors
/// Where the range is empty, or the type is complex or does not hold the range.
pub fn integers(generator: &mut Generator, t: &Tensor, low: i64, high: i64) -> Result<()> {
    let empty = |what: &str, low: i64, high: i64| {
        Err(Error::runtime(format!(
            "random_ expects 'from'{what} to be less than 'to'{what}, but got from={low} >= to={high}"
        )))
    };
    if low >= high {
        return empty("", low, high);
    }
    let (low, high) = exact_ends(t.dtype(), low, high);
    if low >= high {
        return empty(" casted to dtype", low, high);
    }
    check_bounds(t.dtype(), low, high - 1)?;
    let drawn = t.write(|dst| fresh::integers(generator, dst, low, high.wrapping_sub(low) as u64))?;
    if drawn { Ok(()) } else { Err(unsupported("random_from_to", t.dtype())) }
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
    // The type's step at `x`.
    let step = |x: i64| 1i64 << (x.unsigned_abs() | 1).ilog2().saturating_sub(digits - 1).min(62);
    let first = round(low.saturating_add(1)) as i64;
    if first < low {
        low = first.saturating_add(step(low.saturating_add(1)));
    }
    let last = round(high - 1) as i64;
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
/// Where `n` is negative, or `dtype` is bool or complex or does not hold the numbers.
pub fn permutation(generator: &mut Generator, n: i64, dtype: DType) -> Result<Tensor> {
    if dtype == DType::Bool || dtype.is_complex() {
        return Err(unsupported("randperm", dtype));
    }
    let cannot = |name: &str| Err(Error::runtime(format!("value cannot be converted to type {name} without overflow")));
    match dtype {
        DType::UInt8 if n > 255 => return cannot("uint8_t"),
        DType::Int8 if n > 127 => return cannot("int8_t"),
        DType::Int16 if n > 32767 => return cannot("int16_t"),
        DType::Int32 if n > 2147483647 => return cannot("int"),
        DType::Float16 if n > (1 << 11) + 1 => {
            return Err(Error::runtime(format!("n cannot be greater than {} for Half type.", (1 << 11) + 1)));
        }
        _ => {}
    }
    let t = Tensor::empty(&[n], DType::Int64)?;
    done(t.write(|dst| fresh::permutation(generator, dst))?)?;
    if dtype == DType::Int64 {
        return Ok(t);
    }
    let converted = Tensor::empty(&[n], dtype)?;
    done(t.read(|src| converted.write(|dst| copy(dst, src)))??)?;
    Ok(converted)
}
