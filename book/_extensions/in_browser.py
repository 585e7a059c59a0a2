"""Python in the book: a page to solve each exercise on, and chapters whose code runs where it stands.

Into the site go the pages `exercise/<name>.html` with their notebooks, and a folder `in_browser` with the scripts of
`book/in_browser/`, Pyodide, the student's part of `autograder` and an editor. Where Pyodide could not be fetched, none
of this is there and the pages say so.
"""

import html
import json
import re
import shutil
import zipfile
from importlib.resources import files
from pathlib import Path

import autograd
import IPython
import jupytext
import nbformat
import pyodide_distribution
from docutils import nodes
from jinja2 import Environment, FileSystemLoader
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from sphinx.util.docutils import SphinxDirective

import autograder
from autograder.course import Course

COURSE = Course(Path(__file__).resolve().parents[2])
SOURCE = COURSE.root / "book" / "in_browser"
TOC = COURSE.root / "_toc.yml"
PACKAGE = Path(autograder.__file__).parent
SITE = "in_browser"
PYODIDE = f"pyodide-{pyodide_distribution.VERSION}"
EDITOR = [
    "lib/codemirror.js",
    "lib/codemirror.css",
    "mode/python/python.js",
    "addon/edit/matchbrackets.js",
    "addon/comment/comment.js",
]


class MyProgress(SphinxDirective):
    """`{my-progress}`: a table of all checks, in which the reader's browser marks those that have passed."""

    def run(self):
        for path in (TOC, *map(_released, COURSE.names)):
            self.env.note_dependency(str(path))
        if not self.config.runs_in_browser:
            sentence = "In this copy of the book nothing runs in the browser, and so there is no progress to show."
            return [nodes.paragraph("", sentence)]
        exercises = [
            {
                "name": name,
                "title": _title(name),
                "checks": [cell for cell in _cells(name) if cell["role"] == "test"],
            }
            for name in COURSE.names
        ]
        root = "../" * self.env.docname.count("/")
        return [
            nodes.raw(
                "", TEMPLATES.get_template("my-progress.html").render(exercises=exercises, root=root), format="html"
            )
        ]


def exercise_pages(app):
    """One page for each exercise, in the look of the book."""
    if not app.config.runs_in_browser:
        return
    for name in COURSE.names:
        body = TEMPLATES.get_template("exercise.html").render(name=name, cells=_cells(name))
        pagename = f"exercise/{name}"
        # The mathematics of the page is typeset as it is everywhere else.
        app.env.get_domain("math").data["has_equations"][pagename] = True
        title = f"Exercise: {_title(name)}"
        # The second of them is what heads the page in print.
        yield pagename, {"title": title, "pagetitle": title, "body": body}, "page.html"


def name_code_cells(app, doctree):
    """Gives each code cell of a page an id, under which the page's script finds its source."""
    for cell in doctree.findall(
        lambda node: node.get("nb_element") == "cell_code" if isinstance(node, nodes.Element) else False
    ):
        cell["ids"].append(f"cell-{cell['cell_index']}")


def add_scripts(app, pagename, templatename, context, doctree):
    """The scripts and styles, on every page; a page with code that runs says so to them."""
    if not app.config.runs_in_browser:
        return
    app.add_css_file(f"../{SITE}/in_browser.css")
    kind = "exercise" if pagename.startswith("exercise/") else "book"
    # Before the scripts of the theme: on an exercise's page Python starts here.
    app.add_js_file(f"../{SITE}/start.js", priority=0, **{"data-page": kind})
    if doctree is not None and _sources(app, pagename):
        context["body"] += f'<div data-chapter="{Path(pagename).name}" hidden></div>'


def write_site(app):
    """Puts everything but the pages themselves into the site."""
    if app.builder.format != "html" or not app.config.runs_in_browser:
        return
    out = Path(app.outdir)
    target = out / SITE
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(SOURCE, target, ignore=shutil.ignore_patterns("python", "templates", "offline.js", "__pycache__"))
    # A service worker serves the folder that it lies in.
    shutil.copy(SOURCE / "offline.js", out)
    _write_python(target)
    _write_editor(target / "codemirror")
    (out / "exercise").mkdir(exist_ok=True)
    for name in COURSE.names:
        shutil.copy(_released(name), out / "exercise")


def write_chapters(app, exception):
    """The code of each page, for the page's script: all of it, since what is shown builds on what is not."""
    if exception or app.builder.format != "html" or not app.config.runs_in_browser:
        return
    folder = Path(app.outdir) / SITE / "chapters"
    folder.mkdir(exist_ok=True)
    for docname in app.env.found_docs:
        if sources := _sources(app, docname):
            (folder / f"{Path(docname).name}.json").write_text(json.dumps(sources), encoding="utf-8")


def _sources(app, docname):
    """The code cells of a page, [{id, source}], or nothing where it shows none."""
    path = Path(app.env.doc2path(docname))
    text = path.read_text(encoding="utf-8")
    if "{code-cell}" not in text:
        return []
    notebook = jupytext.read(path, fmt="md:myst")
    cells = list(enumerate(notebook.cells))
    code = [(index, cell) for index, cell in cells if cell.cell_type == "code"]
    if all({"remove-cell", "remove-input"} & set(cell.metadata.get("tags", [])) for _, cell in code):
        return []
    return [{"id": f"cell-{index}", "source": cell.source} for index, cell in code]


def _write_python(target):
    """Pyodide, the packages that it loads, and `course.zip` with what cells of this course import."""
    folder = target / PYODIDE
    folder.mkdir()
    packages = {name.partition("-")[0]: name for name in pyodide_distribution.SUMS if name.endswith(".whl")}
    for name in pyodide_distribution.SUMS:
        shutil.copy(pyodide_distribution.cache() / name, folder)
    # Packages are unpacked by kernel.js itself, so Pyodide need not know of any.
    info = {"arch": "wasm32", "platform": "emscripten_3_1_58", "abi_version": "2024_0"}
    info |= {"python": pyodide_distribution.PYTHON, "version": pyodide_distribution.VERSION}
    (target / "lock.json").write_text(json.dumps({"info": info, "packages": {}}))
    with zipfile.ZipFile(target / "course.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sorted(_course_files()):
            # Without the time of day: the same files make the same archive.
            archive.writestr(zipfile.ZipInfo(name), path.read_bytes(), zipfile.ZIP_DEFLATED)
    matplotlib = [packages[name] for name in packages if name != "numpy"]
    first = [path for path in folder.iterdir() if path.name not in matplotlib]
    contents = {
        "folder": PYODIDE,
        "files": list(pyodide_distribution.SUMS),
        "numpy": packages["numpy"],
        "matplotlib": matplotlib,
        # What is fetched before the first cell can run.
        "bytes": sum(path.stat().st_size for path in [*first, target / "course.zip"]),
    }
    (target / "distribution.js").write_text(f"export default {json.dumps(contents)};\n")


def _course_files():
    """(name in course.zip, file) of everything of this course, and for it, that cells may import or open."""
    for path in (PACKAGE / "__init__.py", PACKAGE / "digits.csv", *_students_part()):
        yield f"autograder/{path.relative_to(PACKAGE).as_posix()}", path
    for path in (SOURCE / "python").rglob("*.py"):
        yield path.relative_to(SOURCE / "python").as_posix(), path
    yield "figures.py", COURSE.root / "book" / "figures.py"
    # IPython shows values by this module, which stands on its own.
    for name in ("lib/__init__.py", "lib/pretty.py"):
        yield f"IPython/{name}", Path(IPython.__file__).parent / name
    library = Path(autograd.__file__).parent
    for path in library.rglob("*.py"):
        yield f"autograd/{path.relative_to(library).as_posix()}", path


def _students_part():
    """The modules of `autograder` that notebooks, chapters and misconceptions import, and what those import in turn."""
    banks = list((PACKAGE / "misconceptions").glob("*.py"))
    readers = [*map(_released, COURSE.names), *(COURSE.root / "book").glob("*.md"), *banks]
    waiting, found = readers, set(banks)
    while waiting:
        text = waiting.pop().read_text(encoding="utf-8")
        for name in re.findall(r"from (?:autograder)?\.(\w+) import|from (?:autograder|\.) import (\w+)", text):
            path = PACKAGE / f"{''.join(name)}.py"
            if path.is_file() and path not in found:
                found.add(path)
                waiting.append(path)
    return found


def _write_editor(target):
    """CodeMirror, as the package nbclassic carries it."""
    target.mkdir()
    folder = Path(str(files("nbclassic"))) / "static" / "components" / "codemirror"
    for name in EDITOR:
        shutil.copy(folder / name, target)


def _released(name):
    return COURSE.root / "exercises" / name / f"{name}.ipynb"


def _title(name):
    return jupytext.read(COURSE.solution(name), fmt="md:myst").metadata["course"]["title"]


def _cells(name):
    """What the page shows of each cell: its id, role, title and HTML."""
    cells = []
    for cell in nbformat.read(_released(name), as_version=4).cells:
        role = _role(cell)
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        title = grade_id.removeprefix("test_") if grade_id else "the example"
        shown = MARKDOWN.render(cell.source) if role in ("text", "words") else _highlighted(cell.source)
        cells.append({"id": cell.id, "role": role, "title": title, "source": cell.source, "html": shown})
    return cells


def _role(cell):
    """text, words (an answer in words), given, solution, test, or free (an example to play with)."""
    graded = cell.metadata.get("nbgrader", {})
    if cell.cell_type != "code":
        return "words" if graded.get("solution") else "text"
    if graded.get("solution"):
        return "solution"
    if graded.get("grade"):
        return "test"
    return "given" if graded.get("locked") else "free"


def _highlighted(source):
    shown = highlight(source, PythonLexer(), HtmlFormatter())
    # A long line scrolls in its box, and so the box must take the keyboard.
    shown = shown.replace("<pre>", '<pre tabindex="0">')
    return f'<div class="highlight-ipython3 notranslate">{shown}</div>'


def _mathematics(content, options):
    """For MathJax, as Sphinx writes it; `options` of the plugin say whether it is a display."""
    left, right = ("\\[", "\\]") if options["display_mode"] else ("\\(", "\\)")
    return f"{left}{html.escape(content)}{right}"


def _markdown():
    parser = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, renderer=_mathematics)
    parser.add_render_rule("link_open", _open_link)
    return parser


def _open_link(self, tokens, index, options, env):
    """A link to a chapter's source leads to its page."""
    address = tokens[index].attrs["href"]
    tokens[index].attrs["href"] = re.sub(r"^(?:\.\./)+book/(\w[\w-]*)\.md", r"../book/\1.html", address)
    return self.renderToken(tokens, index, options, env)


MARKDOWN = _markdown()
TEMPLATES = Environment(loader=FileSystemLoader(SOURCE / "templates"), trim_blocks=True, lstrip_blocks=True)


def _is_complete(config):
    """Whether what runs Python in the browser is on this machine, and so comes into the site."""
    return not pyodide_distribution.missing(pyodide_distribution.cache())


def setup(app):
    app.add_config_value("runs_in_browser", _is_complete, "env", types=[bool])
    app.add_directive("my-progress", MyProgress)
    app.connect("builder-inited", write_site)
    app.connect("doctree-read", name_code_cells)
    app.connect("html-collect-pages", exercise_pages)
    app.connect("html-page-context", add_scripts)
    app.connect("build-finished", write_chapters)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
