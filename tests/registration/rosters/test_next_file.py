"""The next file of a list: rows that did not change are handed on, and nothing is touched while they are compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from kupasi.errors import Refusal
from kupasi.people.models import User
from registration.enums import UploadState
from registration.models import RosterRow, RosterUpload
from registration.services import rosters
from registration.services.rosters import earlier, judging, lines, uploads
from registration.sheets.cells import SheetRow
from registration.sheets.enums import Column
from registration.sheets.limits import APART
from tests import builders

from . import made

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


@pytest.fixture
def scribe() -> User:
    """A clerk of an institution."""
    return made.a_member(made.an_institution())


def keys(upload: RosterUpload) -> dict[int, int]:
    return dict(RosterRow.objects.filter(upload=upload).values_list("line", "pk"))


def test_rows_of_a_file_that_nobody_took_are_handed_on_and_the_file_goes(scribe: User) -> None:
    roster = made.a_roster(scribe)
    first = made.judged(roster, made.lines(4))
    before = keys(first)
    second = made.judged(roster, [made.line(7), made.line(0), made.line(2)])
    first.refresh_from_db()
    assert (first.state, first.lines.count(), second.rows, second.valid) == (UploadState.DISCARDED, 0, 3, 3)
    assert {line: pk for line, pk in keys(second).items() if pk in before.values()} == {3: before[2], 4: before[4]}


def test_a_large_file_is_used_again_chunk_by_chunk_and_comes_to_the_same(
    scribe: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(earlier, "AT_ONCE", 2)
    test_rows_of_a_file_that_nobody_took_are_handed_on_and_the_file_goes(scribe)


def test_rows_of_the_list_itself_stay_and_are_copied(scribe: User) -> None:
    roster = made.a_roster(scribe)
    rosters.take_all(made.judged(roster, made.lines(3)).pk, by=builders.act(scribe, made.ON))
    second = made.judged(roster, made.lines(4))
    assert (made.on_list(roster), second.lines.count(), second.unchanged) == ([2, 3, 4], 4, 3)


def test_a_next_file_that_is_cancelled_leaves_the_first_as_it_was(
    scribe: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster = made.a_roster(scribe)
    first = made.judged(roster, made.lines(3))
    before = keys(first)
    next_file(roster, monkeypatch, lambda upload: rosters.cancel_upload(upload.pk, by=builders.act(scribe, made.ON)))
    first.refresh_from_db()
    assert (first.state, keys(first)) == (UploadState.JUDGED, before)


def next_file(
    roster: Any, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[RosterUpload], object]
) -> RosterUpload:
    """A second file, equal to the first; something happens while its only chunk is compared."""
    upload = made.sent(roster, made.lines(3))
    judge = judging.Judge.chunk

    def chunk(self: judging.Judge, rows: Sequence[SheetRow]) -> Any:
        outcome = judge(self, rows)
        meanwhile(upload)
        return outcome

    monkeypatch.setattr(judging.Judge, "chunk", chunk)
    return made.work(upload)


ACTS: dict[str, Callable[[RosterUpload, Any], object]] = {
    "take all": lambda file, by: rosters.take_all(file.pk, by=by),
    "take the good": lambda file, by: rosters.take_valid(file.pk, by=by),
    "discard": lambda file, by: rosters.discard_upload(file.pk, by=by),
    "edit a row": lambda file, by: rosters.edit_row(min(keys(file).values()), cells={Column.NOTE: "改"}, by=by),
    "take a row off": lambda file, by: rosters.remove_row(min(keys(file).values()), by=by),
}


@pytest.mark.parametrize("name", ACTS)
def test_nothing_is_done_with_a_file_while_the_next_is_compared_with_it(
    name: str, scribe: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster, by, told = made.a_roster(scribe), builders.act(scribe, made.ON), []
    first = made.judged(roster, made.lines(3))

    def meanwhile(upload: RosterUpload) -> None:
        with pytest.raises(Refusal) as refused:
            ACTS[name](first, by)
        told.append(refused.value.code)

    second = next_file(roster, monkeypatch, meanwhile)
    assert (told, second.state, second.valid, second.lines.count()) == (["upload_running"], UploadState.JUDGED, 3, 3)


def test_a_text_that_moved_to_the_next_cell_is_another_row() -> None:
    apart = dict.fromkeys(Column, "")
    one = apart | {Column.EMPLOYER: f"甲{APART}乙", Column.CLASS_NAME: "丙"}
    two = apart | {Column.EMPLOYER: "甲", Column.CLASS_NAME: f"乙{APART}丙"}
    plain = apart | {Column.EMPLOYER: "甲乙", Column.CLASS_NAME: "丙"}
    assert len({lines.fingerprint(SheetRow.of(2, cells)) for cells in (one, two, plain)}) == 3


def test_twin_without_the_refusal_a_file_would_say_three_and_hold_none(
    scribe: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster, by = made.a_roster(scribe), builders.act(scribe, made.ON)
    first = made.judged(roster, made.lines(3))
    monkeypatch.setattr(uploads, "expect_idle", lambda roster_id: None)
    second = next_file(roster, monkeypatch, lambda upload: rosters.discard_upload(first.pk, by=by))
    assert (second.valid, second.lines.count()) == (3, 0)
