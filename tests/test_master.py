import subprocess
import sys

import nbformat
import pytest
from toy_course import cell, make_course

from autograder.master import into_master, role, without_hidden_tests
from autograder.release import grading_master

ANSWER = "def softmax(p):\n    return 'mine'"


@pytest.fixture(scope="module")
def master(tmp_path_factory):
    return grading_master(make_course(tmp_path_factory.mktemp("course")), "toy")


@pytest.fixture
def submitted(master):
    """The notebook as students have it, with an answer to `softmax`."""
    notebook = nbformat.from_dict(master)
    for c in notebook.cells:
        c.source = without_hidden_tests(c.source)
    cell(notebook, "softmax").source = ANSWER
    return notebook


def new(source, kind="code", **nbgrader):
    make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}[kind]
    return make(source, metadata={"nbgrader": nbgrader} if nbgrader else {})


def sources(notebook):
    return [c.source for c in notebook.cells]


def index(notebook, grade_id):
    return notebook.cells.index(cell(notebook, grade_id))


def expected(master, **answers):
    return [answers.get(role(c).get("grade_id"), c.source) for c in master.cells]


def test_an_ordinary_submission_needs_no_mending(master, submitted):
    result, notes = into_master(master, submitted)
    assert notes == []
    assert sources(result) == expected(master, softmax=ANSWER)


def test_neither_argument_is_changed(master, submitted):
    before = nbformat.writes(master), nbformat.writes(submitted)
    del cell(submitted, "softmax").metadata["nbgrader"]
    before = before[0], nbformat.writes(submitted)
    into_master(master, submitted)
    assert (nbformat.writes(master), nbformat.writes(submitted)) == before


def test_deleted_cells_come_back_and_a_deleted_answer_is_the_stub(master, submitted):
    submitted.cells = [cell(submitted, "softmax")]
    result, notes = into_master(master, submitted)
    assert sources(result) == expected(master, softmax=ANSWER)
    assert any("no answer for double" in note for note in notes)


def test_an_empty_notebook_gives_the_master(master):
    result, _ = into_master(master, nbformat.v4.new_notebook())
    assert sources(result) == sources(master)


def test_an_altered_test_is_replaced_and_reported(master, submitted):
    cell(submitted, "test_softmax").source = "pass"
    result, notes = into_master(master, submitted)
    assert "secret case" in cell(result, "test_softmax").source
    assert notes == ["The cell test_softmax was changed: the course's own is used."]


def test_points_roles_and_types_are_the_masters(master, submitted):
    cell(submitted, "test_softmax").metadata.nbgrader.update(points=1000, grade=False, locked=False)
    answer = cell(submitted, "softmax")
    submitted.cells[submitted.cells.index(answer)] = new(ANSWER, "markdown", grade_id="softmax", grade=True, points=9)
    result, notes = into_master(master, submitted)
    assert [(c.cell_type, c.metadata) for c in result.cells] == [(c.cell_type, c.metadata) for c in master.cells]
    assert cell(result, "softmax").source == ANSWER
    assert notes == ["The cell softmax had become a markdown cell: changed back."]


def test_reordered_cells_are_in_the_masters_order(master, submitted):
    submitted.cells.reverse()
    result, _ = into_master(master, submitted)
    assert sources(result) == expected(master, softmax=ANSWER)


def test_of_two_answers_the_first_counts(master, submitted):
    submitted.cells.append(new("def softmax(p): return 'later'", grade_id="softmax"))
    result, notes = into_master(master, submitted)
    assert sources(result) == expected(master, softmax=ANSWER)
    assert notes == ["The cell softmax is there 2 times: the first that was written in counts."]


def test_a_copy_that_was_left_blank_does_not_count_before_an_answer(master, submitted):
    submitted.cells.append(new("def double(x): return 'mine'", grade_id="double"))
    result, _ = into_master(master, submitted)
    assert cell(result, "double").source == "def double(x): return 'mine'"


def test_a_lost_id_is_found_by_what_the_cell_defines(master, submitted):
    answer = cell(submitted, "softmax")
    del answer.metadata["nbgrader"]
    submitted.cells.remove(answer)
    submitted.cells.append(answer)
    result, notes = into_master(master, submitted)
    assert sources(result) == expected(master, softmax=ANSWER)
    assert "had lost its id" in notes[0]


def test_a_lost_id_is_found_by_the_place_of_the_cell(master, submitted):
    answer = cell(submitted, "softmax")
    answer.source = "softmax = lambda p: 'mine'"
    del answer.metadata["nbgrader"]
    result, _ = into_master(master, submitted)
    assert sources(result) == expected(master, softmax="softmax = lambda p: 'mine'")


def test_a_written_answer_that_lost_its_id_is_found(master, submitted):
    answer = cell(submitted, "why")
    answer.source = "Since I say so."
    del answer.metadata["nbgrader"]
    assert cell(into_master(master, submitted)[0], "why").source == "Since I say so."


def test_when_every_id_is_lost_everything_is_still_in_place(master, submitted):
    for c in submitted.cells:
        c.metadata.pop("nbgrader", None)
    assert sources(into_master(master, submitted)[0]) == expected(master, softmax=ANSWER)


def test_an_added_cell_stays_behind_the_cell_that_it_came_after(master, submitted):
    submitted.cells.insert(index(submitted, "softmax") + 1, new("helper = 1"))
    result, _ = into_master(master, submitted)
    at = index(result, "softmax") + 1
    assert result.cells[at].source == "helper = 1"
    assert role(result.cells[at + 1])["grade_id"] == "test_softmax"
    assert result.cells[at].metadata == {"autograder": {"added": True}}


def test_added_cells_keep_their_order_at_the_very_beginning_too(master, submitted):
    submitted.cells[:0] = [new("first = 1"), new("second = 2")]
    assert sources(into_master(master, submitted)[0])[:2] == ["first = 1", "second = 2"]


def test_an_unknown_id_makes_an_added_cell_without_a_role(master, submitted):
    submitted.cells.append(new("free = 'points'", grade_id="bonus", grade=True, points=100, solution=False))
    result, _ = into_master(master, submitted)
    assert result.cells[-1].source == "free = 'points'" and role(result.cells[-1]) == {}


def test_hidden_tests_that_a_student_opens_and_never_closes_keep_nobody_busy():
    # In a process of its own: to look for each end would take hours.
    program = (
        "from autograder.master import without_hidden_tests\n"
        "for source in ('### BEGIN HIDDEN TESTS\\n' * 50_000, 'BEGIN HIDDEN TESTS' * 50_000):\n"
        "    assert without_hidden_tests(source) == source"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_hidden_tests_go_line_by_line():
    source = (
        "a\n# BEGIN HIDDEN TESTS\nb\n# END HIDDEN TESTS\nc\nBEGIN HIDDEN TESTS END HIDDEN TESTS\nd\nBEGIN HIDDEN TESTS"
    )
    assert without_hidden_tests(source) == "a\nc\nd\nBEGIN HIDDEN TESTS"


def test_the_kernel_is_the_masters(master, submitted):
    submitted.metadata.kernelspec.name = "conda-ml"
    result, notes = into_master(master, submitted)
    assert result.metadata == master.metadata
    assert "conda-ml" in notes[0]


def test_cell_ids_are_unique_whatever_was_added(master, submitted):
    submitted.cells += [new("a"), new("b", "markdown")]
    ids = [c.id for c in into_master(master, submitted)[0].cells]
    assert len(ids) == len(set(ids))


def test_a_master_that_holds_solutions_is_refused(master, submitted):
    solved = nbformat.from_dict(master)
    cell(solved, "double").source = "### BEGIN SOLUTION\n### END SOLUTION"
    with pytest.raises(ValueError, match="solutions"):
        into_master(solved, submitted)
