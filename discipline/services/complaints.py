"""Complaints from the public: a number and a word to ask by, a clock in working days, an answer (通知 六(四))."""

from __future__ import annotations

import secrets

from django.db import transaction

from discipline.enums import ComplaintStatus
from discipline.models import Case, Complaint
from exams.services.calendar import work_calendar
from exams.services.settings import number
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.crypto import blind_index

from . import desk

CLAUSE = "通知 六(四)"
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
TEXT_LENGTH = 4000


@transaction.atomic
def receive(by: Act, *, text: str, name: str = "", contact: str = "") -> tuple[Complaint, str]:
    """Keep a complaint, also without a name; the word is shown once and asks for the answer later.

    Refuses with `facts_missing`.
    """
    words = desk.need(text, code="facts_missing", message="请写明时间、地点和看到的情况。")[:TEXT_LENGTH]
    key = "".join(secrets.choice(LETTERS) for _ in range(10))
    due = work_calendar().add_working_days(by.on, number("complaint_working_days"))
    row = Complaint.objects.create(
        key_index=blind_index("complaint", key),
        text=words,
        name=name.strip()[:50],
        contact=contact.strip()[:100],
        received_at=by.at,
        due_on=due.on,
        is_provisional=due.provisional,
    )
    row.number = f"TS{by.on:%y}{row.pk:07}"
    row.save(update_fields=["number"])
    record(by, "complaint.received", row, after={"due_on": due.on, "is_named": bool(name.strip())})
    return row, key


def asked(given: str, key: str) -> Complaint | None:
    """The complaint of a number and its word; None for anything else, so that nobody learns which numbers exist."""
    index = blind_index("complaint", key.strip().upper()[:20])
    return Complaint.objects.public().filter(number=given.strip().upper()[:16], key_index=index).first()


@transaction.atomic
def reply(complaint_id: int, *, by: Act, answer: str, case_number: str = "") -> Complaint:
    """Answer a complaint, naming the case that it led to where there is one.

    Refuses with `reason_missing`, `unknown_case`, `wrong_status`.
    """
    row = Complaint.objects.select_for_update().get(pk=complaint_id)
    if row.answered_at is not None:
        raise Refusal("wrong_status", "这件投诉已经答复。", CLAUSE)
    words = desk.need(answer, code="reason_missing", message="请写明答复的内容。")[:500]
    if case_number.strip():
        row.case = Case.objects.filter(number=case_number.strip()).first()
        if row.case is None:
            raise Refusal("unknown_case", "没有这个案号，请核对。", CLAUSE)
    row.answer, row.answered_at, row.answered_by = words, by.at, by.person
    row.status = ComplaintStatus.CASE if row.case else ComplaintStatus.ANSWERED
    row.save()
    record(by, "complaint.answered", row, after={"status": row.status})
    return row
