"""Notebooks damaged at random: each has a result, none brings the grader down, none is lost."""

import json
import random

import nbformat
import pytest
from masters import ROOT
from toy_course import hand_in

from autograder import grade as grading
from autograder.course import Course
from autograder.master import into_master
from autograder.release import grading_master
from autograder.submissions import Unreadable, read

COURSE = Course(ROOT)
WHOLE = nbformat.writes(COURSE.solved("softmax"))
ODD = [None, 0, -1, 1e300, "", "x" * 5000, [], {}, [[[]]], {"a": {"b": []}}, True, "\u202e", "nbgrader", 2**70]


def bytes_damaged(rng):
    data = bytearray(WHOLE.encode())
    for _ in range(rng.randint(1, 30)):
        at = rng.randrange(len(data))
        how = rng.randrange(4)
        if how == 0:
            data[at] = rng.randrange(256)
        elif how == 1:
            del data[at : at + rng.randint(1, 200)]
        elif how == 2:
            data[at:at] = bytes(rng.randrange(256) for _ in range(rng.randint(1, 50)))
        else:
            del data[rng.randrange(len(data) // 2, len(data)) :]
    return bytes(data)


def places(tree, path=()):
    yield path
    for key in tree if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ():
        yield from places(tree[key], (*path, key))


def json_damaged(rng):
    tree = json.loads(WHOLE)
    for _ in range(rng.randint(1, 6)):
        *path, last = rng.choice([p for p in places(tree) if p])
        node = tree
        for key in path:
            node = node[key]
        if rng.random() < 0.3:
            del node[last]
        else:
            node[last] = rng.choice(ODD)
    return json.dumps(tree).encode()


def cells_damaged(rng):
    tree = json.loads(WHOLE)
    cells = tree["cells"]
    for _ in range(rng.randint(1, 8)):
        how, at = rng.randrange(6), rng.randrange(len(cells))
        if how == 0 and len(cells) > 1:
            del cells[at]
        elif how == 1:
            cells.insert(rng.randrange(len(cells)), json.loads(json.dumps(cells[at])))
        elif how == 2:
            rng.shuffle(cells)
        elif how == 3:
            cells[at]["cell_type"] = rng.choice(["markdown", "raw", "code", "heading", ""])
        elif how == 4:
            cells[at]["metadata"] = rng.choice(
                [{}, {"nbgrader": {"grade_id": "softmax", "points": 99}}, {"nbgrader": []}]
            )
        else:
            cells[at]["source"] = rng.choice(
                ["", "def softmax(p):", "%%bash\nexit", "raise SystemExit", cells[at]["source"]]
            )
    return json.dumps(tree).encode()


def damaged(number):
    rng = random.Random(number)
    return rng.choice([bytes_damaged, json_damaged, cells_damaged])(rng)


@pytest.mark.slow
def test_a_notebook_that_the_books_page_gives_for_download_is_read_whole(course, tmp_path):
    """The released notebook with other sources, in one string each, and cells `added-1`, ... between its own."""
    tree = json.loads((course.exercises / "toy" / "toy.ipynb").read_text())
    for c in tree["cells"]:
        c["source"] = "".join(c["source"])
        if c["id"] == "double":
            c["source"] = "def double(x):\n    return twice(x)"
    at = next(n for n, c in enumerate(tree["cells"]) if c["id"] == "setup") + 1
    sources = "def twice(x):\n    return 2 * x", "twice(3)"
    tree["cells"][at:at] = [
        {"cell_type": "code", "execution_count": None, "id": f"added-{n}", "metadata": {}, "outputs": [], "source": s}
        for n, s in enumerate(sources, start=1)
    ]
    hand_in(tmp_path / "in", "ada", content=json.dumps(tree, indent=1).encode())
    [result] = grading.grade(course, tmp_path / "in", tmp_path / "out")
    assert {c.grade_id: c.status for c in result.cells} == {
        "test_softmax": "failed", "test_double": "passed", "why": "manual",
    }  # fmt: skip
    assert result.notes == []


@pytest.mark.slow
def test_two_thousand_damaged_notebooks_are_read_or_refused_in_a_sentence(tmp_path):
    master = grading_master(COURSE, "softmax")
    path = tmp_path / "softmax.ipynb"
    read_whole = 0
    for number in range(2000):
        path.write_bytes(damaged(number))
        try:
            notebook, _ = into_master(master, read(path))
        except Unreadable as refusal:
            assert str(refusal).endswith(".") and "\n" not in str(refusal), number
            continue
        read_whole += 1
        kept = [c.metadata.nbgrader.grade_id for c in notebook.cells if "nbgrader" in c.metadata]
        assert kept == [c.metadata.nbgrader.grade_id for c in master.cells if "nbgrader" in c.metadata], number
    assert 200 < read_whole < 1900


@pytest.mark.slow
def test_each_damaged_notebook_has_a_result_and_a_whole_one_beside_them_its_marks(tmp_path):
    count = 150
    for number in range(count):
        path = tmp_path / "in" / f"s{number:03d}" / "softmax" / "softmax.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(damaged(10_000 + number) if number % 50 else WHOLE.encode())
    graded = grading.grade(COURSE, tmp_path / "in", tmp_path / "out", workers=2)
    assert [r.student for r in graded] == [f"s{number:03d}" for number in range(count)]
    assert all(r.score == r.max_score for r in graded[::50])
    assert all(r.message for r in graded if r.status == "error")
    assert not [cell for r in graded for cell in r.cells if cell.status == "error"]
