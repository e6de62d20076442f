"""Two registrations of one person become one by two people of the office; a bar follows the person (rules E8)."""

from __future__ import annotations

from datetime import date

import pytest
from django.db.models import Model

from discipline import services as discipline
from exams.models import Entry, Seat
from kupasi.approvals.models import Proposal
from kupasi.audit.models import Entry as AuditEntry
from kupasi.people.models import Candidate, User
from kupasi.people.services import finding
from registration.models import Application
from registration.services import merging
from registration.services.merging import merge
from tests import builders
from tests.approvals.steps import approved, refused
from tests.certificates.made import issued
from tests.exams import seating
from tests.registration import desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
BY = "2025-05-20T09:00"


def twins() -> tuple[Candidate, Candidate]:
    """One person with a resident number, and the same with a passport."""
    keep, other = builders.a_candidate(name="测试甲"), builders.a_candidate(name="测试甲")
    return keep, other


def rows_of(person: Candidate) -> dict[type[Model], int]:
    found = {}
    for relation in Candidate._meta.related_objects:
        if relation.related_model is not Candidate:
            rows = relation.related_model._base_manager.filter(**{relation.field.name: person})
            found[relation.related_model] = rows.count()
    return found


def merged(keep: Candidate, other: Candidate, when: str = BY) -> Candidate:
    return merge(keep.pk, other_id=other.pk, by=builders.act(builders.a_user("supervisor"), when), reason="同一人")


def test_everything_of_the_other_is_the_persons_afterwards() -> None:
    keep, other = builders.a_candidate(name="测试甲"), issued(name="测试甲").candidate
    before = {model: count + rows_of(keep)[model] for model, count in rows_of(other).items()}
    merged(keep, other, "2025-08-01T09:00")
    assert rows_of(keep) == before
    assert not any(rows_of(other).values())
    assert keep.documents.filter(is_primary=True).count() == 1


def test_either_document_finds_the_one_person() -> None:
    keep, other = twins()
    number = other.documents.get().number
    merged(keep, other)
    assert list(finding.find_people(Candidate.objects.all(), number)) == [keep]
    assert list(finding.find_people(Candidate.objects.all(), "测试甲")) == [keep]


def test_one_account_remains() -> None:
    keep, other = twins()
    second = other.user
    merged(keep, other)
    second.refresh_from_db()
    keep.refresh_from_db()
    assert (second.is_active, second.phone_index, keep.user.is_active) == (False, None, True)


def test_the_account_of_the_other_is_kept_where_there_is_no_other() -> None:
    keep, other = builders.a_candidate(with_account=False), builders.a_candidate()
    account = other.user
    assert merged(keep, other).user == account


def seated_and_barred() -> tuple[Candidate, Candidate]:
    """A seat in July; a bar over July on the other registration of the same person."""
    session = seating.a_session()
    keep, other = twins()
    seating.enrolled(session, person=keep, photo=True)
    seating.seat_all(session)
    discipline.register_bar(
        builders.act(when=BY), candidate=other, clause=None, barred_from=date(2025, 5, 1),
        barred_until=date(2025, 12, 31), source="来文",
    )  # fmt: skip
    return keep, other


def seats_of(person: Candidate) -> int:
    return Seat.objects.filter(entry__candidate=person, sitting__isnull=False).count()


def test_a_bar_follows_the_person_and_frees_the_seats_in_it() -> None:
    keep, other = seated_and_barred()
    assert seats_of(keep) > 0
    merged(keep, other)
    assert (seats_of(keep), keep.bars.count()) == (0, 1)


def test_without_the_look_after_merging_a_barred_person_would_keep_the_seat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging.discipline, "follow", lambda person, by: None)
    keep, other = seated_and_barred()
    merged(keep, other)
    assert seats_of(keep) > 0


def test_two_live_applications_for_one_occupation_are_settled_first() -> None:
    keep, other = twins()
    for one in (keep, other):
        desk.submitted(candidate=one)
    with refused("merge_conflict"):
        merged(keep, other)
    assert [Application.objects.filter(candidate=one).count() for one in (keep, other)] == [1, 1]


def test_merging_again_changes_nothing_and_a_chain_is_refused() -> None:
    (keep, other), third = twins(), builders.a_candidate()
    merged(keep, other)
    lines = AuditEntry.objects.count()
    merged(keep, other)
    assert AuditEntry.objects.count() == lines
    with refused("merge_conflict"):
        merged(third, other)
    with refused("same_person"):
        merged(keep, keep)


def ask(user: User, keep: Candidate, words: str) -> int:
    door = f"/admin/approvals/proposal/ask/merge_persons/{keep.pk}/"
    sent = {"other": words, "reason": "两份证件原件均已核对"}
    return builders.signed_in(user).post(door, sent).status_code


def test_the_desk_asks_and_the_supervisor_merges(clerk: User) -> None:
    keep, other = twins()
    assert ask(clerk, keep, other.documents.get().number) == 302
    other.refresh_from_db()
    assert other.merged_into is None
    approved(Proposal.objects.get(), by=builders.a_user("supervisor"))
    other.refresh_from_db()
    assert other.merged_into == keep


@pytest.mark.parametrize("words", ["", "#0", "#999999", "310104199003079999", "测试"])
def test_nobody_else_is_found_by_guessing(clerk: User, words: str) -> None:
    keep, _ = twins()
    assert ask(clerk, keep, words) == 200
    assert not Proposal.objects.exists()


def test_a_candidate_does_not_ask_to_be_merged() -> None:
    keep, other = twins()
    answer = builders.signed_in(keep.user).post(f"/me/requests/ask/merge_persons/{keep.pk}/", {"other": f"#{other.pk}"})
    assert answer.status_code == 404


def test_the_record_names_nobody(clerk: User) -> None:
    keep, other = twins()
    number = other.documents.get().number
    merged(keep, other)
    line = AuditEntry.objects.get(action="candidate.merged")
    assert number not in str(line.after)
    assert "测试甲" not in str(line.after)
    assert Entry.objects.count() == 0
