"""The textbook's chapters in examples/pages, run with torch: `python -m tests.pages --record` writes what they print
to examples/pages/expected; without `--record` it shows them as JSON.
"""

import argparse
import contextlib
import io
import itertools
import json
import re
import runpy
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "examples" / "pages"
EXPECTED = FOLDER / "expected"
PAGES = sorted(FOLDER.glob("*.py"))
# A number with a fraction or an exponent, as tensors and formats print it.
FLOAT = re.compile(r"-?\d+\.(\d*)(?:e([-+]\d+))?")


def expected(page: Path) -> Path:
    return EXPECTED / f"{page.stem}.txt"


def difference(wanted: str, told: str) -> str:
    """The first line that differs; nothing if all are equal but for the last printed digits of numbers."""
    for number, (a, b) in enumerate(itertools.zip_longest(wanted.splitlines(), told.splitlines()), start=1):
        if a is None or b is None or not _alike(a, b):
            return f"line {number}: {a!r} was expected, got {b!r}"
    return ""


def _alike(wanted: str, told: str) -> bool:
    """Each number within two units of its last printed digit, or within 1e-5 of itself; the text between them equal."""
    if FLOAT.sub("#", wanted) != FLOAT.sub("#", told):
        return False
    for a, b in zip(FLOAT.finditer(wanted), FLOAT.finditer(told), strict=True):
        # "2." stands for a whole number: it has no digit that rounding made.
        unit = 10.0 ** (int(a[2] or 0) - len(a[1])) if a[1] else 0.0
        if abs(float(a[0]) - float(b[0])) > 2 * unit + 1e-5 * abs(float(a[0])):
            return False
    return True


def printed(page: Path) -> str:
    """What the page prints in this process."""
    said = io.StringIO()
    sys.argv = [str(page)]
    with contextlib.redirect_stdout(said):
        runpy.run_path(str(page), run_name="__main__")
    return said.getvalue()


def main() -> None:
    """Runs the pages with torch on one thread."""
    parser = argparse.ArgumentParser(prog="python -m tests.pages", description=__doc__)
    parser.add_argument("--record", action="store_true", help="write what the pages print to examples/pages/expected")
    record = parser.parse_args().record
    import torch

    torch.set_num_threads(1)
    outputs = {page: printed(page) for page in PAGES}
    if not record:
        print(json.dumps({page.stem: text for page, text in outputs.items()}))
        return
    EXPECTED.mkdir(exist_ok=True)
    for old in EXPECTED.glob("*.txt"):
        old.unlink()
    for page, text in outputs.items():
        expected(page).write_text(text, encoding="utf-8", newline="\n")
    print(f"torch {torch.__version__}: {len(outputs)} pages recorded")


if __name__ == "__main__":
    main()
