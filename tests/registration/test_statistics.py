"""Statistics by occupation, month and institution agree with the ledgers; nobody is recognisable (M7, A5)."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import openpyxl
import pytest
from django.core.cache import cache
from django.db.models import Sum

from kupasi.audit.models import Entry as AuditEntry
from kupasi.people.models import Institution, User
from registration.models import Application, Payment, Refund
from registration.services.statistics import KINDS, Axis, statistic
from tests.approvals.steps import approved, asked
from tests.builders import a_user, at, signed_in
from tests.certificates.made import waiting
from tests.registration import desk, group

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice", "in_2025")]


@pytest.fixture
def in_2025(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setattr("kupasi.clock.now", lambda: at("2025-12-01T09:00"))


@pytest.fixture
def money(notice: None, in_2025: None, clerk: User, finance: User) -> None:
    """Two people of their own, one over-paid and one refunded, and a class of three with one refunded."""
    one, two = (desk.approved(clerk, submitted_at=f"2025-05-2{day}T09:00", when="2025-05-23T10:00") for day in (0, 1))
    desk.pay(one, finance, amount=Decimal("500.00"), when="2025-05-24T10:00")
    desk.pay(two, finance, when="2025-06-02T10:00")
    all_of_it = {"amount": "480.00", "available": "480.00"}
    later = "2025-07-03T10:00"
    approved(asked("refund", desk.order_of(two), all_of_it, by=clerk, when=later), by=finance, when=later)
    filed = group.confirmed(3)
    person = {"amount": "480.00", "person": filed.people[0].pk}
    approved(asked("refund", filed.order, person, by=clerk, when=later), by=finance, when=later)


@pytest.mark.usefixtures("money")
@pytest.mark.parametrize("axis", list(Axis))
@pytest.mark.parametrize("whole", [True, False])
def test_the_sums_are_those_of_the_ledgers(axis: Axis, *, whole: bool) -> None:
    table = statistic(KINDS["fees"], axis, 2025, whole=whole)
    paid = Payment.objects.aggregate(total=Sum("amount"))["total"]
    back = Refund.objects.aggregate(total=Sum("amount"))["total"]
    entries = Payment.objects.count() + Refund.objects.count()
    assert table.sum.figures == (entries, paid, back, paid - back)
    assert sum(row.figures[3] for row in table.rows) == paid - back
    assert (paid, back) == (Decimal("2420.00"), Decimal("960.00"))


@pytest.mark.usefixtures("money")
def test_months_and_payers_are_told_apart() -> None:
    months = {row.label: row.figures for row in statistic(KINDS["fees"], Axis.MONTH, 2025, whole=True).rows}
    assert months["2025年7月"] == (2, 0, Decimal("960.00"), Decimal("-960.00"))
    assert len(months) == 12
    payers = {row.label: row.figures[0] for row in statistic(KINDS["fees"], Axis.INSTITUTION, 2025, whole=True).rows}
    assert payers == {Institution.objects.get().name: 2, "个人申报": 3}


@pytest.mark.usefixtures("money")
def test_applicants_are_counted_once_by_what_became_of_them() -> None:
    for axis in Axis:
        table = statistic(KINDS["applicants"], axis, 2025, whole=True)
        assert table.sum.figures == (Application.objects.exclude(number=None).count(), 3, 0, 2)
    assert statistic(KINDS["applicants"], Axis.OCCUPATION, 2026, whole=True).rows == ()


def test_pass_rates_count_published_marks_that_stand() -> None:
    waiting("80", "85", "70", "55")
    table = statistic(KINDS["marks"], Axis.MONTH, 2025, whole=True)
    marks, absent, cancelled, passed = table.sum.figures
    assert (absent, cancelled) == (0, 0)
    assert 0 < passed < marks
    assert sum(row.figures[3] for row in statistic(KINDS["marks"], Axis.OCCUPATION, 2025, whole=True).rows) == passed


@pytest.mark.usefixtures("money")
def test_who_sees_masked_data_only_gets_no_group_of_fewer_than_five(clerk: User) -> None:
    page = "/board/statistics/?by=institution&year=2025"
    school = Institution.objects.get().name
    assert school in signed_in(clerk).get(page).content.decode()
    shown = signed_in(a_user("finance")).get(page).content.decode()
    assert school not in shown
    assert "人数较少" in shown


@pytest.mark.usefixtures("money")
def test_files_say_the_same_and_hold_no_formula(clerk: User) -> None:
    Institution.objects.update(name='=HYPERLINK("http://x")')
    browser = signed_in(clerk)
    answer = browser.get("/board/statistics/institution/fees/csv/?year=2025")
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert lines[1][0] == '\'=HYPERLINK("http://x")'
    assert lines[-1][1:] == ["5", "2420.00", "960.00", "1460.00"]
    book = browser.get("/board/statistics/institution/fees/xlsx/?year=2025").content
    sheet = openpyxl.load_workbook(io.BytesIO(book)).active
    assert [cell.data_type for cell in sheet[2]] == ["s", "n", "n", "n", "n"]
    assert [cell.value for cell in sheet[4]][1:] == [5, 2420, 960, 1460]
    assert AuditEntry.objects.filter(action="statistics.exported", actor=clerk).count() == 2


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("publisher", "occupation/marks/csv", 200),
        ("publisher", "occupation/fees/csv", 403),
        ("finance", "occupation/marks/csv", 403),
        ("marker", "occupation/applicants/csv", 403),
        ("clerk", "occupation/nothing/csv", 404),
        ("clerk", "name/fees/csv", 404),
        ("clerk", "month/fees/exe", 404),
    ],
)
def test_each_table_follows_the_matrix(role: str, path: str, status: int) -> None:
    assert signed_in(a_user(role)).get(f"/board/statistics/{path}/").status_code == status


@pytest.mark.parametrize("asked_for", ["?by=x&year=1", "?year=9999", "?year=２０２５", "?by=month&year=2025"])
def test_whatever_is_asked_for_is_answered(clerk: User, asked_for: str) -> None:
    assert signed_in(clerk).get(f"/board/statistics/{asked_for}").status_code == 200
