"""The worker: everything read, judged and stored with true counters; cancelled, killed, begun anew, never twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from kupasi.people.models import User
from registration.enums import RowChange, UploadState
from registration.models import RosterRow, RosterUpload
from registration.services import rosters
from registration.services.rosters import judging, working
from registration.sheets.cells import SheetRow
from registration.sheets.limits import Limits
from tests import builders

from . import made

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
LATER = "2025-05-20T09:02"


@pytest.fixture
def scribe() -> User:
    """A clerk of an institution."""
    return made.a_member(made.an_institution())


def counters(upload: RosterUpload) -> tuple[int | None, ...]:
    return upload.rows, upload.read, upload.judged, upload.stored, upload.valid, upload.invalid


def test_a_good_file_is_read_judged_and_stored_and_changes_nothing_yet(scribe: User) -> None:
    roster = made.a_roster(scribe)
    upload = made.judged(roster, made.lines(3))
    assert (upload.state, upload.new, counters(upload)) == (UploadState.JUDGED, 3, (3, 3, 3, 3, 3, 0))
    assert made.on_list(roster) == []


def test_every_fault_of_every_row_is_listed_in_one_pass(scribe: User) -> None:
    rows = [made.line(1, 姓名="<b>", 手机="12"), made.line(2, 申报职业="木工"), made.line(3)]
    upload = made.judged(made.a_roster(scribe), rows)
    found = {row.line: made.codes(row) for row in upload.lines.all()}
    assert found[2] == [("name", "name_chars"), ("phone", "phone_format")]
    assert (found[3], found[4]) == ([("occupation", "unknown_occupation")], [])
    assert (upload.valid, upload.invalid) == (1, 2)


def test_a_row_keeps_what_was_typed_sealed_and_its_fee(scribe: User) -> None:
    row = made.judged(made.a_roster(scribe), [made.line(1)]).lines.get()
    whole = rosters.contents(row)
    assert (whole.values.number[-4:], whole.typed["phone"], str(row.fee)) == (row.number_tail, "19900000001", "480.00")
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed FROM registration_rosterrow")
        assert "19900000001" not in cursor.fetchone()[0]


def test_both_rows_of_a_double_are_marked_also_across_chunks(scribe: User, monkeypatch: pytest.MonkeyPatch) -> None:
    small_chunks(monkeypatch, 2)
    upload = made.judged(made.a_roster(scribe), [*made.lines(4), made.line(0)])
    assert [row.line for row in upload.lines.filter(is_valid=False)] == [2, 6]
    assert {code for row in upload.lines.filter(is_valid=False) for _, code in made.codes(row)} == {"duplicate_row"}
    assert (upload.valid, upload.invalid) == (3, 2)


def small_chunks(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """The same file in pieces of another size."""
    monkeypatch.setattr(working, "Limits", lambda **more: Limits(chunk_rows=size, **more))


def test_a_file_that_is_none_fails_with_a_reason_and_leaves_nothing(scribe: User) -> None:
    roster = made.a_roster(scribe)
    upload = rosters.accept_upload(roster.pk, name="a.xlsx", content=b"PK\x03\x04", by=builders.act(scribe, made.ON))
    made.work(upload)
    assert (upload.state, upload.file.name, len(upload.findings)) == (UploadState.FAILED, "", 1)


def test_a_file_of_more_rows_than_the_setting_allows_fails(scribe: User) -> None:
    from exams.services import settings

    settings.change("roster_most_rows", 5, by=builders.act(builders.a_user("admin")), reason="试")
    upload = made.judged(made.a_roster(scribe), made.lines(6))
    assert (upload.state, upload.findings[0]["code"]) == (UploadState.FAILED, "too_many_rows")
    assert not RosterRow.objects.exists()


def dies_after(monkeypatch: pytest.MonkeyPatch, chunks: int) -> None:
    """The worker is gone after so many chunks, as if it had been killed."""
    judge, left = judging.Judge.chunk, iter(range(chunks))

    def chunk(self: judging.Judge, rows: Sequence[SheetRow]) -> Any:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return judge(self, rows)

    monkeypatch.setattr(judging.Judge, "chunk", chunk)


def test_a_killed_worker_is_followed_by_one_that_begins_anew_with_no_row_twice(
    scribe: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = made.sent(made.a_roster(scribe), made.lines(5))
    with monkeypatch.context() as patch:
        small_chunks(patch, 2)
        dies_after(patch, 2)
        with pytest.raises(KeyboardInterrupt):
            made.work(upload)
    upload.refresh_from_db()
    assert (upload.state, upload.stored, upload.lines.count()) == (UploadState.JUDGING, 3, 3)
    assert (working.due(builders.at(made.ON)), working.due(builders.at(LATER))) == ([], [upload.pk])
    made.work(upload, when=LATER)
    assert (upload.state, upload.stored, upload.lines.count()) == (UploadState.JUDGED, 5, 5)


def test_a_second_worker_leaves_a_claimed_file_alone(scribe: User, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = made.sent(made.a_roster(scribe), made.lines(3))
    judge = judging.Judge.chunk

    def chunk(self: judging.Judge, rows: Sequence[SheetRow]) -> Any:
        assert working._claim(upload.pk, by=builders.act(None), now=lambda: builders.at(made.ON)) is None
        return judge(self, rows)

    monkeypatch.setattr(judging.Judge, "chunk", chunk)
    assert made.work(upload).stored == 3


def slow_and_overtaken(upload: RosterUpload, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first worker stalls in its first chunk; another one finishes the file meanwhile."""
    judge, first = judging.Judge.chunk, iter([True])

    def chunk(self: judging.Judge, rows: Sequence[SheetRow]) -> Any:
        if next(first, False):
            made.work(upload, when=LATER)
        return judge(self, rows)

    monkeypatch.setattr(judging.Judge, "chunk", chunk)
    made.work(upload)


def test_an_overtaken_worker_stops_without_a_trace(scribe: User, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = made.sent(made.a_roster(scribe), made.lines(3))
    slow_and_overtaken(upload, monkeypatch)
    assert (upload.state, upload.stored, upload.lines.count()) == (UploadState.JUDGED, 3, 3)


def test_without_the_claim_it_would_write_every_row_again(scribe: User, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = made.sent(made.a_roster(scribe), made.lines(3))

    def blind(hold: working.Hold, **values: Any) -> None:
        RosterUpload.objects.filter(pk=hold.upload.pk).update(heartbeat=hold.now(), **values)

    monkeypatch.setattr(working, "_mine", blind)
    with pytest.raises(working.BrokenError, match=IntegrityError.__name__):
        slow_and_overtaken(upload, monkeypatch)


def test_cancelling_takes_effect_between_chunks_and_leaves_nothing(
    scribe: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_chunks(monkeypatch, 2)
    upload = made.sent(made.a_roster(scribe), made.lines(5))
    judge = judging.Judge.chunk

    def chunk(self: judging.Judge, rows: Sequence[SheetRow]) -> Any:
        rosters.cancel_upload(upload.pk, by=builders.act(scribe, made.ON))
        return judge(self, rows)

    monkeypatch.setattr(judging.Judge, "chunk", chunk)
    made.work(upload)
    assert (upload.state, upload.lines.count(), upload.file.name) == (UploadState.CANCELLED, 0, "")


def test_a_file_whose_workers_always_fall_silent_fails_at_last(scribe: User, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = made.sent(made.a_roster(scribe), made.lines(2))
    dies_after(monkeypatch, 0)
    for minute in range(working.MOST_ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            made.work(upload, when=f"2025-05-20T09:{minute * 2:02d}")
    made.work(upload, when="2025-05-20T10:00")
    assert (upload.state, upload.findings[0]["code"]) == (UploadState.FAILED, "processing_failed")


def test_what_breaks_is_told_without_anybodys_data(scribe: User, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = made.sent(made.a_roster(scribe), made.lines(1))
    monkeypatch.setattr(working, "store", lambda lines: (_ for _ in ()).throw(ValueError(repr(lines))))
    with pytest.raises(working.BrokenError) as broken:
        made.work(upload)
    assert builders.hanzi(0) not in str(broken.value)
    assert broken.value.__cause__ is None
    assert broken.value.__suppress_context__


def test_the_number_of_queries_of_a_chunk_does_not_depend_on_its_rows(
    scribe: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.work(made.sent(made.a_roster(scribe), made.lines(1)))  # whatever is read once
    counts = []
    for start, size in ((0, 2), (2, 40)):
        for number in range(start, start + size):
            builders.a_candidate(number=made.line(number)["证件号码"], with_account=False)
        upload = made.sent(made.a_roster(scribe), made.lines(size, start=start))
        with CaptureQueriesContext(
            connection,
        ) as caught:
            made.work(upload)
        counts.append(len(caught))
    assert counts[0] == counts[1]


def test_a_second_file_is_compared_with_the_list(scribe: User) -> None:
    roster = made.a_roster(scribe)
    first = made.judged(roster, made.lines(4))
    rosters.take_all(first.pk, by=builders.act(scribe, made.ON))
    rows = [made.line(0), made.line(1, 工作单位="另一家"), made.line(2, 申报职业="人工智能模型运用"), made.line(9)]
    second = made.judged(roster, rows)
    changes = [RowChange(row.change) for row in second.lines.order_by("line")]
    assert changes == [RowChange.UNCHANGED, RowChange.CHANGED, RowChange.CHANGED, RowChange.NEW]
    assert (second.new, second.changed, second.unchanged, second.removed) == (1, 2, 1, 1)
    assert [row.line for row in rosters.removed_rows(second)] == [5]


def test_rows_carried_over_are_what_judging_them_again_would_give(scribe: User) -> None:
    roster = made.a_roster(scribe)
    made.judged(roster, made.lines(3))
    carried = made.judged(roster, [made.line(7), *made.lines(3)])
    fresh = made.judged(made.a_roster(made.a_member(made.an_institution())), [made.line(7), *made.lines(3)])
    assert [seen(row) for row in carried.lines.all()] == [seen(row) for row in fresh.lines.all()]


def seen(row: RosterRow) -> tuple[Any, ...]:
    fixed = (row.line, row.name, row.birth_date, row.number_index, row.phone_index, row.occupation_id, row.fee)
    return (*fixed, row.is_valid, row.findings, row.fingerprint, row.change, rosters.contents(row))


def test_a_row_comes_back_under_its_own_id_whatever_was_corrected(scribe: User) -> None:
    roster = made.a_roster(scribe)
    rosters.take_all(made.judged(roster, made.lines(2)).pk, by=builders.act(scribe, made.ON))
    keys = list(roster.rows.current().order_by("line").values_list("key", flat=True))
    corrected = [made.line(5) | {"行标识": keys[0]}, made.line(1) | {"行标识": keys[1]}]
    upload = made.judged(roster, corrected)
    assert [row.change for row in upload.lines.order_by("line")] == [RowChange.CHANGED, RowChange.UNCHANGED]
    assert [row.key for row in upload.lines.order_by("line")] == keys
    assert upload.removed == 0
