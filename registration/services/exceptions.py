"""What two people may allow beside the rule: late applications and changes of core data (rules C2, A1, E8, E9)."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from exams.models import Window
from kupasi.acts import Act
from kupasi.approvals.models import Proposal
from kupasi.audit.services import record
from kupasi.dates import is_past, last_second
from kupasi.errors import Refusal, raise_first
from kupasi.people.enums import Sex
from kupasi.people.models import Candidate, IdentityDocument
from kupasi.people.services import persons
from kupasi.people.services.persons import Judged, PersonFacts
from registration.enums import OPEN, ApplicationStatus
from registration.models import Application, CoreChange, LateAdmission

from . import office_letters as letters

CLAUSE = "通知 附件1"
FROM_NOW = OPEN | {ApplicationStatus.DRAFT}


@transaction.atomic
def admit_late(
    candidate_id: int, *, occupation_id: int, window_id: int, until: date, proposal: Proposal, by: Act
) -> LateAdmission:
    """Let one person apply for a window that is over, until the last second of a day; nobody else's window opens.

    Refuses with `window_not_over`, `until_past`, `until_late`.
    """
    candidate = Candidate.objects.select_for_update(of=("self",)).get(pk=candidate_id)
    window = Window.objects.public().get(pk=window_id)
    if not is_past(by.at, last_second(window.closes_on)):
        raise Refusal("window_not_over", "这个申报时间段尚未截止，本人可以直接申报。", CLAUSE)
    if is_past(by.at, last_second(until)):
        raise Refusal("until_past", "补报截止日不能早于今天。", CLAUSE)
    if until >= window.exam_month:
        raise Refusal("until_late", "补报要在评价月开始之前完成。", CLAUSE)
    late = LateAdmission.objects.create(
        candidate=candidate,
        occupation_id=occupation_id,
        window=window,
        until=last_second(until),
        proposal=proposal,
        granted_at=by.at,
    )
    after = {"window": window_id, "occupation": occupation_id, "until": late.until}
    record(by, "application.late_admitted", late, after=after, reason=proposal.reason)
    letters.late_admitted(late, by=by)
    return late


def judge_core(candidate: Candidate, *, name: str, kind: str, number: str, country: str, on: date) -> Judged:
    """The new name and document as they would be kept; an empty number keeps the document. Refuses as persons do."""
    document = in_use(candidate)
    facts = PersonFacts(
        name=name,
        kind=kind if number else document.kind,
        number=number or document.number,
        country=country if number else document.country,
        birth_date=candidate.birth_date,
        sex=Sex(candidate.sex),
    )
    judged = persons.judge_person(facts, on=on)
    raise_first(judged.reasons)
    return judged


def in_use(candidate: Candidate) -> IdentityDocument:
    """The person's document in use."""
    return candidate.documents.get(is_primary=True)


@transaction.atomic
def change_core(candidate_id: int, *, facts: PersonFacts, proposal: Proposal, by: Act) -> CoreChange:
    """Give a person another name or document; the old ones are kept, open applications follow (rules A1).

    Refuses with `document_known` without saying whose it is (rules E9).
    """
    candidate = Candidate.objects.select_for_update(of=("self",)).select_related("user").get(pk=candidate_id)
    old_name, old = candidate.name, in_use(candidate)
    new = _document(candidate, old, facts, by=by)
    candidate.name = facts.name
    candidate.save(update_fields=["name"])
    if candidate.user is not None:
        candidate.user.name = facts.name
        candidate.user.save(update_fields=["name"])
    change = CoreChange.objects.create(
        candidate=candidate,
        proposal=proposal,
        old_name=old_name,
        new_name=facts.name,
        old_document=old,
        new_document=new,
        changed_at=by.at,
    )
    _follow(candidate, new, by=by, reason=proposal.reason)
    changed = {"name": old_name != facts.name, "document": [old.pk, new.pk]}
    record(by, "candidate.core_changed", candidate, after=changed, reason=proposal.reason)
    letters.core_changed(change, by=by)
    return change


def _document(candidate: Candidate, old: IdentityDocument, facts: PersonFacts, *, by: Act) -> IdentityDocument:
    """The document of the facts: the one in use, one that the person had before, or a new one."""
    index = persons.number_index(facts)
    known = IdentityDocument.objects.filter(number_index=index).first()
    if known is None:
        return persons.add_document(by, candidate=candidate, facts=facts)
    if known.candidate_id != candidate.pk:
        message = "这份证件不能在线登记，请带证件原件到业务受理点核对办理。"
        raise Refusal("document_known", message, "须知 一")
    if known.pk != old.pk:
        candidate.documents.filter(is_primary=True).update(is_primary=False)
        known.is_primary = True
        known.save(update_fields=["is_primary"])
    return known


def _follow(candidate: Candidate, document: IdentityDocument, *, by: Act, reason: str) -> None:
    """Applications on their way take the new name and document; tickets follow by the next sweep (rules K5)."""
    rows = Application.objects.select_for_update(of=("self",)).filter(candidate=candidate, status__in=FROM_NOW)
    for application in rows:
        application.name, application.document = candidate.name, document
        application.save(update_fields=["name", "document"])
        record(by, "application.core_changed", application, after={"document": document.pk}, reason=reason)
