"""Tables in CSV files: those of somebody else's program, filled in cell by cell, and our own, harmless to open.

In a `Worksheet` every byte but those of the filled cells stays as it is: order mark, encoding, delimiter, quotes, line
ends, blank lines, and what is not valid in the encoding.
"""

import codecs
import csv
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_END = re.compile(r"\r\n|\n|\r|")
# Some spreadsheets take the full-width signs for the plain ones, and pass over spaces before them.
_FORMULA = re.compile(r"'*\s*[=+\-@＝＋－＠]|'*[\t\r\n]")
_TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"


class NotATable(ValueError):
    """A file that is no table; the text is the end of a sentence."""


@dataclass
class Cell:
    """One cell: `text` as a reader of the file gets it, and `written` as it stands in the file, quotes included."""

    text: str
    written: str


class Worksheet:
    """The cells of a CSV file, in rows; blank lines are no rows.

    delimiter  comma, semicolon or tab, whichever the first line has most of outside quotes
    """

    def __init__(self, content: bytes):
        self._encoding = (
            "utf-16-le" if content.startswith(codecs.BOM_UTF16_LE)
            else "utf-16-be" if content.startswith(codecs.BOM_UTF16_BE)
            else "utf-8"
        )  # fmt: skip
        self._errors = "surrogateescape" if self._encoding == "utf-8" else "surrogatepass"
        try:
            text = content.decode(self._encoding, self._errors)
        except UnicodeDecodeError:
            raise NotATable("it is not text") from None
        self._mark = "\ufeff" if text.startswith("\ufeff") else ""
        text = text.removeprefix("\ufeff")
        first = _QUOTED.sub("", text).lstrip("\r\n").partition("\n")[0]
        self.delimiter = max(",;\t", key=first.count)
        self.rows: list[list[Cell]] = []
        self._pieces: list[Cell | str] = []
        self._take_apart(text)
        if not self.rows or len(self.rows[0]) < 2:
            raise NotATable("its first line names no columns")

    def fill(self, row: int, column: int, text: str) -> None:
        """Puts text into a cell, in quotes where it needs them or was in them."""
        cell = self.rows[row][column]
        quoted = cell.written.startswith('"') or any(c in text for c in (self.delimiter, '"', "\r", "\n"))
        cell.text, cell.written = text, '"' + text.replace('"', '""') + '"' if quoted else text

    def content(self) -> bytes:
        """The file."""
        text = self._mark + "".join(p if isinstance(p, str) else p.written for p in self._pieces)
        return text.encode(self._encoding, self._errors)

    def dicts(self) -> list[dict[str, str]]:
        """Each row below the first by the names of its columns."""
        names = [cell.text for cell in self.rows[0]]
        return [dict(zip(names, (cell.text for cell in row))) for row in self.rows[1:]]

    def _take_apart(self, text: str) -> None:
        field = re.compile(_QUOTED.pattern + "{0}|{0}".format(f"[^{self.delimiter}\r\n]*"))
        at, row = 0, []
        while at < len(text) or row:
            written = inner = field.match(text, at).group()
            at += len(written)
            if written.startswith('"'):
                if not (quoted := _QUOTED.match(written)):
                    raise NotATable(f"a quotation mark in line {text.count(chr(10), 0, at) + 1} is never closed")
                inner = quoted[1].replace('""', '"') + written[quoted.end() :]
            cell = Cell(inner, written)
            row.append(cell)
            self._pieces.append(cell)
            if text.startswith(self.delimiter, at):
                self._pieces.append(self.delimiter)
                at += 1
                continue
            end = _END.match(text, at).group()
            at += len(end)
            self._pieces.append(end)
            if len(row) > 1 or row[0].written:
                self.rows.append(row)
            row = []


def plain(text: str) -> str:
    """Text without control characters, but tab and line ends, and without those that turn the direction of writing:
    escapes stand in their places."""
    return "".join(c if _is_plain(c) else c.encode("unicode_escape").decode() for c in text)


def harmless(text: str) -> str:
    """Plain text for a cell. A spreadsheet runs what begins like a formula: an apostrophe before it makes it text (also
    where it begins with apostrophes already, so that taking one away always gives back what was meant)."""
    text = plain(text)
    return f"'{text}" if _FORMULA.match(text) else text


def write_table(path: Path, columns: list[str], rows: Iterable[Iterable[object]]) -> None:
    """Writes a table of our own as CSV, in UTF-8, with each text made harmless."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])


def _is_plain(c: str) -> bool:
    return c in "\t\n\r" or (unicodedata.category(c) not in ("Cc", "Cs", "Cn") and c not in _TURNING)
