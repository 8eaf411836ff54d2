"""Kernels beside torch's over many shapes and layouts: python benches/shapes.py copies sums squares ...

What it does and why: benches/README.md. The ratio is torch's time over wengert's.
"""

import argparse
import sys
from collections.abc import Iterator
from fnmatch import fnmatch

from compare import spelled, time_pair, workers

# A line of the table: what it is called, what is set up, what is timed.
Line = tuple[str, str, str]

FLOATS = ("float32", "float64")


def matrix(name: str, rows: int, columns: int, dtype: str, turned: bool = False) -> str:
    """Makes a matrix, column by column in memory where it is turned; sums of products of it stay small."""
    shape = f"{columns}, {rows}" if turned else f"{rows}, {columns}"
    made = f"torch.linspace(0, 6, {rows * columns}).to(torch.{dtype}).reshape({shape})"
    return f"{name} = {made}{'.t()' if turned else ''}\n"


def copies() -> Iterator[Line]:
    """Copies that turn an operand in memory, by the size of an element, and operators that read both ways."""
    for dtype in ("uint8", "int16", "float32", "float64", "complex128"):
        for m, n in ((2048, 1024), (1000, 1001), (64, 64), (8, 8)):
            yield f"t {dtype} {m}x{n}", matrix("a", m, n, dtype) + "b = a.t()", "b.contiguous()"
    for m, n in ((2048, 3), (3, 2048), (100000, 4), (4, 100000), (17, 33)):
        yield f"t float32 {m}x{n}", matrix("a", m, n, "float32") + "b = a.t()", "b.contiguous()"
    cube = "a = torch.arange(64 * 128 * 256.0).reshape(64, 128, 256)\n"
    for order in ((0, 2, 1), (2, 1, 0), (1, 0, 2), (2, 0, 1), (1, 2, 0)):
        yield f"permute {order}", cube + f"b = a.permute{order}", "b.contiguous()"
    image = "a = torch.arange(8 * 64 * 64 * 32.0).reshape(8, 64, 64, 32)\n"
    yield "permute to channels first", image + "b = a.permute(0, 3, 1, 2)", "b.contiguous()"
    big = matrix("a", 2048, 1024, "float32")
    yield "copy_ of t", big + "b = torch.empty(1024, 2048)", "b.copy_(a.t())"
    yield "copy_ into t", big + "b = torch.empty(1024, 2048)", "b.t().copy_(a)"
    yield "expand rows", "a = torch.arange(1024.0).expand(2048, 1024)", "a.contiguous()"
    yield "expand columns", "a = torch.arange(2048.0).reshape(2048, 1).expand(2048, 1024)", "a.contiguous()"
    yield "every other column", matrix("a", 2048, 2048, "float32") + "b = a[:, ::2]", "b.contiguous()"
    yield "t to float64", big + "b = a.t()", "b.to(torch.float64).contiguous()"
    square = matrix("a", 2048, 1024, "float32") + matrix("b", 1024, 2048, "float32")
    yield "a + b.t()", square, "a + b.t()"
    yield "a.t() + b", square, "a.t() + b"
    yield "a * b.t(), float64", square.replace("float32", "float64"), "a * b.t()"
    yield "a.t() + b, int32", square.replace("float32", "int32"), "a.t() + b"
    yield "a += b.t()", square, "a += b.t()"


def sums() -> Iterator[Line]:
    """Reductions over either dimension of a matrix that lies either way."""
    for dtype in FLOATS:
        for m, n in ((2048, 1024), (1024, 2048), (100000, 8), (8, 100000), (100000, 3), (64, 64)):
            for either in (False, True):
                for function in ("sum", "mean", "max", "norm"):
                    for dim in (0, 1):
                        if dtype != "float32" and (function != "sum" or either):
                            continue
                        call = f"a.{function}({'2, ' if function == 'norm' else ''}dim={dim})"
                        name = f"{function} {dtype} {m}x{n}{' turned' if either else ''} dim {dim}"
                        yield name, matrix("a", m, n, dtype, either), call
    for dtype in ("int32", "int64", "bfloat16"):
        for dim in (0, 1):
            yield f"sum {dtype} dim {dim}", matrix("a", 2048, 1024, dtype), f"a.sum(dim={dim})"
    cube = "a = torch.arange(64 * 128 * 256.0).reshape(64, 128, 256)\n"
    for dims in (0, 1, 2, (0, 1), (0, 2), (1, 2)):
        yield f"sum cube {dims}", cube, f"a.sum(dim={dims})"
        yield f"sum cube turned {dims}", cube + "a = a.permute(2, 0, 1)", f"a.sum(dim={dims})"
    yield "sum every other column dim 0", matrix("a", 2048, 2048, "float32") + "a = a[:, ::2]", "a.sum(dim=0)"
    yield "sum every other column dim 1", matrix("a", 2048, 2048, "float32") + "a = a[:, ::2]", "a.sum(dim=1)"
    yield "sum all, turned", matrix("a", 2048, 1024, "float32", True), "a.sum()"
    yield "sum all, every other column", matrix("a", 2048, 2048, "float32") + "a = a[:, ::2]", "a.sum()"


def product(m: int, k: int, n: int, dtype: str = "float32", a: bool = False, b: bool = False) -> Line:
    name = f"{dtype} {m}x{k} by {k}x{n}{' a turned' if a else ''}{' b turned' if b else ''}"
    return name, matrix("a", m, k, dtype, a) + matrix("b", k, n, dtype, b), "torch.mm(a, b)"


def squares() -> Iterator[Line]:
    """Square products, with each factor either way."""
    for dtype in FLOATS:
        for n in (1, 2, 3, 4, 6, 8, 10, 12, 15, 16, 20, 24, 31, 32, 48, 64, 100, 128, 256, 512):
            yield product(n, n, n, dtype)
        for n in (4, 10, 16, 32, 64, 256):
            for a, b in ((True, False), (False, True), (True, True)):
                yield product(n, n, n, dtype, a, b)
    yield product(1024, 1024, 1024)


def skinny() -> Iterator[Line]:
    """Products with one or two small extents: layers, vectors, outer products, sums of outer products."""
    for dtype in FLOATS:
        for n in (64, 256, 1024):
            for m, k, o in ((1, n, n), (n, n, 1), (n, 1, n), (1, n, 1), (4, n, n), (n, n, 4), (n, 4, n), (n, 16, 16)):
                yield product(m, k, o, dtype)
            yield product(1, n, n, dtype, b=True)
            yield product(n, n, 1, dtype, a=True)
            yield product(16, n, 16, dtype, a=True)
            yield product(16, n, 16, dtype)
    for batch in (1, 8, 32, 128):
        yield product(batch, 784, 256)
        yield product(batch, 784, 256, b=True)
        yield product(784, batch, 256, a=True)
        yield product(batch, 256, 10)
        yield product(256, batch, 10, a=True)
        yield product(batch, 10, 256, b=True)
    for m, k, o in ((8, 2, 16), (8, 16, 1), (2, 8, 16), (100, 2, 16), (100, 16, 16), (100, 16, 1), (16, 100, 16)):
        yield product(m, k, o)


def vectors() -> Iterator[Line]:
    """Products of a matrix and a vector by torch's other names, and batches."""
    for n in (4, 16, 64, 256, 1024):
        both = matrix("a", n, n, "float32") + f"x = torch.linspace(-1, 1, {n})\n"
        yield f"mv {n}", both, "torch.mv(a, x)"
        yield f"mv turned {n}", both + "b = a.t()", "torch.mv(b, x)"
        yield f"x @ a {n}", both, "x @ a"
        yield f"x @ a.t() {n}", both + "b = a.t()", "x @ b"
    for count, m, k, n in ((1000, 2, 2, 2), (1000, 4, 4, 4), (200, 8, 8, 8), (64, 16, 16, 16), (32, 64, 64, 64)):
        made = f"a = torch.linspace(-1, 1, {count * m * k}).reshape({count}, {m}, {k})\n"
        made += f"b = torch.linspace(-1, 1, {count * k * n}).reshape({count}, {k}, {n})\n"
        yield f"bmm {count} of {m}x{k} by {k}x{n}", made, "torch.bmm(a, b)"
        yield f"bmm {count} of {m}x{k} by {k}x{n}, b turned", made + "c = b.transpose(1, 2)", "torch.bmm(a, c)"
    yield (
        "bmm 1000 of 1x64 by 64x64",
        "a = torch.ones(1000, 1, 64)\nb = torch.ones(1000, 64, 64)",
        "torch.bmm(a, b)",
    )


def whole() -> Iterator[Line]:
    """Products of whole numbers and of halves."""
    for dtype in ("int64", "int32", "uint8", "bfloat16", "float16", "complex64"):
        for n in (4, 16, 64, 256):
            yield product(n, n, n, dtype)
        yield product(256, 256, 256, dtype, b=True)
        yield product(64, 256, 1, dtype)


def gradients() -> Iterator[Line]:
    """A product with its backward: three products."""
    for n in (4, 16, 32, 64, 256, 512):
        made = matrix("a", n, n, "float32") + matrix("b", n, n, "float32")
        made += f"g = torch.ones({n}, {n})\na.requires_grad_()\nb.requires_grad_()\n"
        yield f"mm and backward {n}", made, "a.grad = b.grad = None\n(a @ b).backward(g)"


FAMILIES = {f.__name__: f for f in (copies, sums, squares, skinny, vectors, whole, gradients)}


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="kernels beside torch's, in alternating rounds")
    parser.add_argument("families", nargs="*", help=f"of: {', '.join(FAMILIES)}; default: all")
    parser.add_argument("--only", default="*", help="a pattern of lines' names, as a shell's")
    parser.add_argument("--under", type=float, help="print the lines with a lower ratio alone")
    parser.add_argument("--rounds", type=int, default=7, help="rounds a line (default %(default)s)")
    parser.add_argument("--round-ms", type=float, default=5, help="length of a round (default %(default)s ms)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--python", action="append", default=[], metavar="LIBRARY=PATH")
    options = parser.parse_args(arguments)
    options.libraries = ["wengert", "torch"]
    options.pythons = dict(pair.split("=", 1) for pair in options.python)
    families = [FAMILIES[name] for name in options.families or FAMILIES]
    with workers(options, options.threads) as (at, missing):
        if missing:
            raise SystemExit(f"missing: {missing}")
        for family in families:
            print(f"\n{(family.__doc__ or '').splitlines()[0]}")
            for name, setup, turn in family():
                if not fnmatch(name, options.only):
                    continue
                timed = time_pair(at, setup, turn, options.rounds)
                if isinstance(timed, str):
                    print(f"{name:44} {timed}")
                    continue
                own, peer, ratio = timed
                if options.under is None or ratio < options.under:
                    print(f"{name:44} {spelled(own):>8} {spelled(peer):>8} {ratio:6.2f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
