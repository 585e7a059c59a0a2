"""The numerical derivatives: right within their error bars, and open about where they cannot decide."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import elementwise_grad
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import log_softmax, softmax

from autograder.gradients import (
    compare,
    complex_step,
    directional_derivative,
    faults,
    numerical_gradient,
    numerical_jacobian,
    numerical_vjp,
)

SMOOTH = {
    "exp": anp.exp,
    "sine": anp.sin,
    "tanh": anp.tanh,
    "cube": lambda x: x**3 - 2 * x,
    "softplus": lambda x: anp.logaddexp(0.0, x),
    "gauss": lambda x: anp.exp(-x * x),
    "rational": lambda x: 1 / (1 + x * x),
}


@pytest.mark.parametrize("name", SMOOTH)
@settings(max_examples=60, deadline=None)
@given(
    x=arrays(float, st.integers(1, 5), elements=st.floats(-4, 4)), scale=st.sampled_from([1e-9, 1e-3, 1.0, 1e4, 1e9])
)
def test_the_truth_lies_within_the_error_bar(name, x, scale):
    f = SMOOTH[name]
    found = numerical_gradient(lambda x: scale * np.sum(f(x)), x)
    truth = scale * elementwise_grad(f)(x)
    assert np.all(np.abs(found.value - truth) <= 2 * found.error)
    assert not found.kink.any()


@pytest.mark.parametrize("name", SMOOTH)
def test_the_error_bar_is_narrow_enough_to_be_of_use(name):
    f = SMOOTH[name]
    x = np.array([0.3, -1.2, 2.0])
    found = numerical_gradient(lambda x: np.sum(f(x)), x)
    assert np.all(found.error < 1e-7 * np.abs(found.value).max())


def test_a_jacobian_has_outputs_before_inputs():
    p = np.array([0.3, -1.2, 2.0, 0.5])
    f = softmax(p)
    found = numerical_jacobian(lambda p: log_softmax(p)[:3], p)
    assert found.value.shape == (3, 4)
    assert np.allclose(found.value, np.eye(4)[:3] - f, atol=1e-9)


def test_a_vector_jacobian_product_is_the_row_times_the_jacobian():
    p, g = np.array([0.3, -1.2, 2.0]), np.array([1.0, -2.0, 0.5])
    f = softmax(p)
    assert np.allclose(numerical_vjp(softmax, p, g).value, f * (g - f @ g), atol=1e-9)


def test_the_complex_step_reaches_machine_precision():
    p = np.array([0.3, -1.2, 2.0])
    found = complex_step(lambda p: np.log(np.exp(p).sum()) - p[0], p)
    assert np.abs(found - (softmax(p) - [1, 0, 0])).max() < 4e-16


def test_one_direction_speaks_for_all_entries():
    rng = np.random.default_rng(1)
    x, u = rng.normal(size=(200, 300)), rng.normal(size=(200, 300))
    found = directional_derivative(lambda x: np.sum(np.sin(x)), x, u)
    assert abs(found.value - np.sum(np.cos(x) * u)) <= found.error * 2
    wrong = np.cos(x)
    wrong[7, 11] *= 1.01
    assert abs(found.value - np.sum(wrong * u)) > 10 * found.error


def test_integers_and_lists_are_differentiated_as_floats_and_left_as_they_are():
    x = np.array([[1, 2], [3, 4]])
    before = x.tobytes()
    assert np.allclose(numerical_gradient(lambda x: np.sum(x**2), x).value, [[2, 4], [6, 8]], atol=1e-8)
    assert x.tobytes() == before
    assert np.allclose(numerical_gradient(lambda x: np.sum(x**2), [1, 2]).value, [2, 4], atol=1e-8)


def test_a_function_that_changes_its_input_does_not_change_ours():
    x = np.array([1.0, 2.0])

    def rude(x):
        x *= 2
        return x.sum()

    assert np.allclose(numerical_gradient(rude, x).value, [2, 2])
    assert np.array_equal(x, [1, 2])


@pytest.mark.parametrize("distance", [0.0, 1e-7, -2e-6, 4e-6])
def test_a_kink_within_reach_is_not_decided(distance):
    found = numerical_gradient(lambda x: np.sum(np.maximum(x, 0) * [1.0, 2.0]), [distance, 1.5])
    for guess in (0.0, 0.5, 1.0):
        judged = compare([guess, 2.0], found)
        assert not judged.wrong[0], guess
        assert not judged.right[0] or guess == (distance > 0)
        assert judged.right[1]


def test_a_gradient_is_judged_on_its_own_scale():
    p = np.array([0.3, -1.2, 2.0])
    truth = softmax(p) - [0, 1, 0]
    for scale in (1e-9, 1.0, 1e9):
        found = numerical_gradient(lambda p, s=scale: s * (np.log(np.exp(p).sum()) - p[1]), p)
        assert compare(scale * truth, found).ok
        off = scale * truth * [1, 1, 1.01]
        assert compare(off, found).worst == (2,)


def test_one_wrong_entry_among_ten_thousand_right_ones_is_seen():
    x = np.linspace(-1, 1, 10_000)
    found = numerical_gradient(lambda x: np.sum(np.sin(x[:200])), x[:200])
    wrong = np.cos(x[:200])
    wrong[150] *= 1 + 4e-4
    assert compare(wrong, found).worst == (150,)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_wrong(bad):
    found = numerical_gradient(lambda x: np.sum(x**2), [1.0, 2.0])
    judged = compare([2.0, bad], found)
    assert not judged.ok and judged.worst == (1,)


def test_another_shape_is_wrong_even_where_it_would_broadcast():
    found = numerical_gradient(lambda x: np.sum(x**2), [1.0, 1.0, 1.0])
    for shape in ((1, 3), (3, 1), (1,), ()):
        assert not compare(np.full(shape, 2.0), found).ok


def test_a_number_where_the_slope_is_zero_is_wrong_and_zero_is_right():
    found = numerical_gradient(lambda x: 3.0 + 0 * np.sum(x), [1.0, 2.0])
    assert compare([0.0, 0.0], found).ok
    assert not compare([1e-3, 0.0], found).ok


def test_a_float32_gradient_is_right():
    p = np.array([0.3, -1.2, 2.0])
    found = numerical_gradient(lambda p: np.log(np.exp(p).sum()) - p[1], p)
    assert compare(np.float32(softmax(p)) - np.float32([0, 1, 0]), found, rtol=1e-5).ok


def test_what_makes_a_function_unfit_is_said():
    buffer = np.zeros(2)

    def reuses(x):
        buffer[:] = x * 2
        return buffer

    def changes(x):
        x += 1
        return x * 2

    counter = iter(range(100))
    assert faults(np.sin, [1.0, 2.0]) == []
    assert faults(reuses, [1.0, 2.0]) == ["the function overwrites an earlier answer"]
    assert faults(changes, [1.0, 2.0]) == ["the function changes its input"]
    assert faults(lambda x: x[::-1], [1.0, 2.0]) == ["the function returns a view of its input"]
    assert faults(lambda x: x + next(counter), [1.0, 2.0]) == ["the function answers the same call differently"]


@pytest.mark.parametrize(
    ("f", "sentence"),
    [
        (lambda x: x, "returns a number"),
        (lambda x: np.nan, "not finite"),
        (lambda x: x[: int(x[0] > 1.0) + 1], "changes the shape"),
    ],
)
def test_a_function_without_a_gradient_is_refused_in_a_sentence(f, sentence):
    with pytest.raises(ValueError, match=sentence):
        numerical_gradient(f, [1.0, 2.0])
