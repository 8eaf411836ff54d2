"""What tests watch to see that nothing stays alive."""

import os

import wengert as torch
from wengert._wengert import _live_records


class Thing:
    """Something that can be watched by a weak reference."""


def records() -> int:
    """How many records are alive; an operator first, so that nothing is queued."""
    torch.zeros(1)
    return sum(count for _, count in _live_records())


def resident() -> int:
    """Bytes of this process in memory; elsewhere than on Linux the library's own count of what it holds."""
    if not os.path.exists("/proc/self/statm"):
        return int(torch._wengert._memory()[1])
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
