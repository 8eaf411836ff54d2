"""Each row of the operator table has all that follows from it, or is named here with what it lacks.

(What the laws need of a row is tests/laws/test_completeness.py.)
"""

import ast
import functools
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import wengert as torch
from wengert import _wengert

ROOT = Path(__file__).parents[2]
ROWS: list[dict[str, Any]] = _wengert._rows()


def spelled(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Its public names, each with the form."""
    for _, forms, supported in row["signatures"]:
        for form, name in forms if supported else ():
            yield name, form


def place(name: str) -> tuple[Any, str]:
    """The module in which torch has a function, and its name there."""
    *modules, own = importlib.import_module("operator_table").public(name).split(".")
    return functools.reduce(getattr, modules, torch), own


def title(row: dict[str, Any]) -> str:
    return row["row"] or row["name"]


def stub() -> tuple[set[str], set[str]]:
    """What the stub declares at its top, and in Tensor."""
    tree = ast.parse((ROOT / "python" / "wengert" / "_wengert.pyi").read_text(encoding="utf-8"))
    top = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    tensor = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Tensor")
    return top, {node.name for node in tensor.body if isinstance(node, ast.FunctionDef)}


def test_a_row_is_known_by_its_name() -> None:
    names = [r["row"] for r in ROWS if r["row"]]
    assert not {name for name in names if names.count(name) > 1}


def test_every_row_says_what_it_does() -> None:
    silent = [title(r) for r in ROWS if not r["doc"]]
    assert not silent, f"rows without a doc comment: {silent}"


def test_every_name_can_be_called_and_is_documented() -> None:
    lacking = []
    for row in ROWS:
        for name, form in spelled(row):
            module, own = place(name)
            found = getattr(module if form.endswith("function") else torch.Tensor, own, None)
            if found is None or not (found.__doc__ or "").strip():
                lacking.append(f"{title(row)}: {name} ({form})")
    assert not lacking, f"names that are missing, or that have no docstring: {lacking}"


def test_every_name_has_a_parity_scenario() -> None:
    sources = (ROOT / "tests" / "parity" / "scenarios").glob("*.py")
    text = "\n".join(source.read_text(encoding="utf-8") for source in sources)
    # Called as an attribute, or named among the names that a scenario goes through.
    mentioned = set(re.findall(r"""(?:\.|["'])([A-Za-z_]\w*)\b""", text))
    lacking = sorted(
        {
            f"{title(r)}: {name}"
            for r in ROWS
            for name, _ in spelled(r)
            if not mentioned & {place(name)[1], place(name)[1].removeprefix("_")}
        }
    )
    assert not lacking, f"names that no scenario of tests/parity/scenarios mentions: {lacking}"


# How Rust spells what it has other words for.
IN_RUST = {
    "absolute": "abs",
    "add": "plus",
    "subtract": "minus",
    "sub": "minus",
    "mul": "times",
    "multiply": "times",
    "div": "over",
    "divide": "over",
    "true_divide": "over",
    "negative": "neg",
    "fix": "trunc",
    "eq": "equals",
    "ne": "differs",
    "lt": "less",
    "le": "at_most",
    "gt": "greater",
    "ge": "at_least",
    "less_equal": "at_most",
    "greater_equal": "at_least",
    "not_equal": "differs",
    "clip": "clamp",
    "linalg_matmul": "matmul",
    "where": "where_",
    "clone": "copy",
    "conj_physical": "conj",
    "dim": "ndim",
    "ndimension": "ndim",
    "nelement": "numel",
    "size": "shape",
    "stride": "strides",
    "scalar_tensor": "scalar",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
    "arctan2": "atan2",
    "trapz": "trapezoid",
    "empty": "empty",
    "is_nonzero": "truth",
    "_chain_matmul": "multi_dot",
    "_einsum": "einsum",
    "_tensordot": "tensordot",
    "promote_types": "promote",
    "result_type": "promote",
    "concat": "cat",
    "concatenate": "cat",
    "row_stack": "vstack",
    "special_expit": "sigmoid",
    "special_gammaln": "lgamma",
    "special_psi": "digamma",
}
# What a Rust program says in its own words: types by `dtype()` and `to(DType)`, shapes by `shape()`, sisters by
# `Tensor::full(&x.shape(), ..)`, one side of a difference by `1.0 - &x`, addresses and devices not at all.
RUST_HAS_NO_NEED = set(
    """
    _is_view bfloat16 bool byte cdouble cfloat char cpu data_ptr detach_ double element_size equal expand_as float half
    int is_complex is_floating_point is_inference long new_empty new_full new_ones new_zeros empty_like full_like
    ones_like rand_like randn_like zeros_like reshape_as rsub short storage_offset type_as view_as
    get_device is_conj is_neg is_pinned is_same_size is_signed pin_memory
    is_signed is_neg is_conj get_device is_same_size is_set_to new_empty_strided empty_strided empty_permuted
    """.split()
)


def test_every_name_has_a_rust_spelling() -> None:
    text = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "src").rglob("*.rs"))
    known = set(re.findall(r"pub fn (\w+)", text)) | set(re.findall(r"^    (\w+)\(.*\) [\w:]+;$", text, re.M))
    known |= set(re.findall(r"^        fn (\w+)\(.*\) -> .* => .*;$", text, re.M))
    known |= set(re.findall(r"^    (?:\w+ )?(\w+) [A-Z]\w*;$", text, re.M))
    known |= set(re.findall(r"^    (\w+) \w+_ [A-Z]\w*;$", text, re.M))
    # A row of one operand or two makes its own method, where its signature is its own or is called with the row.
    own = set(re.findall(r'"(\w+)\(input[^"]*\)" [A-Z]+(?: => [\w:]+, row)?;', text))
    own -= set(re.findall(r"^    \((\w+) \$\(\$others:tt\)\*\) => \{\};$", text, re.M))
    known |= {row["name"] for row in ROWS if len(row["operands"]) in (1, 2)} & own
    names = {name for row in ROWS for name, form in spelled(row) if not form.startswith("in-place")}
    said = {n: IN_RUST.get(n, n).removeprefix("special_") for n in names - RUST_HAS_NO_NEED}
    lacking = sorted(n for n, rust in said.items() if rust not in known)
    assert not lacking, f"names that Rust users cannot call (src/ops/methods.rs): {lacking}"


def test_every_name_is_in_the_stub() -> None:
    top, tensor = stub()
    lacking = [
        f"{title(row)}: {name} ({form})"
        for row in ROWS
        for name, form in spelled(row)
        if name not in (top if form.endswith("function") else tensor)
    ]
    assert not lacking, f"names that python/wengert/_wengert.pyi lacks (run: python tools/stub.py): {lacking}"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("stub", "python/wengert/_wengert.pyi"),
        ("operator_table", "docs/operators.md"),
        ("names", "tests/typing/every_name.py"),
    ],
    ids=str,
)
def test_a_generated_file_is_what_its_tool_makes(name: str, path: str) -> None:
    written = (ROOT / path).read_text(encoding="utf-8")
    assert written == importlib.import_module(name).text(), f"run: python tools/{name}.py"


def test_what_is_said_of_rows_elsewhere_is_said_of_rows_that_there_are() -> None:
    """Lists by name outside of the table: what torch shows of a node, and what it says it saved."""
    names, nodes = {row["name"] for row in ROWS}, {node for row in ROWS for node in row["nodes"]}
    faces = (ROOT / "src" / "sweep" / "faces.rs").read_text(encoding="utf-8")
    saved = (ROOT / "src" / "python" / "node" / "saved.rs").read_text(encoding="utf-8")
    unknown = {name for name in re.findall(r'"(\w+)"', faces) if name not in names}
    unknown |= {node for node in re.findall(r'"(\w+Backward\d*)"', saved) if node not in nodes}
    assert not unknown


def asked_by_name(source: Path, names: set[str]) -> bool:
    """Whether Rust code compares a name with a row's, has a list of them, or asks for a row's number."""
    text = re.sub(r"^\s*//.*", "", source.read_text(encoding="utf-8").split("#[cfg(test)]")[0], flags=re.MULTILINE)
    compared = re.findall(r'\bname(?: [=!]= |\.(?:starts|ends)_with\(|, )"(\w+)"', text)
    matched = re.findall(r'\("(\w+)"(?: \||, (?:\d|_))', text)
    listed = re.findall(r'"(\w+)"', " ".join(re.findall(r'&\[((?:"\w+",?\s*)+)\]', text)))
    return (
        not names.isdisjoint([*compared, *matched, *listed])
        or re.search(r"number == \w+::OPERATOR|\bis\(\w+::OPERATOR\)", text) is not None
    )


def test_who_asks_for_a_row_by_its_name_is_told_of() -> None:
    """The list in ARCHITECTURE.md has every file that does, outside of the rooms of the rows themselves."""
    names = {row["name"] for row in ROWS} | {node for row in ROWS for node in row["nodes"]}
    families = {"elements", "reductions", "products", "shapes", "picks", "making"}
    sources = [path for path in (ROOT / "src").rglob("*.rs") if not families & {*path.parts, path.stem}]
    found = {path.relative_to(ROOT).as_posix() for path in sources if asked_by_name(path, names)}
    # The names of nodes that torch has in a namespace; those of types.
    found -= {"src/ops/table.rs", "src/create/random.rs"}
    debts = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").split("Some places ask for a row by its name")[1]
    told = set(re.findall(r"`(src/[\w/]+\.rs)", debts.split("\n- ")[0]))
    assert found == told
