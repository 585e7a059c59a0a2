"""Finds what students have handed in and reads it under limits; a broken one becomes one clear sentence.

A folder of submissions holds <student>/<assignment>/<assignment>.ipynb.
"""

import hashlib
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from .names import LONGEST, shown
from .results import clean

LARGEST = 20_000_000
_MOST_CELLS = 5000
# How files begin that are handed in with the name of a notebook.
_OTHERS = {
    b"<": "a web page", b"PK\x03\x04": "a zip archive", b"\x1f\x8b": "a gzip archive", b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a rar archive", b"%PDF": "a PDF",
}  # fmt: skip
# What a cell of each kind has besides; built here, cell by cell, it needs no validation.
_CELLS = {"code": {"outputs": [], "execution_count": None}, "markdown": {}, "raw": {}}


class Unreadable(Exception):
    """A submission that cannot be read; the text is one sentence: what is wrong and what to do."""


@dataclass(frozen=True)
class Submission:
    """One student's notebook for one exercise, which may or may not be there and readable."""

    student: str
    assignment: str
    path: Path


def find(submitted: Path, assignments: list[str]) -> tuple[list[Submission], list[str]]:
    """The submissions in a folder, by student and assignment, and one line about each thing that is skipped.

    assignments  the exercises of the course
    """
    found, skipped = [], []
    students: set[str] = set()
    for folder in _listed(submitted):
        student = shown(folder.name)
        if not folder.is_dir() or folder.is_symlink():
            skipped.append(f"{student} is not a student's folder: skipped.")
            continue
        # Results lie in folders of the name as it is shown, and that of each student is another.
        if len(student.encode()) > LONGEST:
            skipped.append(f"{student[:40]}… is longer than {LONGEST} bytes, written out: skipped; rename the folder.")
            continue
        if student in students:
            skipped.append(f"{student} is shown like another folder's name: skipped; rename one of the two.")
            continue
        students.add(student)
        try:
            inside = _listed(folder)
        except OSError as problem:
            skipped.append(f"{student} cannot be opened ({problem.strerror}): skipped.")
            continue
        known = [entry for entry in inside if entry.name in assignments]
        # Checkpoints and version control keep hidden folders anywhere; a hidden student has exercises in it.
        if folder.name.startswith(".") and not known:
            skipped.append(f"{student} is hidden and holds no exercise: skipped.")
            continue
        if not inside:
            skipped.append(f"{student} is empty: skipped.")
        for entry in inside:
            if entry in known:
                found.append(Submission(student, entry.name, entry / f"{entry.name}.ipynb"))
            else:
                what = f"{student}/{shown(entry.name)}"
                skipped.append(f"{what} is not an exercise of this course: skipped.")
    return found, skipped


def read(path: Path) -> NotebookNode:
    """The notebook in a file (see `parse`); Unreadable, with a sentence, where there is none."""
    return parse(content(path), shown(path.name))


def content(path: Path) -> bytes:
    """What is handed in, as it is. Never blocks, never follows a link, and reads no more than 20 MB; Unreadable, with a
    sentence, where there is no such file."""
    name = shown(path.name)
    try:
        return _bytes_of(path, name)
    except OSError as problem:
        raise Unreadable(f"{name} cannot be opened ({problem.strerror}): hand in the notebook again.") from None


def parse(text: bytes, name: str) -> NotebookNode:
    """A notebook of format 4 with nothing in it but what a student may answer with.

    name  of the file, for the sentence of Unreadable where it is not such a notebook
    Of each cell there are type, source and role (`grade_id`, `grade`, `solution`), and of the notebook the kernel's
    name; no outputs, nothing else.
    """
    if not text.strip():
        raise Unreadable(f"{name} is empty: hand in the notebook again.")
    begin = text[:100].removeprefix(b"\xef\xbb\xbf").lstrip()
    for mark, what in _OTHERS.items():
        if begin.startswith(mark):
            raise Unreadable(f"{name} is {what}, not a notebook: hand in the .ipynb file itself.")
    try:
        data = json.loads(text)  # in UTF-8, 16 or 32
    except UnicodeDecodeError as problem:
        line = text.count(b"\n", 0, problem.start) + 1
        raise Unreadable(
            f"{name} is not a text file (line {line} is not UTF-8): hand in the .ipynb file as Jupyter saves it."
        ) from None
    except RecursionError:
        raise Unreadable(f"{name} is nested too deeply to be a notebook: hand in the notebook again.") from None
    except ValueError as problem:  # also an integer of too many digits
        where = f" in line {problem.lineno}" if isinstance(problem, json.JSONDecodeError) else ""
        raise Unreadable(f"{name} is not valid JSON{where}: save it in Jupyter and hand in again.") from None
    if not isinstance(data, dict) or "nbformat" not in data:
        raise Unreadable(f"{name} is not a notebook: it has no nbformat; hand in the .ipynb file of Jupyter.")
    version = data["nbformat"]
    if type(version) is not int:
        raise Unreadable(f"{name} is not a notebook: its nbformat is not a whole number; save it in Jupyter again.")
    if version != 4:
        which = version if abs(version) < 1000 else "beyond 1000"
        raise Unreadable(f"{name} has notebook format {which}, and 4 is needed: save it in a recent Jupyter.")
    if not isinstance(data.get("cells"), list):
        raise Unreadable(f"{name} has no list of cells: save the notebook in Jupyter and hand it in again.")
    if len(data["cells"]) > _MOST_CELLS:
        raise Unreadable(f"{name} has {len(data['cells'])} cells, more than {_MOST_CELLS}: delete what is no answer.")
    metadata = _dict(data.get("metadata"))
    language = _language(metadata)
    if not language.lower().startswith(("python", "ipython")):
        raise Unreadable(f"{name} is a notebook for {clean(language, 40)}: write the answers in Python.")
    kernel = _dict(metadata.get("kernelspec")).get("name")
    kernel = clean(kernel, 40) if isinstance(kernel, str) else ""
    return NotebookNode(
        nbformat=4,
        nbformat_minor=5,
        metadata=NotebookNode(kernelspec=NotebookNode(name=kernel, display_name=kernel)),
        cells=[_cell(cell, index, name) for index, cell in enumerate(data["cells"], start=1)],
    )


def digest(path: Path) -> str:
    """A hash of what is handed in, or of what is wrong with it; another one where `read` would give something else."""
    try:
        return hashlib.sha256(content(path)).hexdigest()
    except Unreadable as problem:
        return hashlib.sha256(str(problem).encode()).hexdigest()


def _listed(folder: Path) -> list[Path]:
    return sorted(folder.iterdir(), key=lambda entry: os.fsencode(entry.name))


def _bytes_of(path: Path, name: str) -> bytes:
    folder = path.parent
    if folder.is_symlink() or path.is_symlink():
        raise Unreadable(f"{name} is a symbolic link: hand in the file itself.")
    if not folder.is_dir():
        raise Unreadable(f"{shown(folder.name)} is a file: hand in a folder that holds {name}.")
    try:
        # Without O_NONBLOCK, opening a fifo waits for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        others = [shown(entry.name) for entry in _listed(folder) if ".ipynb" in entry.name.lower().lstrip(".")]
        instead = f"; there is {clean(', '.join(others), 200)}, rename it" if others else ": hand it in"
        raise Unreadable(f"{name} is missing from the folder{instead}.") from None
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise Unreadable(f"{name} is a folder: hand in the notebook file itself.")
        if not stat.S_ISREG(mode):
            raise Unreadable(f"{name} is not an ordinary file: hand in the notebook file itself.")
        with open(descriptor, "rb", closefd=False) as file:
            found = file.read(LARGEST + 1)
    finally:
        os.close(descriptor)
    if len(found) > LARGEST:
        raise Unreadable(f"{name} is larger than {LARGEST // 10**6} MB: clear its outputs and hand it in again.")
    return found


def _language(metadata: dict) -> str:
    """The language that a notebook says it is in: Python where it says nothing."""
    kernel, info = _dict(metadata.get("kernelspec")), _dict(metadata.get("language_info"))
    said = [name for name in (kernel.get("language"), info.get("name")) if name and isinstance(name, str)]
    return said[0] if said else "python"


def _cell(cell: object, index: int, name: str) -> NotebookNode:
    again = "save the notebook in Jupyter and hand it in again"
    if not isinstance(cell, dict) or cell.get("cell_type") not in list(_CELLS):
        raise Unreadable(f"{name}: cell {index} is neither code nor text: {again}.")
    source = cell.get("source")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise Unreadable(f"{name}: cell {index} has no source: {again}.")
    kind, text = cell["cell_type"], source.encode("utf-8", "replace").decode()
    fresh = nbformat.from_dict(
        {"id": f"cell-{index}", "cell_type": kind, "metadata": {}, "source": text, **_CELLS[kind]}
    )
    said = _dict(_dict(cell.get("metadata")).get("nbgrader"))
    if isinstance(said.get("grade_id"), str):
        flags = {flag: said.get(flag) is True for flag in ("grade", "solution")}
        fresh.metadata.nbgrader = NotebookNode(grade_id=said["grade_id"], **flags)
    return fresh


def _dict(value: object) -> dict:
    return value if isinstance(value, dict) else {}
