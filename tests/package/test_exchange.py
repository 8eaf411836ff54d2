"""Memory shared with other libraries by DLPack and buffers: who sees whose writes, who ends what, what is refused."""

import array
import copy
import ctypes
import gc
import importlib
import importlib.util
import pickle
import threading
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as torch

DTYPES = [
    *["bool", "uint8", "int8", "int16", "int32", "int64"],
    *["float16", "float32", "float64", "complex64", "complex128"],
]


class Device(ctypes.Structure):
    _fields_ = [("kind", ctypes.c_int32), ("index", ctypes.c_int32)]


class Element(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16)]


class Layout(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.c_void_p),
        ("device", Device),
        ("ndim", ctypes.c_int32),
        ("element", Element),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    ]


class Legacy(ctypes.Structure):
    _fields_ = [("layout", Layout), ("context", ctypes.c_void_p), ("deleter", ctypes.c_void_p)]


class Versioned(ctypes.Structure):
    _fields_ = [
        ("major", ctypes.c_uint32),
        ("minor", ctypes.c_uint32),
        ("context", ctypes.c_void_p),
        ("deleter", ctypes.c_void_p),
        ("flags", ctypes.c_uint64),
        ("layout", Layout),
    ]


NAMES: dict[type, bytes] = {Legacy: b"dltensor", Versioned: b"dltensor_versioned"}
api = ctypes.pythonapi
api.PyCapsule_New.restype = ctypes.py_object
api.PyCapsule_New.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
api.PyCapsule_GetPointer.restype = ctypes.c_void_p
api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
api.PyCapsule_SetName.restype = ctypes.c_int
api.PyCapsule_SetName.argtypes = [ctypes.py_object, ctypes.c_char_p]
api.PyCapsule_GetName.restype = ctypes.c_char_p
api.PyCapsule_GetName.argtypes = [ctypes.py_object]


class Producer:
    """A capsule made by hand, which counts the calls of its deleter. It keeps all that the structure points to."""

    def __init__(
        self,
        kind: Any,
        shape: list[int] = [2, 3],  # noqa: B006 - never written
        strides: list[int] | None = None,
        element: tuple[int, int, int] = (2, 32, 1),
        device: int = 1,
        flags: int = 0,
        major: int = 1,
        byte_offset: int = 0,
    ) -> None:
        self.ended = 0
        self.memory = (ctypes.c_float * 6)(*range(6))
        self.shape = (ctypes.c_int64 * len(shape))(*shape)
        self.strides = (ctypes.c_int64 * len(shape))(*strides) if strides is not None else None
        self.deleter = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(self.end)
        self.managed = kind()
        layout = self.managed.layout
        layout.data = ctypes.addressof(self.memory)
        layout.device = Device(device, 0)
        layout.ndim = len(shape)
        layout.element = Element(*element)
        layout.shape = ctypes.cast(self.shape, ctypes.POINTER(ctypes.c_int64))
        if self.strides is not None:
            layout.strides = ctypes.cast(self.strides, ctypes.POINTER(ctypes.c_int64))
        layout.byte_offset = byte_offset
        self.managed.deleter = ctypes.cast(self.deleter, ctypes.c_void_p).value
        if kind is Versioned:
            self.managed.major, self.managed.flags = major, flags
        self.name = NAMES[kind]
        self.capsule = api.PyCapsule_New(ctypes.addressof(self.managed), self.name, None)

    def end(self, _: int) -> None:
        self.ended += 1


def drain() -> None:
    """What the tape let go of is dropped at the end of a call."""
    gc.collect()
    torch.zeros(1).size()


@pytest.mark.parametrize("kind", [Legacy, Versioned])
def test_a_capsule_is_used_once_and_its_deleter_called_once(kind: Any) -> None:
    made = Producer(kind)
    t = torch.from_dlpack(made.capsule)
    assert t.tolist() == [[0, 1, 2], [3, 4, 5]] and t.stride() == (3, 1)
    assert api.PyCapsule_GetName(made.capsule) == b"used_" + made.name
    with pytest.raises(
        RuntimeError, match="from_dlpack received an invalid capsule\\. Note that DLTensor capsules can be"
    ):
        torch.from_dlpack(made.capsule)
    t[0, 1] = 7
    made.memory[5] = 9
    assert made.memory[1] == 7 and t[1, 2].item() == 9
    part = t[1]
    del t
    drain()
    assert made.ended == 0 and part.tolist() == [3, 4, 9]
    del part
    drain()
    assert made.ended == 1


def test_a_deleter_may_be_called_while_an_exception_is_told() -> None:
    made = Producer(Versioned)
    t = torch.from_dlpack(made.capsule)
    try:
        try:
            raise KeyError("first")
        finally:
            del t
            drain()
    except KeyError as error:
        assert error.args == ("first",)
    assert made.ended == 1


def test_memory_that_must_not_be_written_is_copied() -> None:
    made = Producer(Versioned, flags=1)
    t = torch.from_dlpack(made.capsule)
    assert made.ended == 1
    t += 1
    assert list(made.memory) == [0, 1, 2, 3, 4, 5] and t.sum().item() == 21
    frozen = np.arange(3.0)
    frozen.flags.writeable = False
    u = torch.from_dlpack(frozen)
    u += 1
    assert frozen.tolist() == [0, 1, 2]


@pytest.mark.parametrize("kind", [Legacy, Versioned])
@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        ({"device": 2}, BufferError, "Unsupported device_type: 2"),
        ({"element": (1, 16, 1)}, BufferError, "Unsupported kUInt bits 16"),
        ({"element": (2, 8, 1)}, BufferError, "Unsupported kFloat bits 8"),
        ({"element": (3, 64, 1)}, BufferError, "Unsupported code 3"),
        ({"element": (2, 32, 2)}, BufferError, "lanes != 1"),
        ({"strides": [-3, 1]}, ValueError, "At least one stride"),
        ({"shape": [2, -1]}, BufferError, "negative"),
        ({"shape": [2**40, 2**40]}, RuntimeError, "overflow"),
        ({"shape": [1] * 65}, BufferError, "65 dimensions"),
    ],
)
def test_what_no_tensor_can_be_is_refused_and_left(kind: Any, wrong: Any, error: Any, text: str) -> None:
    made = Producer(kind, **wrong)
    with pytest.raises(error, match=text):
        torch.from_dlpack(made.capsule)
    drain()
    # The capsule is still its producer's, which ends it.
    assert made.ended == 0 and api.PyCapsule_GetName(made.capsule) == made.name


def test_later_versions_are_refused_and_later_minor_ones_not() -> None:
    with pytest.raises(BufferError, match="unsupported DLPack capsule major version: 2"):
        torch.from_dlpack(Producer(Versioned, major=2).capsule)
    made = Producer(Versioned)
    made.managed.minor = 9
    assert torch.from_dlpack(made.capsule).shape == (2, 3)


def test_layouts_in_capsules() -> None:
    steps = Producer(Versioned, shape=[3], strides=[2], byte_offset=4)
    assert torch.from_dlpack(steps.capsule).tolist() == [1, 3, 5]
    assert torch.from_dlpack(Producer(Legacy, shape=[]).capsule).item() == 0
    assert torch.from_dlpack(Producer(Legacy, shape=[0, 3]).capsule).shape == (0, 3)
    assert torch.from_dlpack(Producer(Legacy, shape=[2, 2], strides=[0, 1]).capsule).tolist() == [[0, 1], [0, 1]]
    assert torch.from_dlpack(Producer(Legacy, shape=[1, 2], strides=[-5, 1]).capsule).tolist() == [[0, 1]]


def test_capsules_of_ours_that_nobody_takes_end() -> None:
    def cycle() -> None:
        t = torch.ones(1000)
        for version in (None, (1, 0)):
            t.__dlpack__(max_version=version)
            torch.from_dlpack(t.__dlpack__(max_version=version)).add_(1)
            np.from_dlpack(t)
        t.__dlpack__(copy=True)

    cycle()
    drain()
    before = torch._wengert._live_records()
    for _ in range(20):
        cycle()
    drain()
    assert torch._wengert._live_records() == before


@pytest.mark.parametrize("kind", [Legacy, Versioned])
def test_our_deleter_may_be_called_by_any_thread(kind: Any) -> None:
    """Others let go of memory without Python's lock, as ctypes calls here."""
    before = torch._wengert._live_records()
    t = torch.arange(1000.0)
    capsule = t.__dlpack__(max_version=(1, 0) if kind is Versioned else None)
    address = api.PyCapsule_GetPointer(capsule, NAMES[kind])
    used = b"used_" + NAMES[kind]
    assert api.PyCapsule_SetName(capsule, used) == 0
    del t, capsule
    drain()
    managed = kind.from_address(address)
    layout = managed.layout
    seen = (ctypes.c_float * 1000).from_address(layout.data)
    assert list(seen) == list(range(1000))
    deleter = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(managed.deleter)
    thread = threading.Thread(target=deleter, args=(address,))
    thread.start()
    thread.join()
    drain()
    assert torch._wengert._live_records() == before


def test_what_our_capsules_say() -> None:
    t = torch.arange(6.0).view(2, 3).t()[1:]
    for kind, version in ((Legacy, None), (Versioned, (1, 0))):
        capsule = t.__dlpack__(max_version=version)
        managed = kind.from_address(api.PyCapsule_GetPointer(capsule, NAMES[kind]))
        layout = managed.layout
        assert layout.data + layout.byte_offset == t.data_ptr()
        assert (layout.device.kind, layout.device.index) == (1, 0)
        assert (layout.element.code, layout.element.bits, layout.element.lanes) == (2, 32, 1)
        assert layout.shape[: layout.ndim] == [2, 2] and layout.strides[: layout.ndim] == [1, 3]
        if kind is Versioned:
            assert (managed.major, managed.flags) == (1, 0)
    copied = t.__dlpack__(max_version=(1, 0), copy=True)
    managed = Versioned.from_address(api.PyCapsule_GetPointer(copied, b"dltensor_versioned"))
    assert managed.flags == 2 and managed.layout.data != t.data_ptr()


@pytest.mark.parametrize("name", DTYPES)
def test_types_go_through_numpy_and_back(name: str) -> None:
    t = torch.tensor([[0, 1, 2], [3, 4, 5]]).to(getattr(torch, name))
    seen = np.from_dlpack(t)
    assert seen.dtype == np.dtype(name) and seen.tolist() == t.tolist()
    back = torch.from_dlpack(seen)
    assert back.dtype == t.dtype and back.data_ptr() == t.data_ptr() and back.tolist() == t.tolist()


def test_memory_outlives_its_maker() -> None:
    seen = np.from_dlpack(torch.arange(100.0))
    t = torch.from_dlpack(np.arange(100.0))
    drain()
    churn = [torch.ones(100) for _ in range(50)], [np.ones(100) for _ in range(50)]
    assert seen.tolist() == t.tolist() == list(range(100)) and len(churn[0]) == 50
    x = torch.zeros(300)
    seen = np.from_dlpack(x)
    x += 1
    seen[0] = 5
    assert x[0].item() == 5 and seen[1] == 1 and x._version == 1


@pytest.mark.filterwarnings("ignore:An output with one or more elements was resized")
def test_shared_memory_is_not_resized() -> None:
    x = torch.zeros(2)
    capsule = x.__dlpack__()
    with pytest.raises(RuntimeError, match="resize storage that is not resizable"):
        torch.add(torch.ones(1000), 1, out=x)
    del capsule
    torch.add(torch.ones(1000), 1, out=x)
    for shared in (torch.frombuffer(bytearray(8), dtype=torch.float32), torch.from_dlpack(np.zeros(2))):
        with pytest.raises(RuntimeError, match="resize storage that is not resizable"):
            torch.add(torch.ones(1000, dtype=shared.dtype), 1, out=shared)


def test_other_libraries_may_know_less() -> None:
    """A producer without `max_version`, without `copy`: what it does not know is done here."""

    class Old:
        def __init__(self) -> None:
            self.made: list[Producer] = []

        def __dlpack_device__(self) -> tuple[int, int]:
            return (1, 0)

        def __dlpack__(self) -> Any:
            self.made.append(Producer(Legacy))
            return self.made[-1].capsule

    old = Old()
    assert torch.from_dlpack(old).sum().item() == 15
    t = torch.from_dlpack(old, copy=True)
    drain()
    assert len(old.made) == 2 and [made.ended for made in old.made] == [1, 1] and t.sum().item() == 15


def test_buffers() -> None:
    data = bytearray(16)
    t = torch.frombuffer(data, dtype=torch.float32, offset=4)
    t[0] = 1
    assert data[4:8] == np.float32(1).tobytes() and t.shape == (3,)
    with pytest.raises(BufferError):
        data.extend(b"more")
    del t
    drain()
    data.extend(b"more")
    numbers = array.array("d", [1, 2])
    assert torch.asarray(numbers, dtype=torch.float64).tolist() == [1, 2]
    with pytest.raises(TypeError, match="memoryview: a bytes-like object is required, not 'Tensor'"):
        memoryview(torch.ones(1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frozen = b"\0" * 8
        u = torch.frombuffer(frozen, dtype=torch.uint8)
        u += 1
        assert frozen == b"\0" * 8


def test_storages() -> None:
    t = torch.arange(6.0).view(2, 3)
    whole = t[1:].untyped_storage()
    assert whole.nbytes() == whole.size() == len(whole) == 24 and whole.data_ptr() == t.data_ptr()
    assert whole == t.untyped_storage() and whole != t.clone().untyped_storage()
    assert bytes(whole.tolist()) == t.numpy().tobytes()
    whole[3] = 64
    assert t[0, 0].item() == 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        typed = t[1:].storage()
    assert typed.tolist() == list(typed) == [2, 1, 2, 3, 4, 5] and typed.dtype is torch.float32
    assert typed[-1] == 5 and typed.nbytes() == 24 and typed.untyped() == whole
    with pytest.raises(IndexError, match="index 6 out of range for storage of size 6"):
        typed[6]
    assert torch.zeros(0).untyped_storage().data_ptr() == 0


@pytest.mark.parametrize("protocol", range(2, 6))
def test_pickles(protocol: int) -> None:
    for make in (
        lambda: torch.arange(6.0).view(2, 3).t(),
        lambda: torch.arange(3).expand(2, 3),
        lambda: torch.arange(3.0).view(3, 1, 1).expand(3, 2, 2).transpose(0, 2),
        lambda: torch.zeros(2, 0, 3),
        lambda: torch.tensor(True),
        lambda: torch.ones(2, dtype=torch.bfloat16, requires_grad=True),
        lambda: torch.nn.Parameter(torch.ones(2)),
    ):
        t = make()
        again = pickle.loads(pickle.dumps(t, protocol))
        assert type(again) is type(t) and again.dtype == t.dtype and again.tolist() == t.tolist()
        assert again.stride() == t.stride() and again.requires_grad == t.requires_grad
    shared = torch.ones(2)
    one, two = pickle.loads(pickle.dumps([shared, shared], protocol))
    assert one is two


def test_deep_copies_share_as_their_originals_do() -> None:
    x = torch.arange(6.0).requires_grad_()
    (x * 2).sum().backward()
    x.label = ["mine"]
    with torch.no_grad():
        view = x.view(2, 3)
    one, two, three = copy.deepcopy([x, view, x])
    assert one is three and one.data_ptr() == two.data_ptr() != x.data_ptr()
    assert (
        one.grad.tolist() == [2] * 6 and one.grad is not x.grad and one.label == ["mine"] and one.label is not x.label
    )
    assert copy.copy(x).data_ptr() == x.data_ptr()


def row(n: int) -> Any:
    return np.arange(float(n))


@pytest.mark.parametrize(
    "make",
    [
        lambda: [row(3), row(3) + 1],
        lambda: (row(3), [4, 5, 6]),
        lambda: [[row(2), row(2)], [row(2), row(2)]],
        lambda: [row(3)[::-1], row(3).astype("f4")],
        lambda: [np.arange(3, dtype=">i4"), np.arange(3)],
        lambda: [np.array([True, False])],
        lambda: [np.arange(3), np.arange(3, dtype="i2")],
        lambda: [np.float32(1.5), 2, np.int8(3)],
        lambda: [np.zeros((2, 0)), np.zeros((2, 0))],
        lambda: [row(4).reshape(2, 2).T, row(4).reshape(2, 2)],
        lambda: [np.arange(2) * 1j],
    ],
)
@pytest.mark.filterwarnings("ignore:Creating a tensor from a list of numpy.ndarrays")
def test_lists_of_arrays_are_the_lists_of_their_elements(make: Callable[[], Any]) -> None:
    """The short way for arrays gives what the elements give one by one."""

    def listed(data: Any) -> Any:
        return [listed(item) for item in data] if isinstance(data, (list, tuple, np.ndarray)) else data

    for dtype in (None, torch.float32, torch.complex64, torch.float16):
        data = make()
        if dtype not in (None, torch.complex64) and np.asarray(data[0]).dtype.kind == "c":
            continue
        quick, slow = torch.tensor(data, dtype=dtype), torch.tensor(listed(data), dtype=dtype)
        assert quick.dtype == (slow.dtype if quick.numel() else quick.dtype) and quick.shape == slow.shape
        assert quick.tolist() == slow.tolist()


def there(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


if there("torch"):

    def test_memory_is_shared_with_torch_itself() -> None:
        real = importlib.import_module("torch")
        for name in [*DTYPES, "bfloat16"]:
            theirs = real.arange(6).view(2, 3).to(getattr(real, name))
            ours = torch.from_dlpack(theirs)
            assert str(ours.dtype) == str(theirs.dtype) and ours.data_ptr() == theirs.data_ptr()
            assert ours.tolist() == theirs.tolist() and ours.stride() == theirs.stride()
            back = real.from_dlpack(ours.t())
            assert back.data_ptr() == theirs.data_ptr() and back.tolist() == theirs.t().tolist()
            old = real.utils.dlpack.from_dlpack(torch.utils.dlpack.to_dlpack(ours))
            assert old.data_ptr() == theirs.data_ptr()
        theirs = real.zeros(3)
        ours = torch.from_dlpack(theirs)
        ours += 1
        theirs[0] = 5
        assert theirs.tolist() == ours.tolist() == [5, 1, 1]
        del theirs
        gc.collect()
        assert ours.tolist() == [5, 1, 1]
        kept = real.from_dlpack(torch.arange(1000.0))
        drain()
        assert kept.sum().item() == 499500
        with pytest.raises(BufferError, match="Can't export tensors that require gradient"):
            real.from_dlpack(torch.ones(1, requires_grad=True))


if there("matplotlib"):

    def test_matplotlib_draws_tensors() -> None:
        matplotlib = importlib.import_module("matplotlib")
        matplotlib.use("Agg")
        pyplot = importlib.import_module("matplotlib.pyplot")
        x = torch.linspace(0, 1, 5)
        (line,) = pyplot.plot(x, x * 2)
        assert line.get_ydata().tolist() == (x * 2).tolist()
        image = pyplot.imshow(torch.ones(2, 2))
        assert np.asarray(image.get_array()).tolist() == [[1, 1], [1, 1]]
        pyplot.scatter(x, x, c=x)
        pyplot.hist(x)
        pyplot.bar(torch.arange(3), torch.ones(3))
        pyplot.fill_between(x, x, x + 1)
        pyplot.axhline(torch.tensor(0.5))
        pyplot.close("all")


if there("pandas"):

    def test_pandas_takes_tensors() -> None:
        pandas = importlib.import_module("pandas")
        frame = pandas.DataFrame({"a": torch.arange(3), "b": torch.ones(3)})
        assert frame["a"].tolist() == [0, 1, 2]
        assert torch.tensor(frame["b"].values).tolist() == [1, 1, 1]


if there("tqdm"):

    def test_tqdm_takes_tensors() -> None:
        tqdm = importlib.import_module("tqdm")
        assert [int(x) for x in tqdm.tqdm(torch.arange(3), disable=True)] == [0, 1, 2]
