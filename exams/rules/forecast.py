"""Whether work is done in time at the pace so far (rules M5; the board of deadlines)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outlook(StrEnum):
    """What the pace says: done, in time, late, or nothing to go by yet."""

    DONE = "done"
    IN_TIME = "in_time"
    LATE = "late"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Forecast:
    """The working days that the rest still needs at this pace (None where that cannot be said), and the outlook."""

    needed: int | None
    outlook: Outlook


def forecast(*, done: int, remaining: int, days_worked: int, days_left: int) -> Forecast:
    """Whether `remaining` pieces are done within `days_left` working days, at `done` pieces in `days_worked` (M5).

    Today is worked and left: whoever has nothing left is done, whatever the clock says. On the due day itself
    `days_left` is 0, and what is left then is late unless the pace finishes it today. Before the first working day
    is over, nothing is said; a whole working day without one piece is late.
    """
    if remaining <= 0:
        return Forecast(0, Outlook.DONE)
    if days_left < 0:
        return Forecast(None, Outlook.LATE)
    if days_worked < 1:
        return Forecast(None, Outlook.UNKNOWN)
    if done <= 0:
        return Forecast(None, Outlook.LATE)
    needed = -(-remaining * days_worked // done)
    return Forecast(needed, Outlook.LATE if needed > days_left + 1 else Outlook.IN_TIME)
