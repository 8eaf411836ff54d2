"""`python -m wengert program` and `install_as_torch`: `torch` is this library, in that process alone.

Each program runs in a process of its own, under Python itself and under the runner, and what it does must be the same.
"""

import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

import wengert

RUNNER = [sys.executable, "-m", "wengert"]
ABOUT = """
import os, sys
print(sys.argv, __name__, sys.path[0], globals().get("__file__"), __spec__ is None, __package__, sorted(
    name for name in globals() if name not in ("os", "sys")))
print(sys.modules["__main__"].__dict__ is globals())
"""


def run(command: list[str], where: Path, text: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=where, capture_output=True, text=True, input=text, timeout=120)


def written(folder: Path, name: str, text: str) -> str:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(textwrap.dedent(text), encoding="utf-8")
    return name


def alike(arguments: list[str], where: Path, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """What the runner does with a program, which is what Python does with it."""
    ours, pythons = run([*RUNNER, *arguments], where, text), run([sys.executable, *arguments], where, text)
    assert (ours.returncode, ours.stdout) == (pythons.returncode, pythons.stdout)
    assert ours.stderr == pythons.stderr
    return ours


def test_a_script_sees_what_python_shows_it(tmp_path: Path) -> None:
    written(tmp_path, "below/script.py", ABOUT + "import beside; print(beside.__name__)\n")
    written(tmp_path, "below/beside.py", "")
    assert alike(["below/script.py", "-x", "--two", "3"], tmp_path).returncode == 0


def test_a_folder_and_an_archive_run_their_main(tmp_path: Path) -> None:
    about = ABOUT.replace("globals().get", "(lambda name: None) or globals().get")
    written(tmp_path, "folder/__main__.py", about)
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        archive.writestr("__main__.py", "import sys; print(sys.argv, __name__)")
    for name in ("folder", "archive.zip"):
        done = run([*RUNNER, name, "x"], tmp_path)
        assert done.returncode == 0, done.stderr
        assert f"['{name}', 'x'] __main__" in done.stdout


def test_a_module_and_a_package_run_by_name(tmp_path: Path) -> None:
    written(tmp_path, "package/__init__.py", "print('the package', __name__)\n")
    written(tmp_path, "package/__main__.py", "import sys; from . import part; print(sys.argv, __name__, __package__)\n")
    written(tmp_path, "package/part.py", "import sys; print(__name__, sys.argv, __spec__.name, __package__)\n")
    for name in ("package", "package.part", "package.__main__"):
        assert "package" in alike(["-m", name, "x"], tmp_path).stdout


def test_code_and_input_run(tmp_path: Path) -> None:
    alike(["-c", ABOUT, "x", "-y"], tmp_path)
    alike(["-", "x"], tmp_path, text=ABOUT)
    alike(["-c", "raise ValueError('of the code')"], tmp_path)
    alike(["-"], tmp_path, text="def f():\n    raise ValueError('of the input')\nf()\n")


@pytest.mark.parametrize(
    "last",
    [
        "sys.exit()",
        "sys.exit(7)",
        "sys.exit('a word')",
        "raise SystemExit(3)",
        "import os; os._exit(9)",
        "f(0)",
        "raise KeyboardInterrupt",
        "sys.excepthook = lambda *about: print('hooked', about[0].__name__, about[2].tb_frame.f_code.co_name); f(0)",
        "assert False, 'said'",
        "f(-1)",
        "import atexit; atexit.register(lambda: print('at the end', __name__)); f(0)",
        "print(unknown)",
    ],
)
def test_it_ends_as_under_python(tmp_path: Path, last: str) -> None:
    """The exit code, and a traceback that has the script's own lines and no others."""
    program = f"""\
        import sys
        def f(x):
            if x < 0:
                try:
                    f(0)
                except ZeroDivisionError as error:
                    raise RuntimeError("of the script") from error
            return 1 / x
        print("begun")
        {last}
        """
    name = written(tmp_path, "script.py", program)
    done = alike([name], tmp_path)
    assert done.stdout.startswith("begun")
    assert "wengert" not in done.stderr and "runpy" not in done.stderr


@pytest.mark.parametrize("program", ["x = (\n", "def f():\nreturn\n", "print('\x80')\n"])
def test_what_is_no_python_is_told_as_by_python(tmp_path: Path, program: str) -> None:
    alike([written(tmp_path, "script.py", program)], tmp_path)


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    for arguments, code, words in (
        (["nothing.py"], 2, "can't open file"),
        (["-m", "no_such_module"], 1, "No module named no_such_module"),
        (["-m", "no.such"], 1, "No module named 'no'"),
        (["-m", "json"], 1, "'json' is a package and cannot be directly executed"),
        (["-c"], 2, "Argument expected for the -c option"),
        (["--nonsense"], 2, "unknown option --nonsense"),
    ):
        done = run([*RUNNER, *arguments], tmp_path)
        assert (done.returncode, done.stdout) == (code, "")
        assert words in done.stderr and "Traceback" not in done.stderr


def test_the_command_without_a_program(tmp_path: Path) -> None:
    assert "usage: python -m wengert" in run([*RUNNER, "--help"], tmp_path).stdout
    assert run([*RUNNER, "--version"], tmp_path).stdout == f"wengert {wengert.__version__}\n"


AS_TORCH = """
import torch
import torch.nn as nn
import torch.backends.cudnn as cudnn
import torch.autograd.forward_ad as forward_ad
from torch import nn as also_nn, Tensor
from torch.autograd import Function
from torch.testing import assert_close
import importlib.util, sys, wengert

assert nn is also_nn is torch.nn is wengert.nn and nn.__spec__.name == nn.__name__ == "wengert.nn"
assert Tensor is wengert.Tensor and torch.autograd.forward_ad is forward_ad is sys.modules["torch.autograd.forward_ad"]
assert torch.backends.cudnn is cudnn and importlib.util.find_spec("torch").name == "torch"
assert torch.__name__ == "torch" and "'torch'" in repr(torch) and "torch" in sys.modules
x = torch.arange(4.0, requires_grad=True)
(2 * torch.dot(x, x)).backward()
assert_close(x.grad, 4 * x.detach())
version = torch.__version__
assert tuple(int(part) for part in version.split(".")[:2]) == (2, 13)
assert version.startswith("2.13.0+wengert") and version >= (2, 0) and version > "2.9" and not version < (2, 13)
assert version == str(version) and wengert.__version__ == torch.version.__version__ != version
assert importlib.util.find_spec("torch.distributed") is None and importlib.util.find_spec("torch.nn") is not None
try:
    import torch.distributed
except ModuleNotFoundError as error:
    assert error.name == "torch.distributed"
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
print(torch.ones(1, device=device))
"""


def test_torch_means_this_library(tmp_path: Path) -> None:
    done = run([*RUNNER, written(tmp_path, "script.py", AS_TORCH)], tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "tensor([1.])\n", "")


def test_other_processes_are_left_alone(tmp_path: Path) -> None:
    """A child does not know: where torch is not installed, it finds none."""
    program = """
    import os, subprocess, sys, torch
    told = subprocess.run([sys.executable, "-S", "-c", "import sys; print('torch' in sys.modules, sys.argv)"],
                          capture_output=True, text=True)
    print(told.stdout, [name for name in os.environ if "WENGERT" in name or "PYTHONSTARTUP" in name])
    """
    done = run([*RUNNER, written(tmp_path, "script.py", program)], tmp_path)
    assert done.stdout.startswith("False ['-c']"), done.stderr


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("import torch.distributed", "No module named 'torch.distributed': torch is wengert in this process"),
        ("import torch.autogrd", "the nearest that it has is 'autograd'"),
        ("from torch import onse", "the nearest that it has is 'ones'"),
        ("import torch; torch.sofmaxx", "torch is wengert in this process, which has no 'sofmaxx' there"),
        ("import torch; torch.fullx", "the nearest that it has is 'full'"),
        ("import torch; torch.nn.Parametr", "the nearest that it has is 'Parameter'"),
        ("from torch.nn import Parametr", "the nearest that it has is 'Parameter'"),
        ("import torch.cuda; torch.cuda.is_availabel()", "the nearest that it has is 'is_available'"),
        ("import torch.optim", "'torch.optim': torch is wengert in this process, which has not built it yet"),
        ("import torch; torch.optim.SGD", "torch is wengert in this process, which has not built it yet"),
        ("from torch import optim", "torch is wengert in this process, which has not built it yet"),
        ("from torch.optim.lr_scheduler import StepLR", "which has not built it yet"),
        (
            "from torch.utils.data import DataLoader",
            "'torch.utils.data': torch is wengert in this process, which has not",
        ),
        ("import torch; torch.utils.data", "'data': torch has it, wengert has not built it yet"),
        ("import torch.nn.init", "which has not built it yet"),
        ("import torch.optimm", "which has no such module; torch's 'optim' is not built yet"),
        ("import torch.jit", "'torch.jit': torch is wengert in this process, which leaves 'jit' to torch"),
        ("import torch; torch.fx.symbolic_trace", "which leaves 'fx' to torch"),
    ],
)
def test_a_name_that_is_lacking_is_told_with_the_nearest(tmp_path: Path, program: str, words: str) -> None:
    done = run([*RUNNER, written(tmp_path, "script.py", program + "\n")], tmp_path)
    assert done.returncode == 1 and words in done.stderr, done.stderr
    # The module that lacks the name may show where it says so; what runs the program does not.
    assert not any(name in done.stderr for name in ("_run.py", "__main__.py", "runpy", "_standin"))


def test_installed_by_a_call(tmp_path: Path) -> None:
    """As in a notebook: the same, twice is once, and a name that is lacking is told."""
    program = "import wengert\nwengert.install_as_torch()\nwengert.install_as_torch()\n" + AS_TORCH + "torch.onse\n"
    done = run([sys.executable, written(tmp_path, "script.py", program)], tmp_path)
    assert (done.returncode, done.stdout) == (1, "tensor([1.])\n")
    assert "the nearest that it has is 'ones'" in done.stderr


def test_it_is_refused_where_torch_is_loaded(tmp_path: Path) -> None:
    written(tmp_path, "torch.py", "here = True\n")
    program = """
    import torch, wengert
    try:
        wengert.install_as_torch()
    except RuntimeError as error:
        print(torch.here, str(error).partition(",")[0])
    """
    done = run([sys.executable, written(tmp_path, "script.py", program)], tmp_path)
    assert (done.stdout, done.stderr) == ("True torch is loaded already\n", "")
