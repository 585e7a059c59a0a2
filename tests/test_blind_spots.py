"""Where careless gradient checks are blind: each test shows a wrong answer that they accept and ours rejects."""

import numpy as np
import pytest
from masters import run_tests_of
from scipy.special import softmax

from autograder.checks import Check
from autograder.gradients import compare, numerical_gradient
from autograder.messages import CheckFailed


def central(f, x, h=1e-5):
    """The difference quotient as every tutorial has it."""
    slope = np.zeros_like(x)
    for at in np.ndindex(x.shape):
        e = np.zeros_like(x)
        e[at] = h
        slope[at] = (f(x + e) - f(x - e)) / (2 * h)
    return slope


def rejected(exercise, function, answer):
    with pytest.raises(CheckFailed) as failed:
        run_tests_of(exercise, function, answer)
    return failed.value.finding


def loss(P, z):
    return np.mean(np.logaddexp.reduce(P, axis=1) - P[np.arange(len(P)), z])


def test_an_upstream_gradient_of_ones_cannot_see_a_softmax_gradient_of_zeros():
    def zeros(P, G):
        return np.zeros(np.shape(P))

    P = np.random.default_rng(0).normal(size=(4, 5))
    ones = np.ones((4, 5))
    measured = central(lambda P: np.sum(ones * softmax(P, axis=1)), P)
    assert np.allclose(zeros(P, ones), measured)
    rejected("jacobian", "softmax_vjp", zeros)


def test_zero_logits_cannot_see_a_loss_without_its_log_sum_exp():
    def wrong(P, z):
        P = np.asarray(P, dtype=float)
        return np.log(P.shape[1]) - np.mean(P[np.arange(len(P)), z])

    P, z = np.zeros((4, 3)), np.array([0, 2, 1, 1])
    assert np.isclose(wrong(P, z), loss(P, z))
    rejected("stability", "cross_entropy_logits", wrong)


def test_a_square_symmetric_weight_cannot_see_a_missing_transpose():
    def wrong(X, W, dP):
        X, W, dP = (np.asarray(A, dtype=float) for A in (X, W, dP))
        return dP @ W, X.T @ dP, dP.sum(axis=0)

    rng = np.random.default_rng(0)
    X, dP, W = rng.normal(size=(4, 3)), rng.normal(size=(4, 3)), rng.normal(size=(3, 3))
    W = W + W.T
    assert np.allclose(wrong(X, W, dP)[0], central(lambda X: np.sum(dP * (X @ W)), X))
    rejected("backprop", "linear_backward", wrong)


def test_a_batch_of_one_cannot_see_a_missing_sum_over_the_batch():
    def wrong(X, W, dP):
        X, W, dP = (np.asarray(A, dtype=float) for A in (X, W, dP))
        return dP @ W.T, X.T @ dP, dP[0]

    dP = np.array([[1.0, -2.0, 0.5]])
    assert np.allclose(wrong(np.ones((1, 2)), np.ones((2, 3)), dP)[2], dP.sum(axis=0))
    rejected("backprop", "linear_backward", wrong)


def test_allclose_cannot_see_a_shape_that_broadcasts():
    right = softmax([1.0, 2.0, 3.0])
    assert np.allclose(right[None], right) and np.allclose(np.full((3, 1), 1 / 3), softmax(np.zeros(3)))
    assert rejected("softmax", "softmax", lambda p: softmax(p)[None]).kind == "shape"


def test_one_pooled_norm_cannot_see_a_bias_gradient_twice_too_large():
    rng = np.random.default_rng(0)
    dW, db = 1e6 * rng.normal(size=(50, 3)), rng.normal(size=3)
    pooled = np.concatenate([dW.ravel(), 2 * db]) - np.concatenate([dW.ravel(), db])
    assert np.linalg.norm(pooled) / np.linalg.norm(dW) < 1e-6

    def wrong(X, W, dP):
        X, W, dP = (np.asarray(A, dtype=float) for A in (X, W, dP))
        return dP @ W.T, X.T @ dP, 2 * dP.sum(axis=0)

    assert "db" in rejected("backprop", "linear_backward", wrong).sentence


def test_an_absolute_tolerance_cannot_see_a_small_gradient_twice_too_large():
    x = np.array([0.3, -1.2, 2.0])
    truth = 1e-9 * np.cos(x)
    assert np.allclose(2 * truth, truth)
    assert not compare(2 * truth, numerical_gradient(lambda x: 1e-9 * np.sum(np.sin(x)), x)).ok


def test_the_wrong_inequality_cannot_see_nan():
    got, right = np.array([np.nan, 1.0]), np.array([0.5, 1.0])
    assert not np.abs(got - right).max() > 1e-6
    np.testing.assert_allclose([np.nan], [np.nan])
    assert rejected("softmax", "softmax", lambda p: softmax(p) * np.nan).kind == "finite"


def test_a_pair_of_functions_that_agree_cannot_be_seen_without_the_definition():
    def summed(X, W, b, Y):
        X, Y = np.asarray(X, dtype=float), np.asarray(Y, dtype=float)
        P = X @ np.asarray(W, dtype=float) + np.asarray(b, dtype=float)
        E = softmax(P, axis=1) - Y
        return len(X) * loss(P, Y.argmax(axis=1)), X.T @ E, E.sum(axis=0)

    rng = np.random.default_rng(0)
    X, W, b, Y = rng.normal(size=(4, 5)), rng.normal(size=(5, 3)), rng.normal(size=3), np.eye(3)[[0, 2, 1, 1]]
    assert np.allclose(summed(X, W, b, Y)[1], central(lambda W: summed(X, W, b, Y)[0], W))
    rejected("backprop", "softmax_layer_gradients", summed)


def test_a_symmetric_jacobian_cannot_show_its_transpose_and_that_of_the_logarithm_does():
    f = softmax([1.0, 2.0, 3.0])
    J = np.diag(f) - np.outer(f, f)
    assert np.allclose(J, J.T)

    def transposed(p):
        f = softmax(np.asarray(p, dtype=float))
        return (np.eye(len(f)) - f).T

    rejected("jacobian", "log_softmax_jacobian", transposed)


def test_a_tolerance_of_a_millionth_cannot_see_a_measured_gradient():
    def measured(p):
        p = np.asarray(p, dtype=float)
        return np.stack([(softmax(p + e) - softmax(p - e)) / 2e-5 for e in 1e-5 * np.eye(len(p))], axis=1)

    f = softmax([1.0, 2.0, 3.0])
    assert np.allclose(measured([1.0, 2.0, 3.0]), np.diag(f) - np.outer(f, f), rtol=1e-6, atol=1e-9)
    assert rejected("jacobian", "softmax_jacobian", measured).hint.name == "finite_differences"


def test_a_single_call_cannot_see_changed_inputs_shared_buffers_and_drift():
    kept = np.zeros(3)
    count = iter(range(1000))

    def shared(p):
        np.copyto(kept, softmax(p))
        return kept

    def changes(p):
        if isinstance(p, np.ndarray) and p.dtype == float:
            p -= p.max()
        return softmax(p)

    def drifts(p):
        return softmax(p) * (1 + 1e-9 * next(count))

    p = np.array([1.0, 2.0, 3.0])
    for wrong, kind in ((shared, "overwritten"), (changes, "mutated"), (drifts, "repeat")):
        assert np.allclose(wrong(p.copy()), softmax(p))

        def run(check):
            check.value(p, expected=softmax(p))
            check.value(p[::-1].copy(), expected=softmax(p[::-1]))

        with pytest.raises(CheckFailed) as failed:
            run(Check("softmax", wrong))
        assert failed.value.finding.kind == kind


def test_at_a_kink_a_right_gradient_looks_wrong_to_a_difference():
    x = np.array([0.0, 1.5])

    def f(x):
        return np.sum(np.maximum(x, 0))

    right = (x > 0).astype(float)
    assert not np.allclose(right, central(f, x))
    judged = compare(right, numerical_gradient(f, x))
    assert judged.ok and not judged.right[0]
