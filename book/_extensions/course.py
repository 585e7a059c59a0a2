"""What this book adds to Sphinx: two directives that read the exercises, and a site that asks nobody for anything."""

import shutil
from importlib.resources import files
from pathlib import Path

import jupytext
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from autograder import misconceptions

ROOT = Path(__file__).resolve().parents[2]
GITHUB = "https://github.com/"
MATHJAX = ["startup", "core", "input/tex", "output/chtml", "output/chtml/fonts/tex", "a11y/assistive-mml"]


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
        ways = "\n".join(f"- {way}" for way in self.ways(name))
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

{ways}
:::
"""

    def ways(self, name):
        """The ways to the notebook, each as a sentence or two."""
        if self.config.runs_in_browser:
            page = f'<a href="../exercise/{name}.html">solve it here</a>'
            yield f"**In the browser:** {page}, with nothing to install. The checks answer at once."
        else:
            yield "**In the browser:** not in this copy of the book, which was built without Python for the browser."
        yield f"**Download:** {{download}}`the notebook <../exercises/{name}/{name}.ipynb>`, for your own Jupyter."
        yield f"**In your copy of the course:** `exercises/{name}/{name}.ipynb`."
        repository = self.config.html_theme_options.get("repository_url", "").removesuffix("/")
        if repository.startswith(GITHUB):
            branch = self.config.html_theme_options.get("repository_branch") or "main"
            path = f"{repository.removeprefix(GITHUB)}/blob/{branch}/exercises/{name}/{name}.ipynb"
            yield (
                f"**In Colab:** [open it there](https://colab.research.google.com/github/{path}), and run "
                f"`%pip install git+{repository}` first."
            )


class WhatGoesWrong(Generated):
    """`{what-goes-wrong} softmax`: the misconceptions of an exercise, as the checks know them."""

    def text(self, name):
        self.env.note_dependency(misconceptions.source_of(name))
        parts = ["Each of these is a small program that the checks can run, and so can recognise."]
        for function, bank in misconceptions.of_exercise(name).items():
            listed = "\n".join(f"- **{m.title}.** {m.explanation}" for m in bank)
            parts.append(f":::{{dropdown}} `{function}`: {len(bank)} wrong ideas\n{listed}\n:::")
        return "\n\n".join(parts)


def write_mathjax(app, exception):
    """Puts MathJax and its fonts (1.4 MB) into the site, from the installed package.

    Its menu is left out: it weighs a third of all, and makes every formula a stop for the keyboard.
    """
    if exception or app.builder.format != "html":
        return
    source = Path(str(files("mathjax"))) / "static" / "mathjax" / "es5"
    target = Path(app.outdir) / "mathjax"
    fonts = Path("output", "chtml", "fonts")
    target.mkdir(exist_ok=True)
    # One file instead of six; the parts that follow the first are told to it as loaded.
    parts = [(source / f"{part}.js").read_text(encoding="utf-8") for part in MATHJAX]
    loaded = ", ".join(repr(part) for part in MATHJAX)
    script = ";\n".join([*parts, f"MathJax.loader.preLoad({loaded});\n"])
    (target / "tex-chtml.js").write_text(script, encoding="utf-8")
    shutil.copytree(source / fonts / "woff-v2", target / fonts / "woff-v2", dirs_exist_ok=True)


def setup(app):
    app.add_directive("exercise-card", ExerciseCard)
    app.add_directive("what-goes-wrong", WhatGoesWrong)
    app.connect("build-finished", write_mathjax)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
