"""What an institution has of its roster after the payment: tickets, results, certificates to collect (K1, M7, X4).

Everything is asked for the whole roster at once: the number of queries does not grow with the people on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, F, QuerySet
from django.template.loader import render_to_string

from certificates.enums import CertificateStatus, Collector
from certificates.models import Certificate
from certificates.services.handovers import hand_over
from exams.enums import EntryStatus, TicketStatus
from exams.models import AdmissionTicket, Entry
from exams.services import ticket_answers
from exams.services.kept_passes import Entitlement, entitlements
from exams.services.results import SubjectResult, is_held_by_case, results_of_many
from exams.services.settings import office_facts
from kupasi import pdf, typeface
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.masking import mask_document
from registration.enums import OPEN
from registration.models import Application, Roster

CLAUSE = "通知 二(五)"
VALID = frozenset(TicketStatus) - {TicketStatus.REVOKED}
ANSWERED = frozenset({TicketStatus.CONFIRMED, TicketStatus.DISPUTED})
COLLECTABLE = (CertificateStatus.ISSUED, CertificateStatus.COLLECTED)


@dataclass(frozen=True, slots=True)
class TicketShown:
    """A ticket with the person whose it is and the class that the person is in."""

    ticket: AdmissionTicket
    name: str
    class_name: str

    @property
    def is_open(self) -> bool:
        """Whether the institution is asked about it: not once it was answered, nor when the exam is over."""
        waits = self.ticket.entry.status == EntryStatus.TICKETED
        return waits and self.ticket.status not in ANSWERED and self.ticket.answered_at is None


@dataclass(frozen=True, slots=True)
class ResultShown:
    """A person's results, and what may be retaken."""

    application: Application
    class_name: str
    subjects: list[SubjectResult]
    retake: Entitlement | None
    is_filed: bool = False

    @property
    def without_retake(self) -> str:
        """Why nothing may be retaken, for somebody who may not."""
        outcomes = {one.outcome for one in self.subjects}
        if self.is_filed:
            return "已有新的申报"
        if not outcomes or outcomes & {"held", "missing"}:
            return "待成绩公布"
        if outcomes == {"passed"}:
            return "全部合格，不用补考"
        return "现在不能补考" if "passed" in outcomes else "没有合格科目，只能按新考申报"


def people(roster: Roster) -> QuerySet[Application]:
    """Everybody with an application, class by class, in the order of the list."""
    rows = Application.objects.filter(roster_row__roster=roster)
    rows = rows.select_related("candidate", "occupation", "document", "roster_row", "entry__exam_session__occupation")
    return rows.order_by("roster_row__class_name", "roster_row__line")


def classes(roster: Roster) -> list[str]:
    """The classes on a roster; people without one are under an empty name."""
    names = roster.rows.current().exclude(application=None).order_by("class_name")
    return list(names.values_list("class_name", flat=True).distinct())


# --- tickets ---------------------------------------------------------------------------------------------------------
def tickets(roster: Roster, *, class_name: str | None = None) -> list[TicketShown]:
    """The tickets that were made, revoked ones left out; of one class if it is named."""
    rows = AdmissionTicket.objects.filter(entry__application__roster_row__roster=roster, version__gte=1)
    rows = rows.filter(status__in=VALID)
    if class_name is not None:
        rows = rows.filter(entry__application__roster_row__class_name=class_name)
    row = "entry__application__roster_row"
    rows = rows.select_related("entry__candidate", row).order_by(f"{row}__class_name", "number")
    return [TicketShown(one, one.entry.application.name, one.entry.application.roster_row.class_name) for one in rows]


def waiting_tickets(rosters: Collection[int]) -> Counter[int]:
    """How many tickets the institution is asked about, by roster (`TicketShown.is_open`)."""
    row = "entry__application__roster_row__roster"
    rows = AdmissionTicket.objects.filter(**{f"{row}__in": rosters}, entry__status=EntryStatus.TICKETED)
    rows = rows.filter(status__in=VALID - ANSWERED, answered_at=None, version__gte=1)
    return Counter(dict(rows.values_list(row).annotate(number=Count("pk")).order_by()))


class Answered(NamedTuple):
    """How many tickets were confirmed, reported on, and left as they are."""

    confirmed: int
    disputed: int
    left: int


def answer_tickets(roster: Roster, *, seen: Mapping[int, int], exceptions: Mapping[int, str], by: Act) -> Answered:
    """Confirm every ticket that was shown but those with a report of an error (rules K1).

    `seen` is the version of each ticket as it stood on the page. A ticket that has a newer version meanwhile, or was
    answered, is left as it is. Each ticket is a transaction of its own: one bad ticket does not stop the others.
    """
    counted = Counter({"left": 0})
    for one in tickets(roster):
        version = seen.get(one.ticket.pk)
        if version is None:
            continue
        text = exceptions.get(one.ticket.pk, "").strip()[: ticket_answers.DISPUTE_LENGTH]
        counted[_answer(one, text=text, version=version, by=by)] += 1
    return Answered(counted["confirmed"], counted["disputed"], counted["left"])


def _answer(one: TicketShown, *, text: str, version: int, by: Act) -> str:
    if version != one.ticket.version or not one.is_open:
        return "left"
    try:
        if text:
            ticket_answers.dispute(one.ticket.pk, text=text, version=version, by=by)
        else:
            ticket_answers.confirm(one.ticket.pk, version=version, by=by)
    except Refusal:  # a newer version or a revocation came while the others were answered
        return "left"
    return "disputed" if text else "confirmed"


@transaction.atomic
def note_download(roster: Roster, *, what: str, by: Act) -> None:
    """That papers with people's data left the system (section 10)."""
    record(by, f"roster.download_{what}", roster)


# --- results ---------------------------------------------------------------------------------------------------------
def results(roster: Roster, *, on: date) -> list[ResultShown]:
    """Everybody who was entered: subject by subject what is published, and what may be retaken (rules M7, T1)."""
    listed = [one for one in people(roster) if one.entry_id is not None]
    entries = [one.entry for one in listed if one.entry is not None]
    outcomes = results_of_many(entries)
    persons, trades = {one.candidate_id for one in listed}, {one.occupation_id for one in listed if one.occupation_id}
    may = entitlements(persons, occupation_ids=trades, on=on) if listed else {}
    filed = _filed_anew(persons, {one.pk for one in listed})
    shown = []
    for one in listed:
        key = (one.candidate_id, one.occupation_id or 0)
        found = may.get(key)
        retake = found if found is not None and found.is_allowed and key not in filed else None
        results = outcomes.get(one.entry_id or 0, [])
        shown.append(ResultShown(one, one.roster_row.class_name, results, retake, key in filed))
    return shown


def _filed_anew(persons: Collection[int], listed: Collection[int]) -> set[tuple[int, int]]:
    """Who of these has another open application for which occupation: nothing is suggested to them (rules E5)."""
    rows = Application.objects.filter(candidate__in=persons, status__in=OPEN).exclude(occupation=None)
    found = rows.values_list("pk", "candidate_id", "occupation_id")
    return {(person, trade) for pk, person, trade in found if pk not in listed and trade is not None}


# --- certificates ----------------------------------------------------------------------------------------------------
def certificates(roster: Roster) -> QuerySet[Certificate]:
    """The certificates that the institution collects for the roster's people, class by class (rules X4).

    `is_held` says that a case keeps one back: it is neither listed for signing nor handed over (S9).
    """
    entries = Entry.objects.filter(application__roster_row__roster=roster, institution=roster.institution_id)
    rows = Certificate.objects.filter(entry__in=entries, status__in=COLLECTABLE).exclude(sha256="")
    rows = rows.annotate(is_held=is_held_by_case())
    rows = rows.select_related("occupation", "document", "handover", "entry__application__roster_row")
    return rows.order_by("entry__application__roster_row__class_name", "number")


def waiting_certificates(rosters: Collection[int]) -> Counter[int]:
    """How many certificates the institution has to collect, by roster."""
    row = "entry__application__roster_row__roster"
    rows = Certificate.objects.filter(**{f"{row}__in": rosters}, status=CertificateStatus.ISSUED).exclude(sha256="")
    rows = rows.filter(~is_held_by_case(), entry__institution=F(f"{row}__institution"))
    return Counter(dict(rows.values_list(row).annotate(number=Count("pk")).order_by()))


def handover_pdf(roster: Roster) -> bytes:
    """The list to be signed when certificates are collected: the institution for all, and each person."""
    rows = list(certificates(roster).filter(~is_held_by_case()))
    if not rows:
        raise Refusal("no_certificates", "这份名单还没有可以领取的证书。", "通知 五")
    return laid_out(roster, [(one, mask_document(one.document.number)) for one in rows])


def laid_out(roster: Roster, lines: Sequence[tuple[Certificate, str]]) -> bytes:
    """Certificates with their masked numbers on paper."""
    from weasyprint import HTML  # late: it needs system libraries

    html = render_to_string("pdf/handover_list.html", {"roster": roster, "lines": lines, "office": office_facts()})
    sheets = [typeface.face(), pdf.stylesheet("base.css"), pdf.stylesheet("roster.css")]
    return bytes(HTML(string=html, url_fetcher=pdf.fetcher()).write_pdf(font_config=pdf.fonts(), stylesheets=sheets))


def hand_over_all(roster: Roster, *, by: Act) -> int:
    """Record that the institution collected what waits; how many. Each certificate is a record of its own (X4)."""
    waiting = certificates(roster).filter(~is_held_by_case(), status=CertificateStatus.ISSUED)
    ids = list(waiting.values_list("pk", flat=True))
    for pk in ids:
        hand_over(pk, collector=Collector.INSTITUTION, document_seen=False, by=by)
    return len(ids)
