"""Sizes that cannot be: each is an exception, none an abort."""

import subprocess
import sys

CALLS = """
import wengert as torch
x = torch.ones(2, 3)
calls = [
    lambda: torch.zeros(2**62),
    lambda: torch.zeros(2**32, 2**32),
    lambda: torch.zeros(2**63 - 1, 2**63 - 1),
    lambda: torch.ones(10**18),
    lambda: torch.empty(2**40, 2**10),
    lambda: torch.zeros(-1),
    lambda: torch.zeros(2, -3),
    lambda: torch.zeros(2**70),
    lambda: torch.arange(10**18),
    lambda: torch.eye(2**40),
    lambda: torch.randn(2**62),
    lambda: torch.full((2**61,), 1.0),
    lambda: torch.linspace(0, 1, 2**61),
    lambda: x.expand(2**62, 2**62, 2, 3).contiguous(),
    lambda: x.expand(2**62, 2, 3).clone(),
    lambda: x.expand(2**62, 2, 3) + 1,
    lambda: x.view(2**62, -1),
    lambda: x.reshape(-(2**62), 3),
    lambda: torch.zeros((1,) * 70),
    lambda: torch.zeros((1,) * 64).unsqueeze(0),
    lambda: torch.stack([torch.zeros((1,) * 64)] * 2),
    lambda: torch.zeros(1).expand((1,) * 65),
    lambda: torch.zeros(1).view((1,) * 65),
    lambda: torch.ones(2**31, 0) @ torch.ones(0, 2**31),
    lambda: torch.rand(0, 2**62, 2**62),
    lambda: torch.zeros(0, 2**62, 2**62).sum(),
]
for i, call in enumerate(calls):
    try:
        call()
        print(i, "came through")
    except (RuntimeError, MemoryError, ValueError, TypeError, OverflowError) as error:
        assert "internal error" not in str(error), (i, error)
        print(i, type(error).__name__)
print("alive", torch.ones(3).sum().item())
"""


def test_no_size_aborts_the_process() -> None:
    done = subprocess.run([sys.executable, "-c", CALLS], capture_output=True, text=True, timeout=120)
    lines = done.stdout.strip().split("\n")
    assert (done.returncode, lines[-1]) == (0, "alive 3.0"), (done.stdout[-500:], done.stderr[-2000:])
    assert not [line for line in lines if "came through" in line]


LISTS = """
import resource
import wengert as torch
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
for call in (lambda: torch.zeros(2**40, 0).tolist(), lambda: torch.ones(1).expand(2**45).tolist()):
    try:
        call()
        print("came through")
    except MemoryError:
        print("refused")
print(torch.zeros(2, 3, 0).tolist(), torch.ones(2, 1).tolist())
"""


def test_a_list_that_no_memory_holds_is_refused_before_it_grows() -> None:
    if sys.platform == "win32":
        return  # There is no such limit there.
    done = subprocess.run([sys.executable, "-c", LISTS], capture_output=True, text=True, timeout=120)
    wanted = "refused\nrefused\n[[[], [], []], [[], [], []]] [[1.0], [1.0]]\n"
    assert (done.returncode, done.stdout) == (0, wanted), done.stderr[-2000:]


ONE_ELEMENT = """
import wengert as torch
b, c = torch.tensor(True).expand(1 << 24), torch.tensor(False).expand(1 << 24)
for made in (~b, ~c, b & c, b ^ c, b == c, b.logical_not()):
    print(made.sum().item() >> 24, end=" ")
"""


def test_of_an_expanded_element_no_other_is_read() -> None:
    """So many bytes behind it are somebody else's, or nobody's."""
    done = subprocess.run([sys.executable, "-c", ONE_ELEMENT], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "0 1 0 1 0 0 "), done.stderr[-2000:]
