"""Function: a user's own operator, with a forward and a backward rule."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable

from wengert import _unbuilt
from wengert._wengert import FunctionCtx, Tensor, _apply_function, is_grad_enabled
from wengert.autograd.grad_mode import no_grad

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

__all__ = ["BackwardCFunction", "Function", "FunctionCtx", "FunctionMeta", "once_differentiable"]

__getattr__ = _unbuilt.in_module(__name__)


class BackwardCFunction(FunctionCtx):
    """The `ctx` of a Function, and the node of its outputs."""

    _forward_cls: type[Function]

    @property
    def saved_variables(self) -> tuple[Any, ...]:
        """The old name of `saved_tensors`."""
        warnings.warn("'saved_variables' is deprecated; use 'saved_tensors'", DeprecationWarning, stacklevel=2)
        return self.saved_tensors

    def apply(self, *args: Any) -> Any:
        """Calls the Function's rule with the outputs' cotangents."""
        backward, vjp = self._forward_cls.backward, self._forward_cls.vjp
        if backward is Function.backward:
            return vjp(self, *args)
        if vjp is not Function.vjp:
            raise RuntimeError(
                "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only "
                "implement one of them."
            )
        return backward(self, *args)

    def apply_jvp(self, *args: Any) -> Any:
        """Calls the Function's rule with the inputs' tangents."""
        return self._forward_cls.jvp(self, *args)


class FunctionMeta(type):
    """Gives each Function the class of its nodes, which bears its name."""

    _backward_cls: type[BackwardCFunction]

    def __init__(cls, name: str, bases: tuple[type, ...], members: dict[str, Any]) -> None:
        super().__init__(name, bases, members)
        cls._backward_cls = type(f"{name}Backward", (BackwardCFunction,), {"_forward_cls": cls})


class Function(metaclass=FunctionMeta):
    """A user's operator: subclass it, define static `forward` and `backward`, and call `apply`."""

    generate_vmap_rule = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn(
            f"{self.__class__} should not be instantiated. Methods on autograd functions are all static, so you should "
            "invoke them on the class itself. Instantiating an autograd function will raise an error in a future "
            "version of PyTorch.",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd "
            "function with static forward method. (Example: "
            "https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Computes the result: `forward(ctx, *args)`, or `forward(*args)` beside a `setup_context`."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Keeps what `backward` needs, where `forward` takes no `ctx`."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The inputs' cotangents from the outputs'."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
            "backward mode AD."
        )

    vjp = backward

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """The outputs' tangents from the inputs'."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Runs `forward` and records it as one node."""
        has_setup = cls.setup_context is not Function.setup_context
        if has_setup:
            args = _by_position(cls.forward, args, kwargs)
        elif kwargs:
            args = _with_keywords(cls.forward.__code__, args, kwargs)
        return _apply_function(cls, args, has_setup)


def _by_position(forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """All arguments of a call, defaults too, by position: the rule returns one gradient for each."""
    import inspect  # Here, because it takes a third of the package's own import.

    bound = inspect.signature(forward).bind(*args, **kwargs)
    bound.apply_defaults()
    return bound.args


def _with_keywords(code: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """The arguments of a call by position, no further than the last that was given; the first is `ctx`."""
    names = code.co_varnames[1 : code.co_argcount]
    placed = dict(enumerate(args))
    for name, value in kwargs.items():
        if name not in names:
            raise TypeError(f"forward() got an unexpected keyword argument '{name}'")
        place = names.index(name)
        if place in placed:
            raise TypeError(f"forward() got multiple values for argument '{name}'")
        placed[place] = value
    for place in range(max(placed) + 1):
        if place not in placed:
            raise TypeError(f"forward() missing required argument: '{names[place]}' (position {place})")
    return tuple(placed[place] for place in range(len(placed)))


class _Refusal(Function):
    """Hands tensors through; differentiating through it is an error."""

    @staticmethod
    def forward(ctx: Any, *tensors: Tensor) -> tuple[Tensor, ...]:
        return tuple(tensor.view_as(tensor) for tensor in tensors)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> NoReturn:
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates a `backward` that cannot be differentiated: it runs unrecorded, and its results say so."""

    @functools.wraps(backward)
    def run(ctx: Any, *args: Any) -> Any:
        with no_grad():
            results = backward(ctx, *args)
        wants = any(isinstance(arg, Tensor) and arg.requires_grad for arg in args)
        if not is_grad_enabled() or not wants:
            return results
        several = results if isinstance(results, tuple) else (results,)
        tensors = [result.detach().requires_grad_() for result in several if result is not None]
        refusing = iter(_Refusal.apply(*tensors))
        return tuple(None if result is None else next(refusing) for result in several)

    return run
