"""Which wrong idea does an answer behave like? It is run beside the misconceptions of its function, on fresh inputs.

An answer is not read, only observed: a misconception is named when it does what the answer does on every input that
was tried, errors and changed arguments included. Where none does, general transformations of the right result are
tried: sign, factor, transpose, one row, rounding and the like.
"""

from collections.abc import Callable

import numpy as np

from . import misconceptions
from .calls import NotPlain, call, identical, plain_array
from .messages import Hint

# Two programs that do the same thing in another order of summation differ by this, relative to the largest entry.
SAME = 1e-6
FRESH_DRAWS = 2


# What an explanation can say of a check of this kind. A function that fails for how it behaves, not for what it
# answers, has the right values, and no idea about values explains it.
_BANK_ALONE = ("mutated", "raised", "accepted", "structure", "slow")
_UNEXPLAINED = ("missing", "no answer", "overwritten", "repeat")


def diagnose(
    name: str, function: Callable, cases: list[tuple[tuple, object]], kind: str, exercise: str = ""
) -> Hint | None:
    """The hint of the one idea that explains what `function` does, or None.

    cases  the calls made so far, the failed one last, as (arguments, expected): expected is an array, a tuple of
           arrays for several results, or None where only a property was asked. Nothing in it is changed.
    kind   of the check that failed (see `messages.Finding`)
    exercise  where another one asks for a function of the same name
    """
    if kind in _UNEXPLAINED or not cases[-1][0]:
        # A function that does not answer would not answer here either, and each call would wait for it.
        return None
    failed, expected = cases[-1]
    bank, draw = misconceptions.of_function(name, exercise), misconceptions.inputs_of(name, exercise)
    found = _matching_misconception(bank, draw, function, failed, None if kind == "type" else expected)
    if found:
        return Hint(found.name, found.explanation, found.hint, found.section)
    if kind in _BANK_ALONE or cases[-1][1] is None:
        return None
    names = ["right_in_another_shape"] if kind == "shape" else list(_TRANSFORMATIONS)
    return _matching_transformation(function, [case for case in cases if case[1] is not None], names)


def _matching_misconception(bank: list, draw: Callable | None, function: Callable, failed: tuple, expected: object):
    if not bank:
        return None
    tried = [failed]
    if draw:
        rng = np.random.default_rng(20)
        for _ in range(FRESH_DRAWS):
            tried += draw(rng)
    candidates = [(m, run) for m in bank for run in m.variants]
    if expected is not None:
        # With a constant that is small enough, a wrong idea gives the right answer, and explains nothing.
        candidates = [(m, run) for m, run in candidates if not _is_right(call(run, failed), expected)]
    for args in tried:
        answer = call(function, args)
        candidates = [(m, run) for m, run in candidates if _same_outcome(answer, call(run, args))]
        if not candidates:
            return None
    return candidates[0][0]


def _is_right(outcome, expected) -> bool:
    if outcome.raised is not None or outcome.mutated:
        return False
    return identical_or_close(outcome.raw, expected, within=1e-12)


def _same_outcome(a, b) -> bool:
    if a.mutated != b.mutated or type(a.raised) is not type(b.raised):
        return False
    if a.raised is not None:
        return True
    if a.mutated and not all(map(identical_or_close, a.arguments, b.arguments)):
        return False
    return identical_or_close(a.raw, b.raw)


def identical_or_close(a, b, within: float = SAME) -> bool:
    """Whether two answers are the same for a person: same shapes, numbers within `within` of each, NaN equals NaN."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(identical_or_close(a[key], b[key], within) for key in a)
    if _is_several(a) or _is_several(b):
        return (
            _is_several(a)
            and _is_several(b)
            and len(a) == len(b)
            and all(identical_or_close(x, y, within) for x, y in zip(a, b))
        )
    try:
        a, b = plain_array(a), plain_array(b)
    except NotPlain:
        return identical(a, b)
    if a.shape != b.shape:
        return False
    a, b = a.astype(float), b.astype(float)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    finite = np.isfinite(a) & np.isfinite(b)
    if not np.all(same | finite):
        return False
    # Each entry to its own size, and to a thousandth of that of the largest: a tail that an idea gets wrong shows.
    scale = np.abs(b[finite]).max(initial=0.0)
    with np.errstate(all="ignore"):
        return bool(np.all(same | (np.abs(a - b) <= within * np.abs(b) + 1e-3 * within * scale)))


def _is_several(value) -> bool:
    return isinstance(value, (tuple, list)) and any(isinstance(v, (np.ndarray, tuple, list, dict)) for v in value)


def _matching_transformation(function: Callable, cases: list, names: list[str]) -> Hint | None:
    answers = [(call(function, args).raw, expected, _batch(args)) for args, expected in cases]
    for name in names:
        transform, explanation, question = _TRANSFORMATIONS[name]
        # The case that failed is transformed; those before it may be right, where the idea makes no difference.
        if _explains(transform, *answers[-1]) and all(
            identical_or_close(raw, expected) or _explains(transform, raw, expected, batch)
            for raw, expected, batch in answers[:-1]
        ):
            return Hint(name, explanation, question)
    return None


def _explains(transform: Callable, raw, expected, batch: int) -> bool:
    """Whether each part of an answer is right or transformed, and at least one is transformed."""
    parts = _paired(raw, expected)
    if parts is None:
        return False
    wrong = [(got, right) for got, right in parts if not identical_or_close(got, right)]
    try:
        return bool(wrong) and all(transform(plain_array(got).astype(float), right, batch) for got, right in wrong)
    except (NotPlain, ValueError, IndexError, TypeError):
        return False


def _paired(raw, expected) -> list | None:
    """(got, expected) for each array of nested results; None where they are nested differently."""
    if not isinstance(expected, tuple):
        return [(raw, expected)]
    if not isinstance(raw, (tuple, list)) or len(raw) != len(expected):
        return None
    found = [_paired(r, e) for r, e in zip(raw, expected)]
    return None if None in found else [pair for pairs in found for pair in pairs]


def _batch(args: tuple) -> int:
    """The number of examples: rows of the first matrix among the arguments, lists of lists included."""
    for value in args:
        try:
            if np.ndim(value) == 2:
                return len(value)
        except ValueError:  # a list of layers
            continue
    return 1


def _times(factor: Callable[[int], float]) -> Callable:
    def transform(got, right, batch):
        k = factor(batch)
        return k != 1 and np.any(right != 0) and identical_or_close(got, right * k)

    return transform


def _transposed(got, right, batch):
    return right.ndim == 2 and not identical_or_close(right, right.T) and identical_or_close(got, right.T)


def _diagonal_only(got, right, batch):
    return right.ndim == 2 and right.shape[0] == right.shape[1] and identical_or_close(got, np.diag(np.diag(right)))


def _right_in_another_shape(got, right, batch):
    return got.shape != right.shape and got.size == right.size and identical_or_close(got.ravel(), right.ravel())


def _rounded(got, right, batch):
    return bool(np.any(got)) and any(identical_or_close(got, np.round(right, digits)) for digits in range(8))


def _all_zero(got, right, batch):
    return got.shape == right.shape and np.any(right != 0) and not np.any(got)


def _wrong_entries(got, right):
    if got.shape != right.shape:
        raise ValueError
    return ~(np.abs(got - right) <= 1e-5 * np.abs(right) + 1e-7 * np.abs(right).max(initial=0.0))


def _one_entry_wrong(got, right, batch):
    return right.size > 2 and np.sum(_wrong_entries(got, right)) == 1


def _one_row_wrong(got, right, batch):
    return right.ndim == 2 and len(right) > 1 and np.sum(_wrong_entries(got, right).any(axis=1)) == 1


_TRANSFORMATIONS = {
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
        _times(lambda batch: 2.0),
        "Every number is twice what it should be.",
        "Is a factor 1/2 lost, or something added twice?",
    ),
    "factor_half": (
        _times(lambda batch: 0.5),
        "Every number is half of what it should be.",
        "Where does a factor 1/2 come from, and does the definition have it?",
    ),
    "base_two": (
        _times(lambda batch: 1.0 / np.log(2.0)),
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
        "Is the array that you return ever filled?",
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
}


def transformations() -> list[str]:
    """The names that a diagnosis can give beside those of the banks."""
    return list(_TRANSFORMATIONS)
