"""Repairing a judged file in the page, choosing a suggested number, taking one person off the list (rules E7, A5)."""

from __future__ import annotations

import pytest

from kupasi.audit.models import Entry
from kupasi.errors import Refusal
from kupasi.people.models import User
from registration.models import RosterUpload
from registration.rules.roster_types import NumberFix
from registration.services import rosters
from registration.sheets.enums import Column
from tests import builders

from . import made

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


@pytest.fixture
def scribe() -> User:
    """A clerk of an institution."""
    return made.a_member(made.an_institution())


def counts(upload: RosterUpload) -> tuple[int, int]:
    upload.refresh_from_db()
    return upload.valid, upload.invalid


def test_a_bad_row_is_typed_anew_and_the_file_can_be_taken(scribe: User) -> None:
    upload = made.judged(made.a_roster(scribe), [made.line(1, 姓名="张3"), made.line(2)])
    by = builders.act(scribe, made.ON)
    bad = upload.lines.get(is_valid=False)
    kept = rosters.edit_row(bad.pk, cells={Column.NAME: builders.hanzi(1)}, by=by)
    assert (kept.is_valid, made.codes(kept), counts(upload)) == (True, [], (2, 0))
    rosters.take_all(upload.pk, by=by)
    assert made.on_list(upload.roster) == [2, 3]


def test_on_the_list_itself_a_row_that_would_turn_bad_is_refused(scribe: User) -> None:
    upload = made.judged(made.a_roster(scribe), made.lines(1))
    by = builders.act(scribe, made.ON)
    rosters.take_all(upload.pk, by=by)
    row = upload.lines.get()
    with pytest.raises(Refusal) as error:
        rosters.edit_row(row.pk, cells={Column.NAME: "张3"}, by=by)
    row.refresh_from_db()
    assert (error.value.code, row.is_current, row.name) == ("rows_invalid", True, builders.hanzi(0))


@pytest.mark.parametrize("kept", ["#公式", "#N/A"])
def test_a_lost_cell_stays_an_error_until_it_is_typed_anew(scribe: User, kept: str) -> None:
    upload = made.judged(made.a_roster(scribe), [made.line(1, 姓名="张3", 班级=kept)])
    by = builders.act(scribe, made.ON)
    row = rosters.edit_row(upload.lines.get().pk, cells={Column.NAME: builders.hanzi(1)}, by=by)
    assert [column for column, _ in made.codes(row)] == ["class_name"]
    row = rosters.edit_row(row.pk, cells={Column.CLASS_NAME: ""}, by=by)
    assert (made.codes(row), row.is_valid) == ([], True)


def test_a_fix_that_the_row_does_not_suggest_is_refused(scribe: User) -> None:
    row = made.judged(made.a_roster(scribe), made.lines(1)).lines.get()
    with pytest.raises(Refusal) as error:
        rosters.choose_fix(row.pk, fix=NumberFix(3, "9"), by=builders.act(scribe, made.ON))
    assert error.value.code == "unknown_fix"


def test_somebody_is_taken_off_the_list_once(scribe: User) -> None:
    upload = made.judged(made.a_roster(scribe), made.lines(2))
    by = builders.act(scribe, made.ON)
    rosters.take_all(upload.pk, by=by)
    row = upload.lines.get(line=2)
    for _ in range(2):
        rosters.remove_row(row.pk, by=by)
    assert made.on_list(upload.roster) == [3]
    assert Entry.objects.filter(action="roster.row_removed").count() == 1
