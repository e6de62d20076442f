"""Publishing a session's results: what stands against it, exactly what was approved goes out (rules M3, M4; R18)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from django.db import transaction

from exams import signals
from exams.enums import EntryStatus, SessionStatus
from exams.models import Entry, ExamSession, Mark, MarkEntry, Publication, ResultFlag, Seat
from exams.rules.marks import judge_publisher
from kupasi.acts import Act
from kupasi.audit.services import compose, record, record_many
from kupasi.errors import Refusal
from kupasi.notices.services import Letter, queue_many
from kupasi.people.models import Candidate, User
from kupasi.refusals import RefusalFact

from .batches import DONE, Batch, EntryRow, chunks, preview
from .marks import judge_not_frozen
from .paper_totals import not_as_counted

CLAUSE = "本单位规定：成绩公布条件"
FOUR_EYES = "本单位规定：双人录入、他人公布"
OUT = "成绩已经公布，请登录查看。对成绩有疑问的，可以联系业务受理点。"
LATER = "本次评价的成绩已经公布，您的成绩暂缓公布，有结果会另行通知您。"

gates: list[Callable[[int], list[str]]] = []
"""Asked what stands against publishing a session's results; apps above this one add their own when they start."""


def standing_against(exam_session_id: int) -> list[RefusalFact]:
    """What keeps the whole session back, whoever is left out: totals that differ from the paper, broken invariants."""
    found = [
        RefusalFact("totals_differ", one.sentence, "本单位规定：评分与双人录入")
        for one in not_as_counted(exam_session_id)
    ]
    wrong = [words for gate in gates for words in gate(exam_session_id)]
    if wrong:
        message = f"数据核对不一致，处理之前不能公布：{'；'.join(wrong)}"
        found.append(RefusalFact("data_inconsistent", message, CLAUSE))
    return found


@transaction.atomic
def publish(exam_session_id: int, *, by: Act, expected_hash: str, leave_out: Collection[int] = ()) -> Publication:
    """Publish exactly the batch that was previewed, by somebody who entered none of its marks (rules M3, M4).

    Repeating a published hash returns that publication. Refuses with `wrong_status`, `four_eyes`, `not_ready`
    (extra: `blocked`), `nothing_to_publish`, `hash_mismatch`, `totals_differ`, `data_inconsistent`.
    """
    done = Publication.objects.filter(exam_session=exam_session_id, sha256=expected_hash).first()
    if done is not None:
        return done
    batch = judged(exam_session_id, person=by.person, expected_hash=expected_hash, leave_out=leave_out)
    return release(batch, person=by.person, by=by)


def judged(exam_session_id: int, *, person: User, expected_hash: str, leave_out: Collection[int] = ()) -> Batch:
    """The batch, its rows locked, found to be what was looked at and fit to go out under this person's name."""
    session = ExamSession.objects.select_for_update().get(pk=exam_session_id)
    if session.status == SessionStatus.CANCELLED:
        raise Refusal("wrong_status", "该评价场次已取消，没有成绩可以公布。", CLAUSE)
    seats = Seat.objects.filter(entry__exam_session=session).order_by("pk")  # their own order would join the sittings
    list(seats.select_for_update().values_list("pk", flat=True))
    batch = preview(exam_session_id, leave_out=leave_out)
    _judge(batch, person=person, expected_hash=expected_hash)
    return batch


def release(batch: Batch, *, person: User, by: Act) -> Publication:
    """Make a judged batch visible in the caller's transaction; `person` answers for it, `by` may be a job."""
    publication = Publication.objects.create(
        exam_session=batch.exam_session,
        published_by=person,
        published_at=by.at,
        marks=sum(len(row.seats) for row in batch.ready),
        held=len(batch.held),
        sha256=batch.sha256,
    )
    _make_visible(publication, batch, by=by)
    return publication


@transaction.atomic
def hold_entry(entry_id: int, *, reason: str, by: Act) -> None:
    """Hold a candidate's settled, unpublished marks back.

    Refuses with `reason_missing`, `nothing_to_hold`, `batch_approved`.
    """
    marks = _held_marks(entry_id, reason=reason)
    if not marks.filter(is_held=False).exists():
        raise Refusal("nothing_to_hold", "没有可以暂缓的成绩。", CLAUSE)
    marks.update(is_held=True)
    record(by, "entry.held", Entry.objects.get(pk=entry_id), after={"held": True}, reason=reason.strip())


@transaction.atomic
def release_entry(entry_id: int, *, reason: str, by: Act) -> None:
    """Let a held candidate's marks go with the next publication.

    Refuses with `reason_missing`, `nothing_to_hold`, `batch_approved`.
    """
    marks = _held_marks(entry_id, reason=reason)
    if not marks.filter(is_held=True).exists():
        raise Refusal("nothing_to_hold", "没有暂缓的成绩。", CLAUSE)
    marks.update(is_held=False)
    record(by, "entry.released", Entry.objects.get(pk=entry_id), after={"held": False}, reason=reason.strip())


def _held_marks(entry_id: int, *, reason: str) -> Any:
    if not reason.strip():
        raise Refusal("reason_missing", "请写明理由。", CLAUSE)
    entry = Entry.objects.select_for_update().get(pk=entry_id)
    judge_not_frozen(entry.exam_session_id)
    return Mark.objects.filter(seat__entry_id=entry_id, publication=None)


def _judge(batch: Batch, *, person: User, expected_hash: str) -> None:
    made = MarkEntry.objects.filter(seat__entry__exam_session=batch.exam_session)
    people = set(made.exclude(seat__entry__status__in=DONE).order_by().values_list("entered_by", flat=True).distinct())
    refusal = judge_publisher(person.pk, people)
    if refusal is not None:
        raise Refusal("four_eyes", refusal.message, FOUR_EYES)
    if batch.blocked:
        tickets = [row.ticket for row in batch.blocked]
        raise Refusal("not_ready", f"还有 {len(tickets)} 人的成绩不能公布，请先处理或暂缓。", CLAUSE, blocked=tickets)
    if not batch.ready:
        raise Refusal("nothing_to_publish", "没有可以公布的成绩。", CLAUSE)
    if batch.sha256 != expected_hash:
        raise Refusal("hash_mismatch", "成绩在您核对之后有变动，请重新核对后再公布。", CLAUSE)
    for fact in standing_against(batch.exam_session.pk):
        raise Refusal.from_fact(fact)


def _make_visible(publication: Publication, batch: Batch, *, by: Act) -> None:
    """Show the ready rows, tell everybody, and tell the desk: the same questions for every thousand people."""
    session, ready = publication.exam_session, batch.ready
    ids = [row.entry.pk for row in ready]
    for some in chunks(ids):
        shown = Mark.objects.filter(seat__entry__in=some)
        shown.update(publication=publication, published_by=publication.published_by)
        Entry.objects.filter(pk__in=some).update(status=EntryStatus.PUBLISHED)
    session.status = SessionStatus.PUBLISHED
    session.save(update_fields=["status"])
    ResultFlag.objects.filter(exam_session=session).delete()
    after = {"publication": publication.pk, "marks": publication.marks, "held": publication.held}
    record(by, "results.published", session, after={**after, "sha256": publication.sha256})
    was, now = {"status": EntryStatus.SAT}, {"status": EntryStatus.PUBLISHED}
    for some in chunks(range(len(ready))):
        record_many([compose(by, "entry.published", ready[at].entry, before=was, after=now) for at in some])
    _write_letters(publication, ready, by=by, words=OUT)
    _write_letters(publication, batch.held, by=by, words=LATER)
    signals.results_published.send(ExamSession, exam_session_id=session.pk, entry_ids=ids, by=by)


def _write_letters(publication: Publication, rows: list[EntryRow], *, by: Act, words: str) -> None:
    session = publication.exam_session
    for some in chunks(range(len(rows))):
        people = Candidate.objects.in_bulk({rows[at].entry.candidate_id for at in some})
        letters = [
            Letter(
                key=f"results:{publication.pk}:{one.pk}",
                kind="results",
                subject=f"{session}成绩通知",
                body=f"您参加的{session}评价，{words}依据：通知 三。",
                candidate=people[one.candidate_id],
                url="/exams/results/",
                about=one,
            )
            for one in (rows[at].entry for at in some)
        ]
        queue_many(by, letters)
