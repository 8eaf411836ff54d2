"""`python -m wengert`: the textbook page on automatic differentiation, computed live; with arguments, a program in
which `torch` means this library (see `_run`).
"""

from __future__ import annotations

import os
import sys

import wengert
from wengert._wengert import _draw

# Each entry is one cell of the page: statements, then (where the last line is an expression) what it prints.
PAGE = """\
x = torch.arange(4.0)
x

x.requires_grad_(True)
x.grad

y = 2 * torch.dot(x, x)
y
# graph: y
y.backward()
x.grad

x.grad == 4 * x

x.grad.zero_()
y = x.sum()
y.backward()
x.grad

x.grad.zero_()
y = x * x
y.backward(gradient=torch.ones(len(y)))
x.grad

x.grad.zero_()
y = x * x
u = y.detach()
z = u * x
z.sum().backward()
x.grad == u

def f(a):
    b = a * 2
    while b.norm() < 1000:
        b = b * 2
    if b.sum() > 0:
        c = b
    else:
        c = 100 * b
    return c

a = torch.randn(size=(), requires_grad=True)
d = f(a)
d.backward()
a.grad == d / a
"""


def cells(page: str) -> list[list[str]]:
    """The page's cells: lines between blank ones; an indented line belongs to the line before it."""
    return [cell.split("\n") for cell in page.strip("\n").split("\n\n")]


def run(page: str = PAGE) -> None:
    """Runs each cell, printing its lines as typed, then what the last one gives."""
    names: dict[str, object] = {"torch": wengert}
    statement: list[str] = []

    def execute() -> None:
        source = "\n".join(statement)
        statement.clear()
        if source.strip():
            # "single" prints an expression's value by its repr, as the interactive prompt does; None is silent.
            exec(compile(source + "\n", "<page>", "single"), names)

    for cell in cells(page):
        for line in cell:
            if line.startswith("# graph: "):
                execute()
                print(f"\n    the graph recorded so far:\n{_indented(_draw(names[line[9:]]))}")
                continue
            if statement and not line.startswith((" ", "else", "elif")):
                execute()
            print((">>> " if not line.startswith((" ", "else", "elif")) else "... ") + line)
            statement.append(line)
        execute()
        print()


def _indented(text: str) -> str:
    return "\n".join("    " + line for line in text.splitlines())


def main() -> int:
    """The command without a program."""
    if sys.argv[1:] in (["-h"], ["--help"]):
        from wengert import _run

        print(_run.USAGE, end="")
        return 0
    if sys.argv[1:] in (["-V"], ["--version"]):
        print(f"wengert {wengert.__version__}")
        return 0
    print(f"wengert {wengert.__version__}: automatic differentiation, as the textbook page has it")
    print(">>> import wengert as torch\n")
    run()
    return 0


def _quietly() -> int:
    """The command; whoever reads what it prints may stop before the end."""
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still to be written must not fail once more when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    return code


def _names_a_program() -> bool:
    return len(sys.argv) > 1 and sys.argv[1:] not in (["-h"], ["--help"], ["-V"], ["--version"])


if __name__ == "__main__":
    if _names_a_program():
        from wengert import _run

        # What the program raises leaves from here as from any program: Python gives the exit code.
        _run.run(sys.argv[1:])
    else:
        sys.exit(_quietly())
