"""What a check sees, whatever the function under it does."""

import subprocess
import sys

import numpy as np
import pytest

from autograder.checks import Check
from autograder.messages import CheckFailed, Finding, Hint


def failure(function, run, name="f"):
    check = Check(name, function)
    with pytest.raises(CheckFailed) as failed:
        run(check)
    return failed.value.finding


def double(check):
    check.value(np.array([1.0, 2.0]), expected=[2.0, 4.0])
    check.value(np.array([3.0, 5.0]), expected=[6.0, 10.0])


def reuses_a_buffer():
    buffer = np.zeros(2)

    def function(x):
        np.multiply(x, 2, out=buffer)
        return buffer

    return function


def drifts():
    calls = []

    def function(x):
        calls.append(1)
        return x * 2 + (len(calls) - 1) * 1e-3

    return function


def in_place(x):
    x *= 2
    return x


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        (lambda x: None, "type"),
        (lambda x: "2, 4", "type"),
        (lambda x: x * 2j, "type"),
        (lambda x: [[2.0], [4.0, 1.0]], "type"),
        (lambda x: {"y": x * 2}, "type"),
        (lambda x: (x * 2)[None], "shape"),
        (lambda x: (x * 2)[:, None], "shape"),
        (lambda x: float((x * 2)[0]), "shape"),
        (lambda x: x * np.nan, "finite"),
        (lambda x: x / 0, "finite"),
        (lambda x: x * 2.001, "values"),
        (in_place, "mutated"),
        (drifts(), "repeat"),
        (reuses_a_buffer(), "overwritten"),
        (lambda x: 1 / 0, "raised"),
        (lambda x: sys.exit(0), "raised"),
        (lambda: 0, "raised"),
    ],
)
def test_each_fault_has_its_own_kind(function, kind):
    assert failure(function, double).kind == kind


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x * 2,
        lambda x: (x * 2).tolist(),
        lambda x: tuple(x * 2),
        lambda x: np.float32(x) * 2,
        lambda x: np.array(x * 2, dtype=int),
        lambda x: np.asmatrix(x * 2).A1,
        lambda x: iter(x * 2),
        lambda x: np.array(list(x * 2), dtype=object),
        lambda x: x + x * (1 + 1e-13 * np.random.default_rng().normal()),
    ],
)
def test_a_right_answer_in_any_form_passes(function):
    double(Check("f", function))


def test_a_stub_is_said_to_be_unwritten():
    def stub(x):
        raise NotImplementedError

    assert "not written yet" in failure(stub, double).text


def test_a_message_says_what_was_tried_got_and_expected():
    text = failure(lambda x: x * 3, double).text
    assert "f(array([1., 2.]))" in text and "[3., 6.]" in text and "[2., 4.]" in text


def test_a_card_shows_code_as_code():
    hint = Hint("an idea", "It was `a < b`.", "What does `@` do, and what `*`?")
    card = Finding("f", "values", "the values are wrong", hint=hint).card
    assert "It was <code>a &lt; b</code>." in card
    assert "What does <code>@</code> do, and what <code>*</code>?" in card


def test_a_hidden_check_shows_the_kind_of_input_and_no_value():
    def run(check):
        check.hidden().value(np.array([1.25, 2.0]), expected=[2.5, 4.0], kind="two moderate numbers")

    finding = failure(lambda x: x * 3, run)
    for shown in (finding.text, finding.card):
        assert "two moderate numbers" in shown
        assert "1.25" not in shown and "2.5" not in shown and "3.75" not in shown


def test_what_an_exception_says_is_not_shown_by_a_hidden_check():
    def leaks(x):
        raise RuntimeError(f"the input was {x}")

    def run(check):
        check.hidden().value(np.array([1.25, 2.0]), expected=[2.5, 4.0], kind="two moderate numbers")

    assert "1.25" not in failure(leaks, run).text


def test_hidden_inputs_follow_the_seed_of_the_run(monkeypatch):
    def draw(seed, name="f"):
        monkeypatch.setenv("AUTOGRADER_SEED", seed)
        return Check(name, abs).hidden().rng.normal()

    assert draw("1") == draw("1") != draw("2")
    assert draw("1", "g") != draw("1", "f")


def test_what_a_function_does_to_numpys_settings_costs_nothing():
    before = np.geterr()

    def noisy(x):
        np.seterr(all="raise")
        np.random.seed(0)
        return x * 2

    double(Check("f", noisy))
    assert np.geterr() == before


def test_a_gradient_is_compared_entry_by_entry():
    x = np.array([0.5, -1.0, 2.0])

    def run(check):
        check.gradient(x, of=lambda x: float(np.sum(x**3)), named="dx")

    run(Check("f", lambda x: 3 * x**2))
    finding = failure(lambda x: 3 * x**2 * [1, 1, 1.01], run)
    assert finding.kind == "gradient" and finding.worst == (2,) and "dx" in finding.sentence


def test_a_part_that_is_missing_is_named():
    def run(check):
        check.gradient(np.ones(2), of=lambda x: float(x.sum()), part=1, named="db")

    assert "db is missing" in failure(lambda x: (np.ones(2),), run).sentence


def test_a_result_that_is_not_linear_in_the_upstream_gradient_is_seen():
    def run(check):
        check.linear(np.ones(3), np.array([1.0, -2.0, 0.5]), wrt=1)

    run(Check("f", lambda x, g: x * g))
    assert failure(lambda x, g: x * np.abs(g), run).kind == "structure"
    assert failure(lambda x, g: x * g + 1, run).kind == "structure"


def test_a_wrong_exception_and_a_missing_one_are_told_apart():
    def run(check):
        check.raises([5], error=ValueError)

    def refuses(z):
        raise ValueError

    def refuses_otherwise(z):
        raise KeyError(5)

    run(Check("f", refuses))
    assert failure(refuses_otherwise, run).kind == "raised"
    assert failure(lambda z: z, run).kind == "accepted"


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        (lambda X: -X @ X.T, "flipped_sign"),
        (lambda X: X @ X.T * len(X), "times_batch"),
        (lambda X: X @ X.T / len(X), "divided_by_batch"),
        (lambda X: 2 * X @ X.T, "factor_two"),
        (lambda X: X @ X.T / 2, "factor_half"),
        (lambda X: X @ X.T / np.log(2), "base_two"),
        (lambda X: np.diag(np.diag(X @ X.T)), "diagonal_only"),
        (lambda X: (X @ X.T).ravel(), "right_in_another_shape"),
        (lambda X: np.round(X @ X.T, 2), "rounded"),
        (lambda X: np.zeros((4, 4)), "all_zero"),
        (lambda X: X @ X.T + np.eye(4)[[0]].T @ np.eye(4)[[2]], "one_entry_wrong"),
        (lambda X: X @ X.T * np.array([[1], [1], [3], [1]]), "one_row_wrong"),
    ],
)
def test_a_general_mistake_is_named(wrong, name):
    X = np.random.default_rng(4).normal(size=(4, 3))
    finding = failure(wrong, lambda check: check.value(X, expected=X @ X.T))
    assert finding.hint is not None and finding.hint.name == name


def test_no_idea_is_named_where_none_fits():
    X = np.random.default_rng(4).normal(size=(4, 3))
    finding = failure(lambda X: np.cos(X), lambda check: check.value(X, expected=np.sin(X)))
    assert finding.hint is None


def test_the_students_part_needs_numpy_alone():
    allowed = {"autograder", "numpy"} | sys.stdlib_module_names
    program = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "from autograder import checks, misconceptions\n"
        "misconceptions.of_function('softmax')\n"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert set(loaded) - {name for name in loaded if name.startswith("_")} <= allowed
