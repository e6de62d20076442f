"""Where an application stands: one sentence saying what is next, by whom, by when; and what has happened so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils.formats import date_format

from certificates.enums import CertificateStatus
from certificates.models import Certificate
from exams.enums import EntryStatus, TicketStatus
from exams.models import AdmissionTicket, Entry, Seat
from exams.rules import ticket_day
from exams.services.calendar import work_calendar
from exams.services.results import is_held_by_case
from kupasi.audit.models import Entry as AuditEntry
from kupasi.dates import Deadline
from registration.enums import ApplicationStatus, ChoiceStatus, Step
from registration.models import Application, DisruptionChoice, Order

from .choice_rows import has_place
from .office_letters import moment

S = ApplicationStatus
OFFICE, SELF, SYSTEM = "业务受理点", "您本人", "系统"
TONES: dict[str, str] = {
    S.DRAFT: "neutral", S.SUBMITTED: "info", S.RETURNED: "warn", S.APPROVED: "warn", S.CONFIRMED: "good",
    S.CONCLUDED: "good", S.REJECTED: "bad", S.WITHDRAWN: "neutral", S.LAPSED: "bad", S.CANCELLED: "bad",
}  # fmt: skip
AHEAD = ("审核", "缴费", "编排考场", "准考证", "考试", "成绩")
REACHED: dict[str, int] = {S.SUBMITTED: 0, S.RETURNED: 0, S.APPROVED: 1, S.CONFIRMED: 2}
REACHED_ENTRY: dict[str, int] = {EntryStatus.SEATED: 3, EntryStatus.TICKETED: 4, EntryStatus.SAT: 5}
WORDS = {
    "application.started": "开始填写",
    "application.taken_over": "现场代为填写",
    "application.submitted": "提交申报",
    "application.resubmitted": "补正后重新提交",
    "application.returned": "退回补正",
    "application.correction_extended": "补正时间延长",
    "application.approved": "审核通过",
    "application.rejected": "不予受理",
    "application.original_received": "收到报名表原件",
    "application.original_void": "原件作废，需重新打印签字",
    "application.payment_warned": "缴费提醒已发出",
    "application.confirmed": "缴费完成，报名确认",
    "application.lapsed": "逾期失效",
    "application.transferred": "改到其他评价月",
    "application.withdrawn": "撤回申报",
    "application.cancelled": "取消",
    "application.concluded": "成绩公布",
    "entry.seated": "考场已编排",
    "entry.unseated": "考场重新编排",
    "entry.sat": "考试已结束",
    "ticket.sent": "准考证已发送",
    "ticket.confirmed": "准考证已确认",
    "ticket.disputed": "准考证已提出异议",
    "ticket.dispute_settled": "准考证异议已处理",
    "ticket.remade": "准考证内容已更新",
    "ticket.revoked": "准考证作废",
}
CASE_WORDS = {"case.effect": "因处理决定取消", "case.restored": "处理已撤销，申报恢复"}
TELLS_REASON = {
    "application.returned",
    "application.rejected",
    "application.correction_extended",
    "application.cancelled",
}
BAD = {"application.rejected", "application.lapsed", "application.cancelled", "case.effect"}


@dataclass(frozen=True, slots=True)
class NextStep:
    """The sentence, who acts, until when, its tone, and the page (a URL name) with the words on its button."""

    say: str
    who: str = ""
    until: str = ""
    tone: str = "info"
    page: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the timeline: done, going on, still to come, or a bad end."""

    title: str
    at: datetime | None = None
    who: str = ""
    detail: str = ""
    state: str = "done"


def papers_due(application: Application, *, exam_month: date) -> Deadline:
    """Until when the signed original should be in: the ticket day of the month's first day, the earliest there is.

    The window that leads to January closes after that day; whoever applies late in it has the next working day.
    """
    calendar = work_calendar()
    due = ticket_day(exam_month, calendar)
    if application.window is None or due.on > application.window.closes_on:
        return due
    return calendar.add_working_days(application.window.closes_on, 1)


def next_step(application: Application) -> NextStep:
    """What happens next with an application, in one sentence."""
    return SENTENCES[ApplicationStatus(application.status)](application)


def timeline(application: Application) -> list[Event]:
    """What was done, in order, from the audit record; then what is still ahead."""
    mine = Q(object_type="registration.application", object_id=str(application.pk))
    ticket = AdmissionTicket.objects.filter(entry=application.entry_id).first() if application.entry_id else None
    if application.entry_id is not None:
        mine |= Q(object_type="exams.entry", object_id=str(application.entry_id))
    if ticket is not None:
        mine |= Q(object_type="exams.admissionticket", object_id=str(ticket.pk))
    own = Q(object_type="registration.application", action__in=CASE_WORDS)
    rows = AuditEntry.objects.filter(mine).filter(Q(action__in=WORDS) | own).order_by("at", "pk")
    return [*(_event(row, application) for row in rows), *_ahead(application)]


def _event(row: AuditEntry, application: Application) -> Event:
    other = SYSTEM if row.actor_id is None else OFFICE
    who = SELF if row.actor_id is not None and row.actor_id == application.candidate.user_id else other
    detail = row.reason if row.action in TELLS_REASON else ""
    words = WORDS.get(row.action) or CASE_WORDS[row.action]
    return Event(words, row.at, who, detail, "bad" if row.action in BAD else "done")


def _ahead(application: Application) -> list[Event]:
    reached = REACHED.get(application.status)
    if reached is None:
        return []
    if application.status == S.CONFIRMED and application.entry is not None:
        reached = REACHED_ENTRY.get(application.entry.status, reached)
    if application.status == S.RETURNED:
        return [Event("补正并重新提交", state="now"), *(Event(title, state="later") for title in AHEAD)]
    steps = list(enumerate(AHEAD))[reached:]
    return [Event(title, state="now" if index == reached else "later") for index, title in steps]


def _draft(application: Application) -> NextStep:
    missing = [step for step in Step if step.value not in application.done_steps]
    if missing:
        place = list(Step).index(missing[0]) + 1
        say = f"继续填写第 {place} 步“{missing[0].label}”，填好的内容已经保存。"
        return NextStep(say, SELF, page="apply-continue", label="继续填写")
    return NextStep("四步都已填完，请核对后提交。", SELF, page="apply-preview", label="核对并提交")


def _submitted(application: Application) -> NextStep:
    if application.original_at:
        return NextStep("报名表原件已收到，请等待审核，有结果会发信告诉您。", OFFICE, tone="wait")
    until = ""
    if application.exam_session is not None:
        due = papers_due(application, exam_month=application.exam_session.exam_month)
        until = date_format(due.on, "Y年n月j日") + ("（当年放假安排未公布，可能调整）" if due.provisional else "")
    say = "等待审核。请打印报名表，核对签字后把原件交到业务受理点。"
    return NextStep(say, f"{SELF}交原件，{OFFICE}审核", until, page="application-form", label="打印报名表")


def _returned(application: Application) -> NextStep:
    waiting = set(application.returned_items.filter(resolved_at=None).values_list("step", flat=True))
    names = "、".join(step.label for step in Step if step.value in waiting)
    until = moment(application.correct_until)
    if not names:
        return NextStep("已补正完，请重新提交。", SELF, until, "warn", "apply-preview", "核对并重新提交")
    return NextStep(f"请补正：{names}。其他内容不用重填。", SELF, until, "warn", "apply-continue", "去补正")


def _approved(application: Application) -> NextStep:
    if application.institution_id is not None:
        return NextStep("审核已通过，费用由申报机构统一缴纳，缴清后会发信告诉您。", "申报机构", tone="wait")
    order = Order.objects.filter(application=application).first()
    left = order.total - order.net if order is not None else application.fee_total
    say = f"审核已通过，请缴清 {left} 元。"
    return NextStep(say, SELF, moment(application.pay_until), "warn", "fee", "查看缴费方式")


def _confirmed(application: Application) -> NextStep:
    entry = application.entry
    asked = application.choices.filter(status=ChoiceStatus.OPEN).select_related("disruption").first()
    if asked is not None:
        return _called_off(application, asked)
    if entry is None or entry.status == EntryStatus.CANCELLED:
        return NextStep("考试安排有变动，请留意来信或致电业务受理点。", OFFICE, tone="warn")
    if application.original_at is None and entry.status == EntryStatus.ENROLLED:
        say = "报名已确认。还缺签字的报名表原件，收到后才能编排考场。"
        until = date_format(papers_due(application, exam_month=entry.exam_session.exam_month).on, "Y年n月j日")
        return NextStep(say, SELF, until, "warn", "application-form", "打印报名表")
    if entry.status == EntryStatus.ENROLLED:
        return NextStep("报名已确认，等待编排考场，排好后会发信告诉您。", OFFICE, tone="wait")
    if entry.status == EntryStatus.SEATED:
        return NextStep("考场已编排，准考证一般在考前 3 天发给您核对。", OFFICE, _exam_on(entry), "wait")
    return _with_ticket(entry)


def _called_off(application: Application, asked: DisruptionChoice) -> NextStep:
    """The organiser cancelled or moved it, and a choice is open (rules A4)."""
    words = asked.disruption.get_kind_display()
    until = date_format(asked.disruption.answer_until, "Y年n月j日") + " 24:00"
    if application.institution_id is not None:
        return NextStep(f"考试{words}，由申报机构选择改期或退费。", "申报机构", until, "warn")
    ways = "接受新安排、改到其他评价月或退费" if has_place(application) else "改到其他评价月或退费"
    say = f"考试{words}，请选择{ways}。"
    return NextStep(say, SELF, until, "warn", "application-change", "去选择")


def _with_ticket(entry: Entry) -> NextStep:
    if entry.status == EntryStatus.TICKETED:
        ticket = AdmissionTicket.objects.filter(entry=entry).first()
        if ticket is not None and ticket.status in (TicketStatus.MADE, TicketStatus.SENT):
            say = "准考证已发出，请核对内容并确认；有误可以提出异议。"
            return NextStep(say, SELF, _exam_on(entry), "warn", "ticket", "查看准考证")
        return NextStep("请按准考证上的时间地点参加考试。", SELF, _exam_on(entry), "info", "ticket", "查看准考证")
    return NextStep(
        "考试已结束，成绩公布后会发信告诉您。", OFFICE, tone="wait", page="results", label="查看成绩公布时间"
    )


def _concluded(application: Application) -> NextStep:
    """Qualified people are led to their certificate, everybody else to the result."""
    rows = Certificate.objects.filter(entry=application.entry_id).exclude(status=CertificateStatus.VOID)
    certificate = rows.annotate(is_held=is_held_by_case()).first()
    if certificate is None:
        say = "成绩已公布。没有全部合格的，成绩页上可以看到能否补考、到哪天为止。"
        return NextStep(say, tone="good", page="results", label="查看成绩")
    if certificate.status == CertificateStatus.WAITING:
        say = "各科都合格，证书正在制作，制好后通知您领取。"
        return NextStep(say, OFFICE, tone="good", page="results", label="查看成绩")
    if certificate.status == CertificateStatus.ISSUED and certificate.is_held:
        say = "有违纪记录正在处理，证书暂缓领取；处理结果会发信告诉您。"
        return NextStep(say, OFFICE, tone="wait", page="results", label="查看成绩")
    if certificate.status == CertificateStatus.ISSUED:
        say = "各科都合格，证书已制好，请带身份证件来领取。"
        return NextStep(say, SELF, tone="good", page="my-certificates", label="查看证书")
    return NextStep("证书已领取，全部完成。", tone="good", page="my-certificates", label="查看证书")


def _rejected(application: Application) -> NextStep:
    reason = f"原因：{application.review_reason}" if application.review_reason else ""
    return NextStep(f"这份申报不予受理。{reason}有疑问请联系业务受理点。", tone="bad", page="contact", label="联系方式")


def _withdrawn(application: Application) -> NextStep:
    return NextStep(
        "这份申报已撤回，不产生费用。在申报时间内可以重新申报。", tone="wait", page="apply", label="重新申报"
    )


def _lapsed(application: Application) -> NextStep:
    say = "这份申报已逾期失效，名额已释放。可以在下一个申报时间段重新申报。"
    return NextStep(say, tone="bad", page="calendar", label="看申报日历")


def _cancelled(application: Application) -> NextStep:
    return NextStep("这份申报已取消，办理说明请看来信。", tone="bad", page="letters", label="查看来信")


def _exam_on(entry: Entry) -> str:
    first = Seat.objects.filter(entry=entry, sitting__isnull=False).order_by("sitting__starts_at").first()
    return date_format(first.sitting.on, "Y年n月j日") + "考试" if first is not None and first.sitting else ""


SENTENCES: dict[ApplicationStatus, Callable[[Application], NextStep]] = {
    S.DRAFT: _draft,
    S.SUBMITTED: _submitted,
    S.RETURNED: _returned,
    S.APPROVED: _approved,
    S.CONFIRMED: _confirmed,
    S.CONCLUDED: _concluded,
    S.REJECTED: _rejected,
    S.WITHDRAWN: _withdrawn,
    S.LAPSED: _lapsed,
    S.CANCELLED: _cancelled,
}
