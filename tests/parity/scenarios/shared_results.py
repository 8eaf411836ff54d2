"""`out=` that shares bytes with an operand: what torch compares and refuses, and what it computes all the same."""

from typing import Any

from ..catalogue import close, each
from ..harness import caught
from ..inputs import tensor

# Where the result begins, counted from where the operand does.
PLACES = {"there": 0, "before": -1, "behind": 1, "apart": 16}

# Of a matrix [4, 4], to a result of its shape.
WHOLE: dict[str, Any] = {
    "cumsum": lambda torch, x, out: torch.cumsum(x, 0, out=out),
    "cumprod": lambda torch, x, out: torch.cumprod(x, 1, out=out),
    "logcumsumexp": lambda torch, x, out: torch.logcumsumexp(x, 1, out=out),
    "sort": lambda torch, x, out: torch.sort(x, stable=True, dim=0, out=(out, places(torch, 4, 4))),
    "msort": lambda torch, x, out: torch.msort(x, out=out),
    "topk": lambda torch, x, out: torch.topk(x, 4, out=(out, places(torch, 4, 4))),
    "addmm": lambda torch, x, out: torch.addmm(x, torch.ones(4, 2), torch.ones(2, 4), out=out),
    "addmm, alpha 0": lambda torch, x, out: torch.addmm(x, torch.ones(4, 2), torch.ones(2, 4), alpha=0, out=out),
    "addmm, beta 0": lambda torch, x, out: torch.addmm(x, torch.ones(4, 2), torch.ones(2, 4), beta=0, out=out),
    "addbmm": lambda torch, x, out: torch.addbmm(x, torch.ones(2, 4, 2), torch.ones(2, 2, 4), out=out),
    "addbmm, beta 0": lambda torch, x, out: torch.addbmm(x, torch.ones(2, 4, 2), torch.ones(2, 2, 4), beta=0, out=out),
    "addr": lambda torch, x, out: torch.addr(x, torch.ones(4), torch.ones(4), out=out),
    "addr, beta 0": lambda torch, x, out: torch.addr(x, torch.ones(4), torch.ones(4), beta=0, out=out),
    "kron": lambda torch, x, out: torch.kron(torch.ones(1, 1), x, out=out),
    "matrix_power": lambda torch, x, out: torch.matrix_power(x, 1, out=out),
    "ldexp": lambda torch, x, out: torch.ldexp(torch.ones(4, 4), x, out=out),
    "ldexp of it": lambda torch, x, out: torch.ldexp(x, torch.ones(4, 4), out=out),
    "scatter": lambda torch, x, out: torch.scatter(x, 0, at(torch, 4, 4), 2.0, out=out),
    "scatter_add": lambda torch, x, out: torch.scatter_add(x, 0, at(torch, 4, 4), torch.ones(4, 4), out=out),
    "scatter_add of it": lambda torch, x, out: torch.scatter_add(torch.ones(4, 4), 0, at(torch, 4, 4), x, out=out),
    "scatter_reduce": lambda torch, x, out: torch.scatter_reduce(
        x, 0, at(torch, 4, 4), torch.ones(4, 4), "sum", out=out
    ),
    "index_add": lambda torch, x, out: torch.index_add(x, 0, at(torch, 4), torch.ones(4, 4), out=out),
    "index_copy": lambda torch, x, out: torch.index_copy(x, 0, at(torch, 1), torch.ones(1, 4), out=out),
    "index_select": lambda torch, x, out: torch.index_select(x, 0, at(torch, 4), out=out),
    "gather": lambda torch, x, out: torch.gather(x, 0, at(torch, 4, 4), out=out),
    "take": lambda torch, x, out: torch.take(x, at(torch, 4, 4), out=out),
    "take_along_dim": lambda torch, x, out: torch.take_along_dim(x, at(torch, 4, 4), 0, out=out),
    "frexp": lambda torch, x, out: torch.frexp(x, out=(out, torch.zeros(4, 4, dtype=torch.int32))),
}

# Of a matrix [4, 4], to its rows' or columns' results.
ALONG: dict[str, Any] = {
    "max": lambda torch, x, out: torch.max(x, 1, out=(out, places(torch, 4))),
    "min": lambda torch, x, out: torch.min(x, 0, out=(out, places(torch, 4))),
    "mode": lambda torch, x, out: torch.mode(x, 1, out=(out, places(torch, 4))),
    "median, rows": lambda torch, x, out: torch.median(x, 1, out=(out, places(torch, 4))),
    "median, columns": lambda torch, x, out: torch.median(x, 0, out=(out, places(torch, 4))),
    "nanmedian": lambda torch, x, out: torch.nanmedian(x, 1, out=(out, places(torch, 4))),
    "kthvalue": lambda torch, x, out: torch.kthvalue(x, 2, 0, out=(out, places(torch, 4))),
    "aminmax, low": lambda torch, x, out: torch.aminmax(x, dim=0, out=(out, torch.zeros(4))),
    "aminmax, high": lambda torch, x, out: torch.aminmax(x, dim=1, out=(torch.zeros(4), out)),
    "aminmax, rows as one": lambda torch, x, out: torch.aminmax(x[:1], dim=0, out=(out, torch.zeros(4))),
    "max, one row": lambda torch, x, out: torch.max(x[:1], 0, out=(out, places(torch, 4))),
    "mode, one column": lambda torch, x, out: torch.mode(x.view(16, 1)[:4], 1, out=(out, places(torch, 4))),
    "norm, one row": lambda torch, x, out: torch.norm(x[:1], 2, 0, out=out),
    "addmm, a row": lambda torch, x, out: torch.addmm(x[0], torch.ones(1, 2), torch.ones(2, 4), out=out.view(1, 4)),
    "addmv": lambda torch, x, out: torch.addmv(x[0], torch.ones(4, 2), torch.ones(2), out=out),
    "addmv, beta 0": lambda torch, x, out: torch.addmv(x[0], torch.ones(4, 2), torch.ones(2), beta=0, out=out),
    "addmv, one number": lambda torch, x, out: torch.addmv(x[0, :1], torch.ones(4, 2), torch.ones(2), beta=0, out=out),
    "cross": lambda torch, x, out: torch.cross(x[0, :3], torch.ones(3), dim=0, out=out[:3]),
    "cross with it": lambda torch, x, out: torch.cross(torch.ones(3), x[0, :3], dim=0, out=out[:3]),
}

# Of indices [4], to indices.
INDICES: dict[str, Any] = {
    "gather": lambda torch, x, out: torch.gather(torch.arange(4), 0, x, out=out),
    "take": lambda torch, x, out: torch.take(torch.arange(4), x, out=out),
    "take_along_dim": lambda torch, x, out: torch.take_along_dim(torch.arange(4), x, 0, out=out),
    "take_along_dim, flat": lambda torch, x, out: torch.take_along_dim(torch.arange(4), x, out=out),
    "places of max": lambda torch, x, out: torch.max(x.view(2, 2), 0, out=(places(torch, 2), out[:2])),
    "places of topk": lambda torch, x, out: torch.topk(x, 2, out=(places(torch, 2), out[:2])),
    "places of kthvalue": lambda torch, x, out: torch.kthvalue(x.view(2, 2), 1, out=(places(torch, 2), out[:2])),
    "places of sort": lambda torch, x, out: torch.sort(x, stable=True, out=(places(torch, 4), out)),
}


def places(torch: Any, *shape: int) -> Any:
    return torch.zeros(shape, dtype=torch.int64)


def at(torch: Any, *shape: int) -> Any:
    return torch.arange(4).flip(0).expand(shape[::-1]).t().clone() if len(shape) > 1 else torch.arange(shape[0])


@close()
@each(case=list(WHOLE), place=list(PLACES))
def whole(torch: Any, case: str, place: str) -> Any:
    run, start = tensor(torch, (40,), 1, low=0.5), 4 + PLACES[place]
    said = caught(WHOLE[case], torch, run[4:20].view(4, 4), run[start : start + 16].view(4, 4))
    return said, run


@close()
@each(case=list(ALONG), place=list(PLACES))
def along(torch: Any, case: str, place: str) -> Any:
    run, start = tensor(torch, (40,), 2, low=0.5), 4 + PLACES[place]
    said = caught(ALONG[case], torch, run[4:20].view(4, 4), run[start : start + 4])
    return said, run


@each(case=list(INDICES), place=list(PLACES))
def indices(torch: Any, case: str, place: str) -> Any:
    run, start = torch.arange(24) * 7 % 4, 4 + PLACES[place]
    return caught(INDICES[case], torch, run[4:8], run[start : start + 4]), run


@each(case=["bernoulli", "means", "deviations", "means alone"])
def drawn(torch: Any, case: str) -> Any:
    run = torch.arange(16.0) / 16
    x, out = run[2:8], run[3:9]
    return {
        "bernoulli": lambda: caught(torch.bernoulli, x, out=out),
        "means": lambda: caught(torch.normal, x, torch.ones(6), out=out),
        "deviations": lambda: caught(torch.normal, torch.ones(6), x, out=out),
        "means alone": lambda: caught(torch.normal, x, 1.0, out=out),
    }[case]()
