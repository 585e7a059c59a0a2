"""Serves the book and a class's results on this machine alone."""

import errno
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PORTS = range(8000, 8020)


class _TwoFolders(SimpleHTTPRequestHandler):
    """The book at /, the results at /grades/."""

    def __init__(self, *args, grades: Path, **kwargs):
        self._grades = grades
        super().__init__(*args, **kwargs)

    def translate_path(self, path: str) -> str:
        found = Path(super().translate_path(path))
        book = Path(self.directory)
        inside = found.relative_to(book) if found.is_relative_to(book) else Path()
        return str(self._grades.joinpath(*inside.parts[1:]) if inside.parts[:1] == ("grades",) else found)

    def log_message(self, format: str, *args) -> None:
        """A line for each request would bury the address."""


class NoPort(OSError):
    """Every port that was tried is taken; the text says which."""


def server(book: Path, grades: Path, say: Callable[[str], None] = print, ports: range = PORTS) -> ThreadingHTTPServer:
    """A server on 127.0.0.1 at the first free port of `ports`; each taken one is said. NoPort where all are."""
    handler = partial(_TwoFolders, directory=str(book), grades=grades)
    for port in ports:
        try:
            return ThreadingHTTPServer(("127.0.0.1", port), handler)
        except OSError as problem:
            if problem.errno != errno.EADDRINUSE:
                raise
            say(f"Port {port} is taken by another program; trying {port + 1}.")
    raise NoPort(f"The ports {ports[0]} to {ports[-1]} are all taken: stop one of the programs there and try again.")
