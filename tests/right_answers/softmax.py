"""Right answers to the exercise "Softmax", in unlike styles: each must be accepted."""

import math
import warnings

import numpy as np
import scipy.special


def softmax__by_a_loop(p):
    exponentials = [math.exp(x) for x in p]
    total = math.fsum(exponentials)
    return [e / total for e in exponentials]


def softmax__shifted(p):
    e = np.exp(np.array(p) - np.max(p))
    return e / np.sum(e)


def softmax__of_scipy(p):
    return scipy.special.softmax(p)


def softmax__in_log_space(p):
    return np.exp(p - np.logaddexp.reduce(np.asarray(p, dtype=float)))


def softmax__in_float32(p):
    e = np.exp(np.asarray(p, dtype=np.float32))
    return e / e.sum()


def softmax__pairwise(p):
    p = np.asarray(p, dtype=float)
    return 1 / np.exp(p[None, :] - p[:, None]).sum(axis=1)


def softmax__with_noise_around_it(p):
    print("computing")
    warnings.warn("this warns", stacklevel=1)
    np.seterr(all="warn")
    np.set_printoptions(precision=2)
    np.random.seed(0)
    return tuple(np.exp(p) / np.exp(p).sum())


def softmax_batch__row_by_row(P):
    return [softmax__by_a_loop(row) for row in P]


def softmax_batch__by_einsum(P):
    E = np.exp(np.asarray(P, dtype=float))
    return np.einsum("bn,b->bn", E, 1 / np.einsum("bn->b", E))


def softmax_batch__turned_over_and_back(P):
    E = np.exp(np.asarray(P, dtype=float)).T
    return (E / E.sum(axis=0)).T


def softmax_batch__of_scipy(P):
    return scipy.special.softmax(np.asarray(P), axis=-1)


def softmax_batch__apply_along_axis(P):
    return np.apply_along_axis(softmax__shifted, 1, np.asarray(P, dtype=float))


def softmax_batch__in_float32(P):
    E = np.exp(np.asarray(P, dtype=np.float32))
    return E / E.sum(axis=1)[:, None]


def softmax_temperature__shifted(p, tau):
    p = np.asarray(p) / tau
    e = np.exp(p - p.max())
    return e / e.sum()


def softmax_temperature__powers_of_a_root(p, tau):
    powers = np.exp(np.asarray(p, dtype=float)) ** (1 / tau)
    return powers / powers.sum()


def softmax_temperature__by_a_loop(p, tau):
    e = [math.exp(x / tau) for x in p]
    return np.array([x / sum(e) for x in e])


def softmax_temperature__of_scipy(p, tau):
    return scipy.special.softmax(np.multiply(p, 1 / tau)).tolist()


def softmax_temperature__in_float32(p, tau):
    e = np.exp(np.asarray(p, dtype=np.float32) / np.float32(tau))
    return e / e.sum()


def sigmoid__of_scipy(t):
    return scipy.special.expit(t)


def sigmoid__by_tanh(t):
    return (1 + np.tanh(np.asarray(t) / 2)) / 2 if np.max(np.abs(t)) < 5 else scipy.special.expit(t)


def sigmoid__exponential_above(t):
    e = np.exp(t)
    return e / (1 + e)


def sigmoid__by_cases(t):
    t = np.asarray(t, dtype=float)
    small = np.exp(-np.abs(t))
    return np.where(t >= 0, 1 / (1 + small), small / (1 + small))


def sigmoid__number_by_number(t):
    if np.ndim(t) == 0:
        return 1 / (1 + math.exp(-t))
    return [sigmoid__number_by_number(x) for x in t]


def sigmoid__softmax_of_two(t):
    t = np.asarray(t, dtype=float)
    return scipy.special.softmax(np.stack([t, np.zeros_like(t)]), axis=0)[0]
