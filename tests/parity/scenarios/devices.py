"""What programs for several devices and builds ask and set, as a build for the CPU answers."""

from typing import Any

from ..catalogue import each
from ..harness import caught

ASKED = """
cuda.is_available()
cuda.device_count()
cuda.current_device()
cuda.empty_cache()
cuda.synchronize()
cuda.get_device_name(0)
cuda.get_device_properties(0)
cuda.get_device_capability()
cuda.manual_seed(1)
cuda.manual_seed_all(1)
cuda.seed_all()
cuda.initial_seed()
cuda.set_device(-1)
cuda.set_device(0)
cuda.set_device('cpu')
cuda.memory_allocated()
cuda.max_memory_allocated()
cuda.memory_reserved()
cuda.memory_stats()
cuda.mem_get_info()
cuda.is_initialized()
cuda.init()
cuda.is_bf16_supported()
cuda.ipc_collect()
cuda.current_stream()
cuda.Stream()
cuda.Event()
cuda.device(0).__enter__()
cuda.device(-1).__enter__()
cuda.device_of(one).__enter__()
cuda.get_rng_state()
cuda.get_rng_state_all()
cuda.FloatTensor(2)
cuda.get_arch_list()
cuda.amp.GradScaler(enabled=False).is_enabled()
cuda.amp.GradScaler().get_scale()
cuda.amp.autocast(enabled=False).fast_dtype
backends.cuda.is_built()
backends.cuda.matmul.allow_tf32
backends.cudnn.benchmark
backends.cudnn.deterministic
backends.cudnn.enabled
backends.cudnn.version()
backends.cudnn.is_available()
backends.mps.is_available()
backends.mps.is_built()
accelerator.is_available()
accelerator.current_accelerator()
accelerator.device_count()
accelerator.current_device_index()
accelerator.set_device_index(0)
accelerator.synchronize()
accelerator.memory_allocated()
mps.is_available()
mps.device_count()
mps.manual_seed(1)
mps.empty_cache()
mps.synchronize()
mps.current_allocated_memory()
xpu.is_available()
xpu.device_count()
xpu.current_device()
xpu.empty_cache()
xpu.synchronize()
mtia.is_available()
cpu.is_available()
cpu.device_count()
cpu.current_device()
cpu.synchronize()
get_default_device()
set_default_device(0)
set_default_device('nope')
get_device_module('foo')
use_deterministic_algorithms('a')
use_deterministic_algorithms(1)
set_deterministic_debug_mode('x')
set_deterministic_debug_mode(4)
set_deterministic_debug_mode(1.0)
set_float32_matmul_precision('x')
set_float32_matmul_precision(1)
set_flush_denormal(False)
version.cuda
version.hip
version.debug
is_storage(one)
is_distributed(one)
typename(one)
typename(1)
compiler.is_compiling()
autocast()
autocast('foo')
autocast(1)
autocast('cuda').fast_dtype
autocast('cpu', dtype=torch.float32).fast_dtype
autocast('cpu').device
is_autocast_enabled()
is_autocast_cache_enabled()
get_autocast_dtype('cpu')
get_autocast_dtype('cuda')
amp.is_autocast_available('cpu')
amp.GradScaler('cpu').get_scale()
amp.GradScaler('cuda').scale(one)
amp.GradScaler('cuda').state_dict()
ones(2).cuda()
ones(2).to('cuda')
ones(2).to('cuda:0')
ones(2).to('xpu')
ones(2).to('cpu:0').device.type
ones(2, device='cuda')
ones(2, pin_memory=True)
"""


@each(call=ASKED.strip().split("\n"))
def asked(torch: Any, call: str) -> Any:
    return caught(eval, f"torch.{call}", {"torch": torch, "one": torch.ones(2)})


def set_and_asked(torch: Any) -> Any:
    told = []
    try:
        torch.use_deterministic_algorithms(True)
        told.append((torch.are_deterministic_algorithms_enabled(), torch.get_deterministic_debug_mode()))
        torch.use_deterministic_algorithms(True, warn_only=True)
        told.append((torch.is_deterministic_algorithms_warn_only_enabled(), torch.get_deterministic_debug_mode()))
        torch.set_deterministic_debug_mode("error")
        told.append((torch.is_deterministic_algorithms_warn_only_enabled(), torch.get_deterministic_debug_mode()))
        torch.set_float32_matmul_precision("high")
        told.append(torch.get_float32_matmul_precision())
        torch.set_default_device("cpu:0")
        told.append((repr(torch.get_default_device()), repr(torch.ones(1).device)))
        torch.backends.cudnn.benchmark = True
        with torch.backends.cudnn.flags(enabled=False, benchmark=False):
            told.append((torch.backends.cudnn.enabled, torch.backends.cudnn.benchmark))
        told.append((torch.backends.cudnn.enabled, torch.backends.cudnn.benchmark))
    finally:
        torch.use_deterministic_algorithms(False)
        torch.set_float32_matmul_precision("highest")
        torch.set_default_device(None)
        torch.backends.cudnn.benchmark = False
    return told, repr(torch.get_default_device())


def regions(torch: Any) -> Any:
    told = [torch.is_autocast_enabled("cpu")]
    with torch.autocast("cpu", dtype=torch.float16):
        told.append((torch.is_autocast_enabled("cpu"), torch.get_autocast_dtype("cpu")))
        with torch.autocast("cpu", enabled=False):
            told.append((torch.is_autocast_enabled("cpu"), torch.get_autocast_dtype("cpu")))
        told.append(torch.is_autocast_enabled("cpu"))

    @torch.amp.autocast("cpu")
    def inside(x: int) -> Any:
        return x, torch.is_autocast_enabled("cpu")

    return told, inside(3), inside.__name__, torch.is_autocast_enabled("cpu"), torch.get_autocast_dtype("cpu")


class _Optimizer:
    def __init__(self, parameters: list[Any]) -> None:
        self.param_groups = [{"params": parameters}]
        self.steps = 0

    def step(self) -> str:
        self.steps += 1
        return "stepped"


def scaled_gradients(torch: Any) -> Any:
    """A factor that grows after two good steps and shrinks after an infinite gradient, which makes no step."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    optimizer = _Optimizer([x])
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0, growth_interval=2)
    told: list[Any] = []
    for factor in (1.0, 1.0, float("inf"), 1.0):
        x.grad = None
        scaler.scale((x * factor).sum()).backward()
        told += [x.grad.clone(), scaler.step(optimizer), x.grad.clone(), caught(scaler.step, optimizer)]
        scaler.update()
        told += [scaler.get_scale(), optimizer.steps]
    told.append(caught(scaler.update))
    x.grad = torch.ones(2)
    scaler.unscale_(optimizer)
    told += [x.grad.clone(), caught(scaler.unscale_, optimizer), scaler.state_dict(), scaler.is_enabled()]
    other = torch.amp.GradScaler("cpu")
    other.load_state_dict(scaler.state_dict())
    return told, other.get_scale(), scaler.scale([x.detach(), (x.detach(),)])


def disabled_scaler(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    optimizer = _Optimizer([x])
    scaler = torch.amp.GradScaler("cpu", enabled=False)
    scaler.scale(x.sum()).backward()
    scaler.unscale_(optimizer)
    told = scaler.step(optimizer)
    scaler.update()
    return told, x.grad, scaler.get_scale(), scaler.state_dict(), scaler.is_enabled()


def a_device_as_a_context(torch: Any) -> Any:
    with torch.device("cpu") as device:
        made = torch.ones(2)
    with torch.device("cpu:0"):
        other = torch.zeros(1)
    return repr(device), made, other, repr(other.device), [torch.device("cpu").type, torch.device("cuda", 1).index]


def sizes(torch: Any) -> Any:
    size = torch.Size([2, 3, 4])
    return [size, size[1:], size[-1], size + (5,), (5,) + size, size * 2, size.numel(), torch.Size().numel()]


@each(device=["cpu", "cuda", "cuda:1", "mps", "xpu", "xla", "mtia", "hip", "hpu", "meta", "vulkan", "lazy", "foo"])
def generators_elsewhere(torch: Any, device: str) -> Any:
    return caught(lambda: str(torch.Generator(device).device)), caught(
        lambda: str(torch.Generator(device=device).device)
    )
