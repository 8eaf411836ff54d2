"""Nested tuples, lists and dicts of tensors, taken apart and put together again."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Spec(namedtuple("Spec", ["kind", "keys", "parts"])):
    """The structure of a tree: the container's type (None for a leaf), a dict's keys, and the parts' structures."""

    __slots__ = ()


LEAF = Spec(None, (), ())


def flatten(tree: Any) -> tuple[list[Any], Spec]:
    """The leaves in order, and the structure."""
    if isinstance(tree, dict):
        keys, values = tuple(tree), list(tree.values())
    elif isinstance(tree, (tuple, list)):
        keys, values = (), list(tree)
    else:
        return [tree], LEAF
    leaves: list[Any] = []
    parts = []
    for value in values:
        below, part = flatten(value)
        leaves += below
        parts.append(part)
    return leaves, Spec(type(tree), keys, tuple(parts))


def unflatten(leaves: Iterator[Any], spec: Spec) -> Any:
    """A tree of that structure, with these leaves."""
    if spec.kind is None:
        return next(leaves)
    parts = [unflatten(leaves, part) for part in spec.parts]
    if issubclass(spec.kind, dict):
        return spec.kind(zip(spec.keys, parts, strict=True))
    # A named tuple takes its fields one by one.
    return spec.kind(*parts) if hasattr(spec.kind, "_fields") else spec.kind(parts)


def described(spec: Spec, indent: int = 2) -> str:
    """The structure as torch's messages print it."""
    if spec.kind is None:
        return "*"
    parts = (",\n" + " " * indent).join(described(part, indent + 2) for part in spec.parts)
    return f"TreeSpec({spec.kind.__name__}, {list(spec.keys) or None}, [{parts}])"


def brief(spec: Spec) -> str:
    """The structure in Python's own signs."""
    if spec.kind is None:
        return "*"
    parts = [brief(part) for part in spec.parts]
    if issubclass(spec.kind, dict):
        return "{" + ", ".join(f"{key!r}: {part}" for key, part in zip(spec.keys, parts, strict=True)) + "}"
    if issubclass(spec.kind, list):
        return f"[{', '.join(parts)}]"
    return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"
