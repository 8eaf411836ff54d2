"""Random numbers: over a tensor in place, and of tensors' probabilities and rates; what follows in the stream."""

import copy
import math
import pickle
from typing import Any

from ..catalogue import close, each
from ..harness import caught, graph

FLOATS = ["float64", "float32", "float16", "bfloat16"]
DTYPES = [*FLOATS, "complex64", "complex128", "int64", "int32", "int16", "int8", "uint8", "bool"]
SIZES = [(), (1,), (2, 3), (15,), (16,), (17,), (33,), (0, 2), (300,)]
CALLS = {
    "normal_": lambda x, g=None: x.normal_(0.5, 2, generator=g),
    "uniform_": lambda x, g=None: x.uniform_(-1, 2.5, generator=g),
    "random_": lambda x, g=None: x.random_(generator=g),
    "random_ to": lambda x, g=None: x.random_(5, generator=g),
    "random_ from to": lambda x, g=None: x.random_(1, 100, generator=g),
    "random_ from": lambda x, g=None: x.random_(1, None, generator=g),
    "log_normal_": lambda x, g=None: x.log_normal_(generator=g),
    "geometric_": lambda x, g=None: x.geometric_(0.3, generator=g),
    "cauchy_": lambda x, g=None: x.cauchy_(1, 2, generator=g),
    "bernoulli_": lambda x, g=None: x.bernoulli_(0.4, generator=g),
    "exponential_": lambda x, g=None: x.exponential_(2, generator=g),
}
LAYOUTS = ["turned", "gaps", "turned gaps", "offset", "deep"]


def laid(torch: Any, layout: str, dtype: Any) -> Any:
    x = torch.zeros(5, 4, 2, dtype=dtype)
    if layout == "turned":
        return x[..., 0].contiguous().t()
    if layout == "gaps":
        return x[..., 0]
    if layout == "turned gaps":
        return x[..., 1].t()
    if layout == "offset":
        return x[1:]
    return x.permute(1, 0, 2)


@close(rtol=1e-5)
@each(call=list(CALLS), dtype=DTYPES)
def over_types(torch: Any, call: str, dtype: str) -> Any:
    torch.manual_seed(3)
    x = torch.zeros(20, dtype=getattr(torch, dtype))
    return caught(CALLS[call], x), x, x._version, torch.rand(2)


@close(rtol=1e-5)
@each(call=list(CALLS), size=SIZES)
def over_sizes(torch: Any, call: str, size: tuple[int, ...]) -> Any:
    torch.manual_seed(4)
    x = torch.zeros(size)
    return CALLS[call](x) is x, x, torch.randn(1), torch.rand(2)


@close(rtol=1e-5)
@each(call=list(CALLS), layout=LAYOUTS, dtype=["float32", "float64"])
def over_layouts(torch: Any, call: str, layout: str, dtype: str) -> Any:
    torch.manual_seed(5)
    return CALLS[call](laid(torch, layout, getattr(torch, dtype))), torch.rand(2)


@close(rtol=1e-5)
@each(call=["normal_", "uniform_"], layout=["turned", "gaps"])
def complex_layouts(torch: Any, call: str, layout: str) -> Any:
    torch.manual_seed(5)
    return CALLS[call](laid(torch, layout, torch.complex64)), torch.rand(2)


@close(rtol=1e-5)
@each(call=list(CALLS))
def from_a_generator(torch: Any, call: str) -> Any:
    torch.manual_seed(1)
    generator = torch.Generator().manual_seed(6)
    drawn = CALLS[call](torch.zeros(18), generator)
    return drawn, torch.rand(1, generator=generator), torch.rand(1)


@each(call=list(CALLS))
def graphs(torch: Any, call: str) -> Any:
    draw = CALLS[call]
    leaf = torch.ones(3, requires_grad=True)
    x = leaf * 2
    y = draw(x)
    told = graph(y), y is x, y._version, y.requires_grad, torch.autograd.grad(y.sum(), leaf)
    base = torch.ones(2, 3, requires_grad=True) * 1
    row = base[0]
    draw(row)
    with torch.no_grad():
        version = (draw(leaf) is leaf, leaf._version)
    return told, graph(row), base.grad_fn.name(), caught(draw, torch.ones(2, requires_grad=True)), version


@each(call=list(CALLS))
def tangents(torch: Any, call: str) -> Any:
    return torch.func.jvp(lambda x: CALLS[call](x * 1) * 0, (torch.ones(3),), (torch.ones(3),))


@each(call=list(CALLS))
def over_expanded(torch: Any, call: str) -> Any:
    draw = CALLS[call]
    x = torch.ones(2, 1).expand(2, 3)
    with torch.inference_mode():
        kept = torch.ones(2)
    return caught(draw, x), x._version, caught(draw, kept), caught(draw, torch.ones(0, 3))


REFUSED = {
    "normal_": [(0, -1), (0, math.nan), ("a",), (1j,), (None,), (1, 2, 3), ()],
    "uniform_": [(1, 0), (0, 1e39), (-3e38, 3e38), (math.nan, 1), (0, math.inf), (1 / 3, -12345678.0), (0, "a")],
    "random_": [
        (0,),
        (5, 5),
        (3, None),
        (-1,),
        (1.5,),
        (None,),
        (1, 2, 3),
        (True,),
        (2**24 + 3, None),
        (-(2**63), None),
    ],
    "bernoulli_": [(1.5,), (math.nan,), ("a",), (1, 2), (True,)],
    "exponential_": [(0,), (-1.23456789,), (math.nan,), ("a",), (1, 2)],
    "geometric_": [(), (0,), (1,), (1.5e-10 - 1,), ("a",)],
    "log_normal_": [(1, 0), (1, math.nan), ("a",)],
    "cauchy_": [(0, 0), (0, -1e-7), (0, "a")],
}


@close(rtol=1e-5)
@each(name=list(REFUSED), dtype=["float32", "int64"])
def refused(torch: Any, name: str, dtype: str) -> Any:
    made = []
    for arguments in REFUSED[name]:
        torch.manual_seed(0)
        x = torch.zeros(2, dtype=getattr(torch, dtype))
        made.append(caught(getattr(x, name), *arguments))
    return made, torch.rand(1)


@each(dtype=DTYPES)
def whole_ranges(torch: Any, dtype: str) -> Any:
    """All bounds of `random_`: what a type holds, what it rounds, and where a number takes two draws."""
    ends = [0, 1, 2, 100, 127, 128, 255, 256, 257, 2048, 2049, 65505, 2**24 + 1, 2**28 - 1, 2**28, 2**31, 2**53, 2**62]
    ends += [2**63 - 1, -1, -128, -129, -(2**24) - 3, -(2**63)]
    made = []
    for end in ends:
        torch.manual_seed(8)
        make = torch.zeros(3, dtype=getattr(torch, dtype)).random_
        made += [caught(make, end), caught(make, min(end, 0), max(end, 1)), torch.rand(1)]
        if end < 2**63 - 1:  # torch has no end to its search for the next float
            made += [caught(make, end, None), torch.rand(1)]
    return made


@each(dtype=FLOATS, ends=[(0.3, 7.7), (-0.001, 0.001), (1, 1), (-65504, 0), (1e-8, 1e-7)])
def uniform_between(torch: Any, dtype: str, ends: tuple[float, float]) -> Any:
    torch.manual_seed(9)
    return caught(torch.zeros(300, dtype=getattr(torch, dtype)).uniform_, *ends), torch.rand(1)


@close(rtol=1e-5)
@each(dtype=FLOATS, of=[(0.3, 0.333), (-2.5, 1e3), (1 / 3, 0), (0, 1e-6)])
def normal_around(torch: Any, dtype: str, of: tuple[float, float]) -> Any:
    torch.manual_seed(9)
    return [torch.zeros(n, dtype=getattr(torch, dtype)).normal_(*of) for n in (5, 40)], torch.rand(1)


@each(p=FLOATS, dtype=["float32", "float64", "float16", "int8", "bool", "complex64"])
def by_chances(torch: Any, p: str, dtype: str) -> Any:
    torch.manual_seed(10)
    chances = (torch.arange(12.0) / 11).reshape(4, 3).to(getattr(torch, p))
    x = torch.zeros(4, 3, dtype=getattr(torch, dtype))
    return (
        caught(x.bernoulli_, chances),
        caught(x.t().bernoulli_, chances.t()),
        caught(torch.zeros(2, 4, 3, dtype=x.dtype).bernoulli_, chances),
        caught(x.bernoulli_, p=chances[0, 1]),
        x._version,
        torch.rand(1),
    )


@each(p=DTYPES)
def bernoulli_samples(torch: Any, p: str) -> Any:
    torch.manual_seed(11)
    chances = (torch.arange(12.0) / 11).reshape(4, 3).to(getattr(torch, p))
    out = torch.zeros(3, 4, dtype=torch.int64).t()
    return (
        caught(torch.bernoulli, chances),
        caught(chances.t().bernoulli),
        caught(torch.bernoulli, chances, out=out),
        out._version,
        caught(torch.bernoulli, chances, out=torch.zeros(5, dtype=torch.float64)),
        torch.rand(1),
    )


def bernoulli_refuses(torch: Any) -> Any:
    x, leaf = torch.zeros(2), torch.tensor([0.5, 0.5], requires_grad=True)
    wrong = [torch.tensor([2.0, 1]), torch.tensor([math.nan, 1]), torch.tensor([1, 1]), torch.ones(3), torch.ones(3, 2)]
    return (
        [caught(x.bernoulli_, p) for p in wrong],
        [caught(torch.bernoulli, p) for p in wrong[:3]],
        caught(torch.bernoulli, leaf, out=torch.zeros(2)),
        caught(torch.bernoulli, torch.ones(2), 1.5),
        caught(torch.bernoulli, torch.ones(2), None),
        caught(torch.bernoulli, torch.ones(2), p=0.5, out=x),
        caught(torch.bernoulli, "a"),
        caught(torch.bernoulli, torch.ones(2), out=torch.ones(1).expand(2)),
        caught(torch.ones(4)[1:].bernoulli_, torch.ones(4)[:-1]),
        x._version,
    )


def graphs_of_samples(torch: Any) -> Any:
    leaf = torch.tensor([0.0, 1.0, 1.0], requires_grad=True)
    x = leaf * 1
    made = [torch.bernoulli(x), x.bernoulli(), torch.zeros(3).bernoulli_(x), torch.poisson(leaf * 0), x.bernoulli(0.0)]
    made[2:3] = [torch.zeros(2, 3).bernoulli_(x.double())]
    return (
        [graph(y) for y in made],
        [y.requires_grad for y in made],
        [caught(torch.autograd.grad, y.sum(), leaf, retain_graph=True) for y in made],
        torch.multinomial(leaf, 1, True).requires_grad,
        torch.func.jvp(torch.bernoulli, (leaf.detach(),), (torch.ones(3),)),
        caught(torch.func.jvp, lambda x: torch.bernoulli(x, 0.5), (leaf.detach(),), (torch.ones(3),)),
    )


@each(dtype=DTYPES)
def poisson_samples(torch: Any, dtype: str) -> Any:
    torch.manual_seed(12)
    rates = torch.tensor([0, 0.5, 1, 3, 9.9, 10, 12.5, 100, 1000, 1e4]).to(getattr(torch, dtype))
    generator = torch.Generator().manual_seed(1)
    return caught(torch.poisson, rates), caught(torch.poisson, rates, generator), torch.rand(1)


def poisson_refuses(torch: Any) -> Any:
    turned = torch.tensor([[1.0, 20, 3], [0, 5, 6]]).t()
    torch.manual_seed(13)
    return (
        torch.poisson(turned),
        caught(torch.poisson, torch.tensor([-1.0])),
        caught(torch.poisson, torch.tensor([math.nan])),
        torch.poisson(torch.ones(0, 2)),
        caught(torch.poisson, "a"),
        torch.rand(1),
    )


@close(rtol=1e-5)
@each(dtype=[*FLOATS, "complex64", "int64"], std=["float32", "float64", "float16", "int64"])
def normal_of_tensors(torch: Any, dtype: str, std: str) -> Any:
    torch.manual_seed(14)
    means = torch.arange(20.0).reshape(4, 5).to(getattr(torch, dtype))
    deviations = torch.arange(1.0, 6).to(getattr(torch, std))
    return (
        caught(torch.normal, means, deviations),
        caught(torch.normal, means.t(), 0.5),
        caught(torch.normal, means),
        caught(torch.normal, 2.5, deviations),
        caught(torch.normal, mean=0, std=1, size=(3,), dtype=getattr(torch, dtype)),
        torch.rand(1),
    )


@close(rtol=1e-5)
def normal_into(torch: Any) -> Any:
    torch.manual_seed(15)
    means, deviations = torch.arange(4.0), torch.ones(4)
    turned, short, whole = torch.zeros(4, 5).t(), torch.zeros(3), torch.zeros(4, dtype=torch.int64)
    double, nothing, leaf = torch.zeros(4, dtype=torch.float64), torch.zeros(0), torch.zeros(4, requires_grad=True)
    return (
        [caught(torch.normal, means, deviations, out=o) for o in (turned, short, whole, double, nothing, leaf)],
        [caught(torch.normal, means, 2.0, out=o) for o in (turned, short, double, nothing)],
        [caught(torch.normal, 1.0, deviations, out=o) for o in (turned, short, double, nothing)],
        [caught(torch.normal, 1.0, 2.0, (4,), out=o) for o in (turned, short, double, nothing, leaf)],
        [o._version for o in (turned, short, double, leaf)],
        caught(torch.normal, 0.0, 1.0, (4,), out=double, dtype=torch.float32),
        torch.rand(1),
    )


def normal_refuses(torch: Any) -> Any:
    two, three = torch.ones(2), torch.ones(3)
    return (
        caught(torch.normal, two, -two),
        caught(torch.normal, two, -1.0),
        caught(torch.normal, 0.0, two * math.nan),
        caught(torch.normal, 0.0, -1.0, (2,)),
        caught(torch.normal, two, three),
        caught(torch.normal, two, torch.ones(2, dtype=torch.complex64)),
        caught(torch.normal, 0, 1),
        caught(torch.normal, 0.0, 1.0, 2),
        caught(torch.normal, "a", 1.0),
        caught(torch.normal, two, 1.0, size=(2,)),
        torch.normal(torch.ones(0), torch.ones(0)),
        torch.normal(0.0, 1.0, (2,), requires_grad=True).requires_grad,
    )


@each(of=["both", "means", "deviations"])
def normal_graphs(torch: Any, of: str) -> Any:
    mean = torch.ones(2, 3, requires_grad=True)
    std = torch.ones(3, dtype=torch.float64, requires_grad=True)
    y = {
        "both": lambda: torch.normal(mean, std),
        "means": lambda: torch.normal(mean * 1, 1.0),
        "deviations": lambda: torch.normal(0.0, std),
    }[of]()
    return graph(y), y._version, torch.autograd.grad(y.sum(), [mean, std], allow_unused=True)


@each(dtype=["float32", "uint8", "int64", "float16", "complex64"])
def integers_in_the_likeness(torch: Any, dtype: str) -> Any:
    torch.manual_seed(16)
    x = torch.zeros(2, 5, dtype=getattr(torch, dtype)).t()
    generator = torch.Generator().manual_seed(1)
    return (
        caught(torch.randint_like, x, 9),
        caught(torch.randint_like, x, 3, 9, generator=generator),
        caught(torch.randint_like, x, low=3, high=9, dtype=torch.int8),
        caught(torch.randint_like, x, torch.tensor(7)),
        caught(torch.randint_like, x, torch.tensor([7, 8])),
        caught(torch.randint_like, x, 5, 5),
        caught(torch.randint_like, x, 300, memory_format=torch.contiguous_format),
        caught(torch.randint_like, x, "a"),
        caught(torch.randint_like, x, 9, requires_grad=True),
        torch.rand(1),
    )


@each(p=[0.3, 0, 1, 0.999], dtype=["float32", "float64", "int64", "complex64"])
def bernoulli_in_the_likeness(torch: Any, p: float, dtype: str) -> Any:
    torch.manual_seed(17)
    x = torch.zeros(3, 7, dtype=getattr(torch, dtype)).t()
    return caught(torch.bernoulli, x, p), caught(x.bernoulli, p=p), torch.rand(1)


@each(dtype=FLOATS)
def each_once(torch: Any, dtype: str) -> Any:
    """Without replacement, or one sample: torch compares the times of events."""
    torch.manual_seed(17)
    weights = torch.tensor([[0.1, 2, 0.5, 3], [5, 0.25, 0.75, 1], [1, 1, 1, 1]]).to(getattr(torch, dtype))
    return (
        torch.multinomial(weights, 4),
        torch.multinomial(weights.t(), 2),
        weights[1].multinomial(1),
        weights[1].multinomial(1, True),
        torch.multinomial(torch.arange(1, 300).to(weights.dtype), 3),
        torch.multinomial(weights, 1, out=torch.zeros(2, 3, dtype=torch.int64).t()),
        torch.rand(1),
    )


@each(dtype=FLOATS)
def put_back(torch: Any, dtype: str) -> Any:
    """More than one sample with replacement, which torch draws by sums of the weights."""
    torch.manual_seed(17)
    weights = torch.tensor([[0.1, 2, 0, 3], [5, 0, 0, 1], [1, 1, 1, 1]]).to(getattr(torch, dtype))
    out = torch.zeros(4, 3, dtype=torch.int64).t()
    return (
        torch.multinomial(weights, 20, True),
        weights[0].multinomial(7, replacement=True),
        weights.t().multinomial(3, True),
        torch.multinomial(weights, 4, True, out=out),
        out._version,
        torch.multinomial(weights[0], 2, True, out=torch.zeros(9, dtype=torch.int64)),
        torch.rand(1),
    )


def multinomial_refuses(torch: Any) -> Any:
    two = torch.ones(2)
    weights = [[-1.0, 2], [math.nan, 2], [math.inf, 2], [0.0, 0]]
    ways = [(1, False), (1, True), (2, True)]
    return (
        [caught(torch.multinomial, torch.tensor(w), n, r) for w in weights for n, r in ways],
        caught(torch.multinomial, torch.ones(()), 1),
        caught(torch.multinomial, torch.ones(1, 2, 3), 1),
        [caught(torch.multinomial, two, n) for n in (0, -1, 3)],
        caught(torch.multinomial, torch.tensor([[0.0, 1], [0, 0]]), 1),
        caught(torch.multinomial, torch.ones(0), 1, True),
        caught(torch.multinomial, torch.ones(0), 2, True),
        caught(torch.multinomial, torch.ones(0, 3), 1),
        caught(torch.multinomial, two.int(), 1),
        caught(torch.multinomial, two, 1, out=torch.zeros(1, dtype=torch.int32)),
        caught(torch.multinomial, two, 1.5),
        caught(torch.multinomial, two),
        caught(torch.multinomial, two, 1, 1),
        torch.multinomial(torch.tensor([0.0, 3, 0]), 1),
        torch.multinomial(torch.tensor([[0.0, 3], [1, 0]]), 1),
        torch.multinomial(torch.tensor([0.0, 3, 0]), 5, True),
        sorted(torch.multinomial(torch.ones(9), 9).tolist()),
    )


@close(rtol=1e-5)
def states(torch: Any) -> Any:
    torch.manual_seed(18)
    torch.rand(700)
    torch.randn(3)
    state = torch.get_rng_state()
    first = torch.rand(3), torch.randn(2)
    torch.set_rng_state(state)
    again = torch.rand(3), torch.randn(2)
    generator = torch.Generator()
    generator.set_state(state)
    return state.shape, state.dtype, state[:600], first, again, torch.rand(3, generator=generator)


@close(rtol=1e-5)
def generators(torch: Any) -> Any:
    generator = torch.Generator().manual_seed(19)
    torch.randn(3, generator=generator)
    others = [
        copy.copy(generator),
        copy.deepcopy(generator),
        pickle.loads(pickle.dumps(generator)),
        generator.clone_state(),
    ]
    drawn = [torch.randn(2, generator=g) for g in [generator, *others]]
    return (
        drawn,
        [g.initial_seed() for g in others],
        generator.device.type,
        generator.seed() == generator.initial_seed(),
        caught(generator.get_offset),
        caught(generator.set_offset, 1),
        caught(generator.set_offset, "a"),
        caught(generator.graphsafe_get_state),
        caught(generator.graphsafe_set_state, torch.Generator()),
        caught(generator.manual_seed, "a"),
        caught(generator.manual_seed, 1.5),
        caught(generator.manual_seed, 2**65),
        caught(generator.set_state, 3),
        caught(generator.set_state, torch.ones(5056)),
        caught(generator.set_state, torch.ones(3, dtype=torch.uint8)),
        caught(generator.set_state, torch.ones(5056, dtype=torch.uint8)),
        caught(torch.rand, 2, generator=3),
        torch.default_generator is torch.default_generator,
    )


def the_module(torch: Any) -> Any:
    torch.random.manual_seed(20)
    first = torch.rand(1)
    with torch.random.fork_rng():
        within = torch.rand(2)
    after = torch.rand(2)

    @torch.random.fork_rng(devices=[])
    def drawn() -> Any:
        return torch.rand(1)

    def other_device() -> None:
        with torch.random.fork_rng(devices=[0]):
            pass

    with torch.random.fork_rng(enabled=False):
        moved = torch.rand(1)
    state = torch.random.get_rng_state()
    torch.random.set_rng_state(state)
    return (
        [first, within, after, drawn(), drawn(), moved, torch.rand(1)],
        torch.random.initial_seed(),
        torch.random.seed() == torch.initial_seed(),
        torch.random.default_generator is torch.default_generator,
        sorted(torch.random.__all__),
        torch.random.thread_safe_generator(),
        caught(other_device),
        caught(torch.random.manual_seed, "x"),
    )


@each(dtype=["int32", "bool", "float64"])
def normal_of_no_numbers(torch: Any, dtype: str) -> Any:
    none = torch.ones(0, dtype=getattr(torch, dtype))
    return [caught(torch.normal, *given) for given in ((2.0, none), (none, 2.0), (none, none))]
