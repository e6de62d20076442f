"""What is due today and tomorrow, session by session and site by site: a fixed number of questions for any number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from exams.enums import Attendance, EntryStatus, RoomState, SessionStatus, SittingStatus, TicketStatus
from exams.models import AdmissionTicket, Entry, ExamSession, Seat, Site, Sitting, TicketPacket
from kupasi.dates import month_start

from . import tickets
from .packet_files import VALID
from .rooms import state_of
from .ticket_answers import OPEN

OVER = (SessionStatus.CANCELLED, SessionStatus.PUBLISHED)
WITH_SEAT = (EntryStatus.SEATED, EntryStatus.TICKETED)
PACKED = (EntryStatus.TICKETED, EntryStatus.SAT)
DAYS_SHOWN = 14  # of the attendance chart


@dataclass(slots=True)
class SessionLine:
    """One session: whom it waits for, and how many are to be done today and tomorrow."""

    session: ExamSession
    without_original: int = 0
    to_arrange: int = 0
    tickets_today: int = 0
    tickets_tomorrow: int = 0
    unconfirmed: int = 0
    disputed: int = 0
    capacity: int = 0
    taken: int = 0

    @property
    def is_waiting(self) -> bool:
        """Whether somebody has something to do."""
        return any((self.to_arrange, self.tickets_today, self.tickets_tomorrow, self.unconfirmed, self.disputed))


@dataclass(slots=True)
class RoomLine:
    """One sitting of the day: who was expected, came (some late), did not, is not stated; how far the room is."""

    sitting: Sitting
    expected: int
    present: int
    late: int
    absent: int
    unstated: int
    state: RoomState

    @property
    def is_closed(self) -> bool:
        """Whether the room was closed."""
        return bool(self.sitting.status == SittingStatus.CLOSED)


@dataclass(slots=True)
class SiteDay:
    """A site on an exam day: its rooms, the packet, and whose tickets nobody has confirmed."""

    site: Site
    on: date
    rooms: list[RoomLine] = field(default_factory=list)
    packet: TicketPacket | None = None
    packet_is_old: bool = False
    unconfirmed: int = 0

    @property
    def open_rooms(self) -> int:
        """Rooms that are not closed."""
        return sum(not one.is_closed for one in self.rooms)

    @property
    def packet_words(self) -> str:
        """How far the packet is."""
        if self.packet is None:
            return "未打包"
        words = "已送达" if self.packet.deposited_at else "已打包，未送达"
        return f"{words}，之后准考证有变动，请重新打包" if self.packet_is_old else words


def sessions(on: date) -> list[SessionLine]:
    """Every session that is not over, this month's and later ones, the nearest first."""
    rows = ExamSession.objects.exclude(status__in=OVER).select_related("occupation")
    rows = rows.filter(exam_month__gte=month_start(on)).order_by("exam_month", "pk")
    lines = {one.pk: SessionLine(one) for one in rows}
    _count_entries(lines)
    for name, day in (("tickets_today", on), ("tickets_tomorrow", on + timedelta(days=1))):
        due = tickets.overdue(day).order_by().values("pk")
        _put(lines, name, Entry.objects.filter(pk__in=due), "exam_session")
    for row in lines.values():
        row.tickets_tomorrow -= row.tickets_today
    asked = AdmissionTicket.objects.filter(entry__status=EntryStatus.TICKETED, entry__exam_session__in=lines)
    _put(lines, "unconfirmed", asked.filter(status__in=OPEN, answered_at=None), "entry__exam_session")
    _put(lines, "disputed", asked.filter(status=TicketStatus.DISPUTED), "entry__exam_session")
    ahead = Sitting.objects.filter(exam_session__in=lines, status=SittingStatus.PLANNED, on__gte=on).order_by()
    for key, places, taken in ahead.values_list("exam_session").annotate(Sum("capacity"), Sum("taken")):
        lines[key].capacity, lines[key].taken = places, taken
    return list(lines.values())


def _count_entries(lines: dict[int, SessionLine]) -> None:
    rows = Entry.objects.filter(exam_session__in=lines, status=EntryStatus.ENROLLED).order_by()
    counted = rows.values_list("exam_session").annotate(
        missing=Count("pk", filter=Q(papers_in_at=None)), ready=Count("pk", filter=Q(papers_in_at__isnull=False))
    )
    for key, missing, ready in counted:
        lines[key].without_original, lines[key].to_arrange = missing, ready


def _put(lines: dict[int, SessionLine], name: str, rows: QuerySet[Entry] | QuerySet[AdmissionTicket], of: str) -> None:
    for key, count in rows.order_by().values_list(of).annotate(Count("pk")):
        if key in lines:
            setattr(lines[key], name, count)


def site_days(days: Iterable[date], *, at: datetime, sites: QuerySet[Site] | None = None) -> list[SiteDay]:
    """The exam days among these, site by site (all, or these sites), with their rooms."""
    wanted = list(days)
    found: dict[tuple[int, date], SiteDay] = {}
    rows = Sitting.objects.filter(on__in=wanted).exclude(status=SittingStatus.CANCELLED)
    if sites is not None:
        rows = rows.filter(room__site__in=sites)
    seats = Q(seats__isnull=False) & ~Q(seats__entry__status=EntryStatus.CANCELLED)
    came = Q(seats__attendance__in=[Attendance.PRESENT, Attendance.LATE])
    rows = rows.select_related("room__site", "room_record", "subject", "exam_session__occupation").annotate(
        expected=Count("seats", filter=seats),
        present=Count("seats", filter=seats & came),
        late=Count("seats", filter=seats & Q(seats__attendance=Attendance.LATE)),
        absent=Count("seats", filter=seats & Q(seats__attendance=Attendance.ABSENT)),
        unstated=Count("seats", filter=seats & Q(seats__attendance=Attendance.UNKNOWN)),
    )
    for row in rows.order_by("on", "room__site", "starts_at", "room"):
        day = found.setdefault((row.room.site_id, row.on), SiteDay(row.room.site, row.on))
        state = state_of(row, stated=row.expected - row.unstated, at=at)
        day.rooms.append(RoomLine(row, row.expected, row.present, row.late, row.absent, row.unstated, state))
    _packets(found, wanted)
    return list(found.values())


def _packets(found: dict[tuple[int, date], SiteDay], days: list[date]) -> None:
    for packet in TicketPacket.objects.filter(on__in=days).order_by("pk"):
        if (packet.site_id, packet.on) in found:
            found[packet.site_id, packet.on].packet = packet
    asked = Seat.objects.filter(sitting__on__in=days, entry__ticket__status__in=OPEN, entry__ticket__answered_at=None)
    counted = asked.order_by().values_list("sitting__room__site", "sitting__on").annotate(Count("entry", distinct=True))
    for site, on, count in counted:
        if (site, on) in found:
            found[site, on].unconfirmed = count
    _old_packets(found, days)


def _old_packets(found: dict[tuple[int, date], SiteDay], days: list[date]) -> None:
    """A packet is old when a ticket of its day was made after it, or it holds more or fewer than there are."""
    rows = Seat.objects.filter(
        sitting__on__in=days, entry__status__in=PACKED, entry__ticket__status__in=VALID
    ).order_by()
    counted = rows.values_list("sitting__room__site", "sitting__on").annotate(
        Count("entry", distinct=True), Max("entry__ticket__versions__made_at")
    )
    now = {(site, on): (count, newest) for site, on, count, newest in counted}
    for key, one in found.items():
        count, newest = now.get(key, (0, None))
        if one.packet is not None:
            one.packet_is_old = one.packet.tickets != count or (newest is not None and newest > one.packet.made_at)


def attendance(on: date) -> list[tuple[date, int, int]]:
    """The last exam days with closed rooms: day, who came, who did not; it adds up rooms, never seats."""
    closed = Sitting.objects.filter(on__lte=on, status=SittingStatus.CLOSED).order_by("-on")
    rows = closed.values_list("on").annotate(Sum("came"), Sum("missed"))[:DAYS_SHOWN]
    return sorted((day, came, missed) for day, came, missed in rows)


def fill() -> list[tuple[ExamSession, int, int]]:
    """Planned sessions with sittings: the seats there are, and those that are taken."""
    planned = Q(sittings__status=SittingStatus.PLANNED)
    rows = ExamSession.objects.exclude(status__in=OVER).select_related("occupation")
    rows = rows.annotate(
        places=Coalesce(Sum("sittings__capacity", filter=planned), 0),
        seated=Coalesce(Sum("sittings__taken", filter=planned), 0),
    )
    return [(one, one.places, one.seated) for one in rows.filter(places__gt=0).order_by("exam_month", "pk")[:24]]
