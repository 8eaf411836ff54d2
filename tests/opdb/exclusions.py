"""What differs from torch on purpose, check by check: (entry, variant, kind, dtype or *) and why. What is not built.

A test fails where an exclusion excuses nothing any more. What is not on purpose stands in `pending.txt`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .checks import Check, Finding

HALF_COMPLEX = "there is no complex32"

DESCRIPTORS = "a method called with what is no tensor: the words are the interpreter's"

SLOTS = "Python's own slot, which is handed `other - self` alike: of two tensors that is SubBackward0"

CONJUGATED = "a conjugate is computed at once, into a tensor of its own"

# Said of in docs/differences.md.
STABLE = "torch leaves equal elements in an order that depends on the processor; here they stay in theirs"

REPLACED = "torch's gradient of the input has the cotangent where `src` lies, too"

CONTIGUOUS = "torch asserts that an input that wants a gradient lies in one run"

UNDERIVED = "torch has no derivative of the in-place form"

ROWWISE = "torch writes into `out` as if it lay in one run"

PADDED = "torch adds 1e-13 to what it divides by, which tells where the sum is small"

# The quotient is near 1 where its logarithm is near 0.
ROUNDED = "torch rounds 1 - x and the quotient to the half type before it takes the logarithm; here it is rounded once"

UNFOLDED = "torch computes one tall product, and then fails where `out` cannot be seen as tall"

DIFFERENTIABLE = ("float64", "float32", "complex128", "complex64")

FLOATS = ("float64", "float32", "float16", "bfloat16")

NUMBERS = (*FLOATS, "int64", "int32", "uint8", "complex64", "complex128")

EXCLUSIONS: dict[tuple[str, str, str, str], str] = {
    ("view_as_complex", "function", "forward", "float16"): HALF_COMPLEX,
    **{("matmul", "out", "to_strided", dtype): UNFOLDED for dtype in NUMBERS},
    **{
        ("__rsub__", variant, "graph", dtype): SLOTS
        for variant in ("function", "method", "strided")
        for dtype in (("float64",) if variant == "strided" else DIFFERENTIABLE)
    },
    **{
        (*form, "views", dtype): CONJUGATED
        for form in (("H", "function"), ("mH", "function"), ("conj", "function"), ("conj", "method"))
        for dtype in ("complex128", "complex64")
    },
    **{
        (*form, dtype): STABLE
        for form in (
            ("sort", "function", "forward"),
            ("sort", "method", "forward"),
            ("sort", "out", "to_strided"),
            ("sort", "out", "to_empty"),
            ("argsort", "function", "forward"),
            ("argsort", "method", "forward"),
        )
        for dtype in ("float16", "bfloat16", "uint8", "bool")
    },
    **{
        ("as_strided_scatter", variant, "backward", dtype): REPLACED
        for variant in ("function", "method", "strided")
        for dtype in (("float64",) if variant == "strided" else DIFFERENTIABLE)
    },
    ("as_strided_scatter", "strided", "forward", "float64"): CONTIGUOUS,
    **{
        (name, "inplace", "backward", dtype): UNDERIVED
        for name in ("acosh", "asinh", "atanh")
        for dtype in DIFFERENTIABLE
    },
    **{("narrow_copy", "out", "to_strided", dtype): ROWWISE for dtype in (*NUMBERS, "bool")},
    ("logcumsumexp", "function", "jvp", "float64"): PADDED,
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


ONLY: dict[str, Callable[[Mapping[str, Any]], bool]] = {STABLE: lambda keywords: not keywords.get("stable")}
"""Which samples a reason is about, by their keyword arguments, where it is not about all."""


def excuse(finding: Finding) -> tuple[str, str, str, str] | None:
    """The exclusion that covers what a check said of a sample, if there is one."""
    key = covering(finding.check)
    about = ONLY.get(EXCLUSIONS[key]) if key else None
    return None if about and not about(finding.keywords) else key


def covering(check: Check) -> tuple[str, str, str, str] | None:
    """The exclusion that is about some samples of a check, if there is one."""
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
