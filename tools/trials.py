"""What operators take and how often they are derived, by making the calls of benches/workloads/operators.py."""

from __future__ import annotations

import ast
import functools
import importlib
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import wengert as torch

BENCHES = Path(__file__).parent.parent / "benches"

GROUPS = {
    "float": ("float64", "float32"),
    "half": ("float16", "bfloat16"),
    "complex": ("complex64", "complex128"),
    "int": ("int64", "int32", "int16", "int8", "uint8"),
    "bool": ("bool",),
}
# A call that is written with an operator.
SIGNS = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.FloorDiv: "floor_divide",
    ast.Mod: "remainder",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
    ast.BitAnd: "bitwise_and",
    ast.BitOr: "bitwise_or",
    ast.BitXor: "bitwise_xor",
    ast.LShift: "bitwise_left_shift",
    ast.RShift: "bitwise_right_shift",
    ast.USub: "neg",
    ast.Invert: "bitwise_not",
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
}
CAST = ("x", "y", "z", "m", "o", "p", "w", "i", "j", "im", "jm")
"""The variables whose type is tried."""
SIZES = {"torch", "n", "d"}
"""The variables of a factory's call, of which nothing has a type."""
REFUSALS = (RuntimeError, TypeError, NotImplementedError, ValueError)
ORDERS = 3
"""An operator that can be derived so often can be every time: its derivatives are operators."""


@functools.cache
def workload() -> Any:
    """benches/workloads/operators.py."""
    sys.path.append(str(BENCHES))
    return importlib.import_module("workloads.operators")


def called(expression: str) -> str:
    """The operator that the whole expression is a call of."""
    node = ast.parse(expression, mode="eval").body
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    if isinstance(node, ast.Call):
        node = node.func
        return node.attr if isinstance(node, ast.Attribute) else ""
    if isinstance(node, ast.BinOp | ast.UnaryOp):
        return SIGNS.get(type(node.op), "")
    return SIGNS.get(type(node.ops[0]), "") if isinstance(node, ast.Compare) else ""


def expressions() -> Iterator[tuple[str, str]]:
    """Each operator's name with a call of it."""
    for text in workload().TEXTS:
        for expression in workload().expressions(text):
            if name := called(expression):
                yield name, expression


def scope(dtype: Any, grad: bool = False) -> dict[str, Any]:
    """The calls' variables, with elements of one type wherever that is what is tried."""
    found: dict[str, Any] = {"torch": torch}
    exec(workload().SETUP.format(rows=2), found)
    for name in CAST:
        whole = name in ("i", "j", "im", "jm")
        t = found[name] if whole or dtype.is_floating_point or dtype.is_complex else (found[name] * 4 + 1)
        found[name] = t.to(dtype).requires_grad_(grad)
    return found


def takes(expression: str, dtype: Any) -> bool:
    """Whether the call can be made of such elements; whether a factory can make them."""
    if names(expression) <= SIZES:
        expression = f"{expression[:-1]}, dtype={dtype})"
    try:
        exec(expression, scope(dtype))
    except REFUSALS:
        return False
    return True


def squares(t: Any) -> Any:
    """The sum of the squares of the elements' sizes."""
    return (t * t.conj()).real.sum() if t.is_complex() else (t * t).sum()


def orders(expression: str) -> int:
    """How often the call's sum can be derived by what it is called of, up to `ORDERS`."""
    dtype = torch.float64 if takes(expression, torch.float64) else torch.complex128
    for number in range(ORDERS):
        given = scope(dtype, grad=True)
        leaves = [given[name] for name in CAST]
        try:
            y = eval(expression, given)
            if not (isinstance(y, torch.Tensor) and y.requires_grad):
                return 0
            y = squares(y)
            for _ in range(number + 1):
                grads = torch.autograd.grad(y, leaves, create_graph=True, allow_unused=True)
                if all(g is None for g in grads):
                    return 0
                y = sum((squares(g) for g in grads if g is not None), torch.zeros((), dtype=torch.float64))
                if not y.requires_grad:
                    break
        except REFUSALS:
            return number
    return ORDERS


def names(expression: str) -> set[str]:
    """The variables of the call."""
    return {node.id for node in ast.walk(ast.parse(expression)) if isinstance(node, ast.Name)}


def types_and_orders() -> dict[str, tuple[str, str]]:
    """What each operator takes, by groups of types, and its derivatives."""
    types: dict[str, set[str]] = {}
    derived: dict[str, int] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, expression in expressions():
            if names(expression).isdisjoint(CAST) and ("dtype=" in expression or not names(expression) <= SIZES):
                continue
            for group in GROUPS.values():
                types.setdefault(name, set()).update(t for t in group if takes(expression, getattr(torch, t)))
            derived[name] = max(derived.get(name, 0), orders(expression))
    return {name: (grouped(types[name]), spelled(derived[name])) for name in types}


def grouped(types: set[str]) -> str:
    """Whole groups by their names, others one by one."""
    told = []
    for group, members in GROUPS.items():
        told += [group] if types.issuperset(members) else [t for t in members if t in types]
    return " ".join(told)


def spelled(order: int) -> str:
    """How many derivatives there are, in words."""
    return {0: "none", ORDERS: "every"}.get(order, f"{order}")
