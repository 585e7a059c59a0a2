"""Which file names may come from outside: none that misleads a person, a terminal or another file system."""

import os
import unicodedata

from pathvalidate import ErrorReason, ValidationError, validate_filename

LONGEST = 255  # bytes of UTF-8, on every file system in use
# Persian and Indian names are written with these two; they are invisible and turn nothing round.
_JOINERS = "\u200c\u200d"


def shown(name: str) -> str:
    """A file name as text that can be printed and stored: bytes that are not UTF-8, and controls, as escapes."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def objection(name: str) -> str | None:
    """What speaks against a name of a file or folder (one component of a path), as the end of a sentence; or None."""
    categories = {unicodedata.category(c) for c in name if c not in _JOINERS}
    if "Cs" in categories:
        return "its name is not UTF-8 text"
    if categories & {"Cc", "Zl", "Zp"}:
        return "its name holds control characters"
    if "Cf" in categories:
        return "its name holds characters that are invisible or turn the direction of writing"
    if name.startswith(".") or not name:
        return "its name is hidden or leads to another folder" if name else "its name is empty"
    if len(name.encode()) > LONGEST:
        return f"its name is longer than {LONGEST} bytes"
    try:
        validate_filename(name, platform="universal", max_len=LONGEST)
    except ValidationError as problem:
        if problem.reason is ErrorReason.RESERVED_NAME:
            return "Windows keeps its name for a device"
        return 'Windows cannot store its name: it holds one of \\ : * ? " < > |, or a space or dot at an end'
    return None
