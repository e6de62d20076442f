"""What every step of a case does: lock, move along the table, append a step, write the record."""

from __future__ import annotations

from django.db.models import Max

from discipline.enums import CASE_NEXT, CaseStatus, Step
from discipline.models import Case, CaseStep
from exams.models import Mark
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.roles import has_cell

CLAUSE = "本单位规定：违纪处理程序"
WITH = (
    "candidate", "clause", "entry__exam_session__occupation", "seat__subject", "seat__sitting__room__site",
    "recorded_by", "second_by", "confirmed_by", "examined_by", "decided_by", "co_decided_by", "reviewed_by",
)  # fmt: skip


def locked(case_id: int) -> Case:
    """The case, locked for the rest of the transaction, with what letters and checks need."""
    return Case.objects.select_for_update(of=("self",)).select_related(*WITH).get(pk=case_id)


def expect(case: Case, *statuses: CaseStatus) -> None:
    """Refuse with `wrong_status` unless the case stands at one of these."""
    if case.status not in statuses:
        words = "、".join(one.label for one in statuses)
        raise Refusal(
            "wrong_status", f"该事项现在是“{case.get_status_display()}”，这一步要在“{words}”时办理，请刷新。", CLAUSE
        )


def add_step(case: Case, what: Step, *, by: Act, note: str = "") -> None:
    """Append what was done; nobody changes it later."""
    last = CaseStep.objects.filter(case=case).aggregate(last=Max("order"))["last"] or 0
    CaseStep.objects.create(case=case, order=last + 1, what=what, at=by.at, by=by.actor, note=note)


def move(case: Case, status: CaseStatus, what: Step, *, by: Act, note: str = "") -> None:
    """Move a locked case along `CASE_NEXT`, save it whole, append the step and the audit line."""
    before = CaseStatus(case.status)
    if status not in CASE_NEXT[before]:
        raise Refusal("wrong_status", f"该事项现在是“{before.label}”，不能办理这一步，请刷新后再看。", CLAUSE)
    case.status = status
    case.moved_at = by.at
    case.save()
    add_step(case, what, by=by, note=note)
    record(by, f"case.{what}", case, before={"status": before}, after={"status": status})


def note_step(case: Case, what: Step, *, by: Act, note: str = "") -> None:
    """A step that leaves the case where it is."""
    case.moved_at = by.at
    case.save()
    add_step(case, what, by=by, note=note)
    record(by, f"case.{what}", case, after={"status": case.status})


def examines(by: Act) -> bool:
    """Whether the person handles any case (clerk), not only those of their own rooms."""
    return by.actor is not None and has_cell(by.actor, "case.open", "Y")


def need(text: str, *, code: str, message: str) -> str:
    """The text without the space around it. Refuses with the code when nothing is left."""
    plain = text.strip()
    if not plain:
        raise Refusal(code, message, CLAUSE)
    return plain


def let_go(case: Case, *, by: Act) -> None:
    """The case, moved to its end already, no longer keeps results back."""
    case.is_holding = False
    Case.objects.filter(pk=case.pk).update(is_holding=False)
    sync_hold(case.entry_id, by=by)


def sync_hold(entry_id: int | None, *, by: Act) -> None:
    """Published marks of an entry are held exactly while a case holds them (rules S9); others wait at the gate."""
    if entry_id is None:
        return
    held = Case.objects.holding().filter(entry=entry_id).exists()
    marks = Mark.objects.published().filter(seat__entry=entry_id, is_held=not held)
    for mark in marks:
        record(by, "mark.held" if held else "mark.released", mark, before={"held": not held}, after={"held": held})
    marks.update(is_held=held)


def held_entries(entry_ids: list[int]) -> frozenset[int]:
    """Which of these entries a case keeps back: asked by the publication's gate (rules M4)."""
    rows = Case.objects.holding().filter(entry__in=entry_ids)
    return frozenset(pk for pk in rows.values_list("entry", flat=True) if pk is not None)
