//! The one format that all numbers of a printed tensor share.

use crate::dtype::{DType, Scalar};
use std::fmt::Write;

/// How a number is spelled.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Style {
    /// `True`, `12`: as Python spells it.
    Plain,
    /// `12.`: a float among floats that are all whole.
    Whole,
    /// `12.0000`, with that many digits.
    Fixed(u16),
    /// `1.2000e+01`, with that many digits.
    Scientific(u16),
}

/// What must be known of all the numbers before the first is spelled.
///
/// Only the ends are kept: among numbers of one sign a larger one never has the shorter spelling
/// (exponents grow at both ends), so there is no need to spell every number to find the widest.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// The least and the greatest magnitude of the finite numbers above 0, and of those below 0.
    magnitudes: [Option<(f64, f64)>; 2],
    /// Whether every finite number is whole.
    whole: bool,
    /// The least and the greatest integer (a bool is one).
    integers: Option<(i64, i64)>,
}

impl Extent {
    /// Of no numbers.
    pub const NONE: Extent = Extent { magnitudes: [None, None], whole: true, integers: None };

    /// Takes one more number into account: a complex one by its real part.
    pub fn add(&mut self, x: Scalar) {
        match x {
            Scalar::Bool(b) => self.add_integer(b.into()),
            Scalar::Int(i) => self.add_integer(i),
            Scalar::Float(f) | Scalar::Complex(f, _) => self.add_float(f),
        }
    }

    fn add_integer(&mut self, i: i64) {
        let (low, high) = self.integers.unwrap_or((i, i));
        self.integers = Some((low.min(i), high.max(i)));
    }

    fn add_float(&mut self, f: f64) {
        if f == 0.0 || !f.is_finite() {
            return;
        }
        self.whole &= f == f.ceil();
        let size = f.abs();
        let ends = &mut self.magnitudes[usize::from(f < 0.0)];
        let (low, high) = ends.unwrap_or((size, size));
        *ends = Some((low.min(size), high.max(size)));
    }
}

/// A style and the width to which every number is padded on the left.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    style: Style,
    width: usize,
}

impl Column {
    /// The column for numbers of `dtype` that span `extent`.
    pub fn new(extent: &Extent, dtype: DType, precision: u16, sci_mode: Option<bool>) -> Column {
        let (style, ends) = if dtype.is_integral() { plain(extent, dtype) } else { real(extent, precision, sci_mode) };
        let mut column = Column { style, width: 1 };
        let mut text = String::new();
        for x in ends.into_iter().flatten() {
            text.clear();
            column.spell(&mut text, x);
            column.width = column.width.max(text.len());
        }
        column
    }

    /// Columns that a number takes; infinities may take more.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Appends `x`, padded on the left.
    pub fn write(&self, out: &mut String, x: Scalar) {
        let start = out.len();
        self.spell(out, x);
        let missing = self.width.saturating_sub(out.len() - start);
        out.insert_str(start, &" ".repeat(missing));
    }

    /// Appends `x` without padding.
    pub fn spell(&self, out: &mut String, x: Scalar) {
        // Writing to a string cannot fail.
        let _ = match (x, self.style) {
            (Scalar::Bool(b), _) => out.write_str(if b { "True" } else { "False" }),
            (Scalar::Int(i), _) => write!(out, "{i}"),
            (Scalar::Float(f) | Scalar::Complex(f, _), style) => spell_float(out, f, style),
        };
    }
}

/// The numbers whose spellings may be the widest.
type Ends = [Option<Scalar>; 4];

fn plain(extent: &Extent, dtype: DType) -> (Style, Ends) {
    let ends = extent.integers.map_or([None, None], |(low, high)| [Some(low), Some(high)]);
    let scalar = |i: i64| if dtype == DType::Bool { Scalar::Bool(i != 0) } else { Scalar::Int(i) };
    (Style::Plain, [ends[0].map(scalar), ends[1].map(scalar), None, None])
}

fn real(extent: &Extent, precision: u16, sci_mode: Option<bool>) -> (Style, Ends) {
    let [above, below] = extent.magnitudes;
    let magnitudes = [above, below].into_iter().flatten().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let Some((low, high)) = magnitudes else {
        // Zeros, infinities and nans alone are whole and one wide, whatever the options ask for.
        return (Style::Whole, [None; 4]);
    };
    let spread = high / low > 1000.0 || high > 1.0e8 || low < 1.0e-4;
    let style = if sci_mode.unwrap_or(spread) {
        Style::Scientific(precision)
    } else if extent.whole {
        Style::Whole
    } else {
        Style::Fixed(precision)
    };
    let end = |ends: Option<(f64, f64)>, sign: f64| {
        [ends.map(|e| Scalar::Float(sign * e.0)), ends.map(|e| Scalar::Float(sign * e.1))]
    };
    let ([a, b], [c, d]) = (end(above, 1.0), end(below, -1.0));
    (style, [a, b, c, d])
}

fn spell_float(out: &mut String, f: f64, style: Style) -> std::fmt::Result {
    if f.is_nan() {
        return out.write_str("nan");
    }
    if f.is_infinite() {
        return out.write_str(if f < 0.0 { "-inf" } else { "inf" });
    }
    match style {
        Style::Plain => write!(out, "{f}"),
        Style::Whole => write!(out, "{f:.0}."),
        Style::Fixed(digits) => write!(out, "{f:.0$}", usize::from(digits)),
        Style::Scientific(digits) => {
            let start = out.len();
            write!(out, "{f:.0$e}", usize::from(digits))?;
            // Rust ends in `e-7` where C and Python end in `e-07`.
            let Some(mark) = out[start..].find('e').map(|at| start + at) else { return Ok(()) };
            let exponent: i32 = out[mark + 1..].parse().unwrap_or(0);
            out.truncate(mark);
            write!(out, "e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
        }
    }
}
