//! Element-by-element operators, one row each.
//!
//! A row reads: formula; for each input its derivative, which takes the cotangent `g` and whatever it
//! names (what it names is what a node saves), or `constant`; the domain of numbers on which the
//! formula holds and the rule for the result's type; the node's name; torch's signatures with the forms
//! they come in. CONTRIBUTING.md walks through adding one.

use super::arithmetic::{
    abs, add, conj, div_refuses, div_rounded, no_bool_abs, no_bool_negation, no_bool_subtraction, no_negative_power,
    pow, relu_refuses, rsub, square, sub, subtract_number, unconverted, where_,
};
use crate::ops::deprecated;
use crate::ops::row::pointwise as rows;

rows! { family 0;
    /// Sum, element by element: `input + alpha * other`.
    Add {
        add(a, b) -> y = a + b;
        a: |g| g;
        b: |g| g;
        [Ring, Promote] "AddBackward0", "AddBackward1";
        "add(input: lax, other: lax, *, alpha: factor = 1, out = None)" ALL => add, plain;
        "add(input: lax, alpha: factor, other: lax, *, out = None)" OLD => deprecated::add;
    }
    /// Sum with a factor on the second operand.
    AddScaled {
        add(a, b, alpha) constant(alpha) -> y = alpha.fused(b, a);
        a: |g| g;
        b: |g, alpha| g * alpha;
        [Ring, Promote] "AddBackward0";
    }
    /// Difference, element by element: `input - alpha * other`.
    Sub {
        sub(a, b) -> y = a - b;
        a: |g| g;
        b: |g| -g;
        [Ring, Promote, check no_bool_subtraction] "SubBackward0", "SubBackward1";
        "sub(input: lax, other: lax, *, alpha: number = 1, out = None)" ALL => sub, plain;
        "sub(input: lax, alpha: number, other: lax, *, out = None)" OLD => deprecated::sub;
        "subtract(input: lax, other: lax, *, alpha: number = 1, out = None)" ALL => sub;
        "subtract(input, other: number, alpha: number = 1)" ALL => subtract_number;
    }
    /// Difference with a factor on the second operand.
    SubScaled {
        sub(a, b, alpha) constant(alpha) -> y = (-alpha).fused(b, a);
        a: |g| g;
        b: |g, alpha| -g * alpha;
        [Ring, Promote, check no_bool_subtraction] "SubBackward0", "SubBackward1";
    }
    /// Difference with the operands exchanged: `other - input`, as in `1 - x`.
    Rsub {
        rsub(a, b) -> y = b - a;
        a: |g| -g;
        b: |g| g;
        [Ring, Promote, check no_bool_subtraction] "RsubBackward0", "RsubBackward1";
        "rsub(input, other, *, alpha: number = 1)" FUNCTION => rsub;
        "rsub(input, other: number, alpha: number = 1)" FUNCTION => rsub;
    }
    /// Difference with the operands exchanged and a factor on the first.
    RsubScaled {
        rsub(a, b, alpha) constant(alpha) -> y = (-alpha).fused(a, b);
        a: |g, alpha| -g * alpha;
        b: |g| g;
        [Ring, Promote, check no_bool_subtraction] "RsubBackward0", "RsubBackward1";
    }
    /// Product, element by element.
    Mul {
        mul(a, b) -> y = a * b;
        a: |g, b| g * b;
        b: |g, a| g * a;
        [Ring, Promote] "MulBackward0", "MulBackward1";
        "mul(input: lax, other: lax, *, out = None)" ALL;
        "multiply(input: lax, other: lax, *, out = None)" ALL;
        "multiply(input, other: number)" ALL;
    }
    /// Quotient, element by element; whole numbers are divided as floating point ones.
    Div {
        div(a, b) -> y = a / b;
        a: |g, b| g / b;
        b: |g, a, b| -g * ((a / b) / b);
        [Field, Float] "DivBackward0", "DivBackward1", "DivBackward2";
        "div(input: lax, other: lax, *, out = None)" ALL;
        "div(input: lax, other: lax, *, rounding_mode: text, out = None)" ALL => div_rounded;
        "div(input, other: number, *, rounding_mode: text)" ALL => div_rounded;
        "divide(input: lax, other: lax, *, out = None)" ALL;
        "divide(input: lax, other: lax, *, rounding_mode: text, out = None)" ALL => div_rounded;
        "divide(input, other: number)" ALL;
        "divide(input, other: number, *, rounding_mode: text)" ALL => div_rounded;
        "true_divide(input: lax, other: lax, *, out = None)" ALL;
        "true_divide(input, other: number)" ALL;
    }
    /// Quotient without its fraction.
    DivTrunc {
        div_trunc(a, b) -> y = a.div_trunc(b);
        a: |g| N::lit(0.0);
        b: |g| N::lit(0.0);
        [Ordered, Promote, kernel div_refuses] "DivBackward2";
    }
    /// The largest whole number that is at most the quotient.
    DivFloor {
        div_floor(a, b) -> y = a.div_floor(b);
        a: |g| N::lit(0.0);
        b: |g| N::lit(0.0);
        [Ordered, Promote, kernel div_refuses] "DivBackward2";
    }
    /// 1 over each element.
    Reciprocal {
        reciprocal(a) -> y = N::lit(1.0) / a;
        a: |g, y| -g * (y * y);
        [Field, Float] "ReciprocalBackward0";
        "reciprocal(input, *, out = None)" EVERY;
    }
    /// The negative of each element.
    Neg {
        neg(a) -> y = -a;
        a: |g| -g;
        [Ring, Promote, check no_bool_negation] "NegBackward0";
        "neg(input, *, out = None)" EVERY => unconverted, row;
        "negative(input, *, out = None)" EVERY => unconverted, row;
    }
    /// The absolute value of each element; its derivative at 0 is 0.
    Abs {
        abs(a) -> y = a.abs();
        a: |g, a| g * a.sgn();
        [Ordered, Promote, kernel no_bool_abs] "AbsBackward0";
        "abs(input, *, out = None)" EVERY => abs;
        "absolute(input, *, out = None)" ALL => abs;
    }
    /// The complex conjugate of each element; real elements stay.
    Conj {
        conj_physical(a) -> y = a.conj();
        a: |g| g.conj();
        [Ring, Promote] "ConjPhysicalBackward0", "ConjPhysicalBackward1", "ConjBackward0";
        "conj_physical(input, *, out = None)" EVERY => conj;
    }
    /// e to the power of each element.
    Exp {
        exp(a) -> y = a.exp();
        a: |g, y| g * y;
        [Field, Float] "ExpBackward0";
        "exp(input, *, out = None)" EVERY;
    }
    /// The natural logarithm of each element.
    Log {
        log(a) -> y = a.ln();
        a: |g, a| g / a;
        [Field, Float] "LogBackward0";
        "log(input, *, out = None)" EVERY;
    }
    /// The square root of each element; its derivative at 0 is infinite.
    Sqrt {
        sqrt(a) -> y = a.sqrt();
        a: |g, y| g / (N::lit(2.0) * y);
        [Field, Float] "SqrtBackward0";
        "sqrt(input, *, out = None)" EVERY;
    }
    /// The larger of each element and 0; its derivative at 0 is 0.
    Relu {
        relu(a) -> y = N::select(a.less(N::lit(0.0)), N::lit(0.0), a);
        a: |g, y| g.gated(y, N::lit(0.0));
        [Ordered, Promote, check relu_refuses] "ReluBackward0";
        "relu(input)" EVERY;
    }
    /// `input` where `gate` is above `bound` (or nan), else 0: the derivative of relu and threshold.
    Gate {
        threshold_backward(a, gate, bound) constant(bound) -> y = a.gated(gate, bound);
        a: |g, gate, bound| g.gated(gate, bound);
        gate: |g| N::lit(0.0);
        [Ordered, Promote] "ThresholdBackwardBackward0";
    }
    /// The sign of each element: the derivative of abs.
    Sgn {
        sgn(a) -> y = a.sgn();
        a: |g| N::lit(0.0);
        [Ordered, Promote] "SgnBackward0";
    }
    /// Each element to the power of a number or of another tensor's element.
    Pow {
        pow(a, b) -> y = a.pow(b);
        a: |g, b, a| N::select(b.is_zero(), N::lit(0.0), g * (b * a.pow(b - N::lit(1.0))));
        // Where y is 0 or 1 as a power of 0, the logarithm is infinite, yet nothing depends on the exponent.
        b: |g, a, y| g * N::select(a.is_zero() & (y * N::lit(0.0)).is_zero(), N::lit(0.0), y * a.ln());
        [Field, Promote] "PowBackward0", "PowBackward1", "PowBackward2";
        "pow(input, exponent: operand, *, out = None)" ALL => pow;
        "pow(self: number, exponent, *, out = None)" FUNCTION => pow;
    }
    /// Each element times itself: what `x ** 2` computes.
    Square {
        pow(a, b) constant(b) -> y = a.raised(2.0);
        a: |g, a| g * (N::lit(2.0) * a.raised(1.0));
        [Field, Promote] "PowBackward0";
        "square(input, *, out = None)" EVERY => square;
    }
    /// Each element times its square: what `x ** 3` computes.
    Cube {
        pow(a, b) constant(b) -> y = a.raised(3.0);
        a: |g, a| g * (N::lit(3.0) * a.raised(2.0));
        [Field, Promote] "PowBackward0";
    }
    /// The square root by the name of a power: what `x ** 0.5` computes.
    Root {
        pow(a, b) constant(b) -> y = a.raised(0.5);
        a: |g, a| g * (N::lit(0.5) * a.raised(-0.5));
        [Field, Promote] "PowBackward0";
    }
    /// 1 over the square root: what `x ** -0.5` computes.
    RootUnder {
        pow(a, b) constant(b) -> y = a.raised(-0.5);
        a: |g, a| g * (N::lit(-0.5) * a.raised(-1.5));
        [Field, Promote] "PowBackward0";
    }
    /// 1 over each element: what `x ** -1` computes.
    Inverse {
        pow(a, b) constant(b) -> y = a.raised(-1.0);
        a: |g, a| g * (N::lit(-1.0) * a.raised(-2.0));
        [Field, Promote] "PowBackward0";
    }
    /// 1 over the square: what `x ** -2` computes.
    SquareUnder {
        pow(a, b) constant(b) -> y = a.raised(-2.0);
        a: |g, a| g * (N::lit(-2.0) * a.raised(-3.0));
        [Field, Promote] "PowBackward0";
    }
    /// Whole numbers to a whole power, by repeated squaring modulo 2^64.
    PowInt {
        pow(a, b) constant(a, b) -> y = a.pow_whole(b);
        [Whole, Promote, check no_negative_power];
    }
    /// `input` with `value` where `mask` holds.
    MaskedFill {
        masked_fill(a, b, c) constant(c) -> y = N::select(c.truth(), b, a);
        a: |g, c| g.cleared(c.truth());
        b: |g, c| N::select(c.truth(), g, N::lit(0.0));
        [Ring, Promote] "MaskedFillBackward0", "MaskedFillBackward1";
        "masked_fill(input, mask, value: operand)" ALL => crate::ops::picks::masks::masked_fill;
    }
    /// `input` where `condition` holds, else `other`.
    Where {
        where_(c, a, b) constant(c) -> y = N::select(c.truth(), a, b);
        a: |g, c| N::select(c.truth(), g, N::lit(0.0));
        b: |g, c| N::select(c.truth(), N::lit(0.0), g);
        [Ring, Promote] "WhereBackward0";
        "where(condition, input, other, *, out = None)" BOTH => where_;
        "where(condition, self: number, other)" FUNCTION => where_;
        "where(condition, input, other: number)" BOTH => where_;
        "where(condition, self: number, other: number)" FUNCTION => where_;
        "where(condition) -> tensors" FUNCTION => crate::ops::picks::index::where_true;
    }
}
