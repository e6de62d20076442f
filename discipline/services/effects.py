"""What a decision changes: one code for the preview (rolled back) and for carrying it out (rules S1–S9, S11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Max

from certificates.enums import CertificateStatus
from certificates.models import Certificate
from discipline.enums import Errand, Outcome, Register
from discipline.models import Bar, Case, Clause, RegisterTask
from discipline.rules.sanctions import SanctionAnswer, sanction
from discipline.signals import decision_carried_out
from exams.enums import EntryStatus, MarkStatus
from exams.models import Mark, Seat
from exams.services.results import entries_resting_on
from kupasi.acts import Act
from kupasi.dates import Span
from kupasi.errors import raise_first
from kupasi.people.models import Candidate

from .ledger import Ledger, Plan
from .sittings_inside import clear_bar, end_entry


@dataclass(frozen=True, slots=True)
class Ruling:
    """A possible decision: outcome, clause, severity, the day of the decision, and what the bar will be cited by."""

    outcome: str
    clause: Clause
    severity: str
    decided_on: date
    source: str = "处理决定"

    def answer(self, case: Case) -> SanctionAnswer:
        """What the rules take. Refuses as they do: `reminder_missing`, `severity_missing`."""
        answer = sanction(
            self.clause.code,
            act_on=case.act_on,
            act_is_exam_day=case.act_is_exam_day,
            decided_on=self.decided_on,
            severity=self.severity or None,
            reminder=case.is_reminded,
        )
        raise_first(answer.refusals)
        return answer


def preview(case: Case, ruling: Ruling, *, by: Act) -> Plan:
    """Exactly what this decision would change, found by doing it and undoing it; nothing stays (rules S9)."""
    with transaction.atomic():
        plan = apply(case, ruling, by=by).plan
        transaction.set_rollback(True)
    return plan


def apply(case: Case, ruling: Ruling, *, by: Act) -> Ledger:
    """Change everything that the decision changes, in the caller's transaction. Refuses as `Ruling.answer` does."""
    ledger = Ledger(by)
    if ruling.outcome == Outcome.DROP:
        return ledger
    answer = ruling.answer(case)
    Candidate.objects.select_for_update().get(pk=case.candidate_id)
    mark_ids = _cancel_marks(case, answer, ledger)
    gone = set(end_entry(case, ledger)) if answer.marks == "sitting" else set()
    span = None
    if answer.barred_from and answer.barred_until:
        span = Span(answer.barred_from, answer.barred_until)
        _bar(case, ruling, span, ledger)
        gone |= set(clear_bar(case, span, ledger))
    _void_certificates(case, mark_ids, ledger)
    if not answer.refund_grantable:
        ledger.say("refund", "never", "本次缴纳的费用和已交材料不予退还")
    decision_carried_out.send(Case, case=case, ledger=ledger, entry_ids=gone, bar=span, answer=answer, by=by)
    _tasks(case, ledger)
    return ledger


def _cancel_marks(case: Case, answer: SanctionAnswer, ledger: Ledger) -> list[int]:
    """The subject's mark, or all marks of that sitting; a mark that is still to come is cancelled beforehand."""
    if case.entry_id is None:
        return []
    seats = Seat.objects.filter(entry=case.entry_id).select_related("subject", "mark__publication", "entry")
    if answer.marks == "subject":
        seats = seats.filter(cases=case)
    rows = list(seats.order_by("subject__order", "pk"))
    marks = [seat.mark for seat in rows if hasattr(seat, "mark") and seat.mark.status != MarkStatus.CANCELLED]
    by_seat = {seat.pk: seat for seat in rows}
    ledger.change(
        marks, group="mark", words=lambda mark: _mark_words(by_seat[mark.seat_id], mark), status=MarkStatus.CANCELLED
    )
    for seat in rows:
        if hasattr(seat, "mark") or seat.entry.status == EntryStatus.CANCELLED or seat.sitting_id is None:
            continue
        made = Mark.objects.create(seat=seat, status=MarkStatus.CANCELLED, settled_at=ledger.by.at)
        ledger.made(
            made,
            group="mark",
            key=f"seat:{seat.pk}",
            words=f"{seat.subject}：尚未录入的成绩取消",
            after={"status": MarkStatus.CANCELLED},
        )
    return [seat.mark.pk for seat in rows if hasattr(seat, "mark")]


def _mark_words(seat: Seat, mark: Mark) -> str:
    """A mark that is not out yet stays unsaid: these words go into the letters, and nobody decides by it (M6)."""
    if mark.publication_id is None:
        return f"{seat.subject}：尚未公布的成绩取消"
    was = mark.value if mark.value is not None else MarkStatus(mark.status).label
    kept = mark.value is not None and mark.value >= seat.subject.pass_mark
    tail = "，合格成绩不再保留" if kept and mark.status == MarkStatus.NORMAL else ""
    return f"{seat.subject} {was} → 成绩取消{tail}"


def _bar(case: Case, ruling: Ruling, span: Span, ledger: Ledger) -> None:
    row = Bar.objects.create(
        candidate=case.candidate,
        clause=ruling.clause,
        barred_from=span.from_on,
        barred_until=span.until_on,
        source=ruling.source,
        case=case,
        recorded_at=ledger.by.at,
        recorded_by=ledger.by.actor,
    )
    others = Bar.objects.in_force().filter(candidate=case.candidate).exclude(pk=row.pk)
    longest = others.aggregate(last=Max("barred_until"))["last"]
    tail = f"；另有期限至 {longest}，以较长者为准" if longest and longest > span.until_on else ""
    ledger.made(
        row,
        group="bar",
        key=f"{span.from_on}:{span.until_on}",
        words=f"{span.from_on} 至 {span.until_on}（含首尾两日）不得参加各职业的评价{tail}",
        after={"barred_from": span.from_on, "barred_until": span.until_on},
    )


def _void_certificates(case: Case, mark_ids: list[int], ledger: Ledger) -> None:
    """Make void what rests on these marks, also across retakes, and what waits for its number (须知 末段)."""
    rows = Certificate.objects.filter(candidate=case.candidate_id).exclude(status=CertificateStatus.VOID)
    resting = entries_resting_on(mark_ids).order_by().values("pk")
    chosen = rows.select_for_update(of=("self",)).select_related("occupation").filter(entry__in=resting)
    ledger.change(
        chosen.order_by("pk"),
        group="certificate",
        words=lambda one: f"{one.occupation} {one.title} {one.number or '（待编号）'} 作废",
        status=CertificateStatus.VOID,
        voided_on=ledger.by.on,
        void_reason=f"违纪处理 {case.number}",
    )


def _tasks(case: Case, ledger: Ledger) -> None:
    """What the registers outside still say and must be told (须知 末段): published marks, numbered certificates."""
    marks = [one.object_id for one in ledger.lines if one.label == "exams.mark"]
    out = Mark.objects.published().filter(pk__in=marks).count()
    numbers = Certificate.objects.filter(
        pk__in=[one.object_id for one in ledger.lines if one.label == "certificates.certificate"], number__isnull=False
    )
    abouts = [f"成绩 {out} 条（案号 {case.number}）"] if out else []
    abouts += [f"证书 {number}" for number in numbers.order_by("pk").values_list("number", flat=True)]
    rows = [
        RegisterTask(case=case, register=register, errand=Errand.CORRECT, about=about, opened_at=ledger.by.at)
        for about in abouts
        for register in Register
    ]
    RegisterTask.objects.bulk_create(rows)
    for row in rows:
        ledger.say("register", f"{row.register}:{row.about}", f"{Register(row.register).label}：更正{row.about}")
