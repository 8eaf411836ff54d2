"""What a first turn gave, as plain data that crosses processes, and whether two libraries gave the same."""

from collections.abc import Mapping, Sequence
from typing import Any

# Of an array's largest number. Sums of millions of float32 in another order differ by less.
TOLERANCE = {"float32": 1e-4, "float64": 1e-11, "float": 1e-4}

Given = Sequence[Mapping[str, Any]]


def plain(given: Any) -> Given:
    """Type and numbers of an array, a number, or of each in a tuple of them."""
    told = []
    for each in given if isinstance(given, tuple) else (given,):
        kind = str(getattr(each, "dtype", type(each).__name__)).removeprefix("torch.")
        told.append({"type": kind, "numbers": each.reshape(-1).tolist() if hasattr(each, "dtype") else [each]})
    return told


def difference(own: Given, other: Given) -> str:
    """What is not the same, in words; nothing if all is."""
    if len(own) != len(other):
        return f"{len(other)} results instead of {len(own)}"
    for place, (a, b) in enumerate(zip(own, other, strict=True)):
        if a["type"] != b["type"] or len(a["numbers"]) != len(b["numbers"]):
            return f"result {place}: {len(b['numbers'])} {b['type']} instead of {len(a['numbers'])} {a['type']}"
        allowed = TOLERANCE[a["type"]] * max(map(abs, a["numbers"]))
        for x, y in zip(a["numbers"], b["numbers"], strict=True):
            if not abs(x - y) <= allowed:  # a NaN is none of the numbers that are wanted
                return f"result {place}: {y} instead of {x}"
    return ""
