"""A classifier of somebody else's design, put to the test: its parameters are moved and its slopes are measured.

Nothing is known of the design but this. A model is a dict; model["params"] is a list or tuple of arrays, all that is
learned; and `logits(model, X)` gives the logits (B, T) of the rows of X (B, N). The loss is the mean cross-entropy of
the labels z (B,), so its slope by the logits is known: only the way from the parameters to the logits is measured.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .calls import NotPlain, call, plain_array
from .checks import Check
from .gradients import Derivative, numerical_vjp


@dataclass(frozen=True)
class Slopes:
    """The slopes of the loss as one array of a model moves in a few directions: as measured, as `gradients` has it."""

    measured: np.ndarray
    claimed: np.ndarray


def checked(check: Check, *args: Any, kind: str = "") -> dict:
    """The model that the function of `check` returns for `args`; CheckFailed where it has not the form of a model."""
    model = check.call(*args, kind=kind)
    complaint = _complaint(model)
    statement = f'a model is a dict whose "params" is a list of arrays, all finite (here {complaint})'
    check.near(statement, got=not complaint, expected=1, within=0, args=args)
    return model


def answered(function: Callable, *args: Any) -> np.ndarray:
    """What a function returns, as an array of floats; empty where it raises or no array of numbers comes back."""
    try:
        return plain_array(call(function, args).raw).astype(float)
    except NotPlain:
        return np.zeros(0)


def _complaint(model: Any) -> str:
    """What is wrong with the form of a model; empty where nothing is."""
    if not isinstance(model, dict):
        return f"a {type(model).__name__} came back"
    if "params" not in model:
        return "it has no such key"
    if not isinstance(model["params"], (list, tuple)):
        return f"it is a {type(model['params']).__name__}"
    for k, parameter in enumerate(model["params"]):
        try:
            array = plain_array(parameter)
        except NotPlain:
            return f"entry {k} is no array of numbers"
        if not np.all(np.isfinite(array)):
            return f"entry {k} has nan or inf in it"
    return "" if model["params"] else "it is empty"


def parameters(model: dict) -> list[np.ndarray]:
    """Float copies of the arrays that are learned."""
    return [np.array(parameter, dtype=float) for parameter in model["params"]]


def moved(model: dict, steps: list[np.ndarray]) -> dict:
    """A copy of the model whose parameters have each moved by a step of its own shape."""
    arrays = [parameter + step for parameter, step in zip(parameters(model), steps)]
    return model | {"params": type(model["params"])(arrays)}


def shaken(model: dict, rng: np.random.Generator, size: float = 0.1) -> dict:
    """A copy of the model, each number of its parameters moved by a normal one of standard deviation `size`."""
    return moved(model, [size * rng.normal(size=parameter.shape) for parameter in parameters(model)])


def cross_entropy(P: Any, z: Any) -> float:
    """The mean over the rows of logits P (B, T) of the loss at the labels z (B,); exact where it is tiny or huge."""
    P, rows = np.asarray(P, dtype=float), np.arange(len(z))
    gaps = P - P[rows, z][:, None]
    largest = np.maximum(gaps.max(axis=1), 0.0)
    others = np.exp(gaps - largest[:, None])
    others[rows, z] = np.expm1(-largest)
    return float(np.mean(largest + np.log1p(others.sum(axis=1))))


def slope_of_logits(P: Any, z: Any) -> np.ndarray:
    """The gradient (B, T) of `cross_entropy`; each entry exact, however small."""
    P, rows = np.asarray(P, dtype=float), np.arange(len(z))
    F = np.exp(P - P.max(axis=1, keepdims=True))
    F /= F.sum(axis=1, keepdims=True)
    F[rows, z] = 0.0
    F[rows, z] = -F.sum(axis=1)
    return F / len(z)


def slopes(
    logits: Callable, model: dict, X: np.ndarray, z: np.ndarray, gradients: list[np.ndarray], rng: np.random.Generator,
    rtol: float = 1e-5,
) -> list[Slopes]:  # fmt: skip
    """Of each array of the model, the slopes of the loss along four of its entries and two random directions.

    `logits` is called about 24 times for each array. Where the claimed slope lies within `rtol` (of the largest of the
    array) and the error bar of the measured one, or the function has a kink, both are the same number.
    """
    arrays = parameters(model)
    directions: list[tuple[int, np.ndarray]] = []
    for k, array in enumerate(arrays):
        for entry in rng.choice(array.size, min(array.size, 4), replace=False):
            direction = np.zeros(array.shape)
            direction.flat[entry] = 1.0
            directions.append((k, direction))
        for _ in range(2):
            direction = rng.normal(size=array.shape)
            directions.append((k, direction / np.linalg.norm(direction)))

    def along(steps):
        total = [np.zeros(array.shape) for array in arrays]
        for step, (k, direction) in zip(steps, directions):
            total[k] += step * direction
        return np.array(logits(moved(model, total), X.copy()), dtype=float)

    upstream = slope_of_logits(along(np.zeros(len(directions))), z)
    found = numerical_vjp(along, np.zeros(len(directions)), upstream)
    claimed = np.array([np.sum(gradients[k] * direction) for k, direction in directions])
    judged = []
    for k in range(len(arrays)):
        own = [number for number, (owner, _) in enumerate(directions) if owner == k]
        part = Derivative(found.value[own], found.error[own], found.kink[own])
        judged.append(Slopes(np.where(_fits(claimed[own], part, rtol), claimed[own], part.value), claimed[own]))
    return judged


def _fits(claimed: np.ndarray, measured: Derivative, rtol: float) -> np.ndarray:
    largest = np.abs(measured.value).max(initial=0.0)
    close = np.abs(claimed - measured.value) <= rtol * largest + 2 * measured.error
    return (close | measured.kink) & np.isfinite(claimed)


def along(
    logits: Callable, gradients: Callable, model: dict, X: np.ndarray, z: np.ndarray, rng: np.random.Generator,
    ways: int = 4, nodes: int = 40,
) -> Slopes:  # fmt: skip
    """What the loss changes by along straight ways that begin near `model`, and what the claimed gradients add up to.

    A loss that is flat wherever its slopes are measured, such as a staircase, has slopes of zero, and moves all the
    same. The gradients are asked at `nodes` points of each way, all of them in an order that is drawn, before the loss
    is asked at its two ends.
    """
    starts = [shaken(model, rng) for _ in range(ways)]
    steps = [[0.1 * rng.normal(size=parameter.shape) for parameter in parameters(model)] for _ in range(ways)]
    claimed = np.zeros(ways)
    for number in rng.permutation(ways * nodes):
        way, node = divmod(int(number), nodes)
        there = moved(starts[way], [(node + 0.5) / nodes * step for step in steps[way]])
        found = gradients(there, X.copy(), z.copy())
        claimed[way] += sum(np.sum(np.array(g, dtype=float) * step) for g, step in zip(found, steps[way])) / nodes
    ends = [(start, moved(start, step)) for start, step in zip(starts, steps)]
    before, after = np.array([[cross_entropy(answered(logits, m, X), z) for m in pair] for pair in ends]).T
    return Slopes(after - before, claimed)


def made_sure(
    logits: Callable, model: dict, X: np.ndarray, z: np.ndarray, gradients: list, loss: float = 1e-12
) -> dict:
    """A copy of the model moved against `gradients` so far that its loss at X and z is about `loss`, where it can be.

    There, slopes are as small as the loss itself. A derivation has them to many digits; differences of losses, whose
    rounding errors are as large as ever, do not.
    """

    def after(step):
        there = moved(model, [-step * gradient for gradient in gradients])
        return there, cross_entropy(np.array(logits(there, X.copy()), dtype=float), z)

    below, above = 0.0, 1.0
    while after(above)[1] > loss and above < 1e6:
        below, above = above, 2.0 * above
    for _ in range(30):
        middle = (below + above) / 2
        below, above = (middle, above) if after(middle)[1] > loss else (below, middle)
    return after(above)[0]
