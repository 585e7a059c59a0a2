"""The answers of the banks under other people's gradient checkers, each used as its documentation says.

    python benchmarks/peers.py OUT.json

Runs in an environment that has the checkers (requirements-accuracy.txt); one that is missing is said to be missing.
Each answer is the backward pass of a custom function of the framework, whose forward pass is the definition, in
float64, at one typical point: standard normal numbers from a seed, of the shapes B, N, T = 4, 5, 3 (probabilities are
their softmax).

Defaults are kept, but for these: JAX and HIPS check first derivatives in reverse mode alone, since a student's answer
has no second one; SciPy takes scalar functions, so that outputs are summed with normal weights.
"""

import importlib
import importlib.metadata
import json
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from autograder import misconceptions

# The exercises whose functions are gradients.
EXERCISES = ("jacobian", "backprop")
B, N, T = 4, 5, 3
SIZES = (5, 7, 3)
RNG = np.random.default_rng(0)
# CS231n's notes: below 1e-7 be happy, above 1e-2 it is probably wrong; 1e-5 lies between.
CS231N = 1e-5
# SciPy's documentation names no limit for what check_grad returns.
CHECK_GRAD = 1e-6


def softmax(P):
    E = np.exp(P - P.max(axis=-1, keepdims=True))
    return E / E.sum(axis=-1, keepdims=True)


def log_softmax(P):
    return P - np.logaddexp.reduce(P, axis=-1, keepdims=True)


def mean_loss(P, Y):
    return -np.mean(np.sum(Y * log_softmax(P), axis=-1))


def layers(*flat):
    return list(zip(flat[0::2], flat[1::2]))


def logits(params, X):
    for W, b in params[:-1]:
        X = np.maximum(X @ W + b, 0.0)
    return X @ params[-1][0] + params[-1][1]


def backpropagated(params, X, Y):
    kept, found = [X], []
    for W, b in params[:-1]:
        kept.append(np.maximum(kept[-1] @ W + b, 0.0))
    error = (softmax(kept[-1] @ params[-1][0] + params[-1][1]) - Y) / len(X)
    for H, (W, _) in zip(kept[::-1], params[::-1]):
        found.insert(0, (H.T @ error, error.sum(axis=0)))
        error = (error @ W.T) * (H > 0)
    return found


@dataclass(frozen=True)
class Problem:
    """What a gradient checker is given for one function of the exercises.

    point      the arrays with respect to which the slope is taken
    forward    point -> value, an array or a number: the definition
    pull       answer, point, upstream -> gradients, one for each array of the point
    reference  the right answer of the function of the exercise at `point`, given the same way as to `pull`
    """

    point: tuple
    forward: Callable
    pull: Callable
    reference: Callable

    def gradients(self, answer: Callable, upstream, point=None) -> list[np.ndarray]:
        """The gradients of `answer` as float64 arrays, of the shapes in which they came."""
        found = self.pull(answer, point or tuple(x.copy() for x in self.point), upstream)
        return [np.asarray(g, dtype=float) for g in found]


def only(answer_of: Callable, transform=lambda J, u: J) -> Callable:
    return lambda answer, point, u: [transform(np.asarray(answer_of(answer, point, u), dtype=float), u)]


def of_layers(answer, point, u):
    found = [part for layer in answer(layers(*point), X, Y) for part in layer]
    if len(found) != len(point):
        raise ValueError("the number of gradients is wrong")
    return [u * np.asarray(part, dtype=float) for part in found]


def of_last_layer(answer, point, u):
    _, dW, db = answer(X, *point, Y)
    return [u * np.asarray(dW, dtype=float), u * np.asarray(db, dtype=float)]


def three(answer, point, u):
    dX, dW, db = answer(point[0], point[1], u)
    return [dX, dW, db]


X, Y, y = RNG.normal(size=(B, N)), np.eye(T)[RNG.integers(0, T, size=B)], np.eye(N)[2]
NET = tuple(a for n, m in zip(SIZES, SIZES[1:]) for a in (RNG.normal(size=(n, m)), RNG.normal(size=m)))
PROBLEMS = {
    "softmax_jacobian": Problem(
        (RNG.normal(size=N),),
        softmax,
        only(lambda answer, point, u: answer(*point), lambda J, u: J.T @ u),
        lambda p: np.diag(softmax(p)) - np.outer(softmax(p), softmax(p)),
    ),
    "softmax_vjp": Problem(
        (RNG.normal(size=(B, N)),),
        softmax,
        only(lambda answer, point, u: answer(*point, u)),
        lambda P, G: softmax(P) * (G - np.sum(softmax(P) * G, axis=1, keepdims=True)),
    ),
    "log_softmax_jacobian": Problem(
        (RNG.normal(size=N),),
        log_softmax,
        only(lambda answer, point, u: answer(*point), lambda J, u: J.T @ u),
        lambda p: np.eye(len(p)) - softmax(p)[None, :],
    ),
    "grad_probs": Problem(
        (softmax(RNG.normal(size=N)),),
        lambda f: -np.sum(y * np.log(f)),
        only(lambda answer, point, u: answer(*point, y), lambda g, u: u * g),
        lambda f, y: -y / f,
    ),
    "grad_logits": Problem(
        (RNG.normal(size=(B, T)),),
        lambda P: mean_loss(P, Y),
        only(lambda answer, point, u: answer(*point, Y), lambda g, u: u * g),
        lambda P, Y: (softmax(P) - Y) / len(P),
    ),
    "linear_backward": Problem(
        (X, RNG.normal(size=(N, T)), RNG.normal(size=T)),
        lambda X, W, b: X @ W + b,
        three,
        lambda X, W, dP: (dP @ W.T, X.T @ dP, dP.sum(axis=0)),
    ),
    "relu_backward": Problem(
        (RNG.normal(size=(B, N)),),
        lambda A: np.maximum(A, 0.0),
        only(lambda answer, point, u: answer(*point, u)),
        lambda A, dH: np.where(A > 0, dH, 0.0),
    ),
    "softmax_layer_gradients": Problem(
        (RNG.normal(size=(N, T)), RNG.normal(size=T)),
        lambda W, b: mean_loss(X @ W + b, Y),
        of_last_layer,
        lambda X, W, b, Y: (mean_loss(X @ W + b, Y), *backpropagated([(W, b)], X, Y)[0]),
    ),
    "backward": Problem(
        NET,
        lambda *flat: mean_loss(logits(layers(*flat), X), Y),
        of_layers,
        backpropagated,
    ),
}


# The checkers: problem, answer -> whether it passes, or None where the checker cannot say. Raising is rejecting.


def pytorch(problem: Problem, answer: Callable) -> bool:
    import torch

    class Custom(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *point):
            ctx.save_for_backward(*point)
            return torch.from_numpy(np.array(problem.forward(*(x.numpy() for x in point))))

        @staticmethod
        def backward(ctx, upstream):
            point = tuple(x.numpy() for x in ctx.saved_tensors)
            return tuple(torch.from_numpy(g.copy()) for g in problem.gradients(answer, upstream.numpy(), point))

    point = tuple(torch.tensor(x, requires_grad=True) for x in problem.point)
    return torch.autograd.gradcheck(Custom.apply, point)


def jax(problem: Problem, answer: Callable) -> bool:
    import jax as framework
    from jax.test_util import check_grads

    framework.config.update("jax_enable_x64", True)
    value = np.asarray(problem.forward(*problem.point))
    out = framework.ShapeDtypeStruct(value.shape, np.float64)

    def pulled(upstream, *point):
        return problem.gradients(answer, np.asarray(upstream), tuple(map(np.array, point)))

    @framework.custom_vjp
    def custom(*point):
        return framework.pure_callback(lambda *p: np.asarray(problem.forward(*map(np.asarray, p))), out, *point)

    def back(point, upstream):
        shapes = [framework.ShapeDtypeStruct(x.shape, np.float64) for x in point]
        return tuple(framework.pure_callback(pulled, shapes, upstream, *point))

    custom.defvjp(lambda *point: (custom(*point), point), back)
    check_grads(custom, problem.point, order=1, modes=["rev"])
    return True


def hips(problem: Problem, answer: Callable) -> bool:
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    custom = primitive(problem.forward)

    def pull(k):
        return lambda value, *point: lambda upstream: problem.gradients(answer, upstream, point)[k]

    defvjp(custom, *map(pull, range(len(problem.point))))
    np.random.seed(0)
    for k in range(len(problem.point)):

        def of_one(x, k=k):
            return custom(*problem.point[:k], x, *problem.point[k + 1 :])

        check_grads(of_one, modes=["rev"], order=1)(problem.point[k])
    return True


def _flat(problem: Problem, answer: Callable):
    """The scalar sum(upstream * forward), and its gradient, as functions of one vector: what SciPy asks for."""
    sizes = np.cumsum([x.size for x in problem.point])[:-1]
    upstream = _upstream(problem)

    def unflat(v):
        return tuple(part.reshape(x.shape) for part, x in zip(np.split(v, sizes), problem.point))

    def value(v):
        return float(np.sum(upstream * problem.forward(*unflat(v))))

    def gradient(v):
        return np.concatenate([g.ravel() for g in problem.gradients(answer, upstream, unflat(v.copy()))])

    return value, gradient, np.concatenate([x.ravel() for x in problem.point])


def _upstream(problem: Problem):
    value = np.asarray(problem.forward(*problem.point))
    return np.random.default_rng(1).normal(size=value.shape) if value.ndim else np.array(1.0)


def scipy_check_grad(problem: Problem, answer: Callable) -> bool:
    from scipy.optimize import check_grad

    return bool(check_grad(*_flat(problem, answer)) < CHECK_GRAD)


def scipy_differentiate(problem: Problem, answer: Callable) -> bool | None:
    from scipy.differentiate import jacobian

    value, gradient, x = _flat(problem, answer)
    # The function must be vectorised over all axes but the first.
    measured = jacobian(lambda v: np.apply_along_axis(value, 0, v), x)
    if not np.all(np.isfinite(measured.df)):
        # Its first step, 0.5, may leave the domain: a probability turns negative.
        return None
    return bool(np.allclose(gradient(x), measured.df))


def cs231n(problem: Problem, answer: Callable) -> bool:
    h, upstream = 1e-5, _upstream(problem)
    analytic = problem.gradients(answer, upstream)
    for k, x in enumerate(problem.point):
        x, slope = x.copy(), np.zeros_like(x)
        point = (*problem.point[:k], x, *problem.point[k + 1 :])
        for at in np.ndindex(x.shape):
            kept = x[at]
            x[at] = kept + h
            above = np.array(problem.forward(*point))
            x[at] = kept - h
            below = np.array(problem.forward(*point))
            x[at] = kept
            slope[at] = np.sum((above - below) * upstream) / (2 * h)
        off = np.max(np.abs(analytic[k] - slope) / np.maximum(1e-8, np.abs(analytic[k]) + np.abs(slope)))
        if not off < CS231N:
            return False
    return True


def allclose(problem: Problem, answer: Callable) -> bool:
    upstream = _upstream(problem)
    right = problem.gradients(problem.reference, upstream)
    return all(np.allclose(g, r) for g, r in zip(problem.gradients(answer, upstream), right, strict=True))


CHECKERS = {
    "PyTorch gradcheck": ("torch", pytorch),
    "JAX check_grads": ("jax", jax),
    "HIPS autograd check_grads": ("autograd", hips),
    "SciPy check_grad": ("scipy", scipy_check_grad),
    "SciPy differentiate": ("scipy", scipy_differentiate),
    "CS231n relative error": ("numpy", cs231n),
    "np.allclose at one point": ("numpy", allclose),
}


def answers(function: str):
    """(set, name, implementation) of every answer to a function that is in the banks or held out."""
    for exercise in EXERCISES:
        for m in misconceptions.of_exercise(exercise).get(function, []):
            yield "bank wrong", m.name, m.run
    for module, kind in (
        *((f"right_answers.{exercise}", "bank right") for exercise in EXERCISES),
        ("held_out.wrong", "held out wrong"),
        ("held_out.right", "held out right"),
    ):
        for name, answer in list(vars(importlib.import_module(module)).items()):
            of, separator, style = name.partition("__")
            if separator and of == function and callable(answer):
                yield kind, style, answer


def wrong_at_the_point(problem: Problem, answer: Callable) -> bool:
    """Whether the answer is wrong where the checkers look: not only at extremes, in its memory or by a side effect."""
    upstream = _upstream(problem)
    right = problem.gradients(problem.reference, upstream)
    try:
        found = problem.gradients(answer, upstream)
    except Exception:
        return True
    return len(found) != len(right) or not all(
        g.shape == r.shape and np.allclose(g, r, rtol=1e-5, atol=1e-7 * np.abs(r).max()) for g, r in zip(found, right)
    )


def main(out: str) -> None:
    # JAX logs a traceback for each answer that raises.
    logging.disable(logging.ERROR)
    versions, missing = {}, []
    for package in {package for package, _ in CHECKERS.values()}:
        try:
            importlib.import_module(package)
            versions[package] = importlib.metadata.version(package)
        except ImportError:
            missing.append(package)
    results = []
    for function, problem in PROBLEMS.items():
        for kind, name, answer in answers(function):
            row = {
                "function": function,
                "set": kind,
                "name": name,
                "at_the_point": wrong_at_the_point(problem, answer),
            }
            row["passed"] = {}
            for checker, (package, check) in CHECKERS.items():
                if package in missing:
                    continue
                try:
                    with np.errstate(all="ignore"):
                        row["passed"][checker] = check(problem, answer)
                except Exception as error:
                    row["passed"][checker] = False
                    row.setdefault("raised", {})[checker] = type(error).__name__
            results.append(row)
        print(function, flush=True)
    absent = [checker for checker, (package, _) in CHECKERS.items() if package in missing]
    Path(out).write_text(json.dumps({"versions": versions, "missing": absent, "results": results}, indent=1))


if __name__ == "__main__":
    main(sys.argv[1])
