"""Automatic differentiation on the CPU with PyTorch's API: `import wengert as torch`.

What is exported stands here by name; the work is done by the native module `wengert._wengert`.
"""

from __future__ import annotations

import builtins as _builtins
import math as _math

from wengert import _C as _C
from wengert import _overrides, _tensor_methods, _unbuilt, _wengert
from wengert import random as random
from wengert._autocast import *  # noqa: F403  (autocast, and what asks about it)
from wengert._contract import *  # noqa: F403  (einsum, tensordot, chain_matmul)
from wengert._dlpack import from_dlpack as from_dlpack
from wengert._legacy import *  # noqa: F403  (FloatTensor and its kin)
from wengert._settings import *  # noqa: F403  (switches)
from wengert._size import Size as Size
from wengert._wengert import *  # noqa: F403  (the operator table's functions: their names are the table's)
from wengert._wengert import Tensor as Tensor
from wengert._wengert import __version__ as __version__
from wengert.random import get_rng_state as get_rng_state
from wengert.random import initial_seed as initial_seed
from wengert.random import manual_seed as manual_seed
from wengert.random import seed as seed
from wengert.random import set_rng_state as set_rng_state

_wengert._register("Size", Size)
_wengert._register("from_sequence", _wengert._from_sequence)
Tensor.__torch_function__ = classmethod(_overrides.torch_function)
_tensor_methods.attach()
_unbuilt.attach(Tensor)

# These build upon the finished Tensor type.
from wengert import autograd as autograd  # noqa: E402
from wengert import functional as functional  # noqa: E402
from wengert import nn as nn  # noqa: E402
from wengert import return_types as return_types  # noqa: E402
from wengert.autograd import enable_grad as enable_grad  # noqa: E402
from wengert.autograd import inference_mode as inference_mode  # noqa: E402
from wengert.autograd import no_grad as no_grad  # noqa: E402
from wengert.autograd import set_grad_enabled as set_grad_enabled  # noqa: E402
from wengert.autograd import tensor as _autograd_tensor  # noqa: E402
from wengert.autograd.grad_mode import is_inference_mode_enabled as is_inference_mode_enabled  # noqa: E402
from wengert.functional import atleast_1d as atleast_1d  # noqa: E402
from wengert.functional import atleast_2d as atleast_2d  # noqa: E402
from wengert.functional import atleast_3d as atleast_3d  # noqa: E402
from wengert.functional import block_diag as block_diag  # noqa: E402
from wengert.functional import broadcast_shapes as broadcast_shapes  # noqa: E402
from wengert.functional import broadcast_tensors as broadcast_tensors  # noqa: E402
from wengert.functional import cartesian_prod as cartesian_prod  # noqa: E402
from wengert.functional import meshgrid as meshgrid  # noqa: E402
from wengert.functional import split as split  # noqa: E402
from wengert.functional import unravel_index as unravel_index  # noqa: E402

_autograd_tensor.attach()
functional.attach()
_wengert._register("Parameter", nn.Parameter)

e = _math.e
inf = _math.inf
nan = _math.nan
pi = _math.pi
newaxis = None

_TYPE_CHECKING = False
if _TYPE_CHECKING:
    from wengert import __config__ as __config__
    from wengert import accelerator as accelerator
    from wengert import amp as amp
    from wengert import backends as backends
    from wengert import compiler as compiler
    from wengert import cpu as cpu
    from wengert import cuda as cuda
    from wengert import func as func
    from wengert import linalg as linalg
    from wengert import memory as memory
    from wengert import mps as mps
    from wengert import mtia as mtia
    from wengert import optimize as optimize
    from wengert import special as special
    from wengert import storage as storage
    from wengert import testing as testing
    from wengert import utils as utils
    from wengert import version as version
    from wengert import xpu as xpu


def is_tensor(obj: object) -> _builtins.bool:
    """Whether `obj` is a Tensor."""
    return isinstance(obj, Tensor)


def set_default_dtype(d: _wengert.dtype, /) -> None:
    """Sets the element type that a floating point number gives a tensor.

    Raises TypeError for what is no floating point type.
    """
    _wengert._set_default_dtype(d)


class _Later(type(_math)):  # type: ignore[misc]
    """A module of the package that is loaded when something of it is first asked for: most programs never do, and an
    import costs more than a small model.

    This module has no `__getattr__` that could do so, nor say of one of torch's functions that it is not built yet:
    Python would no longer keep where a name was found, and every `torch.dot` would cost 35 ns more.
    """

    def __getattr__(self, name: str) -> object:
        return getattr(self._loaded(), name)

    def __dir__(self) -> list[str]:
        return dir(self._loaded())

    def _loaded(self) -> object:
        import importlib
        import sys

        module = importlib.import_module(str(self.__name__))
        # `torch`, where it stands for this package, has the package's names of before (see `_standin`).
        names = vars(sys.modules["torch"]) if "torch" in sys.modules else {}
        short = str(self.__name__).rpartition(".")[2]
        if names.get(short) is self:
            names[short] = module
        return module


if not _TYPE_CHECKING:
    for _name in """
        __config__ accelerator amp backends compiler cpu cuda func linalg memory mps mtia optimize special storage
        testing utils version xpu
    """.split():
        globals()[_name] = _Later(f"wengert.{_name}")
    del _name


def install_as_torch() -> None:
    """Lets `import torch` and its submodules mean this library, from now on and for this process.

    Raises RuntimeError where torch itself is loaded already.
    """
    from wengert import _standin

    _standin.install()
