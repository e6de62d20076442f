"""Fisher's exact test against published and independently known values, Holm's correction, and what is a hint."""

from __future__ import annotations

from itertools import product
from math import comb

import pytest

from exams.rules.outliers import Group, fisher_exact, holm, outliers


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ((3, 4, 1, 4), 0.4857142857142857),  # Fisher's tea with milk, two-sided: 34/70
        ((8, 10, 1, 6), 0.03496503496503495),  # 8/2 against 1/5
        ((1, 10, 11, 14), 0.0027594561852200836),  # men and women who study: 1/9 against 11/3
        ((10, 10, 0, 10), 2 / comb(20, 10)),
        ((5, 10, 5, 10), 1.0),
    ],
)
def test_known_tables(table: tuple[int, int, int, int], expected: float) -> None:
    assert fisher_exact(*table) == pytest.approx(expected, rel=1e-12)


def by_listing(passed: int, papers: int, rest_passed: int, rest_papers: int) -> float:
    """The definition, written down without cleverness."""
    hits, everybody = passed + rest_passed, papers + rest_papers

    def ways(here: int) -> int:
        return comb(papers, here) * comb(rest_papers, hits - here) if hits - here >= 0 else 0

    seen = ways(passed)
    return sum(w for here in range(papers + 1) if (w := ways(here)) <= seen) / comb(everybody, hits)


def test_every_small_table_agrees_with_the_definition() -> None:
    for papers, rest in product(range(1, 6), range(1, 6)):
        for passed, rest_passed in product(range(papers + 1), range(rest + 1)):
            table = (passed, papers, rest_passed, rest)
            assert fisher_exact(*table) == pytest.approx(by_listing(*table), rel=1e-12)


def test_it_is_the_same_from_either_side_and_for_the_failed() -> None:
    assert fisher_exact(7, 30, 300, 500) == pytest.approx(fisher_exact(300, 500, 7, 30), rel=1e-12)
    assert fisher_exact(7, 30, 300, 500) == pytest.approx(fisher_exact(23, 30, 200, 500), rel=1e-12)


@pytest.mark.parametrize("table", [(0, 0, 3, 5), (3, 5, 0, 0), (5, 5, 7, 7), (0, 5, 0, 7)])
def test_nothing_to_compare_is_no_surprise(table: tuple[int, int, int, int]) -> None:
    assert fisher_exact(*table) == 1.0


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_a_hint_must_stand_the_correction() -> None:
    odd = Group("odd", 1, 30, 400, 500)
    usual = [Group(f"usual {number}", 24, 30, 377, 500) for number in range(16)]
    weak = Group("weak", 19, 30, 382, 500)
    assert fisher_exact(19, 30, 382, 500) > 0.05
    assert [one.group.key for one in outliers([*usual, odd, weak], level=0.05)] == ["odd"]


def test_without_the_correction_chance_alone_gives_hints() -> None:
    """The twin: among a hundred groups that differ by chance only, the plain 5 % names some, Holm's none."""
    from random import Random

    random = Random(7)
    passed = [sum(random.random() < 0.75 for _ in range(30)) for _ in range(100)]
    whole = sum(passed)
    groups = [Group(at, one, 30, whole - one, 2970) for at, one in enumerate(passed)]
    plain = [one for one in groups if fisher_exact(one.passed, 30, one.rest_passed, 2970) <= 0.05]
    assert plain
    assert outliers(groups, level=0.05) == []


def test_ten_thousand_against_forty_thousand_is_counted_exactly() -> None:
    assert fisher_exact(7500, 10_000, 30_000, 40_000) == pytest.approx(1.0)
    assert fisher_exact(7700, 10_000, 30_000, 40_000) < 1e-4
