"""Counting the drawer: missing and unexpected, by scanning (rules X4)."""

from __future__ import annotations

import pytest
from django.test import Client

from certificates import services
from certificates.models import StockTake
from certificates.services import statements
from certificates.services.stock import take_stock
from kupasi.people.models import User
from tests.builders import a_user, act

from .conftest import signed_in
from .made import ISSUED, LATER, NUMBER, a_series, waiting
from .test_issue import refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


def a_drawer() -> list[str]:
    """Three certificates: one waits, one was collected, one is void."""
    rows = waiting("80", "70", "90")
    a_series()
    made = [services.issue(one.pk, by=act(when=ISSUED)) for one in rows]
    services.hand_over(made[1].pk, collector="self", document_seen=True, by=act(a_user("clerk"), LATER))
    services.void(made[2].pk, reason="测试", by=act(when=LATER))
    return [str(one.number) for one in made]


def test_what_was_not_scanned_is_missing_and_what_should_not_lie_there_is_said(clerk: User) -> None:
    _, collected, void = a_drawer()
    taken = take_stock([collected, void, "hello", collected], by=act(clerk, LATER))
    assert (taken.expected, taken.found, taken.missing) == (1, 0, [NUMBER])
    assert taken.unexpected == [[collected, "已领取"], [void, "已作废"], ["hello", "登记簿中没有"]]


def test_a_code_counts_as_its_number(clerk: User) -> None:
    (certificate,) = waiting("80")
    a_series()
    made = services.issue(certificate.pk, by=act(when=ISSUED))
    taken = take_stock([statements.scan_address(made.statement), NUMBER], by=act(clerk, LATER))
    assert (taken.expected, taken.found, taken.missing, taken.unexpected) == (1, 1, [], [])


def test_an_empty_count_is_refused(clerk: User) -> None:
    with refused("nothing_scanned"):
        take_stock([" ", ""], by=act(clerk))


def test_the_page_counts_and_keeps_the_count(at_counter: Client) -> None:
    a_drawer()
    answer = at_counter.post("/admin/certificates/stocktake/count/", {"scanned": f"{NUMBER}\nhello\n"})
    page = at_counter.get(answer["Location"]).content.decode()
    assert "应有 1 张，实有 1 张" in page
    assert "登记簿中没有" in page
    assert StockTake.objects.count() == 1
    assert signed_in(a_user("publisher")).get("/admin/certificates/stocktake/count/").status_code == 403
