"""Measures how far the functions of the installed library are from the exact values, and writes docs/accuracy.md.

`python tools/ulp.py` takes about half an hour of one processor, says what it has measured, and goes on from where it
was stopped: the state lies in target/ulp.json. It needs `pip install '.[accuracy]'`.

float32: every one of the 2^32 inputs, against the library's own float64; wherever the error grows it is found again
with MPFR. float64, which that rests on: points on all scales and beside the places where a kernel changes its way,
against MPFR with 80 bits (gmpy2). The unit is that of the exact value's last place; below the normal range it is that
of the least normal number.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gmpy2
import numpy as np

import wengert as torch
from wengert import _wengert

ROOT = Path(__file__).parent.parent
PAGE, STATE = ROOT / "docs" / "accuracy.md", ROOT / "target" / "ulp.json"
PIECE = 1 << 16
"""Points of float64, and pairs, at a time."""
PIECE32 = 1 << 14
"""Float32 at a time: what a processor's second cache holds, with what is made of them."""
SAVED = 1 << 26
"""Float32 inputs between two writes of the state."""
LN2 = math.log(2)


def sigmoid(x: float) -> Any:
    return 1 / (1 + gmpy2.exp(-gmpy2.mpfr(x)))


# Each function with its exact one, where it is finite and not yet constant, and the places beside which it is measured.
Function = tuple[Callable[..., Any], float, float, list[float]]
FUNCTIONS: dict[str, Function] = {
    "exp": (gmpy2.exp, -746, 710, [-745.13, -708.4, 709.78]),
    "exp2": (gmpy2.exp2, -1076, 1024, [-1074.0, -1022.0, 1024.0]),
    "expm1": (gmpy2.expm1, -40, 710, [-37.4, 0.5 * LN2, -0.5 * LN2, 1.5 * LN2, 709.78]),
    "log": (gmpy2.log, 0, 100, [1.0, math.sqrt(0.5), math.sqrt(2), 2.3e-308]),
    "log2": (gmpy2.log2, 0, 100, [1.0, math.sqrt(0.5), math.sqrt(2), 2.3e-308]),
    "log10": (gmpy2.log10, 0, 100, [1.0, math.sqrt(0.5), math.sqrt(2), 2.3e-308]),
    "log1p": (gmpy2.log1p, -1, 100, [-1.0, math.sqrt(0.5) - 1, math.sqrt(2) - 1]),
    "sqrt": (gmpy2.sqrt, 0, 100, [1.0, 2.3e-308]),
    "rsqrt": (gmpy2.rec_sqrt, 0, 100, [1.0, 2.3e-308]),
    "sin": (gmpy2.sin, -100, 100, [1e9]),
    "cos": (gmpy2.cos, -100, 100, [1e9]),
    "tan": (gmpy2.tan, -100, 100, [1e9]),
    "tanh": (gmpy2.tanh, -20, 20, [0.65, 19.06]),
    "sigmoid": (sigmoid, -746, 40, [-709.8, 36.7]),
    "asin": (gmpy2.asin, -1, 1, [0.5, -0.5, 1.0]),
    "acos": (gmpy2.acos, -1, 1, [0.5, -0.5, 1.0]),
    "atan": (gmpy2.atan, -1e17, 1e17, [0.41421356237309503, 1.0, 2.414213562373095]),
    "sinh": (gmpy2.sinh, -710.4, 710.4, [2.0, -2.0, 710.47]),
    "cosh": (gmpy2.cosh, -710.4, 710.4, [0.0, 710.47]),
    "asinh": (gmpy2.asinh, -1e20, 1e20, [0.5, -0.5, 536870912.0]),
    "acosh": (gmpy2.acosh, 1, 1e20, [1.0, 536870912.0]),
    "atanh": (gmpy2.atanh, -1, 1, [0.5, -0.5, 1.0]),
    "erf": (gmpy2.erf, -6, 6, [1.0, -1.0, 5.92]),
    "erfc": (gmpy2.erfc, -6, 27.3, [1.0, -1.0, 0.8125, 26.54, 27.22]),
}
TRIGONOMETRIC = ("sin", "cos", "tan")


def units(exact: Any, bits: int, least: int) -> Any:
    """The unit in the last place of each number of a format with so many bits and this exponent of its least one."""
    power = (exact.view(np.int64) & (0x7FF << 52)).view(np.float64)
    return np.maximum(power, 2.0**least) * 2.0 ** (1 - bits)


class Worst:
    """The largest error so far, where it was, and of how many points."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.row = row
        for name, value in (("error", 0.0), ("at", ""), ("points", 0)):
            row.setdefault(name, value)

    def take(self, error: float, at: str) -> None:
        if not error <= self.row["error"]:
            self.row["error"], self.row["at"] = error, at


def one(y: float, exact: Any, bits: int, least: int, most: int) -> float:
    """The error of one value, in 80 bits: an infinity counts as the power of 2 that the format ends below."""
    if gmpy2.is_nan(exact) or math.isnan(y):
        return 0.0 if gmpy2.is_nan(exact) and math.isnan(y) else math.inf
    end = gmpy2.exp2(most)
    near, exact = (min(max(gmpy2.mpfr(v), -end), end) for v in (y, exact))
    exponent = least if exact == 0 else max(gmpy2.get_exp(exact) - 1, least)
    return float(abs(near - exact) / gmpy2.exp2(min(exponent, most - 1) + 1 - bits))


class Buffers:
    """Room for a piece of float32 inputs and for what is made of them: nothing is allocated piece by piece."""

    def __init__(self) -> None:
        self.words = np.arange(PIECE32, dtype=np.uint32)
        self.x = self.words.view(np.float32)
        self.wide, self.unit, self.errors = np.empty(PIECE32), np.empty(PIECE32), np.empty(PIECE32)
        self.x_in, self.wide_in = torch.from_numpy(self.x), torch.from_numpy(self.wide)
        self.y_out, self.exact_out = torch.empty(PIECE32), torch.empty(PIECE32, dtype=torch.float64)
        self.y, self.exact = self.y_out.numpy(), self.exact_out.numpy()

    def measure(self, function: Callable[..., Any]) -> Any:
        """The errors of a piece; infinities count as the power of 2 that float32 ends below, and nan must meet nan."""
        with np.errstate(all="ignore"):
            np.copyto(self.wide, self.x)
            function(self.x_in, out=self.y_out)
            function(self.wide_in, out=self.exact_out)
            np.bitwise_and(self.exact.view(np.int64), 0x7FF << 52, out=self.unit.view(np.int64))
            np.maximum(self.unit, 2.0**-126, out=self.unit)
            np.subtract(self.y, self.exact, out=self.errors)
            np.abs(self.errors, out=self.errors)
            np.divide(self.errors, self.unit, out=self.errors)
            np.multiply(self.errors, 2.0**23, out=self.errors)
            if math.isfinite(self.errors.max()):
                return self.errors
            nan, y_nan = np.isnan(self.exact), np.isnan(self.y)
            if (nan & y_nan).all() or np.array_equal(self.y, self.exact):
                return np.zeros(PIECE32)
            end = 2.0**128
            near, far = np.clip(self.y.astype(np.float64), -end, end), np.clip(self.exact, -end, end)
            errors = np.abs(near - far) / np.minimum(units(far, 24, -126), 2.0**104)
        errors[nan | y_nan] = np.inf
        errors[nan & y_nan] = 0.0
        return errors


def measured32(name: str, row: dict[str, Any], save: Callable[[], None]) -> None:
    """Every float32, in the order of their bits."""
    function, worst, buffers = getattr(torch, name), Worst(row), Buffers()
    buffers.words += np.uint32(row["points"] % (1 << 32))
    for first in range(row["points"], 1 << 32, PIECE32):
        errors = buffers.measure(function)
        i = int(errors.argmax())
        # MPFR is asked where the error grows, and at one place of every hundredth piece.
        places = {i} if errors[i] > row["error"] else set()
        if first // PIECE32 % 100 == 0:
            places.add(first // PIECE32 * 40503 % PIECE32)
        for i in places:
            at = float(buffers.x[i])
            worst.take(checked(name, at, float(buffers.y[i]), float(errors[i])), f"{at:.9g}")
        buffers.words += np.uint32(PIECE32)
        row["points"] = first + PIECE32
        if row["points"] % SAVED == 0:
            save()


def checked(name: str, x: float, y: float, error: float) -> float:
    """The error of a float32 by MPFR, which must be the one that was found with float64."""
    if math.isnan(error) or math.isinf(error) or math.isnan(y):
        return error
    exact = one(y, FUNCTIONS[name][0](x), 24, -126, 128)
    if abs(exact - error) > 1e-4:
        raise ArithmeticError(f"{name}({x!r}): float64 says {error} ULP, MPFR {exact}")
    return exact


def points(name: str, count: int) -> Iterator[Any]:
    """Pieces of float64 points, about `count` in all, the same in every run."""
    _, low, high, places = FUNCTIONS[name]
    generator = np.random.Generator(np.random.PCG64(2026))
    n = PIECE // 8
    for _ in range(max(1, count // PIECE)):
        signs = generator.choice([-1.0, 1.0], n)
        parts = [generator.uniform(low, high, n), generator.uniform(low, high, n) / 16]
        parts += [generator.uniform(-1, 1, n), signs * np.exp2(generator.uniform(-40, math.log2(high), n))]
        # All bit patterns: all scales alike.
        patterns = generator.integers(0, 0x7FF << 52, n, dtype=np.int64).view(np.float64)
        parts += [patterns * signs, np.abs(1 + signs * np.exp2(-generator.uniform(1, 53, n)))]
        place = generator.choice(places, n)
        parts.append(place + signs * np.abs(place) * np.exp2(-generator.uniform(2, 53, n)))
        steps = np.floor(np.exp2(generator.uniform(0, 30, n)))
        if name in TRIGONOMETRIC:
            # Beside multiples of pi/2 next to nothing is left of a number.
            parts.append(signs * steps * (math.pi / 2) * (1 + generator.integers(-2, 3, n) * 2.0**-52))
        else:
            # Where the number of powers of 2 that are taken off changes, and whole numbers.
            parts.append(np.where(steps % 2 == 0, (np.mod(steps, 2048) - 1024.5) * LN2, signs * (np.mod(steps, 1024))))
        x = np.concatenate(parts)
        if low == 0:
            x = np.abs(x)
        yield x[x >= -1] if name == "log1p" else x


def errors64(exact: list[Any], y: Any) -> Any:
    """The errors of float64 values."""
    high = np.array([float(v) for v in exact])
    with np.errstate(all="ignore"):
        low = np.array([float(v - h) for v, h in zip(exact, high.tolist(), strict=True)])
        errors = np.abs((y - high) - low) / units(high, 53, -1022)
    # What a number near the least one is short of has no float64.
    for i in np.flatnonzero(~np.isfinite(errors) | (np.abs(high) < 2.0**-960)):
        errors[i] = one(float(y[i]), exact[i], 53, -1022, 1024)
    return errors


def measured64(name: str, row: dict[str, Any], save: Callable[[], None], count: int) -> None:
    """The points of a function against MPFR."""
    exact, worst = FUNCTIONS[name][0], Worst(row)
    done = row.setdefault("pieces", 0)
    for place, x in enumerate(points(name, count)):
        if place < done:
            continue
        y = getattr(torch, name)(torch.from_numpy(x)).numpy()
        errors = errors64([exact(v) for v in x.tolist()], y)
        i = int(errors.argmax())
        worst.take(float(errors[i]), repr(float(x[i])))
        row["points"] += len(x)
        row["pieces"] = place + 1
        if place % 16 == 0:
            save()


def pairs(count: int, kind: type) -> Iterator[tuple[Any, Any]]:
    """Bases and exponents: powers over all of the format's range, bases on all scales and beside 1, whole exponents."""
    generator = np.random.Generator(np.random.PCG64(2027))
    small, large, least, most = (-149, 128, -149, 128) if kind is np.float32 else (-1074, 1024, -1074, 1024)
    n = PIECE // 4
    for _ in range(max(1, count // PIECE)):
        signs = generator.choice([-1.0, 1.0], n)
        logarithms = [
            generator.uniform(small, large, n),
            generator.uniform(-2, 2, n),
            signs * np.exp2(-generator.uniform(1, 22 if kind is np.float32 else 51, n)),
        ]
        base = np.exp2(np.concatenate([*logarithms, generator.uniform(-8, 8, n)])).astype(kind)
        whole = generator.integers(-40, 40, n)
        with np.errstate(all="ignore"):
            power = generator.uniform(least - 2, most + 1, 3 * n) / np.log2(base[: 3 * n].astype(np.float64))
        base[3 * n :] *= signs.astype(kind)
        exponent = np.concatenate([power, whole]).astype(kind)
        good = np.isfinite(exponent) & np.isfinite(base) & (base != 0)
        yield base[good], exponent[good]


def measured_power(kind: type, row: dict[str, Any], save: Callable[[], None], count: int) -> None:
    """Pairs of float32 against float64, and those of float64 against MPFR."""
    worst = Worst(row)
    done = row.setdefault("pieces", 0)
    for place, (base, exponent) in enumerate(pairs(count, kind)):
        if place < done:
            continue
        y = torch.pow(torch.from_numpy(base), torch.from_numpy(exponent)).numpy()
        wide, power = base.astype(np.float64), exponent.astype(np.float64)
        if kind is np.float32:
            exact = torch.pow(torch.from_numpy(wide), torch.from_numpy(power)).numpy()
            end = 2.0**128
            near, far = np.clip(y.astype(np.float64), -end, end), np.clip(exact, -end, end)
            errors = np.abs(near - far) / np.minimum(units(far, 24, -126), 2.0**104)
        else:
            errors = errors64([gmpy2.mpfr(a) ** b for a, b in zip(wide.tolist(), power.tolist(), strict=True)], y)
        i = int(errors.argmax())
        worst.take(float(errors[i]), f"{base[i]!s}, {exponent[i]!s}")
        row["points"] += len(base)
        row["pieces"] = place + 1
        if place % 16 == 0:
            save()


HEAD = """<!-- Generated by tools/ulp.py: do not edit. -->

# Accuracy

How far the vectorised functions are from the exact values, in units of the exact value's last place (below the normal
range: of the least normal number's), rounded up; a correctly rounded result is within 0.5. The same bits come of every
instruction set. Measured on the built library by `python tools/ulp.py` (half an hour of one processor; it needs
`pip install '.[accuracy]'`): float32 for every one of the 2^32 inputs against the library's float64, and wherever the
error grew again with MPFR; float64 against MPFR, at points on all scales and beside those where a kernel changes its
way; powers for pairs over all of their range. Functions of complex numbers are the platform's, and not measured.

`lgamma`, `digamma` and `erfinv` have no line. No bound by last places holds for the first two, which are 0 at negative
numbers that no format has, and lose every digit beside those; at positive float64 numbers `lgamma` was off by up to 5.2
units (just above 2) and `digamma` by up to 3.7. `erfinv` was off by up to 1.6 in float64, where all of these are within
1.5; each at 590,000 points.

| function | dtype | largest error, ULP | at | points |
|---|---|---|---|---|
"""


def page(rows: dict[str, dict[str, Any]], earlier: dict[str, str]) -> str:
    """The report: what was measured, and the earlier report's lines of what was not."""
    lines = []
    for name in [*FUNCTIONS, "pow"]:
        for kind in ("float32", "float64"):
            row = rows.get(f"{name} {kind}")
            if row and row["points"]:
                count = "all" if row["points"] == 1 << 32 else f"{row['points']:,}"
                lines.append(
                    f"| {name} | {kind} | {math.ceil(row['error'] * 1000) / 1000:.3f} | {row['at']} | {count} |"
                )
            elif line := earlier.get(f"{name} {kind}"):
                lines.append(line)
    return HEAD + "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="names of functions, with commas between")
    parser.add_argument("--float64", type=int, default=10**7, metavar="N", help="points of each float64 function")
    parser.add_argument("--pairs", type=int, default=10**9, metavar="N", help="pairs of float32 for pow")
    parser.add_argument(
        "--keep", action="store_true", help="keep what was measured of another build, the lines of the page too"
    )
    parser.add_argument("--state", type=Path, default=STATE)
    given = parser.parse_args()
    gmpy2.get_context().precision = 80
    build = hashlib.sha256(Path(_wengert.__file__).read_bytes()).hexdigest()[:16]
    rows: dict[str, dict[str, Any]] = json.loads(given.state.read_text()) if given.state.exists() else {}
    if not given.keep:
        rows = {key: row for key, row in rows.items() if row["build"] == build}

    def save() -> None:
        given.state.parent.mkdir(exist_ok=True)
        given.state.write_text(json.dumps(rows, indent=1))

    names = given.only.split(",") if given.only else [*FUNCTIONS, "pow"]
    for kind in ("float64", "float32"):
        for name in names:
            row = rows.setdefault(f"{name} {kind}", {"build": build})
            began, before = time.monotonic(), row.get("points", 0)
            if name == "pow":
                wide = kind == "float64"
                measured_power(np.float64 if wide else np.float32, row, save, given.float64 if wide else given.pairs)
            elif kind == "float64":
                measured64(name, row, save, given.float64)
            else:
                measured32(name, row, save)
            if row["points"] == before:
                continue
            save()
            print(f"{name} {kind}: {row['error']:.3f} at {row['at']}, {time.monotonic() - began:.0f} s", flush=True)
    lines = PAGE.read_text(encoding="utf-8").splitlines() if given.keep and PAGE.exists() else []
    earlier = {" ".join(line.split(" | ")[:2]).removeprefix("| "): line for line in lines if line.startswith("| ")}
    PAGE.write_text(page(rows, earlier), encoding="utf-8")


if __name__ == "__main__":
    main()
