"""Whoever is barred is told the first day on which they may sit again (rules E6, S5)."""

from __future__ import annotations

from datetime import date

import pytest

from discipline.services.bars import register_bar
from kupasi.dates import Span, first_free
from registration.rules import judge_bars
from tests.builders import a_candidate, a_user, act, signed_in

JULY = Span(date(2025, 7, 1), date(2025, 12, 31))


def test_bars_that_meet_count_as_one_and_a_gap_is_free() -> None:
    meets, later = Span(date(2026, 1, 1), date(2026, 3, 5)), Span(date(2026, 3, 7), date(2026, 4, 1))
    assert first_free(date(2025, 8, 1), [JULY, meets, later]) == date(2026, 3, 6)
    assert first_free(date(2025, 6, 30), [JULY]) == date(2025, 6, 30)


def test_a_refused_month_names_the_first_day() -> None:
    refusal = judge_bars(date(2025, 9, 1), [JULY, Span(date(2025, 8, 1), date(2026, 1, 9))]).refusal
    assert refusal is not None
    assert dict(refusal.extra) == {"barred_until": date(2026, 1, 9), "sit_from": date(2026, 1, 10)}


@pytest.mark.django_db
@pytest.mark.usefixtures("notice")
def test_ones_own_page_names_it_also_without_a_case() -> None:
    person = a_candidate()
    days = {"barred_from": date(2025, 7, 1), "barred_until": date(2199, 12, 30)}
    register_bar(act(a_user("supervisor")), candidate=person, clause=None, source="来文", **days)
    assert person.user is not None
    assert "2199年12月31日起" in signed_in(person.user).get("/discipline/mine/").content.decode()
    stranger = a_candidate()
    assert stranger.user is not None
    assert "不得参加评价的期限" not in signed_in(stranger.user).get("/discipline/mine/").content.decode()
