"""Switches of the thread and of the process: what they refuse, and what another thread sees of them."""

import threading
from typing import Any

from ..catalogue import each
from ..harness import caught

WRONG: dict[str, Any] = {
    "set_detect_anomaly": lambda torch, given: torch.autograd.set_detect_anomaly(given),
    "set_detect_anomaly check_nan": lambda torch, given: torch.autograd.set_detect_anomaly(False, given),
    "detect_anomaly": lambda torch, given: torch.autograd.detect_anomaly(given).__enter__(),
    "set_grad_enabled": lambda torch, given: torch.set_grad_enabled(given),
    "inference_mode": lambda torch, given: torch.inference_mode(given).__enter__(),
    "set_default_dtype": lambda torch, given: torch.set_default_dtype(given),
    "set_num_threads": lambda torch, given: torch.set_num_threads(given),
    "set_num_interop_threads": lambda torch, given: torch.set_num_interop_threads(given),
    "set_float32_matmul_precision": lambda torch, given: torch.set_float32_matmul_precision(given),
    "use_deterministic_algorithms": lambda torch, given: torch.use_deterministic_algorithms(given),
    "warn_only": lambda torch, given: torch.use_deterministic_algorithms(False, warn_only=given),
    "set_deterministic_debug_mode": lambda torch, given: torch.set_deterministic_debug_mode(given),
    "set_warn_always": lambda torch, given: torch.set_warn_always(given),
    "set_flush_denormal": lambda torch, given: torch.set_flush_denormal(given),
    "autocast": lambda torch, given: torch.autocast(given).__enter__(),
    "autocast dtype": lambda torch, given: torch.autocast("cpu", given).__enter__(),
    "autocast cache_enabled": lambda torch, given: torch.autocast("cpu", None, False, given).__enter__(),
    "is_autocast_enabled": lambda torch, given: torch.is_autocast_enabled(given),
    "get_autocast_dtype": lambda torch, given: torch.get_autocast_dtype(given),
}


@each(switch=list(WRONG))
def a_text(torch: Any, switch: str) -> Any:
    return caught(WRONG[switch], torch, "x")


@each(switch=[name for name in WRONG if "inference" not in name])
def half_a_number(torch: Any, switch: str) -> Any:
    return caught(WRONG[switch], torch, 1.5)


def another_thread_sees(torch: Any) -> Any:
    """Options of printing are the process's, regions of autocast the thread's."""
    seen: list[Any] = []

    def look() -> None:
        seen.append((torch.is_autocast_enabled("cpu"), torch.get_autocast_dtype("cpu"), repr(torch.tensor([1 / 3]))))

    def ask() -> None:
        torch.set_printoptions(precision=6)
        torch.autocast("cpu", dtype=torch.float16).__enter__()
        look()

    try:
        torch.set_printoptions(precision=2)
        with torch.autocast("cpu", dtype=torch.float16):
            look()
            for work in (look, ask):
                thread = threading.Thread(target=work)
                thread.start()
                thread.join()
        look()
    finally:
        torch.set_printoptions(profile="default")
    return seen
