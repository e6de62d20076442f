"""The code of an institution is judged by its check character (通知 二(二); the codes are made up)."""

from __future__ import annotations

import pytest

from kupasi.people.rules import credit_check_character, judge_credit_code
from kupasi.people.rules.institutions import ALPHABET

RIGHT = "91310000MA1FL0000N"


@pytest.mark.parametrize(
    "typed",
    [
        RIGHT,
        RIGHT.lower(),
        f" {RIGHT} ",
        "9131 0000 MA1F L000 0N",
        "91310000-MA1FL0000-N",
        "９１３１００００ＭＡ１ＦＬ００００Ｎ",
        f"{RIGHT}\u200b",
    ],
)
def test_one_code_is_stored_in_one_form(typed: str) -> None:
    answer = judge_credit_code(typed)
    assert (answer.valid, answer.normalized, answer.errors) == (True, RIGHT, ())


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "bad_length"),
        (RIGHT[:-1], "bad_length"),
        (f"{RIGHT}0", "bad_length"),
        ("310104900001234", "bad_length"),
        ("9" * 500, "bad_length"),
        ("9131000OMA1FL0000N", "bad_character"),
        ("91310000MI1FL0000N", "bad_character"),
        ("91310000MS1FL0000N", "bad_character"),
        ("91310000MV1FL0000N", "bad_character"),
        ("91310000MZ1FL0000N", "bad_character"),
        ("91A10000MA1FL0000N", "bad_character"),
        ("91310000MA1FL000测N", "bad_character"),
        ("91310000MA1FL0\n00N", "bad_character"),
        ("91310000MA1FL0000M", "bad_checksum"),
        ("91310000MA1FL0001N", "bad_checksum"),
        ("19310000MA1FL0000N", "bad_checksum"),
    ],
)
def test_what_is_not_a_code_is_named(typed: str, code: str) -> None:
    assert [error.code for error in judge_credit_code(typed).errors] == [code]


@pytest.mark.parametrize("place", range(17))
def test_one_wrong_character_anywhere_is_noticed(place: int) -> None:
    others = [char for char in ALPHABET if char != RIGHT[place]]
    for char in others:
        assert not judge_credit_code(RIGHT[:place] + char + RIGHT[place + 1 :]).valid


def test_of_all_last_characters_one_is_right() -> None:
    right = [char for char in ALPHABET if judge_credit_code(RIGHT[:-1] + char).valid]
    assert right == [credit_check_character(RIGHT[:-1])] == [RIGHT[-1]]


def test_the_example_of_the_standard_is_right() -> None:
    assert judge_credit_code("91350100M000100Y43").valid
