"""Decided before the certificate: none is opened. After: void, and back when overturned (须知 末段; rules X1, S6)."""

from __future__ import annotations

import pytest

from certificates.models import Certificate
from certificates.services import barred_on, due_ids, open_certificates
from discipline.services import review
from registration.services.invariants import broken
from tests.builders import act
from tests.certificates.made import a_series, issued
from tests.exams.marking import a_published_exam

from . import making

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
CLAUSES = [("一", ""), ("二1", ""), ("二4", ""), ("三1", ""), ("四1", "lesser"), ("四2", "serious")]
LATER = "2028-01-10T09:00"


@pytest.mark.parametrize(("clause", "severity"), CLAUSES)
def test_before_the_issue_no_certificate_comes(clause: str, severity: str) -> None:
    exam, _ = a_published_exam("80,70")
    making.a_case(making.theory(exam.entries[0]), making.staff(), clause=clause, severity=severity)
    a_series()
    for when in (making.DONE, LATER):
        by = act(when=when)
        assert open_certificates(by=by, barred=barred_on(by.on)) == []
        assert due_ids(by=by) == []


@pytest.mark.parametrize(("clause", "severity"), CLAUSES)
def test_after_the_issue_it_is_void_and_valid_again_when_overturned(clause: str, severity: str) -> None:
    certificate, people = issued(when="2025-07-14T09:00"), making.staff()
    case = making.a_case(making.theory(certificate.entry), people, clause=clause, severity=severity)
    assert Certificate.objects.get().status == "void"
    codes = {one.code for one in broken()} - {"seats_counted"}  # made without the counter
    review.ask(case.pk, by=act(case.candidate.user, making.ASKED), text="不是我。")
    review.overturn(case.pk, by=act(people.reviewer, making.REVIEWED), reason="证据不足。")
    assert Certificate.objects.get().status == "issued"
    assert codes == set()
