"""Equality up to a tolerance, and what element types are to each other."""

import math
from typing import Any

from ..catalogue import each
from ..harness import caught
from ..inputs import LAYOUTS, laid_out

DTYPES = [
    *("bool", "uint8", "int8", "int16", "int32", "int64"),
    *("float16", "bfloat16", "float32", "float64", "complex64", "complex128"),
]
INFINITY, NAN = math.inf, math.nan
SPECIAL = [INFINITY, -INFINITY, INFINITY, 1.0, NAN, NAN, 0.0, -0.0, 1e-8]
BESIDE = [INFINITY, -INFINITY, 1.0, INFINITY, NAN, 1.0, -0.0, 1e-8, 2e-8]


@each(dtype=DTYPES, tolerance=[(1e-5, 1e-8), (0, 0), (0.1, 0), (0, 1), (2.0, 300.0)])
def of_every_type(torch: Any, dtype: str, tolerance: tuple[float, float]) -> Any:
    kind = getattr(torch, dtype)
    whole = [0, 1, 2, 120, 1, 2] if dtype in ("uint8", "bool") else [0, 1, -2, 127, 100, -128]
    a = torch.tensor(whole, dtype=torch.int64).to(kind)
    b = torch.tensor([0, 2, 2, 0, 101, 127], dtype=torch.int64).to(kind)
    rtol, atol = tolerance
    return torch.isclose(a, b, rtol, atol), a.isclose(b, rtol=rtol, atol=atol), torch.allclose(a, b, rtol, atol)


@each(dtype=["float32", "float64", "float16", "complex64"], equal_nan=[False, True])
def of_infinities_and_nan(torch: Any, dtype: str, equal_nan: bool) -> Any:
    kind = getattr(torch, dtype)
    a, b = torch.tensor(SPECIAL).to(kind), torch.tensor(BESIDE).to(kind)
    wide = 1e30 if dtype.startswith("complex") else INFINITY
    return torch.isclose(a, b, equal_nan=equal_nan), torch.isclose(a, b, rtol=wide, equal_nan=equal_nan)


@each(layout=LAYOUTS)
def layouts(torch: Any, layout: str) -> Any:
    x = laid_out(torch, layout, 7, "float32", -3.0)
    return torch.isclose(x, x.contiguous()), torch.isclose(x.contiguous(), x), torch.allclose(x, x + 1e-9)


def shapes_and_graphs(torch: Any) -> Any:
    a, b = torch.ones(2, requires_grad=True), torch.ones(3, 1)
    return [
        torch.isclose(a, b),
        torch.isclose(torch.ones(0), torch.ones(1)),
        torch.allclose(torch.ones(0), torch.ones(0)),
        torch.isclose(torch.tensor(1.0), torch.tensor(1.0)),
        torch.isclose(a, a).requires_grad,
        torch.isclose(torch.ones(2, 3).t(), torch.ones(3, 2)),
        torch.isclose(b, b, atol=torch.tensor(1.0)),
    ]


WRONG = [
    "isclose(a, a.double())",
    "isclose(a, 1.0)",
    "isclose(a, a, rtol=-1)",
    "isclose(a, a, atol=-1.5)",
    "isclose(a.int(), a.int(), rtol=-1e-30)",
    "isclose(a, a, rtol=float('nan'))",
    "isclose(a, torch.ones(3))",
    "isclose(a, a, out=a)",
    "isclose(a)",
    "isclose(a, a, '1')",
    "isclose(a, a, rtol=1j)",
    "isclose(a, a, 1, 2, 1)",
    "isclose(a, a, equal_nan=None)",
    "isclose(a, a, rtol=True)",
    "allclose(a, a.double())",
    "allclose(a, torch.ones(3))",
    "allclose(a, a, 1, 2, True)",
    "allclose(a)",
    "allclose(a, 1)",
    "promote_types(torch.int8)",
    "promote_types(torch.int8, 1)",
    "promote_types(type1=torch.int8, type2=torch.float16)",
    "promote_types(float, int)",
    "can_cast(1, 2)",
    "can_cast(from_=torch.uint8, to=torch.float)",
    "result_type(a)",
    "result_type(a, 'a')",
    "result_type(a, None)",
    "result_type(tensor1=a, tensor2=a)",
    "is_nonzero(torch.tensor([1, 2]))",
    "is_nonzero(torch.tensor([]))",
    "is_nonzero(1)",
    "set_default_dtype(torch.int32)",
    "set_default_dtype('a')",
    "set_default_dtype(None)",
    "set_default_dtype(torch.complex64)",
]


@each(call=WRONG)
def wrong_calls(torch: Any, call: str) -> Any:
    return caught(eval, f"torch.{call}", {"torch": torch, "a": torch.ones(2)})


def types_together(torch: Any) -> Any:
    kinds = [getattr(torch, dtype) for dtype in DTYPES]
    return [[str(torch.promote_types(a, b)) for b in kinds] for a in kinds], [
        [torch.can_cast(a, b) for b in kinds] for a in kinds
    ]


def types_of_results(torch: Any) -> Any:
    things: list[Any] = [True, 2, 2.5, 2j]
    for dtype in DTYPES:
        things += [torch.ones((), dtype=getattr(torch, dtype)), torch.ones(2, dtype=getattr(torch, dtype))]
    # float16 beside what is complex is torch's complex32, which is not here.
    half = [things[16], things[17]]
    without = [thing for thing in things if not any(thing is h for h in half)]
    beside = [[str(torch.result_type(a, b)) for b in things[4:24]] for a in half]
    named = [torch.result_type(tensor=things[5], other=2), torch.result_type(scalar1=1, scalar2=2.0)]
    return named, beside, [[str(torch.result_type(a, b)) for b in without] for a in without]


@each(wide=["float16", "float32", "float64"])
def a_number_of_higher_category_keeps_the_width(torch: Any, wide: str) -> Any:
    if wide == "float16":
        return str((torch.ones(2, dtype=torch.bfloat16) * torch.ones((), dtype=torch.complex128)).dtype)
    x = torch.ones(2, dtype=getattr(torch, wide))
    return [(x * torch.ones((), dtype=kind)).dtype for kind in (torch.complex64, torch.complex128)]


def questions(torch: Any) -> Any:
    values = [torch.tensor(v) for v in (0.0, 1.5, NAN, 0, 3, True, False, 0j, 1j)] + [torch.tensor([[2]])]
    kinds = [torch.ones(1, dtype=getattr(torch, dtype)) for dtype in DTYPES]
    x = torch.ones(2, 3)
    return [
        [torch.is_nonzero(v) for v in values],
        [v.is_nonzero() for v in values],
        [torch.is_signed(k) for k in kinds],
        [k.is_signed() for k in kinds],
        [torch.is_conj(x), x.is_conj(), torch.is_neg(x), x.is_neg()],
        [torch.is_same_size(x, x + 1), x.is_same_size(x.t()), caught(x.is_same_size, 1)],
        [torch.get_device(x), x.get_device(), x.is_pinned(), caught(x.pin_memory)],
    ]


FLOAT_FACTS = ["bits", "dtype", "eps", "max", "min", "resolution", "smallest_normal", "tiny"]


def facts_of_types(torch: Any) -> Any:
    kinds = [getattr(torch, dtype) for dtype in DTYPES]
    floats = [caught(torch.finfo, kind) for kind in kinds]
    wholes = [caught(torch.iinfo, kind) for kind in kinds]
    return [
        [[getattr(info, fact, None) for fact in FLOAT_FACTS] + [repr(info)] for info in floats[6:]],
        [
            [getattr(info, fact, None) for fact in ("bits", "dtype", "max", "min")] + [repr(info)]
            for info in wholes[1:6]
        ],
        floats[:6],
        wholes[:1] + wholes[6:],
        [repr(torch.finfo()), repr(torch.finfo(float)), repr(torch.iinfo(int)), repr(torch.finfo(type=torch.half))],
        [caught(torch.finfo, "a"), caught(torch.finfo, None), caught(torch.finfo, torch.half, 1)],
        [caught(torch.iinfo), caught(torch.iinfo, 1)],
        [torch.finfo(kinds[8]) == torch.finfo(kinds[8]), torch.finfo(kinds[8]) != torch.finfo(kinds[9])],
        [torch.iinfo(kinds[1]) == torch.iinfo(kinds[1]), torch.iinfo(kinds[1]) == 1],
        [caught(hash, torch.finfo()), str(type(torch.finfo())).split(".")[-1]],
    ]


def facts_of_types_follow_the_default(torch: Any) -> Any:
    try:
        torch.set_default_dtype(torch.float64)
        return (
            repr(torch.finfo()),
            torch.result_type(1, 2.5),
            torch.isclose(torch.tensor([2**24]), torch.tensor([2**24 + 1]), 0, 0.5),
        )
    finally:
        torch.set_default_dtype(torch.float32)
