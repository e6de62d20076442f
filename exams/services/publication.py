"""Publishing a session's results: what blocks, what is shown first, and exactly that goes out (rules M3, M4; R18)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Prefetch

from exams import signals
from exams.enums import EntryStatus, SessionStatus
from exams.models import Entry, ExamSession, Mark, MarkEntry, Publication, ResultFlag, Seat
from exams.rules.marks import Settlement, SubjectFact, judge_publication, judge_publisher
from exams.services.marks import settlement_of
from kupasi.acts import Act
from kupasi.audit.services import compose, record, record_many
from kupasi.errors import Refusal
from kupasi.notices.services import queue
from kupasi.refusals import RefusalFact

CLAUSE = "本单位规定：成绩公布条件"
HELD = "result_held"

gates: list[Callable[[int], list[str]]] = []
"""Asked what stands against publishing a session's results; apps above this one add their own when they start."""

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
    """What would be published now; `leave_out` names entries that the publisher holds back one by one (rules M4)."""
    session = ExamSession.objects.select_related("occupation").get(pk=exam_session_id)
    seats = Seat.objects.select_related("subject", "sitting", "mark").order_by("subject__order", "pk")
    seats = seats.prefetch_related(Prefetch("mark_entries", MarkEntry.objects.order_by("round")))
    done = (EntryStatus.CANCELLED, EntryStatus.PUBLISHED, EntryStatus.ENROLLED)  # enrolled: never given a seat
    entries = Entry.objects.filter(exam_session=session).exclude(status__in=done).order_by("pk")
    rows = list(entries.select_related("ticket", "candidate").prefetch_related(Prefetch("seats", seats)))
    held = frozenset().union(*(hold([row.pk for row in rows]) for hold in case_holds))
    return Batch(session, tuple(_row(entry, leave_out=leave_out, has_case=entry.pk in held) for entry in rows))


@transaction.atomic
def publish(exam_session_id: int, *, by: Act, expected_hash: str, leave_out: Collection[int] = ()) -> Publication:
    """Publish exactly the batch that was previewed, by somebody who entered none of its marks (rules M3, M4).

    Repeating a published hash returns that publication. Refuses with `wrong_status`, `four_eyes`, `not_ready`
    (extra: `blocked`), `nothing_to_publish`, `hash_mismatch`, `data_inconsistent`.
    """
    session = ExamSession.objects.select_for_update().get(pk=exam_session_id)
    done = Publication.objects.filter(exam_session=session, sha256=expected_hash).first()
    if done is not None:
        return done
    if session.status == SessionStatus.CANCELLED:
        raise Refusal("wrong_status", "该评价场次已取消，没有成绩可以公布。", CLAUSE)
    seats = Seat.objects.filter(entry__exam_session=session).order_by("pk")  # their own order would join the sittings
    list(seats.select_for_update().values_list("pk", flat=True))
    batch = preview(exam_session_id, leave_out=leave_out)
    _judge(batch, by=by, expected_hash=expected_hash)
    publication = Publication.objects.create(
        exam_session=session,
        published_by=by.person,
        published_at=by.at,
        marks=sum(len(row.seats) for row in batch.ready),
        held=len(batch.held),
        sha256=batch.sha256,
    )
    _release(publication, batch, by=by)
    return publication


@transaction.atomic
def hold_entry(entry_id: int, *, reason: str, by: Act) -> None:
    """Hold a candidate's settled, unpublished marks back. Refuses with `reason_missing`, `nothing_to_hold`."""
    marks = _held_marks(entry_id, reason=reason)
    if not marks.filter(is_held=False).exists():
        raise Refusal("nothing_to_hold", "没有可以暂缓的成绩。", CLAUSE)
    marks.update(is_held=True)
    record(by, "entry.held", Entry.objects.get(pk=entry_id), after={"held": True}, reason=reason.strip())


@transaction.atomic
def release_entry(entry_id: int, *, reason: str, by: Act) -> None:
    """Let a held candidate's marks go with the next publication. Refuses with `reason_missing`, `nothing_to_hold`."""
    marks = _held_marks(entry_id, reason=reason)
    if not marks.filter(is_held=True).exists():
        raise Refusal("nothing_to_hold", "没有暂缓的成绩。", CLAUSE)
    marks.update(is_held=False)
    record(by, "entry.released", Entry.objects.get(pk=entry_id), after={"held": False}, reason=reason.strip())


def _held_marks(entry_id: int, *, reason: str) -> Any:
    if not reason.strip():
        raise Refusal("reason_missing", "请写明理由。", CLAUSE)
    Entry.objects.select_for_update().get(pk=entry_id)
    return Mark.objects.filter(seat__entry_id=entry_id, publication=None)


def _row(entry: Entry, *, leave_out: Collection[int], has_case: bool) -> EntryRow:
    seats = tuple(entry.seats.all())
    reasons = judge_publication({str(seat.pk): _fact(seat) for seat in seats})
    if has_case:
        held = RefusalFact(HELD, "有违纪事项正在处理，该参评人员的成绩暂缓发布。", "本单位规定：查处暂缓")
        reasons = (*reasons, held)
    if entry.status != EntryStatus.SAT:
        message = "到考情况尚未登记完毕，请先由监考结束该场登记。"
        open_room = RefusalFact("attendance_open", message, "本单位规定：到考登记")
        reasons = (open_room, *reasons)
    return EntryRow(entry, seats, reasons, entry.pk in leave_out)


def _fact(seat: Seat) -> SubjectFact:
    mark: Mark | None = getattr(seat, "mark", None)
    if mark is None:
        return SubjectFact(settlement_of(list(seat.mark_entries.all())))
    return SubjectFact(Settlement("settled", mark.status, mark.value), held=mark.is_held)


def _judge(batch: Batch, *, by: Act, expected_hash: str) -> None:
    seats = Seat.objects.filter(entry__in=[row.entry.pk for row in batch.rows])
    people = set(MarkEntry.objects.filter(seat__in=seats).values_list("entered_by", flat=True))
    refusal = judge_publisher(by.person.pk, people)
    if refusal is not None:
        raise Refusal("four_eyes", refusal.message, "本单位规定：双人录入、他人公布")
    if batch.blocked:
        tickets = [row.ticket for row in batch.blocked]
        raise Refusal("not_ready", f"还有 {len(tickets)} 人的成绩不能公布，请先处理或暂缓。", CLAUSE, blocked=tickets)
    if not batch.ready:
        raise Refusal("nothing_to_publish", "没有可以公布的成绩。", CLAUSE)
    if batch.sha256 != expected_hash:
        raise Refusal("hash_mismatch", "成绩在您核对之后有变动，请重新核对后再公布。", CLAUSE)
    wrong = [words for gate in gates for words in gate(batch.exam_session.pk)]
    if wrong:
        raise Refusal("data_inconsistent", f"数据核对不一致，处理之前不能公布：{'；'.join(wrong)}", CLAUSE)


def _release(publication: Publication, batch: Batch, *, by: Act) -> None:
    """Make the ready rows visible, tell everybody, and tell the desk; all in the caller's transaction."""
    session, ids = publication.exam_session, [row.entry.pk for row in batch.ready]
    Mark.objects.filter(seat__entry__in=ids).update(publication=publication, published_by=by.person)
    Entry.objects.filter(pk__in=ids).update(status=EntryStatus.PUBLISHED)
    session.status = SessionStatus.PUBLISHED
    session.save(update_fields=["status"])
    ResultFlag.objects.filter(exam_session=session).delete()
    after = {"publication": publication.pk, "marks": publication.marks, "held": publication.held}
    record(by, "results.published", session, after={**after, "sha256": publication.sha256})
    was, now = {"status": EntryStatus.SAT}, {"status": EntryStatus.PUBLISHED}
    record_many([compose(by, "entry.published", row.entry, before=was, after=now) for row in batch.ready])
    for row in batch.ready:
        _write_letter(row, publication, by=by, words="成绩已经公布，请登录查看。对成绩有疑问的，可以联系业务受理点。")
    for row in batch.held:
        _write_letter(row, publication, by=by, words="本次评价的成绩已经公布，您的成绩暂缓公布，有结果会另行通知您。")
    signals.results_published.send(ExamSession, exam_session_id=session.pk, entry_ids=ids, by=by)


def _write_letter(row: EntryRow, publication: Publication, *, by: Act, words: str) -> None:
    session = publication.exam_session
    queue(
        by,
        key=f"results:{publication.pk}:{row.entry.pk}",
        kind="results",
        subject=f"{session}成绩通知",
        body=f"您参加的{session}评价，{words}依据：通知 三。",
        candidate=row.entry.candidate,
        url="/exams/results/",
        about=row.entry,
    )
