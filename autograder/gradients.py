"""Numerical derivatives worth quoting: each entry has an error bar, and a kink is called a kink.

A central difference errs twice. Its truncation error, h²/6 times the third derivative, falls with the step h; its
rounding error, about ε |f| / h, grows as h falls. Their sum is smallest near h = ε^(1/3) (Press et al., Numerical
Recipes, 5.7), and this is the step here, made to follow the size of each entry. Five values of the function in a row,
at x - 2h, x - h, x, x + h and x + 2h, give the derivative at two step sizes, the truncation error as their difference,
and a fourth difference, which is next to nothing where the function is smooth and as large as the jump of the slope
where it is not.

ε is not taken on trust: a function that computes in float32 somewhere is 10⁹ times as noisy as one that does not. How
far the function's values scatter is measured first, and both the step and the error bar follow from it. One thing
cannot be seen from outside: terms far larger than the function that cancel to the last digit, as tanh(±20) do.

Nothing here changes what it is given: functions get copies, and what they return is copied at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np

EPSILON = float(np.finfo(np.float64).eps)
EPSILON_SINGLE = float(np.finfo(np.float32).eps)
# Right answers lie within 1e-8 of the slope, and the subtlest of typical mistakes at 4e-4; see `compare`.
RTOL = 1e-6
RTOL_SINGLE = 1e-5
SUBTLEST = 1e-4


@dataclass(frozen=True)
class Derivative:
    """A derivative measured by differences; all arrays have the same shape.

    value  float64, the derivative
    error  float64, an estimate of how far `value` may lie from the truth
    kink   bool, where the slopes on both sides differ, or the function jumps or ends: there is no derivative to
           compare with
    """

    value: np.ndarray
    error: np.ndarray
    kink: np.ndarray


@dataclass(frozen=True)
class Comparison:
    """An analytic derivative beside a measured one.

    right, wrong          bool arrays of the measured shape; an entry that is neither cannot be decided
    worst                 index of the entry that is furthest off, relative to what is tolerated; a wrong one where
                          there is one; None if the shapes differ or there is no entry
    got, expected, error  what both say at `worst`, and the error bar there; NaN where `worst` is None
    shapes_agree          where False, nothing else was compared, and `right` and `wrong` are all False
    """

    right: np.ndarray
    wrong: np.ndarray
    worst: tuple[int, ...] | None
    shapes_agree: bool
    got: float = np.nan
    expected: float = np.nan
    error: float = np.nan

    @property
    def ok(self) -> bool:
        """Whether no entry is wrong and at least one is right: a comparison that decided nothing proves nothing."""
        return self.shapes_agree and not self.wrong.any() and (bool(self.right.any()) or self.right.size == 0)


def numerical_gradient(f: Callable[[np.ndarray], float], x: Any) -> Derivative:
    """The gradient of a scalar function at `x` (an array-like of any shape), with the shape of `x`.

    `f` is called 4 times for each entry and 11 times besides, each time with a fresh float64 array. Raises ValueError
    where `f` does not return one finite number at `x`.
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
    found = _measure(f, x, range(x.size))
    final = found.value.shape[:-1] + x.shape
    return Derivative(found.value.reshape(final), found.error.reshape(final), found.kink.reshape(final))


def numerical_vjp(f: Callable[[np.ndarray], Any], x: Any, upstream: Any) -> Derivative:
    """The gradient at `x` of `sum(upstream * f(x))`: the measured vector-Jacobian product, with the shape of `x`.

    Differences are taken before the sum, so that outputs which cancel in it cost no digits. Raises ValueError where
    the shapes of `upstream` and `f(x)` differ.
    """
    upstream = np.array(upstream, dtype=float)
    found = numerical_jacobian(f, x)
    shape = found.value.shape[: found.value.ndim - np.ndim(x)]
    if shape != upstream.shape:
        raise ValueError(f"upstream has shape {upstream.shape}, and the function returns {shape}")
    axes = upstream.ndim
    # An output that upstream ignores may be at a kink or undefined.
    error = np.where((upstream == 0).reshape(shape + (1,) * np.ndim(x)), 0.0, found.error)
    return Derivative(
        np.tensordot(upstream, found.value, axes),
        np.tensordot(np.abs(upstream), error, axes),
        np.tensordot(upstream != 0, found.kink, axes) > 0,
    )


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
    opinion where `f` uses neither abs, max nor comparisons. Raises ValueError where `f` returns a real number, which
    would pass for a slope of zero.
    """
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        point = x.astype(complex)
        point[at] += 1j * h
        answer = f(point)
        if not np.iscomplexobj(answer):
            raise ValueError("the function drops the imaginary part (by abs or real?); the complex step needs it")
        gradient[at] = np.imag(answer) / h
    return gradient


def compare(analytic: Any, numeric: Derivative, *, rtol: float = RTOL) -> Comparison:
    """Judges each entry of `analytic` by `numeric`, by shape first.

    An entry is right within `rtol` of its own size, plus 1e-7 of the largest entry of its row (the last axis), plus
    1e-12 of the largest of all, plus twice the error bar. Where `analytic` has no more digits than float32 carries,
    these are 1e-5, 1e-5 and 1e-7. An entry cannot be decided at a kink, nor where the error bar would hide the
    subtlest mistake. There is no absolute tolerance: gradients that are small as a whole are judged on their own
    scale. NaN and infinity are always wrong. Raises TypeError for complex numbers.
    """
    if np.iscomplexobj(analytic):
        raise TypeError("the derivative of a real function is real; complex numbers came")
    analytic, value, error = np.asarray(analytic, dtype=float), numeric.value, numeric.error
    if analytic.shape != value.shape:
        return _other_shape(value.shape)
    single = _fits_single(analytic)
    size = np.abs(value)
    largest = size.max(initial=0.0)
    row = size.max(axis=-1, keepdims=True, initial=0.0) if size.ndim else size
    floor = RTOL_SINGLE * row + 1e-7 * largest if single else 1e-7 * row + 1e-12 * largest
    tolerance = (max(rtol, RTOL_SINGLE) if single else rtol) * size + floor + 2 * error
    finite = np.isfinite(analytic)
    off = np.where(finite, np.abs(np.where(finite, analytic, 0.0) - value), np.inf)
    close = finite & (off <= tolerance)
    # A slope that is zero as far as can be seen, next to others that are not (or where all are exactly zero).
    nothing = (size <= error) & ((error <= 1e-7 * largest) | (largest == 0))
    vague = numeric.kink | (close & (error > SUBTLEST * row) & ~nothing)
    right, wrong = close & ~vague, ~finite | (~close & ~vague)
    if not size.size:
        return Comparison(right, wrong, None, shapes_agree=True)
    with np.errstate(invalid="ignore", over="ignore"):
        excess = off / np.maximum(tolerance, np.finfo(float).tiny)
    excess = np.where(wrong, excess, np.where(wrong.any(), -1.0, np.nan_to_num(excess)))
    worst = tuple(int(i) for i in np.unravel_index(int(np.argmax(excess)), excess.shape))
    return Comparison(right, wrong, worst, True, *(float(a[worst]) for a in (analytic, value, error)))


def compare_parameters(
    f: Callable, parameters: Any, analytic: Any, *, rtol: float = RTOL, exact_up_to: int = 500, seed: int = 0
) -> dict[Any, Comparison]:
    """Judges the gradients of a scalar function of several arrays, each by itself, so that none hides in a pooled norm.

    parameters   a dict, list or tuple of array-likes, as `f` takes it
    analytic     the gradients, with the same keys or positions
    exact_up_to  a larger parameter is not measured entry by entry: a dozen entries are drawn, and all of them are put
                 on trial together along two random directions; where the sums disagree, the half that disagrees is
                 halved again until the entry is found. Entries that were not measured count as not decided.

    Returns a Comparison for each key or position. Raises ValueError where `analytic` has other keys.
    """
    keys = list(parameters) if isinstance(parameters, dict) else list(range(len(parameters)))
    theirs = list(analytic) if isinstance(analytic, dict) else list(range(len(analytic)))
    if set(keys) != set(theirs):
        raise ValueError(f"gradients of {keys} are asked for, and there are gradients of {theirs}")
    judged = {}
    for number, key in enumerate(keys):
        x, got = np.array(parameters[key], dtype=float), np.asarray(analytic[key])
        g = _of_one(f, parameters, key)
        if got.shape != x.shape:
            judged[key] = _other_shape(x.shape)
        elif x.size <= exact_up_to:
            judged[key] = compare(got, numerical_gradient(g, x), rtol=rtol)
        else:
            judged[key] = _spot_checks(g, x, got, rtol, np.random.default_rng([seed, number]))
    return judged


def faults(f: Callable, x: Any) -> list[str]:
    """What makes `f` unfit for differences at `x`, a sentence each: it changes its input, returns a view of it, reuses
    one buffer for its answers, or answers the same call differently (by more than the order of a sum can explain).

    `x` is an array-like, or a dict of array-likes, or a list or tuple of arrays.
    """
    if isinstance(x, dict) or (isinstance(x, (list, tuple)) and any(isinstance(part, np.ndarray) for part in x)):
        keys = list(x) if isinstance(x, dict) else range(len(x))
        return list(dict.fromkeys(fault for key in keys for fault in faults(_of_one(f, x, key), x[key])))
    x = np.array(x, dtype=float)
    found = []
    given = x.copy()
    first = f(given)
    if given.tobytes() != x.tobytes():
        found.append("the function changes its input")
    if isinstance(first, np.ndarray) and np.shares_memory(first, given):
        found.append("the function returns a view of its input")
    kept = np.array(first, dtype=float)
    again = np.array(f(x.copy()), dtype=float)
    slack = 1e-12 * np.abs(kept[np.isfinite(kept)]).max(initial=0.0)
    if again.shape != kept.shape or not np.allclose(again, kept, rtol=0.0, atol=slack, equal_nan=True):
        found.append("the function answers the same call differently")
    f(x + EPSILON ** (1 / 3) * np.maximum(1.0, np.abs(x)))
    if isinstance(first, np.ndarray) and not np.array_equal(np.asarray(first, dtype=float), kept, equal_nan=True):
        found.append("the function overwrites an earlier answer")
    return found


def _of_one(f: Callable, parameters: Any, key: Any) -> Callable[[np.ndarray], Any]:
    """`f` as a function of the parameter `key` alone; the others are copied for each call."""

    def of_one(value):
        mapping = isinstance(parameters, dict)
        pairs = parameters.items() if mapping else enumerate(parameters)
        copies = {k: value if k == key else np.array(v, dtype=float) for k, v in pairs}
        return f(copies if mapping else type(parameters)(copies.values()))

    return of_one


def _other_shape(shape: tuple[int, ...]) -> Comparison:
    return Comparison(np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool), None, shapes_agree=False)


def _fits_single(values: np.ndarray) -> bool:
    """Whether float32 carries every one of `values`: 29 bits of each are zero, and chance does not do that."""
    with np.errstate(all="ignore"):
        return bool(np.all((values == np.float32(values)) | ~np.isfinite(values)))


def _evaluate(f: Callable, point: np.ndarray) -> np.ndarray:
    # Next to the edge of its domain a function may well warn.
    with np.errstate(all="ignore"):
        answer = np.array(f(np.array(point)))
    if answer.dtype.kind not in "biuf":
        raise ValueError(f"a derivative needs a function that returns real numbers; this one returns {answer.dtype}")
    return answer


def _noise(f: Callable, x: np.ndarray, centre: np.ndarray) -> tuple[np.ndarray, float]:
    """(standard deviation of the rounding errors in `f` near `x`, for each output; their relative size overall).

    High differences of values close together leave nothing of a smooth function but its noise: the k-th has the
    variance σ² (2k)!/(k!)² (Hamming; Moré and Wild, Estimating Computational Noise, SIAM J. Sci. Comput. 33, 2011).
    They are taken a little beside `x`, where `x` may sit on a kink, and further apart than float32 can resolve.
    """
    rng, size = np.random.default_rng(0), np.maximum(1.0, np.abs(x))
    somewhere = size * rng.uniform(0.5, 1.0, (2, *x.shape)) * rng.choice([-1.0, 1.0], (2, *x.shape))
    beside, step, order = x + 1e-4 * somewhere[0], 2e-7 * somewhere[1], 5
    near = [_same_shape(_evaluate(f, beside + k * step), centre) for k in range(order + 4)]
    values = np.array([*near, _same_shape(_evaluate(f, x + 1e-2 * somewhere[0]), centre)], dtype=float)
    # What comes back as float64 may have been computed in float32.
    single = bool(np.any(values != centre)) and _fits_single(values)
    own = float(np.finfo(centre.dtype).eps) if centre.dtype.kind == "f" else EPSILON
    epsilon = max(own, EPSILON_SINGLE) if single else own
    values[~np.isfinite(values)] = 0.0
    largest = max(np.abs(centre).max(initial=0.0), np.abs(values).max(initial=0.0))
    if largest == 0:
        # A loss that is 0 to the last digit, as that of a very confident answer: all scale is lost, save that of x.
        return np.full(centre.shape, epsilon / 2 * size.max(initial=1.0)), epsilon
    sigma = epsilon / 2 * np.abs(centre.astype(float))
    if np.all(np.isfinite(near)):
        high = np.diff(values[:-1], n=order, axis=0)
        sigma = np.maximum(sigma, np.sqrt(np.mean(high**2, axis=0) / comb(2 * order, order)))
    return sigma, float(sigma.max(initial=0.0) / largest)


def _same_shape(answer: np.ndarray, centre: np.ndarray) -> np.ndarray:
    if answer.shape != centre.shape:
        raise ValueError("the function changes the shape of its answer from point to point")
    return answer


def _measure(f: Callable, x: np.ndarray, entries: Any) -> Derivative:
    """Derivatives of all outputs by the entries (flat indices) of `x`: shape `f(x).shape + (len(entries),)`."""
    centre = _evaluate(f, x)
    if not np.all(np.isfinite(centre)):
        raise ValueError("the function is not finite at this point, so it has no derivative there")
    noise, relative = _noise(f, x, centre)
    centre = centre.astype(float)
    best = min(max(relative, EPSILON), EPSILON_SINGLE) ** (1 / 3)
    h, width = np.zeros(len(entries)), np.zeros((2, len(entries)))
    values = np.zeros((4, len(entries)) + centre.shape)
    for j, entry in enumerate(entries):
        # A power of two is added to a number of like size without rounding.
        h[j] = 2.0 ** round(np.log2(best * max(1.0, abs(x.flat[entry]))))
        moved = []
        for k, steps in enumerate((-2, -1, 1, 2)):
            point = x.copy()
            point.flat[entry] += steps * h[j]
            moved.append(point.flat[entry])
            values[k, j] = _same_shape(_evaluate(f, point), centre)
        width[:, j] = moved[2] - moved[1], moved[3] - moved[0]
    far_below, below, above, far_above = np.moveaxis(values, 1, -1)
    centre, noise = centre[..., None], noise[..., None]
    with np.errstate(invalid="ignore", over="ignore"):
        near, far = (above - below) / width[0], (far_above - far_below) / width[1]
        # Twice h makes four times the truncation error: this combination is free of it (Richardson).
        value = near + (near - far) / 3
        # The gap between the slopes to the right and to the left doubles with h where the function is smooth, and
        # does not where it has a kink; this is the fourth difference.
        bend = np.abs(far_below - 4 * below + 6 * centre - 4 * above + far_above) / (2 * h)
        change = np.abs(far - near)
        gap = np.abs(above - 2 * centre + below) / h
        error = np.maximum(change, bend) + 3 * noise / h
        kink = bend > 20 * noise / h + 1e-3 * np.maximum(np.maximum(np.abs(near), np.abs(far)), gap)
        # A slope that grows as the step shrinks: a jump, or a vertical tangent.
        kink |= (change > 20 * noise / h) & (np.abs(far) < 0.9 * np.abs(near))
    lost = ~(np.isfinite(value) & np.isfinite(error))
    return Derivative(np.where(lost, 0.0, value), np.where(lost, np.inf, error), kink | lost)


def _spot_checks(f: Callable, x: np.ndarray, analytic: np.ndarray, rtol: float, rng: Any) -> Comparison:
    """Compares a dozen drawn entries, the first that is not finite, and each that two random directions lead to."""
    entries = set(rng.choice(x.size, 12, replace=False).tolist())
    flat = analytic.ravel().astype(float)
    entries.update(np.flatnonzero(~np.isfinite(flat))[:1].tolist())

    def disagree(direction):
        slope = directional_derivative(f, x, direction.reshape(x.shape))
        terms = flat * direction
        tolerance = rtol * max(np.sqrt(np.sum(terms**2)), abs(slope.value)) + 2 * slope.error
        return not slope.kink and not abs(np.sum(terms) - slope.value) <= tolerance

    for _ in range(2):
        direction = rng.choice([-1.0, 1.0], x.size) * np.maximum(1.0, np.abs(x.ravel()))
        if np.all(np.isfinite(flat)) and disagree(direction):
            suspects = np.arange(x.size)
            while len(suspects) > 1:
                half = suspects[: len(suspects) // 2]
                part = np.zeros(x.size)
                part[half] = direction[half]
                suspects = half if disagree(part) else suspects[len(half) :]
            entries.update(suspects.tolist())
    drawn = np.array(sorted(entries))
    found = compare(analytic.ravel()[drawn], _measure(f, x, drawn), rtol=rtol)
    right, wrong = np.zeros(x.shape, dtype=bool), np.zeros(x.shape, dtype=bool)
    right.flat[drawn], wrong.flat[drawn] = found.right, found.wrong
    worst = tuple(int(i) for i in np.unravel_index(drawn[found.worst[0]], x.shape))
    return Comparison(right, wrong, worst, True, found.got, found.expected, found.error)
