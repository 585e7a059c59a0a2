"""The formula sheet: each formula is computed as it stands there and compared with something that does not know it.

A check yields pairs: what the code is given, and what each name that it defines must then be. That is an array, or,
where the formula is a bound, a function that says whether the bound holds and is sharp.
"""

import itertools
import math
import re
import tomllib
from decimal import Decimal
from fractions import Fraction
from functools import partial

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from autograd.scipy.special import logsumexp as differentiable_lse
from masters import EXERCISES, ROOT
from scipy import integrate, optimize, spatial, special, stats

from autograder.gradients import complex_step, numerical_gradient

B, N, T, M, D = 4, 5, 3, 6, 7
TABLE = tomllib.loads((ROOT / "book" / "formulas.toml").read_text("utf-8"))
SHEET = {f"{chapter}.{key}": formula for chapter, formulas in TABLE.items() for key, formula in formulas.items()}
CHAPTERS = {name: (ROOT / "book" / f"{name}.md").read_text("utf-8") for name in TABLE}
CHECKS = {}
# Labelled equations that are steps on the way to one on the sheet, or the same one met again.
STEPS = {
    "eq-softmax-wish": "what is asked of softmax",
    "eq-softmax-general": "with a = 1/τ it is temperature",
    "eq-softmax-one-over": "a step to the limits",
    "eq-stability-shift": "softmax.shift, again",
    "eq-jacobian-sum": "a step to the entries",
    "eq-jacobian-quotient": "the quotient rule",
    "eq-jacobian-same": "a case of the entries",
    "eq-jacobian-other": "a case of the entries",
    "eq-network-batch": "network.layer, with the ones written out",
    "eq-network-logits": "softmax.ratio, again",
    "eq-backprop-likelihood": "a step to the loss",
    "eq-backprop-probs": "backprop.probs, by cases",
    "eq-backprop-relu": "backprop.relu, by entries",
    "eq-backprop-chain": "jacobian.chain, again",
    "eq-backprop-jtg": "a step to prediction minus truth",
    "eq-losses-cosine-slope": "a step to the gradient",
    "eq-losses-focal-probs": "a step to the gradient",
    "eq-training-sgd": "one step downhill, with the gradient of a minibatch",
    "eq-training-bowl": "an example",
    "eq-autodiff-multiply": "autodiff.multiply, by entries",
    "eq-autodiff-adjoint": "a definition without a value of its own",
}


def checks(name):
    def keep(check):
        assert name not in CHECKS, name
        CHECKS[name] = check
        return check

    return keep


def rng():
    return np.random.default_rng(7)


def evaluate(formula, given) -> dict:
    """What the code of a formula makes of `given`: all names afterwards."""
    names = {"np": np, "sigmoid": special.expit}
    # Along a row, as the page "Notation" says.
    names |= {"softmax": partial(special.softmax, axis=-1), "lse": partial(special.logsumexp, axis=-1)}
    names |= {name: np.array(value) if isinstance(value, np.ndarray) else value for name, value in given.items()}
    exec(formula["code"], names)
    return names


def agrees(value, expected) -> bool:
    if callable(expected):
        return bool(expected(value))
    return np.shape(value) == np.shape(expected) and np.allclose(value, expected, rtol=1e-6, atol=1e-9)


# Softmax


@checks("softmax.definition")
def _():
    for p in rng().normal(size=(3, N)), np.array([[0.0], [4.0]]):
        for row in p:
            yield {"p": row}, {"f": special.softmax(row)}


@checks("softmax.ratio")
def _():
    p = rng().normal(size=N)
    f = special.softmax(p)
    for i, j in itertools.product(range(N), repeat=2):
        yield {"p": p, "i": i, "j": j}, {"log_ratio": math.log(f[i]) - math.log(f[j])}


@checks("softmax.shift")
def _():
    p = rng().normal(size=N)
    for c in -300.0, 0.5, 70.0:
        yield {"p": p, "c": c}, {"f": special.softmax(p)}


@checks("softmax.logs")
def _():
    f = rng().dirichlet(np.ones(N))
    for c in -2.0, 0.0, 3.0:
        yield {"f": f, "c": c}, {"p": lambda p, c=c: agrees(special.softmax(p), f) and agrees(special.logsumexp(p), c)}


@checks("softmax.temperature")
def _():
    p = rng().normal(size=N)
    for tau in 0.3, 1.0, 4.0:
        powers = special.softmax(p) ** (1 / tau)
        yield {"p": p, "tau": tau}, {"f": powers / powers.sum()}


@checks("softmax.limits")
def _():
    for p, k in (np.array([1.0, 3.0, 2.0, 3.0, -1.0]), 2), (np.arange(5.0), 1), (np.zeros(5), 5):
        cold, hot = special.softmax(p / 1e-3), special.softmax(p / 1e12)
        yield {"p": p, "k": k, "N": N}, {"cold": cold, "hot": hot}


@checks("softmax.hot")
def _():
    for p, tau in itertools.product(rng().normal(size=(5, N)), (0.2, 1.0, 9.0)):
        f = special.softmax(p / tau)
        bounds = {"lower": lambda low, f=f: low <= f.min(), "upper": lambda high, f=f: high >= f.max()}
        yield {"s": p.max() - p.min(), "tau": tau, "N": N}, bounds
    # Sharp where all logits are equal; and nothing but s/τ counts: two classes, one far ahead of all the others.
    yield {"s": 0.0, "tau": 2.0, "N": N}, {"lower": 1 / N, "upper": 1 / N}
    f = special.softmax(np.array([0.01] + [0.0] * 999))
    yield (
        {"s": 0.01, "tau": 1.0, "N": 1000},
        {"upper": lambda high: f[0] <= high < f[0] * (1 + 2e-5), "lower": f.min() / f[0] / 1000},
    )


@checks("softmax.sigmoid")
def _():
    t = rng().normal(size=(2, 3))
    pairs = np.stack([t, np.zeros_like(t)])
    yield {"t": t}, dict(zip(("s", "other"), special.softmax(pairs, axis=0)))


@checks("softmax.logit")
def _():
    t = rng().normal(size=(2, 3))
    yield {"f": special.expit(t)}, {"t": t}


@checks("softmax.batch")
def _():
    for rows in B, 1, N:
        P = rng().normal(size=(rows, N))
        yield {"P": P}, {"F": np.array([special.softmax(p) for p in P])}


# Stability


def exact_lse(p) -> float:
    """log-sum-exp with as many digits as one likes, and no shift."""
    return float(sum(Decimal(float(x)).exp() for x in p).ln())


EXTREMES = [
    np.array(p) for p in ([1000.0, 2000, 3000], [-1000.0, -1001, -1002], [0.5, -0.2, 1.0], [3.0, 1, 3], [7.0] * 3)
]


@checks("stability.shift")
def _():
    for p in EXTREMES:
        f = [float((Decimal(float(x)) - Decimal(exact_lse(p))).exp()) for x in p]
        top = max(p)
        yield {"p": p}, {"s": [x - top for x in p], "S": math.exp(exact_lse(p - top)), "f": f}


@checks("stability.lse-shift")
def _():
    for p, c in itertools.product(EXTREMES, (-3.0, 0.0, 500.0)):
        yield {"p": p, "c": c}, {"shifted": exact_lse(p + c)}


@checks("stability.lse")
def _():
    for p in EXTREMES:
        yield {"p": p}, {"lse": exact_lse(p)}


@checks("stability.lse-bounds")
def _():
    for p in EXTREMES:
        lse = exact_lse(p)
        yield (
            {"p": p, "N": len(p)},
            {"lower": lambda low, lse=lse: low <= lse, "upper": lambda high, lse=lse: lse <= high + 1e-9},
        )
    # Sharp below where one logit is far ahead, above where all are equal.
    yield {"p": np.array([90.0, 0, 0]), "N": 3}, {"lower": exact_lse([90.0, 0, 0])}
    yield {"p": np.full(9, 0.25), "N": 9}, {"upper": exact_lse([0.25] * 9)}


@checks("stability.log-softmax")
def _():
    for p in EXTREMES:
        yield {"p": p}, {"log_f": special.log_softmax(p)}


@checks("stability.loss")
def _():
    for p, z in itertools.product(EXTREMES, range(3)):
        yield {"p": p, "z": z}, {"L": exact_lse(p) - p[z]}


@checks("stability.loss-bounds")
def _():
    for p, z in itertools.product(EXTREMES, range(3)):
        L = -special.log_softmax(p)[z]
        bounds = {"lower": lambda low, L=L: low <= L, "upper": lambda high, L=L: L <= high + 1e-9}
        yield {"p": p, "z": z, "N": 3}, bounds
    yield {"p": np.array([90.0, 0, 0]), "z": 0, "N": 3}, {"lower": 0.0}
    yield {"p": np.full(9, 0.25), "z": 4, "N": 9}, {"upper": math.log(9)}


@checks("stability.lse-gradient")
def _():
    p = rng().normal(size=N)
    yield {"p": p}, {"dp": complex_step(lambda q: np.log(np.exp(q).sum()), p)}


@checks("stability.epsilon")
def _():
    p, z = np.array([0.0, 2.0, 5.0]), 0
    for eps in 1e-3, 1e-2, 1.0:
        slope = autograd.grad(lambda q, eps=eps: -anp.log(anp.exp(q[z] - differentiable_lse(q)) + eps))(p)
        dp = autograd.grad(lambda q: differentiable_lse(q) - q[z])(p)
        yield {"f": special.softmax(p), "z": z, "eps": eps, "dp": dp}, {"dp_eps": slope}


# The Jacobian


def softmax_jacobian(p):
    return autograd.jacobian(lambda q: anp.exp(q - differentiable_lse(q)))(p)


def log_softmax_jacobian(p):
    return autograd.jacobian(lambda q: q - differentiable_lse(q))(p)


@checks("jacobian.definition")
def _():
    mix = rng().normal(size=(M, N))

    def g(p):
        return anp.sin(mix @ p)

    p, v = rng().normal(size=N), 1e-5 * rng().normal(size=N)
    measured = numerical_jacobian_columns(lambda p: np.sin(mix @ p), p)

    def near(moved):
        return np.abs(moved - np.sin(mix @ (p + v))).max() < 1e-8

    yield {"p": p, "v": v, "g": g, "J": measured}, {"moved": near}
    # To first order it is exact: with a linear map nothing is left over.
    yield {"p": p, "v": 1e5 * v, "g": lambda p: mix @ p, "J": mix}, {"moved": mix @ (p + 1e5 * v)}


def numerical_jacobian_columns(g, p):
    return np.stack([(g(p + step) - g(p - step)) / 2e-5 for step in 1e-5 * np.eye(len(p))], axis=1)


@checks("jacobian.entry")
def _():
    p = rng().normal(size=N)
    yield {"f": special.softmax(p), "N": N}, {"J": softmax_jacobian(p)}


@checks("jacobian.matrix")
def _():
    p = rng().normal(size=N)
    yield {"f": special.softmax(p)}, {"J": softmax_jacobian(p)}


@checks("jacobian.sums")
def _():
    J = softmax_jacobian(rng().normal(size=N))
    yield {"J": J, "N": N}, {"skew": np.zeros((N, N)), "rows": np.zeros(N), "columns": np.zeros(N)}
    # What the code calls rows are rows: for log-softmax the columns do not sum to 0.
    J_log = log_softmax_jacobian(rng().normal(size=N))
    yield {"J": J_log, "N": N}, {"rows": np.zeros(N), "columns": J_log.sum(axis=0), "skew": lambda skew: skew.any()}


@checks("jacobian.variance")
def _():
    p, v = rng().normal(size=(2, N))
    yield {"f": special.softmax(p), "v": v}, {"variance": v @ softmax_jacobian(p) @ v}
    yield {"f": np.ones(N) / N, "v": v}, {"variance": v.var()}


@checks("jacobian.eigenvalues")
def _():
    for p in [*rng().normal(size=(9, N)), np.array([0.0, 0.0, -40, -40, -40])]:
        eigenvalues = np.linalg.eigvalsh(softmax_jacobian(p))

        def holds(bound, e=eigenvalues):
            return -1e-12 <= e.min() and e.max() <= bound + 1e-12 and bound <= 0.5

        yield {"f": special.softmax(p)}, {"bound": holds}
    # Sharp for two classes.
    p = np.array([0.3, -0.4])
    yield {"f": special.softmax(p)}, {"bound": np.linalg.eigvalsh(softmax_jacobian(p)).max()}


@checks("jacobian.lipschitz")
def _():
    for p, q in rng().normal(size=(9, 2, N)) * 3:
        gone = np.linalg.norm(special.softmax(q) - special.softmax(p))
        yield {"p": p, "q": q}, {"bound": lambda bound, gone=gone: gone <= bound}
    p, q = np.array([-1e-3, 1e-3]), np.array([1e-3, -1e-3])
    yield {"p": p, "q": q}, {"bound": np.linalg.norm(special.softmax(q) - special.softmax(p))}


@checks("jacobian.chain")
def _():
    p, mix, weights = rng().normal(size=N), rng().normal(size=(M, N)), rng().normal(size=M)
    outer, inner = lambda f: anp.sum(weights * f**3), lambda p: anp.sin(anp.dot(mix, p))
    measured = numerical_gradient(lambda p: outer(inner(p)), p).value
    yield {"J": autograd.jacobian(inner)(p), "df": autograd.grad(outer)(inner(p))}, {"dp": measured}


@checks("jacobian.jvp")
def _():
    p, v = rng().normal(size=(2, N))
    moved = complex_step(lambda t: np.exp(p[0] + t * v[0]) / np.exp(p + t * v).sum(), 0.0)
    yield (
        {"f": special.softmax(p), "v": v},
        {"Jv": lambda Jv: agrees(Jv, softmax_jacobian(p) @ v) and agrees(Jv[0], moved)},
    )


@checks("jacobian.vjp")
def _():
    P, G = rng().normal(size=(2, B, N))
    measured = complex_step(lambda Q: (G * np.exp(Q) / np.exp(Q).sum(axis=1, keepdims=True)).sum(), P)
    yield {"F": special.softmax(P, axis=1), "G": G}, {"dP": measured}


@checks("jacobian.log-entry")
def _():
    p = rng().normal(size=N)
    yield {"f": special.softmax(p), "N": N}, {"J_log": log_softmax_jacobian(p)}


@checks("jacobian.log-matrix")
def _():
    p = rng().normal(size=N)
    yield {"f": special.softmax(p), "N": N}, {"J_log": log_softmax_jacobian(p), "twice": log_softmax_jacobian(p)}


@checks("jacobian.log-products")
def _():
    p, v, g = rng().normal(size=(3, N))
    J = log_softmax_jacobian(p)
    yield {"f": special.softmax(p), "v": v, "g": g}, {"Jv": J @ v, "JTg": J.T @ g}


# Checking gradients


@checks("gradient_checking.forward")
def _():
    # Of the cube the difference is known exactly: 3x² + 3xh + h².
    for x, h in (0.7, 1e-2), (-1.3, 0.5), (2.0, -0.25):
        yield {"f": lambda x: x**3, "x": x, "h": h}, {"D": 3 * x**2 + 3 * x * h + h**2}


@checks("gradient_checking.central")
def _():
    for x, h in (0.7, 1e-2), (-1.3, 0.5), (2.0, 0.25):
        yield {"f": lambda x: x**3, "x": x, "h": h}, {"D": 3 * x**2 + h**2}


@checks("gradient_checking.jacobian")
def _():
    p, mix = rng().normal(size=N), rng().normal(size=(M, N))
    J = autograd.jacobian(lambda p: anp.sin(anp.dot(mix, p)))(p)
    for j in range(N):

        def column(found, j=j):
            return np.abs(found - J[:, j]).max() < 1e-8

        yield {"g": lambda p: np.sin(mix @ p), "p": p, "h": 1e-5, "N": N, "j": j}, {"column": column}


@checks("gradient_checking.truncation")
def _():
    # Sharp for the square and the cube; true for the exponential, whose derivatives are at most e^(x+h) nearby.
    for x, h in (0.5, 0.1), (-1.0, 0.3):
        forward, central = ((x + h) ** 2 - x**2) / h - 2 * x, ((x + h) ** 3 - (x - h) ** 3) / (2 * h) - 3 * x**2
        yield {"M2": 2, "M3": 6, "h": h}, {"forward": forward, "central": central}
        most = math.exp(x + h)
        errors = (math.exp(x + h) - math.exp(x)) / h - math.exp(x), math.exp(x) * (math.sinh(h) / h - 1)
        bounds = [lambda bound, error=error: error <= bound for error in errors]
        yield {"M2": most, "M3": most, "h": h}, dict(zip(("forward", "central"), bounds))


@checks("gradient_checking.rounding")
def _():
    # Two values that are wrong by delta, in the worst way.
    for delta, h in (1e-3, 0.1), (0.02, 0.5):
        worst = max(abs(a - b) / (2 * h) for a, b in itertools.product((-delta, 0, delta), repeat=2))
        yield {"delta": delta, "h": h}, {"error": worst}


@checks("gradient_checking.step")
def _():
    for delta, M2, M3 in (1e-3, 2.0, 5.0), (0.04, 0.7, 0.9):
        errors = {
            "forward": lambda h, d=delta, m=M2: m * h / 2 + 2 * d / h,
            "central": lambda h, d=delta, m=M3: m * h**2 / 6 + d / h,
        }
        expected = {}
        for kind, error in errors.items():
            best = optimize.minimize_scalar(error, bounds=(1e-4, 5), method="bounded", options={"xatol": 1e-12})
            expected |= {f"h_{kind}": lambda h, best=best: abs(h - best.x) < 1e-5, f"E_{kind}": best.fun}
        yield {"delta": delta, "M2": M2, "M3": M3}, expected


@checks("gradient_checking.complex")
def _():
    for f, slope in (
        (np.exp, np.exp),
        (np.sin, np.cos),
        (lambda x: x**3 / (1 + x), lambda x: x**2 * (2 * x + 3) / (1 + x) ** 2),
    ):
        yield {"f": f, "x": 0.7, "h": 1e-20}, {"slope": slope(0.7)}
    # What is left over for a large h: of the exponential, e^x sin(h)/h, so -h²/6 times the third derivative first.
    yield {"f": np.exp, "x": 0.7, "h": 0.5}, {"slope": math.exp(0.7) * math.sin(0.5) / 0.5}


@checks("gradient_checking.relative")
def _():
    def slowly(a, n):
        pairs = zip(map(Fraction, a.ravel()), map(Fraction, n.ravel()))
        return float(max(Fraction(0) if x == y == 0 else abs(x - y) / max(abs(x), abs(y)) for x, y in pairs))

    for a, n in (
        (np.array([[1.0, 2], [0, -3]]), np.array([[1.0, 1.9], [0, -3.2]])),
        (np.array([1e-9, 5.0]), np.array([2e-9, 5.0])),
        (np.array([2.0]), np.array([-2.0])),
        (np.zeros(2), np.zeros(2)),
    ):
        yield (
            {"a": a, "n": n},
            {
                "r": slowly(a, n),
                "size": np.array([max(abs(x), abs(y)) for x, y in zip(a.flat, n.flat)]).reshape(a.shape),
            },
        )


@checks("gradient_checking.kink")
def _():
    for x, h in (0.0, 0.1), (0.05, 0.1), (-0.08, 0.1), (0.2, 0.3):
        yield {"x": x, "h": h}, {"D": (max(x + h, 0) - max(x - h, 0)) / (2 * h)}


@checks("gradient_checking.projection")
def _():
    x, u = rng().normal(size=(2, N))

    def f(x):
        return anp.sum(anp.sin(x) * x)

    yield {"f": f, "x": x, "u": u, "h": 1e-5}, {"slope": autograd.grad(f)(x) @ u}


@checks("gradient_checking.miss")
def _():
    for t in 0.01, 0.5, 2.0:
        chance = stats.norm.cdf(t) - stats.norm.cdf(-t)
        yield {"t": t}, {"bound": lambda bound, chance=chance: chance <= bound}
    # Sharp for small t: the slope of the true probability at 0.
    yield {"t": 1e-4}, {"bound": lambda bound: abs(bound / (2 * stats.norm.cdf(1e-4) - 1) - 1) < 1e-6}


# Network


def slow_layer(X, W, b):
    return np.array([[b[j] + math.fsum(x * w for x, w in zip(row, W[:, j])) for j in range(len(b))] for row in X])


@checks("network.layer-entry")
def _():
    x, W, b = rng().normal(size=N), rng().normal(size=(N, T)), rng().normal(size=T)
    for j in range(T):
        yield {"x": x, "W": W, "b": b, "j": j}, {"p_j": slow_layer([x], W, b)[0, j]}


@checks("network.layer")
def _():
    for rows in B, 1, N:
        X, W, b = rng().normal(size=(rows, N)), rng().normal(size=(N, T)), rng().normal(size=T)
        P = slow_layer(X, W, b)
        yield {"X": X, "x": X[0], "W": W, "b": b}, {"p": P[0], "P": P}


@checks("network.one-hot")
def _():
    for z in [2, 0, 1, 2], [1, 1, 0, 0]:
        yield {"z": np.array(z), "T": T}, {"Y": np.array([[float(j == label) for j in range(T)] for label in z])}


@checks("network.collapse")
def _():
    g = rng()
    W1, b1, W2, b2 = g.normal(size=(N, M)), g.normal(size=M), g.normal(size=(M, T)), g.normal(size=T)

    def both(X):
        return slow_layer(slow_layer(X, W1, b1), W2, b2)

    at_zero = both(np.zeros((1, N)))[0]
    yield {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, {"W": both(np.eye(N)) - at_zero, "b": at_zero}


@checks("network.relu")
def _():
    a = rng().normal(size=(3, 4))
    a[1, 2] = 0
    yield {"a": a}, {"h": np.array([[x if x > 0 else 0.0 for x in row] for row in a])}


SIZES = [N, 7, M, T]


def network():
    g = rng()
    params = [(g.normal(size=(n, k)), g.normal(size=k)) for n, k in zip(SIZES, SIZES[1:])]
    return params, g.normal(size=(B, N)), np.eye(T)[[2, 0, 1, 2]]


@checks("network.layers")
def _():
    params, X, _ = network()
    H = X
    for W, b in params:
        A = slow_layer(H, W, b)
        H = np.array([[x if x > 0 else 0.0 for x in row] for row in A])
    yield {"H": X, "params": params}, {"A": A, "P": A, "F": special.softmax(A, axis=1)}


@checks("network.count")
def _():
    for sizes in SIZES, [784, 64, 10], [3, 2]:
        arrays = [np.zeros(shape) for n, k in itertools.pairwise(sizes) for shape in ((n, k), (k,))]
        yield {"sizes": sizes}, {"count": sum(array.size for array in arrays)}


@checks("network.variance")
def _():
    # Weights of plus and minus sigma are the smallest symmetric example: all 2^N cases, no chance.
    h, sigma = rng().normal(size=N), 0.6
    cases = [max(0, sigma * (np.array(signs) @ h)) ** 2 for signs in itertools.product((-1, 1), repeat=N)]
    q = (h**2).mean()
    kept = optimize.brentq(lambda v: v / sigma**2 * np.mean(cases) - q, 1e-3, 5)
    yield {"N": N, "sigma": sigma, "q": q}, {"expected": np.mean(cases), "variance": kept}


# Backpropagation


def cross_entropy(P, Y):
    """The mean loss, by its definition, in functions that autograd knows."""
    return -anp.mean(anp.sum(Y * (P - differentiable_lse(P, axis=1, keepdims=True)), axis=1))


@checks("backprop.loss")
def _():
    F, z = rng().dirichlet(np.ones(T), size=B), np.array([2, 0, 1, 2])
    yield {"F": F, "z": z, "B": B}, {"L": -math.log(math.prod(F[r, z[r]] for r in range(B))) / B}


@checks("backprop.one-hot")
def _():
    f, soft = rng().dirichlet(np.ones(T), size=2)
    yield {"y": np.eye(T)[1], "f": f}, {"L": -math.log(f[1])}
    yield {"y": soft, "f": f}, {"L": stats.entropy(soft) + stats.entropy(soft, f)}


@checks("backprop.probs")
def _():
    f = rng().dirichlet(np.ones(T))
    for z in range(T):
        yield {"y": np.eye(T)[z], "f": f}, {"df": complex_step(lambda f, z=z: -np.log(f[z]), f)}


@checks("backprop.logits")
def _():
    p = rng().normal(size=T)
    for y in *np.eye(T), np.array([0.1, 0.7, 0.2]):
        slope = complex_step(lambda q, y=y: -(y * np.log(np.exp(q) / np.exp(q).sum())).sum(), p)
        yield {"f": special.softmax(p), "y": y}, {"dp": slope}


@checks("backprop.batch")
def _():
    P, Y = rng().normal(size=(B, T)), np.eye(T)[[2, 0, 1, 2]]
    yield {"F": special.softmax(P, axis=1), "Y": Y, "B": B}, {"dP": autograd.grad(cross_entropy)(P, Y)}


@checks("backprop.weights")
def _():
    x, W, b = rng().normal(size=N), rng().normal(size=(N, T)), rng().normal(size=T)
    y = np.eye(T)[1]

    def loss(W, b):
        return cross_entropy((anp.dot(W.T, x) + b)[None], y[None])

    f = special.softmax(W.T @ x + b)
    yield {"x": x, "f": f, "y": y}, {"dW": autograd.grad(loss, 0)(W, b), "db": autograd.grad(loss, 1)(W, b)}


@checks("backprop.inputs")
def _():
    x, W, target = rng().normal(size=N), rng().normal(size=(N, T)), rng().normal(size=T)
    p = W.T @ x
    slope = numerical_gradient(lambda x: ((W.T @ x - target) ** 2).sum(), x).value
    yield {"W": W, "dp": 2 * (p - target)}, {"dx": slope}


@checks("backprop.linear")
def _():
    for rows in B, 1:
        X, W, b = rng().normal(size=(rows, N)), rng().normal(size=(N, T)), rng().normal(size=T)
        G = rng().normal(size=(rows, T))

        def loss(X, W, b, G=G):
            return anp.sum(G * (anp.dot(X, W) + b))

        dX, dW, db = (autograd.grad(loss, k)(X, W, b) for k in range(3))
        yield {"X": X, "W": W, "dP": G}, {"dW": dW, "db": db, "dX": dX}


@checks("backprop.relu")
def _():
    A, dH = rng().normal(size=(2, B, N))
    yield {"A": A, "dH": dH}, {"dA": numerical_gradient(lambda A: (dH * np.maximum(A, 0)).sum(), A).value}


@checks("backprop.network")
def _():
    params, X, Y = network()

    def forward(params):
        inputs = [X]
        for W, b in params[:-1]:
            inputs.append(anp.maximum(0, anp.dot(inputs[-1], W) + b))
        return inputs, anp.dot(inputs[-1], params[-1][0]) + params[-1][1]

    inputs, P = forward(params)
    right = autograd.grad(lambda params: cross_entropy(forward(params)[1], Y))(params)

    def all_agree(grads):
        return all(agrees(got, want) for g, r in zip(grads, right) for got, want in zip(g, r))

    dA = (special.softmax(P, axis=1) - Y) / B
    # In its last round the loop goes on to X, as if there were a ReLU; nobody reads that.
    yield {"params": params, "inputs": inputs, "dA": dA}, {"grads": all_agree}


@checks("backprop.step")
def _():
    theta, curvatures = rng().normal(size=N), np.arange(1.0, N + 1)

    def L(theta):
        return (curvatures * theta**2).sum() / 2

    g = autograd.grad(L)(theta)
    # Of a bowl the ratio is known for every step: 1 - η g·Λg / 2 g·g.
    for eta in 0.3, 1e-2, 1e-4:
        ratio = 1 - eta * (g @ (curvatures * g)) / (2 * (g @ g))
        moved = (1 - eta * curvatures) * theta
        yield {"theta": theta, "eta": eta, "g": g, "L": L}, {"moved": moved, "ratio": ratio}
    yield {"theta": theta, "eta": 1e-7, "g": g, "L": L}, {"ratio": lambda ratio: abs(ratio - 1) < 1e-5}


# Losses


@checks("losses.mean")
def _():
    a, y = rng().normal(size=(2, N))
    slope = complex_step(lambda a: np.log(np.cosh(a - y)).mean(), a)
    yield {"a": a, "y": y, "n": N, "slope_of_rho": np.tanh}, {"da": slope}


@checks("losses.density")
def _():
    a, y = rng().normal(size=(2, N))
    sigma = 0.7
    # A distance with the Gaussian's width in it, and one with Laplace's.
    for rho, s, density in (
        (np.square, 2 * sigma**2, stats.norm(a, sigma).pdf(y)),
        (np.abs, sigma, stats.laplace(a, sigma).pdf(y)),
    ):
        Z = integrate.quad(lambda d, rho=rho, s=s: np.exp(-rho(d) / s), -30, 30, points=[0])[0]
        yield {"a": a, "y": y, "rho": rho, "s": s, "Z": Z}, {"q": density}


@checks("losses.squared")
def _():
    a, y = rng().normal(size=(2, N))
    slope = complex_step(lambda a: ((a - y) ** 2).mean(), a)
    yield {"a": a, "y": y, "n": N}, {"L": spatial.distance.sqeuclidean(a, y) / N, "da": slope}


@checks("losses.absolute")
def _():
    a, y = rng().normal(size=(2, N))
    slope = numerical_gradient(lambda a: np.abs(a - y).mean(), a).value
    yield {"a": a, "y": y, "n": N}, {"L": spatial.distance.cityblock(a, y) / N, "da": slope}


@checks("losses.constants")
def _():
    y = np.array([1, 2, 2.5, 4, 20])
    squared = optimize.minimize_scalar(
        lambda c: ((c - y) ** 2).sum(), bounds=(0, 30), method="bounded", options={"xatol": 1e-9}
    ).x
    absolute = optimize.minimize_scalar(
        lambda c: np.abs(c - y).sum(), bounds=(0, 30), method="bounded", options={"xatol": 1e-9}
    ).x
    yield {"y": y}, {"c_squared": squared, "c_absolute": lambda c: abs(c - absolute) < 1e-6}


@checks("losses.subgradient")
def _():
    e = np.linspace(-2, 2, 41)
    for d, g in (0.0, -1.0), (0.0, 0.3), (0.0, 1.0), (1.2, 1.0), (-0.7, -1.0):
        touches = np.interp(d, e, np.abs(e))

        def below(line, d=d, t=touches):
            return (line <= np.abs(e) + 1e-12).all() and abs(np.interp(d, e, line) - t) < 1e-9

        yield {"rho": abs, "d": d, "g": g, "e": e}, {"line": below}


@checks("losses.huber")
def _():
    d = np.array([-3.0, -1, -0.4, 0, 0.2, 0.9, 5])
    for delta in 1.0, 0.5:
        slope = numerical_gradient(lambda d, delta=delta: special.huber(delta, d).sum(), d + 1e-3).value
        yield {"d": d, "delta": delta}, {"rho": special.huber(delta, d), "slope": lambda slope: True}
        yield {"d": d + 1e-3, "delta": delta}, {"rho": special.huber(delta, d + 1e-3), "slope": slope}


@checks("losses.hinge")
def _():
    for s in [2.0, 1.5, 0.0, 3.2], [0.1, -0.4, 0.3, 5.0], [9.0, 1.0, 2.5, 3.7]:
        s = np.array(s)
        for z in range(4):

            def slowly(s, z=z):
                return sum(max(0.0, s[j] - s[z] + 1) for j in range(4) if j != z)

            missing = [s[j] - s[z] + 1 for j in range(4) if j != z]
            yield (
                {"s": s, "z": z, "T": 4},
                {"missing": missing, "L": slowly(s), "ds": numerical_gradient(slowly, s).value},
            )


@checks("losses.cosine")
def _():
    a, y = rng().normal(size=(2, D))

    def distance(a):
        return 1 - anp.dot(a, y) / anp.sqrt(anp.dot(a, a) * anp.dot(y, y))

    L = spatial.distance.cosine(a, y)
    yield {"a": a, "y": y}, {"length": math.hypot(*a), "c": 1 - L, "L": L, "da": autograd.grad(distance)(a)}


@checks("losses.focal")
def _():
    p, z = rng().normal(size=T), 1
    y, f = np.eye(T)[z], special.softmax(p)
    for gamma in 0.0, 0.5, 2.0:

        def focal(p, gamma=gamma):
            log_f = p[z] - differentiable_lse(p)
            return -((1 - anp.exp(log_f)) ** gamma) * log_f

        dp = autograd.grad(focal)(p)
        yield {"f": f, "y": y, "z": z, "gamma": gamma}, {"L": focal(p), "w": dp[0] / f[0], "dp": dp}


# Training


@checks("training.accuracy")
def _():
    for a, n in (0.97, 597), (0.5, 10):
        yield {"a": a, "n": n}, {"deviation": stats.binom(n, a).std() / n}


@checks("training.noise")
def _():
    # All sets of B out of n, no chance.
    g = rng().normal(size=(6, 3))
    sigma = math.sqrt(((g - g.mean(axis=0)) ** 2).sum() / 6)
    for size in 1, 2, 5, 6:
        means = [g[list(chosen)].mean(axis=0) for chosen in itertools.combinations(range(6), size)]
        yield {"sigma": sigma, "B": size, "n": 6}, {"noise": ((means - g.mean(axis=0)) ** 2).sum(axis=1).mean()}


@checks("training.rate")
def _():
    curvatures = np.array([0.5, 1.0, 3.0])

    def slowest(eta):
        return np.abs(1 - eta * curvatures).max()

    best = optimize.minimize_scalar(slowest, bounds=(0.01, 1), method="bounded", options={"xatol": 1e-12})
    limit = optimize.brentq(lambda eta: slowest(eta) - 1, 0.4, 2)

    def near(eta):
        return abs(eta - best.x) < 1e-6

    yield (
        {"curvatures": curvatures},
        {"limit": limit, "eta": near, "kappa": 6.0, "factor": lambda x: abs(x - best.fun) < 1e-6},
    )


@checks("training.momentum")
def _():
    # The same ball, told by its places alone: the last step goes on, beta times, and the gradient is added.
    w, before, g = rng().normal(size=(3, N))
    beta, eta = 0.9, 0.1
    after = w - eta * g + beta * (w - before)
    yield {"w": w, "v": (before - w) / eta, "g": g, "beta": beta, "eta": eta}, {"w": after, "v": (w - after) / eta}


@checks("training.window")
def _():
    def shrink(product, beta):
        """The factor per step, from the matrix that takes (w, v) one step further; product is ηλ."""
        return np.abs(np.linalg.eigvals([[1 - product, -beta], [product, beta]])).max()

    for beta, kappa in (0.81, 10.0), (0.25, 4.0):

        def inside(product, beta=beta):
            return shrink(product, beta) <= math.sqrt(beta) + 1e-6

        def edge(inner, outer, inside=inside):
            return inside(inner) and not inside(outer)

        def lower(low, edge=edge):
            return edge(low + 1e-5, low - 1e-5)

        def upper(high, edge=edge):
            return edge(high - 1e-5, high + 1e-5)

        # The least root of beta is the one whose window is just as wide as the curvatures are apart.
        def wide(root, k=kappa):
            return ((1 + root) / (1 - root)) ** 2 - k

        least = optimize.brentq(wide, 0, 0.99)
        yield {"beta": beta, "kappa": kappa}, {"lower": lower, "upper": upper, "least": least}


@checks("training.disguise")
def _():
    g, v = rng().normal(size=N), np.zeros(N)
    for _ in range(400):
        v = 0.9 * v + g
    yield {"g": g, "eta": 0.1, "beta": 0.9}, {"step": -0.1 * v}


# Automatic differentiation


def pulls(operation, arrays, G):
    """The gradients of sum(G * operation(*arrays)), by somebody else's machine."""

    def loss(*arrays):
        return anp.sum(G * operation(*arrays))

    return [autograd.grad(loss, k)(*arrays) for k in range(len(arrays))]


def positive(*shape):
    return rng().uniform(0.5, 2, size=shape)


@checks("autodiff.add")
def _():
    X, Y, G = rng().normal(size=(3, B, N))
    dA, plus = pulls(lambda A, B: A + B, (X, Y), G)
    _, minus = pulls(lambda A, B: A - B, (X, Y), G)
    yield {"G": G}, {"dA": dA, "dB_plus": plus, "dB_minus": minus}


@checks("autodiff.multiply")
def _():
    X, Y, G = rng().normal(size=(3, B, N))
    dA, dB = pulls(lambda A, B: A * B, (X, Y), G)
    yield {"A": X, "B": Y, "G": G}, {"dA": dA, "dB": dB}


@checks("autodiff.exp")
def _():
    A, G = rng().normal(size=(2, B, N))
    yield {"C": np.exp(A), "G": G}, {"dA": pulls(anp.exp, (A,), G)[0]}


@checks("autodiff.log")
def _():
    A, G = positive(B, N), rng().normal(size=(B, N))
    yield {"A": A, "G": G}, {"dA": pulls(anp.log, (A,), G)[0]}


@checks("autodiff.sum")
def _():
    yield {"A": positive(B, N), "g": 1.7}, {"dA": pulls(anp.sum, (positive(B, N),), 1.7)[0]}


@checks("autodiff.matmul")
def _():
    X, Y, G = rng().normal(size=(B, N)), rng().normal(size=(N, T)), rng().normal(size=(B, T))
    dA, dB = pulls(anp.dot, (X, Y), G)
    yield {"A": X, "B": Y, "G": G}, {"dA": dA, "dB": dB}


@checks("autodiff.forks")
def _():
    # v is used three times: twice in a product with itself, and in a map whose Jacobian is not symmetric.
    v, mix, weights = rng().normal(size=N), rng().normal(size=(M, N)), rng().normal(size=N)

    def loss(v):
        return np.sum(weights * v * v) + np.sum((mix @ np.sin(v)) ** 2)

    uses = [(np.diag(v), weights), (np.diag(v), weights), (mix * np.cos(v), 2 * mix @ np.sin(v))]
    yield {"uses": uses}, {"dv": numerical_gradient(loss, v).value}


@checks("autodiff.broadcast")
def _():
    for small, large in ((T,), (B, T)), ((B, 1), (B, T)), ((1, T), (2, B, T)), ((), (B, T)):
        A, dC = rng().normal(size=small), rng().normal(size=large)
        zeros = np.zeros(large)
        beta = np.broadcast_to(np.arange(A.size).reshape(small), large)
        yield {"A": A, "dC": dC, "beta": beta}, {"dA": pulls(lambda A, zeros=zeros: A + zeros, (A,), dC)[0]}


@checks("autodiff.checkpoints")
def _():
    for r, n in (3, 64), (1, 100):

        def arrays(k, r=r, n=n):
            return k + r * (n / k)

        best = optimize.minimize_scalar(arrays, bounds=(1, 60), method="bounded", options={"xatol": 1e-9}).x
        yield {"r": r, "n": n, "k": 8}, {"arrays": arrays(8), "best": lambda k, best=best: abs(k - best) < 1e-4}


# The tests


def test_every_chapter_is_on_the_sheet_and_the_page_prints_each():
    # The capstone asks for what the chapters teach, and teaches no formula of its own.
    assert list(TABLE) == [name for name in EXERCISES if name != "capstone"]
    page = (ROOT / "book" / "formulas.md").read_text("utf-8")
    assert re.findall(r"^```\{formulas\} (\w+)$", page, re.MULTILINE) == list(TABLE)


def test_every_formula_has_a_check_and_every_check_a_formula():
    assert list(SHEET) == list(CHECKS)


@pytest.mark.parametrize("name", SHEET)
def test_the_formula_gives_what_its_oracle_says(name):
    for given, expected in CHECKS[name]():
        found = evaluate(SHEET[name], given)
        for defined, value in expected.items():
            assert agrees(found[defined], value), (defined, found[defined], value, given)


@pytest.mark.parametrize("name", SHEET)
def test_every_name_that_a_formula_defines_is_looked_at(name):
    looked_at = set().union(*(expected for _, expected in CHECKS[name]()))
    defined = set(re.findall(r"^(\w+) = ", SHEET[name]["code"], re.MULTILINE))
    assert defined and defined <= looked_at


@pytest.mark.parametrize("name", SHEET)
def test_no_check_lets_a_wrong_number_pass(name):
    """Each defined number in turn is a thousandth off or has the wrong sign; where it is 0, it is off by a little."""
    cases = [(evaluate(SHEET[name], given), expected) for given, expected in CHECKS[name]()]

    def spoilt(value, factor):
        if isinstance(value, list):
            return [tuple(spoilt(part, factor) for part in pair) for pair in value]
        return np.asarray(value) * factor + (np.asarray(value) == 0) * 1e-3

    for factor in 1.001, 0.999, -1:
        for defined in set().union(*(expected for _, expected in cases)):
            judged = [
                agrees(spoilt(found[defined], factor), expected[defined])
                for found, expected in cases
                if defined in expected
            ]
            assert not all(judged), (defined, factor)


@pytest.mark.parametrize("name", SHEET)
def test_the_arrays_have_the_shapes_that_the_sheet_says(name):
    for given, _ in CHECKS[name]():
        found, sizes = evaluate(SHEET[name], given), {}
        for array, claim in SHEET[name]["shapes"].items():
            # What a formula is given keeps the shape that it was given with.
            actual = np.shape(given.get(array, found[array]))
            if claim.startswith("as "):
                assert actual == np.shape(given.get(claim[3:], found.get(claim[3:]))), array
            elif claim != "any":
                letters = re.findall(r"\w+", claim)
                assert len(letters) == len(actual), (array, claim, actual)
                for letter, size in zip(letters, actual):
                    assert sizes.setdefault(letter, size) == size, (array, claim, actual)


# What the sheet has to do with the chapters


def bare(tex) -> str:
    """TeX without what only places it: spaces, alignment, sizes of brackets, shapes under letters, braces."""
    tex = re.sub(r"\\underset\{[^{}]*(?:\{[^{}]*\})?[^{}]*\}", "", tex)
    tex = re.sub(r"\\\\(\[\w+\])?|&|\\(?:bigl|bigr|Bigl|Bigr|big|quad|qquad|small|left|right)\b|\\[,;! ]", "", tex)
    return re.sub(r"[\s{}]", "", re.sub(r"\\[td]frac", r"\\frac", tex))


def chains(text):
    """The equations of a text as lists of sides: a = b = c, on one line or on several, is [a, b, c]."""
    for block in re.findall(r"\$\$(.*?)\$\$|```\{math\}\n(.*?)```|(?<!\$)\$([^$]+)\$(?!\$)", text, re.DOTALL):
        block = re.sub(r"^:label:.*$|\\(?:begin|end)\{\w+\}(\{\d\})?", "", "".join(block), flags=re.MULTILINE)
        block = re.sub(r"\\\\(?:\[\w+\])?\s*&?\s*(?:\\quad\s*)?=", "=", block)
        for line in re.split(r"\\\\|(?:,\s*\\qquad)", block):
            yield [bare(side.split(r"&& ")[0]).rstrip(".,") for side in line.split("=")]


WHOLE = bare("".join(CHAPTERS.values()))
ALL_CHAINS = [chain for text in CHAPTERS.values() for chain in chains(text)]


def is_written(row, whole=WHOLE, equations=ALL_CHAINS) -> bool:
    """Whether the text says it, as it stands or as two sides of a longer chain."""
    sides = [bare(side) for side in row.split("=")]
    as_it_stands = re.search(re.escape(bare(row)) + r"(?![\^_'])", whole)
    return bool(as_it_stands) or (
        len(sides) > 1 and any(all(side in rest for side in sides) for rest in map(iter, equations))
    )


@pytest.mark.parametrize("name", SHEET)
def test_the_formula_is_written_as_in_the_book(name):
    for row in SHEET[name]["tex"].strip().splitlines():
        assert is_written(row), row


def test_a_sign_that_differs_from_the_chapter_is_noticed():
    assert is_written(r"\frac{\partial L}{\partial p_j} = f_j - y_j") and is_written(r"J v = f \odot (v - f^\top v)")
    assert not is_written(r"\frac{\partial L}{\partial p_j} = y_j - f_j")
    assert not is_written(r"J v = f \odot (v + f^\top v)")


@pytest.mark.parametrize("name", SHEET)
def test_the_link_goes_to_the_chapter_of_the_formula(name):
    label, chapter = SHEET[name]["proved"], name.partition(".")[0]
    places = rf"^\({label}\)=$|:label: {label}$|^ *\$\$ \({label}\)$"
    homes = [home for home, text in CHAPTERS.items() if re.search(places, text, re.MULTILINE)]
    # The central difference of a Jacobian is introduced where the first Jacobian is checked.
    assert homes == [chapter] or (name, homes) == ("gradient_checking.jacobian", ["jacobian"])


LABELLED = re.compile(
    r"\$\$((?:(?!\$\$).)*?)\$\$ \((eq-[\w-]+)\)|```\{math\}\n:label: (eq-[\w-]+)\n(.*?)```", re.DOTALL
)


def test_every_labelled_equation_is_on_the_sheet_or_known_to_be_a_step():
    rows = [row for formula in SHEET.values() for row in formula["tex"].strip().splitlines()]
    proofs = {formula["proved"] for formula in SHEET.values()}
    missing = set()
    for text in CHAPTERS.values():
        for dollars, dollar_label, other_label, other in LABELLED.findall(text):
            label, block = dollar_label or other_label, dollars or other
            sides = list(chains(f"$${block}$$"))
            if label not in proofs and not any(is_written(row, bare(block), sides) for row in rows):
                missing.add(label)
    assert missing == set(STEPS)
