"""Approval in one step, publication in another: exactly what was approved, at its moment, once (R18, TC-020)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exams import tasks
from exams.enums import ReleaseState, SessionStatus
from exams.models import Mark, Publication, Release
from exams.services import releases
from exams.services.batches import preview
from exams.services.marks import start_over
from exams.services.paper_totals import state_totals
from exams.services.publication import hold_entry
from kupasi import clock
from kupasi.acts import Act
from kupasi.audit.models import Entry as Line
from kupasi.errors import Refusal
from kupasi.notices.models import Notice
from kupasi.people.models import User
from tests.builders import a_user, act, at, signed_in
from tests.exams.marking import Exam, all_marked, an_exam, everybody_came

pytestmark = pytest.mark.django_db
MOMENT = at("2025-07-16T09:00")
BEFORE, AFTER = at("2025-07-16T08:59:59"), at("2025-07-16T09:00")


@pytest.fixture
def publisher(db: None) -> User:
    return a_user("publisher")


@pytest.fixture
def exam(notice: None) -> Exam:
    """Two people, all marked."""
    exam = an_exam(people=2)
    everybody_came(exam)
    all_marked(exam, "82,60", "82,59.9")
    return exam


def approved(exam: Exam, user: User, **more: Any) -> Release:
    shown = preview(exam.session.pk, leave_out=more.get("leave_out", ())).sha256
    return releases.approve(exam.session.pk, by=act(user, "2025-07-15T10:00"), expected_hash=shown, **more)


def code_of(call: Any, *args: Any, **more: Any) -> str:
    with pytest.raises(Refusal) as caught:
        call(*args, **more)
    return str(caught.value.code)


def job(moment: datetime) -> Act:
    return Act(None, moment, job="publish-results")


def test_what_was_approved_is_published_by_a_second_step(exam: Exam, publisher: User) -> None:
    one = approved(exam, publisher)
    assert not Mark.objects.published().exists()
    made = releases.publish_approved(one.pk, by=act(publisher, MOMENT))
    assert (made.sha256, made.marks) == (one.sha256, 4)
    assert releases.publish_approved(one.pk, by=act(publisher, MOMENT)) == made
    one.refresh_from_db()
    assert (one.state, one.publication) == (ReleaseState.PUBLISHED, made)


def test_whoever_entered_a_mark_neither_approves_nor_publishes(exam: Exam, publisher: User) -> None:
    assert code_of(approved, exam, exam.markers[0]) == "four_eyes"
    one = approved(exam, publisher)
    assert code_of(releases.publish_approved, one.pk, by=act(exam.markers[1], MOMENT)) == "four_eyes"


def test_an_approved_batch_is_frozen_until_it_is_withdrawn(exam: Exam, publisher: User) -> None:
    one, seat, by = approved(exam, publisher), exam.seats(exam.entries[0])[0], act(publisher, MOMENT)
    assert code_of(start_over, seat.pk, reason="核对", by=by) == "batch_approved"
    assert code_of(hold_entry, exam.entries[0].pk, reason="核对", by=by) == "batch_approved"
    assert code_of(releases.withdraw, one.pk, reason=" ", by=by) == "reason_missing"
    releases.withdraw(one.pk, reason="答卷有疑问", by=by)
    start_over(seat.pk, reason="核对", by=by)
    assert code_of(releases.publish_approved, one.pk, by=by) == "not_waiting"


def test_a_row_changed_behind_the_approval_is_never_published(exam: Exam, publisher: User) -> None:
    one = approved(exam, publisher)
    Mark.objects.filter(value=Decimal("59.9")).update(value=Decimal("60.0"))
    assert code_of(releases.publish_approved, one.pk, by=act(publisher, MOMENT)) == "hash_mismatch"
    assert not Mark.objects.published().exists()


def test_without_the_hash_something_else_goes_out(exam: Exam, publisher: User) -> None:
    """The twin: publish whatever is there when the moment comes."""
    approved(exam, publisher)
    Mark.objects.filter(value=Decimal("59.9")).update(value=Decimal("60.0"))
    batch = preview(exam.session.pk)
    with transaction.atomic():
        from exams.services.publication import release

        release(batch, person=publisher, by=act(publisher, MOMENT))
    assert Mark.objects.published().filter(value=Decimal("60.0")).count() == 2


def test_the_moment_is_kept_and_comes_once(exam: Exam, publisher: User, monkeypatch: pytest.MonkeyPatch) -> None:
    one = approved(exam, publisher, publish_at=MOMENT)
    monkeypatch.setattr(tasks.publish_release, "delay", tasks.publish_release)
    for moment, out in ((BEFORE, 0), (AFTER, 1), (at("2025-07-17T09:00"), 1)):
        monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
        tasks.publish_results()
        assert Publication.objects.count() == out
    assert releases.publish_due(one.pk, by=job(AFTER)) == Publication.objects.get()
    assert Publication.objects.get().published_by == publisher
    assert Notice.objects.filter(kind="results").count() == 2


def test_a_job_before_the_moment_publishes_nothing(exam: Exam, publisher: User) -> None:
    one = approved(exam, publisher, publish_at=MOMENT)
    assert releases.due(BEFORE) == []
    assert releases.publish_due(one.pk, by=job(BEFORE)) is None
    assert Release.objects.get().state == ReleaseState.WAITING


def test_a_batch_that_changed_is_stopped_at_its_moment_and_told_once(exam: Exam, publisher: User) -> None:
    one = approved(exam, publisher, publish_at=MOMENT)
    Mark.objects.filter(value=Decimal("59.9")).update(is_held=True)
    for _ in range(2):
        assert releases.publish_due(one.pk, by=job(AFTER)) is None
    one.refresh_from_db()
    assert (one.state, one.publication, releases.due(AFTER)) == (ReleaseState.STOPPED, None, [])
    assert Notice.objects.filter(kind="results_flag", user=publisher).count() == 1


def test_a_moment_that_is_past_and_a_second_approval_are_refused(exam: Exam, publisher: User) -> None:
    assert code_of(approved, exam, publisher, publish_at=at("2025-07-15T10:00")) == "moment_past"
    first = approved(exam, publisher, publish_at=MOMENT)
    assert approved(exam, publisher, publish_at=MOMENT) == first
    assert code_of(approved, exam, publisher) == "already_approved"


def test_the_database_lets_one_batch_wait_for_a_session(exam: Exam, publisher: User) -> None:
    one = approved(exam, publisher)
    one.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        one.save()


def test_before_the_moment_nobody_learns_anything(exam: Exam, publisher: User, monkeypatch: pytest.MonkeyPatch) -> None:
    approved(exam, publisher, publish_at=MOMENT)
    monkeypatch.setattr(clock, "now", lambda: BEFORE)
    person = exam.entries[0].candidate.user
    client, address = signed_in(person), f"/api/v1/results/{exam.entries[0].pk}/"
    asked = {"If-None-Match": '"x"', "If-Modified-Since": "Wed, 16 Jul 2025 00:00:00 GMT"}
    early = [client.get(address, headers=headers) for headers in ({}, asked)]
    none = client.get("/api/v1/results/999999/")
    assert [(one.status_code, one.content) for one in early] == [(404, none.content)] * 2
    page = client.get(reverse("results"), headers=asked)
    assert (page.status_code, "82.0" in page.content.decode()) == (200, False)
    assert "no-store" in page.headers["Cache-Control"]
    assert not any("82.0" in client.get(url).content.decode() for url in ("/me/", "/sitemap.xml", "/me/letters/"))


def test_totals_that_differ_from_the_paper_block_the_session(exam: Exam, publisher: User) -> None:
    theory = exam.sittings[0]
    by = act(exam.markers[0], exam.ends_at)
    assert not state_totals(theory.pk, papers=2, total=Decimal("164.1"), by=by).agrees
    assert code_of(approved, exam, publisher) == "totals_differ"
    assert state_totals(theory.pk, papers=2, total=Decimal(164), by=by).agrees
    approved(exam, publisher)


def queries_for(people: int, publisher: User, on: str) -> tuple[int, int]:
    exam = an_exam(on=on, people=people)
    everybody_came(exam)
    all_marked(exam, *["82,60"] * people)
    one, lines = approved(exam, publisher), Line.objects.count()
    with CaptureQueriesContext(connection) as asked:
        releases.publish_approved(one.pk, by=act(publisher, MOMENT))
    exam.session.refresh_from_db()
    assert exam.session.status == SessionStatus.PUBLISHED
    return len(asked), Line.objects.count() - lines


def test_many_are_published_with_as_many_questions_as_few(notice: None, publisher: User) -> None:
    few, few_lines = queries_for(2, publisher, "2025-06-14")
    many, many_lines = queries_for(12, publisher, "2025-07-12")
    assert (many, many_lines - few_lines) == (few, 10)
