"""Each format is read back as the program reads it that it is for."""

import csv
import io
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile

import jsonschema
import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_course import cell, make_course
from typer.testing import CliRunner

from autograder import gradescope
from autograder.cli import app
from autograder.course import Course
from autograder.course_sites import CannotFill, canvas, moodle
from autograder.export import CannotExport, Format, export, junit
from autograder.gradescope import CannotGrade, as_gradescope, bundle, run
from autograder.master import without_hidden_tests
from autograder.release import grading_master
from autograder.results import CellResult, Reason, SubmissionResult, write
from autograder.roster import Roster, Student
from autograder.worksheet import NotATable, Worksheet, harmless

ROOT = Course.find(__import__("pathlib").Path(__file__).parent).root
ANY_NAME = st.text(min_size=1).map(lambda name: "".join(c for c in name if c.isprintable() or c in "\n\t")).filter(bool)


def graded(student, score=3.0, assignment="softmax", most=9.0, **more):
    cells = [CellResult("test_a", score, most, "passed" if score == most else "failed", "a: wrong\n  got 1")]
    return SubmissionResult(student, assignment, score, most, "graded", cells=cells, **more)


def broken(student, assignment="softmax"):
    return SubmissionResult(student, assignment, 0.0, 9.0, "error", message="softmax.ipynb is empty.")


MIXED = SubmissionResult(
    "ada", "jacobian", 3.0, 10.0, "graded", notes=["The cell x was changed."],
    cells=[
        CellResult("test_a", 3.0, 3.0, "passed"),
        CellResult("test_b", 0.0, 3.0, "failed", "b: wrong\x1b[31m\x00\ufffe\n  got 1 < 2 & 3", "halved"),
        CellResult("test_c", 0.0, 2.0, "error", "the test itself failed"),
        CellResult("words", 0.0, 2.0, "manual"),
    ],
)  # fmt: skip


# --- tables of our own ------------------------------------------------------------------------------------------------


def meant(written):
    """What a reader of a table takes a cell for: an apostrophe before a formula is there to make it text."""
    return written[1:] if re.match(r"''*\s*[=+\-@＝＋－＠]|''*[\t\r\n]", written) else written


@given(ANY_NAME)
def test_any_name_survives_a_table_and_none_is_a_formula(name):
    buffer = io.StringIO()
    csv.writer(buffer).writerow([harmless(name), 1])
    [[read, one]] = csv.reader(io.StringIO(buffer.getvalue(), newline=""))
    assert not read.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert one == "1" and meant(read) == name


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "'=1", "＝1", "\r=1"])
def test_what_begins_like_a_formula_is_made_text(name):
    assert harmless(name).startswith("'") and meant(harmless(name)) == (name)


def test_an_ordinary_name_with_an_apostrophe_stays_as_it_is():
    assert harmless("'t Hooft") == "'t Hooft" and harmless("O'Neil") == "O'Neil"


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    late = [Reason("late", "Late by a day.", -1.0)]
    results = [
        graded("ada"), graded("=bob, jr"), broken("eve"), MIXED,
        graded("carl", 5.0).__class__(
            "carl", "softmax", 4.0, 9.0, "graded", cells=graded("carl", 5.0).cells, raw_score=5.0, raw_max_score=9.0,
            reasons=late,
        ),
    ]  # fmt: skip
    write(folder / "results.json", 1, results)
    return folder


def test_csv_has_a_row_for_each_submission(out):
    path, _ = export(out, Format.csv)
    rows = list(csv.DictReader(path.open(newline="", encoding="utf-8")))
    assert [(r["student"], float(r["score"]), r["status"]) for r in rows][:3] == [
        ("ada", 3, "graded"), ("'=bob, jr", 3, "graded"), ("eve", 0, "error"),
    ]  # fmt: skip


def test_nbgraders_columns_and_a_zero_where_nothing_was_handed_in(out):
    path, _ = export(out, Format.nbgrader)
    text = path.read_text()
    assert text.splitlines()[0] == (
        "assignment,duedate,timestamp,student_id,last_name,first_name,email,raw_score,late_submission_penalty,score,"
        "max_score"
    )
    rows = {(r["assignment"], r["student_id"]): r for r in csv.DictReader(io.StringIO(text))}
    assert len(rows) == 8
    assert float(rows["jacobian", "eve"]["score"]) == 0 and float(rows["jacobian", "eve"]["max_score"]) == 10
    carl = rows["softmax", "carl"]
    assert [float(carl[k]) for k in ("raw_score", "late_submission_penalty", "score")] == [5, 1, 4]


# --- JUnit ------------------------------------------------------------------------------------------------------------


def test_junit_has_a_suite_for_each_submission_and_a_case_for_each_cell():
    root = ET.fromstring(junit([MIXED, broken("eve")]))
    assert root.tag == "testsuites"
    assert {k: root.get(k) for k in ("tests", "failures", "errors", "skipped")} == {
        "tests": "5", "failures": "1", "errors": "2", "skipped": "1",
    }  # fmt: skip
    first, second = root
    kinds = [[child.tag for child in case] for case in first.findall("testcase")]
    assert kinds == [[], ["failure"], ["error"], ["skipped"]]
    assert all(case.get("name") and case.get("classname") for case in root.iter("testcase"))
    assert first.find("testcase/failure").get("type") == "halved"
    assert "got 1 < 2 & 3" in first.find("testcase/failure").text
    [case] = second.findall("testcase")
    assert "is empty" in case.find("error").get("message") and second.get("errors") == "1"
    for suite in root:
        assert int(suite.get("tests")) == len(suite.findall("testcase"))


@given(ANY_NAME, st.text())
def test_any_name_survives_junit_and_no_control_character_gets_in(name, message):
    result = SubmissionResult(name, "toy", 0.0, 1.0, "graded", cells=[CellResult("t", 0.0, 1.0, "failed", message)])
    content = junit([result])
    [student] = ET.fromstring(content).findall("testsuite/properties/property[@name='student']")
    assert student.get("value") == name
    assert not re.search(
        r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]|&#(?:x[01]?[0-8bcef]|[0-8]|1[124-9]);", content.decode()
    )


# --- Gradescope -------------------------------------------------------------------------------------------------------

_VISIBILITY = {"enum": ["hidden", "after_due_date", "after_published", "visible"]}
_FORMAT = {"enum": ["text", "html", "simple_format", "md", "ansi"]}
# The fields that Gradescope documents, and no others.
GRADESCOPE = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "score": {"type": "number"},
        "execution_time": {"type": "number"},
        "output": {"type": "string"},
        "output_format": _FORMAT,
        "test_output_format": _FORMAT,
        "test_name_format": _FORMAT,
        "visibility": _VISIBILITY,
        "stdout_visibility": _VISIBILITY,
        "extra_data": {"type": "object"},
        "leaderboard": {"type": "array"},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "score": {"type": "number"},
                    "max_score": {"type": "number"},
                    "status": {"enum": ["passed", "failed"]},
                    "name": {"type": "string"},
                    "name_format": _FORMAT,
                    "number": {"type": "string"},
                    "output": {"type": "string"},
                    "output_format": _FORMAT,
                    "tags": {"type": "array"},
                    "visibility": _VISIBILITY,
                    "extra_data": {"type": "object"},
                },
            },
        },
    },
}


@pytest.mark.parametrize("result", [MIXED, broken("eve"), graded("ada")])
def test_gradescopes_results_have_its_fields_and_no_others(result):
    data = as_gradescope(result, 1.25)
    jsonschema.validate(data, GRADESCOPE)
    assert data["score"] == result.score and data["execution_time"] == 1.2
    assert sum(test.get("score", 0) for test in data["tests"]) == result.score
    assert "\x1b" not in json.dumps(data) and "\\u0000" not in json.dumps(data)


def test_what_waits_for_a_person_has_neither_score_nor_status_at_gradescope():
    tests = {test["name"]: test for test in as_gradescope(MIXED)["tests"]}
    assert tests["test_b"]["status"] == "failed" and tests["test_a"]["status"] == "passed"
    for name in ("test_c", "words"):
        assert "status" not in tests[name] and "score" not in tests[name]


def test_gradescopes_results_of_a_class_lie_in_a_folder_each(out):
    path, _ = export(out, Format.gradescope, assignments=["softmax"])
    data = {json.loads(p.read_text())["extra_data"]["student"] for p in path.glob("*/softmax/results.json")}
    assert data == {"ada", "=bob, jr", "eve", "carl"}
    one, _ = export(out, Format.gradescope, out / "results-of-ada.json", assignments=["softmax"], students=["ada"])
    assert json.loads(one.read_text())["score"] == 3


def test_gradescopes_results_stay_in_their_folder_and_have_room_for_a_long_name(tmp_path):
    names = ["漢" * 85, "..", "../../out", ".hidden", "a/b", "a\nb", "a\0b", "\ud800"]
    write(tmp_path / "results.json", 1, [graded(name) for name in names])
    path, _ = export(tmp_path, Format.gradescope)
    assert len(list(path.glob("[!.]*/softmax/results.json"))) == len(names)
    assert {p.name for p in tmp_path.iterdir()} == {"results.json", "export"}


@pytest.fixture(scope="session")
def course(tmp_path_factory):
    return make_course(tmp_path_factory.mktemp("course"))


def unpacked(course, root, **how):
    bundle(course, root / "gradescope.zip", **how)
    with zipfile.ZipFile(root / "gradescope.zip") as archive:
        archive.extractall(root / "source")
        assert archive.getinfo("run_autograder").external_attr >> 16 & 0o111
    for name in ("submission", "results"):
        (root / name).mkdir()
    return root


def answered(course):
    notebook = course.solved("toy")
    for c in notebook.cells:
        c.source = without_hidden_tests(c.source)
    cell(notebook, "double").source = "def double(x):\n    return x + x + 1"
    return notebook


@pytest.mark.slow
def test_the_bundle_grades_in_gradescopes_folders(course, tmp_path):
    root = unpacked(course, tmp_path, exercise="toy")
    (root / "submission" / "toy (1).ipynb").write_text(nbformat.writes(answered(course)))
    environment = {**os.environ, "AUTOGRADER_ROOT": str(root), "PYTHON": sys.executable}
    done = subprocess.run(["bash", root / "source" / "run_autograder"], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    data = json.loads((root / "results" / "results.json").read_text())
    jsonschema.validate(data, GRADESCOPE)
    tests = {test["name"]: test for test in data["tests"]}
    assert data["score"] == 2 and data["execution_time"] > 0 and not data["extra_data"]["unsafe"]
    assert (tests["test_softmax"]["status"], tests["test_double"]["status"]) == ("passed", "failed")
    assert "double: the values are wrong" in tests["test_double"]["output"]
    assert [p.name for p in (root / "results").iterdir()] == ["results.json"]


@pytest.mark.slow
def test_without_isolation_the_bundle_refuses_unless_it_was_told_to_go_on(course, tmp_path, monkeypatch):
    from autograder import wall_engine
    from autograder.wall import WallUnavailable

    class Elsewhere(wall_engine.Wall):
        def __init__(self, unsafe=False):
            if not unsafe:
                raise WallUnavailable("This machine cannot keep students' code apart.")
            super().__init__(unsafe=True)

    monkeypatch.setattr(wall_engine, "Wall", Elsewhere)
    for name, unsafe in (("safe", False), ("unsafe", True)):
        root = unpacked(course, tmp_path / name, exercise="toy", unsafe=unsafe)
        (root / "submission" / "toy.ipynb").write_text(nbformat.writes(answered(course)))
    with pytest.raises(CannotGrade, match="cannot keep students' code apart.*UNSAFE=yes"):
        run(tmp_path / "safe")
    assert list((tmp_path / "safe" / "results").iterdir()) == []
    data = run(tmp_path / "unsafe")
    jsonschema.validate(data, GRADESCOPE)
    [trust] = [test for test in data["tests"] if "trust" in test["name"]]
    assert data["score"] == 2 and "no isolation" in trust["output"] and trust["visibility"] == "hidden"


def test_the_bundle_holds_no_solution_and_grades_as_the_course_does(tmp_path):
    whole = Course(ROOT)
    root = unpacked(whole, tmp_path)
    bundled = Course(root / "source" / "course")
    assert sorted(bundled.names) == sorted(whole.names)
    for name in whole.names:
        assert not re.search(r"BEGIN SOLUTION[^\n]*\n(?!\s*### END SOLUTION)", bundled.solution(name).read_text())
        assert grading_master(bundled, name) == grading_master(whole, name)
    assert not [p for p in (root / "source").rglob("*") if "tests" in p.parts or "right_answers" in p.parts]


@pytest.mark.parametrize(("title", "found"), [("Toy", "toy"), ("toy ", "toy"), ("Homework 3", None)])
def test_the_title_of_gradescopes_assignment_names_the_exercise_and_never_the_student(course, tmp_path, title, found):
    root = unpacked(course, tmp_path)
    (root / "submission_metadata.json").write_text(json.dumps({"assignment": {"title": title}}))
    if found:
        assert run(root)["output"] == "There is no notebook in the submission: hand in toy.ipynb alone."
    else:
        with pytest.raises(CannotGrade, match="'Homework 3', and no exercise is"):
            run(root)


def test_a_notebook_that_cannot_be_read_has_no_points_and_a_sentence(course, tmp_path):
    root = unpacked(course, tmp_path, exercise="toy")
    (root / "submission" / "toy.ipynb").write_text("{")
    data = run(root)
    jsonschema.validate(data, GRADESCOPE)
    assert data["score"] == 0 and "not valid JSON" in data["output"]


def test_the_scripts_of_the_bundle_are_bash(tmp_path):
    for script in (gradescope._SETUP, gradescope._RUN.format(book="export BOOK_URL='x'\n")):
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


# --- somebody else's table --------------------------------------------------------------------------------------------

FIELD = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=8)


@given(
    st.lists(st.lists(FIELD, min_size=3, max_size=3), min_size=2, max_size=5),
    st.sampled_from(",;\t"), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), FIELD,
)  # fmt: skip
def test_filling_a_cell_changes_that_cell_and_no_other_byte(rows, delimiter, end, encoding, quoting, text):
    rows[0] = ["Student", "ID", "Softmax (1)"]
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    content = buffer.getvalue().encode(encoding)
    sheet = Worksheet(content)
    assert [[c.text for c in row] for row in sheet.rows] == rows and sheet.content() == content
    before = sheet.rows[1][2].written
    sheet.fill(1, 2, text)
    rows[1][2] = text
    read = list(csv.reader(io.StringIO(sheet.content().decode(encoding), newline=""), delimiter=delimiter))
    assert read == rows
    sheet.rows[1][2].written = before
    assert sheet.content() == content


def test_bytes_that_are_not_utf8_and_blank_lines_stay():
    content = b"\xef\xbb\xbfStudent,ID,Section,X (1)\r\n\r\nM\xfcller,7,A,\r\n\r\n"
    sheet = Worksheet(content)
    assert sheet.content() == content
    sheet.fill(1, 3, "9")
    assert sheet.content() == content.replace(b"A,\r\n", b"A,9\r\n")


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"just a line", b"PK\x03\x04,,\x00\n", b'a,b\n"open,1\n', b"\xff\xfea"]
)
def test_what_is_no_table_is_refused_in_a_sentence(content):
    if content.startswith(b"PK"):
        with pytest.raises(CannotFill):
            canvas(content, [graded("ada")], {})
    else:
        with pytest.raises(NotATable):
            Worksheet(content)


CANVAS = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,\"Softmax, first (881)\",Jacobian (882),Final Score\r\n"
    "    Points Possible,,,,,9.00,13.00,(read only)\r\n"
    '"Lovelace, Ada",101,S-1,ada,"A, morning",,7.50,81.2\r\n'
    '"O""Neil, Bob",102,S-2,bob@example.org,B,"4","1.00",50\r\n'
    '"Student, Test",999,,test,B,,,\r\n'
).encode()  # fmt: skip


def read_as_canvas(content):
    """The scores of a gradebook by Canvas's rules: (ID, number of the assignment) -> text."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    start = rows[0].index("Section") + 1
    numbers = {i: re.search(r"\((\d+)\)$", name)[1] for i, name in enumerate(rows[0]) if i >= start and "(" in name}
    students = [row for row in rows[1:] if row[1]]
    return {(row[1], number): row[i] for row in students for i, number in numbers.items()}


TITLES = {"softmax": "Softmax, first", "jacobian": "Jacobian"}


@pytest.mark.parametrize("name", ["ada", "101", "s-1", "ADA", "Lovelace, Ada", "ada lovelace", "lovelaceada_101"])
def test_canvas_gets_the_score_into_its_own_file_and_nothing_else_changes(name):
    filled = canvas(CANVAS, [graded(name, 8.5)], TITLES)
    before = read_as_canvas(CANVAS)
    assert read_as_canvas(filled.content) == before | {("101", "881"): "8.5"}
    assert filled.content == CANVAS.replace(b'morning",,', b'morning",8.5,')
    assert filled.absent == []
    assert "Student, Test has no score for softmax: left as it is." in filled.said


def test_canvas_columns_are_found_by_name_title_or_number_and_filled_in_one_go():
    results = [graded("bob@example.org", 9.0), graded("ada", 13.0, "jacobian", 13.0)]
    filled = canvas(CANVAS, results, TITLES)
    assert read_as_canvas(filled.content)["102", "881"] == "9" and read_as_canvas(filled.content)["101", "882"] == "13"
    assert b'B,"9","1.00",50' in filled.content
    assert "bob@example.org, softmax: 4 was there, and 9 takes its place." in filled.said
    by_number = canvas(CANVAS, [graded("ada", 9.0, "network")], {}, column="882")
    assert read_as_canvas(by_number.content)["101", "882"] == "9"


def test_who_is_on_one_side_only_is_said_and_left():
    filled = canvas(CANVAS, [graded("nobody"), broken("ada"), graded("bob@example.org", 4.0)], TITLES)
    assert filled.content == CANVAS
    assert filled.absent == ["nobody is not in the file: say in a --roster how the site knows this student."]
    assert "ada, softmax: softmax.ipynb is empty: nothing is written." in filled.said


@pytest.mark.parametrize("mark", ["EX", "complete", "A-", "85%"])
def test_what_a_person_wrote_in_place_of_a_number_stays(mark):
    excused = CANVAS.replace(b'B,"4"', f'B,"{mark}"'.encode())
    filled = canvas(excused, [graded("bob@example.org", 4.0), graded("ada", 8.5)], TITLES)
    assert filled.content == excused.replace(b'morning",,', b'morning",8.5,')
    assert filled.absent == [f"bob@example.org, softmax: {mark} is there, and stays; it is no number."]
    dash = CANVAS.replace(b'B,"4"', b'B,"-"')
    assert read_as_canvas(canvas(dash, [graded("bob@example.org", 4.0)], TITLES).content)["102", "881"] == "4"


def test_a_fault_of_the_grader_is_no_score():
    result = SubmissionResult(
        "ada", "softmax", 0.0, 9.0, "graded", cells=[CellResult("test_a", 0.0, 9.0, "error", "the test itself failed")]
    )
    filled = canvas(CANVAS, [result], TITLES)
    assert filled.content == CANVAS and any("a fault of the grader's own in test_a" in line for line in filled.said)


def test_two_students_never_share_a_row_and_one_never_fits_two():
    filled = canvas(CANVAS, [graded("ada"), graded("101")], TITLES)
    assert filled.content == CANVAS and filled.absent == [
        "ada and 101 fit the same row of the file: nothing is written for them."
    ]
    twice = CANVAS + b'"Lovelace, Ada",103,,ada,B,,,\r\n'
    filled = canvas(twice, [graded("ada")], TITLES)
    assert filled.content == twice and "ada fits 2 rows" in filled.absent[0]
    roster = Roster([Student("ada", numbers={"canvas": "103"})])
    assert read_as_canvas(canvas(twice, [graded("ada")], TITLES, roster=roster).content)["103", "881"] == "3"


@pytest.mark.parametrize(
    ("column", "said"),
    [("Final Score", "read-only"), ("Midterm", "it has .*Softmax, first"), (None, "it has .*Softmax, first")],
)
def test_a_column_that_cannot_be_filled_is_refused(column, said):
    with pytest.raises(CannotFill, match=said):
        canvas(CANVAS, [graded("ada")], {}, column=column)


def test_two_columns_of_one_title_are_told_apart_by_number():
    content = CANVAS.replace(b"Jacobian (882)", b'"Softmax, first (882)"')
    with pytest.raises(CannotFill, match="--column"):
        canvas(content, [graded("ada")], TITLES)
    assert read_as_canvas(canvas(content, [graded("ada")], TITLES, column="882").content)["101", "882"] == "3"


def test_semicolons_and_decimal_commas_are_kept():
    content = (
        "Student;ID;SIS User ID;SIS Login ID;Section;Softmax (1)\n    Points Possible;;;;;9,00\nMüller, Jan;5;;jan;A;\n"
    ).encode()
    filled = canvas(content, [graded("jan", 7.25)], {})
    assert filled.content == content.replace(b"jan;A;", b"jan;A;7,25")


def test_another_maximum_is_said_and_scaled_only_when_asked():
    content = CANVAS.replace(b"9.00", b"18")
    plainly, scaled = (canvas(content, [graded("ada", 4.5)], TITLES, scale=scale) for scale in (False, True))
    assert (
        read_as_canvas(plainly.content)["101", "881"] == "4.5" and read_as_canvas(scaled.content)["101", "881"] == "9"
    )
    assert "softmax: Canvas gives 18 points, the course 9: scores stay as they are" in plainly.said[0]


MOODLE = {
    "en": ["Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade", "Grade can be changed",
           "Last modified (submission)", "Last modified (grade)", "Feedback comments"],
    "de": ["ID", "Vollständiger Name", "E-Mail-Adresse", "Status", "Bewertung", "Bestwertung",
           "Bewertung kann geändert werden", "Zuletzt geändert (Abgabe)", "Zuletzt geändert (Bewertung)",
           "Feedback als Kommentar"],
    "xx": ["Aa", "Bb", "Cc", "Dd", "Ee", "Ff", "Gg", "Hh", "Ii", "Jj"],
}  # fmt: skip
WORD = {"en": "Participant ", "de": "Teilnehmer/in", "xx": "Ξένος "}


def worksheet(language, maximum="9.00"):
    rows = [MOODLE[language]] + [
        [f"{WORD[language]}{n}", name, mail, "Submitted for grading", grade, maximum, "Yes", "Monday, 9:00", "-", said]
        for n, name, mail, grade, said in (
            (4711, "Ada Lovelace", "ada@example.org", "", "ok, so\nfar"),
            (4712, 'Bob "B" O\'Neil', "bob@example.org", "2.00", ""),
        )
    ]  # fmt: skip
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue().encode()


def read_as_moodle(content, language):
    """The grades as Moodle imports them: by the identifier's number, from the column of its own language's name."""
    rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
    column = rows[0].index(MOODLE[language][4])
    return {int(row[0].removeprefix(WORD[language])): row[column] for row in rows[1:]}


@pytest.mark.parametrize("language", MOODLE)
@pytest.mark.parametrize("name", ["ada@example.org", "Ada Lovelace", "participant"])
def test_moodle_gets_the_grade_into_its_own_worksheet_in_any_language(language, name):
    name = f"{WORD[language]}4711" if name == "participant" else name
    content = worksheet(language)
    filled = moodle(content, [graded(name, 6.0)], {})
    assert read_as_moodle(filled.content, language) == {4711: "6", 4712: "2.00"}
    assert filled.content == content.replace(b"Submitted for grading,,", b"Submitted for grading,6,")
    assert filled.absent == [] and any("O'Neil has no score" in line for line in filled.said)


def test_a_moodle_identifier_is_reached_through_the_roster_alone():
    content = worksheet("en")
    assert moodle(content, [graded("4711")], {}).content == content
    roster = Roster([Student("al", numbers={"moodle": "4711"}), Student("bo", email="BOB@example.org")])
    filled = moodle(content, [graded("al", 1.0), graded("bo", 2.5)], {}, roster=roster)
    assert read_as_moodle(filled.content, "en") == {4711: "1", 4712: "2.5"}


def test_moodle_decimal_commas_are_kept_and_quoted():
    content = worksheet("de", maximum="9,00")
    content = content.replace(b"2.00", b'"2,00"')
    filled = moodle(content, [graded("ada@example.org", 6.5)], {})
    assert read_as_moodle(filled.content, "de")[4711] == "6,5" and b',"6,5",' in filled.content


@pytest.mark.parametrize(("language", "no"), [("en", "No"), ("de", "Nein")])
def test_a_grade_that_moodle_has_locked_is_told_and_left(language, no):
    content = worksheet(language).replace(b"9.00,Yes", f"9.00,{no}".encode(), 1)
    filled = moodle(content, [graded("ada@example.org", 6.0), graded("bob@example.org", 6.0)], {})
    assert read_as_moodle(filled.content, language) == {4711: "", 4712: "6"}
    assert filled.absent == ["ada@example.org, softmax: Moodle has locked it: unlock it there."]


def test_scores_are_not_put_on_a_scale_of_no_points():
    filled = moodle(worksheet("en", maximum="0.00"), [graded("ada@example.org", 6.0)], {}, scale=True)
    assert b",6,0.00," in filled.content


def test_a_worksheet_is_of_one_assignment_and_must_be_one():
    with pytest.raises(CannotFill, match="jacobian, softmax: name one with --assignment"):
        moodle(worksheet("en"), [graded("ada"), graded("ada", assignment="jacobian")], {})
    with pytest.raises(CannotFill, match="no column has an identifier"):
        moodle(CANVAS, [graded("ada")], {})


@given(ANY_NAME.filter(lambda name: name.strip()))
def test_a_score_reaches_its_student_whatever_the_name_is(name):
    buffer = io.StringIO(newline="")
    rows = [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Softmax (1)"], ["", "", "", "", "", "9"],
        [name, "777777777", "", name, "A", ""], ["", "888888888", "", "", "A", ""],
    ]  # fmt: skip
    csv.writer(buffer).writerows(rows)
    filled = canvas(buffer.getvalue().encode(), [graded(name, 5.0)], {})
    assert read_as_canvas(filled.content)["777777777", "1"] == "5"


# --- the command ------------------------------------------------------------------------------------------------------


def command(*arguments):
    return CliRunner().invoke(app, ["export", *map(str, arguments)])


def test_the_command_fills_a_copy_and_says_who_is_missing(out, tmp_path):
    (tmp_path / "canvas.csv").write_bytes(CANVAS)
    arguments = [
        out,
        "--format",
        "canvas",
        "--template",
        tmp_path / "canvas.csv",
        "--assignment",
        "softmax",
        "--column",
        "881",
    ]
    result = command(*arguments, "--into", tmp_path / "filled.csv")
    assert result.exit_code == 1 and "✗ =bob, jr is not in the file" in result.output
    assert (tmp_path / "canvas.csv").read_bytes() == CANVAS
    assert read_as_canvas((tmp_path / "filled.csv").read_bytes())["101", "881"] == "3"
    over = command(*arguments, "--into", tmp_path / "canvas.csv")
    assert over.exit_code == 2 and "stays as it is" in over.output and (tmp_path / "canvas.csv").read_bytes() == CANVAS


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--format", "xlsx"], "no format xlsx"), (["--format", "canvas"], "--template"),
     (["--format", "csv", "--student", "nobody"], "no result for nobody"),
     (["--format", "moodle", "--template", "none.csv"], "none.csv cannot be read")],
)  # fmt: skip
def test_what_cannot_be_exported_is_one_sentence_and_exit_2(out, arguments, said):
    result = command(out, *arguments)
    assert result.exit_code == 2 and said in result.output and len(result.output.splitlines()) == 1


def test_a_name_that_was_asked_for_and_has_no_result_is_said(out):
    result = command(out, "--format", "csv", "--student", "ada", "--student", "adda", "--assignment", "softmax")
    assert result.exit_code == 0 and f"! adda has no result in {out / 'results.json'}." in result.output


def test_without_results_a_sentence_says_so(tmp_path):
    with pytest.raises(CannotExport, match="grade into"):
        export(tmp_path, Format.csv)
    (tmp_path / "results.json").write_text("[]")
    with pytest.raises(CannotExport, match=r"results.json: \$ must be object"):
        export(tmp_path, Format.csv)
