"""The memory behind a tensor, as programs ask about it: its address, its length, its bytes or elements.

A storage here is a look at a tensor's memory, and keeps it. It cannot be resized.
"""

from __future__ import annotations

import warnings

from wengert import _wengert
from wengert._wengert import Tensor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


_warned = False


def warn_of_elements() -> None:
    """torch's warning that there will be one kind of storage, once a process."""
    global _warned
    if not _warned:
        _warned = True
        warnings.warn(
            "TypedStorage is deprecated. It will be removed in the future and UntypedStorage will be the only storage "
            "class. This should only matter to you if you are using storages directly.  To access UntypedStorage "
            "directly, use tensor.untyped_storage() instead of tensor.storage()",
            stacklevel=3,
        )


class _Storage:
    """What both kinds have."""

    def __init__(self, tensor: Tensor, element_type: _wengert.dtype) -> None:
        self._tensor = tensor.detach()
        self._type = element_type

    def _elements(self) -> Tensor:
        return _wengert._whole(self._tensor, self._type)

    @property
    def _cdata(self) -> int:
        return _wengert._storage_id(self._tensor)

    def data_ptr(self) -> int:
        """The address of its first byte, 0 where there is none."""
        return _wengert._whole(self._tensor, _wengert.uint8).data_ptr()

    def nbytes(self) -> int:
        """Its length in bytes."""
        return len(_wengert._whole(self._tensor, _wengert.uint8))

    def size(self) -> int:
        """How many elements it has."""
        return len(self)

    def element_size(self) -> int:
        """Bytes an element."""
        return self._type.itemsize

    def __len__(self) -> int:
        return len(self._elements())

    def tolist(self) -> list[Any]:
        """Its elements as Python numbers."""
        numbers: list[Any] = self._elements().tolist()
        return numbers

    def __iter__(self) -> Iterator[Any]:
        return iter(self.tolist())

    def _place(self, index: int) -> int:
        n = len(self)
        if not -n <= index < n:
            raise IndexError(f"index {index} out of range for storage of size {n}")
        return index

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return self.tolist()[index]
        return self._elements()[self._place(index)].item()

    def __setitem__(self, index: Any, value: Any) -> None:
        self._elements()[index if isinstance(index, slice) else self._place(index)] = value

    @property
    def device(self) -> _wengert.device:
        """The CPU."""
        return self._tensor.device

    @property
    def is_cuda(self) -> bool:
        """False."""
        return False

    def resizable(self) -> bool:
        """False: only operators resize memory."""
        return False

    def is_shared(self) -> bool:
        """Whether other processes see the memory: they do not."""
        return False

    def _said(self, kind: str) -> str:
        return "".join(f" {number}\n" for number in self) + f"[torch.storage.{kind} of size {len(self)}]"


class UntypedStorage(_Storage):
    """A tensor's memory as bytes."""

    def __init__(self, tensor: Tensor) -> None:
        super().__init__(tensor, _wengert.uint8)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UntypedStorage) and self._cdata == other._cdata

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return self._said(f"UntypedStorage(device={self.device})")


class TypedStorage(_Storage):
    """A tensor's memory as elements of its type."""

    def __init__(self, tensor: Tensor) -> None:
        super().__init__(tensor, tensor.dtype)

    @property
    def dtype(self) -> _wengert.dtype:
        """The type of its elements."""
        return self._type

    def untyped(self) -> UntypedStorage:
        """The same memory as bytes."""
        return UntypedStorage(self._tensor)

    def __repr__(self) -> str:
        return self._said(f"TypedStorage(dtype={self._type}, device={self.device})")
