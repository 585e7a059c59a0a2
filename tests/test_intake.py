"""Archives as each platform makes them, and others that are made to harm, taken into a store."""

import contextlib
import io
import json
import multiprocessing
import os
import random
import re
import struct
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_course import cell, make_course

from autograder import receipts
from autograder.archives import Refused, entries
from autograder.intake import intake
from autograder.master import without_hidden_tests
from autograder.platforms import Claim, claims
from autograder.receipts import ReceiptsError, Store
from autograder.roster import Clues, Roster, RosterError
from autograder.submissions import find

MINUTE = (2026, 3, 1, 12, 0, 0)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("course"))
    (course.root / "solutions" / "other").mkdir()
    text = (course.root / "solutions" / "toy" / "toy.md").read_text()
    (course.root / "solutions" / "other" / "other.md").write_text(text.replace("double", "triple"))
    return course


@pytest.fixture(scope="module")
def work(course):
    """Bytes of a notebook of the exercise toy (or another), each mark another content."""

    def make(mark="", name="toy"):
        notebook = course.solved(name)
        for c in notebook.cells:
            c.source = without_hidden_tests(c.source)
        cell(notebook, "softmax").source += f"\n# {mark}"
        return nbformat.writes(notebook).encode()

    return make


def zipped(path, files, **about):
    """A zip of name -> bytes, or (bytes, date_time); `about` changes every entry."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            content, when = content if isinstance(content, tuple) else (content, MINUTE)
            info = zipfile.ZipInfo(name, when)
            info.compress_type = zipfile.ZIP_DEFLATED
            for key, value in about.items():
                setattr(info, key, value)
            archive.writestr(info, content)
    return path


def roster(tmp_path, *rows, header="id,name,email,canvas_id,moodle_id,gradescope_id"):
    path = tmp_path / "roster.csv"
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    return Roster.read(path)


def filed(report):
    return [(v.student, v.assignment) for v in report.filed]


def reasons(report):
    return {refusal.source: refusal.reason for refusal in report.refused}


def submitted(folder, student, name="toy"):
    return (folder / "submitted" / student / name / f"{name}.ipynb").read_bytes()


ROSTER = ("al,Ada Lovelace,ada@x.org,11,21,31", "gh,Grace Hopper,grace@x.org,12,22,32", "ks,Žofie Němcová,z@x.org,,,")


def test_a_folder_in_nbgraders_layout_with_its_timestamps(course, work, tmp_path):
    for student, stamp in (("al", "2026-03-01 10:00:00.5 UTC"), ("gh", "2026-03-01 10:00 Europe/Berlin")):
        folder = tmp_path / "in" / student / "toy"
        folder.mkdir(parents=True)
        (folder / "toy.ipynb").write_bytes(work(student))
        (folder / "toy-Copy1.ipynb").write_bytes(work("copy"))
        (folder / "timestamp.txt").write_text(stamp)
    report = intake(course, [tmp_path / "in"], tmp_path / "store")
    assert filed(report) == [("al", "toy"), ("gh", "toy")]
    assert [v.handed_in for v in report.filed] == [
        datetime(2026, 3, 1, 10, 0, 0, 500_000, UTC), datetime(2026, 3, 1, 9, 0, tzinfo=UTC),
    ]  # fmt: skip
    assert set(reasons(report)) == {"in/al/toy/toy-Copy1.ipynb", "in/gh/toy/toy-Copy1.ipynb"}
    assert submitted(tmp_path / "store", "al") == work("al")
    found, skipped = find(tmp_path / "store" / "submitted", course.names)
    assert [s.student for s in found] == ["al", "gh"] and not [line for line in skipped if "timestamp" not in line]


@pytest.mark.parametrize("form", ["{}_{}_{}_/{}", "{}_{}_{}/{}", "{}_{}_{}_{}", "Week 1/{}_{}_{}_/sub/{}"])
def test_the_download_of_a_moodle_assignment(course, work, tmp_path, form):
    files = {
        form.format("Ada Lovelace", 901, "assignsubmission_file", "toy.ipynb"): work("ada"),
        form.format("Žofie Němcová", 902, "assignsubmission_file", "my work.ipynb"): work("zofie"),
        form.format("Nobody Known", 903, "assignsubmission_file", "toy.ipynb"): work("nobody"),
        "Ada Lovelace_901_assignsubmission_onlinetext_/onlinetext.html": b"<p>",
    }
    archive = zipped(tmp_path / "Course-toy-17.zip", files)
    report = intake(course, [archive], tmp_path / "store", roster=roster(tmp_path, *ROSTER))
    assert sorted(filed(report)) == [("Nobody Known", "toy"), ("al", "toy"), ("ks", "toy")]
    assert report.unknown == ["Nobody Known"] and report.missing == {"toy": ["gh"]}
    missing = (tmp_path / "store" / "missing.csv").read_text().splitlines()
    assert missing == ["assignment,id,name,email", "toy,gh,Grace Hopper,grace@x.org"]
    assert list(reasons(report).values()) == ["it is no notebook"]
    assert submitted(tmp_path / "store", "al") == work("ada")


def test_the_download_of_a_canvas_assignment(course, work, tmp_path):
    files = {
        "lovelaceada_11_5001_toy.ipynb": work("first"),
        "lovelaceada_11_5009_toy-2.ipynb": work("third"),
        "lovelaceada_11_5005_toy-1.ipynb": work("second"),
        "hoppergrace_LATE_12_5002_Toy (final).ipynb": work("grace"),
        "němcovážofie_77_5003_toy.ipynb": work("zofie"),
        "o'neil-किशोरbob_LATE_90_5007_toy.ipynb": work("bob"),
        "strangerodd_88_5004_toy.ipynb": work("odd"),
        "LATE_anon_Ab1c_5006_toy.ipynb": work("anonymous"),
        "anon_12345_5008_toy.ipynb": work("of digits"),
    }
    archive = zipped(tmp_path / "submissions.zip", files)
    report = intake(course, [archive], tmp_path / "store", roster=roster(tmp_path, *ROSTER))
    known, unknown = {"al", "gh", "ks"}, {"strangerodd_88", "anon_Ab1c", "anon_12345", "oneilकिशोरbob_90"}
    assert {student for student, _ in filed(report)} == known | unknown
    versions = receipts.read(tmp_path / "store")
    assert [v.sequence for v in versions["al", "toy"]] == [5001, 5005, 5009]
    assert submitted(tmp_path / "store", "al") == work("third")
    assert versions["gh", "toy"][0].late is True and versions["al", "toy"][0].late is False


def test_the_export_of_gradescope(course, work, tmp_path):
    metadata = b"""---
submission_71:
  :submitters:
  - :name: Ada Lovelace
    :sid: '31'
    :email: ada@x.org
  - :name: Grace Hopper
    :sid:
    :email: GRACE@x.org
  :created_at: 2026-03-01 09:15:00.123456789 Z
  :results: !ruby/hash:ActiveSupport::HashWithIndifferentAccess
    tests: []
submission_72:
  :submitters:
  - :name: Someone Else
    :sid: '99'
  :created_at: '2026-03-01T10:00:00+01:00'
submission_73:
  :submitters: []
"""
    export = "assignment_5_export"
    files = {
        f"{export}/submission_metadata.yml": metadata,
        f"{export}/submission_71/toy.ipynb": work("pair"),
        f"{export}/submission_72/deep/answer.ipynb": work("else"),
        f"{export}/submission_73/toy.ipynb": work("none"),
        f"{export}/submission_74/toy.ipynb": work("unlisted"),
    }
    report = intake(course, [zipped(tmp_path / "e.zip", files)], tmp_path / "store", roster=roster(tmp_path, *ROSTER))
    assert filed(report) == [("al", "toy"), ("gh", "toy"), ("99", "toy")]
    assert report.filed[0].handed_in == datetime(2026, 3, 1, 9, 15, 0, 123456, UTC)
    assert report.filed[2].handed_in == datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
    unnamed = "submission_metadata.yml names nobody for submission_7{}: export anew"
    assert list(reasons(report).values()) == [unnamed.format(3), unnamed.format(4)]


def test_gradescopes_files_without_its_metadata_are_refused(course, work, tmp_path):
    archive = zipped(tmp_path / "e.zip", {"assignment_5_export/submission_71/toy.ipynb": work()})
    report = intake(course, [archive], tmp_path / "store")
    assert not report.filed and "submission_metadata.yml is missing" in report.refused[0].reason


@pytest.mark.parametrize("stamp", [b"", b"\xff\xfe", b"soon", 5000 * b"x"])
def test_a_timestamp_that_tells_no_time_refuses_its_notebook_alone(course, work, tmp_path, stamp):
    files = {"ada/toy/toy.ipynb": work(), "ada/toy/timestamp.txt": stamp, "bob/toy/toy.ipynb": work("b")}
    report = intake(course, [zipped(tmp_path / "a.zip", files)], tmp_path / "store")
    assert filed(report) == [("bob", "toy")]
    assert reasons(report)["a.zip: ada/toy/toy.ipynb"].startswith("its timestamp.txt is of no use: ")


def test_the_last_version_counts_and_all_are_kept(course, work, tmp_path):
    later, earlier = (2026, 3, 2, 8, 0, 0), (2026, 3, 1, 8, 0, 0)
    path = "Ada Lovelace_9_assignsubmission_file_/toy.ipynb"
    two = zipped(tmp_path / "two.zip", {path: (work("new"), later)})
    one = zipped(tmp_path / "one.zip", {path: (work("old"), earlier)})
    intake(course, [two], tmp_path / "store")
    intake(course, [one], tmp_path / "store")
    assert submitted(tmp_path / "store", "Ada Lovelace") == work("new")
    versions = receipts.read(tmp_path / "store")["Ada Lovelace", "toy"]
    kept = {(tmp_path / "store" / "received" / f"{v.sha256}.ipynb").read_bytes() for v in versions}
    assert kept == {work("new"), work("old")}


def test_what_is_taken_in_again_is_filed_once_and_its_first_time_counts(course, work, tmp_path):
    path = "Ada Lovelace_9_assignsubmission_file_/toy.ipynb"
    first = zipped(tmp_path / "a.zip", {path: (work("same"), (2026, 3, 1, 8, 0, 0))})
    copied = zipped(tmp_path / "b.zip", {path: (work("same"), (2026, 3, 9, 8, 0, 0))})
    assert len(intake(course, [first], tmp_path / "store").filed) == 1
    again = intake(course, [first, copied], tmp_path / "store")
    assert again.again == 1
    [version] = receipts.read(tmp_path / "store")["Ada Lovelace", "toy"]
    assert version.handed_in == datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def test_a_second_download_from_canvas_brings_no_version_twice(course, work, tmp_path):
    for day in (1, 2):
        files = {f"lovelaceada_11_500{n}_toy.ipynb": (work(n), (2026, 3, day, 8, 0, 0)) for n in (1, 2)}
        report = intake(course, [zipped(tmp_path / f"{day}.zip", files)], tmp_path / "store")
    assert report.filed == [] and report.again == 2
    assert [v.sequence for v in receipts.read(tmp_path / "store")["lovelaceada_11", "toy"]] == [5001, 5002]


@pytest.mark.parametrize("when", [(1980, 0, 0, 0, 0, 0), (1980, 1, 1, 0, 0, 0), (2107, 12, 31, 23, 59, 58)])
def test_a_time_that_an_archive_cannot_mean_is_that_of_taking_in(course, work, tmp_path, when):
    path = "Ada Lovelace_9_assignsubmission_file_/toy.ipynb"
    strange = zipped(tmp_path / "strange.zip", {path: (work("old"), when)})
    before = datetime.now(UTC)
    [version] = intake(course, [strange], tmp_path / "store").filed
    assert before <= version.handed_in <= datetime.now(UTC)
    assert intake(course, [strange], tmp_path / "store").again == 1
    folder = tmp_path / "in" / "Ada Lovelace" / "toy"
    folder.mkdir(parents=True)
    (folder / "toy.ipynb").write_bytes(work("new"))
    intake(course, [tmp_path / "in"], tmp_path / "store")
    assert submitted(tmp_path / "store", "Ada Lovelace") == work("new")


def test_a_file_whose_time_no_calendar_has_is_taken(course, work, tmp_path):
    folder = tmp_path / "in" / "ada" / "toy"
    folder.mkdir(parents=True)
    (folder / "toy.ipynb").write_bytes(work())
    os.utime(folder / "toy.ipynb", (2**55, 2**55))
    report = intake(course, [tmp_path / "in"], tmp_path / "store")
    assert filed(report) == [("ada", "toy")] and report.filed[0].handed_in <= datetime.now(UTC)


@pytest.mark.parametrize(
    "line",
    [
        {"student": "ada"}, {"handed_in": "soon"}, {"handed_in": 3}, {"handed_in": "2026-03-01T12:00:00"},
        {"student": 3}, {"student": "../../ada"}, {"assignment": ["toy"]}, {"sha256": "/etc/passwd"}, {"sequence": "1"},
    ],
)  # fmt: skip
def test_a_log_that_was_altered_is_refused_in_a_sentence(course, work, tmp_path, line):
    intake(course, [zipped(tmp_path / "a.zip", {FINE: work()})], tmp_path / "store")
    log = tmp_path / "store" / receipts.LOG
    entry = json.loads(log.read_text().splitlines()[-1])
    damaged = {"event": "filed"} if line == {"student": "ada"} else entry | line
    log.write_text(log.read_text() + json.dumps(damaged) + "\n")
    with pytest.raises(ReceiptsError, match="receipts.jsonl was altered: its line .*Bring back the file"):
        intake(course, [], tmp_path / "store")


def test_a_time_without_a_zone_is_read_in_the_zone_that_was_named(course, work, tmp_path):
    archive = zipped(tmp_path / "a.zip", {"Ada_9_assignsubmission_file_/toy.ipynb": work()})
    report = intake(course, [archive], tmp_path / "store", zone=ZoneInfo("America/New_York"))
    assert report.filed[0].handed_in == datetime(2026, 3, 1, 17, 0, tzinfo=UTC)


def test_a_time_that_an_archive_gives_in_utc_needs_no_zone(course, work, tmp_path):
    extra = struct.pack("<HHBi", 0x5455, 5, 1, int(datetime(2026, 3, 1, 7, 30, tzinfo=UTC).timestamp()))
    archive = zipped(tmp_path / "a.zip", {"Ada_9_assignsubmission_file_/toy.ipynb": work()}, extra=extra)
    report = intake(course, [archive], tmp_path / "store", zone=ZoneInfo("Asia/Tokyo"))
    assert report.filed[0].handed_in == datetime(2026, 3, 1, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("solution.ipynb", None, "other"),
        ("toy.ipynb", None, "other"),
        ("Other (2).ipynb", b"{}", "other"),
        ("my-toy_final.ipynb", b"[[[", "toy"),
        ("toys.ipynb", b"{}", None),
        ("answer.ipynb", b"\xff", None),
        ("toy other.ipynb", b'{"cells": [3]}', None),
    ],
)
def test_the_exercise_is_told_by_the_cells_and_else_by_the_name(course, work, tmp_path, file, content, told):
    content = work(name="other") if content is None else content
    archive = zipped(tmp_path / "a.zip", {f"Ada_9_assignsubmission_file_/{file}": content})
    report = intake(course, [archive], tmp_path / "store")
    assert filed(report) == ([("Ada", told)] if told else [])
    if not told:
        assert "name it with --assignment" in report.refused[0].reason
        report = intake(course, [archive], tmp_path / "store", assignment="toy")
        assert filed(report) == [("Ada", "toy")]


def test_namesakes_are_told_apart_by_the_roster_alone(course, work, tmp_path):
    files = {f"Ada Lovelace_{number}_assignsubmission_file_/toy.ipynb": work(number) for number in (21, 22)}
    archive = zipped(tmp_path / "a.zip", files)
    blind = intake(course, [archive], tmp_path / "blind")
    one = intake(course, [archive], tmp_path / "one", roster=roster(tmp_path, "al,Ada Lovelace,,,,"))
    assert not blind.filed and not one.filed
    assert {"several students are called Ada Lovelace" in r.reason for r in blind.refused + one.refused} == {True}
    two = roster(tmp_path, "a1,Ada Lovelace,,,,", "a2,Ada Lovelace,,,,")
    assert "fits a1 and a2" in intake(course, [archive], tmp_path / "two", roster=two).refused[0].reason
    told = roster(tmp_path, "a1,Ada Lovelace,,,Participant 21,", "a2,Ada Lovelace,,,22,")
    report = intake(course, [archive], tmp_path / "told", roster=told)
    assert filed(report) == [("a1", "toy"), ("a2", "toy")]


def test_a_name_that_is_another_students_id_is_refused(course, work, tmp_path):
    archive = zipped(tmp_path / "a.zip", {"gh_9_assignsubmission_file_/toy.ipynb": work()})
    report = intake(course, [archive], tmp_path / "store", roster=roster(tmp_path, *ROSTER))
    assert not report.filed and "another student's id" in report.refused[0].reason


FINE = "Ada_9_assignsubmission_file_/toy.ipynb"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../../toy.ipynb", "leads out of the folder"),
        ("a/toy/../../../toy.ipynb", "leads out of the folder"),
        ("..\\..\\toy.ipynb", "leads out of the folder"),
        ("/etc/toy/toy.ipynb", "absolute"),
        ("C:\\a\\toy\\toy.ipynb", "absolute"),
        ("a\x1b[31mb/toy/toy.ipynb", "control characters"),
        ("a\nb/toy/toy.ipynb", "control characters"),
        ("a\u202ebpyni/toy/toy.ipynb", "turn the direction of writing"),
        ("a\u200bb/toy/toy.ipynb", "invisible"),
        ("a" * 256 + "/toy/toy.ipynb", "longer than 255"),
        ("é" * 130 + "/toy/toy.ipynb", "longer than 255"),
        ("a/" * 600 + "toy/toy.ipynb", "longer than 1000"),
        ("con/toy/toy.ipynb", "Windows keeps its name"),
        ("LPT1.x/toy/toy.ipynb", "Windows keeps its name"),
        ("what?/toy/toy.ipynb", "Windows cannot store"),
        ("ada./toy/toy.ipynb", "Windows cannot store"),
        (".ssh/toy/toy.ipynb", "hidden"),
        ("Jr._7_assignsubmission_file_/toy.ipynb", "give a roster, whose id takes its place"),
        ("ada/toy/work.zip", "archive"),
        ("ada/toy/essay.pdf", "no notebook"),
        ("toy.ipynb", "of no platform"),
        ("ADA_9_assignsubmission_file_/toy.ipynb", "on many machines its name is the same"),
        ("ADA/toy/toy.ipynb", "differ only in case"),
    ],
)
def test_an_odd_name_is_refused_with_a_sentence_and_the_others_go_on(course, work, tmp_path, name, said):
    archive = zipped(tmp_path / "a.zip", {FINE: work("fine"), name: work("odd"), FINE.replace("Ada", "Bob"): work("b")})
    report = intake(course, [archive], tmp_path / "store")
    assert filed(report) == [("Ada", "toy"), ("Bob", "toy")]
    [refusal] = report.refused
    assert said in refusal.reason and refusal.source.isprintable()
    assert {p.name for p in tmp_path.iterdir()} == {"a.zip", "store"}
    assert any(line["event"] == "refused" and said in line["reason"] for line in receipts.lines(tmp_path / "store"))


def test_a_name_with_a_zero_byte_in_it_is_refused_whole(course, work, tmp_path):
    path = zipped(tmp_path / "a.zip", {"ada@/toy/toy.ipynb": work()})
    path.write_bytes(path.read_bytes().replace(b"ada@", b"ada\0"))
    report = intake(course, [path], tmp_path / "store")
    assert not report.filed and "control characters" in report.refused[0].reason


def test_names_that_differ_only_in_how_accents_are_written_are_one(course, work, tmp_path):
    nfc, nfd = "Zo\u00eb", "Zoe\u0308"
    form = "{}_9_assignsubmission_file_/toy.ipynb"
    archive = zipped(tmp_path / "a.zip", {form.format(nfd): work("one"), form.format(nfc): work("two")})
    report = intake(course, [archive], tmp_path / "store")
    assert filed(report) == [(nfc, "toy")] and "its name is the same" in report.refused[0].reason
    alone = zipped(tmp_path / "b.zip", {form.format(nfd): work("one")})
    known = intake(
        course, [alone], tmp_path / "known", roster=roster(tmp_path, f"z,{nfc} Nováková,,,,", f"y,{nfc},,,,")
    )
    assert filed(known) == [("y", "toy")]


def lying(path, name, content, declared):
    """A zip whose directory declares another size than the content has."""
    zipped(path, {name: content, FINE: b"{}"})
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.index(mark) + offset, declared)
    path.write_bytes(data)
    return path


def patched(path, work, name, of, offset, value):
    """A zip of three files, with other bytes at an offset in what its table of contents says of the third."""
    zipped(path, {FINE: work("fine"), FINE.replace("Ada", "Bob"): work("b"), name: work("odd")})
    data = bytearray(path.read_bytes())
    struct.pack_into(of, data, data.rindex(b"PK\x01\x02") + offset, value)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("of", "offset", "value", "said"),
    [
        ("2s", 46, b"\xeb\xff", "its name should be UTF-8 text, and is not"),
        ("<H", 8, 0x801, "encrypted"),
        ("<H", 8, 0x840, "strong encryption"),
        ("<H", 10, 99, "unusual way"),
        ("<I", 16, 0, "Bad CRC-32"),
        ("<I", 24, 0, "damaged"),
        ("<I", 42, 0xFFFFFFF0, "damaged"),
    ],
)
def test_what_is_wrong_with_one_entry_of_an_archive_costs_no_other(course, work, tmp_path, of, offset, value, said):
    path = patched(tmp_path / "a.zip", work, "Žofie_7_assignsubmission_file_/toy.ipynb", of, offset, value)
    report = intake(course, [path], tmp_path / "store")
    assert filed(report) == [("Ada", "toy"), ("Bob", "toy")]
    [refusal] = report.refused
    assert said in refusal.reason and ": " in refusal.reason and refusal.source.isprintable()


@pytest.mark.parametrize("offset", [2**40, 2**63 - 1, 2**63, 2**64 - 1])
def test_an_entry_that_lies_where_no_file_reaches_costs_no_other(course, work, tmp_path, offset):
    extra = struct.pack("<HHQ", 1, 8, offset)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(FINE, work())
        info = zipfile.ZipInfo(FINE.replace("Ada", "Far"), MINUTE)
        info.extra = extra
        archive.writestr(info, work())
    data = bytearray((tmp_path / "a.zip").read_bytes())
    struct.pack_into("<I", data, data.rindex(b"PK\x01\x02") + 42, 0xFFFFFFFF)
    (tmp_path / "a.zip").write_bytes(data)
    report = intake(course, [tmp_path / "a.zip"], tmp_path / "store")
    assert filed(report) == [("Ada", "toy")] and "damaged" in report.refused[0].reason


@pytest.mark.slow
def test_an_archive_damaged_anywhere_is_read_or_refused_in_a_sentence(work, tmp_path):
    rng, path = random.Random(3), tmp_path / "a.zip"
    zipped(path, {FINE: work(), "Žofie_7_assignsubmission_file_/toy.ipynb": work("z")})
    whole = path.read_bytes()
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 6)):
            data[rng.randrange(len(data) - 400, len(data))] = rng.choice([0, 1, 255, rng.randrange(256)])
        path.write_bytes(data)
        with entries(path, UTC) as found:
            assert found
            for claim in claims(found, ["toy"], UTC):
                if isinstance(claim, Claim):
                    with contextlib.suppress(Refused):
                        claim.entry.read(10**6)


@pytest.mark.parametrize(
    "name",
    [
        "gh/toy/toy.ipynb",
        "Mallory_7_assignsubmission_file_Grace Hopper_22_assignsubmission_file_.ipynb",
        "Mallory_7_assignsubmission_file_/Grace Hopper_22_assignsubmission_file_/toy.ipynb",
        "Mallory_7_assignsubmission_file_/submission_1/toy.ipynb",
        "Mallory_7_assignsubmission_file_/gh/toy/toy.ipynb",
        "mallory/toy/hoppergrace_12_5001_toy.ipynb",
        "mallory/toy/submission_1/toy.ipynb",
        "mallory/toy/Grace Hopper_22_assignsubmission_file_/toy.ipynb",
    ],
)
def test_no_name_that_a_student_gives_a_file_makes_it_anothers(course, work, tmp_path, name):
    metadata = b"submission_1:\n  :submitters:\n  - :name: Grace Hopper\n    :sid: '32'\n"
    first = name.split("/")[0]
    files = {name: work("forged"), f"{first}/submission_metadata.yml": metadata}
    if first == "mallory":
        files |= {"al/toy/toy.ipynb": work(), "mallory/toy/submission_metadata.yml": metadata}
    archive = zipped(tmp_path / "a.zip", files)
    report = intake(course, [archive], tmp_path / "store", roster=roster(tmp_path, *ROSTER))
    assert (("gh", "toy") in filed(report)) == (first == "gh")


def test_what_stands_for_a_time_in_gradescopes_metadata_may_be_anything(course, work, tmp_path):
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    about = "submission_1:\n  :submitters:\n  - {':name': Ada, ':sid': *a11}\n  :created_at: *a11\n"
    files = {"e/submission_metadata.yml": (bomb + about).encode(), "e/submission_1/toy.ipynb": work()}
    report = intake(course, [zipped(tmp_path / "a.zip", files)], tmp_path / "store")
    assert filed(report) == [("Ada", "toy")]


def test_bombs_are_refused_one_by_one(course, tmp_path, work):
    form = "{}_9_assignsubmission_file_/toy.ipynb"
    steep = zipped(tmp_path / "steep.zip", {form.format("Steep"): b"0" * 5_000_000, FINE: b"{}"})
    large = zipped(tmp_path / "large.zip", {form.format("Large"): os.urandom(21_000_000), FINE: b"{}"})
    huge = lying(tmp_path / "huge.zip", form.format("Huge"), b"0" * 900_000, 2**32 - 2)
    small = lying(tmp_path / "small.zip", form.format("Small"), b"0" * 30_000_000, 10)
    report = intake(course, [steep, large, huge, small], tmp_path / "store")
    assert filed(report) == [("Ada", "toy")] and report.again == 3
    assert ["bomb" in r or "larger than 20 MB" in r or "damaged" in r for r in reasons(report).values()] == [True] * 4
    assert sum(p.stat().st_size for p in (tmp_path / "store").rglob("*") if p.is_file()) < 100_000


def test_entries_that_share_their_bytes_are_a_bomb(course, tmp_path):
    form = "s{}_9_assignsubmission_file_/toy.ipynb"
    path = zipped(tmp_path / "a.zip", {form.format(n): bytes(1000) for n in range(3)})
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    for entry in range(3):
        struct.pack_into("<I", data, at + 42, 0 if entry < 2 else struct.unpack_from("<I", data, at + 42)[0])
        at = data.find(b"PK\x01\x02", at + 4)
    path.write_bytes(data)
    report = intake(course, [path], tmp_path / "store")
    assert len(report.refused) >= 1 and all("bomb" in r.reason for r in report.refused)


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"external_attr": 0o120777 << 16}, "symbolic link"),
        ({"external_attr": 0o010644 << 16}, "pipe"),
        ({"external_attr": 0o020644 << 16}, "device"),
        ({"external_attr": 0o060644 << 16}, "device"),
        ({"compress_type": zipfile.ZIP_LZMA}, "unusual way"),
    ],
)
def test_what_is_no_ordinary_file_in_a_zip_is_refused(course, tmp_path, about, said):
    report = intake(course, [zipped(tmp_path / "a.zip", {FINE: b"/etc/passwd"}, **about)], tmp_path / "store")
    assert not report.filed and said in report.refused[0].reason


def test_an_encrypted_file_is_refused(course, tmp_path):
    path = zipped(tmp_path / "a.zip", {FINE: b"{}"})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert "encrypted" in intake(course, [path], tmp_path / "store").refused[0].reason


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"PK\x05\x06" + bytes(18), bytes(1000)])
def test_a_source_that_is_no_archive_is_refused_and_the_next_goes_on(course, work, tmp_path, content):
    # The fourth is an archive of nothing.
    (tmp_path / "bad.zip").write_bytes(content)
    good = zipped(tmp_path / "good.zip", {FINE: work()})
    report = intake(course, [tmp_path / "bad.zip", tmp_path / "none", good], tmp_path / "store")
    assert filed(report) == [("Ada", "toy")]
    assert reasons(report)[str(tmp_path / "none")] == "there is no such file or folder"
    assert re.search("unpack it|holds no file|damaged", reasons(report)["bad.zip"])


def test_an_archive_that_may_not_be_read_is_refused_and_the_next_goes_on(course, work, tmp_path, monkeypatch):
    closed, good = (zipped(tmp_path / f"{name}.zip", {FINE: work(name)}) for name in ("closed", "good"))
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, *how: path != closed and allowed(path, *how))
    report = intake(course, [closed, good], tmp_path / "store")
    assert len(report.filed) == 1 and reasons(report) == {"closed.zip": "it may not be read: change its permissions"}


def test_links_pipes_and_what_cannot_be_opened_in_a_folder_are_refused(course, work, tmp_path):
    (tmp_path / "secret.ipynb").write_bytes(work("secret"))
    for student in ("ada", "linked", "piped", "bob"):
        (tmp_path / "in" / student / "toy").mkdir(parents=True)
    (tmp_path / "in" / "ada" / "toy" / "toy.ipynb").write_bytes(work())
    (tmp_path / "in" / "bob" / "toy" / "toy.ipynb").write_bytes(work())
    (tmp_path / "in" / "linked" / "toy" / "toy.ipynb").symlink_to(tmp_path / "secret.ipynb")
    os.mkfifo(tmp_path / "in" / "piped" / "toy" / "toy.ipynb")
    (tmp_path / "in" / "aside").symlink_to(tmp_path / "in" / "ada")
    os.makedirs(os.path.join(os.fsencode(tmp_path), b"in", b"\xff", b"toy"))
    Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), b"in", b"\xff", b"toy", b"toy.ipynb"))).write_bytes(work())
    report = intake(course, [tmp_path / "in"], tmp_path / "store")
    assert filed(report) == [("ada", "toy"), ("bob", "toy")]
    said = reasons(report)
    assert "symbolic link" in said["in/linked/toy/toy.ipynb"] and "symbolic link" in said["in/aside"]
    assert "pipe" in said["in/piped/toy/toy.ipynb"] and "UTF-8" in said["in/\\xff/toy/toy.ipynb"]


def test_a_folder_in_which_nothing_may_be_looked_at_costs_no_other(course, work, tmp_path, monkeypatch):
    for student in ("ada", "closed"):
        (tmp_path / "in" / student / "toy").mkdir(parents=True)
        (tmp_path / "in" / student / "toy" / "toy.ipynb").write_bytes(work())
    look = Path.lstat

    def lstat(path):
        if "closed" in path.parts:
            raise PermissionError(13, "Permission denied")
        return look(path)

    monkeypatch.setattr(Path, "lstat", lstat)
    report = intake(course, [tmp_path / "in"], tmp_path / "store")
    assert filed(report) == [("ada", "toy")]
    assert reasons(report) == {"in/closed/toy/toy.ipynb": "it cannot be opened (Permission denied)"}


def test_litter_of_systems_and_editors_is_passed_over(course, work, tmp_path):
    files = {FINE: work(), "__MACOSX/Ada_9_assignsubmission_file_/._toy.ipynb": b"", ".DS_Store": b"",
             "Ada_9_assignsubmission_file_/.ipynb_checkpoints/toy-checkpoint.ipynb": work("old")}  # fmt: skip
    report = intake(course, [zipped(tmp_path / "a.zip", files)], tmp_path / "store")
    assert filed(report) == [("Ada", "toy")] and report.refused == []


def test_a_file_has_its_receipt_before_anything_is_done_with_it(course, work, tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    archive = zipped(tmp_path / "a.zip", {FINE: work()})
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Store, "keep", stop)
        intake(course, [archive], tmp_path / "store")
    received = [line for line in receipts.lines(tmp_path / "store") if line["event"] == "received"]
    assert [line["size"] for line in received] == [archive.stat().st_size, len(work())]
    assert filed(intake(course, [archive], tmp_path / "store")) == [("Ada", "toy")]


def test_the_log_is_only_ever_appended_to_and_a_torn_line_spoils_no_other(course, work, tmp_path):
    store = tmp_path / "store"
    intake(course, [zipped(tmp_path / "a.zip", {FINE: work()})], store)
    before = (store / receipts.LOG).read_bytes()
    (store / receipts.LOG).write_bytes(before + b'{"event": "fil')
    intake(course, [zipped(tmp_path / "b.zip", {FINE.replace("Ada", "Bob"): work("b")})], store)
    with (store / receipts.LOG).open("ab") as log:
        log.write(b"[" * 100_000)
    after = (store / receipts.LOG).read_bytes()
    assert after.startswith(before + b'{"event": "fil\n')
    assert list(receipts.read(store)) == [("Ada", "toy"), ("Bob", "toy")]


def _take_in(course, archive, store):
    intake(course, [archive], store)


@pytest.mark.slow
def test_killed_at_any_moment_and_begun_again_nothing_is_lost(course, work, tmp_path):
    files = {f"Student {n}_{n}_assignsubmission_file_/toy.ipynb": work(n) for n in range(40)}
    archive = zipped(tmp_path / "a.zip", files)
    calm = intake(course, [archive], tmp_path / "calm")
    fork = multiprocessing.get_context("fork")
    for n in range(15):
        process = fork.Process(target=_take_in, args=(course, archive, tmp_path / "store"))
        process.start()
        time.sleep(0.03 * n)
        process.kill()
        process.join()
    report = intake(course, [archive], tmp_path / "store")
    assert report.lost == [] and len(report.filed) + report.again == len(calm.filed) == 40
    of = [{(v.student, v.sha256) for [v] in receipts.read(tmp_path / s).values()} for s in ("calm", "store")]
    assert of[0] == of[1]
    for n in range(40):
        assert submitted(tmp_path / "store", f"Student {n}") == work(n)


def test_two_processes_never_take_in_at_once(course, tmp_path):
    with Store(tmp_path / "store"):
        with pytest.raises(ReceiptsError, match="Another process"):
            intake(course, [], tmp_path / "store")


def test_a_store_inside_its_source_is_refused(course, tmp_path):
    with pytest.raises(ReceiptsError, match="lies in"):
        intake(course, [tmp_path], tmp_path / "store")


def test_a_file_that_is_gone_from_the_store_is_named(course, work, tmp_path):
    archive = zipped(tmp_path / "a.zip", {FINE: work()})
    [version] = intake(course, [archive], tmp_path / "store").filed
    (tmp_path / "store" / "received" / f"{version.sha256}.ipynb").unlink()
    assert intake(course, [], tmp_path / "store").lost == [version]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,group\nAda,3", "line 1: there is no column id; there are name, group: add one"),
        ("", "no column id"),
        ("id,name\nada,Ada\n,Bob", "line 3: Bob has no id"),
        ('id,name\nada,Ada\n\n007,"Bond\nJames"\n,Bob', "line 6: Bob has no id"),
        ("id,name\na/b,Ada", "cannot name a student's folder"),
        ("id,name\nada,A\nAda,B", "more than once"),
        ('id,name\nada,"Ada\nbob,Bob\neve,Eve', "no CSV table"),
        ('id,name\nada,"' + 200_000 * "x", "no CSV table"),
        ("id,name,email\nada,Lovelace, Ada,a@x", "line 2: there are more cells than columns"),
        ("id,name\nada,M\udcfcller", "not UTF-8 text: save it as CSV in UTF-8"),
        ("PK\x03\x04\x14\udcff", "not UTF-8 text"),
    ],
)
def test_a_roster_that_cannot_be_used_is_one_sentence(tmp_path, text, said):
    path = tmp_path / "r.csv"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(RosterError) as problem:
        Roster.read(path)
    assert said in str(problem.value) and "r.csv" in str(problem.value) and "\n" not in str(problem.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    "text",
    [
        "id;First Name;Last Name\nal;Ada King;Lovelace",
        "\ufeffid\tname\r\nal\tLovelace, Ada King\r\n",
        'id,name,\n\nal,"Lovelace,\nAda King",\n',
        "id,name\ral,Ada King Lovelace\r",
    ],
)
def test_a_roster_of_another_program_is_read(course, work, tmp_path, text, encoding):
    (tmp_path / "r.csv").write_bytes(text.removeprefix("\ufeff" if encoding == "utf-16" else "").encode(encoding))
    students = Roster.read(tmp_path / "r.csv")
    archive = zipped(tmp_path / "a.zip", {"lovelaceadaking_1_2_toy.ipynb": work()})
    assert filed(intake(course, [archive], tmp_path / "store", roster=students)) == [("al", "toy")]


@pytest.mark.parametrize(
    ("text", "ids", "clues", "found"),
    [
        ("Student,ID,SIS User ID,SIS Login ID,Section,Softmax (7)\n,,,,,Manual Posting\n    Points Possible,,,,,9.00\n"
         '"Lovelace, Ada",0101,S-1,ada,A,\n"Lovelace, Ada",102,S-2,ada2,A,', ["0101", "102"],
         Clues(name="lovelaceada", platform="canvas", number="102"), "102"),
        ("First name,Surname,ID number,Email address\nAda,Lovelace,0042,ada@x", ["0042"],
         Clues(name="Ada Lovelace"), "0042"),
        ("First name,Last name,Email address\nAda,Lovelace,ada@x", ["ada@x"], Clues(name="Ada Lovelace"), "ada@x"),
        ("Identifier,Full name,Email address,Status,Grade\nTeilnehmer/in4711,Ada,ada@x,,\nTeilnehmer/in4712,Ada,al@x,,",
         ["ada@x", "al@x"], Clues(name="Ada", platform="moodle", number="4712"), "al@x"),
        ("Identifier,Status,Grade\nParticipant 4711,,\nParticipant 4712,,", ["Participant 4711", "Participant 4712"],
         Clues(name="Participant", platform="moodle", number="4712"), "Participant 4712"),
        ("First Name,Last Name,SID,Email,Role\nAda,L,31,ada@x,Student", ["31"],
         Clues(id="31", platform="gradescope", number="31"), "31"),
    ],
)  # fmt: skip
def test_what_a_platform_exports_is_a_roster(tmp_path, text, ids, clues, found):
    (tmp_path / "r.csv").write_text(text)
    students = Roster.read(tmp_path / "r.csv")
    assert [student.id for student in students.students] == ids and students.find(clues).id == found


def test_names_that_differ_in_vowel_signs_alone_are_two(tmp_path):
    students = roster(tmp_path, "rama,राम,,,,")
    assert students.find(Clues(name="राम")).id == "rama" and students.find(Clues(name="रमा")) is None


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30),
            st.binary(max_size=60),
        ),
        max_size=5,
    ),
    st.binary(max_size=40),
)
def test_whatever_an_archive_holds_each_file_is_filed_or_refused(course, tmp_path_factory, files, tail):
    folder = tmp_path_factory.mktemp("any")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files:
            if name not in archive.namelist():
                archive.writestr(name, content)
        archive.writestr(FINE, b"{}")
    (folder / "a.zip").write_bytes(buffer.getvalue() + tail)
    report = intake(course, [folder / "a.zip"], folder / "store")
    assert all(r.reason and r.source.isprintable() for r in report.refused)
    assert {p.name for p in folder.iterdir()} == {"a.zip", "store"}
    for line in (folder / "store" / receipts.LOG).read_text().splitlines():
        assert json.loads(line)["event"] in ("received", "filed", "refused")
