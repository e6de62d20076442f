"""Going along, another exam month, or the whole fee back: chosen once, by those affected or by their silence (A4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Q, QuerySet

from exams.enums import DisruptionKind
from exams.models import ExamSession, Window
from exams.rules.disruptions import silence_refunds
from exams.services import disruptions as exams
from exams.services import entries, places
from kupasi.acts import Act
from kupasi.approvals import kinds
from kupasi.approvals import services as approvals
from kupasi.audit.services import record
from kupasi.errors import Refusal, raise_first
from kupasi.people.models import User
from registration.enums import ApplicationStatus, ChoiceStatus
from registration.models import Application, DisruptionChoice
from registration.rules.eligibility import judge_bars

from . import disruption_letters as letters
from . import facts, money, moves, refunds
from .applications import doubles_refused
from .choice_rows import close, has_place, locked

KEEP, REFUND, MONTH = "keep", "refund", "month:"
OWED = "owed_refund"
MOST_MONTHS = 6
S, C = ApplicationStatus, ChoiceStatus


@dataclass(frozen=True, slots=True)
class Option:
    """One way to choose: its key, what it says, and what it means."""

    key: str
    label: str
    detail: str = ""


def options(choice: DisruptionChoice, application: Application, *, on: date) -> list[Option]:
    """What may be chosen now: to go along where there is an exam, the months ahead, the fee back."""
    found = []
    if has_place(application):
        session = application.exam_session
        found.append(
            Option(KEEP, f"接受新安排：{choice.disruption.after or session}", "不用再做别的；新准考证制好后会来信。")
        )
    found += [
        Option(f"{MONTH}{month:%Y-%m}", f"改到 {month.year}年{month.month}月", "已交的费用、材料和补考资格都保留。")
        for month in months(application, on=on)
    ]
    amount = owed(application)
    whose = "退回申报机构" if application.institution_id else "按原缴费方式退回"
    found.append(Option(REFUND, f"全额退费 {amount} 元", f"这份申报随之取消，{whose}，财务批准后来信告知。"))
    return found


def months(application: Application, *, on: date) -> list[date]:
    """The exam months ahead in which the person may sit: published, not called off, with places, outside bars (E6)."""
    ahead = Window.objects.public().filter(exam_month__gt=on).order_by("exam_month")
    listed = list(dict.fromkeys(ahead.values_list("exam_month", flat=True)))[: MOST_MONTHS + 2]
    gone = ExamSession.objects.filter(occupation=application.occupation_id, exam_month__in=listed)
    full = Q(capacity__isnull=False, taken__gte=F("capacity"))
    shut = set(gone.filter(full | Q(status__in=exams.OVER)).values_list("exam_month", flat=True))
    bars = facts.bars_of(application.candidate, since=on)
    now = application.exam_session.exam_month if application.exam_session else None
    free = [one for one in listed if one not in shut and one != now and judge_bars(one, bars).refusal is None]
    return free[:MOST_MONTHS]


def owed(application: Application) -> Decimal:
    """What the organiser owes if the fee goes back: all that is in for this person and was not given back."""
    order = money.order_of(application)
    if order is None:
        return Decimal("0.00")
    return refunds.available(order, person=application.pk if order.roster_id is not None else None)


@transaction.atomic
def choose(choice_id: int, *, option: str, by: Act) -> DisruptionChoice:
    """Take a choice, once; the same again changes nothing.

    Refuses with `wrong_status`, `too_late` after the last day, `not_own` where the institution chooses, `no_place`,
    `unknown_option`, `full`, `barred`, `duplicate_application`, `never_refundable`.
    """
    choice, application = locked(choice_id)
    if choice.status != C.OPEN and _is_same(choice, option):
        return choice
    if choice.status == C.OPEN and by.on > choice.disruption.answer_until:
        raise Refusal("too_late", "选择的期限已过，正在按来信说明的办法办理；有疑问请联系业务受理点。", exams.CLAUSE)
    if choice.status != C.OPEN:
        raise Refusal("wrong_status", "已经选择过了，不能再改；有特殊情况请联系业务受理点。", exams.CLAUSE)
    if application.institution_id is not None and by.actor is not None and application.candidate.user_id == by.actor.pk:
        raise Refusal("not_own", "团体申报由申报机构统一选择改期或退费，请与申报机构联系。", "通知 二(二)")
    if option == REFUND:
        if refunds.is_excluded(application):
            raise Refusal("never_refundable", "因材料不真实等情形作出处理的，费用不予退还。", "须知 一")
        refund(choice, application, by=by)
    elif option == KEEP:
        _keep(choice, application, by=by)
    else:
        _move(choice, application, option, by=by)
    return choice


def _is_same(choice: DisruptionChoice, option: str) -> bool:
    if choice.status == C.MOVED and choice.target is not None:
        return option == f"{MONTH}{choice.target.exam_month:%Y-%m}"
    return (choice.status, option) in ((C.KEPT, KEEP), (C.REFUND, REFUND))


def _keep(choice: DisruptionChoice, application: Application, *, by: Act) -> None:
    if not has_place(application):
        raise Refusal("no_place", "该场次已取消，没有新的安排，请选择其他评价月或退费。", exams.CLAUSE)
    close(choice, C.KEPT, by=by)
    letters.kept(choice, application, by=by)


def _move(choice: DisruptionChoice, application: Application, option: str, *, by: Act) -> None:
    wanted = next((one for one in months(application, on=by.on) if option == f"{MONTH}{one:%Y-%m}"), None)
    if wanted is None:
        raise Refusal("unknown_option", "这个评价月已不能选择，请刷新页面后重新选择。", exams.CLAUSE)
    target, _ = ExamSession.objects.get_or_create(occupation_id=application.occupation_id or 0, exam_month=wanted)
    transfer(application, target.pk, by=by, reason=choice.disruption.reason)
    choice.target = target
    close(choice, C.MOVED, by=by)
    letters.moved(choice, application, by=by)


def transfer(application: Application, exam_session_id: int, *, by: Act, reason: str) -> None:
    """Put a locked application into another session with all that belongs to it, one place for the other.

    Refuses with `full`, `barred`, `duplicate_application`, `wrong_status`.
    """
    target = ExamSession.objects.select_related("occupation").get(pk=exam_session_id)
    refused = judge_bars(target.exam_month, facts.bars_of(application.candidate, since=by.on)).refusal
    raise_first([refused] if refused else [])
    before = application.exam_session_id
    with doubles_refused():
        application.exam_session = target
        application.save(update_fields=["exam_session"])
        if application.entry_id is not None:
            exams.transfer(application.entry_id, exam_session_id=target.pk, by=by, reason=reason)
    places.take(target.pk)
    if before is not None:
        places.give_back(before)
    record(
        by, "application.transferred", application, before={"exam_session": before}, after={"exam_session": target.pk},
        reason=reason,
    )  # fmt: skip
    if application.institution_id is not None:
        moves.tell_institution(application, by=by)


def refund(choice: DisruptionChoice, application: Application, *, by: Act) -> None:
    """End the application and ask finance for the whole fee, in the name of who chose.

    Where nobody answered, or nothing could be chosen, in the name of the clerk who asked for the disruption: what was
    approved then says so.
    """
    reason = f"{choice.disruption}：{choice.disruption.reason}"[:200]
    amount = Decimal("0.00") if refunds.is_excluded(application) else owed(application)
    if application.entry_id is not None:
        entries.cancel_entry(application.entry_id, by=by, reason=reason)
    moves.move_to(application, S.CANCELLED, by=by, action="application.cancelled", reason=reason)
    close(choice, C.REFUND if amount > 0 else C.ENDED, by=by)
    if amount > 0:
        payload = {"amount": f"{amount:.2f}"}
        approvals.ask(_asker(choice, by=by), kind=OWED, about=choice, payload=payload, reason=reason)
    letters.refund_asked(choice, application, amount=amount, by=by)


def _asker(choice: DisruptionChoice, *, by: Act) -> Act:
    """Whoever chose, if that person asks for refunds; otherwise the clerk behind the disruption, or another one."""
    may_ask = kinds.get(OWED).may_ask
    if by.actor is not None and may_ask(by.actor):
        return by
    clerks = User.objects.filter(groups__name="clerk", is_active=True).order_by("pk")
    behind = User.objects.get(pk=choice.disruption.asked_by_id)
    return replace(by, actor=behind if may_ask(behind) else clerks.first())


def silent(on: date) -> QuerySet[DisruptionChoice]:
    """Who has not answered when the last day was over."""
    return DisruptionChoice.objects.filter(status=C.OPEN, disruption__answer_until__lt=on).order_by("pk")


@transaction.atomic
def settle_silence(choice_id: int, *, by: Act) -> bool:
    """What silence means: the new arrangement where there is one, otherwise the whole fee back; once."""
    choice, application = locked(choice_id)
    if choice.status != C.OPEN or by.on <= choice.disruption.answer_until:
        return False
    if application.status != S.CONFIRMED:  # it ended otherwise meanwhile
        close(choice, C.ENDED, by=by)
    elif silence_refunds(DisruptionKind(choice.disruption.kind), has_place=has_place(application)):
        refund(choice, application, by=by)
    else:
        _keep(choice, application, by=by)
    return True
