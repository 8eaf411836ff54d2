"""What is checked of an entry: each kind of check of each variant, on each of its samples."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import FunctionType, SimpleNamespace
from typing import Any

import torch

import wengert

from . import database
from .calls import Call, Derived, differentiable, tangents
from .compare import Rules, differences, is_tensor, of_errors, tensors_in
from .translate import Maker, Untranslatable, has, named, present, twin, variant_of

VARIANTS = ("function", "method", "inplace", "operator", "inplace_operator", "out", "strided")
"""How a name is called; `strided` is the function on tensors with gaps. There is also `alias`, another name of it."""

DERIVED = ("forward", "views", "graph", "backward", "double")
"""What is compared of a call: results, whose memory they show, the names of their nodes, gradients, and theirs."""

KINDS = (*DERIVED, "jvp", "to_strided", "to_empty", "to_int64")
"""Beside them tangents, and what is written to `out`. There are also `there`, whether there is such a variant, and
`errors`."""

# Kinds of `out=` that are not tried: torch itself writes beyond such a result, and the process dies of it later.
CRASHES = {("tril", "to_strided"), ("triu", "to_strided")}


@dataclass(frozen=True, order=True)
class Check:
    """What can be excluded or pending."""

    entry: str
    variant: str
    kind: str
    dtype: str

    def __str__(self) -> str:
        return f"{self.entry} {self.variant}/{self.kind} {self.dtype}"


@dataclass
class Finding:
    """What one check of one sample said; no lines where the libraries agree."""

    check: Check
    sample: int
    lines: list[str]
    keywords: Mapping[str, Any] = field(default_factory=dict)  # the sample's, where it is one of an element type


@dataclass
class Slice:
    """Which part of an entry is run: everything, unless told otherwise."""

    samples: Callable[[str], set[int] | None] = lambda dtype: None  # the samples' numbers, None for all
    wanted: Callable[[Check], bool] = lambda check: True
    errors: int | None = None  # how many of the samples that are refused


EVERYTHING = Slice()


def absent(entry: Any) -> bool:
    """Whether wengert lacks what the entry is named after."""
    return not present(wengert, entry.name)


class Examination:
    """One entry, both libraries."""

    def __init__(self, entry: Any, part: Slice = EVERYTHING) -> None:
        self.entry = entry
        self.part = part
        self.samples = 0
        self.left_out: dict[str, int] = {}
        self.has_function = True
        try:
            ours(entry.op, entry, "function")
        except Untranslatable:
            self.has_function = False

    def findings(self) -> Iterator[Finding]:
        """Runs the entry. Whatever one sample does, the next are run."""
        state = torch.get_rng_state()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield from self.variants_there()
                for dtype in database.dtypes_of(self.entry):
                    yield from self.of_dtype(dtype)
                if self.has_function and self.wanted("function", "errors", "*"):
                    yield from self.refusals()
        finally:
            torch.set_grad_enabled(True)
            wengert.set_grad_enabled(True)
            torch.set_rng_state(state)

    def check(self, variant: str, kind: str, dtype: str) -> Check:
        return Check(self.entry.full_name, variant, kind, dtype)

    def wanted(self, variant: str, kind: str, dtype: str) -> bool:
        return self.part.wanted(self.check(variant, kind, dtype))

    def variants(self) -> dict[str, Any]:
        """The entry's functions in torch, by variant."""
        entry = self.entry
        found = {
            "function": entry.op,
            "method": entry.method_variant,
            "inplace": entry.inplace_variant,
            "operator": entry.operator_variant,
            "inplace_operator": entry.inplace_operator_variant,
        }
        return {variant: function for variant, function in found.items() if function is not None}

    def variants_there(self) -> Iterator[Finding]:
        """Whether wengert has each form of the name, and each other name."""
        for variant, function in self.variants().items():
            if self.wanted(variant, "there", "*"):
                lines = []
                try:
                    ours(function, self.entry, variant)
                except Untranslatable as error:
                    lines = [str(error)]
                yield Finding(self.check(variant, "there", "*"), 0, lines)
        for alias in self.entry.aliases:
            name = alias.name.removeprefix("torch.")
            if self.wanted("alias", "there", "*"):
                forms = [name] + [f"Tensor.{form}" for form in (name, name + "_") if has(torch.Tensor, form)]
                lines = [f"wengert has no {form}" for form in forms if not has(wengert, form)]
                yield Finding(self.check("alias", "there", "*"), 0, lines)

    def of_dtype(self, dtype: torch.dtype) -> Iterator[Finding]:
        """Every variant on the samples of one element type."""
        name = str(dtype).removeprefix("torch.")
        if not any(self.wanted(variant, kind, name) for variant in VARIANTS for kind in KINDS):
            return
        chosen = self.part.samples(name)
        if chosen is not None and not chosen:
            return
        try:
            gradients = database.wants_gradients(self.entry, dtype) and dtype not in (torch.float16, torch.bfloat16)
            limit = None if chosen is None else max(chosen) + 1
            samples = database.samples_of(self.entry, dtype, gradients, limit)
        except Exception as error:  # torch's own
            self.leave_out(f"no samples of {name}: {type(error).__name__}: {error}")
            return
        for number, sample in enumerate(samples):
            if chosen is not None and number not in chosen:
                continue
            self.samples += 1
            for variant, function in self.variants().items():
                if variant == "function" or isinstance(sample.input, torch.Tensor):
                    yield from self.guarded(self.of_variant, name, number, sample, variant, function)
            if dtype in (torch.float64, torch.int64):
                yield from self.guarded(self.of_variant, name, number, gapped(sample), "strided", self.entry.op)
            if not self.has_function:  # the check "there" says so
                continue
            if self.entry.supports_out and any(self.wanted("out", kind, name) for kind in OUTS):
                yield from self.guarded(self.of_out, name, number, sample)
            if gradients and self.entry.supports_forward_ad and self.wanted("function", "jvp", name):
                if dtype is torch.float64:
                    yield from self.guarded(self.of_tangents, name, number, sample)

    def guarded(self, run: Any, name: str, number: int, sample: Any, *rest: Any) -> Iterator[Finding]:
        """A sample that cannot be made in wengert is left out and counted."""
        try:
            for finding in run(name, number, sample, *rest):
                finding.keywords = sample.kwargs
                yield finding
        except Untranslatable as error:
            self.leave_out(str(error))

    def leave_out(self, why: str) -> None:
        self.left_out[why] = self.left_out.get(why, 0) + 1

    def rules(self, kind: str = "forward") -> Rules:
        """How this entry's results are compared."""
        undetermined = self.entry.has_nondeterministic_output
        return Rules(kind, values=not undetermined, layout=kind == "forward")

    def of_variant(self, dtype: str, number: int, sample: Any, variant: str, function: Any) -> Iterator[Finding]:
        """One call in both libraries, and what can be derived from it."""
        if not any(self.wanted(variant, kind, dtype) for kind in DERIVED):
            return
        if "operator" in variant and sample.kwargs:
            return
        try:
            counterpart = ours(function, self.entry, variant)
        except Untranslatable:  # the check "there" says so
            return
        writes = variant.startswith("inplace")
        made = [Call(library, sample) for library in (torch, wengert)]
        functions = [function, counterpart]
        if writes:
            for call in made:
                call.input = call.input.clone()
                call.starts.append((call.input.data_ptr(), call.input.numel() * call.input.element_size()))
        expected, got = (call.run(f) for call, f in zip(made, functions, strict=True))
        forward = self.check(variant, "forward", dtype)
        if expected.error is not None or got.error is not None:
            yield Finding(forward, number, of_errors(expected.error, got.error))
            return
        lines = list(differences(expected.result, got.result, self.rules()))
        if writes and not lines:
            lines += differences(expected.input, got.input, self.rules(), "the tensor written")
            for call in made:
                if call.library is wengert and variant == "inplace" and call.result is not call.input:
                    lines.append("the result is not the tensor written")
        yield Finding(forward, number, lines)
        if not self.entry.has_nondeterministic_output and not lines:
            told, found = expected.shared(), got.shared()
            line = [] if told == found else [f"memory: expected {told}, got {found}"]
            yield Finding(self.check(variant, "views", dtype), number, line)
        if lines or not expected.leaves():
            return
        yield from self.of_gradients(dtype, number, sample, variant, expected, got)

    def of_gradients(
        self, dtype: str, number: int, sample: Any, variant: str, expected: Call, got: Call
    ) -> Iterator[Finding]:
        """The nodes of the results, their gradients, and the gradients' gradients."""
        nodes = [[t.grad_fn.name() for t in differentiable(call.result)] for call in (expected, got)]
        line = [] if nodes[0] == nodes[1] else [f"nodes: expected {nodes[0]}, got {nodes[1]}"]
        yield Finding(self.check(variant, "graph", dtype), number, line)
        again = dtype == "float64" and variant == "function" and self.entry.supports_gradgrad
        process = sample.output_process_fn_grad
        told = Derived(expected, process, again).run()
        found = Derived(got, twin(process, wengert), again).run()
        backward = self.check(variant, "backward", dtype)
        if told.gradients is None or found.gradients is None:
            yield Finding(backward, number, of_errors(told.error, found.error))
            return
        rules = self.rules("backward")
        rules_again = self.rules("double")
        lines = list(differences(told.gradients, found.gradients, rules, "gradient"))
        yield Finding(backward, number, lines)
        if again and not lines:
            if told.error is not None or found.error is not None:
                lines = of_errors(told.error, found.error)
            else:
                lines = list(differences(told.second, found.second, rules_again, "second derivative"))
            yield Finding(self.check(variant, "double", dtype), number, lines)

    def of_tangents(self, dtype: str, number: int, sample: Any) -> Iterator[Finding]:
        """Forward mode."""
        expected, error = tangents(torch, self.entry.op, sample)
        got, other = tangents(wengert, ours(self.entry.op, self.entry, "function"), sample)
        if error is not None or other is not None:
            lines = of_errors(error, other)
        else:
            lines = list(differences(expected, got, self.rules("jvp"), "tangent"))
        yield Finding(self.check("function", "jvp", dtype), number, lines)

    def of_out(self, dtype: str, number: int, sample: Any) -> Iterator[Finding]:
        """Results written to `out`: of the right shape, other strides, no elements, and another type."""
        plain = SimpleNamespace(input=without(sample.input), args=without(sample.args), kwargs=without(sample.kwargs))
        first = Call(torch, plain).run(self.entry.op)
        if first.error is not None or not list(tensors_in(first.result)):
            return
        for kind, outs in OUTS.items():
            if not self.wanted("out", kind, dtype):
                continue
            if (self.entry.name, kind) in CRASHES:
                self.leave_out("torch writes beyond the result")
                continue
            calls = []
            for library, function in ((torch, self.entry.op), (wengert, ours(self.entry.op, self.entry, "function"))):
                call = Call(library, plain)
                call.keywords["out"] = out = Maker(library).value(outs(first.result))
                calls.append(call.run(function))
                if call.error is None:
                    same = [a is b for a, b in zip(tensors_in(call.result), tensors_in(out), strict=False)]
                    call.result = (list(tensors_in(out)), same)
            expected, got = calls
            if expected.error is not None or got.error is not None:
                lines = of_errors(expected.error, got.error)
            else:
                lines = list(differences(expected.result, got.result, self.rules(), "out"))
            yield Finding(self.check("out", kind, dtype), number, lines)

    def refusals(self) -> Iterator[Finding]:
        """What must be refused, is so in the same words."""
        for number, sample in enumerate(database.refused_of(self.entry, self.part.errors)):
            try:
                expected = Call(torch, sample).run(self.entry.op)
                got = Call(wengert, sample).run(ours(self.entry.op, self.entry, "function"))
            except Untranslatable as error:
                self.leave_out(str(error))
                continue
            self.samples += 1
            if expected.error is None and got.error is None:
                lines = list(differences(expected.result, got.result, self.rules()))
            else:
                lines = of_errors(expected.error, got.error)
            yield Finding(self.check("function", "errors", "*"), number, lines)


def ours(function: Any, entry: Any, variant: str) -> Any:
    """wengert's counterpart of one of the entry's functions."""
    if "operator" in variant and not isinstance(function, FunctionType):
        return function
    if variant == "inplace":
        name = getattr(function, "__name__", entry.name)
        if has(torch.Tensor, name) and getattr(torch.Tensor, name) is function:
            return named(wengert.Tensor, name)
    if variant == "method" and getattr(torch.Tensor, entry.name, None) is function:
        return named(wengert.Tensor, entry.name)
    return variant_of(function, entry.name, wengert)


def gapped(sample: Any) -> Any:
    """The sample with tensors between whose elements lie others."""
    made = sample.noncontiguous()
    made.output_process_fn_grad = sample.output_process_fn_grad
    return made


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """Every tensor of a value changed."""
    if is_tensor(value):
        return change(value)
    if isinstance(value, (list, tuple)):
        parts = [mapped(part, change) for part in value]
        return parts if isinstance(value, list) else tuple(parts)
    if isinstance(value, dict):
        return {key: mapped(part, change) for key, part in value.items()}
    return value


def without(value: Any) -> Any:
    """The same tensors, wanting no gradient."""
    known: dict[int, Any] = {}
    return mapped(value, lambda tensor: known.setdefault(id(tensor), tensor.detach()))


def transposed(result: Any) -> Any:
    """Tensors of the results' shapes and types, whose first dimension lies closest together."""

    def change(tensor: torch.Tensor) -> torch.Tensor:
        dims = tuple(range(tensor.dim()))[::-1]
        return torch.ones(tuple(tensor.shape)[::-1], dtype=tensor.dtype).permute(dims)

    return mapped(result, change)


def emptied(result: Any) -> Any:
    return mapped(result, lambda tensor: torch.empty(0, dtype=tensor.dtype))


def whole(result: Any) -> Any:
    return mapped(result, lambda tensor: torch.ones(tuple(tensor.shape), dtype=torch.int64))


OUTS = {"to_strided": transposed, "to_empty": emptied, "to_int64": whole}
"""What `out` is made of the results, by the kind of check."""
