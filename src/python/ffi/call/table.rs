//! What Python can call, made once from the operators' signatures.

use super::super::args::Call;
use crate::ops::row::{Overload, forms};
use crate::ops::signature::{Kind, MAX_PARAMS, Param};
use crate::ops::table::groups;
use std::borrow::Cow;
use std::sync::OnceLock;

/// How an operator is spelled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// `torch.mul(a, b)`.
    Function,
    /// `a.mul(b)`.
    Method,
    /// `a.mul_(b)`.
    InPlace,
    /// `torch.exp_(a)`.
    Written,
}

impl Form {
    /// Every one, with its name in words.
    pub const ALL: [(Form, &str); 4] = [
        (Form::Function, "function"),
        (Form::Method, "method"),
        (Form::InPlace, "in-place"),
        (Form::Written, "in-place function"),
    ];

    /// Whether it is called with its first tensor among the arguments.
    pub const fn is_function(self) -> bool {
        matches!(self, Form::Function | Form::Written)
    }

    /// Whether it writes over its first tensor, whose name for it has an underscore.
    pub const fn writes(self) -> bool {
        matches!(self, Form::InPlace | Form::Written)
    }

    /// Whether torch has the signature in this form.
    pub fn is_of(self, overload: &Overload) -> bool {
        let bit = match self {
            Form::Function => forms::FUNCTION,
            Form::Method => forms::METHOD,
            Form::InPlace => forms::INPLACE,
            Form::Written => forms::WRITTEN,
        };
        overload.forms & bit != 0
    }

    /// How torch spells `name` so; a name that ends in an underscore is not given another.
    pub fn spelled(self, name: &'static str) -> Cow<'static, str> {
        if self.writes() { format!("{}_", name.trim_end_matches('_')).into() } else { name.into() }
    }
}

/// No parameter.
pub const NONE: usize = MAX_PARAMS;

/// One signature in one form.
pub struct Plan {
    /// The signature and what it calls.
    pub overload: &'static Overload,
    /// The parameter that the method's object is; [`NONE`] for a function.
    pub own: usize,
    /// How many arguments can be given by position.
    pub positional: usize,
    /// Whether the only one of those is a list, which may be spelled as several arguments.
    pub varargs: bool,
    /// Whether `out=` is offered.
    pub out: bool,
    /// Whether it reduces: it can keep the dimensions that it takes away.
    pub reduces: bool,
    /// Whether the arguments by position, the method's object first, are those of the first parameters, one each.
    pub in_order: bool,
    /// The parameter from which on all may be left out.
    pub optional: usize,
    /// How many tensors (the method's object among them) are all that a call has to give, in the order of the
    /// parameters; 0 where other things are needed.
    pub tensors: usize,
}

impl Plan {
    fn new(overload: &'static Overload, form: Form) -> Plan {
        let params = overload.signature.params();
        // `x.where(condition, other)`: the object is the parameter called input, wherever that stands.
        let own = match form {
            _ if form.is_function() => NONE,
            _ => params.iter().position(|p| p.name == "input").unwrap_or(0),
        };
        let out = form == Form::Function;
        let taken = |p: &Param| p.positional && (out || p.kind != Kind::Out);
        let mut offered = params.iter().enumerate().filter(|(i, p)| *i != own && taken(p));
        let positional = offered.clone().count();
        // What may be left out takes one number as a list of one, and leaves the others over.
        let varargs = positional == 1 && offered.all(|(_, p)| p.kind == Kind::Dims && p.default.is_empty());
        let reduces = params.iter().any(|p| p.name == "keepdim");
        let is_tensor = |p: &&Param| {
            p.default.is_empty() && p.positional && matches!(p.kind, Kind::Tensor | Kind::Operand | Kind::Lax)
        };
        let needed = params.iter().take_while(is_tensor).count();
        let alone = params[needed..].iter().all(|p| !p.default.is_empty());
        let fits = alone && (own == NONE || own == 0);
        let tensors = if fits { needed } else { 0 };
        let first = positional + usize::from(own != NONE);
        let in_order = (own == NONE || own == 0) && params[..first].iter().all(taken);
        let asked = |(i, p): (usize, &Param)| i == own || p.default.is_empty();
        let optional = params.iter().enumerate().rposition(asked).map_or(0, |last| last + 1);
        Plan { overload, own, positional, varargs, out, reduces, in_order, optional, tensors }
    }

    /// Whether `call` gives more by position than it takes, and it takes no list that may be spelled so.
    #[inline(always)]
    pub fn is_shorter(&self, call: &Call) -> bool {
        call.given > self.positional && !self.varargs
    }

    /// The parameters, the method's object among them.
    #[inline(always)]
    pub fn params(&self) -> &'static [Param] {
        self.overload.signature.params()
    }

    /// The parameters that a caller sees.
    pub fn offered(&self) -> impl Iterator<Item = (usize, &'static Param)> + '_ {
        self.params().iter().enumerate().filter(|(i, p)| *i != self.own && (self.out || p.kind != Kind::Out))
    }
}

/// One name that Python can call.
pub struct Callable {
    /// torch's name, with the underscore of an in-place method.
    pub name: &'static str,
    /// How it is spelled.
    pub form: Form,
    /// Its signatures, in the order in which they are tried. None: torch has no such form.
    pub plans: Vec<Plan>,
    /// Deprecated ones, which are tried after them and which no text lists.
    pub deprecated: Vec<Plan>,
}

impl Callable {
    /// One of a single signature.
    pub fn new(form: Form, overload: &'static Overload) -> Callable {
        Callable { name: overload.signature.name, form, plans: vec![Plan::new(overload, form)], deprecated: vec![] }
    }
}

/// What a Python operator between two objects calls.
#[derive(Default)]
pub struct Operands {
    /// Two tensors.
    pub both: Option<&'static Overload>,
    /// A tensor, then a number.
    pub left: Option<&'static Overload>,
    /// A number, then a tensor.
    pub right: Option<&'static Overload>,
}

impl Operands {
    fn new(overloads: &[&'static Overload]) -> Operands {
        let pick = |left: bool, right: bool| {
            let takes = |kind: Kind, tensor: bool| match kind {
                Kind::Operand | Kind::Lax => true,
                Kind::Tensor => tensor,
                Kind::Number => !tensor,
                _ => false,
            };
            let fits = |o: &&&'static Overload| match o.signature.params() {
                [a, b, rest @ ..] => {
                    takes(a.kind, left) && takes(b.kind, right) && rest.iter().all(|p| !p.default.is_empty())
                }
                _ => false,
            };
            overloads.iter().find(fits).copied()
        };
        Operands { both: pick(true, true), left: pick(true, false), right: pick(false, true) }
    }
}

/// Everything, by the group's place in `ops::table::groups` (functions that write alone are counted by themselves).
pub struct Tables {
    /// As functions.
    pub functions: Vec<Callable>,
    /// As methods.
    pub methods: Vec<Callable>,
    /// As in-place methods.
    pub inplace: Vec<Callable>,
    /// As functions that write over their first tensor: those alone that torch has.
    pub written: Vec<Callable>,
    /// As Python's operators.
    pub operands: Vec<Operands>,
}

static TABLES: OnceLock<Tables> = OnceLock::new();

/// The tables.
#[inline(always)]
pub fn tables() -> &'static Tables {
    TABLES.get_or_init(build)
}

#[cold]
fn build() -> Tables {
    let callables = |form: Form| {
        groups()
            .iter()
            .map(|group| {
                // Leaked once a process: a name lives as long as the type that shows it.
                let name = match form.spelled(group.name) {
                    Cow::Borrowed(name) => name,
                    Cow::Owned(name) => name.leak(),
                };
                let (deprecated, plans): (Vec<_>, Vec<_>) = group
                    .overloads
                    .iter()
                    .filter(|o| form.is_of(o))
                    .map(|o| Plan::new(o, form))
                    .partition(|plan| plan.overload.is_deprecated());
                Callable { name, form, plans, deprecated }
            })
            .collect::<Vec<_>>()
    };
    let written = callables(Form::Written).into_iter().filter(|callable| !callable.plans.is_empty()).collect();
    Tables {
        functions: callables(Form::Function),
        methods: callables(Form::Method),
        inplace: callables(Form::InPlace),
        written,
        operands: groups().iter().map(|group| Operands::new(&group.overloads)).collect(),
    }
}
