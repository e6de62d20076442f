"""A case from the record to the end, and back (rules S2–S11)."""

from __future__ import annotations

from datetime import date

import pytest

from certificates.models import Certificate
from discipline.enums import CaseStatus, LetterKind
from discipline.models import Bar, Case, CaseLetter, Effect
from discipline.services import review
from exams.models import Mark
from tests.builders import act
from tests.certificates.made import issued
from tests.exams.marking import a_published_exam

from . import making

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


def marks(case: Case) -> list[str]:
    """Status of the marks of the case's sitting, in order."""
    rows = Mark.objects.filter(seat__entry=case.entry).order_by("seat__subject__order")
    return list(rows.values_list("status", flat=True))


def test_a_case_goes_the_whole_road_and_back() -> None:
    exam, _ = a_published_exam("80,70")
    people = making.staff()
    case = making.a_case(making.theory(exam.entries[0]), people, clause="四2")
    assert case.status == CaseStatus.CARRIED_OUT
    assert marks(case) == ["cancelled", "cancelled"]
    bar = Bar.objects.get(case=case)
    assert (bar.barred_from, bar.barred_until, bar.lifted_at) == (date(2025, 7, 12), date(2027, 7, 12), None)
    review.ask(case.pk, by=act(case.candidate.user, making.ASKED), text="不是我。")
    review.overturn(case.pk, by=act(people.reviewer, making.REVIEWED), reason="证据不足。")
    assert marks(case) == ["normal", "normal"]
    bar.refresh_from_db()
    assert bar.lifted_at is not None
    kinds = set(CaseLetter.objects.filter(case=case).values_list("kind", flat=True))
    assert kinds == {one.value for one in LetterKind}
    assert not Effect.objects.filter(case=case, restored_at=None).exclude(label="").exists()


def test_a_certificate_that_rests_on_the_mark_is_void_and_valid_again() -> None:
    certificate = issued()
    people = making.staff()
    case = making.a_case(making.theory(certificate.entry), people, clause="二4")
    certificate = Certificate.objects.get()
    assert (certificate.status, marks(case)) == ("void", ["cancelled", "normal"])
    review.ask(case.pk, by=act(case.candidate.user, making.ASKED), text="不是我。")
    review.overturn(case.pk, by=act(people.reviewer, making.REVIEWED), reason="证据不足。")
    certificate.refresh_from_db()
    assert (certificate.status, certificate.voided_on) == ("issued", None)
