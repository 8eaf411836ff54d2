"""torch's old classes of tensors of one element type: `FloatTensor(2, 3)`, `isinstance(x, LongTensor)`.

They make tensors and have no instances of their own.
"""

from __future__ import annotations

from wengert import _wengert
from wengert._wengert import Tensor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

__all__ = [
    "BFloat16Tensor",
    "BoolTensor",
    "ByteTensor",
    "CharTensor",
    "DoubleTensor",
    "FloatTensor",
    "HalfTensor",
    "IntTensor",
    "LongTensor",
    "ShortTensor",
]


class tensortype(type):
    """The class of the old classes."""

    __module__ = "torch"
    dtype: _wengert.dtype
    is_cuda = False
    is_sparse = False
    layout = _wengert.strided

    def __call__(cls, *args: Any, **kwargs: Any) -> Tensor:
        return _wengert._of_old_type(cls.dtype, args, kwargs)

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor) and instance.dtype == cls.dtype


class _Cuda(tensortype):
    """The class of those that would lie on a device."""

    is_cuda = True

    def __call__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        name = f"torch.cuda.{cls.__name__}"
        raise TypeError(f"type {name} not available. Torch not compiled with CUDA enabled.")

    def __instancecheck__(cls, instance: object) -> bool:
        return False


def _made(name: str, dtype: _wengert.dtype, kind: type[tensortype] = tensortype, module: str = "torch") -> tensortype:
    text = f"{name}(*sizes) or {name}(sequence): a tensor of {dtype}; `isinstance` asks whether a tensor is one."
    return kind(name, (), {"dtype": dtype, "__module__": module, "__doc__": text, "__slots__": ()})


BFloat16Tensor = _made("BFloat16Tensor", _wengert.bfloat16)
BoolTensor = _made("BoolTensor", _wengert.bool)
ByteTensor = _made("ByteTensor", _wengert.uint8)
CharTensor = _made("CharTensor", _wengert.int8)
DoubleTensor = _made("DoubleTensor", _wengert.float64)
FloatTensor = _made("FloatTensor", _wengert.float32)
HalfTensor = _made("HalfTensor", _wengert.float16)
IntTensor = _made("IntTensor", _wengert.int32)
LongTensor = _made("LongTensor", _wengert.int64)
ShortTensor = _made("ShortTensor", _wengert.int16)


def on_device() -> dict[str, tensortype]:
    """Those that `torch.cuda` has."""
    return {name: _made(name, globals()[name].dtype, _Cuda, "torch.cuda") for name in __all__}


def set_default(given: Any) -> None:
    """`set_default_tensor_type`."""
    import warnings

    if isinstance(given, str):
        module, _, name = given.rpartition(".")
        if module == "torch" and name in __all__:
            given = globals()[name]
        elif module == "torch.cuda" and name in __all__:
            given = on_device()[name]
        else:
            if not module:
                raise ModuleNotFoundError(f"No module named {given!r}")
            raise TypeError("invalid type object: only floating-point types are supported as the default type")
    text = (
        "torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use torch.set_default_dtype() and "
        "torch.set_default_device() as alternatives."
    )
    warnings.warn(text, UserWarning, stacklevel=3)
    if not isinstance(given, tensortype):
        raise TypeError("invalid type object: only floating-point types are supported as the default type")
    if isinstance(given, _Cuda):
        given()
    _wengert._set_default_dtype(given.dtype)
