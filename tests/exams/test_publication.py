"""Publication: the gate, four eyes, exactly what was shown, held ones, who is qualified."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from exams import signals
from exams.enums import EntryStatus, SessionStatus
from exams.models import Mark, Publication
from exams.services.batches import preview
from exams.services.marks import start_over
from exams.services.publication import hold_entry, publish, release_entry
from exams.services.results import qualified, results_of
from kupasi.acts import Act
from kupasi.errors import Refusal
from kupasi.notices.models import Notice
from kupasi.people.models import User
from tests.builders import a_user, act
from tests.exams.marking import Exam, a_published_exam, all_marked, an_exam, everybody_came, marked, publish_now

pytestmark = pytest.mark.django_db


@pytest.fixture
def publisher(db: None) -> User:
    return a_user("publisher")


@pytest.fixture
def exam(notice: None) -> Exam:
    """Three people, all marked."""
    exam = an_exam(people=3)
    everybody_came(exam, absent=(2,))
    all_marked(exam, "82,60", "82,59.9", "absent")
    return exam


def by_(user: User) -> Act:
    return act(user, "2025-07-15T10:00")


def refused(exam: Exam, user: User, *, expected_hash: str | None = None) -> str:
    wanted = preview(exam.session.pk).sha256 if expected_hash is None else expected_hash
    with pytest.raises(Refusal) as caught:
        publish(exam.session.pk, by=by_(user), expected_hash=wanted)
    return str(caught.value.code)


def test_publishing_shows_the_results_and_ends_the_session(exam: Exam, publisher: User) -> None:
    publish_now(exam, publisher)
    assert exam.session.status == SessionStatus.PUBLISHED
    assert {entry.status for entry in exam.entries} == {EntryStatus.PUBLISHED}
    outcomes = [[one.outcome for one in results_of(entry)] for entry in exam.entries]
    assert outcomes == [["passed", "passed"], ["passed", "failed"], ["absent", "absent"]]
    assert list(qualified()) == [exam.entries[0]]


def test_each_candidate_gets_one_letter_and_the_desk_is_told(exam: Exam, publisher: User) -> None:
    told: list[Any] = []

    def hear(**news: Any) -> None:
        told.append(news["entry_ids"])

    signals.results_published.connect(hear)
    try:
        publish_now(exam, publisher)
    finally:
        signals.results_published.disconnect(hear)
    assert told == [[entry.pk for entry in exam.entries]]
    assert Notice.objects.filter(kind="results").count() == 3


def test_publishing_the_same_hash_again_returns_the_publication(exam: Exam, publisher: User) -> None:
    shown = preview(exam.session.pk).sha256
    first = publish(exam.session.pk, by=by_(publisher), expected_hash=shown)
    assert publish(exam.session.pk, by=by_(publisher), expected_hash=shown) == first
    assert Publication.objects.count() == 1


def test_whoever_entered_a_mark_does_not_publish(exam: Exam) -> None:
    assert refused(exam, exam.markers[1]) == "four_eyes"


def test_the_database_refuses_a_publisher_who_entered(exam: Exam) -> None:
    batch = Publication.objects.create(
        exam_session=exam.session,
        published_by=exam.markers[0],
        published_at=exam.ends_at,
        marks=1,
        sha256="0" * 64,
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Mark.objects.update(publication=batch, published_by=exam.markers[0])


def test_a_change_after_the_look_is_refused(exam: Exam, publisher: User) -> None:
    shown = preview(exam.session.pk).sha256
    seat = exam.seats(exam.entries[0])[0]
    start_over(seat.pk, reason="重新核对", by=by_(publisher))
    marked(exam, seat, "83", "83")
    assert refused(exam, publisher, expected_hash=shown) == "hash_mismatch"
    assert not Mark.objects.published().exists()


def test_missing_marks_and_open_differences_block(exam: Exam, publisher: User) -> None:
    theory, practical = exam.seats(exam.entries[0])
    for seat in (theory, practical):
        start_over(seat.pk, reason="重新核对", by=by_(publisher))
    marked(exam, theory, "80", "81")
    blocked = preview(exam.session.pk).blocked
    assert [[one.code for one in row.reasons] for row in blocked] == [["marks_missing", "marks_differ"]]
    assert refused(exam, publisher) == "not_ready"


def test_an_open_room_blocks(notice: None, publisher: User) -> None:
    fresh = an_exam(on="2025-08-09")
    assert "attendance_open" in {one.code for row in preview(fresh.session.pk).blocked for one in row.reasons}
    assert refused(fresh, publisher) == "not_ready"


def test_a_blocked_candidate_is_left_out_by_name_and_follows_later(exam: Exam, publisher: User) -> None:
    late, seat = exam.entries[0], exam.seats(exam.entries[0])[0]
    start_over(seat.pk, reason="重新核对", by=by_(publisher))
    publish_now(exam, publisher, leave_out=(late.pk,))
    assert [one.outcome for one in results_of(late)] == ["held", "held"]
    marked(exam, seat, "82", "82")
    publish_now(exam, publisher)
    assert [one.outcome for one in results_of(late)] == ["passed", "passed"]
    assert list(Publication.objects.order_by("pk").values_list("marks", "held")) == [(4, 1), (2, 0)]


def test_a_held_candidate_is_shown_as_held_until_released(exam: Exam, publisher: User) -> None:
    held = exam.entries[0]
    hold_entry(held.pk, reason="违纪记录处理中", by=by_(publisher))
    publish_now(exam, publisher)
    assert [(one.outcome, one.value) for one in results_of(held)] == [("held", None), ("held", None)]
    assert not qualified().exists()
    release_entry(held.pk, reason="记录不成立", by=by_(publisher))
    publish_now(exam, publisher)
    assert results_of(held)[0].value == Decimal("82.0")


def test_before_publication_nothing_is_shown(exam: Exam) -> None:
    assert [(one.outcome, one.value) for one in results_of(exam.entries[0])] == [("missing", None)] * 2
    assert not Mark.objects.visible_to(exam.entries[0].candidate.user).exists()


def test_only_own_published_marks_are_seen(notice: None) -> None:
    exam, _ = a_published_exam("70", "80")
    own = Mark.objects.visible_to(exam.entries[0].candidate.user)
    assert {mark.value for mark in own} == {Decimal("70.0")}
