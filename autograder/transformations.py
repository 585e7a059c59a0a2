"""What turns the right result into the one that came back: a sign, a factor, a transpose, a lost axis and the like.

A transformation is asked with an array that is wrong, the right one and the number of examples, and says whether it
explains the one by the other; it may raise ValueError or IndexError where it cannot say.
"""

from collections.abc import Callable

import numpy as np

from .calls import RIGHT, NotPlain, identical_or_close, numbers, plain_array


def _times(factor: Callable[[int], float]) -> Callable:
    def transform(got, right, batch):
        k = factor(batch)
        return k != 1 and _tells_factors_apart(right) and identical_or_close(got, right * k)

    return transform


def _tells_factors_apart(right) -> bool:
    """Whether another formula can hardly give this times a factor: numbers of one size only may well be divided so."""
    sizes = np.abs(right[right != 0])
    return np.any(right) and (right.size == 1 or np.ptp(sizes) > RIGHT * sizes.max())


def _times_itself(k: float) -> Callable:
    """A factor that says nothing where one number alone is off by it."""
    return lambda got, right, batch: right.size > 1 and np.any(right) and identical_or_close(got, right * k)


def _transposed(got, right, batch):
    return right.ndim == 2 and not identical_or_close(right, right.T) and identical_or_close(got, right.T)


def _diagonal_only(got, right, batch):
    return right.ndim == 2 and right.shape[0] == right.shape[1] and identical_or_close(got, np.diag(np.diag(right)))


def _right_in_another_shape(got, right, batch):
    return got.shape != right.shape and got.size == right.size and identical_or_close(got.ravel(), right.ravel())


def _rounded(got, right, batch):
    less = [np.trunc(right), np.floor(right), *(np.round(right, digits) for digits in range(8))]
    return bool(np.any(got)) and any(identical_or_close(got, short) for short in less)


def _has_few_digits(answer) -> bool:
    found = numbers(answer)
    return found is not None and any(
        np.allclose(found, np.round(found, digits), rtol=1e-12, atol=0, equal_nan=True) for digits in range(8)
    )


def _is_zero(answer) -> bool:
    try:
        return not np.any(plain_array(answer))
    except NotPlain:
        return False


def _cut_off(got, right, batch):
    off, _ = _error(got, right)
    wrong = off > RIGHT * np.abs(right)
    limit = got[wrong].flat[0] if wrong.any() else np.nan
    if len(np.unique(right[~wrong])) < 2:
        return False  # of a single number that is left, nothing says that it is no limit itself
    below = np.all(right[wrong] < limit) and np.all(right[~wrong] >= limit)
    above = np.all(right[wrong] > limit) and np.all(right[~wrong] <= limit)
    return bool((below or above) and np.ptp(got[wrong]) <= 1e-9 * np.abs(limit))


def _has_the_limit(answer, others) -> bool:
    """Whether the smallest or largest number of an answer is that of several others too."""
    ends, seen = [], []
    for found in map(numbers, (answer, *others)):
        # The same question asked again has the same answer, and its limit is no other's.
        if found is not None and found.ndim and np.all(np.isfinite(found)) and found.tolist() not in seen:
            ends.append((found.min(), found.max()))
            seen.append(found.tolist())
    return any(np.sum(np.isclose([e[k] for e in ends], ends[0][k], rtol=1e-6, atol=0)) > 2 for k in (0, 1) if ends)


def _all_zero(got, right, batch):
    return got.shape == right.shape and np.any(right != 0) and not np.any(got)


def _wrong_entries(got, right):
    if got.shape != right.shape:
        raise ValueError
    return ~(np.abs(got - right) <= 1e-5 * np.abs(right) + 1e-7 * np.abs(right).max(initial=0.0))


def _error(got, right):
    """How far each entry is off, and the largest entry; ValueError where that cannot be said."""
    if got.shape != right.shape or not np.all(np.isfinite(got)):
        raise ValueError
    return np.abs(got - right), np.abs(right).max(initial=0.0)


def _small_numbers_lost(got, right, batch):
    off, largest = _error(got, right)
    wrong = off > RIGHT * np.abs(right)
    return bool(np.any(wrong)) and max(off.max(), np.abs(right)[wrong].max()) <= 1e-3 * largest


def _few_digits(got, right, batch):
    off, largest = _error(got, right)
    return bool(np.any(off)) and off.max() <= 1e-2 * largest


def _row_by_row(same: Callable) -> Callable:
    """Each row that is wrong differs in the same way along its length, and one at least could differ otherwise."""

    def transform(got, right, batch):
        if got.shape != right.shape or right.ndim == 0 or not np.all(np.isfinite(got)):
            raise ValueError
        rows = list(zip(got.reshape(-1, got.shape[-1]), right.reshape(-1, right.shape[-1])))
        wrong = [(g, r) for g, r in rows if not identical_or_close(g, r)]
        return all(same(g, r) for g, r in wrong) and any(r.size > 1 and _tells_factors_apart(r) for _, r in wrong)

    return transform


def _same_factor(got, right):
    k = (got @ right) / (right @ right)
    return k != 0 and identical_or_close(got, right * k)


def _same_constant(got, right):
    return identical_or_close(got, right + np.mean(got - right))


def _has(property_of: Callable) -> Callable:
    """What is asked for has a property that the answer has not."""

    def transform(got, right, batch):
        _error(got, right)
        return right.size > 1 and property_of(right) and not property_of(got)

    return transform


def _sums_to(total: float) -> Callable:
    return lambda a: np.allclose(a.sum(axis=-1), total, rtol=RIGHT, atol=RIGHT * np.abs(a).max() if total == 0 else 0)


def _is_square(a) -> bool:
    return a.ndim == 2 and a.shape[0] == a.shape[1] > 1


def _is_symmetric(a) -> bool:
    return _is_square(a) and identical_or_close(a, a.T, RIGHT)


def _diagonal_wrong(got, right, batch):
    return _is_square(right) and np.all(_wrong_entries(got, right) <= np.eye(len(right), dtype=bool))


def _beside_the_diagonal_wrong(got, right, batch):
    return _is_square(right) and not _wrong_entries(got, right)[np.eye(len(right), dtype=bool)].any()


def _in_another_order(got, right, batch):
    return (
        got.shape == right.shape
        and len(np.unique(right)) > 2
        and not identical_or_close(got, right)
        and identical_or_close(np.sort(got, axis=None), np.sort(right, axis=None))
    )


def _some_signs_wrong(got, right, batch):
    return right.size > 1 and _tells_factors_apart(right) and identical_or_close(np.abs(got), np.abs(right))


def _one_entry_wrong(got, right, batch):
    wrong = _wrong_entries(got, right)
    return np.sum(wrong) == 1 and np.sum(~wrong & (right != 0)) > 1


def _one_row_wrong(got, right, batch):
    return right.ndim == 2 and len(right) > 1 and np.sum(_wrong_entries(got, right).any(axis=1)) == 1


def _some_rows_wrong(got, right, batch):
    if right.ndim != 2:
        return False
    wrong = _wrong_entries(got, right).any(axis=1)
    return np.sum(wrong) > 1 and np.any(right[~wrong])


TRANSFORMATIONS = {
    "flipped_sign": (
        _times(lambda batch: -1.0),
        "Every number is right but for its sign.",
        "If the quantity grows, should this number be positive or negative? Which minus sign is lost, or one too many?",
    ),
    "times_batch": (
        _times(lambda batch: float(batch)),
        "Every number is too large by the number of examples in the batch.",
        "Is the loss of a batch the sum over its examples, or their mean? Where does that factor belong?",
    ),
    "divided_by_batch": (
        _times(lambda batch: 1.0 / batch),
        "Every number is too small by the number of examples in the batch.",
        "How often do you divide by the size of the batch, and how often should it happen?",
    ),
    "factor_two": (
        _times_itself(2.0),
        "Every number is twice what it should be.",
        "Is a factor 1/2 lost, or something added twice?",
    ),
    "factor_half": (
        _times_itself(0.5),
        "Every number is half of what it should be.",
        "Where does a factor 1/2 come from, and does the definition have it?",
    ),
    "base_two": (
        _times_itself(1.0 / np.log(2.0)),
        "The logarithm is taken to base 2.",
        "Which logarithm has the derivative 1/x without a constant in front?",
    ),
    "transposed": (
        _transposed,
        "The numbers are right and stand in the transposed place.",
        "Which index names the row and which the column in what is asked for?",
    ),
    "diagonal_only": (
        _diagonal_only,
        "The diagonal is right, and everything beside it is zero.",
        "Does the first output depend on the second input?",
    ),
    "right_in_another_shape": (
        _right_in_another_shape,
        "The numbers are right and the shape is not.",
        "Which shape does the text ask for, and which line of yours adds or loses an axis?",
    ),
    "rounded": (
        _rounded,
        "The numbers are right as far as they go, and rounded.",
        "Who needs fewer digits here? What does a later step lose that must work with rounded numbers?",
    ),
    "all_zero": (
        _all_zero,
        "Every number is zero.",
        "Is the array that you return ever filled? Which dtype has it, and what do whole numbers or `//` leave of a "
        "number between 0 and 1?",
    ),
    "some_signs_wrong": (
        _some_signs_wrong,
        "Every number has the right size, and some have the wrong sign.",
        "Which of these numbers must be positive and which negative? Where does a minus come from in your code?",
    ),
    "in_another_order": (
        _in_another_order,
        "The right numbers come back, and they stand in other places.",
        "To which class or example belongs your first number? What in your function sorts, turns round or moves them?",
    ),
    "diagonal_wrong": (
        _diagonal_wrong,
        "Beside the diagonal every entry is right, and on it one at least is wrong.",
        "What is different where both indices are the same? Which term is there on the diagonal alone?",
    ),
    "beside_the_diagonal_wrong": (
        _beside_the_diagonal_wrong,
        "The diagonal is right, and an entry beside it is wrong.",
        "How does an output answer to the input of another index? Which factor is the row's, which the column's?",
    ),
    "negative_where_nothing_may_be": (
        _has(lambda a: np.all(a >= 0)),
        "Some numbers are negative, and none of them may be.",
        "Why can the quantity that is asked for not fall below 0? Which step of yours lets it?",
    ),
    "positive_where_nothing_may_be": (
        _has(lambda a: np.all(a <= 0)),
        "Some numbers are positive, and none of them may be.",
        "Why can the quantity that is asked for not rise above 0? Which step of yours lets it?",
    ),
    "not_symmetric": (
        _has(_is_symmetric),
        "What is asked for is symmetric here, and what comes back is not.",
        "Which factor of yours depends on the row alone, and which on the column? What if both change places?",
    ),
    "does_not_sum_to_one": (
        _has(_sums_to(1.0)),
        "The numbers of a row do not add up to 1.",
        "Why must they, and which part of your formula should see to it?",
    ),
    "does_not_sum_to_zero": (
        _has(_sums_to(0.0)),
        "The numbers of a row do not add up to 0.",
        "Which terms cancel each other along a row when it is right, and which of yours should?",
    ),
    "cut_off": (
        _cut_off,
        "All numbers beyond a limit have become that limit.",
        "Which numbers can the right answer hold and yours not? What in your function keeps them in?",
    ),
    "axis_too_many": (
        lambda got, right, batch: got.ndim > right.ndim,
        "The result has more axes than are asked for.",
        "Which line makes the additional axis? Do two arrays meet there, one with a kept axis and one without?",
    ),
    "axes_exchanged": (
        lambda got, right, batch: got.ndim == 2 and got.shape == right.shape[::-1] != right.shape,
        "The two axes of the result have changed places.",
        "Which axis of what is asked for counts the examples, and which axis of yours? Over which does your loop run?",
    ),
    "axis_lost": (
        lambda got, right, batch: got.ndim < right.ndim,
        "The result has fewer axes than are asked for.",
        "Over which axes do you sum, average or pick, and which of them must stay?",
    ),
    "entries_missing": (
        lambda got, right, batch: got.ndim == right.ndim and got.size < right.size,
        "Fewer numbers come back than are asked for.",
        "Which are left out? Does your loop run to its end before the `return`, and does a column meet a row where a "
        "matrix should come of it?",
    ),
    "entries_too_many": (
        lambda got, right, batch: got.ndim == right.ndim and got.size > right.size,
        "More numbers come back than are asked for.",
        "Which of them does the text not ask for? Where do two arrays spread over each other, or a loop collect twice?",
    ),
    "off_by_a_factor": (
        _row_by_row(_same_factor),
        "All numbers of a row are off by the same factor.",
        "By what do you divide or multiply them: a sum, a number of classes or of examples? And by what should you?",
    ),
    "off_by_a_constant": (
        _row_by_row(_same_constant),
        "All numbers of a row are off by the same constant.",
        "Which number do you add to the whole row, or subtract from it, and which should it be?",
    ),
    "small_numbers_lost": (
        _small_numbers_lost,
        "The large numbers are right, and those that are very small beside them are not.",
        "What happens in your function to a number a million times smaller than the largest: is something added, cut "
        "off, rounded, or taken from a difference of larger numbers?",
    ),
    "few_digits": (
        _few_digits,
        "The numbers are right to a few digits.",
        "Where do the other digits go: a constant that is added, a limit, a narrow type, a difference quotient?",
    ),
    "one_entry_wrong": (
        _one_entry_wrong,
        "One entry is wrong and all others are right.",
        "What is special about this entry: is it the first, the last, or that of the correct class?",
    ),
    "one_row_wrong": (
        _one_row_wrong,
        "One row is wrong and all others are right.",
        "What is special about this row: is it the first, the last, or larger than the others?",
    ),
    "some_rows_wrong": (
        _some_rows_wrong,
        "Some rows are right, and others are not.",
        "What have the right ones in common: their place, their label, a sign, their size?",
    ),
}

# What an answer must be on fresh inputs too, and what is asked of it: the answer that failed, and those.
CONFIRMED = {
    "all_zero": lambda answer, others: sum(map(_is_zero, others)) >= len(others) / 2,
    "rounded": lambda answer, others: all(map(_has_few_digits, others)),
    "cut_off": _has_the_limit,
}
# Which transformations can explain a failed check, by its kind: those that leave no doubt, and those that say less.
_VAGUE = (
    "all_zero",
    "some_signs_wrong",
    "in_another_order",
    "factor_two",
    "factor_half",
    "one_entry_wrong",
    "one_row_wrong",
    "cut_off",
    "small_numbers_lost",
    "few_digits",
    "off_by_a_factor",
    "off_by_a_constant",
    "diagonal_wrong",
    "beside_the_diagonal_wrong",
    "negative_where_nothing_may_be",
    "positive_where_nothing_may_be",
    "not_symmetric",
    "does_not_sum_to_one",
    "does_not_sum_to_zero",
    "some_rows_wrong",
)
_OF_SHAPE = (
    "right_in_another_shape",
    "axes_exchanged",
    "axis_too_many",
    "axis_lost",
    "entries_missing",
    "entries_too_many",
)
OF_VALUES = [n for n in TRANSFORMATIONS if n not in (*_VAGUE, *_OF_SHAPE[1:])], _VAGUE
OF_KIND = {
    "shape": (_OF_SHAPE[:1], _OF_SHAPE[1:]),
    "finite": ((), ()),
    "raised": ((), ()),
    "accepted": ((), ()),
}
