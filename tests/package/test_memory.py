"""Where memory ends: each operator is refused, and leaves its operands and the process as they were."""

import subprocess
import sys
from pathlib import Path

CHILD = '''
import resource, warnings
import wengert as torch
from benches.workloads.operators import TEXTS, expressions

warnings.simplefilter("ignore")

def operands(d):
    """The names that the calls know, each of one element in memory."""
    n = d * d
    x, y, z = (torch.tensor(v).expand(n) for v in (0.3, 0.5, 0.7))
    m, o, p = (v[:1].expand(d, d) for v in (x, y, z))
    i, j = (torch.tensor(v).expand(n) for v in (3, 2))
    im, jm = i[:1].expand(d, d), j[:1].expand(d, d)
    b, c = (torch.tensor(True).expand(n) for _ in range(2))
    k, w = torch.tensor(0).expand(n), torch.tensor(0.3 + 0.5j).expand(n)
    return dict(torch=torch, d=d, n=n, x=x, y=y, z=z, m=m, o=o, p=p, i=i, j=j, im=im, jm=jm, b=b, c=c, k=k, w=w,
                bm=b[:1].expand(d, d), km=k[:1].expand(d, d))

def is_wide(made, given):
    """Whether a call makes as many elements as its operands show."""
    own = [t.data_ptr() for t in given.values() if isinstance(t, torch.Tensor)]
    whole = isinstance(made, torch.Tensor) and made.numel() >= given["n"] and not made._is_view()
    return whole and made.data_ptr() not in own

few, many = operands(64), operands(2048)
calls = []
for call in (call for text in TEXTS for call in expressions(text)):
    try:
        if is_wide(eval(call, few), few):
            calls.append((call, compile(call, "call", "eval")))
    except RuntimeError:
        pass  # What does not take expanded operands.
held = {name: (t[(0,) * t.dim()].item(), t._version) for name, t in many.items() if isinstance(t, torch.Tensor)}

used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (1 << 19),) * 2)
came_through = []
for call, code in calls:
    before = torch._wengert._live_records()
    try:
        eval(code, many)
        came_through.append(call)
    except RuntimeError as error:
        assert str(error).startswith("can't allocate memory: you tried to allocate "), (call, str(error))
    assert torch._wengert._live_records() == before, call
for name, (first, version) in held.items():
    t = many[name]
    assert (t[(0,) * t.dim()].item(), t._version) == (first, version), name
print(len(calls), came_through)
'''


def test_an_operator_without_memory_for_its_result_is_refused() -> None:
    """The operands are expanded from one element each, so that what does not fit is the result."""
    if sys.platform != "linux":
        return  # The limit, and what a process uses, are told otherwise there.
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, timeout=120, cwd=root)
    assert done.returncode == 0, done.stderr[-2000:]
    count, came_through = done.stdout.strip().split(" ", 1)
    assert int(count) > 250
    assert came_through == "[]"
