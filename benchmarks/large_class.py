"""A large class, once through: a thousand students in the nine chapters' notebooks, ten thousand damaged submissions.

    python benchmarks/large_class.py [STUDENTS] [SCHEDULER]

Says how long the command line took and looks that everything that was handed in has a result. SCHEDULER is the address
of a Dask scheduler (tcp://...), where its workers are to grade.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from autograder.course import Course
from autograder.sample_class import CLASS, Exercise

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))  # where notebooks are damaged at random

from test_damage import damaged  # noqa: E402


def hand_in_all(folder: Path, students: int) -> int:
    """Everybody works as one of the sample class does, each with mistakes of their own; returns how many notebooks."""
    course = Course.find(ROOT)
    # The notebooks of the chapters; the capstone, which trains networks, takes as long as all others together.
    exercises = [Exercise(course, name) for name in course.names if name != "capstone"]
    kinds = list(CLASS.values())
    count = 0
    for number in range(students):
        rng = np.random.default_rng([1, number])
        for exercise in exercises:
            content = kinds[number % len(kinds)](exercise, rng)
            if content is not None:
                _write(folder, f"s{number:05d}", exercise.name, content)
                count += 1
    return count


def hand_in_damaged(folder: Path, count: int) -> int:
    for number in range(count):
        _write(folder, f"s{number:05d}", "softmax", damaged(number))
    return count


def _write(folder: Path, student: str, exercise: str, content: bytes) -> None:
    path = folder / student / exercise / f"{exercise}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)


def run(what: str, submitted: Path, count: int, *options: str) -> None:
    out = submitted.with_name("out")
    seconds = _command("grade", str(submitted), "--out", str(out), "--quiet", *options)
    results = json.loads((out / "results.json").read_text())["results"]
    if len(results) != count or any(cell["status"] == "error" for result in results for cell in result["cells"]):
        sys.exit(f"{what}: {count} were handed in, and {len(results)} have a result.")
    graded = sum(result["status"] == "graded" for result in results)
    reported = _command("report", str(out))
    print(f"{what}: {count} submissions, {graded} graded, {count - graded} refused with a sentence")
    print(f"    {seconds:.0f} s, {seconds / count * 1e3:.0f} ms each; the report {reported:.0f} s", flush=True)


def _command(*words: str) -> float:
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "autograder", *words], cwd=ROOT, stdout=subprocess.DEVNULL)
    if done.returncode:
        sys.exit(f"{words[0]} ended with {done.returncode}.")
    return time.perf_counter() - began


def main() -> None:
    students = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    options = ["--scheduler", sys.argv[2]] if len(sys.argv) > 2 else []
    for what, hand_in, count in (
        (f"{students} students", hand_in_all, students),
        (f"{10 * students} damaged notebooks", hand_in_damaged, 10 * students),
    ):
        with tempfile.TemporaryDirectory() as folder:
            submitted = Path(folder, "submitted")
            run(what, submitted, hand_in(submitted, count), *options)


if __name__ == "__main__":
    main()
