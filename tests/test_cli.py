import json
import os
import subprocess
import sys
import zipfile

import nbformat
import pytest
from toy_course import ROOT, cell, hand_in, make_course
from typer.testing import CliRunner

from autograder.cli import app
from autograder.master import without_hidden_tests

COMMANDS = ("release", "check", "intake", "grade", "export", "report", "gradescope", "serve", "doctor")


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


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("doc", ["doctor"]),
        ("export graded --format c", ["csv", "canvas"]),
        ("grade submitted --assignment s", ["softmax", "stability"]),
        ("gradescope jac", ["jacobian"]),
    ],
)
def test_a_shell_completes_commands_formats_and_exercises(typed, completed):
    words = f"autograder {typed}"
    asked = {"_AUTOGRADER_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
    done = subprocess.run(
        [sys.executable, "-c", "from autograder.cli import app; app(prog_name='autograder')"],
        cwd=ROOT, env=os.environ | asked, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout.split() == completed


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
    again = ["grade", tmp_path / "in", "--out", tmp_path / "out", "--course", course.root]
    assert run(*again, "--quiet").output.startswith("✗ bob, toy: toy.ipynb is empty")
    assert "submissions are graded" not in run(*again, "--quiet").output
    told = json.loads(run(*again, "--json").stdout)
    assert (told["submissions"], told["graded"], told["faults"], told["changes_waiting"]) == (2, 1, 0, 0)
    assert [(e["student"], e["assignment"]) for e in told["errors"]] == [("bob", "toy")]


@pytest.mark.slow
def test_students_and_exercises_may_be_named_several_times(course, tmp_path, notebook):
    for student in ("ada", "bob", "eve"):
        hand_in(tmp_path / "in", student, notebook)
    arguments = ["--student", "ada", "--student", "eve", "--student", "adda", "--assignment", "toy"]
    result = run("grade", tmp_path / "in", "--out", tmp_path / "out", *arguments, "--course", course.root)
    assert result.exit_code == 0 and "2 of 2 submissions are graded" in result.output
    assert f"{tmp_path / 'in'} has no submission for adda." in result.output
    table = tmp_path / "table.csv"
    for students in (["ada"], ["ada", "eve"]):
        named = [word for student in students for word in ("--student", student)]
        assert run("export", tmp_path / "out", "--format", "csv", "--into", table, *named).exit_code == 0
        assert [line.split(",")[0] for line in table.read_text().splitlines()[1:]] == students


@pytest.mark.slow
def test_grade_asks_before_a_changed_test_changes_scores(tmp_path, notebook):
    course = make_course(tmp_path / "course")
    hand_in(tmp_path / "in", "ada", notebook)
    arguments = ["grade", tmp_path / "in", "--out", tmp_path / "out", "--workers", 1, "--course", course.root]
    assert run(*arguments).exit_code == 0
    path = course.solution("toy")
    path.write_text(path.read_text().replace("expected=[0.25, 0.75])", "expected=[0.75, 0.25])"))
    shown = "≠ ada, toy: 2 → 0 (test_softmax 2 of 2 → 0 of 2)"
    waits = run(*arguments)
    assert waits.exit_code == 1 and shown in waits.output
    assert "! Scores that would change: 1; the old ones stand until you grade again with --accept." in waits.output
    assert json.loads((tmp_path / "out" / "results.json").read_text())["results"][0]["score"] == 2
    accepted = run(*arguments, "--accept")
    assert accepted.exit_code == 0 and shown in accepted.output
    assert json.loads((tmp_path / "out" / "results.json").read_text())["results"][0]["score"] == 0


def test_grade_with_a_policy_that_cannot_be_used_is_one_sentence_and_exit_2(course, tmp_path, notebook):
    hand_in(tmp_path / "in", "ada", notebook)
    (tmp_path / "p.toml").write_text("[assignments.toi]")
    arguments = ["--out", tmp_path / "out", "--policy", tmp_path / "p.toml", "--course", course.root]
    result = run("grade", tmp_path / "in", *arguments)
    assert result.exit_code == 2 and "did you mean toy?" in result.output and len(result.output.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_grade_of_a_folder_that_is_not_there_is_one_sentence_and_exit_2(course, tmp_path):
    result = run("grade", tmp_path / "none", "--out", tmp_path / "out", "--course", course.root)
    assert result.exit_code == 2 and result.output == f"{tmp_path / 'none'} is not a folder of submissions.\n"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["grade", "intake"])
def test_what_the_system_refuses_is_one_sentence_and_exit_2(course, tmp_path, notebook, command):
    hand_in(tmp_path / "in", "ada", notebook)
    (tmp_path / "file").touch()
    to = {"grade": "--out", "intake": "--into"}[command]
    result = run(command, tmp_path / "in", to, tmp_path / "file" / "below", "--course", course.root)
    assert result.exit_code == 2 and len(result.output.splitlines()) == 1
    assert result.output.startswith(f"{tmp_path / 'file' / 'below'}")
    assert result.output.endswith(": Not a directory. Mend that and run it again; what is done is kept.\n")


def test_intake_says_what_is_filed_refused_unknown_and_missing(course, tmp_path, notebook):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("Ada Lovelace_1_assignsubmission_file_", "Odd One_2_assignsubmission_file_", "../../up"):
            archive.writestr(f"{name}/toy.ipynb", nbformat.writes(notebook))
    (tmp_path / "roster.csv").write_text("id,name\nal,Ada Lovelace\ngh,Grace Hopper\n")
    arguments = ["intake", tmp_path / "a.zip", "--into", tmp_path / "in", "--course", course.root]
    result = run(*arguments, "--roster", tmp_path / "roster.csv")
    assert result.exit_code == 1 and result.output.splitlines() == [
        "✗ a.zip: ../../up/toy.ipynb: its path leads out of the folder.",
        "! Odd One is not in the roster: filed under this name.",
        "toy: nothing yet from gh.",
        f"✓ filed: 2 of 2 students; there already: 0; refused: 1; see {tmp_path}/in/receipts.jsonl.",
    ]
    assert (tmp_path / "in" / "submitted" / "al" / "toy" / "toy.ipynb").read_text() == nbformat.writes(notebook)


def test_of_many_files_that_are_refused_and_students_who_are_missing_the_first_are_said(course, tmp_path, notebook):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("Ada Lovelace_1_assignsubmission_file_/toy.ipynb", nbformat.writes(notebook))
        for n in range(50):
            archive.writestr(f"Student {n}_{n}_assignsubmission_file_/answer.pdf", b"")
    (tmp_path / "roster.csv").write_text(
        "id,name\nal,Ada Lovelace\n" + "".join(f"s{n},Student {n}\n" for n in range(50))
    )
    arguments = ["intake", tmp_path / "a.zip", "--into", tmp_path / "in", "--course", course.root]
    said = run(*arguments, "--roster", tmp_path / "roster.csv").output.splitlines()
    assert [line for line in said if line.endswith("it is no notebook.")] == said[:20]
    assert said[20] == f"… and 30 more like these: see {tmp_path}/in/receipts.jsonl."
    assert said[21].startswith("toy: nothing yet from s0, s1, ")
    assert said[21].endswith(f"s19 and 30 more: see {tmp_path}/in/missing.csv.") and len(said) == 23
    assert len((tmp_path / "in" / "missing.csv").read_text().splitlines()) == 51


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [("--zone", "Berlin", "--zone: 'Berlin' is no time zone"), ("--assignment", "tio", "no exercise tio"),
     ("--roster", "none.csv", "The roster none.csv cannot be read")],
)  # fmt: skip
def test_intake_that_cannot_begin_is_one_sentence_and_exit_2(course, tmp_path, option, value, said):
    result = run("intake", tmp_path, "--into", tmp_path.parent / "store", option, value, "--course", course.root)
    assert result.exit_code == 2 and said in result.output and len(result.output.splitlines()) == 1


def test_without_the_instructors_part_a_sentence_says_what_to_install():
    code = "import runpy, sys; sys.modules['typer'] = None; runpy.run_module('autograder', run_name='__main__')"
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
