"""Special functions: those of them that are built, under the names that torch has for them here."""

from __future__ import annotations

from wengert import _unbuilt
from wengert._wengert import special_digamma as digamma
from wengert._wengert import special_erf as erf
from wengert._wengert import special_erfc as erfc
from wengert._wengert import special_erfinv as erfinv
from wengert._wengert import special_exp2 as exp2
from wengert._wengert import special_expit as expit
from wengert._wengert import special_expm1 as expm1
from wengert._wengert import special_gammaln as gammaln
from wengert._wengert import special_log1p as log1p
from wengert._wengert import special_log_softmax as log_softmax
from wengert._wengert import special_logit as logit
from wengert._wengert import special_logsumexp as logsumexp
from wengert._wengert import special_psi as psi
from wengert._wengert import special_round as round
from wengert._wengert import special_sinc as sinc
from wengert._wengert import special_softmax as softmax
from wengert._wengert import special_xlogy as xlogy

__all__ = [
    "digamma",
    "erf",
    "erfc",
    "erfinv",
    "exp2",
    "expit",
    "expm1",
    "gammaln",
    "log1p",
    "log_softmax",
    "logit",
    "logsumexp",
    "psi",
    "round",
    "sinc",
    "softmax",
    "xlogy",
]

__getattr__ = _unbuilt.in_module(__name__)
