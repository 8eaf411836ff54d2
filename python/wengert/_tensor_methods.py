"""Methods of Tensor that are best said in Python: conversions, copies, pickles, sisters of another size."""

from __future__ import annotations

from wengert import _dlpack, _numpy, _wengert
from wengert._size import Size
from wengert._wengert import Tensor, _handle_torch_function, _has_torch_function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

LEGACY_TYPES = {
    "BoolTensor": "bool",
    "ByteTensor": "uint8",
    "CharTensor": "int8",
    "ShortTensor": "int16",
    "IntTensor": "int32",
    "LongTensor": "int64",
    "HalfTensor": "float16",
    "BFloat16Tensor": "bfloat16",
    "FloatTensor": "float32",
    "DoubleTensor": "float64",
    "ComplexFloatTensor": "complex64",
    "ComplexDoubleTensor": "complex128",
}
"""The names of the classes that torch once had for tensors of each type, after "torch."."""


def cuda(self: Tensor, *args: Any, **kwargs: Any) -> NoReturn:
    """Raises: this library computes on the CPU."""
    raise AssertionError("Torch not compiled with CUDA enabled")


def type_(self: Tensor, *args: Any, **kwargs: Any) -> Any:
    """type(dtype=None, non_blocking=False, *, memory_format=torch.preserve_format): the old class, or a conversion.

    The name of the old class without `dtype`, else the tensor in the element type that is asked for.

    Raises ValueError for a name that is none, and TypeError for arguments that it has not.
    """
    if len(args) > 2:
        raise TypeError(f"type() takes from 0 to 2 positional arguments but {len(args)} were given")
    given = dict(zip(("dtype", "non_blocking"), args, strict=False))
    for name, value in kwargs.items():
        if name not in ("dtype", "non_blocking", "memory_format"):
            raise TypeError(f"type() got an unexpected keyword argument '{name}'")
        if name in given:
            raise TypeError(f"type() got multiple values for argument '{name}'")
        given[name] = value
    dtype, asked = given.get("dtype"), given.get("non_blocking", False)
    if not isinstance(asked, bool):
        place = " (position 2)" if len(args) == 2 else ""
        raise TypeError(f"type(): argument 'non_blocking'{place} must be bool, not {type(asked).__name__}")
    format = {"memory_format": given["memory_format"]} if given.get("memory_format") is not None else {}
    if dtype is None:
        name = next(old for old, new in LEGACY_TYPES.items() if new == str(self.dtype).removeprefix("torch."))
        return f"torch.{name}"
    if isinstance(dtype, _wengert.dtype):
        return self.to(dtype, **format)
    if isinstance(dtype, type):
        own = getattr(dtype, "dtype", None)
        if isinstance(own, _wengert.dtype):
            return cuda(self) if getattr(dtype, "is_cuda", False) else self.to(own, **format)
        dtype = dtype.__name__
    if not isinstance(dtype, str):
        raise TypeError("dtype must be a type, str, or dtype object")
    new = LEGACY_TYPES.get(dtype.removeprefix("torch.")) if dtype.startswith("torch.") else None
    if new is None:
        raise ValueError(f"invalid type: '{dtype}'")
    return self.to(getattr(_wengert, new), **format)


def new_tensor(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """new_tensor(data, *, dtype=None, device=None, requires_grad=False): a copy of `data` in this tensor's type."""
    return _wengert._new_tensor(self, args, kwargs)


def to_dense(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """to_dense(dtype=None, *, masked_grad=None): the tensor itself, or in another type; every tensor is dense."""
    return _wengert._to_dense(self, args, kwargs)


def is_shared(self: Tensor) -> bool:
    """False: no tensor's memory is shared with other processes."""
    return False


def new(self: Tensor, *args: Any, device: Any = None) -> Tensor:
    """A tensor in this one's type: of a size that is given as numbers or a Size, of a sequence's numbers, or over the
    memory of a tensor of that type.

    Raises TypeError for anything else.
    """
    if device is not None:
        _wengert.empty(0, device=device)
    if all(isinstance(arg, int) for arg in args):
        return self.new_empty(args or (0,))
    data = args[0]
    if len(args) > 1:
        raise TypeError("new() takes a size, a tensor or a sequence of numbers")
    if isinstance(data, Tensor):
        if data.dtype is not self.dtype:
            raise TypeError(f"new(): expected a tensor of {self.dtype} (got one of {data.dtype})")
        return data.detach()
    if isinstance(data, Size):
        return self.new_empty(data)
    if isinstance(data, str):
        raise TypeError("new(): invalid data type 'str'")
    if not hasattr(data, "__len__"):
        raise TypeError(f"new(): data must be a sequence (got {type(data).__name__})")
    return self.new_tensor(data)


def format_(self: Tensor, format_spec: str) -> str:
    """The one element of a 0-d tensor in a format; any tensor as text in the empty format.

    Raises TypeError for other tensors in other formats, ValueError for formats that the number does not have.
    """
    if self.dim() == 0 and type(self) is Tensor:
        return format(self.item(), format_spec)
    return object.__format__(self, format_spec)


def _as_class(made: Tensor, kind: type[Tensor]) -> Tensor:
    return made if kind is Tensor else made.as_subclass(kind)


def _rebuild(
    kind: type[Tensor],
    dtype: Any,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    data: bytes,
    requires_grad: bool,
    expanded: tuple[int, ...] | None = None,
) -> Tensor:
    """The tensor that a pickle describes, spread out to the extents `expanded` where there are any. The native side
    checks that the parts fit one another.
    """
    made = _wengert._load(dtype, shape, strides, data, False)
    made = _as_class(made if expanded is None else made.expand(expanded), kind)
    # A class may have asked for gradients already, as Parameter does.
    if made.requires_grad != requires_grad:
        made.requires_grad_(requires_grad)
    return made


def reduce_ex(self: Tensor, protocol: int) -> tuple[Any, ...]:
    """For pickles: the elements and whether a gradient is wanted. The graph and `.grad` stay behind."""
    extents, steps = tuple(self.shape), self.stride()
    # Of what is spread out, the one element that there is.
    spread = tuple(slice(0, 1) if n > 1 and step == 0 else slice(None) for n, step in zip(extents, steps, strict=True))
    expands = self.numel() > 0 and slice(0, 1) in spread
    source = self.detach().as_subclass(Tensor)[spread] if expands else self
    element_type, shape, strides, data, _ = _wengert._dump(source)
    parts = (type(self), element_type, tuple(shape), tuple(strides), data, self.requires_grad)
    return (_rebuild, (*parts, extents) if expands else parts, self.__dict__ or None)


def shallow_copy(self: Tensor) -> Tensor:
    """A leaf of its own over the same memory."""
    made = _as_class(self.data, type(self))
    if made.requires_grad != self.requires_grad:
        made.requires_grad_(self.requires_grad)
    made.__dict__.update(self.__dict__)
    return made


def deep_copy(self: Tensor, memo: dict[Any, Any]) -> Tensor:
    """A copy of a leaf with its `.grad` and attributes. Tensors that share memory share it among the copies too.

    Raises RuntimeError for tensors that a recorded operator made.
    """
    if not self.is_leaf:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment.  "
            "If you were attempting to deepcopy a module, this may be because of a torch.nn.utils.weight_norm usage, "
            "see https://github.com/pytorch/pytorch/pull/103001"
        )
    if id(self) in memo:
        known: Tensor = memo[id(self)]
        return known
    import copy

    key = ("wengert storage", _wengert._storage_id(self))
    if key not in memo:
        # The original is kept too: while the memo lives, no other storage may come to have its address.
        memo[key] = (_wengert._copy_storage(self), self.detach())
    made = _as_class(_wengert._relaid(memo[key][0], self), type(self))
    if made.requires_grad != self.requires_grad:
        made.requires_grad_(self.requires_grad)
    memo[id(self)] = made
    if self.grad is not None:
        made.grad = copy.deepcopy(self.grad, memo)
    if self.__dict__:
        made.__dict__.update(copy.deepcopy(self.__dict__, memo))
    return made


def untyped_storage(self: Tensor) -> Any:
    """The tensor's whole memory as bytes: its address, its length, what is there."""
    from wengert.storage import UntypedStorage

    return UntypedStorage(self)


def storage(self: Tensor) -> Any:
    """The tensor's whole memory as elements of its type. torch's warning says that `untyped_storage` replaces it."""
    from wengert.storage import TypedStorage, warn_of_elements

    warn_of_elements()
    return TypedStorage(self)


def resize(self: Tensor, *sizes: Any) -> Any:
    """The same elements in another shape, as `view` gives them or `reshape`. torch warns that it is deprecated.

    Raises RuntimeError where the shape has not as many elements.
    """
    return deprecated("resize").apply(self, sizes)


def resize_as(self: Tensor, tensor: Tensor) -> Any:
    """The same elements in the shape of `tensor`. torch warns that it is deprecated.

    Raises RuntimeError where `tensor` has not as many elements.
    """
    return deprecated("resize_as").apply(self, tensor.size())


def deprecated(name: str) -> Any:
    """What the two methods above record, after torch's warning about them."""
    import warnings

    from wengert.autograd._resize import Resize

    # Of the call: above this function, the method and what offers it to subclasses.
    warnings.warn(f"non-inplace {name} is deprecated", stacklevel=4)
    return Resize


def offered(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """The method, of which a subclass's `__torch_function__` is asked first."""

    def asking(self: Tensor, *args: Any, **kwargs: Any) -> Any:
        if type(self) is not Tensor and _has_torch_function((self,)):
            return _handle_torch_function(getattr(Tensor, name), (self,), self, *args, **kwargs)
        return method(self, *args, **kwargs)

    asking.__wrapped__ = method  # type: ignore[attr-defined]
    return asking


OFFERED = {
    "type",
    "new",
    "is_shared",
    "resize",
    "resize_as",
    "__format__",
    "__reduce_ex__",
    "__deepcopy__",
    "__array__",
    "__dlpack__",
    "__dlpack_device__",
}
"""Those that torch offers to subclasses. (`numpy` and `new_tensor` are offered where their arguments are read.)"""

METHODS: dict[str, Callable[..., Any]] = {
    "cuda": cuda,
    "type": type_,
    "new": new,
    "new_tensor": new_tensor,
    "to_dense": to_dense,
    "is_shared": is_shared,
    "resize": resize,
    "resize_as": resize_as,
    "__format__": format_,
    "__reduce_ex__": reduce_ex,
    "__copy__": shallow_copy,
    "__deepcopy__": deep_copy,
    "storage": storage,
    "untyped_storage": untyped_storage,
}


def attach() -> None:
    """Gives Tensor the methods that are written in Python."""
    for name, method in (METHODS | _numpy.METHODS | _dlpack.METHODS).items():
        # Named before it is wrapped: Python's own words about wrong arguments name what is called in the end.
        method.__qualname__ = f"Tensor.{name}"
        put(name, offered(name, method) if name in OFFERED else method, method.__doc__)


def put(name: str, method: Callable[..., Any], doc: str | None) -> None:
    """Makes a function a method of Tensor."""
    method.__name__ = name
    method.__qualname__ = f"Tensor.{name}"
    method.__doc__ = doc
    setattr(Tensor, name, method)
