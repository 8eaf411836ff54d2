//! Brackets, lines and gaps: where each number of a tensor stands.

use super::column::{Column, Extent};
use super::{Elements, Options};
use crate::dtype::{DType, Scalar};

/// A tensor's numbers and the columns that spell them.
pub struct Layout<'a> {
    elements: &'a dyn Elements,
    linewidth: i64,
    /// Entries shown at both ends of a dimension, if the tensor is summarised.
    edge: Option<i64>,
    column: Column,
    /// The imaginary parts' own column.
    imaginary: Option<Column>,
}

impl<'a> Layout<'a> {
    /// Reads what is shown of `elements` once, to find the columns.
    pub fn new(elements: &'a dyn Elements, dtype: DType, options: &Options) -> Layout<'a> {
        // In floating point: a tensor expanded by zero strides may count more elements than memory has bytes.
        let count: f64 = elements.shape().iter().map(|&n| n as f64).product();
        let edge = (count > options.threshold).then(|| i64::try_from(options.edgeitems).unwrap_or(i64::MAX));
        let (mut real, mut imaginary) = (Extent::NONE, Extent::NONE);
        let mut index = Vec::with_capacity(elements.shape().len());
        // One without elements can have other extents that would take years to count through.
        if count > 0.0 {
            visit(elements, edge, &mut index, &mut |x| {
                real.add(x);
                if let Scalar::Complex(_, im) = x {
                    imaginary.add(Scalar::Float(im));
                }
            });
        }
        let column = |extent| Column::new(extent, dtype, options.precision, options.sci_mode);
        Layout {
            elements,
            linewidth: options.linewidth,
            edge,
            column: column(&real),
            imaginary: dtype.is_complex().then(|| column(&imaginary)),
        }
    }

    /// Appends the numbers; lines after the first start at column `indent`.
    pub fn write(&self, out: &mut String, indent: usize) {
        if self.elements.shape().contains(&0) {
            out.push_str("[]");
        } else {
            self.block(out, indent, &mut Vec::with_capacity(self.elements.shape().len()));
        }
    }

    /// Appends the entry at `index`, which names the outer dimensions that are already entered.
    fn block(&self, out: &mut String, indent: usize, index: &mut Vec<i64>) {
        let inner = &self.elements.shape()[index.len()..];
        let Some(&n) = inner.first() else {
            return self.number(out, self.elements.at(index));
        };
        let in_row = inner.len() == 1;
        let per_line = self.per_line(indent);
        // Blocks stand as many lines apart as they have dimensions.
        let line_ends = "\n".repeat((inner.len() - 1).max(1));
        out.push('[');
        for (k, entry) in shown(n, self.edge).enumerate() {
            if k > 0 && in_row && k % per_line > 0 {
                out.push_str(", ");
            } else if k > 0 {
                out.push(',');
                out.push_str(&line_ends);
                out.push_str(&" ".repeat(indent + 1));
            }
            match entry {
                Some(i) => {
                    index.push(i);
                    self.block(out, indent + 1, index);
                    index.pop();
                }
                // A gap within a row is spaced like a number, unless it stands alone.
                None => out.push_str(if in_row && self.edge != Some(0) { " ..." } else { "..." }),
            }
        }
        out.push(']');
    }

    /// How many numbers fit a line that starts at column `indent`, each with its comma and space.
    fn per_line(&self, indent: usize) -> usize {
        let width = self.column.width() + 2 + self.imaginary.map_or(0, |c| c.width() + 1);
        let room = usize::try_from(self.linewidth).unwrap_or(0).saturating_sub(indent);
        (room / width).max(1)
    }

    fn number(&self, out: &mut String, x: Scalar) {
        self.column.write(out, x);
        let (Some(column), Scalar::Complex(_, im)) = (self.imaginary, x) else { return };
        // The imaginary part is not padded: it follows its sign, and only minus brings its own.
        let start = out.len();
        column.spell(out, Scalar::Float(im));
        if !out[start..].starts_with('-') {
            out.insert(start, '+');
        }
        out.push('j');
    }
}

/// The entries of a dimension of `n` that are shown; `None` stands for those left out.
fn shown(n: i64, edge: Option<i64>) -> impl Iterator<Item = Option<i64>> {
    let (head, tail) = match edge {
        Some(edge) if n > edge.saturating_mul(2) => (edge, n - edge),
        _ => (n, n),
    };
    (0..head).map(Some).chain((head < tail).then_some(None)).chain((tail..n).map(Some))
}

/// Calls `f` with every number that is shown below the entry at `index`.
fn visit(elements: &dyn Elements, edge: Option<i64>, index: &mut Vec<i64>, f: &mut dyn FnMut(Scalar)) {
    let Some(&n) = elements.shape().get(index.len()) else { return f(elements.at(index)) };
    for i in shown(n, edge).flatten() {
        index.push(i);
        visit(elements, edge, index, f);
        index.pop();
    }
}
