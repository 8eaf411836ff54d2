"""What holds after every test of this folder: nothing of the library's is left alive that was not before."""

import gc
import sys
from collections.abc import Iterator

import pytest

import wengert as torch

# The limit of memory, and what a process uses, are asked of Linux.
collect_ignore = [] if sys.platform == "linux" else ["test_memory.py"]


@pytest.fixture(autouse=True, scope="session")
def what_pytest_holds_is_not_walked() -> None:
    """Each test collects twice, and the many thousands of collected tests would be walked by every collection."""
    gc.collect()
    gc.freeze()


def live() -> dict[str, int]:
    gc.collect()
    return dict(torch._wengert._live_records())


@pytest.fixture(autouse=True)
def live_records_return_to_what_they_were() -> Iterator[None]:
    """Records are counted by kind, so that a leak names itself."""
    before = live()
    yield
    after = live()
    left = {kind: after[kind] - before[kind] for kind in after if after[kind] > before[kind]}
    assert not left, f"records left alive: {left}"
