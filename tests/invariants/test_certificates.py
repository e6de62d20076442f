"""A case opened after the issue breaks nothing; a certificate that was not earned, or given to the held, is found."""

from __future__ import annotations

from datetime import date

import pytest

from certificates import services as certificates
from certificates.models import Certificate
from discipline.models import Bar, Case
from discipline.services import recording
from exams.enums import MarkStatus
from exams.models import Mark, Sitting
from registration.services.invariants import broken
from tests import builders
from tests.certificates.made import issued
from tests.discipline import making

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
AFTER = "2025-08-04T09:00"


def codes() -> set[str]:
    """What does not hold now."""
    return {one.code for one in broken()}


def held() -> tuple[Certificate, Case]:
    """A certificate whose holder is reported two weeks after its issue."""
    certificate, people = issued(), making.staff()
    Sitting.objects.update(taken=1)  # made without the counter
    seat = making.theory(certificate.entry)
    assert seat.sitting is not None
    seat.sitting.invigilators.add(people.first)
    case = recording.record_case(builders.act(people.first, AFTER), making.an_incident(), seat_id=seat.pk)
    assert Mark.objects.filter(is_held=True).exists()
    return certificate, case


def a_bar(certificate: Certificate) -> None:
    Bar.objects.create(
        candidate=certificate.candidate, barred_from=date(2025, 7, 14), barred_until=date(2025, 12, 31),
        source="来文", recorded_at=builders.at("2025-07-14T09:00"),
    )  # fmt: skip


def test_a_hold_after_the_issue_breaks_nothing() -> None:
    held()
    assert codes() == set()


def test_a_number_given_while_held_is_found() -> None:
    _, case = held()
    Case.objects.filter(pk=case.pk).update(recorded_at=builders.at("2025-07-12T10:30"))
    assert codes() == {"no_hold_at_issue"}


def test_an_unearned_certificate_is_found_also_while_its_marks_are_held() -> None:
    held()
    mark = Mark.objects.earliest("pk")
    Mark.objects.filter(pk=mark.pk).update(value="59.9")
    assert codes() == {"certificate_is_earned"}
    Mark.objects.filter(pk=mark.pk).update(value="80", status=MarkStatus.CANCELLED)
    assert codes() == {"certificate_is_earned"}


def test_a_void_certificate_is_asked_for_nothing_but_its_number() -> None:
    certificate, _ = held()
    a_bar(certificate)
    assert codes() == {"no_bar_at_issue"}
    certificates.void(certificate.pk, reason="误发", by=builders.act(builders.a_user("supervisor"), AFTER))
    assert codes() == set()
    Certificate.objects.update(number="S000099000000259999999")
    assert codes() == {"certificate_number_once"}
