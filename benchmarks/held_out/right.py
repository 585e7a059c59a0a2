"""Right answers that are in no bank, in styles that a fragile grader rejects.

The function that an answer is for comes before the double underscore of its name.
"""

import collections
import functools
import math
import warnings

import numpy as np
import scipy.linalg
import scipy.special
import scipy.stats


def _array(A):
    return np.asarray(A, dtype=float)


def _softmax(P):
    P = _array(P)
    return np.exp(P - scipy.special.logsumexp(P, axis=-1, keepdims=True))


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


def softmax_temperature__power_and_norm(p, tau):
    q = _softmax(p) ** (1 / tau)
    return q / q.sum()


def softmax_temperature__keyword_default(p, tau=1.0, *, axis=-1):
    return scipy.special.softmax(_array(p) / tau, axis=axis)


def sigmoid__vectorised(t):
    return np.vectorize(lambda x: 1 / (1 + math.exp(-x)), otypes=[float])(t)


def sigmoid__python_number_for_a_number(t):
    return 1 / (1 + math.exp(-t)) if np.ndim(t) == 0 else scipy.special.expit(_array(t)).tolist()


def sigmoid__exponential_of_log(t):
    return np.exp(-np.logaddexp(0, -_array(t)))


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


def cross_entropy_logits__zero_dimensional(P, z):
    return np.array(np.mean([scipy.special.logsumexp(r) - r[k] for r, k in zip(_array(P), z)]))


def cross_entropy_logits__take_along_axis(P, z):
    L = scipy.special.log_softmax(_array(P), axis=1)
    return -np.take_along_axis(L, np.asarray(z)[:, None], axis=1).mean()


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


def softmax_vjp__covariance(P, G):
    F, G = _softmax(P), _array(G)
    centred = G - np.average(G, axis=1, weights=F)[:, None]
    return F * centred


def softmax_vjp__list_comprehension(P, G):
    return [f * (g - np.dot(f, g)) for f, g in zip(_softmax(P), _array(G))]


def log_softmax_jacobian__read_only_view(p):
    J = -np.tile(_softmax(p), (len(p), 1))
    np.fill_diagonal(J, 1 + np.diag(J))
    J.flags.writeable = False
    return J


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


def linear__by_blas(X, W, b):
    return scipy.linalg.blas.dgemm(1.0, _array(X), _array(W)) + _array(b)


def linear__affine_matrix(X, W, b):
    return np.c_[_array(X), np.ones(len(X))] @ np.r_[_array(W), [_array(b)]]


def relu__clip(A):
    return np.clip(A, 0, None)


def relu__fmax_list(A):
    return np.fmax(A, 0).tolist()


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


def count_params__numpy_integer(sizes):
    s = np.array(sizes)
    return (s[:-1] + 1) @ s[1:]


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


def predict__unsigned(params, X):
    return np.asarray(_forward(params, X)[-1]).argmax(-1).astype(np.uint16)


def predict__numpy_integers_in_a_list(params, X):
    return [np.argmax(row) for row in _forward(params, X)[-1]]


def cross_entropy__nan_to_num(F, Y):
    with np.errstate(divide="ignore"):
        return float(-(np.nan_to_num(np.log(F)) * Y).sum() / len(F))


def cross_entropy__product_then_log(F, Y):
    return -np.log(np.prod(np.power(_array(F), _array(Y)), axis=1)).mean()


def cross_entropy__argmax(F, Y):
    return sum(-math.log(row[int(np.argmax(y))]) for row, y in zip(F, Y)) / len(F)


def grad_probs__divide_where(f, y):
    return np.divide(_array(y), -_array(f), out=np.zeros(len(f)), where=_array(y) > 0)


def grad_probs__python_list(f, y):
    return [-float(a) / float(b) for a, b in zip(y, f)]


def grad_logits__mean_in_the_softmax(P, Y):
    B = len(P)
    return _softmax(P) / B - _array(Y) / B


def grad_logits__from_the_labels(P, Y):
    G = _softmax(P)
    G[range(len(G)), np.argmax(Y, axis=1)] -= 1
    G /= len(G)
    return G.tolist()


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


def relu_backward__greater_or_equal(A, dH):
    return _array(dH) * (_array(A) >= 0)


def relu_backward__copysign(A, dH):
    return (0.5 + np.copysign(0.5, _array(A))) * _array(dH)


def softmax_layer_gradients__a_list(X, W, b, Y):
    P = _array(X) @ _array(W) + _array(b)
    E = (_softmax(P) - _array(Y)) / len(P)
    loss = -(scipy.special.log_softmax(P, axis=1) * Y).sum() / len(P)
    return [np.array(loss), (_array(X).T @ E).tolist(), E.sum(0)]


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
