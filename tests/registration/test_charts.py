"""The figures of the window and the money on the office's home page."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from registration.admin.charts import money_figures, window_figures
from tests import builders
from tests.reliability.crowd import drafts_of, open_now, people

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


def test_the_window_is_counted_by_day_and_in_all() -> None:
    window = open_now()
    for draft in drafts_of(people(3)):
        type(draft).objects.filter(pk=draft.pk).update(window=window, submitted_at=draft.created_at)
    table = window_figures()
    assert table.rows[-1][1] == ("3", "3")
    assert [figures[0] for _, figures in table.rows[:-1]] == ["0"] * (len(table.rows) - 1)


def test_twelve_months_of_money_stand_there_when_nothing_came_in() -> None:
    rows = money_figures().rows
    assert (len(rows), {figures for _, figures in rows}) == (12, {("0.00", "0.00")})


@pytest.mark.parametrize(("role", "charts"), [("clerk", 2), ("finance", 1), ("marker", 0)])
def test_everybody_sees_the_charts_of_their_work(role: str, charts: int) -> None:
    cache.clear()
    page = builders.signed_in(builders.a_user(role)).get("/admin/")
    assert page.content.decode().count("data-chart") == charts
