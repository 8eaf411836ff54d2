"""The textbook's chapters (examples/pages) print under `python -m wengert` what they print under torch, to the letter.

What torch prints is recorded (`python -m tests.pages --record`); where torch is installed, the recording is held to it.
"""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import pages

LIVE = importlib.util.find_spec("torch") is not None
ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        # The runs are short: threads of torch's would take longer to meet than to compute.
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("page", pages.PAGES, ids=lambda page: page.stem)
def test_a_page_prints_what_it_prints_under_torch(page: Path) -> None:
    wanted = pages.expected(page).read_text(encoding="utf-8")
    assert len(wanted.splitlines()) > 10
    assert run("-m", "wengert", str(page)).splitlines() == wanted.splitlines()


def test_each_recording_has_its_page() -> None:
    assert {path.stem for path in pages.EXPECTED.iterdir()} == {page.stem for page in pages.PAGES}
    assert len(pages.PAGES) >= 9


if LIVE:

    def test_torch_prints_what_is_recorded() -> None:
        """All pages in one process; the order of torch's sums depends on the machine, so last digits may differ."""
        told = json.loads(run("-m", "tests.pages"))
        assert told.keys() == {page.stem for page in pages.PAGES}
        for page in pages.PAGES:
            wanted = pages.expected(page).read_text(encoding="utf-8")
            assert not pages.difference(wanted, told[page.stem]), page.stem


def test_control_what_differs_is_told() -> None:
    wanted = "tensor([1.2345, 6.0000e+09])\nloss 0.10, 3 of 4, 2.\n"
    for alike in (wanted, wanted.replace("1.2345", "1.2346"), wanted.replace("6.0000", "6.0001")):
        assert not pages.difference(wanted, alike)
    for old, new in (
        ("1.2345", "1.2348"),
        ("1.2345", "-1.2345"),
        ("e+09", "e+08"),
        ("3 of", "2 of"),
        (" 2.", " 3."),
        ("loss", "a loss"),
        ("loss 0.10, 3 of 4, 2.\n", ""),
    ):
        assert pages.difference(wanted, wanted.replace(old, new)), new
    assert pages.difference(wanted, wanted + "more\n")
