"""A session's unpublished results as one batch: who goes out, who is held, what blocks, its hash (rules M4; R18)."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from exams.enums import EntryStatus
from exams.models import Entry, ExamSession, Mark, MarkEntry, Seat, Subject
from exams.rules.marks import Settlement, SubjectFact, judge_publication
from exams.services.marks import settlement_of
from kupasi.refusals import RefusalFact

HELD = "result_held"
CHUNK = 1000
DONE = (EntryStatus.CANCELLED, EntryStatus.PUBLISHED, EntryStatus.ENROLLED)  # enrolled: never given a seat

case_holds: list[Callable[[list[int]], frozenset[int]]] = []
"""Asked which of these entries a case keeps back (rules M4, S9); the app that knows cases adds its answer."""


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One candidate in the batch: seats with their marks, what keeps the result back, and whether it is left out."""

    entry: Entry
    seats: tuple[Seat, ...]
    reasons: tuple[RefusalFact, ...]
    is_left_out: bool

    @property
    def ticket(self) -> str:
        """The ticket number, by which the batch is checked against the papers."""
        ticket = getattr(self.entry, "ticket", None)
        return ticket.number if ticket else f"#{self.entry.pk}"

    @property
    def is_held(self) -> bool:
        """Not part of this publication, shown to the candidate as held."""
        return self.is_left_out or any(one.code == HELD for one in self.reasons)

    @property
    def is_ready(self) -> bool:
        """Goes out with this publication."""
        return not self.reasons and not self.is_left_out

    def canonical(self) -> list[Any]:
        """The row as it is hashed: ids, ticket, and per subject code, status and mark; no names."""
        marks = [[seat.subject.code, seat.mark.status, str(seat.mark.value)] for seat in self.seats]
        return [self.entry.pk, self.ticket, marks]


@dataclass(frozen=True, slots=True)
class Batch:
    """Everything of a session that is not published yet, as the publisher sees it before deciding."""

    exam_session: ExamSession
    rows: tuple[EntryRow, ...]

    @property
    def ready(self) -> list[EntryRow]:
        """Those that would be published."""
        return [row for row in self.rows if row.is_ready]

    @property
    def held(self) -> list[EntryRow]:
        """Those that would be shown as held."""
        return [row for row in self.rows if row.is_held]

    @property
    def blocked(self) -> list[EntryRow]:
        """Those that keep the whole batch back until they are finished or left out."""
        return [row for row in self.rows if not row.is_ready and not row.is_held]

    @property
    def can_publish(self) -> bool:
        """Whether nothing blocks and there is something to publish."""
        return bool(self.ready) and not self.blocked

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical rows: what goes out, and who is held (R18)."""
        words = {
            "session": self.exam_session.pk,
            "ready": [row.canonical() for row in self.ready],
            "held": [row.entry.pk for row in self.held],
        }
        text = json.dumps(words, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def preview(exam_session_id: int, *, leave_out: Collection[int] = ()) -> Batch:
    """What would be published now; `leave_out` names entries that the publisher holds back one by one (rules M4).

    The questions are as many for a small session as for one of fifty thousand people, but for the holds of cases.
    """
    session = ExamSession.objects.select_related("occupation").get(pk=exam_session_id)
    waiting = Entry.objects.filter(exam_session=session).exclude(status__in=DONE)
    entries = list(waiting.select_related("ticket").order_by("pk"))
    seats, held, left = _seats(session), _held([one.pk for one in entries]), frozenset(leave_out)
    rows = (_row(one, seats[one.pk], leave_out=left, has_case=one.pk in held) for one in entries)
    return Batch(session, tuple(rows))


def chunks(ids: Sequence[int]) -> Iterator[list[int]]:
    """Keys in pieces that one statement can take."""
    for start in range(0, len(ids), CHUNK):
        yield list(ids[start : start + CHUNK])


def _seats(session: ExamSession) -> dict[int, list[tuple[Seat, SubjectFact]]]:
    """The seats of every waiting entry in the order of the programme, and where their marks stand."""
    subjects = {one.pk: one for one in Subject.objects.filter(occupation=session.occupation_id)}
    seats = Seat.objects.filter(entry__exam_session=session).exclude(entry__status__in=DONE)
    made: dict[int, list[MarkEntry]] = defaultdict(list)
    for one in MarkEntry.objects.filter(seat__in=seats.filter(mark=None).values("pk")).order_by("seat", "round"):
        made[one.seat_id].append(one)
    found: dict[int, list[tuple[Seat, SubjectFact]]] = defaultdict(list)
    for seat in seats.select_related("mark").order_by("entry", "subject__order", "pk"):
        seat.subject = subjects[seat.subject_id]
        found[seat.entry_id].append((seat, _fact(seat, made.get(seat.pk, []))))
    return found


def _held(entry_ids: list[int]) -> frozenset[int]:
    return frozenset().union(*(hold(some) for hold in case_holds for some in chunks(entry_ids)))


def _row(
    entry: Entry, seats: list[tuple[Seat, SubjectFact]], *, leave_out: Collection[int], has_case: bool
) -> EntryRow:
    reasons = judge_publication({str(seat.pk): fact for seat, fact in seats})
    if has_case:
        held = RefusalFact(HELD, "有违纪事项正在处理，该参评人员的成绩暂缓发布。", "本单位规定：查处暂缓")
        reasons = (*reasons, held)
    if entry.status != EntryStatus.SAT:
        message = "到考情况尚未登记完毕，请先由监考结束该场登记。"
        open_room = RefusalFact("attendance_open", message, "本单位规定：到考登记")
        reasons = (open_room, *reasons)
    return EntryRow(entry, tuple(seat for seat, _ in seats), reasons, entry.pk in leave_out)


def _fact(seat: Seat, made: list[MarkEntry]) -> SubjectFact:
    mark: Mark | None = getattr(seat, "mark", None)
    if mark is None:
        return SubjectFact(settlement_of(made))
    return SubjectFact(Settlement("settled", mark.status, mark.value), held=mark.is_held)
