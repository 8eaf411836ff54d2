"""The loops whose heap calls are counted, and the counting: `loops.py LOOP TURNS` prints JSON.

Each maker returns a function that makes that many turns. test_heap.py runs this under the shim; by hand, with another
library that has torch's API in third place:

    cc -fPIC -shared -o shim.so shim.c -ldl && LD_PRELOAD=./shim.so python loops.py worked_example 10000 torch
"""

import ctypes
import gc
import importlib
import json
import mmap
import os
import sys
from collections.abc import Callable
from typing import Any

Turns = Callable[[int], None]
MAKERS: dict[str, Callable[[Any], Turns]] = {}
CONTROLS: dict[str, Callable[[], Turns]] = {}


def loop(maker: Callable[[Any], Turns]) -> Callable[[Any], Turns]:
    MAKERS[maker.__name__] = maker
    return maker


def control(maker: Callable[[], Turns]) -> Callable[[], Turns]:
    CONTROLS[maker.__name__] = maker
    return maker


@loop
def worked_example(torch: Any) -> Turns:
    x = torch.arange(4.0, requires_grad=True)
    torch.dot(x, x).backward()

    def turns(n: int) -> None:
        for _ in range(n):
            x.grad.zero_()
            y = 2 * torch.dot(x, x)
            y.backward()

    return turns


@loop
def sum_alone(torch: Any) -> Turns:
    x = torch.arange(4.0, requires_grad=True)
    x.sum().backward()

    def turns(n: int) -> None:
        for _ in range(n):
            x.grad.zero_()
            x.sum().backward()

    return turns


@loop
def network(torch: Any) -> Turns:
    """Two layers with a product for a nonlinearity, trained by plain gradient descent."""
    inputs = torch.arange(32.0).reshape(8, 4) * 0.03
    first = (torch.arange(12.0).reshape(4, 3) * 0.05).requires_grad_(True)
    second = (torch.arange(6.0).reshape(3, 2) * 0.07).requires_grad_(True)

    def loss() -> Any:
        hidden = torch.matmul(inputs, first)
        out = torch.matmul(hidden * hidden, second)
        return (out * out).sum()

    loss().backward()

    def turns(n: int) -> None:
        for _ in range(n):
            first.grad.zero_()
            second.grad.zero_()
            loss().backward()
            with torch.no_grad():
                first.add_(first.grad * -0.001)
                second.add_(second.grad * -0.001)

    return turns


@loop
def held_gradient(torch: Any) -> Turns:
    x = torch.arange(4.0, requires_grad=True)
    torch.dot(x, x).backward()

    def turns(n: int) -> None:
        for _ in range(n):
            g = x.grad
            g.zero_()
            y = 2 * torch.dot(x, x)
            y.backward()

    return turns


@loop
def deleted_result(torch: Any) -> Turns:
    x = torch.arange(4.0, requires_grad=True)
    torch.dot(x, x).backward()

    def turns(n: int) -> None:
        for _ in range(n):
            x.grad.zero_()
            y = 2 * torch.dot(x, x)
            y.backward()
            del y

    return turns


@loop
def never_swept(torch: Any) -> Turns:
    """Graphs that are dropped without backward."""
    x = torch.arange(4.0, requires_grad=True)

    def turns(n: int) -> None:
        for _ in range(n):
            y = 2 * torch.dot(x, x)
            del y

    return turns


@loop
def five_dimensions(torch: Any) -> Turns:
    """Shapes beyond the inline four, with broadcasting, so that the gradients are summed back."""
    x = torch.ones(2, 1, 3, 1, 2, requires_grad=True)
    w = torch.ones(1, 4, 1, 2, 1, requires_grad=True)
    (x * w).sum().backward()

    def turns(n: int) -> None:
        for _ in range(n):
            x.grad.zero_()
            w.grad.zero_()
            (x * w).sum().backward()

    return turns


@loop
def large(torch: Any) -> Turns:
    """100,000 floats: blocks of a size for which malloc itself would call mmap."""
    x = torch.arange(100_000.0, requires_grad=True)
    (x * x).sum().backward()

    def turns(n: int) -> None:
        for _ in range(n):
            x.grad.zero_()
            (x * x).sum().backward()

    return turns


@loop
def large_dot(torch: Any) -> Turns:
    x = torch.arange(100_000.0, requires_grad=True)
    torch.dot(x, x).backward()

    def turns(n: int) -> None:
        for _ in range(n):
            x.grad.zero_()
            y = 2 * torch.dot(x, x)
            y.backward()

    return turns


@control
def plain_python() -> Turns:
    """The interpreter's own work in such a loop: floats, integers beyond the small ones, tuples, calls."""

    def turns(n: int) -> None:
        for i in range(n):
            pair = (i * 1.5, i + 1000)
            max(pair)

    return turns


@control
def every_kind() -> Turns:
    """Each counted function once a turn, called by name."""
    libc = ctypes.CDLL(None)
    for name in ("malloc", "calloc", "realloc", "aligned_alloc", "memalign", "sbrk"):
        getattr(libc, name).restype = ctypes.c_void_p
    libc.free.argtypes = [ctypes.c_void_p]
    libc.sbrk.argtypes = [ctypes.c_ssize_t]
    size = ctypes.c_size_t
    block = ctypes.c_void_p()

    def turns(n: int) -> None:
        for _ in range(n):
            libc.free(libc.calloc(size(3), size(100)))
            libc.free(libc.realloc(ctypes.c_void_p(libc.malloc(size(100))), size(200)))
            libc.free(libc.aligned_alloc(size(64), size(128)))
            libc.free(libc.memalign(size(64), size(128)))
            libc.posix_memalign(ctypes.byref(block), size(64), size(128))
            libc.free(block)
            libc.brk(ctypes.c_void_p(libc.sbrk(0)))
            with mmap.mmap(-1, 4096) as area:
                area.resize(8192)

    return turns


@control
def another_thread() -> Turns:
    """The same number of blocks made by a thread that did not start the count."""
    import threading

    def allocate(n: int) -> None:
        for _ in range(n):
            bytearray(100_000)

    def turns(n: int) -> None:
        worker = threading.Thread(target=allocate, args=(n,))
        worker.start()
        worker.join()

    return turns


@control
def leak() -> Turns:
    """Keeps small objects of 128 bytes, a tensor record's size: the resident size grows."""
    kept: list[bytes] = []

    def turns(n: int) -> None:
        kept.extend(bytes([i % 7]) * 95 for i in range(n))

    return turns


def resident_bytes() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main(name: str, turns: int, library: str = "wengert") -> None:
    shim = ctypes.CDLL(None)
    shim.heap_name.restype = ctypes.c_char_p
    shim.heap_count.restype = ctypes.c_ulong
    start, stop = shim.heap_start, shim.heap_stop

    run = CONTROLS[name]() if name in CONTROLS else MAKERS[name](importlib.import_module(library))
    # Warm-up: blocks, arenas and free lists reach the size at which the loop runs; so do the calls that measure it.
    run(1000)
    start()
    stop()
    before = [shim.heap_count(kind, others) for others in (0, 1) for kind in range(16) if shim.heap_name(kind)]
    resident_bytes()
    gc.collect()
    # Python's collector stays on: a loop as users run it.
    start()
    run(turns // 2)
    stop()
    half = resident_bytes()
    start()
    run(turns - turns // 2)
    stop()
    grown = resident_bytes() - half

    names = [shim.heap_name(kind).decode() for kind in range(16) if shim.heap_name(kind)]
    after = [shim.heap_count(kind, others) for others in (0, 1) for kind in range(len(names))]
    made = [b - a for a, b in zip(before, after, strict=True)]
    print(
        json.dumps(
            {
                "turns": turns,
                "own": {n: c for n, c in zip(names, made[: len(names)], strict=True) if c},
                "others": {n: c for n, c in zip(names, made[len(names) :], strict=True) if c},
                "grown": grown,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
