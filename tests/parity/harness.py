"""Runs a scenario against a library and turns what happened into an outcome: plain data to store and compare.

Tensors become a header (dtype, shape, strides, flags, grad_fn) and their elements; floats keep their bits, as hex, so a
recording holds exactly what torch computed and the tolerance is applied when comparing, never when storing.
"""

import math
import re
import struct
import warnings
from collections.abc import Iterator
from typing import Any

from .catalogue import Scenario

# The character that struct knows the dtype by, and the default tolerances (relative, absolute). float64 is held far
# tighter than torch's own tests do: 1e-7 would let a float32 intermediate pass.
FLOATS = {
    "float16": ("e", 1e-3, 1e-5),
    "float32": ("f", 1.3e-6, 1e-6),
    "float64": ("d", 1e-12, 1e-12),
}
COMPLEX = {"complex32": "float16", "complex64": "float32", "complex128": "float64"}

# torch prints these once a process. They are recorded always; the library under test may have shown its own earlier.
ONCE = (
    "Using backward() with create_graph=True",
    "Converting a tensor with requires_grad=True to a scalar",
    "The use of `x.T` on tensors of dimension other than 2",
    "Tensor.T is deprecated on 0-D tensors",
    "Casting complex values to real discards the imaginary part",
    "where received a uint8 condition tensor",
    "torch.searchsorted(): ",
    "The reduce argument of torch.scatter with Tensor src",
    "index_reduce() is in beta",
    "torch.meshgrid: in an upcoming release",
    "adjoint() is deprecated on 0-D tensors",
    "Creating a tensor from a list of numpy.ndarrays",
    "The given NumPy array is not writable",
    "The given buffer is not writable",
    "torch.asarray: unspecified requires_grad",
    "Using torch.cross without specifying the dim arg is deprecated.",
    "torch.chain_matmul is deprecated",
    "torch.ger is deprecated",
)
shown_once: dict[str, set[str]] = {}


class Raised:
    """What a scenario gets from `caught` when the call raised."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


def caught(call: Any, *arguments: Any, **keywords: Any) -> Any:
    """The call's value, or what it raised; either can be part of a scenario's value."""
    try:
        return call(*arguments, **keywords)
    except Exception as error:
        return Raised(error)


def graph(tensor: Any, depth: int = 8) -> Any:
    """The names of the nodes behind a tensor: [name, inputs], where an input is (graph, output number)."""

    def walk(node: Any, left: int) -> Any:
        if node is None or left == 0:
            return None
        # What lies behind a view's write is told differently on purpose: wengert's nodes do not nest in each other.
        if node.name().endswith("CopySlices"):
            return [node.name(), "..."]
        return [node.name(), [(walk(parent, left - 1), number) for parent, number in node.next_functions]]

    return walk(tensor.grad_fn, depth)


def outcome(library: Any, scenario: Scenario) -> dict[str, Any]:
    """What the scenario does with this library: {"value": ...} or {"raised": ...}, and {"warned": ...} if it warned."""
    library.set_grad_enabled(True)
    if hasattr(library, "set_warn_always"):
        library.set_warn_always(True)
    with warnings.catch_warnings(record=True) as told_warnings:
        warnings.simplefilter("always")
        try:
            result = scenario.run(library)
        except Exception as error:
            told = {"raised": described(error)}
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                told = {"value": canonical(library, result, scenario.prints)}
    library.set_grad_enabled(True)
    warned = []
    for warning in told_warnings:
        entry = [warning.category.__name__, cleaned(str(warning.message)).partition("\n")[0]]
        if "torch.jit.script" in entry[1] or (entry[1].startswith(ONCE) and entry in warned):
            continue  # the first is torch about its own machinery
        warned.append(entry)
    return told | {"warned": warned} if warned else told


def described(error: BaseException) -> list[str]:
    """An exception as plain data."""
    return [type(error).__name__, cleaned(str(error))]


def cleaned(text: str) -> str:
    """A message without what changes from run to run, and without torch's own source lines and C++ frames."""
    text = re.sub(r'\nException raised from [^"]*', "", text)
    text = re.sub(r" \(Triggered internally at [^)]*\)", "", text)
    text = re.sub(r"<class '[\w.<>]*\.(\w+)'>", r"<class '\1'>", text)
    return re.sub(r"0x[0-9a-f]{6,}", "0x...", text)


def canonical(library: Any, value: Any, prints: bool) -> Any:
    """A scenario's value as plain data."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, library.Tensor):
        return canonical_tensor(library, value, prints)
    if isinstance(value, float):
        return {"float": bits("float64", [value])}
    if isinstance(value, complex):
        return {"complex": bits("float64", [value.real, value.imag])}
    if isinstance(value, Raised):
        return {"raised": described(value.error)}
    if isinstance(value, dict):
        return {str(key): canonical(library, part, prints) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        # A named tuple's or Size's type is part of the interface; a plain list and a plain tuple differ as well.
        kind = "" if type(value) is list else type(value).__name__
        parts = [canonical(library, part, prints) for part in value]
        return {kind: parts} if kind else parts
    if isinstance(value, type):
        return {"type": value.__name__}
    if isinstance(value, library.dtype):
        return {"dtype": str(value)}
    return {"object": type(value).__name__}


def canonical_tensor(library: Any, tensor: Any, prints: bool) -> dict[str, Any]:
    """A tensor as plain data."""
    dtype = str(tensor.dtype).removeprefix("torch.")
    header = [dtype, str(list(tensor.shape)), str(list(tensor.stride()))]
    if type(tensor) is not library.Tensor:
        header.append(type(tensor).__name__)
    try:
        header += ["leaf"] * bool(tensor.is_leaf) + ["requires_grad"] * bool(tensor.requires_grad)
        header += [] if tensor.grad_fn is None else [tensor.grad_fn.name()]
    except RuntimeError as error:  # a view whose base was written in a way that it cannot follow
        header.append(str(error))
    told = {"tensor": " ".join(header), "elements": elements(dtype, tensor.tolist())}
    return told | {"repr": cleaned(repr(tensor))} if prints else told


def elements(dtype: str, nested: Any) -> Any:
    """The elements in order: hex of their bits for floats, 0 and 1 for bool, else Python integers."""
    flat = list(flattened(nested))
    if dtype in COMPLEX:
        return bits(COMPLEX[dtype], [part for number in flat for part in (number.real, number.imag)])
    if dtype in FLOATS:
        return bits(dtype, flat)
    if dtype == "bool":
        return "".join("01"[element] for element in flat)
    return flat


def flattened(nested: Any) -> Iterator[Any]:
    """The leaves of nested lists."""
    if isinstance(nested, list):
        for part in nested:
            yield from flattened(part)
    else:
        yield nested


def bits(dtype: str, numbers: list[float]) -> str:
    """The big-endian bits of each number; every NaN is the same, since its sign and payload are nobody's promise."""
    character = FLOATS[dtype][0]
    return "".join("nan" if math.isnan(x) else struct.pack(f">{character}", x).hex() for x in numbers)


def numbers_of(dtype: str, text: str) -> list[float]:
    """The inverse of `bits`."""
    character = FLOATS[dtype][0]
    found = re.findall(rf"nan|[0-9a-f]{{{2 * struct.calcsize(character)}}}", text)
    return [math.nan if part == "nan" else struct.unpack(f">{character}", bytes.fromhex(part))[0] for part in found]


def differences(expected: dict[str, Any], got: dict[str, Any], scenario: Scenario, library: str = "") -> list[str]:
    """Where two outcomes of a scenario differ, one line each; `library` names the one that made `got`."""
    seen = shown_once.setdefault(library, set())
    wanted = [w for w in expected.get("warned", []) if w in got.get("warned", []) or w[1] not in seen]
    seen.update(text for _, text in got.get("warned", []) if text.startswith(ONCE))
    expected, got = dict(expected), dict(got)
    expected["warned"], got["warned"] = wanted, got.get("warned", [])
    return list(compared("", expected, got, scenario.tolerance))


def compared(path: str, expected: Any, got: Any, tolerance: dict[str, float] | None) -> Iterator[str]:
    """The lines of `differences`, below one place in the outcome."""
    if isinstance(expected, dict) and isinstance(got, dict) and expected.keys() == got.keys():
        numeric = number_type(expected)
        for key in expected:
            if key in ("elements", "float", "complex") and numeric and expected.get("tensor") == got.get("tensor"):
                yield from compared_numbers(path, numeric, expected[key], got[key], tolerance)
            else:
                yield from compared(f"{path}.{key}" if key else path, expected[key], got[key], tolerance)
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        for index, (one, other) in enumerate(zip(expected, got, strict=True)):
            yield from compared(f"{path}[{index}]", one, other, tolerance)
    elif isinstance(expected, float) and isinstance(got, float) and math.isnan(expected) and math.isnan(got):
        return
    elif type(expected) is not type(got) or expected != got:
        yield f"{path}: expected {expected!r}\n    got {got!r}"


def number_type(told: dict[str, Any]) -> str | None:
    """The dtype whose bits this part of an outcome holds as hex, if it does."""
    if told.keys() in ({"float"}, {"complex"}):
        return "float64"
    # A scenario's own dictionary may have such a key too; a tensor's header is text, beside its elements.
    if "elements" not in told:
        return None
    name = told.get("tensor", "").partition(" ")[0]
    name = COMPLEX.get(name, name)
    return name if name in FLOATS else None


def compared_numbers(
    path: str, dtype: str, expected: str, got: str, tolerance: dict[str, float] | None
) -> Iterator[str]:
    """One line for the numbers of one tensor: how many differ, and the first."""
    if expected == got:
        return
    wanted, found = numbers_of(dtype, expected), numbers_of(dtype, got)
    if len(wanted) != len(found):
        yield f"{path}: expected {len(wanted)} numbers, got {len(found)}"
        return
    if tolerance is None:
        wrong = [i for i, (a, b) in enumerate(zip(wanted, found, strict=True)) if bits(dtype, [a]) != bits(dtype, [b])]
    else:
        _, rtol, atol = FLOATS[dtype]
        limits = {"rtol": rtol, "atol": atol} | tolerance
        wrong = [i for i, (a, b) in enumerate(zip(wanted, found, strict=True)) if not near(a, b, **limits)]
    if wrong:
        i = wrong[0]
        yield f"{path}: {len(wrong)} of {len(wanted)} differ; [{i}] expected {wanted[i]!r}, got {found[i]!r}"


def near(a: float, b: float, rtol: float, atol: float) -> bool:
    """Whether b is a within the tolerance; infinities and NaN only equal themselves."""
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    if math.isinf(a) or math.isinf(b):
        return a == b
    return abs(a - b) <= atol + rtol * abs(a)
