"""One call of each operator on so many elements, in torch's words: what benches/operators.py times.

An expression sees float32 tensors of `n` elements, all between 0.1 and 0.9: the vectors `x`, `y` and `z` and the
square
matrices `m`, `o` and `p` of `d` rows
whole numbers from 1 to 7 `i` and `j` (int64) with their matrices `im` and `jm`;
answers `b` and `c` with the matrix `bm`; a permutation `k` of the vector's places and `km`, one for each row; and a
complex vector `w`.
"""

from collections.abc import Iterator
from typing import NamedTuple

SIZES = {"4": 2, "4k": 64, "1M": 1024}
"""What a size is called, and the rows of its square matrices."""


class Call(NamedTuple):
    """An operator's call on tensors of one size, and the same with its backward."""

    name: str
    size: str
    setup: str
    turn: str
    backward: bool


SETUP = """
d = {rows}; n = d * d
x, y, z = (torch.arange(n) * q % 1009 / 1261 + 0.1 for q in (7, 13, 29))
m, o, p = (v.reshape(d, d).clone() for v in (x, y, z))
i, j = (torch.arange(n) * q % 7 + 1 for q in (3, 5))
im, jm = i.reshape(d, d), j.reshape(d, d)
b, c = x > 0.5, y > 0.5
bm = b.reshape(d, d)
k = torch.arange(n) * 7919 % n
km = (torch.arange(n) * 7919 % d).reshape(d, d)
w = torch.view_as_complex(x.reshape(-1, 2).clone())
"""

# With a gradient of their first operand, and of the others that are floats.
POINTWISE = """
x + y; x - y; x * y; x / y; 2.0 - x; x + 1.5; x * 2.5; x ** 2; x ** 0.5; x ** y; 2.0 ** x; -x
reciprocal abs exp exp2 expm1 log log2 log10 log1p sqrt rsqrt square relu tanh sigmoid sin cos tan asin acos atan
sinh cosh
asinh atanh erf erfc erfinv lgamma digamma sinc floor ceil trunc round frac sign sgn deg2rad rad2deg logit
nan_to_num angle
torch.acosh(x + 1); torch.atan2(x, y); torch.hypot(x, y); torch.maximum(x, y); torch.minimum(x, y); torch.fmax(x, y)
torch.fmin(x, y); torch.remainder(x, y); torch.fmod(x, y); torch.logaddexp(x, y); torch.logaddexp2(x, y)
torch.xlogy(x, y)
torch.copysign(x, y); torch.ldexp(x, y); torch.clamp(x, 0.2, 0.7); torch.clamp_min(x, 0.2); torch.clamp_max(x, 0.7)
torch.lerp(x, y, 0.3); torch.lerp(x, y, z); torch.addcmul(x, y, z); torch.addcdiv(x, y, z); torch.where(b, x, y)
torch.rsub(x, y); torch.conj_physical(x); torch.positive(x); x.type_as(y); x.double(); x.half()
x.masked_fill(b, 0.5); torch.threshold(x, 0.5, 0.1); x.clone(); x.float_power(2); x.to(torch.float64)
"""

# Without one: predicates, whole numbers, and what has none.
WITHOUT = """
x == y; x != y; x < y; x <= y; x > y; x >= y; x < 0.5; i + j; i - j; i * j; i / j; i // j; i % j; i & j; i | j
i ^ j; ~i; ~b
b & c; b | c; i << 2; i >> 1; -i; x // y; x.to(torch.int64); i.to(torch.float32); i.to(torch.int32)
b.to(torch.float32)
torch.logical_not(x); torch.logical_and(b, c); torch.logical_or(b, c); torch.logical_xor(b, c); torch.isnan(x)
torch.isfinite(x); torch.isinf(x); torch.signbit(x); torch.gcd(i, j); torch.lcm(i, j); torch.bitwise_not(i)
torch.floor_divide(x, y); torch.div(x, y, rounding_mode="trunc"); torch.nextafter(x, y); torch.heaviside(x, y)
torch.isclose(x, y); torch.allclose(x, x); torch.equal(x, x.clone()); x.add_(0.0); x.mul_(1.0); x.zero_()
x.fill_(0.5)
x.copy_(y); torch.zeros(n); torch.ones(n); torch.full((n,), 2.0); torch.empty(n); torch.zeros_like(x)
torch.ones_like(x)
torch.arange(n); torch.arange(n, dtype=torch.float32); torch.linspace(0, 1, n); torch.eye(d); torch.rand(n)
torch.randn(n)
torch.randint(0, 10, (n,)); torch.randperm(n); torch.bernoulli(x); x.uniform_(); x.normal_(); x.exponential_()
torch.tril_indices(d, d); torch.triu_indices(d, d); torch.eq(m, o.t())
torch.logical_and(x, y); torch.logical_or(x, y); torch.logical_xor(x, y); torch.isposinf(x); torch.isneginf(x)
x.bool(); x.int(); x.long(); i.float(); x.clone().random_(); x.clone().bernoulli_(); x.clone().geometric_(0.5)
x.clone().log_normal_(); x.clone().cauchy_(); torch.poisson(x); torch.normal(x, y); torch.isreal(x)
torch.greater(x, y)
torch.empty_like(x); torch.full_like(x, 2.0); x.new_zeros(n); x.new_ones(n); x.new_full((n,), 2.0); x.new_empty(n)
torch.rand_like(x); torch.randn_like(x); torch.randint_like(x, 9); torch.less(x, y); torch.not_equal(x, y);
x.size(); x.dim(); x.numel(); x.stride(); x.is_contiguous(); x.data_ptr(); x.element_size(); x.is_floating_point()
any all argmax argmin count_nonzero nonzero argsort unique
torch.argmax(m, 1); torch.argmin(m, 0); torch.any(bm, 1); torch.all(bm, 0); torch.count_nonzero(m, 1); i.sum()
im.sum(0)
i.max(); b.sum(); torch.bincount(i); torch.histc(x, 10); torch.searchsorted(x.sort().values, y)
torch.bucketize(x, y[:4])
torch.isin(i, j[:4]); torch.unique_consecutive(i); torch.topk(i, 2); i.sort(); i.cumsum(0); m.argsort(1)
torch.msort(m); x.detach()
torch.vander(x[:d])
torch.multinomial(x[:4096], 2); torch.nn.functional.one_hot(i); im @ jm
x[0].item(); x.nelement(); x.ndimension(); x.storage_offset(); x.is_complex(); x.is_signed(); x.is_conj(); x.is_neg()
x.is_same_size(y); x.get_device(); x.is_pinned(); x.is_set_to(y); x.is_inference(); x._is_view(); torch.real(w)
torch.imag(w)
x.conj(); x.resolve_conj(); x.resolve_neg(); x.detach_(); x.requires_grad_(False); x.cpu(); x.byte(); x.char()
x.short()
x.bfloat16(); x.cfloat(); x.cdouble(); x.resize_(n); x.resize_as_(y); torch.scalar_tensor(2.0)
torch.is_nonzero(x[0])
torch.promote_types(torch.int64, torch.float32); torch.can_cast(torch.int64, torch.float32); torch.result_type(x, y)
torch.argwhere(x); torch.nonzero_static(x, size=4); torch.greater_equal(x, y); torch.less_equal(x, y)
torch.empty_strided((d, d), (d, 1)); x.new_empty_strided((d, d), (d, 1)); torch.empty_permuted((d, d), (0, 1))
"""

# Reductions, scans and sorts.
FOLDS = """
sum mean prod max min amax amin median std var norm logsumexp#0 nansum nanmean
m.sum(0); m.sum(1); m.mean(0); m.mean(1); m.max(0).values; m.max(1).values; m.min(1).values; m.amax(1); m.amin(0)
m.prod(1)
m.std(1); m.var(0); m.norm(dim=1); m.logsumexp(1); m.softmax(1); m.softmax(0); m.log_softmax(1); m.median(1).values
torch.aminmax(x).max; torch.std_mean(x)[0]; torch.var_mean(m, 1)[1]; torch.dist(x, y); torch.quantile(x[:4096], 0.3)
x.cumsum(0); m.cumsum(0); m.cumsum(1); x.cumprod(0); x.logcumsumexp(0); m.cummax(1).values; x.cummin(0).values
x.sort().values; m.sort(1).values; m.sort(0).values; x.topk(2).values; m.topk(2, 1).values; m.kthvalue(2, 1).values
x.nanmedian(); m.nanmedian(1).values; torch.nanquantile(x[:4096], 0.3); torch.frexp(x).mantissa; torch.trapz(x, y)
torch.cumulative_trapezoid(x, y); torch.linalg.matrix_norm(m); m.mode(1).values; x.diff(); torch.trapezoid(x, y)
torch.linalg.vector_norm(m); torch.linalg.norm(m, dim=1); m.trace()
torch.nn.functional.softmax(m, dim=1)
"""

# Products of vectors and matrices.
PRODUCTS = """
torch.mm(m, o); torch.vdot(x, y); torch.addbmm(p, m[None], o[None]); torch.ger(x[:d], y[:d]); torch.matrix_power(m, 3)
x @ y; m @ o; m @ o[0]; m @ o.t(); torch.outer(x[:d], y[:d]); torch.mv(m, o[0]); torch.dot(x, y); torch.addmm(p, m, o)
torch.addmv(p[0], m, o[0]); torch.addr(p, m[0], o[0]); torch.bmm(m[None], o[None])
torch.baddbmm(p[None], m[None], o[None])
torch.einsum("ij,jk->ik", m, o); torch.einsum("i,i->", x, y); torch.tensordot(m, o, 1); torch.kron(m[:2], o[:, :2])
torch.cross(x[: n // 3 * 3].reshape(-1, 3), y[: n // 3 * 3].reshape(-1, 3), dim=1); torch.inner(m, o)
torch.chain_matmul(m, o, p)
"""

# Views, copies, joins, and elements picked by places.
MOVES = """
x.reshape(d, d); x.view(d, d); m.t(); m.transpose(0, 1); m.permute(1, 0); x.unsqueeze(0); m[None].squeeze(0)
x.expand(2, n)
x.narrow_copy(0, 0, 2); m.split_with_sizes([1, d - 1])[0]; torch.tensor_split(m, 2)[0]; m.hsplit(2)[0]; m.vsplit(2)[0]
torch.dstack([m, o]); torch.row_stack([m, o]); torch.atleast_1d(x); torch.atleast_3d(m); torch.flipud(m); m.ravel()
m.swapaxes(0, 1); m.swapdims(0, 1); m.moveaxis(0, 1); m.adjoint(); x.expand_as(x); x.view_as(y); x.reshape_as(m)
m.index_reduce(0, km[0], o, "amax"); torch.view_as_real(torch.view_as_complex(x.reshape(-1, 2)))
torch.as_strided_scatter(x, y[:d], (d,), (1,)); m.flatten(); x.unflatten(0, (d, d)); x[1:]; x[::2]; m[0]; m[:, 0]
m[1:, 1:]; x[b]; x[k]; m[km[0]]; m[km[0], km[1]]
m.t().contiguous(); m.narrow(1, 0, 1); m.select(1, 0); m.movedim(0, 1); m.diagonal(); torch.diag(m)
torch.diag_embed(x[:d])
torch.tril(m); torch.triu(m); torch.flip(x, (0,)); torch.flip(m, (1,)); torch.roll(x, 1); torch.rot90(m); x.repeat(2)
torch.tile(m, (1, 2)); x.repeat_interleave(2); torch.cat([x, y]); torch.cat([m, o], 1); torch.stack([x, y])
torch.stack([x, y], 1); torch.hstack([m, o]); torch.vstack([m, o]); torch.column_stack([x, y]); torch.block_diag(m, o)
m.unbind(0)[0]; m.split(1)[0]; m.chunk(2, 1)[0]; m.gather(1, km); m.scatter(1, km, o); m.scatter_add(0, km, o)
m.index_select(0, km[0]); m.index_add(0, km[0], o); m.index_copy(0, k[:1] * 0, o[:1]); m.index_fill(0, km[0], 0.5)
torch.take(x, k); x.masked_select(b); x.masked_scatter(b, y); torch.take_along_dim(m, km, 1); x.put(k, y)
x.index_put((k,), y); x.scatter_reduce(0, k, y, "amax"); x.unfold(0, 2, 2); m.select_scatter(o[0], 0, 1)
m.slice_scatter(o[1:], 0, 1); m.diagonal_scatter(o[0]); torch.meshgrid(x[:d], y[:d], indexing="ij")[0]
torch.broadcast_to(x, (2, n)); m.sum_to_size(1, d); torch.cartesian_prod(x[:d], y[:d]); torch.atleast_2d(x); m.T; m.mT
torch.broadcast_tensors(x, y)[0]; x.unsafe_chunk(2)[0]; m[None].dsplit(2)[0]; torch.combinations(x[:d])
torch.as_strided(x, (d,), (d,)); torch.view_as_complex(x.reshape(-1, 2)).real; m.fliplr()
"""


TEXTS = (POINTWISE, WITHOUT, FOLDS, PRODUCTS, MOVES)


def expressions(text: str) -> Iterator[str]:
    """What a list says: calls between semicolons or lines' ends, and words, which are functions of `x`."""
    for line in text.strip().splitlines():
        if "(" not in line and ";" not in line and "x" not in line.split():
            for word in line.split():
                name, _, rest = word.partition("#")
                yield f"torch.{name}(x{', ' + rest if rest else ''})"
        else:
            yield from (part.strip() for part in line.split(";") if part.strip())


def calls() -> Iterator[Call]:
    """Every call at every size, forward; then with its backward where it has one."""
    for text in TEXTS:
        derives = text is not WITHOUT
        for name in expressions(text):
            for size, rows in SIZES.items():
                setup = SETUP.format(rows=rows)
                yield Call(name, size, setup, name, False)
                if derives:
                    grown = f"{setup}for v in (x, y, z, m, o, p): v.requires_grad_()\n"
                    grown += f"g = torch.ones_like({name})\n"
                    turn = f"x.grad = y.grad = z.grad = m.grad = o.grad = p.grad = None\n({name}).backward(g)"
                    yield Call(name, size, grown, turn, True)
