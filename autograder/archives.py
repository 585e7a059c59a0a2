"""The files in what people send, a folder, a zip or a single file, each read under limits or refused with a reason.

Nothing is ever unpacked to a path that an archive names: an entry gives its bytes, and whoever takes them decides where
they go. Times are aware, in UTC.
"""

import io
import os
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path, PurePosixPath

from .names import objection, shown

# Deflate reaches 1:1000 on zeros; notebooks, even repetitive ones, stay under 1:50.
_STEEPEST = 200
_NOT_WORTH_A_RATIO = 1_000_000  # bytes
_DEEPEST = 1000  # characters of a whole path
_MISNAMED = 0x8000  # a flag of an entry that no zip uses
# What systems and editors leave beside people's files.
_LITTER = {"__MACOSX", ".DS_Store", ".ipynb_checkpoints", ".git", "Thumbs.db", "desktop.ini"}
_KINDS = {
    stat.S_IFLNK: "a symbolic link, which may lead anywhere",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


class Refused(Exception):
    """A file that is not taken; the text says why, as the end of a sentence that begins with its name."""


@dataclass(frozen=True)
class Entry:
    """One file of a source.

    source  how a person would name it, printable
    path    its parts, without `..`, each a harmless name in NFC
    time    when it was last changed, so far as the source tells; UTC
    read    its bytes, at most as many as are asked for; Refused where there are more, or it cannot be read
    """

    source: str
    path: PurePosixPath
    time: datetime | None
    read: Callable[[int], bytes]


@dataclass(frozen=True)
class Refusal:
    """A file of a source that is not taken, and why."""

    source: str
    reason: str


@contextmanager
def entries(source: Path, zone: tzinfo) -> Iterator[list[Entry | Refusal]]:
    """The files in a folder, a zip, or the one file itself; litter of systems and editors is passed over. They can be
    read within the `with`.

    zone  of times in an archive that name none
    """
    with ExitStack() as stack:
        if source.is_dir():
            found = _of_folder(source)
        elif source.is_file() and not os.access(source, os.R_OK):
            found = iter([Refusal(shown(source.name), "it may not be read: change its permissions")])
        elif source.is_file() and zipfile.is_zipfile(source):
            found = _of_zip(source, zone, stack)
        elif source.is_file() and source.suffix.lower() != ".ipynb":
            found = iter(
                [
                    Refusal(
                        shown(source.name),
                        "it is neither a folder, nor a zip that can be read, nor a notebook: unpack it, or pack it "
                        "anew as a zip",
                    )
                ]
            )
        elif os.path.lexists(source):
            found = iter([_file(source, PurePosixPath(source.name), shown(source.name))])
        else:
            found = iter([Refusal(shown(str(source)), "there is no such file or folder")])
        yield list(_each_name_once(found))


def _each_name_once(found: Iterator[Entry | Refusal]) -> Iterator[Entry | Refusal]:
    seen: dict[str, str] = {}
    for entry in found:
        key = str(entry.path).casefold() if isinstance(entry, Entry) else ""
        if key in seen:
            twice = "it is there twice, and the first counts"
            alike = f"on many machines its name is the same as that of {seen[key]}, which counts"
            yield Refusal(entry.source, twice if seen[key] == entry.source else alike)
            continue
        if key:
            seen[key] = entry.source
        yield entry


def _of_folder(folder: Path) -> Iterator[Entry | Refusal]:
    unopened: list[OSError] = []
    for root, folders, files in os.walk(folder, onerror=unopened.append):
        inside = sorted(set(folders) - _LITTER)
        # What `os.walk` calls folders are links to folders too.
        folders[:] = [name for name in inside if not os.path.islink(Path(root) / name)]
        for name in sorted([*(set(files) - _LITTER), *(set(inside) - set(folders))]):
            path = Path(root) / name
            relative = path.relative_to(folder)
            yield _named(
                relative.as_posix(), shown(f"{folder.name}/{relative}"), lambda p, s, path=path: _file(path, p, s)
            )
    for problem in unopened:
        yield Refusal(shown(str(problem.filename)), f"it cannot be opened ({problem.strerror})")


def _file(path: Path, name: PurePosixPath, source: str) -> Entry | Refusal:
    try:
        about = path.lstat()
    except OSError as problem:
        return Refusal(source, f"it cannot be opened ({problem.strerror})")
    if kind := _KINDS.get(stat.S_IFMT(about.st_mode)):
        return Refusal(source, f"it is {kind}: hand in the file itself")

    def read(limit: int) -> bytes:
        try:
            # Whatever it has become in the meantime: no link is followed, and no pipe waited for.
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with open(descriptor, "rb") as file:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise Refused("it is not an ordinary file")
                content = file.read(limit + 1)
        except OSError as problem:
            raise Refused(f"it cannot be opened ({problem.strerror})") from None
        _no_larger(len(content), limit)
        return content

    try:
        time = datetime.fromtimestamp(about.st_mtime, UTC)
    except (ValueError, OverflowError):  # of a year that no calendar has
        time = None
    return Entry(source, name, time, read)


class _Archive(io.BufferedReader):
    """The bytes of a zip. Where its table of contents says of a name that it is UTF-8, and it is not, that entry has
    another flag in place of this one: `zipfile` would read none of the others."""

    def read(self, size: int | None = -1) -> bytes:
        found = super().read(size)
        if not found.startswith(b"PK\x01\x02"):
            return found
        table, at = bytearray(found), 0
        while table.startswith(b"PK\x01\x02", at) and len(table) >= at + 46:
            (flags,), sizes = struct.unpack_from("<H", table, at + 8), struct.unpack_from("<HHH", table, at + 28)
            try:
                table[at + 46 : at + 46 + sizes[0]].decode()
            except UnicodeDecodeError:
                if flags & 0x800:
                    struct.pack_into("<H", table, at + 8, flags & ~0x800 | _MISNAMED)
            at += 46 + sum(sizes)
        return bytes(table)


def _of_zip(archive: Path, zone: tzinfo, stack: ExitStack) -> Iterator[Entry | Refusal]:
    try:
        file = stack.enter_context(zipfile.ZipFile(stack.enter_context(_Archive(io.FileIO(archive)))))
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as problem:
        yield Refusal(shown(archive.name), f"it is damaged ({problem}): download it, or ask for it, anew")
        return
    if not file.infolist():
        yield Refusal(shown(archive.name), "it holds no file: download it, or ask for it, anew")
    overlapping = _overlapping(file.infolist())
    for info in file.infolist():
        name = _name(info)
        source = f"{shown(archive.name)}: {shown(name)}"
        if _LITTER & set(name.split("/")) or (name.endswith("/") and not info.file_size):
            continue
        if info.header_offset in overlapping:
            yield Refusal(source, "its bytes are those of another file in the archive: it is a bomb")
        elif info.flag_bits & _MISNAMED:
            yield Refusal(source, "its name should be UTF-8 text, and is not: pack the archive anew")
        else:
            yield _named(name, source, lambda p, s, info=info: _zipped(file, info, p, s, zone))


def _zipped(
    file: zipfile.ZipFile, info: zipfile.ZipInfo, name: PurePosixPath, source: str, zone: tzinfo
) -> Entry | Refusal:
    if kind := _KINDS.get(stat.S_IFMT(info.external_attr >> 16)):
        return Refusal(source, f"it is {kind}: hand in the file itself")
    if info.flag_bits & 1:
        return Refusal(source, "it is encrypted: pack the archive anew without a password")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return Refusal(source, "it is compressed in an unusual way: pack the archive anew as an ordinary zip")

    def read(limit: int) -> bytes:
        # The sizes that an archive declares can be lies: they only ever refuse, and the bytes are counted as well.
        steep = info.file_size > _STEEPEST * max(info.compress_size, 1)
        if info.file_size > _NOT_WORTH_A_RATIO and steep:
            raise Refused(f"it grows to more than {_STEEPEST} times its packed size: it is a bomb")
        _no_larger(info.file_size, limit)
        try:
            with file.open(info) as stream:
                content = stream.read(limit + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as problem:
            raise Refused(f"it is damaged ({problem}): have it handed in again") from None
        _no_larger(len(content), limit)
        return content

    return Entry(source, name, _time(info, zone), read)


def _named(name: str, source: str, make: Callable[[PurePosixPath, str], Entry | Refusal]) -> Entry | Refusal:
    """What `make` makes of a path without harm in it; else a refusal."""
    if name.startswith("/") or (len(name) > 1 and name[1] == ":"):
        return Refusal(source, "its path is absolute, and would lead out of the folder")
    parts = [unicodedata.normalize("NFC", part) for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        return Refusal(source, "its path leads out of the folder")
    if len(name) > _DEEPEST:
        return Refusal(source, f"its path is longer than {_DEEPEST} characters")
    for part in parts:
        if problem := objection(part):
            return Refusal(source, f"{problem}: rename it")
    return make(PurePosixPath(*parts), source)


def _no_larger(size: int, limit: int) -> None:
    if size > limit:
        raise Refused(f"it is larger than {limit / 10**6:g} MB")


def _overlapping(infos: list[zipfile.ZipInfo]) -> set[int]:
    """Offsets of entries that begin before the one ahead of them has ended."""
    found, end = set(), 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            found.add(info.header_offset)
        end = max(end, info.header_offset + 30 + len(info.orig_filename) + info.compress_size)
    return found


def _name(info: zipfile.ZipInfo) -> str:
    """The name of an entry with / between its parts; before zip had a mark for UTF-8, some wrote it without."""
    name = info.orig_filename
    if not info.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode()
        except UnicodeError:
            pass
    return name.replace("\\", "/")


def _time(info: zipfile.ZipInfo, zone: tzinfo) -> datetime | None:
    """When an entry was changed: its time in UTC where there is one, else the clock time of whoever packed it."""
    extra = info.extra
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        if kind == 0x5455 and size >= 5 and len(extra) >= 9 and extra[4] & 1:
            return datetime.fromtimestamp(struct.unpack_from("<i", extra, 5)[0], UTC)
        extra = extra[4 + size :]
    if info.date_time == (1980, 1, 1, 0, 0, 0):  # the first moment that a zip can name stands for none
        return None
    try:
        return datetime(*info.date_time, tzinfo=zone).astimezone(UTC)
    except ValueError:
        return None
