"""A steady loop asks nothing of the heap, counted from outside the library (see shim.c and loops.py)."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import loops
import pytest

TURNS = 10_000
# Resident pages may still move a little (a page of a stack or a block first touched late). A leak of one 128-byte
# record a turn is ten times this over half the turns.
SLACK = 64 * 1024

Count = Callable[..., dict[str, Any]]


@pytest.mark.parametrize("loop", loops.MAKERS)
def test_a_steady_loop_makes_no_heap_call_and_does_not_grow(count: Count, loop: str) -> None:
    seen = count(loop, TURNS)
    assert seen["own"] == {} and seen["others"] == {}, seen
    assert seen["grown"] <= SLACK, seen


def test_control_python_alone_counts_nothing(count: Count) -> None:
    seen = count("plain_python", TURNS)
    assert seen["own"] == {} and seen["others"] == {}, seen


def test_control_each_kind_of_call_is_counted_exactly(count: Count) -> None:
    own = count("every_kind", 1000)["own"]
    assert len(own) == 10 and set(own.values()) == {1000}, own


def test_control_another_thread_is_counted(count: Count) -> None:
    seen = count("another_thread", 1000)
    assert seen["others"]["malloc"] >= 1000, seen


def test_control_a_leak_shows_in_the_resident_size(count: Count) -> None:
    assert count("leak", TURNS)["grown"] > SLACK


# Calls that make lists of lengths that their operands decide, or that plan their work anew: none is pointwise, a
# reduction, a view or a product of matrices of the first tier.
ASK = {
    "torch.bernoulli(x)",
    "torch.unique(x)",
    "torch.unique_consecutive(i)",
    "torch.isin(i, j[:4])",
    "torch.multinomial(x[:4096], 2)",
    "torch.nn.functional.one_hot(i)",
    "torch.quantile(x[:4096], 0.3)",
    "torch.nanquantile(x[:4096], 0.3)",
    "torch.normal(x, y)",
    "torch.poisson(x)",
    "torch.trapezoid(x, y)",
    "torch.trapz(x, y)",
    "torch.cumulative_trapezoid(x, y)",
    "torch.addbmm(p, m[None], o[None])",
    "m.trace()",
    'torch.einsum("ij,jk->ik", m, o)',
    'torch.einsum("i,i->", x, y)',
    "torch.tensordot(m, o, 1)",
    "torch.kron(m[:2], o[:, :2])",
    "torch.cross(x[: n // 3 * 3].reshape(-1, 3), y[: n // 3 * 3].reshape(-1, 3), dim=1)",
    "torch.inner(m, o)",
    "torch.chain_matmul(m, o, p)",
    "m.index_copy(0, k[:1] * 0, o[:1])",
}


def test_no_other_operator_asks_the_heap_for_anything(shim: Path) -> None:
    """Calls of benches/workloads/operators.py in a warm loop, with backward or without: those of `ASK` alone do."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__).parent / "operators.py")],
        env={**os.environ, "LD_PRELOAD": str(shim), "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    asking = {call.removesuffix(", backward") for call in json.loads(done.stdout)}
    assert asking == ASK
