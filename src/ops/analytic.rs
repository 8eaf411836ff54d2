//! Rows of analytic functions beyond exp, log and sqrt (which stand with the arithmetic, in `pointwise.rs`).

use super::row::pointwise;

pointwise! { family 14;
    /// e to the power of each element, less 1: exact near 0.
    Expm1 {
        expm1(a) -> y = a.expm1();
        a: |g, y| g * (y + N::lit(1.0));
        [Real, Float] "Expm1Backward0";
        "expm1(input, *, out = None)" ALL;
    }
    /// The natural logarithm of 1 and each element: exact near 0.
    Log1p {
        log1p(a) -> y = a.log1p();
        a: |g, a| g / (a + N::lit(1.0));
        [Real, Float] "Log1PBackward0";
        "log1p(input, *, out = None)" ALL;
    }
    /// The hyperbolic tangent of each element.
    Tanh {
        tanh(a) -> y = a.tanh();
        a: |g, y| g * (N::lit(1.0) - y * y);
        [Real, Float] "TanhBackward0";
        "tanh(input, *, out = None)" ALL;
    }
    /// The logistic function of each element, 1 / (1 + e^-x).
    Sigmoid {
        sigmoid(a) -> y = a.sigmoid();
        a: |g, y| g * (N::lit(1.0) - y) * y;
        [Real, Float] "SigmoidBackward0";
        "sigmoid(input, *, out = None)" ALL;
    }
    /// The sine of each element, in radians.
    Sin {
        sin(a) -> y = a.sin();
        a: |g, a| g * a.cos();
        [Real, Float] "SinBackward0";
        "sin(input, *, out = None)" ALL;
    }
    /// The cosine of each element, in radians.
    Cos {
        cos(a) -> y = a.cos();
        a: |g, a| g * -a.sin();
        [Real, Float] "CosBackward0";
        "cos(input, *, out = None)" ALL;
    }
    /// 1 over the square root of each element.
    Rsqrt {
        rsqrt(a) -> y = N::lit(1.0) / a.sqrt();
        a: |g, y| N::lit(-0.5) * g * (y * y * y);
        [Field, Float] "RsqrtBackward0";
        "rsqrt(input, *, out = None)" ALL;
    }
}
