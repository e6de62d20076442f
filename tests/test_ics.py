"""Calendar files are what RFC 5545 asks for."""

from __future__ import annotations

from datetime import UTC, date, datetime

from kupasi.dates import SHANGHAI
from kupasi.ics import Event, calendar

STAMP = datetime(2025, 5, 20, 9, 0, tzinfo=SHANGHAI)
DAYS = Event("window-1@kupasi", "申报", date(2025, 5, 16), date(2025, 6, 15))


def unfolded(content: bytes) -> list[str]:
    """The content lines, continuations joined."""
    return content.replace(b"\r\n ", b"").decode().split("\r\n")


def test_days_end_on_the_day_after_the_last_one() -> None:
    lines = unfolded(calendar("申报日历", events=[DAYS], stamp=STAMP))
    assert "DTSTART;VALUE=DATE:20250516" in lines
    assert "DTEND;VALUE=DATE:20250616" in lines
    assert "DTSTAMP:20250520T010000Z" in lines


def test_moments_are_written_in_utc() -> None:
    start = datetime(2025, 7, 5, 9, 0, tzinfo=SHANGHAI)
    lines = unfolded(calendar("考试", events=[Event("a", "考试", start, start.replace(hour=11))], stamp=STAMP))
    assert "DTSTART:20250705T010000Z" in lines
    assert "DTEND:20250705T030000Z" in lines


def test_lines_fold_at_75_octets_and_never_inside_a_character() -> None:
    long = Event("a", "评价" * 60, date(2025, 1, 1), date(2025, 1, 1))
    content = calendar("申报日历", events=[long], stamp=STAMP)
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    assert all(line.decode() for line in content.split(b"\r\n") if line)
    assert "SUMMARY:" + "评价" * 60 in unfolded(content)


def test_text_cannot_start_a_line_of_its_own() -> None:
    hostile = Event("a", "甲;乙,丙\\丁\nEND:VEVENT", date(2025, 1, 1), date(2025, 1, 1))
    lines = unfolded(calendar("x", events=[hostile], stamp=STAMP))
    assert "SUMMARY:甲\\;乙\\,丙\\\\丁\\nEND:VEVENT" in lines
    assert lines.count("END:VEVENT") == 1


def test_every_line_ends_with_carriage_return_and_newline() -> None:
    content = calendar("x", events=[DAYS], stamp=datetime(2025, 1, 1, tzinfo=UTC))
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert content.count(b"\n") == content.count(b"\r\n")
