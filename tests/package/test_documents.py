"""What the documents show is what happens: every line of Python that they hold is run, and what they print compared."""

import doctest
import importlib.util
import inspect
import io
import pkgutil
import re
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

import wengert

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(page for folder in ("docs", "benches", "examples") for page in ROOT.glob(f"{folder}/*.md"))]
)
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def blocks(document: Path, language: str) -> list[str]:
    fenced = FENCE.findall(document.read_text(encoding="utf-8"))
    return [textwrap.dedent(code) for name, code in fenced if name == language]


def fails(text: str, where: str, names: dict[str, object] | None = None) -> str:
    """What doctest says of the examples in `text`; nothing if they hold."""
    test = doctest.DocTestParser().get_doctest(text, names or {}, where, where, 0)
    said = io.StringIO()
    doctest.DocTestRunner().run(test, out=said.write)
    return said.getvalue()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_python_in_a_document_does_what_it_shows(document: Path) -> None:
    for code in blocks(document, "python"):
        if ">>>" in code:
            assert not fails(code, document.name)
        else:
            exec(compile(code, str(document), "exec"), {"__name__": document.stem})


def test_the_rows_that_are_shown_stand_in_the_source() -> None:
    pointwise, structured = blocks(ROOT / "CONTRIBUTING.md", "diff")
    for diff, file in ((pointwise, "elements/pointwise.rs"), (structured, "shapes/reorder.rs")):
        assert all(line.startswith("+") for line in diff.splitlines())
        shown = "".join(line[1:] + "\n" for line in diff.splitlines())
        source = (ROOT / "src" / "ops" / file).read_text(encoding="utf-8")
        assert all(part.strip("\n") in source for part in shown.split("\n\n"))


def modules() -> list[ModuleType]:
    inside = pkgutil.walk_packages(wengert.__path__, "wengert.")
    return [wengert, *(importlib.import_module(info.name) for info in inside if not info.name.endswith("__main__"))]


def test_examples_in_docstrings_do_what_they_show() -> None:
    told = []
    for module in modules():
        things = [module, *vars(module).values()]
        classes = [thing for thing in things if inspect.isclass(thing)]
        things += [member for kind in classes for member in vars(kind).values()]
        for thing in things:
            text = getattr(thing, "__doc__", None)
            ours = inspect.ismodule(thing) or (getattr(thing, "__module__", None) or "wengert").startswith("wengert")
            if ours and isinstance(text, str) and ">>>" in text:
                told.append(fails(text, getattr(thing, "__qualname__", module.__name__), {"torch": wengert}))
    assert not any(told), "\n".join(told)


def commands(document: Path) -> list[str]:
    """The commands in shell blocks, and those in the tables' code marks, one each."""
    text = document.read_text(encoding="utf-8")
    lines = [line.split("#")[0] for code in blocks(document, "sh") for line in code.splitlines()]
    lines += re.findall(r"`((?:cargo|python|bash|pip|pytest|ruff|mypy)\b[^`]*)`", text)
    return [command.strip() for line in lines for command in re.split(r"&&", line) if command.strip()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_in_a_document_name_what_is_there(document: Path) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for command in commands(document):
        words = command.split()
        if "--example" in words:
            assert (ROOT / "examples" / f"{words[words.index('--example') + 1]}.rs").is_file(), command
        for extra in re.findall(r"\.\[(\w+)\]", command):
            assert extra in extras, command
        if words[:2] == ["python", "-m"]:
            name = words[2]
            assert importlib.util.find_spec(name) or (ROOT / Path(*name.split("."))).with_suffix(".py").is_file(), (
                command
            )
        for word in words[1:]:
            if "/" in word and not word.startswith("-") and not any(mark in word for mark in "<>*=:"):
                assert (ROOT / word).exists(), command


PAGE = """
>>> x
tensor([0., 1., 2., 3.])
>>> y
tensor(28., grad_fn=<MulBackward0>)
>>> x.grad
tensor([ 0.,  4.,  8., 12.])
>>> x.grad == 4 * x
tensor([True, True, True, True])
>>> x.grad
tensor([1., 1., 1., 1.])
>>> x.grad
tensor([0., 2., 4., 6.])
>>> x.grad == u
tensor([True, True, True, True])
>>> a.grad == d / a
tensor(True)
"""
"""The textbook's results, in its order."""


def test_the_page_prints_the_books_results() -> None:
    done = subprocess.run([sys.executable, "-m", "wengert"], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    at = 0
    for shown in re.split(r"^(?=>>> )", PAGE, flags=re.MULTILINE)[1:]:
        found = done.stdout.find(shown, at)
        assert found >= 0, f"not after what came before it:\n{shown}"
        at = found + len(shown)
