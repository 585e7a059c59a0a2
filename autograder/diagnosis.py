"""Which wrong idea does an answer behave like? It is run beside the misconceptions of its function, on fresh inputs.

An answer is not read, only observed: a misconception is named when it does what the answer does on every input that
was tried, errors and changed arguments included. Where none does, the next best explanation is looked for: the same
question in another form (`experiments`), a general transformation of the right result (`transformations`), a
misconception that does the same on this input and on most others, and last what the exception or the kind of failure
says by itself.
"""

import builtins
from collections.abc import Callable, Sequence

import numpy as np

from . import misconceptions
from .calls import RIGHT, SAME, NotPlain, call, identical_or_close, is_several, numbers, plain_array
from .experiments import EXPERIMENTS, as_arrays
from .messages import Hint
from .transformations import CONFIRMED, OF_KIND, OF_VALUES, TRANSFORMATIONS

FRESH_DRAWS = 2
# A misconception that does what the answer does on this share of the inputs, the failed one among them, is its idea
# too: a second one may show on the others.
MOSTLY = 0.6
_FORMS_OF_NUMBERS = ("lists_not_converted", "cut_to_whole_numbers", "made_for_one_number")
_FORMS_OF_BATCHES = ("rows_not_kept_apart", "batch_of_one_not_foreseen", "fixed_number_of_axes")

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
_DRAWN_ELSEWHERE = (
    "drawn_elsewhere",
    "The same state of the generator that is given leads to another answer: random numbers come from elsewhere too.",
    "Which of your lines draws, and from what: the generator that is given, `np.random`, or one that you make?",
)
_NOTHING_RETURNED = (
    "nothing_returned",
    "The function ends without handing back what it has computed.",
    "Which value should the caller get, and which line of yours says so?",
)
_FUNCTION_RETURNED = (
    "function_in_place_of_its_value",
    "A function comes back where its value is asked for.",
    "Who calls the function that you return, and with what? Are its brackets missing?",
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
_SOME_WRONG = (
    "some_results_wrong",
    "Some of the results are right, and others are not.",
    "Which of them are right? What do the wrong ones go through, or depend on, that the right ones do not?",
)
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
        "inhomogeneous",
        (
            "arrays_of_different_shapes_in_one",
            "Arrays of different shapes are taken for one array.",
            "Which list is made an array there, and which of its entries do you need?",
        ),
    ),
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
    (
        TypeError,
        "Cannot cast",
        (
            "cut_to_whole_numbers",
            "Fractions are to be written into an array of whole numbers.",
            "Which dtype has the array that stands on the left of your `+=`, `-=` or `/=`, or in `out=`?",
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
        AttributeError,
        "has no attribute",
        (
            "method_that_is_not_there",
            "A function or method is called that the module, array or generator does not have.",
            "Is its name misspelt, or does it belong to another type or an older interface? What does `dir` list?",
        ),
    ),
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
    failed, expected = cases[-1]
    if kind == "repeat" and any(isinstance(a, np.random.Generator) for a in failed):
        return Hint(*_DRAWN_ELSEWHERE)
    if kind in ("overwritten", "repeat", "slow"):
        return Hint(*_BY_KIND[kind])
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
    exact, vague = ([], []) if expected is None else OF_KIND.get(kind, OF_VALUES)
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
        or (some_results_wrong() if kind == "values" and _some_are_right(function, failed, expected) else None)
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
    answered = np.ones(len(fresh), dtype=bool)
    for k, args in enumerate(fresh):
        answer = call(function, args)
        answered[k] = answer.raised is None
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
    if failure.raised is not None:
        # Exceptions of a class are all alike: to raise where another does is no idea in common.
        shares[~(agreed & answered).any(axis=1)] = 0
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


def _an_earlier_answer(function: Callable, known: list) -> Hint | None:
    """The answer to the failed question is the one that an earlier question should get."""
    answer = call(function, known[-1][0]).raw if known else None
    for _, earlier in known[:-1]:
        several = any(np.size(leaf) and np.ptp(np.asarray(leaf, dtype=float)) > 0 for leaf in _leaves(earlier))
        if several and identical_or_close(answer, earlier) and not identical_or_close(earlier, known[-1][1]):
            nudged = tuple(a * 1.01 + 0.01 if isinstance(a, np.ndarray) else a for a in as_arrays(known[-1][0]))
            if identical_or_close(answer, call(function, nudged).raw):
                return Hint(*_BY_KIND["repeat"])
    return None


def _takeable(function: Callable, args: tuple) -> tuple:
    """The same question with arrays in place of lists, where the answer cannot take lists: that is a fault of its own,
    which hides no other."""
    arrays = as_arrays(args)
    given = any(a is not b for a, b in zip(args, arrays))
    return arrays if given and isinstance(call(function, args).raised, (TypeError, AttributeError)) else args


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
    if (
        not found
        or (len(wanted) > 1 and all(np.size(value) == 1 for value in found))
        or (left and len(found) < len(wanted))
    ):
        return None
    if not left and len(found) == len(wanted) and (isinstance(answer, dict) or isinstance(answer[0], dict)):
        return Hint(*_NO_NUMBERS[dict])
    return Hint(*_ARRANGED["more" if left else "order" if len(found) == len(wanted) else "missing"])


def _leaves(value) -> list:
    if isinstance(value, dict):
        value = tuple(value.values())
    if not is_several(value) or isinstance(value, list) and _is_rows(value):
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
    exact, vague = OF_VALUES
    return _matching_transformation(part, [(args, expected)], [*exact, *vague], [])


def some_results_wrong() -> Hint:
    """The hint where others of several results are right, and nothing more is known."""
    return Hint(*_SOME_WRONG)


def _some_are_right(function: Callable, failed: tuple, expected: object) -> bool:
    """Whether one of several results is right that was not given as an argument."""
    if not isinstance(expected, tuple):
        return False
    parts = _paired(call(function, failed).raw, expected) or []
    return any(
        _is_exact(got, right) and not any(got is a or _is_exact(a, right) for a in failed) for got, right in parts
    )


def _what_failed_by_itself(function: Callable, failed: tuple, kind: str) -> Hint | None:
    if kind in ("finite", "accepted"):
        return Hint(*_BY_KIND[kind])
    if kind == "type":
        answer = call(function, failed).raw
        entry = answer[0] if isinstance(answer, (list, tuple)) and answer else answer
        if callable(entry):
            return Hint(*_FUNCTION_RETURNED)
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
    x, y = numbers(a.raw), numbers(b.raw)
    if x is None or y is None or expected is None or isinstance(expected, tuple) or x.shape != np.shape(expected):
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


def _matching_transformation(function: Callable, cases: list, names: Sequence[str], fresh: list[tuple]) -> Hint | None:
    answers = [(call(function, args).raw, expected, _batch(args)) for args, expected in cases]
    for name in names:
        transform, explanation, question = TRANSFORMATIONS[name]
        # The case that failed is transformed; those before it may be right, where the idea makes no difference.
        if (
            _explains(transform, *answers[-1])
            and all(
                identical_or_close(raw, expected) or _explains(transform, raw, expected, batch)
                for raw, expected, batch in answers[:-1]
            )
            and (name not in CONFIRMED or CONFIRMED[name](answers[-1][0], [call(function, a).raw for a in fresh]))
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
    got = numbers(got)
    if got is None:
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


def transformations() -> list[str]:
    """The names that a diagnosis can give beside those of the banks."""
    by_outcome = [
        *_BY_KIND.values(),
        _DRAWN_ELSEWHERE,
        _NOTHING_RETURNED,
        _FUNCTION_RETURNED,
        *_NO_NUMBERS.values(),
        *_ARRANGED.values(),
        _SOME_WRONG,
    ]
    said = [*by_outcome, *(said for _, _, said in _BY_EXCEPTION)]
    return list(dict.fromkeys([*TRANSFORMATIONS, *EXPERIMENTS, *(name for name, _, _ in said)]))
