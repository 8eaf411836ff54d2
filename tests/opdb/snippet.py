"""A sample as a program for torch."""

import inspect
from typing import Any

import torch

from . import database
from .checks import Check
from .compare import tensors_in

MOST = 64
"""How many elements are written out."""


def snippet(check: Check, number: int) -> str:
    """The call that differs, to be pasted after `import torch` (or `import wengert as torch`)."""
    entry = database.entries()[check.entry]
    if check.kind == "there":
        return ""
    if check.kind == "errors":
        samples = database.refused_of(entry, number + 1)
    else:
        dtype = getattr(torch, check.dtype)
        gradients = database.wants_gradients(entry, dtype) and dtype not in (torch.float16, torch.bfloat16)
        samples = database.samples_of(entry, dtype, gradients, number + 1)
    sample = samples[number]
    tensors: list[torch.Tensor] = []
    for tensor in tensors_in([sample.input, sample.args, sample.kwargs]):
        if not any(tensor is known for known in tensors):
            tensors.append(tensor)
    lines = [f"x{i} = {maker(tensor)}" for i, tensor in enumerate(tensors)]
    arguments = [text(part, tensors) for part in (sample.input, *sample.args)]
    keywords = [f"{key}={text(part, tensors)}" for key, part in sample.kwargs.items()]
    return "\n".join([*lines, called(entry, check, arguments, keywords)])


def called(entry: Any, check: Check, arguments: list[str], keywords: list[str]) -> str:
    """The call itself."""
    form = check.variant
    if form in ("method", "inplace"):
        name = entry.name + "_" * (form == "inplace")
        return f"{arguments[0]}.{name}({', '.join(arguments[1:] + keywords)})"
    if form == "operator" or form == "inplace_operator":
        name = "i" * (form == "inplace_operator") + entry.name
        return f"operator.{name}({', '.join(arguments)})"
    plain = f"torch.{entry.name}({', '.join(arguments + keywords)})"
    if getattr(entry.op, "__name__", "") == "<lambda>":
        source = " ".join(inspect.getsource(entry.op).split())
        return f"{plain}    # by way of {source}"
    return plain


def maker(tensor: torch.Tensor) -> str:
    """What makes the tensor."""
    wanting = ", requires_grad=True" if tensor.requires_grad else ""
    if tensor.layout is not torch.strided or tensor.numel() > MOST:
        return f"torch.testing.make_tensor({tuple(tensor.shape)}, dtype={tensor.dtype}, device='cpu'{wanting})"
    made = f"torch.tensor({tensor.detach().tolist()}, dtype={tensor.dtype}{wanting})"
    if not tensor.is_contiguous():
        made += f"  # strides {tensor.stride()}"
    return made


def text(value: Any, tensors: list[torch.Tensor]) -> str:
    """A value, its tensors by name."""
    if isinstance(value, torch.Tensor):
        return next(f"x{i}" for i, tensor in enumerate(tensors) if tensor is value)
    if isinstance(value, (list, tuple)):
        parts = ", ".join(text(part, tensors) for part in value)
        if isinstance(value, list):
            return f"[{parts}]"
        return f"({parts},)" if len(value) == 1 else f"({parts})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {text(part, tensors)}" for key, part in value.items()) + "}"
    if isinstance(value, slice):
        return f"slice({text(value.start, tensors)}, {text(value.stop, tensors)}, {text(value.step, tensors)})"
    return repr(value)
