"""Views that are written in place: what the base and the view become, before and after, in every order."""

from typing import Any

from ..catalogue import close, each
from ..harness import caught
from ..inputs import tensor

# next_functions of CopySlices is left out on purpose: wengert's nodes do not nest (docs/differences.md).
VIEWS: dict[str, Any] = {
    "row": lambda y: y[1],
    "column": lambda y: y[:, 1],
    "element": lambda y: y[0, 2],
    "slice": lambda y: y[1:, ::2],
    "view": lambda y: y.view(12),
    "t": lambda y: y.t(),
    "T_row": lambda y: y.t()[2],
    "permute": lambda y: y.permute(1, 0),
    "transpose": lambda y: y.transpose(0, 1),
    "unsqueeze": lambda y: y.unsqueeze(0),
    "squeeze": lambda y: y[:1].squeeze(0),
    "all": lambda y: y[...],
    "flat_part": lambda y: y.view(12)[3:9],
    "deep": lambda y: y.view(2, 6).t()[1:4].unsqueeze(1),
}
WRITES: dict[str, Any] = {
    "mul_": lambda v, w: v.mul_(w),
    "add_": lambda v, w: v.add_(w),
    "zero_": lambda v, w: v.zero_(),
    "copy_": lambda v, w: v.copy_(w * w),
    "setitem": lambda v, w: v.__setitem__(..., w * 3),
    "twice": lambda v, w: v.mul_(w).add_(w),
}


@close()
@each(view=list(VIEWS), write=list(WRITES))
def base_and_view(torch: Any, view: str, write: str) -> Any:
    x = tensor(torch, (3, 4), 1, "float64").requires_grad_()
    w = torch.tensor(1.5, dtype=torch.float64, requires_grad=True)
    y = x * 2
    v = VIEWS[view](y)
    WRITES[write](v, w)
    names = (y.grad_fn.name(), v.grad_fn.name(), v._base is y, v._version == y._version)
    total = (y * tensor(torch, (3, 4), 2, "float64")).sum() + (v * 3).sum()
    first = torch.autograd.grad(total, [x, w], create_graph=True, allow_unused=True)
    return names, y, v, first


@close(rtol=1e-9)
@each(view=["row", "column", "t", "flat_part", "deep", "slice"], write=["mul_", "copy_", "twice"])
def second_derivatives(torch: Any, view: str, write: str) -> Any:
    x = tensor(torch, (3, 4), 3, "float64").requires_grad_()
    w = torch.tensor(1.5, dtype=torch.float64, requires_grad=True)
    y = x * x
    v = VIEWS[view](y)
    WRITES[write](v, w)
    first = torch.autograd.grad((y * y).sum() + (v * v * v).sum(), [x, w], create_graph=True)
    return torch.autograd.grad(first[0].sum() + first[1], [x, w])


def _view_first(y: Any, make: Any, write: Any, w: Any) -> list[Any]:
    v = make(y)
    write(v, w)
    y.mul_(w)
    return [v]


def _base_first(y: Any, make: Any, write: Any, w: Any) -> list[Any]:
    v = make(y)
    y.mul_(w)
    write(v, w)
    return [v]


def _view_made_late(y: Any, make: Any, write: Any, w: Any) -> list[Any]:
    y.mul_(w)
    v = make(y)
    write(v, w)
    return [v, make(y)]


def _two_views(y: Any, make: Any, write: Any, w: Any) -> list[Any]:
    v, other = make(y), y[:, 1:3]
    write(v, w)
    write(other, w * w)
    late = y.t()[1]
    write(v, w)
    return [v, other, late]


def _view_of_a_view(y: Any, make: Any, write: Any, w: Any) -> list[Any]:
    v = make(y)
    inner = v.unsqueeze(0)[..., 1:]
    write(inner, w)
    write(v, w)
    y.mul_(w)
    write(inner, w)
    return [v, inner]


def _read_between(y: Any, make: Any, write: Any, w: Any) -> list[Any]:
    v = make(y)
    before = v.exp()
    write(v, w)
    between = (v * 2).exp()
    y[0].mul_(w)
    return [before, between, v]


def _in_no_grad(y: Any, make: Any, write: Any, w: Any) -> list[Any]:
    v = make(y)
    write(v, w)
    y.detach()[0, 0] = 0.5
    return [v]


ORDERS = {
    "view_first": _view_first,
    "base_first": _base_first,
    "view_made_late": _view_made_late,
    "two_views": _two_views,
    "view_of_a_view": _view_of_a_view,
    "read_between": _read_between,
    "in_no_grad": _in_no_grad,
}


@close(rtol=1e-9)
@each(
    view=["row", "column", "slice", "t", "T_row", "view", "flat_part", "deep"], write=list(WRITES), order=list(ORDERS)
)
def three_derivatives(torch: Any, view: str, write: str, order: str) -> Any:
    """Of base and views together, with respect to what came before the writes and to what was written."""
    x = tensor(torch, (3, 4), 6, "float64").requires_grad_()
    w = torch.tensor(1.25, dtype=torch.float64, requires_grad=True)
    y = x * x
    read = [y, *ORDERS[order](y, VIEWS[view], WRITES[write], w)]
    total = sum((part * part * part).sum() for part in read)
    first = torch.autograd.grad(total, [x, w], create_graph=True, allow_unused=True)
    size = sum((g * g).sum() for g in first if g is not None)
    second = torch.autograd.grad(size, [x, w], create_graph=True, allow_unused=True)
    third = torch.autograd.grad(sum(g.sum() for g in second if g is not None), [x, w], allow_unused=True)
    return [[g if g is None else g.detach() for g in gs] for gs in (read, first, second, third)]


@close(rtol=1e-9)
@each(view=["row", "slice", "t", "deep"], write=["mul_", "copy_", "twice"])
def derivatives_at_base_and_view(torch: Any, view: str, write: str) -> Any:
    """With respect to base and view as they are after the writes, which are no leaves."""
    x = tensor(torch, (3, 4), 7, "float64").requires_grad_()
    w = torch.tensor(1.25, dtype=torch.float64, requires_grad=True)
    y = x * x
    v = VIEWS[view](y)
    WRITES[write](v, w)
    total = (y * y * y).sum() + (v * v).sum()
    first = torch.autograd.grad(total, [y, v], create_graph=True)
    second = torch.autograd.grad((first[0] * first[0]).sum() + first[1].sum(), [y, v, x, w], allow_unused=True)
    return [[g if g is None else g.detach().contiguous() for g in gs] for gs in (first, second)]


@each(view=list(VIEWS))
def a_view_made_before_the_base_is_written(torch: Any, view: str) -> Any:
    x = tensor(torch, (3, 4), 4, "int64").float().requires_grad_()
    y = x * 1
    v = VIEWS[view](y)
    before = v.grad_fn.name()
    y.mul_(3)
    after = v.grad_fn.name()
    (v * 2).sum().backward()
    return before, after, v, x.grad


@each(view=["row", "t", "view", "column"])
def two_views(torch: Any, view: str) -> Any:
    x = tensor(torch, (3, 4), 5, "int64").float().requires_grad_()
    y = x * 1
    one, other = VIEWS[view](y), y[:, 1:3]
    one.mul_(2)
    middle = other.grad_fn.name()
    other.add_(one.sum())
    (one * 1).sum().backward(retain_graph=True)
    first = x.grad.clone()
    y.sum().backward()
    return middle, one, other, y, first, x.grad


def a_plain_base_joins_the_graph(torch: Any) -> Any:
    base, w = torch.zeros(3), torch.tensor(2.0, requires_grad=True)
    v, late = base[1:], base[:2]
    v.add_(w)
    said = [base.grad_fn.name(), v.grad_fn.name(), late.grad_fn.name(), late.requires_grad, base.is_leaf, v]
    base.sum().backward()
    return said, base, w.grad


def a_view_of_a_view(torch: Any) -> Any:
    x = torch.arange(8.0, requires_grad=True)
    y = x * 1
    outer = y.view(2, 4)
    inner = outer[1][1:3]
    inner.mul_(10)
    said = [inner._base is y, outer._base is y, outer.grad_fn.name(), inner.grad_fn.name(), y.grad_fn.name()]
    (outer * outer).sum().backward()
    return said, outer, x.grad


def written_many_times(torch: Any) -> Any:
    x = torch.arange(5.0, requires_grad=True)
    y = x * 1
    for i in range(1, 5):
        y[i] += y[i - 1]
        y[i:] *= 2
    y.sum().backward()
    return y, x.grad, y._version


def the_write_is_seen_by_an_older_use(torch: Any) -> Any:
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    older = y + 0
    y[0].mul_(5)
    older.sum().backward()
    return older, x.grad, y


def the_written_values_are_cut_off(torch: Any) -> Any:
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    y[1:].zero_()
    y.sum().backward()
    return x.grad


@each(write=["mul_", "zero_", "copy_", "setitem"])
def multi_output_views_refuse(torch: Any, write: str) -> Any:
    x = torch.ones(2, 2, requires_grad=True)
    said = []
    for y in (x * 1, x):
        one, _ = y.unbind(0)
        said.append(caught(WRITES[write], one, torch.ones(())))
    plain = torch.ones(2, 2).unbind(0)[0]
    return said, caught(WRITES[write], plain, torch.ones(()))


def multi_output_views_of_iteration(torch: Any) -> Any:
    y = torch.ones(2, 2, requires_grad=True) * 1
    return [caught(row.add_, 1) for row in y], y[0].grad_fn.name(), [row.grad_fn.name() for row in y]


def base_written_under_multi_output_views(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x * 1
    one, two = y.unbind()
    y.mul_(2)
    return caught(lambda: one.grad_fn.name()), caught(lambda: (one * two).backward()), x.grad


@each(write=["mul_", "zero_"])
def views_made_in_no_grad_refuse(torch: Any, write: str) -> Any:
    x = torch.ones(3, requires_grad=True)
    y = x * 1
    with torch.no_grad():
        v = y[1:]
        inside = caught(WRITES[write], y[:1], torch.tensor(2.0))
    return inside, v, caught(WRITES[write], v, torch.tensor(2.0)), y, y.grad_fn.name()


def plain_views_made_in_no_grad(torch: Any) -> Any:
    base = torch.ones(3)
    with torch.no_grad():
        v = base[1:]
    return caught(v.mul_, torch.tensor(2.0, requires_grad=True)), caught(v.mul_, 3.0), base


def views_of_leaves_refuse(torch: Any) -> Any:
    x = torch.ones(2, 2, requires_grad=True)
    return [caught(view.mul_, 2) for view in (x[0], x.t(), x.view(4), x[0][1:], x.detach())], x


def detached_views_write_through(torch: Any) -> Any:
    x = torch.ones(3, requires_grad=True)
    y = x * 1
    y.detach()[0] = 9.0
    y.sum().backward()
    return y, y.grad_fn.name(), x.grad


def expanded_views(torch: Any) -> Any:
    x = torch.ones(2, 1, requires_grad=True)
    y = x * 1
    wide = y.expand(2, 3)
    y.mul_(4)
    wide.sum().backward()
    return wide, wide.grad_fn.name(), x.grad, caught(wide.add_, 1)


def a_function_of_a_view_keeps_its_graph(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    v = y[:2]
    squared = v * v
    y[2] = 7.0
    return caught(squared.sum().backward), x.grad


def a_reshape_that_is_a_copy(torch: Any) -> Any:
    x = torch.arange(6.0).view(2, 3).clone().requires_grad_()
    y = x * 1
    copy, view = y.t().reshape(6), y.reshape(6)
    copy.mul_(2)
    view.mul_(3)
    (copy + view).sum().backward()
    return copy, view, y, x.grad


def write_of_a_view_into_its_base(torch: Any) -> Any:
    x = torch.arange(4.0, requires_grad=True)
    y = x * 1
    y[:2] = y[2:] * 2
    y[3] = y[0] * y[1]
    y.sum().backward()
    return y, x.grad


def hooks_on_base_and_view(torch: Any) -> Any:
    seen = []
    x = torch.ones(3, requires_grad=True)
    y = x * 1
    v = y[1:]
    v.register_hook(lambda g: seen.append(("view before", g.clone())))
    y.register_hook(lambda g: seen.append(("base before", g.clone())))
    v.mul_(2)
    v.register_hook(lambda g: seen.append(("view after", g.clone())))
    y.register_hook(lambda g: seen.append(("base after", g.clone())))
    (y.sum() + v.sum() * 10).backward()
    return seen, x.grad


def retained_gradients_of_base_and_view(torch: Any) -> Any:
    x = torch.ones(3, requires_grad=True)
    y = x * 1
    y.retain_grad()
    v = y[1:]
    v.retain_grad()
    v.mul_(2)
    (y.sum() + v.sum() * 10).backward()
    return y.grad, v.grad, x.grad


def retained_gradients_of_a_view_made_anew(torch: Any) -> Any:
    x = torch.ones(3, requires_grad=True)
    said = []
    for write in (lambda y, v: y.mul_(2), lambda y, v: v.mul_(2).mul_(3), lambda y, v: y[:2].mul_(2)):
        y = x * 1
        v = y[1:]
        v.retain_grad()
        seen: list[Any] = []
        v.register_hook(seen.append)
        write(y, v)
        (v.sum() * 10 + y.sum()).backward()
        said.append((v.grad, seen))
    return said, x.grad


def requires_grad_of_a_views_base(torch: Any) -> Any:
    base = torch.zeros(3)
    v = base[1:]
    v.requires_grad_()
    said = [v.is_leaf, v.requires_grad, base.requires_grad]
    return said, caught(v.mul_, 2), caught(base.mul_, 2), caught(base.add_, torch.ones(3, requires_grad=True))


def an_empty_part_that_begins_beyond_the_end(torch: Any) -> Any:
    x = torch.ones(2, 3, requires_grad=True)
    y = x * 1
    v = y[2:][:, 1]
    v.mul_(2).add_(v)
    (v * v + v.exp()).sum().backward()
    return v, -v, v + 1, y, x.grad


UNRECORDED: dict[str, Any] = {
    "nothing": lambda view, base, w: None,
    "base": lambda view, base, w: base.mul_(2),
    "base_by_a_leaf": lambda view, base, w: base.mul_(w),
    "view": lambda view, base, w: view.mul_(2),
    "view_by_a_leaf": lambda view, base, w: view.mul_(w),
    "asked_for": lambda view, base, w: (view.requires_grad_(), base.mul_(w)),
    "base_asked_for": lambda view, base, w: (base.requires_grad_(), base.detach().mul_(2)),
}


@each(
    mode=["no_grad", "inference_mode"],
    base=["leaf", "plain", "computed"],
    view=["part", "unbind"],
    write=list(UNRECORDED),
)
def unrecorded_view_written(torch: Any, mode: str, base: str, view: str, write: str) -> Any:
    """A view that was made while nothing was recorded: what it wants and where its cotangent goes agree."""
    x = torch.ones(3, requires_grad=base != "plain")
    if base == "computed":
        x = x * 2
    w = torch.tensor(2.0, requires_grad=True)
    with getattr(torch, mode)():
        part = x[1] if view == "part" else x.unbind()[1]

    def place() -> Any:
        return part.requires_grad, part.is_leaf, type(part.grad_fn).__name__, part._is_view()

    def used() -> Any:
        (part * w).backward()
        return w.grad

    return [
        caught(lambda: UNRECORDED[write](part, x, w) and None),
        caught(place),
        caught(used),
        caught(lambda: part.retain_grad()),
        caught(lambda: torch.autograd.grad(part * 3, part)),
        x._version,
    ]


def a_view_that_shows_other_bytes_of_its_base(torch: Any) -> Any:
    found = []
    for stop in (2, 3):
        a = torch.ones(4, requires_grad=True)
        b = a * 1
        w = b[1:3]
        w.data = b.data[:stop]
        w.mul_(3)
        (b * torch.arange(4.0)).sum().backward()
        found.append((a.grad, b, w))
    return found


def views_of_a_base_with_other_data(torch: Any) -> Any:
    a = torch.ones(4, requires_grad=True)
    b = a * 1
    w = b[1:3]
    b.data = torch.zeros(4)
    w.sum().backward()
    return a.grad, w
