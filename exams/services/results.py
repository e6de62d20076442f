"""Results as they are read: what each subject came to, and who has passed them all (rules M1–M4, T8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from exams.enums import EntryKind, EntryStatus, MarkStatus, SessionStatus
from exams.models import Entry, KeptPass, Mark, Seat, Subject
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
    """One subject of an entry as the candidate may see it; `value` is None where no mark is shown.

    `given_up_on` is the day on which a new full application took a pass with it (rules T4).
    """

    subject: Subject
    exam_on: date | None
    value: Decimal | None
    outcome: Outcome
    published_on: date | None = None
    mark_id: int | None = None
    given_up_on: date | None = None

    @property
    def words(self) -> str:
        """The outcome in Chinese."""
        return OUTCOME_WORDS[self.outcome]

    @property
    def tone(self) -> str:
        """The tone of the outcome's tag."""
        return OUTCOME_TONES[self.outcome]


def earned_pass() -> Q:
    """A published mark that is a pass, not cancelled or absent, held or not; each subject has its pass mark (M1)."""
    passed = Q(status=MarkStatus.NORMAL, value__gte=F("seat__subject__pass_mark"))
    return passed & Q(publication__isnull=False)


def standing_pass() -> Q:
    """An earned pass that no case holds now."""
    return earned_pass() & Q(is_held=False)


def qualified() -> QuerySet[Entry]:
    """Published entries that complete an occupation: in one sitting, or across retakes (rules T8, X1).

    A full entry has passed every subject of its exam mode. A retake entry has passed every subject it took, and all
    the passes that it builds on still stand and were not given up; they were inside their two years when it was
    applied for (T2).
    """
    return _complete(Mark.objects.filter(standing_pass()))


def earned() -> QuerySet[Entry]:
    """The same while a case holds some of the marks: a hold takes nothing before the decision (rules S9)."""
    return _complete(Mark.objects.filter(earned_pass()))


def _complete(marks: QuerySet[Mark]) -> QuerySet[Entry]:
    passed = marks.filter(seat__entry=OuterRef(OuterRef("pk")), seat__subject=OuterRef("pk"))
    subjects = Subject.objects.of_mode(OuterRef("exam_mode")).filter(occupation=OuterRef("exam_session__occupation"))
    full = Q(Exists(subjects), ~Exists(subjects.filter(~Exists(passed))), kind=EntryKind.FULL)
    seats = Seat.objects.filter(entry=OuterRef("pk"))
    kept = KeptPass.objects.filter(entry=OuterRef("pk"))
    stands = marks.filter(pk=OuterRef("mark"), given_up=None)
    retaken = Q(
        Exists(seats),
        Exists(kept),
        ~Exists(seats.filter(~Exists(marks.filter(seat=OuterRef("pk"))))),
        ~Exists(kept.filter(~Exists(stands))),
        kind=EntryKind.RETAKE,
    )
    return Entry.objects.filter(full | retaken, status=EntryStatus.PUBLISHED)


def marks_behind(entry_id: int) -> QuerySet[Mark]:
    """Every mark that an entry's outcome rests on: its own and the kept passes it builds on (rules T8)."""
    return Mark.objects.filter(Q(seat__entry=entry_id) | Q(kept_for__entry=entry_id)).distinct()


def is_held_by_case(entry: str = "entry") -> Exists:
    """For `annotate`: whether a case holds a mark that the row's entry rests on (须知 末段, rules S9)."""
    behind = Q(seat__entry=OuterRef(entry)) | Q(kept_for__entry=OuterRef(entry))
    return Exists(Mark.objects.filter(behind, is_held=True))


def entries_resting_on(mark_ids: Iterable[int]) -> QuerySet[Entry]:
    """The entries whose outcome rests on any of these marks: their own entries and the retakes that build on them."""
    ids = list(mark_ids)
    return Entry.objects.filter(Q(seats__mark__in=ids) | Q(kept_passes__mark__in=ids)).distinct()


def results_of(entry: Entry) -> list[SubjectResult]:
    """The subjects of an entry in order; before publication each is `missing`, or `held` where the rest is out."""
    seats = Seat.objects.filter(entry=entry).select_related("subject", "sitting", "mark__publication", "mark__given_up")
    out = entry.status == EntryStatus.SAT and entry.exam_session.status == SessionStatus.PUBLISHED
    return [_result(seat, others_are_out=out) for seat in seats.order_by("subject__order", "pk")]


def results_of_many(entries: Iterable[Entry]) -> dict[int, list[SubjectResult]]:
    """The same for many entries with one question; `exam_session` is there with each."""
    listed = {one.pk: one for one in entries}
    seats = Seat.objects.filter(entry__in=listed).select_related(
        "subject", "sitting", "mark__publication", "mark__given_up"
    )
    found: dict[int, list[SubjectResult]] = {}
    for seat in seats.order_by("entry", "subject__order", "pk"):
        entry = listed[seat.entry_id]
        out = entry.status == EntryStatus.SAT and entry.exam_session.status == SessionStatus.PUBLISHED
        found.setdefault(entry.pk, []).append(_result(seat, others_are_out=out))
    return found


def _result(seat: Seat, *, others_are_out: bool) -> SubjectResult:
    exam_on = seat.sitting.on if seat.sitting else None
    mark: Mark | None = getattr(seat, "mark", None)
    if mark is None or mark.publication is None:
        return SubjectResult(seat.subject, exam_on, None, "held" if others_are_out else "missing")
    outcome = "held" if mark.is_held else subject_outcome(mark.status, mark.value, pass_mark=seat.subject.pass_mark)
    value = mark.value if outcome in ("passed", "failed") else None
    lost = getattr(mark, "given_up", None)
    out_on, lost_on = local_day(mark.publication.published_at), local_day(lost.given_up_at) if lost else None
    return SubjectResult(seat.subject, exam_on, value, outcome, out_on, mark.pk, lost_on)
