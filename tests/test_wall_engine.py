"""The engine on the wall: the same verdicts as a kernel run for honest work, also from within nbgrader."""

import shutil
import subprocess
import sys

import nbformat
import pytest
from masters import EXERCISES, ROOT

from autograder import grade as grading
from autograder.course import Course
from autograder.nbgrader_engine import NbgraderEngine
from autograder.release import grading_master
from autograder.sample_class import make_class
from autograder.wall_engine import WallEngine

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
