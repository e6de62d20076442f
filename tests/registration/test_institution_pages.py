"""The institution's pages: a list begun, a file sent, judged, looked at, repaired, taken, signed and handed in."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from exams.models import Window
from kupasi import clock
from kupasi.people.models import User
from registration.enums import RosterStatus, UploadState
from registration.models import Roster, RosterRow, RosterUpload
from registration.services.rosters import overview
from tests import builders

from . import group, lists
from .rosters import made

pytestmark = pytest.mark.django_db
ON = made.ON


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    builders.load_notice()
    monkeypatch.setattr(clock, "now", lambda: builders.at(ON))


@pytest.fixture
def clerk() -> User:
    return lists.a_member("institution_clerk", lists.a_school())


@pytest.fixture
def approver() -> User:
    return lists.a_member("institution_approver", lists.a_school())


@pytest.fixture
def browser(clerk: User) -> Client:
    return builders.signed_in(clerk)


def begun(browser: Client) -> Roster:
    window = Window.objects.public().get(opens_on="2025-05-16")
    browser.post(reverse("institution-start", args=[window.pk]), {"label": "数据一班"})
    return Roster.objects.get()


def sent(browser: Client, roster: Roster, rows: list[dict[str, str]]) -> RosterUpload:
    file = SimpleUploadedFile("名单.csv", made.sheet(rows))
    answer = browser.post(reverse("institution-send", args=[roster.pk]), {"file": file})
    upload = RosterUpload.objects.latest("pk")
    assert answer["Location"] == reverse("institution-upload", args=[upload.pk])
    return upload


def text(browser: Client, name: str, pk: int, query: str = "") -> str:
    answer = browser.get(reverse(name, args=[pk]) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def bad(number: int) -> dict[str, str]:
    return made.line(number, 手机="123")


def test_a_list_is_begun_for_a_window_and_shown_on_the_first_page(browser: Client) -> None:
    roster = begun(browser)
    page = browser.get(reverse("institution")).content.decode()
    assert roster.number in page
    assert "下载工作簿" in text(browser, "institution-roster", roster.pk)


def test_a_file_is_taken_in_at_once_and_its_bar_is_true(browser: Client) -> None:
    upload = sent(browser, begun(browser), made.lines(3))
    assert upload.state == UploadState.QUEUED
    page = text(browser, "institution-upload", upload.pk)
    assert f'href="{reverse("institution-upload", args=[upload.pk])}">刷新' in page  # without scripts
    RosterUpload.objects.filter(pk=upload.pk).update(state="judging", rows=200, read=100, judged=50, stored=50)
    assert 'max="600" value="200"' in text(browser, "institution-progress", upload.pk)


def test_the_bar_gives_way_to_the_result(browser: Client) -> None:
    upload = sent(browser, begun(browser), made.lines(3))
    made.work(upload)
    answer = browser.get(reverse("institution-progress", args=[upload.pk]))
    assert answer["HX-Refresh"] == "true"


def test_a_file_that_waits_is_cancelled(browser: Client) -> None:
    upload = sent(browser, begun(browser), made.lines(3))
    browser.post(reverse("institution-cancel", args=[upload.pk]))
    upload.refresh_from_db()
    assert upload.state == UploadState.CANCELLED
    assert "已取消" in text(browser, "institution-upload", upload.pk)


def test_every_error_is_shown_with_row_column_code_and_what_to_do(browser: Client) -> None:
    upload = sent(browser, begun(browser), [*made.lines(2), bad(5)])
    made.work(upload)
    page = text(browser, "institution-upload", upload.pk)
    assert "phone_format" in page
    assert "手机" in page
    assert "11 位" in page


def test_every_cell_of_a_bad_row_says_its_column_where_rows_are_cards(browser: Client) -> None:
    upload = sent(browser, begun(browser), [bad(1)])
    made.work(upload)
    page = text(browser, "institution-upload", upload.pk)
    assert "k-as-cards" in page
    assert page.count('data-label="行"') == page.count('data-label="申报"') == 1


def test_nothing_is_taken_while_a_row_is_bad_and_the_good_ones_by_a_second_act(browser: Client) -> None:
    upload = sent(browser, begun(browser), [*made.lines(2), bad(5)])
    made.work(upload)
    browser.post(reverse("institution-take", args=[upload.pk]))
    assert not RosterRow.objects.current().exists()
    page = text(browser, "institution-take-good", upload.pk)
    assert "有误的 1 行不列入名单" in page
    browser.post(reverse("institution-take-good", args=[upload.pk]))
    assert RosterRow.objects.current().count() == 2


def test_the_marked_file_says_what_is_wrong(browser: Client) -> None:
    upload = sent(browser, begun(browser), [*made.lines(1), bad(5)])
    made.work(upload)
    answer = browser.get(reverse("institution-marked", args=[upload.pk]))
    sheet = load_workbook(io.BytesIO(answer.content))["名单"]
    assert "手机" in str(sheet.cell(3, sheet.max_column).value)


def test_the_workbook_is_made_for_the_institution(browser: Client) -> None:
    answer = browser.get(reverse("institution-workbook", args=[begun(browser).pk]))
    book = load_workbook(io.BytesIO(answer.content))
    assert "样例职业学校" in str([cell.value for row in book["填写说明"].iter_rows() for cell in row])


def test_a_row_is_repaired_in_the_page_and_the_list_taken(browser: Client) -> None:
    upload = sent(browser, begun(browser), [*made.lines(1), bad(5)])
    made.work(upload)
    row = RosterRow.objects.get(is_valid=False)
    page = text(browser, "institution-row", row.pk)
    assert 'value="123"' in page
    assert "k-field-bad" in page
    cells = {"phone": "19900000005", **{name: value for name, value in typed(row).items() if name != "phone"}}
    browser.post(reverse("institution-row", args=[row.pk]), cells)
    browser.post(reverse("institution-take", args=[upload.pk]))
    assert RosterRow.objects.current().count() == 2


def typed(row: RosterRow) -> dict[str, str]:
    from registration.services.rosters import contents

    return {name: str(value) for name, value in contents(row).typed.items() if name != "row_id"}


def test_what_is_still_wrong_is_said_again(browser: Client) -> None:
    upload = sent(browser, begun(browser), [bad(5)])
    made.work(upload)
    row = RosterRow.objects.get()
    cells = typed(row) | {"phone": "456"}
    answer = browser.post(reverse("institution-row", args=[row.pk]), cells, follow=True)
    assert "还有问题" in answer.content.decode()


def test_a_wrong_check_digit_is_offered_and_chosen_never_applied(browser: Client) -> None:
    good = made.line(7)
    number = good["证件号码"]
    wrong = number[:-1] + ("1" if number[-1] != "1" else "2")
    upload = sent(browser, begun(browser), [good | {"证件号码": wrong}])
    made.work(upload)
    row = RosterRow.objects.get()
    page = text(browser, "institution-row", row.pk)
    assert 'name="fix"' in page
    browser.post(reverse("institution-fix", args=[row.pk]), {"fix": f"18:{number[-1]}"})
    row.refresh_from_db()
    assert row.is_valid


@pytest.mark.parametrize("fix", ["", "x", "999:1", "18:12", "18:7"])
def test_a_made_up_change_is_refused(browser: Client, fix: str) -> None:
    upload = sent(browser, begun(browser), [bad(5)])
    made.work(upload)
    row = RosterRow.objects.get()
    assert browser.post(reverse("institution-fix", args=[row.pk]), {"fix": fix}).status_code == 302
    row.refresh_from_db()
    assert not row.is_valid


def test_the_way_from_an_empty_list_to_handing_in(clerk: User, approver: User, browser: Client) -> None:
    roster = begun(browser)
    upload = sent(browser, roster, made.lines(1))
    made.work(upload)
    browser.post(reverse("institution-take", args=[upload.pk]))
    row = RosterRow.objects.current().get()
    picture = SimpleUploadedFile("a.jpg", builders.photo_bytes())
    assert browser.post(reverse("institution-portrait", args=[row.pk]), {"file": picture}).status_code == 302
    other = builders.signed_in(approver)
    page = text(other, "institution-sign", roster.pk)
    seen = page.partition('name="seen" value="')[2][:64]
    other.post(reverse("institution-do-sign", args=[roster.pk]), {"seen": seen, "agree": "1"})
    other.post(reverse("institution-submit", args=[roster.pk]))
    roster.refresh_from_db()
    assert roster.status == RosterStatus.SUBMITTED
    assert other.get(reverse("institution-paper", args=[roster.pk])).content.startswith(b"%PDF")


def test_the_uploader_is_told_that_another_person_signs(clerk: User, approver: User) -> None:
    roster = lists.a_roster(approver, when=ON)
    page = text(builders.signed_in(approver), "institution-sign", roster.pk)
    assert "另一位审核人" in page
    assert 'name="seen"' not in page


NAMES = (
    "institution-roster", "institution-sign", "institution-photos", "institution-paper", "institution-workbook",
)  # fmt: skip


def test_another_house_finds_nothing(clerk: User) -> None:
    roster = lists.a_roster(clerk, when=ON)
    stranger = builders.signed_in(lists.a_member("institution_approver", lists.a_school(1)))
    row, upload = roster.rows.first(), roster.uploads.get()
    pages = [reverse(name, args=[roster.pk]) for name in NAMES]
    pages += [reverse(name, args=[upload.pk]) for name in ("institution-upload", "institution-marked")]
    pages += [reverse(name, args=[row.pk]) for name in ("institution-row", "institution-portrait")]
    pages += [reverse("institution-picture", args=[roster.photos.first().pk])]
    assert {stranger.get(page).status_code for page in pages} == {404}
    posts = [reverse("institution-do-sign", args=[roster.pk]), reverse("institution-remove", args=[row.pk])]
    assert {stranger.post(page).status_code for page in posts} == {404}


def test_the_first_page_and_the_list_ask_as_much_for_many_as_for_few(clerk: User, browser: Client) -> None:
    asked = []
    for people, first in ((3, 1), (30, 100)):
        roster = lists.a_roster(clerk, when=ON, people=people, photos=False, first=first)
        browser.get(reverse("institution"))
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse("institution"))
            browser.get(reverse("institution-roster", args=[roster.pk]))
        asked.append(len(queries))
    assert asked[0] == asked[1] < 45


@pytest.mark.parametrize(
    ("order", "page"), [(group.reviewed, "institution-order"), (group.confirmed, "institution-tickets")]
)
def test_a_reviewed_list_leads_to_its_order_until_it_is_paid(order: Callable[[], group.Group], page: str) -> None:
    roster = order().roster
    roster.refresh_from_db()
    assert overview.next_step(roster, overview.facts_of(roster), may_sign=False)["page"] == page
