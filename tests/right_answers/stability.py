"""Right answers to the exercise "Numerical stability", in unlike styles: each must be accepted."""

import math

import numpy as np
import scipy.special


def stable_softmax__of_scipy(P):
    return scipy.special.softmax(np.asarray(P, dtype=float), axis=-1)


def stable_softmax__shifted_and_cleared(P):
    P = np.array(P, dtype=float)
    P -= np.max(P, axis=-1, keepdims=True)
    np.exp(P, out=P)
    P /= np.sum(P, axis=-1)[..., None]
    return P


def stable_softmax__recursive_lists(P):
    if np.ndim(P) > 1:
        return [stable_softmax__recursive_lists(row) for row in P]
    top = max(P)
    e = [math.exp(x - top) for x in P]
    return [x / sum(e) for x in e]


def stable_softmax__in_log_space(P):
    P = np.asarray(P, dtype=float)
    return np.exp(P - np.logaddexp.reduce(P, axis=-1, keepdims=True))


def stable_softmax__in_float32(P):
    P = np.asarray(P, dtype=np.float32)
    E = np.exp(P - P.max(-1, keepdims=True))
    return E / E.sum(-1, keepdims=True)


def stable_softmax__last_axis_first(P):
    P = np.moveaxis(np.asarray(P, dtype=float), -1, 0)
    E = np.exp(P - P.max(axis=0))
    return np.moveaxis(E / E.sum(axis=0), 0, -1)


def logsumexp__of_scipy(P):
    return scipy.special.logsumexp(P, axis=-1)


def logsumexp__by_logaddexp(P):
    return np.logaddexp.reduce(np.asarray(P, dtype=float), axis=-1)


def logsumexp__one_after_the_other(P):
    if np.ndim(P) > 1:
        return [logsumexp__one_after_the_other(row) for row in P]
    top = max(P)
    return top + math.log(math.fsum(math.exp(x - top) for x in P))


def logsumexp__with_log1p(P):
    P = np.sort(np.asarray(P, dtype=float), axis=-1)
    return P[..., -1] + np.log1p(np.exp(P[..., :-1] - P[..., -1:]).sum(axis=-1))


def logsumexp__in_float32(P):
    P = np.asarray(P, dtype=np.float32)
    m = P.max(-1)
    return m + np.log(np.exp(P - m[..., None]).sum(-1))


def log_softmax__of_scipy(P):
    return scipy.special.log_softmax(np.asarray(P, dtype=float), axis=-1)


def log_softmax__shift_then_subtract(P):
    P = np.asarray(P, dtype=float)
    S = P - P.max(axis=-1, keepdims=True)
    return S - np.log(np.exp(S).sum(axis=-1, keepdims=True))


def log_softmax__pairwise(P):
    P = np.asarray(P, dtype=float)
    return -np.logaddexp.reduce(P[..., None, :] - P[..., :, None], axis=-1)


def log_softmax__lists(P):
    if np.ndim(P) > 1:
        return [log_softmax__lists(row) for row in P]
    lse = logsumexp__one_after_the_other(P)
    return [x - lse for x in P]


def log_softmax__in_float32(P):
    P = np.asarray(P, dtype=np.float32)
    S = P - P.max(-1, keepdims=True)
    return S - np.log(np.exp(S).sum(-1, keepdims=True))


def cross_entropy_logits__of_scipy(P, z):
    L = scipy.special.log_softmax(np.asarray(P, dtype=float), axis=1)
    return -float(np.mean(np.take_along_axis(L, np.asarray(z)[:, None], axis=1)))


def cross_entropy_logits__by_a_loop(P, z):
    total = 0.0
    for row, k in zip(P, z):
        total += logsumexp__one_after_the_other(row) - row[k]
    return total / len(P)


def cross_entropy_logits__one_hot(P, z):
    P = np.asarray(P, dtype=float)
    Y = np.eye(P.shape[1])[np.asarray(z)]
    return np.array(-(Y * log_softmax__shift_then_subtract(P)).sum() / P.shape[0])


def cross_entropy_logits__gaps_to_the_correct_one(P, z):
    P = np.asarray(P, dtype=float)
    gaps = P - P[np.arange(len(P)), z][:, None]
    return np.logaddexp.reduce(gaps, axis=1).mean()


def cross_entropy_logits__in_float32(P, z):
    L = log_softmax__in_float32(P)
    return -L[range(len(z)), list(z)].mean()


def largest_safe_logit__from_the_exponent(dtype):
    return np.finfo(dtype).maxexp * math.log(2)


def largest_safe_logit__table(dtype):
    return {2: 11.0898665, 4: 88.7228391, 8: 709.7827129}[np.dtype(dtype).itemsize]


def largest_safe_logit__bisection(dtype):
    kind = np.dtype(dtype).type
    low, high = 0.0, 2000.0
    for _ in range(60):
        middle = (low + high) / 2
        with np.errstate(over="ignore"):
            finite = np.isfinite(np.exp(kind(middle)))
        low, high = (middle, high) if finite else (low, middle)
    return low


def largest_safe_logit__in_the_type_itself(dtype):
    return np.log(np.finfo(dtype).max)


def largest_safe_logit__zero_dimensional(dtype):
    return np.array(np.log(np.float64(np.finfo(np.dtype(dtype)).max)))
