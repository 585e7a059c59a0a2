"""Gradescope: results as it reads them, and the bundle that it runs.

    python -m autograder gradescope softmax        writes _build/gradescope.zip
    python -m autograder.gradescope /autograder    what the bundle's run_autograder does for each submission

The bundle holds the grader, the course without its solutions, `setup.sh` and `run_autograder`. Gradescope unpacks it to
/autograder/source, puts a submission into /autograder/submission and reads /autograder/results/results.json.
"""

import json
import os
import re
import secrets
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from .course import CONFIG, Course, CourseError
from .results import SubmissionResult, clean
from .worksheet import plain

_BUNDLE = "bundle.json"
_SOLUTION = re.compile(r"(### BEGIN SOLUTION[^\n]*\n).*?(^[^\n]*### END SOLUTION)", re.DOTALL | re.MULTILINE)
_TRUST = (
    "This machine gives no isolation, and the bundle was made with --unsafe: the submission's code ran with limits on "
    "time and memory, but on the same disk as the tests. It could have read them: trust the "
    "score as you trust the student."
)
_SETUP = """#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image.
set -euo pipefail
cd "$(dirname "$0")"
test -e pyproject.toml || cd /autograder/source
apt-get update
apt-get install --yes --no-install-recommends python3 python3-pip
python3 -m pip install uv || python3 -m pip install --break-system-packages uv
uv venv --python '>=3.11' /autograder/venv
uv pip install --python /autograder/venv/bin/python --constraint requirements.txt --extra instructor -r pyproject.toml
chmod -R go-rwx course
"""
_RUN = """#!/usr/bin/env bash
# Gradescope runs this for each submission; AUTOGRADER_ROOT and PYTHON are for trying it elsewhere.
set -euo pipefail
root="${{AUTOGRADER_ROOT:-/autograder}}"
cd "$root/source"
{book}exec "${{PYTHON:-$root/venv/bin/python}}" -m autograder.gradescope "$root"
"""


class CannotGrade(Exception):
    """No verdict here, through no fault of the student's; the text says why, for the instructor."""


def as_gradescope(result: SubmissionResult, seconds: float | None = None, unsafe: bool = False) -> dict:
    """A result as the content of Gradescope's results.json.

    seconds  that it took; left out where it is not known
    unsafe   the submission's code was not kept apart: said where instructors alone see it
    A cell that a person grades, or that a fault of the grader's kept from a verdict, has no score and no status.
    """
    tests = []
    for cell in result.cells:
        test = {"name": plain(cell.grade_id), "output_format": "text", "visibility": "visible"}
        if cell.status in ("passed", "failed"):
            test |= {"score": cell.score, "max_score": cell.max_score, "status": cell.status}
            test["output"] = clean(cell.message) or "All checks passed."
        elif cell.status == "manual":
            test["output"] = f"A person grades this answer: {cell.score:g} of {cell.max_score:g} points so far."
        else:
            test["output"] = "The grader itself failed here. That costs nothing yet: a person will look at it."
        tests.append(test)
    if unsafe:
        trust = {"name": "How far to trust this", "output": _TRUST, "output_format": "text", "visibility": "hidden"}
        tests.append(trust)
    said = [result.message, *(f"Mended before grading: {note}" for note in result.notes)]
    said += [reason.text for reason in result.reasons]
    data = {
        "score": result.score,
        "output": clean("\n".join(filter(None, said))),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
        "extra_data": {"student": plain(result.student), "assignment": result.assignment, "unsafe": unsafe},
    }
    return data if seconds is None else data | {"execution_time": round(seconds, 1)}


def bundle(course: Course, path: Path, exercise: str | None = None, unsafe: bool = False) -> None:
    """Writes the zip that Gradescope takes as an autograder.

    exercise  the only one that it grades; else the one that the title of Gradescope's assignment names
    unsafe    grade also where the machine gives no isolation
    CourseError where there is no such exercise. The seed of hidden checks is drawn here: the same work has the same
    score for everybody.
    """
    names = [exercise] if exercise else course.names
    if not set(names) <= set(course.names):
        raise CourseError(f"There is no exercise {exercise}; there are {', '.join(course.names)}.")
    package = Path(__file__).parent
    project = package.parent
    told = {"exercise": exercise, "unsafe": unsafe, "seed": secrets.randbits(32)}
    address = os.environ.get("BOOK_URL", "")
    files: dict[str, bytes] = {
        "setup.sh": _SETUP.encode(),
        "run_autograder": _RUN.format(book=f"export BOOK_URL={_quoted(address)}\n" if address else "").encode(),
        f"course/{_BUNDLE}": json.dumps(told).encode(),
        f"course/{CONFIG}": (course.root / CONFIG).read_bytes(),
    }
    for name in ("pyproject.toml", "requirements.txt", "LICENSE"):
        files[name] = (project / name).read_bytes()
    for file in sorted(package.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            files[f"autograder/{file.relative_to(package).as_posix()}"] = file.read_bytes()
    for name in names:
        folder = course.solution(name).parent
        for file in sorted(folder.rglob("*")):
            if file.is_file() and not any(part.startswith(".") for part in file.relative_to(folder).parts):
                content = file.read_bytes()
                if file == course.solution(name):
                    content = _SOLUTION.sub(r"\1\2", content.decode()).encode()
                files[f"course/solutions/{name}/{file.relative_to(folder).as_posix()}"] = content
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if name in ("setup.sh", "run_autograder") else 0o100644) << 16
            archive.writestr(entry, content)


def run(root: Path) -> dict:
    """Grades what is in `root`/submission by the bundle in `root`/source; returns what it writes to
    `root`/results/results.json. CannotGrade where there is no verdict: then nothing is written, and Gradescope says
    that the autograder failed."""
    began = time.monotonic()
    course = Course(root / "source" / "course")
    told = json.loads((course.root / _BUNDLE).read_text(encoding="utf-8"))
    exercise = told["exercise"] or _by_title(course, root / "submission_metadata.json")
    result, unsafe = _graded(course, exercise, root / "submission", told)
    data = as_gradescope(result, time.monotonic() - began, unsafe)
    path = root / "results" / "results.json"
    path.parent.mkdir(exist_ok=True)
    # A name that the submission's code cannot have opened.
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
        json.dump(data, file, indent=1)
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)
    return data


def _by_title(course: Course, metadata: Path) -> str:
    """The exercise that Gradescope's assignment is named after; what a student hands in never chooses it."""
    try:
        title = str(json.loads(metadata.read_text(encoding="utf-8"))["assignment"]["title"])
    except (OSError, ValueError, KeyError, TypeError):
        raise CannotGrade(
            f"{metadata.name} does not tell the title of the assignment: make the bundle for one exercise "
            "(make gradescope EXERCISE=softmax)."
        ) from None
    for name in course.names:
        if title.strip().casefold() in (name.casefold(), course.title(name).casefold()):
            return name
    raise CannotGrade(
        f"The assignment is called {title!r}, and no exercise is: give it the name of one ({', '.join(course.names)}), "
        "or make the bundle for one exercise (make gradescope EXERCISE=softmax)."
    )


def _graded(course: Course, exercise: str, folder: Path, told: dict) -> tuple[SubmissionResult, bool]:
    """The result, and whether the submission ran without isolation."""
    from .master import into_master, role
    from .nbgrader_engine import EngineFault
    from .release import grading_master
    from .submissions import Unreadable, read
    from .wall import WallUnavailable
    from .wall_engine import WallEngine

    master = grading_master(course, exercise)
    points = sum(float(role(cell)["points"]) for cell in master.cells if role(cell).get("grade"))

    def unread(message: str) -> tuple[SubmissionResult, bool]:
        return SubmissionResult("", exercise, 0.0, points, "error", message=message), False

    notebooks = sorted(path for path in folder.glob("*.ipynb") if not path.name.startswith("."))
    chosen = [path for path in notebooks if path.stem == exercise] or notebooks
    if len(chosen) != 1:
        which = f"There are {len(chosen)} notebooks" if chosen else "There is no notebook"
        return unread(f"{which} in the submission: hand in {exercise}.ipynb alone.")
    try:
        notebook, notes = into_master(master, read(chosen[0]))
    except Unreadable as problem:
        return unread(str(problem))
    engine, unsafe = WallEngine(course, told["seed"]), False
    try:
        engine.__enter__()
    except WallUnavailable as problem:
        if not told["unsafe"]:
            raise CannotGrade(f"{problem} Here that is: make gradescope UNSAFE=yes.") from None
        engine, unsafe = WallEngine(course, told["seed"], unsafe=True), True
        engine.__enter__()
    try:
        try:
            graded = engine.grade(exercise, "student", notebook)
        except EngineFault:
            graded = engine.grade(exercise, "student", notebook)
    except EngineFault as problem:
        raise CannotGrade(f"{problem} Run the autograder on this submission again.") from None
    finally:
        engine.__exit__(None, None, None)
    score, most = sum(cell.score for cell in graded.cells), sum(cell.max_score for cell in graded.cells)
    return SubmissionResult("", exercise, score, most, "graded", notes=notes, cells=graded.cells), unsafe


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


if __name__ == "__main__":
    try:
        found = run(Path(sys.argv[1]))
    except (CannotGrade, CourseError) as problem:
        sys.exit(str(problem))
    if found["extra_data"]["unsafe"]:
        print(_TRUST)
    print(f"{found['extra_data']['assignment']}: {found['score']:g} points.")
