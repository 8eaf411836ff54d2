"""Anomaly mode runs Python while an operator is recorded: what that does harms nothing."""

import math
import sys
import warnings
from collections.abc import Callable
from typing import Any

import pytest

import wengert as torch

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "mul": lambda x, c: x * c,
    "exp": lambda x, c: x.exp(),
    "sum": lambda x, c: x.sum(),
    "dot": lambda x, c: torch.dot(x, c),
    "spread": lambda x, c: x * c,
}


@pytest.mark.parametrize("n", [4, 1000, 1 << 18])
@pytest.mark.parametrize("name", OPERATORS)
def test_what_runs_while_an_operator_is_recorded_may_change_its_operands(name: str, n: int) -> None:
    """The result is that of the operands as they were, and no other memory's."""
    shape = (n // 2, 2) if name == "spread" else (n,)
    x, c, taken = torch.ones(shape, requires_grad=True), torch.ones(shape[-1:]), []

    def change(frame: Any, event: str, _: Any) -> None:
        if event == "call" and "traceback" in frame.f_code.co_filename and not taken:
            sys.setprofile(None)
            # Both give up their bytes, which others take.
            torch.add(torch.ones(4 * n), torch.ones(4 * n), out=x.detach())
            c.data = torch.ones(2 * n)
            taken.extend(torch.full((n,), 55.0) for _ in range(40))

    with torch.autograd.set_detect_anomaly(True), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sys.setprofile(change)
        try:
            y = OPERATORS[name](x, c)
        finally:
            sys.setprofile(None)
    assert taken
    assert y.detach().sum().item() == pytest.approx(n * (math.e if name == "exp" else 1), rel=1e-5)
