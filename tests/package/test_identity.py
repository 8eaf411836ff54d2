"""A tensor is one Python object: what hangs on it lives as long as anything, the graph included, holds the tensor.

The first half holds for PyTorch 2.13.0 too, as does `TestAlive`. `TestCycles` and `TestReleased` ask for more than
PyTorch gives: cycles through the graph are collected, and nothing is left behind.
"""

import gc
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import wengert as torch


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    gc.collect()
    yield
    gc.collect()


def leaf(*values: float) -> Any:
    return torch.tensor([*values], requires_grad=True)


class Slotted(torch.Tensor):
    """A subclass with a slot of its own."""

    __slots__ = ("note",)


class Counted(torch.Tensor):
    """A subclass that counts its ends."""

    ended = 0

    def __del__(self) -> None:
        type(self).ended += 1


class TestIdentity:
    def test_the_graph_keeps_an_input_with_its_attributes(self) -> None:
        x = leaf(1.0, 2.0)
        x.note = ["mine"]
        y = x * x
        address = id(x)
        del x
        gc.collect()
        x = y.grad_fn._saved_self
        assert id(x) == address
        assert x.note == ["mine"]
        assert y.grad_fn._saved_other is x

    def test_a_weak_reference_lives_while_the_graph_holds_the_tensor(self) -> None:
        x = leaf(1.0)
        called = []
        name = weakref.ref(x, called.append)
        y = x * x
        del x
        gc.collect()
        assert name() is y.grad_fn._saved_self
        assert not called
        del y
        assert name() is None
        assert called == [name]

    def test_a_subclass_with_slots_survives_in_the_graph(self) -> None:
        x = torch.Tensor._make_subclass(Slotted, torch.ones(2), True)
        x.note = "mine"
        name = weakref.ref(x)
        y = x * x
        del x
        gc.collect()
        x = name()
        assert type(x) is Slotted
        assert x.note == "mine"
        del x, y
        assert name() is None

    def test_the_gradient_is_one_object(self) -> None:
        x = leaf(1.0, 2.0)
        (x * 2).sum().backward()
        assert x.grad is x.grad
        x.grad.note = "mine"
        gradient, address = x.grad, id(x.grad)
        del gradient
        gc.collect()
        (x * 3).sum().backward()
        assert id(x.grad) == address
        assert x.grad.note == "mine"
        assert x.grad.tolist() == [5.0, 5.0]

    def test_an_assigned_gradient_is_the_one_that_was_assigned(self) -> None:
        x, gradient = leaf(1.0), torch.ones(1)
        x.grad = gradient
        assert x.grad is gradient
        name = weakref.ref(gradient)
        del gradient
        assert name() is x.grad
        del x.grad
        assert name() is None

    def test_a_view_names_the_very_tensor_it_was_made_of(self) -> None:
        x = torch.zeros(4)
        x.note = "mine"
        view = x[1:]
        assert view._base is x
        del x
        gc.collect()
        assert view._base.note == "mine"

    def test_an_operator_in_place_returns_its_own_object(self) -> None:
        x = torch.zeros(2)
        y = x
        x += 1
        assert x is y
        assert x.add_(1) is y

    def test_a_finaliser_runs_once_and_only_when_nothing_holds_the_tensor(self) -> None:
        Counted.ended = 0
        x = torch.Tensor._make_subclass(Counted, torch.ones(2), True)
        y = x * x
        del x
        assert Counted.ended == 0
        del y
        gc.collect()
        assert Counted.ended >= 1
        before = Counted.ended
        gc.collect()
        assert Counted.ended == before

    def test_the_class_of_a_tensor_can_be_changed(self) -> None:
        class Plain(torch.Tensor):
            pass

        x = torch.ones(2)
        x.__class__ = Plain
        assert type(x * 2) is Plain
        x.__class__ = torch.Tensor
        assert type(x) is torch.Tensor

    def test_a_tensor_is_hashed_by_its_identity(self) -> None:
        x, y = torch.ones(2), torch.ones(2)
        assert hash(x) == id(x)
        assert len({x, y, x}) == 2

    def test_what_dies_while_an_exception_is_on_its_way_leaves_it_alone(self) -> None:
        def fail() -> None:
            x = torch.Tensor._make_subclass(Counted, torch.ones(2), True)
            y = x * x
            del x
            try:
                raise KeyError("mine")
            finally:
                del y

        with pytest.raises(KeyError, match="mine"):
            fail()

    def test_instances_of_subclasses_are_made_by_new(self) -> None:
        class Named(torch.Tensor):
            title: str

            @staticmethod
            def __new__(cls: Any, data: Any, title: str) -> Any:
                return super().__new__(cls, data)

            def __init__(self, data: Any, title: str) -> None:
                self.title = title

        x = Named([1.0, 2.0], "mine")
        assert type(x) is Named
        assert x.title == "mine"
        assert x.dtype == torch.float32
        assert Named(torch.ones(3), "other").shape == (3,)


class TestAlive:
    """What something still holds is never cleared."""

    def test_an_intermediate_result_that_outlives_a_collected_graph(self) -> None:
        x = leaf(1.0, 2.0)
        x.note = "mine"
        y = x * x
        del x
        z = (y * 2) * y
        z.me = z
        del z
        for _ in range(3):
            gc.collect()
        assert y.grad_fn is not None
        assert y.grad_fn._saved_self.note == "mine"

    @pytest.mark.filterwarnings("ignore:Using backward")
    def test_a_gradient_whose_graph_leads_back_to_its_tensor(self) -> None:
        x = leaf(1.0, 2.0)
        x.note = "mine"
        (x * x * x).sum().backward(create_graph=True)
        gradient = x.grad
        name = weakref.ref(x)
        del x
        for _ in range(3):
            gc.collect()
        x = name()
        assert x is not None
        assert x.note == "mine"
        assert x.grad is gradient
        (again,) = torch.autograd.grad(gradient.sum(), x)
        assert again.tolist() == [6.0, 12.0]
        x.grad = None

    def test_a_hook_that_only_the_graph_holds(self) -> None:
        seen: list[Any] = []
        x = leaf(1.0)
        y = x * x
        x.register_hook(seen.append)
        del x
        for _ in range(3):
            gc.collect()
        y.sum().backward()
        assert [g.tolist() for g in seen] == [[2.0]]

    def test_two_tensors_that_share_a_gradient(self) -> None:
        inner = leaf(1.0)
        inner.note = "mine"
        gradient = inner * inner
        del inner
        a, b = leaf(2.0), leaf(3.0)
        a.grad = gradient
        b.grad = gradient
        del gradient
        y = a * b
        a.me = a
        del a
        for _ in range(3):
            gc.collect()
        a = y.grad_fn._saved_self
        assert a.grad is b.grad
        assert a.grad.grad_fn._saved_self.note == "mine"


def hook_on_a_leaf() -> Any:
    x = leaf(1.0)
    x.register_hook(lambda g: x and None)
    return x


def attribute() -> Any:
    x = leaf(1.0)
    x.me = x
    return x


def attribute_of_the_result() -> Any:
    x = leaf(1.0)
    y = x * x
    x.y = y
    return x


def hook_on_a_result() -> Any:
    x = leaf(1.0)
    y = x * x
    y.register_hook(lambda g: y and None)
    return x


def hook_within_a_graph() -> Any:
    x = leaf(1.0)
    y = x * x
    z = y * y + y
    y.register_hook(lambda g: z and None)
    return x


def gradient_with_a_graph() -> Any:
    x = leaf(1.0)
    x.grad = x * x
    return x


def long_chain() -> Any:
    x = y = leaf(1.0)
    for _ in range(100):
        y = y * y
    x.y = y
    return x


def two_leaves() -> Any:
    a, b = leaf(1.0), leaf(2.0)
    a.other, b.other = b * b, a * a
    return a


def slots() -> Any:
    x = torch.Tensor._make_subclass(Slotted, torch.ones(2), True)
    x.note = [x * x]
    return x


SHAPES = [
    hook_on_a_leaf,
    attribute,
    attribute_of_the_result,
    hook_on_a_result,
    hook_within_a_graph,
    gradient_with_a_graph,
    long_chain,
    two_leaves,
    slots,
]


class TestCycles:
    """A cycle that passes through the graph is garbage like any other."""

    @pytest.mark.parametrize("shape", SHAPES)
    def test_a_cycle_is_collected(self, shape: Callable[[], Any]) -> None:
        gc.disable()
        try:
            name = weakref.ref(shape())
            assert name() is not None
        finally:
            gc.enable()
        gc.collect()
        assert name() is None

    def test_cycles_are_collected_while_tensors_are_made(self) -> None:
        before = gc.get_threshold()
        gc.set_threshold(1)
        try:
            names = [weakref.ref(shape()) for shape in SHAPES * 5]
        finally:
            gc.set_threshold(*before)
        gc.collect()
        assert [name() for name in names] == [None] * len(names)


def live() -> dict[str, int]:
    """How many records of each kind there are."""
    return dict(torch._wengert._live_records())


class TestReleased:
    """What nothing holds is gone, all of it, at once."""

    def test_dropping_the_result_drops_the_graph(self) -> None:
        before = live()
        x = leaf(1.0, 2.0)
        y = x
        for _ in range(50):
            y = y * x + y
        del x, y
        assert live() == before

    @pytest.mark.parametrize("shape", SHAPES)
    def test_a_collected_cycle_leaves_no_record(self, shape: Callable[[], Any]) -> None:
        before = live()
        shape()
        gc.collect()
        assert live() == before

    def test_an_object_that_is_used_again_remembers_nothing(self) -> None:
        for _ in range(3):
            old = [torch.ones(1) for _ in range(300)]
            names = []
            for x in old:
                x.note = "old"
                names.append(weakref.ref(x))
            del old, x
            assert [name() for name in names] == [None] * 300
            new = [torch.ones(1) for _ in range(300)]
            assert all(x.__dict__ == {} for x in new)
            assert all(weakref.getweakrefcount(x) == 0 for x in new)
            assert all(gc.is_tracked(x) for x in new)

    def test_long_chains_are_dropped_on_a_small_stack(self) -> None:
        def graph() -> None:
            y = leaf(1.0)
            for _ in range(50_000):
                y = y * 1.5

        def attributes() -> None:
            last = None
            for _ in range(50_000):
                x = torch.ones(1)
                x.last = last
                last = x

        def finalisers() -> None:
            last = None
            for _ in range(20_000):
                x = torch.ones(1).as_subclass(Working)
                x.last = last
                last = x

        class Working(torch.Tensor):
            def __del__(self) -> None:
                torch.ones(1) + 1

        before = live()
        size = threading.stack_size(256 * 1024)
        try:
            for job in (graph, attributes, finalisers):
                thread = threading.Thread(target=job)
                thread.start()
                thread.join()
        finally:
            threading.stack_size(size)
        gc.collect()
        assert live() == before

    def test_counting_takes_no_references_for_good(self) -> None:
        x = leaf(1.0)
        count = sys.getrefcount(x)
        for _ in range(10):
            y = x * x
            y.sum().backward()
            del y
        assert sys.getrefcount(x) == count
