import json
import subprocess
import sys

import nbformat
import pytest
from toy_course import ROOT, cell, hand_in, make_course
from typer.testing import CliRunner

from autograder.cli import app
from autograder.master import without_hidden_tests

COMMANDS = ("release", "check", "grade", "doctor")


def run(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return make_course(tmp_path_factory.mktemp("course"))


@pytest.fixture
def notebook(course):
    """A notebook of a student with a right and a wrong answer."""
    notebook = course.solved("toy")
    for c in notebook.cells:
        c.source = without_hidden_tests(c.source)
    cell(notebook, "double").source = "def double(x):\n    return x + x + 1"
    return notebook


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_has_an_example_and_the_exit_codes(command):
    text = run(command, "--help").output
    assert f"python -m autograder {command}" in text and "Example:" in text
    assert "Exit codes: 0" in " ".join(text.split())


def test_release_then_check_find_the_course_in_step(tmp_path):
    make_course(tmp_path)
    before = run("release", "--check", "--course", tmp_path)
    assert before.exit_code == 1
    assert before.output == "✗ exercises/toy/toy.ipynb is out of step: run python -m autograder release.\n"
    assert run("release", "--course", tmp_path).exit_code == 0
    after = run("release", "--check", "--course", tmp_path)
    assert (after.exit_code, after.output) == (0, "✓ exercises/ is in step with solutions/.\n")


def test_a_place_that_is_no_course_is_one_sentence_and_exit_2(tmp_path):
    for arguments in (["release"], ["grade", tmp_path, "--out", tmp_path / "out"]):
        result = run(*arguments, "--course", tmp_path)
        assert result.exit_code == 2
        assert "is not inside a course" in result.output and len(result.output.splitlines()) == 1


@pytest.mark.slow
def test_check_says_which_test_fails_and_why_and_leaves_the_notebook_alone(tmp_path, notebook):
    path = hand_in(tmp_path, "me", notebook)
    before = path.read_bytes()
    result = run("check", path)
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert lines[:3] == ["✓ test_softmax", "✗ test_double", "    double: the values are wrong"]
    assert lines[-1] == "1 of 2 tests pass."
    assert path.read_bytes() == before and list(path.parent.iterdir()) == [path]


@pytest.mark.slow
def test_check_of_a_right_notebook_exits_with_0(tmp_path, notebook):
    cell(notebook, "double").source = "def double(x):\n    return x + x"
    result = run("check", hand_in(tmp_path, "me", notebook))
    assert (result.exit_code, result.output) == (0, "✓ test_softmax\n✓ test_double\n2 of 2 tests pass.\n")


@pytest.mark.slow
def test_check_of_a_notebook_that_ends_python_is_one_sentence(tmp_path, notebook):
    notebook.cells.insert(0, nbformat.v4.new_code_cell("import os\nos._exit(0)"))
    result = run("check", hand_in(tmp_path, "me", notebook))
    assert result.exit_code == 2 and "the kernel died" in result.output and len(result.output.splitlines()) == 1


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe"])
def test_check_of_an_unreadable_file_is_one_sentence_and_exit_2(tmp_path, content):
    result = run("check", hand_in(tmp_path, "me", content=content))
    assert result.exit_code == 2 and len(result.output.splitlines()) == 1 and "toy.ipynb" in result.output


def test_check_of_a_missing_file_is_one_sentence_and_exit_2(tmp_path):
    result = run("check", tmp_path / "none.ipynb")
    assert result.exit_code == 2 and "none.ipynb is missing" in result.output


@pytest.mark.slow
def test_grade_says_what_was_graded_and_what_was_not(course, tmp_path, notebook):
    hand_in(tmp_path / "in", "ada", notebook)
    hand_in(tmp_path / "in", "bob", content=b"")
    result = run("grade", tmp_path / "in", "--out", tmp_path / "out", "--seed", 4, "--course", course.root)
    assert result.exit_code == 0, result.output
    assert "✗ bob, toy: toy.ipynb is empty" in result.output
    assert f"✓ 1 of 2 submissions are graded: see {tmp_path / 'out'}.\n" in result.output
    assert '"seed": 4' in (tmp_path / "out" / "results.json").read_text()


def test_grade_of_a_folder_that_is_not_there_is_one_sentence_and_exit_2(course, tmp_path):
    result = run("grade", tmp_path / "none", "--out", tmp_path / "out", "--course", course.root)
    assert result.exit_code == 2 and result.output == f"{tmp_path / 'none'} is not a folder of submissions.\n"
    assert not (tmp_path / "out").exists()


def test_without_the_instructors_part_a_sentence_says_what_to_install():
    code = "import sys; sys.modules['typer'] = None; sys.argv = ['autograder']; import autograder.__main__"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert result.returncode == 1
    assert "pip install" in result.stderr and "Traceback" not in result.stderr


def test_the_students_part_imports_numpy_alone():
    code = (
        "import sys; import autograder.checks, autograder.misconceptions; "
        "print([m for m in ('nbgrader', 'nbformat', 'jupytext', 'typer', 'scipy') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert result.stdout == "[]\n", result.stderr


@pytest.mark.slow
def test_results_without_the_wall_say_so(course, tmp_path, notebook):
    hand_in(tmp_path / "in", "ada", notebook)
    result = run("grade", tmp_path / "in", "--out", tmp_path / "out", "--unsafe", "--course", course.root)
    assert result.exit_code == 0 and "not kept apart" in result.output
    assert json.loads((tmp_path / "out" / "results.json").read_text())["unsafe"] is True
    result = run("grade", tmp_path / "in", "--out", tmp_path / "safe", "--course", course.root)
    assert "not kept apart" not in result.output
    assert "unsafe" not in json.loads((tmp_path / "safe" / "results.json").read_text())
