//! Signatures, parsed at compile time from the text that a row gives.
//!
//! `"sum(input, dim: dims, keepdim: bool = False, *, dtype: dtype = None, out = None)"`: a parameter
//! without a kind is a tensor, and so is a result that no arrow (`-> int`) tells. From the one text come
//! the argument parser's table, torch's error texts, docstrings, the stub and docs/operators.md; so rows
//! give every signature that torch lists for a name, those without a body too ([`super::row::unsupported`]).

/// What a parameter accepts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A tensor.
    Tensor,
    /// A tensor or a number, which torch lists as two signatures.
    Operand,
    /// A tensor or a number, which torch lists as a tensor.
    Lax,
    /// A number.
    Number,
    /// A number that becomes an element of the type that the tensors have together.
    Factor,
    /// A real number, as float64.
    Float,
    /// A whole number.
    Int,
    /// A whole number of elements, or the place of one: whatever has `__index__` stands for one.
    Extent,
    /// A whole number or `None`.
    Whole,
    /// `True` or `False`.
    Bool,
    /// A whole number or a tuple of them; as the last positional one, also spelled as varargs.
    Dims,
    /// An element type.
    DType,
    /// A tensor or `None`.
    Optional,
    /// A tuple or list of tensors.
    Tensors,
    /// A word or `None`.
    Text,
    /// The order of a norm: a number, a word or `None`.
    Order,
    /// A memory format or `None`.
    Format,
    /// A number of which the operator decides what one beyond 63 bits means.
    Value,
    /// `True`, `False` or `None`.
    Flag,
    /// An element type; by position also a Python number that stands for its type.
    Element,
    /// A device, its name or `None`. There is one, so no operator is told.
    Device,
    /// A layout or `None`. There is one, so no operator is told.
    Layout,
    /// A generator of random numbers or `None`.
    Generator,
    /// Anything, as it is: what a host's own functions take. No operator is told.
    Object,
    /// The `out=` tensor.
    Out,
}

/// One parameter.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its name; `axis` is accepted for `dim`.
    pub name: &'static str,
    /// What it accepts.
    pub kind: Kind,
    /// The text of its default, empty where it must be given.
    pub default: &'static str,
    /// Whether it can be given by position.
    pub positional: bool,
    /// Whether one whole number may stand for a list of one: torch allows it where there is a usual length, as for `dim`,
    /// and not for a whole size.
    pub bare: bool,
}

/// The parameters that a signature has at most.
pub const MAX_PARAMS: usize = 10;

/// A parsed signature.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    /// The function's name.
    pub name: &'static str,
    /// All of it, as the row gives it.
    pub text: &'static str,
    /// The parameters of the call it describes: all but `out` and objects of the host.
    pub arity: usize,
    params: [Param; MAX_PARAMS],
    len: usize,
}

const fn find(text: &str, from: usize, what: u8) -> usize {
    let bytes = text.as_bytes();
    let mut i = from;
    while i < bytes.len() && bytes[i] != what {
        i += 1;
    }
    i
}

/// The place of `what` from `from` on, past what stands in parentheses: a default may be a tuple.
const fn find_outside(text: &str, from: usize, what: u8) -> usize {
    let bytes = text.as_bytes();
    let (mut i, mut depth) = (from, 0);
    while i < bytes.len() && (depth > 0 || bytes[i] != what) {
        match bytes[i] {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        i += 1;
    }
    i
}

const fn slice(text: &'static str, from: usize, to: usize) -> &'static str {
    text.split_at(to).0.split_at(from).1
}

const fn trim(text: &'static str) -> &'static str {
    let bytes = text.as_bytes();
    let (mut a, mut b) = (0, bytes.len());
    while a < b && bytes[a] == b' ' {
        a += 1;
    }
    while b > a && bytes[b - 1] == b' ' {
        b -= 1;
    }
    slice(text, a, b)
}

/// Whether two texts are equal, at compile time.
pub const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

const fn kind_of(name: &str, kind: &str) -> Kind {
    match kind.as_bytes() {
        b"" if same(name, "out") => Kind::Out,
        b"" | b"tensor" => Kind::Tensor,
        b"operand" => Kind::Operand,
        b"lax" => Kind::Lax,
        b"number" => Kind::Number,
        b"factor" => Kind::Factor,
        b"float" => Kind::Float,
        b"int" => Kind::Int,
        b"extent" => Kind::Extent,
        b"whole" => Kind::Whole,
        b"bool" => Kind::Bool,
        b"dims" => Kind::Dims,
        b"dtype" => Kind::DType,
        b"optional" => Kind::Optional,
        b"tensors" => Kind::Tensors,
        b"text" => Kind::Text,
        b"order" => Kind::Order,
        b"format" => Kind::Format,
        b"value" => Kind::Value,
        b"flag" => Kind::Flag,
        b"element" => Kind::Element,
        b"device" => Kind::Device,
        b"layout" => Kind::Layout,
        b"generator" => Kind::Generator,
        b"object" => Kind::Object,
        _ => panic!("a signature names an unknown kind"),
    }
}

/// Whether a list of this name is a whole size, so that its length says something.
const fn is_whole_size(name: &str, default: &str) -> bool {
    let whole = matches!(
        name.as_bytes(),
        b"size"
            | b"shape"
            | b"dims"
            | b"repeats"
            | b"sizes"
            | b"stride"
            | b"split_sizes"
            | b"indices"
            | b"source"
            | b"destination"
    );
    whole && (default.is_empty() || default.as_bytes()[0] == b'(')
}

impl Signature {
    /// Parses `text`. A slip in a row's text is a compile error.
    pub const fn parse(text: &'static str) -> Signature {
        let nothing = Param { name: "", kind: Kind::Tensor, default: "", positional: true, bare: true };
        let mut params = [nothing; MAX_PARAMS];
        let (mut len, mut arity, mut positional) = (0, 0, true);
        let open = find(text, 0, b'(');
        let close = find_outside(text, open + 1, b')');
        assert!(close < text.len(), "a signature needs parentheses");
        let mut at = open + 1;
        while at < close {
            let comma = find_outside(text, at, b',');
            let end = if comma < close { comma } else { close };
            let part = trim(slice(text, at, end));
            if same(part, "*") {
                positional = false;
            } else if !part.is_empty() {
                let equals = find(part, 0, b'=');
                let default = if equals < part.len() { trim(slice(part, equals + 1, part.len())) } else { "" };
                let declared = trim(slice(part, 0, equals));
                let colon = find(declared, 0, b':');
                let name = trim(slice(declared, 0, colon));
                let kind = if colon < declared.len() { trim(slice(declared, colon + 1, declared.len())) } else { "" };
                let kind = kind_of(name, kind);
                params[len] = Param { name, kind, default, positional, bare: !is_whole_size(name, default) };
                len += 1;
                arity += !matches!(kind, Kind::Out | Kind::Object) as usize;
            }
            at = end + 1;
        }
        Signature { name: slice(text, 0, open), text, arity, params, len }
    }

    /// The parameters.
    pub const fn params(&self) -> &[Param] {
        self.params.split_at(self.len).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_its_parameters() {
        const S: Signature =
            Signature::parse("sum(input, dim: dims, keepdim: bool = False, *, dtype: dtype = None, out = None)");
        let seen: Vec<_> = S.params().iter().map(|p| (p.name, p.kind, p.default, p.positional)).collect();
        assert_eq!(S.name, "sum");
        assert_eq!(
            seen,
            [
                ("input", Kind::Tensor, "", true),
                ("dim", Kind::Dims, "", true),
                ("keepdim", Kind::Bool, "False", true),
                ("dtype", Kind::DType, "None", false),
                ("out", Kind::Out, "None", false),
            ]
        );
    }
}
