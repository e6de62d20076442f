"""Calling off and moving exams, and the fees owed for it: what two people decide (matrix plan.edit, refund.ask)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Count, QuerySet
from django.urls import reverse

from exams.enums import SittingStatus, TicketStatus
from exams.models import AdmissionTicket, ExamSession, Room, Sitting
from exams.rules.disruptions import answer_until
from exams.services import disruptions, sittings
from exams.services.calendar import work_calendar
from exams.services.settings import number
from kupasi import clock
from kupasi.acts import Act
from kupasi.approvals.kinds import AskForm, Granted, Kind, Line, Payload
from kupasi.clock import SHANGHAI
from registration.enums import ApplicationStatus, ChoiceStatus
from registration.models import Application, DisruptionChoice
from registration.services import choices, money, refunds
from registration.services.choice_rows import locked

S = ApplicationStatus
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
HINT = (
    "批准后立即生效：受影响的人员收到来信，可选择接受新安排、改到其他评价月或全额退费；已发的准考证按新安排重制或作废。"
)
RULE = "须知 一"


class SessionForm(AskForm):
    """Whether the session is cancelled, or moved whole to another one of the same occupation."""

    target = forms.ModelChoiceField(
        label="整场改到",
        queryset=ExamSession.objects.none(),
        required=False,
        empty_label="不改期，取消该场次",
        help_text="改到其他评价月的，全部人员随之改期，仍可选择退费；没有列出的评价月请先建立场次。",
    )

    def prepare(self) -> None:
        later = ExamSession.objects.filter(occupation=self.about.occupation, exam_month__gt=clock.today())
        later = later.exclude(pk=self.about.pk).exclude(status__in=disruptions.OVER)
        self.fields["target"].queryset = later.order_by("exam_month")  # type: ignore[attr-defined]

    def payload(self) -> dict[str, Any]:
        target = self.cleaned_data["target"]
        return {"target": target.pk if target else None}


class MoveForm(AskForm):
    """The new day, time and room of a sitting."""

    on = forms.DateField(label="新日期", widget=DAY)
    starts = forms.TimeField(label="开始时间", widget=TIME)
    ends = forms.TimeField(label="结束时间", widget=TIME)
    room = forms.ModelChoiceField(label="考场", queryset=Room.objects.none())

    def prepare(self) -> None:
        rooms = Room.objects.filter(is_active=True).select_related("site")
        self.fields["room"].queryset = rooms  # type: ignore[attr-defined]
        starts, ends = (one.astimezone(SHANGHAI) for one in (self.about.starts_at, self.about.ends_at))
        shown = {"on": starts.date(), "starts": starts.time(), "ends": ends.time(), "room": self.about.room_id}
        self.initial.update(shown)

    def payload(self) -> dict[str, Any]:
        given = self.cleaned_data
        day = given["on"].isoformat()
        times = {name: f"{day}T{given[name]:%H:%M}" for name in ("starts", "ends")}
        return {**times, "room": given["room"].pk}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def _people(affected: QuerySet[Application]) -> list[Line]:
    """Who is affected, in figures: by state, by institution, with tickets, and the money behind them."""
    states = dict(affected.order_by().values_list("status").annotate(Count("pk")))
    lines = [Line("受影响的人数", "", f"{sum(states.values())} 人")]
    lines += [Line(f"其中{S(one).label}", "", f"{many} 人") for one, many in sorted(states.items())]
    schools = affected.exclude(institution=None).order_by().values_list("institution__name").annotate(Count("pk"))
    lines += [Line(f"机构：{name}", "", f"{many} 人") for name, many in sorted(schools)]
    tickets = AdmissionTicket.objects.filter(entry__in=affected.values("entry")).exclude(status=TicketStatus.REVOKED)
    lines.append(Line("已发准考证", "", f"{tickets.count()} 张，按新安排重制或作废"))
    fees = sum(
        (fee or Decimal(0) for fee in affected.filter(status=S.CONFIRMED).values_list("fee_total", flat=True)),
        Decimal(0),
    )
    lines.append(Line("全部退费时", "", f"{fees:.2f} 元"))
    return lines


def _of_session(session: ExamSession) -> QuerySet[Application]:
    return Application.objects.open().filter(exam_session=session)


def _of_sitting(sitting: Sitting) -> QuerySet[Application]:
    return Application.objects.open().filter(entry__in=disruptions.people_in(sitting.pk))


def _until(*, exam_on: Any = None) -> str:
    due = answer_until(clock.today(), work_calendar(), days=number("disruption_answer_days"), exam_on=exam_on)
    return f"{due.on}（今天批准的话{'；暂定' if due.provisional else ''}）"


def _session_state(session: ExamSession, given: Payload) -> Payload:
    return {"status": session.status, "confirmed": _of_session(session).filter(status=S.CONFIRMED).count()}


def _session_lines(session: ExamSession, given: Payload) -> list[Line]:
    disruptions.judge_session(session, at=clock.now())
    target = ExamSession.objects.select_related("occupation").get(pk=given["target"]) if given["target"] else None
    silence = "随场次改期" if target else "全额退费"
    return [
        Line("评价场次", str(session), f"改到 {target.exam_month:%Y年%m月}" if target else "取消"),
        Line("考试安排", "", f"{session.sittings.filter(status=SittingStatus.PLANNED).count()} 场取消，座位释放"),
        *_people(_of_session(session)),
        Line("选择截止日", "", _until()),
        Line("逾期没有选择的", "", silence),
    ]


def _sitting_state(sitting: Sitting, given: Payload) -> Payload:
    return {"status": sitting.status, "starts": sitting.starts_at, "room": sitting.room_id, "taken": sitting.taken}


def _move_lines(sitting: Sitting, given: Payload) -> list[Line]:
    starts, ends = _moment(given["starts"]), _moment(given["ends"])
    room = Room.objects.select_related("site").get(pk=given["room"])
    by = Act.of_job("preview")
    with transaction.atomic():  # its refusals are told to the asker; nothing of it remains
        sittings.change_sitting(sitting.pk, by=by, reason="-", room=room, starts_at=starts, ends_at=ends)
        transaction.set_rollback(True)
    return [
        Line("时间", _words(sitting.starts_at, sitting.ends_at), _words(starts, ends)),
        Line("考场", str(sitting.room), str(room)),
        *_people(_of_sitting(sitting)),
        Line("选择截止日", "", _until(exam_on=starts.date())),
        Line("逾期没有选择的", "", "视为接受新安排"),
    ]


def _words(starts: datetime, ends: datetime) -> str:
    return f"{starts.astimezone(SHANGHAI):%Y-%m-%d %H:%M}–{ends.astimezone(SHANGHAI):%H:%M}"


def _move(granted: Granted) -> object:
    given = granted.payload
    return disruptions.move_sitting(
        granted.about.pk,
        room=Room.objects.get(pk=given["room"]),
        starts_at=_moment(given["starts"]),
        ends_at=_moment(given["ends"]),
        proposal=granted.proposal,
        by=granted.by,
    )


def _cancel_lines(sitting: Sitting, given: Payload) -> list[Line]:
    return [
        Line("这一场", str(sitting), "取消"),
        *_people(_of_sitting(sitting)),
        Line("选择截止日", "", _until()),
        Line("逾期没有选择的", "", "在同一评价场次内重新编排"),
    ]


def _planned(user: Any) -> QuerySet[Sitting]:
    return Sitting.objects.filter(status=SittingStatus.PLANNED, starts_at__gt=clock.now())


def _to_refund(user: Any) -> QuerySet[DisruptionChoice]:
    return DisruptionChoice.objects.visible_to(user).filter(status=ChoiceStatus.REFUND)


def _owed_state(choice: DisruptionChoice, given: Payload) -> Payload:
    return {"status": choice.status, "owed": choices.owed(choice.application)}


def _owed_lines(choice: DisruptionChoice, given: Payload) -> list[Line]:
    order = money.order_of(choice.application)
    return [
        Line("取消与改期", "", str(choice.disruption)),
        Line("申报", "", choice.application.number or ""),
        Line("订单", "", str(order)),
        Line("退费金额", "", f"{given['amount']} 元"),
        Line("收款方", "", "申报机构" if choice.application.institution_id else "本人"),
    ]


def _pay(granted: Granted) -> object:
    application = granted.about.application
    order = money.order_of(application)
    if order is None:
        raise AssertionError("a choice of a refund without an order")
    person = application.pk if order.roster_id is not None else None
    amount = Decimal(granted.payload["amount"])
    return refunds.pay_out(order.pk, amount=amount, proposal=granted.proposal, person=person, by=granted.by)


class OwedForm(AskForm):
    """Asking anew after a refusal: always for all that is owed."""

    def payload(self) -> dict[str, Any]:
        return {"amount": f"{choices.owed(self.about.application):.2f}"}


OWED_REFUND = Kind(
    choices.OWED,
    "取消改期退费",
    "refund.approve",
    DisruptionChoice,
    _to_refund,
    _owed_state,
    _owed_lines,
    _pay,
    form=OwedForm,
    ask_action="refund.ask",
    hint="组织方取消或改期，本人或机构选择退费的，全额退回。",
    clause=RULE,
    rehearse=False,
    lock=lambda pk: locked(int(pk))[0],
    subject=lambda pk: DisruptionChoice.objects.values_list("application__candidate__user", flat=True).get(pk=pk),
    url=lambda pk, user: reverse("board-choice", args=[pk]) if user.is_staff else "",
)
KINDS = [
    Kind(
        "session_off",
        "取消评价场次或整场改期",
        "plan.edit",
        ExamSession,
        lambda user: ExamSession.objects.exclude(status__in=disruptions.OVER),
        _session_state,
        _session_lines,
        lambda granted: disruptions.call_off_session(
            granted.about.pk, target_id=granted.payload["target"], proposal=granted.proposal, by=granted.by
        ),
        form=SessionForm,
        hint=HINT,
        clause=RULE,
        rehearse=False,
        url=lambda pk, user: reverse("board-disruptions"),
    ),
    Kind(
        "sitting_move",
        "一场考试改期",
        "plan.edit",
        Sitting,
        _planned,
        _sitting_state,
        _move_lines,
        _move,
        form=MoveForm,
        hint=HINT,
        clause=RULE,
        rehearse=False,
        url=lambda pk, user: reverse("admin:exams_sitting_change", args=[pk]),
    ),
    Kind(
        "sitting_cancel",
        "取消一场考试",
        "plan.edit",
        Sitting,
        _planned,
        _sitting_state,
        _cancel_lines,
        lambda granted: disruptions.cancel_sitting(granted.about.pk, proposal=granted.proposal, by=granted.by),
        hint=HINT,
        clause=RULE,
        rehearse=False,
        url=lambda pk, user: reverse("admin:exams_sitting_change", args=[pk]),
    ),
    OWED_REFUND,
]
