"""From `solutions/` to `exercises/`: nbgrader takes out solutions and hidden tests.

nbgrader works in a temporary copy of the course and without a gradebook, so that a release changes nothing but
`_build/source` and `exercises/`; and the same text gives the same bytes.
"""

import shutil
import tempfile
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearSolutions, ComputeChecksums, LockCells

from .course import Course, CourseError


def release(course: Course, check: bool = False) -> list[Path]:
    """Brings `exercises/` in step with `solutions/`.

    check  only look; nothing is written
    Returns the files, relative to the root, that are (or were) out of step. CourseError where nbgrader refuses.
    """
    with tempfile.TemporaryDirectory() as folder:
        fresh = Course(Path(folder))
        generate(course, fresh.root)
        wanted = {path.relative_to(fresh.root): path for path in fresh.exercises.rglob("*") if path.is_file()}
        present = {path.relative_to(course.root) for path in course.exercises.glob("*/*.ipynb")}
        stale = sorted(present - wanted.keys())
        changed = sorted(p for p, new in wanted.items() if not _same(course.root / p, new))
        if not check:
            shutil.rmtree(course.source, ignore_errors=True)
            shutil.copytree(fresh.source, course.source)
            for path in changed:
                (course.root / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(wanted[path], course.root / path)
            for path in stale:
                (course.root / path).unlink()
    return sorted(changed + stale)


def generate(course: Course, root: Path, gradebook: str | None = None) -> None:
    """Writes source and exercises to the folder `root`, laid out as a course.

    gradebook  address for SQLAlchemy of the gradebook that the exercises are entered in
    CourseError with nbgrader's reason where it refuses an exercise.
    """
    config = course.nbgrader_config(root)
    if gradebook:
        config.CourseDirectory.db_url = gradebook
    else:
        config.GenerateAssignment.no_database = True
        config.SaveCells.enabled = False
    api = NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)
    for name in course.names:
        write_source(course, name, Course(root).source / name)
        outcome = api.generate_assignment(name, force=True, create=True)
        if not outcome["success"]:
            raise CourseError(f"nbgrader cannot release {course.solution(name)}: {_reason(outcome)}")


def grading_master(course: Course, name: str) -> NotebookNode:
    """The exercise as it is graded: stubs in place of solutions, hidden tests in place, nbgrader's checksums."""
    config = course.nbgrader_config(course.root)
    notebook = course.solved(name)
    for step in (LockCells, ClearSolutions, ComputeChecksums):
        notebook, _ = step(config=config).preprocess(notebook, {})
    return notebook


def write_source(course: Course, name: str, folder: Path) -> None:
    """Writes the solved notebook, and the files that lie beside it in `solutions/`, to `folder`."""
    beside = course.solution(name).parent
    shutil.copytree(beside, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(f"{name}.md", ".*"))
    nbformat.write(course.solved(name), folder / f"{name}.ipynb")


def _same(one: Path, other: Path) -> bool:
    return one.is_file() and one.read_bytes() == other.read_bytes()


def _reason(outcome: dict) -> str:
    """The last line of nbgrader's traceback, which names what was wrong; before it come its own frames."""
    lines = [line for line in (outcome.get("log") or outcome.get("error") or "").splitlines() if line.strip()]
    errors = [line for line in lines if "Error" in line or "Exception" in line]
    return (errors or lines or ["it gave no reason"])[0].strip()
