"""What differs from torch on purpose, check by check: (entry, variant, kind, dtype or *) and why.

A test fails where an exclusion excuses nothing any more. What is not on purpose stands in `pending.txt`.
"""

from .checks import Check

HALF_COMPLEX = "there is no complex32"

DESCRIPTORS = "a method called with what is no tensor: the words are the interpreter's"

UNFOLDED = "torch computes one tall product, and then fails where `out` cannot be seen as tall"

FLOATS = ("float64", "float32", "float16", "bfloat16")

NUMBERS = (*FLOATS, "int64", "int32", "uint8", "complex64", "complex128")

EXCLUSIONS: dict[tuple[str, str, str, str], str] = {
    ("view_as_complex", "function", "forward", "float16"): HALF_COMPLEX,
    **{("matmul", "out", "to_strided", dtype): UNFOLDED for dtype in NUMBERS},
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
