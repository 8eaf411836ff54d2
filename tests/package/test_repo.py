"""What holds for the repository as text: the floors of ARCHITECTURE.md, and facts that are stated once.

(.ci/guards.sh holds the rules that grep can check.)
"""

import re
import tomllib
from pathlib import Path

import rust_imports

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src"

# A room is a file or folder at the top of src/. Imports go to a lower floor, or, within one floor, in one direction.
FLOORS = [
    ["error", "dtype", "buffers", "kernels"],
    ["shape", "storage", "data"],
    ["tape"],
    ["tensor"],
    ["ops", "create", "print"],
    ["sweep"],
    ["lib", "python"],
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS, start=1) for room in rooms}


def sources() -> list[Path]:
    """All but the test modules that lie in files of their own."""
    return sorted(file for file in SRC.rglob("*.rs") if "tests" not in file.relative_to(SRC).with_suffix("").parts)


def room_of(file: Path) -> str:
    return file.relative_to(SRC).with_suffix("").parts[0]


def imports() -> dict[str, set[str]]:
    """For every room, the other rooms that it names outside tests."""
    texts = {file: file.read_text(encoding="utf-8") for file in sources()}
    macros = {name + "!": room_of(file) for file, t in texts.items() for name in re.findall(r"macro_rules!\s*(\w+)", t)}
    found: dict[str, set[str]] = {room_of(file): set() for file in texts}
    for file, text in texts.items():
        room = room_of(file)
        for name in rust_imports.names_at_root(text, rust_imports.module_of(file.relative_to(SRC))):
            # What is no room and no macro is an item that lib.rs offers to users: the lobby is the highest floor.
            target = macros.get(name, name if name in found or name in FLOOR else "lib")
            if target != room:
                found[room].add(target)
    return found


def test_every_room_has_a_floor() -> None:
    assert {room_of(file) for file in sources()} <= FLOOR.keys()


def test_imports_go_downward() -> None:
    upward = [f"{a} -> {b}" for a, bs in imports().items() for b in bs if FLOOR[b] > FLOOR[a]]
    assert not upward, upward


def test_no_two_rooms_import_each_other() -> None:
    """Upward imports being out, a circle could only lie within one floor."""
    graph = imports()

    def reached(room: str) -> set[str]:
        seen: set[str] = set()
        waiting = [room]
        while waiting:
            fresh = {b for b in graph.get(waiting.pop(), ()) if FLOOR[b] == FLOOR[room]} - seen
            seen |= fresh
            waiting += fresh
        return seen

    circles = [room for room in graph if room in reached(room)]
    assert not circles, {room: graph[room] for room in circles}


def test_control_the_reader_of_imports_sees_each_form() -> None:
    text = """
    use crate::tape::{Edge, Node};
    use crate::{
        shape::{self, Dims},
        error::Result, Tensor,
    };
    use super::super::kernels as k;
    use super::row::Row;           // the same room
    // use crate::commented::X;
    const S: &str = "crate::quoted";
    const C: char = '"'; const D: char = '\\u{22}';
    fn f<'a>(x: &'a crate::dtype::DType) { $crate::buffers::g!(crate::make!()) }
    #[cfg(test)]
    mod tests { use crate::tested::X; fn g() { if true {} } }
    fn h() -> crate::storage::Storage {}
    """
    assert rust_imports.names_at_root(text, ("ops", "apply")) == {
        *("tape", "shape", "error", "Tensor", "kernels", "dtype", "buffers", "make!", "storage"),
    }
    assert rust_imports.names_at_root("use super::tape::Node;", ("ops",)) == {"tape"}


def test_every_source_says_what_it_holds() -> None:
    silent = [
        str(file.relative_to(ROOT)) for file in sources() if not file.read_text(encoding="utf-8").startswith("//!")
    ]
    assert not silent, silent


def test_what_is_stated_once_is_stated_once() -> None:
    cargo = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    # The version: Cargo.toml's.
    assert "version" not in project and project["dynamic"] == ["version"]
    assert project["name"] == cargo["package"]["name"]

    # The Python floor: requires-python; the limited API that the wheel is built for must be that one.
    floor = re.fullmatch(r">=3\.(\d+)", project["requires-python"])
    assert floor
    assert f"abi3-py3{floor[1]}" in cargo["dependencies"]["pyo3"]["features"]
