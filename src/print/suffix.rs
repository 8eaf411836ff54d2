//! What a `repr` says before and after the numbers.

use super::Options;
use crate::dtype::DType;
use std::fmt::Write;

/// What a tensor is, besides its numbers. The default is a plain tensor outside any graph.
#[derive(Clone, Copy, Default, Debug)]
pub struct Suffix<'a> {
    /// A subclass's name, which then stands for `tensor`.
    pub class: Option<&'a str>,
    /// Whether it is an `nn.Parameter`.
    pub parameter: bool,
    /// The name of its gradient function's class.
    pub grad_fn: Option<&'a str>,
    /// Whether it requires a gradient; said of a leaf only.
    pub requires_grad: bool,
    /// Its tangent as Python's `format` prints it: the bare number for a plain tensor of no
    /// dimensions, the `repr` for any other.
    pub tangent: Option<&'a str>,
}

impl Suffix<'_> {
    /// `tensor(`: its length is the indent of every later line.
    pub(super) fn opening(&self) -> String {
        format!("{}(", self.class.unwrap_or("tensor"))
    }

    /// Appends the facts and the closing bracket to `text`, the opening and the numbers.
    pub(super) fn close(
        &self,
        mut text: String,
        indent: usize,
        shape: &[i64],
        dtype: DType,
        default_dtype: DType,
        options: &Options,
    ) -> String {
        // torch counts two columns more than the line has, so it breaks two columns early.
        let last_line = text.rsplit('\n').next().unwrap_or("");
        let mut column = last_line.chars().count() as i64 + 2;
        for fact in self.facts(shape, dtype, default_dtype, options) {
            let length = fact.chars().count() as i64;
            if column.saturating_add(length + 2) > options.linewidth {
                text.push_str(",\n");
                text.push_str(&" ".repeat(indent));
                column = indent as i64 + length;
            } else {
                text.push_str(", ");
                column += length + 2;
            }
            text.push_str(&fact);
        }
        text.push(')');
        match (self.parameter, self.class) {
            (false, _) => text,
            (true, None) => format!("Parameter containing:\n{text}"),
            (true, Some(_)) => format!("Parameter containing:\nParameter({text})"),
        }
    }

    /// The facts, in torch's order.
    fn facts(&self, shape: &[i64], dtype: DType, default_dtype: DType, options: &Options) -> Vec<String> {
        let mut facts = Vec::new();
        let empty = shape.contains(&0);
        let sized = if empty { shape.len() != 1 } else { options.edgeitems == 0 };
        if sized {
            facts.push(format!("size={}", python_tuple(shape)));
        }
        // Of an empty tensor no number shows its type, so nothing but the default goes unsaid.
        let implied = dtype == default_dtype
            || !empty && (dtype == default_dtype.complex() || matches!(dtype, DType::Int64 | DType::Bool));
        if !implied {
            facts.push(format!("dtype={dtype}"));
        }
        if let Some(name) = self.grad_fn {
            facts.push(format!("grad_fn=<{name}>"));
        } else if self.requires_grad {
            facts.push("requires_grad=True".to_owned());
        }
        if let Some(tangent) = self.tangent {
            facts.push(format!("tangent={tangent}"));
        }
        facts
    }
}

/// `(2, 3)`, `(2,)`, `()`.
fn python_tuple(shape: &[i64]) -> String {
    let mut text = String::from("(");
    for (i, n) in shape.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{}{n}", if i > 0 { ", " } else { "" });
    }
    text.push_str(if shape.len() == 1 { ",)" } else { ")" });
    text
}
