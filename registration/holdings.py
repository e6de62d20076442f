"""What applications, exams, certificates and discipline hold about a person, how long, and why (section 10)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from certificates.enums import CertificateStatus
from certificates.models import Certificate
from discipline.models import Bar
from exams.models import AdmissionTicket, Entry, Mark, MarkChange, Recheck, TicketVersion
from kupasi.acts import Act
from kupasi.approvals.enums import ProposalStatus
from kupasi.approvals.models import Proposal
from kupasi.clock import SHANGHAI, local_day
from kupasi.dates import add_months, add_years, month_end, month_start
from kupasi.people.models import Candidate
from kupasi.people.privacy import CLAUSE, KEPT_YEARS, Duty, Fact, Record, Section, register, ways

from .enums import OPEN, ApplicationStatus, OrderStatus
from .models import Application, IdempotencyKey, Order, ReturnedItem

ERASED = "已删除"
UNFILED = Q(submitted_at=None) & Q(status__in=[ApplicationStatus.DRAFT, ApplicationStatus.WITHDRAWN])


def _day(moment: datetime | None) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if moment else ""


def kept_until(application: Application) -> date | None:
    """Last day on which a filed application is kept: five years after its batch closed; None while it is open.

    The batch closes with its exam month, or when the application ended, whichever is later (section 10).
    """
    if application.status in OPEN or application.exam_session is None:
        return None
    closed = month_end(application.exam_session.exam_month)
    if application.ended_at is not None:
        closed = max(closed, local_day(application.ended_at))
    return add_years(closed, KEPT_YEARS)


def _filed(person: Candidate) -> QuerySet[Application]:
    rows = person.applications.exclude(UNFILED).exclude(name="")
    return rows.select_related("exam_session", "occupation", "order").order_by("pk")


def _applications(person: Candidate) -> list[Record]:
    rows = person.applications.select_related("exam_session", "occupation", "order").prefetch_related(
        "items__subject", "order__payments"
    )
    return [Record(f"申报 {one.number or '草稿'}", _application(one)) for one in rows.order_by("pk")]


def _application(one: Application) -> list[Fact]:
    order = getattr(one, "order", None)
    facts = [
        Fact("状态", one.get_status_display()),
        Fact("职业", str(one.occupation or "")),
        Fact("评价场次", str(one.exam_session or "")),
        Fact("科目", "、".join(str(item.subject) for item in one.items.all())),
        Fact("姓名", one.name),
        Fact("文化程度", one.get_education_display()),
        Fact("工作单位", one.employer),
        Fact("特殊需要", one.needs),
        Fact("建立", _day(one.created_at)),
        Fact("提交", _day(one.submitted_at)),
        Fact("承诺", f"{_day(one.pledged_at)} {one.pledged_from}".strip()),
        Fact("放弃补考的确认", one.gives_up),
        Fact("审核", f"{_day(one.reviewed_at)} {one.review_reason}".strip()),
        Fact("原件收到", _day(one.original_at)),
    ]
    if order is not None:
        paid = [f"{_day(row.received_at)} {row.amount} 元 {row.get_method_display()}" for row in order.payments.all()]
        facts += [Fact("应缴", f"{order.total} 元"), Fact("到账", "；".join(paid))]
    return facts


def _application_duties(person: Candidate, on: date) -> list[Duty]:
    found = []
    for one in _filed(person):
        until = kept_until(one)
        if until is None or on <= until:
            found.append(Duty(f"申报材料 {one.number}（含姓名、证件、照片）", until, f"{CLAUSE}：批次结束后五年"))
    return found


def _matter_open(person: Candidate) -> str:
    if person.applications.filter(status__in=OPEN).exists():
        return "有申报正在办理，请先撤回，或等办完再删除。"
    orders = Order.objects.filter(application__candidate=person).exclude(
        application__status=ApplicationStatus.CONCLUDED, status=OrderStatus.PAID
    )
    if orders.holding().exists():
        return "有款项没有结清，请先办理退费。"
    return ""


def _applications_due(on: date) -> Iterable[int]:
    """Of whom a filed application may be past its time; `kept_until` decides."""
    month = add_months(month_start(add_years(on, -KEPT_YEARS)), 1)
    rows = Application.objects.exclude(status__in=OPEN).exclude(name="").filter(exam_session__exam_month__lt=month)
    rows = rows.select_related("exam_session")
    return {one.candidate_id for one in rows if (until := kept_until(one)) is not None and on > until}


def _clear_applications(person: Candidate, by: Act) -> int:
    rows = [one for one in _filed(person) if (until := kept_until(one)) is not None and by.on > until]
    for one in rows:
        _forget_application(one)
    return len(rows)


def _forget_application(one: Application) -> None:
    """The number, the state and the money stay: they are the office's books; who it was goes, with the tickets."""
    one.name = one.education = one.employer = one.needs = one.pledged_from = one.review_reason = ""
    one.photo = None
    one.save(update_fields=["name", "education", "employer", "needs", "pledged_from", "review_reason", "photo"])
    ReturnedItem.objects.filter(application=one).update(reason=ERASED)
    if one.entry_id is None:
        return
    Entry.objects.filter(pk=one.entry_id).update(photo=None, needs="")
    AdmissionTicket.objects.filter(entry=one.entry_id).update(dispute="")
    for version in TicketVersion.objects.filter(ticket__entry=one.entry_id).exclude(file=""):
        name, storage = version.file.name, version.file.storage
        TicketVersion.objects.filter(pk=version.pk).update(file="")
        transaction.on_commit(lambda name=name, storage=storage: storage.delete(name))  # type: ignore[misc]


def _erase_applications(person: Candidate, by: Act) -> int:
    """Drafts were never filed: nothing keeps them."""
    if person.user_id is not None:
        IdempotencyKey.objects.filter(user=person.user_id).delete()
    drafts = person.applications.filter(UNFILED).exclude(name="", photo=None)
    return drafts.update(
        status=ApplicationStatus.WITHDRAWN, name="", education="", employer="", needs="", photo=None, document=None,
        pledged_from="", ended_at=by.at,
    )  # fmt: skip


def _exams(person: Candidate) -> list[Record]:
    marks = Mark.objects.published().filter(seat__entry__candidate=person).select_related("seat__subject")
    by_entry: dict[int, list[str]] = {}
    for mark in marks.select_related("seat"):
        text = f"{mark.seat.subject} {mark.value if mark.value is not None else mark.get_status_display()}"
        by_entry.setdefault(mark.seat.entry_id, []).append(text)
    rows = person.entries.select_related("exam_session__occupation", "ticket").prefetch_related("seats__sitting__room")
    return [Record(str(one.exam_session), _entry(one, by_entry.get(one.pk, []))) for one in rows.order_by("pk")]


def _entry(one: Entry, marks: list[str]) -> list[Fact]:
    ticket = getattr(one, "ticket", None)
    seats = [
        f"{seat.subject} {seat.sitting or '未排'} 座位 {seat.number or '未排'} {seat.get_attendance_display()}"
        for seat in one.seats.select_related("subject", "sitting__room")
    ]
    rechecks = Recheck.objects.filter(mark__seat__entry=one)
    changes = MarkChange.objects.filter(mark__seat__entry=one)
    return [
        Fact("状态", one.get_status_display()),
        Fact("准考证号", ticket.number if ticket else ""),
        Fact("异议", ticket.dispute if ticket else ""),
        Fact("考场", "；".join(seats)),
        Fact("成绩", "；".join(marks)),
        Fact("成绩复核", "；".join(f"{row.get_status_display()} {row.answer}".strip() for row in rechecks)),
        Fact("成绩更正", "；".join(f"{row.old_value} → {row.new_value} {row.reason}" for row in changes)),
        Fact("放弃的合格成绩", "；".join(f"{row.mark.seat.subject} {row.words}" for row in one.gave_up.all())),
    ]


def _ticket_files(person: Candidate) -> Iterable[tuple[str, bytes]]:
    rows = TicketVersion.objects.filter(ticket__entry__candidate=person).exclude(file="").select_related("ticket")
    for one in rows.order_by("pk"):
        with one.file.open("rb") as file:
            yield f"tickets/{one.ticket.number}-v{one.version}.pdf", file.read()


def _certificates(person: Candidate) -> list[Record]:
    return [
        Record(
            f"{one.title} {one.number or '待编号'}",
            [
                Fact("状态", one.get_status_display()),
                Fact("姓名", one.name),
                Fact("等级", one.level),
                Fact("合格日期", f"{one.qualified_on:%Y-%m-%d}"),
                Fact("发证日期", f"{one.issued_on:%Y-%m-%d}" if one.issued_on else ""),
                Fact("作废", f"{one.voided_on or ''} {one.void_reason}".strip()),
            ],
        )
        for one in person.certificates.order_by("pk")
    ]


def _certificate_files(person: Candidate) -> Iterable[tuple[str, bytes]]:
    for one in person.certificates.exclude(file="").order_by("pk"):
        with one.file.open("rb") as file:
            yield f"certificates/{one.number}.pdf", file.read()


def _certificate_duties(person: Candidate, on: date) -> list[Duty]:
    rows: QuerySet[Certificate] = person.certificates.exclude(number=None).order_by("pk")
    what = "证书登记簿（姓名、证件、照片、编号）"
    return [Duty(f"{what} {one.number}", None, f"{CLAUSE}：证书登记永久保存，供社会核验") for one in rows]


def _certificate_open(person: Candidate) -> str:
    waiting = [CertificateStatus.WAITING, CertificateStatus.ISSUED]
    return "有证书还没有领取，请领取后再删除。" if person.certificates.filter(status__in=waiting).exists() else ""


def _bars(person: Candidate) -> list[Record]:
    return [
        Record(
            f"禁考 {one.barred_from:%Y-%m-%d} 至 {one.barred_until:%Y-%m-%d}",
            [Fact("条款", str(one.clause or "")), Fact("依据", one.source), Fact("解除", _day(one.lifted_at))],
        )
        for one in person.bars.order_by("pk")
    ]


def _bar_duties(person: Candidate, on: date) -> list[Duty]:
    rows: QuerySet[Bar] = person.bars.order_by("pk")
    kept = [(one, add_years(one.barred_until, KEPT_YEARS)) for one in rows]
    return [
        Duty(f"违纪处理（禁考至 {one.barred_until:%Y-%m-%d}）", until, f"{CLAUSE}：禁考期满后五年")
        for one, until in kept
        if on <= until
    ]


def _bars_due(on: date) -> Iterable[int]:
    old = Bar.objects.filter(barred_until__lt=add_years(on, -KEPT_YEARS)).exclude(source=ERASED)
    return old.order_by().values_list("candidate", flat=True).distinct()


def _clear_bars(person: Candidate, by: Act) -> int:
    old = person.bars.filter(barred_until__lt=add_years(by.on, -KEPT_YEARS)).exclude(source=ERASED)
    return int(old.update(source=ERASED, clause=None))


def _own_requests(person: Candidate) -> QuerySet[Proposal]:
    return Proposal.objects.filter(asked_by=person.user_id) if person.user_id else Proposal.objects.none()


def _requests(person: Candidate) -> list[Record]:
    return [
        Record(
            f"{one.kind_label} {_day(one.asked_at)}",
            [Fact("状态", one.get_status_display()), Fact("理由", one.reason), *map(_line, one.whole_lines)],
        )
        for one in _own_requests(person).order_by("pk")
    ]


def _line(line: Any) -> Fact:
    return Fact(line.label, f"{line.before} → {line.after}", "document" if line.mask == "document" else "")


def _request_open(person: Candidate) -> str:
    rows = _own_requests(person).filter(status=ProposalStatus.OPEN).exclude(kind="erase_person")
    return "有申请正在审批，请先撤回，或等它办完。" if rows.exists() else ""


def _erase_requests(person: Candidate, by: Act) -> int:
    """That something was asked for and decided stays; the words go."""
    changed = 0
    about = Proposal.objects.filter(about_type=Candidate._meta.label_lower, about_id=str(person.pk))
    for one in (_own_requests(person) | about).exclude(status=ProposalStatus.OPEN).exclude(reason=ERASED):
        one.content, one.reason = json.dumps({"payload": {}, "lines": []}), ERASED
        one.save(update_fields=["content", "reason"])
        changed += 1
    return changed


def connect() -> None:
    """Called once when the app is ready."""
    ways["correct"] = lambda person: reverse("my-request", args=["core_change", person.pk])
    register(
        Section(
            "applications", "申报与缴费", _applications, duties=_application_duties, obstacle=_matter_open,
            due=_applications_due, clear=_clear_applications, erase=_erase_applications,
        )
    )  # fmt: skip
    register(Section("exams", "考试与成绩", _exams, files=_ticket_files))
    register(
        Section(
            "certificates", "证书", _certificates, files=_certificate_files, duties=_certificate_duties,
            obstacle=_certificate_open,
        )
    )  # fmt: skip
    register(Section("bars", "违纪与禁考", _bars, duties=_bar_duties, due=_bars_due, clear=_clear_bars))
    register(Section("requests", "申请事项", _requests, obstacle=_request_open, erase=_erase_requests))
