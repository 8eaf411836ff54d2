"""Calls that are wrong in two ways: which fault is told."""

from typing import Any

from ..catalogue import each
from ..harness import caught

CALLS: dict[str, Any] = {
    "mm of bool into whole numbers": lambda t: t.mm(_bool(t), _bool(t).t(), out=_whole(t)),
    "bmm of bool into whole numbers": lambda t: t.bmm(_bool(t)[None], _bool(t).t()[None], out=_whole(t)),
    "addmm of bool into whole numbers": lambda t: t.addmm(_bool(t)[:, :2], _bool(t), _bool(t).t(), out=_whole(t)),
    "mm of a shape, with a gradient": lambda t: t.mm(_wants(t), _wants(t), out=_whole(t)),
    "addmm of a type and a shape": lambda t: t.addmm(_x(t), _x(t), _x(t).double()),
    "addmm of a type and a rank": lambda t: t.addmm(_x(t), _x(t)[0], _x(t).double()),
    "max of complex numbers, no such dimension": lambda t: t.max(_complex(t), 7),
    "min of complex numbers, nothing along it": lambda t: t.min(_complex(t)[:0], 0),
    "argmax of complex numbers, no such dimension": lambda t: t.argmax(_complex(t), 7),
    "argmin of no complex numbers": lambda t: t.argmin(_complex(t)[:0]),
    "nansum of complex numbers, no such dimension": lambda t: t.nansum(_complex(t), 7),
    "nansum into whole numbers, no such dimension": lambda t: t.nansum(_x(t), 7, out=_whole(t)),
    "nansum of complex numbers into whole ones": lambda t: t.nansum(_complex(t), 7, out=_whole(t)),
    "nanmean of complex numbers, no such dimension": lambda t: t.nanmean(_complex(t), 7),
    "cat of shapes into another type": lambda t: t.cat([_x(t), t.ones(4, 5)], out=_whole(t)),
    "cat of ranks into another type": lambda t: t.cat([_x(t), t.ones(4)], out=_whole(t)),
    "cat of shapes, with a gradient": lambda t: t.cat([_wants(t), t.ones(4, 5)], out=_x(t)),
    "cat of no dimensions, with a gradient": lambda t: t.cat([_wants(t), t.ones(())], out=_x(t)),
    "cat no such dimension, another type": lambda t: t.cat([_x(t), _x(t)], 7, out=_whole(t)),
    "index_copy of a count into another type": lambda t: t.index_copy(_x(t), 0, t.tensor([9]), _x(t), out=_wide(t)),
    "index_copy of an index into another type": lambda t: t.index_copy(_x(t), 0, t.ones(2), _x(t), out=_wide(t)),
    "clamp into another type, with a gradient": lambda t: t.clamp(_wants(t), 0, 1, out=_wide(t)),
    "clamp_min into another type, with a gradient": lambda t: t.clamp_min(_wants(t), 0, out=_wide(t)),
    "abs into another type, with a gradient": lambda t: t.abs(_wants(t), out=_wide(t)),
    "floor into another type, with a gradient": lambda t: t.floor(_wants(t), out=_whole(t)),
    "neg into another type, with a gradient": lambda t: t.neg(_wants(t), out=_wide(t)),
    "repeat_interleave below 0, no such dimension": lambda t: t.repeat_interleave(_x(t), -1, 7),
    "repeat_interleave by a matrix": lambda t: t.repeat_interleave(_x(t), _whole(t), 7),
    "sum no such dimension, with a gradient": lambda t: t.sum(_x(t), 7, out=_wants(t)),
    "mean of whole numbers, with a gradient": lambda t: t.mean(_whole(t), 0, out=_wants(t)),
    "addr of matrices, with a gradient": lambda t: t.addr(_wants(t), _x(t), _x(t), out=_wide(t)),
    "index_select no such dimension, with a gradient": lambda t: t.index_select(_wants(t), 7, _x(t), out=_wide(t)),
    "gather by what wants a gradient": lambda t: t.gather(_x(t), 7, _wants(t), out=_wide(t)),
    "take by what wants a gradient": lambda t: t.take(_x(t), _wants(t), out=_wide(t)),
    "lerp of two types, with a gradient": lambda t: t.lerp(_wide(t), _wants(t), 0.5, out=_x(t)),
    "nan_to_num into another type, with a gradient": lambda t: t.nan_to_num(_complex(t), 2, out=_wants(t)),
    "argmax no such dimension, another type": lambda t: t.argmax(_x(t), 7, out=_x(t)),
    "where by no bool, another type": lambda t: t.where(_x(t), _x(t), _wide(t), out=_whole(t)),
    "masked_fill of shapes by a matrix": lambda t: t.masked_fill(_x(t), t.ones(4, 3) > 0, _x(t)),
    "take_along_dim of a type and a rank": lambda t: t.take_along_dim(_x(t), t.ones(3), 0),
    "trace of a row of bool": lambda t: t.trace(_bool(t)[0]),
    "unique of complex numbers, no such dimension": lambda t: t.unique(_complex(t), dim=7),
}


def _x(torch: Any) -> Any:
    return torch.ones(2, 3)


def _wants(torch: Any) -> Any:
    return torch.ones(2, 3, requires_grad=True)


def _wide(torch: Any) -> Any:
    return torch.ones(2, 3, dtype=torch.float64)


def _whole(torch: Any) -> Any:
    return torch.ones(2, 3, dtype=torch.int64)


def _bool(torch: Any) -> Any:
    return torch.ones(2, 3, dtype=torch.bool)


def _complex(torch: Any) -> Any:
    return torch.ones(2, 3, dtype=torch.complex64)


@each(call=list(CALLS))
def which_is_told(torch: Any, call: str) -> Any:
    return caught(CALLS[call], torch)
