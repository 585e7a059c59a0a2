"""Right answers to the exercise "A field guide to losses", in unlike styles: each must be accepted."""

import math

import numpy as np
import scipy.special


def absolute_difference__where(a, y):
    a, y = np.asarray(a), np.asarray(y)
    return np.abs(a - y).mean(), np.where(a > y, 1, -1) / a.size


def absolute_difference__flat_loop(a, y):
    shape = np.shape(a)
    total, slopes = 0.0, []
    for p, t in zip(np.ravel(a), np.ravel(y)):
        total += max(p - t, t - p)
        slopes.append((1.0 if p > t else -1.0 if p < t else 0.0) / math.prod(shape))
    return total / len(slopes), np.reshape(slopes, shape)


def absolute_difference__quotient(a, y):
    d = np.subtract(a, y, dtype=float)
    return [np.array(np.linalg.norm(d.ravel(), 1) / d.size), (d / np.abs(d) / d.size).tolist()]


def absolute_difference__in_float32(a, y):
    d = np.float32(a) - np.float32(y)
    return np.mean(np.abs(d)), np.sign(d) / np.float32(d.size)


def absolute_difference__booleans(a, y):
    d = np.array(a, dtype=float)
    d -= y
    up = d > 0
    return np.average(np.where(up, d, -d)), np.subtract(2.0 * up, 1.0) / np.size(up)


def absolute_difference__one_on_the_kink(a, y):
    d = np.asarray(a, dtype=float) - y
    return float(np.sum(np.abs(d)) / d.size), (2.0 * np.heaviside(d, 1.0) - 1.0) * d.size**-1


def mean_squared__dot(a, y):
    d = np.asarray(a, dtype=float) - np.asarray(y)
    return np.dot(d.ravel(), d.ravel()) / d.size, d * (2 / d.size)


def mean_squared__expanded(a, y):
    a, y = np.asarray(a, dtype=float), np.asarray(y, dtype=float)
    loss = np.mean(a * a) - 2 * np.mean(a * y) + np.mean(y * y)
    return loss, 2 * a / a.size - 2 * y / a.size


def mean_squared__flat_loop(a, y):
    flat = [p - t for p, t in zip(np.ravel(a).tolist(), np.ravel(y).tolist())]
    n = len(flat)
    return math.fsum(d * d for d in flat) / n, np.array([2 * d / n for d in flat]).reshape(np.shape(a))


def mean_squared__in_float32(a, y):
    d = np.float32(a) - np.float32(y)
    return (d * d).mean(), 2 * d / np.float32(d.size)


def mean_squared__lists(a, y):
    d = np.subtract(a, y)
    return [np.square(d).mean(), np.divide(d + d, d.size).tolist()]


class _Squared:
    def __init__(self, a, y):
        self.d = np.asarray(a, dtype=float) - np.asarray(y, dtype=float)

    def loss(self):
        return np.var(self.d) + np.mean(self.d) ** 2

    def gradient(self):
        return np.full(self.d.shape, 2.0) * self.d / np.prod(self.d.shape)


def mean_squared__by_a_class(a, y):
    squared = _Squared(a, y)
    print("loss", squared.loss())
    return squared.loss(), squared.gradient()


def huber__of_scipy(a, y, delta=1.0):
    d = np.asarray(a, dtype=float) - np.asarray(y)
    return scipy.special.huber(delta, d).mean(), np.maximum(np.minimum(d, delta), -delta) / d.size


def huber__on_masks(a, y, delta=1.0):
    d = np.asarray(a, dtype=float) - np.asarray(y, dtype=float)
    rho, slope = np.empty(d.shape), np.empty(d.shape)
    small = np.abs(d) < delta
    rho[small], slope[small] = d[small] ** 2 / 2, d[small]
    rho[~small] = delta * np.abs(d[~small]) - delta**2 / 2
    slope[~small] = delta * np.sign(d[~small])
    return rho.mean(), slope / rho.size


def huber__of_the_clipped_part(a, y, delta=1.0):
    d = np.subtract(a, y, dtype=float)
    inner = np.clip(d, -delta, delta)
    return np.mean(inner * (d - inner / 2)), inner / np.size(inner)


def huber__flat_loop(a, y, delta=1.0):
    total, slopes = 0.0, []
    for p, t in zip(np.ravel(a), np.ravel(y)):
        d = float(p) - float(t)
        if abs(d) <= delta:
            total += 0.5 * d * d
            slopes.append(d)
        else:
            total += delta * (abs(d) - 0.5 * delta)
            slopes.append(math.copysign(delta, d))
    n = len(slopes)
    return total / n, (np.array(slopes) / n).reshape(np.shape(a)).tolist()


def huber__in_float32(a, y, delta=1.0):
    d, delta = np.float32(a) - np.float32(y), np.float32(delta)
    rho = np.select([np.abs(d) <= delta], [d * d / 2], delta * (np.abs(d) - delta / 2))
    return rho.mean(), np.clip(d, -delta, delta) / np.float32(d.size)


def huber__excess_taken_off(a, y, delta=1.0):
    d = np.asarray(a, dtype=float) - np.asarray(y, dtype=float)
    excess = np.maximum(np.abs(d) - delta, 0)
    return [np.mean(d**2 - excess**2) / 2, (d - np.sign(d) * excess) / d.size]


def hinge__by_loops(S, z):
    B, T = len(S), len(S[0])
    loss, G = 0.0, [[0.0] * T for _ in range(B)]
    for i in range(B):
        for j in range(T):
            gap = S[i][j] - S[i][z[i]] + 1
            if j != z[i] and gap > 0:
                loss += gap
                G[i][j] += 1 / B
                G[i][z[i]] -= 1 / B
    return loss / B, G


def hinge__own_term_taken_off(S, z):
    S, z = np.asarray(S, dtype=float), np.asarray(z)
    correct = np.take_along_axis(S, z[:, None], axis=1)
    margins = np.maximum(0, S - correct + 1)
    one = np.eye(S.shape[1])[z]
    active = (margins > 0) * 1.0
    # The correct class counts as its own rival with 1: both are taken off at the end.
    return margins.sum(axis=1).mean() - 1, (active - one * active.sum(axis=1, keepdims=True)) / len(S)


def hinge__one_hot(S, z):
    S = np.array(S, dtype=float)
    Y = np.eye(S.shape[1])[np.asarray(z)]
    M = (S - (S * Y).sum(1, keepdims=True) + 1) * (1 - Y)
    A = np.heaviside(M, 0.0)
    return np.sum(M * A) / S.shape[0], (A - Y * A.sum(1, keepdims=True)) / S.shape[0]


def hinge__closed_at_the_kink(S, z):
    S = np.asarray(S, dtype=float)
    loss, rows = 0.0, []
    for s, c in zip(S, z):
        gaps = np.delete(s, c) - s[c] + 1
        active = (gaps >= 0).astype(int)
        loss += (gaps * active).sum()
        rows.append(np.insert(active, c, -active.sum()))
    return np.array(loss / len(S)), np.stack(rows) / len(S)


def hinge__in_float32(S, z):
    S, z = np.asarray(S, dtype=np.float32), list(z)
    M = S - S[range(len(z)), z][:, None] + np.float32(1)
    M[range(len(z)), z] = 0
    G = (M > 0).astype(np.float32)
    G[range(len(z)), z] = -G.sum(axis=1)
    return np.maximum(M, 0).sum() / np.float32(len(z)), G / np.float32(len(z))


def hinge__all_pairs(S, z):
    S, z = np.asarray(S, dtype=float), np.asarray(z)
    B, T = S.shape
    D = np.eye(T)[None] - np.eye(T)[z][:, None, :]
    gaps = np.einsum("bjt,bt->bj", D, S) + 1
    on = (gaps > 0) & (np.arange(T) != z[:, None])
    return gaps[on].sum() / B, np.einsum("bj,bjt->bt", on / B, D)


def cosine_distance__by_a_loop(a, y):
    B, losses, rows = len(a), [], []
    for u, v in zip(np.asarray(a, dtype=float), np.asarray(y, dtype=float)):
        nu, nv = math.sqrt(u @ u), math.sqrt(v @ v)
        c = u @ v / (nu * nv)
        losses.append(1 - c)
        rows.append(-(v / (nu * nv) - c * u / nu**2) / B)
    return sum(losses) / B, rows


def cosine_distance__einsum(a, y):
    a, y = np.asarray(a, dtype=float), np.asarray(y, dtype=float)
    aa, ay, yy = (np.einsum("bd,bd->b", p, q) for p, q in ((a, a), (a, y), (y, y)))
    r = 1 / np.sqrt(aa * yy)
    return 1 - np.mean(ay * r), ((ay / aa)[:, None] * a - y) * r[:, None] / len(a)


def cosine_distance__projection(a, y):
    a, y = np.array(a, dtype=float), np.array(y, dtype=float)
    n = np.linalg.norm(a, axis=1)[:, None]
    u, v = a / n, y / np.linalg.norm(y, axis=1)[:, None]
    G = np.stack([(np.outer(p, p) - np.eye(len(p))) @ q for p, q in zip(u, v)]) / n
    return np.mean(((u - v) ** 2).sum(axis=1)) / 2, G / a.shape[0]


def cosine_distance__in_float32(a, y):
    a, y = np.float32(a), np.float32(y)
    na, ny = (np.linalg.norm(x, axis=1, keepdims=True) for x in (a, y))
    c = (a * y).sum(1, keepdims=True) / (na * ny)
    return (1 - c).mean(), (c * a / na - y / ny) / na / np.float32(len(a))


def cosine_distance__two_chain_steps(a, y):
    a, y = np.asarray(a, dtype=float), np.asarray(y, dtype=float)
    n = np.sqrt((a * a).sum(axis=-1, keepdims=True))
    u, v = a / n, y / np.sqrt((y * y).sum(axis=-1, keepdims=True))
    du = -v / len(a)
    da = (du - u * (u * du).sum(axis=-1, keepdims=True)) / n
    return [float(1 - (u * v).sum() / len(a)), da.tolist()]


def cosine_distance__of_scipy(a, y):
    from scipy.spatial.distance import cosine

    def one(u, v):
        u, v = np.asarray(u, dtype=float), np.asarray(v, dtype=float)
        d = cosine(u, v)
        return d, ((1 - d) * u / np.linalg.norm(u) - v / np.linalg.norm(v)) / np.linalg.norm(u)

    parts = [one(u, v) for u, v in zip(a, y)]
    return np.mean([d for d, _ in parts]), np.array([g for _, g in parts]) / len(parts)


def focal__of_scipy(P, z, gamma=2.0):
    log_f = scipy.special.log_softmax(np.asarray(P, dtype=float), axis=1)
    rows = np.arange(len(log_f))
    lz = log_f[rows, z]
    q = -np.expm1(lz)
    with np.errstate(all="ignore"):
        second = np.where(q > 0, gamma * np.exp(lz) * lz * q ** (gamma - 1), 0.0)
    G = np.exp(log_f)
    G[rows, z] -= 1
    return -np.mean(q**gamma * lz), (q**gamma - second)[:, None] * G / len(G)


def focal__by_a_loop(P, z, gamma=2.0):
    total, rows = 0.0, []
    for p, c in zip(P, z):
        top = max(p)
        lse = top + math.log(math.fsum(math.exp(x - top) for x in p))
        f, lz = [math.exp(x - lse) for x in p], p[c] - lse
        q = 1 - f[c]
        total -= q**gamma * lz
        w = q**gamma - (gamma * f[c] * q ** (gamma - 1) * lz if lz and gamma else 0.0)
        rows.append([w * (f[j] - (j == c)) / len(P) for j in range(len(p))])
    return total / len(P), rows


def focal__through_the_jacobian(P, z, gamma=2.0):
    P = np.asarray(P, dtype=float)
    log_f = P - scipy.special.logsumexp(P, axis=1, keepdims=True)
    loss, G = 0.0, np.zeros(P.shape)
    for i, c in enumerate(z):
        lz, f = log_f[i, c], np.exp(log_f[i])
        d_log = np.eye(len(f))[c] - f
        d_q = -f[c] * d_log
        loss += -((1 - f[c]) ** gamma) * lz / len(P)
        inner = gamma * (1 - f[c]) ** (gamma - 1) * lz if lz != 0 else 0.0
        G[i] = -((1 - f[c]) ** gamma * d_log + inner * d_q) / len(P)
    return [np.float64(loss), G]


def focal__in_log_space(P, z, gamma=2.0):
    P, z = np.asarray(P, dtype=float), np.asarray(z)
    rows = np.arange(len(P))
    lse = np.logaddexp.reduce(P, axis=1)
    others = P.copy()
    others[rows, z] = -np.inf
    log_q = np.logaddexp.reduce(others, axis=1) - lse
    lz = P[rows, z] - lse
    factor = np.exp(gamma * log_q)
    w = factor - gamma * np.exp(lz + (gamma - 1) * log_q) * lz
    w = np.where(np.isfinite(w), w, 0.0)
    G = np.exp(P - lse[:, None])
    G[rows, z] = -np.exp(log_q)
    return (factor * -lz).mean(), G * (w / len(P))[:, None]


def focal__in_float32(P, z, gamma=2.0):
    P = np.asarray(P, dtype=np.float32)
    P = P - P.max(axis=1, keepdims=True)
    log_f = P - np.log(np.exp(P).sum(axis=1, keepdims=True))
    Y = np.eye(P.shape[1], dtype=np.float32)[np.asarray(z)]
    lz = (log_f * Y).sum(1, keepdims=True)
    f = np.exp(log_f)
    q = ((1 - Y) * f).sum(1, keepdims=True)
    safe = np.where(q > 0, q, 1)
    w = q**gamma - np.float32(gamma) * np.exp(lz) * lz * q**gamma / safe
    return np.mean(-(q**gamma) * lz), np.float32(w) * (f - Y) / np.float32(len(P))


def focal__with_a_helper(P, z, gamma=2.0):
    def weight(log_z):
        f_z = math.exp(log_z)
        if f_z == 1.0:
            return 1.0 if gamma == 0 else 0.0
        return (1 - f_z) ** gamma * (1 - gamma * f_z * log_z / (1 - f_z))

    log_f = scipy.special.log_softmax(np.array(P, dtype=float), axis=-1)
    lz = [row[c] for row, c in zip(log_f, z)]
    losses = [-((1 - math.exp(v)) ** gamma) * v for v in lz]
    G = [weight(v) * (np.exp(row) - np.eye(len(row))[c]) / len(lz) for v, row, c in zip(lz, log_f, z)]
    return sum(losses) / len(losses), tuple(g.tolist() for g in G)
