"""Recording on or off: context managers that are decorators too. The mode is a thread's own."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Generator

from wengert import _unbuilt
from wengert._wengert import _set_grad_enabled, _set_inference, is_grad_enabled, is_inference_mode_enabled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["enable_grad", "inference_mode", "is_inference_mode_enabled", "no_grad", "set_grad_enabled"]

__getattr__ = _unbuilt.in_module(__name__)


class ModeContext:
    """A context manager that, called with a function, makes the function run inside it."""

    def __enter__(self) -> Any:
        raise NotImplementedError

    def __exit__(self, *exception: object) -> None:
        raise NotImplementedError

    def again(self) -> ModeContext:
        """A fresh one: one object must not be entered by two calls at once."""
        return type(self)()

    def __call__(self, function: Any) -> Any:
        if isinstance(function, type):
            warnings.warn(
                "Decorating classes is deprecated and will be disabled in future versions. You should only decorate "
                "functions or methods. To preserve the current behavior of class decoration, you can directly decorate "
                "the `__init__` method and nothing else.",
                FutureWarning,
                stacklevel=2,
            )
        else:
            import inspect  # Here, because it takes a third of the package's own import.

            if inspect.isgeneratorfunction(function):
                return _generator_in(self.again, function)

        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            with self.again():
                return function(*args, **kwargs)

        return run


def _generator_in(context: Callable[[], ModeContext], function: Any) -> Any:
    """A generator function whose body runs inside the context and whose caller does not."""

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        with context():
            generator = function(*args, **kwargs)
        resume, value = generator.send, None
        while True:
            try:
                with context():
                    produced = resume(value)
            except StopIteration as end:
                return end.value
            try:
                resume, value = generator.send, (yield produced)
            except GeneratorExit:
                with context():
                    generator.close()
                raise
            except BaseException as error:
                resume, value = generator.throw, error

    return run


class _FixedMode(ModeContext):
    """Sets one mode while it is entered; can decorate without parentheses."""

    mode = False
    prev: bool

    def __new__(cls, function: Any = None) -> Any:
        """With a function: decorates it."""
        return super().__new__(cls) if function is None else cls()(function)

    def __enter__(self) -> None:
        self.prev = is_grad_enabled()
        _set_grad_enabled(self.mode)

    def __exit__(self, *exception: object) -> None:
        _set_grad_enabled(self.prev)


class no_grad(_FixedMode):
    """Nothing is recorded inside."""

    # What leaving without having entered goes back to.
    prev = False


class enable_grad(_FixedMode):
    """Operators are recorded inside, within `no_grad` too."""

    mode = True


class set_grad_enabled(ModeContext):
    """Switches recording on or off: at once when called, for a while in a `with` or as a decorator."""

    def __init__(self, mode: Any) -> None:
        self.before = is_grad_enabled()
        self.mode = mode
        _set_grad_enabled(mode)

    def again(self) -> ModeContext:
        """Another one with the same mode."""
        return type(self)(self.mode)

    def __call__(self, function: Any) -> Any:
        _set_grad_enabled(self.before)
        return super().__call__(function)

    def __enter__(self) -> None:
        _set_grad_enabled(self.mode)

    def __exit__(self, *exception: object) -> None:
        _set_grad_enabled(self.before)

    def __repr__(self) -> str:
        return f"{type(self).__module__}.{type(self).__qualname__}(mode={self.mode})"


class inference_mode(ModeContext):
    """Nothing is recorded inside, and what is made there cannot be saved in a graph or written over later."""

    def __new__(cls, mode: Any = True) -> Any:
        """With a function: decorates it."""
        return super().__new__(cls) if isinstance(mode, bool) else cls()(mode)

    def __init__(self, mode: bool = True) -> None:
        self.mode = mode

    def again(self) -> ModeContext:
        """Another one with the same mode."""
        return type(self)(self.mode)

    def __enter__(self) -> None:
        self._inference_mode_context = (is_grad_enabled(), _set_inference(self.mode))
        _set_grad_enabled(not self.mode)

    def __exit__(self, *exception: object) -> None:
        grad, inference = self._inference_mode_context
        _set_inference(inference)
        _set_grad_enabled(grad)


class outside_inference:
    """Inference mode is off inside, so that what is computed there can be differentiated; recording is not touched."""

    def __enter__(self) -> None:
        self.before = _set_inference(False)

    def __exit__(self, *exception: object) -> None:
        _set_inference(self.before)
