"""Executable misconceptions: small wrong implementations, each with a name, an explanation and a question.

One bank serves three purposes: a failed answer that behaves like a misconception gets its hint, every misconception
is a test of the checks (each must be rejected), and the chapters' "what usually goes wrong" is printed from it.

A module of this package is the bank of one exercise. In it, a misconception is written as

    @misconception(of="softmax", section="softmax-definition")
    def not_normalised(p):
        '''The exponentials are never divided by their sum.

        What do the numbers that you return add up to, and what should they add up to?
        '''
        return np.exp(p)

The first paragraph explains, in one sentence; the rest is the hint: a question that does not give the line away.
`section` is the label of the section of the book to read again. Where an idea has a constant that people choose
differently, it is a keyword of both: `@misconception(..., epsilon=EPSILONS)`. And `@inputs(of="softmax")` marks the
function
that draws fresh arguments, on which an answer is compared with the bank.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

# Small constants that people add, or clip at.
EPSILONS = tuple(10.0**-k for k in range(3, 21)) + (float(np.finfo(float).eps), float(np.finfo(np.float32).eps))

# Two exercises may ask for a function of the same name, so a bank is found by (exercise, function).
_MISCONCEPTIONS: dict[tuple[str, str], list["Misconception"]] = {}
_INPUTS: dict[tuple[str, str], Callable] = {}


@dataclass(frozen=True)
class Misconception:
    """A wrong idea that runs.

    name         identifier, as `results.json` has it, such as "not_normalised"
    of           the function of an exercise that it gets wrong
    explanation  one sentence: what is done wrongly
    hint         a question, under 160 words
    section      label of the section of the book that it concerns
    run          the wrong implementation; takes and returns what the function of the exercise does
    variants     `run`, and `run` with other values of its constants
    """

    name: str
    of: str
    explanation: str
    hint: str
    section: str
    run: Callable
    variants: tuple[Callable, ...]

    @property
    def title(self) -> str:
        """The name for a reader: "Not normalised"."""
        return self.name.replace("_", " ").capitalize()


def misconception(*, of: str, section: str, **constants: tuple) -> Callable:
    """Enters the decorated wrong implementation into the bank of the function `of`, and returns it unchanged.

    constants  keyword of the implementation -> values that an answer may have in its place
    """

    def enter(run: Callable) -> Callable:
        explanation, _, hint = inspect.cleandoc(run.__doc__).partition("\n\n")
        others = [partial(run, **{name: value}) for name, values in constants.items() for value in values]
        _MISCONCEPTIONS.setdefault((_exercise_of(run), of), []).append(
            Misconception(
                name=run.__name__,
                of=of,
                explanation=" ".join(explanation.split()),
                hint=" ".join(hint.split()),
                section=section,
                run=run,
                variants=(run, *others),
            )
        )
        return run

    return enter


def inputs(*, of: str) -> Callable:
    """Marks the decorated `draw(rng)` as the source of fresh inputs of the function `of`.

    `draw` takes a `numpy.random.Generator` and returns a list of tuples of arguments, never square, never vacuous,
    the extremes that the exercise names among them.
    """

    def enter(draw: Callable) -> Callable:
        _INPUTS[_exercise_of(draw), of] = draw
        return draw

    return enter


def of_function(function: str, exercise: str = "") -> list[Misconception]:
    """The misconceptions of one function, in the order of their bank; empty where there is none.

    exercise  tells functions of the same name apart
    """
    _load()
    return list(_of(_MISCONCEPTIONS, function, exercise) or [])


def inputs_of(function: str, exercise: str = "") -> Callable | None:
    """The `draw(rng)` of one function, or None where its bank has none."""
    _load()
    return _of(_INPUTS, function, exercise)


def _of(banks: dict, function: str, exercise: str):
    """What `banks` has for the function in this exercise, else in the first one that asks for it, else None."""
    found = {owner: value for (owner, name), value in banks.items() if name == function}
    return found.get(exercise, next(iter(found.values()), None))


def _exercise_of(code: Callable) -> str:
    return code.__module__.rpartition(".")[2]


def of_exercise(exercise: str) -> dict[str, list[Misconception]]:
    """Function -> misconceptions, for one exercise, in the order in which the notebook asks for the functions."""
    importlib.import_module(f"{__name__}.{exercise}")
    return {function: bank for (owner, function), bank in _MISCONCEPTIONS.items() if owner == exercise}


def exercises() -> list[str]:
    """The names of the exercises that have a bank."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def source_of(exercise: str) -> str:
    """The path of the file that holds the bank of an exercise."""
    return importlib.import_module(f"{__name__}.{exercise}").__file__


def _load() -> None:
    for exercise in exercises():
        importlib.import_module(f"{__name__}.{exercise}")
