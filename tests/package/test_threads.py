"""Threads, forks and signals."""

import os
import subprocess
import sys
import threading
from typing import Any

import wengert as torch


def test_eight_threads_on_shared_leaves_lose_nothing() -> None:
    """Each builds, sweeps and drops; gradients of whole numbers add up exactly."""
    leaves = [torch.ones(8, requires_grad=True) for _ in range(3)]
    turns, errors = 60, []

    def work(k: int) -> None:
        try:
            for turn in range(turns):
                a, b, c = leaves
                y = (a * float(k + 1)).sum() + (b * b)[2:6].sum() + (c.view(2, 4).t() * float(turn % 3)).sum()
                y.backward()
                kept = [(a * turn).exp() for _ in range(3)]
                del kept
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert leaves[0].grad.tolist() == [36.0 * turns] * 8
    assert leaves[1].grad.tolist() == [0.0] * 2 + [2.0 * 8 * turns] * 4 + [0.0] * 2
    assert leaves[2].grad.tolist() == [8.0 * sum(turn % 3 for turn in range(turns))] * 8


def test_a_threads_mode_is_its_own() -> None:
    seen: list[Any] = []
    with torch.no_grad():
        thread = threading.Thread(target=lambda: seen.append(torch.is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]


FORK = """
import os, sys, threading
import wengert as torch
a = torch.ones(300, 300)
stop = []
thread = threading.Thread(target=lambda: [a @ a for _ in iter(lambda: bool(stop), True)])
thread.start()
codes = []
for _ in range(10):
    child = os.fork()
    if child == 0:
        x = torch.ones(4, requires_grad=True)
        (x * x).sum().backward()
        os._exit(0 if (a @ a)[0, 0].item() == 300 and x.grad.tolist() == [2.0] * 4 else 1)
    codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
stop.append(1)
thread.join()
print(codes)
"""


def test_a_child_that_was_forked_beside_a_thread_that_computes_computes() -> None:
    """Nobody can fork within a short kernel, which keeps the interpreter's lock; `SHARED` forks among long ones."""
    if not hasattr(os, "fork"):
        return  # Windows has none.
    done = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, str([0] * 10)), done.stderr[-2000:]


SHARED = """
import os, threading
import wengert as torch
torch.set_num_threads(3)
x = torch.arange(300_001.0)
wanted = float(x.double().sum())
stop, codes = [], []
others = [threading.Thread(target=lambda: [x.sum() for _ in iter(lambda: bool(stop), True)]) for _ in range(2)]
for thread in others:
    thread.start()
for _ in range(10):
    child = os.fork()
    if child == 0:
        got = x.double().sum().item()
        os._exit(0 if got == wanted and (x + x)[-1].item() == 600_000 else 1)
    codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
stop.append(1)
for thread in others:
    thread.join()
print(codes, not os.path.isdir("/proc/self/task") or len(os.listdir("/proc/self/task")) > 2)
"""


def test_a_child_that_was_forked_among_workers_has_workers_of_its_own() -> None:
    if not hasattr(os, "fork"):
        return  # Windows has none.
    done = subprocess.run([sys.executable, "-c", SHARED], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, f"{[0] * 10} True"), done.stderr[-2000:]


TOGETHER = """
import sys, threading, time
import wengert as torch
torch.set_num_threads(1)
a = torch.rand(700, 700)
ticks, stop = [0], []

def tick():
    while not stop:
        ticks[0] += 1
        time.sleep(0)

sys.setswitchinterval(1000)  # A thread that does not let go of the lock is not asked for it.
thread = threading.Thread(target=tick)
thread.start()
def during(f):
    before, end = ticks[0], time.monotonic() + 30
    while ticks[0] == before and time.monotonic() < end:
        f()
    return ticks[0] - before

x, row = torch.rand(1 << 20), torch.rand(1, 1024)
found = {
    "product": during(lambda: a @ a),
    "pointwise": during(lambda: x.tanh()),
    "spread": during(lambda: x.view(1024, 1024) + row),
    "sum": during(lambda: torch.dot(x, x)),
    "sums": during(lambda: x.view(1024, 1024).sum(0)),
}
stop.append(1)
thread.join()
print([name for name, n in found.items() if n == 0])
"""


def test_long_kernels_let_other_threads_go_on() -> None:
    done = subprocess.run([sys.executable, "-c", TOGETHER], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr[-2000:]


MEANWHILE = """
import gc, random, sys, threading, warnings
import wengert as torch
warnings.simplefilter("ignore")
sys.setswitchinterval(1e-5)
n = 1 << 17
x = torch.ones(n, requires_grad=True)
stop, errors = [], []
random.seed(int(sys.argv[1]))

turns = [0]

def compute():
    while not stop:
        try:
            y = (x * 2.0 + x.exp() * 0.0).view(256, 512)
            z = (y + y[:, :1]).sum() + torch.dot(x, x) + (y @ y.t()[:, :4]).sum()
            if z.requires_grad:
                z.backward()
            turns[0] += 1
        except RuntimeError as error:
            errors.append(str(error).split(": ")[0][:40])

threads = [threading.Thread(target=compute, daemon=True) for _ in range(2)]
for thread in threads:
    thread.start()
for turn in range(300):
    kind = random.randrange(8)
    with torch.no_grad():
        if kind == 0:
            x.data = torch.ones(n)
        elif kind == 1:
            torch.ones(n + 64 * turn, out=x.detach())
        elif kind == 2:
            x.mul_(1.0)
        elif kind == 3 and x.grad is not None:
            x.grad.zero_()
        elif kind == 4:
            x.grad = None
        elif kind == 5:
            x.requires_grad_(not x.requires_grad)
        elif kind == 6:
            gc.collect()
        else:
            x.copy_(torch.ones(n) + x * 0)
stop.append(1)
for thread in threads:
    thread.join()
print(turns[0] > 5, sorted(set(errors) - {"one of the variables needed for gradient"}))
"""


def test_what_others_do_to_the_operands_of_a_long_kernel_crashes_nothing() -> None:
    for seed in range(3):
        command = [sys.executable, "-X", "faulthandler", "-c", MEANWHILE, str(seed)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert (done.returncode, done.stdout.strip()) == (0, "True []"), done.stderr[-2000:]


ENDING = """
import threading
import wengert as torch
a = torch.rand(500, 500)
def work():
    while True:
        a @ a
for _ in range(2):
    threading.Thread(target=work, daemon=True).start()
for _ in range(20):
    a @ a
"""


def test_a_process_that_ends_while_threads_compute_ends() -> None:
    for _ in range(5):
        done = subprocess.run([sys.executable, "-X", "faulthandler", "-c", ENDING], capture_output=True, timeout=120)
        assert (done.returncode, done.stderr) == (0, b"")


CLEARED = """
import sys, threading, time
import wengert as torch
sys.setswitchinterval(1e-6)
torch.set_num_threads(1)
g, wrong, turns = torch.zeros(1 << 18), [], [0]
end = time.monotonic() + float(sys.argv[1])
def work(zeros):
    while time.monotonic() < end:
        if zeros:
            g.zero_()
        for y, wanted in ((g.exp(), 1.0), (g * g, 0.0), (g.sum(), 0.0)):
            wrong.extend([1] * (y != wanted).sum().item())
        turns[0] += 1
threads = [threading.Thread(target=work, args=(i != 0,)) for i in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(turns[0] > 4, wrong[:5])
"""


def test_a_cleared_gradient_is_zeros_for_every_thread() -> None:
    """Whoever looks first writes the zeros, with the interpreter's lock held: nobody sees what was there before."""
    command = [sys.executable, "-X", "faulthandler", "-c", CLEARED, "3"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, "True []"), done.stderr[-2000:]


RECORDED = """
import threading
import wengert as torch
torch.set_num_threads(1)
operators = {
    "product": lambda h: h @ h.t()[:, :64],
    "mul": lambda h: h * h,
    "spread": lambda h: h * h[:1],
    "dot": lambda h: torch.dot(h.view(-1), h.view(-1)),
}
found = []
for name, operator in operators.items():
    h = torch.ones(1 << 11, 1 << 9, requires_grad=True) * 1.0
    made = []
    thread = threading.Thread(target=lambda: [made.append(operator(h)) for _ in range(50)])
    thread.start()
    while len(made) < 2:
        pass
    before = len(made)
    with torch.no_grad():
        h[0].add_(1)
    thread.join()
    for i, y in enumerate(made):
        try:
            y.sum().backward(retain_graph=True)
        except RuntimeError as error:
            assert "modified by an inplace operation" in str(error), error
            continue
        if i < before or not torch.equal(y.detach(), made[-1].detach()):
            found.append((name, i, before))
print(found)
"""


def test_what_a_long_kernel_records_is_what_there_was_when_it_was_called() -> None:
    """Where another thread writes an operand meanwhile, the sweep says so or the result is that of the new elements."""
    done = subprocess.run([sys.executable, "-c", RECORDED], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr[-2000:]


ENDLESS = """
import threading, time
import wengert as torch
threading.Thread(target=lambda: torch.ones(1).expand(2**50).sum(), daemon=True).start()
time.sleep(0.2)
"""


def test_a_process_that_ends_does_not_wait_for_a_kernel_for_ever() -> None:
    done = subprocess.run([sys.executable, "-X", "faulthandler", "-c", ENDLESS], capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


INTERRUPT = """
import os, signal, threading
import wengert as torch
x = torch.ones(1, requires_grad=True)
y = x
for _ in range(400_000):
    y = y + x
sweeping = threading.Event()
y.register_hook(lambda g: sweeping.set())
threading.Thread(target=lambda: (sweeping.wait(), os.kill(os.getpid(), signal.SIGINT))).start()
try:
    y.backward()
    print("ended")
except KeyboardInterrupt:
    print("interrupted")
x.grad = None
(x * 3).backward()
print(x.grad.tolist())
"""


def test_a_long_sweep_answers_ctrl_c_and_leaves_things_usable() -> None:
    if sys.platform == "win32":
        return  # A process cannot send itself this signal there.
    done = subprocess.run([sys.executable, "-c", INTERRUPT], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.split("\n")[:2]) == (0, ["interrupted", "[3.0]"]), done.stderr[-2000:]


def swept_beside_another(w: Any, x: Any, a: Any, c: Any, met: Any) -> Any:
    """The gradient of `w`, by a sweep that a sweep from `c` begins in a thread and that waits at `met` for its end."""
    waits, done, found = threading.Event(), threading.Event(), []
    other = threading.Thread(target=lambda: found.append(torch.autograd.grad(w, x, retain_graph=True)[0].tolist()))

    def begin(_: Any) -> None:
        if other.ident is None:
            other.start()
            waits.wait(30)

    def wait(_: Any) -> None:
        waits.set()
        done.wait(30)

    handles = [a.register_hook(begin), met.register_hook(wait)]
    torch.autograd.grad(c, x, retain_graph=True)
    done.set()
    other.join()
    for handle in handles:
        handle.remove()
    return found


def test_a_leaf_that_another_threads_sweep_had_is_met_once() -> None:
    x = torch.ones(1, requires_grad=True)
    z1, a = x * 2, x * 7
    assert swept_beside_another(z1 + x * 3, x, a, a + x * 11, z1) == [[5.0]]


def test_a_node_that_another_threads_sweep_had_is_met_once() -> None:
    x = torch.ones(1, requires_grad=True)
    y = x * 1
    z1, z2 = y * 2, y * 3
    a = y * 7
    assert swept_beside_another(z1 + z2, x, y, a, z2) == [[5.0]]
