"""Shows that the installed wheel runs on any x86-64 processor, with the bits that it has on this one.

    python tools/old_processors.py

Runs one program under qemu's emulation of old processor models and on this processor: the textbook page's loop, every
function of one operand that the operator table has, sums, gradients and a product. Needs qemu's user mode
(`qemu-x86_64`, Debian: qemu-user-static). NumPy is not loaded: its own wheels need x86-64-v2.
"""

from __future__ import annotations

import shutil
import subprocess
import sys

# The oldest has SSE2 and SSE3 alone; the last has AVX2 and FMA.
MODELS = {"qemu64": "portable", "core2duo": "portable", "Nehalem": "portable", "Haswell": "avx2"}

PROGRAM = """
import hashlib
import wengert as torch

x = torch.arange(4.0, requires_grad=True)
(2 * torch.dot(x, x)).backward()
x.grad.zero_()
x.sum().backward()
assert x.grad.tolist() == [1.0] * 4
digest, rows = hashlib.sha256(), torch._wengert._rows()
names = sorted(row["name"] for row in rows if row["operands"] == ["a"] and row["differentiable"] == [True])
for dtype in (torch.float32, torch.float64):
    x = torch.randn(3001, generator=torch.Generator().manual_seed(1)).to(dtype)
    for name in names:
        function = getattr(torch, name, None)
        if function is not None:
            y = x.abs().requires_grad_()
            value = function(y).sum()
            value.backward()
            for result in (function(x), value, y.grad):
                # A nan's sign and payload are the processor's.
                digest.update(repr([None if n != n else n for n in result.reshape(-1).tolist()]).encode())
a = torch.randn(70, 50, generator=torch.Generator().manual_seed(2))
assert (a @ a.t() - (a.unsqueeze(1) * a).sum(2)).abs().max().item() < 1e-4
print(torch._wengert._level(), len(names), digest.hexdigest())
"""


def main() -> None:
    """Prints a line a processor; exits with 1 where one fails, is taken for another, or differs in a bit."""
    qemu = shutil.which("qemu-x86_64-static") or shutil.which("qemu-x86_64")
    if qemu is None:
        sys.exit("qemu's user mode (qemu-x86_64) is needed")
    own = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout.split()
    print(f"{'this one':10} {own[0]:8} {own[1]} functions, {own[2][:16]}")
    failed = False
    for model, level in MODELS.items():
        command = [qemu, "-cpu", model, sys.executable, "-c", PROGRAM]
        # The emulator names what a model lacks of its own wishes; that is not the program's.
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        found = done.stdout.split()
        good = done.returncode == 0 and found == [level, *own[1:]]
        print(f"{model:10} {' '.join(found) if not good else f'{level:8} the same bits'}", flush=True)
        if not good:
            print(done.stderr[-2000:])
            failed = True
    sys.exit(failed)


if __name__ == "__main__":
    main()
