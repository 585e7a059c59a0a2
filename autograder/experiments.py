"""The same question in another form: an answer that is right in one form alone has one idea about its inputs wrong.

The formula of such an answer is right, so no wrong formula explains it; what helps it does: float arrays in place of
lists, each row alone in place of the batch. An experiment asks `function` what `args` ask for, in its own form, and
yields what would then be the answer, in the shape `shape`; nothing where the form makes no difference.
"""

from collections.abc import Callable, Iterator

import numpy as np

from .calls import NotPlain, call, numbers, plain_array

# Beyond this, asking for each part apart takes too long for a hint.
MOST_PARTS = 60


def in_arrays(function: Callable, args: tuple, shape: tuple) -> Iterator:
    """Lists of numbers become arrays of the same numbers."""
    changed = as_arrays(args)
    if any(a is not b for a, b in zip(args, changed)):
        yield call(function, changed).raw


def in_floats(function: Callable, args: tuple, shape: tuple) -> Iterator:
    """Whole numbers become floats: in all arguments, or in one where another holds indices."""
    floats = [np.array(a, dtype=float) if _is_of_integers(a) else a for a in args]
    changed = [k for k, a in enumerate(args) if floats[k] is not a]
    if changed:
        yield call(function, tuple(floats)).raw
    for k in changed if len(args) > 1 else ():
        yield call(function, (*args[:k], floats[k], *args[k + 1 :])).raw


def number_by_number(function: Callable, args: tuple, shape: tuple) -> Iterator:
    """Each entry of the only argument alone; of entries that are all the same, the answers tell nothing."""
    if len(args) == 1 and _axes(args[0]) and np.shape(args[0]) == shape and 1 < np.size(args[0]) <= MOST_PARTS:
        if np.all(np.ravel(args[0]) == np.ravel(args[0])[0]):
            return
        yield from _joined(function, [(x,) for x in np.ravel(args[0]).tolist()], shape)


def row_by_row(function: Callable, args: tuple, shape: tuple) -> Iterator:
    """Each example alone, as a batch of one and as a vector; numbers are averaged, as losses are."""
    if _axes(args[0]) == 2 and 1 < len(args[0]) <= MOST_PARTS:
        size = len(args[0])
        batched = [bool(_axes(a)) and len(a) == size for a in args]
        for part in (lambda a, i: a[i : i + 1], lambda a, i: a[i]):
            parts = [tuple(part(a, i) if b else a for a, b in zip(args, batched)) for i in range(size)]
            yield from _joined(function, parts, shape)


def row_twice(function: Callable, args: tuple, shape: tuple) -> Iterator:
    """The only example of a batch, given twice; the first of the two results."""
    if _axes(args[0]) == 2 and len(args[0]) == 1 and shape[:1] == (1,):
        twice = tuple(np.repeat(a, 2, axis=0) if _axes(a) and len(a) == 1 else a for a in args)
        answer = call(function, twice).raw
        if _axes(answer) and len(answer) == 2:
            yield answer[:1]


def in_two_axes(function: Callable, args: tuple, shape: tuple) -> Iterator:
    """A vector as a batch of one, where it has no answer of its shape, and all axes before the last laid out as one."""
    if len(args) == 1 and _axes(args[0]) not in (0, 2):
        answer = numbers(call(function, args).raw)
        if _axes(args[0]) == 1 and answer is not None and answer.shape == shape:
            return
        rows = np.reshape(args[0], (-1, np.shape(args[0])[-1]))
        yield from _joined(function, [(rows,)], shape)


def _joined(function: Callable, questions: list[tuple], shape: tuple) -> Iterator:
    """The answers to several questions in one array of the shape that is asked for; their mean where that is a number;
    nothing where one of them has no answer or the answers do not fit."""
    try:
        answers = [plain_array(call(function, args).raw) for args in questions]
        yield np.reshape(answers, shape) if shape else np.mean(answers)
    except (NotPlain, ValueError):
        return


def _axes(value) -> int:
    try:
        return np.ndim(value) if isinstance(value, (list, tuple, np.ndarray)) else 0
    except ValueError:  # a list of layers
        return 0


def as_arrays(args: tuple) -> tuple:
    """The arguments, with arrays in place of lists of numbers."""
    return tuple(np.array(a) if isinstance(a, list) and _kind(a) in "biuf" else a for a in args)


def _is_of_integers(value) -> bool:
    return isinstance(value, (list, int, np.integer, np.ndarray)) and _kind(value) in "iu"


def _kind(value) -> str:
    try:
        return np.array(value).dtype.kind
    except ValueError:  # a list of layers
        return "O"


EXPERIMENTS = {
    "lists_not_converted": (
        in_arrays,
        "For arrays the answer is right, and for lists of the same numbers it is not.",
        "What do `+`, `*`, `-` and methods such as `.max()` mean for a list? What turns a list into an array?",
    ),
    "cut_to_whole_numbers": (
        in_floats,
        "For floats the answer is right, and for the same numbers as integers it is not.",
        "Which dtype has the array that you write your results into when the inputs are integers?",
    ),
    "made_for_one_number": (
        number_by_number,
        "For one number the answer is right, and for an array of numbers it is not.",
        "Which of your functions, comparisons or loops takes one number only, and what does the same for each entry of "
        "an array of any shape?",
    ),
    "rows_not_kept_apart": (
        row_by_row,
        "For each row alone the answer is right, and for several rows together it is not.",
        "Which of your sums, maxima or shapes is one for the whole batch, or for another row, where each row needs its "
        "own?",
    ),
    "batch_of_one_not_foreseen": (
        row_twice,
        "For a batch of several rows the answer is right, and for a batch of one it is not.",
        "Which shape do your arrays have when the batch holds one example? What in your code depends on how many there "
        "are?",
    ),
    "fixed_number_of_axes": (
        in_two_axes,
        "For a batch of rows the answer is right, and for another number of axes it is not.",
        "Which axis do your numbers name when P has one axis, or three? Is there an index that always means the last?",
    ),
}
