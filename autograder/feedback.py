"""The feedback page of a submission: the notebook as it ran, with scores, without hidden tests, and harmless to open.

A page shows what students wrote and what their code printed. Their HTML is sanitised, and the page carries a policy
under which a browser runs no script and loads nothing: formulas of the exercise stay as they are written.
"""

import re
from copy import deepcopy
from pathlib import Path

import nbformat
from bleach import ALLOWED_ATTRIBUTES, ALLOWED_TAGS
from bleach import clean as bleach_clean
from bleach.css_sanitizer import ALLOWED_CSS_PROPERTIES, CSSSanitizer
from nbconvert.filters import markdown2html as render_markdown
from nbformat import NotebookNode
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor

from .course import Course
from .master import is_test, role, without_hidden_tests
from .results import CellResult, clean

POLICY = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data:; font-src data:; base-uri 'none'; form-action 'none'\">"
)
_TAGS = ALLOWED_TAGS | {
    "br", "dd", "del", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "kbd", "p", "pre", "s",
    "span", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
}  # fmt: skip
_STYLES = ALLOWED_CSS_PROPERTIES | {
    "border-collapse", "border-left", "display", "flex-wrap", "gap", "margin", "outline", "padding",
} - {"position"}  # fmt: skip
# Of the template's: MathJax from a server far away, which the policy would keep from running.
_SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL | re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")


class HideTests(NbGraderPreprocessor):
    """Takes hidden tests out of a notebook that has run, and the tracebacks that would quote them."""

    def preprocess_cell(self, cell, resources, cell_index):
        if is_test(cell):
            cell.source = without_hidden_tests(cell.source)
            for output in cell.outputs:
                if output.output_type == "error":
                    first = clean(output.evalue or output.ename).partition("\n")[0]
                    output.traceback = [f"✗ {first}"]
        return cell, resources


class Harmless(NbGraderPreprocessor):
    """Leaves of each output plain text without controls, PNG and JPEG images, and HTML of which nothing acts."""

    def preprocess_cell(self, cell, resources, cell_index):
        for output in cell.get("outputs", []):
            if "data" in output:
                output.data = NotebookNode(_harmless(output.data))
                output.metadata = NotebookNode()
            if "text" in output:
                output.text = clean(output.text, len(output.text))
        if "outputs" in cell:
            cell.outputs = [output for output in cell.outputs if output.get("data", True)]
        return cell, resources


def sanitised(html: str) -> str:
    """HTML with text, tables and inline style alone; everything else is escaped."""
    return bleach_clean(
        html,
        tags=_TAGS,
        attributes=ALLOWED_ATTRIBUTES | {"*": ["style", "role", "alt", "title"]},
        css_sanitizer=CSSSanitizer(allowed_css_properties=_STYLES),
    )


def markdown2html(source: str) -> str:
    """Markdown of a student's, for the template of nbgrader's feedback."""
    return sanitised(render_markdown(source))


def _harmless(data: dict) -> dict:
    kept = {}
    for kind, content in data.items():
        content = "".join(content) if isinstance(content, list) else content
        if not isinstance(content, str):
            continue
        if kind == "text/plain":
            kept[kind] = clean(content, len(content))
        elif kind in ("image/png", "image/jpeg") and _BASE64.fullmatch(content):
            kept[kind] = content
        elif kind == "text/html":
            kept[kind] = sanitised(content)
    return kept


class FeedbackPages:
    """Writes feedback pages by nbgrader's template."""

    def __init__(self, course: Course):
        config = course.nbgrader_config(course.root)
        converter = GenerateFeedback(coursedir=CourseDirectory(config=config), config=config)
        self._exporter = converter.exporter_class(parent=converter, config=converter.config)
        for step in converter.preprocessors:
            # Scores and comments are put in here, and not read from a gradebook for each page.
            if step != "nbgrader.preprocessors.GetGrades":
                self._exporter.register_preprocessor(step, enabled=True)

    def write(
        self, path: Path, student: str, assignment: str, notebook: NotebookNode, cells: list[CellResult],
        comments: dict[str, str], notes: list[str],
    ) -> None:  # fmt: skip
        """Writes the page of an executed notebook.

        cells     the scores to show
        comments  grade_id of an answer -> what a person, or the grader, says of it
        notes     what had to be mended, shown at the top
        """
        scores = {cell.grade_id: cell for cell in cells}
        notebook = deepcopy(notebook)
        for cell in notebook.cells:
            about = role(cell)
            if about.get("grade_id") in scores:
                result = scores[about["grade_id"]]
                about |= {"score": result.score, "points": result.max_score}
            if about.get("solution"):
                about["comment"] = comments.get(about["grade_id"])
        if notes:
            lines = "\n".join(f"- {note}" for note in notes)
            notebook.cells.insert(0, nbformat.v4.new_markdown_cell(f"**Mended before grading**\n\n{lines}", id="notes"))
        about_all = {
            "student": student,
            "assignment": assignment,
            "notebook": assignment,
            "score": sum(cell.score for cell in cells),
            "max_score": sum(cell.max_score for cell in cells),
            "late_penalty": 0,
        }
        page, _ = self._exporter.from_notebook_node(notebook, resources={"nbgrader": about_all})
        path.parent.mkdir(parents=True, exist_ok=True)
        page = _SCRIPT.sub("", page).replace("<head>", f"<head>\n{POLICY}", 1)
        path.write_text(page, encoding="utf-8")

    def write_error(self, path: Path, student: str, assignment: str, message: str) -> None:
        """Writes the page of a submission that could not be graded."""
        sentence = nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("stream", text=message)], id="error")
        self.write(path, student, assignment, nbformat.v4.new_notebook(cells=[sentence]), [], {}, [])
