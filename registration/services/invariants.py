"""What must always hold between the rows: asked every night for everything, and before results go out for a session.

No single constraint can state these, since each spans several tables. A broken one blocks publication and is named by
its code and the keys of the rows, never by a person (quality: Invariants).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from certificates.models import Certificate
from discipline.models import Bar
from exams.enums import Attendance, EntryStatus, SittingStatus, TicketStatus
from exams.models import AdmissionTicket, Entry, ExamSession, Mark, MarkEntry, RoomRecord, Seat, Sitting
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.notices.services import once, queue
from kupasi.people.models import User
from registration.enums import LIVE, OPEN, ApplicationStatus, OrderStatus
from registration.models import Application, Order, OrderItem, Payment, Refund

from .invariants_certificates import earned_all, no_bar_at_issue, no_hold_at_issue, number_once
from .invariants_retakes import built_on_given_up, kept_beside_new, retake_too_late
from .invariants_rooms import counts_unconfirmed, rooms_counted

JOB = "check-invariants"
ACTION = "invariants.broken"
SHOWN = 20  # keys named in the record and the letter
MONEY = models.DecimalField(max_digits=12, decimal_places=2)
ARRANGED = (EntryStatus.SEATED, EntryStatus.TICKETED, EntryStatus.SAT, EntryStatus.PUBLISHED)
WAITING = (EntryStatus.ENROLLED, EntryStatus.SEATED, EntryStatus.TICKETED)
TICKETED = (EntryStatus.TICKETED, EntryStatus.SAT, EntryStatus.PUBLISHED)
CONFIRMED = (ApplicationStatus.CONFIRMED, ApplicationStatus.CONCLUDED)
CAME = (Attendance.PRESENT, Attendance.LATE)


@dataclass(frozen=True, slots=True)
class Broken:
    """One invariant that does not hold: its code, what should be, and the keys of the rows."""

    code: str
    words: str
    keys: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.words}（{self.code}：{'、'.join(self.keys[:SHOWN])}）"


Rows = QuerySet[Any]
Keys = Iterable[object]
Look = Callable[[Rows], Keys]


@dataclass(frozen=True, slots=True)
class Invariant:
    """A name, its words, the rows it is asked of (`session` is the path from them to the exam session), the look."""

    code: str
    words: str
    rows: Callable[[], Rows]
    session: str
    look: Look


def broken(exam_session_id: int | None = None) -> list[Broken]:
    """The invariants that do not hold, for everything or for one exam session."""
    found = []
    for one in INVARIANTS:
        rows = one.rows()
        if exam_session_id is not None:
            if not one.session:
                continue
            rows = rows.filter(**{one.session: exam_session_id})
        keys = tuple(str(key) for key in one.look(rows))
        if keys:
            found.append(Broken(one.code, one.words, keys))
    return found


def broken_words(exam_session_id: int) -> list[str]:
    """What keeps the results of a session back."""
    return [str(one) for one in broken(exam_session_id)]


@transaction.atomic
def check(*, by: Act) -> list[Broken]:
    """The nightly look at everything, once a day whatever the clocks do; what is broken is recorded and told to
    supervisors and auditors.
    """
    if not once(JOB, by.on.isoformat(), at=by.at):
        return []
    found = broken()
    if not found:
        return []
    readers = User.objects.filter(groups__name__in=["supervisor", "auditor"], is_active=True).distinct()
    about = by.actor or readers.order_by("pk").first()
    if about is not None:
        record(by, ACTION, about, after={one.code: list(one.keys[:SHOWN]) for one in found})
    for reader in readers:
        _tell(reader, found, by=by)
    return found


def _tell(reader: User, found: list[Broken], *, by: Act) -> None:
    queue(
        by,
        key=f"{JOB}:{by.on}:{reader.pk}",
        kind="invariants",
        user=reader,
        subject="数据核对发现不一致",
        body="夜间核对发现以下数据不一致，相关场次的成绩在处理之前不能公布：\n" + "\n".join(str(one) for one in found),
        about=reader,
    )


# --- money and places ------------------------------------------------------------------------------------------------
def _keys(rows: Rows) -> Keys:
    return list(rows.values_list("pk", flat=True))


def _summed(model: type[models.Model]) -> Any:
    rows = model._default_manager.filter(order=OuterRef("pk")).order_by().values("order")
    return Coalesce(models.Subquery(rows.annotate(total=Sum("amount")).values("total")), 0, output_field=MONEY)


def _paid(rows: Rows) -> Keys:
    """What the order says came in and went back is what the ledger says, and never more back than in."""
    sums = rows.annotate(came=_summed(Payment), went=_summed(Refund))
    wrong = ~Q(paid=F("came")) | ~Q(refunded=F("went")) | Q(went__gt=F("came"))
    return _keys(sums.filter(wrong))


def _places(rows: Rows) -> Keys:
    live = Application.objects.filter(exam_session=OuterRef("pk"), status__in=LIVE).order_by().values("exam_session")
    counted = rows.annotate(live=Coalesce(models.Subquery(live.annotate(n=Count("pk")).values("n")), 0))
    wrong = ~Q(taken=F("live")) | Q(capacity__isnull=False, taken__gt=F("capacity"))
    return _keys(counted.filter(wrong))


def _seats_taken(rows: Rows) -> Keys:
    held = Seat.objects.filter(sitting=OuterRef("pk")).order_by().values("sitting").annotate(n=Count("pk"))
    counted = rows.annotate(held=Coalesce(models.Subquery(held.values("n")), 0))
    return _keys(counted.filter(~Q(taken=F("held")) | Q(taken__gt=F("capacity"))))


def _one_live(rows: Rows) -> Keys:
    live = rows.filter(status__in=LIVE).order_by().values("candidate", "occupation", "exam_session__exam_month")
    several = live.annotate(n=Count("pk"), last=models.Max("pk")).filter(n__gt=1)
    return list(several.values_list("last", flat=True))


# --- ticket ⇒ seat ⇒ confirmed ⇒ paid --------------------------------------------------------------------------------
def _ticket_seated(rows: Rows) -> Keys:
    valid = rows.exclude(status=TicketStatus.REVOKED).filter(version__gte=1)
    unseated = Exists(Seat.objects.filter(entry=OuterRef("entry"), sitting=None))
    return _keys(valid.filter(Q(unseated) | ~Q(entry__status__in=TICKETED)))


def _seat_confirmed(rows: Rows) -> Keys:
    arranged = rows.filter(entry__status__in=ARRANGED, sitting__isnull=False, entry__application__isnull=False)
    return _keys(arranged.exclude(entry__application__status__in=CONFIRMED))


def _confirmed_paid(rows: Rows) -> Keys:
    """Whoever has sat was paid for, even where some was given back later for a reason."""
    short = Q(entry__status__in=WAITING, order__paid__lt=F("order__total") + F("order__refunded"))
    unpaid = Q(order=None) | Q(order__paid__lt=F("order__total")) | short
    alone = rows.filter(unpaid, status__in=CONFIRMED, institution=None)
    items = OrderItem.objects.filter(application=OuterRef("pk"), order__paid__gt=0)
    full = Exists(items.filter(order__paid__gte=F("order__total") + F("order__refunded")))
    in_group = rows.filter(status__in=CONFIRMED, institution__isnull=False)
    return [*_keys(alone), *_keys(in_group.filter(~Exists(items) | (Q(entry__status__in=WAITING) & ~full)))]


def _group_total(rows: Rows) -> Keys:
    """What a roster owes is what its people's items come to, less what went back for single people."""
    items = OrderItem.objects.filter(order=OuterRef("pk")).order_by().values("order")
    back = Refund.objects.filter(order=OuterRef("pk"), application__isnull=False).order_by().values("order")
    sums = rows.exclude(status=OrderStatus.CLOSED).annotate(
        owed=Coalesce(models.Subquery(items.annotate(total=Sum("amount")).values("total")), 0, output_field=MONEY),
        back=Coalesce(models.Subquery(back.annotate(total=Sum("amount")).values("total")), 0, output_field=MONEY),
    )
    return _keys(sums.exclude(total=F("owed") - F("back")))


def _open_entry(rows: Rows) -> Keys:
    unfounded = rows.filter(status__in=OPEN - {ApplicationStatus.CONFIRMED}, entry__isnull=False)
    cancelled = rows.filter(status=ApplicationStatus.CONFIRMED, entry__status=EntryStatus.CANCELLED)
    return _keys(unfounded | cancelled)


# --- bars, marks ---------------------------------------------------------------------------------------
def _barred(rows: Rows) -> Keys:
    """A sitting that a person has, or came to, on a day of a bar that was known before it began."""
    bar = Bar.objects.filter(
        candidate=OuterRef("entry__candidate"),
        barred_from__lte=OuterRef("sitting__on"),
        barred_until__gte=OuterRef("sitting__on"),
        recorded_at__lt=OuterRef("sitting__starts_at"),
    ).filter(Q(lifted_at=None) | Q(lifted_at__gt=OuterRef("sitting__starts_at")))
    sitting = rows.filter(sitting__isnull=False, attendance__in=[*CAME, Attendance.UNKNOWN])
    sitting = sitting.exclude(sitting__status=SittingStatus.CANCELLED).exclude(entry__status=EntryStatus.CANCELLED)
    return _keys(sitting.filter(Exists(bar)))


def _four_eyes(rows: Rows) -> Keys:
    entered = MarkEntry.objects.filter(seat=OuterRef("seat"), entered_by=OuterRef("published_by"))
    of_them = Q(published_by=F("first_by")) | Q(published_by=F("second_by")) | Q(published_by=F("third_by"))
    return _keys(rows.filter(of_them | Q(Exists(entered)), published_by__isnull=False))


def _ticket_number_once(rows: Rows) -> Keys:
    another = AdmissionTicket.objects.filter(number=OuterRef("number")).exclude(pk=OuterRef("pk"))
    return _keys(rows.filter(Exists(another)))


def _rows(model: type[models.Model]) -> Callable[[], Rows]:
    return lambda: model._default_manager.order_by("pk")


APPLICATION, ORDER, SEAT = _rows(Application), _rows(Order), _rows(Seat)
CERTIFICATE, TICKET = _rows(Certificate), _rows(AdmissionTicket)
TO_ROSTER = "items__application__exam_session"


def ROSTER_ORDER() -> Rows:
    """The orders of rosters, each once."""
    return Order.objects.filter(roster__isnull=False).distinct().order_by("pk")


TO_TICKET, TO_SEAT, TO_ROOM = "entry__exam_session", "entry__exam_session", "sitting__exam_session"
INVARIANTS = (
    Invariant("paid_follows_ledger", "已到账 = 到账 − 退费", ORDER, "application__exam_session", _paid),
    Invariant("roster_paid_follows_ledger", "团体订单已到账 = 到账 − 退费", ROSTER_ORDER, TO_ROSTER, _paid),
    Invariant("roster_total_follows_items", "团体应缴 = 各人费用 − 各人退费", ROSTER_ORDER, TO_ROSTER, _group_total),
    Invariant("places_counted", "已占名额 = 有效申报，且不超过名额", _rows(ExamSession), "pk", _places),
    Invariant("seats_counted", "每场已排人数 = 座位数，且不超过名额", _rows(Sitting), "", _seats_taken),
    Invariant(
        "closed_rooms_counted", "已结束考场的到考、缺考 = 座位登记", _rows(Sitting), "exam_session", rooms_counted
    ),
    Invariant(
        "room_count_confirmed", "收回份数与实到一致，或由第二人确认", _rows(RoomRecord), TO_ROOM, counts_unconfirmed
    ),
    Invariant("one_live_application", "一人一职业一评价月只有一份申报", APPLICATION, "exam_session", _one_live),
    Invariant("ticket_has_seat", "有准考证必有座位", TICKET, TO_TICKET, _ticket_seated),
    Invariant("seat_is_confirmed", "有座位必已确认", SEAT, TO_SEAT, _seat_confirmed),
    Invariant("confirmed_is_paid", "已确认必已缴清", APPLICATION, "exam_session", _confirmed_paid),
    Invariant("entry_is_confirmed", "参评记录与申报状态相符", APPLICATION, "exam_session", _open_entry),
    Invariant("no_sitting_in_bar", "不得参加期间没有场次", SEAT, TO_SEAT, _barred),
    Invariant("publisher_entered_none", "录分人没有公布该成绩", _rows(Mark), "seat__entry__exam_session", _four_eyes),
    Invariant("certificate_is_earned", "持证者各科合格且未取消", CERTIFICATE, TO_TICKET, earned_all),
    Invariant("no_bar_at_issue", "发证时不在不得参加期间", CERTIFICATE, TO_TICKET, no_bar_at_issue),
    Invariant("no_hold_at_issue", "发证时没有暂缓的成绩", CERTIFICATE, TO_TICKET, no_hold_at_issue),
    Invariant("certificate_number_once", "证书编号只用一次", CERTIFICATE, TO_TICKET, number_once),
    Invariant("ticket_number_once", "准考证号只用一次", TICKET, TO_TICKET, _ticket_number_once),
    Invariant("no_kept_pass_beside_new", "新申报确认后不再保留合格成绩", APPLICATION, "exam_session", kept_beside_new),
    Invariant("retake_builds_on_kept", "补考依据的成绩没有放弃", _rows(Entry), "exam_session", built_on_given_up),
    Invariant("retake_in_time", "补考在有效期内申请", APPLICATION, "exam_session", retake_too_late),
)
