"""Puts a student's answers into the master: which cells there are, their order, points, tests and kernel are the
master's alone, so that deleted, altered, reordered or added cells change nothing but what the student answered."""

import re
from copy import deepcopy

import nbformat
from nbformat import NotebookNode

_BEGIN, _END = "BEGIN HIDDEN TESTS", "END HIDDEN TESTS"
_DEFINED = re.compile(r"^(?:async )?(?:def|class) +(\w+)", re.MULTILINE)


def into_master(master: NotebookNode, submitted: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """A copy of the master with the answers of a submission, and notes on what had to be mended, as sentences.

    master     the grading master (`release.grading_master`): no solutions, hidden tests in place
    submitted  as `submissions.read` gives it; each cell has a type and a source, and may have a grade_id

    An answer is found by its grade_id, else by the function it defines, else by its place between its neighbours. Of
    several cells with one id the first that was written in wins. What the student added comes after the cell that
    it came after; its metadata says {"autograder": {"added": True}}. Neither argument is changed. ValueError where
    the master holds solutions, which would be given to whoever handed nothing in.
    """
    if any("BEGIN SOLUTION" in cell.source for cell in master.cells):
        raise ValueError("the master for grading holds solutions; take them out first")
    notes: list[str] = []
    of_submitted = _matched(master.cells, submitted.cells, notes)
    answers = {m: submitted.cells[s] for s, m in of_submitted.items() if m is not None and _is_answer(master.cells[m])}

    # What the student added goes behind the cell of the master that it came after; -1 is the beginning.
    added: dict[int, list[NotebookNode]] = {}
    anchor = -1
    for s, cell in enumerate(submitted.cells):
        if s in of_submitted:
            anchor = anchor if of_submitted[s] is None else of_submitted[s]
        elif cell.source.strip():
            added.setdefault(anchor, []).append(_as_added(cell, sum(map(len, added.values()))))

    result = deepcopy(master)
    cells = list(added.get(-1, []))
    for m, cell in enumerate(result.cells):
        if _is_answer(cell):
            if m in answers:
                cell.source = answers[m].source
                if answers[m].cell_type != cell.cell_type:
                    notes.append(f"The cell {_id(cell)} had become a {answers[m].cell_type} cell: changed back.")
            else:
                notes.append(f"There is no answer for {_id(cell)}: its cell is missing.")
        cells += [cell, *added.get(m, [])]
    result.cells = cells
    if (kernel := submitted.metadata.get("kernelspec", {}).get("name")) not in ("", None, _kernel(master)):
        notes.append(f"The notebook names the kernel {kernel!r}: it is graded with the course's own.")
    return result, notes


def without_hidden_tests(source: str) -> str:
    """The source of a test cell as students have it."""
    # Not by a regular expression: a cell of a student's that opens what it never closes would keep it busy for hours.
    kept, at = [], 0
    while (begin := source.find(_BEGIN, at)) >= 0 and (end := source.find(_END, begin)) >= 0:
        kept.append(source[at : source.rfind("\n", at, begin) + 1 or at])
        at = source.find("\n", end) + 1 or len(source)
    return "".join(kept) + source[at:]


def hidden_from(source: str) -> int | None:
    """The number of the line, from 1, at which the hidden tests of a test cell begin; None where it has none."""
    begin = source.find(_BEGIN)
    return source.count("\n", 0, begin) + 1 if source.find(_END, max(begin, 0)) > begin >= 0 else None


def role(cell: NotebookNode) -> dict:
    """The nbgrader metadata of a cell; empty where it has none."""
    return cell.metadata.get("nbgrader", {})


def is_test(cell: NotebookNode) -> bool:
    """Whether a cell is an automatically graded one: code, graded, not the student's."""
    return cell.cell_type == "code" and bool(role(cell).get("grade")) and not role(cell).get("solution")


def is_manual(cell: NotebookNode) -> bool:
    """Whether a person grades the cell."""
    return bool(role(cell).get("task") or (role(cell).get("grade") and not is_test(cell)))


def _is_answer(cell: NotebookNode) -> bool:
    return bool(role(cell).get("solution"))


def _id(cell: NotebookNode) -> str:
    return role(cell)["grade_id"]


def _kernel(notebook: NotebookNode) -> str | None:
    return notebook.metadata.get("kernelspec", {}).get("name")


def _matched(master: list, submitted: list, notes: list[str]) -> dict[int, int | None]:
    """Index in the submission -> index in the master, for each cell that stands for one of the master's; None for a
    cell that is dropped. The others are the student's own."""
    place = {_id(cell): m for m, cell in enumerate(master) if "grade_id" in role(cell)}
    with_id: dict[int, list[int]] = {}
    for s, cell in enumerate(submitted):
        if role(cell).get("grade_id") in place:
            with_id.setdefault(place[role(cell)["grade_id"]], []).append(s)

    matched: dict[int, int | None] = {}
    for m, copies in with_id.items():
        written = [s for s in copies if not _same(submitted[s], master[m])] if _is_answer(master[m]) else []
        winner = (written or copies)[0]
        matched |= dict.fromkeys(copies) | {winner: m}
        if len(copies) > 1:
            which = "the first that was written in" if written else "the first"
            notes.append(f"The cell {_id(master[m])} is there {len(copies)} times: {which} counts.")
        if not _is_answer(master[m]) and not _same(submitted[winner], master[m]):
            notes.append(f"The cell {_id(master[m])} was changed: the course's own is used.")

    # Cells without an id that are copies of the master's own: text, demonstrations, tests that lost their id.
    for m, cell in enumerate(master):
        if m not in matched.values() and not _is_answer(cell):
            same = [s for s, other in enumerate(submitted) if s not in matched and _same(other, cell)]
            if same:
                matched[same[0]] = m

    lost = [m for m, cell in enumerate(master) if _is_answer(cell) and m not in matched.values()]
    for find in (_by_definition, _by_place):
        for m in lost:
            if m not in matched.values() and (s := find(m, master, submitted, matched)) is not None:
                matched[s] = m
                notes.append(f"The cell {_id(master[m])} had lost its id: found by what it defines or where it is.")
    return dict(sorted(matched.items()))


def _by_definition(m: int, master: list, submitted: list, matched: dict) -> int | None:
    wanted = set(_DEFINED.findall(master[m].source)) if master[m].cell_type == "code" else set()
    for s, cell in enumerate(submitted):
        if s not in matched and wanted & set(_DEFINED.findall(cell.source)):
            return s
    return None


def _by_place(m: int, master: list, submitted: list, matched: dict) -> int | None:
    """The only cell of the same type between the two neighbours in the master that are there."""
    where = {at: s for s, at in matched.items() if at is not None}
    before = max((s for at, s in where.items() if at < m), default=-1)
    after = min((s for at, s in where.items() if at > m and s > before), default=len(submitted))
    between = [
        s
        for s in range(before + 1, after)
        if s not in matched and submitted[s].cell_type == master[m].cell_type and submitted[s].source.strip()
    ]
    return between[0] if len(between) == 1 else None


def _same(cell: NotebookNode, of_master: NotebookNode) -> bool:
    return without_hidden_tests(cell.source).strip() == without_hidden_tests(of_master.source).strip()


def _as_added(cell: NotebookNode, number: int) -> NotebookNode:
    make = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
    return make(cell.source, id=f"added-{number}", metadata=NotebookNode(autograder=NotebookNode(added=True)))
