"""Acts of the demonstration that wait for a second person: asked by the office through the mechanism itself."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, time, timedelta

from exams.enums import SessionStatus, Sheet, SittingStatus
from exams.models import ExamSession, Room, Sitting, Window
from exams.services import prints
from exams.services.arranging import seat_session
from exams.services.sittings import create_sitting
from kupasi.acts import Act
from kupasi.approvals import services
from kupasi.clock import SHANGHAI
from kupasi.errors import Refusal
from kupasi.people.models import User
from registration.enums import ApplicationStatus as S
from registration.enums import ChoiceStatus
from registration.models import Application, DisruptionChoice, Order
from registration.services import choices

from .accounts import Book
from .examining import third_saturday


class Asking:
    """A refund for finance, a misspelt name and a late application for the office; a cancelled sitting; room papers."""

    def __init__(self, now: Act, *, book: Book) -> None:
        self.now, self.users = now, book.users

    def live(self) -> None:
        """One of each, as far as the year has somebody for it."""
        self.refund()
        self.misspelt()
        self.late()
        self.called_off()
        self.papers()

    def refund(self) -> None:
        """Somebody who paid and fell ill: the office asks, finance decides."""
        paid = Order.objects.filter(application__status=S.CONFIRMED, paid__gt=0, refunded=0).order_by("-pk").first()
        if paid is not None:
            amount = f"{paid.net:.2f}"
            services.ask(
                self.by(20), kind="refund", about=paid, payload={"amount": amount, "available": amount},
                reason="本人住院，不能参加评价，凭出院小结申请。",
            )  # fmt: skip

    def misspelt(self) -> None:
        """A name as the document has it."""
        approved = Application.objects.filter(status=S.APPROVED, institution=None).select_related("candidate")
        first = approved.order_by("pk").first()
        if first is not None:
            payload = {"name": f"{first.candidate.name[:1]}䶮", "kind": "", "number": "", "country": ""}
            services.ask(
                self.by(5), kind="core_change", about=first.candidate, payload=payload,
                reason="录入时名字写错一字，证件原件已核对。",
            )  # fmt: skip

    def late(self) -> None:
        """Somebody who came the day after the window closed."""
        on = self.now.on
        window = Window.objects.public().filter(closes_on__lt=on, exam_month__gt=on).order_by("-closes_on").first()
        busy = Application.objects.exclude(status__in=[S.WITHDRAWN, S.LAPSED]).values("candidate")
        person = Application.objects.filter(status=S.LAPSED).exclude(candidate__in=busy).order_by("-pk").first()
        until = on + timedelta(days=2)
        if window is None or person is None or person.occupation_id is None or until >= window.exam_month:
            return
        services.ask(
            self.by(2), kind="late_acceptance", about=person.candidate,
            payload={"occupation": person.occupation_id, "window": window.pk, "until": until.isoformat()},
            reason="截止日系统维护，本人当日到场未能办理。",
        )  # fmt: skip

    def called_off(self) -> None:
        """A sitting in the spare room of the next session was cancelled by two after its people had their seats: one
        wants the fee back, one goes to another month, the others have not chosen yet."""
        coming = ExamSession.objects.filter(exam_month__gt=self.now.on, status=SessionStatus.PLANNED)
        session = coming.order_by("exam_month", "occupation__order").first()
        room = Room.objects.filter(is_spare=True).order_by("pk").first()
        if session is None or room is None:
            return
        on = third_saturday(session.exam_month) + timedelta(days=1)
        made = []
        for subject, hour in zip(session.occupation.subjects.order_by("order"), (9, 13), strict=False):
            starts = datetime.combine(on, time(hour), tzinfo=SHANGHAI)
            made.append(create_sitting(
                self.by(30), exam_session=session, subject=subject, room=room,
                starts_at=starts, ends_at=starts + timedelta(minutes=90),
            ))  # fmt: skip
        with suppress(Refusal):  # a year without anybody to seat
            seat_session(session.pk, by=self.by(28))
        asked = services.ask(
            self.by(6), kind="sitting_cancel", about=made[0], payload={}, reason="备用考场上午停电检修，这一场取消。"
        )
        services.approve(asked.pk, seen=asked.digest, by=Act(self.users["supervisor"][0], self.now.at))
        self.chosen()

    def chosen(self) -> None:
        """The first two of those affected have chosen."""
        rows = DisruptionChoice.objects.filter(status=ChoiceStatus.OPEN, application__institution=None).order_by("pk")
        wishes = (choices.REFUND, choices.MONTH)
        for row, wish in zip(rows.select_related("application__candidate__user")[:2], wishes, strict=False):
            offered = choices.options(row, row.application, on=self.now.on)
            option = next((one.key for one in offered if one.key.startswith(wish)), "")
            if option:
                choices.choose(row.pk, option=option, by=Act(row.application.candidate.user, self.now.at))

    def papers(self) -> None:
        """Papers of the latest exam day that the worker makes as soon as it runs."""
        done = Sitting.objects.filter(on__lte=self.now.on, status=SittingStatus.CLOSED).exclude(taken=0)
        last = done.select_related("room").order_by("-on", "pk").first()
        if last is not None:
            prints.ask(
                site_id=last.room.site_id, on=last.on, by=self.by(0), room_id=last.room_id,
                sheets=[Sheet.SCHEDULE, Sheet.RECORD, Sheet.PLAN],
            )  # fmt: skip

    def by(self, hours: int) -> Act:
        """A clerk, so many hours ago."""
        clerk: User = self.users["clerk"][0]
        return Act(clerk, self.now.at - timedelta(hours=hours))
