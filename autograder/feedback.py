"""The feedback page of a submission: its answers, each beside what its checks found, without hidden tests, and harmless
to open. `HideTests`, `Harmless` and `markdown2html` do the same for the pages that nbgrader itself generates.

A page shows what students wrote and what their code printed. Their HTML is sanitised, and the page carries a policy
under which a browser runs no script and loads nothing. Formulas of the exercise are MathML, which needs no script;
those that a student wrote stay as they are written.
"""

import functools
import re
from collections.abc import Callable
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
MOST_ON_A_PAGE = 300_000  # characters of cells and of HTML outputs of a student's that are more than cut and escaped
LONGEST_LINE = 1000  # the lexer takes time that grows with the square of a line
# Open elements of these kinds are opened again in each element that follows: a short text can make gigabytes.
_FORMATTING = re.compile(r"<(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)\b", re.IGNORECASE)
MOST_TAGS, MOST_REOPENED = 6000, 200_000
MOST_ENVIRONMENTS = 50  # of TeX in Markdown, each of which is looked for to the end
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
    """HTML with text, tables, links and a little inline style alone; everything else is taken out. What would keep the
    parser busy comes back as text."""
    tags = html.count("<")
    long = len(html) > MOST_ON_A_PAGE or tags > MOST_TAGS
    if long or tags * len(_FORMATTING.findall(html)) > MOST_REOPENED:
        return _as_text(html)
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
    if len(source) > MOST_SHOWN or source.count("\\begin{") > MOST_ENVIRONMENTS:
        return _as_text(source)
    try:
        html = render_markdown(source)
    except Exception:  # whatever the converter cannot take is shown as it is written
        return _as_text(source)
    return sanitised(_BOOK.sub(rf'href="{BOOK_URL}/book/\1.html', _ANCHOR.sub("", html)))


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


def _as_text(source: str) -> str:
    return f"<pre>{escape(clean(source, MOST_SHOWN))}</pre>"


@functools.lru_cache(maxsize=2048)
def highlighted(source: str) -> str:
    """Python as HTML, with the colours of a few kinds of words alone; of very long lines, with none."""
    if len(source) > MOST_SHOWN or any(len(line) > LONGEST_LINE for line in source.splitlines()):
        return escape(clean(source, MOST_SHOWN))
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


class _Room:
    """What is left of a page for what takes time to show."""

    def __init__(self):
        self._left = MOST_ON_A_PAGE

    def holds(self, text: str) -> bool:
        self._left -= len(text)
        return self._left >= 0


def _parts(notebook: NotebookNode, results: dict[str, CellResult], comments: dict[str, str]) -> list[dict]:
    """The cells of a notebook as the template shows them; a test joins the answer before it that it is of."""
    answers = [role(cell)["grade_id"] for cell in notebook.cells if role(cell).get("solution")]
    parts: list[dict] = []
    room = _Room()

    def shown(source: str, show: Callable[[str], str]) -> str:
        return show(source) if room.holds(source) else escape(clean(source, 1000))

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
                 "is_text": is_text, "answer": shown(cell.source, markdown2html if is_text else highlighted),
                 "outputs": _outputs(cell, room), "comment": clean(comments.get(grade_id) or "")}
            )  # fmt: skip
        elif cell.cell_type == "code":
            code = shown(cell.source, highlighted)
            parts.append({"kind": "code", "code": code, "outputs": _outputs(cell, room), "added": added})
        else:
            html = shown(cell.source, markdown2html) if added else exercise_text(cell.source)
            parts.append({"kind": "text", "html": html, "added": added})
    return parts


def _card(cell: NotebookNode) -> str:
    """What a failed check published, as HTML; empty where there is none."""
    cards = [o.data["text/html"] for o in cell.outputs if FINDING_MIME in o.get("data", {}) and "text/html" in o.data]
    return sanitised("".join(cards[-1])) if cards else ""


def _outputs(cell: NotebookNode, room: _Room) -> list[tuple[str, str]]:
    """What a cell printed and showed: (image, html or text; content), of each output one form."""
    found = []
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            found.append(("text", clean("".join(output.text), MOST_SHOWN)))
        elif output.output_type == "error":
            found.append(("text", clean(f"{output.ename}: {output.evalue}", MOST_SHOWN)))
        else:
            data = output.get("data", {})
            if "text/html" in data and not room.holds("".join(data["text/html"])):
                data = {kind: content for kind, content in data.items() if kind != "text/html"}
            data = _harmless(data)
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
