"""Plans, working years, prices and documents as staff keep them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command

from exams import signals
from exams.enums import DayKind, PlanStatus
from exams.models import Document, Fee, Plan, SpecialDay, Subject, Window, WindowChange
from exams.services import notice as documents
from exams.services.plans import add_window, change_window, plan_year, publish_plan
from exams.services.programme import set_price
from exams.services.workdays import DayRow, enter_year, read_csv
from kupasi.audit.models import Entry as Line
from kupasi.errors import Refusal, Refusals
from tests.builders import a_user, act

pytestmark = pytest.mark.django_db


def moved(window: Window, **days: Any) -> dict[str, Any]:
    """The window's days, some of them changed."""
    return {"opens_on": window.opens_on, "closes_on": window.closes_on, "exam_month": window.exam_month, **days}


def test_next_years_draft_follows_the_pattern_and_opens_nothing(notice: None) -> None:
    plan = plan_year(2026, by=act())
    assert (plan.status, plan.windows.count()) == (PlanStatus.DRAFT, 11)
    assert plan.windows.last().exam_month == date(2027, 1, 1)
    assert not Window.objects.open_on(date(2026, 5, 20)).exists()
    publish_plan(plan.pk, by=act(a_user("supervisor")))
    assert Window.objects.open_on(date(2026, 5, 20)).get().exam_month == date(2026, 7, 1)


def test_a_year_that_has_a_plan_keeps_it(notice: None) -> None:
    assert plan_year(2026, by=act()) == plan_year(2026, by=act())
    assert Plan.objects.filter(year=2026).count() == 1


def test_the_command_shows_before_it_writes(notice: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("plan_year", "2026", "--dry-run")
    assert not Plan.objects.filter(year=2026).exists()
    call_command("plan_year", "2026")
    assert "2026-01-01 至 2026-02-15 → 2026-03" in capsys.readouterr().out
    assert Plan.objects.get(year=2026).windows.count() == 11


def test_a_published_window_changes_with_a_reason_that_is_kept_and_told(notice: None) -> None:
    window, told = Window.objects.get(opens_on=date(2025, 5, 16)), []

    def hear(**news: Any) -> None:
        told.append((news["window_id"], news["change_id"]))

    signals.window_changed.connect(hear)
    with pytest.raises(Refusal) as caught:
        change_window(window.pk, by=act(a_user("supervisor")), **moved(window, closes_on=date(2025, 6, 14)))
    assert caught.value.code == "reason_missing"
    change_window(
        window.pk, by=act(a_user("supervisor")), reason="系统维护", **moved(window, closes_on=date(2025, 6, 14))
    )
    signals.window_changed.disconnect(hear)
    change = WindowChange.objects.get()
    assert (change.before["closes_on"], change.after["closes_on"]) == ("2025-06-15", "2025-06-14")
    assert told == [(window.pk, change.pk)]


def test_overlapping_windows_are_refused(notice: None) -> None:
    window = Window.objects.get(opens_on=date(2025, 5, 16))
    with pytest.raises(Refusal) as caught:
        change_window(
            window.pk, by=act(a_user("supervisor")), reason="延长", **moved(window, closes_on=date(2025, 6, 16))
        )
    assert caught.value.code == "windows_overlap"
    assert not WindowChange.objects.exists()


def test_a_draft_takes_windows_that_fit_and_a_published_plan_takes_none(notice: None) -> None:
    days = {"opens_on": date(2026, 6, 1), "closes_on": date(2026, 6, 30), "exam_month": date(2026, 8, 1)}
    with pytest.raises(Refusal) as caught:
        add_window(plan_year(2026, by=act()).pk, by=act(), **days)
    assert caught.value.code in {"windows_overlap", "window_order"}
    with pytest.raises(Refusal) as caught:
        add_window(Plan.objects.get(year=2025).pk, by=act(), **days)
    assert caught.value.code == "plan_published"


def test_days_are_read_from_a_file_in_either_encoding() -> None:
    text = "日期,休/班,名称\n2027-01-01,休,元旦\n2027/01/03,班,\n"
    wanted = [DayRow(date(2027, 1, 1), DayKind.OFF, "元旦"), DayRow(date(2027, 1, 3), DayKind.WORK)]
    assert read_csv(text.encode("utf-8-sig")) == wanted
    assert read_csv(text.encode("gb18030")) == wanted


def test_every_bad_line_of_a_file_is_named() -> None:
    with pytest.raises(Refusals) as caught:
        read_csv("2027-13-01,休\n2027-01-02,假\n".encode())
    assert [fact.code for fact in caught.value.facts] == ["bad_date", "bad_kind"]


@pytest.mark.parametrize(
    ("days", "number", "code"),
    [
        ([], "样例 1 号", "no_days"),
        ([DayRow(date(2027, 1, 1), DayKind.OFF)], " ", "document_no_missing"),
        ([DayRow(date(2028, 1, 1), DayKind.OFF)], "样例 1 号", "wrong_year"),
        ([DayRow(date(2027, 1, 1), DayKind.OFF)] * 2, "样例 1 号", "repeated_day"),
        ([DayRow(date(2027, 1, 4), DayKind.WORK)], "样例 1 号", "not_a_weekend"),
    ],
)
def test_an_arrangement_that_cannot_be_is_refused(days: list[DayRow], number: str, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        enter_year(2027, document_no=number, days=days, by=act())
    assert caught.value.code == code


def test_the_same_year_again_changes_nothing() -> None:
    days = [DayRow(date(2027, 1, 1), DayKind.OFF, "元旦")]
    for _ in range(2):
        enter_year(2027, document_no="样例 1 号", days=days, by=act())
    assert SpecialDay.objects.filter(year=2027).count() == 1
    assert Line.objects.filter(action="workdays.entered").count() == 1


def test_a_new_price_is_a_new_row_and_closes_the_old_one(notice: None) -> None:
    subject = Subject.objects.filter(code="theory")[0]
    set_price(subject.pk, amount=Decimal("100.00"), effective_from=date(2025, 9, 1), by=act())
    rows = list(Fee.objects.filter(subject=subject).order_by("effective_from").values_list("amount", "effective_until"))
    assert rows == [(Decimal("95.00"), date(2025, 8, 31)), (Decimal("100.00"), None)]
    assert Fee.objects.on(date(2025, 8, 31)).get(subject=subject).amount == Decimal("95.00")


@pytest.mark.parametrize(
    ("amount", "day", "code"),
    [
        ("100", date(2025, 5, 19), "fee_in_past"),
        ("-1", date(2025, 9, 1), "fee_amount"),
        ("1.005", date(2025, 9, 1), "fee_amount"),
    ],
)
def test_a_price_that_rewrites_the_past_or_is_none_is_refused(notice: None, amount: str, day: date, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        set_price(Subject.objects.all()[0].pk, amount=Decimal(amount), effective_from=day, by=act())
    assert caught.value.code == code


def test_a_document_comes_in_versions_and_can_be_withdrawn() -> None:
    document = documents.write_document(title="评价公告", by=act())
    for content in (b"%PDF-1.7 one", b"%PDF-1.7 two", b"%PDF-1.7 two"):
        documents.add_version(document.pk, content=content, file_name="公告.pdf", by=act())
    assert list(document.versions.values_list("version", flat=True)) == [2, 1]
    documents.publish_document(document.pk, by=act())
    assert Document.objects.public().exists()
    documents.withdraw_document(document.pk, by=act())
    assert not Document.objects.public().exists()


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [(b"", "a.pdf", "file_empty"), (b"MZ..", "a.pdf", "file_kind"), (b"%PDF-", "a.exe", "file_kind")],
)
def test_a_file_that_is_not_what_it_says_is_refused(content: bytes, name: str, code: str) -> None:
    document = documents.write_document(title="评价公告", by=act())
    with pytest.raises(Refusal) as caught:
        documents.add_version(document.pk, content=content, file_name=name, by=act())
    assert caught.value.code == code


def test_an_empty_notice_is_not_published() -> None:
    document = documents.write_document(title="评价公告", by=act())
    with pytest.raises(Refusal) as caught:
        documents.publish_document(document.pk, by=act())
    assert caught.value.code == "document_empty"
