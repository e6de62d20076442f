"""What the rules already know of an application when somebody reviews it (rules E1–E3, E7, T4)."""

from __future__ import annotations

from kupasi.dates import local_day
from kupasi.people.enums import DocumentKind, Sex
from kupasi.people.rules import judge_document
from kupasi.refusals import RefusalFact
from registration.models import Application, LateAdmission
from registration.rules import ChecklistItem, ReviewFacts, checklist, may_submit

from . import facts, retake_facts

IDENTITY = ChecklistItem(
    "same-person",
    "身份归属",
    "problem",
    "与另一位参评人员或禁考名单上的人相像（姓名和出生日期、手机或照片），证件不同。"
    "请先在“参评人员”中核对并认定身份，再审核。",
    "须知 一",
)


def review_checklist(application: Application) -> list[ChecklistItem]:
    """The reviewer's lines, judged on the day on which the application was submitted."""
    lines = list(checklist(review_facts(application)))
    return [IDENTITY, *lines] if application.candidate.needs_identity_review else lines


def problems(application: Application) -> list[ChecklistItem]:
    """The lines that the rules found against it."""
    return [item for item in review_checklist(application) if item.tick == "problem"]


def review_facts(application: Application) -> ReviewFacts:
    """The facts of a submitted application; its document, photo, window and occupation are there by constraint."""
    assert application.submitted_at is not None
    assert application.window is not None
    assert application.occupation is not None
    on = local_day(application.submitted_at)
    window, occupation = application.window, application.occupation
    given_up = facts.kept_at_stake(application.candidate, occupation, on=on) if application.kind == "full" else ()
    person = facts.applicant(
        application.candidate,
        occupation=occupation,
        on=on,
        exam_month=window.exam_month,
        besides=application.pk,
    )
    statements = [item.text for item in occupation.conditions.filter(is_active=True)]
    return ReviewFacts(
        applicant=person,
        document_errors=_document_errors(application),
        photo_errors=(),  # a kept photo has passed the check; there is no other way to keep one
        has_photo=application.photo_id is not None,
        conditions=statements,
        declared=frozenset(_declared(application, statements)),
        pledged=application.pledged_at is not None,
        in_window=may_submit(application.submitted_at, opens_on=window.opens_on, closes_on=window.closes_on)
        or LateAdmission.objects.filter(application=application).exists(),
        kept_passes_given_up=len(given_up),
        retake_stands=retake_facts.still_stands(application) if application.kind == "retake" else None,
    )


def _declared(application: Application, statements: list[str]) -> list[str]:
    """The statements that the person declared, kept with the application as they read then."""
    return [text for text in statements if text in application.conditions]


def _document_errors(application: Application) -> tuple[RefusalFact, ...]:
    document, person = application.document, application.candidate
    if document is None:
        return ()
    assert application.submitted_at is not None
    answer = judge_document(
        DocumentKind(document.kind),
        document.number,
        on=local_day(application.submitted_at),
        birth_date=person.birth_date,
        sex=Sex(person.sex),
    )
    return tuple(answer.errors)
