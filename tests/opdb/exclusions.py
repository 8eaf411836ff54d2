"""What differs from torch on purpose, check by check: (entry, variant, kind, dtype or *) and why. What is not built.

A test fails where an exclusion excuses nothing any more. What is not on purpose stands in `pending.txt`.
"""

from collections.abc import Iterable

from .checks import Check

HALF_COMPLEX = "there is no complex32"

DESCRIPTORS = "a method called with what is no tensor: the words are the interpreter's"

# The quotient is near 1 where its logarithm is near 0.
ROUNDED = "torch rounds 1 - x and the quotient to the half type before it takes the logarithm; here it is rounded once"

UNFOLDED = "torch computes one tall product, and then fails where `out` cannot be seen as tall"

FLOATS = ("float64", "float32", "float16", "bfloat16")

NUMBERS = (*FLOATS, "int64", "int32", "uint8", "complex64", "complex128")

EXCLUSIONS: dict[tuple[str, str, str, str], str] = {
    ("view_as_complex", "function", "forward", "float16"): HALF_COMPLEX,
    **{("matmul", "out", "to_strided", dtype): UNFOLDED for dtype in NUMBERS},
    **{
        ("logit", *form, dtype): ROUNDED
        for form in (
            ("function", "forward"),
            ("method", "forward"),
            ("inplace", "forward"),
            ("out", "to_strided"),
            ("out", "to_empty"),
        )
        for dtype in ("float16", "bfloat16")
    },
    **{
        (f"__{name}__", "function", "errors", "*"): DESCRIPTORS
        for name in ("radd", "rmul", "rand", "ror", "rxor", "rmod", "rpow", "rsub")
    },
}


def excuse(check: Check) -> tuple[str, str, str, str] | None:
    """The exclusion that covers a check, if there is one."""
    for dtype in (check.dtype, "*"):
        key = (check.entry, check.variant, check.kind, dtype)
        if key in EXCLUSIONS:
            return key
    return None


UNBUILT = {
    "the norms of singular values are not supported": "norm.nuc",  # they need a decomposition, with its derivatives
}
"""What wengert says of a part of an entry that is not built, and an entry of which it says so. A sample of which it
says so is excused, whatever is checked; the entry is not counted among those that agree."""


def unbuilt(lines: Iterable[str]) -> bool:
    """Whether a difference is an error that says so."""
    return any("NotImplementedError" in line and text in line for line in lines for text in UNBUILT)
