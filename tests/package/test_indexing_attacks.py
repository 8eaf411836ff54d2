"""Keys made to break indexing: each gives an exception or torch's answer, and what was refused changed nothing."""

from __future__ import annotations

import gc
import itertools
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy
import pytest

import wengert as torch


def fresh() -> Any:
    return torch.arange(24.0).view(2, 3, 4).clone()


class Index:
    """An object whose `__index__` does what it is told."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self.act = act

    def __index__(self) -> Any:
        return self.act()


class Sequence:
    """A sequence that says of itself what it is told."""

    def __init__(self, length: Callable[[], Any], item: Callable[[int], Any]) -> None:
        self.length, self.item = length, item

    def __len__(self) -> Any:
        return self.length()

    def __getitem__(self, i: int) -> Any:
        return self.item(i)


def failing(*_: object) -> Any:
    raise KeyError("attack")


def itself() -> list[Any]:
    loop: list[Any] = [0]
    loop.append(loop)
    return loop


def each_other() -> list[Any]:
    one: list[Any] = []
    one.append([one])
    return one


def deep(n: int) -> Any:
    nest: Any = 0
    for _ in range(n):
        nest = [nest]
    return nest


HUGE = [2**31, 2**32, 2**62, 2**63 - 1, 2**63, 2**64, 2**70, 10**400]
NUMBERS = [sign * n for n in HUGE for sign in (1, -1)] + [-(2**62) - 1]
BROKEN: dict[str, Callable[[], Any]] = {
    **{f"int {n if abs(n) < 2**80 else 'enormous'}": (lambda n=n: n) for n in NUMBERS},
    **{f"in a list {n if abs(n) < 2**80 else 'enormous'}": (lambda n=n: [n]) for n in NUMBERS},
    **{f"in a tensor {n}": (lambda n=n: torch.tensor([n])) for n in NUMBERS if -(2**63) <= n < 2**63},
    "step 0": lambda: slice(None, None, 0),
    "step -1": lambda: slice(None, None, -1),
    "step -huge": lambda: slice(None, None, -(2**70)),
    "float": lambda: 1.5,
    "nan in a list": lambda: [float("nan")],
    "inf in a list": lambda: [float("inf")],
    "complex in a list": lambda: [1j],
    "text": lambda: "abc",
    "bytes": lambda: b"abc",
    "lone surrogate": lambda: "\ud800",
    "nul": lambda: "\0",
    "dict": dict,
    "generator": lambda: (i for i in range(2)),
    "type": lambda: int,
    "failing __index__": lambda: Index(failing),
    "failing __index__ in a tuple": lambda: (0, Index(failing)),
    "failing __index__ in a list": lambda: [Index(failing)],
    "failing __index__ in a slice": lambda: slice(Index(failing), None),
    "__index__ of no int": lambda: Index(lambda: "1"),
    "__index__ of a huge int": lambda: Index(lambda: 2**70),
    "failing __len__": lambda: Sequence(failing, lambda i: 0),
    "failing __getitem__": lambda: Sequence(lambda: 2, failing),
    "__len__ too long": lambda: Sequence(lambda: 5, [0, 1].__getitem__),
    "__len__ too short": lambda: Sequence(lambda: 1, [0, 1].__getitem__),
    "__len__ huge": lambda: Sequence(lambda: 2**62, [0, 1].__getitem__),
    "__len__ negative": lambda: Sequence(lambda: -1, [0, 1].__getitem__),
    "__len__ that changes": lambda: Sequence(itertools.count(1).__next__, [0, 1].__getitem__),
    "itself": itself,
    "itself in a tuple": lambda: (itself(),),
    "each other": each_other,
    "each other in a tuple": lambda: (each_other(),),
    "200 deep": lambda: (deep(200),),
    "100000 deep": lambda: deep(100_000),
    "itself as its element": lambda: (lambda s: (setattr(s, "item", lambda i: s), s)[1])(Sequence(lambda: 1, failing)),
    "too many": lambda: (0,) * 100,
    "too many tensors": lambda: (torch.tensor([0]),) * 100,
    "too many ellipses, then one": lambda: (..., ..., 0),
    "many ellipses, then a tensor": lambda: (..., ..., torch.tensor([0])),
    "many ellipses, then a slice": lambda: (..., ..., slice(1)),
    "many ellipses, then a mask": lambda: (..., ..., torch.ones(4).bool()),
    "1000 new dimensions": lambda: (None,) * 1000,
    "mask of 3 dimensions, behind one": lambda: (0, torch.ones(2, 3, 4).bool()),
    "lists as a mask of 2 dimensions, behind two": lambda: (0, 0, [[True] * 3] * 2),
    "mask of another extent": lambda: torch.ones(5).bool(),
    "float tensor": lambda: torch.tensor([0.0]),
    "unlike shapes": lambda: (torch.zeros(2, 3).long(), torch.zeros(4).long()),
    "ragged": lambda: ([[0, 1], [0]],),
}


def outcome(act: Callable[[], Any]) -> str:
    """`done`, or the exception's class: never a panic's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            act()
        except (
            IndexError,
            TypeError,
            ValueError,
            KeyError,
            OverflowError,
            RecursionError,
            MemoryError,
            RuntimeError,
        ) as e:
            assert "internal error" not in str(e), e
            return type(e).__name__
    return "done"


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_key_is_refused_or_read(name: str) -> None:
    x = fresh()
    outcome(lambda: x[BROKEN[name]()])
    assert x.tolist() == fresh().tolist()
    assert x._version == 0


@pytest.mark.parametrize("name", BROKEN)
def test_a_write_that_is_refused_changes_nothing(name: str) -> None:
    x, w = fresh(), torch.tensor(2.0, requires_grad=True)
    for value in (1.0, w, torch.ones(3, 4)):
        if outcome(lambda x=x, value=value: x.__setitem__(BROKEN[name](), value)) != "done":
            assert x.tolist() == fresh().tolist()
            assert x._version == 0
            assert not x.requires_grad
        else:
            x = fresh()


@pytest.mark.parametrize("bound", NUMBERS)
@pytest.mark.parametrize("place", ["start", "stop", "step"])
def test_huge_bounds_are_the_ends(place: str, bound: int) -> None:
    x, plain = torch.arange(5), list(range(5))
    key = slice(*(bound if place == p else None for p in ("start", "stop", "step")))
    if place == "step" and bound < 0:
        assert outcome(lambda: x[key]) == "ValueError"
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert x[key].tolist() == plain[key]
        x[key] = 9
    expected = plain.copy()
    for i in range(5)[key]:
        expected[i] = 9
    assert x.tolist() == expected


def test_a_huge_step_of_a_view_keeps_its_gradient() -> None:
    x = torch.ones(5, 2, requires_grad=True)
    (x[:: 2**62][:, :: 2**62] * 3).sum().backward()
    assert x.grad.tolist() == [[3.0, 0.0]] + [[0.0, 0.0]] * 4


SHAPES = [(0,), (0, 3), (3, 0), (1, 0, 2), ()]
EMPTY_KEYS: list[Any] = [
    0, -1, [0], [], slice(None), slice(0, 0), slice(-(2**62), 2**62, 2**40), None, ..., True, False, [[]],
    (slice(None), [0]), (..., [0]), (..., -1), [True], [False], ([], []),
]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_to_index(shape: tuple[int, ...]) -> None:
    for key in EMPTY_KEYS:
        x = torch.ones(shape, requires_grad=True)
        outcome(lambda x=x, key=key: x[key].sum().backward())
        y = torch.ones(shape)
        before = y.tolist()
        if outcome(lambda y=y, key=key: y.__setitem__(key, 2.0)) != "done":
            assert y.tolist() == before


def shrink(x: Any) -> None:
    x.data = torch.zeros(1)


def grow(x: Any) -> None:
    x.data = torch.zeros(2, 2, 2, 2, 2, 2)


def flatten(x: Any) -> None:
    x.data = torch.tensor(1.0)


def write(x: Any) -> None:
    x.add_(1)


def collect(_: Any) -> None:
    gc.collect()


@pytest.mark.parametrize("change", [shrink, grow, flatten, write, collect])
@pytest.mark.parametrize(
    "make",
    [
        lambda act: Index(act),
        lambda act: (Index(act), 0),
        lambda act: (..., Index(act)),
        lambda act: (slice(Index(act), None), [0]),
        lambda act: ([0, 1], Index(act)),
        lambda act: (torch.ones(2, 3).bool(), Index(act)),
        lambda act: Sequence(lambda: 2, lambda i: act() if i < 2 else failing()),
        lambda act: (Sequence(lambda: 1 + act(), [0, 1].__getitem__), 0),
    ],
)
def test_a_key_that_changes_the_tensor(make: Callable[[Any], Any], change: Callable[[Any], None]) -> None:
    for wants in (False, True):
        x = fresh().requires_grad_(wants)

        def act(x: Any = x) -> int:
            with torch.no_grad():
                change(x)
            return 0

        outcome(lambda x=x, act=act: x[make(act)])
        outcome(lambda x=x, act=act: x.__setitem__(make(act), 1.0))
        outcome(lambda x=x, act=act: (x * 2).__setitem__(make(act), x))
        x.tolist()


def test_a_list_that_changes_while_it_is_read() -> None:
    for act in (lambda parts: parts.clear(), lambda parts: parts.extend([0] * 100), lambda parts: parts.pop()):
        parts: list[Any] = []

        def index(act: Any = act, parts: Any = parts) -> int:
            act(parts)
            return 0

        parts.extend([slice(Index(index), None), 0, 0])
        outcome(lambda parts=parts: fresh()[parts])
        parts[:] = [[Index(index)], 0, 0]
        outcome(lambda parts=parts: fresh()[parts])
        outcome(lambda parts=parts: fresh().__setitem__(parts, 1.0))


def test_a_warning_that_raises_or_changes_the_tensor(monkeypatch: pytest.MonkeyPatch) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x = fresh()
        with pytest.raises(UserWarning, match="non-tuple"):
            x[[[0], [1]]] = 1.0
        with pytest.raises(UserWarning, match="uint8"):
            x[torch.tensor([1, 0]).to(torch.uint8)]
        with pytest.raises(UserWarning, match="Truncating"):
            x[-(2**70) :]
        y = torch.zeros(1).expand(3)
        with pytest.raises(UserWarning, match="expanded"):
            y[[0]] = 1.0
        assert x.tolist() == fresh().tolist()
        assert y.tolist() == [0.0] * 3
    for change in (shrink, grow, flatten, write):
        z = torch.zeros(2, 1, 3).expand(2, 4, 3)
        mask = torch.tensor([1, 0]).to(torch.uint8)
        monkeypatch.setattr(warnings, "showwarning", lambda *_, change=change, z=z, **__: outcome(lambda: change(z)))
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            for key in ([0], mask, ([0], [0], [0]), [[0], [0]], (slice(-(2**70), None), [0], [0])):
                try:
                    z[key] = 1.0
                except (RuntimeError, IndexError) as error:
                    assert "internal error" not in str(error)


@pytest.mark.parametrize(
    "value", ["a", None, [1.0], (1,), object(), {}, 2**70, 1e300, 1j, Index(failing), Sequence(failing, failing)]
)
def test_a_value_that_is_refused_changes_nothing(value: Any) -> None:
    for key in (0, slice(None), ..., (), [0], (slice(None), [0, 1]), torch.tensor([True, False]), True, None):
        x = fresh()
        assert outcome(lambda x=x, key=key: x.__setitem__(key, value)) in {"TypeError", "ValueError", "RuntimeError"}
        assert x.tolist() == fresh().tolist()
        assert x._version == 0


def test_subclasses_that_misbehave() -> None:
    class Wrong(torch.Tensor):
        answer: Any = None

        @classmethod
        def __torch_function__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if isinstance(cls.answer, BaseException):
                raise cls.answer
            return cls.answer

    x = fresh().as_subclass(Wrong)
    for answer in (KeyError("attack"), NotImplemented, "text", -1, 2**70, None):
        Wrong.answer = answer
        for act in (
            lambda: x[0],
            lambda: x.__setitem__(0, 1.0),
            lambda: len(x),
            lambda: x.shape,
            lambda: setattr(x, "requires_grad", True),
            lambda: fresh()[x],
            lambda: fresh()[0, x],
            lambda: fresh().__setitem__(0, x),
            lambda: reversed(x),
            lambda: list(x),
        ):
            outcome(act)
    assert type(fresh()[0]) is torch.Tensor


def test_a_handler_that_indexes_again_ends_in_a_recursion_error() -> None:
    class Again(torch.Tensor):
        @classmethod
        def __torch_function__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            return args[0][0]

    x = fresh().as_subclass(Again)
    assert outcome(lambda: x[0]) == "RecursionError"


def test_every_dimension_may_have_its_tensor_of_indices() -> None:
    for n in (6, 7, 8, 9, 20, 64):
        x = torch.arange(2.0).view(2, *[1] * (n - 1)).clone().requires_grad_()
        at = (torch.tensor([1, 0, 1]), *[torch.tensor([0, 0, 0])] * (n - 1))
        y = x[at]
        assert y.tolist() == [1.0, 0.0, 1.0]
        (first,) = torch.autograd.grad((y * torch.tensor([1.0, 2.0, 4.0])).sum(), x, create_graph=True)
        assert first.reshape(2).tolist() == [2.0, 5.0]
        z, source = x * 1, torch.tensor([5.0, 6.0, 7.0], requires_grad=True)
        z[at] = source
        z.sum().backward()
        assert source.grad.tolist() == [1.0, 1.0, 1.0]
        assert x.grad.reshape(2).tolist() == [0.0, 0.0]


def test_masks_and_indices_that_another_thread_writes() -> None:
    memory, places = numpy.zeros(20_000, dtype=bool), numpy.zeros(20_000, dtype=numpy.int64)
    mask, at = torch.from_numpy(memory), torch.from_numpy(places)
    stop = threading.Event()

    def disturb() -> None:
        for on in itertools.cycle((True, False)):
            if stop.is_set():
                return
            memory[::2] = on
            places[::3] = 2**62 if on else 0

    worker = threading.Thread(target=disturb)
    worker.start()
    try:
        x = torch.arange(20_000.0)
        for _ in range(200):
            assert x[mask].numel() <= 20_000
            outcome(lambda: x[at])
            outcome(lambda: x.__setitem__(at, 1.0))
            outcome(lambda: x.__setitem__(mask, 2.0))
            outcome(lambda: x.__setitem__(mask, torch.ones(10_000)))
    finally:
        stop.set()
        worker.join()


def test_iterators_outlive_their_tensor() -> None:
    def parts() -> Iterator[Any]:
        return iter(fresh())

    left = parts()
    gc.collect()
    assert [part.shape for part in left] == [(3, 4), (3, 4)]
    assert outcome(lambda: iter(torch.tensor(1.0))) == "TypeError"
    backwards = reversed(fresh().requires_grad_())
    assert backwards.grad_fn.name() == "FlipBackward0"
    assert backwards[1].tolist() == fresh()[0].tolist()
