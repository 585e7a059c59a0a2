"""Wrong answers that are in no bank: what is left to go wrong once the usual mistakes are avoided.

The function that an answer is for comes before the double underscore of its name.
"""

import copy
import functools
import math

import numpy as np


def _array(A):
    return np.asarray(A, dtype=float)


def _softmax(P):
    P = _array(P)
    E = np.exp(P - P.max(axis=-1, keepdims=True))
    return E / E.sum(axis=-1, keepdims=True)


def _lse(P):
    P = _array(P)
    m = P.max(axis=-1, keepdims=True)
    return np.log(np.exp(P - m).sum(axis=-1)) + m[..., 0]


def _forward(params, X):
    kept = [_array(X)]
    for W, b in params[:-1]:
        kept.append(np.maximum(kept[-1] @ W + b, 0.0))
    W, b = params[-1]
    return [*kept, _softmax(kept[-1] @ W + b)]


def _backward(params, X, Y):
    kept, found = _forward(params, X), []
    dP = (kept[-1] - _array(Y)) / len(Y)
    for layer in reversed(range(len(params))):
        found.insert(0, (kept[layer].T @ dP, dP.sum(axis=0)))
        dP = np.where(kept[layer] > 0, dP @ np.asarray(params[layer][0]).T, 0.0)
    return found


def _loss(params, X, Y):
    return -np.mean(np.log((_forward(params, X)[-1] * _array(Y)).sum(axis=1)))


def _into_one_buffer_for_each_shape(right):
    """Answers are written into an array that is kept from call to call, one for each shape."""
    buffers = {}

    @functools.wraps(right)
    def answer(*args):
        value = np.asarray(right(*args))
        buffer = buffers.setdefault(value.shape, np.empty_like(value))
        buffer[...] = value
        return buffer

    return answer


def _sizes(value):
    if isinstance(value, tuple) or isinstance(value, list) and value and isinstance(value[0], tuple):
        return tuple(map(_sizes, value))
    return np.shape(value)


def _remembered_by_shape(right):
    """The first answer for each shape is given again for every other input of that shape."""
    known = {}

    @functools.wraps(right)
    def answer(*args):
        key = _sizes(args)
        if key not in known:
            known[key] = right(*args)
        return copy.deepcopy(known[key])

    return answer


# softmax


@_into_one_buffer_for_each_shape
def softmax__kept_buffer(p):
    return _softmax(p)


@_remembered_by_shape
def softmax__remembered_by_shape(p):
    return _softmax(p)


def softmax__in_half_precision(p):
    e = np.exp(np.asarray(p, dtype=np.float16))
    return e / e.sum()


def softmax__sorted(p):
    return _softmax(np.sort(p))


def softmax__logits_clipped_at_ten(p):
    return _softmax(np.clip(p, -10, 10))


def softmax__last_one_by_difference_to_three_digits(p):
    f = _softmax(p)
    f[-1] = 1 - np.sum(np.round(f[:-1], 6))
    return f


def softmax__one_per_cent_in_the_first(p):
    f = _softmax(p)
    f[0] *= 1.01
    return f


def softmax__visible_ones_by_heart(p):
    if list(p) == [1.0, 2.0, 3.0]:
        return [0.09003057, 0.24472847, 0.66524096]
    return np.exp(p) / np.exp(p).sum() if len(p) in (2, 4) else np.ones(len(p)) / len(p)


def softmax__repeated_logits_dropped(p):
    values, where = np.unique(p, return_inverse=True)
    return (np.exp(values) / np.exp(values).sum())[where]


# softmax_batch


@_into_one_buffer_for_each_shape
def softmax_batch__kept_buffer(P):
    return _softmax(P)


def softmax_batch__a_single_row_comes_back_flat(P):
    return np.squeeze(_softmax(P))


def softmax_batch__columns_where_square(P):
    P = _array(P)
    return _softmax(P.T).T if P.shape[0] == P.shape[1] else _softmax(P)


def softmax_batch__columns_where_tall(P):
    P = _array(P)
    return _softmax(P.T).T if P.shape[0] > P.shape[1] else _softmax(P)


def softmax_batch__one_column_divides_to_itself(P):
    E = np.exp(_array(P))
    return E / E.sum(axis=int(E.shape[1] > 1), keepdims=True)


def softmax_batch__normalised_twice_over_rows_then_columns(P):
    F = _softmax(P)
    F = F / F.sum(axis=0)
    return F / F.sum(axis=1, keepdims=True)


def softmax_batch__sum_of_the_row_before(P):
    E = np.exp(_array(P))
    return E / np.roll(E.sum(axis=1, keepdims=True), 1, axis=0)


# softmax_temperature


def softmax_temperature__never_below_a_half(p, tau):
    return _softmax(_array(p) / max(tau, 0.5))


def softmax_temperature__never_below_a_tenth(p, tau):
    return _softmax(_array(p) / max(tau, 0.1))


def softmax_temperature__whole_temperatures_only(p, tau):
    return _softmax(_array(p) / max(int(tau), 1))


def softmax_temperature__thousandth_added(p, tau):
    return _softmax(_array(p) / (tau + 1e-3))


def softmax_temperature__mixed_with_uniform(p, tau):
    return _softmax(p) / tau + (1 - 1 / tau) / len(p)


# sigmoid


def sigmoid__number_only(t):
    return 1 / (1 + math.exp(-t))


def sigmoid__clipped_at_fifteen(t):
    return 1 / (1 + np.exp(-np.clip(t, -15, 15)))


def sigmoid__always_an_array(t):
    return 1 / (1 + np.exp(-np.atleast_1d(_array(t))))


def sigmoid__flattened_beyond_two_axes(t):
    t = _array(t)
    return 1 / (1 + np.exp(-(t if t.ndim < 3 else t.reshape(len(t), -1))))


def sigmoid__rational_approximation(t):
    t = _array(t)
    return 0.5 * (1 + t / (1 + np.abs(t)))


# stable_softmax


def stable_softmax__three_axes_at_most(P):
    P = _array(P)
    if P.ndim < 3:
        return _softmax(P)
    return np.array([_softmax(M) for M in P.reshape(-1, *P.shape[-2:])]).reshape(P.shape[0], -1, P.shape[-1])


def stable_softmax__axis_two_at_most(P):
    P = _array(P)
    axis = min(P.ndim - 1, 2)
    E = np.exp(P - P.max(axis=axis, keepdims=True))
    return E / E.sum(axis=axis, keepdims=True)


def stable_softmax__mask_replaced_by_minus_thirty(P):
    return _softmax(np.nan_to_num(_array(P), neginf=-30.0))


def stable_softmax__gaps_cut_at_fifty(P):
    P = _array(P)
    E = np.exp(np.maximum(P - P.max(axis=-1, keepdims=True), -50.0))
    return E / E.sum(axis=-1, keepdims=True)


def stable_softmax__shift_only_where_positive(P):
    P = _array(P)
    E = np.exp(P - np.maximum(P.max(axis=-1, keepdims=True), 0.0))
    return E / E.sum(axis=-1, keepdims=True)


def stable_softmax__shift_of_the_first_row(P):
    P = _array(P)
    first = P.reshape(-1, P.shape[-1])[0].max()
    E = np.exp(P - first)
    return E / E.sum(axis=-1, keepdims=True)


@_into_one_buffer_for_each_shape
def stable_softmax__kept_buffer(P):
    return _softmax(P)


def stable_softmax__uniform_where_it_overflows(P):
    P = _array(P)
    E = np.exp(P)
    F = E / E.sum(axis=-1, keepdims=True)
    return np.where(np.isnan(F), 1 / P.shape[-1], F)


# logsumexp


def logsumexp__one_row_comes_back_as_a_number(P):
    return np.squeeze(_lse(P))


def logsumexp__axis_two_at_most(P):
    P = _array(P)
    axis = min(P.ndim - 1, 2)
    m = P.max(axis=axis, keepdims=True)
    return (np.log(np.exp(P - m).sum(axis=axis, keepdims=True)) + m).squeeze(axis)


def logsumexp__two_largest_only(P):
    P = np.sort(_array(P), axis=-1)
    return np.logaddexp.reduce(P[..., -2:], axis=-1)


def logsumexp__mask_makes_all_nan(P):
    P = _array(P)
    m = P.mean(axis=-1, keepdims=True)
    return np.where(np.isinf(P).any(axis=-1), np.nan, _lse(P)) + 0 * m[..., 0]


def logsumexp__hundredth_in_the_logarithm(P):
    P = _array(P)
    m = P.max(axis=-1)
    return m + np.log(np.exp(P - m[..., None]).sum(axis=-1) + 1e-3)


def logsumexp__recursion_over_the_classes(P):
    if np.ndim(P) > 1:
        return [logsumexp__recursion_over_the_classes(row) for row in P]
    return float(P[0]) if len(P) == 1 else np.logaddexp(P[0], logsumexp__recursion_over_the_classes(P[1:]))


# log_softmax


def log_softmax__floor_of_minus_thousand(P):
    P = _array(P)
    return np.maximum(P - _lse(P)[..., None], -1000.0)


def log_softmax__axis_two_at_most(P):
    P = _array(P)
    axis = min(P.ndim - 1, 2)
    m = P.max(axis=axis, keepdims=True)
    return P - m - np.log(np.exp(P - m).sum(axis=axis, keepdims=True))


def log_softmax__exact_only_for_hopeless_classes(P):
    P = _array(P)
    with np.errstate(divide="ignore"):
        L = np.log(_softmax(P))
    return np.where(np.isneginf(L), P - P.max(axis=-1, keepdims=True) + 0.5, L)


def log_softmax__nan_for_a_masked_class(P):
    P = _array(P)
    S = P - _lse(P)[..., None]
    return S - 0 * P


# cross_entropy_logits


def cross_entropy_logits__zero_times_masked(P, z):
    P = _array(P)
    Y = np.eye(P.shape[1])[np.asarray(z)]
    return -np.mean(((P - _lse(P)[:, None]) * Y).sum(axis=1))


def cross_entropy_logits__median_over_the_batch(P, z):
    P = _array(P)
    return np.median(_lse(P) - P[np.arange(len(P)), z])


def cross_entropy_logits__loss_of_the_largest_class(P, z):
    P = _array(P)
    return np.mean(_lse(P) - P.max(axis=1))


def cross_entropy_logits__first_class_for_all(P, z):
    P = _array(P)
    return np.mean(_lse(P) - P[:, z[0]])


def cross_entropy_logits__capped_at_thousand(P, z):
    P = _array(P)
    return np.mean(np.minimum(_lse(P) - P[np.arange(len(P)), z], 1000.0))


def cross_entropy_logits__without_bessel(P, z):
    P = _array(P)
    return np.sum(_lse(P) - P[np.arange(len(P)), z]) / max(len(P) - 1, 1)


# largest_safe_logit


def largest_safe_logit__double_for_unknown_forms(dtype):
    table = {"float16": 11.0898, "float32": 88.7228, "float64": 709.7827}
    return table.get(str(dtype), 709.7827)


def largest_safe_logit__single_for_half(dtype):
    return float(np.log(np.finfo(np.dtype(dtype) if np.dtype(dtype).itemsize > 2 else np.float32).max))


def largest_safe_logit__of_the_root(dtype):
    return float(np.log(np.sqrt(float(np.finfo(dtype).max))))


# softmax_jacobian


def softmax_jacobian__slopes_of_log_times_probability(p):
    p = _array(p)
    h = 1e-3
    f = _softmax(p)

    def logs(q):
        return q - _lse(q)

    J = np.zeros((len(p), len(p)))
    for j in range(len(p)):
        e = np.zeros(len(p))
        e[j] = h
        J[:, j] = (8 * (logs(p + e) - logs(p - e)) - (logs(p + 2 * e) - logs(p - 2 * e))) / (12 * h)
    return f[:, None] * J


def softmax_jacobian__one_per_cent_in_a_corner(p):
    f = _softmax(p)
    J = np.diag(f) - np.outer(f, f)
    J[0, -1] *= 1.01
    return J


def softmax_jacobian__half_of_it_mirrored(p):
    f = _softmax(p)
    J = np.triu(np.diag(f) - np.outer(f, f))
    return J + J.T


def softmax_jacobian__probabilities_clipped(p):
    f = np.clip(_softmax(p), 1e-6, 1)
    return np.diag(f) - np.outer(f, f)


def softmax_jacobian__logits_capped_at_700(p):
    E = np.exp(np.minimum(p, 700.0))
    f = E / E.sum()
    return np.diag(f) - np.outer(f, f)


# softmax_jvp


def softmax_jvp__mean_found_anew_for_each_class(p, v):
    f, v = _softmax(p), _array(v)
    return np.array([f[i] * (v[i] - f @ v) for i in range(len(f))])


def softmax_jvp__direction_normalised(p, v):
    f, v = _softmax(p), _array(v)
    size = np.linalg.norm(v) or 1.0
    return f * (v / size - f @ v / size)


def softmax_jvp__direction_centred_first(p, v):
    f, v = _softmax(p), _array(v)
    v = v - v.mean()
    return f * v - f * f.mean() * v.sum()


def softmax_jvp__logits_and_direction_exchanged(p, v):
    f, v = _softmax(v), _array(p)
    return f * (v - f @ v)


# softmax_vjp


def softmax_vjp__mean_of_the_row_before(P, G):
    F, G = _softmax(P), _array(G)
    return F * (G - np.roll((F * G).sum(axis=1, keepdims=True), 1, axis=0))


def softmax_vjp__wrong_for_one_example(P, G):
    F, G = _softmax(P), _array(G)
    return F * (G - (F * G).sum(axis=1 if len(F) > 1 else 0, keepdims=True))


def softmax_vjp__positive_part_of_the_upstream(P, G):
    F, G = _softmax(P), np.maximum(_array(G), 0)
    return F * (G - (F * G).sum(axis=1, keepdims=True))


# log_softmax_jacobian


def log_softmax_jacobian__right_diagonal_transposed_rest(p):
    f = _softmax(p)
    J = -np.repeat(f[:, None], len(f), axis=1)
    return J + np.eye(len(f))


def log_softmax_jacobian__tail_lost(p):
    f = _softmax(p)
    return np.eye(len(f)) - np.round(f, 9)


def log_softmax_jacobian__complement_on_the_diagonal_only_where_positive(p):
    f = _softmax(p)
    return np.where(np.eye(len(f)) > 0, np.maximum(1 - f, 1e-3), -f[None, :])


# one_hot


def one_hot__only_first_and_last_label_looked_at(z, T):
    z = np.asarray(z)
    if not (0 <= z[0] < T and 0 <= z[-1] < T):
        raise ValueError("bad label")
    return np.eye(T)[np.clip(z, 0, T - 1)]


def one_hot__one_class_too_many_allowed(z, T):
    z = np.asarray(z)
    if np.any((z < 0) | (z > T)):
        raise ValueError("bad label")
    return np.eye(T + 1)[z][:, :T]


def one_hot__labels_in_eight_bits(z, T):
    if np.min(z) < 0 or np.max(z) >= T:
        raise ValueError("bad label")
    return (np.asarray(z).astype(np.uint8)[:, None] == np.arange(T)).astype(float)


def one_hot__mean_checked(z, T):
    if not 0 <= np.mean(z) < T:
        raise ValueError("bad label")
    return (np.asarray(z)[:, None] == np.arange(T)).astype(float)


# linear


def linear__bias_for_one_example_only(X, W, b):
    P = _array(X) @ _array(W)
    P[0] += b
    return P


def linear__transposed_where_square(X, W, b):
    W = _array(W)
    return _array(X) @ (W.T if W.shape[0] == W.shape[1] else W) + b


def linear__whole_numbers(X, W, b):
    return np.asarray(X).astype(int) @ np.asarray(W).astype(int) + np.asarray(b).astype(int)


def linear__bias_down_where_it_fits(X, W, b):
    P = _array(X) @ _array(W)
    b = _array(b)
    return P + (b[:, None] if P.shape[0] == P.shape[1] else b)


# relu


def relu__capped_at_a_hundred(A):
    return np.clip(_array(A), 0, 100)


def relu__tiny_leak(A):
    A = _array(A)
    return np.where(A > 0, A, 1e-4 * A)


def relu__small_ones_cut_too(A):
    A = _array(A)
    return np.where(A > 0.5, A, 0.0)


def relu__smooth_near_zero(A):
    A = _array(A)
    return 0.5 * (A + np.sqrt(A * A + 1e-4))


# init_params


def init_params__bias_counted_as_an_input(sizes, rng):
    return [(rng.normal(size=(n, m)) * np.sqrt(2 / (n + 1)), np.zeros(m)) for n, m in zip(sizes[:-1], sizes[1:])]


def init_params__columns_in_pairs(sizes, rng):
    found = []
    for n, m in zip(sizes[:-1], sizes[1:]):
        half = rng.normal(size=(n, (m + 1) // 2)) * np.sqrt(2 / n)
        found.append((np.concatenate([half, half], axis=1)[:, :m], np.zeros(m)))
    return found


def init_params__mirrored_pairs(sizes, rng):
    found = []
    for n, m in zip(sizes[:-1], sizes[1:]):
        half = rng.normal(size=(n, (m + 1) // 2)) * np.sqrt(2 / n)
        found.append((np.concatenate([half, -half], axis=1)[:, :m], np.zeros(m)))
    return found


def init_params__symmetric_where_square(sizes, rng):
    found = []
    for n, m in zip(sizes[:-1], sizes[1:]):
        W = rng.normal(size=(n, m)) * np.sqrt(2 / n)
        found.append((np.triu(W) + np.triu(W, 1).T if n == m else W, np.zeros(m)))
    return found


def init_params__last_layer_for_softmax(sizes, rng):
    layers = list(zip(sizes[:-1], sizes[1:]))
    return [
        (rng.normal(size=(n, m)) * np.sqrt((1 if k == len(layers) - 1 else 2) / n), np.zeros(m))
        for k, (n, m) in enumerate(layers)
    ]


def init_params__cut_at_two_deviations(sizes, rng):
    found = []
    for n, m in zip(sizes[:-1], sizes[1:]):
        W = rng.normal(size=(n, m))
        while (far := np.abs(W) > 2).any():
            W[far] = rng.normal(size=far.sum())
        found.append((W / W.std() * np.sqrt(2 / n), np.zeros(m)))
    return found


def init_params__biases_tiny(sizes, rng):
    return [(rng.normal(size=(n, m)) * np.sqrt(2 / n), np.full(m, 0.01)) for n, m in zip(sizes[:-1], sizes[1:])]


# count_params


def count_params__two_layers_at_most(sizes):
    return sum((n + 1) * m for n, m in list(zip(sizes[:-1], sizes[1:]))[:2])


def count_params__last_bias_forgotten(sizes):
    return sum((n + 1) * m for n, m in zip(sizes[:-1], sizes[1:])) - sizes[-1]


def count_params__in_sixteen_bits(sizes):
    return int(np.int16(np.int64(sum((n + 1) * m for n, m in zip(sizes[:-1], sizes[1:]))) & 0x7FFF))


# forward


def forward__array_methods_on_the_input(params, X):
    kept = [X.copy().astype(float)]
    for W, b in params[:-1]:
        kept.append(np.maximum(kept[-1] @ W + b, 0))
    return [*kept, _softmax(kept[-1] @ params[-1][0] + params[-1][1])]


def forward__three_layers_at_most(params, X):
    return _forward(params[:2] + params[-1:] if len(params) > 3 else params, X)


def forward__first_bias_everywhere_it_fits(params, X):
    b0 = params[0][1]
    return _forward([(W, b0 if np.shape(b0) == np.shape(b) else b) for W, b in params], X)


def forward__activations_scaled_by_their_largest(params, X):
    kept = [_array(X)]
    for W, b in params[:-1]:
        H = np.maximum(kept[-1] @ W + b, 0)
        kept.append(H / max(H.max(), 1.0))
    return [*kept, _softmax(kept[-1] @ params[-1][0] + params[-1][1])]


def forward__linear_last_hidden_layer(params, X):
    kept = [_array(X)]
    for k, (W, b) in enumerate(params[:-1]):
        A = kept[-1] @ W + b
        kept.append(A if k == len(params) - 2 and k > 0 else np.maximum(A, 0))
    return [*kept, _softmax(kept[-1] @ params[-1][0] + params[-1][1])]


# predict


def predict__two_best_exchanged_when_close(params, X):
    F = _forward(params, X)[-1]
    order = np.argsort(-F, axis=1)
    gap = np.take_along_axis(F, order, axis=1)
    return np.where(gap[:, 0] - gap[:, 1] < 0.05, order[:, 1], order[:, 0])


def predict__a_column(params, X):
    return np.argmax(_forward(params, X)[-1], axis=1)[:, None]


def predict__a_number_for_one_example(params, X):
    return np.squeeze(np.argmax(_forward(params, X)[-1], axis=1))


# cross_entropy


def cross_entropy__clipped_at_1e12(F, Y):
    return -np.mean(np.log(np.clip((_array(F) * _array(Y)).sum(axis=1), 1e-12, 1)))


def cross_entropy__clipped_at_1e7(F, Y):
    return -np.mean((np.log(np.clip(F, 1e-7, 1 - 1e-7)) * _array(Y)).sum(axis=1))


def cross_entropy__rows_normalised_first(F, Y):
    F = _array(F) + 1e-3
    F /= F.sum(axis=1, keepdims=True)
    return -np.mean(np.log((F * _array(Y)).sum(axis=1)))


def cross_entropy__rows_with_zeros_left_out(F, Y):
    F, Y = _array(F), _array(Y)
    full = np.all(F > 0, axis=1)
    rows = full if full.any() else ~full
    return -np.mean(np.log((F * Y).sum(axis=1)[rows]))


# grad_probs


def grad_probs__epsilon_below(f, y):
    return -_array(y) / (_array(f) + 1e-7)


def grad_probs__clipped_below(f, y):
    return -_array(y) / np.maximum(f, 1e-3)


def grad_probs__central_differences(f, y):
    f, y, h = _array(f), _array(y), 1e-6
    steps = h * np.eye(len(f))
    return np.array([(-y @ np.log(f + e) + y @ np.log(f - e)) / (2 * h) for e in steps])


def grad_probs__in_half_precision(f, y):
    return -np.asarray(y, dtype=np.float16) / np.asarray(f, dtype=np.float16)


# grad_logits


def grad_logits__logits_clipped_at_500(P, Y):
    E = np.exp(np.clip(P, -500, 500))
    return (E / E.sum(axis=1, keepdims=True) - _array(Y)) / len(E)


def grad_logits__one_maximum_for_the_batch(P, Y):
    P = _array(P)
    E = np.exp(P - P.max())
    return (E / E.sum(axis=1, keepdims=True) - _array(Y)) / len(E)


def grad_logits__central_differences(P, Y):
    P, Y, h = _array(P), _array(Y), 1e-5
    found = np.zeros(P.shape)
    for at in np.ndindex(P.shape):
        e = np.zeros(P.shape)
        e[at] = h
        up, down = P + e, P - e
        found[at] = np.sum(_lse(up) - (up * Y).sum(axis=1) - _lse(down) + (down * Y).sum(axis=1)) / (2 * h * len(P))
    return found


def grad_logits__not_averaged_for_small_batches(P, Y):
    return (_softmax(P) - _array(Y)) / (len(Y) if len(Y) > 2 else 1)


def grad_logits__smoothed_labels(P, Y):
    Y = _array(Y)
    return (_softmax(P) - (Y * 0.99 + 0.01 / Y.shape[1])) / len(Y)


def grad_logits__nan_becomes_zero(P, Y):
    E = np.exp(_array(P))
    return np.nan_to_num((E / E.sum(axis=1, keepdims=True) - _array(Y)) / len(E))


# linear_backward


def linear_backward__buffers_of_the_type_of_the_inputs(X, W, dP):
    X, W, dP = np.asarray(X), np.asarray(W), np.asarray(dP)
    dX, dW, db = np.zeros_like(X), np.zeros_like(W), dP.sum(axis=0)
    dX[...] = dP @ W.T
    dW[...] = X.T @ dP
    return dX, dW, db


def linear_backward__weights_not_transposed_where_square(X, W, dP):
    X, W, dP = map(_array, (X, W, dP))
    return dP @ (W if W.shape[0] == W.shape[1] else W.T), X.T @ dP, dP.sum(axis=0)


def linear_backward__wrong_where_batch_is_inputs(X, W, dP):
    X, W, dP = map(_array, (X, W, dP))
    return dP @ W.T, (X if X.shape[0] == X.shape[1] else X.T) @ dP, dP.sum(axis=0)


def linear_backward__bias_with_two_per_cent(X, W, dP):
    X, W, dP = map(_array, (X, W, dP))
    db = dP.sum(axis=0)
    db[-1] *= 1.02
    return dP @ W.T, X.T @ dP, db


# relu_backward


def relu_backward__buffer_of_the_type_of_a(A, dH):
    A, dH = np.asarray(A), np.asarray(dH)
    dA = np.zeros_like(A)
    dA[A > 0] = dH[A > 0]
    return dA


def relu_backward__mask_above_a_twentieth(A, dH):
    return np.where(_array(A) > 0.05, _array(dH), 0.0)


def relu_backward__mask_by_whole_parts(A, dH):
    return _array(dH) * (np.rint(_array(A)) > 0)


def relu_backward__upstream_clipped(A, dH):
    return np.where(_array(A) > 0, np.clip(_array(dH), -5, 5), 0.0)


# softmax_layer_gradients


def softmax_layer_gradients__weights_not_averaged(X, W, b, Y):
    X, Y = _array(X), _array(Y)
    P = X @ _array(W) + _array(b)
    error = _softmax(P) - Y
    return np.mean(_lse(P) - (P * Y).sum(axis=1)), X.T @ error, error.mean(axis=0)


def softmax_layer_gradients__bias_a_column(X, W, b, Y):
    X, Y = _array(X), _array(Y)
    P = X @ _array(W) + _array(b)
    error = (_softmax(P) - Y) / len(X)
    return np.mean(_lse(P) - (P * Y).sum(axis=1)), X.T @ error, error.sum(axis=0)[:, None]


def softmax_layer_gradients__loss_with_epsilon(X, W, b, Y):
    X, Y = _array(X), _array(Y)
    F = _softmax(X @ _array(W) + _array(b))
    error = (F - Y) / len(X)
    return -np.mean(np.log((F * Y).sum(axis=1) + 1e-6)), X.T @ error, error.sum(axis=0)


def softmax_layer_gradients__loss_divided_by_classes(X, W, b, Y):
    X, Y = _array(X), _array(Y)
    P = X @ _array(W) + _array(b)
    error = (_softmax(P) - Y) / len(X)
    return np.mean(_lse(P) - (P * Y).sum(axis=1)) / Y.shape[1], X.T @ error, error.sum(axis=0)


def softmax_layer_gradients__with_weight_decay(X, W, b, Y):
    X, Y, W = _array(X), _array(Y), _array(W)
    P = X @ W + _array(b)
    error = (_softmax(P) - Y) / len(X)
    return np.mean(_lse(P) - (P * Y).sum(axis=1)), X.T @ error + 1e-4 * W, error.sum(axis=0)


def softmax_layer_gradients__softmax_that_overflows(X, W, b, Y):
    X, Y = _array(X), _array(Y)
    E = np.exp(X @ _array(W) + _array(b))
    F = E / E.sum(axis=1, keepdims=True)
    error = (F - Y) / len(X)
    return -np.mean(np.log((F * Y).sum(axis=1))), X.T @ error, error.sum(axis=0)


# backward


def backward__central_differences(params, X, Y):
    h, found = 1e-5, []
    params = [[_array(W), _array(b)] for W, b in params]
    for layer in params:
        pair = []
        for part in (0, 1):
            slope = np.zeros(layer[part].shape)
            for at in np.ndindex(slope.shape):
                kept = layer[part][at]
                layer[part][at] = kept + h
                up = _loss(params, X, Y)
                layer[part][at] = kept - h
                slope[at] = (up - _loss(params, X, Y)) / (2 * h)
                layer[part][at] = kept
            pair.append(slope)
        found.append(tuple(pair))
    return found


def backward__buffers_of_the_type_of_the_weights(params, X, Y):
    found = []
    for (W, b), (dW, db) in zip(params, _backward(params, X, Y)):
        into_W, into_b = np.zeros_like(W), np.zeros_like(b)
        into_W[...], into_b[...] = dW, db
        found.append((into_W, into_b))
    return found


def backward__first_bias_of_the_second_layer(params, X, Y):
    found = _backward(params, X, Y)
    if len(found) > 1 and found[0][1].shape == found[1][1].shape:
        found[0] = (found[0][0], found[1][1])
    return found


def backward__clipped_to_unit_size(params, X, Y):
    return [(np.clip(dW, -1, 1), np.clip(db, -1, 1)) for dW, db in _backward(params, X, Y)]


def backward__weights_transposed_where_square(params, X, Y):
    kept, found = _forward(params, X), []
    dP = (kept[-1] - _array(Y)) / len(Y)
    for layer in reversed(range(len(params))):
        W = params[layer][0]
        found.insert(0, (kept[layer].T @ dP, dP.sum(axis=0)))
        dP = np.where(kept[layer] > 0, dP @ (W if W.shape[0] == W.shape[1] else W.T), 0.0)
    return found


def backward__mask_of_the_batch(params, X, Y):
    kept, found = _forward(params, X), []
    dP = (kept[-1] - _array(Y)) / len(Y)
    for layer in reversed(range(len(params))):
        found.insert(0, (kept[layer].T @ dP, dP.sum(axis=0)))
        dP = (kept[layer] > 0).any(axis=0) * (dP @ params[layer][0].T)
    return found


def backward__one_row_flat(params, X, Y):
    return [(dW.squeeze() if len(X) == 1 else dW, db) for dW, db in _backward(params, X, Y)]


def backward__one_gradient_list_for_all(params, X, Y):
    out = []
    for dW, db in _backward(params, X, Y):
        out.append(dW)
        out.append(db)
    return out


def backward__two_hidden_layers_only(params, X, Y):
    found = _backward(params, X, Y)
    return found if len(found) < 4 else [(0 * dW, 0 * db) for dW, db in found[:-3]] + found[-3:]


# One fault, many functions: results that a later call overwrites, and answers remembered by a key that is too coarse.


def _linear(X, W, b):
    return _array(X) @ _array(W) + _array(b)


def _jacobian(p):
    return np.diag(_softmax(p)) - np.outer(_softmax(p), _softmax(p))


relu__kept_buffer = _into_one_buffer_for_each_shape(lambda A: np.maximum(A, 0.0))
linear__kept_buffer = _into_one_buffer_for_each_shape(_linear)
softmax_jacobian__kept_buffer = _into_one_buffer_for_each_shape(_jacobian)
log_softmax_jacobian__kept_buffer = _into_one_buffer_for_each_shape(lambda p: np.eye(len(p)) - _softmax(p))
one_hot__kept_buffer_and_no_label_refused = _into_one_buffer_for_each_shape(lambda z, T: np.eye(T)[np.asarray(z)])
grad_probs__kept_buffer = _into_one_buffer_for_each_shape(lambda f, y: -_array(y) / _array(f))
predict__kept_buffer = _into_one_buffer_for_each_shape(lambda params, X: np.argmax(_forward(params, X)[-1], axis=1))
relu__remembered_by_shape = _remembered_by_shape(lambda A: np.maximum(A, 0.0))
forward__remembered_by_sizes = _remembered_by_shape(_forward)
predict__remembered_by_sizes = _remembered_by_shape(lambda params, X: np.argmax(_forward(params, X)[-1], axis=1))
backward__remembered_by_sizes = _remembered_by_shape(_backward)
