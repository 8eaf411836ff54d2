"""DLPack's protocol: which capsule is asked for, and what is refused. The capsules are made and taken natively."""

from __future__ import annotations

from wengert import _wengert
from wengert._wengert import Tensor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

CPU = (1, 0)
"""The kind and the number of the one device that there is."""

NAMED = {2: "cuda", 8: "mps", 14: "xpu"}
"""Kinds of devices that torch has and this library has not."""


def capsule_of(
    self: Tensor,
    *,
    stream: Any = -1,
    max_version: tuple[int, int] | None = None,
    dl_device: tuple[int, int] | None = None,
    copy: bool | None = None,
) -> Any:
    """A capsule with the tensor's memory, or with a copy of it where `copy` is true: of version 1 where `max_version`
    allows it.

    Raises BufferError where the tensor wants a gradient, and for other devices than the CPU.
    """
    if self.requires_grad:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    if stream is not None and type(stream) is not int:
        raise TypeError("stream must be ``int`` or ``none``")
    if stream is not None and stream != -1:
        raise AssertionError("stream should be None on cpu.")
    versioned = max_version is not None and max_version[0] >= 1
    if dl_device is not None:
        _check_device(self, dl_device, versioned, copy)
    if copy is not None and not isinstance(copy, bool):
        raise TypeError(f"{_name(versioned)}(): argument 'copy' must be bool, not {type(copy).__name__}")
    return _wengert._to_capsule(self, versioned, bool(copy))


def _name(versioned: bool) -> str:
    return "_to_dlpack_versioned" if versioned else "_to_dlpack"


def _check_device(tensor: Tensor, device: Any, versioned: bool, copy: bool | None) -> None:
    """Raises where a tensor cannot be had on a device."""
    whole = isinstance(device, (tuple, list)) and all(isinstance(part, int) for part in device)
    if not whole:
        kind = type(device).__name__
        raise TypeError(f"{_name(versioned)}(): argument 'dl_device' must be tuple of ints, not {kind}")
    if len(device) != 2:
        raise RuntimeError("dl_device must be either None or a tuple of ints")
    if device[0] == CPU[0]:
        return
    name = NAMED.get(int(device[0]))
    if name is None:
        raise BufferError(f"Unsupported device_type: {int(device[0])}")
    if copy is False:
        raise ValueError(f"cannot move (i.e. copy=False) tensor from cpu to {name}:{device[1]} without copying.")
    # Says which devices there are not.
    tensor.to(f"{name}:{device[1]}")


def device_of(self: Tensor) -> tuple[Any, int]:
    """The kind and the number of the tensor's device: the CPU."""
    from wengert.utils.dlpack import DLDeviceType

    return DLDeviceType.kDLCPU, 0


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """A tensor over the memory of another library's tensor, or of the one in a capsule.

    `copy` is passed to the other library, and done here where that does not know it. Memory that must not be written is
    copied in any case.

    Raises what the other library does; BufferError for devices and element types that there are not here, RuntimeError
    for what is no capsule, or one that has been used.
    """
    if not hasattr(ext_tensor, "__dlpack__"):
        if device is not None or copy is not None:
            raise AssertionError("device and copy kwargs not supported when ext_tensor is already a DLPack capsule.")
        return _wengert._from_capsule(ext_tensor)
    source = ext_tensor.__dlpack_device__()
    asked: dict[str, Any] = {"max_version": (1, 0)}
    if copy is not None:
        asked["copy"] = copy
    if device is not None:
        if isinstance(device, str):
            device = _wengert.device(device)
        if not isinstance(device, _wengert.device):
            raise AssertionError(f"from_dlpack: unsupported device type: {type(device)}")
        if device.type != "cpu":
            # Says which devices there are not.
            _wengert.empty(0, device=device)
        if tuple(source) == CPU:
            asked["dl_device"] = CPU
        elif copy is False:
            raise ValueError(
                f"cannot move DLPack tensor from device {source} to {CPU} without copying. Set copy=None or copy=True."
            )
    capsule = _ask(ext_tensor, asked)
    made = _wengert._from_capsule(capsule)
    # What the other library was not asked in the end.
    return made.clone() if copy and "copy" not in asked else made


def _ask(source: Any, asked: dict[str, Any]) -> Any:
    """The capsule of another library, which may know fewer keywords than the protocol has now: those that it was not
    given in the end are taken out of `asked`.
    """
    for unknown in ("max_version", "copy", "dl_device"):
        try:
            return source.__dlpack__(**asked)
        except TypeError:
            asked.pop(unknown, None)
    return source.__dlpack__(**asked)


METHODS: dict[str, Callable[..., Any]] = {"__dlpack__": capsule_of, "__dlpack_device__": device_of}
