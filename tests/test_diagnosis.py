"""Which hint an answer gets: the idea behind it, in whatever form the answer comes."""

import numpy as np
import pytest
from masters import run_tests_of

from autograder import misconceptions
from autograder.checks import Check, CheckFailed


def said(exercise, function, answer):
    """The name of the hint that the test cells give."""
    with pytest.raises(CheckFailed) as failed:
        run_tests_of(exercise, function, answer)
    return failed.value.misconception


def idea(exercise, function, name):
    return next(m.run for m in misconceptions.of_function(function, exercise) if m.name == name)


def in_lists(value):
    if isinstance(value, (list, tuple)):
        return [in_lists(v) for v in value]
    return value.tolist() if isinstance(value, np.ndarray) else value


def in_single_precision(value):
    if isinstance(value, (list, tuple)):
        return [in_single_precision(v) for v in value]
    return value.astype(np.float32) if isinstance(value, np.ndarray) else value


SAMPLE = [
    ("network", "linear", "bias_forgotten"),
    ("network", "forward", "no_relu_between_layers"),
    ("backprop", "grad_logits", "mean_forgotten"),
    ("backprop", "linear_backward", "db_averaged"),
    ("backprop", "backward", "relu_not_passed_back"),
]


@pytest.mark.parametrize("form", [in_lists, in_single_precision])
@pytest.mark.parametrize(("exercise", "function", "name"), SAMPLE)
def test_an_idea_is_recognised_whatever_its_numbers_come_in(exercise, function, name, form):
    run = idea(exercise, function, name)
    assert said(exercise, function, lambda *args: form(run(*args))) == name


@pytest.mark.parametrize(("exercise", "function", "name"), SAMPLE)
def test_an_idea_is_recognised_in_an_answer_that_takes_no_lists(exercise, function, name):
    run = idea(exercise, function, name)

    def answer(*args):
        for a in args:
            assert not isinstance(a, list) or isinstance(a[0], tuple) or a.shape
        return run(*args)

    assert said(exercise, function, answer) == name


def right(X, W, dP):
    X, W, dP = (np.asarray(A, dtype=float) for A in (X, W, dP))
    return dP @ W.T, X.T @ dP, dP.sum(axis=0)


@pytest.mark.parametrize(
    ("arranged", "name"),
    [
        (lambda dX, dW, db: (db, dW, dX), "results_arranged_otherwise"),
        (lambda dX, dW, db: ((dX, dW), db), "results_arranged_otherwise"),
        (lambda dX, dW, db: (dX, db), "a_result_missing"),
        (lambda dX, dW, db: (dX, 7.0, dW, db), "a_result_too_many"),
        (lambda dX, dW, db: {"dX": dX, "dW": dW, "db": db}, "names_in_place_of_an_order"),
    ],
)
def test_right_results_in_another_arrangement_are_called_so(arranged, name):
    # No bank knows the function by this name.
    check = Check("layer_backward", lambda *args: arranged(*right(*args)))
    point = np.array([[1.0, 2.0], [0.5, -1.0]]), np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 3.0]]), np.eye(2, 3) + 0.5
    with pytest.raises(CheckFailed) as failed:
        check.value(*point, expected=right(*point))
    assert failed.value.misconception == name


def test_one_of_several_gradients_that_is_off_by_a_factor_is_called_so():
    check = Check("layer_backward", lambda X, W, dP: (right(X, W, dP)[0], right(X, W, dP)[1] / len(X)))
    X, W, dP = np.array([[1.0, 2.0], [0.5, -1.0], [3.0, 0.2]]), np.ones((2, 2)), np.array([[1.0, 2.0]] * 3)
    with pytest.raises(CheckFailed) as failed:
        check.gradient(X, W, dP, of=lambda W: float(np.sum(dP * (X @ W))), wrt=1, part=1, named="dW")
    assert failed.value.misconception == "divided_by_batch"


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (lambda a: print(a), "nothing_returned"),
        (lambda a: str(a), "text_in_place_of_numbers"),
        (lambda a: {"value": a}, "names_in_place_of_an_order"),
        (lambda a: lambda: a, "function_in_place_of_its_value"),
        (lambda a: (a, np.arange(3.0)), "a_result_too_many"),
        (lambda a: a + np.random.random(), "depends_on_earlier_calls"),
    ],
)
def test_what_is_no_answer_is_called_by_what_it_is(answer, name):
    with pytest.raises(CheckFailed) as failed:
        Check("unknown", answer).value(2.0, expected=2.0)
    assert failed.value.misconception == name


def test_an_input_that_should_be_refused_and_is_not_is_called_so():
    with pytest.raises(CheckFailed) as failed:
        Check("unknown", lambda a: ValueError(a)).raises(-1, error=ValueError)
    assert failed.value.misconception == "bad_input_not_refused"


def test_a_property_cites_its_idea_where_no_behaviour_is_recognised():
    def answer(sizes, rng):
        return [(rng.normal(size=(n, m)) * np.sqrt(2 / n), rng.exponential(size=m)) for n, m in zip(sizes, sizes[1:])]

    assert said("network", "init_params", answer) == "biases_not_at_zero"


def test_numbers_drawn_from_elsewhere_are_called_so_where_a_generator_is_given():
    def weights(sizes, rng):
        return [(np.random.normal(size=(n, m)) * np.sqrt(2 / n), np.zeros(m)) for n, m in zip(sizes, sizes[1:])]

    assert said("network", "init_params", weights) == "drawn_elsewhere"


def test_an_unknown_fault_in_one_of_several_results_is_said_to_be_there():
    def answer(X, W, dP):
        dX, dW, db = right(X, W, dP)
        return dX, dW, np.abs(db) ** 1.5 + 0.1

    assert said("backprop", "linear_backward", answer) == "some_results_wrong"


def one_entry_alone_is_right_by_chance(p):
    p = np.asarray(p, dtype=float)
    return p - p.max() - np.log1p(np.exp(p - p.max()).sum())


def a_batch_of_one_is_right_by_chance(p):
    e = np.exp(np.asarray(p, dtype=float) / np.sqrt(len(p)))
    return e / e.sum()


@pytest.mark.parametrize(
    ("answer", "p", "expected"),
    [
        (one_entry_alone_is_right_by_chance, [0.0, 0.0], np.log([0.5, 0.5])),
        (a_batch_of_one_is_right_by_chance, np.log([1.0, 3.0, 4.0]), [0.125, 0.375, 0.5]),
    ],
)
def test_a_form_that_is_right_by_chance_explains_nothing(answer, p, expected):
    with pytest.raises(CheckFailed) as failed:
        Check("unknown", answer).value(p, expected=expected)
    assert failed.value.misconception is None
