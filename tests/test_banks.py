"""The test of the tests: every misconception is rejected and named, every right answer is accepted."""

import importlib
import inspect

import pytest
from masters import EXERCISES, functions, run_tests_of, solved

from autograder import misconceptions
from autograder.checks import CheckFailed
from autograder.messages import Hint


def slow_if(function):
    """Marks what trains networks."""
    return [pytest.mark.slow] if function in ("train", "fit") else []


WRONG = [
    pytest.param(exercise, m, id=f"{m.of}-{m.name}", marks=slow_if(m.of))
    for exercise in EXERCISES
    for bank in misconceptions.of_exercise(exercise).values()
    for m in bank
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
    pytest.param(exercise, function, answer, id=f"{function}-{style}", marks=slow_if(function))
    for exercise in EXERCISES
    for function, style, answer in right_answers(exercise)
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


@pytest.mark.parametrize(("exercise", "wrong"), WRONG)
def test_a_hint_is_a_short_question_in_a_section_of_its_chapter(exercise, wrong):
    hint = Hint(wrong.name, wrong.explanation, wrong.hint, wrong.section)
    assert "?" in hint.question
    assert len(f"{hint.explanation} {hint.question}".split()) < 160
    assert hint.explanation.endswith(".")
    chapter = wrong.section.partition("-")[0]
    assert f"({wrong.section})=" in (misconceptions_book(chapter)).read_text()


def misconceptions_book(chapter):
    from masters import ROOT

    return ROOT / "book" / f"{chapter}.md"
