"""Switches and device stand-ins that torch answers otherwise, or not at all: see docs/differences.md."""

import sys
import types
import warnings

import pytest

import wengert as torch


def test_compile_gives_back_what_it_is_given() -> None:
    def f(x: int) -> int:
        return x

    assert torch.compile(f) is f and torch.compile(f, backend="none such", dynamic=True, fullgraph=True) is f

    @torch.compile
    def g(x: int) -> int:
        return x + 1

    @torch.compile(mode="max-autotune")
    def h(x: int) -> int:
        return x + 2

    assert (g(1), h(1)) == (2, 3)
    # In torch's words.
    with pytest.raises(AssertionError, match=r"^A callable function is expected, but <class 'int'> is provided\.$"):
        torch.compile(3)  # type: ignore[arg-type]
    with pytest.raises(
        RuntimeError, match=r"^Unrecognized mode=foo, should be one of: default, lite, reduce-overhead, "
    ):
        torch.compile(f, mode="foo")
    with pytest.raises(RuntimeError, match="both can't be specified"):
        torch.compile(f, mode="default", options={"a": 1})
    for decorate in (torch.compiler.disable, torch.compiler.disable(), torch.compiler.allow_in_graph):
        assert decorate(f) is f
    with torch.compiler.set_stance("force_eager"):
        assert not torch.compiler.is_compiling()


def test_a_refused_default_device_is_not_set() -> None:
    with pytest.raises(AssertionError, match="not compiled with CUDA"):
        torch.set_default_device("cuda")
    with pytest.raises(NotImplementedError):
        torch.set_default_device("meta")
    assert torch.get_default_device() == torch.device("cpu")


def test_device_modules_are_found() -> None:
    for name in ("cpu", "cuda", "mps", "xpu", "mtia"):
        found = torch.get_device_module(name)
        assert isinstance(found, types.ModuleType) and found.is_available() is (name == "cpu")
    assert torch.get_device_module() is torch.cpu or torch.get_device_module().device_count() == 1


def test_cuda_has_every_name_that_raises_and_no_other() -> None:
    import wengert.cuda as cuda

    for name in cuda._STARTS.split():
        with pytest.raises(AssertionError, match="Torch not compiled with CUDA enabled"):
            getattr(cuda, name)()
    for name in cuda._COUNTS.split():
        assert getattr(cuda, name)() == 0
    with pytest.raises(AttributeError, match="the nearest that it has is 'is_available'"):
        _ = cuda.is_availabel
    for module, name in (("accelerator", "no_such"), ("mps", "no_such")):
        assert not hasattr(getattr(torch, module), name)
    with pytest.raises(RuntimeError, match="none is available"):
        with torch.accelerator.device_index(0):
            pass
    with torch.accelerator.device_index(None), cuda.stream(None), torch.cpu.stream(torch.cpu.current_stream()):
        pass


def test_the_build_is_told() -> None:
    assert torch.__version__ in torch.__config__.show() and "get_num_threads" in torch.__config__.parallel_info()
    assert torch.version.cuda is None and torch.version.__version__ == torch.__version__
    assert torch.backends.cpu.get_cpu_capability() in ("AVX512", "AVX2", "DEFAULT")


def test_autocast_changes_no_type() -> None:
    x = torch.ones(2, 2)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.mm(x, x).dtype == torch.float32
        with pytest.raises(ValueError, match="within"):
            with torch.autocast("cpu", dtype=torch.float16):
                raise ValueError("within")
        assert torch.get_autocast_dtype("cpu") == torch.bfloat16
    assert not torch.is_autocast_enabled("cpu")


def test_a_function_for_autocast_is_itself() -> None:
    class Double(torch.autograd.Function):
        @staticmethod
        @torch.amp.custom_fwd(device_type="cuda", cast_inputs=torch.float16)
        def forward(ctx: object, x: torch.Tensor) -> torch.Tensor:
            return x * 2

        @staticmethod
        @torch.amp.custom_bwd(device_type="cuda")
        def backward(ctx: object, g: torch.Tensor) -> torch.Tensor:
            return g * 2

    x = torch.ones(1, requires_grad=True)
    Double.apply(x).backward()
    assert x.grad is not None and x.grad.tolist() == [2.0]
    assert torch.cuda.amp.custom_fwd(test_the_build_is_told) is test_the_build_is_told


def test_the_old_names_of_cuda_warn() -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with torch.cuda.amp.autocast():
            assert not torch.is_autocast_enabled()
        scaler = torch.cuda.amp.GradScaler()
    assert [warning.category for warning in told] == [FutureWarning, UserWarning] * 2
    assert not scaler.is_enabled() and all(warning.filename == __file__ for warning in told[::2])


def test_threads_between_operators_are_kept() -> None:
    before = torch.get_num_interop_threads()
    torch.set_num_interop_threads(3)
    assert torch.get_num_interop_threads() == 3
    torch.set_num_interop_threads(before)
    with pytest.raises(RuntimeError, match="positive"):
        torch.set_num_interop_threads(0)


def test_typename_is_that_of_the_old_class() -> None:
    told = [torch.typename(thing) for thing in (torch.ones(1).long(), torch.nn.Parameter(torch.ones(1)), [], sys)]
    assert told == ["torch.LongTensor", "torch.FloatTensor", "list", "module"]
