"""Right answers to the exercise "Checking gradients numerically", in unlike styles: each must be accepted."""

import functools
import warnings

import numpy as np


def numerical_gradient__put_back(f, x, h=1e-5):
    x = np.array(x, dtype=np.float64)
    out = np.empty_like(x)
    it = np.nditer(x, flags=["multi_index"])
    while not it.finished:
        i = it.multi_index
        kept = x[i]
        x[i] = kept + h
        above = f(x)
        x[i] = kept - h
        below = f(x)
        x[i] = kept
        out[i] = (above - below) / (2 * h)
        it.iternext()
    return out


def numerical_gradient__in_the_given_array(f, x, h=1e-5):
    if not (isinstance(x, np.ndarray) and x.dtype == float):
        x = np.array(x, dtype=float)
    out = np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        kept = x[i]
        x[i] = kept + h
        above = f(x)
        x[i] = kept - h
        out[i] = (above - f(x)) / (2 * h)
        x[i] = kept
    return out


def numerical_gradient__unit_arrays(f, x, h=1e-5):
    x = np.asarray(x, dtype=float)
    steps = h * np.eye(x.size).reshape(x.size, *x.shape)
    return np.array([f(x + e) - f(x - e) for e in steps]).reshape(x.shape) / (2 * h)


def numerical_gradient__nested_list(f, x, h=1e-5):
    print("measuring")
    flat = np.ravel(np.array(x, dtype=float))
    found = []
    for k in range(len(flat)):
        up, down = list(flat), list(flat)
        up[k], down[k] = up[k] + h, down[k] - h
        found.append(float(f(np.reshape(up, np.shape(x))) - f(np.reshape(down, np.shape(x)))) / (2 * h))
    return np.reshape(found, np.shape(x)).tolist()


def numerical_gradient__mean_of_both_sides(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    centre, out = f(x), np.zeros_like(x)
    for k in range(x.size):
        e = np.zeros(x.size)
        e[k] = h
        e = e.reshape(x.shape)
        out.flat[k] = ((f(x + e) - centre) / h + (centre - f(x - e)) / h) / 2
    return out


def numerical_gradient__true_width(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    out = np.zeros(x.shape, dtype=np.float32)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += h
        down[i] -= h
        out[i] = (f(up) - f(down)) / (up[i] - down[i])
    return out


def numerical_jacobian__entry_by_entry(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    J = np.zeros((len(f(x)), len(x)))
    for i in range(J.shape[0]):
        for j in range(J.shape[1]):
            up, down = x.copy(), x.copy()
            up[j] += h
            down[j] -= h
            J[i, j] = (f(up)[i] - f(down)[i]) / (2 * h)
    return J


def numerical_jacobian__columns(f, x, h=1e-5):
    x = np.asarray(x, float)
    return np.column_stack([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(x.size)])


def numerical_jacobian__transposed_at_the_end(f, x, h=1e-5):
    x = np.asarray(x, float)
    rows = []
    for e in np.identity(len(x)) * h:
        rows.append((np.asarray(f(x + e)) - np.asarray(f(x - e))) / h / 2)
    return np.array(rows).T


def numerical_jacobian__lists(f, x, h=1e-5):
    x = [float(v) for v in x]
    columns = []
    for j in range(len(x)):
        up = f(np.array(x[:j] + [x[j] + h] + x[j + 1 :]))
        down = f(np.array(x[:j] + [x[j] - h] + x[j + 1 :]))
        columns.append([(a - b) / (2 * h) for a, b in zip(up, down)])
    return [list(row) for row in zip(*columns)]


def numerical_jacobian__along_the_axis(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    grid = np.apply_along_axis(lambda e: f(x + e) - f(x - e), 1, h * np.eye(len(x)))
    return np.swapaxes(grid, 0, 1) / (2 * h)


def complex_step_gradient__unit_arrays(f, x, h=1e-20):
    x = np.asarray(x, dtype=float)
    steps = 1j * h * np.eye(x.size).reshape(x.size, *x.shape)
    return np.array([f(x + e).imag for e in steps]).reshape(x.shape) / h


def complex_step_gradient__put_back(f, x, h=1e-20):
    w = np.array(x, dtype=np.complex128)
    out = np.zeros(w.shape)
    for i in np.ndindex(w.shape):
        w[i] = complex(w[i].real, h)
        out[i] = np.imag(f(w)) / h
        w[i] = w[i].real
    return out


def complex_step_gradient__list(f, x, h=1e-20):
    flat = np.ravel(x).astype(complex)
    found = []
    for k in range(flat.size):
        e = flat.copy()
        e[k] += h * 1j
        found.append(float(complex(f(e.reshape(np.shape(x)))).imag / h))
    return np.reshape(found, np.shape(x)).tolist()


def complex_step_gradient__quotient_by_ih(f, x, h=1e-20):
    x = np.array(x, dtype=complex)
    out = np.zeros(x.shape)
    for k in range(x.size):
        up = x.copy()
        up.flat[k] += 1j * h
        out.flat[k] = np.real(1j * np.imag(f(up)) / (1j * h))
    return out


def complex_step_gradient__half_of_both_sides(f, x, h=1e-20):
    x = np.array(x, dtype=complex)
    out = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        e = np.zeros(x.shape, dtype=complex)
        e[i] = 1j * h
        out[i] = (f(x + e) - f(x - e)).imag / (2 * h)
    return out


def relative_error__by_a_loop(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        return float("inf")
    worst = 0.0
    for p, q in zip(a.ravel(), b.ravel()):
        if p != p or q != q:
            return float("inf")
        if p != q:
            worst = max(worst, abs(p - q) / max(abs(p), abs(q)))
    return worst


def relative_error__divide_where(a, b):
    a, b = np.array(a, dtype=float), np.array(b, dtype=float)
    if a.shape != b.shape:
        return np.inf
    top, bottom = np.abs(a - b), np.maximum(np.abs(a), np.abs(b))
    result = np.max(np.divide(top, bottom, out=np.zeros_like(top), where=bottom != 0))
    return np.inf if np.isnan(result) else result


def relative_error__nan_to_num(a, b):
    if np.shape(a) != np.shape(b) or not np.isfinite(np.sum(a) + np.sum(b)):
        return np.array(np.inf)
    warnings.warn("dividing by zero", stacklevel=2)
    with np.errstate(all="ignore"):
        r = np.abs(np.subtract(a, b, dtype=float)) / np.fmax(np.abs(a), np.abs(b))
    return np.nan_to_num(r, nan=0.0).max()


def relative_error__smallest_number(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape or np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return (abs(a - b) / np.maximum(np.maximum(abs(a), abs(b)), np.finfo(float).tiny)).max()


def relative_error__boolean_index(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape or np.any(a != a) or np.any(b != b):
        return np.float64("inf")
    unlike = a != b
    if not unlike.any():
        return 0
    p, q = a[unlike], b[unlike]
    return np.amax(np.abs(p - q) / np.stack([np.abs(p), np.abs(q)]).max(axis=0))


def _gradient(f, x, h):
    return numerical_gradient__unit_arrays(f, x, h)


def gradient_is_correct__as_the_text_says(f, grad, x):
    x = np.array(x, dtype=float)
    return relative_error__by_a_loop(grad(x.copy()), _gradient(f, x, 1e-5)) < 2e-6


def gradient_is_correct__entry_by_entry(f, grad, x):
    x = np.array(x, dtype=float)
    a, n = np.asarray(grad(x)), _gradient(f, x, 1e-5)
    if a.shape != x.shape:
        return 0
    for p, q in zip(a.flat, n.flat):
        if not abs(p - q) <= 1e-5 * max(abs(p), abs(q)):
            return 0
    return 1


def gradient_is_correct__allclose_without_the_absolute_part(f, grad, x):
    x = np.array(x, dtype=float)
    a = np.asarray(grad(x.copy()))
    return a.shape == x.shape and np.allclose(a, _gradient(f, x, 6e-6), rtol=1e-5, atol=0)


def gradient_is_correct__forward_and_lenient(f, grad, x):
    x = np.array(x, dtype=float)
    a, start = np.asarray(grad(x.copy()), dtype=float), f(x)
    n = np.array([(f(x + e) - start) / 1e-7 for e in 1e-7 * np.eye(x.size).reshape(x.size, *x.shape)]).reshape(x.shape)
    return np.array(bool(a.shape == x.shape and np.all(np.abs(a - n) <= 1e-3 * np.abs(n))))


def gradient_is_correct__scaled_by_the_largest(f, grad, x):
    x = np.array(x, dtype=float)
    a, n = np.asarray(grad(x.copy()), dtype=float), _gradient(f, x, 1e-5)
    if a.shape != n.shape or not np.isfinite(a).all():
        return False
    floor = 1e-8 * np.abs(n).max()
    return bool((np.abs(a - n) <= 1e-5 * np.abs(n) + floor).all())


def gradient_is_correct__two_steps(f, grad, x):
    x = np.array(x, dtype=float)
    a = np.asarray(grad(x.copy()), dtype=float)
    near, far = (_gradient(f, x, h) for h in (1e-4, 2e-4))
    if a.shape != near.shape:
        return np.False_
    n = (4 * near - far) / 3
    return np.all(np.abs(a - n) <= 1e-5 * np.abs(n) + 2 * np.abs(near - far) * (n == 0))


def gradient_is_correct__step_follows_x(f, grad, x):
    x = np.array(x, dtype=float)
    a = np.asarray(grad(np.copy(x)))
    if a.shape != x.shape or np.isnan(a).any():
        return False

    @functools.cache
    def slope(k):
        e = np.zeros(x.size)
        e[k] = 1e-5 * max(1, abs(x.flat[k]))
        e = e.reshape(x.shape)
        return (f(x + e) - f(x - e)) / (2 * e.flat[k])

    return all(abs(slope(k) - a.flat[k]) <= 3e-6 * abs(a.flat[k]) for k in range(x.size))
