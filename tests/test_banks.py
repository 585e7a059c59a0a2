"""The test of the tests: every misconception is rejected and named, every right answer is accepted."""

import functools
import importlib
import inspect
import itertools

import pytest
from masters import EXERCISES, ROOT, functions, run_tests_of, solved

from autograder import misconceptions
from autograder.checks import CheckFailed
from autograder.messages import Hint


def marks(function, nth):
    """Slow is what trains networks, and of each function's answers those after the second."""
    return [pytest.mark.slow] if function in ("train", "fit") or nth > 1 else []


WRONG = [
    pytest.param(exercise, m, id=f"{m.of}-{m.name}", marks=marks(m.of, nth))
    for exercise in EXERCISES
    for bank in misconceptions.of_exercise(exercise).values()
    for nth, m in enumerate(bank)
]


def right_answers(exercise):
    """(function, style, implementation) for each function in tests/right_answers/<exercise>.py; the function that
    an answer is for comes before the double underscore of its name: softmax__by_a_loop."""
    module = importlib.import_module(f"right_answers.{exercise}")
    for name, answer in inspect.getmembers(module, callable):
        function, separator, style = name.partition("__")
        if separator and function in functions(exercise):
            yield function, style, answer


RIGHT = [
    pytest.param(exercise, function, answer, id=f"{function}-{style}", marks=marks(function, nth))
    for exercise in EXERCISES
    for _, styles in itertools.groupby(right_answers(exercise), lambda answer: answer[0])
    for nth, (function, style, answer) in enumerate(styles)
]


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_reference_solutions_pass_their_own_tests(exercise):
    for function in functions(exercise):
        run_tests_of(exercise, function, solved(exercise)[function])


@pytest.mark.parametrize(("exercise", "wrong"), WRONG)
def test_a_misconception_is_rejected_and_named(exercise, wrong):
    with pytest.raises(CheckFailed) as failure:
        run_tests_of(exercise, wrong.of, wrong.run)
    assert failure.value.misconception == wrong.name, str(failure.value)


@pytest.mark.parametrize(("exercise", "function", "answer"), RIGHT)
def test_a_right_answer_in_any_style_is_accepted(exercise, function, answer):
    run_tests_of(exercise, function, answer)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_every_function_has_eight_misconceptions_and_five_right_answers(exercise):
    bank = misconceptions.of_exercise(exercise)
    for function in functions(exercise):
        assert len(bank[function]) >= 8, function
        assert sum(f == function for f, _, _ in right_answers(exercise)) >= 5, function


@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_hint_is_a_short_question_in_a_section_of_its_chapter(exercise):
    for bank in misconceptions.of_exercise(exercise).values():
        for wrong in bank:
            hint = Hint(wrong.name, wrong.explanation, wrong.hint, wrong.section)
            assert "?" in hint.question, wrong
            assert len(f"{hint.explanation} {hint.question}".split()) < 160, wrong
            assert hint.explanation.endswith("."), wrong
            assert f"({wrong.section})=" in chapter(wrong.section.partition("-")[0]), wrong


@functools.cache
def chapter(name):
    return (ROOT / "book" / f"{name}.md").read_text(encoding="utf-8")
