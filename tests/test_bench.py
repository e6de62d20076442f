"""The measuring itself: what a row says, and that pairs are paired. No speed is measured here."""

import json

import pytest

from bench.harness import Row, compare, pairs


def test_a_row_is_one_json_object_with_the_promised_names() -> None:
    row = Row("login", 0.0244, "s", "Django's default hasher", 0.2512, 0.09713, goal=0.15)
    assert json.loads(row.line()) == {
        "name": "login",
        "value": 0.0244,
        "unit": "s",
        "against": "Django's default hasher",
        "against_value": 0.2512,
        "ratio": 0.09713,
        "goal": "<= 0.15",
        "holds": True,
    }


@pytest.mark.parametrize(
    ("ratio", "at_most", "holds"), [(1.5, True, True), (1.51, True, False), (0.85, False, True), (0.84, False, False)]
)
def test_a_goal_includes_its_limit_on_the_good_side(ratio: float, at_most: bool, holds: bool) -> None:
    goal = 1.5 if at_most else 0.85
    assert Row("x", ratio, "s", "y", 1.0, ratio, goal, at_most).holds is holds


def test_the_ratio_is_the_median_of_the_pairs_and_not_of_the_sides() -> None:
    ours = iter([9.0, 1.0, 2.0, 3.0, 4.0, 50.0])
    theirs = iter([9.0, 1.0, 1.0, 1.0, 4.0, 10.0])
    assert pairs(lambda: next(ours), lambda: next(theirs)) == (3.0, 1.0, 2.0)


def test_sides_are_measured_in_turn() -> None:
    order: list[str] = []

    def side(name: str, figure: float) -> float:
        order.append(name)
        return figure

    row = compare("x", ours=lambda: side("a", 1.0), against="y", reference=lambda: side("b", 2.0), goal=1.0)
    assert ("".join(order), row.ratio) == ("ababbaabbaab", 0.5)


def test_fewer_than_five_pairs_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 5"):
        pairs(lambda: 1.0, lambda: 1.0, count=4)
