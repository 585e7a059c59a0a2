"""Seconds that otter-grader's API takes for a submission; run by the interpreter of an environment that has it.

    python benchmarks/otter_peer.py NOTEBOOK COUNT

NOTEBOOK is a solved notebook with its tests. Its test cells become otter's test files, each one test of one case.
"""

import sys
import tempfile
import time
from pathlib import Path

import nbformat
from otter.api import grade_submission
from otter.generate import main as generate

TEST_FILE = """\
from otter.test_files import test_case

OK_FORMAT = False
name = {name!r}
points = {points!r}


@test_case()
def run(env):
    exec({source!r}, env)
"""


def main(path: str, count: int) -> None:
    notebook = nbformat.read(path, as_version=4)
    tests = [
        cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code"
    ]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "tests").mkdir()
        for cell in tests:
            name, points = (cell.metadata["nbgrader"][key] for key in ("grade_id", "points"))
            text = TEST_FILE.format(name=name, points=points, source=cell.source)
            (folder / "tests" / f"{name}.py").write_text(text)
        generate(
            tests_dir=str(folder / "tests"),
            output_path=str(folder / "autograder.zip"),
            no_requirements=True,
            no_environment=True,
        )
        notebook.cells = [cell for cell in notebook.cells if cell not in tests]
        submission = folder / "submission.ipynb"
        nbformat.write(notebook, submission)
        seconds = []
        for _ in range(count):
            began = time.perf_counter()
            results = grade_submission(str(submission), str(folder / "autograder.zip"), quiet=True)
            seconds.append(time.perf_counter() - began)
        if results.total != results.possible:
            sys.exit(f"otter gave {results.total} of {results.possible} points to the reference solution.")
    print(sum(seconds[1:]) / (count - 1))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
