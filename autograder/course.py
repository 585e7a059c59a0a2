"""Where the things of a course are, and how its notebooks are read.

solutions/<name>/<name>.md          what people edit: an exercise with solutions and hidden tests
_build/source/<name>/<name>.ipynb   the same as a notebook: nbgrader's source
exercises/<name>/<name>.ipynb       what students get
"""

from dataclasses import dataclass
from pathlib import Path

import jupytext
from nbformat import NotebookNode
from traitlets.config import Config, PyFileConfigLoader

CONFIG = "nbgrader_config.py"


class CourseError(Exception):
    """Something about the course itself is wrong; the text is one sentence for its instructor."""


@dataclass(frozen=True)
class Course:
    """A course by its folder, which holds `nbgrader_config.py` and `solutions/`."""

    root: Path

    @classmethod
    def find(cls, start: Path) -> "Course":
        """The course that `start` lies in; CourseError where there is none."""
        for folder in (start.resolve(), *start.resolve().parents):
            if (folder / CONFIG).is_file() and (folder / "solutions").is_dir():
                return cls(folder)
        raise CourseError(f"{start} is not inside a course: no folder above it has {CONFIG} and solutions/.")

    @property
    def exercises(self) -> Path:
        return self.root / "exercises"

    @property
    def source(self) -> Path:
        return self.root / "_build" / "source"

    @property
    def names(self) -> list[str]:
        """The exercises, in the order of the book's chapters; what has no chapter comes last, by name."""
        contents = self.root / "_toc.yml"
        chapters = contents.read_text(encoding="utf-8").split() if contents.is_file() else []
        places = {chapter.rpartition("/")[2]: place for place, chapter in enumerate(chapters)}
        names = (p.stem for p in (self.root / "solutions").glob("*/*.md") if p.stem == p.parent.name)
        return sorted(names, key=lambda name: (places.get(name, len(places)), name))

    def solution(self, name: str) -> Path:
        return self.root / "solutions" / name / f"{name}.md"

    def solved(self, name: str) -> NotebookNode:
        """The exercise with its solutions and hidden tests; cell ids and all else are a function of the text alone.
        CourseError where there is no such exercise or it cannot be read."""
        path = self.solution(name)
        if not path.is_file():
            raise CourseError(f"There is no exercise {name}; there are {', '.join(self.names)}.")
        try:
            notebook = jupytext.read(path, fmt="md:myst")
        except Exception as problem:  # jupytext raises whatever its parsers raise
            raise CourseError(f"{path} cannot be read as a MyST notebook: {problem}") from problem
        notebook.metadata = NotebookNode(kernelspec=notebook.metadata.get("kernelspec", {}))
        notebook.nbformat, notebook.nbformat_minor = 4, 5
        for index, cell in enumerate(notebook.cells):
            cell.id = cell.metadata.get("nbgrader", {}).get("grade_id", f"{name}-{index}")
        return notebook

    def title(self, name: str) -> str:
        """What people call an exercise."""
        return jupytext.read(self.solution(name), fmt="md:myst").metadata.get("course", {}).get("title", name)

    def reached_through(self, name: str) -> list[str]:
        """Given functions of an exercise that call the student's by name, and so belong to the student's side."""
        return jupytext.read(self.solution(name), fmt="md:myst").metadata.get("course", {}).get("reached_through", [])

    def nbgrader_config(self, root: Path) -> Config:
        """The course's nbgrader configuration, for the same layout of folders at `root`."""
        config = PyFileConfigLoader(CONFIG, path=str(self.root)).load_config()
        config.CourseDirectory.root = str(root)
        return config
