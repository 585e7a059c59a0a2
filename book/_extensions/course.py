"""What this book adds to Sphinx: two directives that read the exercises, and a site that asks nobody for anything."""

import shutil
from importlib.resources import files
from pathlib import Path

import jupytext
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from autograder import misconceptions

ROOT = Path(__file__).resolve().parents[2]


class Generated(SphinxDirective):
    """A directive whose one argument names an exercise and whose content is MyST text made from its sources."""

    required_arguments = 1

    def run(self):
        name = self.arguments[0]
        lines = self.text(name).splitlines()
        return self.parse_content_to_nodes_from(lines)

    def parse_content_to_nodes_from(self, lines):
        self.content = StringList(lines, source=self.get_location())
        return self.parse_content_to_nodes()


class ExerciseCard(Generated):
    """`{exercise-card} softmax`: what the notebook asks, how hard, how important, how long, and where it is."""

    def text(self, name):
        source = ROOT / "solutions" / name / f"{name}.md"
        self.env.note_dependency(str(source))
        notebook = jupytext.read(source)
        course = notebook.metadata["course"]
        functions = [
            cell.metadata["nbgrader"]["grade_id"]
            for cell in notebook.cells
            if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution")
        ]
        points = sum(cell.metadata.get("nbgrader", {}).get("points", 0) for cell in notebook.cells)
        listed = ", ".join(f"`{function}`" for function in functions)
        return f"""\
:::{{admonition}} Exercise notebook: {course["title"]}
:class: exercise-card
{course["summary"]}

Difficulty
: {course["difficulty"]} of 5

Importance
: {course["importance"]} of 5

Time
: about {course["minutes"]} minutes

Points
: {points}

You write {listed}.

{{download}}`Download the notebook <../exercises/{name}/{name}.ipynb>` and open it in Jupyter, or open
`exercises/{name}/{name}.ipynb` in your copy of the course.
:::
"""


class WhatGoesWrong(Generated):
    """`{what-goes-wrong} softmax`: the misconceptions of an exercise, as the checks know them."""

    def text(self, name):
        self.env.note_dependency(misconceptions.source_of(name))
        parts = ["Each of these is a small program that the checks can run, and so can recognise."]
        for function, bank in misconceptions.of_exercise(name).items():
            listed = "\n".join(f"- **{m.title}.** {m.explanation}" for m in bank)
            parts.append(f":::{{dropdown}} `{function}`: {len(bank)} wrong ideas\n{listed}\n:::")
        return "\n\n".join(parts)


def leave_outside_scripts_out(app, pagename, templatename, context, doctree):
    """Takes out sphinx-thebe's scripts, which name a host that is not ours, on every page."""
    if "script_files" in context:
        context["script_files"] = [script for script in context["script_files"] if not _is_of_thebe(script)]


def _is_of_thebe(script) -> bool:
    described = f"{getattr(script, 'filename', script)} {getattr(script, 'attributes', '')}"
    return "thebe" in described.lower()


def copy_mathjax(app, exception):
    """Puts MathJax and its fonts (1.7 MB) into the site, from the installed package."""
    if exception or app.builder.format != "html":
        return
    source = Path(str(files("mathjax"))) / "static" / "mathjax" / "es5"
    target = Path(app.outdir) / "mathjax"
    fonts = Path("output", "chtml", "fonts")
    target.mkdir(exist_ok=True)
    shutil.copy(source / "tex-chtml.js", target)
    shutil.copytree(source / fonts, target / fonts, dirs_exist_ok=True)


def setup(app):
    app.add_directive("exercise-card", ExerciseCard)
    app.add_directive("what-goes-wrong", WhatGoesWrong)
    # After every extension that adds scripts.
    app.connect("html-page-context", leave_outside_scripts_out, priority=900)
    app.connect("build-finished", copy_mathjax)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
