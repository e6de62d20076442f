"""A changed row beside the one it would replace: which columns, old and new, whole numbers kept back."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kupasi.people.models import User
from registration.models import Roster, RosterUpload
from registration.rules.roster_changes import differences, places_that_differ
from registration.rules.roster_types import RowValues
from registration.services import rosters
from registration.services.rosters.comparing import CellChange, RowChanges
from registration.sheets.enums import Column
from tests import builders

from . import made

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


@pytest.fixture
def scribe() -> User:
    """A clerk of an institution."""
    return made.a_member(made.an_institution())


def a_list(scribe: User, rows: list[dict[str, str]]) -> Roster:
    roster = made.a_roster(scribe)
    rosters.take_all(made.judged(roster, rows).pk, by=builders.act(scribe, made.ON))
    return roster


def shown(upload: RosterUpload) -> list[RowChanges | None]:
    rows = list(upload.lines.order_by("line"))
    found = rosters.changes_of(rows)
    return [found.get(row.pk) for row in rows]


def test_each_column_that_changed_stands_with_old_and_new(scribe: User) -> None:
    roster = a_list(scribe, made.lines(2))
    upload = made.judged(roster, [made.line(0, 班级="二班", 备注="轮椅"), made.line(1), made.line(2)])
    changed = RowChanges((CellChange("班级", "一班", "二班"), CellChange("备注", "", "轮椅")))
    assert shown(upload) == [changed, None, None]


def test_a_phone_is_masked_and_places_are_named_where_the_masks_are_alike(scribe: User) -> None:
    roster = a_list(scribe, [made.line(0, 手机="19900010000"), made.line(1, 手机="19900010001")])
    rows = [made.line(0, 手机="19900020000"), made.line(1, 手机="13900010001")]
    first, second = shown(made.judged(roster, rows))
    assert first == RowChanges((CellChange("手机", "199****0000", "199****0000", "第 7 位有改动"),))
    assert second == RowChanges((CellChange("手机", "199****0001", "139****0001"),))


def test_a_number_that_a_row_of_our_workbook_changes_is_never_shown_whole(scribe: User) -> None:
    roster = a_list(scribe, [made.line(0, 行标识="a-1")])
    upload = made.judged(roster, [made.line(40, 行标识="a-1", 姓名=made.line(0)["姓名"])])
    (found,) = shown(upload)
    assert found is not None
    (number,) = [one for one in found.cells if one.label == "证件号码"]
    assert made.line(40)["证件号码"] not in repr(found)
    assert number.new.startswith("310***")


def test_another_way_of_writing_is_no_change(scribe: User) -> None:
    roster = a_list(scribe, [made.line(0)])
    assert shown(made.judged(roster, [made.line(0, 考核科目="理论知识、操作技能")])) == [RowChanges((), ("考核科目",))]


def test_a_row_repaired_in_the_page_shows_what_it_changes_by_then(scribe: User) -> None:
    roster = a_list(scribe, [made.line(0)])
    upload = made.judged(roster, [made.line(0, 手机="123")])
    row = upload.lines.get()
    rosters.edit_row(row.pk, cells={Column.PHONE: "19900000000", Column.CLASS_NAME: "三班"}, by=builders.act(scribe))
    assert shown(upload) == [RowChanges((CellChange("班级", "一班", "三班"),))]


def test_the_page_shows_them_to_the_institution_alone_and_asks_once_for_however_many(scribe: User) -> None:
    few, many = (a_list(scribe, made.lines(count, start=start)) for count, start in ((2, 0), (40, 100)))
    pages = []
    for roster, count, start in ((few, 2, 0), (many, 40, 100)):
        rows = [made.line(number, 班级="二班") for number in range(start, start + count)]
        pages.append(f"/institution/files/{made.judged(roster, rows).pk}/?show=changed")
    browser = builders.signed_in(scribe)
    browser.get(pages[0])
    asked = []
    for page in pages:
        with CaptureQueriesContext(connection) as queries:
            answer = browser.get(page)
        asked.append(len(queries))
        assert "<del><span" in answer.content.decode()
    assert asked[0] == asked[1]
    assert Client().get(pages[0]).status_code == 302


def test_what_follows_from_another_cell_is_no_change_of_its_own() -> None:
    old, new = RowValues(number="1", sex="male", phone="13800000000"), RowValues(number="2", sex="female")
    found = differences(
        old, new, old_typed={"number": "1", "sex": "", "phone": "13800000000"}, new_typed={"number": "2", "phone": "12"}
    )
    assert found.changed == ((Column.NUMBER, "1", "2"), (Column.PHONE, "13800000000", "12"))
    assert places_that_differ("123", "143") == (2,)
    assert places_that_differ("123", "1234") == ()
