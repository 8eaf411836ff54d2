"""What programs ask of, and set for, the libraries below torch. None is here: switches are kept without effect."""

from __future__ import annotations

from wengert.backends import cpu as cpu
from wengert.backends import cuda as cuda
from wengert.backends import cudnn as cudnn
from wengert.backends import mkl as mkl
from wengert.backends import mkldnn as mkldnn
from wengert.backends import mps as mps
from wengert.backends import openmp as openmp
from wengert.backends import opt_einsum as opt_einsum

__all__ = ["cpu", "cuda", "cudnn", "mkl", "mkldnn", "mps", "openmp", "opt_einsum"]
