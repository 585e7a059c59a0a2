"""What the exercises promise in words is what their metadata says."""

import re

import pytest
from masters import EXERCISES, ROOT, cells, functions

FIXED = {
    "softmax": ["softmax", "softmax_batch", "softmax_temperature", "sigmoid"],
    "stability": ["stable_softmax", "logsumexp", "log_softmax", "cross_entropy_logits", "largest_safe_logit"],
    "jacobian": ["softmax_jacobian", "softmax_jvp", "softmax_vjp", "log_softmax_jacobian"],
    "gradient_checking": [
        "numerical_gradient",
        "numerical_jacobian",
        "complex_step_gradient",
        "relative_error",
        "gradient_is_correct",
    ],
    "losses": ["absolute_difference", "mean_squared", "huber", "hinge", "cosine_distance", "focal"],
    "training": ["minibatches", "sgd_step", "momentum_step", "accuracy", "train"],
    "capstone": ["new_model", "logits", "loss", "gradients", "check_gradients", "fit"],
    "autodiff": ["unbroadcast", "add", "multiply", "matmul", "exp", "log", "sum", "maximum", "backward"],
    "network": ["one_hot", "linear", "relu", "init_params", "count_params", "forward", "predict"],
    "backprop": [
        "cross_entropy",
        "grad_probs",
        "grad_logits",
        "linear_backward",
        "relu_backward",
        "softmax_layer_gradients",
        "backward",
    ],
}


def role(cell):
    return cell.metadata.get("nbgrader", {})


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_functions_are_those_of_the_interface_in_their_order(exercise):
    assert functions(exercise) == FIXED[exercise]


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_points_in_the_text_are_those_of_the_metadata(exercise):
    promised = None
    seen = 0
    for cell in cells(exercise):
        found = re.search(r"^## .*\((\d+) points?", cell.source) if cell.cell_type == "markdown" else None
        if found:
            assert promised is None, "a heading promised points and no graded cell followed"
            promised = int(found[1])
        if role(cell).get("grade"):
            assert role(cell)["points"] == promised, role(cell)["grade_id"]
            promised = None
            seen += 1
    assert seen >= len(functions(exercise))


@pytest.mark.parametrize("exercise", EXERCISES)
def test_each_function_has_a_test_cell_with_visible_and_hidden_checks(exercise):
    by_id = {role(cell).get("grade_id"): cell for cell in cells(exercise)}
    for function in functions(exercise):
        visible, marker, hidden = by_id[f"test_{function}"].source.partition("### BEGIN HIDDEN TESTS")
        assert "check." in visible and "check.passed(" in visible
        assert marker and "hidden." in hidden and "### END HIDDEN TESTS" in hidden


@pytest.mark.parametrize("exercise", EXERCISES)
def test_no_solution_and_no_hidden_check_is_in_the_released_notebook(exercise):
    released = (ROOT / "exercises" / exercise / f"{exercise}.ipynb").read_text()
    assert "HIDDEN TESTS" not in released and "BEGIN SOLUTION" not in released
    assert "hidden." not in released and "model answer" not in released
    assert released.count("raise NotImplementedError") >= len(functions(exercise))
    assert '"outputs": []' in released and '"execution_count": null' in released


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_exercises_that_ask_for_words_are_graded_by_hand(exercise):
    by_hand = [role(c)["grade_id"] for c in cells(exercise) if role(c).get("grade") and role(c).get("solution")]
    cells_of = {"jacobian": ["derive_jacobian"], "backprop": ["derive_backprop"], "capstone": ["design"]}
    assert by_hand == cells_of.get(exercise, [])
