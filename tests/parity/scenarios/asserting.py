"""`torch.testing`: what is close, and every word of what is said where it is not."""

from typing import Any

import numpy

from ..catalogue import close, each
from ..harness import caught

PAIRS = """
1, 1
1, 2
1, 1.0
1.0, 2.0
1.0, 1.0 + 1e-9
1j, 2j
True, False
1.5, 2.5, rtol=0, atol=0.1
1.5, 2.5, rtol=0.1
1.5, 2.5, atol=0.1
1.5, 2.5, rtol=0.1, atol=0
nan, nan
nan, nan, equal_nan=True
1.0, nan
inf, 1.0
inf, inf
inf, -inf
1.0, inf, rtol=1, atol=1
0.0, 1.0
1, 0
None, None
None, 1
1, None
None, one
'a', 'a'
'a', 1
'a', None
'a', 'b', rtol=1
one, 1
1, one
one, [1, 1]
one, 'a'
[one], (one,)
[one], [one, one]
[one], [2 * one]
[one, [one, {'a': one}]], [one, [one, {'a': one * 2}]]
{'a': one}, {'a': one * 2}
{'a': one}, {'b': one}
{'a': one, 'c': 1}, {'a': one, 'b': 2}
{1: one, 'b': 2}, {1: one, 'b': 3}
{('a', 1): one}, {('a', 1): 2 * one}
{'b': 1, 'a': 2}, {'b': 3, 'a': 5}
{'a': one}, [one]
[], []
{}, {}
[[1, 2], [3, 4]], [[1, 2], [3, 5]]
[[1, 2], [3]], [[1, 3], [3, 4]]
[[1, 2], 'a'], [[1, 3], 'a']
range(2), range(2)
{1, 2}, {1, 2}
[object()], [object()]
{'a': [1, 'x']}, {'a': [1, 'x']}
[None], [1]
torch.float32, torch.float32
torch.Size([1]), (2,)
one, one
one, 2 * one
T([[1., 2], [3, 4]]), T([[1., 2.5], [3, 5]])
T(1.), T(2.)
T(1), T(2)
T(True), T(False)
T(1j), T(2j)
T([1, 2]), T([1, 3])
T([1, 2]), T([1, 3]), rtol=0, atol=1
T([1, 2]), T([1, 4]), rtol=0, atol=1
T([True, False]), T([True, True])
T([True]), T([False])
T([True]), T([False]), rtol=0, atol=1
T([1, 2], dtype=torch.uint8), T([2, 1], dtype=torch.uint8)
T([127], dtype=torch.int8), T([-128], dtype=torch.int8)
T([2**62, 1]), T([2**62 + 1, 1])
10**20, 10**20 + 1
one, one.double()
one, one.double(), check_dtype=False
one, 2 * one.double(), check_dtype=False
T([1]), T([1.]), check_dtype=False
T([True]), T([2.]), check_dtype=False
1, 2, check_dtype=False
1.0, 1j, check_dtype=False
one, torch.ones(3)
one, torch.ones(2, 1)
torch.ones(2, 3), torch.ones(3, 2).t()
torch.ones(2, 3), torch.ones(3, 2).t(), check_stride=True
one, one, rtol=1
one, one, atol=1
[1], [1], rtol=1
one, 2 * one, rtol=0, atol=0
one, 2 * one, rtol=1e-3, atol=0
T([nan, 1]), T([nan, 1])
T([nan, 1]), T([nan, 2]), equal_nan=True
T([nan, 1]), T([nan, 2])
T([inf, 1]), T([1., 1])
T([inf]), T([-inf])
T([1., nan, inf]), T([1., 2., inf])
T([0., 0.]), T([1., 0.])
T([1., 0.]), T([0., 0.])
one.half(), 2 * one.half()
one.half(), one.half() * 1.002
one.half(), one.half() * 1.001
one.bfloat16(), one.bfloat16() * 1.02
one.double(), one.double() + 1e-6
one.double(), one.double() + 1e-8
one + 0j, one + 1j
one + 0j, one
one + 0j, one, check_dtype=False
torch.ones(0), torch.ones(0, 2)
np.ones(2), 2 * np.ones(2)
np.ones(2), one
np.array(1.), np.array(2.)
np.float64(1), 2.0
np.float32(1), np.float32(2)
np.int64(1), 1
np.bool_(True), np.bool_(False)
np.array(['a']), np.array(['a'])
[np.ones(2)], [np.ones(2) * 2]
one, 2 * one, msg='bad'
one, 2 * one, msg=lambda m: 'x: ' + m
[one], [2 * one], msg=lambda m: 'x: ' + m
[one], [2 * one], msg='bad'
one, 2 * one, msg=3
[one], [one, one], msg='bad'
one, 1, msg='bad'
torch.nn.Parameter(one), one
torch.nn.Parameter(one), one, allow_subclasses=False
one, torch.nn.Parameter(one), allow_subclasses=False
torch.nn.Parameter(one), torch.nn.Parameter(one), allow_subclasses=False
one.clone().requires_grad_(), one
one, one, check_device=False, check_layout=False
one, one, 2
one
one, one, foo=1
torch.arange(6.).reshape(2, 3), torch.arange(6.).reshape(2, 3) + T([[0, 1, 0], [0, 0, 2.]])
T([1., 2., 3.]).expand(2, 3), T([1., 2., 4.]).expand(2, 3)
T([1e30]), T([1e31])
T([70000.]).half(), T([65504.], dtype=torch.float16)
1e-8, 2e-8, rtol=0, atol=0
1, 3, rtol=0, atol=1
"""

OLD = """
one, one
one, 2 * one
one, [1, 1]
one, one.double()
one, 2 * one, msg='bad'
one, 2 * one, rtol=1
one.half(), 2 * one.half()
one.double(), 2 * one.double()
one.bfloat16(), 2 * one.bfloat16()
one.long(), 2 * one.long()
T([nan]), T([nan])
T([nan]), T([nan]), equal_nan=False
one, 1.0
"""


def _names(torch: Any) -> dict[str, Any]:
    return {
        "torch": torch,
        "np": numpy,
        "T": torch.tensor,
        "one": torch.ones(2),
        "nan": float("nan"),
        "inf": float("inf"),
    }


@each(pair=PAIRS.strip().split("\n"))
def pairs(torch: Any, pair: str) -> Any:
    return caught(eval, f"torch.testing.assert_close({pair})", _names(torch))


@each(pair=["True, 1", "one, one, rtol=-1, atol=0"])
def pairs_that_torch_fails_on_inside(torch: Any, pair: str) -> Any:
    """docs/differences.md"""
    return caught(eval, f"torch.testing.assert_close({pair})", _names(torch))


@each(pair=OLD.strip().split("\n"))
def pairs_of_old(torch: Any, pair: str) -> Any:
    return caught(eval, f"torch.testing.assert_allclose({pair})", _names(torch))


MADE = [
    "3, dtype=torch.float32",
    "(3, 2), dtype=torch.float32, device='cpu', noncontiguous=True",
    "3, 2, dtype=torch.int64, device='cpu'",
    "3, dtype=torch.float64, device='cpu', low=2, high=2",
    "[2, 3], dtype=torch.complex64, device='cpu'",
    "3, dtype=torch.bool, device='cpu'",
    "3, dtype=torch.uint8, device='cpu', low=-4, high=1",
    "3, dtype=torch.int8, device='cpu', low=-400, high=1000",
    "(), dtype=torch.float32, device='cpu'",
    "0, dtype=torch.float32, device='cpu'",
    "4, dtype=torch.float32, device='cpu', requires_grad=True",
    "3, dtype=torch.int64, device='cpu', low=0, high=1, exclude_zero=True",
    "3, dtype=torch.int64, device='cpu', low=5, high=5",
    "3, dtype=torch.float32, device='cpu', low=float('nan'), high=5",
    "3, dtype=torch.int64, device='cpu', requires_grad=True",
    "3, dtype=torch.int8, device='cpu', low=200, high=1000",
    "3, dtype=torch.float32, device='cpu', noncontiguous=True, memory_format=torch.contiguous_format",
]


@close(rtol=1e-6)
@each(arguments=MADE)
def made(torch: Any, arguments: str) -> Any:
    torch.manual_seed(3)
    return caught(eval, f"torch.testing.make_tensor({arguments})", {"torch": torch})
