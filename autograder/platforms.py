"""What the place and the name of a file say: whose it is, when it was handed in, for which exercise.

nbgrader    <student>/<assignment>/*.ipynb, with timestamp.txt where there is one
Moodle      Ada Lovelace_123_assignsubmission_file/x.ipynb, or flat Ada Lovelace_123_assignsubmission_file_x.ipynb
Canvas      lovelaceada_LATE_123_456_x-1.ipynb: student, LATE or not, number of the student, of the file
Gradescope  assignment_1_export/submission_2/x.ipynb, and submission_metadata.yml
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from pathlib import PurePosixPath

import yaml

from .archives import Entry, Refusal, Refused
from .names import shown
from .roster import Clues, letters
from .times import NoTime, instant

_METADATA = "submission_metadata.yml"
_LARGEST_METADATA = 100_000_000
_ARCHIVES = {".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar"}

_MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_file(?:_(?P<file>.*))?")
_CANVAS = re.compile(r"(?P<name>.+?)(?P<late>_LATE)?_(?P<number>\d+)_(?P<upload>\d+)_(?P<file>.+)")
_CANVAS_ANONYMOUS = re.compile(r"(?P<late>LATE_)?(?P<name>anon_\w+?)_(?P<upload>\d+)_(?P<file>.+)")
_GRADESCOPE = re.compile(r"submission_(?P<number>\w+)")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Gradescope's file is Ruby's YAML: what a tag of Ruby's marks is read as the plain data below it."""


_Loader.add_multi_constructor(
    "!",
    lambda loader, suffix, node: (
        loader.construct_mapping(node, deep=True)
        if isinstance(node, yaml.MappingNode)
        else loader.construct_sequence(node, deep=True)
        if isinstance(node, yaml.SequenceNode)
        else loader.construct_scalar(node)
    ),
)


@dataclass(frozen=True)
class Claim:
    """A file, and what its place and name say of it.

    key         names the student where no roster does
    namesakes   there are several students of this name
    file        its name as the student gave it
    assignment  where the layout tells it
    handed_in   where something tells it better than the time of the file
    """

    entry: Entry
    clues: Clues
    key: str
    file: str
    assignment: str | None = None
    handed_in: datetime | None = None
    sequence: int = 0
    late: bool | None = None
    namesakes: bool = False


def claims(found: list[Entry | Refusal], assignments: list[str], zone: tzinfo) -> Iterator[Claim | Refusal]:
    """What each file of one source is, and each that is none of these, with a reason.

    assignments  the exercises of the course
    zone         of times that name none
    """
    exact = {e.path.parent for e in found if isinstance(e, Entry) and e.path.stem == e.path.parent.name}
    # Within a student's folder, no name that the student may have chosen tells of another platform.
    depths = {len(f.parts) for f in exact if f.name in assignments and len(f.parts) > 1 and not _is_told(f)}

    def of_student(path: PurePosixPath) -> bool:
        return any(len(path.parts) > depth and path.parts[depth - 1] in assignments for depth in depths)

    metadata: dict[PurePosixPath, dict] = {}
    for entry in found:
        if isinstance(entry, Entry) and entry.path.name == _METADATA:
            if _is_told(entry.path) or of_student(entry.path):
                continue
            try:
                metadata[entry.path.parent] = _gradescope_metadata(entry)
            except Refused as problem:
                yield Refusal(entry.source, str(problem))
    stamps = {e.path.parent: e for e in found if isinstance(e, Entry) and e.path.name == "timestamp.txt"}
    # Canvas packs every file at the moment of the download: that they were there by then is all that is known.
    packed = max((e.time for e in found if isinstance(e, Entry) and e.time), default=None)
    made: list[Claim] = []
    for entry in found:
        if isinstance(entry, Refusal):
            yield entry
            continue
        path = entry.path
        if path.name in (_METADATA, "timestamp.txt"):
            continue
        if path.suffix.lower() in _ARCHIVES:
            yield Refusal(entry.source, "it is an archive: hand in the notebook itself")
            continue
        if path.suffix.lower() != ".ipynb":
            yield Refusal(entry.source, "it is no notebook")
            continue
        try:
            told = []
            if not of_student(path):
                told = _of_gradescope(entry, metadata, zone) or _of_moodle(entry) or _of_canvas(entry, packed)
            made += told or _of_nbgrader(entry, assignments, stamps, exact, zone)
        except Refused as problem:
            yield Refusal(entry.source, str(problem))
    yield from _marking_namesakes(made)


def _is_told(path: PurePosixPath) -> bool:
    """Whether the path leads into what Moodle or Gradescope name as one student's."""
    return any(_MOODLE.fullmatch(part) or _GRADESCOPE.fullmatch(part) for part in path.parts)


def _of_moodle(entry: Entry) -> list[Claim]:
    for part in entry.path.parts:
        if found := _MOODLE.fullmatch(part):
            name = found["name"].strip()
            file = (found["file"] or entry.path.name) if part == entry.path.name else entry.path.name
            # Participants are numbered anew for each assignment, so that the name alone is the student's own.
            return [Claim(entry, Clues(name=name, platform="moodle", number=found["number"]), name, file)]
    return []


def _of_canvas(entry: Entry, packed: datetime | None) -> list[Claim]:
    name = entry.path.name
    if found := _CANVAS_ANONYMOUS.fullmatch(name):
        key = found["name"]
        clues = Clues(platform="canvas", number=key)
    elif found := _CANVAS.fullmatch(name):
        clues = Clues(name=found["name"], platform="canvas", number=found["number"])
        key = f"{letters(found['name'])}_{found['number']}"
    else:
        return []
    late = bool(found["late"])
    return [Claim(entry, clues, key, found["file"], handed_in=packed, sequence=int(found["upload"]), late=late)]


def _of_gradescope(entry: Entry, metadata: dict[PurePosixPath, dict], zone: tzinfo) -> list[Claim]:
    path = entry.path
    for depth, part in enumerate(path.parts[:-1]):
        if _MOODLE.fullmatch(part):
            return []
        if not (found := _GRADESCOPE.fullmatch(part)):
            continue
        about = metadata.get(PurePosixPath(*path.parts[:depth]))
        if about is None:
            raise Refused(f"{_METADATA} is missing beside {part}, and nothing else says whose it is: export anew")
        about = about.get(part)
        submitters = about.get(":submitters") if isinstance(about, dict) else None
        people = [person for person in submitters if isinstance(person, dict)] if isinstance(submitters, list) else []
        if not people:
            raise Refused(f"{_METADATA} names nobody for {part}: export anew")
        number = int(found["number"]) if found["number"].isdecimal() else 0
        try:
            handed_in = instant(about.get(":created_at"), zone)
        except NoTime:
            handed_in = None
        made = []
        for person in people:
            said = (person.get(f":{of}") for of in ("name", "email", "sid"))
            name, email, sid = (str(value).strip() if isinstance(value, str | int) else "" for value in said)
            clues = Clues(name, email, sid, "gradescope", sid)
            made.append(Claim(entry, clues, sid or email or name, path.name, handed_in=handed_in, sequence=number))
        return made
    return []


def _of_nbgrader(
    entry: Entry, assignments: list[str], stamps: dict[PurePosixPath, Entry], exact: set[PurePosixPath], zone: tzinfo
) -> list[Claim]:
    folder = entry.path.parent
    if len(folder.parts) < 2 or folder.name not in assignments:
        raise Refused("its place and name are of no platform: hand in <student>/<assignment>/<assignment>.ipynb")
    if folder in exact and entry.path.stem != folder.name:
        raise Refused(f"{folder.name}.ipynb beside it is what counts")
    student = folder.parent.name
    handed_in = None
    if folder in stamps:
        try:
            handed_in = instant(stamps[folder].read(1000).decode("utf-8", "replace"), zone)
        except (NoTime, Refused) as problem:
            raise Refused(f"its timestamp.txt is of no use: {shown(str(problem))}") from None
    clues = Clues(id=student, email=student, name=student)
    return [Claim(entry, clues, student, entry.path.name, folder.name, handed_in)]


def _marking_namesakes(made: list[Claim]) -> Iterator[Claim]:
    """Two students of one name in one assignment: Moodle's numbers tell that they are two."""
    numbers: dict[str, set[str]] = {}
    for claim in made:
        if claim.clues.platform == "moodle":
            numbers.setdefault(claim.key.casefold(), set()).add(claim.clues.number)
    for claim in made:
        moodle = claim.clues.platform == "moodle"
        yield replace(claim, namesakes=True) if moodle and len(numbers[claim.key.casefold()]) > 1 else claim


def _gradescope_metadata(entry: Entry) -> dict:
    try:
        data = yaml.load(entry.read(_LARGEST_METADATA), _Loader)  # a safe loader
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        raise Refused(f"it is not the YAML that Gradescope writes ({shown(str(problem))[:200]})") from None
    if not isinstance(data, dict):
        raise Refused("it is not the YAML that Gradescope writes: it should list submissions")
    return data
