"""Where `torch` means this library, for one process: what `python -m wengert script.py` and `install_as_torch` do.

`torch` is a module of its own with all of this one's names, so that `torch.__version__` can be the version of torch
that is followed. Its submodules are this library's. Nothing is told to other processes.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

FOLLOWED = "2.13.0"
"""The version of torch whose names and semantics these are."""


class Version(str):
    """A version that compares with others, and with tuples of numbers, as torch's does: by its numbers."""

    __slots__ = ()

    def _numbers(self) -> tuple[int, ...]:
        return numbers_of(str(self))

    def __lt__(self, other: Any) -> bool:
        return self._numbers() < numbers_of(other)

    def __le__(self, other: Any) -> bool:
        return self._numbers() <= numbers_of(other)

    def __gt__(self, other: Any) -> bool:
        return self._numbers() > numbers_of(other)

    def __ge__(self, other: Any) -> bool:
        return self._numbers() >= numbers_of(other)

    def __eq__(self, other: object) -> bool:
        return self._numbers() == numbers_of(other) if isinstance(other, tuple) else str(self) == other

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


def numbers_of(version: Any) -> tuple[int, ...]:
    """The numbers of a version, without zeros at its end: `"2.13.0+cpu"` is 2 and 13."""
    parts = version.partition("+")[0].split(".") if isinstance(version, str) else version
    numbers: list[int] = []
    for part in parts:
        digits = str(part)
        if not digits.isdecimal():
            break
        numbers.append(int(digits))
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def module() -> ModuleType:
    """The module `torch`."""
    import wengert

    made = ModuleType("torch", wengert.__doc__)
    loader: Any = Finder()
    spec = importlib.machinery.ModuleSpec("torch", loader, origin=wengert.__file__)
    spec.submodule_search_locations = list(wengert.__path__)
    spec.has_location = True
    own = {"__name__": "torch", "__doc__": wengert.__doc__, "__package__": "torch", "__spec__": spec}
    vars(made).update(vars(wengert) | own)
    vars(made)["__version__"] = Version(f"{FOLLOWED}+wengert{wengert.__version__}")
    return made


class Finder:
    """Finds `torch.x` as `wengert.x`: the same module, by a second name."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The module by its second name. Raises ModuleNotFoundError where a submodule that is not there is imported;
        who merely asks gets None.
        """
        if not fullname.startswith("torch."):
            return None
        ours = "wengert" + fullname.removeprefix("torch")
        # Asked of the parent's path: a module that is there and fails to load must say so itself.
        parent = importlib.import_module(ours.rpartition(".")[0])
        paths = getattr(parent, "__path__", None)
        found = paths is not None and importlib.machinery.PathFinder.find_spec(ours, paths) is not None
        if not found or ours.endswith(".__main__"):
            if sys._getframe(2).f_code.co_name != "_find_and_load_unlocked" and not found:
                # `importlib.util.find_spec`: programs ask it what there is.
                return None
            raise ModuleNotFoundError(absent(fullname), name=fullname)
        loader: Any = self
        spec = importlib.machinery.ModuleSpec(fullname, loader)
        spec.submodule_search_locations = []
        return spec

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """The module itself, under its first name, with what it says of itself noted."""
        found = importlib.import_module("wengert" + spec.name.removeprefix("torch"))
        spec.loader_state = {name: vars(found)[name] for name in SAID if name in vars(found)}
        return found

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is run again; what the import machinery wrote over is put back."""
        spec = module.__spec__
        said = spec.loader_state if spec is not None else None
        if said:
            vars(module).update(said)


SAID = ("__name__", "__spec__", "__loader__", "__package__", "__path__", "__file__")


def names_below(module: str) -> list[str]:
    """The public names of a module, its submodules among them."""
    import pkgutil

    try:
        found = importlib.import_module(module)
    except ImportError:
        return []
    names = {name for name in dir(found) if not name.startswith("_")}
    names |= {info.name for info in pkgutil.iter_modules(getattr(found, "__path__", ()))}
    return sorted(name for name in names if not name.startswith("_"))


def nearest(name: str, module: str) -> str:
    """What is there of a name like the one that is not, in words; empty where nothing is like it.

    A name of torch that is not built may be nearer: then that is what was meant.
    """
    import difflib

    from wengert import _unbuilt

    close = [known for known in difflib.get_close_matches(name, names_below(module), n=2, cutoff=0.6) if known != name]
    unbuilt = difflib.get_close_matches(name, _unbuilt.listed(module), n=1, cutoff=0.8)
    best = difflib.get_close_matches(name, unbuilt + close, n=1)
    if best and best == unbuilt:
        return f"; torch's {best[0]!r} is not built yet"
    return f"; the nearest that it has is {close[0]!r}" if close else ""


def lacking(module: str, name: str, what: str) -> str:
    """What is said of a name that one of torch's modules, or nobody, has."""
    from wengert import _unbuilt

    if name in _unbuilt.listed(module):
        why = "has not built it yet"
    elif module == "wengert" and name in _unbuilt.FOREIGN.split():
        why = f"leaves {name!r} to torch"
    else:
        why = f"has no {what}{nearest(name, module)}"
    return f"torch is wengert in this process, which {why}"


def absent(fullname: str) -> str:
    """What is said of a submodule that is not there."""
    parent, _, name = fullname.rpartition(".")
    return f"No module named {fullname!r}: {lacking('wengert' + parent.removeprefix('torch'), name, 'such module')}"


def explained(error: BaseException) -> None:
    """Adds to an error about a name of `torch` that wengert lacks it, and what it has that is like it.

    The module has no `__getattr__` that could say so at once: see `_Later` in the package.
    """
    owner = getattr(error, "obj", None) if isinstance(error, AttributeError) else None
    name = getattr(error, "name", None)
    if isinstance(error, ImportError):
        # "cannot import name 'x' from 'torch'": what the name was stands in the text alone.
        owner, name = sys.modules.get(error.name or ""), name_in(str(error))
    if not isinstance(owner, ModuleType) or not name or getattr(error, "__notes__", None):
        return
    if owner.__name__.partition(".")[0] in ("torch", "wengert"):
        ours = "wengert" + owner.__name__.removeprefix("torch").removeprefix("wengert")
        error.add_note(lacking(ours, name, f"{name!r} there"))


def name_in(text: str) -> str | None:
    """The name that could not be imported."""
    head, quote, rest = text.partition("cannot import name '")
    return rest.partition("'")[0] if quote and not head else None


def install() -> ModuleType:
    """Lets `import torch` mean this library, in this process.

    Raises RuntimeError where torch itself is loaded.
    """
    there = sys.modules.get("torch")
    if any(isinstance(finder, Finder) for finder in sys.meta_path):
        return sys.modules["torch"]
    if there is not None:
        raise RuntimeError(
            f"torch is loaded already, from {getattr(there, '__file__', None)}: install_as_torch() must be called "
            "before anything imports it"
        )
    finder: Any = Finder()
    sys.meta_path.insert(0, finder)
    made = sys.modules["torch"] = module()
    explain_uncaught()
    return made


def explain_uncaught() -> None:
    """Has errors that nobody catches explained, in plain Python and in notebooks."""
    before = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: Any) -> None:
        explained(error)
        before(kind, error, trace)

    sys.excepthook = hook
    shell: Any = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:

        def handler(shell: Any, kind: Any, error: BaseException, trace: Any, tb_offset: int | None = None) -> None:
            explained(error)
            shell.showtraceback((kind, error, trace), tb_offset=tb_offset)

        shell.set_custom_exc((AttributeError, ImportError), handler)
