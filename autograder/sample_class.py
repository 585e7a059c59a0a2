"""A class of invented students, to try the grader out on: `python -m autograder.sample_class FOLDER`.

They hand in right answers, some of them in other words, typical mistakes from the bank, gaps, a notebook in disorder,
and broken files. The same seed gives the same class, byte for byte.
"""

import ast
import inspect
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import numpy as np
from nbformat import NotebookNode

from . import misconceptions
from .course import Course
from .master import role, without_hidden_tests
from .misconceptions import Misconception
from .release import grading_master

_WEEK = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
Answers = dict[str, str]  # grade_id -> source of the answer
Student = Callable[["Exercise", np.random.Generator], bytes]


class Exercise:
    """What students get of an exercise, and the answers that its solutions give."""

    def __init__(self, course: Course, name: str):
        self.name = name
        self.notebook = grading_master(course, name)
        for cell in self.notebook.cells:
            cell.source = without_hidden_tests(cell.source)
        solutions = [cell for cell in course.solved(name).cells if role(cell).get("solution")]
        self.right: Answers = {role(cell)["grade_id"]: _without_marks(cell.source) for cell in solutions}

    def hand_in(self, answers: Answers) -> NotebookNode:
        """The notebook with these answers; what has none stays as it was given."""
        notebook = nbformat.from_dict(self.notebook)
        for cell in notebook.cells:
            if role(cell).get("solution"):
                cell.source = answers.get(role(cell)["grade_id"], cell.source)
        return notebook


def make_class(folder: Path, seed: int = 0, course: Course | None = None) -> list[str]:
    """Writes <student>/<exercise>/<exercise>.ipynb for 24 students to `folder`, each with its time in a timestamp.txt,
    as nbgrader has it; returns their names.

    course  whose exercises they hand in; else that of the working directory
    """
    course = course or Course.find(Path.cwd())
    exercises = {name: Exercise(course, name) for name in course.names}
    for number, (student, work) in enumerate(CLASS.items()):
        rng, clock = np.random.default_rng([seed, number]), np.random.default_rng([seed, number, 1])
        for name, exercise in exercises.items():
            # Not everybody hands in everything.
            if name == course.names[number % len(course.names)] or rng.random() < 0.7:
                path = Path(folder, student, name, f"{name}.ipynb")
                path.parent.mkdir(parents=True, exist_ok=True)
                if (content := work(exercise, rng)) is not None:
                    path.write_bytes(content)
                    # Within a week, and most of them towards its end.
                    time = _WEEK + timedelta(minutes=int(7 * 24 * 60 * clock.beta(4, 1.2)))
                    path.with_name("timestamp.txt").write_text(f"{time:%Y-%m-%d %H:%M:%S} UTC\n")
    return list(CLASS)


def flawless(exercise, rng):
    return _bytes(exercise.hand_in(exercise.right))


def without_comments(exercise, rng):
    """The right answers, in the words of another style."""
    return _bytes(exercise.hand_in({k: _restyled(v) for k, v in exercise.right.items()}))


def talkative(exercise, rng):
    """The right answers, with words on stderr and a warning at each call."""
    wrap = "    print('hm', file=sys.stderr)\n    warnings.warn('careful')\n    return _{0}(*args)"
    return _bytes(exercise.hand_in(_wrapped(exercise.right, "\n\nimport sys\nimport warnings", wrap)))


def in_lists(exercise, rng):
    """The right answers, with lists where others return arrays."""
    wrap = "    out = _{0}(*args)\n    return out.tolist() if isinstance(out, np.ndarray) else out"
    return _bytes(exercise.hand_in(_wrapped(exercise.right, "", wrap)))


def _wrapped(answers: Answers, imports: str, body: str) -> Answers:
    """Each function under another name, and one of its own name around it."""
    around = imports + "\n\n_{0} = {0}\n\n\ndef {0}(*args):\n" + body
    return {k: v + around.format(k) if f"def {k}(" in v else v for k, v in answers.items()}


def mistaken(exercise, rng):
    """At least one function, and more by chance, behaves like a misconception of the bank."""
    banks = {k: bank for k in exercise.right if (bank := misconceptions.of_function(k, exercise.name))}
    surely = rng.choice(sorted(banks)) if banks else None
    wrong = {
        function: source_of(bank[rng.integers(len(bank))])
        for function, bank in banks.items()
        if function == surely or rng.random() < 0.35
    }
    return _bytes(exercise.hand_in(exercise.right | wrong))


def unfinished(exercise, rng):
    """The first answers are right, the others are not written yet."""
    names = list(exercise.right)
    begun = names[: rng.integers(1, max(len(names), 2))]
    return _bytes(exercise.hand_in({name: exercise.right[name] for name in begun}))


def untouched(exercise, rng):
    return _bytes(exercise.notebook)


def in_disorder(exercise, rng):
    """The right answers; but the first test is deleted, an answer is there twice, another one has lost its id."""
    notebook = exercise.hand_in(exercise.right)
    answers = [cell for cell in notebook.cells if role(cell).get("solution")]
    tests = [cell for cell in notebook.cells if role(cell).get("grade") and cell not in answers]
    if answers and tests:
        notebook.cells.remove(tests[0])
        notebook.cells.append(nbformat.from_dict({**answers[0], "id": "copied"}))
        del answers[-1].metadata["nbgrader"]
    return _bytes(notebook)


def a_text_file(exercise, rng):
    return b"I did this on paper. May I bring it along?\n"


def an_empty_file(exercise, rng):
    return b""


def half_a_file(exercise, rng):
    content = flawless(exercise, rng)
    return content[: len(content) // 2]


def an_old_format(exercise, rng):
    return flawless(exercise, rng).replace(b'"nbformat": 4', b'"nbformat": 3')


def no_file(exercise, rng):
    return None


CLASS: dict[str, Student] = {
    "ada": flawless,
    "augustin": without_comments,
    "blaise": mistaken,
    "carl": flawless,
    "daniel": no_file,
    "emmy": flawless,
    "evariste": mistaken,
    "george": mistaken,
    "grace": talkative,
    "hypatia": mistaken,
    "isaac": mistaken,
    "joseph": mistaken,
    "kurt": half_a_file,
    "leonhard": in_lists,
    "maryam": mistaken,
    "niels": unfinished,
    "olga": unfinished,
    "pierre": a_text_file,
    "rene": untouched,
    "sofia": mistaken,
    "sophie": in_disorder,
    "tycho": an_old_format,
    "urania": an_empty_file,
    "yutaka": mistaken,
}


def source_of(wrong: Misconception) -> str:
    """The source of a misconception as a student would hand it in: under the name of the function, without docstring
    and decorator, and with what it uses of its bank before it."""
    # A bank may take over an idea of another one's, which comes last: both may use the name.
    banks = dict.fromkeys(map(inspect.getmodule, (wrong.run, inspect.unwrap(wrong.run))))
    tree = ast.parse("\n".join(map(inspect.getsource, banks)))
    defined = {name: node for node in tree.body for name in _names_defined(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.decorator_list = []
            if ast.get_docstring(node) and len(node.body) > 1:
                del node.body[0]
    idea, outer = wrong.run.__name__, wrong.run.__code__.co_qualname.partition(".")[0]
    answer = defined[idea] if outer == idea else _adapted(defined[outer], idea, wrong.of)
    needed, open_nodes = set(), [answer]
    while open_nodes:
        node = open_nodes.pop()
        if node not in needed:
            needed.add(node)
            open_nodes += [defined[n.id] for n in ast.walk(node) if isinstance(n, ast.Name) and n.id in defined]
    for node in ast.walk(answer) if outer == idea else ():
        if isinstance(node, ast.FunctionDef) and node.name == idea:
            node.name = wrong.of
        if isinstance(node, ast.Name) and node.id == idea:
            node.id = wrong.of
    before = [node for node in tree.body if node in needed and node is not answer]
    return "\n\n\n".join(ast.unparse(node) for node in [*before, answer])


def _adapted(adapter: ast.FunctionDef, idea: str, of: str) -> ast.FunctionDef:
    """What an adapter of the bank makes of an idea for the function `of`: its inner function, with the idea in it."""
    inner = next(node for node in adapter.body if isinstance(node, ast.FunctionDef))
    inner.name, inner.args.kwarg = of, None
    for node in ast.walk(inner):
        if isinstance(node, ast.Name) and node.id == adapter.args.args[0].arg:
            node.id = idea
        if isinstance(node, ast.Call):
            node.keywords = [keyword for keyword in node.keywords if keyword.arg]
    return inner


def _names_defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and not node.level):
        return [(alias.asname or alias.name).partition(".")[0] for alias in node.names]
    return []


def _without_marks(source: str) -> str:
    marks = ("### BEGIN SOLUTION", "### END SOLUTION")
    return "\n".join(line for line in source.split("\n") if line.strip() not in marks)


def _restyled(source: str) -> str:
    try:
        return ast.unparse(ast.parse(source))
    except SyntaxError:  # an answer in words
        return source


def _bytes(notebook: NotebookNode) -> bytes:
    return (nbformat.writes(notebook) + "\n").encode()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Which folder? Say: python -m autograder.sample_class FOLDER")
    names = make_class(Path(sys.argv[1]))
    print(f"✓ {len(names)} students have handed in to {sys.argv[1]}.")
