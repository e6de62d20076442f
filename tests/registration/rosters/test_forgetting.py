"""Lists are let go of: unfiled ones soon after their window, filed ones with the application; not a day before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kupasi.audit.models import Entry
from kupasi.people.models import User
from registration.enums import RosterStatus
from registration.models import Roster, RosterRow
from registration.services import rosters
from registration.services.rosters import forgetting
from tests import builders

from . import made

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


@pytest.fixture
def scribe() -> User:
    """A clerk of an institution."""
    return made.a_member(made.an_institution())


def taken(scribe: User) -> Roster:
    roster = made.a_roster(scribe)
    rosters.take_all(made.judged(roster, made.lines(2)).pk, by=builders.act(scribe, made.ON))
    return roster


def forgotten(roster: Roster, when: str) -> bool:
    return forgetting.forget(roster.pk, by=builders.act(None, when))


def test_a_list_that_was_never_filed_goes_ninety_days_after_its_window(
    scribe: User, django_capture_on_commit_callbacks: Any
) -> None:
    roster = taken(scribe)
    closes = roster.window.closes_on
    path = Path(roster.uploads.get().file.path)
    assert (closes.isoformat(), forgotten(roster, "2025-09-13T09:00"), path.exists()) == ("2025-06-15", False, True)
    with django_capture_on_commit_callbacks(execute=True):
        assert forgotten(roster, "2025-09-14T09:00") is True
    assert (RosterRow.objects.count(), path.exists()) == (0, False)
    assert forgotten(roster, "2025-09-15T09:00") is False
    assert Entry.objects.filter(action="roster.forgotten").count() == 1


def test_a_filed_list_is_kept_five_years_after_its_month(scribe: User) -> None:
    roster = taken(scribe)
    now, approver = builders.at(made.ON), made.a_member(roster.institution, "institution_approver")
    signed = {"signed_at": now, "signed_by": approver, "submitted_at": now}
    Roster.objects.filter(pk=roster.pk).update(status=RosterStatus.SUBMITTED, **signed)
    assert forgotten(roster, "2030-07-31T09:00") is False
    assert forgotten(roster, "2030-08-01T09:00") is True
