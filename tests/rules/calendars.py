"""The arrangements of 2025 and 2026 as the rules quote them, for tests that must not depend on a library."""

from __future__ import annotations

from datetime import date, timedelta

from kupasi.dates import WorkCalendar, YearDays


def days(year: int, text: str) -> frozenset[date]:
    """Days written like the rules write them: "01-01 01-28…02-04"."""
    found: set[date] = set()
    for part in text.split():
        first, _, last = part.partition("…")
        start = date.fromisoformat(f"{year}-{first}")
        end = date.fromisoformat(f"{year}-{last or first}")
        found.update(start + timedelta(days=shift) for shift in range((end - start).days + 1))
    return frozenset(found)


YEARS = {
    2025: YearDays(
        off=days(2025, "01-01 01-28…02-04 04-04…04-06 05-01…05-05 05-31…06-02 10-01…10-08"),
        work=days(2025, "01-26 02-08 04-27 09-28 10-11"),
    ),
    2026: YearDays(
        off=days(2026, "01-01…01-03 02-15…02-23 04-04…04-06 05-01…05-05 06-19…06-21 09-25…09-27 10-01…10-07"),
        work=days(2026, "01-04 02-14 02-28 05-09 09-20 10-10"),
    ),
}
CALENDAR = WorkCalendar(YEARS)
