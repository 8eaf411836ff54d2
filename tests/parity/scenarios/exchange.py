"""asarray, frombuffer, DLPack and lists of NumPy's arrays: what shares memory, what copies, what is refused."""

import array as arrays
import copy
import operator
import pickle
from typing import Any

import numpy as np

from ..catalogue import each
from ..harness import caught
from ..inputs import LAYOUTS, laid_out, tensor

DTYPES = [
    *["bool", "uint8", "int8", "int16", "int32", "int64"],
    *["float16", "bfloat16", "float32", "float64", "complex64", "complex128"],
]
NUMPY = [name for name in DTYPES if name != "bfloat16"]


def _array() -> Any:
    return np.arange(6.0).reshape(2, 3)


def _shares(x: Any, y: Any) -> bool:
    """Whether both lie at one address; either may be an array."""

    def at(one: Any) -> int:
        return int(one.ctypes.data if isinstance(one, np.ndarray) else one.data_ptr())

    return at(x) == at(y)


@each(dtype=NUMPY, target=[None, "float32", "int64", "complex64"], copies=[None, True, False])
def arrays_as_tensors(torch: Any, dtype: str, target: str | None, copies: bool | None) -> Any:
    array = _array().astype(dtype)
    made = caught(torch.asarray, array, dtype=target and getattr(torch, target), copy=copies)
    return made, isinstance(made, torch.Tensor) and _shares(made, array)


@each(wants=[None, True, False], copies=[None, True, False], dtype=[None, "float32", "float64"])
def tensors_as_tensors(torch: Any, wants: bool | None, copies: bool | None, dtype: str | None) -> Any:
    results = []
    for make in (
        lambda: torch.ones(2),
        lambda: torch.ones(2, requires_grad=True),
        lambda: torch.ones(2, requires_grad=True) * 2,
        lambda: torch.ones(2, 3).t(),
    ):
        x = make()
        y = caught(
            torch.asarray, x, requires_grad=wants, copy=copies, dtype=dtype and getattr(torch, dtype), device="cpu"
        )
        results.append((y, y is x, isinstance(y, torch.Tensor) and _shares(x, y), x.requires_grad))
    return results


def other_objects_as_tensors(torch: Any) -> Any:
    data = [
        *([1, 2, 3], [1.5, 2], (True, False), 3, 3.5, True, 2j, range(3), [[1], [2]], []),
        *(np.float64(2.5), np.float32(2.5), np.int16(2), np.bool_(True), np.array(3.5), np.zeros((0, 3))),
        *(bytearray(b"abcd"), memoryview(bytearray(b"abcdefgh")), arrays.array("f", [1, 2])),
        *("a", None, {}, object, [None], [[1], 2], _array()[::-1], np.array(["a"])),
    ]
    refused = [x for x in data if isinstance(x, np.ndarray) and x.dtype.kind == "U"]
    results = []
    for x in data:
        made = [caught(torch.asarray, x, copy=flag) for flag in (None, True, False)]
        # The text lists types that there are not here.
        results.append([type(one.error).__name__ for one in made] if any(x is other for other in refused) else made)
    return results


def asarray_signature(torch: Any) -> Any:
    x = _array()
    return [
        caught(torch.asarray, x, torch.float32),
        caught(torch.asarray, x, dtype="x"),
        caught(torch.asarray, x, copy=1),
        caught(torch.asarray, x, foo=1),
        caught(torch.asarray),
        torch.asarray(obj=[1]),
        torch.asarray([1.0], requires_grad=True),
        caught(torch.asarray, [1], requires_grad=True),
        caught(torch.asarray, np.arange(3), requires_grad=True),
        torch.asarray(bytearray(b"abcd"), dtype=torch.int16),
        caught(torch.asarray, bytearray(b"abc"), dtype=torch.int16),
        torch.asarray(torch.nn.Parameter(torch.ones(2)), requires_grad=False),
    ]


@each(dtype=DTYPES, count=[-1, 0, 1, 2, 5], offset=[0, 4, 8])
def buffers(torch: Any, dtype: str, count: int, offset: int) -> Any:
    data = bytearray([0, 0, 128, 63, 1, 0, 0, 0] * 2 + [1] * 8)
    return caught(torch.frombuffer, data, dtype=getattr(torch, dtype), count=count, offset=offset)


def wrong_buffers(torch: Any) -> Any:
    data = bytearray(7)
    whole = np.arange(6).reshape(2, 3)
    calls = [
        lambda: torch.frombuffer(data, dtype=torch.int32),
        lambda: torch.frombuffer(data, dtype=torch.int32, count=1),
        lambda: torch.frombuffer(data, dtype=torch.int32, count=2),
        lambda: torch.frombuffer(data, dtype=torch.int32, offset=-1),
        lambda: torch.frombuffer(data, dtype=torch.int32, offset=7),
        lambda: torch.frombuffer(data, dtype=torch.int32, offset=6),
        lambda: torch.frombuffer(bytearray(), dtype=torch.int32),
        lambda: torch.frombuffer([1], dtype=torch.int32),
        lambda: torch.frombuffer(3, dtype=torch.int32),
        lambda: torch.frombuffer(torch.ones(2), dtype=torch.float32),
        lambda: torch.frombuffer(whole, dtype=torch.int64),
        lambda: torch.frombuffer(whole.T, dtype=torch.int64),
        lambda: torch.frombuffer(whole[:, ::2], dtype=torch.int64),
        lambda: torch.frombuffer(data),
        lambda: torch.frombuffer(data, torch.uint8),
        lambda: torch.frombuffer(data, dtype="x"),
        lambda: torch.frombuffer(data, dtype=torch.uint8, count=1.5),
        lambda: torch.frombuffer(data, dtype=torch.uint8, foo=1),
        lambda: torch.frombuffer(buffer=data, dtype=torch.uint8, offset=2, count=3),
        lambda: torch.frombuffer(bytearray(8), dtype=torch.float32, requires_grad=True),
        lambda: torch.frombuffer(bytearray(8), dtype=torch.int32, requires_grad=True),
        lambda: memoryview(torch.ones(2)),
    ]
    return [caught(call) for call in calls]


@each(
    layout=LAYOUTS, dtype=["float32", "int64", "bool", "bfloat16", "complex64"], version=[None, (0, 8), (1, 0), (1, 2)]
)
def capsules(torch: Any, layout: str, dtype: str, version: tuple[int, int] | None) -> Any:
    x = laid_out(torch, layout, 1, dtype)
    capsule = x.__dlpack__(max_version=version)
    named = repr(capsule).partition(" at ")[0]
    y = torch.from_dlpack(capsule)
    used = repr(capsule).partition(" at ")[0]
    return named, y, _shares(x, y), used, caught(torch.from_dlpack, capsule), y._version, y._is_view(), y.is_leaf


def dlpack_arguments(torch: Any) -> Any:
    x = tensor(torch, (2, 3), 2)
    w = x.clone().requires_grad_()

    def kind(call: Any) -> Any:
        made = caught(call)
        return repr(made).partition(" at ")[0] if type(made).__name__ == "PyCapsule" else made

    calls = [
        lambda: x.__dlpack__(stream=None),
        lambda: x.__dlpack__(stream=-1),
        lambda: x.__dlpack__(stream=1),
        lambda: x.__dlpack__(stream="x"),
        lambda: x.__dlpack__(copy=True),
        lambda: x.__dlpack__(copy=False),
        lambda: x.__dlpack__(dl_device=(1, 0)),
        lambda: x.__dlpack__(dl_device=(1, 3)),
        lambda: x.__dlpack__(dl_device=(2, 0), copy=False),
        lambda: x.__dlpack__(dl_device=(99, 0)),
        lambda: x.__dlpack__(dl_device=3),
        lambda: x.__dlpack__(dl_device=(1,)),
        lambda: x.__dlpack__(dl_device=("a", 0)),
        lambda: x.__dlpack__(max_version=1),
        lambda: x.__dlpack__(3),
        lambda: x.__dlpack__(foo=1),
        lambda: w.__dlpack__(),
        lambda: (w * 2).__dlpack__(),
        lambda: torch.utils.dlpack.to_dlpack(x),
        lambda: torch.utils.dlpack.to_dlpack(w),
        lambda: torch.utils.dlpack.to_dlpack(3),
        lambda: torch.utils.dlpack.to_dlpack(),
        lambda: torch.to_dlpack(x),
        lambda: torch.from_dlpack(w),
        lambda: torch.from_dlpack([1]),
        lambda: torch.from_dlpack(3),
        lambda: torch.from_dlpack(x.__dlpack__(), copy=True),
        lambda: torch.from_dlpack(x.__dlpack__(), device="cpu"),
        lambda: torch.from_dlpack(x, device=3),
        lambda: torch.from_dlpack(x, device="cpu"),
        lambda: _shares(torch.from_dlpack(x, copy=True), x),
        lambda: _shares(torch.from_dlpack(x, copy=False), x),
        lambda: torch.utils.dlpack.from_dlpack is torch.from_dlpack,
        lambda: [(int(number), str(number)) for number in (*x.__dlpack_device__(),)],
        lambda: [(one.name, one.value) for one in torch.utils.dlpack.DLDeviceType],
    ]
    return [kind(call) for call in calls]


@each(dtype=NUMPY)
def arrays_by_dlpack(torch: Any, dtype: str) -> Any:
    array = _array().astype(dtype)
    x = torch.from_dlpack(array)
    back = np.from_dlpack(x.t())
    return x, _shares(x, array), back.tolist(), back.strides, _shares(back, x), torch.from_dlpack(array[:, ::2])


def what_numpy_cannot_give(torch: Any) -> Any:
    calls = [np.arange(3, dtype=">f4"), np.array(["a"]), np.float64(3.5)]
    return [caught(torch.from_dlpack, x) for x in calls], caught(np.from_dlpack, torch.ones(2, requires_grad=True))


ROWS = {
    "float": [[1.0, 2.0], [3.0, 4.5]],
    "int": [[1, 2], [3, 4]],
    "short": [[1, -2], [300, 4]],
    "bool": [[True, False], [False, True]],
    "complex": [[1j, 2], [3, 4]],
}
KINDS = {"float": "float32", "int": "int64", "short": "int16", "bool": "bool", "complex": "complex64"}


LOOKS = {
    "plain": lambda array: array,
    "transposed": lambda array: array.T,
    "stepped": lambda array: array[:, ::2],
    "turned": lambda array: array[:, ::2].T,
    "column": lambda array: array[:, :1],
    "row": lambda array: array[:1].T,
    "spread": lambda array: np.broadcast_to(array[0], (4, 3)),
    "empty": lambda array: array[:0].T,
    "cube": lambda array: array.reshape(1, 2, 3).transpose(2, 0, 1),
    "number": lambda array: array[0, 1:2].reshape(()),
}


@each(look=list(LOOKS), dtype=[None, "float32"])
def copies_lie_as_arrays_do(torch: Any, look: str, dtype: str | None) -> Any:
    array = LOOKS[look](_array())
    target = dtype and getattr(torch, dtype)
    return [
        torch.tensor(array, dtype=target),
        torch.as_tensor(array.copy("K"), dtype=target),
        torch.ones(1).new_tensor(array, dtype=target),
        torch.asarray(array, dtype=target, copy=None if look == "number" else True),
        torch.Tensor(array),
    ]


@each(kind=list(ROWS), dtype=[None, *DTYPES])
def lists_of_arrays(torch: Any, kind: str, dtype: str | None) -> Any:
    rows = [np.array(row, dtype=KINDS[kind]) for row in ROWS[kind]]
    return caught(torch.tensor, rows, dtype=dtype and getattr(torch, dtype))


@each(look=list(LOOKS), dtype=[None, "float32"])
def lists_of_arrays_lie_in_one_run(torch: Any, look: str, dtype: str | None) -> Any:
    rows = [LOOKS[look](_array() + i) for i in range(3)]
    target = dtype and getattr(torch, dtype)
    return caught(torch.tensor, rows, dtype=target), caught(torch.as_tensor, rows[:1], dtype=target)


@each(dtype=["float32", "float64", "complex64", "float16", "bool"])
def lists_of_long_integers(torch: Any, dtype: str) -> Any:
    rows = [np.array([2**53 + 1, 2**24 + 1, 0]), np.array([2**62 + 2**38 + 1, -(2**24) - 1, 5])]
    return torch.tensor(rows, dtype=getattr(torch, dtype))


def lists_with_arrays(torch: Any) -> Any:
    whole = np.arange(4).reshape(2, 2)
    data = [
        [np.array([1, 2]), [3, 4]],
        [[3, 4], np.array([1.5, 2])],
        [[3, 4], np.array([1, 2, 3])],
        [[3, 4], whole],
        [whole, [[3, 4], [5, 6]]],
        [np.array([1, 2]), 3],
        [3.5, np.array(2)],
        [np.array(1), np.array(2)],
        [whole[:, ::-1], whole.T],
        [np.arange(2, dtype=">i4")],
        [np.arange(2), np.arange(2, dtype=">i8")],
        [whole[0], whole[1, ::-1]],
        [whole[0], whole],
        [whole[0], whole[0].astype("float32")],
        [np.float32(3), 2],
        [np.float32(3), 2.5],
        [np.int8(3), True],
        [np.array(["a"])][:0],
    ]
    return [caught(torch.tensor, one) for one in data]


@each(dtype=[None, *DTYPES])
def lists_of_tensors(torch: Any, dtype: str | None) -> Any:
    target = dtype and getattr(torch, dtype)
    data = [
        [torch.tensor(1.5)],
        [torch.tensor(0.0)],
        [torch.tensor(3), torch.tensor(-3)],
        [torch.tensor(300)],
        [torch.tensor(True), 2.5],
        [torch.tensor(1j)],
        [torch.ones(1), torch.ones(1, 1)],
        [torch.ones(1, dtype=torch.int64)],
        [torch.ones(2)],
        [torch.ones(0)],
        [torch.tensor(1.0, dtype=torch.float64), 2.0],
        [[torch.tensor(1.5), 2], [3, torch.tensor(True)]],
    ]
    return [caught(torch.tensor, one, dtype=target) for one in data]


@each(protocol=[2, 3, 4, 5])
def pickled(torch: Any, protocol: int) -> Any:
    tensors = [
        tensor(torch, (2, 3), 3).t(),
        tensor(torch, (2, 3), 3, "bfloat16"),
        torch.ones(2, requires_grad=True),
        torch.ones(2, requires_grad=True) * 2,
        torch.tensor(1),
        torch.zeros(0, 3),
        torch.arange(3).expand(2, 3),
        torch.nn.Parameter(torch.ones(2)),
    ]
    return [caught(lambda x=x: pickle.loads(pickle.dumps(x, protocol))) for x in tensors]


def storages(torch: Any) -> Any:
    x = torch.arange(6.0).view(2, 3)
    bytes_ = x[1:].untyped_storage()
    copied = copy.deepcopy(x[1:])
    return [
        [bytes_.nbytes(), bytes_.size(), len(bytes_), bytes_.element_size(), bytes_.tolist(), bytes_[7], bytes_[-1]],
        bytes_.data_ptr() == x.data_ptr(),
        bytes_ == x.untyped_storage(),
        [str(bytes_.device), bytes_.is_cuda],
        caught(operator.getitem, bytes_, 24),
        repr(torch.tensor([1, 2], dtype=torch.uint8).untyped_storage()),
        torch.zeros(0).untyped_storage().nbytes(),
        [copied, copied.storage_offset(), copied.untyped_storage().nbytes()],
    ]


def python_numbers(torch: Any) -> Any:
    items = list(range(5))
    calls = [
        lambda: items[torch.tensor(2)],
        lambda: items[torch.tensor([2])],
        lambda: items[torch.tensor(2.0)],
        lambda: items[torch.tensor(1) : torch.tensor(3)],
        lambda: round(torch.tensor(2.5)),
        lambda: divmod(torch.tensor(7), 2),
        lambda: range(torch.tensor(3)),
        lambda: "a" * torch.tensor(3),
        lambda: f"{torch.tensor(1.5):.3f} {torch.tensor(3):5d} {torch.tensor(1j):.1f}",
        lambda: f"{torch.ones(2):.3f}",
        lambda: [x in torch.arange(3.0) for x in (2, 7, 2.0, torch.tensor(1.0))],
        lambda: None in torch.arange(3),
        lambda: "a" in torch.arange(3),
        lambda: float(torch.tensor(1j)),
        lambda: int(torch.tensor(float("nan"))),
        lambda: pow(torch.tensor(2), 3, 5),
    ]
    return [caught(call) for call in calls]
