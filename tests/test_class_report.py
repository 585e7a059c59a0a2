"""The class report: its statistics against another source, what it shows of whom, and that nothing in it acts."""

import csv
import html
import json
import re
import shlex
from html.parser import HTMLParser

import nbformat
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from toy_course import cell, make_course
from typer.testing import CliRunner

from autograder import item_analysis, similarity
from autograder.class_report import CannotReport, anonymous, write_report
from autograder.cli import app
from autograder.master import without_hidden_tests
from autograder.results import CellResult, SubmissionResult, write

POINTS = np.array([2.0, 3.0, 1.0, 4.0])


# --- statistics -------------------------------------------------------------------------------------------------------


@given(arrays(bool, st.tuples(st.integers(3, 40), st.just(4))))
def test_discrimination_is_the_point_biserial_correlation_with_the_rest(passed):
    scores = passed * POINTS
    found = item_analysis.discrimination(scores)
    for k in range(4):
        rest = np.delete(scores, k, axis=1).sum(axis=1)
        if len(set(passed[:, k])) == 1 or len(set(rest)) == 1:
            assert np.isnan(found[k])
        else:
            assert found[k] == pytest.approx(stats.pointbiserialr(passed[:, k], rest).statistic, abs=1e-9)


def test_reliability_is_cronbachs_alpha_and_kr20():
    rng = np.random.default_rng(1)
    able = rng.normal(size=(200, 1))
    passed = (able + rng.normal(size=(200, 6)) > 0).astype(float)
    covariance = np.cov(passed.T)
    mean_covariance = covariance[~np.eye(6, dtype=bool)].mean()
    # The other form of alpha, from the mean covariance and the mean variance of the questions.
    alpha = 6 * mean_covariance / (np.diag(covariance).mean() + 5 * mean_covariance)
    share = passed.mean(axis=0)
    kr20 = 6 / 5 * (1 - (share * (1 - share)).sum() / passed.sum(axis=1).var())
    assert item_analysis.reliability(passed) == pytest.approx(alpha) == pytest.approx(kr20)
    assert np.isnan(item_analysis.reliability(passed[:1])) and np.isnan(item_analysis.reliability(passed[:, :1]))
    assert np.isnan(item_analysis.reliability(np.ones((5, 3))))


def test_two_questions_that_always_agree_are_wholly_reliable():
    assert item_analysis.reliability(np.repeat([[0.0], [1.0], [1.0]], 2, axis=1)) == pytest.approx(1.0)


def test_difficulty_is_the_mean_share_of_the_points():
    scores = np.array([[2.0, 0.0], [1.0, 3.0], [0.0, 0.0]])
    assert item_analysis.difficulty(scores, np.array([2.0, 3.0])) == pytest.approx([0.5, 1 / 3])


@pytest.mark.parametrize(
    ("easiness", "correlation", "n", "said"),
    [
        (0.5, 0.5, 30, []), (0.29, 0.5, 30, ["hard"]), (0.3, 0.5, 30, []), (0.81, 0.5, 30, ["easy"]),
        (0.8, 0.1, 30, []), (0.5, 0.09, 30, ["weak"]), (0.5, -0.5, 9, []), (0.2, -0.5, 10, ["hard", "weak"]),
        (np.nan, np.nan, 0, []),
    ],
)  # fmt: skip
def test_the_flags_are_the_usual_ones(easiness, correlation, n, said):
    assert [flag.partition(":")[0] for flag in item_analysis.flags(easiness, correlation, n)] == said


# --- similar answers --------------------------------------------------------------------------------------------------

STARTER = "def f(X, W):\n    '''Multiplies.'''\n    raise NotImplementedError"
ODD = """def f(X, W):
    # {0}
    {1} = [sum(a * b for a, b in zip(row, column)) for row in X for column in zip(*W)]
    width = len(W[0])
    return [{1}[k : k + width] for k in range(0, len({1}), width)]
"""


def runs(source):
    return [similarity.runs(source)]


def test_a_copy_with_other_names_and_comments_is_found_and_an_own_answer_is_not():
    answers = {
        "ada": runs(ODD.format("mine", "flat")),
        "bob": runs(ODD.format("all my own work", "values").replace("    width", "\n    width")),
        "eve": runs("def f(X, W):\n    return np.einsum('ij,jk->ik', X, W) + np.zeros((len(X), W.shape[1]))"),
    }
    [pair] = similarity.similar(answers, runs(STARTER))
    assert (pair.one, pair.other) == ("ada", "bob") and pair.share == 1


def test_what_was_given_or_what_everybody_wrote_is_not_alike():
    same = ODD.format("", "flat")
    class_of_thirty = {f"s{k}": runs(same) for k in range(30)}
    assert similarity.similar(class_of_thirty, []) == []
    assert similarity.similar({"ada": runs(same), "bob": runs(same)}, runs(same)) == []
    assert len(similarity.similar({"ada": runs(same), "bob": runs(same)}, [])) == 1


@given(st.text())
def test_anything_can_be_compared(text):
    assert isinstance(similarity.runs(text), frozenset) and isinstance(similarity.runs(text, False), frozenset)


# --- one anonymous example --------------------------------------------------------------------------------------------


def test_an_example_tells_nothing_of_whose_it_is():
    source = (
        '# Ada Lovelace, 1815\ndef double(x):\n    """By Ada."""\n    ada_result = x * 2  # lovelace\n'
        '    print("Lovelace was here")\n    y = np.asarray(x, dtype="float64")\n    return ada_result'
    )
    shown = anonymous(source, "ada.lovelace@example.org")
    assert not re.search("ada|lovelace|example|1815", shown, re.IGNORECASE)
    assert "x * 2" in shown and "'float64'" in shown
    assert anonymous("def f(:", "ada") == ""
    assert anonymous("import ada\n", "ada") == "import student"


@pytest.mark.parametrize("student", ["max", "sum", "o'neil", "Zoë Ångström", "ab"])
def test_where_a_name_would_stay_no_example_is_shown(student):
    source = f"def f(x):\n    s = '{student.replace(chr(39), '')} wrote this'\n    return np.max(sum(x))"
    shown = anonymous(source, student)
    assert "wrote" not in shown
    assert not any(len(part) > 2 and part in shown for part in re.split(r"\W", student))


# --- the page ---------------------------------------------------------------------------------------------------------

HALVED = "softmax: the values are wrong\n  tried     softmax([0.0])\n  got       0\n  expected  1"
HIDDEN = "double: the values are wrong\n  tried     another number"
EVIL = "</code></style></title><script>act(1)</script><img src=x onerror=act(2)>{{ 7*7 }}\u202e"


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """A class of 24: half pass softmax, a third fail a hidden check of double, one is broken, one writes markup."""
    course = make_course(tmp_path_factory.mktemp("course"))
    out, submitted = tmp_path_factory.mktemp("out"), tmp_path_factory.mktemp("submitted")
    results = []
    for k in range(24):
        student = f"stud{k:02d}" if k else f"evil {EVIL}"
        first = (2.0, "passed", "", None) if k % 2 else (0.0, "failed", HALVED, "not_normalised")
        second = (0.0, "failed", HIDDEN, None, True) if k % 3 == 0 else (3.0, "passed", "", None)
        cells = [
            CellResult(grade_id, score, most, *rest)
            for grade_id, most, (score, *rest) in (("test_softmax", 2.0, first), ("test_double", 3.0, second))
        ] + [CellResult("why", 0.0, 4.0, "manual")]
        notes = [f"The cell {EVIL} was changed."] if k == 4 else []
        total = sum(c.score for c in cells)
        results.append(SubmissionResult(student, "toy", total, 9.0, "graded", notes=notes, cells=cells))
        notebook = course.solved("toy")
        for c in notebook.cells:
            c.source = without_hidden_tests(c.source)
        cell(notebook, "softmax").source = f"def softmax(p):\n    # {student}\n    return np.exp(p)  # {EVIL!r}"
        if k in (4, 5):
            cell(notebook, "double").source = ODD.format("", f"v{k}").replace("def f(X, W)", "def double(X, W=None)")
        path = out / "autograded" / student.replace("/", "_") / "toy" / "toy.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(nbformat.writes(notebook))
        if k:
            stamp = submitted / student / "toy" / "timestamp.txt"
            stamp.parent.mkdir(parents=True)
            stamp.write_text(f"2026-03-01 {k:02d}:30:00 UTC\n")
    results.append(SubmissionResult("zoe", "toy", 0.0, 9.0, "error", message=f"toy.ipynb is {EVIL}"))
    write(out / "results.json", 1, results)
    (out / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.submitted_directory = {str(submitted)!r}\n"
    )
    write_report(course, out)
    return out


@pytest.fixture(scope="module")
def page(out):
    return (out / "report" / "index.html").read_text()


def table(out, name):
    return list(csv.DictReader((out / "report" / f"{name}.csv").open(newline="", encoding="utf-8")))


def test_the_data_are_those_of_the_class(out):
    questions = {row["question"]: row for row in table(out, "questions")}
    softmax, double = questions["test_softmax"], questions["test_double"]
    assert (softmax["n"], softmax["passed"], softmax["failed"]) == ("24", "12", "12")
    assert (double["passed"], double["failed a hidden check"]) == ("16", "8")
    assert float(double["difficulty"]) == pytest.approx(2 / 3, abs=1e-4)
    passed = np.array([[k % 2, k % 3 != 0] for k in range(24)], dtype=float)
    assert float(softmax["discrimination"]) == pytest.approx(np.corrcoef(passed.T)[0, 1], abs=1e-4)
    assert softmax["flags"] == "weak: below 0.1" and questions["why"]["graded_by"] == "hand"
    [notebook] = table(out, "notebooks")
    assert (notebook["graded"], notebook["not_graded"]) == ("24", "1")
    scores = [2.0 * (k % 2) + 3.0 * (k % 3 != 0) for k in range(24)]
    assert float(notebook["mean"]) == pytest.approx(np.mean(scores) / 9, abs=1e-4)
    assert sum(int(value) for key, value in notebook.items() if key.startswith("up_to")) == 24


def test_who_has_which_misconception_and_who_failed_where(out):
    ideas = table(out, "misconceptions")
    assert {row["misconception"] for row in ideas} == {"not_normalised"} and len(ideas) == 12
    failures = table(out, "failures")
    assert sum(row["question"] == "test_double" for row in failures) == 8
    assert sum(row["question"] == "the submission" for row in failures) == 1
    gaps = [row for row in table(out, "visible_and_hidden") if row["visible_score"] != row["score"]]
    assert len(gaps) == 8 and {float(row["visible_score"]) - float(row["score"]) for row in gaps} == {3.0}
    assert [row["student"] for row in table(out, "mended")] == ["stud04"]
    times = table(out, "times")
    assert len(times) == 23 and times[0]["handed_in_utc"] == "2026-03-01 01:30:00"


def test_the_similar_pair_is_listed_and_nobody_else(out):
    assert [(row["student"], row["other"]) for row in table(out, "similar")] == [("stud04", "stud05")]


def test_the_command_line_grades_the_group_again(page):
    commands = [
        shlex.split(html.unescape(command)) for command in re.findall(r"python -m autograder grade [^<]*", page)
    ]
    [group] = [c for c in commands if "--student=stud09" in c and "--student=stud02" not in c]
    assert group[group.index("--assignment") :][:2] == ["--assignment", "toy"]
    assert [word for word in group if word.startswith("--student=evil")] == [f"--student=evil {EVIL}"]
    assert {"--student=stud03", "--student=stud06"} < set(group)


def test_the_example_of_a_misconception_is_anonymous(page):
    [example] = re.findall(r"not_normalised:</span>[^<]*</p>\s*<pre><code>(.*?)</code>", page, re.DOTALL)
    assert example == "def softmax(p):\n    return np.exp(p)"


class Acting(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.tags, self.handlers = [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.handlers += [name for name, value in attributes if name.startswith("on") or "script:" in (value or "")]


def test_nothing_of_a_students_acts_and_the_page_allows_its_own_script_alone(page):
    acting = Acting(page)
    assert acting.tags.count("script") == 1 and "img" not in acting.tags and acting.handlers == []
    assert "49" not in re.findall(r"evil [^<]*", page)[0] and "{{ 7*7 }}" in page
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    policy = policy.replace("&#39;", "'")
    assert "default-src 'none'" in policy and "script-src 'sha256-" in policy
    assert "unsafe" not in policy


def test_few_students_are_said_to_be_too_few(out, tmp_path):
    data = json.loads((out / "results.json").read_text())
    data["results"] = data["results"][:5]
    (tmp_path / "results.json").write_text(json.dumps(data))
    write_report(make_course(tmp_path), tmp_path)
    text = (tmp_path / "report" / "index.html").read_text()
    assert "5 students are too few to say" in text
    assert "The folder of submissions tells no times" in text
    assert not any(row["flags"].startswith("weak") for row in table(tmp_path, "questions"))


def test_results_alone_without_the_rest_of_their_folder_have_a_report(tmp_path):
    (tmp_path / "alone").mkdir()
    write(
        tmp_path / "alone" / "results.json", 1,
        [SubmissionResult("eve", "toy", 0.0, 9.0, "error", message="toy.ipynb is empty.")],
    )  # fmt: skip
    page = write_report(make_course(tmp_path / "course"), tmp_path / "alone")
    assert "The folder of submissions tells no times" in page.read_text()


def test_damaged_notebooks_and_settings_do_not_keep_the_report_from_being_made(tmp_path):
    course = make_course(tmp_path / "course")
    cells = [CellResult("test_softmax", 2.0, 2.0, "passed")]
    damaged = {"ada": "[]", "bob": '{"cells": [{"metadata": null}]}', "eve": '{"cells": [3]}', "a\0": "", "\ud800": ""}
    for student, text in damaged.items():
        if text:
            path = tmp_path / "autograded" / student / "toy" / "toy.ipynb"
            path.parent.mkdir(parents=True)
            path.write_text(text)
    write(tmp_path / "results.json", 1, [SubmissionResult(s, "toy", 2.0, 2.0, "graded", cells=cells) for s in damaged])
    for config in ("x = (", "c = get_config()\nc.CourseDirectory.submitted_directory = 'in'"):
        (tmp_path / "nbgrader_config.py").write_text(config)
        write_report(course, tmp_path)


def test_a_class_in_which_nothing_could_be_graded_has_a_report(tmp_path):
    write(
        tmp_path / "results.json", 1, [SubmissionResult("eve", "toy", 0.0, 9.0, "error", message="toy.ipynb is empty.")]
    )
    write_report(make_course(tmp_path), tmp_path)
    assert "None of the 1 submissions" in (tmp_path / "report" / "index.html").read_text()


def test_without_results_a_sentence_says_so(tmp_path):
    course = make_course(tmp_path)
    with pytest.raises(CannotReport, match="grade into"):
        write_report(course, tmp_path)
    result = CliRunner().invoke(app, ["report", str(tmp_path), "--course", str(tmp_path)])
    assert result.exit_code == 2 and len(result.output.splitlines()) == 1


@pytest.mark.slow
def test_a_browser_finds_nothing_to_object_to(out, browser):
    from axe_playwright_python.sync_playwright import Axe

    address = (out / "report" / "index.html").as_uri()
    tab = browser.new_page(viewport={"width": 390, "height": 900})
    said = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto(address)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.get_by_role("button", name="Difficulty").click()
    rows = tab.locator("#questions ~ .wide tbody tr th code").first
    assert rows.inner_text() == "why" and said == []
    tab.close()
    for theme in ("light", "dark"):
        with browser.new_context(bypass_csp=True, color_scheme=theme) as context:
            tab = context.new_page()
            tab.goto(address)
            tab.evaluate("document.querySelectorAll('details').forEach((part) => (part.open = true))")
            assert Axe().run(tab).response["violations"] == []


def test_a_long_list_is_folded_and_ends_with_what_was_not_written(tmp_path):
    course = make_course(tmp_path)
    said = ["softmax: not written yet"] * 9 + [
        f"softmax: it should hold that {idea}" for idea in "abcdef" for _ in "12"
    ]
    results = [
        SubmissionResult(
            f"s{k:02d}", "toy", 0.0, 2.0, "graded", cells=[CellResult("test_softmax", 0.0, 2.0, "failed", m)]
        )
        for k, m in enumerate(said)
    ]
    write(tmp_path / "results.json", 1, results)
    page = write_report(course, tmp_path).read_text()
    shown, fold = page[page.index('id="failures"') : page.index('id="hidden"')].split('<details class="fold">')
    assert (
        re.findall("should hold that (.)</span>", shown) == list("abcde")
        and "not written" not in shown.split("</p>", 1)[1]
    )
    assert re.findall("(should hold that f|not written yet)</span>", fold) == ["should hold that f", "not written yet"]
    assert "<summary>2 more</summary>" in fold
