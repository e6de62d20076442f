"""资格初审 is signed by another person, for exactly the rows that were shown, and handed in in time (rules E4, C2)."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from kupasi.audit.models import Entry
from kupasi.errors import Refusal
from kupasi.notices.models import Notice
from kupasi.people.models import User
from registration.enums import RosterStatus, UploadState
from registration.models import Roster, RosterPhoto, RosterRow
from registration.services.rosters import remove_row, signing
from tests import builders

from . import lists

pytestmark = pytest.mark.django_db
NOW = lists.NOW


@pytest.fixture
def clerk() -> User:
    return lists.a_member("institution_clerk", lists.a_school())


@pytest.fixture
def approver() -> User:
    return lists.a_member("institution_approver", lists.a_school())


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.RaisesExc(Refusal, check=lambda refusal: refusal.code == code)


def sign(roster: Roster, user: User, *, seen: str = "", when: str = NOW) -> Roster:
    return signing.sign(roster.pk, seen=seen or signing.list_hash(roster.pk), by=builders.act(user, when))


def test_another_person_signs_and_hands_in(clerk: User, approver: User) -> None:
    roster = lists.submitted(clerk, approver)
    assert (roster.status, roster.signed_by, roster.submitted_by) == (RosterStatus.SUBMITTED, approver, approver)
    assert roster.submitted_at == builders.at(NOW)
    assert Entry.objects.filter(object_id=str(roster.pk), action__in=["roster.signed", "roster.submitted"]).count() == 2
    assert Notice.objects.filter(kind="roster.submitted", user__in=[clerk, approver]).count() >= 2


def test_both_acts_repeated_change_nothing(clerk: User, approver: User) -> None:
    roster = lists.submitted(clerk, approver)
    before = Entry.objects.count()
    assert signing.submit(roster.pk, by=builders.act(approver, "2025-05-20T10:00")).submitted_at == builders.at(NOW)
    assert Entry.objects.count() == before


@pytest.mark.parametrize("field", ["uploaded_by", "taken_by"])
def test_whoever_sent_or_took_a_file_does_not_sign(clerk: User, approver: User, field: str) -> None:
    roster = lists.a_roster(clerk)
    roster.uploads.update(**{field: approver})
    with refused("four_eyes"):
        sign(roster, approver)


def test_whoever_repaired_a_row_does_not_sign(clerk: User, approver: User) -> None:
    from kupasi.audit.services import record

    roster = lists.a_roster(clerk)
    record(builders.act(approver, NOW), signing.EDITED, roster.uploads.get())
    with refused("four_eyes"):
        sign(roster, approver)


def test_without_the_guard_the_database_still_refuses_the_same_person(clerk: User) -> None:
    roster = lists.a_roster(clerk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Roster.objects.filter(pk=roster.pk).update(signed_by=clerk, signed_at=builders.at(NOW))


def test_a_clerk_and_another_house_do_not_sign(clerk: User) -> None:
    roster = lists.a_roster(clerk)
    for user in (
        lists.a_member("institution_clerk", lists.a_school()),
        lists.a_member("institution_approver", lists.a_school(1)),
        builders.a_user("clerk"),
    ):
        with refused("not_allowed"):
            sign(roster, user)


def test_a_list_that_changed_after_it_was_shown_is_not_signed(clerk: User, approver: User) -> None:
    roster = lists.a_roster(clerk)
    seen = signing.list_hash(roster.pk)
    remove_row(roster.rows.first().pk, by=builders.act(clerk, NOW))
    with refused("stale"):
        sign(roster, approver, seen=seen)


def test_the_hash_names_every_value_and_every_portrait(clerk: User) -> None:
    roster = lists.a_roster(clerk)
    seen, row = signing.list_hash(roster.pk), RosterRow.objects.filter(roster=roster).first()
    for rows, change in (
        (RosterRow.objects.filter(pk=row.pk), {"fingerprint": "f" * 64}),
        (RosterRow.objects.filter(pk=row.pk), {"fee": 95}),
        (RosterPhoto.objects.filter(roster=roster, number_index=row.number_index), {"sha256": "a" * 64}),
    ):
        with transaction.atomic():
            rows.update(**change)
            assert signing.list_hash(roster.pk) != seen
            transaction.set_rollback(True)
    assert signing.list_hash(roster.pk) == seen


def test_a_change_makes_the_signature_void(clerk: User, approver: User) -> None:
    roster = sign(lists.a_roster(clerk), approver)
    remove_row(roster.rows.first().pk, by=builders.act(clerk, NOW))
    roster.refresh_from_db()
    assert (roster.status, roster.signed_by, roster.signed_hash) == (RosterStatus.DRAFT, None, "")
    with refused("wrong_status"):
        signing.submit(roster.pk, by=builders.act(approver, NOW))


def test_a_row_changed_past_the_services_is_noticed_when_it_is_handed_in(clerk: User, approver: User) -> None:
    roster = sign(lists.a_roster(clerk), approver)
    RosterRow.objects.filter(roster=roster).update(fee=95)
    with refused("stale"):
        signing.submit(roster.pk, by=builders.act(approver, NOW))


@pytest.mark.parametrize(
    ("when", "accepted"),
    [("2025-06-15T23:59:59.999", True), ("2025-06-16T00:00", False), ("2025-07-20T09:00", False)],
)
def test_the_moment_decides_whether_the_window_is_open(clerk: User, approver: User, when: str, accepted: bool) -> None:
    roster = sign(lists.a_roster(clerk), approver)
    if accepted:
        assert signing.submit(roster.pk, by=builders.act(approver, when)).status == RosterStatus.SUBMITTED
    else:
        with refused("no_open_window"):
            signing.submit(roster.pk, by=builders.act(approver, when))


@pytest.mark.parametrize(("photos", "people", "code"), [(False, 2, "photo_missing"), (True, 0, "roster_empty")])
def test_an_incomplete_list_is_not_signed(clerk: User, approver: User, photos: bool, people: int, code: str) -> None:
    roster = lists.a_roster(clerk, photos=photos, people=people)
    with refused(code):
        sign(roster, approver)


@pytest.mark.parametrize("state", [UploadState.QUEUED, UploadState.JUDGING, UploadState.JUDGED])
def test_a_file_that_waits_comes_first(clerk: User, approver: User, state: UploadState) -> None:
    roster = lists.a_roster(clerk)
    upload = roster.uploads.get()
    upload.pk, upload.state = None, state
    upload.save(force_insert=True)
    with refused("upload_running"):
        sign(roster, approver)


def test_a_list_is_given_up_before_it_is_handed_in_and_never_after(clerk: User, approver: User) -> None:
    first = lists.a_roster(clerk)
    signing.withdraw(first.pk, by=builders.act(clerk, NOW))
    assert not RosterRow.objects.current().exists()
    second = lists.submitted(clerk, approver)
    with refused("roster_frozen"):
        signing.withdraw(second.pk, by=builders.act(clerk, NOW))
