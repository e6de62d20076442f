"""Carried out and taken back is the identity on everything but the record, also with other things in between (S10)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.forms.models import model_to_dict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certificates.enums import CertificateStatus
from certificates.models import Certificate
from discipline.models import Bar, Case
from discipline.services import deciding, review
from exams.models import AdmissionTicket, Entry, Mark, Seat, Sitting
from kupasi.people.models import Candidate
from tests.builders import act
from tests.exams.marking import a_published_exam, an_exam, seated

from . import making

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
WATCHED = ("exams.mark", "exams.seat", "exams.sitting", "exams.entry", "exams.admissionticket",
           "certificates.certificate", "registration.application", "exams.examsession")  # fmt: skip


def world() -> dict[str, list[dict[str, Any]]]:
    """Every row that a decision may touch, and the bars in force."""
    shown = {
        label: [model_to_dict(row) for row in apps.get_model(label)._default_manager.order_by("pk")]
        for label in WATCHED
    }
    for rows in (shown["exams.mark"], shown["exams.sitting"]):
        for row in rows:
            row.pop("invigilators", None)
    in_force = Bar.objects.in_force().values("candidate", "barred_from", "barred_until").order_by("pk")
    return shown | {"bars": list(in_force)}


def coming(person: Candidate, *, on: str, number: int = 7) -> Entry:
    """Another sitting of the same person, seated and ticketed."""
    exam = an_exam(on=on, people=0, occupation="model-application")
    entry = seated(exam, number)
    stranger = entry.candidate
    Entry.objects.filter(pk=entry.pk).update(candidate=person)
    Sitting.objects.filter(exam_session=exam.session).update(taken=1)
    Candidate.objects.filter(pk=stranger.pk).update(name="无")
    entry.refresh_from_db()
    return entry


def overturned(case: Case, people: making.Staff, *, days: int = 0) -> Case:
    """Asked for and granted."""
    asked = act(case.candidate.user, act(when=making.ASKED).at + timedelta(days=days))
    review.ask(case.pk, by=asked, text="不服。")
    later = act(people.reviewer, act(when=making.REVIEWED).at + timedelta(days=days))
    return review.overturn(case.pk, by=later, reason="证据不足。")


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    clause=st.sampled_from(["一", "二4", "三1", "四2", "四1"]),
    severity=st.sampled_from(["lesser", "serious"]),
    marks=st.sampled_from(["80,70", "80,40", "absent"]),
    month=st.sampled_from(["2025-09-13", "2026-01-17", "2025-12-20"]),
)
def test_carried_out_and_overturned_is_the_identity(clause: str, severity: str, marks: str, month: str) -> None:
    from django.db import transaction

    with transaction.atomic():
        exam, _ = a_published_exam(marks)
        people, entry = making.staff(), exam.entries[0]
        coming(entry.candidate, on=month)
        seat = making.theory(entry)
        before = world()
        case = making.a_case(seat, people, clause=clause, severity=severity if clause.startswith("四") else "")
        assert world() != before
        overturned(case, people)
        assert world() == before
        transaction.set_rollback(True)


def test_two_decisions_on_one_sitting_the_marks_stay_with_the_one_that_stands() -> None:
    exam, _ = a_published_exam("80,70")
    people, seat = making.staff(), making.theory(exam.entries[0])
    before = world()
    first = making.a_case(seat, people)
    second = making.a_case(seat, making.staff(), clause="四2")
    overturned(first, people)
    assert set(Mark.objects.values_list("status", flat=True)) == {"cancelled"}
    overturned(second, making.staff(), days=2)
    assert world() == before


def test_a_sitting_inside_both_bars_comes_back_with_the_last_of_them() -> None:
    exam, _ = a_published_exam("80,70")
    people, entry = making.staff(), exam.entries[0]
    later = coming(entry.candidate, on="2025-09-13")
    before = world()
    first = making.a_case(making.theory(entry), people)
    second = making.a_case(making.theory(entry), making.staff(), clause="四2")
    overturned(first, people)
    later.refresh_from_db()
    assert later.status == "cancelled"
    overturned(second, making.staff(), days=2)
    assert world() == before


def test_a_seat_that_was_given_away_is_not_taken_from_its_new_holder() -> None:
    exam, _ = a_published_exam("80,70")
    people, entry = making.staff(), exam.entries[0]
    later = coming(entry.candidate, on="2025-09-13")
    lost = Seat.objects.filter(entry=later).select_related("sitting").first()
    assert lost is not None
    sitting, number = lost.sitting, lost.number
    case = making.a_case(making.theory(entry), people)
    other = coming(an_exam(on="2025-08-16").entries[0].candidate, on="2025-08-23", number=3)
    Seat.objects.filter(entry=other, subject=lost.subject).update(sitting=sitting, number=number)
    overturned(case, people)
    later.refresh_from_db()
    assert (later.status, AdmissionTicket.objects.get(entry=later).status) == ("enrolled", "revoked")
    assert not Seat.objects.filter(entry=later, sitting__isnull=False).exists()


def test_sittings_after_the_bar_stay() -> None:
    exam, _ = a_published_exam("80,70")
    entry = exam.entries[0]
    later = coming(entry.candidate, on="2026-01-17")
    case = making.a_case(making.theory(entry), making.staff())
    later.refresh_from_db()
    assert (case.bars.get().barred_until, later.status) == (date(2025, 12, 31), "ticketed")


def test_a_newer_certificate_stays_the_valid_one() -> None:
    from tests.certificates.made import issued

    certificate, people = issued(when="2025-07-14T09:00"), making.staff()
    case = making.a_case(making.theory(certificate.entry), people)
    newer = Certificate.objects.create(
        candidate=certificate.candidate, occupation=certificate.occupation, entry=coming(
            certificate.candidate, on="2025-09-13"
        ), title="证书", name="某", document=certificate.document, level="专项", qualified_on=date(2025, 7, 19),
        created_at=act().at,
    )  # fmt: skip
    overturned(case, people)
    assert Certificate.objects.get(pk=certificate.pk).status == CertificateStatus.VOID
    assert Certificate.objects.get(pk=newer.pk).status == CertificateStatus.WAITING
    assert any("新证书" in line for line in deciding.Decision.objects.get(case=case).left_out)


def test_a_mark_cancelled_before_it_existed_is_open_again() -> None:
    exam = an_exam(people=1)
    from tests.exams.marking import all_marked, everybody_came

    everybody_came(exam)
    people = making.staff()
    case = making.a_case(making.theory(exam.entries[0]), people)
    assert Mark.objects.filter(status="cancelled", value=None).count() == 2
    overturned(case, people)
    assert not Mark.objects.exists()
    all_marked(exam, "80")
    assert Mark.objects.filter(status="normal").count() == 2
