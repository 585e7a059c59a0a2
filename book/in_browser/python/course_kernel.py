"""Runs the cells of a notebook inside Pyodide, as far as possible as Jupyter's own kernel would.

`send` passes a plain dict to the page. A cell's outputs are dicts of Jupyter's kinds:

    {"output_type": "stream", "name": "stdout", "text": ...}
    {"output_type": "display_data", "data": {MIME type: text}}, and "execute_result" for a last expression
    {"output_type": "error", "ename": ..., "evalue": ..., "traceback": [lines]}
    {"output_type": "clear"}
"""

import ast
import base64
import builtins
import importlib
import io
import linecache
import logging
import sys
import time
import traceback
import types
import warnings
from collections.abc import Callable

from IPython.lib.pretty import pretty

LONGEST_TEXT = 200_000
MOST_VALUES = 500  # that one cell shows
FLUSH_AFTER = 0.05
REPRESENTATIONS = {
    "text/html": "_repr_html_",
    "image/svg+xml": "_repr_svg_",
    "image/png": "_repr_png_",
}

send: Callable[[dict], None]
figure_format = "png"
_values_shown = 0
_main = types.ModuleType("__main__")
# By cell: the functions and classes that it left behind, each with what bore the name before.
_defined: dict[str, dict[str, tuple]] = {}


def start(send_to_page: Callable[[dict], None], fetch_matplotlib: Callable[[], None]) -> None:
    """Prepares the process for cells.

    send_to_page      called with each output
    fetch_matplotlib  called once, before Matplotlib is imported; puts its packages on the path
    """
    global send
    send = send_to_page
    sys.modules["__main__"] = _main
    sys.stdout, sys.stderr = _Stream("stdout"), _Stream("stderr")
    builtins.input = _no_input
    builtins.display = display  # a notebook has it without asking
    warnings.formatwarning = _one_line_warning
    sys.meta_path.insert(0, _MatplotlibOnDemand(fetch_matplotlib))


def run(source: str, name: str) -> bool:
    """Runs one cell; whether it came to its end without an exception.

    What the cell of this name defined when it ran before, and nobody has replaced since, is gone first: a function that
    was deleted or renamed is then as unknown to a check as it is when the notebook is graded.

    name  what tracebacks call the cell
    """
    names = _main.__dict__
    for known, (value, earlier) in _defined.pop(name, {}).items():
        if names.get(known) is value:
            del names[known]
            if earlier is not None:
                names[known] = earlier
    before = dict(names)
    global _values_shown
    _values_shown = 0
    sys.stdout.room = sys.stderr.room = LONGEST_TEXT
    ok = True
    try:
        _execute(source, name)
    except BaseException as error:  # SystemExit and an interrupt too: the kernel lives on
        ok = False
        _flush()
        _send_error(error)
    try:
        send_figures()
    except Exception as error:
        ok = False
        _send_error(error)
    _flush()
    _defined[name] = {
        known: (value, before.get(known))
        for known, value in names.items()
        if before.get(known) is not value and isinstance(value, (type, types.FunctionType))
    }
    return ok


def display(*values) -> None:
    """Shows values, each in the richest way it has."""
    for value in values:
        _send_value(value, "display_data")


def clear_output(wait: bool = False) -> None:
    """Takes away what the cell has shown so far."""
    _flush()
    send({"output_type": "clear"})


def _execute(source: str, name: str) -> None:
    source = _without_magics(source)
    # Tracebacks, and inspect.getsource, find the lines of a cell by its name.
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    tree = _DeferPyplot().visit(ast.parse(source, name))
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec"), _main.__dict__)
    if last is None:
        return
    value = eval(compile(ast.Expression(last.value), name, "eval"), _main.__dict__)
    if value is not None and not _ends_in_semicolon(source):
        _main.__dict__["_"] = value
        _send_value(value, "execute_result")


def _without_magics(source: str) -> str:
    """IPython's own commands become comments, save in a cell that is Python as it stands."""
    try:
        ast.parse(source)
        return source
    except SyntaxError:
        pass
    lines = []
    for line in source.split("\n"):
        command = line.strip()
        if command.startswith(("%", "!")):
            if not command.startswith("%matplotlib"):
                print(f"{command.split()[0]} is a command of Jupyter; it does nothing in the browser.", file=sys.stderr)
            line = line.replace(command, f"pass  # {command}")
        lines.append(line)
    return "\n".join(lines)


def _ends_in_semicolon(source: str) -> bool:
    code = [line for line in source.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return bool(code) and code[-1].partition("  #")[0].rstrip().endswith(";")


def _send_value(value, output_type: str) -> None:
    global _values_shown
    _values_shown += 1
    if _values_shown > MOST_VALUES:
        if _values_shown == MOST_VALUES + 1:
            print("... (more was shown than a page can hold)")
        return
    _flush()
    if _is_figure(value):
        _send_figure(value)
        return
    data = {"text/plain": pretty(value)[:LONGEST_TEXT]}
    for mime, method in REPRESENTATIONS.items():
        make = getattr(value, method, None)
        if callable(make) and not isinstance(value, type) and (content := make()) is not None:
            data[mime] = base64.b64encode(content).decode() if isinstance(content, bytes) else str(content)
    send({"output_type": output_type, "data": data})


def _send_error(error: BaseException) -> None:
    # A failed check says everything in its card; the lines of its traceback are the grader's.
    finding = getattr(error, "finding", None)
    if finding is not None:
        send({"output_type": "display_data", "data": {"text/plain": finding.text, "text/html": finding.card}})
    lines = error._render_traceback_() if finding is not None else _readable(error)
    send(
        {"output_type": "error", "ename": type(error).__name__, "evalue": str(error), "traceback": lines},
    )


def _readable(error: BaseException) -> list[str]:
    """The traceback from the student's own lines on, without the kernel's and without what lies in libraries."""
    if isinstance(error, KeyboardInterrupt):
        return ["Stopped. What the cell had done until then stays."]
    if isinstance(error, SystemExit):
        return ["The cell asked Python to end; Python goes on."]
    described = traceback.TracebackException.from_exception(error, compact=True)
    seen = described
    while seen is not None:
        own = [frame for frame in seen.stack if frame.filename.startswith("Cell ")]
        # Lines that recurse without end say it once.
        seen.stack = traceback.StackSummary.from_list(own[:6] + own[-2:] if len(own) > 8 else own)
        seen = seen.__cause__ or seen.__context__
    text = "".join(described.format()).replace('File "Cell ', "Cell ").replace('", line', ", line")
    lines = text.rstrip().split("\n")
    if isinstance(error, ModuleNotFoundError):
        lines.append("In the browser there are NumPy, Matplotlib, autograd and what comes with Python itself.")
    return lines


def _no_input(prompt: object = "") -> str:
    raise RuntimeError("input() cannot ask for anything in the browser. Write the value into the cell instead.")


def _one_line_warning(message, category, filename, lineno, line=None) -> str:
    return f"{filename}:{lineno}: {category.__name__}: {message}\n"


class _Stream(io.TextIOBase):
    """Passes text on to the page, in pieces not too small, and no more than `room` characters a cell."""

    encoding = "utf-8"

    def __init__(self, name: str):
        self.name = name
        self.room = LONGEST_TEXT
        self._waiting: list[str] = []
        self._flushed = 0.0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self.room > 0:
            self._waiting.append(text[: self.room])
            self.room -= len(text)
            if self.room <= 0:
                self._waiting.append("\n... (more was printed than a page can hold)\n")
            if time.monotonic() - self._flushed > FLUSH_AFTER:
                self.flush()
        return len(text)

    def flush(self) -> None:
        if self._waiting:
            text = "".join(self._waiting)
            self._waiting.clear()
            send({"output_type": "stream", "name": self.name, "text": text})
            self._flushed = time.monotonic()


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()


class _MatplotlibOnDemand:
    """Has the packages of Matplotlib fetched when a program first imports it."""

    def __init__(self, fetch: Callable[[], None]):
        self._fetch = fetch

    def find_spec(self, name, path=None, target=None):
        if name in ("matplotlib", "PIL"):
            try:
                self._fetch()
            except Exception as problem:
                raise ImportError(f"Matplotlib could not be loaded ({problem}). Run the cell to try again.") from None
            sys.meta_path.remove(self)
            importlib.invalidate_caches()
            # That it looks for fonts, once in each session, is no news.
            logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
        return None


class _Pyplot(types.ModuleType):
    """Stands for matplotlib.pyplot in cells, and imports it when something of it is first used.

    A notebook's first cell asks for it, and the first plot comes much later; nobody should wait for it before.
    """

    def __getattr__(self, attribute: str):
        return getattr(importlib.import_module("matplotlib.pyplot"), attribute)

    def __setattr__(self, attribute: str, value) -> None:
        setattr(importlib.import_module("matplotlib.pyplot"), attribute, value)


pyplot = _Pyplot("matplotlib.pyplot")


class _DeferPyplot(ast.NodeTransformer):
    """Binds the name in `import matplotlib.pyplot as name` to `pyplot`; every other import is as it is."""

    def visit_Import(self, node: ast.Import) -> ast.AST:
        alias = node.names[0]
        if len(node.names) > 1 or alias.name != "matplotlib.pyplot" or not alias.asname:
            return node
        binding = ast.parse(f"from course_kernel import pyplot as {alias.asname}").body[0]
        return ast.fix_missing_locations(ast.copy_location(binding, node))


def send_figures() -> None:
    """Shows and closes every open figure, where figures appear by themselves (a chapter asks for each)."""
    plt = sys.modules.get("matplotlib.pyplot")
    if plt is None or plt.get_backend() == "agg":
        return
    for number in plt.get_fignums():
        _send_figure(plt.figure(number))


def _is_figure(value) -> bool:
    module = sys.modules.get("matplotlib.figure")
    return module is not None and isinstance(value, module.Figure)


def _send_figure(figure) -> None:
    _flush()
    buffer = io.BytesIO()
    try:
        figure.savefig(buffer, format=figure_format, bbox_inches="tight")
    finally:
        sys.modules["matplotlib.pyplot"].close(figure)
    data = {"text/plain": repr(figure)}
    if figure_format == "svg":
        data["image/svg+xml"] = buffer.getvalue().decode()
    else:
        data["image/png"] = base64.b64encode(buffer.getvalue()).decode()
    send({"output_type": "display_data", "data": data})
