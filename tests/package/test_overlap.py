"""Writes over tensors whose layouts torch does not compare: each operand is read before any of it is written.

torch computes these in the order of memory, so that an element may be written before it is read. Parity cannot hold
there; this law does: the result is the one that a copy of the operand gives.
"""

import itertools
from collections.abc import Callable

import pytest

import wengert as torch

PARTS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "head": lambda b: b[:4],
    "shifted": lambda b: b[1:5],
    "stepped": lambda b: b[0:8:2],
    "shifted_step": lambda b: b[1:8:2],
    "corner": lambda b: b.view(4, 4)[:2, :2],
    "turned_corner": lambda b: b.view(4, 4)[:2, :2].t(),
    "column": lambda b: b.view(4, 4)[:, 1],
    "row": lambda b: b.view(4, 4)[1],
    "expanded": lambda b: b[3].expand(4),
    "element": lambda b: b[2],
}
WRITES: dict[str, Callable[[torch.Tensor, torch.Tensor], object]] = {
    "add_": lambda to, x: to.add_(x),
    "mul_": lambda to, x: to.mul_(x),
    "copy_": lambda to, x: to.copy_(x),
    "out": lambda to, x: torch.add(x, 1, out=to) if x.shape == to.shape else to.add_(x),
    "setitem": lambda to, x: to.__setitem__(..., x),
    "indexed": lambda to, x: to.__setitem__([1, 0], x),
}


def _written(write: str, to: str, x: str, *, apart: bool) -> list[float] | str:
    base = torch.arange(16.0)
    read = PARTS[x](base)
    try:
        WRITES[write](PARTS[to](base), read.clone() if apart else read)
    except (RuntimeError, IndexError) as error:
        return str(error)
    return base.tolist()


@pytest.mark.filterwarnings("ignore:Use of index_put_ on expanded tensors")
@pytest.mark.parametrize("write", WRITES)
def test_an_operand_is_read_before_it_is_written(write: str) -> None:
    """Either the write is refused because elements meet, or it is as with a copy of the operand."""
    for to, x in itertools.product(PARTS, PARTS):
        outcomes = [_written(write, to, x, apart=apart) for apart in (False, True)]
        if not any(isinstance(o, str) and "single memory location" in o for o in outcomes):
            assert outcomes[0] == outcomes[1], (to, x)


def test_a_tangent_is_computed_from_what_an_operand_was() -> None:
    """x.mul_(x) doubles the tangent at x, whatever the bytes hold by then."""
    forward_ad = torch.autograd.forward_ad
    for other in (lambda x: x, lambda x: x[:], lambda x: x.detach()):
        with forward_ad.dual_level():
            dual = forward_ad.make_dual(torch.tensor([2.0, 3.0]), torch.tensor([1.0, 10.0]))
            x = dual * 1
            aside = other(x).clone()
            expected = forward_ad.unpack_dual(x * aside)
            x.mul_(other(x))
            assert forward_ad.unpack_dual(x).tangent.tolist() == expected.tangent.tolist()
