"""What anybody sees without an account, on the day it is."""

from __future__ import annotations

import hashlib
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.test import Client, RequestFactory
from django.urls import reverse
from django.views.defaults import server_error

from exams.enums import PlanStatus
from exams.models import Document, DocumentVersion, Fee, Occupation, Plan, Subject, Window
from kupasi.people.enums import ConsentKind
from kupasi.people.models import ConsentText
from tests import builders

pytestmark = pytest.mark.django_db
with_notice = pytest.mark.usefixtures("notice")
PAGES = ["home", "calendar", "fees", "notices", "contact", "check", "privacy"]


def only_later_windows() -> None:
    """The plan begins on 16 June."""
    Window.objects.filter(opens_on__lt=date(2025, 6, 1)).delete()


def document(title: str, *, published: bool = True) -> Document:
    """A notice."""
    at = builders.at("2025-03-01T09:00")
    return Document.objects.create(title=title, body="正文", created_at=at, published_at=at if published else None)


def version(of: Document, content: bytes = b"standard", number: int = 1) -> DocumentVersion:
    """A file of a notice."""
    digest = hashlib.sha256(content).hexdigest()
    row = DocumentVersion(document=of, version=number, file_name="规范.pdf", size=len(content), sha256=digest)
    row.added_at = builders.at("2025-03-01T09:00")
    row.file.save("x", ContentFile(content))
    return row


def page(client: Client, name: str, *, at: str, **kwargs: object) -> str:
    """The page's text at a moment."""
    with time_machine.travel(builders.at(at), tick=False):
        return client.get(reverse(name, kwargs=kwargs or None)).content.decode()


def ask(client: Client, *, at: str = "2025-05-20T09:45", **facts: str) -> str:
    """The self-check's answer."""
    asked = {"occupation": "data-annotation", "birth_date": "2000-01-01", **facts}
    with time_machine.travel(builders.at(at), tick=False):
        return client.post(reverse("check"), asked).content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_an_empty_installation_still_answers(client: Client, name: str) -> None:
    assert client.get(reverse(name)).status_code == 200


@with_notice
@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_one_h1_and_nothing_inline_or_from_outside(client: Client, name: str) -> None:
    html = page(client, name, at="2025-05-20T09:45")
    assert html.count("<h1") == 1
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*src=)", html)
    assert not re.search(r'(?:src|<link[^>]+href)="(?:https?:)?//', html)


@with_notice
@pytest.mark.parametrize("name", PAGES)
def test_a_page_with_its_styles_weighs_less_than_60_kilobytes(client: Client, name: str) -> None:
    html = page(client, name, at="2025-05-20T09:45")
    static = Path(__file__).parents[2] / "static"
    parts = ["vendor/bootstrap/bootstrap-reboot.min.css", "css/kupasi.css", "css/components.css", "img/mark.svg"]
    assert len(html.encode()) + sum((static / part).stat().st_size for part in parts) < 60_000


@with_notice
def test_home_names_the_open_window_its_days_left_and_its_month(client: Client) -> None:
    html = page(client, "home", at="2025-05-20T09:45")
    assert "现在可以申报 2025年7月的评价" in html
    assert "<b>26<small>天" in html
    assert html.count('aria-current="date"') == 1


@with_notice
def test_the_window_changes_at_midnight(client: Client) -> None:
    assert "2025年7月的评价" in page(client, "home", at="2025-06-15T23:59:59")
    assert "2025年8月的评价" in page(client, "home", at="2025-06-16T00:00:00")


@with_notice
def test_the_last_day_says_today(client: Client) -> None:
    assert "<b><small>今天" in page(client, "home", at="2025-06-15T12:00")


@with_notice
def test_outside_a_window_home_names_the_next_one(client: Client) -> None:
    only_later_windows()
    html = page(client, "home", at="2025-05-20T09:45")
    assert "目前不在申报时间" in html
    assert "2025年6月16日 开始" in html


@with_notice
def test_a_draft_plan_opens_nothing(client: Client) -> None:
    Plan.objects.update(status=PlanStatus.DRAFT)
    assert "尚未公布" in page(client, "home", at="2025-05-20T09:45")
    assert "BEGIN:VEVENT" not in page(client, "calendar_ics", at="2025-05-20T09:45")


@with_notice
def test_fees_come_from_the_rows_in_force(client: Client) -> None:
    subject = Subject.objects.get(occupation__code="data-annotation", code="theory")
    subject.fees.update(effective_until=date(2025, 6, 30))
    Fee.objects.create(subject=subject, amount=Decimal("100"), effective_from=date(2025, 7, 1))
    assert "480.00" in page(client, "fees", at="2025-06-30T23:59")
    assert "485.00" in page(client, "fees", at="2025-07-01T00:00")


@with_notice
def test_an_occupation_that_is_not_offered_is_not_shown(client: Client) -> None:
    made = Occupation.objects.get(code="data-annotation")
    made.is_active = False
    made.save()
    assert made.name not in page(client, "fees", at="2025-05-20T09:45")


@with_notice
@pytest.mark.parametrize(
    ("at", "sentence"),
    [
        ("2025-05-20T09:30", "现在正在办理，11:00 结束"),
        ("2025-05-20T11:00", "现在不办理，今天 13:30 开始"),
        ("2025-05-20T16:30", "现在不办理，5月21日（星期三） 09:30 开始"),
        ("2025-09-30T17:00", "现在不办理，10月9日（星期四） 09:30 开始"),
    ],
)
def test_the_office_says_whether_it_is_open(client: Client, at: str, sentence: str) -> None:
    assert sentence in page(client, "contact", at=at)


@with_notice
def test_the_calendar_file_holds_the_eleven_windows(client: Client) -> None:
    with time_machine.travel(builders.at("2025-05-20T09:45"), tick=False):
        response = client.get(reverse("calendar_ics"))
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.content.count(b"BEGIN:VEVENT") == 11
    assert max(len(line) for line in response.content.split(b"\r\n")) <= 75


def test_only_published_notices_are_public(client: Client) -> None:
    draft = document("草稿", published=False)
    document("评价安排")
    listed = page(client, "notices", at="2025-05-20T09:45")
    assert "评价安排" in listed
    assert "草稿" not in listed
    assert client.get(reverse("notice", args=[draft.pk])).status_code == 404


def test_a_file_is_downloaded_as_it_was_put_in_with_its_hash_shown(client: Client) -> None:
    row = version(document("考核规范"))
    assert row.sha256 in page(client, "notice", at="2025-05-20T09:45", pk=row.document_id)
    response = client.get(reverse("notice_file", args=[row.pk]))
    assert hashlib.sha256(b"".join(response.streaming_content)).hexdigest() == row.sha256
    assert response["Content-Disposition"].startswith("attachment")


def test_a_file_of_an_unpublished_notice_is_not_found(client: Client) -> None:
    row = version(document("草稿", published=False))
    assert client.get(reverse("notice_file", args=[row.pk])).status_code == 404


@with_notice
def test_who_may_apply_is_told_so(client: Client) -> None:
    assert "现在就可以申报" in ask(client)


@with_notice
def test_who_is_too_young_is_told_the_first_day_and_the_clause(client: Client) -> None:
    html = ask(client, birth_date="2009-05-21")
    assert "2025-05-21" in html
    assert "依据：通知 二(一)" in html


@with_notice
def test_a_birthday_counts(client: Client) -> None:
    assert "现在就可以申报" in ask(client, birth_date="2009-05-20")


@with_notice
def test_outside_a_window_the_check_names_the_next_one(client: Client) -> None:
    only_later_windows()
    assert "2025-06-16" in ask(client)


@with_notice
def test_a_wrong_document_number_is_explained(client: Client) -> None:
    html = ask(client, kind="resident_id", number="31010120000101123")
    assert "按所填内容还不能申报" in html


@with_notice
@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"birth_date": "2025-02-30"}, "birth_date"),
        ({"birth_date": "2030-01-01"}, "birth_date"),
        ({"occupation": "nothing"}, "occupation"),
        ({"kind": "resident_id"}, "number"),
        ({"number": "x" * 41, "kind": "passport"}, "number"),
        ({"kind": "resident_id", "number": "\x00"}, "number"),
    ],
)
def test_bad_input_is_named_at_its_field(client: Client, facts: dict[str, str], field: str) -> None:
    html = ask(client, **facts)
    assert f'id="id_{field}_error"' in html
    assert f'href="#id_{field}"' in html


@with_notice
def test_nothing_typed_into_the_check_reaches_an_address(client: Client) -> None:
    html = page(client, "check", at="2025-05-20T09:45")
    assert '<form method="post"' in html
    assert client.get(reverse("check"), {"number": "E12345678"}).content.decode().count("E12345678") == 0


def test_an_unknown_page_speaks_calmly(client: Client) -> None:
    response = client.get("/nothing-here/")
    assert response.status_code == 404
    assert "没有找到这个页面" in response.content.decode()


def test_an_expired_form_is_refused_with_a_sentence() -> None:
    response = Client(enforce_csrf_checks=True).post(reverse("check"))
    assert response.status_code == 403
    assert "请重新提交" in response.content.decode()


def test_a_fault_shows_a_page_that_needs_no_database(rf: RequestFactory) -> None:
    response = server_error(rf.get("/"))
    assert response.status_code == 500
    assert "系统暂时出了问题" in response.content.decode()


@with_notice
def test_the_privacy_page_shows_the_text_in_force(client: Client) -> None:
    text = ConsentText.objects.filter(kind=ConsentKind.PRIVACY).latest("version").text
    html = page(client, "privacy", at="2025-05-20T09:45")
    assert [line for line in text.splitlines() if line not in html] == []
