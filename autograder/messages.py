"""What a student reads: a finding as plain text, for every screen, and as a small card where HTML can be shown."""

import html
import os
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

# Where the book is read: `make course` serves it here; an instructor sets BOOK_URL to the published address.
BOOK_URL = os.environ.get("BOOK_URL", "http://127.0.0.1:8000")
LARGEST_SHOWN = 40
FINDING_MIME = "application/vnd.autograder+json"


@dataclass(frozen=True)
class Hint:
    """The one idea that an answer got wrong: its name, a sentence, a question, and the section to read again."""

    name: str
    explanation: str
    question: str
    section: str = ""


@dataclass(frozen=True)
class Finding:
    """What one failed check found. `got` and `expected` are shown as they are; None where there is nothing to show.

    kind     which check failed: missing, raised, no answer, mutated, type, shape, finite, values, repeat,
             overwritten, slow, gradient, structure, accepted
    tried    the call, as a student would write it, or the kind of input where the check is hidden
    worst    index of the worst entry, for arrays with more than one entry
    """

    function: str
    kind: str
    sentence: str
    tried: str = ""
    got: Any = None
    expected: Any = None
    worst: tuple[int, ...] | None = None
    hint: Hint | None = None
    hidden: bool = False

    @property
    def text(self) -> str:
        """The whole message in plain text."""
        lines = [f"{self.function}: {self.sentence}"]
        rows = [("tried", self.tried)]
        if not self.hidden:
            rows += [("got", show(self.got)), ("expected", show(self.expected))]
            if self.worst:
                at = ", ".join(map(str, self.worst))
                rows.append(
                    (
                        "worst at",
                        f"[{at}]: got {self.got[self.worst]:.8g}, expected {self.expected[self.worst]:.8g}",
                    )
                )
        for label, content in rows:
            if content:
                lines.append(f"  {label:<9} " + content.replace("\n", "\n" + " " * 12))
        if self.hint:
            lines += ["", f"  {self.hint.explanation}", f"  Think: {self.hint.question}"]
            if self.hint.section:
                lines.append(f"  Read:  {link(self.hint.section)}")
        return "\n".join(lines)

    @property
    def record(self) -> dict:
        """What programs want to know of it, under FINDING_MIME."""
        return {"kind": self.kind, "misconception": self.hint.name if self.hint else None, "hidden": self.hidden}

    @property
    def card(self) -> str:
        """The message as HTML: inline style only, no script, readable on light and on dark."""
        parts = [
            f"<p style='margin:0 0 .5em'><b><code>{_escape(self.function)}</code></b>: {_escape(self.sentence)}</p>"
        ]
        if self.tried:
            parts.append(f"<p style='margin:0 0 .5em'>Tried: <code>{_escape(self.tried)}</code></p>")
        if not self.hidden and self.got is not None and self.expected is not None:
            parts.append(self._side_by_side())
        if self.hint:
            parts.append(f"<p style='margin:.5em 0'>{_prose(self.hint.explanation)}</p>")
            parts.append(f"<p style='margin:.5em 0'><b>Think:</b> {_prose(self.hint.question)}</p>")
            if self.hint.section:
                url = _escape(link(self.hint.section))
                parts.append(f"<p style='margin:.5em 0'><a href='{url}'>Read this again in the book</a></p>")
        body = "".join(parts)
        return f"<div role='group' style='border-left:4px solid #b8500f;padding:.4em .9em;margin:.3em 0'>{body}</div>"

    def _side_by_side(self) -> str:
        got, expected = self.got, self.expected
        if all(_is_small_matrix(a) for a in (got, expected)) and got.shape == expected.shape:
            blocks = [
                ("got", _heat_table(got, self.worst)),
                ("expected", _heat_table(expected, self.worst)),
                ("difference", _heat_table(got - expected, self.worst)),
            ]
        else:
            blocks = [(name, f"<pre>{_escape(show(a))}</pre>") for name, a in (("got", got), ("expected", expected))]
        cells = "".join(f"<div><div>{name}</div>{block}</div>" for name, block in blocks)
        return f"<div style='display:flex;flex-wrap:wrap;gap:1.2em'>{cells}</div>"


class CheckFailed(AssertionError):
    """A completed check that an answer did not pass; `finding` says everything, `str()` is its text."""

    def __init__(self, finding: Finding):
        super().__init__(finding.text)
        self.finding = finding

    @property
    def misconception(self) -> str | None:
        """The name of the misconception that the answer behaves like, or None."""
        return self.finding.hint.name if self.finding.hint else None

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback, whose lines are the grader's and would help nobody."""
        return [f"✗ {self.finding.function}: {self.finding.sentence}"]


def publish(finding: Finding) -> None:
    """Shows the card where there is a notebook to show it in; elsewhere the exception's text is enough."""
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        return
    if get_ipython() is None:
        return
    display({"text/html": finding.card, "text/plain": finding.text, FINDING_MIME: finding.record}, raw=True)


def link(section: str) -> str:
    """The address of a section of the book; its label begins with the name of its chapter."""
    # Sphinx writes a hyphen for an underscore in what follows the #.
    return f"{BOOK_URL}/book/{section.partition('-')[0]}.html#{section.replace('_', '-')}"


def show(value: Any) -> str:
    """A value for a person: short, six digits, large arrays by their shape and corners."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, np.ndarray):
        if value.ndim == 0:
            return f"{value.item():.8g}" if value.dtype.kind == "f" else str(value.item())
        text = np.array2string(
            value, precision=6, separator=", ", threshold=LARGEST_SHOWN, edgeitems=2, suppress_small=False,
            floatmode="maxprec", formatter=None,
        )  # fmt: skip
        return text if value.size <= LARGEST_SHOWN else f"shape {value.shape}:\n{text}"
    if isinstance(value, float):
        return f"{value:.8g}"
    return str(value)


def show_call(function: str, args: tuple) -> str:
    """A call as a student would write it: `softmax([1.0, 2.0, 3.0])`; large arrays by their shape."""
    return f"{function}({', '.join(map(_show_argument, args))})"


def _show_argument(value: Any) -> str:
    if isinstance(value, np.ndarray):
        if value.size <= LARGEST_SHOWN:
            with np.printoptions(precision=4, threshold=LARGEST_SHOWN, suppress=True):
                return f"array({np.array2string(value, separator=', ')})"
        return f"array of shape {value.shape}"
    if isinstance(value, np.generic):
        return _show_argument(value.item())
    if isinstance(value, float):
        return f"{value:.6g}" if value % 1 else f"{value:.1f}"
    if isinstance(value, (list, tuple)) and len(str(value)) <= 600:
        inner = ", ".join(map(_show_argument, value))
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    if isinstance(value, np.random.Generator):
        return "rng"
    if isinstance(value, type):
        return getattr(value, "__name__", str(value))
    if callable(value):
        return getattr(value, "__name__", "f").replace("<lambda>", "f")
    text = repr(value)
    return text if len(text) <= 200 else text[:197] + "..."


def _is_small_matrix(value: Any) -> bool:
    return (
        isinstance(value, np.ndarray)
        and value.ndim == 2
        and 0 < value.size <= LARGEST_SHOWN
        and value.dtype.kind in "biuf"
    )


def _heat_table(matrix: np.ndarray, worst: tuple[int, ...] | None) -> str:
    """A matrix as a table: orange for positive, blue for negative, and the sign in the number itself."""
    finite = np.abs(matrix[np.isfinite(matrix)].astype(float))
    limit = finite.max() if finite.size and finite.max() > 0 else 1.0
    rows = []
    for i, row in enumerate(matrix.astype(float)):
        cells = []
        for j, value in enumerate(row):
            strength = 0.6 * min(abs(value) / limit, 1.0) if np.isfinite(value) else 0.6
            colour = f"rgba({'184,80,15' if value > 0 else '31,95,168'},{strength:.2f})"
            mark = "outline:2px solid currentColor;" if (i, j) == worst else ""
            cells.append(f"<td style='background:{colour};{mark}text-align:right;padding:.15em .5em'>{value:.4g}</td>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table style='border-collapse:collapse'><tbody>{''.join(rows)}</tbody></table>"


def _prose(text: str) -> str:
    """Text with `code` in it, as HTML."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", _escape(text))


def _escape(text: str) -> str:
    return html.escape(str(text), quote=True)
