"""What the door of a room answers to a ticket (rules K4, K5, E6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from exams.enums import ADMITTED, DoorResult

from .tickets import DOORS_BEFORE, NO_ENTRY_AFTER, door_at, doors_open_at, entry_closes_at

CLAUSE = "本单位规定：入场与迟到时间"
VERSION_CLAUSE = "本单位规定：准考证更新"
SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Hours:
    """When people are let in, in minutes before and after the start (K4)."""

    doors_before: int = DOORS_BEFORE
    no_entry_after: int = NO_ENTRY_AFTER


@dataclass(frozen=True, slots=True)
class Place:
    """A seat that the ticket's person has: in which sitting, where, from when."""

    sitting: int
    starts_at: datetime
    room: str
    number: int
    seat_word: str = "座位"


@dataclass(frozen=True, slots=True)
class TicketFact:
    """A ticket that the house knows; `version` is the one shown (None where its number was typed)."""

    current: int
    version: int | None
    is_live: bool
    is_barred: bool
    places: tuple[Place, ...]
    changes: tuple[str, ...] = ()
    inside_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class DoorAnswer:
    """The result, what to do next, and the clause; `place` is the person's seat in this sitting."""

    result: DoorResult
    sentence: str
    clause: str = ""
    place: Place | None = None

    @property
    def admits(self) -> bool:
        """Whether the person may go in."""
        return self.result in ADMITTED


FORGED = DoorAnswer(DoorResult.FORGED, "这不是本单位签发的准考证。请扣留查看，并报告考务负责人。", VERSION_CLAUSE)
UNKNOWN = DoorAnswer(DoorResult.UNKNOWN, "没有这个准考证号。请核对后重新扫描或输入，仍不符的请报告考务负责人。")
ENDED = DoorAnswer(DoorResult.CANCELLED, "该人员的参评已取消或准考证已作废，不能入场。有疑问请与受理处联系。")
BARRED = DoorAnswer(DoorResult.BARRED, "该人员在不得参加评价的期限内，不能入场。有疑问请与受理处联系。", "须知 三、四")


def answer(ticket: TicketFact, *, sitting: int, moment: datetime, hours: Hours | None = None) -> DoorAnswer:
    """Whether the holder of a known ticket may enter this sitting at this moment, and if not, what to do."""
    hours = hours or Hours()
    if ticket.is_barred:
        return BARRED
    if not ticket.is_live:
        return ENDED
    here = next((one for one in ticket.places if one.sitting == sitting), None)
    if here is None:
        return _elsewhere(ticket.places, moment=moment, hours=hours)
    if ticket.version is not None and ticket.version != ticket.current:
        said = "；".join(ticket.changes) or "内容有变动"
        words = f"出示的是第 {ticket.version} 版，现在是第 {ticket.current} 版：{said}。请其出示新版，或由监督放行。"
        return DoorAnswer(DoorResult.OLD_VERSION, words, VERSION_CLAUSE, here)
    if ticket.inside_since is not None:
        words = f"{_clock(ticket.inside_since)} 已经入场。请核对照片和证件，确认是否有人冒用。"
        return DoorAnswer(DoorResult.ALREADY, words, "", here)
    return _by_the_clock(here, moment=moment, hours=hours)


def _by_the_clock(here: Place, *, moment: datetime, hours: Hours) -> DoorAnswer:
    where = f"{here.seat_word} {here.number} 号"
    before, after = hours.doors_before, hours.no_entry_after
    door = door_at(moment, here.starts_at, doors_before=before, no_entry_after=after)
    if door == "early":
        opens = doors_open_at(here.starts_at, minutes=before)
        return DoorAnswer(DoorResult.EARLY, f"{_clock(opens)} 开始入场，请先在外等候。", CLAUSE, here)
    if door == "closed":
        closed = entry_closes_at(here.starts_at, minutes=after)
        words = f"{_clock(closed)} 起不再入场。确有原因的，可请监督放行。"
        return DoorAnswer(DoorResult.TOO_LATE, words, CLAUSE, here)
    if door == "late":
        return DoorAnswer(DoorResult.LATE, f"核对照片和证件后请到{where}就座，记为迟到。", CLAUSE, here)
    return DoorAnswer(DoorResult.OK, f"核对照片和证件后请到{where}就座。", "", here)


def _elsewhere(places: tuple[Place, ...], *, moment: datetime, hours: Hours) -> DoorAnswer:
    """Where the person should be: the room that lets them in now, else their nearest seat in time."""
    if not places:
        return DoorAnswer(DoorResult.WRONG_TIME, "该人员没有排在任何一场，请联系考务核对。")
    opens = timedelta(minutes=hours.doors_before)
    closes = timedelta(minutes=hours.no_entry_after)
    now = [one for one in places if one.starts_at - opens <= moment < one.starts_at + closes]
    if now:
        return DoorAnswer(DoorResult.WRONG_ROOM, f"请到{_where(now[0])}。")
    nearest = min(places, key=lambda one: (one.starts_at < moment, abs(one.starts_at - moment)))
    if nearest.starts_at < moment:
        return DoorAnswer(DoorResult.WRONG_TIME, f"其考试已经过去：{_when(nearest)}，{_where(nearest)}。")
    return DoorAnswer(DoorResult.WRONG_TIME, f"其考试在 {_when(nearest)}，{_where(nearest)}。")


def _where(place: Place) -> str:
    return f"{place.room} {place.seat_word} {place.number} 号"


def _when(place: Place) -> str:
    local = place.starts_at.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%H:%M}"
