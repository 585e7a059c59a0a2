"""What has come in: an append-only log with a line for every file, and the files themselves by their hash.

    STORE/receipts.jsonl                     what happened to each file, in order; never rewritten
    STORE/received/<sha256>.ipynb            every version that was ever handed in
    STORE/submitted/<student>/<assignment>/  the version that counts, in nbgrader's layout, with its timestamp.txt

A line is `received` (source, sha256, size, handed_in) as soon as the bytes are there and before anything is done with
them, then `filed` (student, assignment) or `refused` (reason). What is not in the log has not been acknowledged.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .names import objection

LOG = "receipts.jsonl"


class ReceiptsError(Exception):
    """A store that cannot be used; the text says why, in one sentence."""


@dataclass(frozen=True)
class Version:
    """One notebook that a student handed in.

    sha256     of its bytes
    handed_in  when, in UTC, so far as anything tells; for a platform that does not tell, when it was taken in
    sequence   a number by which the platform orders what came at the same time
    late       whether the platform marked it as late; None where the platform tells the time instead
    source     the file that it came in
    """

    student: str
    assignment: str
    sha256: str
    handed_in: datetime
    sequence: int = 0
    late: bool | None = None
    source: str = ""

    @property
    def order(self) -> tuple:
        exact = self.source.endswith(f"{self.assignment}.ipynb")
        return self.handed_in, self.sequence, exact, self.source


Versions = dict[tuple[str, str], list[Version]]


class Store:
    """A folder of everything that was handed in; a context manager, held by one process at a time.

    ReceiptsError where another process holds it.
    """

    def __init__(self, folder: Path):
        self.folder = folder

    def __enter__(self) -> "Store":
        (self.folder / "received").mkdir(parents=True, exist_ok=True)
        path = self.folder / LOG
        self._log = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._log, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._log)
            raise ReceiptsError(
                f"Another process is taking submissions into {self.folder}: wait for its end."
            ) from None
        # A line that a crash has cut off stays by itself, so that it spoils no other.
        size = os.fstat(self._log).st_size
        if size and os.pread(self._log, 1, size - 1) != b"\n":
            os.write(self._log, b"\n")
        return self

    def __exit__(self, *exception: object) -> None:
        os.close(self._log)

    def log(self, event: str, **fields: object) -> None:
        """Appends a line, which is on the disk when this returns."""
        line = {"event": event, "at": datetime.now(UTC).isoformat(timespec="seconds"), **fields}
        os.write(self._log, json.dumps(line, ensure_ascii=False).encode() + b"\n")
        os.fsync(self._log)

    def keep(self, content: bytes) -> str:
        """Keeps a file for good; returns its SHA-256."""
        digest = hashlib.sha256(content).hexdigest()
        path = self.folder / "received" / f"{digest}.ipynb"
        if not path.exists():
            _write_whole(path, content)
        return digest

    def arrange(
        self, versions: Versions, counts: Callable[[list[Version]], Version] = lambda of: of[-1]
    ) -> list[Version]:
        """Brings `submitted/` in step with the versions; returns those whose files are gone from the store.

        counts  which of a student's versions, oldest first, is graded; else the last
        """
        lost = []
        for (student, assignment), of in versions.items():
            version = counts(of)
            folder = self.folder / "submitted" / student / assignment
            path, stamp = folder / f"{assignment}.ipynb", folder / "timestamp.txt"
            time = round(version.handed_in.timestamp() * 10**6) * 1000
            received = self.folder / "received" / f"{version.sha256}.ipynb"
            if not received.is_file():
                lost.append(version)
                continue
            there = path.stat() if path.is_file() else None
            if not there or (there.st_mtime_ns, there.st_size) != (time, received.stat().st_size):
                folder.mkdir(parents=True, exist_ok=True)
                stamp.write_text(f"{version.handed_in:%Y-%m-%d %H:%M:%S.%f} UTC\n", encoding="utf-8")
                _write_whole(path, received.read_bytes(), time)
        return lost


def filed(folder: Path) -> Iterator[Version]:
    """Every version that the log of a store says was filed, in that order. ReceiptsError where a line was altered."""
    for line in lines(folder):
        if line["event"] == "filed":
            try:
                version = Version(
                    line["student"], line["assignment"], line["sha256"], datetime.fromisoformat(line["handed_in"]),
                    line["sequence"], line["late"], line["source"],
                )  # fmt: skip
                if not _is_sound(version):
                    raise ValueError("no intake files this")
                yield version
            except (KeyError, TypeError, ValueError):
                raise ReceiptsError(
                    f"{folder / LOG} was altered: its line {json.dumps(line)[:200]} does not say what was filed. "
                    "Bring back the file as intake wrote it."
                ) from None


def _is_sound(version: Version) -> bool:
    """Whether a version names its files, and can be told from the others, as what intake files does."""
    texts = version.student, version.assignment, version.sha256, version.source
    return (
        all(isinstance(text, str) for text in texts)
        and not any(objection(name) for name in texts[:3])
        and isinstance(version.sequence, int)
        and version.handed_in.tzinfo is not None
    )


def read(folder: Path) -> Versions:
    """Every student's versions of every assignment, oldest first, by the log of a store.

    The same content handed in twice in a row is one version, of the earlier time.
    """
    by_student: dict[tuple[str, str], list[Version]] = {}
    for version in filed(folder):
        by_student.setdefault((version.student, version.assignment), []).append(version)
    versions = {}
    for key in sorted(by_student):
        ordered = sorted(by_student[key], key=lambda version: version.order)
        versions[key] = [v for v, before in zip(ordered, [None, *ordered]) if not before or v.sha256 != before.sha256]
    return versions


def lines(folder: Path) -> list[dict]:
    """The log of a store, without lines that a crash has cut off (what they told of was never acknowledged)."""
    found = []
    try:
        text = (folder / LOG).read_bytes()
    except FileNotFoundError:
        return []
    for line in text.split(b"\n"):
        try:
            data = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(data, dict) and "event" in data:
            found.append(data)
    return found


def _write_whole(path: Path, content: bytes, time: int | None = None) -> None:
    """Writes a file whole or not at all, and to the disk; `time`, in ns, is when it is said to be changed."""
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if time is not None:
        os.utime(partial, ns=(time, time))
    os.replace(partial, path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
