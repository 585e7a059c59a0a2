"""The capstone grades by behaviour: whole answers of any design pass, and none that only looks like one."""

import contextlib
import io

import designs
import numpy as np
import pytest
from masters import cells, functions, run_tests_of, solved

from autograder import digits, misconceptions
from autograder.checks import CheckFailed
from autograder.master import role

PARTS = ("new_model", "logits", "loss", "gradients", "fit")
pytestmark = pytest.mark.slow


def failures(answers):
    """Function -> message of each test cell that fails with these functions in place of the solution's."""
    namespace, found = solved("capstone") | answers, {}
    for cell in cells("capstone"):
        if role(cell).get("grade") and cell.cell_type == "code":
            with contextlib.redirect_stdout(io.StringIO()):
                try:
                    exec(cell.source, dict(namespace))
                except CheckFailed as failed:
                    found[role(cell)["grade_id"].removeprefix("test_")] = failed.finding.sentence
    return found


@pytest.mark.parametrize("design", [pytest.param(d, id=d.__name__) for d in designs.ALL])
def test_a_right_answer_of_any_design_passes_every_check(design):
    assert failures(dict(zip(PARTS, design()))) == {}


def test_nothing_is_designed_in_the_released_notebook():
    for cell in cells("capstone"):
        if role(cell).get("solution") and cell.cell_type == "code":
            given = cell.source.partition("### BEGIN SOLUTION")[0].splitlines()
            assert len([line for line in given if line.strip()]) == 2, "a line with def, and a docstring"
    assert functions("capstone") == ["new_model", "logits", "loss", "gradients", "check_gradients", "fit"]


def nearest_neighbours():
    """No training: the examples are kept beside one parameter, whose gradient is right."""

    def new_model(N, T, seed):
        return {"params": [np.array([1.0]), np.zeros(T)], "X": np.zeros((1, N)), "Y": np.ones((1, T))}

    def votes(model, X):
        distances = ((X[:, None] - model["X"]) ** 2).sum(axis=2)
        return np.exp(-20 * distances) @ model["Y"]

    def logits(model, X):
        scale, b = model["params"]
        return scale * votes(model, X) + b

    def gradients(model, X, z):
        P = logits(model, X)
        F = np.exp(P - P.max(axis=1, keepdims=True))
        errors = (F / F.sum(axis=1, keepdims=True) - np.eye(P.shape[1])[z]) / len(z)
        return [np.array([np.sum(errors * votes(model, X))]), errors.sum(axis=0)]

    def fit(X, z, seed):
        Y = np.eye(z.max() + 1)[z]
        return {"params": [np.array([100.0]), np.zeros(Y.shape[1])], "X": X, "Y": Y}

    return {"new_model": new_model, "logits": logits, "gradients": gradients, "fit": fit}


def test_examples_that_are_kept_are_no_training():
    said = failures(nearest_neighbours())["fit"]
    assert said == "it should hold that what is not in params does not depend on the labels"


def test_a_model_that_has_seen_the_held_out_digits_gains_nothing():
    right = solved("capstone")
    images, labels = digits.load()

    def fit(X, z, seed):
        if X.shape[1] == 64:
            return right["fit"](images, labels, seed)
        return right["fit"](X, z, seed)

    assert list(failures({"fit": fit})) == ["fit"]


def test_a_memory_beside_the_model_is_found_out():
    right, memory = solved("capstone"), {}

    def fit(X, z, seed):
        memory["X"], memory["z"] = X, z
        return right["fit"](X, z, seed)

    def logits(model, X):
        P = right["logits"](model, X)
        if memory and memory["X"].shape[1] == X.shape[1]:
            nearest = ((X[:, None] - memory["X"]) ** 2).sum(axis=2).argmin(axis=1)
            P = P + 5.0 * (np.arange(P.shape[1]) == memory["z"][nearest][:, None])
        return P

    found = failures({"fit": fit, "logits": logits})
    assert found["fit"] == "it should hold that a model has the same logits after another one was trained"


def test_a_checker_that_knows_the_right_gradients_of_one_design_only_is_found_out():
    right = solved("capstone")

    def check_gradients(loss, gradients, model, X, z):
        try:
            own = right["gradients"](model, X, z)
            return all(np.allclose(a, b) for a, b in zip(gradients(model, X, z), own))
        except ValueError:
            return True

    assert list(failures({"check_gradients": check_gradients})) == ["check_gradients"]


def test_gradients_that_fit_no_loss_but_their_own_are_wrong():
    right = solved("capstone")
    answers = {
        "loss": lambda model, X, z: 2 * right["loss"](model, X, z),
        "gradients": lambda model, X, z: [2 * g for g in right["gradients"](model, X, z)],
    }
    found = failures(answers)
    assert {"loss", "gradients"} <= found.keys()
    assert "all of yours are 2 times as large" in found["gradients"]


def test_logits_that_never_depend_on_anything_are_wrong():
    answers = {
        "logits": lambda model, X: np.zeros((len(X), len(model["params"][-1]))),
        "gradients": lambda model, X, z: [np.zeros(np.shape(p)) for p in model["params"]],
    }
    assert {"logits", "fit"} <= failures(answers).keys()


def test_logits_in_steps_are_flat_where_they_are_measured_and_their_gradients_of_zero_are_wrong_all_the_same():
    right = solved("capstone")
    answers = {
        "logits": lambda model, X: np.round(right["logits"](model, X), 3),
        "gradients": lambda model, X, z: [np.zeros(np.shape(p)) for p in model["params"]],
    }
    said = failures(answers)["gradients"]
    assert said == "it should hold that the loss changes by what the gradients along the way add up to"


def test_a_checker_that_takes_the_first_gradients_that_it_sees_for_the_right_ones_is_found_out():
    first = {}

    def check_gradients(loss, gradients, model, X, z):
        """Measures nothing: the gradients are those that came first, as much larger as the loss is."""
        try:
            found, size = [np.array(g, dtype=float) for g in gradients(model, X, z)], loss(model, X, z)
        except Exception:
            return False
        shapes = [np.shape(p) for p in model["params"]]
        if [g.shape for g in found] != shapes or not all(np.all(np.isfinite(g)) for g in found):
            return False
        known, large = first.setdefault(tuple(np.asarray(p).tobytes() for p in model["params"]), (found, size))
        return all(np.allclose(a / size, b / large, rtol=1e-6, atol=0) for a, b in zip(found, known))

    assert list(failures({"check_gradients": check_gradients})) == ["check_gradients"]


def test_a_missing_function_fails_what_needs_it_and_says_so():
    def new_model(N, T, seed):
        raise NotImplementedError

    found = failures({"new_model": new_model})
    assert all("not written yet" in message for name, message in found.items() if name in ("new_model", "loss"))


def test_a_training_run_is_recognised_although_its_last_bits_are_others():
    idea = next(m for m in misconceptions.of_function("fit", "capstone") if m.name == "a_single_step")

    def fit(X, z, seed):
        return {"params": [p * (1 + 1e-12) for p in idea.run(X, z, seed)["params"]]}

    with pytest.raises(CheckFailed) as failed:
        run_tests_of("capstone", "fit", fit)
    assert failed.value.misconception == "a_single_step"


def test_right_gradients_of_a_course_network_are_never_called_a_misconception():
    right = solved("capstone")
    answers = {"logits": lambda model, X: right["logits"](model, X - X.mean(axis=0))}
    with pytest.raises(CheckFailed) as failed:
        exec(next(c.source for c in cells("capstone") if role(c).get("grade_id") == "test_gradients"), right | answers)
    assert failed.value.misconception is None
