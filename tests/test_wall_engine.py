"""The engine on the wall: the same verdicts as a kernel run for honest work, also from within nbgrader."""

import shutil
import subprocess
import sys

import nbformat
import numpy as np
import pytest
from masters import EXERCISES, ROOT

from autograder import grade as grading
from autograder.course import Course
from autograder.master import role
from autograder.nbgrader_engine import NbgraderEngine
from autograder.release import grading_master
from autograder.sample_class import make_class
from autograder.wall_engine import WallEngine, _run_test

COURSE = Course(ROOT)


@pytest.fixture(scope="module")
def engine():
    with WallEngine(COURSE, seed=11) as running:
        yield running


@pytest.mark.parametrize(
    "exercise", [pytest.param(e, marks=[] if e in ("softmax", "backprop") else [pytest.mark.slow]) for e in EXERCISES]
)
def test_the_solved_notebook_has_full_marks_and_the_blank_one_none(engine, exercise):
    master = grading_master(COURSE, exercise)
    solved = nbformat.from_dict(master)
    for cell, answer in zip(solved.cells, COURSE.solved(exercise).cells):
        cell.source = answer.source
    for notebook, status in ((solved, "passed"), (master, "failed")):
        graded = engine.grade(exercise, "ada", nbformat.from_dict(notebook))
        automatic = [cell for cell in graded.cells if cell.status != "manual"]
        assert {cell.status for cell in automatic} == {status}, [cell for cell in automatic if cell.status != status]
        assert sum(cell.score for cell in automatic) == (status == "passed") * sum(cell.max_score for cell in automatic)


def answered(exercise, answers, added=()):
    """The solved notebook in the master, with other answers, and cells after those of the ids in `added`."""
    master = grading_master(COURSE, exercise)
    for cell, right in zip(master.cells, COURSE.solved(exercise).cells):
        cell.source = answers.get(role(cell).get("grade_id"), right.source)
    for grade_id, source in dict(added).items():
        at = next(k for k, cell in enumerate(master.cells) if role(cell).get("grade_id") == grade_id)
        own = nbformat.v4.new_code_cell(source, metadata={"autograder": {"added": True}})
        master.cells.insert(at + 1, own)
    return master


SEEN = """
seen = []
def softmax(p):
    seen.append(np.asarray(p, dtype=float).tolist())
    e = np.exp(np.asarray(p, dtype=float))
    return e / e.sum()
"""
ASKED = "[f'{x:.6f}' for p in seen if np.size(p) == 5000 for x in p[:50]]"
TOLD = {
    "printed by a later cell": (SEEN, {"test_softmax": f"print({ASKED})"}),
    "raised by a later cell": (SEEN, {"test_softmax": f"raise ValueError({ASKED})"}),
    "raised in a later visible test": (SEEN + f"def softmax_batch(P): raise ValueError({ASKED})", {}),
    "the name of what comes back": (
        SEEN.replace("return e", f"return type(str({ASKED})[:90], (), {{}})() if len(p) == 5000 else e"), {},
    ),
    "the shape of what comes back": (
        SEEN.replace("return e", "return np.zeros((0, *(int(abs(x) * 1e6) for x in p[:2]))) if len(p) == 5000 else e"),
        {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", TOLD)
def test_what_a_hidden_test_asks_is_shown_in_no_way(engine, monkeypatch, way):
    drawn = []

    class Drawn(np.random.Generator):
        def uniform(self, *args, size=None):
            found = super().uniform(*args, size=size)
            drawn.extend(found if size == 5000 else [])
            return found

    monkeypatch.setattr(np.random, "default_rng", lambda seed=None: Drawn(np.random.PCG64(seed)))
    answer, added = TOLD[way]
    graded = engine.grade("softmax", "eve", answered("softmax", {"softmax": answer, "softmax_batch": ""}, added))
    shown = nbformat.writes(graded.notebook) + " ".join(cell.message for cell in graded.cells)
    assert len(drawn) == 5000
    told = [x for x in drawn[:50] if f"{abs(x):.6f}" in shown or str(int(abs(x) * 1e6)) in shown]
    assert not told


@pytest.mark.parametrize(("line", "is_hidden"), [(1, False), (3, True), (5, True)])
def test_what_is_raised_in_the_hidden_tests_of_a_cell_is_not_said(line, is_hidden):
    # What comes after them counts as theirs: it may speak of them.
    lines = ["pass", "### BEGIN HIDDEN TESTS", "pass", "### END HIDDEN TESTS", "pass"]
    lines[line - 1] = "raise ValueError('0.123')"
    about = {"grade_id": "test_f", "points": 1}
    cell = nbformat.v4.new_code_cell("\n".join(lines), metadata={"nbgrader": about})
    verdict, outputs = _run_test(cell, {}, {}, hidden=True)
    assert (verdict.status, verdict.hidden) == ("failed", is_hidden)
    assert ("0.123" in verdict.message + str(outputs)) != is_hidden


def test_what_a_student_raises_where_no_check_looks_is_no_fault_of_the_grader_s(engine):
    answers = {
        "gradients": "def gradients(model, X, z):\n    global asked\n    asked = True\n"
        "    return [0.0 * np.asarray(p) for p in model['params']]\n",
        "logits": "asked = False\ndef logits(model, X):\n    if asked: raise AttributeError('nobody expects this')\n"
        "    W1, b1, W2, b2 = model['params']\n    return np.maximum(X @ W1 + b1, 0.0) @ W2 + b2\n",
        "fit": "",
    }
    graded = engine.grade("capstone", "eve", answered("capstone", answers))
    (found,) = [cell for cell in graded.cells if cell.grade_id == "test_gradients"]
    assert (found.status, found.score) == ("failed", 0.0), found


@pytest.mark.slow
def test_a_gradient_that_is_measured_by_the_complex_step_comes_too_late(engine):
    measured = """
def slopes(f, A):
    G = np.zeros(A.shape)
    for at in np.ndindex(A.shape):
        step = A.astype(complex)
        step[at] += 1e-30j
        G[at] = np.imag(f(step)) / 1e-30
    return G
def linear_backward(X, W, dP):
    X, W, dP = (np.asarray(A, dtype=float) for A in (X, W, dP))
    return slopes(lambda X: np.sum(dP * (X @ W)), X), slopes(lambda W: np.sum(dP * (X @ W)), W), dP.sum(axis=0)
"""
    graded = engine.grade("backprop", "eve", answered("backprop", {"linear_backward": measured}))
    (found,) = [cell for cell in graded.cells if cell.grade_id == "test_linear_backward"]
    assert (found.status, found.hidden) == ("failed", True), found


@pytest.mark.slow
def test_wall_and_kernel_agree_on_the_sample_class(tmp_path):
    make_class(tmp_path / "in", course=COURSE)
    verdicts = []
    for name, engine in (("wall", WallEngine), ("kernel", NbgraderEngine)):
        graded = grading.grade(
            COURSE, tmp_path / "in", tmp_path / name, assignments=["jacobian"], seed=3, engine=engine
        )
        verdicts.append(
            {r.student: (r.status, [(c.grade_id, c.status, c.score, c.misconception) for c in r.cells]) for r in graded}
        )
    assert len(verdicts[0]) >= 12
    assert verdicts[0] == verdicts[1]


@pytest.mark.slow
def test_one_line_of_configuration_puts_nbgraders_own_autograde_behind_the_wall(tmp_path):
    for part in ("nbgrader_config.py", "solutions", "exercises"):
        (shutil.copytree if (ROOT / part).is_dir() else shutil.copy)(ROOT / part, tmp_path / part)
    config = (tmp_path / "nbgrader_config.py").read_text()
    assert config.count('    "nbgrader.preprocessors.Execute",') == 1
    wall = config.replace('    "nbgrader.preprocessors.Execute",', '    "autograder.wall_engine.BehindTheWall",')
    (tmp_path / "nbgrader_config.py").write_text(wall)
    solved = COURSE.solved("softmax")
    solved.cells.insert(2, nbformat.v4.new_code_cell("import os\nos._exit(0)"))
    path = tmp_path / "submitted" / "ada" / "softmax"
    path.mkdir(parents=True)
    nbformat.write(solved, path / "softmax.ipynb")
    for command in (["autograder", "release"], ["nbgrader", "generate_assignment", "softmax", "--force"],
                    ["nbgrader", "autograde", "softmax", "--create"], ["nbgrader", "export"]):  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", *command], cwd=tmp_path, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr[-2000:]
    header, row = (tmp_path / "grades.csv").read_text().strip().splitlines()
    found = dict(zip(header.split(","), row.split(",")))
    # In a kernel, the cell that ends its process would have cost everything.
    assert float(found["score"]) == float(found["max_score"]) == 9


def test_the_wall_stands_for_a_course_that_lies_among_temporary_files(tmp_path):
    shutil.copytree(ROOT / "autograder", tmp_path / "autograder")
    (tmp_path / "secret.txt").write_text("hidden tests")
    program = (
        "from autograder.wall import Wall\n"
        "with Wall() as wall, wall.session() as student:\n"
        "    student.run('import os, numpy\\ndef seen(path): return os.path.exists(path)')\n"
        f"    print(student.function('seen')({str(tmp_path / 'secret.txt')!r}), student.function('seen')('/tmp'))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["False", "True"], done.stderr[-2000:]
