"""Calls a student's function so that nothing it does to its arguments or its answer goes unnoticed."""

import copy
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

LONGEST_ITERATOR = 10_000
# Two programs that do the same thing in another order of summation differ by this, relative to the largest entry.
SAME = 1e-6
# A right answer in float32 is right.
RIGHT = 1e-5


class NotPlain(TypeError):
    """An answer is not made of numbers, arrays, lists, tuples and dicts; the message is a sentence that says so."""


@dataclass(frozen=True)
class Outcome:
    """What one call did.

    raw        what came back, as it came back (None where the call raised)
    raised     the exception, or None
    mutated    positions of the arguments that the call changed
    arguments  the arguments after the call
    """

    raw: Any
    raised: BaseException | None
    mutated: tuple[int, ...]
    arguments: tuple


def call(function: Callable, args: tuple) -> Outcome:
    """Calls `function` with deep copies of `args`; `args` are never changed.

    Every exception of the function's own is caught, SystemExit too; an interrupt from outside is not. A fault of
    the grader's own (an exception whose `grader_fault` is true) goes through.
    """
    copies = copy.deepcopy(args)
    # A caller may use print options, np.seterr or warnings in any way: a check depends on none of them.
    with np.errstate(all="ignore"):
        try:
            raw, raised = function(*copies), None
            if isinstance(raw, Iterator):
                raw = list(itertools.islice(raw, LONGEST_ITERATOR))
            if isinstance(raw, np.ndarray) and raw.dtype == object:
                # A list in disguise, whose entries are compared as those of a list.
                raw = raw.tolist()
        except (Exception, SystemExit) as error:
            if getattr(error, "grader_fault", False):
                raise
            raw, raised = None, error
    mutated = tuple(i for i, (before, after) in enumerate(zip(args, copies)) if not identical(before, after))
    return Outcome(raw, raised, mutated, copies)


def identical(a: Any, b: Any) -> bool:
    """Whether two plain values are the same bit for bit (NaN equals NaN, 0.0 does not equal -0.0).

    Generators and callables, whose state may move on, count as the same.
    """
    if isinstance(a, np.random.Generator) or callable(a):
        return True
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return (
            isinstance(a, np.ndarray)
            and isinstance(b, np.ndarray)
            and a.dtype == b.dtype
            and a.shape == b.shape
            and a.tobytes() == b.tobytes()
        )
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(identical, a, b))
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(identical(a[k], b[k]) for k in a)
    if isinstance(a, float) and isinstance(b, float):
        return np.float64(a).tobytes() == np.float64(b).tobytes()
    return type(a) is type(b) and a == b


def plain_array(value: Any) -> np.ndarray:
    """A fresh array of numbers from a number, an array, or lists and tuples of them.

    Keeps the dtype that NumPy gives it, save that a subclass becomes a plain array. Raises NotPlain, with a sentence.
    """
    if value is None:
        raise NotPlain("nothing came back (None): is a `return` missing?")
    if isinstance(value, (str, bytes, dict, set)) or callable(value):
        raise NotPlain(f"a {type(value).__name__} came back, not numbers")
    try:
        array = np.array(value, subok=False)
    except Exception:
        raise NotPlain("the rows that came back have different lengths or are not numbers") from None
    if array.dtype.kind == "c":
        raise NotPlain("complex numbers came back; real ones are asked for")
    if array.dtype.kind not in "biuf":
        raise NotPlain(f"a {type(value).__name__} of {array.dtype.name} entries came back, not numbers")
    return array


def numbers(value: Any) -> np.ndarray | None:
    """A fresh array of floats from what `plain_array` takes; None from anything else."""
    try:
        return plain_array(value).astype(float)
    except NotPlain:
        return None


def identical_or_close(a, b, within: float = SAME) -> bool:
    """Whether two answers are the same for a person: same shapes, numbers within `within` of each, NaN equals NaN."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(identical_or_close(a[key], b[key], within) for key in a)
    # Beside an array, a list of rows is an array too.
    if (is_several(a) or is_several(b)) and not (isinstance(a, np.ndarray) or isinstance(b, np.ndarray)):
        return (
            is_several(a)
            and is_several(b)
            and len(a) == len(b)
            and all(identical_or_close(x, y, within) for x, y in zip(a, b))
        )
    try:
        a, b = plain_array(a), plain_array(b)
    except NotPlain:
        # Two functions may well do the same; a function and a number are not the same.
        return callable(a) == callable(b) and identical(a, b)
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


def is_several(value) -> bool:
    return isinstance(value, (tuple, list)) and any(isinstance(v, (np.ndarray, tuple, list, dict)) for v in value)
