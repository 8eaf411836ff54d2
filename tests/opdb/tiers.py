"""The names that wengert sets out to have first: what learners' and tutorials' programs call, by how often they do.

An entry belongs to a tier by its name. The rest of the database is no goal in itself.
"""

TIER_1 = set(
    """
    T __getitem__ __radd__ __rdiv__ __rmatmul__ __rmul__ __rpow__ __rsub__ abs acos add all allclose any arange argmax
    argmin asin atan bfloat16 bool cat ceil clamp contiguous cos cosh cumsum div dot double eq equal exp expand
    expand_as expm1 eye flatten float floor full ge gt half int isfinite isinf isnan item le linspace log log1p log2
    long lt matmul max maximum mean meshgrid min minimum mm mul mv ne neg new_ones new_zeros nn.functional.relu norm
    ones ones_like outer pow prod ravel reciprocal repeat repeat_interleave reshape round rsqrt short sigmoid sign sin
    sinh sort sqrt square squeeze stack std sub sum t tan tanh to topk transpose trunc unique unsqueeze var view view_as
    where zero_ zeros zeros_like
    """.split()
)

TIER_2 = set(
    """
    H __rand__ __rmod__ __ror__ __rxor__ addcdiv addcmul addmm amax amin aminmax argsort argwhere atan2 atleast_1d
    atleast_2d baddbmm bincount bitwise_not bmm broadcast_tensors broadcast_to bucketize byte cartesian_prod cdist char
    chunk clone column_stack combinations count_nonzero cross cumprod diag diag_embed diagonal diff dist dstack einsum
    erf erfc expand_copy flip float_power floor_divide fmod full_like gather histc hstack hypot index_select isin lerp
    log_softmax logcumsumexp logical_and logical_not logical_or logical_xor logsumexp mT masked_fill masked_select
    median mode movedim nan_to_num nanmean narrow new_full nn.functional.batch_norm nn.functional.binary_cross_entropy
    nn.functional.binary_cross_entropy_with_logits nn.functional.cosine_similarity nn.functional.cross_entropy
    nn.functional.elu nn.functional.embedding nn.functional.gelu nn.functional.huber_loss nn.functional.kl_div
    nn.functional.l1_loss nn.functional.layer_norm nn.functional.leaky_relu nn.functional.linear
    nn.functional.logsigmoid nn.functional.mse_loss nn.functional.nll_loss nn.functional.normalize nn.functional.one_hot
    nn.functional.pad nn.functional.pairwise_distance nn.functional.silu nn.functional.smooth_l1_loss
    nn.functional.softplus nonzero permute quantile remainder renorm roll rot90 scatter searchsorted select softmax
    split std_mean take take_along_dim tensordot tile trace trapezoid trapz tril tril_indices triu triu_indices
    true_divide unbind unflatten unfold unravel_index var_mean view_as_complex view_as_real vstack
    """.split()
)

TIERS = {"tier 1": TIER_1, "tier 2": TIER_2}
