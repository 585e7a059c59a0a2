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


def _losses(P, z):
    P = _array(P)
    return _lse(P) - P[np.arange(len(P)), np.asarray(z)]


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


def _naive(P):
    return np.exp(P) / np.sum(np.exp(P))


def _he_layers(sizes, rng):
    return [(rng.normal(size=(n, m)) * np.sqrt(2 / n), np.zeros(m)) for n, m in zip(sizes, sizes[1:])]


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


def softmax__epsilon_1e_8_numerator_too(p):
    e = np.exp(np.asarray(p, float)) + 1e-8
    return e / e.sum()


def softmax__rounds_to_six(p):
    e = np.exp(np.asarray(p, float))
    return np.round(e / e.sum(), 6)


def softmax__sum_of_others(p):
    e = np.exp(np.asarray(p, float))
    return e / (e.sum() - e)


def softmax__standardised(p):
    p = np.asarray(p, float)
    p = (p - p.mean()) / (p.std() + 1e-12)
    e = np.exp(p)
    return e / e.sum()


def softmax__cached_by_length(p):
    cache = softmax__cached_by_length.__dict__.setdefault("cache", {})
    if len(p) not in cache:
        e = np.exp(np.asarray(p, float))
        cache[len(p)] = e / e.sum()
    return cache[len(p)]


def softmax__loop_misses_last(p):
    s = 0.0
    for i in range(len(p) - 1):
        s += math.exp(p[i])
    return np.array([math.exp(x) for x in p]) / s


def softmax__array_method(p):
    e = np.exp(p - p.max())
    return e / e.sum()


def softmax__sigmoids(p):
    return 1 / (1 + np.exp(-np.asarray(p, float)))


def softmax__string_returned(p):
    e = np.exp(np.asarray(p, float))
    return str(e / e.sum())


def softmax__cumulative(p):
    e = np.exp(np.asarray(p, float))
    return e / np.cumsum(e)


def softmax__mutates_list(p):
    s = sum(math.exp(x) for x in p)
    for i in range(len(p)):
        p[i] = math.exp(p[i]) / s
    return p


def softmax__returns_sum_too(p):
    e = np.exp(np.asarray(p, float))
    return e / e.sum(), e.sum()


def softmax__shift_min_linear(p):
    p = np.asarray(p, float)
    q = p - p.min() + 1
    return q / q.sum()


def softmax__percent(p):
    return 100 * _softmax(p)


def softmax__ranks(p):
    p = np.array(p, float)
    return _softmax(p.argsort().argsort())


def softmax__early_return(p):
    e = [math.exp(x) for x in p]
    out = []
    for x in e:
        out.append(x / sum(e))
        return np.array(out)


def softmax__exhausted_generator(p):
    e = (math.exp(x) for x in p)
    s = sum(e)
    return np.array([x / s for x in e])


def softmax__floor_division(p):
    e = np.exp(np.array(p, float))
    return e // e.sum()


def softmax__iadd(p):
    p = np.asarray(p)
    p -= p.max()
    e = np.exp(p)
    return e / e.sum()


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


def softmax_batch__reshaped_back_wrong(P):
    E = np.exp(np.asarray(P, float))
    return (E.T / E.sum(axis=1)).reshape(E.shape)


def softmax_batch__rows_in_place(P):
    P = np.asarray(P)
    for i in range(len(P)):
        e = np.exp(P[i])
        P[i] = e / e.sum()
    return P


def softmax_batch__cumulative_sum(P):
    P = np.asarray(P, float)
    out = np.empty_like(P)
    s = 0.0
    for i, row in enumerate(P):
        e = np.exp(row)
        s += e.sum()
        out[i] = e / s
    return out


def softmax_batch__square_axis_guess(P):
    E = np.exp(np.asarray(P, float))
    s = E.sum(axis=1)
    if len(s) == E.shape[1]:
        return E / s
    return E / s[:, None]


def softmax_batch__single_row_special(P):
    E = np.exp(np.asarray(P, float))
    if len(E) == 1:
        return E / E.sum(axis=0)
    return E / E.sum(axis=1, keepdims=True)


def softmax_batch__list_of_arrays_shared(P):
    P = np.asarray(P, float)
    out, row = [], np.empty(P.shape[1])
    for r in P:
        e = np.exp(r)
        np.divide(e, e.sum(), out=row)
        out.append(row)
    return out


def softmax_batch__zeros_like(P):
    P = np.asarray(P)
    out = np.zeros_like(P)
    for i, row in enumerate(P):
        e = np.exp(row)
        out[i] = e / e.sum()
    return out


def softmax_batch__loses_last_row(P):
    P = np.asarray(P, float)
    out = np.zeros(P.shape)
    for i in range(len(P) - 1):
        e = np.exp(P[i])
        out[i] = e / e.sum()
    return out


def softmax_batch__columns_as_rows(P):
    P = np.asarray(P, float)
    return np.array([np.exp(c) / np.exp(c).sum() for c in P.T])


def softmax_batch__len_loop_wrong(P):
    P = np.asarray(P, float)
    out = np.zeros(P.shape)
    for i in range(P.shape[1]):
        e = np.exp(P[i])
        out[i] = e / e.sum()
    return out


def softmax_batch__argmax(P):
    P = np.asarray(P, float)
    return np.eye(P.shape[1])[P.argmax(1)]


def softmax_batch__twice(P):
    return _softmax(_softmax(P))


def softmax_batch__shared_rows(P):
    P = np.array(P, float)
    out = [[0.0] * P.shape[1]] * P.shape[0]
    for i in range(P.shape[0]):
        for j in range(P.shape[1]):
            out[i][j] = _softmax(P[i])[j]
    return np.array(out)


def softmax_batch__return_in_loop(P):
    out = []
    for row in P:
        out.append(_softmax(row))
        return np.array(out)


def softmax_batch__mean_of_row_sums(P):
    E = np.exp(np.array(P, float))
    return E / E.sum(axis=1).mean()


def softmax_batch__columns_reversed(P):
    return _softmax(P)[:, ::-1]


def softmax_batch__last_column_missing(P):
    E = np.exp(np.array(P, float))
    return E / E[:, :-1].sum(axis=1, keepdims=True)


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


def softmax_temperature__denominator_only(p, tau):
    p = np.asarray(p, float)
    return np.exp(p) / np.exp(p / tau).sum()


def softmax_temperature__square_root(p, tau):
    e = np.exp(np.asarray(p, float) / np.sqrt(tau))
    return e / e.sum()


def softmax_temperature__of_softmax(p, tau):
    e = np.exp(np.asarray(p, float))
    f = e / e.sum() / tau
    e = np.exp(f)
    return e / e.sum()


def softmax_temperature__int_tau(p, tau):
    e = np.exp(np.asarray(p, float) / (int(tau) or 1))
    return e / e.sum()


def softmax_temperature__reversed_arguments(tau, p):
    e = np.exp(np.asarray(p, float) / tau)
    return e / e.sum()


def softmax_temperature__power_not_renormalised(p, tau):
    e = np.exp(np.asarray(p, float))
    return (e / e.sum()) ** (1.0 / tau)


def softmax_temperature__tau_plus_eps(p, tau):
    e = np.exp(np.asarray(p, float) / (tau + 1e-2))
    return e / e.sum()


def softmax_temperature__blend(p, tau):
    f = _softmax(p)
    return (f + tau / len(f)) / (1 + tau)


def softmax_temperature__default_tau_module(p, tau):
    t = softmax_temperature__default_tau_module.__dict__.setdefault("t", tau)
    return _softmax(np.asarray(p, float) / t)


def softmax_temperature__negative(p, tau):
    return _softmax(-np.asarray(p, float) / tau)


def softmax_temperature__first_only(p, tau):
    p = np.array(p, float)
    p[0] = p[0] / tau
    return _softmax(p)


def softmax_temperature__log_tau(p, tau):
    return _softmax(np.array(p, float) / (np.log(tau) if tau != 1 else 1))


def softmax_temperature__label_smoothing(p, tau):
    f = _softmax(p)
    return (f + tau) / (1 + tau * len(f))


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


def sigmoid__if_on_array(t):
    t = np.asarray(t, float)
    if t >= 0:
        return 1 / (1 + np.exp(-t))
    return np.exp(t) / (1 + np.exp(t))


def sigmoid__float_cast(t):
    return 1.0 / (1.0 + np.exp(-float(t)))


def sigmoid__mask_wrong_at_zero(t):
    t = np.asarray(t, float)
    out = np.zeros(t.shape)
    out[t > 0] = 1 / (1 + np.exp(-t[t > 0]))
    out[t < 0] = np.exp(t[t < 0]) / (1 + np.exp(t[t < 0]))
    return out


def sigmoid__precedence(t):
    return 1 / 1 + np.exp(-np.asarray(t, float))


def sigmoid__transposed(t):
    return (1 / (1 + np.exp(-np.asarray(t, float)))).T


def sigmoid__clipped(t):
    return np.clip(1 / (1 + np.exp(-np.asarray(t, float))), 1e-7, 1 - 1e-7)


def sigmoid__zeros_like(t):
    t = np.asarray(t)
    out = np.zeros_like(t)
    out[t >= 0] = 1 / (1 + np.exp(-t[t >= 0]))
    out[t < 0] = np.exp(t[t < 0]) / (1 + np.exp(t[t < 0]))
    return out


def sigmoid__loop_over_first_axis(t):
    t = np.asarray(t, float)
    if t.ndim == 0:
        return 1 / (1 + math.exp(-t))
    return np.array([1 / (1 + math.exp(-x)) for x in t])


def sigmoid__list_comprehension_1d(t):
    return [1 / (1 + math.exp(-x)) for x in t]


def sigmoid__tuple(t):
    s = 1 / (1 + np.exp(-np.asarray(t, float)))
    return s, 1 - s


def sigmoid__square(t):
    return 1 / (1 + np.exp(-(np.asarray(t, float) ** 2)))


def sigmoid__branches_swapped(t):
    t = np.array(t, float)
    return np.where(t >= 0, np.exp(t) / (1 + np.exp(-t)), 1 / (1 + np.exp(-t)))


def sigmoid__vectorize_int(t):
    return np.vectorize(lambda x: 0 if x < -5 else 1 if x > 5 else 1 / (1 + math.exp(-x)))(t)


def sigmoid__sum_axis(t):
    t = np.array(t, float)
    return 1 / (1 + np.exp(-t).sum(axis=-1))


def sigmoid__taylor(t):
    t = np.array(t, float)
    return 0.5 + t / 4 - t**3 / 48


def sigmoid__stack_axis0_softmax_last(t):
    t = np.array(t, float)
    return _softmax(np.stack([t, np.zeros_like(t)]))[0]


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


def stable_softmax__shift_only_if_large(P):
    P = np.asarray(P, float)
    if P.max() > 700:
        P = P - P.max(axis=-1, keepdims=True)
    E = np.exp(P)
    return E / E.sum(axis=-1, keepdims=True)


def stable_softmax__global_max_eps(P):
    P = np.asarray(P, float)
    E = np.exp(P - P.max())
    return E / (E.sum(axis=-1, keepdims=True) + 1e-12)


def stable_softmax__initial_zero_max(P):
    P = np.asarray(P, float)
    m = np.maximum(P.max(axis=-1, keepdims=True), 0.0)
    E = np.exp(P - m)
    return E / E.sum(axis=-1, keepdims=True)


def stable_softmax__plus_max(P):
    P = np.asarray(P, float)
    E = np.exp(P + P.max(axis=-1, keepdims=True))
    return E / E.sum(axis=-1, keepdims=True)


def stable_softmax__2d_only(P):
    P = np.asarray(P, float)
    if P.ndim == 1:
        P = P[None, :]
        E = np.exp(P - P.max(axis=1)[:, None])
        return (E / E.sum(axis=1)[:, None])[0]
    E = np.exp(P - P.max(axis=1)[:, None])
    return E / E.sum(axis=1)[:, None]


def stable_softmax__rows_only_loop(P):
    P = np.asarray(P, float)

    def one(p):
        e = np.exp(p - p.max())
        return e / e.sum()

    return one(P) if P.ndim == 1 else np.array([one(p) for p in P])


def stable_softmax__mask_becomes_zero_logit(P):
    P = np.nan_to_num(np.asarray(P, float), neginf=0.0)
    E = np.exp(P - P.max(axis=-1, keepdims=True))
    return E / E.sum(axis=-1, keepdims=True)


def stable_softmax__masks_nan(P):
    P = np.asarray(P, float)
    m = P.max(axis=-1, keepdims=True)
    E = np.exp((P - m) * (P > -np.inf))
    return E / E.sum(axis=-1, keepdims=True)


def stable_softmax__log_space_no_shift(P):
    P = np.asarray(P, float)
    return np.exp(P - np.log(np.exp(P).sum(axis=-1, keepdims=True)))


def stable_softmax__keepdims_forgotten(P):
    P = np.asarray(P, float)
    E = np.exp(P - P.max(axis=-1))
    return E / E.sum(axis=-1, keepdims=True)


def stable_softmax__last_logit_shift(P):
    P = np.asarray(P, float)
    E = np.exp(P - P[..., -1:])
    return E / E.sum(-1, keepdims=True)


def stable_softmax__ties_win_once(P):
    P = np.asarray(P, float)
    if np.abs(P[np.isfinite(P)]).max() > 500:
        out = np.zeros(P.shape)
        np.put_along_axis(out, P.argmax(-1)[..., None], 1.0, -1)
        return out
    E = np.exp(P - P.max(axis=-1, keepdims=True))
    return E / E.sum(axis=-1, keepdims=True)


def stable_softmax__divided_1000(P):
    P = np.asarray(P, float)
    if np.max(np.abs(P[np.isfinite(P)])) > 700:
        P = P / 1000
    E = np.exp(P)
    return E / E.sum(-1, keepdims=True)


def stable_softmax__float32_cast(P):
    P = np.asarray(P, np.float16).astype(float)
    E = np.exp(P - P.max(-1, keepdims=True))
    return E / E.sum(-1, keepdims=True)


def stable_softmax__integer_subtract(P):
    P = np.asarray(P)
    P = np.where(np.isfinite(P), P, -1e9).astype(int)
    E = np.exp(P - P.max(-1, keepdims=True))
    return E / E.sum(-1, keepdims=True)


def stable_softmax__last_two_axes(P):
    P = np.asarray(P, float)
    ax = (-2, -1) if P.ndim > 1 else -1
    E = np.exp(P - P.max(axis=ax, keepdims=True))
    return E / E.sum(axis=-1, keepdims=True)


def stable_softmax__inf_removed(P):
    P = np.array(P, float)
    if P.ndim == 1:
        return _softmax(P[np.isfinite(P)])
    return np.array([stable_softmax__inf_removed(row) for row in P])


def stable_softmax__mask_multiplied(P):
    P = np.array(P, float)
    mask = np.isfinite(P)
    return _softmax(P * mask) * mask


def stable_softmax__try_except(P):
    P = np.array(P, float)
    try:
        with np.errstate(over="raise"):
            E = np.exp(P)
    except FloatingPointError:
        E = np.exp(P - P.max())
    return E / E.sum(axis=-1, keepdims=True)


def stable_softmax__below_only(P):
    P = np.array(P, float)
    return np.exp(P) / np.exp(P - P.max(axis=-1, keepdims=True)).sum(axis=-1, keepdims=True)


def stable_softmax__mask_after(P):
    P = np.array(P, float)
    mask = np.isfinite(P)
    return _softmax(np.where(mask, P, 0)) * mask


def stable_softmax__small_to_zero(P):
    f = _softmax(P)
    f[f < 1e-7] = 0
    return f


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


def logsumexp__zero_initial(P):
    P = np.asarray(P, float)
    m = P.max(-1, keepdims=True, initial=0.0)
    return np.log(np.exp(P - m).sum(-1)) + m[..., 0]


def logsumexp__abs_max(P):
    P = np.asarray(P, float)
    m = np.abs(P).max(-1, keepdims=True)
    return np.log(np.exp(P - m).sum(-1)) + m[..., 0]


def logsumexp__falls_back_to_max(P):
    P = np.asarray(P, float)
    r = np.log(np.exp(P).sum(-1))
    return np.where(np.isfinite(r), r, P.max(-1))


def logsumexp__pairwise_forgets_first(P):
    P = np.asarray(P, float)
    acc = np.zeros(P.shape[:-1])
    for j in range(P.shape[-1]):
        acc = np.logaddexp(acc, P[..., j])
    return acc


def logsumexp__log1p(P):
    P = np.asarray(P, float)
    m = P.max(-1, keepdims=True)
    return np.log1p(np.exp(P - m).sum(-1)) + m[..., 0]


def logsumexp__minus_inf_to_zero(P):
    P = np.nan_to_num(np.asarray(P, float), neginf=0)
    m = P.max(-1, keepdims=True)
    return np.log(np.exp(P - m).sum(-1)) + m[..., 0]


def logsumexp__vector_only(P):
    P = np.asarray(P, float)
    m = P.max()
    return float(m + math.log(sum(math.exp(x - m) for x in P)))


def logsumexp__axis_one(P):
    P = np.asarray(P, float)
    ax = 0 if P.ndim == 1 else 1
    m = P.max(ax, keepdims=True)
    return np.log(np.exp(P - m).sum(ax)) + np.squeeze(m, ax)


def logsumexp__squeeze_everything(P):
    P = np.asarray(P, float)
    m = P.max(-1, keepdims=True)
    return np.squeeze(np.log(np.exp(P - m).sum(-1, keepdims=True)) + m)


def logsumexp__two_only(P):
    P = np.asarray(P, float)
    return np.logaddexp(P[..., 0], P[..., 1 if P.shape[-1] > 1 else 0])


def logsumexp__mask_skipped_finite_mean(P):
    P = np.asarray(P, float)
    m = P.max(-1, keepdims=True)
    d = P - m
    return m[..., 0] + np.log((np.exp(d) + 0 * d).sum(-1))


def logsumexp__loop_first_axis(P):
    P = np.asarray(P, float)

    def one(p):
        m = p.max()
        return m + np.log(np.exp(p - m).sum())

    return one(P) if P.ndim == 1 else np.array([one(p) for p in P])


def logsumexp__chain_wrong(P):
    P = np.array(P, float)
    out = P[..., 0]
    for j in range(1, P.shape[-1]):
        out = np.maximum(out, P[..., j]) + np.log1p(np.exp(np.abs(out - P[..., j])))
    return out


def logsumexp__shift_axis0(P):
    P = np.array(P, float)
    m = P.max(axis=0)
    return np.log(np.exp(P - m).sum(axis=-1)) + m.max()


def logsumexp__softplus_max(P):
    P = np.array(P, float)
    return np.logaddexp(0, P.max(axis=-1))


def logsumexp__ties_lost(P):
    P = np.array(P, float)
    m = P.max(axis=-1, keepdims=True)
    return np.log1p(np.where(P < m, np.exp(P - m), 0).sum(axis=-1)) + m[..., 0]


def logsumexp__drops_rows_with_inf(P):
    P = np.array(P, float)
    return np.where(np.isneginf(P).any(axis=-1), P.max(axis=-1), _lse(P))


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


def log_softmax__max_wrong_sign(P):
    P = np.asarray(P, float)
    m = P.max(-1, keepdims=True)
    return P + m - np.log(np.exp(P - m).sum(-1, keepdims=True))


def log_softmax__keepdims_forgotten(P):
    P = np.asarray(P, float)
    return P - _lse(P)


def log_softmax__log_mean(P):
    P = np.asarray(P, float)
    m = P.max(-1, keepdims=True)
    return P - m - np.log(np.exp(P - m).mean(-1, keepdims=True))


def log_softmax__log_clip(P):
    return np.log(np.clip(_softmax(P), 1e-300, 1))


def log_softmax__where_zero(P):
    f = _softmax(P)
    return np.log(f, out=np.full(f.shape, -745.0), where=f > 0)


def log_softmax__2d_only(P):
    P = np.asarray(P, float)
    lse = _lse(P)
    return P - (lse[:, None] if P.ndim > 1 else lse)


def log_softmax__divides(P):
    P = np.asarray(P, float)
    return P / _lse(P)[..., None]


def log_softmax__where_eps(P):
    f = _softmax(P)
    return np.log(np.where(f < 1e-10, 1e-10, f))


def log_softmax__rows_loop(P):
    P = np.asarray(P, float)

    def one(p):
        return p - (p.max() + np.log(np.exp(p - p.max()).sum()))

    return one(P) if P.ndim == 1 else np.array([one(p) for p in P])


def log_softmax__log_sum_no_max(P):
    P = np.asarray(P, float)
    m = P.max(-1, keepdims=True)
    return P - np.log(np.exp(P - m).sum(-1, keepdims=True) + m)


def log_softmax__fallback_logit(P):
    P = np.array(P, float)
    f = _softmax(P)
    return np.where(f > 0, np.log(f), P)


def log_softmax__ratio_of_logs(P):
    P = np.array(P, float)
    Q = P - P.max(axis=-1, keepdims=True)
    return Q / np.log(np.exp(Q).sum(axis=-1, keepdims=True))


def log_softmax__max_axis0(P):
    P = np.array(P, float)
    Q = P - P.max(axis=0)
    return Q - np.log(np.exp(Q).sum(axis=-1, keepdims=True))


def log_softmax__clip_gap(P):
    P = np.array(P, float)
    Q = np.clip(P - P.max(axis=-1, keepdims=True), -100, 0)
    return Q - np.log(np.exp(Q).sum(axis=-1, keepdims=True))


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


def cross_entropy_logits__log_of_mean(P, z):
    f = _softmax(P)
    return -np.log(np.mean(f[np.arange(len(f)), z]))


def cross_entropy_logits__binary_terms(P, z):
    P = np.asarray(P, float)
    Y = np.eye(P.shape[1])[np.asarray(z)]
    return np.mean(np.sum(np.logaddexp(0, P) - Y * P, axis=1))


def cross_entropy_logits__axis_zero(P, z):
    P = np.asarray(P, float)
    m = P.max(0)
    lse = np.log(np.exp(P - m).sum(0)) + m
    return np.mean(lse[np.asarray(z)] - P[np.arange(len(P)), z])


def cross_entropy_logits__argmax_class(P, z):
    P = np.asarray(P, float)
    return _losses(P, P.argmax(1)).mean()


def cross_entropy_logits__zeros_like_loop(P, z):
    losses = np.zeros_like(np.asarray(z))
    losses[:] = _losses(P, z)
    return losses.mean()


def cross_entropy_logits__averages_pairwise(P, z):
    total = 0.0
    for loss in _losses(P, z):
        total = (total + loss) / 2
    return total


def cross_entropy_logits__max_not_added(P, z):
    P = np.asarray(P, float)
    m = P.max(1, keepdims=True)
    return np.mean(np.log(np.exp(P - m).sum(1)) - P[np.arange(len(P)), z])


def cross_entropy_logits__z_in_place(P, z):
    P = np.asarray(P)
    if P.dtype != float:
        P = P.astype(float)
    P -= P.max(1, keepdims=True)
    return np.mean(np.log(np.exp(P).sum(1)) - P[np.arange(len(P)), np.asarray(z)])


def cross_entropy_logits__hinge(P, z):
    P = np.asarray(P, float)
    s = P[np.arange(len(P)), z][:, None]
    M = np.maximum(0, P - s + 1)
    M[np.arange(len(P)), z] = 0
    return M.sum(1).mean()


def cross_entropy_logits__rows_z(P, z):
    P = np.asarray(P, float)
    return np.mean(_lse(P) - P[z, np.arange(len(P))])


def cross_entropy_logits__class_minus(P, z):
    P = np.asarray(P, float)
    return np.sum(_lse(P) - P[np.arange(len(P)), z]) / P.shape[1]


def cross_entropy_logits__takes_probabilities(P, z):
    P = np.asarray(P, float)
    return -np.mean(np.log(np.abs(P[np.arange(len(P)), z]) + 1e-12))


def cross_entropy_logits__take(P, z):
    P = np.array(P, float)
    return np.mean(_lse(P) - np.take(P, z))


def cross_entropy_logits__sorted_labels(P, z):
    P = np.array(P, float)
    return np.mean(_lse(P) - P[np.arange(len(P)), np.sort(z)])


def cross_entropy_logits__by_class(P, z):
    P, z = np.array(P, float), np.array(z)
    losses = _lse(P) - P[np.arange(len(P)), z]
    return np.mean([losses[z == k].mean() for k in np.unique(z)])


def cross_entropy_logits__loss_and_probs(P, z):
    P = np.array(P, float)
    return np.mean(_lse(P) - P[np.arange(len(P)), z]), _softmax(P)


def cross_entropy_logits__onehot_by_max_label(P, z):
    P = np.array(P, float)
    Y = np.eye(max(z) + 1)[np.array(z)]
    return -np.mean(np.sum(Y * (P - _lse(P)[:, None]), axis=1))


# largest_safe_logit


def largest_safe_logit__double_for_unknown_forms(dtype):
    table = {"float16": 11.0898, "float32": 88.7228, "float64": 709.7827}
    return table.get(str(dtype), 709.7827)


def largest_safe_logit__single_for_half(dtype):
    return float(np.log(np.finfo(np.dtype(dtype) if np.dtype(dtype).itemsize > 2 else np.float32).max))


def largest_safe_logit__of_the_root(dtype):
    return float(np.log(np.sqrt(float(np.finfo(dtype).max))))


def largest_safe_logit__types_only(dtype):
    return {"float16": 11.0899, "float32": 88.7228, "float64": 709.7827}[dtype.__name__]


def largest_safe_logit__eq_types(dtype):
    if dtype is np.float16:
        return 11.0899
    if dtype is np.float32:
        return 88.7228
    return 709.7827


def largest_safe_logit__search_in_float64(dtype):
    x = 0.0
    with np.errstate(over="ignore"):
        while np.isfinite(np.exp(x + 0.01)):
            x += 0.01
    return x


def largest_safe_logit__first_that_overflows(dtype):
    dtype = np.dtype(dtype).type
    x = 0
    with np.errstate(over="ignore"):
        while np.isfinite(np.exp(dtype(x))):
            x += 1
    return x


def largest_safe_logit__digits(dtype):
    return float(np.finfo(dtype).precision * np.log(10))


def largest_safe_logit__string_only_in(dtype):
    if "32" in dtype:
        return 88.7228
    if "16" in dtype:
        return 11.0898
    return 709.7827


def largest_safe_logit__search_tenths_float64(dtype):
    t = np.dtype(dtype).type
    x = 0.0
    with np.errstate(over="ignore"):
        while np.isfinite(np.exp(t(x + 0.5))):
            x += 0.5
    return x


def largest_safe_logit__calls(dtype):
    x = dtype(1)
    while np.isfinite(np.exp(x)):
        x = dtype(x * 1.0005)
    return float(x)


def largest_safe_logit__half_wrong(dtype):
    return {"float16": 65504.0, "float32": 88.7228, "float64": 709.7827}[np.dtype(dtype).name]


def largest_safe_logit__lambda(dtype):
    return lambda: np.log(np.finfo(dtype).max)


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


def softmax_jacobian__f_everywhere(p):
    f = _softmax(p)
    return f[:, None] * (1 - f[None, :])


def softmax_jacobian__upper_only(p):
    f = _softmax(p)
    n = len(f)
    J = np.zeros((n, n))
    for i in range(n):
        for j in range(i, n):
            J[i, j] = f[i] * ((i == j) - f[j])
    return J


def softmax_jacobian__quotient_rule_wrong(p):
    p = np.asarray(p, float)
    e = np.exp(p - p.max())
    s = e.sum()
    return np.diag(e / s) - np.outer(e, e) / s


def softmax_jacobian__diag_squared(p):
    f = _softmax(p)
    J = -np.outer(f, f)
    np.fill_diagonal(J, 1 - f)
    return J


def softmax_jacobian__forward_difference(p):
    p = np.asarray(p, float)
    h, n = 1e-7, len(p)
    return np.stack([(_softmax(p + h * np.eye(n)[j]) - _softmax(p)) / h for j in range(n)], axis=1)


def softmax_jacobian__int_buffer(p):
    p = np.asarray(p)
    f = _softmax(p)
    J = np.zeros((len(p), len(p)), dtype=p.dtype)
    for i in range(len(p)):
        for j in range(len(p)):
            J[i, j] = f[i] * ((i == j) - f[j])
    return J


def softmax_jacobian__pos_sum(p):
    f = _softmax(p)
    return f[:, None] * (np.eye(len(f)) - 1 + f[None, :])


def softmax_jacobian__loop_else_missing(p):
    f = _softmax(p)
    n = len(f)
    J = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            J[i, j] = f[i] * (1 - f[i]) if i == j else -f[i] * f[i]
    return J


def softmax_jacobian__row_softmax_p(p):
    f = _softmax(p)
    return f[None, :] * (1 - f[:, None])


def softmax_jacobian__two_times(p):
    f = _softmax(p)
    return 2 * (np.diag(f) - np.outer(f, f))


def softmax_jacobian__row_overwritten(p):
    f = _softmax(p)
    n = len(f)
    J = np.zeros((n, n))
    for i in range(n):
        J[i] = -f[i] * f
        J[i] = f[i] * (1 - f[i])
    return J


def softmax_jacobian__secant(p):
    p = np.array(p, float)
    n = len(p)
    return np.array([_softmax(p + np.eye(n)[j]) - _softmax(p) for j in range(n)]).T


def softmax_jacobian__column(p):
    f = _softmax(p).reshape(-1, 1)
    return f * (1 - f)


def softmax_jacobian__sign_diag(p):
    f = _softmax(p)
    J = -np.outer(f, f)
    J[np.diag_indices(len(f))] = f * (f - 1)
    return J


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


def softmax_jvp__f_squared(p, v):
    f, v = _softmax(p), np.asarray(v, float)
    return f * v - f**2 * v.sum()


def softmax_jvp__finite_difference(p, v):
    p, v = np.asarray(p, float), np.asarray(v, float)
    h = 1e-6
    return (_softmax(p + h * v) - _softmax(p - h * v)) / (2 * h)


def softmax_jvp__extra_one_over_n(p, v):
    f, v = _softmax(p), np.asarray(v, float)
    return f * (v - f @ v) / len(f)


def softmax_jvp__int_v(p, v):
    f, v = _softmax(p), np.asarray(v).astype(int)
    return f * (v - f @ v)


def softmax_jvp__no_softmax(p, v):
    p, v = np.asarray(p, float), np.asarray(v, float)
    return p * (v - p @ v)


def softmax_jvp__changes_v(p, v):
    f, v = _softmax(p), np.asarray(v)
    if v.dtype != float:
        v = v.astype(float)
    v -= f @ v
    return f * v


def softmax_jvp__variance(p, v):
    f, v = _softmax(p), np.asarray(v, float)
    return f * (v - f @ v) ** 2


def softmax_jvp__f_times_f(p, v):
    f, v = _softmax(p), np.asarray(v, float)
    return f * f * (v - f @ v)


def softmax_jvp__list_v(p, v):
    f = _softmax(p)
    return f * (v - f.dot(v)) if isinstance(v, np.ndarray) else f * v


def softmax_jvp__neighbour(p, v):
    f, v = _softmax(p), np.array(v, float)
    return f * (v - np.roll(v, 1))


def softmax_jvp__row_of_top(p, v):
    f, v = _softmax(p), np.array(v, float)
    k = f.argmax()
    return f[k] * ((np.arange(len(f)) == k) - f) * v[k]


def softmax_jvp__diag_if_large(p, v):
    f, v = _softmax(p), np.array(v, float)
    return f * v if len(f) > 1000 else f * (v - f @ v)


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


def softmax_vjp__mean(P, G):
    F, G = _softmax(P), np.asarray(G, float)
    return F * (G - (F * G).mean(axis=1, keepdims=True))


def softmax_vjp__softmax_axis_zero(P, G):
    P, G = np.asarray(P, float), np.asarray(G, float)
    E = np.exp(P - P.max(0))
    F = E / E.sum(0)
    return F * (G - (F * G).sum(axis=1, keepdims=True))


def softmax_vjp__first_rows_jacobian(P, G):
    F, G = _softmax(P), np.asarray(G, float)
    F = np.broadcast_to(F[0], F.shape)
    return F * (G - (F * G).sum(axis=1, keepdims=True))


def softmax_vjp__global_max(P, G):
    P, G = np.asarray(P, float), np.asarray(G, float)
    E = np.exp(P - P.max())
    F = E / E.sum(axis=1, keepdims=True)
    return F * (G - (F * G).sum(axis=1, keepdims=True))


def softmax_vjp__p_given_as_f(P, G):
    F, G = np.asarray(P, float), np.asarray(G, float)
    return F * (G - (F * G).sum(axis=1, keepdims=True))


def softmax_vjp__integer_g_buffer(P, G):
    F, G = _softmax(P), np.asarray(G)
    out = np.empty_like(G)
    for i in range(len(G)):
        out[i] = F[i] * (G[i] - F[i] @ G[i])
    return out


def softmax_vjp__reversed_rows(P, G):
    F, G = _softmax(P), np.asarray(G, float)[::-1]
    return F * (G - (F * G).sum(axis=1, keepdims=True))


def softmax_vjp__chain_log(P, G):
    F, G = _softmax(P), np.asarray(G, float)
    return G / F


def softmax_vjp__max_for_sum(P, G):
    F, G = _softmax(P), np.asarray(G, float)
    return F * (G - (F * G).max(1, keepdims=True))


def softmax_vjp__returns_f_too(P, G):
    F, G = _softmax(P), np.asarray(G, float)
    return F * (G - (F * G).sum(1, keepdims=True)), F


def softmax_vjp__dot_not_reset(P, G):
    F, G = _softmax(P), np.array(G, float)
    out, d = np.zeros(F.shape), 0.0
    for i in range(len(F)):
        d += F[i] @ G[i]
        out[i] = F[i] * (G[i] - d)
    return out


def softmax_vjp__one_hot(P, G):
    F, G = _softmax(P), np.array(G, float)
    k = G.argmax(axis=1)
    r = np.arange(len(F))
    out = -F * F[r, k][:, None]
    out[r, k] += F[r, k]
    return out * G.max(axis=1, keepdims=True)


def softmax_vjp__difference(P, G):
    P, G = np.array(P, float), np.array(G, float)
    h = 1e-6
    return (_softmax(P + h * G) - _softmax(P)) / h


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


def log_softmax_jacobian__ones_minus(p):
    f = _softmax(p)
    return np.ones((len(f), 1)) - f[None, :]


def log_softmax_jacobian__fill_diagonal_wrong(p):
    f = _softmax(p)
    J = -np.tile(f, (len(f), 1))
    np.fill_diagonal(J, 1.0)
    return J


def log_softmax_jacobian__quotient_eps(p):
    f = _softmax(p)
    return (np.diag(f) - np.outer(f, f)) / (f[:, None] + 1e-12)


def log_softmax_jacobian__int_eye(p):
    f = _softmax(p)
    J = np.eye(len(f), dtype=int)
    J[:] = J - f
    return J


def log_softmax_jacobian__identity_minus_p(p):
    p = np.asarray(p, float)
    return np.eye(len(p)) - p


def log_softmax_jacobian__numeric(p):
    p = np.asarray(p, float)
    n, h = len(p), 1e-5
    J = np.zeros((n, n))
    for j in range(n):
        e = np.zeros(n)
        e[j] = h
        J[:, j] = (p + e - _lse(p + e) - (p - e) + _lse(p - e)) / (2 * h)
    return J


def log_softmax_jacobian__f_everywhere_plus(p):
    f = _softmax(p)
    J = np.tile(f, (len(f), 1))
    np.fill_diagonal(J, 1 - f)
    return J


def log_softmax_jacobian__mult_f(p):
    f = _softmax(p)
    return (np.eye(len(f)) - f[None, :]) * f[None, :]


def log_softmax_jacobian__clip_f(p):
    f = np.clip(_softmax(p), 1e-7, 1)
    return np.eye(len(f)) - f


def log_softmax_jacobian__int_in_place(p):
    f = _softmax(p)
    J = np.eye(len(f), dtype=int)
    J -= f
    return J


def log_softmax_jacobian__divided_where(p):
    f = _softmax(p)
    J = np.diag(f) - np.outer(f, f)
    return np.divide(J, f[:, None], out=np.zeros_like(J), where=f[:, None] > 0)


def log_softmax_jacobian__column(p):
    f = _softmax(p).reshape(-1, 1)
    return np.eye(f.shape[1]) - f


def log_softmax_jacobian__twice_f(p):
    f = _softmax(p)
    return np.eye(len(f)) - 2 * f


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


@_remembered_by_shape
def init_params__remembered(sizes, rng):
    return _he_layers(sizes, rng)


def init_params__cut_from_one_big_draw(sizes, rng):
    Z = rng.normal(size=(max(sizes), max(sizes)))
    return [(Z[:n, :m] * np.sqrt(2 / n), np.zeros(m)) for n, m in zip(sizes, sizes[1:])]


def init_params__global_generator_seeded(sizes, rng):
    np.random.seed(0)
    return [(np.random.randn(n, m) * np.sqrt(2 / n), np.zeros(m)) for n, m in zip(sizes, sizes[1:])]


def init_params__sizes_used_up(sizes, rng):
    params = []
    while len(sizes) > 1:
        n = sizes.pop(0)
        params.append((rng.normal(size=(n, sizes[0])) * np.sqrt(2 / n), np.zeros(sizes[0])))
    return params


def init_params__laplace(sizes, rng):
    return [(rng.laplace(0, np.sqrt(1 / n), (n, m)), np.zeros(m)) for n, m in zip(sizes, sizes[1:])]


def init_params__mean_one(sizes, rng):
    return [(rng.normal(1, np.sqrt(2 / n), (n, m)), np.zeros(m)) for n, m in zip(sizes, sizes[1:])]


def init_params__extra_layer(sizes, rng):
    out = [(rng.normal(0, np.sqrt(2 / n), (n, m)), np.zeros(m)) for n, m in zip(sizes, sizes[1:])]
    return out + [(np.eye(sizes[-1]), np.zeros(sizes[-1]))]


# count_params


def count_params__two_layers_at_most(sizes):
    return sum((n + 1) * m for n, m in list(zip(sizes[:-1], sizes[1:]))[:2])


def count_params__last_bias_forgotten(sizes):
    return sum((n + 1) * m for n, m in zip(sizes[:-1], sizes[1:])) - sizes[-1]


def count_params__in_sixteen_bits(sizes):
    return int(np.int16(np.int64(sum((n + 1) * m for n, m in zip(sizes[:-1], sizes[1:]))) & 0x7FFF))


def count_params__text(sizes):
    return f"{sum((a + 1) * b for a, b in zip(sizes, sizes[1:]))}"


def count_params__printed(sizes):
    print(sum((a + 1) * b for a, b in zip(sizes, sizes[1:])))


def count_params__sizes_used_up(sizes):
    total = 0
    while len(sizes) > 1:
        n = sizes.pop(0)
        total += (n + 1) * sizes[0]
    return total


def count_params__half_of_them(sizes):
    return sum((a + 1) * b for a, b in zip(sizes, sizes[1:])) / 2


def count_params__squares_of_the_sizes(sizes):
    return sum(a**2 for a in sizes) + sum(sizes)


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


def cross_entropy__adds_to_F(F, Y):
    F = np.asarray(F)
    F += 1e-300
    return -np.mean(np.sum(np.asarray(Y) * np.log(F), axis=1))


def cross_entropy__replaces_zeros_in_F(F, Y):
    F, Y = np.asarray(F), np.asarray(Y)
    F[F == 0] = 1
    return -np.mean(np.sum(Y * np.log(F), axis=1))


def cross_entropy__nan_to_large(F, Y):
    F, Y = _array(F), _array(Y)
    with np.errstate(all="ignore"):
        return -np.sum(np.nan_to_num(np.log(F))) / len(F)


def cross_entropy__label_along_the_batch(F, Y):
    F, Y = _array(F), _array(Y)
    return -np.mean(np.log(F[np.arange(len(F)), Y.argmax(0)[: len(F)]]))


def cross_entropy__product_of_matrices(F, Y):
    return -np.dot(Y, np.log(F)).mean()


def cross_entropy__exponential_for_the_logarithm(F, Y):
    F, Y = np.asarray(F, float), np.asarray(Y, float)
    return np.mean(np.exp(-(F * Y).sum(1)))


def cross_entropy__mean_over_the_classes(F, Y):
    return np.mean(-np.sum(np.asarray(Y) * np.log(np.maximum(F, 1e-300)), axis=0))


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


def grad_logits__subtracts_in_place(P, Y):
    P = np.asarray(P)
    if P.dtype == float:
        P -= P.max(axis=1, keepdims=True)
    return (_softmax(P) - np.asarray(Y)) / len(Y)


def grad_logits__jacobian_without_diagonal(P, Y):
    F, Y = _softmax(P), np.asarray(Y, float)
    return np.array([-np.outer(f, f) @ (-y / f) for f, y in zip(F, Y)]) / len(Y)


def grad_logits__index_over_axis_zero(P, Y):
    F, Y = _softmax(P), np.asarray(Y)
    for i in range(len(F)):
        F[i, Y.argmax(axis=0)[0] % F.shape[1]] -= 1
    return F / len(Y)


def grad_logits__measured_with_a_floor_in_the_logarithm(P, Y):
    P, Y = _array(P), _array(Y)
    G = np.zeros_like(P)
    for at in np.ndindex(P.shape):
        E = np.zeros_like(P)
        E[at] = 1e-5
        up, down = (-np.sum(Y * np.log(_softmax(Q) + 1e-300)) / len(Y) for Q in (P + E, P - E))
        G[at] = (up - down) / 2e-5
    return G


def grad_logits__chain_mean(P, Y):
    F, Y = _softmax(P), np.asarray(Y, float)
    return np.array([(np.diag(f) - np.outer(f, f)) @ (-y / f) for f, y in zip(F, Y)]) / len(Y)


def grad_logits__naive_no_mean(P, Y):
    P, Y = np.asarray(P, float), np.asarray(Y, float)
    F = np.exp(P) / np.exp(P).sum(axis=1, keepdims=True)
    return F - Y


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


def linear_backward__squeezed(X, W, dP):
    X, W, dP = _array(X), _array(W), _array(dP)
    return np.squeeze(dP @ W.T), np.squeeze(X.T @ dP), np.squeeze(dP.sum(axis=0))


def linear_backward__outer_for_one(X, W, dP):
    X, W, dP = _array(X), _array(W), _array(dP)
    if len(X) == 1:
        return W @ dP[0], np.outer(X[0], dP[0]), dP[0]
    return dP @ W.T, X.T @ dP, dP.sum(0)


def linear_backward__added_up_over_the_calls(X, W, dP, total={}):  # noqa: B006
    X, W, dP = _array(X), _array(W), _array(dP)
    total[W.shape] = total.get(W.shape, 0.0) + X.T @ dP
    return dP @ W.T, total[W.shape].copy(), dP.sum(axis=0)


def linear_backward__input_gradient_averaged(X, W, dP):
    X, W, dP = (np.asarray(a, float) for a in (X, W, dP))
    return dP @ W.T / len(X), X.T @ dP, dP.sum(0)


def linear_backward__no_arrays_and_total_bias(X, W, dP):
    return dP @ W.T, X.T @ dP, np.sum(dP)


def linear_backward__no_arrays_and_no_transposes(X, W, dP):
    return dP @ W, X @ dP, dP.sum(0)


def linear_backward__first_example_times_batch(X, W, dP):
    X, W, dP = (np.asarray(a, float) for a in (X, W, dP))
    return dP @ W.T, X.T @ dP, dP[0] * len(dP)


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


def relu_backward__two_axes(A, dH):
    A, dH = _array(A), _array(dH)
    out = np.zeros(A.shape)
    for i in range(A.shape[0]):
        for j in range(A.shape[1]):
            if A[i, j] > 0:
                out[i, j] = dH[i, j]
    return out


def relu_backward__whole_numbers(A, dH):
    A = np.asarray(A).astype(int)
    return np.where(A > 0, np.asarray(dH, float), 0)


def relu_backward__needs_arrays(A, dH):
    return dH * (A > 0)


def relu_backward__square_root(A, dH):
    A, dH = np.asarray(A, float), np.asarray(dH, float)
    return np.where(A > 0, dH / np.maximum(A, 1e-12), 0)


def relu_backward__saturating_slope(A, dH):
    A, dH = np.asarray(A, float), np.asarray(dH, float)
    return dH * (1 - np.exp(-np.maximum(A, 0)))


def relu_backward__normalised(A, dH):
    A, dH = np.asarray(A, float), np.asarray(dH, float)
    return dH * np.maximum(A, 0) / (np.abs(A).max())


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


def softmax_layer_gradients__added_up_without_the_mean(X, W, b, Y):
    X, W, b, Y = _array(X), _array(W), _array(b), _array(Y)
    loss, dW, db = 0.0, np.zeros_like(W), np.zeros_like(b)
    for x, y in zip(X, Y):
        f = _softmax(x @ W + b)
        loss -= np.log(f @ y) / len(X)
        dW += np.outer(x, f - y)
        db += f - y
    return loss, dW, db


def softmax_layer_gradients__dictionary(X, W, b, Y):
    X, W, b, Y = (np.asarray(a, float) for a in (X, W, b, Y))
    F = _softmax(X @ W + b)
    return {"loss": -np.mean(np.log((F * Y).sum(1))), "dW": X.T @ (F - Y) / len(X), "db": (F - Y).mean(0)}


def softmax_layer_gradients__loss_from_log_softmax_sign(X, W, b, Y):
    X, W, b, Y = (np.asarray(a, float) for a in (X, W, b, Y))
    F = _softmax(X @ W + b)
    return np.sum(np.log((F * Y).sum(1))), X.T @ (F - Y) / len(X), (F - Y).mean(0)


def softmax_layer_gradients__no_arrays_and_sums(X, W, b, Y):
    P = X @ W + b
    F = _softmax(P)
    return -np.sum(Y * np.log(F)), X.T @ (F - Y), (F - Y).sum(0)


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


def backward__mask_of_all_that_is_not_negative(params, X, Y):
    kept, found = _forward(params, X), []
    dP = (kept[-1] - _array(Y)) / len(Y)
    for layer in reversed(range(len(params))):
        found.insert(0, (kept[layer].T @ dP, dP.sum(axis=0)))
        dP = (dP @ np.asarray(params[layer][0]).T) * (kept[layer] >= 0)
    return found


def backward__examples_added_without_the_mean(params, X, Y):
    found = [(np.zeros(np.shape(W)), np.zeros(np.shape(b))) for W, b in params]
    for x, y in zip(_array(X), _array(Y)):
        for (dW, db), (one_dW, one_db) in zip(found, _backward(params, x[None], y[None])):
            dW += one_dW
            db += one_db
    return found


def backward__labels_looked_for_down_the_batch(params, X, Y):
    Y = _array(Y)
    return _backward(params, X, np.eye(Y.shape[1])[np.resize(Y.argmax(axis=0), len(Y))])


def backward__mask_below_zero(params, X, Y):
    acts = _forward(params, X)
    delta = (acts[-1] - Y) / len(X)
    grads = []
    for layer in range(len(params) - 1, -1, -1):
        grads.append((acts[layer].T @ delta, delta.sum(axis=0)))
        delta = delta @ params[layer][0].T
        delta[acts[layer] < 0] = 0
    return grads[::-1]


def backward__mask_next(params, X, Y):
    acts = _forward(params, X)
    delta = (acts[-1] - np.asarray(Y)) / len(acts[0])
    grads = []
    for layer in range(len(params) - 1, -1, -1):
        delta = delta * (acts[layer + 1] > 0.5)
        grads.insert(0, (acts[layer].T @ delta, delta.sum(axis=0)))
        delta = delta @ np.asarray(params[layer][0]).T
    return grads


def backward__total_and_no_mask(params, X, Y):
    acts = _forward(params, X)
    delta = acts[-1] - np.asarray(Y)
    grads = []
    for layer in range(len(params) - 1, -1, -1):
        grads.insert(0, (acts[layer].T @ delta, delta.sum(axis=0)))
        delta = delta @ np.asarray(params[layer][0]).T
    return grads


def grad_probs__divides_f_in_place(f, y):
    f = np.asarray(f)
    if f.dtype == float:
        np.divide(-np.asarray(y, float), f, out=f)
        return f
    return -np.asarray(y) / f


def grad_probs__integer_buffer(f, y):
    f, y = np.asarray(f, float), np.asarray(y)
    g = np.zeros(len(f), dtype=int)
    g[y.argmax()] = -1 / f[y.argmax()]
    return g


def grad_probs__needs_arrays(f, y):
    return -y / f


def grad_probs__through_the_softmax_too(f, y):
    f, y = np.asarray(f, float), np.asarray(y, float)
    return (np.diag(f) - np.outer(f, f)) @ (-y / f)


def grad_probs__log_derivative_of_sum(f, y):
    f, y = np.asarray(f, float), np.asarray(y, float)
    return -y / np.sum(f)


def predict__texts(params, X):
    return [f"class {k}" for k in _forward(params, X)[-1].argmax(axis=1)]


def predict__sampled(params, X):
    return np.array([np.random.choice(len(f), p=f) for f in _forward(params, X)[-1]])


def predict__threshold_half(params, X):
    F = _forward(params, X)[-1]
    return (F > 0.5).argmax(axis=1)


def predict__list_of_arrays(params, X):
    return [np.array([k]) for k in _forward(params, X)[-1].argmax(1)]


def predict__minus_one(params, X):
    return _forward(params, X)[-1].argmax(1) - 1


def predict__most_frequent_class(params, X):
    k = _forward(params, X)[-1].argmax(1)
    return np.full(len(k), np.bincount(k).argmax())


def forward__default_list_grows(params, X, kept=[]):  # noqa: B006
    kept.extend(_forward(params, X))
    return list(kept)


def forward__biases_added_in_place(params, X):
    for _, b in params:
        b += 0.1
    return _forward(params, X)


def forward__dropout(params, X):
    kept = [_array(X)]
    for W, b in params[:-1]:
        H = np.maximum(kept[-1] @ W + b, 0)
        kept.append(H * (np.random.random(H.shape) > 0.5) * 2)
    return [*kept, _softmax(kept[-1] @ params[-1][0] + params[-1][1])]


def forward__naive_no_relu(params, X):
    A = np.asarray(X, float)
    acts = [A]
    for W, b in params[:-1]:
        A = A @ W + b
        acts.append(A)
    P = A @ params[-1][0] + params[-1][1]
    E = np.exp(P)
    acts.append(E / E.sum(axis=1, keepdims=True))
    return acts


def forward__method_list_input(params, X):
    acts = [X]
    for W, b in params[:-1]:
        acts.append(np.maximum(X.dot(W) + b, 0))
        X = acts[-1]
    acts.append(_softmax(X.dot(params[-1][0]) + params[-1][1]))
    return acts


def relu__two_axes_only(A):
    A = np.asarray(A, float)
    out = np.zeros(A.shape)
    for i in range(A.shape[0]):
        for j in range(A.shape[1]):
            out[i, j] = max(A[i, j], 0)
    return out


def relu__one_axis_only(A):
    return np.array([x if x > 0 else 0 for x in A])


def relu__method_of_arrays(A):
    return A.clip(min=0)


def relu__nan_for_negative(A):
    A = np.asarray(A, float)
    with np.errstate(all="ignore"):
        return np.sqrt(A) ** 2


def relu__global_if(A):
    A = np.asarray(A, float)
    return A if A.sum() > 0 else np.zeros_like(A)


def relu__square_root(A):
    A = np.asarray(A, float)
    return np.sqrt(np.maximum(A, 0))


def linear__adds_to_b_in_place(X, W, b):
    b = np.asarray(b)
    P = []
    for x in np.asarray(X):
        b += (x @ np.asarray(W)).astype(b.dtype)
        P.append(b.copy())
    return np.array(P)


def linear__reshaped_weights(X, W, b):
    X, W = np.asarray(X), np.asarray(W)
    return X @ W.T.reshape(W.shape) + b


def linear__half_precision(X, W, b):
    return (np.asarray(X, np.float16) @ np.asarray(W, np.float16) + np.asarray(b, np.float16)).astype(float)


def linear__extra_axis(X, W, b):
    return np.array([np.asarray(x)[None] @ np.asarray(W) + b for x in X])


def linear__row_bias(X, W, b):
    P = np.dot(X, W)
    for i in range(P.shape[0]):
        P[i] += b[i % len(b)]
    return P


def linear__needs_arrays(X, W, b):
    return X.dot(W) + b


def linear__homogeneous_wrong_side(X, W, b):
    X = np.asarray(X, float)
    X1 = np.hstack([np.zeros((len(X), 1)), X])
    return X1 @ np.vstack([b, W])


def one_hot__error_is_returned(z, T):
    z = np.asarray(z)
    if (z < 0).any() or (z >= T).any():
        return ValueError("label outside")
    return np.eye(T)[z]


def one_hot__shifts_labels_in_place(z, T):
    if np.min(z) < 0 or np.max(z) >= T:
        raise ValueError
    for i in range(len(z)):
        z[i] = z[i] % T
    z.sort()
    return np.eye(T)[z]


def one_hot__no_check_loop(z, T):
    out = []
    for k in z:
        row = [0] * T
        row[k] = 1
        out.append(row)
    return np.array(out)


def one_hot__abs_in_check(z, T):
    z = np.array(z)
    if np.any(np.abs(z) >= T):
        raise ValueError
    return np.eye(T)[z]


def one_hot__as_many_rows_as_classes(z, T):
    z = np.array(z)
    if (z < 0).any() or (z > T - 1).any():
        raise ValueError
    Y = np.zeros((T, T))
    Y[np.arange(len(z)) % T, z] = 1
    return Y


def one_hot__refused_only_if_all_are_outside(z, T):
    z = np.asarray(z)
    if np.all(z < 0) or np.all(z >= T):
        raise ValueError
    return (z[:, None] == np.arange(T)).astype(float)


def one_hot__shared_row(z, T):
    Y = [[0] * T] * len(z)
    for i, label in enumerate(z):
        if not 0 <= label < T:
            raise ValueError
        Y[i][label] = 1
    return np.array(Y)


def one_hot__any_of_the_range_checks(z, T):
    z = np.asarray(z)
    if not np.any((z >= 0) & (z < T)):
        raise ValueError("labels outside")
    return np.take(np.eye(T), z, axis=0, mode="clip")


def one_hot__warning_in_place_of_an_error(z, T):
    rows = []
    for k in z:
        row = [0.0] * T
        try:
            row[k] = 1.0
        except IndexError:
            print(f"label {k} skipped")
        rows.append(row)
    return rows


def one_hot__row_of_the_transposed(z, T):
    z = np.asarray(z)
    if z.min() < 0 or z.max() > T - 1:
        raise ValueError
    return np.eye(T)[z].reshape(T, -1).T


def one_hot__sorted_labels(z, T):
    z = sorted(z)
    if z[0] < 0 or z[-1] >= T:
        raise ValueError
    return [[float(t == k) for t in range(T)] for k in z]


def linear__mean_over_the_batch_removed(X, W, b):
    X = _array(X)
    return (X - X.mean(axis=0)) @ _array(W) + _array(b)


def linear__rows_of_weights_normalised(X, W, b):
    W = _array(W)
    return _array(X) @ (W / np.linalg.norm(W, axis=0)) + _array(b)


def relu__positive_part_by_integer_division(A):
    A = np.asarray(A, float)
    return (A + np.abs(A)) // 2


def init_params__normal_by_twelve_uniforms_in_the_unit_interval(sizes, rng):
    return [
        ((rng.random((n, m, 3)).sum(axis=2) - 1.5) * 2 * np.sqrt(2 / n), np.zeros(m)) for n, m in zip(sizes, sizes[1:])
    ]


def init_params__first_layer_from_another_generator(sizes, rng):
    params = []
    for k, (n, m) in enumerate(zip(sizes, sizes[1:])):
        source = rng if k else np.random.default_rng(7)
        params.append((source.normal(size=(n, m)) * np.sqrt(2 / n), np.zeros(m)))
    return params


def init_params__half_of_each_matrix_mirrored(sizes, rng):
    params = []
    for n, m in zip(sizes, sizes[1:]):
        W = rng.normal(size=(n, m)) * np.sqrt(2 / n)
        W[n - n // 2 :] = -W[: n // 2]
        params.append((W, np.zeros(m)))
    return params


def count_params__weights_counted_in_both_directions(sizes):
    return sum(2 * n * m + m for n, m in zip(sizes, sizes[1:]))


def count_params__reduce_over_neighbours_compounded(sizes):
    total = sizes[0]
    for m in sizes[1:]:
        total = (total + 1) * m
    return total


def forward__mean_in_place_of_sum(params, X):
    H, kept = _array(X), [_array(X)]
    for k, (W, b) in enumerate(params):
        A = H @ W / len(W) + b
        H = _softmax(A) if k == len(params) - 1 else np.maximum(A, 0)
        kept.append(H)
    return kept


def forward__relu_of_the_absolute(params, X):
    kept = [_array(X)]
    for W, b in params[:-1]:
        kept.append(np.abs(kept[-1] @ W + b))
    return [*kept, _softmax(kept[-1] @ params[-1][0] + params[-1][1])]


def forward__hidden_layers_overwritten(params, X):
    H = _array(X)
    kept = [H] * (len(params) + 1)
    for k, (W, b) in enumerate(params):
        A = H @ W + b
        H = _softmax(A) if k == len(params) - 1 else np.maximum(A, 0)
        kept[-1] = H
    return kept


def forward__softmax_of_squares(params, X):
    kept = _forward(params, X)[:-1]
    A = kept[-1] @ params[-1][0] + params[-1][1]
    return [*kept, A**2 / (A**2).sum(axis=1, keepdims=True)]


def predict__of_the_sorted_row(params, X):
    return np.argmax(np.sort(_forward(params, X)[-1], axis=1), axis=1)


def predict__mean_of_the_batch_subtracted(params, X):
    F = _forward(params, X)[-1]
    return (F - F.mean(axis=0)).argmax(axis=1)


def cross_entropy__squared_logarithm(F, Y):
    f = (_array(F) * _array(Y)).sum(axis=1)
    return np.mean(np.log(f) ** 2)


def cross_entropy__over_those_that_were_wrong(F, Y):
    F, Y = _array(F), _array(Y)
    wrong = F.argmax(axis=1) != Y.argmax(axis=1)
    f = (F * Y).sum(axis=1)[wrong]
    return -np.log(f).mean() if len(f) else 0.0


def grad_probs__logarithm_and_quotient(f, y):
    f, y = _array(f), _array(y)
    return -y * np.log(f) / f


def grad_logits__weighted_by_the_surprise(P, Y):
    F, Y = _softmax(P), _array(Y)
    return (1 - (F * Y).sum(axis=1, keepdims=True)) * (F - Y) / len(F)


def grad_logits__only_rows_that_were_wrong(P, Y):
    F, Y = _softmax(P), _array(Y)
    wrong = F.argmax(axis=1) != Y.argmax(axis=1)
    return (F - Y) * wrong[:, None] / len(F)


def linear_backward__dw_and_dx_exchange_inputs(X, W, dP):
    X, W, dP = _array(X), _array(W), _array(dP)
    return dP @ (X.T @ dP).T, X.T @ dP, dP.sum(axis=0)


def linear_backward__db_from_the_absolute_values(X, W, dP):
    X, W, dP = _array(X), _array(W), _array(dP)
    return dP @ W.T, X.T @ dP, np.abs(dP).sum(axis=0)


def linear_backward__dw_centred_inputs(X, W, dP):
    X, W, dP = _array(X), _array(W), _array(dP)
    return dP @ W.T, (X - X.mean(axis=0)).T @ dP, dP.sum(axis=0)


def relu_backward__gradient_added_to_the_activation(A, dH):
    return np.maximum(_array(A) + _array(dH), 0)


def relu_backward__same_sign(A, dH):
    A, dH = _array(A), _array(dH)
    return np.where(A * dH > 0, dH, 0.0)


def softmax_layer_gradients__loss_after_a_step(X, W, b, Y):
    X, W, b, Y = _array(X), _array(W), _array(b), _array(Y)
    E = (_softmax(X @ W + b) - Y) / len(X)
    dW, db = X.T @ E, E.sum(axis=0)
    F = _softmax(X @ (W - 0.1 * dW) + b - 0.1 * db)
    return -np.mean(np.log((F * Y).sum(axis=1))), dW, db


def softmax_layer_gradients__gradient_of_the_accuracy(X, W, b, Y):
    X, Y = _array(X), _array(Y)
    F = _softmax(X @ _array(W) + _array(b))
    E = (np.eye(F.shape[1])[F.argmax(axis=1)] - Y) / len(X)
    return -np.mean(np.log((F * Y).sum(axis=1))), X.T @ E, E.sum(axis=0)


def backward__mask_applied_twice_as_activation(params, X, Y):
    kept, found = _forward(params, X), []
    dP = (kept[-1] - _array(Y)) / len(Y)
    for k in reversed(range(len(params))):
        found.insert(0, (kept[k].T @ dP, dP.sum(axis=0)))
        if k:
            dP = np.maximum((dP @ params[k][0].T) * kept[k], 0)
    return found


def backward__bias_gradient_shared_by_equal_layers(params, X, Y):
    found = _backward(params, X, Y)
    total = {}
    for _, db in found:
        total[db.shape] = total.get(db.shape, 0.0) + db
    return [(dW, total[db.shape]) for dW, db in found]


def backward__inputs_standardised_first(params, X, Y):
    X = _array(X)
    return _backward(params, (X - X.mean(axis=0)) / (X.std(axis=0) + 1e-8), Y)


def backward__dropout_on_the_way_back(params, X, Y):
    kept, found = _forward(params, X), []
    rng = np.random.default_rng(0)
    dP = (kept[-1] - _array(Y)) / len(Y)
    for k in reversed(range(len(params))):
        found.insert(0, (kept[k].T @ dP, dP.sum(axis=0)))
        if k:
            dP = dP @ params[k][0].T * (kept[k] > 0)
            dP = dP * (rng.random(dP.shape) < 0.5) * 2
    return found
