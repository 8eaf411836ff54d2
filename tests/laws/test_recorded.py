"""A derivative that is recorded step by step is the one that a kernel computes, of operands of different types too.

A kernel converts its operands to the type that they have in common; a recorded formula meets them as they are.
"""

import itertools
from collections.abc import Callable

import pytest

import wengert as torch

OPERATORS: dict[str, Callable[..., torch.Tensor]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": lambda a, b: a**b,
    "a number's power": lambda a, b: (-2.5) ** b * a,
    "a power by a number": lambda a, b: a ** (1.7 - 0.9j) * b,
    "atan2": torch.atan2,
    "hypot": torch.hypot,
    "logaddexp": torch.logaddexp,
    "logaddexp2": torch.logaddexp2,
    "xlogy": torch.xlogy,
    "copysign": torch.copysign,
    "remainder": torch.remainder,
    "maximum": torch.maximum,
    "where": lambda a, b: torch.where(torch.tensor([True, False, True, False]), a, b),
    "addcmul": lambda a, b: torch.addcmul(a, b, a),
    "addcdiv": lambda a, b: torch.addcdiv(a, b, a),
    "masked_fill": lambda a, b: a.masked_fill(torch.tensor([True, False, True, False]), 2.0) * b,
}
FLOATS = (torch.float32, torch.float64)
TYPES = (*FLOATS, torch.complex64, torch.complex128)


def operand(dtype: torch.dtype, seed: int, number: bool) -> torch.Tensor:
    values = torch.tensor([2.5, -2.5, 1.25, 0.75]) * (1 + seed / 4)
    values = values[1] if number else values
    return (values * (1 + 0.25j) if dtype.is_complex else values).to(dtype).requires_grad_()


@pytest.mark.parametrize("name", OPERATORS)
def test_a_recorded_derivative_is_the_computed_one(name: str) -> None:
    apply, made = OPERATORS[name], 0
    for types in itertools.product(TYPES, TYPES):
        for numbers in ((False, False), (True, False), (False, True)):
            a, b = (operand(types[i], i, numbers[i]) for i in range(2))
            try:
                y = apply(a, b)
            except (RuntimeError, NotImplementedError):
                continue  # Not of these types.
            v = torch.ones_like(y) * (1 + 0.5j if y.is_complex() else 1)
            computed = torch.autograd.grad(y, (a, b), v, retain_graph=True, allow_unused=True)
            recorded = torch.autograd.grad(y, (a, b), v, create_graph=True, allow_unused=True)
            # Where one operand is of float32, a step of the formula may round to it.
            single = any(t in (torch.float32, torch.complex64) for t in types)
            for x, z in zip(computed, recorded, strict=True):
                assert (x is None) == (z is None)
                if x is not None and z is not None:
                    torch.testing.assert_close(
                        z, x, rtol=3e-6 if single else 1e-12, atol=1e-6 if single else 1e-12, equal_nan=True
                    )
                    made += 1
    assert made > 12
