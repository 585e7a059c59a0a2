"""The printed book, as `make pdf` left it: nothing missing in it, nothing beyond its margins."""

import re
import shutil
import subprocess

import pytest
import yaml
from masters import ROOT

LATEX = ROOT / "_build" / "latex"
PDF, LOG = LATEX / "backprop-checked.pdf", LATEX / "backprop-checked.log"
BOOK = ROOT / "book"
pytestmark = [
    pytest.mark.skipif(not shutil.which("xelatex"), reason="xelatex is missing, so the printed book is not looked at"),
    pytest.mark.skipif(not PDF.exists(), reason="the PDF is not built: run make pdf"),
]


@pytest.fixture(scope="module")
def log():
    return LOG.read_text(encoding="utf-8", errors="replace")


@pytest.fixture(scope="module")
def text():
    """The words of the PDF, a single space between each two."""
    program = shutil.which("pdftotext")
    if not program:
        pytest.skip("pdftotext (poppler-utils) is missing, so the words of the printed book are not looked at")
    done = subprocess.run([program, "-enc", "UTF-8", PDF, "-"], capture_output=True, check=True)
    return " ".join(done.stdout.decode().split())


def test_every_sign_has_a_glyph(log):
    assert re.findall(r"Missing character: .*", log) == []


def test_no_reference_leads_nowhere(log):
    assert re.findall(r".*(?:[Rr]eference|Citation).*undefined.*|.*multiply.defined.*", log) == []


def test_nothing_stands_more_than_20_points_beyond_its_box(log):
    boxes = re.findall(r"Overfull \\[hv]box \(([\d.]+)pt .*", log)
    assert max(map(float, boxes), default=0) <= 20


def test_the_title_of_every_page_is_in_it_save_of_those_for_a_screen(text):
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    pages = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    titles = {page: _title(page) for page in pages}
    missing = [page for page, title in titles.items() if not re.search(rf"Chapter \d+ {re.escape(title)}", text)]
    # LaTeX gives the references a heading of its own.
    assert missing == ["book/my-progress", "book/references"]
    assert "Bibliography" in text


def test_every_question_has_its_solution_in_print(text):
    sources = [path.read_text(encoding="utf-8") for path in BOOK.glob("*.md")]
    questions = sum(len(re.findall(r"^[:`]{3,}\{exercise(?:-start)?\}", source, re.M)) for source in sources)
    assert questions > 40
    numbers = {int(number) for number in re.findall(r"Solution to Exercise (\d+)", text)}
    assert numbers == set(range(1, questions + 1))


def test_a_table_that_goes_on_over_the_page_names_no_number(text):
    assert "continued from previous page" in text
    assert not re.search(r"Table [\d.]+ – continued", text)


def test_nothing_is_printed_that_only_a_browser_could_show(text):
    assert "<IPython" not in text and "<Figure" not in text and "solve it here" not in text


def _title(page):
    return re.search(r"^# (.+)$", (ROOT / f"{page}.md").read_text(encoding="utf-8"), re.M)[1]
