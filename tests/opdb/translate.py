"""What a sample holds, made anew for one of the two libraries; an entry's functions with wengert in torch's place."""

import functools
import types
from typing import Any

import numpy
import torch

from .database import HOME

PLAIN = (type(None), type(...), type(NotImplemented), bool, int, float, complex, str, bytes, range)


class Untranslatable(Exception):
    """What has no counterpart in wengert: a sparse tensor, a module of torch's."""


class Maker:
    """Makes the values of one sample anew for one library. What is one object in the sample stays one object."""

    def __init__(self, library: Any) -> None:
        self.library = library
        # Each tensor of the sample and what was made of it, in order.
        self.made: list[tuple[torch.Tensor, Any]] = []

    def value(self, value: Any) -> Any:
        """Any value of a sample, however nested."""
        if isinstance(value, PLAIN):
            return value
        if isinstance(value, torch.Tensor):
            return self.tensor(value)
        if isinstance(value, torch.Size):
            return self.library.Size(value)
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return type(value)(*map(self.value, value))
        if isinstance(value, (list, tuple)):
            return type(value)(self.value(part) for part in value)
        if isinstance(value, dict):
            return {key: self.value(part) for key, part in value.items()}
        if isinstance(value, slice):
            return slice(self.value(value.start), self.value(value.stop), self.value(value.step))
        if isinstance(value, (torch.dtype, torch.memory_format, torch.layout)):
            return named(self.library, str(value).removeprefix("torch."))
        if isinstance(value, torch.device):
            return self.library.device(str(value))
        if isinstance(value, torch.Generator):
            return self.library.Generator().manual_seed(value.initial_seed())
        if isinstance(value, (numpy.ndarray, numpy.generic)):
            return value.copy()
        if self.library is torch:
            return value
        if isinstance(value, (types.FunctionType, types.BuiltinFunctionType, functools.partial)):
            return twin(value, self.library)
        raise Untranslatable(f"{type(value).__module__}.{type(value).__name__}")

    def tensor(self, tensor: torch.Tensor) -> Any:
        """A tensor with the same elements, layout and flags, and memory of its own."""
        for known, made in self.made:
            if known is tensor:
                return made
        try:
            made = self.copied(tensor)
        except RuntimeError as error:
            if self.library is torch:
                raise
            raise Untranslatable(f"no such tensor: {error}") from None
        if tensor.requires_grad:
            made.requires_grad_()
        self.made.append((tensor, made))
        return made

    def copied(self, tensor: torch.Tensor) -> Any:
        """The tensor's memory, from the start of its storage to its last element, seen with its strides."""
        if tensor.layout is not torch.strided or tensor.is_quantized or type(tensor) is not torch.Tensor:
            raise Untranslatable(f"a tensor of {tensor.layout}, {type(tensor).__name__}")
        tensor = tensor.detach().resolve_conj().resolve_neg()
        size, stride = tuple(tensor.shape), tensor.stride()
        if not tensor.numel():  # NumPy has strides of its own for these
            dtype = named(self.library, str(tensor.dtype).removeprefix("torch."))
            return self.library.as_strided(self.library.empty(0, dtype=dtype), size, stride)
        offset = tensor.storage_offset()
        if tensor.is_contiguous() and offset == 0:
            flat = tensor.reshape(-1)
            return (flat.clone() if self.library is torch else self.run(flat)).view(size)
        span = 1 + sum((n - 1) * s for n, s in zip(size, stride, strict=True))
        flat = torch.as_strided(tensor, (offset + span,), (1,), 0)
        if self.library is torch:
            return torch.empty(0, dtype=tensor.dtype).set_(flat.clone().untyped_storage(), offset, size, stride)
        return self.strided(flat, size, stride, offset)

    def run(self, flat: torch.Tensor) -> Any:
        """One dimension, contiguous."""
        dtype = named(self.library, str(flat.dtype).removeprefix("torch."))
        if flat.numel() == 0:  # NumPy's array has a step of 0 there, and torch's tensor of 1
            return self.library.empty(tuple(flat.shape), dtype=dtype)
        if flat.dtype is torch.bfloat16:  # NumPy has no such type
            return self.library.from_numpy(flat.view(torch.int16).numpy()).clone().view(dtype)
        return self.library.from_numpy(flat.numpy()).clone()

    def strided(self, flat: torch.Tensor, size: tuple[int, ...], stride: tuple[int, ...], offset: int) -> Any:
        """Any layout: as a view where the library can, else as NumPy's array shows it (without the offset)."""
        if hasattr(self.library, "as_strided"):
            return self.library.as_strided(self.run(flat), size, stride, offset)
        half = flat.dtype is torch.bfloat16
        array = (flat.view(torch.int16) if half else flat).clone().numpy()
        steps = [step * array.itemsize for step in stride]
        made = self.library.from_numpy(numpy.lib.stride_tricks.as_strided(array[offset:], size, steps))
        return made.view(self.library.bfloat16) if half else made


def named(owner: Any, path: str) -> Any:
    """What a dotted name leads to."""
    try:
        for part in path.split("."):
            owner = getattr(owner, part)
    except AttributeError as error:
        raise Untranslatable(str(error)) from None
    return owner


def has(owner: Any, path: str) -> bool:
    """Whether a dotted name leads anywhere."""
    try:
        named(owner, path)
    except Untranslatable:
        return False
    return True


def present(library: Any, name: str) -> bool:
    """Whether the library has what an entry is named after: a function, a method, or a method that writes in place."""
    return has(library, name) or has(library.Tensor, name) or has(library.Tensor, name + "_")


def place_of(function: Any, name: str) -> str | None:
    """Under which name below `torch` a function is found, if it is."""
    own = getattr(function, "__name__", name)
    for path in (name, f"Tensor.{name}", f"Tensor.{own}", own):
        if has(torch, path) and named(torch, path) is function:
            return path
    return None


def variant_of(function: Any, name: str, library: Any) -> Any:
    """An entry's function, as one of this library's."""
    if library is torch:
        return function
    path = place_of(function, name)
    return named(library, path) if path is not None else twin(function, library)


def with_seed(library: Any, function: Any, *arguments: Any, **keywords: Any) -> Any:
    """What the database calls functions that draw with."""
    state = library.get_rng_state()
    try:
        library.manual_seed(42)
        return function(*arguments, **keywords)
    finally:
        library.set_rng_state(state)


def twin(function: Any, library: Any) -> Any:
    """A function of the database's own, with the library where it says torch."""
    if isinstance(function, functools.partial):
        maker = Maker(library)
        return functools.partial(
            twin(function.func, library), *maker.value(function.args), **maker.value(function.keywords)
        )
    if not isinstance(function, types.FunctionType):
        path = place_of(function, getattr(function, "__name__", ""))
        if path is None and callable(function) and getattr(function, "__module__", "") in ("builtins", "_operator"):
            return function
        if path is None:
            raise Untranslatable(f"the function {function!r}")
        return named(library, path)
    if function.__name__ == "wrapper_set_seed":
        return functools.partial(with_seed, library)
    if not (function.__module__ or "").startswith(HOME):
        path = place_of(function, function.__name__)
        if path is None:
            raise Untranslatable(f"the function {function.__module__}.{function.__name__}")
        return named(library, path)
    return rebound(function, library)


def rebound(function: types.FunctionType, library: Any) -> types.FunctionType:
    """The same code over other globals."""
    home = Globals(function.__globals__, library)
    maker = Maker(library)
    cells = tuple(types.CellType(maker.value(cell.cell_contents)) for cell in function.__closure__ or ())
    defaults = maker.value(function.__defaults__)
    made = types.FunctionType(function.__code__, home.needed(function.__code__), function.__name__, defaults, cells)
    made.__kwdefaults__ = maker.value(function.__kwdefaults__)
    return made


class Globals:
    """What code looks up in its module, with the library for torch."""

    def __init__(self, names: dict[str, Any], library: Any) -> None:
        self.names = names
        self.library = library

    def needed(self, code: types.CodeType) -> dict[str, Any]:
        """The globals that this code (and code within it) names."""
        found: dict[str, Any] = {"__builtins__": self.names["__builtins__"]}
        for name in names_in(code):
            if name == "torch":
                found[name] = self.library
            elif name in self.names:
                value = self.names[name]
                if isinstance(value, types.FunctionType) and (value.__module__ or "").startswith("torch"):
                    value = twin(value, self.library)
                found[name] = value
        return found


def names_in(code: types.CodeType) -> set[str]:
    """The names that code looks up."""
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found |= names_in(constant)
    return found
