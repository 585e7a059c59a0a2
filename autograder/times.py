"""Points in time that name their zone, whatever form they are written in."""

import re
import reprlib
from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class NoTime(ValueError):
    """What was said is not one point in time; the text says why and what to write, as the end of a sentence."""


def zone(name: str) -> ZoneInfo:
    """A time zone by its IANA name; NoTime where there is none of this name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise NoTime(f"{name!r} is no time zone: write an IANA name such as Europe/Berlin or UTC") from None


def instant(said: object, local: tzinfo | None = None) -> datetime:
    """A point in time, in UTC.

    said   a datetime, or text such as 2026-03-01 23:59 Europe/Berlin, 2026-03-01T23:59:00+01:00
    local  the zone of a clock time that names none
    NoTime where it is no time, names no zone and there is none for it, or the clocks skip it.
    """
    time = said if isinstance(said, datetime) else _parsed(said)
    if not 1900 <= time.year < 3000:  # beyond, zones and sums of times leave what a calendar can say
        raise NoTime(f"{said} lies too far away: write a year such as 2026")
    if time.tzinfo is None:
        if local is None:
            raise NoTime(
                f"{said} names no time zone: write {time:%Y-%m-%d %H:%M} Europe/Berlin, or an offset as +01:00"
            )
        time = time.replace(tzinfo=local)
    in_utc = time.astimezone(UTC)
    if in_utc.astimezone(time.tzinfo).replace(tzinfo=None) != time.replace(tzinfo=None):
        raise NoTime(f"{said} does not exist in its zone, because the clocks go forward then: name a time beside it")
    return in_utc


def _parsed(said: object) -> datetime:
    example = "2026-03-01 23:59 Europe/Berlin"
    if isinstance(said, date):
        raise NoTime(f"{said} is a day without a time: write {example}")
    if not isinstance(said, str):
        raise NoTime(f"{reprlib.repr(said)} is no time: write {example}")
    text = said.strip()
    clock, _, name = text.rpartition(" ")
    named = clock and re.fullmatch(r"[A-Za-z][\w+\-/]*", name)
    try:
        time = datetime.fromisoformat(clock if named else text)
    except ValueError:
        raise NoTime(f"{said!r} is no time: write {example}") from None
    if len(text) <= 10:
        raise NoTime(f"{said} is a day without a time: write {example}")
    return time.replace(tzinfo=zone(name)) if named else time
