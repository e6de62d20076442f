"""Calendar files (RFC 5545) that phones and desktops can subscribe to or import. Pure: facts in, bytes out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

MEDIA_TYPE = "text/calendar; charset=utf-8"
LINE_OCTETS = 75


@dataclass(frozen=True, slots=True)
class Event:
    """One entry. Days make an all-day event, `last` included; aware moments make a timed one that ends at `last`."""

    uid: str
    title: str
    first: date | datetime
    last: date | datetime
    text: str = ""
    place: str = ""
    url: str = ""


def calendar(name: str, *, events: Iterable[Event], stamp: datetime) -> bytes:
    """A whole VCALENDAR with CRLF ends and lines folded at 75 octets; `stamp` is when the facts were read."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Kupasi//Kupasi//ZH", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    lines.append(f"X-WR-CALNAME:{_escape(name)}")
    for event in events:
        lines.extend(_event(event, stamp))
    lines.append("END:VCALENDAR")
    return b"".join(_fold(line) + b"\r\n" for line in lines)


def _event(event: Event, stamp: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_escape(event.uid)}"
    yield f"DTSTAMP:{_utc(stamp)}"
    yield from _span(event.first, event.last)
    yield f"SUMMARY:{_escape(event.title)}"
    if event.text:
        yield f"DESCRIPTION:{_escape(event.text)}"
    if event.place:
        yield f"LOCATION:{_escape(event.place)}"
    if event.url:
        yield f"URL:{event.url}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _span(first: date | datetime, last: date | datetime) -> Iterator[str]:
    if isinstance(first, datetime) and isinstance(last, datetime):
        yield f"DTSTART:{_utc(first)}"
        yield f"DTEND:{_utc(last)}"
    else:
        yield f"DTSTART;VALUE=DATE:{first:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{last + timedelta(days=1):%Y%m%d}"


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escape(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return plain.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def _fold(line: str) -> bytes:
    """Cut into lines of at most 75 octets, never inside a character; a continuation starts with a space."""
    folded, room = bytearray(), LINE_OCTETS
    for character in line:
        octets = character.encode()
        if len(octets) > room:
            folded += b"\r\n "
            room = LINE_OCTETS - 1
        folded += octets
        room -= len(octets)
    return bytes(folded)
