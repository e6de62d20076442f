"""Results as they are read: what each subject came to, and who has passed them all (rules M1–M4, T8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, QuerySet

from exams.enums import EntryStatus, MarkStatus, SessionStatus
from exams.models import Entry, Mark, Seat, Subject
from exams.rules.marks import Outcome, subject_outcome
from kupasi.dates import local_day

OUTCOME_WORDS: dict[Outcome, str] = {
    "passed": "合格",
    "failed": "不合格",
    "absent": "缺考",
    "held": "暂缓公布",
    "cancelled": "成绩取消",
    "missing": "待公布",
}
OUTCOME_TONES: dict[Outcome, str] = {
    "passed": "good",
    "failed": "bad",
    "absent": "neutral",
    "held": "warn",
    "cancelled": "bad",
    "missing": "info",
}


@dataclass(frozen=True, slots=True)
class SubjectResult:
    """One subject of an entry as the candidate may see it; `value` is None where no mark is shown."""

    subject: Subject
    exam_on: date | None
    value: Decimal | None
    outcome: Outcome
    published_on: date | None = None

    @property
    def words(self) -> str:
        """The outcome in Chinese."""
        return OUTCOME_WORDS[self.outcome]

    @property
    def tone(self) -> str:
        """The tone of the outcome's tag."""
        return OUTCOME_TONES[self.outcome]


def qualified() -> QuerySet[Entry]:
    """Entries whose results are published and that passed every subject of their occupation (rules T8, X1).

    Nothing held, cancelled, absent or unpublished counts; the pass mark is each subject's own (rules M1).
    """
    passed = Mark.objects.published().filter(
        seat__entry=OuterRef(OuterRef("pk")),
        seat__subject=OuterRef("pk"),
        status=MarkStatus.NORMAL,
        is_held=False,
        value__gte=F("seat__subject__pass_mark"),
    )
    subjects = Subject.objects.filter(occupation=OuterRef("exam_session__occupation"))
    return Entry.objects.filter(
        Exists(subjects), ~Exists(subjects.filter(~Exists(passed))), status=EntryStatus.PUBLISHED
    )


def results_of(entry: Entry) -> list[SubjectResult]:
    """The subjects of an entry in order; before publication each is `missing`, or `held` where the rest is out."""
    seats = Seat.objects.filter(entry=entry).select_related("subject", "sitting", "mark__publication")
    out = entry.status == EntryStatus.SAT and entry.exam_session.status == SessionStatus.PUBLISHED
    return [_result(seat, others_are_out=out) for seat in seats.order_by("subject__order", "pk")]


def _result(seat: Seat, *, others_are_out: bool) -> SubjectResult:
    exam_on = seat.sitting.on if seat.sitting else None
    mark: Mark | None = getattr(seat, "mark", None)
    if mark is None or mark.publication is None:
        return SubjectResult(seat.subject, exam_on, None, "held" if others_are_out else "missing")
    outcome = "held" if mark.is_held else subject_outcome(mark.status, mark.value, pass_mark=seat.subject.pass_mark)
    value = mark.value if outcome in ("passed", "failed") else None
    return SubjectResult(seat.subject, exam_on, value, outcome, local_day(mark.publication.published_at))
