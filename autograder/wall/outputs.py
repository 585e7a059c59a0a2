"""Collects a cell's outputs as nbformat has them, and keeps no more of them than is allowed."""

import re

MIME_TYPES = (
    *("text/plain", "text/html", "text/markdown", "text/latex"),
    *("image/png", "image/jpeg", "image/svg+xml"),
)
MOST_OUTPUTS = 200
LONGEST_TEXT = 4000

_UNPRINTABLE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def clean(text: object, longest: int = LONGEST_TEXT) -> str:
    """Text of a student's, without control characters, escape sequences and marks that reverse what is read."""
    text = _UNPRINTABLE.sub("", text[: 4 * longest]) if isinstance(text, str) else ""
    return text if len(text) <= longest else text[: longest - 1] + "…"


class Outputs:
    """The outputs of one cell, of which `most` bytes are kept."""

    def __init__(self, most: int):
        self._left = most
        self._cut = False
        self._outputs: list[dict] = []
        self._open: tuple[str, bytearray] | None = None  # the stream that is being printed on

    def printed(self, name: str, data: bytes) -> None:
        """Takes bytes of the stream `name`."""
        if self._open is None or self._open[0] != name:
            self._end_stream()
            self._open = (name, bytearray())
        self._cut |= len(data) > self._left
        self._open[1].extend(data[: self._left])
        self._left = max(self._left - len(data), 0)

    def shown(self, output: object) -> None:
        """Takes an output that the student's side sent; what is no output is passed over."""
        self._end_stream()
        kind = output.get("output_type") if isinstance(output, dict) else None
        if kind == "error":
            self.failed(output.get("ename"), output.get("evalue"), output.get("traceback"))
        elif self._left <= 0:
            self._cut = True
        elif kind in ("display_data", "execute_result") and isinstance(output.get("data"), dict):
            data = {
                mime: output["data"][mime].encode("utf-8", "replace").decode()
                for mime in MIME_TYPES
                if isinstance(output["data"].get(mime), str)
            }
            made = {"output_type": kind, "data": data, "metadata": {}}
            if kind == "execute_result":
                count = output.get("execution_count")
                made["execution_count"] = count if type(count) is int and count >= 0 else None
            self._add(made, sum(map(len, data.values())))

    def failed(self, name: object, text: object, traceback: object = ()) -> None:
        """Takes an error: the student's, or one of our own that ended the cell."""
        self._end_stream()
        lines = traceback[-20:] if isinstance(traceback, list) and self._left > 0 else []
        lines = [clean(line, 1000) for line in lines]
        ename, evalue = clean(name, 100) or "Error", clean(text)
        made = {"output_type": "error", "ename": ename, "evalue": evalue, "traceback": lines}
        made["traceback"] = lines or [f"{ename}: {evalue}"]
        # A cell ends with one, which is always kept; others go where there is no room for them.
        size = sum(map(len, _texts(made)))
        if size > self._left:
            self._outputs = [output for output in self._outputs if output["output_type"] != "error"]
            self._cut = True
        self._left = max(self._left - size, 0)
        self._outputs = self._outputs[: MOST_OUTPUTS - 1] + [made]

    def taken(self) -> list[dict]:
        """All of them, in order; called once, when the cell has ended."""
        self._end_stream()
        if self._cut:
            self._outputs.append(
                {"output_type": "stream", "name": "stderr", "text": "[more was shown; it was not kept]\n"}
            )
        return self._outputs

    def size(self) -> int:
        """About how many bytes are kept, of what has been taken."""
        return sum(200 + sum(map(len, _texts(output))) for output in self._outputs)

    def _end_stream(self) -> None:
        if self._open and self._open[1]:
            name, data = self._open
            text = _UNPRINTABLE.sub("", data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n"))
            self._add({"output_type": "stream", "name": name, "text": text}, 0)
        self._open = None

    def _add(self, output: dict, size: int) -> None:
        if size > self._left or len(self._outputs) >= MOST_OUTPUTS:
            self._cut = True
            return
        self._left -= size
        self._outputs.append(output)


def _texts(output: dict) -> list[str]:
    return [
        output.get("text", ""),
        output.get("evalue", ""),
        *output.get("traceback", ()),
        *output.get("data", {}).values(),
    ]
