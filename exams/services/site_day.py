"""A site's whole day for its head: every room, what was collected, who works there, the spare rooms, the hand-over."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet

from exams.enums import DutyRole, PrintKind, Sheet
from exams.models import Duty, PrintRun, Room, RoomRecord, Site, Sitting
from kupasi.acts import Act
from kupasi.errors import Refusal
from kupasi.people.models import User

from . import prints
from .day_board import RoomLine, SiteDay, site_days

HAND_OVER = (Sheet.PAPERS, Sheet.PIECES)
LATEST = 5  # hand-over sheets that are listed


@dataclass(frozen=True, slots=True)
class RoomDay:
    """One sitting: its counts, how its papers were counted, who watches it, and whether the head is among them."""

    line: RoomLine
    record: RoomRecord | None
    invigilators: tuple[User, ...]
    is_own: bool


@dataclass(frozen=True, slots=True)
class Spare:
    """A spare room, and from when to when it is used that day."""

    room: Room
    used: tuple[Sitting, ...]


@dataclass(frozen=True, slots=True)
class HeadDay:
    """The day of a site as its head sees it."""

    duty: Duty
    day: SiteDay
    rooms: list[RoomDay] = field(default_factory=list)
    spares: list[Spare] = field(default_factory=list)
    staff: list[Duty] = field(default_factory=list)
    sheets: list[PrintRun] = field(default_factory=list)

    @property
    def totals(self) -> list[tuple[str, int]]:
        """How many of each over every room of the day."""
        lines = [one.line for one in self.rooms]
        words = (
            ("应到", "expected"),
            ("到考", "present"),
            ("其中迟到", "late"),
            ("缺考", "absent"),
            ("未登记", "unstated"),
        )
        return [(word, sum(getattr(line, name) for line in lines)) for word, name in words]


def led_by(user: User) -> QuerySet[Duty]:
    """The days on which this person is head of a site, the latest first."""
    return Duty.objects.visible_to(user).led_by(user).select_related("site").order_by("-on")


def head_day(duty: Duty, *, at: datetime) -> HeadDay:
    """Everything of the day; as many questions for twenty rooms as for one."""
    found = site_days([duty.on], at=at, sites=Site.objects.filter(pk=duty.site_id))
    day = found[0] if found else SiteDay(duty.site, duty.on)
    keys = [one.sitting.pk for one in day.rooms]
    records = {row.sitting_id: row for row in RoomRecord.objects.filter(sitting__in=keys).select_related("second_by")}
    watching: dict[int, list[User]] = {key: [] for key in keys}
    pairs = Sitting.invigilators.through.objects.filter(sitting__in=keys).select_related("user").order_by("pk")
    for pair in pairs:
        watching[pair.sitting_id].append(pair.user)
    rooms = [
        _room(line, records.get(line.sitting.pk), watching[line.sitting.pk], head=duty.user_id) for line in day.rooms
    ]
    staff = list(Duty.objects.filter(site=duty.site_id, on=duty.on).select_related("user").order_by("role", "pk"))
    return HeadDay(duty, day, rooms, _spares(duty, day), staff, list(sheets_of(duty)[:LATEST]))


def _room(line: RoomLine, row: RoomRecord | None, watching: Collection[User], *, head: int) -> RoomDay:
    return RoomDay(line, row, tuple(watching), head in {one.pk for one in watching})


def _spares(duty: Duty, day: SiteDay) -> list[Spare]:
    used: dict[int, list[Sitting]] = {}
    for line in day.rooms:
        used.setdefault(line.sitting.room_id, []).append(line.sitting)
    rooms = Room.objects.filter(site=duty.site_id, is_spare=True, is_active=True)
    return [Spare(room, tuple(used.get(room.pk, ()))) for room in rooms.order_by("name")]


def sheets_of(duty: Duty) -> QuerySet[PrintRun]:
    """The hand-over sheets that this head asked for, the latest first."""
    asked = PrintRun.objects.filter(kind=PrintKind.PAPERS, asked_by=duty.user_id, on=duty.on)
    return asked.filter(site=duty.site_id).order_by("-pk")


def ask_sheets(duty: Duty, *, by: Act) -> PrintRun:
    """Ask for the hand-over sheets of every room. Refuses with `not_site_head`, and `no_sittings` as printing does."""
    if (duty.user_id, duty.role) != (by.person.pk, DutyRole.HEAD):
        raise Refusal("not_site_head", "交接单由当日负责人申请；其他人请向考务领取。", prints.CLAUSE)
    return prints.ask(site_id=duty.site_id, on=duty.on, by=by, sheets=HAND_OVER)
