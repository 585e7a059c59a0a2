"""Right answers to the exercise "The Jacobian of softmax", in unlike styles: each must be accepted."""

import numpy as np
import scipy.special
from scipy.special import softmax as _softmax


def softmax_jacobian__two_cases(p):
    f = _softmax(np.asarray(p, dtype=float))
    n = len(f)
    return [[f[i] * (1 - f[i]) if i == j else -f[i] * f[j] for j in range(n)] for i in range(n)]


def softmax_jacobian__by_einsum(p):
    f = _softmax(np.asarray(p, dtype=float))
    return np.einsum("i,ij->ij", f, np.eye(f.size)) - np.einsum("i,j->ij", f, f)


def softmax_jacobian__rows_times_log_jacobian(p):
    f = _softmax(np.asarray(p, dtype=float))
    return f[:, None] * (np.eye(len(f)) - f)


def softmax_jacobian__in_float32(p):
    p = np.asarray(p, dtype=np.float32)
    e = np.exp(p - p.max())
    f = e / e.sum()
    J = -np.outer(f, f)
    J[np.diag_indices(len(f))] += f
    return J


def softmax_jacobian__in_log_space(p):
    log_f = scipy.special.log_softmax(np.asarray(p, dtype=float))
    J = -np.exp(log_f[:, None] + log_f[None, :])
    return J + np.diag(np.exp(log_f))


def softmax_jacobian__complex_step(p):
    p = np.asarray(p, dtype=float)
    J = np.empty((len(p), len(p)))
    for j in range(len(p)):
        q = (p - p.max()).astype(complex)
        q[j] += 1e-20j
        J[:, j] = (np.exp(q) / np.exp(q).sum()).imag / 1e-20
    return J


def softmax_jvp__expanded(p, v):
    f = _softmax(np.asarray(p, dtype=float))
    return f * np.asarray(v) - f * np.dot(f, v)


def softmax_jvp__by_a_loop(p, v):
    f = _softmax(np.asarray(p, dtype=float)).tolist()
    mean = sum(a * b for a, b in zip(f, v))
    return [a * (b - mean) for a, b in zip(f, v)]


def softmax_jvp__by_einsum(p, v):
    f = _softmax(np.asarray(p, dtype=float))
    return np.einsum("i,i->i", f, np.asarray(v) - np.einsum("i,i->", f, v))


def softmax_jvp__by_average(p, v):
    f = _softmax(np.asarray(p, dtype=float))
    return f * (np.asarray(v) - np.average(v, weights=f))


def softmax_jvp__in_float32(p, v):
    p, v = np.asarray(p, dtype=np.float32), np.asarray(v, dtype=np.float32)
    e = np.exp(p - p.max())
    f = e / e.sum()
    return f * (v - f @ v)


def softmax_vjp__row_by_row(P, G):
    return [softmax_jvp__expanded(p, g) for p, g in zip(np.asarray(P), np.asarray(G))]


def softmax_vjp__by_einsum(P, G):
    F, G = _softmax(np.asarray(P, dtype=float), axis=1), np.asarray(G, dtype=float)
    return F * G - np.einsum("bi,bj,bj->bi", F, F, G, optimize=True)


def softmax_vjp__transposed_inside(P, G):
    F, G = _softmax(np.asarray(P, dtype=float), axis=1).T, np.asarray(G, dtype=float).T
    return (F * (G - np.sum(F * G, axis=0))).T


def softmax_vjp__in_place_on_a_copy(P, G):
    F, out = _softmax(np.asarray(P, dtype=float), axis=1), np.array(G, dtype=float)
    out -= np.vecdot(F, out)[:, None] if hasattr(np, "vecdot") else (F * out).sum(1)[:, None]
    out *= F
    return out


def softmax_vjp__in_float32(P, G):
    P, G = np.asarray(P, dtype=np.float32), np.asarray(G, dtype=np.float32)
    E = np.exp(P - P.max(1, keepdims=True))
    F = E / E.sum(1, keepdims=True)
    return F * (G - (F * G).sum(1, keepdims=True))


def log_softmax_jacobian__two_cases(p):
    f = _softmax(np.asarray(p, dtype=float))
    return [[(1 if i == j else 0) - f[j] for j in range(len(f))] for i in range(len(f))]


def log_softmax_jacobian__tiled(p):
    f = _softmax(np.asarray(p, dtype=float))
    return np.identity(f.size) - np.tile(f, (f.size, 1))


def log_softmax_jacobian__ones_times_f(p):
    f = _softmax(np.asarray(p, dtype=float))
    return np.diag(np.ones_like(f)) - np.outer(np.ones_like(f), f)


def log_softmax_jacobian__filled(p):
    f = _softmax(np.asarray(p, dtype=float))
    J = np.zeros((len(f), len(f)))
    J[:] = -f
    J.flat[:: len(f) + 1] += 1
    return J


def log_softmax_jacobian__in_float32(p):
    p = np.asarray(p, dtype=np.float32)
    e = np.exp(p - p.max())
    return np.eye(len(p), dtype=np.float32) - e / e.sum()
