"""Automatic differentiation on the CPU with PyTorch's API: `import wengert as torch`.

What is exported stands here by name; the work is done by the native module `wengert._wengert`.
"""

from __future__ import annotations

import math as _math

from wengert import _wengert
from wengert._size import Size
from wengert._wengert import *  # noqa: F403  (the table's functions: their names are the table's)
from wengert._wengert import Tensor, __version__

e = _math.e
inf = _math.inf
nan = _math.nan
pi = _math.pi
newaxis = None
