"""A class of invented students, for trying out and demonstrating the grader: `python -m autograder.sample_class FOLDER`.

They hand in right answers, some of them in other words, typical mistakes of the bank, gaps, and broken files. The same
seed gives the same class, byte for byte.
"""

import ast
import inspect
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import numpy as np
from nbformat import NotebookNode

from . import misconceptions
from .course import Course
from .master import role
from .misconceptions import Misconception
from .release import grading_master

FLAWLESS = ("ada", "carl", "emmy", "srinivasa")
OTHERWISE_WRITTEN = ("augustin", "sofia", "leonhard")
MISTAKEN = ("blaise", "evariste", "george", "grace", "hypatia", "isaac", "joseph", "kurt", "maryam")
UNFINISHED = ("niels", "olga", "pierre")
BLANK = ("rene",)
MENDABLE = ("sophie",)


def make_class(folder: Path, seed: int = 0, course: Course | None = None) -> list[str]:
    """Writes <student>/<exercise>/<exercise>.ipynb of about 24 students to `folder`; returns their names.

    course  whose exercises they hand in; else the one that the working directory lies in
    """
    course = course or Course.find(Path.cwd())
    solved = {name: course.solved(name) for name in course.names}
    blank = {name: grading_master(course, name) for name in course.names}
    rng = np.random.default_rng(seed)
    roster: dict[str, Callable[[str], bytes]] = {}
    for students, answer in (
        (FLAWLESS, lambda name: _right(solved[name])),
        (OTHERWISE_WRITTEN, lambda name: _in_other_words(solved[name])),
        (MISTAKEN, lambda name: _mistaken(solved[name], rng)),
        (UNFINISHED, lambda name: _unfinished(solved[name], blank[name], rng)),
        (BLANK, lambda name: _bytes(blank[name])),
        (MENDABLE, lambda name: _in_disorder(solved[name])),
    ):
        roster |= dict.fromkeys(students, answer)
    roster |= {
        "tycho": lambda name: b"This is my homework, in a text file.\n",
        "urania": lambda name: b"",
        "vera": lambda name: _right(solved[name])[:700],
        "wilhelm": lambda name: _right(solved[name]).replace(b'"nbformat": 4', b'"nbformat": 3'),
    }
    for student in sorted(roster):
        # Not everybody hands in everything; everybody hands in the first exercise.
        for name in course.names:
            if name == course.names[0] or rng.random() < 0.75:
                path = folder / student / name / f"{name}.ipynb"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(roster[student](name))
    path = folder / "xavier" / course.names[0]
    path.mkdir(parents=True, exist_ok=True)  # and forgot the file
    return sorted([*roster, "xavier"])


def _bytes(notebook: NotebookNode) -> bytes:
    return (nbformat.writes(notebook) + "\n").encode()


def _with_answers(notebook: NotebookNode, answer: Callable[[str, str], str]) -> bytes:
    """The notebook with each answer in place of what `answer(grade_id, source)` makes of it."""
    copy = nbformat.from_dict(notebook)
    for cell in copy.cells:
        if role(cell).get("solution"):
            cell.source = answer(role(cell)["grade_id"], _bare(cell.source))
        cell.source = _without_hidden_tests(cell.source)
    return _bytes(copy)
