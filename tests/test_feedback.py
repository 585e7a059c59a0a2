"""A feedback page: each answer beside what its checks found; small, readable by everybody, nothing hidden in it."""

import re
import subprocess
import sys
from dataclasses import replace

import nbformat
import pytest
from toy_course import cell, make_course

from autograder.feedback import FeedbackPages, exercise_text, highlighted, markdown2html, sanitised
from autograder.messages import BOOK_URL, FINDING_MIME, Finding, Hint
from autograder.release import grading_master
from autograder.results import CellResult, Reason, SubmissionResult

HINT = Hint("halved", "Half of it comes back.", "What is twice two?", "softmax-definition")
VISIBLE = Finding("double", "values", "the values are wrong", "double(2.0)", 2.0, 4.0, hint=HINT)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return make_course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def page(course, tmp_path_factory):
    notebook = grading_master(course, "toy")
    cell(notebook, "double").source = "def double(x):\n    return x  # <b>mine</b> \u202e"
    shown = {"text/html": VISIBLE.card, "text/plain": VISIBLE.text, FINDING_MIME: {"kind": "values"}}
    cell(notebook, "test_double").outputs = [
        nbformat.from_dict({"output_type": "display_data", "data": shown, "metadata": {}}),
        nbformat.v4.new_output("error", ename="CheckFailed", evalue="secret", traceback=["secret frame"]),
    ]
    cell(notebook, "why").source = "Because $x$ is <script>act(1)</script> *so*."
    cells = [
        CellResult("test_softmax", 2.0, 2.0, "passed"),
        CellResult("test_double", 0.0, 3.0, "failed", VISIBLE.text, "halved"),
        CellResult("why", 3.5, 4.0, "manual"),
    ]
    path = tmp_path_factory.mktemp("out") / "ada" / "toy.html"
    path.parent.mkdir()
    late = Reason("late", "Handed in late by 1 d 1 h: 20 % of the score is taken off.", -1.1)
    result = SubmissionResult(
        "ada", "toy", 4.4, 9.0, "graded", notes=["It was mended."], cells=cells, raw_score=5.5, raw_max_score=9.0,
        reasons=[late, Reason("attempts", "Number 1 is the last that counts.", 0.0)],
    )  # fmt: skip
    page = FeedbackPages(course).page(notebook, result, {"why": "Nearly: see <2>."}, "Due 2026-11-02 23:59 <Zone>.")
    path.write_text(page, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def text(page):
    return page.read_text(encoding="utf-8")


def section(text, grade_id):
    return re.search(rf'<section class="question" id="{grade_id}">.*?</section>', text, re.DOTALL)[0]


def test_the_page_begins_with_the_score_and_a_line_for_each_check(text):
    assert "Score: 4.4 / 9.0" in text and "It was mended." in text
    rows = re.findall(r'<tr><td><span class="mark (\w+)">.*?href="#(\w+)".*?([\d.]+ / [\d.]+)</td>', text)
    assert rows == [
        ("passed", "test_softmax", "2.0 / 2.0"), ("failed", "test_double", "0.0 / 3.0"), ("manual", "why", "3.5 / 4.0"),
    ]  # fmt: skip
    assert f'href="{BOOK_URL}/book/toy.html"' in text


def test_what_rules_made_of_the_score_stands_line_by_line_between_the_raw_score_and_the_final_one(text):
    assert "Due 2026-11-02 23:59 &lt;Zone&gt;." in text.partition("</header>")[0]
    account = text.partition("How this score comes about")[2].partition("</section>")[0]
    rows = [re.sub(r"<[^>]+>", "", row) for row in re.findall(r"<tr><th.*?</tr>", account)]
    assert rows == [
        "What the answers are worth5.5 / 9.0",
        "Handed in late by 1 d 1 h: 20 % of the score is taken off.−1.10",
        "Number 1 is the last that counts.±0",
        "The score that counts4.4 / 9.0",
    ]


def test_where_no_rule_touches_the_score_the_page_says_nothing_of_rules(course):
    result = SubmissionResult("ada", "toy", 2.0, 9.0, "graded")
    text = FeedbackPages(course).page(grading_master(course, "toy"), result, {})
    assert "Score: 2.0 / 9.0" in text and "comes about" not in text and "Due" not in text


def test_a_failed_check_stands_beside_the_answer_with_got_expected_hint_and_link(text):
    failed = section(text, "test_double")
    assert failed.index("Your answer") < failed.index("return</span> x") < failed.index("What the checks found")
    assert "Tried: <code>double(2.0)</code>" in failed
    assert re.search(r"got</div><pre>2</pre>.*expected</div><pre>4</pre>", failed, re.DOTALL)
    assert "Half of it comes back." in failed and "What is twice two?" in failed
    assert f'href="{BOOK_URL}/book/softmax.html#softmax-definition"' in failed
    assert "All checks passed." in section(text, "test_softmax")


def test_an_answer_in_words_has_its_points_and_the_graders_comment(text):
    answer = section(text, "why")
    assert "3.5 / 4.0 points so far." in answer and "Nearly: see &lt;2&gt;." in answer and "<em>so</em>" in answer


def test_no_hidden_check_and_no_frame_of_the_graders_is_in_the_page(text):
    plain = re.sub(r"<[^>]+>", "", text)
    assert "check.value([0.0, np.log(3.0)]" in plain
    for secret in ("HIDDEN", "the secret case", "1 / 3", "another number", "secret frame"):
        assert secret not in plain


def test_what_a_student_wrote_is_shown_and_does_nothing(text):
    assert "&lt;b&gt;mine&lt;/b&gt;" in text and "<script" not in text and "\u202e" not in text
    assert "default-src 'none'" in text


def test_a_page_is_small(page):
    assert page.stat().st_size < 25_000


def test_a_notebook_that_could_not_be_graded_says_why_and_shows_no_score(course):
    empty = SubmissionResult("eve", "toy", 0.0, 9.0, "error", message="toy.ipynb is <empty>.\x1b")
    text = FeedbackPages(course).page(None, empty, {})
    assert "toy.ipynb is &lt;empty&gt;.<" in text and "Not graded" in text and "Score" not in text
    given = FeedbackPages(course).page(None, replace(empty, score=3.0), {})
    assert "Score: 3.0 / 9.0" in given and "A person has given points" in given and "Not graded" not in given


def test_links_of_the_exercise_to_a_chapter_lead_to_the_book():
    html = markdown2html("# A heading\n\n[Softmax](../../book/softmax.md#temperature) <b onclick='x()'>b</b>")
    assert f'href="{BOOK_URL}/book/softmax.html#temperature"' in html
    assert "¶" not in html and "onclick" not in html


def test_code_keeps_every_character_that_can_be_seen():
    source = "def f(x):\n    return '<&>' + \"\\n\"  # ü\n\n\n    x = @ ?\n"
    shown = re.sub(r"</?span[^>]*>", "", highlighted(source))
    assert shown == source.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace(
        '"', "&quot;"
    ).replace("'", "&#x27;")


@pytest.mark.slow
def test_a_browser_finds_nothing_to_object_to(page, browser):
    from axe_playwright_python.sync_playwright import Axe

    for theme, width in (("light", 390), ("dark", 1280)):
        with browser.new_context(
            bypass_csp=True, color_scheme=theme, viewport={"width": width, "height": 900}
        ) as context:
            tab = context.new_page()
            tab.goto(page.as_uri())
            assert tab.evaluate("document.documentElement.scrollWidth") <= width
            assert Axe().run(tab).response["violations"] == []


def test_formulas_of_the_exercise_need_no_script():
    html = exercise_text("Let $x_1 < 2$, and `$x$` a name:\n\n$$\\frac{a}{b}$$\n\n*So.*")
    assert html.count("<math") == 2 and "<msub><mi>x</mi><mn>1</mn></msub>" in html and "&#x0003C;" in html
    assert 'display="block"' in html and "<mfrac>" in html and "<code>$x$</code>" in html and "<em>So.</em>" in html


def test_a_formula_that_cannot_be_converted_stays_as_it_is_written():
    assert "$\\mathrm{$" in exercise_text("Before $\\mathrm{$ and after $y$.") and "<mi>y</mi>" in exercise_text("$y$")


@pytest.mark.parametrize("tex", ["\\text{<script>act(1)</script>}", "\\href{javascript:act(1)}{x}", "x"])
def test_a_students_formula_stays_text(course, tmp_path, tex):
    notebook = grading_master(course, "toy")
    cell(notebook, "why").source = f"Because ${tex}$."
    added = nbformat.v4.new_markdown_cell(f"I think ${tex}$.", metadata={"autograder": {"added": True}})
    notebook.cells.append(added)
    text = FeedbackPages(course).page(notebook, SubmissionResult("ada", "toy", 0, 9, "graded"), {})
    assert "<script" not in text and 'href="javascript' not in text
    for around in ("Because ", "I think "):
        assert "<m" not in text.partition(around)[2].partition("</p>")[0]


def test_formatting_that_is_opened_again_in_each_paragraph_makes_no_large_page():
    html = "<p>" + "".join(f"<i title={n}>" for n in range(1000)) + "</p><p>x" * 1000
    assert len(sanitised(html)) < 3 * len(html)
    assert sanitised("<p><b>a</b> <i>b</i></p>" * 100) == "<p><b>a</b> <i>b</i></p>" * 100


def test_what_takes_parsers_long_is_shown_as_it_is_written():
    # In a process of its own: each would take minutes or hours.
    program = (
        "from autograder.feedback import highlighted, markdown2html, sanitised\n"
        "tex, code = '\\\\begin{a}' * 20_000, 'match' + ' ' * 400_000 + 'x'\n"
        "attributes = '<p ' + ' '.join(f'a{n}' for n in range(500_000)) + '>'\n"
        "assert markdown2html(tex).startswith('<pre>') and sanitised('<div>' * 200_000).startswith('<pre>')\n"
        "assert '<' not in highlighted(code) and sanitised(attributes).startswith('<pre>')"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_a_page_shows_the_beginning_of_very_much(course):
    notebook = grading_master(course, "toy")
    for number in range(100):
        added = nbformat.v4.new_code_cell(f"x = {number}\n" * 2000, metadata={"autograder": {"added": True}})
        added.outputs = [nbformat.v4.new_output("display_data", data={"text/html": f"<p>{number}</p>" * 800})]
        notebook.cells.append(added)
    result = SubmissionResult("ada", "toy", 0.0, 9.0, "graded")
    page = FeedbackPages(course).page(notebook, result, {})
    assert "<p>3</p>" in page and "<p>99</p>" not in page and "x = 99" in page
    assert len(page) < 2_000_000
