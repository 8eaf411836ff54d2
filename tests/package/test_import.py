"""What `import wengert` does, seen from a fresh interpreter."""

import os
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


HEAVY = {"asyncio", "copy", "dataclasses", "enum", "importlib", "inspect", "numpy", "re", "typing"}
"""What would cost more than the package's own Python code, and nobody needs who only computes."""


def test_import_loads_no_heavy_module() -> None:
    loaded = run("import sys; old = set(sys.modules); import wengert; print(*sorted(set(sys.modules) - old))").split()
    assert "wengert" in loaded
    assert not [name for name in loaded if name.partition(".")[0] in HEAVY]


def test_the_version_is_that_of_the_crate() -> None:
    crate = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["package"]["version"]
    assert run("import wengert; print(wengert.__version__)") == crate
    assert run("from importlib.metadata import version; print(version('wengert'))") == crate


def test_the_environment_forces_a_level() -> None:
    """As README.md says; a level that is none, or that the processor lacks, is passed over."""
    code = "import wengert; print(wengert._wengert._level())"

    def level(name: str) -> str:
        told = {**os.environ, "WENGERT_LEVEL": name}
        return subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=told
        ).stdout.strip()

    assert level("portable") == "portable"
    assert level("none such") == level("") == run(code)


def test_import_time_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Told, never asserted: a shared machine's clock is no judge."""

    def least(code: str) -> float:
        def once() -> float:
            start = time.perf_counter()
            run(code)
            return time.perf_counter() - start

        return min(once() for _ in range(5))

    over = least("import wengert") - least("pass")
    with capsys.disabled():
        print(f"\nimport wengert: {over * 1000:.0f} ms over a bare interpreter (the least of five)")
