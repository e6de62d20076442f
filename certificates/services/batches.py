"""Lists for certificates: one draws up who is qualified, another approves exactly that list (matrix cert.approve)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from certificates.enums import CertificateStatus
from certificates.models import Certificate, IssueBatch
from certificates.rules import judge_listing
from exams.enums import EntryStatus
from exams.models import Entry, ExamSession
from exams.services.results import earned, qualified
from kupasi.acts import Act
from kupasi.approvals.models import Proposal
from kupasi.approvals.services import ask
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.models import IdentityDocument
from kupasi.refusals import RefusalFact

from .facts import facts_hash
from .register import barred_on

KIND = "certificate_batch"
CLAUSE = "权限表"
S = CertificateStatus
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Listed:
    """One person on the list: the waiting certificate and the keyed hash of what it will say."""

    certificate: Certificate
    facts: str


@dataclass(frozen=True, slots=True)
class Excluded:
    """One who sat and is not on the list, and why."""

    entry: Entry
    reason: RefusalFact


@dataclass(frozen=True, slots=True)
class Listing:
    """Who of an exam session gets a certificate, and who does not and why."""

    listed: tuple[Listed, ...]
    excluded: tuple[Excluded, ...]

    @property
    def digest(self) -> str:
        """The same people with the same facts, and the same exclusions, always give the same digest (SHA-256, hex)."""
        body = [
            [[one.certificate.pk, one.facts] for one in self.listed],
            [[one.entry.pk, one.reason.code] for one in self.excluded],
        ]
        return hashlib.sha256(json.dumps(body).encode()).hexdigest()

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """The exclusions counted by their reason, most frequent first."""
        return Counter(one.reason.message for one in self.excluded).most_common()


def list_up(session_id: int, *, on: date) -> Listing:
    """The list of an exam session as it stands on a day: ten queries, however many people."""
    entries = list(
        Entry.objects.filter(exam_session=session_id).exclude(status=EntryStatus.CANCELLED)
        .select_related("candidate", "photo", "exam_session__occupation").order_by("pk")
    )  # fmt: skip
    judge = _judge(session_id, entries, on=on)
    waiting = Certificate.objects.filter(entry__exam_session=session_id, status=S.WAITING)
    rows = {one.entry_id: one for one in waiting.select_related("candidate", "occupation", "entry__photo")}
    documents = IdentityDocument.objects.filter(is_primary=True, candidate__in=[one.candidate_id for one in entries])
    by_person = {one.candidate_id: one for one in documents}
    hashes = {
        pk: facts_hash(one, document=by_person[one.candidate_id])
        for pk, one in rows.items()
        if one.candidate_id in by_person
    }
    listed, excluded = [], []
    for entry in entries:
        row = rows.get(entry.pk)
        same = row is not None and row.approved_facts != "" and row.approved_facts == hashes.get(entry.pk)
        reason = judge(entry, same, entry.pk in hashes)
        if reason is not None:
            excluded.append(Excluded(entry, reason))
        elif row is not None:
            listed.append(Listed(row, hashes[entry.pk]))
    return Listing(tuple(listed), tuple(excluded))


@transaction.atomic
def propose(session_id: int, *, expected: str, reason: str, by: Act) -> tuple[IssueBatch, Proposal]:
    """Draw up the list that was shown (`expected` is its digest) and ask for its approval.

    Refuses with `list_changed`, `list_empty`, and as asking does.
    """
    session = ExamSession.objects.select_for_update().get(pk=session_id)
    listing = list_up(session_id, on=by.on)
    if listing.digest != expected:
        raise Refusal("list_changed", "名单刚刚有变化，请重新核对后再提请批准。", CLAUSE)
    if not listing.listed:
        raise Refusal("list_empty", "现在没有可以列入名单的人。", CLAUSE)
    batch = IssueBatch.objects.create(
        exam_session=session,
        digest=listing.digest,
        listed=[one.certificate.pk for one in listing.listed],
        excluded=[[one.entry.pk, one.reason.code, one.reason.message] for one in listing.excluded],
        made_by=by.person,
        made_at=by.at,
    )
    after = {"session": session_id, "listed": len(batch.listed), "digest": batch.digest}
    record(by, "certificate_batch.proposed", batch, after=after, reason=reason)
    return batch, ask(by, kind=KIND, about=batch, payload={"digest": batch.digest}, reason=reason)


@transaction.atomic
def approve(batch_id: int, *, by: Act) -> IssueBatch:
    """Approve a list, if it would read the same today; its certificates are then numbered by the sweep.

    Repeating it returns what is there. Refuses with `list_changed`, `four_eyes`.
    """
    batch = IssueBatch.objects.select_for_update().get(pk=batch_id)
    if batch.approved_at is not None:
        return batch
    ExamSession.objects.select_for_update().get(pk=batch.exam_session_id)
    listing = list_up(batch.exam_session_id, on=by.on)
    if listing.digest != batch.digest:
        raise Refusal("list_changed", "提请之后名单有变化，请重新列出名单、再提请批准。", CLAUSE)
    if by.person.pk in {one.certificate.candidate.user_id for one in listing.listed} | {batch.made_by_id}:
        raise Refusal("four_eyes", "自己提出的、或有自己在内的名单，要由另一位工作人员批准。", CLAUSE)
    for one in listing.listed:
        one.certificate.batch, one.certificate.approved_facts = batch, one.facts
    Certificate.objects.bulk_update([one.certificate for one in listing.listed], ["batch", "approved_facts"], 500)
    batch.approved_by, batch.approved_at = by.person, by.at
    batch.save(update_fields=["approved_by", "approved_at"])
    record(by, "certificate_batch.approved", batch, after={"listed": len(batch.listed), "digest": batch.digest})
    return batch


def left_out(batch: IssueBatch) -> list[tuple[Entry, str]]:
    """Whom a list that was drawn up left out, and why, in the words of that day."""
    reasons = {key: words for key, _, words in batch.excluded}
    rows = Entry.objects.filter(pk__in=reasons).select_related("candidate").order_by("pk")
    return [(one, reasons[one.pk]) for one in rows]


def sessions_waiting() -> list[tuple[ExamSession, int]]:
    """Exam sessions with certificates that no approved list holds yet, and how many those are; newest month first."""
    rows = Certificate.objects.filter(status=S.WAITING, approved_facts="").order_by()
    keys = list(rows.values_list("entry", flat=True))  # alone: with the entries joined, all of these would be read
    counted: Counter[int] = Counter()
    for start in range(0, len(keys), CHUNK):
        counted.update(Entry.objects.filter(pk__in=keys[start : start + CHUNK]).values_list("exam_session", flat=True))
    return [(one, counted[one.pk]) for one in ExamSession.objects.filter(pk__in=counted).select_related("occupation")]


def _judge(session_id: int, entries: list[Entry], *, on: date) -> Callable[[Entry, bool, bool], RefusalFact | None]:
    """The judgement on an entry, its facts gathered for everybody at once."""
    good = set(qualified().filter(exam_session=session_id).values_list("pk", flat=True))
    kept = good | set(earned().filter(exam_session=session_id).values_list("pk", flat=True))
    barred = barred_on(on)
    own = Certificate.objects.filter(entry__exam_session=session_id)
    states = dict(own.order_by("pk").values_list("entry", "status"))
    people = {one.candidate_id for one in entries}
    occupation = ExamSession.objects.values_list("occupation", flat=True).get(pk=session_id)
    valid = Certificate.objects.filter(candidate__in=people, occupation=occupation).exclude(status=S.VOID)
    holders = set(valid.exclude(entry__exam_session=session_id).values_list("candidate", flat=True))

    def judge(entry: Entry, same: bool, opened: bool) -> RefusalFact | None:
        state = states.get(entry.pk)
        return judge_listing(
            qualified=entry.pk in good,
            earned=entry.pk in kept,
            barred=entry.candidate_id in barred,
            void=state == S.VOID,
            listed=same or state in (S.ISSUED, S.COLLECTED),
            holds_one=entry.candidate_id in holders,
            opened=opened,
        )

    return judge
