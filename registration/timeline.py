"""The front desk's part of the one-person page: each source asks one thing of one table, whatever the number of rows.

What somebody may see of it is what `visible_to` gives them; marks are hidden from those who read them masked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, time
from typing import Any

from django.db.models import Q
from django.urls import reverse

from certificates.models import Certificate
from discipline.models import Bar, Case, CaseStep
from exams.enums import MarkStatus
from exams.models import AdmissionTicket, Entry, Mark, Seat
from kupasi.audit.models import Entry as AuditEntry
from kupasi.audit.words import action_words
from kupasi.clock import SHANGHAI
from kupasi.notices.models import Notice
from kupasi.people import timeline
from kupasi.people.models import Candidate
from kupasi.people.roles import has_cell, may_any
from kupasi.people.services import finding
from kupasi.people.timeline import Event

from .models import Application, Payment, Refund
from .services.status import BAD, WORDS

DESK_WORDS = WORDS | {
    "candidate.create": "现场登记",
    "account.register": "注册账号",
    "candidate.settle_identity": "身份已核对",
    "candidate.attach_document": "增加证件",
    "candidate.reclaim": "收回被他人占用的账号",
    "candidate.merged": "并入另一份登记",
    "candidate.reveal": "查看完整号码",
    "candidate.core_changed": "姓名或证件变更",
    "privacy.erase": "删除个人资料",
    "privacy.copy": "下载本人资料",
    "bar.registered": "登记禁考",
    "certificate.issued": "发证",
    "certificate.handed": "证书领取",
    "certificate.voided": "证书作废",
}


def _page(name: str, pk: object) -> str:
    return reverse(f"admin:{name}", args=[pk])


def _history(person: Candidate, user: Any) -> Iterator[Event]:
    """The audit record of the person, of the applications, entries, tickets, certificates and bars."""
    about = {
        "people.candidate": [person.pk],
        "registration.application": list(_applications(person, user).values_list("pk", flat=True)),
        "exams.entry": list(Entry.objects.visible_to(user).filter(candidate=person).values_list("pk", flat=True)),
        "exams.admissionticket": list(
            AdmissionTicket.objects.visible_to(user).filter(entry__candidate=person).values_list("pk", flat=True)
        ),
    }
    wanted = Q(pk__in=[])
    for kind, keys in about.items():
        wanted |= Q(object_type=kind, object_id__in=[str(key) for key in keys])
    reads_all = may_any(user, "audit.read")
    rows = AuditEntry.objects.filter(wanted).select_related("actor")
    for row in rows if reads_all else rows.filter(action__in=DESK_WORDS):
        who = str(row.actor) if row.actor_id else "系统"
        detail = f"{who}　{row.reason}".strip() if row.actor_id != person.user_id else "本人"
        yield Event(
            row.at,
            "记录",
            DESK_WORDS.get(row.action) or action_words(row.action),
            detail,
            tone="bad" if row.action in BAD else "",
        )


def _applications(person: Candidate, user: Any) -> Any:
    return Application.objects.visible_to(user).filter(candidate=person)


def _filed(person: Candidate, user: Any) -> Iterator[Event]:
    for one in _applications(person, user).select_related("occupation", "exam_session", "exam_session__occupation"):
        what = f"申报 {one.number or '草稿'}"
        detail = f"{one.occupation or ''}　{one.get_status_display()}"
        yield Event(one.created_at, "申报", what, detail, _page("registration_application_change", one.pk))


def _money(person: Candidate, user: Any) -> Iterator[Event]:
    payments = Payment.objects.visible_to(user).filter(order__application__candidate=person)
    for one in payments.select_related("order"):
        detail = f"{one.get_method_display()}　收据 {one.receipt_number}"
        page = _page("registration_order_pay", one.order_id)
        yield Event(one.received_at, "收费", f"到账 {one.amount} 元", detail, page, tone="good")
    for back in Refund.objects.visible_to(user).filter(order__application__candidate=person):
        yield Event(back.refunded_at, "收费", f"退费 {back.amount} 元", back.reason, tone="warn")


def _letters(person: Candidate, user: Any) -> Iterator[Event]:
    if not may_any(user, "app.review"):
        return
    for one in Notice.objects.filter(candidate=person).defer("body"):
        detail = f"{one.get_channel_display()}　{one.get_status_display()}"
        tone = "bad" if one.status == "failed" else ""
        yield Event(one.queued_at, "信件", one.subject, detail, _page("notices_notice_change", one.pk), tone)


def _seats(person: Candidate, user: Any) -> Iterator[Event]:
    rows = Seat.objects.visible_to(user).filter(entry__candidate=person, sitting__isnull=False)
    for one in rows.select_related("subject", "sitting__room__site"):
        assert one.sitting is not None
        detail = f"{one.sitting.room}　座位 {one.number}　{one.get_attendance_display()}"
        yield Event(one.sitting.starts_at, "考试", f"{one.subject}", detail)


def _tickets(person: Candidate, user: Any) -> Iterator[Event]:
    rows = AdmissionTicket.objects.visible_to(user).filter(entry__candidate=person)
    for one in rows.select_related("entry"):
        detail = f"第 {one.version} 版　{one.get_status_display()}"
        page = _page("exams_admissionticket_change", one.pk)
        yield Event(one.sent_at or one.entry.created_at, "准考证", f"准考证 {one.number}", detail, page)


def _marks(person: Candidate, user: Any) -> Iterator[Event]:
    """Whole for those who read marks (Y, L), without the figure for those who read them masked (m)."""
    if not may_any(user, "score.read"):
        return
    whole = has_cell(user, "score.read", "YL")
    rows = Mark.objects.visible_to(user).published().filter(seat__entry__candidate=person)
    for one in rows.select_related("seat__subject", "publication"):
        assert one.publication is not None
        figure = one.value if one.status == MarkStatus.NORMAL else one.get_status_display()
        yield Event(one.publication.published_at, "成绩", f"{one.seat.subject}", f"{figure if whole else '**'}")


def _certificates(person: Candidate, user: Any) -> Iterator[Event]:
    for one in Certificate.objects.visible_to(user).filter(candidate=person).select_related("occupation"):
        page, tone = _page("certificates_certificate_change", one.pk), "bad" if one.voided_on else "good"
        detail = f"{one.occupation}　{one.get_status_display()}"
        yield Event(one.created_at, "证书", one.number or "待编号", detail, page, tone)


def _bars(person: Candidate, user: Any) -> Iterable[Event]:
    for one in Bar.objects.visible_to(user).filter(candidate=person):
        began = datetime.combine(one.barred_from, time.min, SHANGHAI)
        lifted = "　已解除" if one.lifted_at else ""
        yield Event(began, "禁考", str(one), f"{one.source}{lifted}", _page("discipline_bar_change", one.pk), "bad")


def _cases(person: Candidate, user: Any) -> Iterator[Event]:
    """Each step of the cases that this reader may see, with the page of the case."""
    rows = CaseStep.objects.filter(case__in=Case.objects.visible_to(user).filter(candidate=person))
    for one in rows.select_related("case__clause", "by"):
        case, own = one.case, one.by_id is not None and one.by_id == person.user_id
        detail = "本人" if own else str(one.by or "系统")
        page = reverse("case", args=[case.pk])
        yield Event(
            one.at, "违纪", f"{case.number}　{one.get_what_display()}", f"须知 {case.clause.code}　{detail}", page
        )


def connect() -> None:
    """Called once when the app is ready."""
    found = {
        "history": _history, "applications": _filed, "money": _money, "letters": _letters, "seats": _seats,
        "tickets": _tickets, "marks": _marks, "certificates": _certificates, "bars": _bars, "cases": _cases,
    }  # fmt: skip
    for code, source in found.items():
        timeline.register(code, source)
    finding.papers["ticket"] = lambda number: AdmissionTicket.objects.filter(number=number).values("entry__candidate")
    finding.papers["application"] = lambda number: Application.objects.filter(number=number).values("candidate")
