"""Names that torch has and this library not yet: asking for one says so; a slip of the pen gets Python's own words.

Not all of torch's, but those that are looked for. A test fails when one that has been built is still listed. Of the
functions of `wengert` itself Python tells in its own words: see `_Later` there.
"""

from __future__ import annotations

from collections.abc import Callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from wengert._wengert import Tensor

FUNCTIONS = """
cholesky corrcoef cov det histogram i0 inverse istft logdet matrix_exp pinverse polygamma prelu qr renorm slogdet stft
svd
"""
"""Functions that are methods too: told of as methods."""

METHODS = """
share_memory_ to_sparse
"""
"""Methods that are no functions."""

MODULES = {
    "wengert.autograd": """
        Variable functional gradcheck gradgradcheck is_multithreading_enabled profiler set_multithreading_enabled
        variable
    """,
    "wengert.autograd.function": "InplaceFunction NestedIOFunction",
    "wengert.autograd.grad_mode": "set_multithreading_enabled",
    "wengert.autograd.graph": """
        allow_mutation_on_saved_tensors disable_saved_tensors_hooks register_multi_grad_hook save_on_cpu
        saved_tensors_hooks
    """,
    "wengert.func": "functional_call functionalize hessian jacfwd jacrev linearize stack_module_state vmap",
    "wengert.nn": """
        AvgPool1d AvgPool2d BCELoss BCEWithLogitsLoss BatchNorm1d BatchNorm2d Bilinear Buffer Conv1d Conv2d Conv3d
        ConvTranspose1d ConvTranspose2d CrossEntropyLoss Dropout ELU Embedding Flatten GELU GRU GRUCell GroupNorm
        HuberLoss Identity KLDivLoss L1Loss LSTM LSTMCell LayerNorm LeakyReLU Linear LogSoftmax MSELoss MaxPool1d
        MaxPool2d Module ModuleDict ModuleList MultiheadAttention NLLLoss PReLU ParameterDict ParameterList RMSNorm RNN
        RNNCell ReLU SELU Sequential SiLU Sigmoid SmoothL1Loss Softmax Softplus Tanh Transformer Unflatten init
        modules utils
    """,
    "wengert.nn.functional": """
        adaptive_avg_pool1d adaptive_avg_pool2d alpha_dropout avg_pool1d avg_pool2d batch_norm bilinear
        binary_cross_entropy binary_cross_entropy_with_logits celu conv1d conv2d conv3d conv_transpose1d
        conv_transpose2d cosine_embedding_loss cosine_similarity cross_entropy dropout elu embedding embedding_bag gelu
        glu group_norm gumbel_softmax hardsigmoid hardswish hardtanh huber_loss instance_norm interpolate kl_div l1_loss
        layer_norm leaky_relu linear local_response_norm logsigmoid margin_ranking_loss max_pool1d max_pool2d mish
        mse_loss multi_margin_loss nll_loss normalize pad pairwise_distance pdist pixel_shuffle poisson_nll_loss prelu
        relu6 rms_norm rrelu scaled_dot_product_attention selu silu smooth_l1_loss softplus softshrink softsign
        tanhshrink threshold triplet_margin_loss unfold
    """,
    "wengert.special": """
        bessel_j0 bessel_j1 entr erfcx gammainc gammaincc i0 i0e i1 i1e log_ndtr multigammaln ndtr ndtri polygamma
        xlog1py zeta
    """,
}
"""What the modules below have not, by their names."""


def text(owner: str, name: str) -> str:
    """What is said of a name that is not there, after Python's own words."""
    return f"{owner} has no attribute {name!r}: torch has it, wengert has not built it yet"


def in_module(module: str) -> Callable[[str], NoReturn]:
    """A module's `__getattr__`."""

    def missing(name: str) -> NoReturn:
        owner = f"module {module!r}"
        if name in MODULES.get(module, "").split():
            raise AttributeError(text(owner, name))
        # A text that is made when it is read: the import system asks for every submodule here first.
        raise AttributeError(Told(module, name))

    return missing


class Told:
    """What is said of a name that a module has not: Python's own words, and the nearest name that it has."""

    __slots__ = ("module", "name")

    def __init__(self, module: str, name: str) -> None:
        self.module = module
        self.name = name

    def __str__(self) -> str:
        from wengert import _standin

        near = "" if self.name.startswith("_") else _standin.nearest(self.name, self.module)
        return f"module {self.module!r} has no attribute {self.name!r}{near}"

    def __repr__(self) -> str:
        return repr(str(self))


class Method:
    """Stands for a method: to look it up says that it is not built. Tensor has no `__getattr__`, which would slow down
    every attribute that is there.
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, tensor: object, kind: type | None = None) -> NoReturn:
        owner = f"type object {kind.__name__!r}" if tensor is None and kind else f"{type(tensor).__name__!r} object"
        raise AttributeError(text(owner, self.name))


def attributes(self: Tensor) -> list[str]:
    """What `dir` lists: the names that are there."""
    unbuilt = set((FUNCTIONS + METHODS).split())
    return [name for name in object.__dir__(self) if name not in unbuilt or hasattr(self, name)]


def attach(tensor: type) -> None:
    """Gives Tensor what says so of methods."""
    there = vars(tensor)
    for name in (FUNCTIONS + METHODS).split():
        if name not in there:
            setattr(tensor, name, Method(name))
    tensor.__dir__ = attributes  # type: ignore[assignment]
