"""A classifier of unknown design is judged by its slopes: those of right gradients fit, and no others."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import log_softmax, softmax

from autograder.checks import Check, CheckFailed
from autograder.models import (
    answered,
    checked,
    cross_entropy,
    made_sure,
    moved,
    parameters,
    shaken,
    slope_of_logits,
    slopes,
)

LOGITS = arrays(float, (4, 3), elements=st.floats(-1e5, 1e5))
LABELS = arrays(np.int64, 4, elements=st.integers(0, 2))


def logits(model, X):
    W, b = model["params"]
    return np.tanh(X @ W + b) * 3


def gradients(model, X, z):
    W, b = model["params"]
    P = logits(model, X)
    dA = (softmax(P, axis=1) - np.eye(P.shape[1])[z]) / len(z) * 3 * (1 - (P / 3) ** 2)
    return [X.T @ dA, dA.sum(axis=0)]


@pytest.fixture
def point():
    rng = np.random.default_rng(0)
    model = {"params": [rng.normal(size=(4, 3)), rng.normal(size=3)], "name": "bent"}
    return model, rng.normal(size=(5, 4)), np.array([0, 2, 1, 1, 0])


@given(LOGITS, LABELS)
def test_the_loss_is_that_of_scipy(P, z):
    expected = -np.mean(log_softmax(P, axis=1)[np.arange(4), z])
    assert cross_entropy(P, z) == pytest.approx(expected, rel=1e-9, abs=1e-10)


def test_a_tiny_loss_and_its_slopes_keep_their_digits():
    P, z = np.array([[40.0, 0.0, -1.0]]), np.array([0])
    others = np.exp(-40.0) + np.exp(-41.0)
    assert cross_entropy(P, z) == pytest.approx(others, rel=1e-12)
    np.testing.assert_allclose(slope_of_logits(P, z), [[-others, np.exp(-40.0), np.exp(-41.0)]], rtol=1e-12)


@given(LOGITS, LABELS)
def test_slopes_of_logits_are_probabilities_less_labels(P, z):
    expected = (softmax(P, axis=1) - np.eye(3)[z]) / 4
    np.testing.assert_allclose(slope_of_logits(P, z), expected, atol=1e-12)


def test_moving_a_model_leaves_the_old_one_and_what_stands_beside(point):
    model = point[0] | {"params": tuple(point[0]["params"])}
    there = moved(model, [np.ones((4, 3)), np.zeros(3)])
    assert there["name"] == "bent" and isinstance(there["params"], tuple)
    np.testing.assert_array_equal(there["params"][0], point[0]["params"][0] + 1)
    assert parameters(model)[0] is not model["params"][0]


def test_right_gradients_have_the_measured_slopes(point):
    for found in slopes(logits, *point, gradients(*point), np.random.default_rng(1)):
        np.testing.assert_array_equal(found.claimed, found.measured)


@pytest.mark.parametrize("wrong", [0, 1])
@pytest.mark.parametrize("bug", [lambda g: -g, lambda g: g * 1.001, lambda g: g * np.nan, lambda g: 0 * g])
def test_a_bug_shows_in_its_own_array_alone(point, wrong, bug):
    claimed = gradients(*point)
    claimed[wrong] = bug(claimed[wrong])
    found = slopes(logits, *point, claimed, np.random.default_rng(1))
    fits = [np.array_equal(s.claimed, s.measured) for s in found]
    assert fits == [k != wrong for k in range(2)]


def test_one_wrong_entry_among_many_is_seen_by_a_random_direction():
    rng = np.random.default_rng(2)
    model, X, z = (
        {"params": [rng.normal(size=(60, 5)), np.zeros(5)]},
        rng.normal(size=(4, 60)) / 8,
        np.array([0, 4, 2, 1]),
    )
    claimed = gradients(model, X, z)
    claimed[0][17, 3] += np.abs(claimed[0]).max()
    first, second = slopes(logits, model, X, z, claimed, rng)
    assert not np.array_equal(first.claimed[4:], first.measured[4:])
    assert np.array_equal(second.claimed, second.measured)


def test_a_model_is_made_sure_until_its_loss_is_tiny():
    rng = np.random.default_rng(3)
    model, X, z = {"params": [rng.normal(size=(4, 3)), np.zeros(3)]}, rng.normal(size=(1, 4)), np.array([1])
    line = lambda model, X: X @ model["params"][0] + model["params"][1]  # noqa: E731
    errors = slope_of_logits(line(model, X), z)
    sure = made_sure(line, model, X, z, [X.T @ errors, errors[0]])
    assert 5e-13 < cross_entropy(line(sure, X), z) <= 1.01e-12


def test_a_shaken_model_has_no_zeros_left():
    model = shaken({"params": [np.zeros((3, 2)), np.zeros(2)]}, np.random.default_rng(0))
    assert all(np.all(p != 0) for p in model["params"])


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([np.ones(2)], "a list came back"),
        ({"W": np.ones(2)}, "it has no such key"),
        ({"params": np.ones(2)}, "it is a ndarray"),
        ({"params": []}, "it is empty"),
        ({"params": [np.ones(2), "relu"]}, "entry 1 is no array of numbers"),
        ({"params": [np.ones(2), [np.inf]]}, "entry 1 has nan or inf"),
    ],
)
def test_what_is_no_model_is_refused_with_the_reason(answer, said):
    with pytest.raises(CheckFailed, match=said):
        checked(Check("new_model", lambda N: answer), 3)


def test_what_is_no_array_of_numbers_counts_as_no_answer():
    assert answered(lambda: 1 / 0).size == 0
    assert answered(lambda: "words").size == 0
    np.testing.assert_array_equal(answered(lambda: [[1, 2]]), [[1.0, 2.0]])
