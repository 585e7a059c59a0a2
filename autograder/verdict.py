"""What the outputs of an executed test cell say."""

from nbformat import NotebookNode

from .master import role
from .messages import FINDING_MIME
from .results import clean


def failure(cell: NotebookNode, notebook: NotebookNode) -> str:
    """Why a test cell failed, in plain text; empty where it ended without an error. A missing name is traced to the
    cell of `notebook` that should have defined it."""
    error = _error(cell)
    if error is None:
        return ""
    said = clean(error.evalue) or "no reason is given"
    if error.ename in ("CheckFailed", "AssertionError", "NotRun"):
        return said
    if error.ename in ("CellTimeoutError", "KeyboardInterrupt"):
        return "the cell ran too long, and was stopped"
    if error.ename == "NameError":
        for other in notebook.cells:
            name = role(other).get("grade_id")
            if role(other).get("solution") and f"'{name}'" in said and (cause := _error(other)):
                return f"{name} is not defined: its cell stopped with {clean(f'{cause.ename}: {cause.evalue}', 300)}"
    return f"{clean(error.ename, 100)}: {said}"


def misconception(cell: NotebookNode) -> str | None:
    """The name of the misconception that a failed check published, or None."""
    name = _record(cell).get("misconception")
    return name if isinstance(name, str) else None


def hidden(cell: NotebookNode) -> bool:
    """Whether the failed check that published its finding is a hidden one."""
    return _record(cell).get("hidden") is True


def _record(cell: NotebookNode) -> dict:
    records = [output.data[FINDING_MIME] for output in cell.outputs if FINDING_MIME in output.get("data", {})]
    return records[-1] if records and isinstance(records[-1], dict) else {}


def _error(cell: NotebookNode) -> NotebookNode | None:
    return next((output for output in cell.get("outputs", []) if output.output_type == "error"), None)
