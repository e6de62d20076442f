"""The board of working days: everything with a last day, the calendar it was counted by, and what the pace foretells.

Each kind of line asks a fixed number of questions, however many rows there are (rules C5–C7, M5, M6, S8, A4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Min, Q
from django.urls import reverse

from certificates.enums import CertificateStatus
from certificates.models import Certificate
from discipline.enums import CaseStatus, ComplaintStatus
from discipline.models import Case, Complaint
from exams.enums import EntryStatus, SittingStatus
from exams.models import Disruption, Mark, Recheck, Seat, Sitting
from exams.rules.calendar import ticket_day
from exams.rules.forecast import Forecast, Outlook, forecast
from exams.services.calendar import work_calendar
from exams.services.deadlines import ToCome, to_come
from exams.services.settings import number
from kupasi.dates import WorkCalendar
from kupasi.people.roles import may_any
from kupasi.queues import MOST, at_most
from registration.enums import ChoiceStatus

AHEAD = 60  # calendar days of ticket days that are shown
PACE_DAYS = 5  # working days over which the pace is taken
OUTLOOKS = {Outlook.LATE: "按现在的进度会逾期", Outlook.IN_TIME: "按现在的进度能按期", Outlook.DONE: "已录完"}


@dataclass(frozen=True, slots=True)
class Line:
    """One last day: what, when, how sure, how many working days are left (negative: over), and how many it concerns."""

    what: str
    due_on: date
    is_provisional: bool
    left: int
    count: int
    url: str
    soon: int = 0
    ahead: Forecast | None = None

    @property
    def state(self) -> str:
        """`late`, `soon` or `open`."""
        if self.left < 0:
            return "late"
        return "soon" if self.left <= self.soon else "open"

    @property
    def calendar_words(self) -> str:
        """The calendar that the day was counted by."""
        return f"暂定：{self.due_on.year} 年放假安排未公布" if self.is_provisional else "按已公布的放假安排"

    @property
    def ahead_words(self) -> str:
        """What the pace so far foretells."""
        if self.ahead is None:
            return ""
        days = f"，还要 {self.ahead.needed} 个工作日" if self.ahead.needed else ""
        return OUTLOOKS.get(self.ahead.outlook, "还看不出进度") + days

    @property
    def is_foretold_late(self) -> bool:
        """Whether a breach is foretold that has not happened yet."""
        return self.ahead is not None and self.ahead.outlook == Outlook.LATE and self.left >= 0


@dataclass(slots=True)
class Group:
    """One kind of deadline, its lines by day, and what has no day but waits."""

    label: str
    clause: str
    lines: list[Line] = field(default_factory=list)
    waits: str = ""


@dataclass(frozen=True, slots=True)
class Maker:
    """What a line is made with: today, the calendar, when a day counts as near."""

    on: date
    calendar: WorkCalendar
    soon: int
    results_page: str  # where somebody of this role looks at a session's results

    def line(self, what: str, due_on: date, *, sure: bool, count: int, url: str, ahead: Forecast | None = None) -> Line:
        """One line."""
        left = self.calendar.working_days_between(self.on, due_on)
        return Line(what, due_on, not sure, left if due_on >= self.on else min(left, -1), count, url, self.soon, ahead)


def board(user: Any, *, on: date) -> list[Group]:
    """The deadlines that this person's role has to do with, each group by its nearest day."""
    page = "publication" if may_any(user, "score.publish") else "result-hints"
    make = Maker(on, work_calendar(), number("due_soon_working_days"), page)
    groups = [build(make) for action, build in GROUPS if may_any(user, action)]
    for one in groups:
        one.lines.sort(key=lambda line: (line.due_on, line.what))
    return groups


def _tickets(make: Maker) -> Group:
    rows = Sitting.objects.filter(
        status=SittingStatus.PLANNED, on__gte=make.on, on__lte=make.on + timedelta(days=AHEAD)
    )
    waiting = Q(seats__entry__status=EntryStatus.SEATED)
    counted = (
        rows.order_by("on")
        .values("on")
        .annotate(
            waiting=Count("seats__entry", filter=waiting, distinct=True),
            people=Count("seats__entry", filter=~Q(seats__entry__status=EntryStatus.CANCELLED), distinct=True),
        )
    )
    group, before = Group("准考证", "通知 二(五)"), number("ticket_days_before")
    for row in counted:
        day = ticket_day(row["on"], make.calendar, days_before=before)
        if row["waiting"] or (row["people"] and day.on >= make.on):
            what = f"{row['on']} 的考试：待制 {row['waiting']} / {row['people']} 人"
            group.lines.append(make.line(what, day.on, sure=not day.provisional, count=0, url=reverse("board-day")))
    return group


def _results(make: Maker) -> Group:
    """Sessions whose results are to come: the exams behind with their pace, and those ahead."""
    rows = to_come()
    paces = _paces([one.session.pk for one in rows if one.exam_on <= make.on], make)
    return Group("成绩公布", "通知 三", [_result(one, paces.get(one.session.pk), make) for one in rows])


def _result(one: ToCome, pace: _Pace | None, make: Maker) -> Line:
    sure, url = not one.due.provisional, reverse(make.results_page, args=[one.session.pk])
    if pace is None:
        what = f"{one.session}：{one.exam_on.month}月{one.exam_on.day}日考试，尚未考完"
        return make.line(what, one.due.on, sure=sure, count=0, url=url)
    left = make.calendar.working_days_between(make.on, one.due.on)
    ahead = forecast(
        done=pace.lately, remaining=pace.remaining, days_worked=pace.days,
        days_left=left if one.due.on >= make.on else -1,
    )  # fmt: skip
    what = f"{one.session}：已确定 {pace.done} 科次，待录 {pace.remaining}"
    return make.line(what, one.due.on, sure=sure, count=pace.remaining, url=url, ahead=ahead)


@dataclass(slots=True)
class _Pace:
    """Marks of a session: settled in all and lately, to come, and over how many working days lately was."""

    done: int = 0
    lately: int = 0
    remaining: int = 0
    days: int = 0


def _paces(sessions: list[int], make: Maker) -> dict[int, _Pace]:
    """Three questions for any number of sessions."""
    found = {key: _Pace() for key in sessions}
    since = make.calendar.subtract_working_days(make.on, PACE_DAYS).on
    seats = Seat.objects.filter(entry__exam_session__in=sessions, sitting__on__lte=make.on)
    waiting = seats.filter(entry__status__in=[EntryStatus.SAT, EntryStatus.SEATED, EntryStatus.TICKETED], mark=None)
    for key, count in waiting.order_by().values_list("entry__exam_session").annotate(Count("pk")):
        found[key].remaining = count
    marks = Mark.objects.filter(seat__entry__exam_session__in=sessions).order_by()
    lately = Count("pk", filter=Q(settled_at__date__gte=since))
    for key, count, late in marks.values_list("seat__entry__exam_session").annotate(total=Count("pk"), lately=lately):
        found[key].done, found[key].lately = count, late
    days = Sitting.objects.filter(exam_session__in=sessions, on__lte=make.on).order_by()
    for key, first in days.values_list("exam_session").annotate(Min("on")):
        begun = max(since, first)
        found[key].days = max(make.calendar.working_days_between(begun, make.on), 0) + (begun == since)
    return found


def _rechecks(make: Maker) -> Group:
    rows = Recheck.objects.open().order_by("due_on").values_list("due_on", "is_provisional").annotate(Count("pk"))
    lines = [
        make.line("答复成绩复核", day, sure=not open_, count=many, url=reverse("rechecks")) for day, open_, many in rows
    ]
    return Group("成绩复核", "本单位规定：成绩复核", lines)


def _choices(make: Maker) -> Group:
    waiting = Count("choices", filter=Q(choices__status=ChoiceStatus.OPEN))
    rows = Disruption.objects.annotate(waiting=waiting).filter(waiting__gt=0)
    lines = [
        make.line(str(one), one.answer_until, sure=not one.is_provisional, count=one.waiting,
                  url=reverse("board-disruption", args=[one.pk]))
        for one in rows
    ]  # fmt: skip
    return Group("取消与改期的选择", "须知 一", lines)


def _hearings(make: Maker) -> Group:
    url = reverse("cases")
    heard = Case.objects.filter(status=CaseStatus.NOTICED, hearing_until__isnull=False).order_by("hearing_until")
    lines = [
        make.line("陈述申辩截止", day, sure=not open_, count=many, url=url)
        for day, open_, many in heard.values_list("hearing_until", "hearing_is_provisional").annotate(Count("pk"))
    ]
    served = Case.objects.filter(status=CaseStatus.SERVED, review_until__isnull=False).order_by("review_until")
    lines += [
        make.line("申请复核截止", day, sure=True, count=many, url=url)
        for day, many in served.values_list("review_until").annotate(Count("pk"))
    ]
    return Group("违纪处理", "本单位规定：违纪处理程序", lines)


def _complaints(make: Maker) -> Group:
    asked = Complaint.objects.filter(status=ComplaintStatus.RECEIVED).order_by("due_on")
    lines = [
        make.line("答复投诉举报", day, sure=not open_, count=many, url=reverse("complaints"))
        for day, open_, many in asked.values_list("due_on", "is_provisional").annotate(Count("pk"))
    ]
    return Group("投诉举报", "本单位规定：投诉举报", lines)


def _collections(make: Maker) -> Group:
    waiting = Certificate.objects.filter(status=CertificateStatus.ISSUED).order_by("issued_on").values("issued_on")
    found = waiting[:MOST].aggregate(count=Count("*"), oldest=Min("issued_on"))
    words = f"{at_most(found['count'])} 张待领取，最早的 {found['oldest']} 制成"
    return Group("证书领取", "通知 五", waits=words if found["count"] else "没有待领取的证书")


GROUPS: Iterable[tuple[str, Callable[[Maker], Group]]] = (
    ("ticket.release", _tickets),
    ("score.review", _results),
    ("score.review", _rechecks),
    ("refund.ask", _choices),
    ("case.decide_23", _hearings),
    ("app.create_counter", _complaints),  # whoever stands at the desk answers them
    ("cert.print", _collections),
)
