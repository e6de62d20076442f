"""The register of certificates: opened for the qualified, numbered once, never deleted (rules X1, X2, X6)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import date

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from certificates.enums import CERTIFICATE_NEXT, CertificateStatus
from certificates.models import Certificate, NumberSeries
from certificates.rules import judge_issue
from exams.models import Entry, Mark
from exams.services.results import earned, entries_resting_on, marks_behind, qualified
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.dates import local_day
from kupasi.errors import Refusal, raise_first

from . import letters, papers, statements
from .facts import copy_facts, facts_hash
from .numbers import take_number

S = CertificateStatus
ON_PAPER = (S.ISSUED, S.COLLECTED)
REASON_LENGTH = 200

holds: list[Callable[[date], frozenset[int]]] = []
"""Asked for the candidates who may get no certificate on a day; apps above this one add their own when they start."""


def barred_on(day: date) -> frozenset[int]:
    """The candidates whom any of the `holds` keeps back on a day."""
    return frozenset().union(*(hold(day) for hold in holds))


def open_certificates(*, by: Act, barred: frozenset[int]) -> list[Certificate]:
    """Open a waiting certificate for every qualified entry that has none; `barred` names candidates to pass over.

    A person who holds a valid certificate of the occupation gets no second one. Safe to run twice at once.
    """
    valid = Certificate.objects.filter(
        candidate=OuterRef("candidate"), occupation=OuterRef("exam_session__occupation")
    ).exclude(status=S.VOID)
    rows = qualified().filter(~Exists(valid), certificates=None, candidate__documents__is_primary=True)
    rows = rows.select_related("candidate", "photo", "exam_session__occupation").order_by("pk")
    opened = (_open(entry, by=by) for entry in rows if entry.candidate_id not in barred)
    return [one for one in opened if one is not None]


def due_ids(*, by: Act) -> list[int]:
    """Certificates that a sweep can bring forward: approved with a number at hand, or numbered but not yet on paper."""
    has_prefix = Exists(NumberSeries.objects.filter(occupation=OuterRef("occupation"), is_active=True))
    numbered = Q(has_prefix) | Q(official_number__isnull=False)
    waiting = numbered & Q(status=S.WAITING) & ~Q(approved_facts="") & ~Q(candidate__in=barred_on(by.on))
    rows = Certificate.objects.filter(waiting | Q(status__in=ON_PAPER, sha256=""))
    return list(rows.order_by("pk").values_list("pk", flat=True))


def issue(certificate_id: int, *, by: Act) -> Certificate:
    """Give a waiting certificate its number, statement and paper, and tell its holder.

    Repeating it returns what is there; what a crash left undone is finished. The paper is made outside the numbering
    transaction, so that nobody waits for it. Refuses with `number_prefix_missing`, `not_qualified`, `barred`,
    `result_held`, `not_approved`, `wrong_status`, `numbers_exhausted`.
    """
    try:
        certificate = _give_number(certificate_id, by=by)
    except Refusal as refusal:
        if refusal.code == "not_approved":
            _back_to_list(certificate_id, by=by)
        raise
    return certificate if certificate.sha256 else _print(certificate, by=by)


def reprint(certificate_id: int, *, reason: str, after_prints: int, by: Act) -> Certificate:
    """Print a certificate anew under its number, marked 补发 (rules X3).

    `after_prints` is how many prints the caller has seen: a repeated call prints nothing more. Refuses with
    `wrong_status`, `reason_missing`.
    """
    text = _reason(reason)
    certificate = _with_facts().get(pk=certificate_id)
    _expect_paper(certificate)
    content = papers.render(certificate, reissued_on=by.on)
    with transaction.atomic():
        certificate = lock(certificate_id)
        _expect_paper(certificate)
        if certificate.prints != after_prints:
            return certificate
        before = {"prints": certificate.prints, "sha256": certificate.sha256}
        _keep(certificate, content)
        after = {"prints": certificate.prints, "sha256": certificate.sha256}
        record(by, "certificate.reprinted", certificate, before=before, after=after, reason=text)
        letters.reprinted(certificate, by=by)
    return certificate


@transaction.atomic
def void(certificate_id: int, *, reason: str, by: Act) -> Certificate:
    """Make a certificate void from today on; it is kept for ever, and so is its number (须知 末段; rules X6).

    Repeating it returns what is there. Refuses with `reason_missing`.
    """
    certificate = lock(certificate_id)
    if certificate.status == S.VOID:
        return certificate
    certificate.voided_on, certificate.void_reason = by.on, _reason(reason)
    certificate.save(update_fields=["voided_on", "void_reason"])
    move_to(certificate, S.VOID, by=by, action="certificate.voided", reason=certificate.void_reason)
    letters.voided(certificate, by=by)
    return certificate


@transaction.atomic
def correct(certificate_id: int, *, reason: str, by: Act) -> Certificate:
    """Replace a certificate whose holder's facts were corrected: the old one is void in the same transaction (TC-019).

    The new one waits for a number of its own; what it says is what the approver was shown. Repeating it returns the
    new one. Refuses with `wrong_status`, `nothing_to_correct`, `reason_missing`.
    """
    old = lock(certificate_id)
    done = Certificate.objects.filter(replaces=old).first()
    if done is not None:
        return done
    _expect_paper(old)
    facts = facts_hash(old)
    if facts == old.approved_facts:
        raise Refusal("nothing_to_correct", "证书内容与现在的个人资料一致；请先更正个人资料，再申请换发。", "通知 五")
    old.voided_on, old.void_reason = by.on, f"更正换发：{_reason(reason)}"[:REASON_LENGTH]
    old.save(update_fields=["voided_on", "void_reason"])
    move_to(old, S.VOID, by=by, action="certificate.voided", reason=old.void_reason)
    new = Certificate(
        candidate=old.candidate,
        occupation=old.occupation,
        entry=old.entry,
        replaces=old,
        batch=old.batch,
        approved_facts=facts,
        qualified_on=old.qualified_on,
        created_at=by.at,
    )
    copy_facts(new)
    new.save(force_insert=True)
    record(by, "certificate.corrected", new, after={"replaces": old.number}, reason=reason)
    letters.corrected(old, by=by)
    return new


def void_unearned(mark_ids: Iterable[int], *, by: Act) -> list[int]:
    """Make the certificates void that rest on any of these marks and are not earned any more; returns their keys.

    A mark that a case holds still earns: nothing is taken before the decision (rules S9).
    """
    resting = Certificate.objects.filter(entry__in=entries_resting_on(mark_ids)).exclude(status=S.VOID)
    lost = list(resting.exclude(entry__in=earned()).order_by("pk").values_list("pk", flat=True))
    for pk in lost:
        void(pk, reason="成绩经核对更正后不再全部合格。", by=by)
    return lost


def lock(certificate_id: int) -> Certificate:
    """The certificate, locked for the rest of the transaction."""
    return _with_facts().select_for_update(of=("self",)).get(pk=certificate_id)


def move_to(certificate: Certificate, status: CertificateStatus, *, by: Act, action: str, reason: str = "") -> None:
    """Move a locked certificate along `CERTIFICATE_NEXT` and write the audit line. Refuses with `wrong_status`."""
    before = CertificateStatus(certificate.status)
    if status not in CERTIFICATE_NEXT[before]:
        raise Refusal("wrong_status", f"这张证书现在是“{before.label}”，不能改为“{status.label}”，请刷新后再看。")
    certificate.status = status
    certificate.save(update_fields=["status"])
    after = {"status": status, "number": certificate.number}
    record(by, action, certificate, before={"status": before}, after=after, reason=reason)


def _with_facts() -> QuerySet[Certificate]:
    return Certificate.objects.select_related("occupation", "candidate", "document", "photo", "entry")


def _open(entry: Entry, *, by: Act) -> Certificate | None:
    """A waiting certificate for a qualified entry; None when somebody else opened it at this very moment."""
    certificate = Certificate(
        candidate=entry.candidate,
        occupation=entry.exam_session.occupation,
        entry=entry,
        qualified_on=_qualified_on(entry, by=by),
        created_at=by.at,
    )
    copy_facts(certificate)
    try:
        with transaction.atomic():
            certificate.save(force_insert=True)
            record(by, "certificate.opened", certificate, after={"entry": entry.pk})
    except IntegrityError:
        return None
    return certificate


def _qualified_on(entry: Entry, *, by: Act) -> date:
    """The day on which the last of the results was published."""
    marks = Mark.objects.published().filter(seat__entry=entry)
    last = marks.aggregate(last=Max("publication__published_at"))["last"]
    return local_day(last) if last else by.on


@transaction.atomic
def _give_number(certificate_id: int, *, by: Act) -> Certificate:
    certificate = lock(certificate_id)
    if certificate.status in ON_PAPER:
        return certificate
    if certificate.status == S.VOID:
        raise Refusal("wrong_status", "这张证书已作废，不能再编号。", "须知 末段")
    series = NumberSeries.objects.filter(occupation=certificate.occupation, is_active=True).first()
    raise_first(
        judge_issue(
            qualified=qualified().filter(pk=certificate.entry_id).exists(),
            barred=certificate.candidate_id in barred_on(by.on),
            held=marks_behind(certificate.entry_id).filter(is_held=True).exists(),
            approved=certificate.approved_facts == facts_hash(certificate),
            has_prefix=series is not None or certificate.official_number is not None,
        )
    )
    copy_facts(certificate)
    certificate.issued_on = by.on
    if certificate.official_number is not None:
        certificate.number, certificate.is_sample = certificate.official_number, False
    else:
        assert series is not None
        certificate.is_sample = series.is_sample
        certificate.number = take_number(series, on=by.on, at=by.at)
    certificate.statement = statements.state(certificate)
    certificate.save()
    move_to(certificate, S.ISSUED, by=by, action="certificate.issued")
    letters.issued(certificate, by=by)
    return certificate


@transaction.atomic
def _back_to_list(certificate_id: int, *, by: Act) -> None:
    """What was approved is not what the register says now: the next list holds it again."""
    certificate = lock(certificate_id)
    if certificate.status == S.WAITING and certificate.approved_facts:
        certificate.batch, certificate.approved_facts = None, ""
        certificate.save(update_fields=["batch", "approved_facts"])
        record(by, "certificate.back_to_list", certificate)


def _print(certificate: Certificate, *, by: Act) -> Certificate:
    content = papers.render(certificate)
    with transaction.atomic():
        certificate = lock(certificate.pk)
        if not certificate.sha256:
            _keep(certificate, content)
            record(by, "certificate.printed", certificate, after={"sha256": certificate.sha256})
    return certificate


def _keep(certificate: Certificate, content: bytes) -> None:
    certificate.file.save("certificate.pdf", ContentFile(content), save=False)
    certificate.sha256, certificate.prints = hashlib.sha256(content).hexdigest(), certificate.prints + 1
    certificate.save(update_fields=["file", "sha256", "prints"])


def _expect_paper(certificate: Certificate) -> None:
    if certificate.status not in ON_PAPER or not certificate.sha256:
        words = CertificateStatus(certificate.status).label
        raise Refusal("wrong_status", f"这张证书现在是“{words}”，不能补发。")


def _reason(reason: str) -> str:
    text = reason.strip()
    if not text:
        raise Refusal("reason_missing", "请写明理由，理由会留在记录里。")
    return text[:REASON_LENGTH]
