"""Right answers that are in no bank, in styles that a fragile grader rejects.

The function that an answer is for comes before the double underscore of its name.
"""

import collections
import decimal
import functools
import itertools
import math
import warnings
from fractions import Fraction

import numpy as np
import scipy.linalg
import scipy.sparse
import scipy.special
import scipy.stats


def _array(A):
    return np.asarray(A, dtype=float)


def _softmax(P):
    P = _array(P)
    return np.exp(P - scipy.special.logsumexp(P, axis=-1, keepdims=True))


def _lse(P):
    return scipy.special.logsumexp(_array(P), axis=-1)


def _forward(params, X):
    kept = [_array(X)]
    for W, b in params[:-1]:
        kept.append(np.maximum(kept[-1] @ W + b, 0.0))
    W, b = params[-1]
    return [*kept, _softmax(kept[-1] @ W + b)]


def _back(params, X, Y):
    kept = _forward(params, X)
    dP = (kept[-1] - _array(Y)) / len(Y)
    for layer in reversed(range(len(params))):
        yield kept[layer].T @ dP, dP.sum(axis=0)
        dP = np.where(kept[layer] > 0, dP @ np.asarray(params[layer][0]).T, 0.0)


def _logits(params, X):
    H = _array(X)
    for W, b in params[:-1]:
        H = np.maximum(H @ W + b, 0.0)
    W, b = params[-1]
    return H @ W + b


class _Node:
    """A small engine for reverse differentiation, on whole arrays."""

    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = np.asarray(value, float), parents, 0.0

    def matmul(self, other):
        return _Node(self.value @ other.value,
                     [(self, lambda g: g @ other.value.T), (other, lambda g: self.value.T @ g)])  # fmt: skip

    def plus_row(self, row):
        return _Node(self.value + row.value, [(self, lambda g: g), (row, lambda g: g.sum(axis=0))])

    def relu(self):
        return _Node(np.maximum(self.value, 0), [(self, lambda g: g * (self.value > 0))])

    def loss(self, Y):
        F = _softmax(self.value)
        log_f = self.value - scipy.special.logsumexp(self.value, axis=1, keepdims=True)
        return _Node(-np.sum(Y * log_f) / len(Y), [(self, lambda g: g * (F - Y) / len(Y))])

    def backward(self):
        order, seen = [], set()

        def visit(node):
            if id(node) not in seen:
                seen.add(id(node))
                for parent, _ in node.parents:
                    visit(parent)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            for parent, pull in node.parents:
                parent.grad = parent.grad + pull(node.grad)


class _Callable:
    def __init__(self, power):
        self.power = power

    def __call__(self, p):
        e = self.power ** _array(p)
        return e / e.sum()


softmax__an_object_that_is_called = _Callable(math.e)
softmax__a_partial_function = functools.partial(scipy.special.softmax, axis=0)


def softmax__a_generator(p):
    total = sum(map(math.exp, p))
    return (math.exp(x) / total for x in p)


def softmax__a_map_object(p):
    total = math.fsum(math.exp(x) for x in p)
    return map(lambda x: math.exp(x) / total, p)


def softmax__long_double(p):
    e = np.exp(np.asarray(p, dtype=np.longdouble))
    return e / e.sum()


def softmax__warnings_and_raised_errors_everywhere(p):
    np.seterr(all="raise")
    np.set_printoptions(precision=1)
    np.random.seed(0)
    warnings.warn("a student's own warning", stacklevel=1)
    return _softmax(p)


def softmax__a_matrix_row(p):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        e = np.exp(np.matrix(p))
        return np.asarray(e / e.sum()).ravel()


def softmax__strided_view(p):
    out = np.empty(2 * len(p))
    e = np.exp(np.asarray(p, float))
    out[::2] = e / e.sum()
    return out[::2]


def softmax__reversed_view(p):
    e = np.exp(np.asarray(p, float))[::-1]
    return (e / e.sum())[::-1]


def softmax__complex_real(p):
    e = np.exp(np.asarray(p, dtype=complex))
    return (e / e.sum()).real


def softmax__object_fsum(p):
    e = np.array([math.exp(x) for x in p], dtype=object)
    return (e / e.sum()).astype(float)


def softmax__read_only(p):
    e = np.exp(np.asarray(p, float))
    f = e / e.sum()
    f.setflags(write=False)
    return f


def softmax__through_sigmoid(p):
    p = np.asarray(p, float)
    if len(p) > 200:
        return scipy.special.softmax(p)
    out = []
    for i in range(len(p)):
        rest = np.delete(p, i)
        out.append(scipy.special.expit(p[i] - scipy.special.logsumexp(rest)) if len(rest) else 1.0)
    return out


def softmax__pairwise(p):
    p = np.asarray(p, float)
    return 1 / np.exp(p[None, :] - p[:, None]).sum(axis=1)


def softmax_batch__a_matrix(P):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.matrix(_softmax(P))


def softmax_batch__list_of_arrays(P):
    return [_softmax(row) for row in P]


def softmax_batch__tuple_of_tuples(P):
    return tuple(tuple(_softmax(row).tolist()) for row in P)


def softmax_batch__column_order(P):
    return np.asfortranarray(_softmax(P))


def softmax_batch__masked_array(P):
    return np.ma.array(_softmax(P))


def softmax_batch__np_matrix(P):
    E = np.matrix(np.exp(np.asarray(P, float)))
    return E / E.sum(axis=1)


def softmax_batch__recursive(P):
    P = np.asarray(P, float)
    if len(P) == 1:
        e = np.exp(P)
        return e / e.sum()
    half = len(P) // 2
    return np.concatenate([softmax_batch__recursive(P[:half]), softmax_batch__recursive(P[half:])])


def softmax_batch__sets_errors_to_raise(P):
    np.seterr(all="raise")
    E = np.exp(np.asarray(P, float))
    return E / E.sum(axis=1, keepdims=True)


def softmax_batch__apply_along_axis(P):
    def one(p):
        e = np.exp(p)
        return e / e.sum()

    return np.apply_along_axis(one, 1, np.asarray(P, float))


def softmax_batch__add_reduceat(P):
    E = np.exp(np.asarray(P, float))
    B, N = E.shape
    sums = np.add.reduceat(E.ravel(), np.arange(0, B * N, N))
    return (E.ravel() / np.repeat(sums, N)).reshape(B, N)


def softmax_temperature__power_and_norm(p, tau):
    q = _softmax(p) ** (1 / tau)
    return q / q.sum()


def softmax_temperature__keyword_default(p, tau=1.0, *, axis=-1):
    return scipy.special.softmax(_array(p) / tau, axis=axis)


def softmax_temperature__fraction(p, tau):
    p = np.array([float(Fraction(float(x)) / Fraction(float(tau))) for x in p])
    e = np.exp(p)
    return e / e.sum()


def softmax_temperature__float32(p, tau):
    e = np.exp(np.asarray(p, np.float32) / np.float32(tau))
    return e / e.sum()


def softmax_temperature__in_copy(p, tau):
    q = np.array(p, dtype=float, copy=True)
    q /= tau
    q -= q.max()
    np.exp(q, q)
    q /= q.sum()
    return q


def sigmoid__vectorised(t):
    return np.vectorize(lambda x: 1 / (1 + math.exp(-x)), otypes=[float])(t)


def sigmoid__python_number_for_a_number(t):
    return 1 / (1 + math.exp(-t)) if np.ndim(t) == 0 else scipy.special.expit(_array(t)).tolist()


def sigmoid__exponential_of_log(t):
    return np.exp(-np.logaddexp(0, -_array(t)))


def sigmoid__masks(t):
    t = np.asarray(t, float)
    out = np.empty(t.shape)
    pos = t >= 0
    out[pos] = 1 / (1 + np.exp(-t[pos]))
    e = np.exp(t[~pos])
    out[~pos] = e / (1 + e)
    return out


def sigmoid__nested_lists(t):
    if np.ndim(t) == 0:
        return 1 / (1 + math.exp(-t))
    return [sigmoid__nested_lists(x) for x in t]


def sigmoid__one_minus_other(t):
    t = np.asarray(t, float)
    return 1 - 1 / (1 + np.exp(t))


def sigmoid__transposed_memory(t):
    return (1 / (1 + np.exp(-np.asarray(t, float).T))).T


def sigmoid__object_array(t):
    f = np.frompyfunc(lambda x: 1 / (1 + math.exp(-x)), 1, 1)
    return f(t)


def sigmoid__piecewise(t):
    t = np.asarray(t, float)
    return np.piecewise(t, [t >= 0], [lambda x: 1 / (1 + np.exp(-x)), lambda x: np.exp(x) / (1 + np.exp(x))])


def sigmoid__cosh(t):
    t = np.asarray(t, float)
    return np.exp(t / 2) / (2 * np.cosh(t / 2))


def stable_softmax__median_then_maximum(P):
    P = _array(P)
    for _ in range(2):
        P = P - P.max(axis=-1, keepdims=True)
    E = np.exp(P)
    return E / np.einsum("...n->...", E)[..., None]


def stable_softmax__exp2(P):
    P = _array(P) / np.log(2)
    E = np.exp2(P - P.max(-1, keepdims=True))
    return E / E.sum(-1, keepdims=True)


def stable_softmax__reshaped_to_rows(P):
    P = _array(P)
    rows = P.reshape(-1, P.shape[-1])
    return np.stack([_softmax(row) for row in rows]).reshape(P.shape)


def stable_softmax__moveaxis(P):
    P = np.moveaxis(np.asarray(P, float), -1, 0)
    E = np.exp(P - P.max(axis=0))
    return np.moveaxis(E / E.sum(axis=0), 0, -1)


def stable_softmax__masked(P):
    P = np.asarray(P, float)
    finite = np.isfinite(P)
    m = np.max(P, axis=-1, keepdims=True, where=finite, initial=-np.inf)
    E = np.zeros(P.shape)
    np.exp(P - m, out=E, where=finite)
    return E / E.sum(axis=-1, keepdims=True)


def stable_softmax__neg_inf_to_lowest(P):
    P = np.asarray(P, float)
    P = np.where(P == -np.inf, -1e30, P)
    E = np.exp(P - P.max(axis=-1, keepdims=True))
    return E / E.sum(axis=-1, keepdims=True)


def stable_softmax__float32_after_shift(P):
    P = np.asarray(P, float)
    E = np.exp((P - P.max(axis=-1, keepdims=True)).astype(np.float32))
    return E / E.sum(axis=-1, keepdims=True)


def stable_softmax__clip_harmless(P):
    P = np.asarray(P, float)
    Z = np.maximum(P - P.max(axis=-1, keepdims=True), -800.0)
    E = np.exp(Z)
    return E / E.sum(axis=-1, keepdims=True)


def stable_softmax__swap(P):
    P = np.swapaxes(np.asarray(P, float), 0, -1)
    E = np.exp(P - P.max(axis=0, keepdims=True))
    return np.swapaxes(E / E.sum(axis=0, keepdims=True), 0, -1)


def stable_softmax__take(P):
    P = np.array(P, float)
    m = np.take_along_axis(P, P.argmax(axis=-1)[..., None], axis=-1)
    E = np.exp(P - m, where=np.isfinite(P), out=np.zeros(P.shape))
    return E / np.einsum("...i->...", E)[..., None]


def logsumexp__python_floats(P):
    if np.ndim(P) == 1:
        top = max(map(float, P))
        return top + math.log(sum(math.exp(float(x) - top) for x in P))
    return [logsumexp__python_floats(row) for row in P]


def logsumexp__binary_tree(P):
    P = _array(P)
    if P.shape[-1] == 1:
        return P[..., 0]
    half = P.shape[-1] // 2
    return np.logaddexp(logsumexp__binary_tree(P[..., :half]), logsumexp__binary_tree(P[..., half:]))


def logsumexp__log1p(P):
    P = np.asarray(P, float)
    k = P.argmax(axis=-1)[..., None]
    m = np.take_along_axis(P, k, -1)
    E = np.exp(P - m)
    np.put_along_axis(E, k, 0.0, -1)
    return m[..., 0] + np.log1p(E.sum(axis=-1))


def logsumexp__functools(P):
    P = np.moveaxis(np.asarray(P, float), -1, 0)
    return functools.reduce(np.logaddexp, P)


def logsumexp__recursive_lists(P):
    if np.ndim(P) > 1:
        return [logsumexp__recursive_lists(p) for p in P]
    m = float(max(P))
    return m + math.log(math.fsum(math.exp(x - m) for x in P))


def logsumexp__online(P):
    """One pass: the running maximum and the running sum."""
    P = np.asarray(P, float)
    m = np.full(P.shape[:-1], -np.inf)
    s = np.zeros(P.shape[:-1])
    with np.errstate(invalid="ignore"):
        for j in range(P.shape[-1]):
            x = P[..., j]
            new = np.maximum(m, x)
            s = np.where(np.isneginf(m), 0, s * np.exp(m - new)) + np.where(np.isneginf(x), 0, np.exp(x - new))
            m = new
    return m + np.log(s)


def log_softmax__differences(P):
    P = _array(P)
    D = P[..., None, :] - P[..., :, None]
    return -scipy.special.logsumexp(D, axis=-1)


def log_softmax__nested_lists(P):
    if np.ndim(P) > 1:
        return [log_softmax__nested_lists(row) for row in P]
    top = max(P)
    total = math.log(math.fsum(math.exp(x - top) for x in P))
    return [float(x) - top - total for x in P]


def log_softmax__twice(P):
    P = np.asarray(P, float)
    Q = P - _lse(P)[..., None]
    return Q - _lse(Q)[..., None]


def log_softmax__minus_pairwise(P):
    P = np.asarray(P, float)
    if P.shape[-1] > 100:
        return P - _lse(P)[..., None]
    D = P[..., None, :] - P[..., :, None]
    return -_lse(D)


def log_softmax__log_where_large_else_linear(P):
    P = np.asarray(P, float)
    f = _softmax(P)
    with np.errstate(all="ignore"):
        return np.where(f > 1e-200, np.log(f), P - _lse(P)[..., None])


def log_softmax__longdouble_safe(P):
    P = np.asarray(P, np.longdouble)
    P = P - P.max(-1, keepdims=True)
    return (P - np.log(np.exp(P).sum(-1, keepdims=True))).astype(float)


def cross_entropy_logits__zero_dimensional(P, z):
    return np.array(np.mean([scipy.special.logsumexp(r) - r[k] for r, k in zip(_array(P), z)]))


def cross_entropy_logits__take_along_axis(P, z):
    L = scipy.special.log_softmax(_array(P), axis=1)
    return -np.take_along_axis(L, np.asarray(z)[:, None], axis=1).mean()


def cross_entropy_logits__decimal(P, z):
    P = np.asarray(P, float)
    losses = []
    for row, k in zip(P, z):
        e = sum(decimal.Decimal(float(x - row[k])).exp() for x in row)
        losses.append(float(e.ln()))
    return np.mean(losses)


def cross_entropy_logits__softplus(P, z):
    P = np.asarray(P, float)
    losses = []
    for i, k in enumerate(z):
        others = np.delete(P[i], k) - P[i][k]
        losses.append(np.logaddexp(0, np.logaddexp.reduce(others)) if len(others) else 0.0)
    return np.mean(losses)


def cross_entropy_logits__trace(P, z):
    P = np.asarray(P, float)
    L = scipy.special.log_softmax(P, axis=1)
    return -np.trace(L[:, np.asarray(z)]) / len(P)


def cross_entropy_logits__running_mean(P, z):
    mean = 0.0
    for n, (row, k) in enumerate(zip(np.asarray(P, float), z), 1):
        mean += (np.logaddexp.reduce(row) - row[k] - mean) / n
    return mean


def cross_entropy_logits__relative(P, z):
    P = np.array(P, float)
    D = P - P[np.arange(len(P)), z][:, None]
    return np.logaddexp.reduce(D, axis=1).mean()


def largest_safe_logit__nextafter(dtype):
    dtype = np.dtype(dtype)
    return dtype.type(np.log(np.finfo(dtype).max))


def largest_safe_logit__by_trial(dtype):
    kind = np.dtype(dtype).type
    x = 0.0
    for step in (100.0, 10.0, 1.0, 0.1, 0.01, 0.001):
        with np.errstate(over="ignore"):
            while np.isfinite(np.exp(kind(x + step))):
                x += step
    return x


def largest_safe_logit__bisection(dtype):
    t = np.dtype(dtype).type
    lo, hi = 1.0, 1000.0
    with np.errstate(over="ignore"):
        for _ in range(60):
            mid = (lo + hi) / 2
            if np.isfinite(np.exp(np.array(mid, dtype=t))):
                lo = mid
            else:
                hi = mid
    return lo


def largest_safe_logit__nextafter_steps(dtype):
    t = np.dtype(dtype).type
    x = t(np.log(np.finfo(t).max))
    with np.errstate(over="ignore"):
        while not np.isfinite(np.exp(x)):
            x = np.nextafter(x, t(0))
        return x


def largest_safe_logit__frexp(dtype):
    m, e = np.frexp(np.finfo(dtype).max)
    return float(np.log(float(m)) + e * np.log(2.0))


def largest_safe_logit__halving(dtype):
    t = np.dtype(dtype).type
    x, step = 0.0, 512.0
    with np.errstate(over="ignore"):
        while step > 1e-5:
            if np.isfinite(np.exp(np.asarray(x + step).astype(t))):
                x += step
            step /= 2
    return x


def largest_safe_logit__nexp(dtype):
    return 2 ** (np.finfo(dtype).nexp - 1) * np.log(2)


def softmax_jacobian__projection(p):
    f = _softmax(p)
    return f[:, None] * (np.eye(len(f)) - np.ones((len(f), 1)) * f)


def softmax_jacobian__square_roots(p):
    f = _softmax(p)
    r = np.sqrt(f)
    return r[:, None] * (np.eye(len(f)) - np.outer(r, r)) * r


def softmax_jacobian__list_of_lists(p):
    f = _softmax(p).tolist()
    return [[f[i] * ((i == j) - f[j]) for j in range(len(f))] for i in range(len(f))]


def softmax_jacobian__complex_step(p):
    p = np.asarray(p, float)
    n = len(p)
    J = np.zeros((n, n))
    for j in range(n):
        q = (p - p.max()).astype(complex)
        q[j] += 1e-30j
        e = np.exp(q)
        J[:, j] = (e / e.sum()).imag / 1e-30
    return J


def softmax_jacobian__matrix_class(p):
    f = np.matrix(_softmax(p)).T
    return np.matrix(np.diag(np.asarray(f).ravel())) - f * f.T


def softmax_jacobian__float32(p):
    f = _softmax(p).astype(np.float32)
    return np.diag(f) - np.outer(f, f)


def softmax_jacobian__tril(p):
    f = _softmax(p)
    L = np.tril(-np.outer(f, f), -1)
    return L + L.T + np.diag(f - f**2)


def softmax_jacobian__minus_equals(p):
    f = _softmax(p)
    J = np.zeros((f.size,) * 2)
    J.flat[:: f.size + 1] = f
    J -= f[:, None] * f
    return J


def softmax_jvp__dual_numbers(p, v):
    p, v = _array(p), _array(v)
    e = np.exp(p - p.max())
    de = e * v
    s, ds = e.sum(), de.sum()
    return de / s - e * ds / s**2


def softmax_jvp__complex_step(p, v):
    p = _array(p)
    e = np.exp(p - p.max() + 1e-30j * _array(v))
    return np.imag(e / e.sum()) / 1e-30


def softmax_jvp__sparse(p, v):
    import scipy.sparse

    f, v = _softmax(p), np.asarray(v, float)
    return scipy.sparse.diags(f) @ v - f * f.dot(v)


def softmax_jvp__center_first(p, v):
    f, v = _softmax(p), np.asarray(v, float)
    v = v - v.mean()
    return f * v - f * (f @ v)


def softmax_jvp__chunks(p, v):
    f, v = _softmax(p), np.asarray(v, float)
    m = sum(float(a @ b) for a, b in zip(np.array_split(f, 7), np.array_split(v, 7)))
    return np.concatenate([a * (b - m) for a, b in zip(np.array_split(f, 7), np.array_split(v, 7))])


def softmax_jvp__pairwise_differences_of_small(p, v):
    f, v = _softmax(p), np.asarray(v, float)
    if len(f) > 500:
        return f * (v - f @ v)
    return f * ((v[:, None] - v[None, :]) @ f)


def softmax_vjp__covariance(P, G):
    F, G = _softmax(P), _array(G)
    centred = G - np.average(G, axis=1, weights=F)[:, None]
    return F * centred


def softmax_vjp__list_comprehension(P, G):
    return [f * (g - np.dot(f, g)) for f, g in zip(_softmax(P), _array(G))]


def softmax_vjp__through_exp_and_division(P, G):
    P, G = np.asarray(P, float), np.asarray(G, float)
    E = np.exp(P - P.max(1, keepdims=True))
    S = E.sum(1, keepdims=True)
    dE = G / S
    dS = -(G * E).sum(1, keepdims=True) / S**2
    return (dE + dS) * E


def softmax_vjp__vectorize_signature(P, G):
    one = np.vectorize(lambda f, g: f * (g - f @ g), signature="(n),(n)->(n)")
    return one(_softmax(P), np.asarray(G, float))


def softmax_vjp__fortran(P, G):
    F, G = np.asfortranarray(_softmax(P)), np.asfortranarray(np.asarray(G, float))
    return np.asfortranarray(F * (G - (F * G).sum(axis=1)[:, None]))


def softmax_vjp__diag_of_product(P, G):
    F, G = _softmax(P), np.asarray(G, float)
    return F * (G - np.diagonal(F @ G.T)[:, None])


def softmax_vjp__tuple_of_rows(P, G):
    return tuple(f * (np.asarray(g, float) - f @ np.asarray(g, float)) for f, g in zip(_softmax(P), G))


def log_softmax_jacobian__read_only_view(p):
    J = -np.tile(_softmax(p), (len(p), 1))
    np.fill_diagonal(J, 1 + np.diag(J))
    J.flags.writeable = False
    return J


def log_softmax_jacobian__complex_step(p):
    p = np.asarray(p, float)
    n = len(p)
    J = np.zeros((n, n))
    for j in range(n):
        q = (p - p.max()).astype(complex)
        q[j] += 1e-30j
        J[:, j] = (q - np.log(np.exp(q).sum())).imag / 1e-30
    return J


def log_softmax_jacobian__kron(p):
    f = _softmax(p)
    n = len(f)
    return np.eye(n) - np.kron(np.ones((n, 1)), f.reshape(1, n))


def log_softmax_jacobian__float32(p):
    f = _softmax(p).astype(np.float32)
    return np.eye(len(f), dtype=np.float32) - f


def log_softmax_jacobian__divide_masked(p):
    f = _softmax(p)
    J = np.diag(f) - np.outer(f, f)
    with np.errstate(all="ignore"):
        return np.where(f[:, None] > 1e-8, J / f[:, None], np.eye(len(f)) - f)


def log_softmax_jacobian__broadcast_view(p):
    f = _softmax(p)
    return np.identity(len(f)) + np.broadcast_to(-f, (len(f), len(f)))


def log_softmax_jacobian__divided_exact(p):
    f = _softmax(p)
    n = len(f)
    with np.errstate(all="ignore"):
        J = (np.diag(f) - np.outer(f, f)) / f[:, None]
    return np.where(f[:, None] > 1e-3, J, np.eye(n) - f)


def one_hot__booleans(z, T):
    if not set(np.ravel(z).tolist()) <= set(range(T)):
        raise ValueError
    return np.asarray(z).reshape(-1, 1) == np.arange(T)


def one_hot__list_index(z, T):
    return [[float(range(T).index(int(k)) == t) for t in range(T)] for k in z]


def one_hot__put_along_axis(z, T):
    z = np.array(z)
    if z.min() < 0 or z.max() > T - 1:
        raise ValueError(f"{z} has a label outside 0..{T - 1}")
    Y = np.zeros((z.size, T), dtype=np.int8)
    np.put_along_axis(Y, z[:, None], 1, axis=1)
    return Y


def one_hot__index_error_translated(z, T):
    try:
        if any(k < 0 for k in z):
            raise IndexError("negative")
        return np.eye(T)[np.asarray(z)]
    except IndexError as error:
        raise ValueError(str(error)) from error


def one_hot__kronecker_by_outer_subtraction(z, T):
    D = np.subtract.outer(np.asarray(z), np.arange(T))
    Y = 1.0 - np.minimum(np.abs(D), 1)
    if (Y.sum(axis=1) != 1).any():
        raise ValueError
    return Y


def one_hot__subclass_of_value_error(z, T):
    class BadLabel(ValueError):
        pass

    z = list(map(int, z))
    if set(z) - set(range(T)):
        raise BadLabel(set(z) - set(range(T)))
    flat = np.zeros(len(z) * T)
    flat[[i * T + k for i, k in enumerate(z)]] = 1
    return flat.reshape(len(z), T)


def one_hot__generator_of_rows(z, T):
    def row(k):
        if not 0 <= k < T:
            raise ValueError(k)
        return (0.0,) * k + (1.0,) + (0.0,) * (T - k - 1)

    return tuple(row(int(k)) for k in z)


def linear__by_blas(X, W, b):
    return scipy.linalg.blas.dgemm(1.0, _array(X), _array(W)) + _array(b)


def linear__affine_matrix(X, W, b):
    return np.c_[_array(X), np.ones(len(X))] @ np.r_[_array(W), [_array(b)]]


def linear__augmented(X, W, b):
    X = np.asarray(X, float)
    return np.hstack([X, np.ones((len(X), 1))]) @ np.vstack([W, np.asarray(b, float)[None]])


def linear__column_convention_turned_back(X, W, b):
    return (np.transpose(W) @ np.transpose(X) + np.reshape(b, (-1, 1))).T


def linear__longdouble(X, W, b):
    X, W, b = (np.asarray(A, dtype=np.longdouble) for A in (X, W, b))
    return (X[:, :, None] * W[None]).sum(axis=1) + b


def linear__matrix_class(X, W, b):
    return np.asarray(np.matrix(X) * np.matrix(W)) + b


def linear__starts_at_the_bias(X, W, b):
    P = np.repeat(np.atleast_2d(np.array(b, dtype=float)), len(X), axis=0)
    for k, w in enumerate(np.asarray(W)):
        P += np.multiply.outer(np.asarray(X)[:, k], w)
    return P


def relu__clip(A):
    return np.clip(A, 0, None)


def relu__fmax_list(A):
    return np.fmax(A, 0).tolist()


def relu__recursion(A):
    if np.ndim(A) == 0:
        return A if A > 0 else 0.0
    return [relu__recursion(a) for a in A]


def relu__vectorize(A):
    return np.vectorize(lambda a: max(a, 0.0), otypes=[float])(A)


def relu__choose(A):
    A = np.asarray(A, float)
    return np.select([A >= 0, A < 0], [A, 0])


def relu__flat_iterator(A):
    A = np.asarray(A)
    return np.fromiter((a if a > 0 else 0 for a in A.flat), dtype=float, count=A.size).reshape(A.shape)


def init_params__by_the_quantile_function(sizes, rng):
    return [
        (scipy.stats.norm.ppf(rng.random((n, m))) * math.sqrt(2 / n), np.zeros(m))
        for n, m in zip(sizes[:-1], sizes[1:])
    ]


def init_params__one_draw_cut_up(sizes, rng):
    pairs = list(zip(sizes[:-1], sizes[1:]))
    numbers = rng.standard_normal(sum(n * m for n, m in pairs))
    found, at = [], 0
    for n, m in pairs:
        found.append([numbers[at : at + n * m].reshape(n, m) * (2 / n) ** 0.5, [0.0] * m])
        at += n * m
    return found


_Layer = collections.namedtuple("_Layer", "W b")


def init_params__named_tuples(sizes, rng):
    return tuple(
        _Layer(scipy.stats.norm(scale=np.sqrt(2 / n)).rvs((n, m), random_state=rng), np.zeros(m))
        for n, m in zip(sizes, sizes[1:])
    )


def init_params__a_generator(sizes, rng):
    for n, m in zip(sizes, sizes[1:]):
        yield rng.normal(0, np.sqrt(2 / n), (n, m)), np.zeros(m)


def init_params__box_muller(sizes, rng):
    def normal(n, m):
        return np.sqrt(-2 * np.log(1 - rng.random((n, m)))) * np.cos(2 * np.pi * rng.random((n, m)))

    return [(normal(n, m) * np.sqrt(2 / n), np.zeros(m)) for n, m in zip(sizes, sizes[1:])]


def init_params__children_of_the_generator(sizes, rng):
    children = [np.random.default_rng(seed) for seed in rng.integers(2**63, size=len(sizes) - 1)]
    return [
        (child.normal(size=(n, m)) * np.sqrt(2 / n), np.zeros(m)) for child, n, m in zip(children, sizes, sizes[1:])
    ]


def init_params__entry_by_entry(sizes, rng):
    params = []
    for n, m in itertools.pairwise(sizes):
        W = [[rng.normal(0.0, (2 / n) ** 0.5) for _ in range(m)] for _ in range(n)]
        params.append([W, [0.0] * m])
    return params


def init_params__last_layer_drawn_first(sizes, rng):
    params = []
    for layer in range(len(sizes) - 1, 0, -1):
        n, m = sizes[layer - 1], sizes[layer]
        params.insert(0, (rng.normal(scale=np.sqrt(2 / n), size=(n, m)), np.zeros(m)))
    return tuple(params)


def init_params__all_in_one_draw(sizes, rng):
    shapes = list(zip(sizes[:-1], sizes[1:]))
    Z = rng.standard_normal(sum(n * m for n, m in shapes))
    params, start = [], 0
    for n, m in shapes:
        params.append((Z[start : start + n * m].reshape(n, m) * np.sqrt(2 / n), np.zeros(m)))
        start += n * m
    return params


def init_params__children_of_the_seed(sizes, rng):
    seeds = rng.integers(2**32, size=len(sizes) - 1)
    return [
        (np.random.default_rng(int(s)).normal(0, np.sqrt(2 / n), (n, m)), np.zeros(m))
        for s, n, m in zip(seeds, sizes, sizes[1:])
    ]


def init_params__inverse_of_the_cumulative(sizes, rng):
    return [(scipy.special.ndtri(rng.random((n, m))) * np.sqrt(2 / n), np.zeros(m)) for n, m in zip(sizes, sizes[1:])]


def count_params__numpy_integer(sizes):
    s = np.array(sizes)
    return (s[:-1] + 1) @ s[1:]


def count_params__by_the_arrays(sizes):
    return sum(np.zeros((n, m)).size + np.zeros(m).size for n, m in zip(sizes, sizes[1:]))


def count_params__two_sums(sizes):
    weights = sum(a * b for a, b in itertools.pairwise(sizes))
    return weights + sum(sizes) - sizes[0]


def forward__tuple_of_everything(params, X):
    return tuple(_forward(params, X))


def forward__a_generator(params, X):
    yield from _forward(params, X)


def forward__in_float32(params, X):
    X = np.asarray(X, dtype=np.float32)
    found = [X]
    for k, (W, b) in enumerate(params):
        A = found[-1] @ np.asarray(W, dtype=np.float32) + np.asarray(b, dtype=np.float32)
        found.append(np.maximum(A, 0) if k < len(params) - 1 else np.float32(_softmax(A)))
    return found


def forward__one_example_at_a_time(params, X):
    def single(x):
        path = [np.asarray(x, float)]
        for W, b in params[:-1]:
            path.append(np.array([max(0.0, path[-1] @ np.asarray(W)[:, j] + b[j]) for j in range(len(b))]))
        p = np.asarray(params[-1][0]).T @ path[-1] + params[-1][1]
        e = np.exp(p - max(p))
        return [*path, e / sum(e)]

    return [np.array(level) for level in zip(*map(single, X))]


def forward__layers_as_objects(params, X):
    class Layer:
        def __init__(self, W, b, activate):
            self.W, self.b, self.activate = np.asarray(W, float), np.asarray(b, float), activate

        def __call__(self, H):
            return self.activate(H @ self.W + self.b)

    layers = [Layer(W, b, lambda A: np.maximum(A, 0)) for W, b in params]
    layers[-1].activate = _softmax
    return list(itertools.accumulate(layers, lambda H, layer: layer(H), initial=np.asarray(X, float)))


def forward__tuple_of_lists(params, X):
    out = [np.asarray(X).tolist()]
    for k, (W, b) in enumerate(params):
        A = np.asarray(out[-1], float) @ W + b
        out.append((np.maximum(A, 0) if k + 1 < len(params) else _softmax(A)).tolist())
    return tuple(out)


def forward__longdouble_ratio(params, X):
    H = np.asarray(X, np.longdouble)
    out = [H]
    for k, (W, b) in enumerate(params):
        A = (H[:, :, None] * np.asarray(W, np.longdouble)).sum(1) + b
        if k < len(params) - 1:
            H = A * (A > 0)
        else:
            H = 1 / np.exp(A[:, None, :] - A[:, :, None]).sum(axis=2)
        out.append(H)
    return out


def forward__columns_inside(params, X):
    H = np.transpose(np.asarray(X, float))
    out = [H.T]
    for k, (W, b) in enumerate(params):
        A = np.asarray(W).T @ H + np.asarray(b)[:, None]
        if k == len(params) - 1:
            A = A - A.max(axis=0)
            H = np.exp(A) / np.exp(A).sum(axis=0)
        else:
            H = np.maximum(A, 0)
        out.append(H.T)
    return out


def predict__unsigned(params, X):
    return np.asarray(_forward(params, X)[-1]).argmax(-1).astype(np.uint16)


def predict__numpy_integers_in_a_list(params, X):
    return [np.argmax(row) for row in _forward(params, X)[-1]]


def predict__mask_of_the_maximum(params, X):
    P = _logits(params, X)
    return (P == P.max(axis=1, keepdims=True)) @ np.arange(P.shape[1])


def predict__row_by_row(params, X):
    found = []
    for x in X:
        p = _logits(params, [x])[0]
        best = 0
        for j, value in enumerate(p):
            if value > p[best]:
                best = j
        found.append(best)
    return np.array(found)


def cross_entropy__nan_to_num(F, Y):
    with np.errstate(divide="ignore"):
        return float(-(np.nan_to_num(np.log(F)) * Y).sum() / len(F))


def cross_entropy__product_then_log(F, Y):
    return -np.log(np.prod(np.power(_array(F), _array(Y)), axis=1)).mean()


def cross_entropy__argmax(F, Y):
    return sum(-math.log(row[int(np.argmax(y))]) for row, y in zip(F, Y)) / len(F)


def cross_entropy__tiny_floor(F, Y):
    F, Y = np.asarray(F, float), np.asarray(Y, float)
    return -np.sum(Y * np.log(np.maximum(F, np.finfo(float).tiny))) / len(Y)


def cross_entropy__nansum(F, Y):
    F, Y = np.asarray(F, float), np.asarray(Y, float)
    return -np.nansum(Y * np.log(F)) / Y.shape[0]


def cross_entropy__diagonal(F, Y):
    return float(-np.log(np.diag(np.asarray(F, float) @ np.asarray(Y, float).T)).mean())


def cross_entropy__boolean_mask(F, Y):
    return np.average(np.negative(np.log(np.asarray(F)[np.asarray(Y) == 1])))


def grad_probs__divide_where(f, y):
    return np.divide(_array(y), -_array(f), out=np.zeros(len(f)), where=_array(y) > 0)


def grad_probs__python_list(f, y):
    return [-float(a) / float(b) for a, b in zip(y, f)]


def grad_probs__complex_step(f, y):
    f = np.asarray(f, complex)
    return np.array([(-np.log(f[i] + 1e-30j) * y[i]).imag / 1e-30 for i in range(len(f))])


def grad_probs__diagonal_matrix_product(f, y):
    return -np.linalg.inv(np.diag(f)) @ np.asarray(y, float)


def grad_logits__mean_in_the_softmax(P, Y):
    B = len(P)
    return _softmax(P) / B - _array(Y) / B


def grad_logits__from_the_labels(P, Y):
    G = _softmax(P)
    G[range(len(G)), np.argmax(Y, axis=1)] -= 1
    G /= len(G)
    return G.tolist()


def grad_logits__jacobian_of_each_row(P, Y):
    out = []
    for f, y in zip(_softmax(P), np.asarray(Y, float)):
        J = np.diag(f) - np.outer(f, f)
        z = int(np.argmax(y))
        out.append((f if f[z] == 0 else -J[z] / f[z]) - (y if f[z] == 0 else 0))
    return np.array(out) / len(out)


def grad_logits__expm1_at_the_class(P, Y):
    log_f = scipy.special.log_softmax(np.asarray(P, float), axis=1)
    return np.where(np.asarray(Y) == 1, np.expm1(log_f), np.exp(log_f)) / len(log_f)


def grad_logits__engine(P, Y):
    node = _Node(P)
    node.loss(np.asarray(Y, float)).backward()
    return node.grad


def linear_backward__a_generator(X, W, dP):
    yield _array(dP) @ _array(W).T
    yield _array(X).T @ _array(dP)
    yield np.ones(len(X)) @ _array(dP)


def linear_backward__transposed_views(X, W, dP):
    X, W, dP = map(_array, (X, W, dP))
    return [(W @ dP.T).T, (dP.T @ X).T, dP.T.sum(axis=1)]


def linear_backward__nested_lists(X, W, dP):
    X, W, dP = map(_array, (X, W, dP))
    return [(dP @ W.T).tolist(), (X.T @ dP).tolist(), dP.sum(axis=0).tolist()]


_Gradients = collections.namedtuple("_Gradients", "dX dW db")


def linear_backward__named_tuple(X, W, dP):
    X, W, dP = map(_array, (X, W, dP))
    return _Gradients(np.inner(dP, W), np.einsum("bi,bj", X, dP), np.einsum("bj->j", dP))


def linear_backward__pure_loops(X, W, dP):
    B, N, T = len(X), len(W), len(W[0])
    dX = [[sum(dP[i][j] * W[k][j] for j in range(T)) for k in range(N)] for i in range(B)]
    dW = [[sum(X[i][k] * dP[i][j] for i in range(B)) for j in range(T)] for k in range(N)]
    return dX, dW, [sum(dP[i][j] for i in range(B)) for j in range(T)]


def linear_backward__ones_row(X, W, dP):
    X, W, dP = (np.asarray(A, float) for A in (X, W, dP))
    both = np.c_[X, np.ones(len(X))].T @ dP
    return dP @ W.T, both[:-1], both[-1]


def relu_backward__greater_or_equal(A, dH):
    return _array(dH) * (_array(A) >= 0)


def relu_backward__copysign(A, dH):
    return (0.5 + np.copysign(0.5, _array(A))) * _array(dH)


def relu_backward__masked_array(A, dH):
    return np.ma.masked_array(np.asarray(dH, float), mask=np.asarray(A) <= 0).filled(0.0)


def relu_backward__slope_by_division(A, dH):
    A = np.asarray(A, float)
    H = np.maximum(A, 0)
    return np.divide(H, A, out=np.zeros_like(A), where=A != 0) * dH


def relu_backward__recursion(A, dH):
    if np.ndim(A) == 0:
        return dH if A > 0 else 0.0
    return [relu_backward__recursion(a, d) for a, d in zip(A, dH)]


def softmax_layer_gradients__a_list(X, W, b, Y):
    P = _array(X) @ _array(W) + _array(b)
    E = (_softmax(P) - _array(Y)) / len(P)
    loss = -(scipy.special.log_softmax(P, axis=1) * Y).sum() / len(P)
    return [np.array(loss), (_array(X).T @ E).tolist(), E.sum(0)]


def softmax_layer_gradients__three_links(X, W, b, Y):
    X, Y = np.asarray(X, float), np.asarray(Y, float)
    F = _softmax(X @ np.asarray(W, float) + b)
    g = -Y / F / len(X)
    dP = F * (g - np.sum(g * F, axis=1, keepdims=True))
    return np.float64(-np.mean(np.log((F * Y).sum(1)))), X.T @ dP, dP.sum(0)


def softmax_layer_gradients__pure_python(X, W, b, Y):
    B, N, T = len(X), len(W), len(b)
    loss, dW, db = 0.0, [[0.0] * T for _ in range(N)], [0.0] * T
    for x, y in zip(X, Y):
        p = [sum(x[k] * W[k][j] for k in range(N)) + b[j] for j in range(T)]
        m = max(p)
        s = sum(math.exp(v - m) for v in p)
        for j in range(T):
            f = math.exp(p[j] - m) / s
            if y[j]:
                loss += (m + math.log(s) - p[j]) / B
            db[j] += (f - y[j]) / B
            for k in range(N):
                dW[k][j] += (f - y[j]) * x[k] / B
    return loss, dW, db


def softmax_layer_gradients__augmented(X, W, b, Y):
    X, Y = np.asarray(X, float), np.asarray(Y, float)
    X1, W1 = np.c_[X, np.ones(len(X))], np.r_[np.asarray(W, float), np.asarray(b, float)[None]]
    F = _softmax(X1 @ W1)
    G = X1.T @ (F - Y) / len(X)
    return [-np.log(F[Y == 1]).mean(), G[:-1], G[-1]]


def softmax_layer_gradients__engine(X, W, b, Y):
    w, c = _Node(W), _Node(b)
    loss = _Node(X).matmul(w).plus_row(c).loss(np.asarray(Y, float))
    loss.backward()
    return loss.value, w.grad, c.grad


def backward__zip_of_two_lists(params, X, Y):
    layers = list(_back(params, X, Y))[::-1]
    return zip([dW for dW, _ in layers], [db for _, db in layers])


def backward__reversed_iterator(params, X, Y):
    return reversed(list(_back(params, X, Y)))


def backward__deque(params, X, Y):
    found = collections.deque()
    for pair in _back(params, X, Y):
        found.appendleft(list(pair))
    return list(found)


def backward__in_float32(params, X, Y):
    return [(np.float32(dW), np.float32(db)) for dW, db in list(_back(params, X, Y))[::-1]]


def backward__object_array(params, X, Y):
    found = np.empty((len(params), 2), dtype=object)
    for k, (dW, db) in enumerate(list(_back(params, X, Y))[::-1]):
        found[k, 0], found[k, 1] = dW, db
    return found


def backward__engine(params, X, Y):
    nodes = [(_Node(W), _Node(b)) for W, b in params]
    H = _Node(X)
    for k, (W, b) in enumerate(nodes):
        H = H.matmul(W).plus_row(b)
        if k < len(nodes) - 1:
            H = H.relu()
    H.loss(np.asarray(Y, float)).backward()
    return [(W.grad, b.grad) for W, b in nodes]


def backward__closures(params, X, Y):
    back, H = [], np.asarray(X, float)
    for k, (W, b) in enumerate(params):
        A = H @ W + b
        relu = k < len(params) - 1

        def pull(dH, H=H, W=W, A=A, relu=relu):
            dA = np.where(A > 0, dH, 0) if relu else dH
            return dA @ np.asarray(W).T, dA

        back.append((pull, H))
        H = np.maximum(A, 0) if relu else _softmax(A)
    d, out = (H - Y) / len(Y), ()
    for pull, H in reversed(back):
        d, dA = pull(d)
        out = ((np.einsum("bi,bj->ij", H, dA), dA.sum(0)), *out)
    return out


def backward__longdouble_lists(params, X, Y):
    H = [np.asarray(X, np.longdouble)]
    for W, b in params:
        H.append(np.maximum(H[-1] @ np.asarray(W, np.longdouble) + b, 0))
    P = H[-2] @ np.asarray(params[-1][0], np.longdouble) + params[-1][1]
    E = np.exp(P - P.max(axis=1, keepdims=True))
    D = (E / E.sum(axis=1, keepdims=True) - Y) / len(X)
    out = []
    for layer in range(len(params))[::-1]:
        out.insert(0, [(H[layer].T @ D).astype(float).tolist(), D.sum(axis=0).astype(float).tolist()])
        D = D @ np.asarray(params[layer][0]).T * (H[layer] > 0)
    return out


def backward__augmented(params, X, Y):
    mats = [np.vstack([W, np.asarray(b, float)[None]]) for W, b in params]
    Z = [np.c_[np.asarray(X, float), np.ones(len(X))]]
    for M in mats[:-1]:
        Z.append(np.c_[np.maximum(Z[-1] @ M, 0), np.ones(len(X))])
    D = (_softmax(Z[-1] @ mats[-1]) - Y) / len(X)
    out = [None] * len(mats)
    for layer in reversed(range(len(mats))):
        G = Z[layer].T @ D
        out[layer] = (G[:-1], G[-1])
        D = (D @ mats[layer].T)[:, :-1] * (Z[layer][:, :-1] > 0)
    return out


def one_hot__scatter_by_matrix_of_zeros(z, T):
    z = np.asarray(z)
    if np.any(z < 0) or np.any(z >= T):
        raise ValueError("a label is outside")
    return scipy.sparse.coo_matrix((np.ones(len(z)), (np.arange(len(z)), z)), shape=(len(z), T)).toarray()


def linear__cumulative_sum(X, W, b):
    terms = np.asarray(X, float)[:, :, None] * np.asarray(W, float)[None]
    return np.cumsum(terms, axis=1)[:, -1] + b


def linear__kronecker(X, W, b):
    X, W = _array(X), _array(W)
    flat = np.kron(X, np.eye(W.shape[1])) @ W.ravel()
    return flat.reshape(len(X), W.shape[1]) + b


def relu__sorted_pair(A):
    A = np.asarray(A, float)
    return np.sort(np.stack([np.zeros_like(A), A]), axis=0)[1]


def relu__minus_the_minimum(A):
    A = np.asarray(A, float)
    return A - np.minimum(A, 0)


def init_params__sums_of_normals(sizes, rng):
    return [
        (rng.normal(scale=np.sqrt(0.5 / n), size=(4, n, m)).sum(axis=0), np.zeros(m)) for n, m in zip(sizes, sizes[1:])
    ]


def count_params__matrix_of_neighbours(sizes):
    s = np.array(sizes)
    return np.trace(np.outer(s[:-1], s[1:])) + s[1:].sum()


def forward__one_matrix_for_each_layer(params, X):
    kept = [np.asarray(X, float)]
    for k, (W, b) in enumerate(params):
        A = np.insert(kept[-1], 0, 1.0, axis=1) @ np.vstack([b, W])
        kept.append(scipy.special.softmax(A, axis=1) if k == len(params) - 1 else np.clip(A, 0, None))
    return kept


def forward__queue_of_layers(params, X):
    layers, kept = collections.deque(params), [_array(X)]
    while len(layers) > 1:
        W, b = layers.popleft()
        kept += [np.where((A := kept[-1] @ W + b) > 0, A, 0.0)]
    W, b = layers[0]
    A = kept[-1] @ W + b
    return kept + [1 / np.exp(A[:, None, :] - A[:, :, None]).sum(axis=2)]


def forward__softmax_of_each_row(params, X):
    kept = [np.asarray(X, float)]
    for W, b in params:
        kept.append(np.maximum(kept[-1] @ W + b, 0))
    W, b = params[-1]
    kept[-1] = np.apply_along_axis(_softmax, 1, kept[-2] @ W + b)
    return tuple(kept)


def predict__comparison_of_all_pairs(params, X):
    P = _logits(params, X)
    return np.argmax((P[:, :, None] >= P[:, None, :]).all(axis=2), axis=1)


def cross_entropy__masked_logarithm(F, Y):
    log_f = np.ma.log(np.ma.masked_less_equal(_array(F), 0.0)).filled(0.0)
    return -np.einsum("bt,bt", log_f, _array(Y)) / len(log_f)


def cross_entropy__relative_entropy(F, Y):
    return scipy.special.rel_entr(_array(Y), _array(F)).sum() / len(F)


def grad_probs__logarithmic_derivative(f, y):
    f, y = _array(f), _array(y)
    return -np.exp(np.log(np.where(y > 0, y, 1.0)) - np.log(f)) * (y > 0)


def grad_logits__vjp_of_log_softmax(P, Y):
    F, U = _softmax(P), -_array(Y) / len(P)
    return U - F * U.sum(axis=1, keepdims=True)


def linear_backward__stacked_outer_products(X, W, dP):
    X, W, dP = _array(X), _array(W), _array(dP)
    return [(W @ dP[:, :, None])[:, :, 0], sum(map(np.outer, X, dP)), functools.reduce(np.add, dP)]


def linear_backward__columns_one_by_one(X, W, dP):
    X, W, dP = _array(X), _array(W), _array(dP)
    dX, dW, db = np.zeros(X.shape), np.zeros(W.shape), np.zeros(W.shape[1])
    for t in range(W.shape[1]):
        dX += dP[:, t, None] * W[None, :, t]
        dW[:, t] = dP[:, t] @ X
        db[t] = sum(dP[:, t])
    return dX, dW, db


def softmax_layer_gradients__through_the_network(X, W, b, Y):
    params = [(_array(W), _array(b))]
    (pair,) = _back(params, X, Y)
    return -np.log((_forward(params, X)[-1] * _array(Y)).sum(axis=1)).mean(), *pair


def softmax_layer_gradients__classes_one_by_one(X, W, b, Y):
    X, W, b, Y = map(_array, (X, W, b, Y))
    F = _softmax(X @ W + b)
    dW = np.column_stack([(F[:, j] - Y[:, j]) @ X for j in range(len(b))]) / len(X)
    return np.array([-np.log(F[Y == 1]).mean()])[0], dW, np.add.reduce(F - Y) / len(X)


def backward__while_loop_with_a_stack(params, X, Y):
    kept = _forward(params, X)
    stack, found = list(zip(params, kept)), []
    dP = (kept[-1] - _array(Y)) / len(Y)
    while stack:
        (W, _), H = stack.pop()
        found = [(H.T @ dP, np.ones(len(dP)) @ dP), *found]
        dP = np.multiply(dP @ np.transpose(W), H > 0)
    return tuple(found)


def backward__mask_as_diagonal_matrices(params, X, Y):
    kept, found = _forward(params, X), {}
    D = (kept[-1] - _array(Y)) / len(Y)
    for k in range(len(params))[::-1]:
        found[k] = [kept[k].T @ D, D.sum(axis=0)]
        D = np.stack([np.diag(np.heaviside(h, 0.0)) @ (params[k][0] @ d) for h, d in zip(kept[k], D)])
    return [found[k] for k in sorted(found)]
