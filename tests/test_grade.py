"""One grading run of a small class, looked at from all sides; then what a second run changes and keeps."""

import csv
import json
import shutil
import sqlite3
from html.parser import HTMLParser

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import URL
from toy_course import cell, hand_in
from traitlets.config import PyFileConfigLoader

from autograder.grade import GradingError, grade, write_scores
from autograder.master import role
from autograder.nbgrader_engine import EngineFault
from autograder.results import CellResult, Graded, SubmissionResult, validate

RIGHT = {
    "softmax": "def softmax(p):\n    e = np.exp(p)\n    return e / e.sum()",
    "double": "def double(x):\n    return 2 * x",
}
NOISE = """

import sys
import warnings

quiet_{0} = {0}


def {0}(x):
    print("on stderr", file=sys.stderr)
    warnings.warn("careful")
    return quiet_{0}(x)
"""
HOSTILE = """
from IPython.display import HTML, Javascript, display

display(HTML("<script>act(1)</script><b onclick='act(2)'>bold</b>"), Javascript("act(3)"))
display({"image/png": "'><script>act(4)</script>", "text/latex": "<script>act(5)</script>"}, raw=True)
display({"image/png": "aaaa"}, raw=True, metadata={"image/png": {"width": "1 onload=act(6)"}})
print("\\x1b]0;title\\x07")
"""


def answered(course, **answers):
    notebook = nbformat.read(course.exercises / "toy" / "toy.ipynb", as_version=4)
    for grade_id, source in answers.items():
        cell(notebook, grade_id).source = source
    return notebook


def added(notebook, source, kind="code", at=None):
    make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}[kind]
    notebook.cells.insert(len(notebook.cells) if at is None else at, make(source))
    return notebook


@pytest.fixture(scope="session")
def run(course, tmp_path_factory):
    submitted, out = tmp_path_factory.mktemp("submitted"), tmp_path_factory.mktemp("out 5% ?a=b#")
    hand_in(submitted, "ada", answered(course, **RIGHT))
    hand_in(submitted, "noisy", answered(course, **{k: v + NOISE.format(k) for k, v in RIGHT.items()}))
    hand_in(submitted, "halved", answered(course, softmax="def softmax(p):\n    return np.exp(p)", why="So."))
    hand_in(submitted, "blank", answered(course))
    hand_in(submitted, "raising", answered(course, softmax=RIGHT["softmax"], double="def double(x)\n    return 2"))
    hand_in(submitted, "keyed", answered(course, double="def double(x):\n    return 4.0"))
    hostile = added(answered(course, **RIGHT), HOSTILE)
    hand_in(submitted, "hostile", added(hostile, "<script>act(7)</script> <i>mine</i>", "markdown"))
    hand_in(submitted, "quitter", added(answered(course, **RIGHT), "import os\nos._exit(0)", at=1))
    hand_in(submitted, "-=odd näme", answered(course, **RIGHT))
    hand_in(submitted, "broken", content=b"{")
    lost = answered(course, **RIGHT)
    lost.cells = [c for c in lost.cells if c.metadata.get("nbgrader", {}).get("grade_id") != "test_double"]
    hand_in(submitted, "lost", lost)
    (submitted / "stray.txt").write_text("")
    reported = []
    grade(course, submitted, out, seed=5, report=reported.append)
    return submitted, out, reported


@pytest.fixture(scope="session")
def data(run):
    return json.loads((run[1] / "results.json").read_text())


def of(data, student):
    return next(r for r in data["results"] if r["student"] == student)


def verdict(data, student, grade_id):
    return next(c for c in of(data, student)["cells"] if c["grade_id"] == grade_id)


def opened(out):
    url = URL.create("sqlite", database=str(out / "gradebook.db")).render_as_string()
    return Gradebook(url, "backprop-checked")


def page(run, student):
    return (run[1] / "feedback" / student / "toy.html").read_text()


pytestmark = pytest.mark.slow


def test_the_results_are_valid_and_name_the_seed(data):
    validate(data)
    assert data["seed"] == 5


def test_each_submission_has_one_result_whatever_became_of_it(data):
    graded = {r["student"] for r in data["results"] if r["status"] == "graded"}
    assert graded == {"ada", "noisy", "halved", "blank", "raising", "keyed", "hostile", "-=odd näme", "lost", "quitter"}
    assert {r["student"] for r in data["results"] if r["status"] == "error"} == {"broken"}


def test_right_answers_pass_and_the_written_one_waits(data):
    ada = of(data, "ada")
    assert (ada["score"], ada["max_score"]) == (5, 9)
    assert [c["status"] for c in ada["cells"]] == ["passed", "passed", "manual"]
    assert "notes" not in ada


def test_words_on_stderr_and_warnings_cost_nothing(data):
    assert of(data, "noisy")["score"] == 5


def test_a_wrong_answer_costs_its_own_points_and_names_its_misconception(data):
    wrong = verdict(data, "halved", "test_softmax")
    assert (wrong["status"], wrong["score"], wrong["misconception"]) == ("failed", 0, "not_normalised")
    assert "got" in wrong["message"] and "expected" in wrong["message"]


def test_a_blank_cell_is_said_to_be_not_written(data):
    assert "softmax: not written yet" in verdict(data, "blank", "test_softmax")["message"]
    assert verdict(data, "blank", "test_softmax")["misconception"] is None


def test_a_name_that_is_missing_is_traced_to_the_cell_that_failed(data):
    assert verdict(data, "raising", "test_softmax")["status"] == "passed"
    assert (
        "double is not defined: its cell stopped with SyntaxError" in verdict(data, "raising", "test_double")["message"]
    )


def test_an_answer_keyed_to_the_visible_case_meets_the_hidden_one(data):
    message = verdict(data, "keyed", "test_double")["message"]
    assert "another number" in message and "6" not in message
    assert verdict(data, "keyed", "test_double")["hidden"] is True
    assert "hidden" not in verdict(data, "halved", "test_softmax")


def test_a_deleted_test_costs_nothing(data):
    assert of(data, "lost")["score"] == 5


def test_an_unreadable_file_is_an_error_with_a_sentence_and_the_masters_points(data):
    broken = of(data, "broken")
    assert (broken["score"], broken["max_score"], broken["cells"]) == (0, 9, [])
    assert "not valid JSON" in broken["message"]


def test_a_cell_that_ends_the_process_costs_itself_alone(data):
    assert of(data, "quitter")["score"] == of(data, "ada")["score"]


def test_what_is_skipped_is_reported_in_a_line(run):
    assert run[2] == ["stray.txt is not a student's folder: skipped."]


def test_the_table_of_scores_has_a_harmless_row_for_each(run, data):
    rows = list(csv.DictReader((run[1] / "scores.csv").open(encoding="utf-8")))
    assert len(rows) == len(data["results"])
    assert {
        "student": "'-=odd näme",
        "assignment": "toy",
        "score": "5.0",
        "max_score": "9.0",
        "status": "graded",
    } in rows


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
def test_a_name_that_a_spreadsheet_would_run_is_made_text(tmp_path, begin):
    write_scores(tmp_path / "scores.csv", [SubmissionResult(f"{begin}1+1", "toy", 0, 0, "graded")])
    rows = list(csv.reader((tmp_path / "scores.csv").open(newline="")))
    assert rows[1][0] == f"'{begin}1+1"


def test_the_results_lie_in_the_folder_that_was_named_and_nowhere_beside_it(run):
    names = {
        "results.json",
        "scores.csv",
        "gradebook.db",
        "autograded",
        "feedback",
        "nbgrader_config.py",
        "audit.jsonl",
    }
    assert {path.name for path in run[1].iterdir()} == names
    assert not any(p.name.startswith("out 5") for p in run[1].parent.iterdir() if p.resolve() != run[1])


def test_the_gradebook_has_the_scores_and_what_a_person_must_grade(run):
    with opened(run[1]) as book:
        assert book.find_submission("toy", "ada").score == 5
        assert book.find_submission("toy", "ada").max_score == 9
        assert book.find_submission("toy", "-=odd näme").score == 5
        assert book.find_grade("why", "toy", "toy", "halved").needs_manual_grade
        assert not book.find_grade("test_softmax", "toy", "toy", "ada").needs_manual_grade
        assert book.find_grade("test_softmax", "toy", "toy", "broken").auto_score == 0
        assert book.find_comment("double", "toy", "toy", "blank").auto_comment == "No response."
        assert book.find_comment("double", "toy", "toy", "ada").auto_comment is None


def test_the_formgrader_finds_everything_from_the_folder_of_results(run, course, tmp_path):
    out = tmp_path / "graded"
    grade(course, run[0], out, students=["ada"], engine=Scripted(0))
    config = PyFileConfigLoader("nbgrader_config.py", path=str(out)).load_config()
    api = NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)
    [assignment] = api.get_assignments()
    assert (assignment["name"], assignment["average_score"]) == ("toy", 9)
    [ada] = [s for s in api.get_notebook_submissions("toy", "toy") if s["student"] == "ada"]
    assert ada["score"] == 9
    assert (out / "autograded" / "ada" / "toy" / "toy.ipynb").is_file()


def test_feedback_shows_scores_and_messages(run):
    assert "not written yet" in page(run, "blank") and "0.0 / 2.0" in page(run, "blank")
    assert "Score: 5.0 / 9.0" in page(run, "ada")
    assert "not valid JSON" in page(run, "broken")


def test_feedback_shows_no_hidden_test(run, data):
    for result in data["results"]:
        text = page(run, result["student"])
        assert "HIDDEN" not in text and "check.hidden" not in text.replace("</span><span", "")
        assert "hidden" not in text.replace("overflow: hidden", "").partition('id="notebook"')[2]


def test_feedback_says_what_was_mended(run, data):
    assert of(data, "hostile").get("notes") is None
    assert "Mended before grading" not in page(run, "ada")


class Acting(HTMLParser):
    """Collects what would act when a page is opened: scripts, handlers, addresses that are programs."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.found += [tag] if tag in ("script", "iframe", "object", "embed", "form", "svg") else []
        self.found += [name for name, value in attributes if name.startswith("on") or "script:" in (value or "")]


def test_nothing_of_a_students_acts_in_feedback(run):
    text = page(run, "hostile")
    assert Acting("<script>1</script><b onclick='2'>").found == ["script", "onclick"]
    assert Acting(text).found == []
    assert "<b>bold</b>" in text and "<i>mine</i>" in text
    assert "default-src 'none'" in text and "\x1b" not in text and "\x07" not in text


def test_a_second_run_gives_the_same_results(course, run, tmp_path):
    submitted, out, _ = run
    again = shutil.copytree(out, tmp_path / "again")
    grade(course, submitted, again, seed=5)
    for name in ("results.json", "scores.csv"):
        assert (again / name).read_bytes() == (out / name).read_bytes()


def test_a_score_that_a_person_gave_stands_after_a_regrade(course, run, tmp_path):
    submitted, out = run[0], shutil.copytree(run[1], tmp_path / "out")
    with opened(out) as book:
        book.find_grade("why", "toy", "toy", "halved").manual_score = 3
        book.find_grade("test_softmax", "toy", "toy", "halved").manual_score = 1.5
        book.find_grade("test_double", "toy", "toy", "broken").manual_score = 2
        book.db.commit()
    [halved] = grade(course, submitted, out, students=["halved"])
    [broken] = grade(course, submitted, out, students=["broken"])
    assert [(c.status, c.score) for c in halved.cells] == [("manual", 1.5), ("failed", 0), ("manual", 3)]
    assert (halved.score, broken.score) == (4.5, 2)
    with opened(out) as book:
        assert book.find_grade("why", "toy", "toy", "halved").manual_score == 3
        assert book.find_grade("test_softmax", "toy", "toy", "halved").auto_score == 0


class Scripted:
    """An engine that fails as often as it is told to, then passes everything."""

    def __init__(self, failures):
        self.failures, self.seen = failures, []

    def __call__(self, course, seed):
        self.seed = seed
        return self

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        pass

    def grade(self, assignment, student, notebook):
        self.seen.append(student)
        if len(self.seen) <= self.failures:
            raise EngineFault("The engine stumbled.")
        roles = [role(c) for c in notebook.cells if role(c).get("grade")]
        return Graded([CellResult(r.grade_id, r.points, r.points, "passed") for r in roles], notebook)


def test_a_fault_of_the_engine_is_retried_and_then_waits_for_a_person(course, run, tmp_path):
    once, twice = Scripted(1), Scripted(2)
    [first] = grade(course, run[0], tmp_path / "a", students=["ada"], engine=once)
    [second] = grade(course, run[0], tmp_path / "b", students=["ada"], engine=twice)
    assert once.seen == twice.seen == ["ada", "ada"]
    assert first.status == "graded"
    assert (second.status, second.message, second.score) == ("error", "The engine stumbled.", 0)
    with opened(tmp_path / "b") as book:
        grades = book.find_submission_notebook("toy", "toy", "ada").grades
        assert {(g.auto_score, g.needs_manual_grade) for g in grades} == {(None, True)}


def test_each_run_draws_a_seed_of_its_own_and_grading_again_keeps_it(course, run, tmp_path):
    engine = Scripted(0)
    seen = []
    for out in ("one", "one", "other"):
        grade(course, run[0], tmp_path / out, students=["ada"], engine=engine)
        seen.append(engine.seed)
    assert seen[0] == seen[1] != seen[2]
    grade(course, run[0], tmp_path / "one", students=["ada"], engine=engine, seed=3)
    assert engine.seed == 3


def test_the_seed_of_the_run_stays_on_the_trusted_side(course, run, tmp_path):
    hand_in(
        tmp_path / "in", "spy", added(answered(course), "import os\nprint('seed', os.environ.get('AUTOGRADER_SEED'))")
    )
    grade(course, tmp_path / "in", tmp_path / "out", seed=123)
    assert "seed None" in (tmp_path / "out" / "feedback" / "spy" / "toy.html").read_text()


def test_where_there_is_nothing_to_grade_a_sentence_says_so(course, run, tmp_path):
    with pytest.raises(GradingError, match="not a folder"):
        grade(course, tmp_path / "nowhere", tmp_path / "out")
    with pytest.raises(GradingError, match="no submission for .*nobody"):
        grade(course, run[0], tmp_path / "out", students=["nobody"])


def test_a_file_that_is_no_gradebook_is_left_alone(course, run, tmp_path):
    content = b"not a database at all" * 100
    (tmp_path / "gradebook.db").write_bytes(content)
    with pytest.raises(GradingError, match="gradebook.db cannot be used .file is not a database"):
        grade(course, run[0], tmp_path, students=["ada"], engine=Scripted(0))
    assert (tmp_path / "gradebook.db").read_bytes() == content


def test_the_gradebook_is_sound_after_all_this(run):
    connection = sqlite3.connect(run[1] / "gradebook.db")
    assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
    connection.close()
