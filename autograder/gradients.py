"""Numerical derivatives worth quoting: each entry has an error bar, and a kink is called a kink.

A central difference errs twice. Its truncation error, h²/6 times the third derivative, falls with the step h; its
rounding error, about ε |f| / h, grows as h falls. Their sum is smallest near h = ε^(1/3) (Press et al., Numerical
Recipes, 5.7), and this is the step here, made to follow the size of each entry. Differences at h and at 2h estimate
the truncation; ε |f| / h bounds the rounding; the error bar is their sum.

Nothing here changes what it is given: functions get copies, and what they return is copied at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

EPSILON = float(np.finfo(float).eps)
STEP = EPSILON ** (1 / 3)
# Right answers lie within 1e-8 of the slope, and the subtlest of typical mistakes at 4e-4; see `compare`.
RTOL = 1e-6


@dataclass(frozen=True)
class Derivative:
    """A derivative measured by differences; all arrays have the same shape.

    value  float64, the derivative
    error  float64, an estimate of how far `value` may lie from the truth
    kink   bool, where the slopes on both sides differ: there is no derivative to compare with
    """

    value: np.ndarray
    error: np.ndarray
    kink: np.ndarray


@dataclass(frozen=True)
class Comparison:
    """An analytic derivative beside a measured one.

    right, wrong  bool arrays of the measured shape; an entry that is neither cannot be decided
    worst         index of the entry that is furthest off, relative to what is tolerated; None if the shapes differ
    """

    right: np.ndarray
    wrong: np.ndarray
    worst: tuple[int, ...] | None
    shapes_agree: bool

    @property
    def ok(self) -> bool:
        """Whether no entry is wrong and at least one is right: a comparison that decided nothing proves nothing."""
        return self.shapes_agree and not self.wrong.any() and (bool(self.right.any()) or self.right.size == 0)


def numerical_gradient(f: Callable[[np.ndarray], float], x: Any) -> Derivative:
    """The gradient of a scalar function at `x` (an array-like of any shape), with the shape of `x`.

    `f` is called 4 times for each entry, each time with a fresh float64 array. Raises ValueError where `f` does not
    return one finite number at `x`.
    """
    found = numerical_jacobian(f, x)
    if found.value.shape != np.shape(x):
        extra = found.value.shape[: found.value.ndim - np.ndim(x)]
        raise ValueError(f"a gradient needs a function that returns a number; this one returns the shape {extra}")
    return found


def numerical_jacobian(f: Callable[[np.ndarray], Any], x: Any) -> Derivative:
    """J[i, j] = ∂f_i/∂x_j by central differences; i and j stand for all axes of `f(x)` and of `x`.

    `x` is an array-like of numbers; the result has the shape `f(x).shape + x.shape`. Raises ValueError where `f(x)`
    is not finite or changes its shape.
    """
    x = np.array(x, dtype=float)
    centre = _evaluate(f, x)
    if not np.all(np.isfinite(centre)):
        raise ValueError("the function is not finite at this point, so it has no derivative there")
    shape = centre.shape + (x.size,)
    value, error, kink = np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=bool)
    for j, at in enumerate(np.ndindex(x.shape)):
        value[..., j], error[..., j], kink[..., j] = _along(f, x, at, centre)
    final = centre.shape + x.shape
    return Derivative(value.reshape(final), error.reshape(final), kink.reshape(final))


def numerical_vjp(f: Callable[[np.ndarray], Any], x: Any, upstream: Any) -> Derivative:
    """The gradient at `x` of `sum(upstream * f(x))`: the measured vector-Jacobian product, with the shape of `x`."""
    upstream = np.array(upstream, dtype=float)

    def pulled(point):
        answer = np.asarray(f(point), dtype=float)
        if answer.shape != upstream.shape:
            raise ValueError(f"upstream has shape {upstream.shape}, and the function returns {answer.shape}")
        return np.sum(upstream * answer)

    return numerical_gradient(pulled, x)


def directional_derivative(f: Callable[[np.ndarray], float], x: Any, direction: Any) -> Derivative:
    """The slope at 0 of t ↦ f(x + t direction), a 0-d derivative: one number about many entries at once.

    For arrays too large to go through entry by entry: `gradient · direction` must agree with it for random
    directions.
    """
    x, direction = np.array(x, dtype=float), np.array(direction, dtype=float)
    return numerical_gradient(lambda t: f(x + t * direction), 0.0)


def complex_step(f: Callable[[np.ndarray], complex], x: Any, h: float = 1e-20) -> np.ndarray:
    """The gradient of a scalar function that is analytic and accepts complex arrays, to machine precision.

    Im f(x + ih) / h subtracts nothing, so nothing is lost (Squire and Trapp, SIAM Review 40, 1998). A second
    opinion where `f` uses neither abs, max nor comparisons.
    """
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        point = x.astype(complex)
        point[at] += 1j * h
        gradient[at] = np.imag(f(point)) / h
    return gradient


def compare(analytic: Any, numeric: Derivative, *, rtol: float = RTOL) -> Comparison:
    """Judges each entry of `analytic` by `numeric`.

    An entry is right within `rtol` of its own size, plus 1e-7 of the largest entry (what float32 can carry where
    terms cancel), plus twice the error bar. It cannot be decided at a kink, and where the error bar is wider than a
    hundredth of the largest entry. There is no absolute tolerance: gradients that are small as a whole are judged on
    their own scale. NaN and infinity are always wrong.
    """
    analytic = np.asarray(analytic, dtype=float)
    if analytic.shape != numeric.value.shape:
        nothing = np.zeros(numeric.value.shape, dtype=bool)
        return Comparison(nothing, nothing, None, shapes_agree=False)
    scale = np.abs(numeric.value).max(initial=0.0)
    tolerance = rtol * np.abs(numeric.value) + 1e-7 * scale + 2 * numeric.error
    with np.errstate(invalid="ignore"):
        off = np.abs(analytic - numeric.value)
        close = off <= tolerance
    # Where every entry drowns in its error bar, the measured derivative is zero, and that can be compared.
    vague = numeric.kink | (close & (numeric.error > 0.01 * scale) & (numeric.error < scale))
    finite = np.isfinite(analytic)
    right, wrong = close & ~vague, ~finite | (~close & ~vague)
    with np.errstate(divide="ignore", invalid="ignore"):
        excess = np.where(finite, off / np.maximum(tolerance, np.finfo(float).tiny), np.inf)
    excess = np.where(wrong, excess, -1.0)
    worst = np.unravel_index(int(np.argmax(excess)), excess.shape) if wrong.any() else None
    return Comparison(right, wrong, tuple(map(int, worst)) if worst is not None else None, shapes_agree=True)


def faults(f: Callable[[np.ndarray], Any], x: Any) -> list[str]:
    """What makes `f` unfit for differences at `x`, a sentence each: it changes its input, returns a view of it, reuses
    one buffer for its answers, or answers the same call differently."""
    x = np.array(x, dtype=float)
    found = []
    given = x.copy()
    first = f(given)
    if given.tobytes() != x.tobytes():
        found.append("the function changes its input")
    if isinstance(first, np.ndarray) and np.shares_memory(first, given):
        found.append("the function returns a view of its input")
    kept = np.array(first, dtype=float)
    if not np.array_equal(_evaluate(f, x), kept, equal_nan=True):
        found.append("the function answers the same call differently")
    f(x + STEP * np.maximum(1.0, np.abs(x)))
    if isinstance(first, np.ndarray) and not np.array_equal(np.asarray(first, dtype=float), kept, equal_nan=True):
        found.append("the function overwrites an earlier answer")
    return found


def _evaluate(f: Callable, point: np.ndarray) -> np.ndarray:
    return np.array(f(point.copy()), dtype=float)


def _along(f: Callable, x: np.ndarray, at: tuple[int, ...], centre: np.ndarray):
    """Central difference, error bar and kink of `f` along the entry `at` of `x`."""
    h = STEP * max(1.0, abs(x[at]))
    sides = []
    for steps in (1, 2):
        up, down = x.copy(), x.copy()
        up[at] += steps * h
        down[at] -= steps * h
        # What was really added, after rounding.
        width = up[at] - down[at]
        above, below = _evaluate(f, up), _evaluate(f, down)
        if above.shape != centre.shape or below.shape != centre.shape:
            raise ValueError("the function changes the shape of its answer from point to point")
        sides.append((above, below, width))
    (above, below, width), (far_above, far_below, far_width) = sides
    with np.errstate(invalid="ignore", over="ignore"):
        near = (above - below) / width
        far = (far_above - far_below) / far_width
        size = np.maximum(np.maximum(np.abs(above), np.abs(below)), np.abs(centre))
        rounding = 4 * EPSILON * size / width
        error = np.abs(far - near) + rounding
        # The slopes to the right and to the left differ by h f'' where f is smooth, so doubling h doubles the gap;
        # at a kink the gap is the jump itself, whatever h is.
        gap = (above - 2 * centre + below) / (width / 2)
        far_gap = (far_above - 2 * centre + far_below) / (far_width / 2)
        steepest = np.maximum(np.abs(near), np.abs(far))
        kink = np.abs(far_gap - 2 * gap) > 32 * rounding + 1e-4 * np.maximum(steepest, np.abs(gap))
    lost = ~(np.isfinite(near) & np.isfinite(far))
    return np.where(lost, 0.0, near), np.where(lost, np.inf, error), kink | lost
