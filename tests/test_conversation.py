"""What is said of a run: all of a few lines, the first of many, and what a person has to do before the rest."""

import io
import json

import pytest
from rich.console import Console

from autograder.conversation import MOST_TOLD, Conversation
from autograder.grade import Change
from autograder.results import SubmissionResult


class Said(Conversation):
    """A conversation whose lines are kept."""

    def __init__(self, folder, **options):
        self.text, self.error = io.StringIO(), io.StringIO()
        usual = {"quiet": True, "as_json": False, "watching": False, "accept": True, "trusting": False}
        out, err = (Console(file=file, width=200) for file in (self.text, self.error))
        super().__init__(out, err, folder, **usual | options)

    @property
    def lines(self):
        return self.text.getvalue().splitlines()


def broken(count):
    return [
        SubmissionResult(f"s{k:03d}", "toy", 0.0, 2.0, "error", message="toy.ipynb is empty.") for k in range(count)
    ]


@pytest.mark.parametrize("count", [1, MOST_TOLD])
def test_a_few_that_are_not_graded_are_all_named(tmp_path, count):
    said = Said(tmp_path)
    with said.batch():
        pass
    assert said.end(broken(count)) == 0
    assert said.lines == [f"✗ s{k:03d}, toy: toy.ipynb is empty." for k in range(count)]


def test_of_many_the_first_are_named_and_a_fault_of_the_graders_own_before_them(tmp_path):
    said = Said(tmp_path)
    with said.batch():
        pass
    fault = SubmissionResult("zoe", "toy", 0.0, 2.0, "error", message="The grader stumbled.", waits=True)
    assert said.end([*broken(30), fault]) == 1
    assert said.lines[0] == "✗ zoe, toy: The grader stumbled." and len(said.lines) == MOST_TOLD + 2
    assert said.lines[MOST_TOLD] == f"… and {31 - MOST_TOLD} more like these: see {tmp_path / 'results.json'}."


def test_as_json_all_are_named(tmp_path, capsys):
    said = Said(tmp_path, as_json=True)
    with said.batch():
        pass
    said.end(broken(30))
    assert len(json.loads(capsys.readouterr().out)["errors"]) == 30 and said.lines == []


def test_of_many_changes_the_first_are_shown_and_again_only_what_is_new(tmp_path):
    said = Said(tmp_path, watching=True)
    changes = [Change(f"s{k:03d}", "toy", 1.0, 2.0, {}) for k in range(30)]
    for asked in (changes, changes, [*changes, Change("zoe", "toy", 0.0, 2.0, {})]):
        with said.batch():
            assert said.asked(asked)
    assert len(said.lines) == MOST_TOLD + 2 and said.lines[-1].startswith("≠ zoe")
    assert said.lines[MOST_TOLD] == f"… and 10 more like these: see {tmp_path / 'proposed'}."
