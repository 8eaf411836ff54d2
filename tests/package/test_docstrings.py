"""Every public name has a docstring, whose lines neither begin with a stray blank nor end with one."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Any

import wengert
from wengert import _wengert


def public(name: str) -> bool:
    return not name.startswith("_")


def ours(thing: Any) -> bool:
    """Whether a class or function is this package's own, not one that it imports."""
    module = getattr(thing, "__module__", None) or "wengert"
    return module.partition(".")[0] in ("wengert", "torch")


def named() -> Iterator[tuple[str, Any]]:
    """The package's public modules, their public functions and classes, and what those classes offer."""
    names = [info.name for info in pkgutil.walk_packages(wengert.__path__, "wengert.")]
    modules = [importlib.import_module(name) for name in names if all(map(public, name.split(".")))]
    for module in [wengert, *modules]:
        yield module.__name__, module
        for name, thing in vars(module).items():
            documented = inspect.isroutine(thing) or inspect.isclass(thing)
            if public(name) and documented and ours(thing):
                yield f"{module.__name__}.{name}", thing
                # A class's own members. Descriptors (a getter, a method in C) carry the docstring themselves.
                members = vars(thing).items() if inspect.isclass(thing) else ()
                for member, found in members:
                    if public(member) and (inspect.isroutine(found) or inspect.isdatadescriptor(found)):
                        yield f"{module.__name__}.{name}.{member}", found


THINGS = dict(named())


def fault(text: str | None) -> str:
    """What is wrong with a docstring; nothing where it is well formed."""
    if not text or not text.strip():
        return "is empty"
    # A docstring of Python source is indented below its first line, and ends with a line of blanks.
    lines = inspect.cleandoc(text).split("\n")
    if any(line != line.rstrip() for line in lines):
        return "has a line that ends with a blank"
    # What is indented on purpose (a list, a block of code) is so by two or more.
    if any(line.startswith(" ") and not line.startswith("  ") for line in text.split("\n")):
        return "has a line that begins with a stray blank"
    return ""


def test_the_walk_finds_what_users_call() -> None:
    wanted = {"wengert.mm", "wengert.Tensor.mm", "wengert.Tensor.grad", "wengert.autograd.grad", "wengert.device.type"}
    assert wanted <= THINGS.keys()


def test_a_fault_is_seen() -> None:
    assert all(map(fault, [" The sum.", "The sum.\n\n Of shapes", "The sum. \nOf", "", None]))
    assert not fault("The sum.\n\n    Of shapes `[n]`.\n    ") and not fault("The sum.\n\n  - one\n  - two")


def test_every_docstring_is_there_and_well_formed() -> None:
    faults = {name: fault(getattr(thing, "__doc__", None)) for name, thing in THINGS.items()}
    told = [f"{name} {wrong}" for name, wrong in faults.items() if wrong]
    assert not told, "\n".join(told)


def test_every_row_s_docstring_is_well_formed() -> None:
    told = [f"{row['name']} {fault(row['doc'])}" for row in _wengert._rows() if fault(row["doc"])]
    assert not told, "\n".join(told)
