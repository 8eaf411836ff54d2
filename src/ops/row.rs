//! The grammar of the operator table: what a row is, and the macros that read rows.
//!
//! A pointwise row holds one formula and one derivative for each input; a structured row names the
//! functions that do the same for a sum or a matrix product. Everything else that the library needs
//! of an operator is derived from the row: its number, kernels, recording, vjp, jvp, Rust and Python
//! functions, signature, documentation.

use super::adjoint::Vjp;
use super::recorded::Recorded;
use super::signature::Signature;
use super::tangent::Jvp;
use super::value::{Arg, Output, Target};
use crate::dtype::DType;
use crate::error::Result;
use crate::kernels::map::MapTable;

/// How the result's element type follows from the operands'.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rule {
    /// The promoted type.
    Promote,
    /// The promoted type, whole numbers made the default floating point type (exp, true division).
    Float,
    /// `bool`, computed in the promoted type (comparisons).
    Bool,
}

impl Rule {
    /// In words.
    pub const fn text(self) -> &'static str {
        match self {
            Rule::Promote => "promoted",
            Rule::Float => "promoted, floating",
            Rule::Bool => "bool",
        }
    }
}

/// The bit of the result among what a derivative reads.
pub const RESULT: u8 = 7;

/// A derivative with respect to one input: a formula of the cotangent and what it reads.
pub struct Derivative {
    /// The operands that it reads, in order: inputs by position, [`RESULT`] for the result.
    pub reads: &'static [u8],
    /// Whether the formula is the cotangent itself, which is passed on then.
    pub identity: bool,
    /// The formula as kernels. Operand 0 is the cotangent. A `lean` row has none: its formula's steps are taken one by one,
    /// which costs a pass of memory each, and spares the library some ten kilobytes of code.
    pub kernels: MapTable,
    /// The formula over recorded numbers.
    pub recorded: fn(&[Recorded]) -> Recorded,
}

/// Refuses operands before anything is written.
pub type Check = fn(DType, &[super::apply::Operand<'_>]) -> Result<()>;

/// An element-by-element operator.
pub struct Pointwise {
    /// The number of operands.
    pub arity: usize,
    /// The formula as kernels.
    pub kernels: MapTable,
    /// The result's element type.
    pub rule: Rule,
    /// The derivative for each input; none for an input that is declared constant.
    pub derivatives: &'static [Option<Derivative>],
    /// Refuses operands before anything is written: the operands' promoted type, and a number operand.
    pub check: Option<Check>,
    /// Whether torch's kernel refuses them (`kernel` in the row), once shapes and the target have been looked at.
    pub late: bool,
}

/// What a sweep does with a node of the operator.
pub enum Body {
    /// From the row's formulas.
    Pointwise(&'static Pointwise),
    /// By functions of the row's own.
    Structured {
        /// Sends cotangents to the inputs.
        vjp: fn(&mut Vjp<'_>) -> Result<()>,
        /// The outputs' tangents from the inputs'.
        jvp: fn(&mut Jvp<'_>) -> Result<()>,
    },
}

/// One operator.
pub struct Operator {
    /// Its place in the table: family and index.
    pub number: u16,
    /// torch's name.
    pub name: &'static str,
    /// The names of its nodes, by variant: `["SumBackward0", "SumBackward1"]`.
    pub grad_names: &'static [&'static str],
    /// What the derivative for each input reads, as bits: inputs by position, [`RESULT`] and above for outputs.
    pub reads: &'static [u8],
    /// Its rule.
    pub body: Body,
    /// What its row says for people.
    pub about: &'static About,
}

/// What a row says of itself, for people and for the checks that it is complete.
pub struct About {
    /// The row's name; several rows may serve one of torch's.
    pub row: &'static str,
    /// The names of a formula's operands.
    pub operands: &'static [&'static str],
    /// The numbers on which its formula holds; empty for a structured row, which says so in code.
    pub domain: &'static str,
    /// How the result's type follows from the operands'.
    pub dtype: &'static str,
    /// What it does.
    pub doc: &'static str,
}

impl Operator {
    /// Whether a number among the operands of a node of `variant` stands for a tensor.
    ///
    /// torch has each of the four operations twice: with two tensors, where a number that a caller gives is
    /// made one, and with a tensor and a number, which its own formulas apply. The second has the second name
    /// (`pow` and some others have no number that enters as a tensor).
    pub fn number_is_tensor(&self, variant: u8) -> bool {
        // A factor of a sum is a number in both.
        let by_number = || {
            matches!(self.name, "pow" | "lerp" | "clamp" | "clamp_min" | "clamp_max" | "copysign" | "xlogy")
                || self.about.operands.contains(&"alpha")
        };
        variant == 0 && self.grad_names.len() >= 2 && !by_number()
    }
}

/// Forms in which torch offers a name.
pub mod forms {
    /// `torch.name(x)`.
    pub const FUNCTION: u8 = 1;
    /// `x.name()`.
    pub const METHOD: u8 = 2;
    /// `x.name_()`.
    pub const INPLACE: u8 = 4;
    /// Function, method and in-place method.
    pub const ALL: u8 = 7;
    /// Function and method.
    pub const BOTH: u8 = 3;
    /// `torch.name_(x)`.
    pub const WRITTEN: u8 = 16;
    /// Functions alone.
    pub const FUNCTIONS: u8 = FUNCTION | WRITTEN;
    /// All of them, and the in-place one as a function too.
    pub const EVERY: u8 = ALL | WRITTEN;
    /// A deprecated signature: it is tried last, and no text lists it.
    pub const DEPRECATED: u8 = 8;
    /// A deprecated function, method and in-place method.
    pub const OLD: u8 = ALL | DEPRECATED;
}

/// One signature of one torch name, and what it calls.
pub struct Overload {
    /// The signature.
    pub signature: Signature,
    /// The operator: one argument for each parameter but `out`.
    pub call: fn(&[Arg<'_>], Target<'_>) -> Result<Output>,
    /// The row whose value it is where only its operands are given: what Python's operators call, with nothing to match.
    pub plain: Option<(&'static Operator, &'static Pointwise)>,
    /// The forms it has.
    pub forms: u8,
    /// The row that it stands in; empty where it stands alone.
    pub row: &'static str,
    /// What it does, for people.
    pub doc: &'static str,
}

impl Overload {
    /// Whether torch has it for old programs alone.
    pub fn is_deprecated(&self) -> bool {
        self.forms & forms::DEPRECATED != 0
    }

    /// Whether it stands there for texts alone.
    pub fn is_unsupported(&self) -> bool {
        std::ptr::fn_addr_eq(self.call, unsupported as fn(&[Arg<'_>], Target<'_>) -> Result<Output>)
    }
}

/// Called by a signature that is torch's and has no body here: it stands in a row so that texts list it.
pub fn unsupported(_: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    Err(crate::error::Error::not_implemented("these arguments are right for torch and not supported by wengert yet"))
}

/// The place of `name` among `names`, at compile time; [`RESULT`] for the last, which is the result.
pub const fn place(name: &str, names: &[&str]) -> u8 {
    let mut i = 0;
    while i < names.len() {
        if super::signature::same(name, names[i]) {
            return if i + 1 == names.len() { RESULT } else { i as u8 };
        }
        i += 1;
    }
    panic!("a derivative reads a name that is neither an operand nor the result")
}

/// The bits of `reads`.
pub const fn bits(reads: &[u8]) -> u8 {
    let (mut i, mut bits) = (0, 0);
    while i < reads.len() {
        bits |= 1 << reads[i];
        i += 1;
    }
    bits
}

/// Whether every input but the declared constants has a derivative.
pub const fn complete(inputs: &[&str], derived: &[&str], constants: &[&str]) -> bool {
    const fn contains(names: &[&str], name: &str) -> bool {
        let mut i = 0;
        while i < names.len() {
            if super::signature::same(names[i], name) {
                return true;
            }
            i += 1;
        }
        false
    }
    let mut i = 0;
    while i < inputs.len() {
        if contains(derived, inputs[i]) == contains(constants, inputs[i]) {
            return false;
        }
        i += 1;
    }
    true
}

/// A formula's derivative with respect to operand `I`: what its kernels are named by.
pub struct D<R, const I: u8>(std::marker::PhantomData<R>);

/// Reads pointwise rows; see `elements/pointwise.rs` for what one looks like and CONTRIBUTING for how to add one.
macro_rules! pointwise {
    (family $family:literal; $(
        $(#[doc = $doc:literal])*
        $Row:ident {
            $f:ident($($x:ident),+) $(constant($($constant:ident),*))? -> $y:ident = $body:expr;
            $( $wrt:ident: |$g:ident $(, $r:ident)*| $deriv:expr; )*
            [$Domain:ident, $rule:ident $(, $when:ident $check:path)? $(; $lean:ident)?] $($grad:literal),*;
            $( $signature:literal $forms:ident $(=> $call:path $(, $how:ident)?)?; )*
        }
    )*) => {
        #[allow(dead_code, non_camel_case_types)]
        enum RowIndex { $($Row),* }
        $(
            $(#[doc = $doc])*
            pub struct $Row;
            impl<N: $crate::kernels::number::$Domain> $crate::kernels::number::Eval<N, { [$(stringify!($x)),+].len() }> for $Row {
                #[inline(always)]
                #[allow(unused_variables)]
                fn eval(x: [N; { [$(stringify!($x)),+].len() }]) -> N {
                    let [$($x),+] = x;
                    $body
                }
            }
            $(
                impl<N: $crate::kernels::number::$Domain> $crate::kernels::number::Eval<N, { 1 + <[&str]>::len(&[$(stringify!($r)),*]) }>
                    for $crate::ops::row::D<$Row, { $crate::ops::row::place(stringify!($wrt), $Row::NAMES) }>
                {
                    #[inline(always)]
                    fn eval(x: [N; { 1 + <[&str]>::len(&[$(stringify!($r)),*]) }]) -> N {
                        // A holomorphic formula's cotangent is g times the conjugate of its derivative, which is the
                        // formula of conjugates: its numbers are real. (To conjugate g and the result turns zeros.)
                        #[inline(always)]
                        #[allow(unused_variables)]
                        fn derivative<N: $crate::kernels::number::$Domain>([$g $(, $r)*]: [N; { 1 + <[&str]>::len(&[$(stringify!($r)),*]) }]) -> N {
                            $deriv
                        }
                        let [$g $(, $r)*] = x;
                        derivative([$g $(, $r.conj())*])
                    }
                }
            )*
            // A slip in the row is an error at the row: an input needs a derivative or `constant`.
            const _: () = assert!(
                $crate::ops::row::complete(&[$(stringify!($x)),+], &[$(stringify!($wrt)),*], &[$($(stringify!($constant)),*)?]),
                concat!(stringify!($Row), ": each input needs one derivative, or to be named in `constant(..)`")
            );
            impl $Row {
                const DOC: &'static str = concat!($($doc, "\n"),*);
                #[allow(dead_code)]
                const NAMES: &'static [&'static str] = &[$(stringify!($x),)+ stringify!($y)];
                const ARITY: usize = [$(stringify!($x)),+].len();
                #[allow(dead_code)]
                const LEAN: bool = <[&str]>::len(&[$(stringify!($lean))?]) != 0;
                const DERIVATIVES: [Option<$crate::ops::row::Derivative>; Self::ARITY] = {
                    #[allow(unused_mut)]
                    let mut all = [const { None }; Self::ARITY];
                    $(
                        all[$crate::ops::row::place(stringify!($wrt), Self::NAMES) as usize] = Some($crate::ops::row::Derivative {
                            reads: const { &[$($crate::ops::row::place(stringify!($r), $Row::NAMES)),*] },
                            identity: $crate::ops::signature::same(stringify!($deriv), stringify!($g)),
                            kernels: if Self::LEAN {
                                $crate::kernels::map::MapTable::none()
                            } else {
                                $crate::ops::row::table!(
                                    $Domain,
                                    $crate::ops::row::D<$Row, { $crate::ops::row::place(stringify!($wrt), $Row::NAMES) }>,
                                    { 1 + <[&str]>::len(&[$(stringify!($r)),*]) }
                                )
                            },
                            recorded: |x| match x.try_into() {
                                Ok(x) => <$crate::ops::row::D<$Row, { $crate::ops::row::place(stringify!($wrt), $Row::NAMES) }> as
                                    $crate::kernels::number::Eval<_, { 1 + <[&str]>::len(&[$(stringify!($r)),*]) }>>::eval(x),
                                Err(_) => unreachable!("a derivative is called with what it reads"),
                            },
                        });
                    )*
                    all
                };
                const READS: [u8; Self::ARITY] = {
                    #[allow(unused_mut)]
                    let mut all = [0; Self::ARITY];
                    $(
                        all[$crate::ops::row::place(stringify!($wrt), Self::NAMES) as usize] =
                            $crate::ops::row::bits(&[$($crate::ops::row::place(stringify!($r), $Row::NAMES)),*]);
                    )*
                    all
                };
                /// The row.
                pub const ROW: &'static $crate::ops::row::Pointwise = &$crate::ops::row::Pointwise {
                    arity: Self::ARITY,
                    kernels: $crate::ops::row::table!($Domain, $Row, { [$(stringify!($x)),+].len() }),
                    rule: $crate::ops::row::Rule::$rule,
                    derivatives: &Self::DERIVATIVES,
                    check: $crate::ops::row::check!($f $(, $check)?),
                    late: false $(|| $crate::ops::signature::same(stringify!($when), "kernel"))?,
                };
                /// The operator.
                pub const OPERATOR: &'static $crate::ops::row::Operator = &$crate::ops::row::Operator {
                    number: ($family << 8) | RowIndex::$Row as u16,
                    name: stringify!($f),
                    grad_names: &[$($grad),*],
                    reads: &Self::READS,
                    body: $crate::ops::row::Body::Pointwise(Self::ROW),
                    about: &$crate::ops::row::About {
                        row: stringify!($Row),
                        operands: &[$(stringify!($x)),+],
                        domain: stringify!($Domain),
                        dtype: $crate::ops::row::Rule::$rule.text(),
                        doc: Self::DOC,
                    },
                };
                #[allow(dead_code)]
                pub(in crate::ops) fn call(args: &[$crate::ops::value::Arg<'_>], target: $crate::ops::value::Target<'_>) -> $crate::error::Result<$crate::ops::value::Output> {
                    $crate::ops::apply::call_pointwise(Self::OPERATOR, Self::ROW, args, target)
                }
            }
            $crate::ops::row::method!($f $Row [$($doc),*] [$($x)+] $([$($call $(, $how)?)?])*);
        )*
        /// The family's operators.
        pub static OPERATORS: &[&$crate::ops::row::Operator] = &[$($Row::OPERATOR),*];
        /// The family's signatures.
        pub static OVERLOADS: &[$crate::ops::row::Overload] = &[$($(
            $crate::ops::row::Overload {
                signature: $crate::ops::signature::Signature::parse($signature),
                call: $crate::ops::row::call_or!($Row $(, $call $(, $how)?)?),
                plain: $crate::ops::row::plain_or!($Row $(, $call $(, $how)?)?),
                forms: $crate::ops::row::forms::$forms,
                row: stringify!($Row),
                doc: $Row::DOC,
            },
        )*)*];
    };
}
pub(crate) use pointwise;

/// The method by which a Rust user calls a row: made of a row of one operand or two whose first signature is the row's own,
/// or (of one) is called by a function that several share, which differ in what `out=` may be. (Other rows have theirs in
/// `methods.rs`, if any: so have those whose names are those of Rust's operators.)
macro_rules! method {
    ($f:ident $Row:ident $doc:tt $operands:tt [$call:path, row] $($others:tt)*) => {
        $crate::ops::row::method!($f $Row $doc $operands []);
    };
    ($f:ident $Row:ident [$($doc:literal),*] [$x:ident] [] $($others:tt)*) => {
        impl $crate::tensor::Tensor {
            $(#[doc = $doc])*
            pub fn $f(&self) -> $crate::error::Result<$crate::tensor::Tensor> {
                let operand = $crate::ops::apply::Operand::Tensor(self);
                $crate::ops::apply::pointwise($Row::OPERATOR, $Row::ROW, 0, &[operand], $crate::ops::value::Target::Fresh)
            }
        }
    };
    (add $($others:tt)*) => {};
    (sub $($others:tt)*) => {};
    (rsub $($others:tt)*) => {};
    (mul $($others:tt)*) => {};
    (div $($others:tt)*) => {};
    (eq $($others:tt)*) => {};
    (ne $($others:tt)*) => {};
    (lt $($others:tt)*) => {};
    (le $($others:tt)*) => {};
    (gt $($others:tt)*) => {};
    (ge $($others:tt)*) => {};
    ($f:ident $Row:ident [$($doc:literal),*] [$x:ident $other:ident] [] $($others:tt)*) => {
        impl $crate::tensor::Tensor {
            $(#[doc = $doc])*
            ///
            /// # Errors
            /// Where the shapes do not broadcast together, or there is no such operator of the elements' types.
            pub fn $f<'a>(&'a self, $other: impl Into<$crate::ops::apply::Operand<'a>>) -> $crate::error::Result<$crate::tensor::Tensor> {
                let operands = [$crate::ops::apply::Operand::Tensor(self), $other.into()];
                $crate::ops::apply::pointwise($Row::OPERATOR, $Row::ROW, 0, &operands, $crate::ops::value::Target::Fresh)
            }
        }
    };
    ($($of_another_kind:tt)*) => {};
}
pub(crate) use method;

/// The kernels of a formula.
macro_rules! table {
    (Ring, $F:ty, $K:expr) => {
        $crate::kernels::map::MapTable::ring::<$F, $K>()
    };
    (Ordered, $F:ty, $K:expr) => {
        $crate::kernels::map::MapTable::ordered::<$F, $K>()
    };
    (Field, $F:ty, $K:expr) => {
        $crate::kernels::map::MapTable::field::<$F, $K>()
    };
    (Whole, $F:ty, $K:expr) => {
        $crate::kernels::map::MapTable::whole::<$F, $K>()
    };
    (Real, $F:ty, $K:expr) => {
        $crate::kernels::map::MapTable::real::<$F, $K>()
    };
}
pub(crate) use table;

/// A row's check, which is told the operator's name.
macro_rules! check {
    ($f:ident) => {
        None
    };
    ($f:ident, $check:path) => {
        Some(|common, ins| $check(stringify!($f), common, ins))
    };
}
pub(crate) use check;

macro_rules! call_or {
    ($Row:ident) => {
        $Row::call
    };
    ($Row:ident, $call:path $(, plain)?) => {
        $call
    };
    ($Row:ident, $call:path, row) => {
        |args, target| $call($Row::OPERATOR, $Row::ROW, args, target)
    };
}
pub(crate) use call_or;

/// A row's own call is plain; one by a path is where the row says so, and not where it is told the `row`.
macro_rules! plain_or {
    ($Row:ident) => {
        Some(($Row::OPERATOR, $Row::ROW))
    };
    ($Row:ident, $call:path $(, row)?) => {
        None
    };
    ($Row:ident, $call:path, plain) => {
        Some(($Row::OPERATOR, $Row::ROW))
    };
}
pub(crate) use plain_or;

/// Reads comparison rows: a predicate, whose result is bool. It is recorded where it is written over numbers alone,
/// under its first name where the other operand is a number.
macro_rules! predicates {
    (family $family:literal; $(
        $(#[doc = $doc:literal])*
        $Row:ident { $f:ident($($x:ident),+) where $body:expr; [$Domain:ident $(, check $check:path)?] $($grad:literal),*; $signature:literal $forms:ident $(=> $call:path $(, $how:ident)?)?; }
    )*) => {
        #[allow(dead_code, non_camel_case_types)]
        enum RowIndex { $($Row),* }
        $(
            $(#[doc = $doc])*
            pub struct $Row;
            impl<N: $crate::kernels::number::$Domain> $crate::kernels::number::Test<N, { [$(stringify!($x)),+].len() }> for $Row {
                #[inline(always)]
                fn test([$($x),+]: [N; { [$(stringify!($x)),+].len() }]) -> N::Mask {
                    $body
                }
            }
            impl $Row {
                const DOC: &'static str = concat!($($doc, "\n"),*);
                /// The row.
                pub const ROW: &'static $crate::ops::row::Pointwise = &$crate::ops::row::Pointwise {
                    arity: [$(stringify!($x)),+].len(),
                    kernels: $crate::ops::row::test_table!($Domain, $Row, { [$(stringify!($x)),+].len() }),
                    rule: $crate::ops::row::Rule::Bool,
                    derivatives: &[const { $crate::ops::elements::compare::Flat::of(&[$($grad),*]) }; { [$(stringify!($x)),+].len() }],
                    check: $crate::ops::row::check!($f $(, $check)?),
                    late: false,
                };
                /// The operator.
                pub const OPERATOR: &'static $crate::ops::row::Operator = &$crate::ops::row::Operator {
                    number: ($family << 8) | RowIndex::$Row as u16,
                    name: stringify!($f),
                    grad_names: &[$($grad),*],
                    reads: &[0; { [$(stringify!($x)),+].len() }],
                    body: $crate::ops::row::Body::Pointwise(Self::ROW),
                    about: &$crate::ops::row::About {
                        row: stringify!($Row),
                        operands: &[$(stringify!($x)),+],
                        domain: stringify!($Domain),
                        dtype: $crate::ops::row::Rule::Bool.text(),
                        doc: Self::DOC,
                    },
                };
                #[allow(dead_code)]
                pub(in crate::ops) fn call(args: &[$crate::ops::value::Arg<'_>], target: $crate::ops::value::Target<'_>) -> $crate::error::Result<$crate::ops::value::Output> {
                    $crate::ops::elements::compare::compare(Self::OPERATOR, Self::ROW, args, target)
                }
            }
            $crate::ops::row::method!($f $Row [$($doc),*] [$($x)+] [$($call $(, $how)?)?]);
        )*
        /// The family's operators.
        pub static OPERATORS: &[&$crate::ops::row::Operator] = &[$($Row::OPERATOR),*];
        /// The family's signatures.
        pub static OVERLOADS: &[$crate::ops::row::Overload] = &[$(
            $crate::ops::row::Overload {
                signature: $crate::ops::signature::Signature::parse($signature),
                call: $crate::ops::row::call_or!($Row $(, $call $(, $how)?)?),
                plain: $crate::ops::row::plain_or!($Row $(, $call $(, $how)?)?),
                forms: $crate::ops::row::forms::$forms,
                row: stringify!($Row),
                doc: $Row::DOC,
            },
        )*];
    };
}
pub(crate) use predicates;

macro_rules! test_table {
    (Ring, $F:ty, $n:expr) => {
        $crate::kernels::map::MapTable::ring_test::<$F, $n>()
    };
    (Ordered, $F:ty, $n:expr) => {
        $crate::kernels::map::MapTable::ordered_test::<$F, $n>()
    };
}
pub(crate) use test_table;
