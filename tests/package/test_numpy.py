"""Tensors and NumPy arrays over the same memory: who sees whose writes, who keeps whom, what is refused."""

import contextlib
import copy
import ctypes
import gc
import pickle
import threading
import warnings
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as torch

INTEGERS = ["uint8", "int8", "int16", "int32", "int64"]
DTYPES = ["bool", *INTEGERS, "float16", "float32", "float64", "complex64", "complex128"]


@pytest.mark.parametrize("name", DTYPES)
def test_types_come_back(name: str) -> None:
    array = np.array([[0, 1, 2], [3, 4, 5]]).astype(name)
    shared, copied = torch.from_numpy(array), torch.tensor(array)
    assert str(shared.dtype) == str(copied.dtype) == f"torch.{name}"
    for back in (shared.numpy(), copied.numpy(), np.asarray(shared), np.array(copied)):
        assert back.dtype == array.dtype and back.shape == array.shape
        assert (back == array).all()
    assert shared.tolist() == array.tolist()


@pytest.mark.parametrize(
    "see",
    [
        lambda a: a,
        lambda a: a.T,
        lambda a: a[1:, ::2],
        lambda a: a[:, 1],
        lambda a: a[2, 3],
        lambda a: a[:0],
        lambda a: np.broadcast_to(a[:1], (3, 6)),
    ],
)
def test_layouts_come_back(see: Callable[[Any], Any]) -> None:
    array = np.asarray(see(np.arange(24.0).reshape(4, 6)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        t = torch.from_numpy(array)
    assert torch.tensor(array).stride() == t.clone().stride()
    assert tuple(t.shape) == array.shape
    assert t.tolist() == array.tolist()
    assert t.numpy().tolist() == array.tolist()
    assert torch.tensor(array).tolist() == array.tolist()


def test_writes_are_seen_both_ways() -> None:
    array = np.zeros((2, 3), dtype=np.float32)
    t = torch.from_numpy(array)
    array[0, 1] = 5
    t[1, 2] = 7
    assert t.tolist() == array.tolist() == [[0, 5, 0], [0, 0, 7]]
    assert torch.as_tensor(array).data_ptr() == t.data_ptr() == array.ctypes.data

    for size in (3, 300):  # in the record itself, and in a block
        own = torch.zeros(size)
        seen = own.numpy()
        own += 1
        seen[0] = 9
        assert own[0].item() == 9 and seen[1] == 1
        assert own[1:].numpy().ctypes.data == seen.ctypes.data + 4

    copied = torch.tensor(array)
    array[0, 0] = 3
    assert copied[0, 0].item() == 0


def test_memory_outlives_its_maker() -> None:
    seen = torch.arange(100.0).numpy()
    gc.collect()
    churn = [torch.ones(100) for _ in range(50)]
    assert seen.tolist() == list(range(100)) and len(churn) == 50

    moved = torch.arange(100.0)
    seen = moved.numpy()
    moved.data = torch.zeros(3)
    churn = [torch.ones(100) for _ in range(50)]
    assert seen.tolist() == list(range(100))

    t = torch.from_numpy(np.arange(100.0))
    gc.collect()
    junk = [np.ones(100) for _ in range(50)]
    assert t.tolist() == list(range(100)) and len(junk) == 50


def test_arrays_are_released() -> None:
    class Array(np.ndarray[Any, Any]):
        pass

    array = np.zeros(1000).view(Array)
    died = weakref.ref(array)
    t = torch.from_numpy(array)
    part = t[10:20]
    del array, t
    assert died() is not None
    del part
    torch.zeros(1).size()  # what the tape let go of is dropped at the end of a call
    assert died() is None


def test_tensors_behind_arrays_are_released() -> None:
    def cycle() -> None:
        t = torch.ones(1000)
        a = t.numpy()
        torch.from_numpy(a[1:])
        np.asarray(torch.tensor(a))

    cycle()
    before = torch._wengert._live_records()
    for _ in range(20):
        cycle()
    torch.zeros(1).size()
    assert torch._wengert._live_records() == before


def test_gradients_are_not_lost_silently() -> None:
    text = r"Can't call numpy\(\) on Tensor that requires grad. Use tensor.detach\(\).numpy\(\) instead."
    x = torch.ones(2, requires_grad=True)
    for see in (lambda: x.numpy(), lambda: np.asarray(x), lambda: np.sin(x), lambda: (x * 2).numpy()):
        with pytest.raises(RuntimeError, match=text):
            see()
    with torch.no_grad():
        assert x.numpy().tolist() == [1, 1]
    assert x.numpy(force=True).tolist() == x.detach().numpy().tolist() == [1, 1]


def test_numpy_functions_give_tensors() -> None:
    x = torch.tensor([0.0, 1.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert isinstance(np.sin(x), torch.Tensor)
        assert np.add(x, np.ones(2)).tolist() == [1, 2]
        assert (np.float64(2) * x).tolist() == [0, 2]
        assert isinstance(np.float32(2) - x, torch.Tensor)
    with pytest.raises(TypeError, match=r"unsupported operand type\(s\) for \*: 'numpy.ndarray' and 'Tensor'"):
        np.ones(2) * x
    assert np.asarray(x, dtype=np.float64).dtype == np.float64
    assert np.stack([x, x]).shape == (2, 2)


def test_what_tensors_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="At least one stride in the given numpy array is negative"):
        torch.from_numpy(np.arange(3)[::-1])
    with pytest.raises(ValueError, match="byte order different from the native"):
        torch.from_numpy(np.zeros(2, dtype=">f4"))
    with pytest.raises(ValueError, match="strides not a multiple of the element byte size"):
        torch.from_numpy(np.zeros(2, dtype=[("a", "f4"), ("b", "i2")])["a"])
    for array in (np.array(["a"]), np.array([object()]), np.zeros(2, "M8[s]"), np.zeros(2, "u2"), np.zeros(2, "g")):
        with pytest.raises(TypeError, match=r"can't convert np.ndarray of type numpy\."):
            torch.from_numpy(array)
    with pytest.raises(TypeError, match=r"expected np.ndarray \(got list\)"):
        torch.from_numpy([1])
    with pytest.raises(TypeError, match="Got unsupported ScalarType BFloat16"):
        torch.ones(2, dtype=torch.bfloat16).numpy()


def test_memory_that_must_not_be_written_is_copied() -> None:
    data = b"\0" * 8
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        t = torch.from_numpy(np.frombuffer(data, dtype=np.float32))
    t += 1
    assert data == b"\0" * 8 and t.tolist() == [1, 1]


def test_any_byte_but_zero_is_true() -> None:
    array = np.array([0, 2, 255, 1], dtype=np.uint8)
    t = torch.from_numpy(array.view(np.bool_))
    assert t.tolist() == [False, True, True, True]
    assert t.sum().item() == 3
    assert torch.arange(4)[t].tolist() == [1, 2, 3]
    assert torch.where(t, 1, 0).tolist() == [0, 1, 1, 1]
    assert t.float().tolist() == [0, 1, 1, 1]


def test_unaligned_memory() -> None:
    t = torch.from_numpy(np.frombuffer(bytearray(4 * 101 + 1), dtype=np.uint8)[1:].view(np.float32))
    t += torch.arange(101.0)
    assert (t * 2).sum().item() == 2 * sum(range(101))


def test_a_writer_never_crashes_a_reader() -> None:
    """Masks and indices that change while kernels read them: wrong numbers or IndexError, nothing worse."""
    mask, index = np.zeros(997, dtype=np.bool_), np.zeros(997, dtype=np.int64)
    stop = threading.Event()

    def write() -> None:
        random = np.random.default_rng(0)
        while not stop.is_set():
            mask[:] = random.integers(0, 2, 997)
            index[:] = random.integers(-2000, 2000, 997)
            mask.view(np.uint8)[::7] = 2

    writer = threading.Thread(target=write)
    writer.start()
    try:
        x, m, i = torch.arange(997.0), torch.from_numpy(mask), torch.from_numpy(index)
        for _ in range(300):
            assert x[m].numel() <= 997
            with contextlib.suppress(IndexError):
                assert x[i].numel() == 997
            with contextlib.suppress(IndexError):
                x[i] = 1.0
            x[m] = 2.0
            torch.where(m, x, -x).sum()
    finally:
        stop.set()
        writer.join()


def test_copies_and_pickles() -> None:
    for make in (
        lambda: torch.arange(6.0).view(2, 3).t(),
        lambda: torch.ones(2, requires_grad=True),
        lambda: torch.ones(()),
    ):
        t = make()
        for again in (pickle.loads(pickle.dumps(t)), copy.deepcopy(t), copy.copy(t)):
            assert again.tolist() == t.tolist() and again.stride() == t.stride()
            assert again.requires_grad == t.requires_grad and again.is_leaf
    x = torch.ones(3)
    assert copy.copy(x).data_ptr() == x.data_ptr() != copy.deepcopy(x).data_ptr()
    whole, part = copy.deepcopy([x, x[1:]])
    assert part.data_ptr() == whole.data_ptr() + 4
    with pytest.raises(RuntimeError, match="Only Tensors created explicitly by the user"):
        copy.deepcopy(torch.ones(1, requires_grad=True) * 2)


@pytest.mark.parametrize(
    "parts",
    [
        ((2,), (1,), b"1234"),
        ((2**62, 4), (4, 1), b""),
        ((2,), (-1,), b"12345678"),
        ((2,), (5,), b"12345678"),
        ((2,), (1, 1), b"12345678"),
    ],
)
def test_pickles_that_lie_are_refused(parts: tuple[Any, ...]) -> None:
    shape, strides, data = parts
    with pytest.raises(ValueError, match="do not fit"):
        torch._wengert._load(torch.float32, shape, strides, data, False)


@pytest.mark.filterwarnings("ignore:An output with one or more elements was resized")
def test_bytes_may_move_again_when_the_last_array_is_gone() -> None:
    x = torch.zeros(2)
    array = x.numpy()
    part = array[:1]
    del array
    with pytest.raises(RuntimeError, match="resize storage that is not resizable"):
        torch.add(torch.ones(1000), 1, out=x)
    assert part[0] == 0.0
    del part
    torch.add(torch.ones(1000), 1, out=x)
    assert x.shape == (1000,)


def test_who_was_told_an_address_sees_a_cleared_gradient_and_may_write_it() -> None:
    """torch clears at once. Here zeros may wait for who looks, but not for who looks past the library."""
    x = torch.ones(2000, requires_grad=True)
    x.sum().backward()
    seen = (ctypes.c_float * 2000).from_address(x.grad.data_ptr())
    x.grad.zero_()
    assert (seen[0], seen[1999]) == (0, 0)
    x.grad.zero_()
    seen[5] = 3
    assert x.grad[5].item() == 3
    x.sum().backward()
    assert (seen[4], seen[5]) == (1, 4)
