"""Which wrong idea does an answer behave like? It is run beside the misconceptions of its function, on fresh inputs.

An answer is not read, only observed: a misconception is named when it does what the answer does on every input that
was tried, errors and changed arguments included. Where none does, the next best explanation is looked for: the same
question in another form (`experiments`), a general transformation of the right result (sign, factor, transpose, one
row, rounding and the like), a misconception that does the same on this input and on most others, and last what the
exception or the kind of failure says by itself.
"""

import builtins
from collections.abc import Callable, Sequence

import numpy as np

from . import misconceptions
from .calls import NotPlain, call, identical, plain_array
from .experiments import EXPERIMENTS, is_list_of_numbers
from .messages import Hint

# Two programs that do the same thing in another order of summation differ by this, relative to the largest entry.
SAME = 1e-6
FRESH_DRAWS = 2


# A misconception that does what the answer does on this share of the inputs, the failed one among them, is its idea
# too: a second one may show on the others.
MOSTLY = 0.6
# A right answer in float32 is right.
RIGHT = 1e-5

# What a check of this kind says by itself: such a function has the right values, or none at all.
_BY_KIND = {
    "overwritten": (
        "one_array_for_all_answers",
        "Every call writes its answer into the same array, and so changes the answers that it gave before.",
        "Where is the array made that you return: once, or anew in each call?",
    ),
    "repeat": (
        "depends_on_earlier_calls",
        "The answer depends on what was asked before, not on the arguments alone.",
        "What does your function keep from one call to the next: a global, a default argument, a random number?",
    ),
    "slow": (
        "more_work_than_needed",
        "The function takes far more time than such an input needs.",
        "Does each of your loops end? For N numbers, how many products do you compute: about N, or N times N?",
    ),
    "mutated": (
        "changes_its_argument",
        "A line writes into an array that was given.",
        "Who else may still need that array? Which of your operators or arguments writes into what stands on its left?",
    ),
    "finite": (
        "out_of_range",
        "On the way a number leaves the range of floating-point numbers, or 0 is divided by 0.",
        "Which exponential, logarithm or quotient of yours cannot take this input? What can be taken out before it?",
    ),
    "accepted": (
        "bad_input_not_refused",
        "An input that is not allowed gets an answer.",
        "Does your test look at every entry, and at both ends of the range? Is the exception raised, or only made, "
        "printed or returned?",
    ),
}
_NOTHING_RETURNED = (
    "nothing_returned",
    "The function ends without handing back what it has computed.",
    "Which value should the caller get, and which line of yours says so?",
)
_NO_NUMBERS = {
    str: (
        "text_in_place_of_numbers",
        "A text comes back where a number or an array is asked for.",
        "Who can calculate with what you return?",
    ),
    dict: (
        "names_in_place_of_an_order",
        "A dictionary comes back, and results are asked for in an order.",
        "How would the caller take apart what you return, without knowing your names?",
    ),
}
_ARRANGED = {
    "order": (
        "results_arranged_otherwise",
        "The results are all right, and stand in another order or in other pairs.",
        "In which order are they asked for, and which of them belong together?",
    ),
    "missing": (
        "a_result_missing",
        "What comes back is right, and a result is missing.",
        "Which results are asked for, and which of them does your `return` name?",
    ),
    "more": (
        "a_result_too_many",
        "All results are there, and something stands between or behind them.",
        "Which results are asked for, and what else does your `return` name?",
    ),
}
_SHAPES_DO_NOT_FIT = (
    "shapes_do_not_fit",
    "Two arrays meet whose shapes do not fit each other.",
    "Which shapes have the two arrays where it fails? Which axis did a sum, a maximum or an index take away?",
)
_MADE_FOR_ONE_NUMBER = (
    "made_for_one_number",
    "A function that takes one number is given an array of them.",
    "Which of the functions that you call knows one number only? What does the same for each entry of an array?",
)
_NUMBER_NOT_FORESEEN = (
    "number_not_foreseen",
    "Something without entries is given here, and your code goes through its entries.",
    "Which of the arguments may be a single number? Which operations treat a number and an array alike?",
)
_LIST_GIVEN = (
    "lists_not_converted",
    "A list or a number is given here, and one of your operations needs an array.",
    "What turns whatever is given, a number, a list or an array, into an array of floats?",
)
_BY_EXCEPTION = (
    (ValueError, "broadcast", _SHAPES_DO_NOT_FIT),
    (ValueError, "aligned", _SHAPES_DO_NOT_FIT),
    (ValueError, "mismatch", _SHAPES_DO_NOT_FIT),
    (
        ValueError,
        "axis",
        (
            "axis_that_does_not_exist",
            "An axis is named that the array does not have.",
            "How many axes has the array here? Is there an index that means the last one, however many there are?",
        ),
    ),
    (
        ValueError,
        "truth value",
        (
            "made_for_one_number",
            "A whole array is compared as if it were one number.",
            "For which entries is your condition true? What chooses between two values entry by entry?",
        ),
    ),
    (TypeError, "Python scalar", _MADE_FOR_ONE_NUMBER),
    (TypeError, "must be real number", _MADE_FOR_ONE_NUMBER),
    (TypeError, "is not iterable", _NUMBER_NOT_FORESEEN),
    (TypeError, "has no len()", _NUMBER_NOT_FORESEEN),
    (TypeError, "not subscriptable", _NUMBER_NOT_FORESEEN),
    (TypeError, "list", _LIST_GIVEN),
    (AttributeError, "list", _LIST_GIVEN),
    (AttributeError, "'float' object", _LIST_GIVEN),
    (AttributeError, "'int' object", _LIST_GIVEN),
    (
        IndexError,
        "",
        (
            "index_out_of_range",
            "An index points beyond the end of an array, or at an axis that is not there.",
            "From which number does Python count? How many axes has the array that you index?",
        ),
    ),
    (
        MemoryError,
        "",
        (
            "more_memory_than_needed",
            "An array is built that is far larger than input and answer together.",
            "How many numbers do input and answer hold, and how many the largest array on the way?",
        ),
    ),
    (OverflowError, "", _BY_KIND["finite"]),
    (ZeroDivisionError, "", _BY_KIND["finite"]),
    (FloatingPointError, "", _BY_KIND["finite"]),
    (
        NameError,
        "",
        (
            "name_not_defined",
            "A name is used that is not defined when the function runs.",
            "Is it misspelt, does it belong to NumPy, or is it set in one branch only?",
        ),
    ),
)


def diagnose(
    name: str,
    function: Callable,
    cases: list[tuple[tuple, object]],
    kind: str,
    exercise: str = "",
    rtol: float = RIGHT,
) -> Hint | None:
    """The hint of the one idea that explains what `function` does, or None.

    cases  the calls made so far, the failed one last, as (arguments, expected): expected is an array, a tuple of
           arrays for several results, or None where only a property was asked. Nothing in it is changed.
    kind   of the check that failed (see `messages.Finding`)
    exercise  where another one asks for a function of the same name
    rtol      tolerance of that check, relative to each entry
    """
    if kind in ("missing", "no answer") or not cases[-1][0]:
        # A function that does not answer would not answer here either, and each call would wait for it.
        return None
    if kind in ("overwritten", "repeat", "slow"):
        return Hint(*_BY_KIND[kind])
    failed, expected = cases[-1]
    bank, draw = misconceptions.of_function(name, exercise), misconceptions.inputs_of(name, exercise)
    rng = np.random.default_rng(20)
    fresh = [_takeable(function, args) for _ in range(FRESH_DRAWS) for args in (draw(rng) if draw else [])]
    right = None if kind == "type" else expected
    found, share = _matching_misconception(bank, fresh, function, failed, right, rtol)
    if not found and rtol > RIGHT:
        found, share = _matching_misconception(bank, fresh, function, failed, right, rtol, within=rtol / 10)
    alike = found and Hint(found.name, found.explanation, found.hint, found.section)
    if share == 1:
        return alike
    if kind == "mutated":
        return Hint(*_BY_KIND[kind])
    if kind in ("values", "shape", "type"):
        first, *again = (call(function, failed) for _ in range(4))
        if not all(_same_outcome(first, other) for other in again):
            return Hint(*_BY_KIND["repeat"])
    known = [case for case in cases if case[1] is not None]
    exact, vague = ([], []) if expected is None else _TRANSFORMATIONS_FOR.get(kind, _OF_VALUES)
    return (
        (_matching_transformation(function, known, exact, fresh) if kind == "shape" else None)
        or _matching_experiment(function, failed, expected, _FORMS_OF_NUMBERS)
        or _matching_transformation(function, known, exact, fresh)
        # A property says nothing of the values, and most of those may be right.
        or (alike if share >= MOSTLY and kind != "structure" else None)
        or _arranged_otherwise(function, failed, expected)
        or _left_with_arrays(bank, fresh, function, failed, right)
        or _an_earlier_answer(function, known)
        or _matching_experiment(function, failed, expected, _FORMS_OF_BATCHES)
        or _matching_transformation(function, known, vague, fresh)
        or _what_failed_by_itself(function, failed, kind)
    )


def cited(name: str, idea: str, exercise: str = "") -> Hint:
    """The hint of the misconception `idea` of the function `name`, for a check that knows which one it is there for."""
    found = next(m for m in misconceptions.of_function(name, exercise) if m.name == idea)
    return Hint(found.name, found.explanation, found.hint, found.section)


def _matching_misconception(
    bank: list,
    fresh: list[tuple],
    function: Callable,
    failed: tuple,
    expected: object,
    rtol: float = RIGHT,
    within: float = SAME,
) -> tuple:
    """The misconception that does what `function` does on the failed input and on the most fresh ones, and on which
    share of them; (None, 0) where none does so on the failed input."""
    candidates = [(m, run) for m in bank for run in m.variants]
    if expected is not None:
        # With a constant that is small enough, a wrong idea gives the right answer, and explains nothing.
        candidates = [(m, run) for m, run in candidates if not _is_right(call(run, failed), expected, rtol)]
    failure = call(function, failed) if candidates else None
    candidates = [(m, run) for m, run in candidates if _same_outcome(failure, call(run, failed), within)]
    if not candidates:
        return None, 0
    agreed = np.zeros((len(candidates), len(fresh)), dtype=bool)
    for k, args in enumerate(fresh):
        answer = call(function, args)
        agreed[:, k] = [_same_outcome(answer, call(run, args), within) for _, run in candidates]
        if k >= 3 and not agreed.any():
            break
    throughout = [candidate for candidate, all_agreed in zip(candidates, agreed.all(axis=1)) if all_agreed]
    for m, run in throughout:
        if _same_fault(failure, call(run, failed), expected, within):
            return m, 1
    if throughout:
        # The same but for digits that are small beside the largest number, such as those that a difference has lost.
        return throughout[0][0], MOSTLY
    weights = np.array([[1.0 / _alike(bank, run, args, within) for args in fresh] for _, run in candidates])
    shares = (1 + (weights * agreed).sum(axis=1)) / (1 + weights.sum(axis=1))
    return candidates[int(np.argmax(shares))][0], shares.max()


def _alike(bank: list, run: Callable, args: tuple, within: float) -> int:
    """How many misconceptions do the same on this input: where most do, to do so too says little."""
    outcome = call(run, args)
    return max(1, sum(_same_outcome(outcome, call(m.run, args), within) for m in bank))


def _matching_experiment(function: Callable, failed: tuple, expected: object, names: tuple[str, ...]) -> Hint | None:
    if not isinstance(expected, (np.ndarray, tuple)) or identical_or_close(call(function, failed).raw, expected, RIGHT):
        return None
    shape = np.shape(expected) if isinstance(expected, np.ndarray) else ()
    for name in names:
        ask, explanation, question = EXPERIMENTS[name]
        if any(identical_or_close(answer, expected, RIGHT) for answer in ask(function, failed, shape)):
            return Hint(name, explanation, question)
    return None


def _as_floats(value):
    return np.array(value, dtype=float) if is_list_of_numbers(value) else value


def _an_earlier_answer(function: Callable, known: list) -> Hint | None:
    """The answer to the failed question is the one that an earlier question should get."""
    answer = call(function, known[-1][0]).raw if known else None
    for _, earlier in known[:-1]:
        several = any(np.size(leaf) and np.ptp(np.asarray(leaf, dtype=float)) > 0 for leaf in _leaves(earlier))
        if several and identical_or_close(answer, earlier) and not identical_or_close(earlier, known[-1][1]):
            nudged = tuple(a * 1.01 + 0.01 if isinstance(a, np.ndarray) else a for a in map(_as_floats, known[-1][0]))
            if identical_or_close(answer, call(function, nudged).raw):
                return Hint(*_BY_KIND["repeat"])
    return None


def _takeable(function: Callable, args: tuple) -> tuple:
    """The same question with arrays in place of lists, where the answer cannot take lists: that is a fault of its own,
    which hides no other."""
    lists = [is_list_of_numbers(a) for a in args]
    if any(lists) and isinstance(call(function, args).raised, (TypeError, AttributeError)):
        return tuple(np.array(a) if is_list else a for a, is_list in zip(args, lists))
    return args


def _left_with_arrays(bank: list, fresh: list[tuple], function: Callable, failed: tuple, expected: object):
    """What is wrong beside lists that are not converted."""
    asked = _takeable(function, failed)
    if asked is failed:
        return None
    found, share = _matching_misconception(bank, fresh, function, asked, expected)
    if share < MOSTLY:
        return None
    explanation = f"Beside the lists that are not made arrays: {found.explanation}"
    return Hint(found.name, explanation, found.hint, found.section)


def _arranged_otherwise(function: Callable, failed: tuple, expected: object) -> Hint | None:
    """The arrays that are asked for, in another order or nesting, with one missing or one too many."""
    answer = call(function, failed).raw
    if not isinstance(expected, tuple) and not isinstance(answer, tuple) or identical_or_close(answer, expected, RIGHT):
        return None
    wanted, left = _leaves(expected), _leaves(answer)
    found = []
    for right in wanted:
        at = next((k for k, value in enumerate(left) if identical_or_close(value, right, RIGHT)), None)
        found += [] if at is None else [left.pop(at)]
    if all(np.size(value) == 1 for value in found) or (left and len(found) < len(wanted)):
        return None
    return Hint(*_ARRANGED["more" if left else "order" if len(found) == len(wanted) else "missing"])


def _leaves(value) -> list:
    if isinstance(value, dict):
        value = tuple(value.values())
    if not _is_several(value) or isinstance(value, list) and _is_rows(value):
        return [value]
    return [leaf for part in value for leaf in _leaves(part)]


def _is_rows(value: list) -> bool:
    """Whether a list is an array in Python's lists."""
    if any(isinstance(v, (np.ndarray, tuple)) for v in value):
        return False
    try:
        return plain_array(value).dtype.kind in "biuf"
    except NotPlain:
        return False


def of_one_part(part: Callable, args: tuple, expected: np.ndarray) -> Hint | None:
    """What turns the right array into the one that `part`, a function of `args`, gives: for one of several results,
    where the others are not known."""
    exact, vague = _OF_VALUES
    return _matching_transformation(part, [(args, expected)], [*exact, *vague], [])


def _what_failed_by_itself(function: Callable, failed: tuple, kind: str) -> Hint | None:
    if kind in ("finite", "accepted"):
        return Hint(*_BY_KIND[kind])
    if kind == "type":
        answer = call(function, failed).raw
        entry = answer[0] if isinstance(answer, (list, tuple)) and answer else answer
        said = _NOTHING_RETURNED if answer is None else _NO_NUMBERS.get(type(entry))
        return Hint(*said) if said else None
    if kind == "raised":
        error = call(function, failed).raised
        for of, text, said in _BY_EXCEPTION:
            if isinstance(error, of) and text in str(error):
                return Hint(*said)
    return None


def _is_right(outcome, expected, rtol: float) -> bool:
    if outcome.raised is not None or outcome.mutated:
        return False
    try:
        got = plain_array(outcome.raw).astype(float)
        return got.shape == np.shape(expected) and bool(
            np.all((np.abs(got - expected) <= 1e-2 * rtol * np.abs(expected)) | (got == expected))
        )
    except (NotPlain, ValueError, TypeError):  # several results
        return identical_or_close(outcome.raw, expected, within=1e-12)


def _same_fault(a, b, expected, within: float) -> bool:
    """Whether two outcomes that are the same are so in each wrong number, however small it is beside the others."""
    try:
        x, y = plain_array(a.raw).astype(float), plain_array(b.raw).astype(float)
    except (NotPlain, ValueError, TypeError):
        return True
    if expected is None or isinstance(expected, tuple) or x.shape != np.shape(expected):
        return True
    with np.errstate(all="ignore"):
        off = np.abs(x - expected)
        wrong = np.isfinite(off) & (off > RIGHT * np.abs(expected))
        return bool(np.all(np.abs(x - y)[wrong] <= np.maximum(1e-2 * off, within * np.abs(x))[wrong]))


def _same_outcome(a, b, within: float = SAME) -> bool:
    if a.mutated != b.mutated or _builtin_class(a.raised) is not _builtin_class(b.raised):
        return False
    if a.raised is not None:
        return True
    if a.mutated and not all(map(identical_or_close, a.arguments, b.arguments)):
        return False
    return identical_or_close(a.raw, b.raw, within)


def _builtin_class(error: BaseException | None) -> type:
    """An error that comes from behind the wall has become the builtin class that stands first among its bases."""
    return next(kind for kind in type(error).__mro__ if kind is getattr(builtins, kind.__name__, None))


def identical_or_close(a, b, within: float = SAME) -> bool:
    """Whether two answers are the same for a person: same shapes, numbers within `within` of each, NaN equals NaN."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(identical_or_close(a[key], b[key], within) for key in a)
    # Beside an array, a list of rows is an array too.
    if (_is_several(a) or _is_several(b)) and not (isinstance(a, np.ndarray) or isinstance(b, np.ndarray)):
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
    single = np.float32 in (a.dtype, b.dtype)
    a, b = a.astype(float), b.astype(float)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    finite = np.isfinite(a) & np.isfinite(b)
    if not np.all(same | finite):
        return False
    # Each entry to its own size, and to a thousandth of that of the largest: a tail that an idea gets wrong shows.
    floor = 1e-3 * within
    if single:
        within, floor = max(within, RIGHT), 1e-6
    scale = np.abs(b[finite]).max(initial=0.0)
    with np.errstate(all="ignore"):
        return bool(np.all(same | (np.abs(a - b) <= within * np.abs(b) + floor * scale)))


def _is_several(value) -> bool:
    return isinstance(value, (tuple, list)) and any(isinstance(v, (np.ndarray, tuple, list, dict)) for v in value)


def _matching_transformation(function: Callable, cases: list, names: Sequence[str], fresh: list[tuple]) -> Hint | None:
    answers = [(call(function, args).raw, expected, _batch(args)) for args, expected in cases]
    for name in names:
        transform, explanation, question = _TRANSFORMATIONS[name]
        # The case that failed is transformed; those before it may be right, where the idea makes no difference.
        if (
            _explains(transform, *answers[-1])
            and all(
                identical_or_close(raw, expected) or _explains(transform, raw, expected, batch)
                for raw, expected, batch in answers[:-1]
            )
            and (name not in _CONFIRMED or _CONFIRMED[name](answers[-1][0], [call(function, a).raw for a in fresh]))
        ):
            return Hint(name, explanation, question)
    return None


def _explains(transform: Callable, raw, expected, batch: int) -> bool:
    """Whether each part of an answer is right or transformed, and at least one is transformed."""
    parts = _paired(raw, expected)
    if parts is None:
        return False
    wrong = [(got, right) for got, right in parts if not _is_exact(got, right)]
    try:
        return bool(wrong) and all(transform(plain_array(got).astype(float), right, batch) for got, right in wrong)
    except (NotPlain, ValueError, IndexError, TypeError):
        return False


def _is_exact(got, right) -> bool:
    """Right in each number, however small it is beside the others."""
    if not identical_or_close(got, right):
        return False
    try:
        got = plain_array(got).astype(float)
    except (NotPlain, ValueError, TypeError):
        return True
    with np.errstate(all="ignore"):
        return not np.any(np.abs(got - right) > RIGHT * np.abs(right))


def _paired(raw, expected) -> list | None:
    """(got, expected) for each array of nested results; None where they are nested differently."""
    if not isinstance(expected, tuple):
        return [(raw, expected)]
    if not isinstance(raw, (tuple, list)) or len(raw) != len(expected):
        return None
    found = [_paired(r, e) for r, e in zip(raw, expected)]
    return None if None in found else [pair for pairs in found for pair in pairs]


def _batch(args: tuple) -> int:
    """The number of examples: rows of the first matrix among the arguments, lists of lists included; 1 where that
    could as well be the number of something else."""
    for value in args:
        try:
            if np.ndim(value) == 2:
                return len(value) if len(value) != np.shape(value)[1] else 1
        except ValueError:  # a list of layers
            continue
    return 1


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
    try:
        numbers = plain_array(answer).astype(float)
    except (NotPlain, ValueError, TypeError):
        return False
    return any(
        np.allclose(numbers, np.round(numbers, digits), rtol=1e-12, atol=0, equal_nan=True) for digits in range(8)
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
    ends = []
    for numbers in (answer, *others):
        try:
            numbers = plain_array(numbers).astype(float)
        except (NotPlain, ValueError, TypeError):
            continue
        if numbers.ndim and np.all(np.isfinite(numbers)):
            ends.append((numbers.min(), numbers.max()))
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


def _some_signs_wrong(got, right, batch):
    return right.size > 1 and _tells_factors_apart(right) and identical_or_close(np.abs(got), np.abs(right))


def _one_entry_wrong(got, right, batch):
    wrong = _wrong_entries(got, right)
    return np.sum(wrong) == 1 and np.sum(~wrong & (right != 0)) > 1


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
        "Is the array that you return ever filled?",
    ),
    "some_signs_wrong": (
        _some_signs_wrong,
        "Every number has the right size, and some have the wrong sign.",
        "Which of these numbers must be positive and which negative? Where does a minus come from in your code?",
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
}

# What an answer must be on fresh inputs too, and what is asked of it: the answer that failed, and those.
_CONFIRMED = {
    "all_zero": lambda answer, others: sum(map(_is_zero, others)) >= len(others) / 2,
    "rounded": lambda answer, others: all(map(_has_few_digits, others)),
    "cut_off": _has_the_limit,
}
_FORMS_OF_NUMBERS = ("lists_not_converted", "cut_to_whole_numbers", "made_for_one_number")
_FORMS_OF_BATCHES = ("rows_not_kept_apart", "batch_of_one_not_foreseen", "fixed_number_of_axes")
# Which transformations can explain a failed check, by its kind: those that leave no doubt, and those that say less.
_VAGUE = (
    "all_zero",
    "some_signs_wrong",
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
)
_OF_SHAPE = ("right_in_another_shape", "axes_exchanged", "axis_too_many", "axis_lost")
_OF_VALUES = [n for n in _TRANSFORMATIONS if n not in (*_VAGUE, *_OF_SHAPE[1:])], _VAGUE
_TRANSFORMATIONS_FOR = {
    "shape": (_OF_SHAPE[:1], _OF_SHAPE[1:]),
    "finite": ((), ()),
    "raised": ((), ()),
    "accepted": ((), ()),
}


def transformations() -> list[str]:
    """The names that a diagnosis can give beside those of the banks."""
    by_outcome = [*_BY_KIND.values(), _NOTHING_RETURNED, *_NO_NUMBERS.values(), *_ARRANGED.values()]
    said = [*by_outcome, *(said for _, _, said in _BY_EXCEPTION)]
    return list(dict.fromkeys([*_TRANSFORMATIONS, *EXPERIMENTS, *(name for name, _, _ in said)]))
