"""`python -m wengert script.py ...`: a program in which `torch` means this library, run as Python itself would run it.

What fails in the program is told by the program's own lines: the runner's frames are taken off the traceback.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import io
import os
import sys
from types import CodeType, ModuleType, TracebackType
from typing import Any, NoReturn

from wengert import _standin

USAGE = """\
usage: python -m wengert [script.py | -m module | -c code | -] [argument ...]

Runs a program in which `import torch` means wengert, in this process alone. Without arguments: the textbook page on
automatic differentiation, computed live.
"""


class Program:
    """What is to run, and what it finds about itself in `__main__`."""

    def __init__(self, code: CodeType, **names: Any) -> None:
        self.code = code
        self.names = {"__spec__": None, "__package__": None, "__loader__": None, **names}


def run(command: list[str]) -> None:
    """Runs what stands on the command line after `python -m wengert`. Raises what the program raises."""
    _standin.install()
    try:
        program = found(command)
        main = ModuleType("__main__")
        vars(main).update(program.names, __builtins__=__builtins__)
        if "__annotations__" in vars(sys.modules["__main__"]):
            # There from the start before Python 3.14.
            vars(main)["__annotations__"] = {}
        sys.modules["__main__"] = main
        exec(program.code, vars(main))
    except SystemExit:
        raise
    except BaseException:
        tell_without_runner()
        raise


def found(command: list[str]) -> Program:
    """The program, with `sys.argv` and `sys.path` as it expects them."""
    first, *rest = command
    if first in ("-c", "-m"):
        if not rest:
            refuse(f"Argument expected for the {first} option\n{USAGE}", 2)
        sys.argv = [first, *rest[1:]]
        if first == "-m":
            return of_module(rest[0])
        set_first_path("")
        show_lines("<string>", rest[0])
        return Program(compile(rest[0], "<string>", "exec", dont_inherit=True))
    sys.argv = command
    if first == "-":
        set_first_path("")
        return of_input()
    if first.startswith("-"):
        refuse(f"unknown option {first}\n{USAGE}", 2)
    return of_path(first)


def of_path(path: str) -> Program:
    """A file of source or bytecode, or a folder or archive that holds a `__main__`."""
    full = os.path.abspath(path)
    if os.path.isdir(full) or full.endswith((".zip", ".pyz")):
        set_first_path(full)
        spec = importlib.machinery.PathFinder.find_spec("__main__", [full])
        if spec is None:
            refuse(f"can't find '__main__' module in '{full}'", 1)
        return of_spec(spec, "__main__", package="")
    try:
        with io.open_code(full) as file:
            source = file.read()
    except OSError as error:
        refuse(f"can't open file '{full}': [Errno {error.errno}] {error.strerror}", 2)
    set_first_path(os.path.dirname(os.path.realpath(full)))
    if full.endswith(".pyc"):
        bytecode = importlib.machinery.SourcelessFileLoader("__main__", full)
        compiled = bytecode.get_code("__main__")
        assert compiled is not None
        return Program(compiled, __file__=full, __cached__=None, __loader__=bytecode)
    loader = importlib.machinery.SourceFileLoader("__main__", full)
    code = compile(source, full, "exec", dont_inherit=True)
    return Program(code, __file__=full, __cached__=None, __loader__=loader)


def of_module(name: str) -> Program:
    """A module, or a package's `__main__`."""
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            package, name = name, f"{name}.__main__"
            spec = importlib.util.find_spec(name)
            if spec is None:
                refuse(f"No module named {name}; '{package}' is a package and cannot be directly executed", 1)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        kind = type(error).__name__
        refuse(f"Error while finding module specification for '{name}' ({kind}: {error})", 1)
    if spec is None:
        refuse(f"No module named {name}", 1)
    sys.argv[0] = spec.origin or name
    return of_spec(spec, name, package=spec.parent)


def of_spec(spec: importlib.machinery.ModuleSpec, name: str, package: str | None) -> Program:
    """What a loader has for a name."""
    loader: Any = spec.loader
    code = loader.get_code(name) if hasattr(loader, "get_code") else None
    if code is None:
        refuse(f"No code object available for {name}", 1)
    return Program(
        code, __file__=spec.origin, __spec__=spec, __package__=package, __loader__=loader, __cached__=spec.cached
    )


def of_input() -> Program:
    """What stands in the standard input; at a terminal, a prompt."""
    if sys.stdin.isatty():
        source = "import code\ncode.interact(local=globals(), exitmsg='')\n"
    else:
        source = sys.stdin.read()
    return Program(compile(source, "<stdin>", "exec", dont_inherit=True), __file__="<stdin>", __cached__=None)


def show_lines(name: str, source: str) -> None:
    """Lets tracebacks show the lines of the code that was given, as Python does from 3.13 on."""
    if sys.version_info >= (3, 13):
        import linecache

        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)


def set_first_path(path: str) -> None:
    """Puts a folder where `python -m` put the current one."""
    if not sys.flags.safe_path and sys.path:
        sys.path[0] = path


def refuse(text: str, code: int) -> NoReturn:
    """Says why nothing runs, and ends the process."""
    print(f"{sys.executable} -m wengert: {text}", file=sys.stderr)
    raise SystemExit(code)


def tell_without_runner() -> None:
    """Takes the runner's frames off the traceback of what is about to leave the process, for whatever hook shows it."""
    hook = sys.excepthook

    def cut(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        trace = error.__traceback__ = without_runner(trace)
        _standin.explained(error)
        hook(kind, error, trace)

    sys.excepthook = cut


def without_runner(trace: TracebackType | None) -> TracebackType | None:
    """The program's own frames of a traceback, which a recursion may have made long."""
    own = []
    while trace is not None:
        if not is_runner(trace.tb_frame.f_code.co_filename):
            own.append(trace)
        trace = trace.tb_next
    for i, frame in enumerate(own):
        frame.tb_next = own[i + 1] if i + 1 < len(own) else None
    return own[0] if own else None


def is_runner(file: str) -> bool:
    """Whether a frame's code stands in what runs the program."""
    here = os.path.dirname(os.path.abspath(__file__))
    ours = ("__main__.py", "_run.py", "_standin.py", "_unbuilt.py")
    return file == "<frozen runpy>" or (os.path.dirname(file) == here and os.path.basename(file) in ours)
