"""A small course of one exercise, and ways to hand in to it."""

import shutil
from pathlib import Path

import nbformat

from autograder.course import Course
from autograder.master import role

ROOT = Path(__file__).resolve().parents[1]


def _code(source, **role):
    metadata = ""
    if role:
        role = {"grade": False, "locked": False, "schema_version": 3, "solution": False, "task": False} | role
        lines = "".join(f"  {key}: {str(value).lower()}\n" for key, value in role.items())
        metadata = f"---\nnbgrader:\n{lines}---\n"
    return f"```{{code-cell}} python\n{metadata}{source}\n```\n"


def _markdown(source, **role):
    # In MyST the metadata of a text cell stand in a comment before it.
    inner = ", ".join(f'"{key}": {str(value).lower()}' for key, value in role.items())
    return f'+++ {{"nbgrader": {{{inner}}}}}\n\n{source}\n\n+++\n'


TOY = "\n".join(
    [
        "---\nkernelspec:\n  display_name: Python 3\n  language: python\n  name: python3\n---\n\n# Toy\n",
        _code("import numpy as np", grade_id="setup", locked=True),
        _code(
            "def softmax(p):\n    ### BEGIN SOLUTION\n    e = np.exp(np.asarray(p, dtype=float))\n"
            "    return e / e.sum()\n    ### END SOLUTION",
            grade_id="softmax", solution=True,
        ),
        _code(
            "from autograder.checks import Check\n\ncheck = Check('softmax', softmax)\n"
            "check.value([0.0, np.log(3.0)], expected=[0.25, 0.75])\n"
            "### BEGIN HIDDEN TESTS\nhidden = check.hidden()\n"
            "hidden.value([0.0, 0.0, 0.0], expected=[1 / 3] * 3, kind='the secret case')\n### END HIDDEN TESTS",
            grade_id="test_softmax", grade=True, locked=True, points=2,
        ),
        _code("print('a demonstration', softmax([1.0, 2.0]))"),
        _code(
            "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION",
            grade_id="double", solution=True,
        ),
        _code(
            "from autograder.checks import Check\n\ncheck = Check('double', double)\ncheck.value(2.0, expected=4.0)\n"
            "### BEGIN HIDDEN TESTS\ncheck.hidden().value(3.0, expected=6.0, kind='another number')\n"
            "### END HIDDEN TESTS",
            grade_id="test_double", grade=True, locked=True, points=3,
        ),
        _markdown(
            "### BEGIN SOLUTION\nBecause it is so.\n### END SOLUTION",
            grade='true', grade_id='"why"', locked='false', points=4, schema_version=3, solution='true', task='false',
        ),
    ]
)  # fmt: skip


def make_course(root: Path) -> Course:
    (root / "solutions" / "toy").mkdir(parents=True)
    (root / "solutions" / "toy" / "toy.md").write_text(TOY, encoding="utf-8")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    return Course(root)


def cell(notebook, grade_id):
    return next(c for c in notebook.cells if role(c).get("grade_id") == grade_id)


def hand_in(submitted: Path, student: str, notebook=None, content: bytes | None = None) -> Path:
    path = submitted / student / "toy" / "toy.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(nbformat.writes(notebook).encode() if content is None else content)
    return path
