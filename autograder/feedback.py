"""The feedback page of a submission: its answers, each beside what its checks found, without hidden tests, and harmless
to open. `HideTests`, `Harmless` and `markdown2html` do the same for the pages that nbgrader itself generates.

A page shows what students wrote and what their code printed. Their HTML is sanitised, and the page carries a policy
under which a browser runs no script and loads nothing. Formulas of the exercise are MathML, which needs no script;
those that a student wrote stay as they are written.
"""

import functools
import re
from dataclasses import replace
from html import escape

import nh3
from jinja2 import Environment, PackageLoader
from latex2mathml.converter import convert
from nbconvert.filters import markdown2html as render_markdown
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from pygments.lexers import PythonLexer
from pygments.token import Token

from .course import Course
from .master import is_test, role, without_hidden_tests
from .messages import BOOK_URL, FINDING_MIME
from .results import CellResult, SubmissionResult, clean

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
_COLOURS = {
    "k": (Token.Keyword, Token.Operator.Word),
    "s": (Token.Literal.String,),
    "m": (Token.Literal.Number,),
    "c": (Token.Comment,),
    "d": (Token.Name.Function, Token.Name.Class),
}
MOST_SHOWN = 20_000  # characters of one output
# Exercises link to chapters by their files; and a heading's link to itself leads nowhere on a page without ids.
_BOOK = re.compile(r'href="(?:\.\./)*book/(\w+)\.md')
_ANCHOR = re.compile(r'<a class="anchor-link"[^>]*>[^<]*</a>')
# What is in backquotes is code, whatever dollars it holds.
_FORMULA = re.compile(r"(?P<code>(`+).*?\2)|\$\$(?P<block>.+?)\$\$|\$(?P<inline>[^$\n]+)\$", re.DOTALL)
_PLACE = "\N{OBJECT REPLACEMENT CHARACTER}"
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
    html = _BOOK.sub(rf'href="{BOOK_URL}/book/\1.html', _ANCHOR.sub("", render_markdown(source)))
    return sanitised(html)


@functools.lru_cache(maxsize=512)
def exercise_text(source: str) -> str:
    """Markdown of the course's own, with its formulas as MathML. Never for a student's: TeX can hold HTML and links."""
    formulas = []

    def set_aside(found: re.Match) -> str:
        if found["code"]:
            return found[0]
        try:
            formulas.append(convert(found["block"] or found["inline"], display="block" if found["block"] else "inline"))
        except Exception:  # whatever the converter does not know is shown as it is written
            return found[0]
        return _PLACE

    html = markdown2html(_FORMULA.sub(set_aside, source.replace(_PLACE, "")))
    return re.sub(_PLACE, lambda _: formulas.pop(0), html)


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


@functools.lru_cache(maxsize=2048)
def highlighted(source: str) -> str:
    """Python as HTML, with the colours of a few kinds of words alone."""
    parts = []
    for kind, text in PythonLexer(stripnl=False, ensurenl=False).get_tokens(clean(source, len(source))):
        css = next((css for css, of in _COLOURS.items() if any(kind in one for one in of)), "")
        parts.append(f'<span class="{css}">{escape(text)}</span>' if css and text.strip() else escape(text))
    return "".join(parts)


class FeedbackPages:
    """Makes feedback pages, as HTML: the notebook in its order, each answer beside what its checks found."""

    def __init__(self, course: Course):
        self._course = course
        templates = Environment(
            loader=PackageLoader("autograder"), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        self._template = templates.get_template("feedback.html")
        self._style = "".join(templates.loader.get_source(templates, n)[0] for n in ("page.css", "feedback.css"))
        self._title = functools.cache(course.title)

    def page(
        self, notebook: NotebookNode | None, result: SubmissionResult, comments: dict[str, str], due: str = ""
    ) -> str:
        """The page of a submission.

        notebook  as it ran; None where it could not be graded
        result    its scores, what had to be mended, and what rules have made of the score; or why it was not graded
        comments  grade_id of an answer -> what a person, or the grader, says of it
        due       a sentence that says when it was due, where that is known
        """
        cells = {cell.grade_id: replace(cell, message=clean(cell.message)) for cell in result.cells}
        return self._template.render(
            style=self._style, policy=POLICY, title=self._title(result.assignment), due=due,
            result=replace(result, message=clean(result.message)),
            chapter=f"{BOOK_URL}/book/{result.assignment}.html",
            parts=_parts(notebook, cells, comments) if notebook else [],
        )  # fmt: skip


def _parts(notebook: NotebookNode, results: dict[str, CellResult], comments: dict[str, str]) -> list[dict]:
    """The cells of a notebook as the template shows them; a test joins the answer before it that it is of."""
    answers = [role(cell)["grade_id"] for cell in notebook.cells if role(cell).get("solution")]
    parts: list[dict] = []
    for cell in notebook.cells:
        grade_id = role(cell).get("grade_id", "")
        added = bool(cell.metadata.get("autograder", {}).get("added"))
        if is_test(cell):
            of = max((name for name in answers if grade_id.startswith(f"test_{name}")), key=len, default=None)
            joined = parts[-1] if parts and parts[-1].get("name") == of and not parts[-1]["result"] else None
            if joined is None:
                joined = {"kind": "question", "name": of or grade_id, "answer": None, "comment": None}
                parts.append(joined)
            joined |= {"id": grade_id, "result": results.get(grade_id), "card": _card(cell)}
            joined["test"] = highlighted(without_hidden_tests(cell.source).strip())
        elif role(cell).get("solution"):
            is_text = cell.cell_type != "code"
            parts.append(
                {"kind": "question", "id": grade_id, "name": grade_id, "result": results.get(grade_id), "card": "",
                 "is_text": is_text, "answer": (markdown2html if is_text else highlighted)(cell.source),
                 "outputs": _outputs(cell), "comment": clean(comments.get(grade_id) or "")}
            )  # fmt: skip
        elif cell.cell_type == "code":
            code = highlighted(cell.source)
            parts.append({"kind": "code", "code": code, "outputs": _outputs(cell), "added": added})
        else:
            html = (markdown2html if added else exercise_text)(cell.source)
            parts.append({"kind": "text", "html": html, "added": added})
    return parts


def _card(cell: NotebookNode) -> str:
    """What a failed check published, as HTML; empty where there is none."""
    cards = [o.data["text/html"] for o in cell.outputs if FINDING_MIME in o.get("data", {}) and "text/html" in o.data]
    return sanitised("".join(cards[-1])) if cards else ""


def _outputs(cell: NotebookNode) -> list[tuple[str, str]]:
    """What a cell printed and showed: (image, html or text; content), of each output one form."""
    found = []
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            found.append(("text", clean("".join(output.text), MOST_SHOWN)))
        elif output.output_type == "error":
            found.append(("text", clean(f"{output.ename}: {output.evalue}", MOST_SHOWN)))
        else:
            data = _harmless(output.get("data", {}))
            for kind in ("image/png", "image/jpeg"):
                if kind in data:
                    found.append(("image", f"{kind};base64,{''.join(data[kind].split())}"))
                    break
            else:
                if "text/html" in data:
                    found.append(("html", data["text/html"]))
                elif "text/plain" in data:
                    found.append(("text", clean(data["text/plain"], MOST_SHOWN)))
    return [(kind, content) for kind, content in found if content.strip()]
