//! One element from one type to another.

use crate::dtype::DType;
use half::{bf16, f16};

/// A type in which kernels compute, seen as every other type.
///
/// Floats become integers as x86 cuts them: what does not fit (nan and infinities too) becomes the
/// lowest integer. Rust's own saturating `as` would give other numbers than torch gives.
pub trait Wide: Copy + 'static {
    /// Whether a whole number that fits 32 bits is found faster than one that fits 64.
    const CUT: bool;
    fn truth(self) -> bool;
    fn i32(self) -> i32;
    fn i64(self) -> i64;
    fn f32(self) -> f32;
    fn f64(self) -> f64;
    /// The imaginary part: a real number has none.
    #[inline(always)]
    fn imaginary(self) -> f64 {
        0.0
    }
}

impl Wide for i64 {
    const CUT: bool = false;
    #[inline(always)]
    fn truth(self) -> bool {
        self != 0
    }
    #[inline(always)]
    fn i32(self) -> i32 {
        self as i32
    }
    #[inline(always)]
    fn i64(self) -> i64 {
        self
    }
    #[inline(always)]
    fn f32(self) -> f32 {
        self as f32
    }
    #[inline(always)]
    fn f64(self) -> f64 {
        self as f64
    }
}

macro_rules! wide_float {
    ($($t:ty)*) => {$(
        impl Wide for $t {
            const CUT: bool = true;
            #[inline(always)]
            fn truth(self) -> bool {
                self != 0.0
            }
            #[inline(always)]
            fn i32(self) -> i32 {
                // In f32 the lower bound is -2^31, which becomes the lowest integer one way or the other.
                if self > -2147483649.0 && self < 2147483648.0 {
                    // SAFETY: without its fraction it fits.
                    unsafe { self.to_int_unchecked() }
                } else {
                    i32::MIN
                }
            }
            #[inline(always)]
            fn i64(self) -> i64 {
                // SAFETY: as above.
                if self.abs() < 9223372036854775808.0 { unsafe { self.to_int_unchecked() } } else { i64::MIN }
            }
            #[inline(always)]
            fn f32(self) -> f32 {
                self as f32
            }
            #[inline(always)]
            fn f64(self) -> f64 {
                self as f64
            }
        }
        // Real part, imaginary part.
        impl Wide for [$t; 2] {
            const CUT: bool = false;
            #[inline(always)]
            fn truth(self) -> bool {
                self[0] != 0.0 || self[1] != 0.0
            }
            #[inline(always)]
            fn i32(self) -> i32 {
                self[0].i32()
            }
            #[inline(always)]
            fn i64(self) -> i64 {
                self[0].i64()
            }
            #[inline(always)]
            fn f32(self) -> f32 {
                self[0] as f32
            }
            #[inline(always)]
            fn f64(self) -> f64 {
                self[0] as f64
            }
            #[inline(always)]
            fn imaginary(self) -> f64 {
                self[1] as f64
            }
        }
    )*};
}

wide_float!(f32 f64);

/// An element as it lies in a storage.
pub trait Stored: Copy + 'static {
    /// Its compute type, which holds every value of it.
    type Wide: Wide;
    /// Its name.
    const DTYPE: DType;
    fn widen(self) -> Self::Wide;
    fn narrow<W: Wide>(x: W) -> Self;
}

macro_rules! stored {
    ($($t:ty: $name:ident, $wide:ty, |$x:ident| $widen:expr, |$w:ident| $narrow:expr;)*) => {$(
        impl Stored for $t {
            type Wide = $wide;
            const DTYPE: DType = DType::$name;
            #[inline(always)]
            fn widen(self) -> $wide {
                let $x = self;
                $widen
            }
            #[inline(always)]
            fn narrow<W: Wide>($w: W) -> Self {
                $narrow
            }
        }
    )*};
}

/// A byte that is false where it is 0: not Rust's `bool`, in which a 2 would be undefined behaviour.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Truth(u8);

stored! {
    Truth: Bool, i64, |x| (x.0 != 0) as i64, |w| Truth(w.truth() as u8);
    // torch takes uint8 by way of int64 and the narrow signed types by way of int32.
    u8: UInt8, i64, |x| x as i64, |w| w.i64() as u8;
    i8: Int8, i64, |x| x as i64, |w| w.i32() as i8;
    i16: Int16, i64, |x| x as i64, |w| w.i32() as i16;
    i32: Int32, i64, |x| x as i64, |w| w.i32();
    i64: Int64, i64, |x| x, |w| w.i64();
    // By way of float32 (rounded twice from float64), as torch does.
    f16: Float16, f32, |x| widen_f16(x), |w| round_f16(w.f32());
    bf16: BFloat16, f32, |x| f32::from_bits((x.to_bits() as u32) << 16), |w| round_bf16(w.f32());
    f32: Float32, f32, |x| x, |w| w.f32();
    f64: Float64, f64, |x| x, |w| w.f64();
    [f32; 2]: Complex64, [f32; 2], |x| x, |w| [w.f32(), w.imaginary() as f32];
    [f64; 2]: Complex128, [f64; 2], |x| x, |w| [w.f64(), w.imaginary()];
}

/// Exact. Without the branches of `f16::to_f32`, so that loops vectorise: ten times faster.
#[inline(always)]
fn widen_f16(x: f16) -> f32 {
    let bits = u32::from(x.to_bits());
    // Exponent and fraction at their places in a float32; the product with 2^112 makes up for the other
    // bias, and normalises what is subnormal.
    let number = f32::from_bits((bits & 0x7fff) << 13) * f32::from_bits((112 + 127) << 23);
    let infinite = if bits & 0x7c00 == 0x7c00 { 0x7f80_0000 } else { 0 };
    f32::from_bits(number.to_bits() | infinite | (bits & 0x8000) << 16)
}

/// To the nearest float16, ties to even. Without branches too.
#[inline(always)]
fn round_f16(x: f32) -> f16 {
    let bits = x.to_bits();
    let size = bits & 0x7fff_ffff;
    let normal = size.wrapping_add(0xfff + (size >> 13 & 1)).wrapping_sub(112 << 23) >> 13;
    // A float32's last place at 0.5 is the smallest float16: the sum rounds as a subnormal must.
    let subnormal = (f32::from_bits(size) + 0.5).to_bits().wrapping_sub(0.5f32.to_bits());
    let result = match size {
        _ if size > 0x7f80_0000 => 0x7e00,
        _ if size >= 65520f32.to_bits() => 0x7c00,
        _ if size < f16::MIN_POSITIVE.to_f32_const().to_bits() => subnormal,
        _ => normal,
    };
    f16::from_bits((result | bits >> 16 & 0x8000) as u16)
}

/// To the nearest bfloat16, ties to even. Without the branch of `bf16::from_f32`, so that loops vectorise.
#[inline(always)]
fn round_bf16(x: f32) -> bf16 {
    let bits = x.to_bits();
    let rounded = bits.wrapping_add(0x7fff + ((bits >> 16) & 1)) >> 16;
    bf16::from_bits(if x.is_nan() { 0x7fc0 } else { rounded as u16 })
}
