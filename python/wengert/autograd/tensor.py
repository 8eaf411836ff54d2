"""The methods of Tensor that belong to autograd and are on no fast path."""

from __future__ import annotations

from wengert import _wengert, autograd
from wengert._tensor_methods import offered, put
from wengert._wengert import (
    RemovableHandle,
    _handle_torch_function,
    _has_torch_function,
    _register_hook,
    _register_post_accumulate_grad_hook,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Tensor:
    """A place to define them in, so that Python's own messages name them as the type's."""

    def backward(
        self,
        gradient: Any = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> Any:
        """Adds the gradient of this tensor to .grad of the leaves that it was computed from."""
        if _has_torch_function((self,)):
            return _handle_torch_function(
                _wengert.Tensor.backward,
                (self,),
                self,
                gradient=gradient,
                retain_graph=retain_graph,
                create_graph=create_graph,
                inputs=inputs,
            )
        own: Any = self
        return autograd.backward(own, gradient, retain_graph, create_graph, inputs=inputs)

    def register_hook(self, hook: Any) -> RemovableHandle:
        """Calls `hook(grad)` when the gradient of this tensor is computed; what it returns replaces it."""
        return _register_hook(self, hook)

    def register_post_accumulate_grad_hook(self, hook: Any) -> RemovableHandle:
        """Calls `hook(tensor)` after the gradient of this leaf was accumulated."""
        return _register_post_accumulate_grad_hook(self, hook)


# The type's own `backward` calls this one for unusual arguments.
backward = Tensor.backward


def attach() -> None:
    """Gives the native type the methods that it lacks."""
    for name in ("register_hook", "register_post_accumulate_grad_hook"):
        method = vars(Tensor)[name]
        put(name, offered(name, method), method.__doc__)
