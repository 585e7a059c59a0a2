"""Where no bank knows a function, what turns the right result into the one that came back is named."""

import numpy as np
import pytest

from autograder.diagnosis import diagnose
from autograder.transformations import TRANSFORMATIONS

RECTANGLE = np.array([[1.25, -2.5, 0.3], [4.0, 0.7, -1.1]])
SQUARE = np.array([[1.25, -2.5, 0.3], [4.0, 0.7, -1.1], [0.9, 2.2, -3.3]])
SHARES = np.array([[0.2, 0.3, 0.5], [0.15, 0.25, 0.6]])
COVARIANCE = np.diag([0.2, 0.3, 0.5]) - np.outer([0.2, 0.3, 0.5], [0.2, 0.3, 0.5])
DECAYING = np.array([[1.0, 0.3, 2e-5], [0.5, 0.7, 3e-6]])


def at(array, index, value):
    changed = array.copy()
    changed[index] = value
    return changed


# name -> the right result, and what came back in its place
CASES = {
    "flipped_sign": (RECTANGLE, -RECTANGLE),
    "times_batch": (RECTANGLE, RECTANGLE * 4),
    "divided_by_batch": (RECTANGLE, RECTANGLE / 4),
    "factor_two": (RECTANGLE, RECTANGLE * 2),
    "factor_half": (RECTANGLE, RECTANGLE / 2),
    "base_two": (RECTANGLE, RECTANGLE / np.log(2)),
    "transposed": (SQUARE, SQUARE.T),
    "diagonal_only": (SQUARE, np.diag(np.diag(SQUARE))),
    "right_in_another_shape": (RECTANGLE, RECTANGLE.ravel()),
    "rounded": (RECTANGLE / 7, np.round(RECTANGLE / 7, 3)),
    "all_zero": (RECTANGLE, np.zeros((2, 3))),
    "some_signs_wrong": (RECTANGLE, np.abs(RECTANGLE)),
    "in_another_order": (RECTANGLE, RECTANGLE[:, ::-1]),
    "diagonal_wrong": (SQUARE, SQUARE + np.diag([1.0, 2.0, 3.5])),
    "beside_the_diagonal_wrong": (SQUARE, SQUARE + at(at(np.zeros((3, 3)), (0, 1), 0.4), (2, 0), 1.7)),
    "negative_where_nothing_may_be": (np.abs(RECTANGLE), np.abs(RECTANGLE) ** 2 - 1.7),
    "positive_where_nothing_may_be": (-np.abs(RECTANGLE), 1.7 - np.abs(RECTANGLE) ** 2),
    "not_symmetric": (COVARIANCE + 1, COVARIANCE**2 + np.arange(9.0).reshape(3, 3)),
    "does_not_sum_to_one": (SHARES, SHARES**1.7),
    "does_not_sum_to_zero": (RECTANGLE - RECTANGLE.mean(axis=1, keepdims=True), RECTANGLE**3),
    "axis_too_many": (RECTANGLE, RECTANGLE**2 * np.ones((2, 1, 1))),
    "axes_exchanged": (RECTANGLE, RECTANGLE.T**2),
    "axis_lost": (RECTANGLE, RECTANGLE.sum(axis=1)),
    "entries_missing": (RECTANGLE, RECTANGLE[:, :1]),
    "entries_too_many": (RECTANGLE, np.repeat(RECTANGLE, 2, axis=0)),
    "off_by_a_factor": (RECTANGLE, RECTANGLE * [[1.3], [0.6]]),
    "off_by_a_constant": (RECTANGLE, RECTANGLE + [[1.3], [0.6]]),
    "small_numbers_lost": (DECAYING, DECAYING + 1e-5 * np.array([[0, 0, 1.3], [0, 0, -0.9]])),
    "few_digits": (RECTANGLE, RECTANGLE + 1e-4 * RECTANGLE**2),
    "one_entry_wrong": (RECTANGLE, at(RECTANGLE, (1, 2), 3.7)),
    "one_row_wrong": (RECTANGLE, at(RECTANGLE, 1, [0.1, 2.3, 5.0])),
    "some_rows_wrong": (SQUARE, at(at(SQUARE, 1, [0.1, 2.3, 5.0]), 2, [0.4, -0.2, 7.0])),
}


@pytest.mark.parametrize("name", CASES)
def test_a_transformation_is_named(name):
    right, wrong = CASES[name]
    batch = np.arange(12.0).reshape(4, 3)
    kind = "values" if right.shape == wrong.shape else "shape"
    hint = diagnose("unheard_of", lambda X: wrong.copy(), [((batch,), right)], kind)
    assert hint and hint.name == name, hint


def test_every_transformation_has_a_case_but_the_limit_which_shows_on_other_inputs_alone():
    assert {*TRANSFORMATIONS} - {*CASES} == {"cut_off"}
