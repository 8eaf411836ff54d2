//! The element types, their names as torch says them, and how they promote.
//!
//! Lives on the lowest floor: it knows nothing of tensors. What must not come here: anything that
//! touches an element's bytes (that is `kernels/`).

mod fit;

use std::fmt;

/// The type of a tensor's elements.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum DType {
    /// `torch.bool`: one byte; any byte but 0 is true (NumPy may write a 2).
    Bool,
    /// `torch.uint8`.
    UInt8,
    /// `torch.int8`.
    Int8,
    /// `torch.int16`.
    Int16,
    /// `torch.int32`.
    Int32,
    /// `torch.int64`.
    Int64,
    /// `torch.float16`, IEEE binary16.
    Float16,
    /// `torch.bfloat16`.
    BFloat16,
    /// `torch.float32`.
    Float32,
    /// `torch.float64`.
    Float64,
    /// `torch.complex64`: two float32.
    Complex64,
    /// `torch.complex128`: two float64.
    Complex128,
}

/// torch's three categories of numbers (and bool below them), which decide weak promotion.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Category {
    /// `bool`.
    Bool,
    /// Every integer.
    Integral,
    /// Every real floating point type.
    Floating,
    /// Both complex types.
    Complex,
}

/// The types in which kernels compute. Others are converted a tile at a time, in and out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Compute {
    /// float16, bfloat16 and float32.
    F32,
    /// float64.
    F64,
    /// bool and every integer: wrapping arithmetic modulo 2^64, cut to the store's width.
    I64,
    /// complex64.
    C64,
    /// complex128.
    C128,
}

/// How many [`Compute`] types there are: the width of a kernel table.
pub const COMPUTES: usize = 5;

use DType::*;

impl DType {
    /// Every element type, in torch's order of promotion.
    pub const ALL: [DType; 12] =
        [Bool, UInt8, Int8, Int16, Int32, Int64, Float16, BFloat16, Float32, Float64, Complex64, Complex128];

    /// Bytes an element.
    #[inline(always)]
    pub const fn size(self) -> usize {
        1 << self.size_log2()
    }

    /// The power of two that an element has bytes.
    #[inline(always)]
    pub const fn size_log2(self) -> u32 {
        // A nibble a type: a match becomes a jump, and this is asked for every operand.
        const POWERS: u64 = {
            let (mut powers, mut i) = (0, 0);
            while i < DType::ALL.len() {
                let power = match DType::ALL[i] {
                    Bool | UInt8 | Int8 => 0,
                    Int16 | Float16 | BFloat16 => 1,
                    Int32 | Float32 => 2,
                    Int64 | Float64 | Complex64 => 3,
                    Complex128 => 4,
                };
                powers |= power << (4 * DType::ALL[i] as u32);
                i += 1;
            }
            powers
        };
        (POWERS >> (4 * self as u32) & 15) as u32
    }

    /// The name after `torch.`: `float32`.
    pub const fn name(self) -> &'static str {
        match self {
            Bool => "bool",
            UInt8 => "uint8",
            Int8 => "int8",
            Int16 => "int16",
            Int32 => "int32",
            Int64 => "int64",
            Float16 => "float16",
            BFloat16 => "bfloat16",
            Float32 => "float32",
            Float64 => "float64",
            Complex64 => "complex64",
            Complex128 => "complex128",
        }
    }

    /// The C++ name that torch's messages use: `Float`, `Long`.
    pub const fn scalar_name(self) -> &'static str {
        match self {
            Bool => "Bool",
            UInt8 => "Byte",
            Int8 => "Char",
            Int16 => "Short",
            Int32 => "Int",
            Int64 => "Long",
            Float16 => "Half",
            BFloat16 => "BFloat16",
            Float32 => "Float",
            Float64 => "Double",
            Complex64 => "ComplexFloat",
            Complex128 => "ComplexDouble",
        }
    }

    /// The name of a tensor's type in torch's messages: one of the old ones, or that of the C++ class.
    pub const fn tensor_name(self) -> &'static str {
        match self {
            Bool => "CPUBoolType",
            UInt8 => "torch.ByteTensor",
            Int8 => "torch.CharTensor",
            Int16 => "torch.ShortTensor",
            Int32 => "torch.IntTensor",
            Int64 => "torch.LongTensor",
            Float16 => "torch.HalfTensor",
            BFloat16 => "CPUBFloat16Type",
            Float32 => "torch.FloatTensor",
            Float64 => "torch.DoubleTensor",
            Complex64 => "CPUComplexFloatType",
            Complex128 => "CPUComplexDoubleType",
        }
    }

    /// The name of the C++ type of elements as the compiler tells it to torch: `float`, `long int`.
    pub const fn c_name(self) -> &'static str {
        match self {
            Bool => "bool",
            UInt8 => "unsigned char",
            Int8 => "signed char",
            Int16 => "short int",
            Int32 => "int",
            Int64 => "long int",
            Float16 => "c10::Half",
            BFloat16 => "c10::BFloat16",
            Float32 => "float",
            Float64 => "double",
            Complex64 => "c10::complex<float>",
            Complex128 => "c10::complex<double>",
        }
    }

    /// Which of torch's categories it belongs to.
    pub const fn category(self) -> Category {
        match self {
            Bool => Category::Bool,
            UInt8 | Int8 | Int16 | Int32 | Int64 => Category::Integral,
            Float16 | BFloat16 | Float32 | Float64 => Category::Floating,
            Complex64 | Complex128 => Category::Complex,
        }
    }

    /// Whether it is a real floating point type.
    pub const fn is_floating_point(self) -> bool {
        matches!(self.category(), Category::Floating)
    }

    /// Whether it is a floating point type of 16 bits.
    pub const fn is_half(self) -> bool {
        matches!(self, Float16 | BFloat16)
    }

    /// Whether it is complex.
    pub const fn is_complex(self) -> bool {
        matches!(self.category(), Category::Complex)
    }

    /// Whether a tensor of it may require a gradient.
    pub const fn is_differentiable(self) -> bool {
        matches!(self.category(), Category::Floating | Category::Complex)
    }

    /// Whether it is bool or an integer.
    pub const fn is_integral(self) -> bool {
        matches!(self.category(), Category::Bool | Category::Integral)
    }

    /// Whether kernels compute in the type itself, so that nothing has to be converted.
    pub const fn is_computed_in(self) -> bool {
        matches!(self, Int64 | Float32 | Float64 | Complex64 | Complex128)
    }

    /// The type in which kernels compute it.
    pub const fn compute(self) -> Compute {
        match self {
            Bool | UInt8 | Int8 | Int16 | Int32 | Int64 => Compute::I64,
            Float16 | BFloat16 | Float32 => Compute::F32,
            Float64 => Compute::F64,
            Complex64 => Compute::C64,
            Complex128 => Compute::C128,
        }
    }

    /// The common type of two tensors of like rank (torch.promote_types).
    pub const fn promote(self, other: DType) -> DType {
        if self as u8 == other as u8 {
            return self;
        }
        let (low, high) = if (self as u8) < (other as u8) { (self, other) } else { (other, self) };
        match (low, high) {
            // uint8 has no signed partner of its own width.
            (UInt8, Int8) => Int16,
            (Float16, BFloat16) => Float32,
            (Float64, Complex64) => Complex128,
            _ => high,
        }
    }

    /// The type that what is computed of this one in several steps is rounded to: float32 for half types, else itself.
    pub const fn wide(self) -> DType {
        if self.is_half() { Float32 } else { self }
    }

    /// The real type of a complex one's parts; itself otherwise.
    pub const fn real(self) -> DType {
        match self {
            Complex64 => Float32,
            Complex128 => Float64,
            other => other,
        }
    }

    /// The complex type whose parts are of this type; complex64 for what has none.
    pub const fn complex(self) -> DType {
        match self {
            Float64 | Complex128 => Complex128,
            _ => Complex64,
        }
    }

    /// The type whose representation kernels compute with.
    #[inline(always)]
    pub const fn from_compute(compute: Compute) -> DType {
        // A table and no match: this is asked for every operand.
        const OWN: [DType; COMPUTES] = {
            let mut own = [Float32; COMPUTES];
            own[Compute::F64 as usize] = Float64;
            own[Compute::I64 as usize] = Int64;
            own[Compute::C64 as usize] = Complex64;
            own[Compute::C128 as usize] = Complex128;
            own
        };
        OWN[compute as usize]
    }

    /// What an element of this whole type holds of `x`: its lowest bits, or whether it is 0. Other types hold more.
    pub const fn wrapped(self, x: i64) -> i64 {
        match self {
            Bool => (x != 0) as i64,
            UInt8 => x as u8 as i64,
            Int8 => x as i8 as i64,
            Int16 => x as i16 as i64,
            Int32 => x as i32 as i64,
            _ => x,
        }
    }

    /// Whether torch lets a result of this type be written into a tensor of type `to`.
    pub fn can_cast(self, to: DType) -> bool {
        let (a, b) = (self.category(), to.category());
        !(a > b && (a == Category::Complex || b <= Category::Integral))
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "torch.{}", self.name())
    }
}

/// A number that is not a tensor: it travels beside tensors and promotes weakly.
// A tag of a whole word: bytes between a smaller one and the number would be copied one piece after the other.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(u64)]
pub enum Scalar {
    /// A Python `bool`.
    Bool(bool),
    /// A Python `int` that fits 64 bits.
    Int(i64),
    /// A Python `float`.
    Float(f64),
    /// A Python `complex`.
    Complex(f64, f64),
}

impl Scalar {
    /// Its category: what it may raise a tensor's type to.
    pub const fn category(self) -> Category {
        match self {
            Scalar::Bool(_) => Category::Bool,
            Scalar::Int(_) => Category::Integral,
            Scalar::Float(_) => Category::Floating,
            Scalar::Complex(..) => Category::Complex,
        }
    }

    /// The type that a tensor made of it alone has; `default` is the default floating point type.
    pub const fn dtype(self, default: DType) -> DType {
        match self {
            Scalar::Bool(_) => Bool,
            Scalar::Int(_) => Int64,
            Scalar::Float(_) => default,
            Scalar::Complex(..) => default.complex(),
        }
    }

    /// Its real part as a float64 (rounded where the integer needs more than 53 bits).
    pub const fn to_f64(self) -> f64 {
        match self {
            Scalar::Bool(b) => b as u8 as f64,
            Scalar::Int(i) => i as f64,
            Scalar::Float(f) => f,
            Scalar::Complex(re, _) => re,
        }
    }

    /// Its real part as an int64: cut towards zero, saturating.
    pub const fn to_i64(self) -> i64 {
        match self {
            Scalar::Bool(b) => b as i64,
            Scalar::Int(i) => i,
            Scalar::Float(f) => f as i64,
            Scalar::Complex(re, _) => re as i64,
        }
    }

    /// Less than 0 where it was above; integers modulo 2^64.
    pub(crate) const fn negated(self) -> Scalar {
        match self {
            Scalar::Bool(b) => Scalar::Int(-(b as i64)),
            Scalar::Int(i) => Scalar::Int(i.wrapping_neg()),
            Scalar::Float(f) => Scalar::Float(-f),
            Scalar::Complex(re, im) => Scalar::Complex(-re, -im),
        }
    }

    /// Whether it is equal to the number `x`.
    pub fn is(self, x: f64) -> bool {
        match self {
            Scalar::Complex(re, im) => re == x && im == 0.0,
            other => other.to_f64() == x,
        }
    }
}

impl From<bool> for Scalar {
    fn from(x: bool) -> Self {
        Scalar::Bool(x)
    }
}
impl From<i32> for Scalar {
    fn from(x: i32) -> Self {
        Scalar::Int(x.into())
    }
}
impl From<i64> for Scalar {
    fn from(x: i64) -> Self {
        Scalar::Int(x)
    }
}
impl From<f64> for Scalar {
    fn from(x: f64) -> Self {
        Scalar::Float(x)
    }
}
impl From<f32> for Scalar {
    fn from(x: f32) -> Self {
        Scalar::Float(x.into())
    }
}
