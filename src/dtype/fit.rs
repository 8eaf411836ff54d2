//! Which numbers an element type holds, as torch decides it where a number becomes an element.

use super::{DType, Scalar};

impl DType {
    /// The least and the greatest integer of an integral type.
    pub(crate) const fn limits(self) -> (i64, i64) {
        match self {
            DType::Bool => (0, 1),
            DType::UInt8 => (0, u8::MAX as i64),
            DType::Int8 => (i8::MIN as i64, i8::MAX as i64),
            DType::Int16 => (i16::MIN as i64, i16::MAX as i64),
            DType::Int32 => (i32::MIN as i64, i32::MAX as i64),
            _ => (i64::MIN, i64::MAX),
        }
    }

    /// The greatest finite number of a floating point type (of a part, for a complex one).
    pub(crate) fn greatest(self) -> f64 {
        match self.real() {
            DType::Float16 => 65504.0,
            DType::BFloat16 => f64::from(f32::from_bits(0x7f7f_0000)),
            DType::Float32 => f64::from(f32::MAX),
            _ => f64::MAX,
        }
    }

    /// The name of the C++ type of elements as torch's source has it, which is not always the compiler's
    /// ([`DType::c_name`]).
    pub(crate) const fn cpp_name(self) -> &'static str {
        match self {
            DType::Bool => "bool",
            DType::UInt8 => "uint8_t",
            DType::Int8 => "int8_t",
            DType::Int16 => "int16_t",
            DType::Int64 => "int64_t",
            other => other.c_name(),
        }
    }

    /// Whether its integers reach `x`, whose fraction is cut.
    ///
    /// In float64, where the upper bound of int64 is no number: not below it is too much.
    pub(crate) fn reaches(self, x: f64) -> bool {
        let (low, high) = self.limits();
        x >= low as f64 && if matches!(self, DType::Int64) { x < high as f64 } else { x <= high as f64 }
    }

    /// Whether it has the integer `x`. An unsigned type takes negative ones modulo its size, as C does.
    pub(crate) fn counts(self, x: i64) -> bool {
        let (low, high) = self.limits();
        (low..=high).contains(&x) || (self == DType::UInt8 && (-high..0).contains(&x))
    }
}

impl Scalar {
    /// The number as one that `dtype` holds; none where it is beyond the type's range, or complex for a real type.
    #[inline]
    pub(crate) fn fitted(self, dtype: DType) -> Option<Scalar> {
        match self {
            // What every type holds: by far the commonest.
            Scalar::Int(0..=127) | Scalar::Bool(_) => Some(self),
            Scalar::Float(x) if (0.0..=127.0).contains(&x) => Some(self),
            _ => self.compared(dtype),
        }
    }

    #[inline(never)]
    fn compared(self, dtype: DType) -> Option<Scalar> {
        if dtype == DType::Bool {
            return Some(self);
        }
        let number = match self {
            Scalar::Complex(re, im) if !dtype.is_complex() => (im == 0.0).then_some(Scalar::Float(re))?,
            other => other,
        };
        let fits = match number {
            _ if dtype.is_differentiable() => {
                let parts = if let Scalar::Complex(re, im) = number { [re, im] } else { [number.to_f64(), 0.0] };
                parts.iter().all(|x| !x.is_finite() || x.abs() <= dtype.greatest())
            }
            Scalar::Int(x) => dtype.counts(x),
            other => dtype.reaches(other.to_f64()),
        };
        fits.then_some(number)
    }
}

#[cfg(test)]
mod tests {
    use crate::{DType, Index, Scalar, Tensor, where_};

    #[test]
    fn bounds_are_held_and_what_is_beyond_is_not() {
        for (dtype, low, high) in
            [(DType::UInt8, -255, 255), (DType::Int8, -128, 127), (DType::Int32, -1 << 31, (1 << 31) - 1)]
        {
            for (x, fits) in [(low, true), (low - 1, false), (high, true), (high + 1, false)] {
                assert_eq!(Scalar::Int(x).fitted(dtype).is_some(), fits, "{x} as {dtype}");
            }
        }
        assert_eq!(Scalar::Complex(2.0, 0.0).fitted(DType::Float32), Some(Scalar::Float(2.0)));
        assert_eq!(Scalar::Complex(2.0, 1.0).fitted(DType::Float32), None);
        assert_eq!(Scalar::Float(2f64.powi(63)).fitted(DType::Int64), None);
        assert!(Scalar::Float(f64::NAN).fitted(DType::Float16).is_some());
    }

    #[test]
    fn what_writes_a_number_refuses_it_and_writes_nothing() {
        let x = Tensor::full(&[2], 1, DType::UInt8).unwrap();
        let mask = Tensor::full(&[2], true, DType::Bool).unwrap();
        let texts = [
            Tensor::full(&[2], 256, DType::UInt8).err(),
            x.fill_(256).err(),
            x.set(&[Index::Int(0)], 256).err(),
            x.set(&[Index::Tensor(mask.clone())], 256).err(),
            where_(&mask, &x, 256).err(),
            x.pow(256).err(),
        ]
        .map(|error| error.unwrap().to_string());
        assert!(
            texts.iter().all(|text| text == "value cannot be converted to type uint8_t without overflow"),
            "{texts:?}"
        );
        assert_eq!((x.to_vec::<u8>().unwrap(), x.version()), (vec![1, 1], 0));
    }
}
