"""Which rooms a Rust source names: enough of the language to read paths, not a parser."""

import re
from collections.abc import Iterator
from pathlib import Path

_NOISE = re.compile(
    r"""//[^\n]*                            # comments
    | /\*.*?\*/
    | r(?P<hashes>\#*)".*?"(?P=hashes)      # raw strings
    | b?"(?:\\.|[^"\\])*"                   # strings
    | b?'(?:\\[^\n]{1,9}?|[^'\\\n])'        # characters; a lifetime has no closing quote
    """,
    re.VERBOSE | re.DOTALL,
)
_TESTS = re.compile(r"#\[cfg\(test\)\]\s*(?:#\[[^\]]*\]\s*)*(?:pub(?:\([^)]*\))?\s+)?mod\s+\w+\s*(?=[{;])")
_PATH = re.compile(r"(?<![\w:])\$?(crate|(?:super::)*super)::(\{|\w+!?)")


def _braced(text: str, at: int) -> int:
    """The index after the brace that closes the one at `at`."""
    depth = 0
    for i in range(at, len(text)):
        depth += {"{": 1, "}": -1}.get(text[i], 0)
        if depth == 0:
            return i + 1
    return len(text)


def code(text: str) -> str:
    """The text without comments, literals and test modules."""
    text = _NOISE.sub(" ", text)
    while found := _TESTS.search(text):
        end = _braced(text, found.end()) if text[found.end()] == "{" else found.end() + 1
        text = text[: found.start()] + text[end:]
    return text


def _heads(group: str) -> Iterator[str]:
    """The first names of a use group's members: `{a::b, c::{d, e}}` gives a, c."""
    depth, start = 0, 1
    for i, letter in enumerate(group):
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if (letter == "," and depth == 1) or depth == 0:
            if head := re.match(r"\s*(\w+!?)", group[start:i]):
                yield head[1]
            start = i + 1


def names_at_root(text: str, module: tuple[str, ...]) -> set[str]:
    """The names that a source takes from the crate's root; `module` is its own path, by which `super` is resolved.

    A macro keeps its exclamation mark. `super` in a module inside the file is taken for the file's own.
    """
    text = code(text)
    named = set()
    for found in _PATH.finditer(text):
        way, name = found.groups()
        if way != "crate" and way.count("super") < len(module):
            continue
        if name == "{":
            named.update(_heads(text[found.start(2) : _braced(text, found.start(2))]))
        else:
            named.add(name)
    return named


def module_of(path: Path) -> tuple[str, ...]:
    """The module path of a file, relative to src/: ops/mod.rs is ("ops",), lib.rs is ()."""
    parts = path.with_suffix("").parts
    return parts[:-1] if parts[-1] in ("mod", "lib") else parts
