"""A submitted roster becomes applications, one person at a time (rules E4–E9, C2, P2)."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from discipline.models import Bar
from exams.models import ExamSession
from exams.services import places
from kupasi.audit.models import Entry
from kupasi.errors import Refusal
from kupasi.notices.models import Notice
from kupasi.people.models import Candidate, IdentityDocument
from registration.models import Application, RosterRow
from registration.services.rosters import filing
from tests import builders

from . import desk, group, lists

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


def known(serial: int = 1, *, name: str = "", birth: date = date(2003, 3, 7)) -> Candidate:
    """Somebody who holds the document of this line already."""
    return builders.a_candidate(name=name or builders.hanzi(serial), birth=birth, number=lists.number_of(serial))


def test_each_person_gets_an_application_as_of_the_submission() -> None:
    made = group.filed(2)
    assert made.states == ["submitted", "submitted"]
    first = made.people[0]
    assert (first.channel, first.institution, first.submitted_at) == (
        "group", made.roster.institution, made.roster.submitted_at,
    )  # fmt: skip
    assert (str(first.fee_total), first.items.count(), first.photo is not None) == ("480.00", 2, True)
    assert first.pledge is not None
    assert first.pledged_at == made.roster.signed_at
    assert first.candidate.institution == made.roster.institution
    assert ExamSession.objects.get().taken == 2


def test_a_late_sweep_prices_and_judges_by_the_moment_of_the_submission() -> None:
    made = group.submitted(1)
    filing.file_some(by=builders.act(when="2025-07-01T09:00", job="late"))
    one = made.people[0]
    assert (one.submitted_at, one.exam_session and one.exam_session.exam_month) == (
        made.roster.submitted_at, made.roster.window.exam_month,
    )  # fmt: skip


def test_a_worker_killed_between_two_rows_is_followed_by_the_next_one() -> None:
    made = group.submitted(4)
    assert filing.file_some(by=group.JOB, most=2) == 2
    assert len(made.people) == 2
    assert (filing.file_some(by=group.JOB), filing.file_some(by=group.JOB)) == (2, 0)
    assert len(made.people) == ExamSession.objects.get().taken == 4


def test_a_row_that_fails_in_the_middle_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    made = group.submitted(1)
    with monkeypatch.context() as broken:
        broken.delattr(places, "take")
        with pytest.raises(AttributeError):
            filing.file_row(made.rows[0].pk, by=group.JOB)
    assert (Application.objects.count(), Candidate.objects.count()) == (0, 0)
    assert filing.file_some(by=group.JOB) == 1


def test_the_database_holds_one_application_to_a_row() -> None:
    made = group.filed(2)
    with pytest.raises(IntegrityError), transaction.atomic():
        RosterRow.objects.filter(roster=made.roster).update(application=made.people[0])


def test_whoever_is_registered_is_found_by_the_document_and_keeps_the_house_that_was_there() -> None:
    person = known()
    made = group.filed(1)
    assert made.people[0].candidate == person
    person.refresh_from_db()
    assert person.institution is None


def test_another_name_under_the_number_is_held_and_the_institution_reads_nothing() -> None:
    known(name="另一个")
    made = group.filed(1)
    (row,) = made.rows
    assert (made.people, row.is_held, row.refused_code, row.findings) == ([], True, "", [])
    assert row.exceptions == ["identity_mismatch"]


def test_a_held_row_is_filed_once_the_name_is_settled() -> None:
    person = known(name="另一个")
    made = group.filed(1)
    by = builders.act(made.office, group.REVIEWED)
    with pytest.raises(Refusal) as refused:
        filing.release_row(made.rows[0].pk, by=by)
    assert refused.value.code == "identity_mismatch"
    Candidate.objects.filter(pk=person.pk).update(name=builders.hanzi(1))
    filing.release_row(made.rows[0].pk, by=by)
    assert made.states == ["submitted"]


def test_a_held_row_that_the_office_does_not_take_ends() -> None:
    known(name="另一个")
    made = group.filed(1)
    filing.refuse_row(made.rows[0].pk, by=builders.act(made.office, group.REVIEWED), reason="核对不符")
    assert (made.rows[0].refused_code, made.rows[0].is_held, filing.pending().count()) == ("not_accepted", False, 0)


def test_a_namesake_with_another_document_is_left_to_a_person() -> None:
    twin = builders.a_candidate(name=builders.hanzi(1), birth=date(2003, 3, 7))
    made = group.filed(1)
    person = made.people[0].candidate
    assert (person.needs_identity_review, person.resembles, person == twin) == (True, twin, False)


@pytest.mark.parametrize("cause", ["bar", "open"])
def test_the_neutral_sentence_is_the_same_whatever_the_cause(cause: str) -> None:
    person = known()
    if cause == "bar":
        days = {"barred_from": date(2025, 1, 1), "barred_until": date(2025, 12, 31)}
        Bar.objects.create(candidate=person, source="来文", recorded_at=builders.at(group.PAID), **days)
    else:
        desk.submitted(candidate=person)
    (row,) = group.filed(1).rows
    assert [(one["code"], one["message"]) for one in row.findings] == [
        ("not_accepted", "该人员目前不能由本机构申报这一职业。")
    ]


def test_the_institution_reads_the_cause_for_its_own_people() -> None:
    person = known()
    Candidate.objects.filter(pk=person.pk).update(institution=lists.a_school())
    desk.submitted(candidate=person)
    (row,) = group.filed(1).rows
    assert row.findings[0]["code"] in {"duplicate_application", "open_application"}


def test_a_full_session_is_said_plainly_and_oversells_nothing() -> None:
    made = group.submitted(3)
    row = made.rows[0]
    month = made.roster.window.exam_month
    ExamSession.objects.create(occupation=row.occupation, exam_month=month, capacity=2)
    filing.file_some(by=group.JOB)
    assert (ExamSession.objects.get().taken, len(made.people)) == (2, 2)
    assert [one.refused_code for one in made.rows] == ["", "", "full"]
    assert made.rows[2].findings[0]["code"] == "full"


def test_without_the_conditional_update_more_are_filed_than_there_are_places(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The twin: places that are not taken under a condition are sold twice."""
    made = group.submitted(3)
    ExamSession.objects.create(occupation=made.rows[0].occupation, exam_month=made.roster.window.exam_month, capacity=2)
    monkeypatch.setattr(places, "take", lambda pk: None)
    filing.file_some(by=group.JOB)
    assert len(made.people) == 3


def test_two_rosters_for_one_person_end_in_one_application() -> None:
    first, second = group.submitted(1), group.submitted(1, school=1)
    filing.file_some(by=group.JOB)
    assert (len(first.people), len(second.people)) == (1, 0)
    assert second.rows[0].findings[0]["code"] == "not_accepted"


def test_a_row_under_objection_is_not_filed() -> None:
    made = group.submitted(2)
    RosterRow.objects.filter(pk=made.rows[0].pk).update(objected_at=builders.at("2025-05-20T09:00"))
    filing.file_some(by=group.JOB)
    assert len(made.people) == 1


def test_a_row_costs_as_many_questions_in_a_long_roster_as_in_a_short_one() -> None:
    def asked(count: int, first: int) -> int:
        made = group.submitted(count, first=first)
        with CaptureQueriesContext(connection) as queries:
            filing.file_row(made.rows[-1].pk, by=group.JOB)
        filing.file_some(by=group.JOB)
        return len(queries)

    asked(1, 900)
    assert asked(1, 1) == asked(20, 100)


def test_the_person_is_told_and_no_number_or_name_is_in_the_record() -> None:
    made = group.filed(1)
    values = lists.number_of(1), builders.hanzi(1)
    assert Notice.objects.filter(kind="application.filed_in_group").count() <= 1
    lines = Entry.objects.filter(object_type__in=["registration.application", "registration.roster"])
    assert not any(value in str((one.before, one.after, one.reason)) for one in lines for value in values)
    assert IdentityDocument.objects.get().number == values[0]
    assert made.people[0].number
