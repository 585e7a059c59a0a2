"""The feedback page of a submission: the notebook as it ran, with scores, without hidden tests, and harmless to open.

A page shows what students wrote and what their code printed. Their HTML is sanitised, and the page carries a policy
under which a browser runs no script and loads nothing: formulas of the exercise stay as they are written.
"""

import functools
import re
from copy import deepcopy
from pathlib import Path

import nbformat
import nh3
from nbconvert.exporters import TemplateExporter
from nbconvert.filters import DataTypeFilter, Highlight2HTML
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
_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5",
    "h6", "hr", "i", "kbd", "li", "ol", "p", "pre", "s", "span", "strong", "sub", "sup", "table", "tbody", "td",
    "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"*": {"style", "role", "title"}, "a": {"href", "title"}}
_STYLES = {
    "background", "border-collapse", "border-left", "color", "display", "flex-wrap", "font-weight", "gap", "margin",
    "outline", "padding", "text-align",
}  # fmt: skip
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
    """HTML with text, tables, links and a little inline style alone; everything else is taken out."""
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        filter_style_properties=_STYLES,
        url_schemes={"http", "https", "mailto"},
        set_tag_attribute_values={"a": {"rel": "noopener noreferrer"}},
        link_rel=None,
    )


@functools.lru_cache(maxsize=512)
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
        # Most cells are the same in every submission.
        highlight = functools.lru_cache(512)(Highlight2HTML(parent=self._exporter))
        self._exporter.register_filter("highlight_code", lambda source, **_: highlight(source))
        # What has survived `Harmless` needs no sorting by the widgets that a notebook might hold.
        self._exporter.register_filter("filter_data_type", DataTypeFilter(parent=self._exporter))
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
        # Not HTMLExporter's own: it parses the whole page again, to add to images what is added here.
        resources = self._exporter._init_resources({"nbgrader": about_all})
        page, _ = TemplateExporter.from_notebook_node(self._exporter, notebook, resources)
        page = page.replace("<img src=", "<img alt='A figure that the notebook drew' src=")
        path.parent.mkdir(parents=True, exist_ok=True)
        page = _SCRIPT.sub("", page).replace("<head>", f"<head>\n{POLICY}", 1)
        path.write_text(page, encoding="utf-8")

    def write_error(self, path: Path, student: str, assignment: str, message: str) -> None:
        """Writes the page of a submission that could not be graded."""
        sentence = nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("stream", text=message)], id="error")
        self.write(path, student, assignment, nbformat.v4.new_notebook(cells=[sentence]), [], {}, [])
