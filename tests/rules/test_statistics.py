"""Small groups are put together until nobody can be recognised; sums stay (section 10)."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registration.rules.statistics import LEAST, OTHERS, StatRow, merge_small, rate, total


def rows(*bases: int) -> list[StatRow]:
    return [StatRow(f"组{at}", (base, base * 2)) for at, base in enumerate(bases)]


@pytest.mark.parametrize(
    ("given_bases", "shown"),
    [
        ((9, 7), [9, 7]),
        ((9, 0, 7), [9, 0, 7]),
        ((9, 3, 2), [9, 5]),
        ((9, 7, 2), [9, 9]),  # one small group alone takes the next smallest with it
        ((9, 1), [10]),
        ((3, 1), []),
        ((3, 0), [0]),
        ((), []),
    ],
)
def test_no_group_smaller_than_five_is_left(given_bases: tuple[int, ...], shown: list[int]) -> None:
    assert [row.base for row in merge_small(rows(*given_bases))] == shown


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(0, 30), max_size=12))
def test_sums_stay_and_nobody_stands_alone(bases: list[int]) -> None:
    merged = merge_small(rows(*bases))
    assert all(row.base == 0 or row.base >= LEAST for row in merged)
    if sum(bases) >= LEAST:
        assert total(merged, width=2).figures == total(rows(*bases), width=2).figures
    hidden = [base for base in bases if 0 < base < LEAST]
    assert any(row.label == OTHERS for row in merged) == bool(hidden and sum(bases) >= LEAST)


@pytest.mark.parametrize(("part", "whole", "words"), [(1, 3, "33.3%"), (5, 8, "62.5%"), (1, 16, "6.3%"), (0, 0, "—")])
def test_a_rate_has_one_decimal_half_up(part: int, whole: int, words: str) -> None:
    assert rate(part, whole) == words
