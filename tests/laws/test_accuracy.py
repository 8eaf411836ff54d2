"""The vector functions are as near the exact values as docs/accuracy.md says, at points that are drawn here: the table
is of all float32 and of ten million float64 (tools/ulp.py), and this of a few hundred each, in exact enough decimals.
"""

import decimal
import math
import random
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

import wengert as torch

PAGE = Path(__file__).parents[2] / "docs" / "accuracy.md"
ROW = re.compile(r"\| (\w+) \| (float32|float64) \| ([\d.]+) \|")
BOUNDS = {(name, kind): float(error) for name, kind, error in ROW.findall(PAGE.read_text(encoding="utf-8"))}
DIGITS = 130
"""What is left of these where 10^-50 is left of a difference of numbers near 1, or of a number less many half turns."""
POINTS = 400


def inverse_tangent(n: int) -> int:
    """The angle whose tangent is 1 / n, in units of 10^-(DIGITS + 10), by its series."""
    term = sum_ = 10 ** (DIGITS + 10) // n
    for k in range(3, 10**6, 2):
        term //= -n * n
        if term in (0, -1):
            break
        sum_ += term // k
    return sum_


with decimal.localcontext(prec=DIGITS):
    # Machin's formula.
    PI = Decimal(4 * (4 * inverse_tangent(5) - inverse_tangent(239))).scaleb(-DIGITS - 10)
    LN2 = Decimal(2).ln()


def turned(x: Decimal) -> tuple[Decimal, Decimal]:
    """Sine and cosine, by their series, of what is left of x after whole turns."""
    x = x.remainder_near(2 * PI)
    sums, term, n = [Decimal(1), Decimal(0)], Decimal(1), 0
    while abs(term) > Decimal(10) ** -DIGITS:
        n += 1
        term *= x / n
        sums[n % 2] += term if n % 4 < 2 else -term
    return sums[1], sums[0]


def error_function(x: Decimal) -> Decimal:
    """Its series with terms of one sign: 2 / sqrt(pi) e^(-x^2) (x + 2 x^3 / 3 + 4 x^5 / 15 + ...)."""
    sum_ = term = x
    n = 1
    while abs(term) > abs(sum_) * Decimal(10) ** -DIGITS:
        n += 2
        term *= 2 * x * x / n
        sum_ += term
    return 2 / PI.sqrt() * (-x * x).exp() * sum_


def arctangent(x: Decimal) -> Decimal:
    """Its series, of what is left of x after its angle was halved ten times: tan(a / 2) = t / (1 + sqrt(1 + t^2))."""
    for _ in range(10):
        x = x / (1 + (1 + x * x).sqrt())
    sum_, power, n = x, x, 1
    while abs(power) > abs(sum_) * Decimal(10) ** -DIGITS:
        n += 2
        power *= -x * x
        sum_ += power / n
    return 1024 * sum_


def arcsine(x: Decimal) -> Decimal:
    """The angle whose tangent is x over the other side."""
    return PI / 2 * x if abs(x) == 1 else arctangent(x / (1 - x * x).sqrt())


EXACT: dict[str, tuple[Callable[[Decimal], Decimal], float, float]] = {
    "exp": (lambda x: x.exp(), -80, 88),
    "exp2": (lambda x: (x * LN2).exp(), -120, 127),
    "expm1": (lambda x: x.exp() - 1, -30, 80),
    "log": (lambda x: x.ln(), 0, 10),
    "log2": (lambda x: x.ln() / LN2, 0, 10),
    "log10": (lambda x: x.log10(), 0, 10),
    "log1p": (lambda x: (1 + x).ln(), -1, 10),
    "sqrt": (lambda x: x.sqrt(), 0, 10),
    "rsqrt": (lambda x: 1 / x.sqrt(), 0, 10),
    "sin": (lambda x: turned(x)[0], -1e6, 1e6),
    "cos": (lambda x: turned(x)[1], -1e6, 1e6),
    "tan": (lambda x: turned(x)[0] / turned(x)[1], -1e6, 1e6),
    "tanh": (lambda x: 1 - 2 / ((2 * x).exp() + 1), -20, 20),
    "sigmoid": (lambda x: 1 / (1 + (-x).exp()), -80, 20),
    "asin": (arcsine, -1, 1),
    "acos": (lambda x: PI / 2 - arcsine(x), -1, 1),
    "atan": (arctangent, -1e3, 1e3),
    "sinh": (lambda x: (x.exp() - (-x).exp()) / 2, -88, 88),
    "cosh": (lambda x: (x.exp() + (-x).exp()) / 2, -88, 88),
    "asinh": (lambda x: (abs(x) + (x * x + 1).sqrt()).ln().copy_sign(x), -1e6, 1e6),
    "acosh": (lambda x: (x + (x * x - 1).sqrt()).ln(), 1, 1e6),
    "atanh": (lambda x: ((1 + x) / (1 - x)).ln() / 2, -1, 1),
    "erf": (error_function, -4, 4),
    "erfc": (lambda x: 1 - error_function(x), -4, 9),
}


def drawn(low: float, high: float) -> list[float]:
    """Points of all of the range, of its middle, and of all scales near 0."""
    draw = random.Random(5)
    points = []
    for _ in range(POINTS // 4):
        points += [draw.uniform(low, high), draw.uniform(low, high) / 64]
        points += [draw.uniform(-1, 1), 2 ** draw.uniform(-40, 0)]
    # Of a function from 0 or 1 on, so many above it.
    return [low + abs(x) if low >= 0 else x for x in points]


def unit(exact: Decimal, bits: int) -> Decimal:
    """That of the exact value's last place."""
    exponent = math.frexp(float(exact))[1]
    if abs(exact) < Decimal(2) ** (exponent - 1):
        exponent -= 1
    return Decimal(2) ** (exponent - bits)


@pytest.mark.parametrize("kind", ["float32", "float64"])
@pytest.mark.parametrize("name", EXACT)
def test_errors_are_those_of_the_table(name: str, kind: str) -> None:
    function, low, high = EXACT[name]
    x = torch.tensor(drawn(low, high), dtype=getattr(torch, kind))
    y = getattr(torch, name)(x).tolist()
    bound = Decimal(BOUNDS[name, kind])
    with decimal.localcontext(prec=DIGITS):
        for at, value in zip(x.tolist(), y, strict=True):
            exact = function(Decimal(at))
            error = abs(Decimal(value) - exact) / unit(exact, 24 if kind == "float32" else 53)
            assert error <= bound, f"{name}({at!r}) = {value!r}: {error:.3f} ULP"


def test_no_function_is_off_by_more_than_one_and_a_half() -> None:
    assert len(BOUNDS) == 2 * len(EXACT) + 2
    assert max(BOUNDS.values()) <= 1.5
