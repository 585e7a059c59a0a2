"""The tests of the exercises against mutants of the reference solutions: what survives must be right."""

import sys

import pytest
from masters import EXERCISES, ROOT, functions

sys.path.insert(0, str(ROOT / "benchmarks"))

import mutants

# What mutates a design is another design, and may be as good.
DESIGNS = ("new_model", "logits", "fit")
ALL = [
    pytest.param(exercise, function, id=function)
    for exercise in EXERCISES
    for function in functions(exercise)
    if function not in DESIGNS
]


@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "function"), ALL)
def test_a_mutant_of_the_reference_solution_fails_or_is_equivalent(monkeypatch, exercise, function):
    # Whether it fails is asked, not why; to find that out takes most of the time.
    monkeypatch.setattr("autograder.checks.diagnose", lambda *call: None)
    assert not list(mutants.holes(exercise, function))


@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "function"), ALL)
def test_every_function_has_mutants_and_none_is_the_reference(exercise, function):
    born = list(mutants.mutants(exercise, function))
    assert len(born) >= 10
    assert len({m.source for m in born}) == len(born)


def test_a_mutant_that_answers_otherwise_is_not_called_equivalent():
    wrong = next(m for m in mutants.mutants("softmax", "softmax") if "e * e.sum()" in m.source)
    assert not mutants.equivalent(wrong)
    assert mutants.fate(wrong).killed == "values"


def test_a_mutant_that_never_ends_is_stopped(monkeypatch):
    monkeypatch.setattr(mutants, "SECONDS", 1)
    endless = mutants.Mutant("softmax", "softmax", "", "def softmax(p):\n    while True:\n        pass")
    assert mutants.fate(endless).killed == "time"
