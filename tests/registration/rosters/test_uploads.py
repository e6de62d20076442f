"""Files of a roster: accepted at once, one at a time, cancelled and discarded."""

from __future__ import annotations

from pathlib import Path

import pytest

from kupasi.errors import Refusal
from kupasi.people.models import User
from registration.enums import RosterStatus, UploadState
from registration.models import Roster, RosterUpload
from registration.services import rosters
from tests import builders

from . import made

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


@pytest.fixture
def scribe() -> User:
    """A clerk of an institution."""
    return made.a_member(made.an_institution())


def sent(roster: Roster, clerk: User) -> RosterUpload:
    return rosters.accept_upload(roster.pk, name="一班.xlsx", content=b"PK", by=builders.act(clerk, made.ON))


def test_a_file_is_kept_encrypted_and_waits(scribe: User) -> None:
    upload = sent(made.a_roster(scribe), scribe)
    assert (upload.state, upload.name, upload.file.read()) == (UploadState.QUEUED, "一班.xlsx", b"PK")
    assert Path(upload.file.path).read_bytes() != b"PK"


def test_a_second_file_waits_for_the_first(scribe: User) -> None:
    roster = made.a_roster(scribe)
    sent(roster, scribe)
    with pytest.raises(Refusal) as refused:
        sent(roster, scribe)
    assert refused.value.code == "upload_running"


def test_a_waiting_file_is_cancelled_at_once_and_its_content_goes(scribe: User) -> None:
    roster = made.a_roster(scribe)
    upload = rosters.cancel_upload(sent(roster, scribe).pk, by=builders.act(scribe, made.ON))
    assert (upload.state, upload.file.name) == (UploadState.CANCELLED, "")
    assert sent(roster, scribe).state == UploadState.QUEUED


@pytest.mark.parametrize(("content", "code"), [(b"", "file_empty"), (b"x" * (20 * 1024 * 1024 + 1), "file_too_big")])
def test_an_empty_or_huge_file_is_refused(scribe: User, content: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        rosters.accept_upload(made.a_roster(scribe).pk, name="a.csv", content=content, by=builders.act(scribe))
    assert refused.value.code == code


def test_a_submitted_roster_takes_no_file(scribe: User) -> None:
    roster = made.a_roster(scribe)
    other = made.a_member(roster.institution, "institution_approver")
    now = builders.at(made.ON)
    Roster.objects.filter(pk=roster.pk).update(
        status=RosterStatus.SUBMITTED, signed_at=now, signed_by=other, submitted_at=now
    )
    with pytest.raises(Refusal) as refused:
        sent(roster, scribe)
    assert refused.value.code == "roster_frozen"


def test_a_list_for_a_window_that_is_over_is_refused(scribe: User) -> None:
    window = made.a_window("2025-03-10T09:00")
    with pytest.raises(Refusal) as refused:
        rosters.start_roster(scribe.membership.institution, window=window, by=builders.act(scribe))
    assert refused.value.code == "no_open_window"


def test_rosters_are_seen_by_their_institution_alone(scribe: User) -> None:
    roster, stranger = made.a_roster(scribe), made.a_member(made.an_institution())
    office = builders.a_user("clerk")
    seen = [list(Roster.objects.visible_to(who)) for who in (scribe, stranger, office)]
    assert seen == [[roster], [], []]
