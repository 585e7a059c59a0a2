"""The numerical derivatives: right within their error bars, and open about where they cannot decide."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import elementwise_grad
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import differentiate
from scipy.special import log_softmax, logsumexp, softmax

from autograder.gradients import (
    Derivative,
    compare,
    compare_parameters,
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


def cross_entropy_in_float32(P, y):
    """The dtype that comes back is float32."""
    P = P.astype(np.float32)
    return np.mean(logsumexp(P, axis=1) - P[np.arange(len(P)), y])


FLOAT32 = {
    "float32 comes back": cross_entropy_in_float32,
    "a Python float comes back": lambda P, y: float(cross_entropy_in_float32(P, y)),
    "float64 comes back from float32 inside": lambda P, y: np.mean(
        [-np.log(np.float64(row[k])) for row, k in zip(softmax(P.astype(np.float32), axis=1), y)]
    ),
    "on top of a constant": lambda P, y: float(np.float32(1000) + cross_entropy_in_float32(P, y)),
}


@pytest.mark.parametrize("name", FLOAT32)
def test_a_function_that_computes_in_float32_has_an_error_bar_as_wide_as_that_takes(name):
    rng = np.random.default_rng(8)
    within = []
    for size in (1e-3, 0.1, 1.0, 3.0, 10.0) * 4:
        P, y = size * rng.normal(size=(4, 3)), rng.integers(0, 3, 4)
        truth = (softmax(P, axis=1) - np.eye(3)[y]) / 4
        found = numerical_gradient(lambda P, y=y: FLOAT32[name](P, y), P)
        within.append(np.abs(found.value - truth) <= found.error)
        assert np.median(found.error) < (0.2 if "constant" in name else 5e-4)
        judged = compare(truth, found)
        assert not judged.wrong.any()
        assert "constant" in name or compare(-truth, found).wrong.any()
    assert np.mean(within) >= 0.99


def test_a_function_in_float16_decides_next_to_nothing():
    x = np.array([0.3, -1.2, 2.0])
    found = numerical_gradient(lambda x: np.sum(np.sin(x.astype(np.float16))), x)
    assert np.all(np.abs(found.value - np.cos(x)) <= found.error)
    assert not compare(np.cos(x), found).wrong.any()


@pytest.mark.filterwarnings("ignore:overflow")
def test_hardly_any_truth_lies_outside_its_error_bar_over_many_functions_sizes_and_scales():
    rng = np.random.default_rng(21)
    within, width, false_alarms = [], [], 0
    hard = {
        "fast": lambda x: anp.sin(20 * x),
        "steep": lambda x: anp.tanh(1e3 * x),
        "nearly a kink": lambda x: anp.sqrt(x * x + 1e-4),
        "on a pedestal": lambda x: 1e3 + anp.sin(x),
    }
    for name, f in (SMOOTH | hard).items():
        for _ in range(150):
            x = rng.normal(size=rng.integers(1, 7)) * 10.0 ** rng.integers(-3, 2)
            scale = 10.0 ** rng.integers(-9, 10)
            truth = scale * elementwise_grad(f)(x)
            found = numerical_gradient(lambda x, f=f, s=scale: s * np.sum(f(x)), x)
            within.extend(np.abs(found.value - truth) <= found.error)
            false_alarms += compare(truth, found).wrong.any()
            if name in SMOOTH and np.any(truth):
                width.append(np.min(found.error / np.abs(truth).max()))
    assert np.mean(within) >= 0.999
    # Saturated terms that cancel to the last digit, and nothing else.
    assert false_alarms <= 3
    assert np.median(width) < 1e-9 and np.quantile(width, 0.9) < 1e-6


@settings(max_examples=50, deadline=None)
@given(x=arrays(float, (2, 3), elements=st.floats(-5, 5)), seed=st.integers(0, 99))
def test_a_vector_jacobian_product_is_the_gradient_of_the_weighted_sum(x, seed):
    g = np.random.default_rng(seed).normal(size=(2, 3))
    f = softmax(x, axis=1)
    found = numerical_vjp(lambda x: softmax(x, axis=1), x, g)
    assert found.value.shape == (2, 3)
    assert np.all(np.abs(found.value - f * (g - np.sum(f * g, axis=1, keepdims=True))) <= found.error)


THOUSANDTHS = st.integers(-1_000_000, 1_000_000).map(lambda n: n / 1000)


@settings(max_examples=100, deadline=None)
@given(A=arrays(float, (3, 5), elements=THOUSANDTHS), x=arrays(float, 5, elements=THOUSANDTHS))
def test_the_jacobian_of_a_matrix_is_the_matrix(A, x):
    found = numerical_jacobian(lambda x: A @ x, x)
    assert np.all(np.abs(found.value - A) <= found.error)
    assert not found.kink.any()
    assert not compare(A, found).wrong.any()


def test_the_jacobian_agrees_with_the_one_of_scipy():
    p = np.array([0.3, -1.2, 2.0, 0.5])
    theirs = differentiate.jacobian(lambda p: log_softmax(p, axis=0), p)
    found = numerical_jacobian(log_softmax, p)
    assert np.all(np.abs(found.value - theirs.df) <= found.error + theirs.error)
    assert compare(theirs.df, found).right.all()
    assert compare(theirs.df.T, found).wrong.any()


def test_an_upstream_gradient_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"upstream has shape \(3, 1\), and the function returns \(3,\)"):
        numerical_vjp(softmax, [1.0, 2.0, 3.0], np.ones((3, 1)))


def test_ones_upstream_of_softmax_decide_nothing():
    p = np.array([0.3, -1.2, 2.0])
    found = numerical_gradient(lambda p: softmax(p).sum(), p)
    for answer in (np.zeros(3), np.full(3, 1e-11)):
        judged = compare(answer, found)
        assert not judged.ok and not judged.wrong.any()


def test_an_output_that_upstream_ignores_may_be_at_a_kink():
    for f, slope in ((lambda x: np.maximum(x, 0), 2.0), (np.sqrt, 1.0)):
        found = numerical_vjp(f, [0.0, 1.0, 0.0], [0.0, 2.0, 1.0])
        assert found.kink.tolist() == [False, False, True]
        assert compare([0.0, slope, 0.7], found).right.tolist() == [True, True, False]


def test_the_complex_step_agrees_with_differences_and_refuses_what_is_not_analytic():
    x = np.array([[0.3, -1.2, 2.0], [0.1, 0.7, -0.4]])

    def f(x):
        return np.sum(np.exp(x) / (1 + x * x))

    assert compare(complex_step(f, x), numerical_gradient(f, x)).right.all()
    with pytest.raises(ValueError, match="imaginary part"):
        complex_step(lambda x: np.sum(np.abs(x)), x)


KINKS = {
    "abs": (np.abs, 0.0, (-1.0, 0.0, 1.0)),
    "clip": (lambda x: np.clip(x, -1, 1), 1.0, (0.0, 0.5, 1.0)),
    "a slightly leaky ReLU": (lambda x: np.where(x > 0, x, 0.99 * x), 0.0, (0.99, 1.0)),
    "ReLU under a large constant": (lambda x: 1e9 + np.maximum(x, 0), 0.0, (0.0, 0.5, 1.0)),
    "a jump": (np.sign, 0.0, (0.0, 1.0)),
    "a vertical tangent": (np.cbrt, 0.0, (0.0, 1.0)),
    "the end of the domain": (np.sqrt, 0.0, (0.0, 1.0)),
    "a pole next door": (np.log, 1e-9, (1e9, 0.0)),
}


@pytest.mark.parametrize("name", KINKS)
def test_where_there_is_no_slope_nothing_but_nan_is_wrong(name):
    f, at, guesses = KINKS[name]
    found = numerical_gradient(lambda x: np.sum(f(x)), [at])
    assert found.kink.all() and found.error.dtype == float
    for guess in guesses:
        judged = compare([guess], found)
        assert not judged.wrong.any() and not judged.right.any() and not judged.ok
    assert compare([np.nan], found).wrong.all()


@pytest.mark.parametrize("jump", [1.0, 0.01, 1e-4, 1e-6])
@pytest.mark.parametrize("distance", [0.0, 1e-7, -4e-6, 1e-5])
def test_at_a_kink_however_weak_the_error_bar_reaches_the_slopes_on_both_sides(jump, distance):
    found = numerical_gradient(lambda x: np.sum(np.where(x > 0, x, (1 - jump) * x)), [distance])
    assert abs(found.value[0] - (1 if distance > 0 else 1 - jump)) <= found.error[0] < 3 * jump
    assert distance or found.value[0] + found.error[0] >= 1


def test_one_kink_leaves_the_other_entries_decided():
    x = np.array([[0.0, 1.5], [-0.7, 1e-6]])
    found = numerical_gradient(lambda x: np.sum(np.maximum(x, 0) ** 1 * [1.0, 3.0]), x)
    assert found.kink.tolist() == [[True, False], [False, True]]
    judged = compare([[0.0, 3.0], [1.0, 3.0]], found)
    assert judged.wrong.tolist() == [[False, False], [True, False]]
    assert (judged.worst, judged.got, judged.expected) == ((1, 0), 1.0, 0.0)


@settings(max_examples=60, deadline=None)
@given(
    x=arrays(float, (2, 3), elements=st.floats(-3, 3)), at=st.integers(0, 5), scale=st.sampled_from([1e-9, 1.0, 1e9])
)
def test_one_part_in_a_hundred_million_is_right_and_the_subtlest_mistake_is_wrong(x, at, scale):
    labels = [0, 2]
    truth = scale * (softmax(x, axis=1) - np.eye(3)[labels])

    def loss(x):
        return scale * np.sum(logsumexp(x, axis=1) - x[[0, 1], labels])

    found = numerical_gradient(loss, x)
    assert compare(truth * (1 + 1e-8), found).right.any() and not compare(truth * (1 + 1e-8), found).wrong.any()
    off = truth.copy()
    off.flat[at] *= 1 + 4e-4
    if abs(truth.flat[at]) > 0.01 * scale:
        judged = compare(off, found)
        assert judged.wrong.sum() == 1 and judged.worst == np.unravel_index(at, (2, 3))


def test_a_small_entry_where_the_slope_is_zero_is_wrong_next_to_entries_of_size_one():
    found = numerical_gradient(lambda x: np.sum(np.sin(x[:2])), [0.3, -0.4, 2.0])
    truth = np.array([np.cos(0.3), np.cos(0.4), 0.0])
    assert compare(truth, found).right.all()
    assert compare(truth + [0, 0, 1e-3], found).wrong.tolist() == [False, False, True]
    assert compare((truth + [0, 0, 1e-3]).astype(np.float32), found).wrong.tolist() == [False, False, True]


def test_a_small_row_is_judged_on_its_own_scale():
    numeric = Derivative(np.array([[1.0, -2.0], [1e-6, 3e-6]]), np.full((2, 2), 1e-14), np.zeros((2, 2), dtype=bool))
    assert compare(numeric.value, numeric).right.all()
    judged = compare(numeric.value * [[1, 1], [1.01, 1]], numeric)
    assert judged.wrong.tolist() == [[False, False], [True, False]] and judged.worst == (1, 0)
    pooled = np.linalg.norm(numeric.value * [[0, 0], [0.01, 0]]) / np.linalg.norm(numeric.value)
    assert pooled < 1e-8


def test_an_answer_in_float32_may_lack_the_digits_that_float32_lacks():
    found = numerical_gradient(lambda x: np.sum(np.sin(x)), [0.3, -1.2, 2.0])
    near = np.cos([0.3, -1.2, 2.0]) * (1 + 5e-6)
    assert compare(near.astype(np.float32), found).right.all()
    assert compare(near.astype(np.float32).astype(float), found).right.all()
    assert compare(near, found).wrong.all()
    assert compare((near * (1 + 4e-4)).astype(np.float32), found).wrong.all()


def test_a_certain_answer_with_no_loss_has_a_slope_of_zero():
    p = np.array([60.0, 0.0, 1.0])
    found = numerical_gradient(lambda p: logsumexp(p) - p[0], p)
    assert compare(softmax(p) - [1, 0, 0], found).ok
    assert compare([0.0, 1e-3, 0.0], found).worst == (1,)


def test_complex_answers_are_refused():
    with pytest.raises(TypeError, match="real"):
        compare([1j, 2.0], numerical_gradient(lambda x: np.sum(x**2), [1.0, 2.0]))


@pytest.mark.parametrize(
    "x",
    [
        np.arange(12.0).reshape(3, 4)[:, ::2],
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(6.0).reshape(2, 3).T,
        np.broadcast_to(np.array([1.0, 2.0]), (3, 2)),
        np.float32([[1, 2, 3]]),
        [[1, 2], [3, 4], [5, 6]],
        3,
        np.zeros((0, 2)),
    ],
    ids=["every other column", "Fortran", "transposed", "read-only", "float32", "lists", "a number", "empty"],
)
def test_inputs_of_any_layout_give_the_same_derivative(x):
    weights = np.arange(1.0, np.size(x) + 1).reshape(np.shape(x))
    seen = []

    def f(x):
        seen.append((x.dtype, x.flags.writeable))
        return np.sum(weights * x**2)

    found = numerical_gradient(f, x)
    assert set(seen) == {(np.dtype(float), True)}
    assert found.value.shape == found.error.shape == found.kink.shape == np.shape(x)
    assert np.all(np.abs(found.value - 2 * weights * np.asarray(x, dtype=float)) <= found.error)


def test_a_reused_buffer_does_not_spoil_the_derivative():
    buffer = np.zeros(3)

    def f(x):
        np.exp(x, out=buffer)
        return buffer

    x = np.array([0.1, 0.2, -0.3])
    assert np.allclose(numerical_jacobian(f, x).value, np.diag(np.exp(x)), rtol=1e-8)
    assert np.allclose(numerical_jacobian(lambda x: x[::-1], x).value, np.eye(3)[::-1], rtol=1e-8)


LABELS = np.array([0, 2, 1, 1, 2])


def network_loss(p):
    hidden = np.maximum(p["X"] @ p["W"] + p["b"], 0)
    logits = hidden @ p["V"] + p["c"]
    return np.mean(logsumexp(logits, axis=1) - logits[np.arange(5), LABELS])


def network():
    """Parameters of a network with one large array, and their gradients in closed form."""
    rng = np.random.default_rng(4)
    shapes = {"X": (5, 60), "W": (60, 11), "b": (11,), "V": (11, 3), "c": (3,)}
    p = {name: rng.normal(size=shape) / np.sqrt(shape[0]) for name, shape in shapes.items()}
    before = p["X"] @ p["W"] + p["b"]
    hidden = np.maximum(before, 0)
    d = (softmax(hidden @ p["V"] + p["c"], axis=1) - np.eye(3)[LABELS]) / 5
    dh = d @ p["V"].T * (before > 0)
    return p, {"X": dh @ p["W"].T, "W": p["X"].T @ dh, "b": dh.sum(0), "V": hidden.T @ d, "c": d.sum(0)}


def test_each_parameter_is_judged_by_itself():
    p, gradients = network()
    assert all(judged.ok for judged in compare_parameters(network_loss, p, gradients).values())
    for name in p:
        wrong = gradients | {name: 2 * gradients[name]}
        assert [k for k, judged in compare_parameters(network_loss, p, wrong).items() if not judged.ok] == [name]
    as_float32 = {name: (g * (1 + 5e-6)).astype(np.float32) for name, g in gradients.items()}
    assert all(judged.ok for judged in compare_parameters(network_loss, p, as_float32).values())


def test_a_list_of_parameters_has_positions_for_keys_and_stays_as_it_is():
    p = [np.array([[1, 2, 3]]), [0.5]]

    def f(p):
        assert isinstance(p, list)
        p[1] += 0.0
        p[0] *= 2
        return np.sum(p[0] ** 2) * p[1][0]

    judged = compare_parameters(f, p, [[[4, 8, 12]], [56.0]])
    assert judged[0].ok and judged[1].ok
    assert p[0].tolist() == [[1, 2, 3]] and p[1] == [0.5]


@pytest.mark.parametrize("at", [(0, 0), (17, 4), (59, 10)])
@pytest.mark.parametrize("mistake", [lambda g: 1.01 * g, lambda g: -g, lambda g: g + 0.1, lambda g: np.nan])
def test_one_wrong_entry_of_a_large_parameter_is_found_where_it_is(at, mistake):
    p, gradients = network()
    p["X"][:, 0] = 1.0
    wrong = {"W": np.array(network_gradient_of_W(p))}
    f = {name: p[name] for name in p if name != "W"}
    assert compare_parameters(lambda q: network_loss(f | q), {"W": p["W"]}, wrong)["W"].ok
    if abs(wrong["W"][at]) < 1e-3:
        at = tuple(np.unravel_index(np.argmax(np.abs(wrong["W"])), (60, 11)))
    wrong["W"][at] = mistake(wrong["W"][at])
    judged = compare_parameters(lambda q: network_loss(f | q), {"W": p["W"]}, wrong)["W"]
    assert judged.worst == at and judged.wrong.sum() == 1
    assert judged.right.shape == (60, 11) and 10 < judged.right.sum() < 20


def network_gradient_of_W(p):
    before = p["X"] @ p["W"] + p["b"]
    d = (softmax(np.maximum(before, 0) @ p["V"] + p["c"], axis=1) - np.eye(3)[LABELS]) / 5
    return p["X"].T @ (d @ p["V"].T * (before > 0))


def test_a_missing_gradient_and_a_gradient_of_another_shape_are_told_apart():
    p, gradients = network()
    with pytest.raises(ValueError, match="there are gradients of"):
        compare_parameters(network_loss, p, {name: g for name, g in gradients.items() if name != "b"})
    judged = compare_parameters(network_loss, p, gradients | {"W": gradients["W"].T, "b": gradients["b"][None]})
    assert [name for name, j in judged.items() if not j.shapes_agree] == ["W", "b"]


def test_what_makes_a_function_of_several_parameters_unfit_is_said_once():
    def f(p):
        p["b"] *= 2
        return p["b"].sum() + p["W"].sum()

    assert faults(f, {"W": np.ones((2, 3)), "b": [1.0, 2.0]}) == ["the function changes its input"]
    assert faults(lambda p: p[0] @ p[1], [np.ones((2, 3)), np.ones(3)]) == []


def test_another_order_of_a_sum_is_not_another_answer():
    x = np.random.default_rng(0).normal(size=1000)
    backwards = iter([False, True, False])
    assert np.cumsum(x)[-1] != np.cumsum(x[::-1])[-1]
    assert faults(lambda x: np.cumsum(x[::-1] if next(backwards) else x)[-1], x) == []
    dropped = iter(range(3))
    assert faults(lambda x: np.delete(x, next(dropped)).sum(), x) == ["the function answers the same call differently"]


def test_a_matrix_of_five_by_seven_takes_few_evaluations_for_each_entry():
    x = np.random.default_rng(0).normal(size=(5, 7))
    calls = []
    numerical_gradient(lambda x: calls.append(1) or np.sum(np.sin(x)), x)
    assert len(calls) <= 12 * x.size


@pytest.mark.parametrize("answer", [None, 1j, "3"])
def test_a_function_that_returns_no_real_number_is_refused(answer):
    with pytest.raises(ValueError, match="returns real numbers"):
        numerical_gradient(lambda x: answer, [1.0, 2.0])
