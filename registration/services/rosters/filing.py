"""A submitted roster becomes applications: one person, one transaction, by the sweep (rules C2, E3–E9, P2, T1–T4).

What submission fixes is fixed as of the roster's own moment, however late a row is filed: window, age, price. A row
is filed once (its application is one-to-one), so a worker that died is followed by the next sweep. A row that the
rules refuse is marked; the institution reads the same neutral sentence whatever the cause, unless the person is its
own. Who cannot be told apart without a person looking is held for the office.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from exams.enums import EntryKind, SessionStatus
from exams.models import ExamSession, Subject
from exams.rules import FeeAnswer
from exams.services import places
from exams.services.kept_passes import entitlement
from exams.services.settings import number
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.dates import local_day
from kupasi.errors import Refusal, raise_first
from kupasi.people.enums import Sex
from kupasi.people.models import Candidate, Photo
from kupasi.people.photos import keep_photo
from kupasi.people.services.identities import find_or_create_candidate
from kupasi.people.services.persons import PersonFacts
from registration.enums import ApplicationStatus, Channel, RosterStatus
from registration.models import Application, ApplicationItem, Roster, RosterPhoto, RosterRow
from registration.rules import eligibility
from registration.rules.roster_people import told
from registration.rules.roster_types import RowValues

from .. import facts, letters
from ..applications import doubles_refused
from ..moves import tell_institution
from ..numbering import application_number
from .contents import contents

CLAUSE = "通知 二(二)"
MOST = 500
HELD = frozenset({"identity_mismatch", "gives_up_pass"})
PLAIN = frozenset({"full", "session_cancelled", "no_fee"})  # they say nothing about the person


class _Passes(NamedTuple):
    """What a row builds on or gives up."""

    marks: tuple[int, ...] = ()
    gives_up: str = ""


@dataclass(frozen=True, slots=True)
class _Case:
    """What was found out about a row that may be filed."""

    person: Candidate
    session: ExamSession
    fee: FeeAnswer
    passes: _Passes
    photo: Photo | None


def pending() -> QuerySet[RosterRow]:
    """Rows of submitted rosters that are not filed, refused, held or objected to; the earliest submission first."""
    rows = RosterRow.objects.current().filter(roster__status=RosterStatus.SUBMITTED, application=None)
    return rows.filter(refused_code="", is_held=False, objected_at=None).order_by("roster__submitted_at", "pk")


def file_some(*, by: Act, most: int = MOST) -> int:
    """File the rows that wait, at most so many; returns how many it filed. Interrupted anywhere, it goes on there."""
    return sum(file_row(pk, by=by) for pk in list(pending().values_list("pk", flat=True)[:most]))


@transaction.atomic
def file_row(row_id: int, *, by: Act, gives_up: str = "") -> bool:
    """Make the application of one row; whether this call did it. A row that is filed or ended is left as it is.

    A refusal is kept as the row's own; who has to be looked at first is held. `gives_up` is the sentence in which the
    person gave up kept passes, as the office wrote it down (rules T4).
    """
    row = _locked(row_id)
    if row.roster.status != RosterStatus.SUBMITTED or not row.is_current or row.application_id is not None:
        return False
    if row.refused_code or row.objected_at is not None:
        return False
    try:
        with transaction.atomic():
            application = _file(row, by=by, gives_up=gives_up)
    except Refusal as refusal:
        _keep_refusal(row, refusal, by=by)
        return False
    except IntegrityError:  # the person was registered at this very moment: the next sweep finds who it is
        return False
    row.application, row.is_held = application, False
    row.save(update_fields=["application", "is_held"])
    return True


@transaction.atomic
def release_row(row_id: int, *, by: Act, gives_up: str = "") -> RosterRow:
    """The office has settled what a row was held for: file it as of the roster's moment.

    Refuses with what still stands against it (`identity_mismatch`, `gives_up_pass`), `wrong_status`.
    """
    row = _locked(row_id)
    if not row.is_held or row.application_id is not None or row.refused_code:
        raise Refusal("wrong_status", "这一行没有待核对的事项，请刷新后再看。", CLAUSE)
    record(by, "roster.row_released", row.roster, after={"row": row.pk}, reason=gives_up)
    file_row(row.pk, by=by, gives_up=gives_up)
    row = _locked(row_id)
    if row.application_id is None and row.refused_code == "":
        held = [str(code) for code in row.exceptions]
        message = "仍有待核对的事项：姓名或出生日期与登记不同的，请先办理信息更正；放弃保留成绩的，须写明本人的确认。"
        raise Refusal(held[0] if held else "identity_mismatch", message, "须知 一")
    return row


@transaction.atomic
def refuse_row(row_id: int, *, by: Act, reason: str) -> RosterRow:
    """The office does not take a held row; the institution reads the neutral sentence. Refuses `wrong_status`."""
    row = _locked(row_id)
    if row.application_id is not None:
        raise Refusal("wrong_status", "这一行已生成申报，请在申报审核中办理。", CLAUSE)
    if not row.refused_code:
        _refuse(row, "not_accepted", by=by, reason=reason)
    return row


def _locked(row_id: int) -> RosterRow:
    rows = RosterRow.objects.select_for_update(of=("self",))
    return rows.select_related("roster__window", "roster__institution", "occupation").get(pk=row_id)


def _keep_refusal(row: RosterRow, refusal: Refusal, *, by: Act) -> None:
    code = str(refusal.code)
    if code not in HELD:
        _refuse(row, code, by=by, sentence=refusal.sentence)
        return
    if code not in row.exceptions:
        row.exceptions = [*row.exceptions, code]
    row.is_held = True
    row.save(update_fields=["exceptions", "is_held"])
    record(by, "roster.row_held", row.roster, after={"row": row.pk, "code": code})


def _refuse(row: RosterRow, code: str, *, by: Act, reason: str = "", sentence: str = "") -> None:
    """Mark the row, and add what its institution may read (rules E9)."""
    own = Candidate.objects.filter(documents__number_index=row.number_index, institution=row.roster.institution)
    finding = told(code, own=own.exists()).as_dict()
    if code in PLAIN:
        finding |= {"code": code, "message": sentence, "fix": ""}
    row.refused_code, row.is_held = code, False
    row.findings = [*row.findings, finding]
    row.save(update_fields=["refused_code", "is_held", "findings"])
    record(by, "roster.row_refused", row.roster, after={"row": row.pk, "code": code}, reason=reason)


def _file(row: RosterRow, *, by: Act, gives_up: str) -> Application:
    values = contents(row).values
    case = _judge(row, values, by=by, gives_up=gives_up)
    with doubles_refused():
        application = _write(row, values, case, by=by)
    ApplicationItem.objects.bulk_create(
        ApplicationItem(application=application, subject=subject, amount=amount)
        for subject, amount in _priced(row, case.fee)
    )
    application.kept_marks.set(case.passes.marks)
    record(by, "application.submitted", application, after={"status": application.status, "roster": row.roster_id})
    places.take(case.session.pk)  # the hot row is held from here to the commit only
    tell_institution(application, by=by)
    letters.filed_by_institution(application, institution=row.roster.institution.name, by=by)
    return application


def _judge(row: RosterRow, values: RowValues, *, by: Act, gives_up: str) -> _Case:
    """Ask every rule as of the moment of the submission; refuse with what stands against the person."""
    on, occupation = _on(row.roster), row.occupation
    assert occupation is not None
    person = _person(row, values, by=by)
    month = row.roster.window.exam_month
    known = facts.applicant(person, occupation=occupation, on=on, exam_month=month)
    raise_first(eligibility(known, age=number("minimum_age")).refusals)
    passes = _passes(row, person, gives_up=gives_up)
    fee = facts.prices(occupation, on=on, subjects=list(row.subjects))
    raise_first(fee.refusals)
    session, _ = ExamSession.objects.get_or_create(occupation=occupation, exam_month=month)
    if session.status == SessionStatus.CANCELLED:
        raise Refusal("session_cancelled", "该职业本评价月的场次已取消，请在下一个申报时间段申报。", "通知 附件1")
    return _Case(person, session, fee, passes, _photo(row, person, by=by))


def _person(row: RosterRow, values: RowValues, *, by: Act) -> Candidate:
    """Who holds the document, or a new person, who is the institution's own from the start (rules E8)."""
    given = PersonFacts(
        name=values.name,
        kind=values.document_kind,
        number=values.number,
        birth_date=values.birth_date,
        sex=Sex(values.sex) if values.sex else None,
        phone=values.phone,
        education=values.education,
        employer=values.employer,
    )
    found = find_or_create_candidate(by, facts=given)
    if found.is_new:
        found.candidate.institution = row.roster.institution
        found.candidate.save(update_fields=["institution"])
    return found.candidate


def _passes(row: RosterRow, person: Candidate, *, gives_up: str) -> _Passes:
    on, occupation = _on(row.roster), row.occupation
    assert occupation is not None
    if row.kind == EntryKind.FULL:
        lost = facts.kept_at_stake(person, occupation, on=on)
        if lost and not gives_up:
            message = "此人有仍在有效期内的合格科目，按新考申报须由本人确认放弃。"
            raise Refusal("gives_up_pass", message, "通知 四(二)")
        return _Passes(gives_up=gives_up[:300] if lost else "")
    entitled = entitlement(person.pk, occupation.pk, on=on)
    raise_first(entitled.refusals)
    if not set(row.subjects) <= set(entitled.codes):
        raise Refusal("retake_nothing_failed", "所填科目里有已经合格、无需补考的。", "通知 四(一)")
    return _Passes(tuple(one.mark_id for one in entitled.kept if on <= one.valid_until))


def _photo(row: RosterRow, person: Candidate, *, by: Act) -> Photo | None:
    """The portrait sent with the roster, or the one that the institution has sent for its own person before."""
    sent = RosterPhoto.objects.filter(roster=row.roster, number_index=row.number_index).exclude(file="").first()
    if sent is not None:
        with sent.file.open("rb") as file:
            return keep_photo(person, file.read(), by=by)
    kept = Photo.objects.filter(candidate=person, candidate__institution=row.roster.institution).exclude(file="")
    return kept.order_by("-pk").first()


def _priced(row: RosterRow, fee: FeeAnswer) -> list[tuple[Subject, Decimal]]:
    amounts = {item.subject: item.amount for item in fee.items}
    listed = Subject.objects.filter(occupation=row.occupation, code__in=list(row.subjects)).order_by("order")
    return [(subject, amounts[subject.code]) for subject in listed]


def _write(row: RosterRow, values: RowValues, case: _Case, *, by: Act) -> Application:
    """The application, submitted: the signed list stands for the declaration of conditions and for the pledge."""
    roster, on = row.roster, _on(row.roster)
    assert row.occupation is not None
    application = Application.objects.create(
        number=f"~{secrets.token_hex(6)}",  # until its key is known
        candidate=case.person,
        channel=Channel.GROUP,
        institution=roster.institution,
        kind=row.kind,
        status=ApplicationStatus.SUBMITTED,
        occupation=row.occupation,
        window=roster.window,
        exam_session=case.session,
        name=values.name,
        document=case.person.documents.get(number_index=row.number_index),
        photo=case.photo,
        education=values.education,
        employer=values.employer,
        conditions=list(row.occupation.conditions.filter(is_active=True).values_list("text", flat=True)),
        pledge=facts.pledge_text(on),
        pledged_at=roster.signed_at,
        gives_up=case.passes.gives_up,
        fee_total=case.fee.total,
        created_at=by.at,
        created_by=roster.submitted_by or roster.signed_by,
        submitted_at=roster.submitted_at,
    )
    application.number = application_number(application.pk, on)
    application.save(update_fields=["number"])
    return application


def _on(roster: Roster) -> date:
    assert roster.submitted_at is not None
    return local_day(roster.submitted_at)
