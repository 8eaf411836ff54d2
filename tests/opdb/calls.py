"""One call of an entry's function, in one library: its values made anew, what it answers, and what can be derived."""

import zlib
from collections.abc import Callable
from typing import Any

import numpy
import torch

from .compare import dtype_of, tensors_in
from .database import SEED
from .translate import Maker


class Call:
    """A sample made anew for a library, and what came of the call."""

    def __init__(self, library: Any, sample: Any, prepare: Callable[["Call"], Any] | None = None) -> None:
        self.library = library
        self.maker = Maker(library)
        self.input = self.maker.value(sample.input)
        self.arguments = self.maker.value(sample.args)
        self.keywords = self.maker.value(sample.kwargs)
        self.result: Any = None
        self.error: BaseException | None = None
        # Where each tensor of the sample begins, told before the call, which may give it other memory.
        self.starts = [(made.data_ptr(), span_of(made)) for _, made in self.maker.made]

    def run(self, function: Callable[..., Any]) -> "Call":
        """Calls, and keeps the answer or the error. What is drawn, both libraries draw from the same seed."""
        self.library.default_generator.manual_seed(SEED[0])
        try:
            self.result = function(self.input, *self.arguments, **self.keywords)
        except (KeyboardInterrupt, SystemExit, TimeoutError):
            raise
        except BaseException as error:
            self.error = error
        return self

    def leaves(self) -> list[Any]:
        """The sample's tensors that want a gradient."""
        return [made for origin, made in self.maker.made if origin.requires_grad]

    def shared(self) -> list[Any]:
        """For each tensor of the result: of which of the sample's it shows memory, from which element on."""
        found = []
        for tensor in tensors_in(self.result):
            if tensor.numel() == 0 or (isinstance(tensor, torch.Tensor) and tensor.layout is not torch.strided):
                continue
            at = tensor.data_ptr()
            found.append(
                next(
                    (
                        f"input {i} from element {(at - start) // tensor.element_size()} on"
                        for i, (start, span) in enumerate(self.starts)
                        if start <= at < start + span
                    ),
                    "nothing of the sample",
                )
            )
        return found


def span_of(tensor: Any) -> int:
    """How many bytes lie between a tensor's first element and the end of its last."""
    if tensor.numel() == 0:
        return 0
    last = sum((n - 1) * step for n, step in zip(tensor.shape, tensor.stride(), strict=True))
    return (1 + last) * tensor.element_size()


def drawn(like: Any, seed: str) -> torch.Tensor:
    """A tensor of torch's, as the given one, of numbers that the seed determines."""
    numbers = numpy.random.default_rng(zlib.crc32(seed.encode()))
    values = torch.from_numpy(numpy.asarray(numbers.standard_normal(tuple(like.shape))))
    if like.dtype.is_complex:
        values = torch.complex(values, torch.from_numpy(numpy.asarray(numbers.standard_normal(tuple(like.shape)))))
    return values.to(getattr(torch, dtype_of(like)))


def differentiable(result: Any) -> list[Any]:
    """The tensors of a result that have a derivative."""
    return [tensor for tensor in tensors_in(result) if tensor.requires_grad and tensor.grad_fn is not None]


class Derived:
    """Gradients of a seeded weighted sum of a call's results, and those of one of the gradients."""

    def __init__(self, call: Call, process: Callable[[Any], Any], again: bool) -> None:
        self.call = call
        self.process = process
        self.again = again
        self.gradients: list[Any] | None = None
        self.second: list[Any] | None = None
        self.error: BaseException | None = None

    def run(self) -> "Derived":
        """The gradients, or the error of asking for them."""
        try:
            self.gradients, weights = self.ask(differentiable(self.process(self.call.result)), self.call.leaves(), "g")
            if self.again:
                wanted = [g for g in self.gradients if g is not None and g.requires_grad]
                self.second = self.ask(wanted, self.call.leaves() + weights, "h")[0] if wanted else []
        except (KeyboardInterrupt, SystemExit, TimeoutError):
            raise
        except BaseException as error:
            self.error = error
        return self

    def ask(self, results: list[Any], leaves: list[Any], seed: str) -> tuple[list[Any], list[Any]]:
        """autograd.grad of a weighted sum; the weights want gradients, too, where one is asked again."""
        library, again = self.call.library, self.again and seed == "g"
        weights = []
        for i, result in enumerate(results):
            weight = Maker(library).tensor(drawn(torch_like(result), f"{seed}{i}"))
            weights.append(weight.requires_grad_() if again else weight)
        if not results or not leaves:
            return [], weights
        gradients = library.autograd.grad(results, leaves, weights, create_graph=again, allow_unused=True)
        return list(gradients), weights


def torch_like(tensor: Any) -> Any:
    """What `drawn` reads of a tensor of either library."""
    return torch.empty(tuple(tensor.shape), dtype=getattr(torch, dtype_of(tensor)), device="meta")


def tangents(library: Any, function: Callable[..., Any], sample: Any) -> tuple[Any, BaseException | None]:
    """The tangents of a call's results, for seeded tangents of what wants a gradient."""
    forward = library.autograd.forward_ad

    class Duals(Maker):
        def tensor(self, tensor: torch.Tensor) -> Any:
            known = next((made for origin, made in self.made if origin is tensor), None)
            if known is not None:
                return known
            made = self.copied(tensor)
            if tensor.requires_grad:
                made = forward.make_dual(made, Maker(library).tensor(drawn(tensor, f"t{len(self.made)}")))
            self.made.append((tensor, made))
            return made

    try:
        with forward.dual_level():
            maker = Duals(library)
            values = maker.value((sample.input, sample.args, sample.kwargs))
            result = function(values[0], *values[1], **values[2])
            return [forward.unpack_dual(part).tangent for part in tensors_in(result)], None
    except (KeyboardInterrupt, SystemExit, TimeoutError):
        raise
    except BaseException as error:
        return None, error
