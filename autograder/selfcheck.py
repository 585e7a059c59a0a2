"""A student's own check: the tests that a notebook holds, run on a copy of it."""

from pathlib import Path

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from .master import is_test, role
from .submissions import read
from .verdict import failure


class CannotRun(Exception):
    """The notebook could not be run to its end; the text says why, in one sentence."""


def run_tests(path: Path, seconds: int = 60) -> list[tuple[str, str]]:
    """(grade_id, message) of each test cell of the notebook, in order; an empty message where the test passes.

    The file is not changed. seconds is the limit of each cell. Unreadable or CannotRun where there is no verdict.
    """
    notebook = read(path)
    notebook.metadata = NotebookNode()  # whatever kernel the student's Jupyter has: here it is this Python
    client = NotebookClient(
        notebook, timeout=seconds, interrupt_on_timeout=True, allow_errors=True, kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(path.resolve().parent)}},
    )  # fmt: skip
    try:
        client.execute()
    except DeadKernelError:
        raise CannotRun(f"{path.name}: the kernel died; a cell uses too much memory, or ends Python.") from None
    except (CellTimeoutError, CellExecutionError, TimeoutError):
        raise CannotRun(f"{path.name}: a cell ran longer than {seconds} s and could not be stopped.") from None
    return [(role(cell)["grade_id"], failure(cell, notebook)) for cell in notebook.cells if is_test(cell)]
