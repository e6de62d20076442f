"""The days to be heard and to answer a complaint, counted again when their year becomes known (rules C5, S8)."""

from __future__ import annotations

from django.db import transaction

from discipline.enums import CaseStatus, ComplaintStatus, LetterKind
from discipline.models import Case, CaseLetter, Complaint
from discipline.rules import hearing_until
from exams.services.calendar import work_calendar
from exams.services.recounting import note
from exams.services.settings import number
from kupasi.acts import Act
from kupasi.dates import Deadline, local_day
from kupasi.notices.services import queue

from . import desk


def hearings_due() -> list[int]:
    """Cases whose last day to be heard says 暂定 and no longer has to."""
    rows = Case.objects.filter(hearing_is_provisional=True, status=CaseStatus.NOTICED).order_by("pk")
    found = [(one.pk, _of_case(one)) for one in rows]
    return [pk for pk, fresh in found if fresh is not None and not fresh.provisional]


def complaints_due() -> list[int]:
    """The same for complaints that wait for an answer."""
    rows = Complaint.objects.filter(is_provisional=True, status=ComplaintStatus.RECEIVED).order_by("pk")
    return [one.pk for one in rows if not _of_complaint(one).provisional]


@transaction.atomic
def recount_hearing(case_id: int, *, by: Act) -> bool:
    """A person's own days are never made fewer; who gets more of them is told."""
    case = desk.locked(case_id)
    fresh = _of_case(case)
    if not case.hearing_is_provisional or case.hearing_until is None or fresh is None or fresh.provisional:
        return False
    before, case.hearing_until, case.hearing_is_provisional = (
        case.hearing_until,
        max(case.hearing_until, fresh.on),
        False,
    )
    case.save(update_fields=["hearing_until", "hearing_is_provisional"])
    note(case, before, case.hearing_until, by=by)
    if before != case.hearing_until:
        queue(
            by,
            key=f"hearing-recounted:{case.pk}:{case.hearing_until}",
            kind="case",
            subject="陈述申辩的截止日已重新计算",
            body=(
                f"放假安排已公布，您可以在 {case.hearing_until}（含当日）前陈述申辩（原暂定 {before}）。"
                f"依据：{desk.CLAUSE}。"
            ),
            candidate=case.candidate,
            url=f"/discipline/mine/{case.pk}/",
            about=case,
        )
    return True


@transaction.atomic
def recount_complaint(complaint_id: int, *, by: Act) -> bool:
    """The office's own day follows the calendar either way; whoever asks by the number sees it."""
    row = Complaint.objects.select_for_update().get(pk=complaint_id)
    fresh = _of_complaint(row)
    if not row.is_provisional or fresh.provisional:
        return False
    before, row.due_on, row.is_provisional = row.due_on, fresh.on, False
    row.save(update_fields=["due_on", "is_provisional"])
    note(row, before, fresh.on, by=by)
    return True


def _of_case(case: Case) -> Deadline | None:
    served = CaseLetter.objects.filter(case=case, kind=LetterKind.NOTICE).values_list("served_on", flat=True).first()
    if served is None:
        return None
    return hearing_until(served, work_calendar(), days=number("hearing_working_days"))


def _of_complaint(row: Complaint) -> Deadline:
    return work_calendar().add_working_days(local_day(row.received_at), number("complaint_working_days"))
