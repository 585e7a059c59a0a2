"""The class in one page: `OUT/report/index.html`, self-contained and static, and its data as CSV beside it.

It is computed from `OUT/results.json`, the notebooks in `OUT/autograded`, and the times that the folder of submissions
keeps (`timestamp.txt`); nothing is run. Everything of a student's is escaped, and the page carries a policy under
which a browser runs nothing but the page's own few lines, which sort a table.
"""

import ast
import base64
import builtins
import hashlib
import json
import re
import shlex
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from jinja2 import Environment, PackageLoader
from nbformat import NotebookNode
from traitlets.config import PyFileConfigLoader

from . import item_analysis, misconceptions, results, similarity
from .course import CONFIG, Course
from .master import is_manual, is_test, role
from .release import grading_master
from .results import CellResult, NotResults, SubmissionResult, clean
from .times import instant
from .worksheet import write_table

BINS = 10
MOST_PAIRS = 40
SHOWN = 5  # entries of a list that are not folded away
LONGEST_CODE = 4000
_UNWRITTEN = "not written yet"
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


class CannotReport(Exception):
    """There is nothing to report on; the text says why."""


@dataclass(frozen=True)
class Item:
    """A question, as the class answered it; `n` is who was graded automatically in it."""

    grade_id: str
    points: float
    by_hand: bool
    n: int = 0
    passed: int = 0
    hidden: int = 0
    unwritten: int = 0
    failed: int = 0
    faults: int = 0
    mean: float = float("nan")
    difficulty: float = float("nan")
    discrimination: float = float("nan")
    flags: tuple[str, ...] = ()


@dataclass
class Notebook:
    """An exercise, as the class handed it in."""

    name: str
    title: str
    graded: list[SubmissionResult]
    errors: list[SubmissionResult]
    items: list[Item] = field(default_factory=list)
    alpha: float = float("nan")
    bins: list[int] = field(default_factory=list)
    times: list[tuple[datetime, str]] = field(default_factory=list)
    visible: dict[str, float] = field(default_factory=dict)

    @property
    def shares(self) -> np.ndarray:
        """The share of the points that each graded student has."""
        return np.array([r.score / r.max_score if r.max_score else 0.0 for r in self.graded])

    @property
    def middle(self) -> list[float | str]:
        """Mean and median of the shares; empty where nobody is graded."""
        return [_blank(of(self.shares)) if self.graded else "" for of in (np.mean, np.median)]


def write_report(course: Course, out: Path) -> Path:
    """Writes the page and its data to `out/report`; returns the page. CannotReport where there are no results."""
    path = out / "results.json"
    try:
        found = results.read(path)
    except OSError as problem:
        raise CannotReport(f"{path} cannot be read: {problem.strerror}; grade into {out} first.") from None
    except NotResults as problem:
        raise CannotReport(f"{str(problem).rstrip('.')}; grade into {out} again.") from None
    if not found:
        raise CannotReport(f"{path} has no results.")
    submitted = _submitted(out)
    folder = out / "report"
    notebooks, pairs, examples = [], [], {}
    for name in [name for name in course.names if any(r.assignment == name for r in found)]:
        master = grading_master(course, name)
        of = [r for r in found if r.assignment == name]
        notebook = analyse(name, course.title(name), master, of)
        notebook.times = sorted(_times(submitted, of)) if submitted else []
        answers = {r.student: _answers(out, r) for r in notebook.graded}
        pairs += [(notebook, *pair) for pair in _alike(master, course.solved(name), answers)]
        examples |= _examples(notebook, answers)
        notebooks.append(notebook)
    pairs.sort(key=lambda found: -found[1].share)
    ideas = _misconceptions(notebooks, examples)
    failures = _failures(notebooks, submitted, out)
    _write_data(folder, notebooks, ideas, failures, pairs)
    page = _page(notebooks, ideas, failures, pairs, len({r.student for r in found}), len(found))
    path = folder / "index.html"
    path.write_text(page, encoding="utf-8")
    return path


def analyse(name: str, title: str, master: NotebookNode, of: list[SubmissionResult]) -> Notebook:
    """The statistics of one exercise.

    master  tells which questions there are, in which order
    of      its results
    Students with a fault of the grader's in a notebook are left out of what compares questions with each other, and so
    are the questions that people grade.
    """
    graded = [r for r in of if r.status == "graded"]
    notebook = Notebook(name, title, graded, [r for r in of if r.status == "error"])
    cells = [{cell.grade_id: cell for cell in r.cells} for r in graded]
    asked = [(role(c)["grade_id"], float(role(c)["points"]), is_manual(c)) for c in master.cells if _is_graded(c)]
    tested = [(grade_id, points) for grade_id, points, by_hand in asked if not by_hand]
    whole = [by for by in cells if all(by.get(i) and by[i].status in ("passed", "failed") for i, _ in tested)]
    scores = np.array([[by[i].score for i, _ in tested] for by in whole]).reshape(len(whole), len(tested))
    easiness = item_analysis.difficulty(scores, np.array([points for _, points in tested]))
    correlation = item_analysis.discrimination(scores) if len(whole) else np.full(len(tested), np.nan)
    statistics = {i: (float(e), float(c)) for (i, _), e, c in zip(tested, easiness, correlation)}
    for grade_id, points, by_hand in asked:
        of_item = [by[grade_id] for by in cells if grade_id in by]
        mean = float(np.mean([cell.score for cell in of_item])) if of_item else float("nan")
        if by_hand:
            notebook.items.append(Item(grade_id, points, True, len(of_item), mean=mean))
            continue
        states = Counter(_state(cell) for cell in of_item)
        e, c = statistics[grade_id]
        notebook.items.append(
            Item(grade_id, points, False, len(of_item), *(states[of] for of in STATES), mean, e, c,
                 tuple(item_analysis.flags(e, c, len(whole))))
        )  # fmt: skip
    notebook.alpha = item_analysis.reliability(scores) if len(whole) >= item_analysis.FEW else float("nan")
    notebook.bins = np.histogram(np.clip(notebook.shares, 0, 1), bins=BINS, range=(0, 1))[0].tolist()
    for result in graded:
        gained = sum(cell.max_score for cell in result.cells if _state(cell) == "failed a hidden check")
        notebook.visible[result.student] = sum(cell.score for cell in result.cells) + gained
    return notebook


STATES = ("passed", "failed a hidden check", "not written", "failed", "a fault of the grader's")


def _state(cell: CellResult) -> str:
    if cell.status == "error":
        return STATES[4]
    if cell.status == "failed":
        return STATES[1 if cell.hidden else 2 if _UNWRITTEN in cell.message else 3]
    return STATES[0] if cell.status == "passed" else "by hand"


def _is_graded(cell: NotebookNode) -> bool:
    return is_test(cell) or is_manual(cell)


def _submitted(out: Path) -> Path | None:
    """The folder of submissions, as the grading run left it for the formgrader."""
    try:
        return Path(PyFileConfigLoader(CONFIG, path=str(out)).load_config().CourseDirectory.submitted_directory)
    except Exception:  # there is none, or somebody has written into it what Python does not run
        return None


def _times(submitted: Path, of: list[SubmissionResult]) -> Iterable[tuple[datetime, str]]:
    for result in of:
        try:
            said = (submitted / result.student / result.assignment / "timestamp.txt").read_text(encoding="utf-8")
            yield instant(said.strip(), UTC), result.student
        except (OSError, ValueError):
            continue


def _answers(out: Path, result: SubmissionResult) -> dict[str, str]:
    """grade_id -> what the student wrote, from the notebook as it ran; empty where there is none, or it is damaged."""
    path = out / "autograded" / result.student / result.assignment / f"{result.assignment}.ipynb"
    found = {}
    try:
        for cell in json.loads(path.read_bytes())["cells"]:
            about = cell["metadata"].get("nbgrader", {})
            if about.get("solution"):
                found[str(about["grade_id"])] = "".join(cell["source"])
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return {}
    return found


def _alike(master: NotebookNode, solved: NotebookNode, answers: dict[str, dict[str, str]]) -> list[tuple]:
    """The pairs of students whose answers are alike, each with those answers: (student, [(question, answer)]) twice."""
    is_code = {role(c)["grade_id"]: c.cell_type == "code" for c in master.cells if role(c).get("solution")}
    given = [similarity.runs(c.source, c.cell_type == "code") for c in [*master.cells, *solved.cells]]
    of = {
        student: {grade_id: similarity.runs(source, is_code.get(grade_id, True)) for grade_id, source in by.items()}
        for student, by in answers.items()
    }
    pairs = []
    for pair in similarity.similar({student: list(by.values()) for student, by in of.items()}, given)[:MOST_PAIRS]:
        # Of each of the two, the answers that hold what they share: helpers may stand in different places.
        sides = [
            sorted(((len(found & pair.shared), grade_id) for grade_id, found in of[student].items()), reverse=True)[:2]
            for student in (pair.one, pair.other)
        ]
        pairs.append(
            (pair, [
                (student, [(i, answers[student][i][:LONGEST_CODE]) for count, i in side if count])
                for student, side in zip((pair.one, pair.other), sides)
            ])
        )  # fmt: skip
    return pairs


def _examples(notebook: Notebook, answers: dict[str, dict[str, str]]) -> dict[tuple[str, str, str], str]:
    """(exercise, function, misconception) -> one student's answer, without what would tell whose."""
    found = {}
    for result in notebook.graded:
        for cell in result.cells:
            function = _function(cell)
            key = notebook.name, function, cell.misconception
            if cell.misconception and key not in found:
                code = anonymous(answers[result.student].get(function, ""), result.student)
                if code:
                    found[key] = code[:LONGEST_CODE]
    return found


def _function(cell: CellResult) -> str:
    """The function that a test is of: its finding begins with the name."""
    return cell.message.partition(":")[0].strip()


def anonymous(source: str, student: str) -> str:
    """An answer without comments, texts and names that could tell whose it is; empty where that is not certain."""
    parts = [part for part in re.split(r"[\W_]+", student.casefold()) if len(part) > 2]
    names = re.compile("|".join(map(re.escape, parts)), re.IGNORECASE) if parts else None
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr) and _is_text(body[0].value):
            body[0] = ast.copy_location(ast.Pass(), body[0])
            if len(body) > 1:
                del body[0]
        if _is_text(node) and not re.fullmatch(r"[a-zA-Z]{1,3}\d{0,2}|float\d+|int\d+|[a-z.,\->]{1,12}", node.value):
            node.value = "…"
        for key in ("id", "name", "arg", "asname"):
            text = getattr(node, key, None)
            if names and isinstance(text, str) and not hasattr(builtins, text):
                setattr(node, key, names.sub("student", text))
    try:
        code = ast.unparse(tree)
    except (RecursionError, ValueError):
        return ""
    return "" if names and names.search(code.replace("student", "")) else clean(code, LONGEST_CODE)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _misconceptions(notebooks: list[Notebook], examples: dict) -> list[dict]:
    """Each wrong idea that was met: whose, how many, one example; the most frequent first."""
    who: dict[tuple, list[str]] = defaultdict(list)
    for notebook in notebooks:
        for result in notebook.graded:
            for cell in result.cells:
                if cell.misconception:
                    who[notebook.name, _function(cell), cell.misconception].append(result.student)
    found = []
    for (exercise, function, name), students in who.items():
        bank = {idea.name: idea for idea in misconceptions.of_function(function, exercise)}
        said = bank[name].explanation if name in bank else name.replace("_", " ")
        found.append(
            {"assignment": exercise, "function": function, "name": name, "explanation": said, "students": students,
             "example": examples.get((exercise, function, name), "")}
        )  # fmt: skip
    return sorted(found, key=lambda idea: (-len(idea["students"]), idea["function"], idea["name"]))


def _failures(notebooks: list[Notebook], submitted: Path | None, out: Path) -> list[dict]:
    """What failed, grouped by check and by what it said (numbers set aside); the most frequent first, and last of all
    what was not written."""
    groups: dict[tuple, list[tuple[str, str]]] = defaultdict(list)
    for notebook in notebooks:
        for result in notebook.errors:
            groups[notebook.name, "the submission", _NUMBER.sub("#", result.message)].append(
                (result.student, result.message)
            )
        for result in notebook.graded:
            for cell in result.cells:
                if cell.status in ("failed", "error"):
                    head = cell.message.partition("\n")[0]
                    key = notebook.name, cell.grade_id, _NUMBER.sub("#", head)
                    groups[key].append((result.student, cell.message))
    found = []
    for (assignment, grade_id, _), members in groups.items():
        students = [student for student, _ in members]
        message = clean(members[0][1])
        found.append(
            {"assignment": assignment, "grade_id": grade_id, "head": message.partition("\n")[0], "message": message,
             "students": students, "command": regrade(submitted or Path("SUBMITTED"), out, assignment, students)}
        )  # fmt: skip
    return sorted(found, key=lambda of: (_UNWRITTEN in of["head"], -len(of["students"]), of["grade_id"], of["head"]))


def regrade(submitted: Path, out: Path, assignment: str, students: list[str]) -> str:
    """The command line that grades these students' submissions again."""
    words = ["python", "-m", "autograder", "grade", str(submitted), "--out", str(out), "--assignment", assignment]
    return shlex.join([*words, *(f"--student={student}" for student in students)])


def _write_data(folder: Path, notebooks: list, ideas: list, failures: list, pairs: list) -> None:
    """The numbers of the page, as CSV."""
    items = [
        "assignment",
        "question",
        "points",
        "graded_by",
        "n",
        *STATES,
        "mean",
        "difficulty",
        "discrimination",
        "flags",
    ]
    write_table(
        folder / "questions.csv", items,
        ([n.name, i.grade_id, i.points, "hand" if i.by_hand else "test", i.n, i.passed, i.hidden, i.unwritten, i.failed,
          i.faults, *map(_blank, (i.mean, i.difficulty, i.discrimination)), "; ".join(i.flags)]
         for n in notebooks for i in n.items),
    )  # fmt: skip
    write_table(
        folder / "notebooks.csv",
        ["assignment", "graded", "not_graded", "mean", "median", "alpha",
         *(f"up_to_{k * 10 + 10}_%" for k in range(BINS))],
        ([n.name, len(n.graded), len(n.errors), *n.middle, _blank(n.alpha), *n.bins] for n in notebooks),
    )  # fmt: skip
    write_table(
        folder / "misconceptions.csv", ["assignment", "function", "misconception", "student"],
        ([i["assignment"], i["function"], i["name"], s] for i in ideas for s in i["students"]),
    )  # fmt: skip
    write_table(
        folder / "failures.csv", ["assignment", "question", "message", "student"],
        ([f["assignment"], f["grade_id"], f["head"], s] for f in failures for s in f["students"]),
    )  # fmt: skip
    write_table(
        folder / "similar.csv", ["assignment", "student", "other", "shared_runs", "share"],
        ([n.name, pair.one, pair.other, len(pair.shared), round(pair.share, 4)] for n, pair, _ in pairs),
    )  # fmt: skip
    write_table(
        folder / "visible_and_hidden.csv", ["assignment", "student", "visible_score", "score", "max_score"],
        ([n.name, r.student, n.visible[r.student], sum(c.score for c in r.cells), sum(c.max_score for c in r.cells)]
         for n in notebooks for r in n.graded),
    )  # fmt: skip
    write_table(
        folder / "mended.csv", ["assignment", "student", "note"],
        ([n.name, r.student, note] for n in notebooks for r in n.graded for note in r.notes),
    )  # fmt: skip
    write_table(
        folder / "times.csv", ["assignment", "student", "handed_in_utc"],
        ([n.name, student, f"{time:%Y-%m-%d %H:%M:%S}"] for n in notebooks for time, student in n.times),
    )  # fmt: skip


def _blank(number: float) -> float | str:
    return "" if np.isnan(number) else round(float(number), 4)


def _page(notebooks: list, ideas: list, failures: list, pairs: list, students: int, submissions: int) -> str:
    templates = Environment(
        loader=PackageLoader("autograder"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters |= {"percent": _percent, "number": _number_of}
    source = {name: templates.loader.get_source(templates, name)[0] for name in ("page.css", "report.css", "sort.js")}
    style, script = source["page.css"] + source["report.css"], source["sort.js"]
    allowed = f"style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    policy = f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
    waiting = [n for n in notebooks if any(i.by_hand for i in n.items)]
    gaps = [
        (n, r, n.visible[r.student], sum(c.score for c in r.cells))
        for n in notebooks
        for r in n.graded
        if n.visible[r.student] > sum(c.score for c in r.cells) + 1e-9
    ]
    return templates.get_template("class_report.html").render(
        style=style, script=script, policy=policy, notebooks=notebooks, misconceptions=ideas, failures=failures,
        pairs=pairs, shown=SHOWN, students=students, submissions=submissions, waiting=waiting, few=item_analysis.FEW,
        states=STATES,
        gaps=sorted(gaps, key=lambda gap: gap[3] - gap[2]), fewest=similarity.FEWEST, run=similarity.RUN,
        mended=[(n, r) for n in notebooks for r in n.graded if r.notes], spread=_spread,
    )  # fmt: skip


def _spread(times: list[tuple[datetime, str]], bins: int = 24) -> list[tuple[int, datetime]]:
    """How many came in each of equal stretches of time: (number, beginning)."""
    first, last = times[0][0], times[-1][0]
    width = (last - first) / bins
    counts = Counter(min(int((time - first) / width), bins - 1) if width else 0 for time, _ in times)
    return [(counts[k], first + k * width) for k in range(bins if width else 1)]


def _percent(share: float) -> str:
    return "–" if np.isnan(share) else f"{share:.0%}".replace("%", " %")


def _number_of(value: float, digits: int = 2) -> str:
    return "–" if np.isnan(value) else f"{value:.{digits}f}".replace("-", "−")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
