//! Lanes: several elements at once, the same number on every machine.
//!
//! A lane is always 64 virtual bytes (16 float32, 8 float64, 8 int64, 8 complex64, 4 complex128),
//! whatever registers hold it. A kernel is written once over [`Simd`], which names the five lane
//! types of an instruction set, and [`dispatch`] runs it in the shell of the level in use. Only the
//! shells carry target features; all below them is `#[inline(always)]`, or it would be compiled
//! without those features and called once a lane.
//!
//! Every operation of a lane is either exactly rounded or a selection, and whether two operations
//! fuse is written in the formula. So all levels give the same bits; the tests hold them to it.
//! What must not come here: loops over memory, and functions made of several operations (`math/`).

pub mod array;
#[cfg(target_arch = "x86_64")]
pub mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx2_part;
#[cfg(target_arch = "x86_64")]
pub mod avx512;
pub mod complex;
pub mod portable;
#[cfg(test)]
mod tests;

use super::level::{Level, level};
use super::number::{Real, Ring};
use crate::dtype::Compute;
use std::mem::MaybeUninit;

/// A lane: `COUNT` elements of one compute type. All loads and stores allow any alignment.
pub trait Lane: Ring {
    /// One element as it lies in memory (complex: real part, imaginary part).
    type Elem: Copy + 'static;
    /// Elements in the lane.
    const COUNT: usize;
    /// The compute type that it holds.
    const COMPUTE: Compute;

    /// `x` in every place.
    fn splat(x: Self::Elem) -> Self;

    /// The `COUNT` elements at `p`.
    ///
    /// # Safety
    /// They must be readable.
    unsafe fn load(p: *const Self::Elem) -> Self;

    /// Writes the `COUNT` elements to `p`.
    ///
    /// # Safety
    /// They must be writable.
    unsafe fn store(self, p: *mut Self::Elem);

    /// The first `n <= COUNT` elements at `p`, zeros after them; nothing else is read.
    ///
    /// # Safety
    /// Those elements must be readable, and `n <= COUNT`.
    unsafe fn load_part(p: *const Self::Elem, n: usize) -> Self;

    /// Writes the first `n <= COUNT` elements to `p`; nothing else is written.
    ///
    /// # Safety
    /// Those elements must be writable, and `n <= COUNT`.
    unsafe fn store_part(self, p: *mut Self::Elem, n: usize);

    /// The mask's answers: bit `i` is that of element `i`.
    fn bits(m: Self::Mask) -> u32;
}

/// The first `m` elements at `p`.
///
/// # Safety
/// They must be readable.
#[inline(always)]
pub unsafe fn load<L: Lane>(p: *const L::Elem, m: usize) -> L {
    // SAFETY: the caller's promise.
    unsafe { if m == L::COUNT { L::load(p) } else { L::load_part(p, m) } }
}

/// Writes the first `m` elements of `x` to `p`.
///
/// # Safety
/// They must be writable.
#[inline(always)]
pub unsafe fn store<L: Lane>(x: L, p: *mut L::Elem, m: usize) {
    // SAFETY: the caller's promise.
    unsafe { if m == L::COUNT { x.store(p) } else { x.store_part(p, m) } }
}

/// A lane of floats, with what the functions of `math/` are made of.
///
/// The `bits_*` operations see each element as an unsigned integer of its own width.
pub trait Float: Lane + Real {
    /// `self * b + c`, rounded once at every level (the portable one calls a slow `fma`).
    fn mul_add(self, b: Self, c: Self) -> Self;
    /// `self < other ? self : other`: `other` where either is nan.
    fn min(self, other: Self) -> Self;
    /// `self > other ? self : other`: `other` where either is nan.
    fn max(self, other: Self) -> Self;
    /// To the nearest whole number, ties to even.
    fn round(self) -> Self;
    /// The square root, exactly rounded.
    fn root(self) -> Self;
    /// The elements whose bits are `bits` (cut to the element's width).
    fn from_bits(bits: u64) -> Self;
    /// Bitwise and.
    fn bits_and(self, other: Self) -> Self;
    /// Bitwise or.
    fn bits_or(self, other: Self) -> Self;
    /// Bitwise exclusive or.
    #[cfg_attr(not(test), allow(dead_code, reason = "a lane's bits are whole: vector functions take what they need"))]
    fn bits_xor(self, other: Self) -> Self;
    /// `self` 2^k for whole `k`, rounded once, where `self` is of about 1 and the result no larger than 2^129 (2^1025 for
    /// float64) nor smaller than 2^-151 (2^-1076). Where `self` is nan it is nan, whatever `k`.
    fn ldexp(self, k: Self) -> Self;
    /// Integer sum, wrapping.
    fn bits_add(self, other: Self) -> Self;
    /// Integer difference, wrapping.
    #[cfg_attr(not(test), allow(dead_code, reason = "as `bits_xor`"))]
    fn bits_sub(self, other: Self) -> Self;
    /// Shifted left by `N` bits.
    fn bits_left<const N: i32>(self) -> Self;
    /// Shifted right by `N` bits, zeros coming in.
    fn bits_right<const N: i32>(self) -> Self;
}

/// [`Float::ldexp`] where there is no instruction for it. In two steps: 2^k alone may be too large or too small where the
/// result is not, and only the second rounds. Adding 2^23 + 127 to a whole number leaves the exponent of its power in the
/// lowest bits; adding 1.5 * 2^23 leaves no room for a fraction.
#[inline(always)]
fn ldexp32<L: Float<Elem = f32>>(y: L, k: L) -> L {
    let (whole, bias) = (L::lit(12582912.0), L::lit(8388608.0 + 127.0));
    let half = k.mul_add(L::lit(0.5), whole) - whole;
    y * (half + bias).bits_left::<23>() * ((k - half) + bias).bits_left::<23>()
}

/// As [`ldexp32`].
#[inline(always)]
fn ldexp64<L: Float<Elem = f64>>(y: L, k: L) -> L {
    let (whole, bias) = (L::lit(6755399441055744.0), L::lit(4503599627370496.0 + 1023.0));
    let half = k.mul_add(L::lit(0.5), whole) - whole;
    y * (half + bias).bits_left::<52>() * ((k - half) + bias).bits_left::<52>()
}

/// A lane of float32 that goes to float64 and back: half of it at a time.
pub trait Widen: Float<Elem = f32> {
    /// The float64 lane of the same instruction set.
    type Wide: Float<Elem = f64>;
    /// Its elements as float64, exactly.
    fn widen(self) -> [Self::Wide; 2];
    /// Back, rounded to nearest.
    fn narrow(x: [Self::Wide; 2]) -> Self;
}

/// An instruction set: its five lane types.
///
/// Integers and complex numbers are arrays everywhere, which the compiler vectorises in the shells.
pub trait Simd: 'static {
    /// Its place among the levels.
    #[cfg_attr(not(test), allow(dead_code, reason = "tests name the level that they run"))]
    const LEVEL: Level;
    /// 16 float32.
    type F32: Float<Elem = f32> + Widen<Wide = Self::F64>;
    /// 8 float64.
    type F64: Float<Elem = f64>;
}

/// 8 int64, at every level.
pub type I64 = array::Integers<8>;
/// 8 complex64, at every level.
pub type C64 = complex::C64;
/// 4 complex128, at every level.
pub type C128 = complex::C128;

/// The portable instruction set.
pub struct Portable;

impl Simd for Portable {
    const LEVEL: Level = Level::Portable;
    type F32 = portable::F32;
    type F64 = portable::F64;
}

/// AVX2 and FMA: two registers a lane.
#[cfg(target_arch = "x86_64")]
pub struct Avx2;

#[cfg(target_arch = "x86_64")]
impl Simd for Avx2 {
    const LEVEL: Level = Level::Avx2;
    type F32 = avx2::F32;
    type F64 = avx2::F64;
}

/// AVX-512: a register a lane.
#[cfg(target_arch = "x86_64")]
pub struct Avx512;

#[cfg(target_arch = "x86_64")]
impl Simd for Avx512 {
    const LEVEL: Level = Level::Avx512;
    type F32 = avx512::F32;
    type F64 = avx512::F64;
}

/// Something to run in a shell. `run` must be `#[inline(always)]`, and so must all that it calls.
///
/// Most kernels hold addresses, which anybody may put there: a kernel's own documentation says what they must be, and who
/// runs it vouches for that. One that says nothing of it asks for nothing.
pub trait Kernel {
    /// What it returns.
    type Output;
    /// Runs it with the lanes of `S`.
    ///
    /// # Safety
    /// What the kernel's own documentation asks for must hold, and the processor have the level of `S`.
    unsafe fn run<S: Simd>(self) -> Self::Output;
}

/// Runs a kernel with what the target has at least.
///
/// # Safety
/// As [`dispatch`].
#[inline]
pub unsafe fn shell_portable<K: Kernel>(k: K) -> K::Output {
    // SAFETY: the caller's promise; every processor has this level.
    unsafe { k.run::<Portable>() }
}

/// Runs a kernel with AVX2, FMA and F16C.
///
/// # Safety
/// As [`dispatch`]; and the processor must have all three.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
pub unsafe fn shell_avx2<K: Kernel>(k: K) -> K::Output {
    // SAFETY: the caller's promise.
    unsafe { k.run::<Avx2>() }
}

/// Runs a kernel with AVX-512.
///
/// # Safety
/// As [`dispatch`]; and the processor must have what [`Level::Avx512`] asks for.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512dq,avx512bw,avx512vl")]
pub unsafe fn shell_avx512<K: Kernel>(k: K) -> K::Output {
    // SAFETY: the caller's promise.
    unsafe { k.run::<Avx512>() }
}

/// Runs a kernel at the level in use.
///
/// # Safety
/// What the kernel's own documentation asks for must hold.
#[inline]
pub unsafe fn dispatch<K: Kernel>(k: K) -> K::Output {
    match level() {
        // SAFETY: the caller's promise; `level` is AVX2 only where the processor has AVX2, FMA and F16C.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { shell_avx2(k) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { shell_avx512(k) },
        // SAFETY: the caller's promise.
        _ => unsafe { shell_portable(k) },
    }
}

/// The array of `f(0)`, `f(1)` and so on. `std::array::from_fn` is not always inlined, and then leaves
/// its shell.
#[inline(always)]
pub fn from_fn<T: Copy, const N: usize>(mut f: impl FnMut(usize) -> T) -> [T; N] {
    let mut array = [const { MaybeUninit::uninit() }; N];
    let mut i = 0;
    while i < N {
        array[i].write(f(i));
        i += 1;
    }
    // SAFETY: every element was just written, and a `MaybeUninit<T>` has the layout of a `T`.
    unsafe { std::mem::transmute_copy(&array) }
}

/// A function of two elements in every place: for what no instruction does.
#[inline(always)]
pub fn each<L: Lane>(a: L, b: L, f: impl Fn(L::Elem, L::Elem) -> L::Elem) -> L {
    const MOST: usize = 16;
    let (mut x, mut y) = (MaybeUninit::<[L::Elem; MOST]>::uninit(), MaybeUninit::<[L::Elem; MOST]>::uninit());
    let (x, y) = (x.as_mut_ptr().cast::<L::Elem>(), y.as_mut_ptr().cast::<L::Elem>());
    // SAFETY: no lane has more than MOST elements, and the places below COUNT are written before they are read.
    unsafe {
        a.store(x);
        b.store(y);
        for i in 0..L::COUNT {
            x.add(i).write(f(x.add(i).read(), y.add(i).read()));
        }
        L::load(x)
    }
}

/// The larger and the smaller of two float lanes, whole numbers near those of one, and its quotients in whole steps: `$floor` is the quotient
/// rounded down, `$rest` what the quotient cut towards zero leaves. Within the shells the roundings become instructions.
macro_rules! whole_quotients {
    (floor32) => {
        $crate::kernels::lanes::whole_quotients!(floor32, rest32);
    };
    (floor64) => {
        $crate::kernels::lanes::whole_quotients!(floor64, rest64);
    };
    ($floor:ident, $rest:ident) => {
        #[inline(always)]
        fn or_larger(self, other: Self) -> Self {
            // The instruction takes its second operand where either is nan.
            Self::select(other.equal(other), $crate::kernels::lanes::Float::max(other, self), other)
        }
        #[inline(always)]
        fn or_smaller(self, other: Self) -> Self {
            Self::select(other.equal(other), $crate::kernels::lanes::Float::min(other, self), other)
        }
        #[inline(always)]
        fn is_negative(self) -> Self::Mask {
            let sign = $crate::kernels::lanes::Float::bits_and(self, Self::lit(-0.0));
            $crate::kernels::lanes::Float::bits_or(sign, Self::lit(1.0)).less(Self::lit(0.0))
        }
        #[inline(always)]
        fn floor(self) -> Self {
            $crate::kernels::lanes::each(self, self, |a, _| a.floor())
        }
        #[inline(always)]
        fn ceil(self) -> Self {
            $crate::kernels::lanes::each(self, self, |a, _| a.ceil())
        }
        #[inline(always)]
        fn trunc(self) -> Self {
            $crate::kernels::lanes::each(self, self, |a, _| a.trunc())
        }
        #[inline(always)]
        fn nearest(self) -> Self {
            self.round()
        }
        #[inline(always)]
        fn div_trunc(self, other: Self) -> Self {
            $crate::kernels::lanes::each(self, other, |a, b| (a / b).trunc())
        }
        #[inline(always)]
        fn div_floor(self, other: Self) -> Self {
            $crate::kernels::math::quotient::$floor(self, other)
        }
        #[inline(always)]
        fn rest_trunc(self, other: Self) -> Self {
            $crate::kernels::math::quotient::$rest(self, other)
        }
        #[inline(always)]
        fn rest_floor(self, other: Self) -> Self {
            let (rest, zero) = (self.rest_trunc(other), Self::lit(0.0));
            let apart = (rest.less(zero) & zero.less(other)) | (zero.less(rest) & other.less(zero));
            Self::select(apart, rest + other, rest)
        }
    };
}
use whole_quotients;

/// Writes the first `n <= COUNT` answers of a mask to `to`, one byte each: 0 or 1.
///
/// # Safety
/// `n` bytes at `to` must be writable, and `n <= COUNT`.
#[inline(always)]
pub unsafe fn store_mask<L: Lane>(m: L::Mask, to: *mut u8, n: usize) {
    let bits = L::bits(m);
    for part in 0..L::COUNT.div_ceil(8) {
        let done = part * 8;
        let bytes = spread(bits >> done);
        let left = n.saturating_sub(done).min(8);
        // SAFETY: `left` bytes from `done` on lie within `n`.
        unsafe {
            if left == 8 {
                to.add(done).cast::<[u8; 8]>().write_unaligned(bytes);
            } else {
                for (i, b) in bytes.into_iter().enumerate().take(left) {
                    to.add(done + i).write(b);
                }
            }
        }
    }
}

/// The low 8 bits as 8 bytes, 0 or 1, lowest first.
#[inline(always)]
fn spread(bits: u32) -> [u8; 8] {
    // Byte i keeps bit i of its own copy; adding 0x7f carries any bit into the byte's highest.
    let picked = u64::from(bits & 0xff).wrapping_mul(0x0101_0101_0101_0101) & 0x8040_2010_0804_0201;
    ((picked + 0x7f7f_7f7f_7f7f_7f7f) >> 7 & 0x0101_0101_0101_0101).to_le_bytes()
}
