"""Names that torch has and this library not yet: asking for one says so; a slip of the pen gets Python's own words.

Names of devices and compilers that this library will not have are left out, but for the best known modules. A test
fails when one that has been built is still listed. Of the functions of `wengert` itself Python tells in its own words:
see `_Later` there.
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
apply_ ccol_indices chalf cholesky_inverse cholesky_solve coalesce col_indices const_data_ptr crow_indices dense_dim
dequantize dim_order eig fill_diagonal_ geqrf hardshrink hash_tensor i0_ igamma igamma_ igammac igammac_ index indices
int_repr is_coalesced is_distributed lstsq lu lu_solve map2_ map_ module_load mvlgamma mvlgamma_ orgqr ormqr polygamma_
q_per_channel_axis q_per_channel_scales q_per_channel_zero_points q_scale q_zero_point qscheme record_stream renorm_
resize_as_sparse_ row_indices set_ share_memory_ slice_inverse smm solve sparse_dim sparse_mask sparse_resize_
sparse_resize_and_clear_ sspaddmm storage_type symeig to_mkldnn to_padded_tensor to_sparse to_sparse_bsc to_sparse_bsr
to_sparse_coo to_sparse_csc to_sparse_csr triangular_solve values
"""
"""Methods that are no functions."""

NAMES = """
BFloat16Storage BoolStorage ByteStorage CharStorage DoubleStorage Event FloatStorage HalfStorage IntStorage LongStorage
OutOfMemoryError ShortStorage Storage StorageBase Stream TypedStorage UntypedStorage adaptive_avg_pool1d
adaptive_max_pool1d alias_copy alpha_dropout as_strided_copy avg_pool1d bartlett_window batch_norm bilinear
binary_cross_entropy_with_logits binomial blackman_window cdist celu celu_ chalf channel_shuffle cholesky_inverse
cholesky_solve complex complex32 cond constant_pad_nd conv1d conv2d conv3d conv_tbc conv_transpose1d conv_transpose2d
conv_transpose3d cosine_embedding_loss cosine_similarity ctc_loss dequantize detach_copy diagonal_copy distributions
dropout dropout_ eig embedding embedding_bag expand_copy feature_alpha_dropout feature_dropout fft frobenius_norm
from_file futures geqrf gradient grid_sampler group_norm gru gru_cell hamming_window hann_window hardshrink
hinge_embedding_loss histogramdd i0_ igamma igammac instance_norm kaiser_window kl_div layer_norm load lobpcg logspace
lstm lstm_cell lstsq lu lu_solve lu_unpack margin_ranking_loss masked matrix_rank max_pool1d max_pool2d max_pool3d
multiprocessing mvlgamma native_batch_norm native_dropout native_layer_norm nested nuclear_norm optim orgqr ormqr
overrides pairwise_distance pca_lowrank pdist permute_copy pixel_shuffle pixel_unshuffle poisson_nll_loss polar profiler
quasirandom range rms_norm rnn_relu rnn_relu_cell rnn_tanh rnn_tanh_cell rrelu rrelu_ save segment_reduce select_copy
selu selu_ serialization set_anomaly_enabled set_autocast_cache_enabled set_autocast_dtype set_autocast_enabled signal
slice_copy solve sparse sparse_coo_tensor sparse_csr_tensor split_copy squeeze_copy svd_lowrank symeig t_copy
transpose_copy triangular_solve triplet_margin_loss uint16 uint32 uint64 unbind_copy unfold_copy unsqueeze_copy
view_copy vmap
"""
"""What torch itself has beside: functions that are no methods, types, modules."""

FOREIGN = "ao classes cpp distributed export fx hub jit library monitor onnx ops package quantization"
"""Modules of torch's compilers, and of its dealings with other machines and programs."""

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
    "wengert.func": """
        functional_call functionalize hessian jacfwd jacrev linearize replace_all_batch_norm_modules_ stack_module_state
        vmap
    """,
    "wengert.linalg": """
        LinAlgError cholesky cholesky_ex cond cross det diagonal eig eigh eigvals eigvalsh householder_product inv
        inv_ex ldl_factor ldl_factor_ex ldl_solve lstsq lu lu_factor lu_factor_ex lu_solve matrix_exp matrix_power
        matrix_rank multi_dot pinv qr slogdet solve solve_ex solve_triangular svd svdvals tensorinv tensorsolve vander
        vecdot
    """,
    "wengert.nn": """
        AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveLogSoftmaxWithLoss AdaptiveMaxPool1d
        AdaptiveMaxPool2d AdaptiveMaxPool3d AlphaDropout AvgPool1d AvgPool2d AvgPool3d BCELoss BCEWithLogitsLoss
        BatchNorm1d BatchNorm2d BatchNorm3d Bilinear Buffer CELU CTCLoss ChannelShuffle CircularPad1d CircularPad2d
        CircularPad3d ConstantPad1d ConstantPad2d ConstantPad3d Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d
        ConvTranspose3d CosineEmbeddingLoss CosineSimilarity CrossEntropyLoss DataParallel Dropout Dropout1d Dropout2d
        Dropout3d ELU Embedding EmbeddingBag FeatureAlphaDropout Flatten Fold FractionalMaxPool2d FractionalMaxPool3d
        GELU GLU GRU GRUCell GaussianNLLLoss GroupNorm Hardshrink Hardsigmoid Hardswish Hardtanh HingeEmbeddingLoss
        HuberLoss Identity InstanceNorm1d InstanceNorm2d InstanceNorm3d KLDivLoss L1Loss LPPool1d LPPool2d LPPool3d LSTM
        LSTMCell LayerNorm LazyBatchNorm1d LazyBatchNorm2d LazyBatchNorm3d LazyConv1d LazyConv2d LazyConv3d
        LazyConvTranspose1d LazyConvTranspose2d LazyConvTranspose3d LazyInstanceNorm1d LazyInstanceNorm2d
        LazyInstanceNorm3d LazyLinear LeakyReLU Linear LocalResponseNorm LogSigmoid LogSoftmax MSELoss MarginRankingLoss
        MaxPool1d MaxPool2d MaxPool3d MaxUnpool1d MaxUnpool2d MaxUnpool3d Mish Module ModuleDict ModuleList
        MultiLabelMarginLoss MultiLabelSoftMarginLoss MultiMarginLoss MultiheadAttention NLLLoss PReLU PairwiseDistance
        ParameterDict ParameterList PixelShuffle PixelUnshuffle PoissonNLLLoss RMSNorm RNN RNNBase RNNCell RNNCellBase
        RReLU ReLU ReLU6 ReflectionPad1d ReflectionPad2d ReflectionPad3d ReplicationPad1d ReplicationPad2d
        ReplicationPad3d SELU Sequential SiLU Sigmoid SmoothL1Loss SoftMarginLoss Softmax Softmax2d Softmin Softplus
        Softshrink Softsign SyncBatchNorm Tanh Tanhshrink Threshold Transformer TransformerDecoder
        TransformerDecoderLayer TransformerEncoder TransformerEncoderLayer TripletMarginLoss
        TripletMarginWithDistanceLoss Unflatten Unfold UninitializedBuffer UninitializedParameter Upsample
        UpsamplingBilinear2d UpsamplingNearest2d ZeroPad1d ZeroPad2d ZeroPad3d init modules utils
    """,
    "wengert.nn.functional": """
        adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool1d_with_indices
        adaptive_max_pool2d adaptive_max_pool2d_with_indices adaptive_max_pool3d adaptive_max_pool3d_with_indices
        affine_grid alpha_dropout avg_pool1d avg_pool2d avg_pool3d batch_norm bilinear binary_cross_entropy
        binary_cross_entropy_with_logits celu celu_ channel_shuffle conv1d conv2d conv3d conv_tbc conv_transpose1d
        conv_transpose2d conv_transpose3d cosine_embedding_loss cosine_similarity cross_entropy ctc_loss dropout
        dropout1d dropout2d dropout3d elu elu_ embedding embedding_bag feature_alpha_dropout fold fractional_max_pool2d
        fractional_max_pool2d_with_indices fractional_max_pool3d fractional_max_pool3d_with_indices gaussian_nll_loss
        gelu glu grid_sample group_norm gumbel_softmax hardshrink hardsigmoid hardswish hardtanh hardtanh_
        hinge_embedding_loss huber_loss instance_norm interpolate kl_div l1_loss layer_norm leaky_relu leaky_relu_
        linear local_response_norm logsigmoid lp_pool1d lp_pool2d lp_pool3d margin_ranking_loss max_pool1d
        max_pool1d_with_indices max_pool2d max_pool2d_with_indices max_pool3d max_pool3d_with_indices max_unpool1d
        max_unpool2d max_unpool3d mish mse_loss multi_head_attention_forward multi_margin_loss multilabel_margin_loss
        multilabel_soft_margin_loss native_channel_shuffle nll_loss normalize pad pairwise_distance pdist pixel_shuffle
        pixel_unshuffle poisson_nll_loss prelu relu6 relu_ rms_norm rrelu rrelu_ scaled_dot_product_attention selu selu_
        silu smooth_l1_loss soft_margin_loss softplus softshrink softsign tanhshrink threshold threshold_
        triplet_margin_loss triplet_margin_with_distance_loss unfold upsample upsample_bilinear upsample_nearest
    """,
    "wengert.utils": "backcompat benchmark checkpoint data deterministic hooks swap_tensors tensorboard",
    "wengert.special": """
        airy_ai bessel_j0 bessel_j1 bessel_y0 bessel_y1 chebyshev_polynomial_t chebyshev_polynomial_u
        chebyshev_polynomial_v chebyshev_polynomial_w entr erfcx gammainc gammaincc hermite_polynomial_h
        hermite_polynomial_he i0 i0e i1 i1e laguerre_polynomial_l legendre_polynomial_p log_ndtr modified_bessel_i0
        modified_bessel_i1 modified_bessel_k0 modified_bessel_k1 multigammaln ndtr ndtri polygamma
        scaled_modified_bessel_k0 scaled_modified_bessel_k1 shifted_chebyshev_polynomial_t
        shifted_chebyshev_polynomial_u shifted_chebyshev_polynomial_v shifted_chebyshev_polynomial_w spherical_bessel_j0
        xlog1py zeta
    """,
}
"""What the modules below have not, by their names."""


def listed(module: str) -> set[str]:
    """The names that torch's module has and this library's not yet."""
    return set((f"{FUNCTIONS} {NAMES}" if module == "wengert" else MODULES.get(module, "")).split())


def text(owner: str, name: str) -> str:
    """What is said of a name that is not there, after Python's own words."""
    return f"{owner} has no attribute {name!r}: torch has it, wengert has not built it yet"


def in_module(module: str) -> Callable[[str], NoReturn]:
    """A module's `__getattr__`."""

    def missing(name: str) -> NoReturn:
        owner = f"module {module!r}"
        if name in listed(module):
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
